"""What a layer of a net file will be, as far as it could be read: shared by kinds of layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from typing import Any, TypeVar

from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.layer import Layer
from nntrace.core.op import Channels, Op, Shape, miscounted, times
from nntrace.errors import NetworkError, Path, listed
from nntrace.read.nets.composites import Composite
from nntrace.read.nets.counts import Count, numbers_count, product
from nntrace.read.yaml.grammar import INVALID, Reading
from nntrace.records import NamedTuple
from nntrace.words import cropped

T = TypeVar("T")


class LayerPlan(NamedTuple):
    """What a net file says about a layer, as far as that could be read; nothing is loaded yet.

    `size` and `shape` are None where they are not known, `labels` is INVALID where they could not
    be read. `draws` counts the numbers to be drawn at random. `make` is None where something does
    not fit. `path` leads to what says it.
    """

    name: str | None
    size: Count | None = None
    activation: Activation | None = None
    labels: Any = None
    draws: tuple[Count, ...] = ()
    make: Callable[[], Layer | None] | None = None
    shape: Shape | None = None
    channels: Channels = None
    path: Path = ()


class Source(NamedTuple):
    """What a layer may read: a layer above it, or the input; None for what is not known of it.

    `tokens` says how many tokens there are where they are what it gives.
    """

    name: str
    size: Count | None
    shape: Shape | None
    channels: Channels = None
    tokens: int | None = None


class Reads(NamedTuple):
    """What a layer reads, in its order; `path` leads to what says so.

    There are no sources where it could not be read which they are.
    """

    sources: tuple[Source, ...]
    path: Path

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what is read."""
        return tuple(source.name for source in self.sources)

    @property
    def called(self) -> str:
        """The same, in words."""
        return listed([cropped(name) for name in self.names])

    @property
    def shapes(self) -> tuple[Shape, ...] | None:
        """The shape of each; None where one is not known."""
        shapes = tuple(source.shape for source in self.sources if source.shape)
        return shapes if 0 < len(shapes) == len(self.sources) else None

    @property
    def tokens(self) -> bool:
        """Whether it reads tokens, which only an embedding makes numbers of."""
        return any(source.tokens is not None for source in self.sources)

    @property
    def picture(self) -> bool:
        """Whether it reads an input of height × width."""
        first = next(iter(self.sources), None)
        return first is not None and first.name == "input" and len(first.shape or ()) == 2

    @property
    def least(self) -> dict[str, int]:
        """How long axes of a table are where nothing else tells: as many tokens as there are, and
        as many positions as are read."""
        told: dict[str, int] = {}
        for source in self.sources[:1]:
            if source.tokens is not None:
                told["tokens"] = source.tokens
            if source.shape:
                told["context"] = source.shape[0]
        return told

    def unknown(self) -> Reads:
        """Return the same, with nothing known of what is read."""
        return Reads(tuple(Source(name, None, None) for name in self.names), self.path)

    def fan_in(self, last: bool) -> Count | None:
        """Count what a dense layer reads: everything, or along the last axis alone."""
        if len(self.sources) == 1 and not last:
            return self.sources[0].size
        if self.shapes is None:
            return None
        count = sum(shape[-1] if last else prod(shape) for shape in self.shapes)
        each = " and ".join(map(times, self.shapes))
        return Count(self.path, count, f"gives {each}", f"{self.called} ")

    def found(self, layer: Layer) -> Layer:
        """Return a layer in its net: it knows what it reads, and its shape."""
        assert self.shapes is not None
        shape = layer.op.shape(*self.shapes)
        return layer.found(self.names, shape, self.channels(layer.op, shape))

    def channels(self, op: Op, shape: Shape) -> Channels:
        """Return which axis counts channels in what an op makes of it."""
        known = [(source.shape, source.channels) for source in self.sources if source.shape]
        return op.channels or op.carried(known, shape)


def reports_count(reading: Reading, name: str, kind: type[Op] | Composite, reads: Reads) -> bool:
    """Report that a layer reads fewer than its kind takes, or more; tell whether that is so."""
    count = len(reads.sources)
    told = miscounted(name, kind.KIND, kind.READS, count) if count else None
    if told:
        reading.report(reads.path, told)
    return told is not None


def read_activation(
    reading: Reading, path: Path, declared: Any
) -> tuple[Activation | None, list[Count]]:
    """Return an activation, None after a report, and what its parameters say about the size."""
    if declared is INVALID:
        return None, []
    written, parameters = declared or ("identity", {})
    path = (*path, "activation", written)
    counts = [
        numbers_count((*path, parameter), values)
        for parameter, values in parameters.items()
        if isinstance(values, list)
    ]
    try:
        return Activation(find(written), parameters), counts
    except NetworkError as error:
        for problem in error.problems:  # their paths start with the activation's own name
            reading.report((*path, *problem.path[1:]), problem.message)
        return None, counts


@contextmanager
def within_memory(reading: Reading, path: Path, shape: tuple[int, ...]) -> Iterator[None]:
    """Report at `path`, which asks for an array of a shape, that there is no memory for it."""
    try:
        yield
    except MemoryError:
        reading.report(path, f"{product(shape)} numbers take more memory than there is")


def born(reading: Reading, path: Path, make: Callable[[], T]) -> T | None:
    """Make a value of the core, and report at `path` what it says against it."""
    try:
        return make()
    except NetworkError as error:
        report_at(reading, path, error)
        return None


def report_at(reading: Reading, path: Path, error: NetworkError) -> None:
    """Report what the core says against a value that stands at `path`."""
    for problem in error.problems:
        reading.report((*path, *problem.path), problem.message)
