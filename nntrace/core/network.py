"""What a net is: frozen values whose rules are checked when they are made.

Shapes follow PyTorch: `weights` is size × fan-in, row j belongs to neuron j, and z = W @ x + b.
Arrays are read-only and all of the net's dtype.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from math import prod
from typing import Any, cast

import numpy as np

from nntrace.core import face
from nntrace.core.activation import Activation
from nntrace.core.arrays import Array, not_finite, read_only
from nntrace.core.examples import Example, Expectation
from nntrace.errors import NetworkError, Path, Problem, UsageError, plural, unknown
from nntrace.words import cropped

DTYPES = ("float64", "float32")
TOLERANCES: dict[str, float] = {"float64": 1e-6, "float32": 1e-4}


class _Value:
    """Copied and unpickled by being made anew, so that its rules hold for the copy too."""

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(value for _, value in self._fields())

    def _fields(self) -> list[tuple[str, Any]]:
        """Return what it was made of, without what was looked up in it since."""
        return [(each.name, getattr(self, each.name)) for each in fields(cast(Any, self))]

    def __repr__(self) -> str:
        told = [f"{name}={value!r}" for name, value in self._fields() if _short(value)]
        return f"{type(self).__name__}({', '.join(told)})"


@dataclass(frozen=True, eq=False, repr=False)
class Input(_Value):
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
        return _places(self.labels)

    def __post_init__(self) -> None:
        problems = list(_label_problems(self.labels, self.size, "input"))
        if self.shape and prod(self.shape) != self.size:
            shape = " × ".join(map(str, self.shape))
            message = f"{shape} makes {prod(self.shape)} numbers, input has {self.size}"
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
    def normalised(self) -> bool:
        """Whether the first layer is given anything else than the raw input."""
        return self.mean is not None or self.std is not None

    @property
    def picture(self) -> tuple[int, int] | None:
        """Height and width, where an input is a grey picture."""
        sides = [side for side in self.shape or () if side != 1]
        return (sides[0], sides[1]) if len(sides) == 2 else None


@dataclass(frozen=True, eq=False, repr=False)
class Layer(_Value):
    """A dense layer: z = W @ x + b, a = activation(z).

    `weights` is size × fan-in, `bias` has one number a neuron, both of one dtype and finite.
    Raises NetworkError where the parts do not fit.
    """

    name: str
    weights: Array
    bias: Array
    activation: Activation
    labels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.weights.ndim != 2 or 0 in self.weights.shape:
            shape = " × ".join(map(str, self.weights.shape))
            raise NetworkError(Problem(f"is {shape}, takes size × fan-in numbers", ("weights",)))
        problems = list(_label_problems(self.labels, self.size, self.name))
        if self.bias.shape != (self.size,):
            message = f"has {plural(self.bias.size, 'number')}, {self.name} takes {self.size}"
            problems.append(Problem(message, ("bias",)))
        problems += not_finite(self.weights, ("weights",))
        problems += not_finite(self.bias, ("bias",))
        for name, value in self.activation.parameters.items():
            if np.ndim(value) and np.shape(value) != (self.size,):
                message = f"has {plural(np.size(value), 'number')}, {self.name} takes {self.size}"
                problems.append(Problem(message, ("activation", self.activation.name, name)))
        if problems:
            raise NetworkError(problems)
        object.__setattr__(self, "weights", read_only(self.weights))
        object.__setattr__(self, "bias", read_only(self.bias))

    @cached_property
    def label_places(self) -> dict[str, int]:
        """The place of each label; nothing without labels."""
        return _places(self.labels)

    @property
    def size(self) -> int:
        """How many neurons it has."""
        return int(self.weights.shape[0])

    @property
    def fan_in(self) -> int:
        """How many numbers each neuron reads."""
        return int(self.weights.shape[1])


def _places(labels: tuple[str, ...] | None) -> dict[str, int]:
    return {label: index for index, label in enumerate(labels or ())}


@dataclass(frozen=True, eq=False, repr=False)
class Network(_Value):
    """A feed-forward net: an input and its layers, each reading what the one before it said.

    Raises NetworkError where sizes, dtypes, names or examples do not fit together.
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
        sizes = {"input": self.input.size}
        for index, (layer, reads) in enumerate(zip(self.layers, self._reads, strict=True)):
            path: Path = ("layers", index)
            fan_in = sum(sizes[name] for name in reads)
            if layer.fan_in != fan_in:
                message = (
                    f"has rows of {plural(layer.fan_in, 'number')}, "
                    f"{layer.name} takes {fan_in} (the size of {' and '.join(reads)})"
                )
                problems.append(Problem(message, (*path, "weights")))
            problems += self._dtype_problems(layer.weights, (*path, "weights"))
            problems += self._dtype_problems(layer.bias, (*path, "bias"))
            sizes[layer.name] = layer.size
        problems += self._example_problems()
        if problems:
            raise NetworkError(problems)
        examples = tuple(example.read_only() for example in self.examples)
        object.__setattr__(self, "examples", examples)

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
        return sum(layer.weights.size + layer.bias.size for layer in self.layers)

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
        return () if layer == "input" else self._reads[self.layer_place(layer)]

    @cached_property
    def _reads(self) -> tuple[tuple[str, ...], ...]:
        """What each layer reads: the one before it."""
        names = ["input", *(layer.name for layer in self.layers)]
        return tuple((name,) for name in names[:-1])

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


def _label_problems(labels: Sequence[str] | None, size: int, owner: str) -> Iterator[Problem]:
    if labels is None:
        return
    if len(labels) != size:
        message = f"has {plural(len(labels), 'label')}, {owner} takes {size}"
        yield Problem(message, ("labels",))
    for index, message in label_twice(labels, owner):
        yield Problem(message, ("labels", index))


def label_twice(labels: Sequence[str], owner: str) -> Iterator[tuple[int, str]]:
    """Tell which labels are given twice, by the index of the second."""
    seen: dict[str, int] = {}
    for index, label in enumerate(labels):
        if label in seen:
            yield index, f"'{cropped(label)}' is the label of {cropped(owner)}.{seen[label]} too"
        seen.setdefault(label, index)


def _short(value: object) -> bool:
    """Whether a value says in a few words what it is."""
    return isinstance(value, str | int)
