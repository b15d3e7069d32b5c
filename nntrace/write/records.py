"""From traces, explanations, nets and verdicts to the fields that machines see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nntrace.analysis.prediction import decide, predict
from nntrace.core.names import name_of
from nntrace.errors import spell

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nntrace.analysis.examples import Verdict, WrongClass, WrongValue
    from nntrace.analysis.explain import Explanation
    from nntrace.analysis.prediction import Prediction
    from nntrace.core.arrays import Array
    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import Trace
    from nntrace.core.network import Layer, Network
    from nntrace.errors import Problem
    from nntrace.write.fields import (
        CheckDocument,
        CheckedFile,
        ExampleRecord,
        ExplainDocument,
        FailureRecord,
        NetworkInfo,
        PredictionRecord,
        RowRecord,
        ShowDocument,
        ShownLayer,
        Statistics,
    )


def network_info(network: Network) -> NetworkInfo:
    """Describe a net in short."""
    return {
        "name": network.name,
        "dtype": "float32" if network.dtype == "float32" else "float64",
        "input": network.input.size,
        "layers": [
            {"name": layer.name, "size": layer.size, "activation": layer.activation.name}
            for layer in network.layers
        ],
    }


class Column(NamedTuple):
    """What differs from row to row: a value a row, or an array whose entries or lines these are.

    With `choices`, a value is the index of a choice, which is what is meant.
    """

    values: NDArray[Any] | Sequence[Any]
    choices: Sequence[Any] | None = None


def chunk_record(chunk: TracedBatch, layers: Sequence[str]) -> RowRecord:
    """Describe the rows of a chunk, with the layers named (all where none is).

    It is the record of a row, with a Column in place of each value that rows differ in.
    """
    trace = chunk.trace
    record: RowRecord = {  # type: ignore[typeddict-item]  # keys are added in the order shown
        "row": _each(np.arange(chunk.start, chunk.start + len(trace)))
    }
    if chunk.examples:
        record["example"] = _each(chunk.examples)
    record["input"] = _each(trace.input)
    if trace.network.input.normalised:
        record["x"] = _each(trace.x)
    record["layers"] = [
        {
            "name": part.name,
            "activation": part.layer.activation.name,
            "z": _each(part.z),
            "a": _each(part.a),
        }
        for part in trace.layers
        if not layers or part.name in layers
    ]
    record["prediction"] = _each_prediction(trace)
    if chunk.settings:
        record["set"] = chunk.settings
    if chunk.keep is not None:
        record["keep"] = _each(chunk.keep)
    return record


def _each(values: NDArray[Any] | Sequence[Any]) -> Any:
    """Return a column, which stands for a value of any type."""
    return Column(values)


def _each_prediction(trace: Trace) -> Any:
    decisions = decide(trace)
    if decisions is None:
        return None
    if not decisions.finite.all():
        return Column([prediction_record(each) for each in predict(trace)])
    return {
        "index": Column(decisions.indices),
        "label": Column(decisions.indices.tolist(), trace.network.classes),
        "probability": Column(decisions.probabilities),
    }


def prediction_record(prediction: Prediction | None) -> PredictionRecord | None:
    """Describe a prediction."""
    if prediction is None:
        return None
    return {
        "index": prediction.index,
        "label": prediction.label,
        "probability": prediction.probability,
    }


def explain_document(
    explanation: Explanation, network: Network, example: str | None, settings: dict[str, float]
) -> ExplainDocument:
    """Describe how a neuron got its value."""
    document: ExplainDocument = {  # type: ignore[typeddict-item]  # keys are added in order
        "schema": "nntrace.explain/1",
        "network": network_info(network),
        "row": explanation.row,
    }
    if example is not None:
        document["example"] = example
    document["neuron"] = explanation.name
    document["layer"] = explanation.neuron.layer
    document["index"] = explanation.neuron.index
    document["label"] = explanation.label
    document["activation"] = explanation.layer.activation.name
    document["terms"] = [
        {"source": source, "weight": weight, "value": value, "product": product}
        for source, weight, value, product in zip(
            explanation.sources,
            explanation.weights.tolist(),
            explanation.values.tolist(),
            explanation.products.tolist(),
            strict=True,
        )
    ]
    document["bias"] = explanation.bias
    document["z"] = explanation.z
    document["a"] = explanation.a
    if settings:
        document["set"] = settings
    return document


def statistics(values: Array) -> Statistics:
    """Summarise numbers, in float64."""
    wide = values.astype(np.float64, copy=False)
    largest = float(np.abs(wide).max()) or 1.0
    shares = wide / largest  # whose sums cannot overflow
    return {
        "min": float(wide.min()),
        "max": float(wide.max()),
        "mean": largest * float(shares.mean()),
        "std": largest * float(shares.std()),
        "zeros": int(wide.size - np.count_nonzero(wide)),
    }


def show_document(network: Network, weights: bool) -> ShowDocument:
    """Describe a net at length, with its numbers if asked for."""
    spec = network.input
    layers = [_shown_layer(layer, weights) for layer in network.layers]
    return {
        "schema": "nntrace.show/1",
        "name": network.name,
        "description": network.description,
        "dtype": "float32" if network.dtype == "float32" else "float64",
        "input": {
            "size": spec.size,
            "labels": list(spec.labels) if spec.labels else None,
            "shape": list(spec.shape) if spec.shape else None,
            "mean": spec.mean.tolist() if spec.mean is not None else None,
            "std": spec.std.tolist() if spec.std is not None else None,
        },
        "layers": layers,
        "parameters": network.parameters,
        "bytes": sum(layer["bytes"] for layer in layers),
        "examples": [example.name for example in network.examples],
    }


def _shown_layer(layer: Layer, weights: bool) -> ShownLayer:
    shown: ShownLayer = {
        "name": layer.name,
        "size": layer.size,
        "fan_in": layer.fan_in,
        "activation": layer.activation.name,
        "activation_parameters": {
            name: np.asarray(value).tolist() for name, value in layer.activation.parameters.items()
        },
        "labels": list(layer.labels) if layer.labels else None,
        "parameters": layer.weights.size + layer.bias.size,
        "bytes": layer.weights.nbytes + layer.bias.nbytes,
        "weights_summary": statistics(layer.weights),
        "bias_summary": statistics(layer.bias),
    }
    if weights:
        shown["weights"] = layer.weights.tolist()
        shown["bias"] = layer.bias.tolist()
    return shown


def checked_file(
    file: str,
    problems: Sequence[Problem] = (),
    network: Network | None = None,
    verdicts: Sequence[Verdict] = (),
) -> CheckedFile:
    """Describe what came of a net file: its problems, or its net and the verdicts on it."""
    examples = [_example_record(network, verdict) for verdict in verdicts] if network else []
    return {
        "file": file,
        "ok": not problems and all(example["ok"] for example in examples),
        "problems": [
            {
                "file": problem.source,
                "line": problem.line,
                "column": problem.column,
                "path": spell(problem.path),
                "message": problem.message,
            }
            for problem in problems
        ],
        "examples": examples,
    }


def check_document(files: Sequence[CheckedFile]) -> CheckDocument:
    """Describe what came of all files."""
    return {
        "schema": "nntrace.check/1",
        "ok": all(file["ok"] for file in files),
        "files": list(files),
    }


def _example_record(network: Network, verdict: Verdict) -> ExampleRecord:
    return {
        "name": verdict.example.name,
        "ok": not verdict.failures,
        "expects": verdict.example.expect is not None,
        "prediction": prediction_record(verdict.prediction),
        "failures": [_failure_record(network, failure) for failure in verdict.failures],
    }


def _failure_record(network: Network, failure: WrongClass | WrongValue) -> FailureRecord:
    from nntrace.analysis.examples import WrongClass

    if isinstance(failure, WrongClass):
        labels = network.classes or ()
        got = failure.got
        return {
            "layer": network.output.name,
            "neuron": None,
            "quantity": "class",
            "expected": labels[failure.expected] or failure.expected,
            "got": (got.label or got.index) if got else None,
            "difference": None,
            "tolerance": None,
        }
    record: FailureRecord = {
        "layer": failure.neuron.layer,
        "neuron": name_of(network, failure.neuron),
        "quantity": failure.quantity,
        "expected": failure.expected,
        "got": failure.got,
        "difference": failure.difference,
        "tolerance": failure.tolerance,
    }
    if failure.relative:
        record["relative"] = failure.relative
    return record
