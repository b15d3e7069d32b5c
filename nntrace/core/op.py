"""What a layer computes: the base of every kind of layer, a file each in `ops`.

An op is given what the layer reads as arrays of rows × their shape, and fills z, rows × its own
shape. What a kind is told by stands in its `FIELDS`; the net file's grammar, its JSON Schema,
docs/kinds.md and `show` are made from them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from math import isqrt
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from nntrace.core.arrays import Array, Flags, Places, in_order, not_finite
from nntrace.core.value import Value
from nntrace.errors import NetworkError, Path, Problem, plural
from nntrace.records import NamedTuple
from nntrace.words import cropped

if TYPE_CHECKING:
    from collections.abc import Iterator


Shape = tuple[int, ...]  # of one row: (4,) for neurons, (3, 8, 8) for channels × height × width
Activate = Callable[[Array, Array], None]  # fills the second, a, from the first, z
Channels = Literal["first", "last"] | None
How = Literal["sum", "mean", "max", "min", "product"]
Takes = Literal[
    "count",
    "each",
    "padding",
    "number",
    "flag",
    "choice",
    "axis",
    "axes",
    "shape",
    "array",
    "block",
]
# Whether z is sums of what an op reads, each times a fixed weight, with a bias; or each number of z
# is one of those, by their order; or neither.
Straight = Literal["sums", "largest", "smallest"] | None
Length = int | tuple[int | None, ...]  # of an axis, or of several; None for any


class Field(NamedTuple):
    """A key of a layer of some kind, as a net file writes it.

    `takes` says what: a count from 1 (`count`), a whole number or one a dimension (`each`), the
    same or `same` or `valid` (`padding`), a number from 0 (`number`), one of `choices` (`choice`),
    one axis (`axis`), or several (`axes`), sizes of which one may be -1 (`shape`), numbers from any
    source (`array`), weights and a bias (`block`).
    `default` is what holds where it is left out; without one weights tell it, or it is `required`.

    An array names its `axes`, as in ("channels", "kernel…"): an axis of the same name is as long
    in every array of the layer, as the key of that name says, and as what the layer reads tells;
    `4·size` is four times as long, `in / groups` that part of it. The dots stand for any number of
    axes. `tensor` is what it is called behind the layer's name
    in a weights file for the whole net, `fill` the number that stands for one left out.
    """

    name: str
    takes: Takes
    doc: str
    default: Any = None
    choices: tuple[str, ...] = ()
    axes: tuple[str, ...] = ()
    tensor: str = ""
    fill: float | None = None
    least: int = 1  # of a count, and of each
    most: int = 2**31 - 1  # of the same
    required: bool = False  # must be given: no weights tell it
    stacked: bool = False  # an array that may have an axis more, in front: see `Op.axes`


class Step(NamedTuple):
    """One of the steps in which a number is made: `formula` says how, `value` what came of it."""

    name: str
    formula: str
    value: float


class Terms(NamedTuple):
    """How one number of z comes about: `how` of weights × values, and then + bias.

    `values` are numbers of what the layer reads: `read` says of each which of its reads it belongs
    to, `places` which number of that, in C order. A number that is made in steps has them too; the
    last step's value is z. All arrays are as long as there are terms.
    """

    weights: Array
    values: Array
    places: Places
    read: Places
    bias: float = 0.0
    how: How = "sum"
    steps: tuple[Step, ...] = ()

    @classmethod
    def of(
        cls,
        values: Array,
        places: Any,
        weights: Any = 1.0,
        *,
        bias: float = 0.0,
        how: How = "sum",
        steps: Sequence[Step] = (),
        read: Any = 0,
    ) -> Terms:
        """Make terms of `values`, the whole of what is read in one row, of which `places` count.

        `weights` and `read` are one for all, or one a place.
        """
        where = np.asarray(places, np.intp).ravel()
        taken = values.reshape(-1)[where]
        weighed = np.broadcast_to(np.asarray(weights, values.dtype).ravel(), where.shape)
        reads = np.broadcast_to(np.asarray(read, np.intp).ravel(), where.shape)
        return cls(weighed, taken, where, reads, float(bias), how, tuple(steps))


class Gate(NamedTuple):
    """A sum on the way of a number that is made in steps, by its step's name, and its terms.

    `terms.read` counts the layer's own z, of another place, behind all that the layer reads.
    """

    name: str
    terms: Terms


class Op(Value, ABC):
    """What a layer computes. A kind is a frozen dataclass whose fields are those of `FIELDS`.

    Arrays are of one dtype, finite and read-only. `GIVES` says in words which shapes it reads, and
    behind an arrow which it gives. `FORMULA` has indices, `TORCH` and `ONNX` are what the kind is
    called there, with what differs, `SOURCE` is where its definition stands. `READS` says how many
    layers it reads, at least and at most.
    """

    KIND: ClassVar[str]
    GIVES: ClassVar[str]
    DOC: ClassVar[str]
    FORMULA: ClassVar[str]
    TORCH: ClassVar[str]
    ONNX: ClassVar[str]
    SOURCE: ClassVar[str]
    FIELDS: ClassVar[tuple[Field, ...]] = ()
    READS: ClassVar[tuple[int, int | None]] = (1, 1)
    WEIGHT: ClassVar[str] = "weight"  # what the weight of a term is
    BIAS: ClassVar[str] = "bias"  # what is added to the terms
    WINDOWED: ClassVar[bool] = False  # whether a number reads a window, which may be drawn
    STRAIGHT: ClassVar[Straight] = None
    APART: ClassVar[bool] = True  # whether its numbers are taken apart
    PLACES: ClassVar[tuple[str, ...]] = ()  # what the axes of z count, where `channels` can't tell

    @property
    def called(self) -> str:
        """What people are told that it computes: its kind, and what that does not tell."""
        return self.KIND

    @property
    def straight(self) -> Straight:
        """Whether z is sums of what it reads, or picked from that, whatever the numbers are."""
        return self.STRAIGHT

    @property
    def channels(self) -> Channels:
        """Which axis of z counts channels, or the width of tokens; None where that is as in what
        it reads."""
        return None

    def carried(self, sources: Sequence[tuple[Shape, Channels]], shape: Shape) -> Channels:
        """Tell which axis of z, of this shape, counts channels, where `channels` says None.

        `sources` are what it reads: the shape of each, and which axis of it does.
        """
        told = [channels for _, channels in sources if channels]
        return told[0] if told and len(shape) > 1 else None

    @cached_property
    def arrays(self) -> Mapping[str, Array]:
        """Its weights by their keys, read-only."""
        return MappingProxyType(self._given_arrays())

    def _given_arrays(self) -> dict[str, Array]:
        named = ((field.name, getattr(self, field.name)) for field in self.FIELDS)
        return {name: value for name, value in named if isinstance(value, np.ndarray)}

    @property
    def sayable(self) -> bool:
        """Whether a net file can say it; graphs have some kinds in ways that it cannot."""
        return True

    @property
    def masked(self) -> bool:
        """Whether some of z is −∞ on purpose."""
        return False

    def mask(self, shape: Shape) -> Flags:
        """Tell which numbers of z, of this shape for a row, are −∞ on purpose."""
        return np.zeros(shape, np.bool_)

    def __post_init__(self) -> None:
        problems: list[Problem] = []
        for name, values in self._given_arrays().items():
            problems += not_finite(values, (name,))
            object.__setattr__(self, name, in_order(values))
        problems += self.problems()
        if problems:
            raise NetworkError(problems)

    def problems(self) -> Iterator[Problem]:
        """Tell what does not fit together in the op's own numbers, each at the path of its key."""
        yield from ()

    @classmethod
    def lengths(cls, reads: Sequence[Shape], keys: Mapping[str, Any]) -> dict[str, Length]:
        """Tell how long axes of its arrays are, by the shapes it reads and the keys that are given.

        What is missing is told by the arrays; `reads` is empty where it is not known. Raises
        NetworkError where what it reads cannot do, at the path of a key that would mend it, or at
        none.
        """
        return {}

    def lacks(self, tokens: int) -> Iterator[Problem]:
        """Tell what it lacks to read tokens of which there are so many."""
        yield from ()

    @classmethod
    def tensors(cls, field: Field, keys: Mapping[str, Any]) -> list[tuple[str, ...]]:
        """Return what an array may be called, behind the layer's name, in a weights file for the
        whole net, the first that is there counts; several of them are stacked on a first axis."""
        return [(field.tensor,)]

    @classmethod
    def axes(cls, field: Field, keys: Mapping[str, Any]) -> tuple[str, ...]:
        """Return what the axes of an array are called, which may depend on the keys."""
        return field.axes

    @abstractmethod
    def shape(self, *reads: Shape) -> Shape:
        """Return the shape of z for one row; NetworkError where what it reads does not fit."""

    def formula(self, *reads: Shape) -> str:
        """Return FORMULA with the op's own numbers where it has keys, for the shapes it reads."""
        told = self.FORMULA
        for field in self.FIELDS:
            if field.takes == "number":
                told = told.replace(field.name, f"{getattr(self, field.name):g}")
        return told

    @abstractmethod
    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        """Fill z, rows × its shape, from arrays of rows × the shapes that it reads.

        With `exact` the bits of a row depend on nothing but the row: no BLAS (see `products`); it
        is then given one row at a time.
        """

    def fill(
        self, reads: Sequence[Array], z: Array, a: Array, activate: Activate, exact: bool
    ) -> None:
        """Fill z by `run`, and a by `activate(z, a)`; row by row, where it is to be exact."""
        if not exact:
            self.run(reads, z, exact)
            activate(z, a)
            return
        for row in range(len(z)):
            one = slice(row, row + 1)
            self.run([values[one] for values in reads], z[one], exact)
            activate(z[one], a[one])

    @abstractmethod
    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        """Take apart number `index` of z, in C order, of one row; `reads` are of their shapes."""

    def gates(self, reads: Sequence[Array], z: Array, index: int) -> tuple[Gate, ...]:
        """Take apart the sums on the way of number `index`, where it is made by gates; z, of its
        shape, is known already."""
        return ()

    def as_keys(self) -> dict[str, Any]:
        """Return what a net file says of it, arrays apart; what is as by default is left out."""
        given = {field.name: getattr(self, field.name) for field in self.FIELDS}
        defaults = {field.name: field.default for field in self.FIELDS}
        return {
            name: value
            for name, value in given.items()
            if value is not None and not isinstance(value, np.ndarray) and value != defaults[name]
        }

    @property
    def parameters(self) -> int:
        """How many numbers its arrays hold."""
        return sum(values.size for values in self.arrays.values())

    @property
    def nbytes(self) -> int:
        """How many bytes they take."""
        return sum(values.nbytes for values in self.arrays.values())


