"""Sums, products, joins and reductions: of what is read alone, and with constants of the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.graph.joins import (
    GraphAdd,
    GraphConcat,
    GraphMultiply,
    GraphReduce,
    GraphSubtract,
)
from nntrace.core.op import How, Op, Shape
from nntrace.core.ops import find_kind
from nntrace.core.ops.reduce import Reduce
from nntrace.read.nets.onnx.makers import Made, Maker, Reader
from nntrace.read.nets.onnx.survey import row_shape

WHOLE_POWERS = (2, 3, 4)
_BROADCAST: dict[str, Callable[..., Op]] = {
    "add": GraphAdd,
    "subtract": GraphSubtract,
    "multiply": GraphMultiply,
}


def unit(of: Reader, scale: Array, shift: Array) -> Op:
    """Each channel times a number, plus another: a batch norm of mean 0 and variance 1."""
    zeros, ones = of.like(0.0, scale.size), of.like(1.0, scale.size)
    return find_kind("batch_norm")(zeros, ones, scale, shift, 0.0)  # type: ignore[call-arg]


def _elementwise(kind: str, scales: Callable[[Array, bool], tuple[Any, Any]] | None) -> Maker:
    """Of two or more live tensors the kind; of one and a constant, each channel by a number.

    `scales` gives what the live one is multiplied by and what is added, from the constant, and
    whether that stands first.
    """

    def make(of: Reader) -> Made | None:
        lives = tuple(of.survey.lives(of.node))
        if len(lives) == len(of.node.inputs) > 1:
            alike = len(set(map(of.survey.shape, lives))) == 1
            return Made(find_kind(kind)() if alike else _BROADCAST[kind](), lives)
        if len(lives) != 1 or len(of.node.inputs) != 2 or scales is None:
            return None
        first = of.node.inputs[1] == lives[0]
        constant = of.weights(0 if first else 1)
        if constant is None:
            return None
        shape = of.survey.shape(lives[0])
        each = _a_channel(constant, shape)
        if each is None or row_shape(of.result) != shape:
            return _broadcast(of, kind, lives, constant, first)
        with np.errstate(all="ignore"):
            scale, shift = scales(each, first)
        numbers = [np.broadcast_to(np.asarray(n, of.dtype), each.shape) for n in (scale, shift)]
        return Made(unit(of, *numbers), lives)

    return make


def _broadcast(
    of: Reader, kind: str, lives: tuple[str, ...], constant: Array, first: bool
) -> Made | None:
    """Return the kind, of what is read and a constant that is broadcast."""
    if of.node.op == "Div":
        if first:
            return None
        with np.errstate(all="ignore"):
            constant = 1 / constant
    shape = row_shape(of.result)
    if constant.ndim > len(shape) and len(constant) == 1:
        constant = constant.reshape(constant.shape[1:])
    if kind == "add" and len(shape) == 2 and constant.shape == shape == of.survey.shape(lives[0]):
        return Made(find_kind("positions")(constant), lives)  # type: ignore[call-arg]
    return Made(_BROADCAST[kind](constant, 0 if first else 1), lives)


def _power(of: Reader) -> Made | None:
    """A whole power is a product of what is read with itself."""
    exponent = of.survey.constant(of.node.inputs[1])
    if exponent is None or exponent.size != 1 or exponent.ravel()[0] not in WHOLE_POWERS:
        return None
    return Made(find_kind("multiply")(), of.node.inputs[:1] * int(exponent.ravel()[0]))


def _a_channel(constant: Array, shape: Shape) -> Array | None:
    """Return a constant as one number a channel of what it is broadcast to, if it is that."""
    if constant.size == 1:
        return np.full(shape[0], constant.ravel()[0])
    over = constant.reshape(constant.shape[1:]) if constant.ndim > len(shape) else constant
    over = over.reshape((1,) * (len(shape) - over.ndim) + over.shape)
    if over.shape == (shape[0], *[1] * (len(shape) - 1)):
        return over.ravel()
    return None


def _negative(of: Reader) -> Made | None:
    channels = row_shape(of.result)[0]
    return of.read_first(unit(of, of.like(-1.0, channels), of.like(0.0, channels)))


def _concat(of: Reader) -> Made | None:
    parts, dropped = of.node.inputs, of.result.ndim - len(row_shape(of.result))
    axis = int(of.node.get("axis", 1)) % of.result.ndim - dropped
    lives = tuple(name for name in parts if name in of.survey.live)
    held = [place for place, name in enumerate(parts) if name not in of.survey.live]
    if len(parts) < 2 or axis < 0 or len(held) > 1:
        return None
    if not held:
        return Made(find_kind("concat")(axis), lives)  # type: ignore[call-arg]
    constant = of.weights(held[0])
    if constant is None or constant.ndim != of.result.ndim or (len(constant) != 1 and dropped):
        return None
    row = constant.reshape(constant.shape[dropped:])
    return Made(GraphConcat(axis, row, held[0]), lives)


def _reduce(how: How) -> Maker:
    def make(of: Reader) -> Made | None:
        x = of.tensor(0)
        given = of.survey.constant(of.node.inputs[1]) if of.given(1) else of.node.get("axes")
        if given is None and (of.given(1) or of.node.get("noop_with_empty_axes", 0)):
            return None
        axes = list(range(x.ndim)) if given is None else [int(at) % x.ndim for at in given]
        dropped = x.ndim - len(row_shape(x))
        inner = tuple(at - dropped for at in axes if at >= dropped)
        if not inner:
            return None
        stay = of.node.get("keepdims", 1) and not of.read_flat
        return of.read_first((GraphReduce if stay else Reduce)(how, inner))

    return make


MAKERS: dict[str, Maker] = {
    "Add": _elementwise("add", lambda c, first: (1.0, c)),
    "Sum": _elementwise("add", None),
    "Sub": _elementwise("subtract", lambda c, first: (-1.0, c) if first else (1.0, -c)),
    "Mul": _elementwise("multiply", lambda c, first: (c, 0.0)),
    "Div": _elementwise("multiply", lambda c, first: (1.0 / c, 0.0)),
    "Neg": _negative,
    "Pow": _power,
    "Concat": _concat,
    "ReduceMean": _reduce("mean"),
    "ReduceSum": _reduce("sum"),
    "ReduceMax": _reduce("max"),
    "ReduceMin": _reduce("min"),
}
