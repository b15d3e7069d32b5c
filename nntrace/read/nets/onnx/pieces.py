"""What exporters write out in pieces: norms and activations, found by running both.

A region of the graph that reads one tensor and gives one is taken for a norm or an activation where
its operators could be one, and where it gives the same numbers for inputs drawn at random: how the
exporter arranged it does not matter. What is said of it is then right, whatever it looked like.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.arrays import Array
from nntrace.core.graph.graph import Tensor
from nntrace.core.op import Op
from nntrace.core.ops import find_kind
from nntrace.errors import NntraceError
from nntrace.read.nets.onnx.regions import NARROW, Region, computed_by, regions_to
from nntrace.read.nets.onnx.survey import Survey, row_shape

CLOSE = 2e-5  # of the largest: what float32 loses on the way, and far less than gelu from gelu_tanh
FEW = 64  # numbers that tell most activations apart
_ROOTS = frozenset({"Sqrt", "Pow", "Reciprocal"})
_MEANS = frozenset({"ReduceMean", "ReduceSum", "GlobalAveragePool"})
_BY_GROUPS = "InstanceNormalization"  # of groups that were made channels, as exporters have it
_HOT = frozenset({"Equal", "OneHot"})
_PRODUCTS = frozenset({"MatMul", "Gemm"})
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
    """Return what ends in a tensor and was written in pieces, the largest; None where nothing does.

    The largest, since a softmax is one too of what its largest was taken off.
    """
    found: Found | None = None
    for region in regions_to(survey, y):
        operators = region.operators
        try:
            op: Op | None = None
            activation: Activation | None = None
            if operators & _ROOTS and operators & _MEANS:
                op = _norm(survey, region, dtype)
            elif _BY_GROUPS in operators and "Reshape" in operators:
                op = _group_norm(survey, region, dtype)
            elif operators & _BENDS and operators <= _EACH:
                activation = _activation(survey, region)
            elif operators & _HOT and operators & _PRODUCTS:
                op = _embedding(survey, region, dtype)
        except (NntraceError, ValueError, KeyError):  # it does not even run on other numbers
            continue
        if op or activation:
            found = Found(region, op, activation)
        elif found:
            return found
    return found


def _like(x: Tensor, seed: int, scale: float = 1.0) -> Tensor:
    drawn = np.random.default_rng(seed).standard_normal(x.shape) * scale
    return drawn.astype("float32" if x.dtype.name in NARROW else x.dtype)


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
    axes = [-1, *(axis for axis in range(len(shape) - 1) if shape[axis] > 1)]
    tried = [(k, axis) for axis in axes if shape[axis] > 1 for k in ("layer_norm", "rms_norm")]
    for (kind, axis), epsilon in product(tried, _epsilons(constants)):
        op = _fitted(survey, region, kind, axis, epsilon, constants, dtype)
        if op and all(_agrees(survey, region, op, seed, size) for seed, size in _DRAWS):
            return op
    return None


def _group_norm(survey: Survey, region: Region, dtype: str) -> Op | None:
    """Of channels that were joined to groups, normalised, and parted again."""
    x = survey.values[region.x]
    shape, kind = row_shape(x), find_kind("group_norm")
    inner = [node for node in region.nodes if node.op == _BY_GROUPS]
    if x.dtype.kind != "f" or len(shape) < 2 or len(inner) != 1:
        return None
    groups, channels = survey.values[inner[0].inputs[0]].shape[1], shape[0]
    epsilon = float(inner[0].get("epsilon", 1e-5))
    graph, draws = region.graph(survey), [_like(x, seed) for seed in range(4)]

    def lines(tensors: Sequence[Array]) -> Array:
        """Return their numbers as a line a channel."""
        rows = [np.asarray(each, np.float64).reshape(channels, -1) for each in tensors]
        return np.concatenate(rows, axis=1)

    bare: Op = kind(groups, np.ones(channels), np.zeros(channels), epsilon)  # type: ignore[call-arg]
    unit = lines([computed(bare, [np.asarray(e, np.float64).reshape(1, *shape)]) for e in draws])
    y = lines([computed_by(graph, each) for each in draws])
    spread = unit - unit.mean(axis=1, keepdims=True)
    varied = (spread**2).sum(axis=1)
    if not varied.all():  # a group of one number is always 0
        return None
    slope = (spread * y).sum(axis=1) / varied
    constants = [np.asarray(each, np.float64).ravel() for each in region.constants(survey)]
    scale = _among(constants, slope, 1.0)
    shift = _among(constants, (y - slope[:, None] * unit).mean(axis=1), 0.0)
    if scale is None or shift is None:
        return None
    op: Op = kind(groups, scale.astype(dtype), shift.astype(dtype), epsilon)  # type: ignore[call-arg]
    return op if all(_agrees(survey, region, op, seed, size) for seed, size in _DRAWS) else None


def _embedding(survey: Survey, region: Region, dtype: str) -> Op | None:
    """Of tokens as whole numbers, each made one 1 among zeros, and multiplied with a table."""
    x, y = survey.values[region.x], survey.values[region.y]
    if x.dtype.kind not in "iu" or len(row_shape(x)) != 1 or row_shape(y)[:1] != row_shape(x):
        return None
    graph, tables = region.graph(survey), list(region.constants(survey))
    count = max((len(each) for each in tables if each.ndim == 2), default=0)
    found: list[Array] = []
    for start in range(0, count, x.size):
        tokens = np.minimum(np.arange(start, start + x.size), count - 1)
        rows = computed_by(graph, tokens.astype(x.dtype).reshape(x.shape))
        found.append(rows.reshape(x.size, -1))
    if not found:
        return None
    op: Op = find_kind("embedding")(np.concatenate(found)[:count].astype(dtype))  # type: ignore[call-arg]
    for seed in range(3):
        tokens = np.random.default_rng(seed).integers(0, count, x.shape).astype(x.dtype)
        wanted = computed_by(graph, tokens).astype(np.float64).reshape(1, -1)
        if not _close(computed(op, [tokens.astype(np.float64).reshape(1, -1)]), wanted):
            return None
    return op


_DRAWS = ((1, 1.0), (2, 0.02), (3, 30.0))  # small ones show the epsilon


def _epsilons(constants: Sequence[Array]) -> Iterator[float]:
    seen = {float(each[0]) for each in constants if each.size == 1 and 0 < each[0] < 0.1}
    yield from sorted(seen)
    yield 0.0


def _fitted(
    survey: Survey,
    region: Region,
    kind: str,
    axis: int,
    epsilon: float,
    constants: Sequence[Array],
    dtype: str,
) -> Op | None:
    """Return the norm whose scale and shift are constants of the region that fit its numbers."""
    graph = region.graph(survey)
    draws = [_like(survey.values[region.x], seed) for seed in range(4)]
    shape = row_shape(draws[0])

    def lines(tensor: Tensor) -> Array:
        """Return its numbers as lines along the axis."""
        values = np.moveaxis(np.asarray(tensor, np.float64).reshape(shape), axis, -1)
        return values.reshape(-1, shape[axis])

    x = np.concatenate([lines(each) for each in draws])
    y = np.concatenate([lines(computed_by(graph, each)) for each in draws])
    centred = x - x.mean(axis=1, keepdims=True) if kind == "layer_norm" else x
    unit = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)
    if kind == "rms_norm":
        scale, shift = (unit * y).sum(axis=0) / (unit**2).sum(axis=0), np.zeros(shape[axis])
    else:
        spread = unit - unit.mean(axis=0)
        scale = (spread * y).sum(axis=0) / (spread**2).sum(axis=0)
        shift = (y - scale * unit).mean(axis=0)
    found = _among(constants, scale, 1.0), _among(constants, shift, 0.0)
    if found[0] is None or found[1] is None:
        return None
    arrays = [
        each.astype(dtype) for each in found[: 2 if kind == "layer_norm" else 1] if each is not None
    ]
    return find_kind(kind)(*arrays, epsilon, axis)  # type: ignore[call-arg]


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