def miscounted(name: str, kind: str, takes: tuple[int, int | None], reads: int) -> str | None:
    """Say that a layer of a kind reads fewer than that takes, or more; None where it does not."""
    least, most = takes
    if least <= reads and (most is None or reads <= most):
        return None
    told = f"{least} or more" if most is None else str(most)
    return f"{cropped(name)} reads {plural(reads, 'layer')}, {kind} takes {told}"


def times(shape: Sequence[int]) -> str:
    """Write a shape: `8 × 8`."""
    return " × ".join(map(str, shape))


def divisors_near(number: int, count: int) -> str:
    """Say which divisors of a count are next to a number: `2 or 4 would`."""
    low = [each for each in range(1, isqrt(count) + 1) if count % each == 0]
    divisors = sorted({*low, *(count // each for each in low)})
    at = bisect(divisors, number)
    return f"{' or '.join(map(str, divisors[max(0, at - 1) : at + 1]))} would"


def unravelled(shape: Shape, index: int) -> tuple[int, ...]:
    """Return the position of a number by its place in C order: 27 of 3 × 8 × 8 is (0, 3, 3)."""
    return tuple(int(place) for place in np.unravel_index(index, shape))


def unfit(message: str, *path: str | int) -> NetworkError:
    """Say what does not fit, at the path of a key of the layer, or at none."""
    return NetworkError(Problem(message, path))


def sized(values: Array | None, shape: Shape, key: str, takes: str) -> Iterator[Problem]:
    """Tell where an array of a key has another shape than it takes, `takes` being its words."""
    if values is not None and values.shape != shape:
        found = plural(values.size, "number") if values.ndim == 1 else times(values.shape)
        path: Path = (key,)
        yield Problem(f"{'has' if values.ndim == 1 else 'is'} {found}, takes {takes}", path)
