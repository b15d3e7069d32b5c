"""From the statistics of a net to the fields that machines see, and to CSV."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Literal

import numpy as np

from nntrace.core.neurons import name_of, source_names
from nntrace.core.regimes import ends
from nntrace.write.machine import _cell as quoted
from nntrace.write.records import network_info

if TYPE_CHECKING:
    from nntrace.core.finite import NotFinite
    from nntrace.core.moments import Moments
    from nntrace.core.network import Layer, Network
    from nntrace.core.statistics import LayerStatistics, Statistics
    from nntrace.write.fields_rows import (
        FirstNotFinite,
        HistogramRecord,
        LayerStats,
        MomentsRecord,
        NeuronStats,
        StatsDocument,
    )

COLUMNS = (
    "layer,neuron,label,rows,active,dead,saturated,kink,"
    "a_rows,a_mean,a_std,a_min,a_max,z_rows,z_mean,z_std,z_min,z_max"
)


def stats_document(
    network: Network,
    statistics: Statistics,
    layers: Sequence[str] = (),
    settings: dict[str, float] | None = None,
) -> StatsDocument:
    """Describe the statistics of a net, of the layers named (all where none is)."""
    classes = network.classes
    document: StatsDocument = {  # type: ignore[typeddict-item]  # keys are added in order
        "schema": "nntrace.stats/1",
        "network": network_info(network),
        "rows": statistics.rows,
    }
    if settings:
        document["set"] = settings
    document["classes"] = None
    document["undecided"] = None
    if classes is not None:
        document["classes"] = [
            {"index": index, "label": label, "rows": rows}
            for index, (label, rows) in enumerate(
                zip(classes, statistics.classes.tolist(), strict=True)
            )
        ]
        document["undecided"] = statistics.undecided
    document["first_not_finite"] = _first(network, statistics.first_not_finite)
    document["layers"] = [
        _layer_stats(network, layer, part, statistics.rows)
        for layer, part in zip(network.layers, statistics.layers, strict=True)
        if not layers or layer.name in layers
    ]
    return document


def stats_csv(document: StatsDocument) -> bytes:
    """Write a line for each neuron; what JSON has as null is empty, histograms are left out."""
    lines = [COLUMNS]
    for layer in document["layers"]:
        name = quoted(layer["name"])
        for each in layer["neurons"]:
            cells = [name, str(each["index"]), quoted(each["label"] or "")]
            cells += [str(document["rows"]), str(each["active"]), str(each["dead"]).lower()]
            cells += [_number(each["saturated"]), _number(each["kink"])]
            for part in (each["a"], each["z"]):
                cells.append(str(part["rows"]))
                cells += map(_number, (part["mean"], part["std"], part["min"], part["max"]))
            lines.append(",".join(cells))
    return "\n".join([*lines, ""]).encode()


def _number(value: float | None) -> str:
    return "" if value is None or not isfinite(value) else repr(value)


def _first(network: Network, found: NotFinite | None) -> FirstNotFinite | None:
    if found is None:
        return None
    quantity: Literal["x", "z", "a"] = found.quantity  # type: ignore[assignment]
    value: Literal["inf", "-inf", "nan"] = "nan"
    if found.value == found.value:
        value = "inf" if found.value > 0 else "-inf"
    return {
        "row": found.row,
        "neuron": name_of(network, found.neuron),
        "layer": found.neuron.layer,
        "index": found.neuron.index,
        "quantity": quantity,
        "value": value,
    }


def _layer_stats(network: Network, layer: Layer, part: LayerStatistics, rows: int) -> LayerStats:
    has_ends = ends(layer) is not None
    names = source_names(network, layer.name)
    finite = int(part.z.rows.sum() + part.a.rows.sum())
    return {
        "name": layer.name,
        "activation": layer.activation.name,
        "rule": str(layer.activation.kind.active),  # type: ignore[typeddict-item]
        "dead": int(part.dead.sum()),
        "saturated": int(part.mostly_saturated.sum()) if has_ends else None,
        "not_finite": 2 * rows * layer.size - finite,
        "neurons": [
            _neuron_stats(name, index, layer, part, has_ends, z, a, histogram)
            for index, (name, z, a, histogram) in enumerate(
                zip(names, _moments(part.z), _moments(part.a), _histograms(part), strict=True)
            )
        ],
    }


def _neuron_stats(
    name: str,
    index: int,
    layer: Layer,
    part: LayerStatistics,
    has_ends: bool,
    z: MomentsRecord,
    a: MomentsRecord,
    histogram: HistogramRecord | None,
) -> NeuronStats:
    return {
        "neuron": name,
        "index": index,
        "label": layer.labels[index] if layer.labels else None,
        "active": int(part.active[index]),
        "dead": bool(part.dead[index]),
        "saturated": int(part.saturated[index]) if has_ends else None,
        "kink": _finite(float(part.nearest[index])),
        "z": z,
        "a": a,
        "histogram": histogram,
    }


def _moments(part: Moments) -> list[MomentsRecord]:
    columns = (part.mean, part.deviation, part.low, part.high)
    return [
        {
            "rows": rows,
            "mean": _finite(mean),
            "std": _finite(deviation),
            "min": _finite(low),
            "max": _finite(high),
        }
        for rows, mean, deviation, low, high in zip(
            part.rows.tolist(), *(column.tolist() for column in columns), strict=True
        )
    ]


def _histograms(part: LayerStatistics) -> list[HistogramRecord | None]:
    """Describe the bins from the first to the last that holds anything."""
    bins = part.bins
    records: list[HistogramRecord | None] = []
    for counts, exponent, first in zip(
        part.counts, bins.exponent.tolist(), bins.first.tolist(), strict=True
    ):
        used = np.flatnonzero(counts)
        if not len(used):
            records.append(None)
            continue
        width = 2.0**exponent
        start, stop = int(used[0]), int(used[-1]) + 1
        start_at = float(first + start) * width
        records.append({"start": start_at, "width": width, "counts": counts[start:stop].tolist()})
    return records


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
