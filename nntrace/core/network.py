"""What a net is: an input, layers that name what they read, examples; checked when it is made.

Arrays are read-only and all of the net's dtype.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

from nntrace.core import face
from nntrace.core.arrays import Array, not_finite
from nntrace.core.examples import Example, Expectation
from nntrace.core.input import Input, row_of
from nntrace.core.layer import Layer
from nntrace.core.op import Channels, Shape, miscounted, unfit
from nntrace.core.value import Value
from nntrace.errors import InputError, NetworkError, Path, Problem, UsageError, plural, unknown
from nntrace.words import cropped

if TYPE_CHECKING:
    from nntrace.core.graph.model import Model

DTYPES = ("float64", "float32")
TOLERANCES: dict[str, float] = {"float64": 1e-6, "float32": 1e-4}


@dataclass(frozen=True, eq=False, repr=False)
class Network(Value):
    """A feed-forward net: an input, and layers that read it, or layers above them.

    Its layers are in the order in which they run; each knows what it reads and its shape. Those of
    a `model` are how its graph is seen, which computes their numbers. Raises NetworkError where
    sizes, dtypes, names or examples do not fit together.
    """

    name: str
    input: Input
    layers: tuple[Layer, ...]
    dtype: str = "float64"
    description: str = ""
    examples: tuple[Example, ...] = ()
    model: Model | None = None

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
            given = getattr(self.input, name)
            problems += self._dtype_problems(given, self.rows_dtype, ("input", name))
        if self.model is None:
            layers, unfit_ones = self._found_layers()
            object.__setattr__(self, "layers", layers)
            problems += unfit_ones
        if not problems:
            problems += self._token_problems()
        if not problems:
            problems += self._example_problems()
        if problems:
            raise NetworkError(problems)
        examples = tuple(example.read_only() for example in self.examples)
        object.__setattr__(self, "examples", examples)

    def _found_layers(self) -> tuple[tuple[Layer, ...], list[Problem]]:
        """Return the layers, with what each reads and its shape filled in, and what does not
        fit."""
        found: dict[str, tuple[Shape, Channels] | None]  # None: what is wrong with it has been told
        found = {"input": (self.input.row, self.input.channels)}
        layers, before, problems = list[Layer](), "input", list[Problem]()
        for index, layer in enumerate(self.layers):
            path: Path = ("layers", index)
            reads = layer.reads or (before,)
            before = layer.name
            strange = [name for name in reads if name not in found]
            for name in strange:
                known = f"{layer.name} reads input or layers above it"
                message = f"'{cropped(name)}' is none of them: {known}"
                problems.append(Problem(message, (*path, "reads")))
            known_shape = layer.dense is not None  # whatever it reads
            try:
                sources = [source for name in reads if (source := found.get(name))]
                if len(sources) == len(reads):
                    if count := miscounted(layer.name, layer.kind, layer.op.READS, len(reads)):
                        raise unfit(count, "reads")
                    shape = layer.op.shape(*(shape for shape, _ in sources))
                    channels = layer.op.channels or layer.op.carried(sources, shape)
                    layer = layer.found(reads, shape, channels)
                    known_shape = True
            except NetworkError as error:
                told = f" (what {' and '.join(map(cropped, reads))} gives)"
                for problem in error.problems:
                    message = problem.message + (
                        told if layer.dense and problem.path == ("weights",) else ""
                    )
                    problems.append(Problem(message, (*path, *problem.path)))
            for key, values in layer.op.arrays.items():
                problems += self._dtype_problems(values, self.dtype, (*path, key))
            found[layer.name] = (layer.shape, layer.channels) if known_shape else None
            layers.append(layer)
        return tuple(layers), problems

    @property
    def rows_dtype(self) -> str:
        """In what rows are held: the net's dtype, or float64 where that holds no integers, or
        other inputs of a model, exactly."""
        wide = any(
            part.dtype == "float64" or "float" not in part.dtype for part in self.input.parts
        )
        return "float64" if wide else self.dtype

    def _dtype_problems(self, values: Array | None, dtype: str, path: Path) -> Iterator[Problem]:
        if values is not None and values.dtype != dtype:
            yield Problem(f"is {values.dtype}, the net {dtype}", path)

    def _token_problems(self) -> Iterator[Problem]:
        """Tell what does not fit the alphabet, or another number of tokens."""
        text = self.input.text
        if text is None or not text.by_token or self.input.size != text.context:
            return
        for index, layer in enumerate(self.layers):
            if layer.reads == ("input",):
                for problem in layer.op.lacks(len(text.alphabet)):
                    yield problem._replace(path=("layers", index, *problem.path))
        if self.input.size > 1:
            note = f", with {self.input.size - 1} tokens; any number up to the context may be given"
            try:
                self._sizes_at(self.input.size - 1) or self._with(self.input.size - 1)
            except NetworkError as error:
                for problem in error.problems:
                    _, place, *_ = problem.path
                    flat = isinstance(place, int) and self.layers[place].dense
                    hint = "; axis: last reads each by itself" if flat else ""
                    yield problem._replace(message=problem.message + note + hint)

    def _sizes_at(self, tokens: int) -> dict[str, int] | None:
        """Return the size of each layer for so many tokens, without making that net; None where it
        cannot be made."""
        try:
            shapes = {"input": replace(self.input, size=tokens).row}
            for layer in self.layers:
                shape = layer.op.shape(*(shapes[name] for name in layer.reads))
                if (shape[0], shape[-1]) != (layer.shape[0], layer.shape[-1]):
                    layer.found(layer.reads, shape, layer.channels)  # labels and the like fit, too
                shapes[layer.name] = shape
        except NetworkError:
            return None
        return {name: prod(shape) for name, shape in shapes.items() if name != "input"}

    def _example_problems(self) -> Iterator[Problem]:
        seen: dict[str, int] = {}
        for index, example in enumerate(self.examples):
            path: Path = ("examples", index)
            if example.name in seen:
                first = f"examples[{seen[example.name]}]"
                message = f"'{cropped(example.name)}' is the name of {first} too"
                yield Problem(message, (*path, "name"))
            seen.setdefault(example.name, index)
            sizes = {layer.name: layer.size for layer in self.layers}
            tokens = example.input.size
            if self.input.varies and example.input.shape == (tokens,):
                known_sizes = self._sizes_at(tokens) if 0 < tokens <= self.input.size else None
                try:
                    sizes = known_sizes or {each.name: each.size for each in self.at(tokens).layers}
                except InputError as error:
                    yield Problem(str(error), (*path, "input"))
                    continue
            elif example.input.shape != (self.input.size,):
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
        """The last layer; of a model, the one that gives its first output."""
        return self.layer(self.model.seen.output) if self.model else self.layers[-1]

    def at(self, tokens: int) -> Network:
        """Return the net as it is for texts of so many tokens: its shapes are found anew.

        It has no examples. UsageError where its input is no tokens, InputError where it takes fewer
        or more.
        """
        text = self.input.text
        if text is None or not text.by_token:
            raise UsageError(f"{cropped(self.name)} reads {self.input.size} numbers, not tokens")
        if not 0 < tokens <= (text.context or 0):
            raise InputError(f"has {tokens}, takes 1 to {text.context} tokens")
        if tokens == self.input.size:
            return self
        if tokens not in self._at:
            try:
                self._at[tokens] = self._with(tokens)
            except NetworkError as error:
                told = "; ".join(map(str, error.problems))
                raise InputError(f"has {plural(tokens, 'token')}: {told}") from error
        return self._at[tokens]

    @cached_property
    def _at(self) -> dict[int, Network]:
        return {}

    def _with(self, tokens: int) -> Network:
        return replace(self, input=replace(self.input, size=tokens), examples=())

    def open_shape(self, name: str) -> tuple[int | None, ...]:
        """Return the shape of a layer, or of the input, where None depends on the tokens."""
        shape: tuple[int | None, ...] = self.shape(name)
        if not self.input.varies:
            return shape
        if name == "input":
            return (None,)
        if self.input.text and self.input.text.context == 1:
            return shape
        other = self._other.shape(name)
        return tuple(one if one == two else None for one, two in zip(shape, other, strict=True))

    def open_size(self, name: str) -> int | None:
        """Return how many numbers a layer gives, or the input; None where that depends on the
        tokens."""
        shape = self.open_shape(name)
        return None if None in shape else prod(self.shape(name))

    @cached_property
    def _other(self) -> Network:
        """The same net for another number of tokens."""
        return self.at(self.input.size - 1 or 2)

    @property
    def answers(self) -> int:
        """How many numbers, the last of its output, are its answer: of tokens, the last one's."""
        output = self.output
        by_token = self.input.varies and output.channels == "last" and len(output.shape) == 2
        last = by_token and output.shape[0] == self.input.size
        return output.shape[-1] if last else output.size

    @property
    def classes(self) -> tuple[str | None, ...] | None:
        """The labels of the classes that the output tells apart, None where it tells none.

        Softmax, log_softmax and hardmax give a class a neuron. One sigmoid neuron gives two: class
        1, which has the neuron's label, where it is over 0.5, and class 0, which has none. Of
        tokens, the last one tells; an output of several positions otherwise tells none. A model may
        say itself which classes its shares belong to.
        """
        if self.model and self.model.seen.classes:
            return self.output.labels or self.model.seen.classes
        output, answers = self.output, self.answers
        count = output.activation.kind.classes(answers)
        if count is None or answers != output.shape[-1]:
            return None
        labels = output.labels or (None,) * answers
        return (*(None,) * (count - answers), *labels)

    @property
    def one_decides(self) -> bool:
        """Whether one neuron alone tells class 1, where it is over 0.5, from class 0."""
        return self.output.activation.kind.two_classes and self.answers == 1

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

        The input itself, and a part of it, read nothing. UsageError as `layer` does.
        """
        return () if self.given(layer) else self.layer(layer).reads

    def reads_elsewhere(self, layer: str) -> tuple[str, ...] | None:
        """Return what a layer reads where that is anything but the one before it (of the first, the
        input), else None. UsageError as `layer` does."""
        place = self.layer_place(layer)
        before = self.layers[place - 1].name if place else "input"
        reads = self.layers[place].reads
        return None if reads == (before,) else reads

    def shape(self, name: str) -> Shape:
        """Return the shape of a layer, or of the input, for one row; UsageError as `layer` does."""
        part = next((part for part in self.input.parts if part.name == name), None)
        if part is not None and name in self.input.named:
            return row_of(part.shape)
        return self.input.row if name == "input" else self.layer(name).shape

    def given(self, name: str) -> bool:
        """Whether a name means the input, or one of its parts, which is given and not computed."""
        return name == "input" or name in self.input.named

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
