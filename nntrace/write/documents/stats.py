"""The statistics of a net."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nntrace.analysis.activity import ends
from nntrace.core.names import source_names
from nntrace.core.units import Units, units
from nntrace.write.documents.fields import Field, Json, Number, Record, one_of, version
from nntrace.write.documents.ladder import RULE
from nntrace.write.documents.trace import CANONICAL, NETWORK, ROW, SET

if TYPE_CHECKING:
    from nntrace.analysis.moments import Moments
    from nntrace.analysis.nonfinite import NotFinite
    from nntrace.analysis.statistics import LayerStatistics, Statistics
    from nntrace.core.layer import Layer
    from nntrace.core.network import Network


def _none(_: LayerStatistics) -> None:
    """What a layer of neurons lacks; of another one it is told."""


MOMENTS = Record(
    "MomentsRecord",
    "The finite values of z or a of a neuron over all rows; null where there are none.",
    Field("rows", int, "in how many rows it is finite; of a unit, how many of its numbers are"),
    Field("mean", Number),
    Field("std", Number, "standard deviation, divided by the number of rows"),
    Field("min", Number),
    Field("max", Number),
)

HISTOGRAM = Record(
    "HistogramRecord",
    "How often a lay where: bin i holds start + i width ≤ a < start + (i + 1) width.",
    Field("start", float),
    Field("width", float, "a power of two"),
    Field("counts", [int]),
)

NEURON = Record(
    "NeuronStats",
    "What one neuron did over all rows.",
    Field("neuron", str, "LAYER.LABEL or LAYER.INDEX; of a unit LAYER.2.*.*, LAYER.*.2 or LAYER.*"),
    Field("index", int, "of the neuron, or of the unit: the channel, or the place in the width"),
    Field("label", (str, None)),
    Field("active", int, "in how many rows it is active; of a unit, how many of its numbers are"),
    Field("dead", bool, "never active, and 0 for every row"),
    Field("saturated", (int, None), "in how many rows; null where the activation has no ends"),
    Field("kink", Number, "smallest |z - kink|; null where the activation is smooth"),
    Field("z", MOMENTS),
    Field("a", MOMENTS),
    Field("histogram", (HISTOGRAM, None), "of a; null without finite values"),
)

LAYER = Record(
    "LayerStats",
    """What the neurons of one layer did over all rows.

    Of a layer of several dimensions, `neurons` has a record a unit: its numbers at all places and
    in all rows are measured together.
    """,
    Field("name", str),
    Field(
        "unit",
        one_of("channel", "feature", "layer"),
        "what is measured together, where that is no neuron: a channel over its places, a feature "
        "(a place in the width of tokens) over all tokens, or all numbers of the layer, where "
        "their count depends on the tokens",
        _none,
        True,
    ),
    Field("places", int, "numbers of a unit in a row, unless the tokens tell", _none, True),
    Field("measured", int, "numbers of a unit in all rows, masked ones apart", _none, True),
    Field("masked", int, "scores of all units that are -∞ on purpose: left out", _none, True),
    Field("activation", str, CANONICAL),
    RULE,
    Field("dead", int, "how many neurons are dead"),
    Field(
        "saturated", (int, None), "how many are saturated in 95 % of the rows; null without ends"
    ),
    Field("not_finite", int, "how many values of z and a are not finite"),
    Field("neurons", [NEURON]),
)

CLASS = Record(
    "ClassRows",
    "A class of the net, and how many rows it was predicted for.",
    Field("index", int),
    Field("label", (str, None)),
    Field("rows", int),
)


def _value(found: NotFinite) -> str:
    if found.value != found.value:
        return "nan"
    return "inf" if found.value > 0 else "-inf"


FIRST_NOT_FINITE = Record(
    "FirstNotFinite",
    "Where a number first stopped being finite: in the first such row, the first layer.",
    ROW,
    Field("neuron", str, "LAYER.LABEL or LAYER.INDEX; an input where it overflows as x"),
    Field("layer", str, get="neuron.layer"),
    Field("index", int, get="neuron.index"),
    Field("quantity", one_of("x", "z", "a")),
    Field("value", one_of("inf", "-inf", "nan"), get=_value),
)

STATS = Record(
    "StatsDocument",
    "What `stats -f json` prints.",
    version("nntrace.stats/1"),
    NETWORK,
    Field("rows", int),
    SET,
    Field("classes", ([CLASS], None), "null where the output gives no class"),
    Field("undecided", (int, None), "rows whose output is not finite; null without classes"),
    Field("first_not_finite", (FIRST_NOT_FINITE, None)),
    Field("layers", [LAYER]),
)

# What a line of CSV holds of a neuron beside its names: the numbers of its record, a before z.
NUMBERS = tuple(field.name for field in NEURON.fields[3:] if MOMENTS is not field.kind)[:-1]


def measured(
    network: Network,
    total: Statistics,
    layers: Collection[str],
    settings: Mapping[str, float],
) -> Json:
    """Make the document of a net's statistics, of the layers named."""
    classes = network.classes
    found = total.first_not_finite
    return STATS.of(
        total,
        network=network,
        set=settings or None,
        classes=classes and CLASS.lines(range(len(classes)), classes, total.classes.tolist()),
        undecided=None if classes is None else total.undecided,
        first_not_finite=found and FIRST_NOT_FINITE.of(found, neuron=found.called(network)),
        layers=[
            _layer(network, layer, part)
            for layer, part in zip(network.layers, total.layers, strict=True)
            if layer.name in layers
        ],
    )


def _layer(network: Network, layer: Layer, part: LayerStatistics) -> Json:
    of = units(network, layer.name)
    unknown = [None] * of.size
    labels = layer.labels if of.word in ("neuron", "feature") else None
    has_ends = ends(layer) is not None
    neurons = NEURON.lines(
        _names(network, layer, of, labels),
        range(of.size),
        labels or unknown,
        part.active.tolist(),
        part.dead.tolist(),
        part.saturated.tolist() if has_ends else unknown,
        part.nearest.tolist(),
        _moments(part.z),
        _moments(part.a),
        _histograms(part),
    )
    return LAYER.of(
        part,
        activation=layer.activation.name,
        rule=str(layer.activation.kind.active),
        dead=int(part.dead.sum()),
        saturated=int(part.mostly_saturated.sum()) if has_ends else None,
        neurons=neurons,
        **_pooled(network, layer, part, of),
    )


def _pooled(network: Network, layer: Layer, part: LayerStatistics, of: Units) -> Json:
    """Say what of a layer is measured together; a layer without places has none of these."""
    if not of.pooled:
        return {}
    fixed = None not in network.open_shape(layer.name)
    masked = int(part.masked.sum())
    return {
        "unit": of.word,
        "places": of.places if fixed else None,
        "measured": int(part.measured[0]),
        "masked": masked or None,
    }


def _names(
    network: Network, layer: Layer, of: Units, labels: Sequence[str] | None
) -> Iterable[str]:
    if not of.pooled:
        return source_names(network, layer.name)
    axes = len(layer.shape)
    shown: Sequence[str | None] = labels or [None] * of.size
    return [f"{layer.name}.{of.position(i, axes, each)}" for i, each in enumerate(shown)]


def _moments(part: Moments) -> list[Json]:
    columns = (part.rows, part.mean, part.deviation, part.low, part.high)
    return MOMENTS.lines(*(each.tolist() for each in columns))


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
        counted = counts[start:stop].tolist()
        yield HISTOGRAM.of(None, start=float(first + start) * width, width=width, counts=counted)
