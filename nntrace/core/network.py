"""What a net is: an input, layers that name what they read, examples; checked when it is made.

Arrays are read-only and all of the net's dtype.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from nntrace.core import face
from nntrace.core.arrays import Array, not_finite, read_only
from nntrace.core.examples import Example, Expectation
from nntrace.core.layer import Layer, label_places, label_problems
from nntrace.core.op import Channels, Shape, times
from nntrace.core.value import Value
from nntrace.errors import NetworkError, Path, Problem, UsageError, plural, unknown
from nntrace.words import cropped

DTYPES = ("float64", "float32")
TOLERANCES: dict[str, float] = {"float64": 1e-6, "float32": 1e-4}


@dataclass(frozen=True, eq=False, repr=False)
class Input(Value):
    """What the net reads: `size` numbers a row, given to the first layer as (x - mean) / std.

    `mean` and `std` hold one number, or one an input; both or neither are arrays of the net's
    dtype. Raises NetworkError where labels, shape, mean or std do not fit the size.
    """

    size: int
    labels: tuple[str, ...] | None = None
    shape: tuple[int, ...] | None = None
    mean: Array | None = None
    std: Array | None = None

    @cached_property
    def label_places(self) -> dict[str, int]:
        """The place of each label; nothing without labels."""
        return label_places(self.labels)

    def __post_init__(self) -> None:
        problems = list(label_problems(self.labels, self.size, "input"))
        if self.shape and prod(self.shape) != self.size:
            message = f"{times(self.shape)} makes {prod(self.shape)} numbers, input has {self.size}"
            problems.append(Problem(message, ("shape",)))
        for name in ("mean", "std"):
            values = getattr(self, name)
            if values is None:
                continue
            if values.ndim and values.shape != (self.size,):
                message = (
                    f"has {plural(values.size, 'number')}, input takes {self.size} (or one for all)"
                )
                problems.append(Problem(message, (name,)))
            problems += not_finite(values, (name,))
            object.__setattr__(self, name, read_only(values))
        if self.std is not None:
            for index in np.flatnonzero(self.std <= 0).tolist():
                path: Path = ("std", index) if self.std.ndim else ("std",)
                value = self.std.flat[index]
                message = f"takes a positive number, not {value:g} (in {self.std.dtype})"
                problems.append(Problem(message, path))
        if problems:
            raise NetworkError(problems)

    @property
    def row(self) -> Shape:
        """The shape of one row."""
        return self.shape or (self.size,)

    @property
    def channels(self) -> Channels:
        """Which axis counts channels, where it has several."""
        return "first" if len(self.row) > 1 else None

    @property
    def normalised(self) -> bool:
        """Whether the first layer is given anything else than the raw input."""
        return self.mean is not None or self.std is not None

    @property
    def picture(self) -> tuple[int, int] | None:
        """Height and width, where an input is a grey picture."""
        sides = [side for side in self.shape or () if side != 1]
        return (sides[0], sides[1]) if len(sides) == 2 else None


@dataclass(frozen=True, eq=False, repr=False)
class Network(Value):
    """A feed-forward net: an input, and layers that read it, or layers above them.

    Its layers are in the order in which they run; each knows what it reads and its shape. Raises
    NetworkError where sizes, dtypes, names or examples do not fit together.
    """

    name: str
    input: Input
    layers: tuple[Layer, ...]
    dtype: str = "float64"
    description: str = ""
    examples: tuple[Example, ...] = ()

    def __repr__(self) -> str:
        return face.text(self)

    def _repr_html_(self) -> str:
        return face.html(self)

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise NetworkError(
                Problem(f"unknown dtype '{self.dtype}', known: {', '.join(DTYPES)}", ("dtype",))
            )
        if not self.layers:
            raise NetworkError(Problem("takes one layer or more", ("layers",)))
        problems = list(name_problems([layer.name for layer in self.layers]))
        for name in ("mean", "std"):
            problems += self._dtype_problems(getattr(self.input, name), ("input", name))
        problems += self._find_layers()
        if not problems:
            problems += self._example_problems()
        if problems:
            raise NetworkError(problems)
        examples = tuple(example.read_only() for example in self.examples)
        object.__setattr__(self, "examples", examples)

    def _find_layers(self) -> Iterator[Problem]:
        """Fill in what each layer reads and its shape; tell what does not fit."""
        found: dict[str, tuple[Shape, Channels]] = {"input": (self.input.row, self.input.channels)}
        layers, before = [], "input"
        for index, layer in enumerate(self.layers):
            path: Path = ("layers", index)
            reads = layer.reads or (before,)
            before = layer.name
            strange = [name for name in reads if name not in found]
            for name in strange:
                known = f"{layer.name} reads input or layers above it"
                yield Problem(f"'{cropped(name)}' is none of them: {known}", (*path, "reads"))
            try:
                if not strange:
                    sources = [found[name] for name in reads]
                    shape = layer.op.shape(*(shape for shape, _ in sources))
                    channels = layer.op.channels or _carried(sources, shape)
                    layer = layer.found(reads, shape, channels)
            except NetworkError as error:
                told = f" (what {' and '.join(map(cropped, reads))} gives)"
                for problem in error.problems:
                    message = problem.message + (told if problem.path == ("weights",) else "")
                    yield Problem(message, (*path, *problem.path))
            for key, values in layer.op.arrays.items():
                yield from self._dtype_problems(values, (*path, key))
            if layer.shape:
                found[layer.name] = (layer.shape, layer.channels)
            layers.append(layer)
        object.__setattr__(self, "layers", tuple(layers))

    def _dtype_problems(self, values: Array | None, path: Path) -> Iterator[Problem]:
        if values is not None and values.dtype != self.dtype:
            yield Problem(f"is {values.dtype}, the net {self.dtype}", path)

    def _example_problems(self) -> Iterator[Problem]:
        sizes = {layer.name: layer.size for layer in self.layers}
        seen: dict[str, int] = {}
        for index, example in enumerate(self.examples):
            path: Path = ("examples", index)
            if example.name in seen:
                first = f"examples[{seen[example.name]}]"
                message = f"'{cropped(example.name)}' is the name of {first} too"
                yield Problem(message, (*path, "name"))
            seen.setdefault(example.name, index)
            if example.input.shape != (self.input.size,):
                found = plural(example.input.size, "number")
                message = f"has {found}, {self.name} takes {self.input.size}"
                yield Problem(message, (*path, "input"))
            yield from not_finite(example.input, (*path, "input"))
            expect = example.expect or Expectation()
            known = len(self.classes or ())
            if expect.class_index is not None and not 0 <= expect.class_index < known:
                message = f"is class {expect.class_index}, {self.name} has {known or 'no'} classes"
                yield Problem(message, (*path, "expect"))
            for expected in expect.values:
                key = expected.layer + (".z" if expected.quantity == "z" else "")
                size = sizes.get(expected.layer)
                if size is None:
                    message = unknown("layer", expected.layer, sizes)
                    yield Problem(message, (*path, "expect", key))
                elif expected.values.shape != (size,):
                    found = plural(expected.values.size, "number")
                    message = f"has {found}, {expected.layer} takes {size}"
                    yield Problem(message, (*path, "expect", key))

    @property
    def output(self) -> Layer:
        """The last layer."""
        return self.layers[-1]

    @property
    def classes(self) -> tuple[str | None, ...] | None:
        """The labels of the classes that the output tells apart, None where it tells none.

        Softmax, log_softmax and hardmax give a class a neuron. One sigmoid neuron gives two: class
        1, which has the neuron's label, where it is over 0.5, and class 0, which has none.
        """
        output = self.output
        count = output.activation.kind.classes(output.size)
        if count is None:
            return None
        labels = output.labels or (None,) * output.size
        return (*(None,) * (count - output.size), *labels)

    @property
    def parameters(self) -> int:
        """How many numbers its weights and biases hold."""
        return sum(layer.op.parameters for layer in self.layers)

    def layer(self, name: str) -> Layer:
        """Return a layer by its name; UsageError names the nearest one where there is none."""
        return self.layers[self.layer_place(name)]

    def layer_place(self, name: str) -> int:
        """Return the place of a layer, from 0; UsageError as `layer` does."""
        found = self.places.get(name)
        if found is None:
            raise UsageError(unknown("layer", name, self.places))
        return found

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each layer by its name."""
        return {layer.name: index for index, layer in enumerate(self.layers)}

    def reads(self, layer: str) -> tuple[str, ...]:
        """Return what a layer reads, by name and in the order it takes them: layers, or `input`.

        The input itself reads nothing. UsageError as `layer` does.
        """
        return () if layer == "input" else self.layer(layer).reads

    def shape(self, name: str) -> Shape:
        """Return the shape of a layer, or of the input, for one row; UsageError as `layer` does."""
        return self.input.row if name == "input" else self.layer(name).shape

    def longer_names(self, name: str) -> tuple[str, ...]:
        """Return the names of layers that begin with this one's and a dot."""
        start = bisect_left(self._sorted, f"{name}.")
        end = bisect_left(self._sorted, f"{name}/", start)  # the sign behind the dot
        return tuple(self._sorted[start:end])

    @cached_property
    def longest_name(self) -> int:
        """How many characters the longest name of a layer has."""
        return max(map(len, self.places))

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.places)

    def example(self, name: str) -> Example:
        """Return an example by its name; UsageError names the nearest one where there is none."""
        found = self._examples.get(name)
        if found is None:
            raise UsageError(unknown("example", name, self._examples))
        return found

    @cached_property
    def _examples(self) -> dict[str, Example]:
        return {example.name: example for example in self.examples}


def _carried(sources: Sequence[tuple[Shape, Channels]], shape: Shape) -> Channels:
    """Return which axis counts channels where the op leaves that to what it reads."""
    return sources[0][1] if len(shape) > 1 else None


def name_problems(names: Sequence[str | None]) -> Iterator[Problem]:
    """Tell what is wrong with the names of a net's layers; None stands for an unknown one."""
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        path: Path = ("layers", index, "name")
        if name is None:
            continue
        if name == "input":
            yield Problem("no layer may be called 'input', which is the net's input", path)
        elif name in seen:
            yield Problem(f"'{cropped(name)}' is the name of layers[{seen[name]}] too", path)
        seen.setdefault(name, index)
