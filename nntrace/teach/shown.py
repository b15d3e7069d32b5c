"""What the blocks of a lesson show of a net, worked out: two layers as one, shares, a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.forward import Trace, forward
from nntrace.core.layer import Layer
from nntrace.errors import UsageError


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


class Shares(NamedTuple):
    """What a layer's z become: `e^z` of each, their sum, and the share of each."""

    labels: Sequence[str]
    z: Array
    exps: Array
    total: float
    shares: Array


def shares(trace: Trace) -> Shares:
    """Return how the output's z become shares, by plain division.

    Raises UsageError where the output is something else.
    """
    last = trace.layers[-1]
    z = last.z[0].astype(np.float64)
    with np.errstate(all="ignore"):
        exps = np.exp(z)
        total = float(exps.sum())
    if not np.allclose(exps / total, last.a[0], atol=1e-5):
        raise UsageError(f"what {last.name} gives are no shares of e^z")
    labels = last.layer.labels or [*map(str, range(last.layer.size))]
    return Shares(labels, z, exps, total, exps / total)


def channel(trace: Trace, word: str) -> Array:
    """Return the picture that `input` is, or a channel of a layer such as `conv1.0`."""
    network = trace.network
    if word == "input" and network.input.picture:
        return np.reshape(trace.input[0], network.input.picture)
    layer, _, number = word.rpartition(".")
    if layer in [each.name for each in network.layers]:
        shape = network.layer(layer).shape
        if len(shape) == 3 and number.isascii() and number.isdigit() and int(number) < shape[0]:
            return np.asarray(trace[layer].a[0].reshape(shape)[int(number)])
    raise UsageError(f"'{word}' is no picture: takes input, or a channel such as conv1.0")


class Looked(NamedTuple):
    """Which tokens the last one looks at, in one head: a share of each."""

    name: str
    shares: Array


def looked(trace: Trace, word: str) -> Looked:
    """Return the shares of the last token, of a layer of scores and a head: `before.scores.0`."""
    layer, _, number = word.rpartition(".")
    if layer not in trace.network.places:
        raise UsageError(f"'{word}' is no head: takes a layer of scores and a number")
    shape = trace.network.shape(layer)
    square = len(shape) == 3 and trace.network.open_shape(layer)[1:] == (None, None)
    if not square or not (number.isascii() and number.isdigit() and int(number) < shape[0]):
        raise UsageError(f"'{word}' is no head: takes a layer of scores and a number")
    return Looked(word, trace[layer].a[0].reshape(shape)[int(number), -1])


def alphabet(trace: Trace) -> str:
    """Return the characters of a net that tells the next one; UsageError for any other net."""
    text = trace.network.input.text
    if text is None or not text.by_token or trace.network.answers != len(text.alphabet):
        raise UsageError(f"{trace.network.name} does not tell the next letter of a text")
    return text.alphabet


class Written(NamedTuple):
    """A text that a net was given, what it wrote on, and how sure it was of each letter."""

    given: str
    letters: str
    shares: tuple[float, ...]


def write_on(trace: Trace, count: int) -> Written:
    """Let a net write on: each time the letter that it takes for the likeliest."""
    letters, network = alphabet(trace), trace.network
    given = "".join(letters[int(token)] for token in trace.input[0])
    text, shares = given, []
    most = network.input.text.context if network.input.text else None
    for _ in range(count):
        answer = forward(network, [text[-(most or len(text)) :]]).layers[-1].a[0][-len(letters) :]
        text += letters[int(answer.argmax())]
        shares.append(float(answer.max()))
    return Written(given, text[len(given) :], tuple(shares))


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
