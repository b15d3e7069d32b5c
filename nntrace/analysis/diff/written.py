"""How two nets differ as they are written: weights, settings and activations, layer by layer.

It stands in for a cause where no one change explains what parts; it runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from nntrace.analysis.diff.difference import Difference
from nntrace.core.layer import Layer
from nntrace.core.op import times
from nntrace.errors import plural


class Written(NamedTuple):
    """A layer, by a's name, and what of it b has otherwise, in words."""

    layer: str
    differs: tuple[str, ...]


def written_otherwise(found: Difference) -> list[Written]:
    """Return the layers of which a and b are written otherwise; none where one is a trace."""
    pairs: dict[str, Layer] = {}
    for each in found.compared:
        partner = found.b.layer(each.pair.b)
        if partner is not None:
            pairs.setdefault(each.pair.a.layer, partner)
    net = found.a.network
    if net is None or found.b.network is None:
        return []
    named = {each.name: each for each in found.b.network.layers}
    both = ((each, pairs.get(each.name, named.get(each.name))) for each in net.layers)
    made = (Written(one.name, (*_differs(one, two),)) for one, two in both if two is not None)
    return [each for each in made if each.differs]


def _differs(one: Layer, two: Layer) -> Iterator[str]:
    if one.op.called != two.op.called:
        yield f"{two.op.called} in b, {one.op.called} in a"
        return
    keys = [field.name for field in one.op.FIELDS if field.takes not in ("array", "block")]
    for key in keys:
        mine, other = getattr(one.op, key), getattr(two.op, key)
        if mine != other:
            yield f"{key} {other} in b, {mine} in a"
    if one.activation != two.activation:
        yield f"{two.activation.name} in b, {one.activation.name} in a"
    for name in {**one.op.arrays, **two.op.arrays}:
        a, b = one.op.arrays.get(name), two.op.arrays.get(name)
        if a is None or b is None:
            yield f"{name} in {'a' if b is None else 'b'} alone"
        elif a.shape != b.shape:
            yield f"{name} {times(b.shape)} in b, {times(a.shape)} in a"
        elif count := int((a != b).sum()):
            off = float(np.abs(a.astype(np.float64) - b).max())
            yield f"{plural(count, 'number')} of {name}, by up to {off:.3g}"
