"""The statistics of a net."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nntrace.analysis.activity import ends
from nntrace.core.names import name_of, source_names
from nntrace.write.documents.fields import Field, Json, Number, Record, one_of, version
from nntrace.write.documents.ladder import RULE
from nntrace.write.documents.trace import CANONICAL, NETWORK, ROW, SET

if TYPE_CHECKING:
    from nntrace.analysis.moments import Moments
    from nntrace.analysis.nonfinite import NotFinite
    from nntrace.analysis.statistics import LayerStatistics, Statistics
    from nntrace.core.network import Layer, Network


# Of the moments of a neuron by name: the numbers of all are taken out of their arrays at once.
MOMENTS = Record(
    "MomentsRecord",
    "The finite values of z or a of a neuron over all rows; null where there are none.",
    Field("rows", int, "in how many rows it is finite", lambda *each: each[0]),
    Field("mean", Number, get=lambda *each: _finite(each[1])),
    Field(
        "std",
        Number,
        "standard deviation, divided by the number of rows",
        lambda *each: _finite(each[2]),
    ),
    Field("min", Number, get=lambda *each: _finite(each[3])),
    Field("max", Number, get=lambda *each: _finite(each[4])),
)


def _moments(part: Moments) -> list[Json]:
    columns = (part.rows, part.mean, part.deviation, part.low, part.high)
    return [MOMENTS.of(*each) for each in zip(*(each.tolist() for each in columns), strict=True)]


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


HISTOGRAM = Record(
    "HistogramRecord",
    "How often a lay where: bin i holds start + i width ≤ a < start + (i + 1) width.",
    Field("start", float, get=lambda *bins: bins[0]),
    Field("width", float, "a power of two", lambda *bins: bins[1]),
    Field("counts", [int], get=lambda *bins: bins[2]),
)


def _histograms(part: LayerStatistics) -> Iterator[Json | None]:
    """Describe the bins from the first to the last that holds anything."""
    bins = part.bins
    for counts, exponent, first in zip(
        part.counts, bins.exponent.tolist(), bins.first.tolist(), strict=True
    ):
        used = np.flatnonzero(counts)
        if not len(used):
            yield None
            continue
        width = 2.0**exponent
        start, stop = int(used[0]), int(used[-1]) + 1
        yield HISTOGRAM.of(float(first + start) * width, width, counts[start:stop].tolist())


class Measured(NamedTuple):
    """One neuron of a layer, and what was measured of it."""

    index: int  # type: ignore[assignment]  # not tuple's method of that name
    neuron: str
    z: Json
    a: Json
    histogram: Json | None
    layer: Layer
    part: LayerStatistics


def _label(neuron: Measured) -> str | None:
    labels = neuron.layer.labels
    return labels[neuron.index] if labels else None


def _saturated(neuron: Measured) -> int | None:
    return None if ends(neuron.layer) is None else int(neuron.part.saturated[neuron.index])


NEURON = Record(
    "NeuronStats",
    "What one neuron did over all rows.",
    Field("neuron", str, "LAYER.LABEL or LAYER.INDEX"),
    Field("index", int),
    Field("label", (str, None), get=_label),
    Field("active", int, "in how many rows it is active", lambda n: int(n.part.active[n.index])),
    Field("dead", bool, "never active, and 0 for every row", lambda n: bool(n.part.dead[n.index])),
    Field(
        "saturated",
        (int, None),
        "in how many rows; null where the activation has no ends",
        _saturated,
    ),
    Field(
        "kink",
        Number,
        "smallest |z - kink|; null where the activation is smooth",
        lambda n: _finite(float(n.part.nearest[n.index])),
    ),
    Field("z", MOMENTS),
    Field("a", MOMENTS),
    Field("histogram", (HISTOGRAM, None), "of a; null without finite values"),
)


def _neurons(layer: Layer, part: LayerStatistics, network: Network, _: int) -> list[Json]:
    names = source_names(network, layer.name)
    measured = zip(names, _moments(part.z), _moments(part.a), _histograms(part), strict=True)
    return NEURON.each(Measured(index, *each, layer, part) for index, each in enumerate(measured))


def _not_finite(layer: Layer, part: LayerStatistics, _: Network, rows: int) -> int:
    return 2 * rows * layer.size - int(part.z.rows.sum() + part.a.rows.sum())


# Of a layer, its statistics, the net, and the number of rows.
LAYER = Record(
    "LayerStats",
    "What the neurons of one layer did over all rows.",
    Field("name", str),
    Field("activation", str, CANONICAL, "activation.name"),
    RULE._replace(get=lambda layer, *_: str(layer.activation.kind.active)),
    Field("dead", int, "how many neurons are dead", lambda _, part, *__: int(part.dead.sum())),
    Field(
        "saturated",
        (int, None),
        "how many are saturated in 95 % of the rows; null without ends",
        lambda layer, part, *_: None if ends(layer) is None else int(part.mostly_saturated.sum()),
    ),
    Field("not_finite", int, "how many values of z and a are not finite", _not_finite),
    Field("neurons", [NEURON], get=_neurons),
)

CLASS = Record(
    "ClassRows",
    "A class of the net, and how many rows it was predicted for.",
    Field("index", int, get=lambda index, *_: index),
    Field("label", (str, None), get=lambda _, label, __: label),
    Field("rows", int, get=lambda *each: each[2]),
)


def _value(found: NotFinite, _: Network) -> str:
    if found.value != found.value:
        return "nan"
    return "inf" if found.value > 0 else "-inf"


FIRST_NOT_FINITE = Record(
    "FirstNotFinite",
    "Where a number first stopped being finite: in the first such row, the first layer.",
    ROW,
    Field(
        "neuron",
        str,
        "LAYER.LABEL or LAYER.INDEX; an input where it overflows as x",
        lambda found, net: name_of(net, found.neuron),
    ),
    Field("layer", str, get="neuron.layer"),
    Field("index", int, get="neuron.index"),
    Field("quantity", one_of("x", "z", "a")),
    Field("value", one_of("inf", "-inf", "nan"), get=_value),
)


def _classes(network: Network, total: Statistics, *_: Any) -> list[Json] | None:
    if network.classes is None:
        return None
    counted = zip(network.classes, total.classes.tolist(), strict=True)
    return [CLASS.of(index, *each) for index, each in enumerate(counted)]


def _first(network: Network, total: Statistics, *_: Any) -> Json | None:
    found = total.first_not_finite
    return found and FIRST_NOT_FINITE.of(found, network)


def _layers(network: Network, total: Statistics, layers: Sequence[str] = (), *_: Any) -> list[Json]:
    return [
        LAYER.of(layer, part, network, total.rows)
        for layer, part in zip(network.layers, total.layers, strict=True)
        if not layers or layer.name in layers
    ]


# Of a net, its statistics, the names of the layers (none: all), and what was set by hand.
STATS = Record(
    "StatsDocument",
    "What `stats -f json` prints.",
    version("nntrace.stats/1"),
    NETWORK,
    Field("rows", int, get=lambda _, total, *__: total.rows),
    SET._replace(get=lambda *described: described[3] or None),
    Field("classes", ([CLASS], None), "null where the output gives no class", _classes),
    Field(
        "undecided",
        (int, None),
        "rows whose output is not finite; null without classes",
        lambda net, total, *_: None if net.classes is None else total.undecided,
    ),
    Field("first_not_finite", (FIRST_NOT_FINITE, None), get=_first),
    Field("layers", [LAYER], get=_layers),
)

# What a line of CSV holds of a neuron beside its names: the numbers of its record, a before z.
NUMBERS = tuple(field.name for field in NEURON.fields[3:] if MOMENTS is not field.kind)[:-1]
