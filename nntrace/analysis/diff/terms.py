"""The number at which two sides part, taken apart in both: the terms of each side by side."""

from __future__ import annotations

from math import inf, isnan
from typing import NamedTuple

import numpy as np

from nntrace.analysis.diff.difference import Compared, Difference
from nntrace.analysis.diff.sides import NetSide, Side
from nntrace.core.names import Neuron, name_of
from nntrace.core.network import Network
from nntrace.core.op import How, Step, Terms, unravelled
from nntrace.core.recorded import Place
from nntrace.core.watched import Walked
from nntrace.errors import NntraceError


class TermPair(NamedTuple):
    """One term in a and in b: (weight, value), None where that side has none such."""

    source: str
    a: tuple[float, float] | None
    b: tuple[float, float] | None

    @property
    def apart(self) -> float:
        """How far apart the products are; of pools and the like, the values."""
        one, two = (np.float64(each[0]) * each[1] if each else 0.0 for each in (self.a, self.b))
        with np.errstate(all="ignore"):
            off = abs(one - two)
        return 0.0 if one == two else inf if isnan(off) else float(off)


class Worked(NamedTuple):
    """How one side came to its number: by its net, where it has one.

    `formula` is that of the activation, None for a trace that was recorded, of which z may be
    unknown.
    """

    layer: str
    z: float | None
    a: float | None
    formula: str | None
    bias: float | None
    how: How | None
    steps: tuple[Step, ...] = ()


class SideBySide(NamedTuple):
    """The number at which two sides part first, in both; terms by what differs most."""

    name: str
    place: Place
    row: int
    token: str | None
    a: Worked
    b: Worked
    terms: tuple[TermPair, ...]


def side_by_side(found: Difference) -> SideBySide | None:
    """Take apart the worst number of the first place that parts; None where nothing parts."""
    first = found.first
    if first is None or first.worst is None:
        return None
    spot = first.worst
    one, of_a = _worked(found.a, first.pair.a, found, first)
    two, of_b = _worked(found.b, first.pair.b, found, first)
    return SideBySide(
        found.name(first.pair.a, spot),
        first.pair.a,
        spot.row,
        _token(found.a if found.a.network else found.b, found, first),
        one,
        two,
        _paired(found.a.network, of_a, found.b.network, of_b),
    )


_Known = tuple[Walked, Network, Terms | None]


def _worked(
    side: Side, place: Place, found: Difference, first: Compared
) -> tuple[Worked, _Known | None]:
    spot = first.worst
    assert spot is not None
    own = spot.a if side is found.a else spot.b
    if not isinstance(side, NetSide) or found.worst_row is None:
        z, a = (own, None) if place.quantity == "z" else (None, own)
        return Worked(place.layer, z, a, None, None, None), None
    step, network = side.step(found.worst_row, place.layer)
    z, a = (float(values.reshape(-1)[spot.index]) for values in (step.z, step.a))
    try:
        terms = step.layer.op.terms([read[0] for read in step.reads], spot.index)
    except NntraceError:  # a kind whose numbers are shown only
        terms = None
    worked = Worked(
        place.layer,
        z,
        a,
        step.layer.activation.kind.formula,
        None if terms is None else terms.bias,
        None if terms is None else terms.how,
        () if terms is None else terms.steps,
    )
    return worked, (step, network, terms)


def _paired(
    net_a: Network | None, of_a: _Known | None, net_b: Network | None, of_b: _Known | None
) -> tuple[TermPair, ...]:
    """Pair the terms of both, by what they read; what differs most comes first."""
    one, two = _by_place(of_a), _by_place(of_b)
    known = of_a or of_b
    pairs = [
        TermPair(_source(known, key), one.get(key), two.get(key))
        for key in dict.fromkeys([*one, *two])
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.apart))


def _by_place(known: _Known | None) -> dict[tuple[int, int], tuple[float, float]]:
    if known is None or known[2] is None:
        return {}
    terms = known[2]
    keys = zip(terms.read.tolist(), terms.places.tolist(), strict=True)
    numbers = zip(terms.weights.tolist(), terms.values.tolist(), strict=True)
    return dict(zip(keys, numbers, strict=True))


def _source(known: _Known | None, key: tuple[int, int]) -> str:
    assert known is not None
    step, network, _ = known
    read, place = key
    return name_of(network, Neuron(step.layer.reads[read], place))


def _token(side: Side, found: Difference, first: Compared) -> str | None:
    """Return the character of the token that a number belongs to, where it belongs to one."""
    if not isinstance(side, NetSide) or found.worst_row is None or first.worst is None:
        return None
    network, values = side.given(found.worst_row)
    layer = network.layer(first.pair.a.layer if side is found.a else first.pair.b.layer)
    text = network.input.text
    if text is None or not network.input.varies or len(layer.shape) < 2:
        return None
    characters = text.characters(values[0])
    token = unravelled(layer.shape, first.worst.index)[-2]
    return characters[token] if layer.shape[-2] == len(characters) else None
