"""The fields of what is measured over many rows: the ladder, and statistics."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from nntrace.write.fields import NetworkInfo, Number


class RungRecord(TypedDict):
    """What a linear probe finds in the input, or in one layer's activations alone."""

    layer: Annotated[str, "input, or the name of the layer"]
    size: Annotated[int, "numbers that the probe reads"]
    accuracy: Annotated[float, "share of the rows tested on, averaged over the splits"]
    low: Annotated[float, "lower end of the accuracy's 95 % interval"]
    high: Annotated[float, "upper end"]
    separation: Annotated[float, "share of the variance that lies between classes, 0 to 1"]
    penalty: Annotated[float, "λ of the probe, the middle one of the splits'"]


class ComparisonRecord(TypedDict):
    """How much better a layer's probe is than a lower rung's, on the same splits."""

    layer: str
    lower: Annotated[str, "input, or the layer before"]
    difference: Annotated[float, "of the accuracies"]
    low: Annotated[float, "lower end of its interval; all of them hold at once in 95 of 100 cases"]
    high: Annotated[float, "upper end"]
    sure: Annotated[bool, "whether 0 is outside of it"]


class LabelledClass(TypedDict):
    """A class of the labelled rows."""

    name: str
    rows: int


class ExcitingRowRecord(TypedDict):
    """A row that excites a neuron."""

    row: Annotated[int, "from 0"]
    target: Annotated[str, "its class"]
    a: float


class ClassMeanRecord(TypedDict):
    """How a neuron answers to a class."""

    target: Annotated[str, "the class"]
    mean: Annotated[float, "of the neuron's a over the rows of the class"]


Rule = Annotated[
    Literal["a > 0", "z > 0", "z > alpha", "a > 0.5", "largest of its layer"],
    "when a neuron is taken to be active",
]


class ExcitationRecord(TypedDict):
    """What excites a neuron, over all rows."""

    neuron: Annotated[str, "LAYER.LABEL or LAYER.INDEX"]
    layer: str
    index: int
    label: str | None
    active: Annotated[int, "how many rows it is active for"]
    rule: Rule
    constant: Annotated[float | None, "what it gives for every row, where that is the same"]
    dead: Annotated[bool, "whether it is never active, and 0 for every row"]
    rows: Annotated[list[ExcitingRowRecord], "up to 5, the largest a first"]
    classes: Annotated[list[ClassMeanRecord], "the largest mean first"]


class LadderDocument(TypedDict):
    """What `ladder -f json` prints."""

    schema: Literal["nntrace.ladder/2"]
    network: NetworkInfo
    target: Annotated[str, "the column of the classes"]
    rows: int
    splits: Annotated[int, "how often the rows were split, and a probe fitted"]
    train: Annotated[int, "how many rows a probe learned from"]
    test: Annotated[int, "how many other rows it was tested on"]
    practice: Annotated[bool, "whether the rows to learn from were given apart, with --train"]
    seed: int
    chance: Annotated[float, "accuracy of always saying the most frequent class tested on"]
    classes: list[LabelledClass]
    rungs: Annotated[list[RungRecord], "the input, then the layers in order"]
    comparisons: Annotated[
        list[ComparisonRecord], "each layer with the input, and with the layer before"
    ]
    neurons: Annotated[list[ExcitationRecord], "those asked for with --neuron"]


class MomentsRecord(TypedDict):
    """The finite values of z or a of a neuron over all rows; null where there are none."""

    rows: Annotated[int, "in how many rows it is finite"]
    mean: Number
    std: Annotated[Number, "standard deviation, divided by the number of rows"]
    min: Number
    max: Number


class HistogramRecord(TypedDict):
    """How often a lay where: bin i holds start + i width ≤ a < start + (i + 1) width."""

    start: float
    width: Annotated[float, "a power of two"]
    counts: list[int]


class NeuronStats(TypedDict):
    """What one neuron did over all rows."""

    neuron: Annotated[str, "LAYER.LABEL or LAYER.INDEX"]
    index: int
    label: str | None
    active: Annotated[int, "in how many rows it is active"]
    dead: Annotated[bool, "never active, and 0 for every row"]
    saturated: Annotated[int | None, "in how many rows; null where the activation has no ends"]
    kink: Annotated[Number, "smallest |z - kink|; null where the activation is smooth"]
    z: MomentsRecord
    a: MomentsRecord
    histogram: Annotated[HistogramRecord | None, "of a; null without finite values"]


class LayerStats(TypedDict):
    """What the neurons of one layer did over all rows."""

    name: str
    activation: Annotated[str, "canonical name, without parameters"]
    rule: Rule
    dead: Annotated[int, "how many neurons are dead"]
    saturated: Annotated[
        int | None, "how many are saturated in 95 % of the rows; null without ends"
    ]
    not_finite: Annotated[int, "how many values of z and a are not finite"]
    neurons: list[NeuronStats]


class ClassRows(TypedDict):
    """A class of the net, and how many rows it was predicted for."""

    index: int
    label: str | None
    rows: int


class FirstNotFinite(TypedDict):
    """Where a number first stopped being finite: in the first such row, the first layer."""

    row: Annotated[int, "from 0"]
    neuron: Annotated[str, "LAYER.LABEL or LAYER.INDEX; an input where it overflows as x"]
    layer: str
    index: int
    quantity: Literal["x", "z", "a"]
    value: Literal["inf", "-inf", "nan"]


class StatsDocument(TypedDict):
    """What `stats -f json` prints."""

    schema: Literal["nntrace.stats/1"]
    network: NetworkInfo
    rows: int
    set: NotRequired[Annotated[dict[str, float], "values set by hand"]]
    classes: Annotated[list[ClassRows] | None, "null where the output gives no class"]
    undecided: Annotated[int | None, "rows whose output is not finite; null without classes"]
    first_not_finite: FirstNotFinite | None
    layers: list[LayerStats]
