"""The fields that machines see: every JSON output, described once.

These types are the contract: `records` must fill them (mypy holds it to that), and the JSON Schemas
that `nntrace schema` prints are made from them. A number is null where it is not finite.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

Number = float | None
Numbers = list[Number]


class LayerInfo(TypedDict):
    """A layer of the net."""

    name: str
    size: Annotated[int, "number of neurons"]
    activation: Annotated[str, "canonical name, without parameters"]


class NetworkInfo(TypedDict):
    """The net that was traced."""

    name: str
    dtype: Literal["float64", "float32"]
    input: Annotated[int, "numbers a row"]
    layers: list[LayerInfo]


class PredictionRecord(TypedDict):
    """The class that the net decides for."""

    index: int
    label: str | None
    probability: float


class LayerRecord(TypedDict):
    """What one layer did with a row."""

    name: str
    activation: Annotated[str, "canonical name, without parameters"]
    z: Annotated[Numbers, "pre-activations, one a neuron"]
    a: Annotated[Numbers, "post-activations, one a neuron"]


class RowRecord(TypedDict):
    """The trace of one row, a line of JSONL."""

    row: Annotated[int, "from 0"]
    example: NotRequired[Annotated[str, "the name of the example"]]
    input: Annotated[list[float], "raw, as the net holds it"]
    x: NotRequired[Annotated[Numbers, "what the first layer is given, where that is normalised"]]
    layers: list[LayerRecord]
    prediction: Annotated[PredictionRecord | None, "null where the output gives no class"]
    set: NotRequired[Annotated[dict[str, float], "values set by hand"]]
    keep: NotRequired[Annotated[dict[str, Any], "columns carried along"]]


class TraceDocument(TypedDict):
    """What `run -f json` prints."""

    schema: Literal["nntrace.trace/1"]
    network: NetworkInfo
    traces: list[RowRecord]


class TermRecord(TypedDict):
    """One term of a neuron's sum."""

    source: Annotated[str, "LAYER.LABEL or LAYER.INDEX"]
    weight: float
    value: Number
    product: Number


class ExplainDocument(TypedDict):
    """How one neuron got its value in one row: z = sum of products + bias, a = activation(z)."""

    schema: Literal["nntrace.explain/1"]
    network: NetworkInfo
    row: Annotated[int, "from 0"]
    example: NotRequired[Annotated[str, "the name of the example"]]
    neuron: Annotated[str, "LAYER.LABEL or LAYER.INDEX"]
    layer: str
    index: int
    label: str | None
    activation: str
    terms: Annotated[list[TermRecord], "in the order of the inputs"]
    bias: float
    z: Number
    a: Number
    set: NotRequired[Annotated[dict[str, float], "values set by hand"]]


class Statistics(TypedDict):
    """A summary of some numbers."""

    min: float
    max: float
    mean: float
    std: Annotated[float, "of the population"]
    zeros: Annotated[int, "how many are exactly 0"]


class ShownLayer(TypedDict):
    """A layer and its weights."""

    name: str
    size: int
    fan_in: int
    activation: str
    activation_parameters: Annotated[dict[str, float | list[float]], "such as alpha"]
    labels: list[str] | None
    parameters: Annotated[int, "numbers in weights and bias"]
    bytes: int
    weights_summary: Statistics
    bias_summary: Statistics
    weights: NotRequired[Annotated[list[list[float]], "size rows of fan-in numbers"]]
    bias: NotRequired[list[float]]


class ShowDocument(TypedDict):
    """What `show -f json` prints."""

    schema: Literal["nntrace.show/1"]
    name: str
    description: str
    dtype: Literal["float64", "float32"]
    input: dict[str, Any]
    layers: list[ShownLayer]
    parameters: int
    bytes: int
    examples: list[str]


class ProblemRecord(TypedDict):
    """Something wrong with a net file."""

    file: str | None
    line: int | None
    column: int | None
    path: Annotated[str, "such as layers[1].weights[2]"]
    message: str


class FailureRecord(TypedDict):
    """An expectation that was not met."""

    layer: str
    neuron: Annotated[str | None, "LAYER.LABEL or LAYER.INDEX; null where a class was expected"]
    quantity: Annotated[Literal["z", "a", "class"], "what was expected"]
    expected: Annotated[float | int | str, "a value, or a label or index"]
    got: Annotated[float | int | str | None, "null where it is not finite"]
    difference: Annotated[Number, "got - expected, for values"]
    tolerance: float | None


