"""Traced rows, and what a net predicts for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.analysis.prediction import Prediction, decide, predict
from nntrace.core.arrays import Numbers
from nntrace.core.ops.dense import Dense
from nntrace.records import NamedTuple
from nntrace.write.documents.fields import (
    ANYTHING,
    Field,
    Json,
    Number,
    Record,
    by_name,
    one_of,
    version,
)

if TYPE_CHECKING:
    from nntrace.analysis.truths import Confusion
    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import Trace
    from nntrace.core.layer import Layer
    from nntrace.core.network import Network


class Column(NamedTuple):
    """What differs from row to row: a value a row, or an array whose entries or lines these are.

    With `choices`, a value is the index of a choice, which is what is meant.
    """

    values: Numbers | Sequence[Any]
    choices: Sequence[Any] | None = None


CANONICAL = "canonical name, without parameters"
ROW = Field("row", int, "from 0")
EXAMPLE = Field("example", str, "the name of the example", optional=True)
TEXT = Field("text", str, "what was given, of a net that reads text", optional=True)
KEEP = Field("keep", by_name(ANYTHING), "columns carried along", optional=True)
SET = Field("set", by_name(float), "values set by hand", optional=True)
DTYPE = Field("dtype", one_of("float64", "float32"))


def _operator(layer: Layer) -> str | None:
    operator: str | None = getattr(layer.op, "operator", None)
    return operator


def _unless_dense(layer: Layer) -> str | None:
    return None if layer.kind == Dense.KIND else layer.kind


# What tells a layer from a plain dense one; a chain of these has none of it. What it reads depends
# on the net, too.
KIND = Field("kind", str, "what it computes, where it is not dense", _unless_dense, True)
OP = Field("op", str, "the operator, of kind onnx", _operator, True)
READS = Field("reads", [str], "what it reads, where that is not the one before", optional=True)
SHAPE = Field("shape", [int], "where z and a, in C order, have several dimensions", optional=True)

LAYER_INFO = Record(
    "LayerInfo",
    "A layer of the net.",
    Field("name", str),
    KIND,
    OP,
    READS,
    SHAPE._replace(kind=[(int, None)], doc=f"{SHAPE.doc}; null depends on the tokens"),
    Field("size", (int, None), "number of neurons; null where it depends on the tokens"),
    Field("activation", str, CANONICAL, "activation.name"),
)


def _layers(network: Network) -> list[Json]:
    return [
        LAYER_INFO.of(
            layer,
            size=network.open_size(layer.name),
            reads=network.reads_elsewhere(layer.name),
            shape=network.open_shape(layer.name) if layer.positional else None,
        )
        for layer in network.layers
    ]


NETWORK_INFO = Record(
    "NetworkInfo",
    "The net that was traced.",
    Field("name", str),
    DTYPE,
    Field(
        "input",
        (int, None),
        "numbers a row; null where they are tokens, of any number up to a context",
        lambda network: network.open_size("input"),
    ),
    Field("layers", [LAYER_INFO], get=_layers),
)
NETWORK = Field("network", NETWORK_INFO)

PREDICTION = Record(
    "PredictionRecord",
    "The class that the net decides for.",
    Field("index", int),
    Field("label", (str, None)),
    Field("probability", float),
)

# ---- rows: a record of all rows of a chunk, with a Column for each value that they differ in ----

LAYER = Record(
    "LayerRecord",
    "What one layer did with a row.",
    Field("name", str),
    KIND._replace(get=lambda part: _unless_dense(part.layer)),
    OP._replace(get=lambda part: _operator(part.layer)),
    READS,
    SHAPE._replace(get=lambda part: part.layer.shape if part.layer.positional else None),
    Field("activation", str, CANONICAL, "layer.activation.name"),
    Field("z", [Number], "pre-activations, one a neuron", lambda part: Column(part.z)),
    Field("a", [Number], "post-activations, one a neuron", lambda part: Column(part.a)),
)


def layer_records(trace: Trace, names: Collection[str]) -> list[Json]:
    """Make the records of layers that are named, with what differs from row to row."""
    reads = trace.network.reads_elsewhere
    shown = [part for part in trace.layers if part.name in names]
    return [LAYER.of(part, reads=reads(part.name)) for part in shown]


def _numbers(chunk: TracedBatch) -> Column:
    return Column(np.arange(chunk.start, chunk.start + len(chunk.trace)))


def _x(chunk: TracedBatch) -> Column | None:
    return Column(chunk.trace.x) if chunk.trace.network.input.normalised else None


def _prediction(chunk: TracedBatch) -> Json | Column | None:
    trace = chunk.trace
    decisions = decide(trace)
    if decisions is None:
        return None
    if not decisions.finite.all():
        return Column([each and PREDICTION.of(each) for each in predict(trace)])
    columns = (
        Column(decisions.indices),
        Column(decisions.indices.tolist(), trace.network.classes),
        Column(decisions.probabilities),
    )
    return PREDICTION.of(Prediction(*columns))  # type: ignore[arg-type]


TRACED_ROW = Record(
    "RowRecord",
    "The trace of one row, a line of JSONL.",
    ROW._replace(get=_numbers),
    EXAMPLE._replace(get=lambda chunk: chunk.examples and Column(chunk.examples)),
    TEXT._replace(get=lambda chunk: chunk.texts and Column(chunk.texts)),
    Field("input", [float], "raw, as the net holds it", lambda chunk: Column(chunk.trace.input)),
    Field("x", [Number], "what the first layer is given, where that is normalised", _x, True),
    Field("layers", [LAYER]),
    Field("prediction", (PREDICTION, None), "null where the output gives no class", _prediction),
    SET._replace(get=lambda chunk: chunk.settings or None),
    KEEP._replace(get=lambda chunk: None if chunk.keep is None else Column(chunk.keep)),
)

TRACE = Record(
    "TraceDocument",
    "What `run -f json` prints.",
    version("nntrace.trace/1"),
    NETWORK,
    Field("traces", [TRACED_ROW]),
)

# ---- predictions ----


# It is made of columns by name, which are its fields and those of a net's own.
PREDICTED_ROW = Record(
    "PredictedRow",
    """What the net predicts for one row, a line of `predict -f jsonl`.

    The other keys are the truth, by the name of its column, and the probability of each class, by
    its name, or, of a net without classes, each output.
    """,
    ROW,
    EXAMPLE,
    KEEP,
    Field("prediction", (str, int, None), "a label, or an index without labels", optional=True),
    Field("probability", Number, "of the predicted class", optional=True),
    more=(str, int, *Number),
)


def _accuracy(confusion: Confusion | None) -> float | None:
    if confusion is None:
        return None
    return nan if confusion.accuracy is None else confusion.accuracy  # which JSON has as null


# Of how often it is right, or None where that is not asked for.
PREDICT = Record(
    "PredictDocument",
    "What `predict -f json` prints; the last four with `--target`.",
    version("nntrace.predict/1"),
    Field("rows", int, "how many there were"),
    Field("predictions", [PREDICTED_ROW], "left out with --summary", lambda _: None, True),
    Field("accuracy", Number, "share of the rows that it is right on", _accuracy, True),
    Field("classes", [(str, int)], "labels, or indices without labels", optional=True),
    Field(
        "confusion",
        [[int]],
        "how many rows: truths × predictions, in the order of classes",
        lambda confusion: confusion and confusion.matrix(),
        optional=True,
    ),
    Field(
        "undecided",
        int,
        "rows without a prediction, since the output is not finite; none if absent",
        lambda confusion: (confusion and confusion.undecided) or None,
        optional=True,
    ),
)
