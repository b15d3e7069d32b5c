"""What a cause is, what it is looked for in, and what is tried: values of the search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nntrace.analysis.diff.compare import Tolerances
from nntrace.core.activation import Activation
from nntrace.core.arrays import Array
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.core.op import Op
from nntrace.core.recorded import Place
from nntrace.core.watched import Change

if TYPE_CHECKING:
    from nntrace.analysis.diff.sides import NetSide

# How exact a cause is: one that is more so leaves no room for one that is less.
EXACT, ROUNDED, LOOSE, LAST = range(4)


class Cause(NamedTuple):
    """A change of a after which all that follows agrees with b.

    `layer` is by a's name, or `input`, or None for one that is everywhere. `leaves` is the largest
    difference that is left.
    """

    kind: str
    layer: str | None
    detail: str
    leaves: float


class Candidate(NamedTuple):
    """A change that may be a cause.

    `layer` is where it would be told, None for everywhere; `changes` are what is tried, by layer.
    One that is not the `exact` one of its kind is looked at after those that are. `everywhere` is
    the same change in all layers that it may be in; `net` makes what is tried where that is another
    net, and no change of layers.
    """

    kind: str
    layer: str | None
    detail: str
    changes: Mapping[str, Change]
    exactness: int = EXACT
    everywhere: Callable[[], Mapping[str, Change]] | None = None
    net: Callable[[], NetSide] | None = None


class Suspect(NamedTuple):
    """A layer in which the cause may lie: what it is, and what it does with some rows.

    `reads`, `z` and `a` are a's, rows × shape. `z_b` and `a_b` are b's, of the same shape, None
    where they are not known; `partner` is b's layer, None where b is a recorded trace or has none.
    `z_parts` says that z is apart, or may be. `mine` and `other` are what the two are called: where
    only b can be changed, the suspect is b's. `alone` is what b gives, rows × size, that has no
    partner in a. `others` says that b tells of other layers, too, which agree or do not once
    this one is as in b. `partners` are the layers of b that belong to those of a, by a's names,
    and `net_b` is what they are of; `theirs` tells of a layer of a what b reads and gives as z
    there, where that is known.
    """

    network: Network
    layer: Layer
    reads: tuple[Array, ...]
    z: Array
    a: Array
    z_b: Array | None
    a_b: Array | None
    partner: Layer | None
    z_parts: bool
    tolerances: Tolerances
    mine: str = "a"
    other: str = "b"
    alone: Mapping[Place, Array] = MappingProxyType({})
    others: bool = True
    partners: Mapping[str, Layer] = MappingProxyType({})
    net_b: Network | None = None
    theirs: Callable[[str], tuple[tuple[Array, ...], Array] | None] = lambda _: None

    @property
    def source(self) -> Layer | None:
        """The one layer that it reads; None where it reads the input, or several."""
        reads = self.layer.reads
        known = len(reads) == 1 and reads[0] in self.network.places
        return self.network.layer(reads[0]) if known else None

    def candidate(
        self, kind: str, detail: str, change: Change, exactness: int = EXACT
    ) -> Candidate:
        """Return a change of this layer."""
        return Candidate(kind, self.layer.name, detail, {self.layer.name: change}, exactness)


Finder = Callable[[Suspect], Iterator[Candidate]]


def by_op(op: Op) -> Change:
    """Return the change by which a layer computes another op of what it reads."""

    def z(reads: Sequence[Array], z: Array) -> Array:
        out = np.empty((len(z), *op.shape(*(read.shape[1:] for read in reads))), z.dtype)
        op.run(reads, out, False)
        return out

    return Change(z=z)


def by_activation(layer: Layer, activation: Activation) -> Change:
    """Return the change by which a layer has another activation."""
    from dataclasses import replace

    changed = replace(layer, activation=activation)

    def a(z: Array, a: Array) -> Array:
        made = np.empty_like(z)
        shaped = changed if changed.shape == z.shape[1:] else replace(changed, shape=z.shape[1:])
        shaped.activate(z, made)
        return made

    return Change(a=a)


def rounded_number(value: float, digits: int = 3) -> float:
    """Return the number of few digits that a fitted one is likely to mean, or itself."""
    short = float(f"{value:.{digits}g}")
    return short if abs(short - value) <= 1e-4 * abs(value) else value
