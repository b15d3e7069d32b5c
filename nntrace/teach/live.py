"""The live parts of a lesson's prose: marks such as `{{hidden1.0.z}}`, filled from a trace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np

from nntrace.analysis.explain import explain
from nntrace.analysis.prediction import Prediction, predict
from nntrace.core.arrays import Array
from nntrace.core.forward import Trace
from nntrace.core.names import Neuron, answer_labels, find_neuron
from nntrace.core.op import times
from nntrace.errors import UsageError, unknown

MOST_MARKS = 1000  # of a block that is read as YAML
MARK = re.compile(r"\{\{([^{}\n]*)\}\}")
SIGNS = re.compile(r"([\ue000-\uf8ff])\1*")  # one of those that stand for a mark
MOST_DECIMALS = 17
MOST_NUMBERS = 8  # of a vector that is written out

Value: TypeAlias = "str | int | float | Array"

_DECIMALS = re.compile(r"(.+):([0-9]{1,2})")


def fill(text: str, trace: Trace | None) -> str:
    """Return a text with its marks replaced by what they stand for in a trace of one row.

    A text without a trace has been filled, and is returned as it is. Raises UsageError for a mark
    that means nothing there.
    """
    if trace is None:
        return text
    return MARK.sub(lambda match: value_of(match[1], trace), text)


def unfilled(text: str) -> tuple[str, dict[str, str]]:
    """Return a text with a sign in the place of each mark, as long as it, and the mark of each.

    So it can be read as YAML, whatever is to stand in it. The signs are of the private use of
    Unicode, repeated. Raises UsageError for more marks than there are signs.
    """
    marks: dict[str, str] = {}

    def sign(match: re.Match[str]) -> str:
        if len(marks) >= MOST_MARKS:
            raise UsageError(f"has more than {MOST_MARKS} marks")
        own = chr(0xE000 + len(marks)) * len(match[0])
        marks[own] = match[0]
        return own

    return MARK.sub(sign, text), marks


def value_of(mark: str, trace: Trace | None) -> str:
    """Return what a mark stands for: a number, a list of them, or a word.

    A mark is a name and, if you like, a number of decimals: `hidden1.0.z:2`; without it a number
    is given to 4 significant decimals. Raises UsageError for one that means nothing.
    """
    if trace is None:
        raise UsageError(f"{{{{{mark}}}}}: no net is set here, a block ```net before it sets one")
    decimals = _DECIMALS.fullmatch(mark.strip())
    name, places = (decimals[1], int(decimals[2])) if decimals else (mark.strip(), None)
    try:
        if places is not None and places > MOST_DECIMALS:
            raise UsageError(f"takes up to {MOST_DECIMALS} decimals")
        found = looked_up(name, trace)
    except UsageError as error:
        raise UsageError(f"{{{{{mark}}}}}: {error}") from None
    return written(found, places)


def written(found: Value, places: int | None = None) -> str:
    """Write a value as prose does: `1.3`, `[0.9, 0.8, 0.1]`, `2,778`, `cat`."""
    if isinstance(found, str):
        return found
    if isinstance(found, int):
        return f"{found:,}"
    if isinstance(found, np.ndarray) and found.ndim:
        return f"[{', '.join(written(each, places) for each in found)}]"
    value = float(found) + 0.0  # no minus before a 0
    if places is not None:
        text = f"{value:.{places}f}"
        return text.removeprefix("-") if float(text) == 0 else text
    text = f"{value:.4g}"
    if "e" in text and 1 <= abs(value) < 1e15:
        text = f"{value:,.0f}"
    return text


def looked_up(name: str, trace: Trace) -> Value:
    """Return what a name means in a trace of one row; UsageError for one that means nothing."""
    whole = _NET.get(name)
    if whole:
        return whole(trace)
    if name.startswith("answer.") and "answer" not in trace.network.places:
        return _of_answer(name.removeprefix("answer."), trace)
    layers = ["input", *(traced.name for traced in trace.layers)]
    fitting = [layer for layer in layers if name == layer or name.startswith(f"{layer}.")]
    if not fitting:
        raise UsageError(unknown("value", name, [*_NET, *layers]))
    layer = max(fitting, key=len)
    rest = name[len(layer) + 1 :]
    return _of_input(rest, trace) if layer == "input" else _of_layer(layer, rest, trace)


def _decided(trace: Trace) -> Prediction:
    decided = predict(trace)[0]
    if decided is None:
        raise UsageError("the net gives no class")
    return decided


def _lead(trace: Trace) -> float:
    """Return how far the largest number of the output is ahead of the next one."""
    _decided(trace)
    answers = trace[trace.network.output.name].a[0][-trace.network.answers :]
    second, first = np.sort(answers)[-2:]
    return float(first - second)


def named(decided: Prediction) -> str | int:
    """Return what a class is called: its label, or its index without one."""
    return decided.index if decided.label is None else decided.label


_NET: dict[str, Callable[[Trace], Value]] = {
    "name": lambda trace: trace.network.name,
    "parameters": lambda trace: trace.network.parameters,
    "layers": lambda trace: len(trace.layers),
    "neurons": lambda trace: sum(traced.layer.size for traced in trace.layers),
    "prediction": lambda trace: named(_decided(trace)),
    "probability": lambda trace: f"{100 * _decided(trace).probability:.1f} %",
    "lead": lambda trace: _lead(trace),
}


def _of_answer(label: str, trace: Trace) -> Value:
    """Return the number of the net's answer that has a label, of a text's last token."""
    network = trace.network
    labels = answer_labels(network) or [str(place) for place in range(network.answers)]
    if label not in labels:
        raise UsageError(unknown("answer", label, labels))
    answers = trace[network.output.name].a[0][-network.answers :]
    return float(answers[labels.index(label)])


def _of_input(rest: str, trace: Trace) -> Value:
    given, row = trace.network.input, trace.input[0]
    values: dict[str, Value] = {
        "": row,
        "size": given.size,
        "shape": times(given.row),
        "sum": float(row.sum()),
    }
    if rest in values:
        return values[rest]
    return float(row[find_neuron(trace.network, f"input.{rest}").index])


def _of_layer(name: str, rest: str, trace: Trace) -> Value:
    traced = trace[name]
    layer = traced.layer
    values: dict[str, Value] = {
        "z": traced.z[0],
        "a": traced.a[0],
        "size": layer.size,
        "shape": times(layer.shape),
        "active": int((traced.a[0] > 0).sum()),
        "exps": float(np.exp(traced.z[0].astype(np.float64)).sum()),
        "activation": layer.activation.name,
        "parameters": layer.op.parameters,
    }
    if layer.dense:
        values |= {
            "bias": layer.bias,
            "weights": layer.weights,
            "shape": f"{layer.size} × {layer.fan_in}",
            "transposed": f"{layer.fan_in} × {layer.size}",
            "reads": layer.fan_in,
            "connections": layer.weights.size,
        }
    if rest in values:
        return values[rest]
    if not rest:
        raise _none_named(name, values)
    return _of_neuron(name, rest, trace)


def _of_neuron(layer: str, rest: str, trace: Trace) -> Value:
    """Return a value of one neuron: `0.z`, `cat.weights`, `0.weights.ears`, `2.3.4.products`."""
    neuron, quantity = _parted(layer, rest, trace)
    explained = explain(trace, neuron)
    values: dict[str, Value] = {
        "z": explained.z,
        "a": explained.a,
        "bias": explained.bias,
        "weights": explained.weights,
        "products": explained.products,
        "sum": float(explained.products.sum()),
        "unsigned": float(np.abs(explained.products).sum()) + explained.bias,
        "exp": float(np.exp(explained.z)),
        "parameters": len(explained.products) + bool(explained.bias),
    }
    values |= {step.name: step.value for step in explained.steps}
    if quantity in values:
        return values[quantity]
    kind, _, source = quantity.partition(".")
    if kind in ("weights", "products", "values") and source:
        told = {"weights": explained.weights, "products": explained.products}
        read = [find_neuron(trace.network, f"{each}.{source}") for each in explained.layer.reads]
        which = next((at for at, each in enumerate(explained.neurons) if each in read), None)
        if which is None:
            raise UsageError(f"{layer}.{rest}: '{source}' is not among what it reads")
        return float(told.get(kind, explained.values)[which])
    own = f"{layer}.{rest}".removesuffix(quantity).removesuffix(".")
    if not quantity:
        raise _none_named(own, values)
    raise UsageError(unknown(f"value of {own}", quantity, values))


def _parted(layer: str, rest: str, trace: Trace) -> tuple[Neuron, str]:
    """Part the name of a neuron, as long as it can be, from what is asked of it."""
    parts = rest.split(".")
    fault: UsageError | None = None
    for end in range(len(parts), 0, -1):
        try:
            neuron = find_neuron(trace.network, f"{layer}.{'.'.join(parts[:end])}")
        except UsageError as error:
            fault = error
        else:
            return neuron, ".".join(parts[end:])
    assert fault is not None
    raise fault


def _none_named(own: str, values: Iterable[str]) -> UsageError:
    return UsageError("say which of its values: " + ", ".join(f"{own}.{each}" for each in values))


def short(values: Array) -> str:
    """Write a vector, of a long one its beginning."""
    if len(values) <= MOST_NUMBERS:
        return written(values)
    return f"{written(values[:MOST_NUMBERS])[:-1]}, … {len(values)} numbers]"
