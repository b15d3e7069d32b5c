"""What is seen of a pass that is watched, and what may be changed in it: see `walk`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from nntrace.core.arrays import Array
from nntrace.core.forward import shaped
from nntrace.core.rows import normalise

if TYPE_CHECKING:
    from nntrace.core.layer import Layer
    from nntrace.core.network import Network

INPUT = "input"


class Walked(NamedTuple):
    """What a layer did: what it read, and its z and a, each rows × its shape."""

    layer: Layer
    reads: tuple[Array, ...]
    z: Array
    a: Array


class Change(NamedTuple):
    """What is put in place of what a layer computes.

    `z` makes a new z of what is read and of the z that was computed, each rows × shape; `a` makes a
    new a of z and of the a that was. Of the input, z is the rows as given, and a what the first
    layers are given of them.
    """

    z: Callable[[Sequence[Array], Array], Array] | None = None
    a: Callable[[Array, Array], Array] | None = None


NO_CHANGE = Change()


def given(network: Network, rows: Array, change: Change = NO_CHANGE) -> Array:
    """Return what the first layers are given: rows × the input's shape, scaled as the net says."""
    if change.z is not None:
        rows = change.z((), rows)
    x = normalise(network.input, rows)
    if change.a is not None:
        x = change.a(rows, x)
    return shaped(x, network.input.row)
