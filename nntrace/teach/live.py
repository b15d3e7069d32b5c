"""The live parts of a lesson's prose: marks such as `{{hidden1.0.z}}`, filled from a trace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

import numpy as np

from nntrace.analysis.explain import explain
from nntrace.analysis.prediction import Prediction, predict
from nntrace.core.arrays import Array
from nntrace.core.forward import Trace
from nntrace.core.layer import Layer
from nntrace.core.names import find_neuron, is_index
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
        found = _look_up(name, trace)
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


def _look_up(name: str, trace: Trace) -> Value:
    whole = _NET.get(name)
    if whole:
        return whole(trace)
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
}


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
        "bias": layer.bias,
        "weights": layer.weights,
        "shape": f"{layer.size} × {layer.fan_in}",
        "transposed": f"{layer.fan_in} × {layer.size}",
        "size": layer.size,
        "reads": layer.fan_in,
        "connections": layer.weights.size,
        "activation": layer.activation.name,
        "parameters": layer.weights.size + layer.bias.size,
    }
    if rest in values:
        return values[rest]
    if not rest:
        raise _none_named(name, values)
    return _of_neuron(name, rest, trace)


def _of_neuron(layer: str, rest: str, trace: Trace) -> Value:
    """Return a value of one neuron: `0.z`, `cat.weights`, `0.weights.ears`."""
    labels = trace[layer].layer.labels or ()
    ids = [label for label in labels if rest == label or rest.startswith(f"{label}.")]
    index = rest.partition(".")[0]
    neuron = index if is_index(index) or not ids else max(ids, key=len)
    quantity = rest[len(neuron) + 1 :]
    explained = explain(trace, find_neuron(trace.network, f"{layer}.{neuron}"))
    values: dict[str, Value] = {
        "z": explained.z,
        "a": explained.a,
        "bias": explained.bias,
        "weights": explained.weights,
        "products": explained.products,
        "sum": float(explained.products.sum()),
        "unsigned": float(np.abs(explained.products).sum()) + explained.bias,
    }
    if quantity in values:
        return values[quantity]
    kind, _, source = quantity.partition(".")
    if kind in ("weights", "products") and source:
        (reads,) = trace.network.reads(layer)
        which = find_neuron(trace.network, f"{reads}.{source}").index
        return float((explained.weights if kind == "weights" else explained.products)[which])
    own = f"{layer}.{neuron}"
    if not quantity:
        raise _none_named(own, values)
    raise UsageError(unknown(f"value of {own}", quantity, values))


def _none_named(own: str, values: Iterable[str]) -> UsageError:
    return UsageError("say which of its values: " + ", ".join(f"{own}.{each}" for each in values))


class Merged(NamedTuple):
    """Two layers without their activation, and the one that does the same.

    `weights` is W2 @ W1 and `bias` is W2 @ b1 + b2; `stepwise` is what the two give for the input,
    `at_once` what the one gives, in float64.
    """

    first: Layer
    second: Layer
    weights: Array
    bias: Array
    x: Array
    stepwise: Array
    at_once: Array

    @property
    def same(self) -> bool:
        """Whether the one layer gives what the two give."""
        return np.allclose(self.stepwise, self.at_once, rtol=1e-9, atol=1e-12)

    @property
    def verdict(self) -> str:
        """Say so in words."""
        return "the same numbers" if self.same else "these differ, which is a fault of nntrace's"


def merge(trace: Trace) -> Merged:
    """Make one layer of the first two of a net, whose activations are left out.

    Raises UsageError where the net has only one.
    """
    if len(trace.layers) < 2:
        raise UsageError(f"{trace.network.name} has one layer, two are needed to make one of them")
    first, second = trace.layers[0].layer, trace.layers[1].layer
    w1, b1 = first.weights.astype(np.float64), first.bias.astype(np.float64)
    w2, b2 = second.weights.astype(np.float64), second.bias.astype(np.float64)
    x = trace.x[0].astype(np.float64)
    with np.errstate(all="ignore"):
        weights, bias = w2 @ w1, w2 @ b1 + b2
        stepwise, at_once = w2 @ (w1 @ x + b1) + b2, weights @ x + bias
    if not all(np.isfinite(values).all() for values in (weights, bias, stepwise, at_once)):
        raise UsageError(f"{trace.network.name} has weights so large that their product overflows")
    return Merged(first, second, weights, bias, x, stepwise, at_once)


class Passed(NamedTuple):
    """One line of a forward pass: `h1 = relu(z1)`, its numbers, and whether it is a z."""

    symbol: str
    formula: str
    values: Array
    pre: bool


def passed(trace: Trace) -> list[Passed]:
    """Return the z and the a of each layer with their formulas.

    Hidden layers are h1, h2, … here, whatever they are called.
    """
    lines = []
    symbols = {"input": "x"}
    for number, traced in enumerate(trace.layers, start=1):
        symbol = "output" if number == len(trace.layers) else f"h{number}"
        (reads,) = trace.network.reads(traced.name)
        formula = f"W{number} @ {symbols[reads]} + b{number}"
        lines.append(Passed(f"z{number}", formula, traced.z[0], True))
        name = traced.layer.activation.name
        lines.append(Passed(symbol, f"{name}(z{number})", traced.a[0], False))
        symbols[traced.name] = symbol
    return lines


def short(values: Array) -> str:
    """Write a vector, of a long one its beginning."""
    if len(values) <= MOST_NUMBERS:
        return written(values)
    return f"{written(values[:MOST_NUMBERS])[:-1]}, … {len(values)} numbers]"
