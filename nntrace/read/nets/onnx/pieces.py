"""What exporters write out in pieces: norms and activations, found by running both.

A region of the graph that reads one tensor and gives one is taken for a norm or an activation where
its operators could be one, and where it gives the same numbers for inputs drawn at random: how the
exporter arranged it does not matter. What is said of it is then right, whatever it looked like.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.arrays import Array
from nntrace.core.graph.graph import Tensor
from nntrace.core.op import Op
from nntrace.core.ops import find_kind
from nntrace.errors import NntraceError
from nntrace.read.nets.onnx.regions import Region, computed_by, regions_to
from nntrace.read.nets.onnx.survey import Survey, row_shape

CLOSE = 2e-5  # of the largest: what float32 loses on the way, and far less than gelu from gelu_tanh
FEW = 64  # numbers that tell most activations apart
_ROOTS = frozenset({"Sqrt", "Pow", "Reciprocal"})
_MEANS = frozenset({"ReduceMean", "ReduceSum", "GlobalAveragePool"})
_BENDS = frozenset(
    ("Erf", "Tanh", "Sigmoid", "HardSigmoid", "Softplus", "Exp", "Clip", "Relu", "Max", "Min")
)
_EACH = _BENDS | {
    "Add", "Sub", "Mul", "Div", "Neg", "Pow", "Log", "Sqrt", "Reciprocal", "Identity", "Cast",
    "ReduceMax", "ReduceSum", "Greater", "Less", "Where", "Softmax", "Reshape", "Unsqueeze",
    "Squeeze", "Expand",
}  # fmt: skip


class Found(NamedTuple):
    """A region that is one op, or one activation."""

    region: Region
    op: Op | None = None
    activation: Activation | None = None


def piece_at(survey: Survey, y: str, dtype: str) -> Found | None:
    """Return what ends in a tensor and was written in pieces; None where nothing does."""
    for region in regions_to(survey, y):
        operators = region.operators
        try:
            if operators & _ROOTS and operators & _MEANS:
                op, activation = _norm(survey, region, dtype), None
            elif operators & _BENDS and operators <= _EACH:
                op, activation = None, _activation(survey, region)
            else:
                continue
        except (NntraceError, ValueError, KeyError):  # it does not even run on other numbers
            continue
        if op or activation:
            return Found(region, op, activation)
    return None


def _like(x: Tensor, seed: int, scale: float = 1.0) -> Tensor:
    drawn = np.random.default_rng(seed).standard_normal(x.shape) * scale
    return drawn.astype(x.dtype)


def _close(given: Array, wanted: Array) -> bool:
    size = float(np.max(np.abs(wanted), initial=0.0))
    return bool(np.isfinite(given).all()) and float(np.max(np.abs(given - wanted))) <= CLOSE * max(
        size, 1e-30
    )


def _activation(survey: Survey, region: Region) -> Activation | None:
    x = survey.values[region.x]
    if x.dtype.kind != "f" or survey.values[region.y].shape != x.shape:
        return None
    width = row_shape(x)[-1]
    z = _like(x, 0, 3.0)
    wanted = computed_by(region.graph(survey), z).astype(np.float64).reshape(-1, width)
    rows = z.astype(np.float64).reshape(-1, width)
    few = slice(max(1, FEW // width))
    for kind in ACTIVATIONS.values():
        if kind.identity or any(parameter.required for parameter in kind.parameters):
            continue
        activation = Activation(kind)
        if _close(activation(rows[few]), wanted[few]) and _close(activation(rows), wanted):
            return activation
    return None


def _norm(survey: Survey, region: Region, dtype: str) -> Op | None:
    x = survey.values[region.x]
    shape = row_shape(x)
    if x.dtype.kind != "f" or row_shape(survey.values[region.y]) != shape:
        return None
    constants = [np.asarray(each, np.float64).ravel() for each in region.constants(survey)]
    width = shape[-1]
    for kind in ("layer_norm", "rms_norm") if width > 1 else ():
        for epsilon in _epsilons(constants):
            for op in _fitted(survey, region, kind, epsilon, width, constants, dtype):
                if all(_agrees(survey, region, op, seed, size) for seed, size in _DRAWS):
                    return op
    return None


_DRAWS = ((1, 1.0), (2, 0.02), (3, 30.0))  # small ones show the epsilon


def _epsilons(constants: Sequence[Array]) -> Iterator[float]:
    seen = {float(each[0]) for each in constants if each.size == 1 and 0 < each[0] < 0.1}
    yield from sorted(seen)
    yield 0.0


def _fitted(
    survey: Survey,
    region: Region,
    kind: str,
    epsilon: float,
    width: int,
    constants: Sequence[Array],
    dtype: str,
) -> Iterator[Op]:
    """Give norms whose scale and shift are constants of the region that fit its numbers."""
    graph = region.graph(survey)
    draws = [_like(survey.values[region.x], seed) for seed in range(4)]
    x = np.concatenate([np.asarray(each, np.float64).reshape(-1, width) for each in draws])
    y = np.concatenate([computed_by(graph, each).reshape(-1, width) for each in draws])
    y = y.astype(np.float64)
    centred = x - x.mean(axis=1, keepdims=True) if kind == "layer_norm" else x
    unit = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)
    if kind == "rms_norm":
        scale, shift = (unit * y).sum(axis=0) / (unit**2).sum(axis=0), np.zeros(width)
    else:
        spread = unit - unit.mean(axis=0)
        scale = (spread * y).sum(axis=0) / (spread**2).sum(axis=0)
        shift = (y - scale * unit).mean(axis=0)
    scales, shifts = _among(constants, scale, 1.0), _among(constants, shift, 0.0)
    if scales is None or shifts is None:
        return
    arrays = [scales.astype(dtype)] + ([shifts.astype(dtype)] if kind == "layer_norm" else [])
    yield find_kind(kind)(*arrays, epsilon)  # type: ignore[call-arg]


def _among(constants: Sequence[Array], estimate: Array, default: float) -> Array | None:
    """Return the constant that an estimate is of, or the default; None where it is neither."""
    size = float(np.max(np.abs(estimate), initial=1.0))
    candidates = [each for each in constants if each.size == estimate.size > 1]
    candidates += [np.full(estimate.size, float(each[0])) for each in constants if each.size == 1]
    for each in (np.full(estimate.size, default), *candidates):
        if np.max(np.abs(each - estimate)) <= 1e-3 * size:
            return each
    return None


def _agrees(survey: Survey, region: Region, op: Op, seed: int, size: float) -> bool:
    x = _like(survey.values[region.x], seed, size)
    wanted = computed_by(region.graph(survey), x)
    rows = np.asarray(x, np.float64).reshape(1, *row_shape(x))
    return _close(computed(op, [rows]), wanted.astype(np.float64).reshape(1, -1))


def computed(op: Op, reads: Sequence[Array]) -> Array:
    """Return what an op gives for one row, 1 × size; it reads arrays of 1 × their shape."""
    z = np.empty((1, *op.shape(*[each.shape[1:] for each in reads])))
    with np.errstate(all="ignore"):
        op.run(reads, z, False)
    return z.reshape(1, -1)