class ExampleRecord(TypedDict):
    """What came of one example."""

    name: str
    ok: bool
    expects: Annotated[bool, "whether the example says what to expect"]
    prediction: PredictionRecord | None
    failures: list[FailureRecord]


class CheckedFile(TypedDict):
    """What came of one net file."""

    file: str
    ok: bool
    problems: list[ProblemRecord]
    examples: list[ExampleRecord]


class CheckDocument(TypedDict):
    """What `check -f json` prints."""

    schema: Literal["nntrace.check/1"]
    ok: bool
    files: list[CheckedFile]


class OptionRecord(TypedDict):
    """An option of a question."""

    letter: str
    text: str


class QuestionRecord(TypedDict):
    """A question, without what would tell the answer."""

    number: Annotated[int, "from 1"]
    id: str
    step: Annotated[str | None, "the lesson step that teaches it"]
    family: Annotated[str | None, "of a question made from a net"]
    asks: str
    typed: Annotated[bool, "whether a number is asked for, and no option is shown"]
    options: list[OptionRecord]
    hints: list[str]


class QuizDocument(TypedDict):
    """What `quiz -f json` prints: the questions."""

    schema: Literal["nntrace.quiz/1"]
    title: str
    seed: int
    network: NetworkInfo | None
    questions: list[QuestionRecord]


class ReasonRecord(TypedDict):
    """An option, and why it is right or which mistake it is."""

    letter: Annotated[str | None, "null where a number was asked for"]
    text: str
    why: str


class GradeRecord(TypedDict):
    """What came of one answer."""

    number: Annotated[int, "from 1"]
    id: str
    step: str | None
    given: str
    outcome: Literal["right", "wrong", "unknown", "unreadable"]
    chosen: Annotated[ReasonRecord | None, "null where no option was chosen or explains a number"]
    right: ReasonRecord


class GradesDocument(TypedDict):
    """What `quiz --answers FILE -f json` prints: the answers, graded."""

    schema: Literal["nntrace.grades/1"]
    title: str
    seed: int
    network: NetworkInfo | None
    total: Annotated[int, "questions of the quiz"]
    right: int
    wrong: Annotated[int, "unreadable answers among them"]
    unknown: Annotated[int, "those without an answer among them"]
    share: Annotated[float, "right / total"]
    pass_mark: float | None
    passed: Annotated[bool | None, "null without a pass mark"]
    answers: list[GradeRecord]


class RungRecord(TypedDict):
    """What a linear probe finds in the input, or in one layer's activations alone."""

    layer: Annotated[str, "input, or the name of the layer"]
    size: Annotated[int, "numbers that the probe reads"]
    correct: Annotated[int, "of the rows tested on"]
    accuracy: Annotated[float, "correct / test"]
    low: Annotated[float, "lower end of the accuracy's 95 % interval (Wilson)"]
    high: Annotated[float, "upper end"]
    separation: Annotated[float, "share of the variance that lies between classes, 0 to 1"]
    penalty: Annotated[float, "strength of the probe's ridge, over the rows to learn from"]


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
    Literal["a > 0", "z > 0", "a > 0.5", "largest of its layer"],
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
    dead: Annotated[bool, "whether it gives 0 for every row"]
    rows: Annotated[list[ExcitingRowRecord], "up to 5, the largest a first"]
    classes: Annotated[list[ClassMeanRecord], "the largest mean first"]


class LadderDocument(TypedDict):
    """What `ladder -f json` prints."""

    schema: Literal["nntrace.ladder/1"]
    network: NetworkInfo
    target: Annotated[str, "the column of the classes"]
    rows: int
    train: Annotated[int, "how many rows the probes learned from"]
    test: Annotated[int, "how many other rows they were tested on"]
    seed: int
    chance: Annotated[float, "accuracy of always saying the most frequent class tested on"]
    classes: list[LabelledClass]
    rungs: Annotated[list[RungRecord], "the input, then the layers in order"]
    neurons: Annotated[list[ExcitationRecord], "those asked for with --neuron"]


class StandingRecord(TypedDict):
    """How somebody stands with one question."""

    id: str
    asks: Annotated[str | None, "null where the question is in no bank that is known here"]
    answered: Annotated[int, "how many times"]
    right: int
    outcome: Annotated[Literal["right", "wrong", "unknown"] | None, "the last; null before any"]
    due: Annotated[str | None, "when to ask it again, in UTC; null before any answer"]


class ProgressDocument(TypedDict):
    """What `quiz --progress -f json` prints."""

    schema: Literal["nntrace.progress/1"]
    questions: list[StandingRecord]


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
    dead: Annotated[bool, "never active, or always 0; only then known where there are rows"]
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
