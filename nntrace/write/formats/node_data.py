"""Model Explorer's node data: a number for each tensor, by which it colours the graph of a model.

Of a pass the numbers are the mean sizes of what a tensor holds, over all rows, of two that are
compared how far their tensors drift apart; a number that is not finite is named in their place,
with where the first of them stands.
https://github.com/google-ai-edge/model-explorer, `node_data_builder.py`
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from nntrace.core.arrays import Flags, Numbers
from nntrace.core.recorded import Place

if TYPE_CHECKING:
    from nntrace.analysis.causes.cause import Cause
    from nntrace.analysis.diff.difference import Difference
    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import Trace
    from nntrace.core.network import Network

GRADIENT = ({"stop": 0, "bgColor": "#ffffff"}, {"stop": 1, "bgColor": "#e8710a"})
FIRST = {"bgColor": "#6a1b9a", "textColor": "#ffffff"}  # where two part
NOT_FINITE = {"bgColor": "#b3261e", "textColor": "#ffffff"}


def trace(
    network: Network, chunks: Iterable[TracedBatch], layers: Collection[str]
) -> Iterator[bytes]:
    """Give one document, with an entry for each tensor of a model, or for each layer's a and z."""
    sums: dict[str, float] = {}
    counts: dict[str, int] = {}
    odd: dict[str, dict[str, str]] = {}
    for chunk in chunks:
        for name, values in _values(chunk.trace, layers):
            wide = np.abs(values.astype(np.float64))
            finite = np.isfinite(wide)
            sums[name] = sums.get(name, 0.0) + float(wide[finite].sum())
            counts[name] = counts.get(name, 0) + int(finite.sum())
            if name not in odd and not finite.all():
                odd[name] = {"value": _first(values, finite), **NOT_FINITE}
    results: dict[str, Any] = {
        name: odd.get(name) or {"value": total / max(1, counts[name])}
        for name, total in sums.items()
    }
    yield node_data(f"mean |a| of {network.name}", results)


def difference(found: Difference, causes: Sequence[Cause]) -> Iterator[bytes]:
    """Give one document, with the largest difference of each tensor that both have, by a's names;
    the first that parts is marked."""
    net = found.a.network or found.b.network
    first = found.first and _tensor(net, found.first.pair.a)
    results: dict[str, Any] = {}
    for each in found.compared:
        name = _tensor(net, each.pair.a)
        told: dict[str, Any] = {"value": each.tally.max_abs, **(FIRST if name == first else {})}
        if (spot := each.tally.infinite) is not None:
            place = found.name(each.pair.a, spot).removeprefix(f"{each.pair.a.layer}.")
            told = {"value": f"{_said(spot.b)} at {place}, row {spot.row}", **NOT_FINITE}
        elif not isfinite(each.tally.max_abs):  # a's is not finite, or both are, by other signs
            told = {"value": "∞", **NOT_FINITE}
        results[name] = told
    yield node_data(f"max |a - b| of {found.a.name} and {found.b.name}", results)


def _tensor(network: Network | None, place: Place) -> str:
    """Return the name of the tensor that holds a layer's z or a: one where both are the same."""
    known = network is not None and place.layer in network.places
    one = network is not None and known and network.layer(place.layer).activation.kind.identity
    if one or place.quantity == "a":
        return place.layer
    model = network.model if network else None
    return (model and model.seen.z.get(place.layer)) or f"{place.layer}.z"


def node_data(name: str, results: Mapping[str, Any]) -> bytes:
    """Return the node data of one graph: what is told of its tensors, by their names."""
    told = {"name": name, "results": results, "gradient": GRADIENT}
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _values(trace: Trace, layers: Collection[str]) -> Iterator[tuple[str, Numbers]]:
    """Give the numbers of each tensor, by its name."""
    model = trace.network.model
    if model and trace.tensors and len(layers) == len(trace.network.layers):
        for name, tensor in trace.tensors.items():
            if tensor.dtype.kind in "iufbV":
                yield name, tensor
        return
    for traced in trace.layers:
        if traced.name in layers:
            if traced.z is not traced.a:
                yield _tensor(trace.network, Place(traced.name, "z")), traced.z
            yield traced.name, traced.a


def _first(values: Numbers, finite: Flags) -> str:
    """Say which number is the first that is not finite, and where it stands in its array."""
    place = tuple(np.argwhere(~finite)[0].tolist())
    value = float(values[place])
    return f"{_said(value)} at {'.'.join(map(str, place))}" if place else _said(value)


def _said(value: float) -> str:
    return "NaN" if isnan(value) else f"{value:+}".replace("inf", "∞")
