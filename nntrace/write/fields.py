"""The fields that machines see: every JSON output, described once.

Those of the quiz are in `fields_quiz`, those of many rows taken together in `fields_rows`.

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


class PredictedRow(TypedDict):
    """What the net predicts for one row, a line of `predict -f jsonl`.

    The other keys are the truth, by the name of its column, and the probability of each class, by
    its name, or, of a net without classes, each output.
    """

    row: Annotated[int, "from 0"]
    example: NotRequired[Annotated[str, "the name of the example"]]
    keep: NotRequired[Annotated[dict[str, Any], "columns carried along"]]
    prediction: NotRequired[Annotated[str | int | None, "a label, or an index without labels"]]
    probability: NotRequired[Annotated[Number, "of the predicted class"]]


# Records with keys of a net's own, and what these hold.
OPEN: dict[str, Any] = {PredictedRow.__name__: str | int | Number}


class PredictDocument(TypedDict):
    """What `predict -f json` prints; the last four with `--target`."""

    schema: Literal["nntrace.predict/1"]
    rows: Annotated[int, "how many there were"]
    predictions: NotRequired[Annotated[list[PredictedRow], "left out with --summary"]]
    accuracy: NotRequired[Annotated[Number, "share of the rows that it is right on"]]
    classes: NotRequired[Annotated[list[str | int], "labels, or indices without labels"]]
    confusion: NotRequired[
        Annotated[list[list[int]], "how many rows: truths × predictions, in the order of classes"]
    ]
    undecided: NotRequired[
        Annotated[int, "rows without a prediction, since the output is not finite; none if absent"]
    ]


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
    relative: NotRequired[
        Annotated[float, "of |expected|, beside the tolerance; where it is given"]
    ]


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
