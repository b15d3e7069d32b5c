"""How far a row is from being told otherwise, in a net that is of straight pieces: see `pieces`.

The map that the net is around the row, how far each neuron is from its kink, and the smallest
change of one input after which the prediction is another, found by following the line along each
input across all kinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from nntrace.analysis.pieces import At, Pieces, Stage
from nntrace.analysis.prediction import Prediction, predict
from nntrace.core.arrays import Array, Doubles, Places
from nntrace.core.forward import Trace, forward
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.errors import UsageError

MOST_PIECES = 10_000  # of a line that is followed
_AGREES = 1e-3  # of the largest number of a layer: more is no rounding
_LEAST_STEP = 1e-13
_FIRST = 32  # lines that are followed first


class Affine(NamedTuple):
    """The output around a row: coefficients, outputs × inputs, times the raw inputs, + constants.

    It is of the output's z where its activation is no straight line, which all that it does to the
    order of classes leaves as it is, and else of its a.
    """

    quantity: Literal["z", "a"]
    coefficients: Doubles
    constants: Doubles


class Kinks(NamedTuple):
    """How far the neurons of a layer are from where they bend: at a z of `kinks`, which is
    `distances` = kink − z away; NaN for one that does not bend.

    On the row's piece, the smallest change of one input that brings it there is of `changes`, of
    the input at `inputs`: NaN, and −1, where none does.
    """

    layer: Layer
    z: Doubles
    kinks: Doubles
    distances: Doubles
    inputs: Places
    changes: Doubles


class Flip(NamedTuple):
    """The smallest change of one input, by its place, after which the prediction is another.

    A forward pass with the input at `value`, which is the `change` and what rounding takes more,
    gave that `prediction`; it is None where the pass did not bear it out.
    """

    input: int
    change: float
    value: float
    prediction: Prediction | None


class Margin(NamedTuple):
    """What is known of one row; `flip` is None where the net tells no class, or no change of one
    input alone leads to another. `given_up` counts lines that were not followed to their end."""

    network: Network
    row: int
    x: Array
    prediction: Prediction | None
    affine: Affine
    kinks: tuple[Kinks, ...]
    flip: Flip | None
    given_up: int


def margin(trace: Trace, row: int) -> Margin:
    """Take apart what a net is around a row of a trace, from 0.

    Raises UsageError where a layer that the output depends on is no straight line between kinks,
    naming each, where values were set by hand, or where a number of the row is not finite.
    """
    network = trace.network
    if trace.overrides:
        raise UsageError("a margin is of a net as it is: leave --set out")
    pieces = Pieces.of(network)
    only = trace.row(row)
    x = only.input[0].astype(np.float64)
    point = pieces.at(x)
    for stage in pieces.stages:
        _check(stage.layer, only[stage.layer.name].z[0], point[stage.layer.name].z)
    (prediction,) = predict(only)
    flip, given_up = None, 0
    if prediction is not None:
        flip, given_up = _smallest_flip(pieces, only, x, prediction)
    affine, kinks = _around(pieces, x, point)
    return Margin(network, row, only.input[0], prediction, affine, kinks, flip, given_up)


def _check(layer: Layer, traced: Array, computed: Doubles) -> None:
    """Raise UsageError where the pieces do not give what the pass gave."""
    if not np.isfinite(traced).all():
        raise UsageError(f"{layer.name}: a number is not finite, which has no margin")
    off = np.abs(traced - computed).max()
    if off > _AGREES * max(1.0, np.abs(computed).max()):
        raise UsageError(f"{layer.name}: is not computed as its kind says; it is off by {off:g}")


# ---- around the row ----


def _around(pieces: Pieces, x: Doubles, point: dict[str, At]) -> tuple[Affine, tuple[Kinks, ...]]:
    """Return the map of the output, and the kinks of all layers."""
    output = pieces.network.output
    quantity: Literal["z", "a"] = "a" if output.activation.kind.straight else "z"
    y = point[output.name].a if quantity == "a" else point[output.name].z
    slopes = np.empty((len(x), output.size))
    bending = [stage for stage in pieces.stages if stage.bends]
    nearest = {stage.layer.name: _nearest(stage, point[stage.layer.name]) for stage in bending}
    steepest = {name: np.zeros(len(gap)) for name, (_, gap) in nearest.items()}
    inputs = {name: np.full(len(gap), -1, np.intp) for name, (_, gap) in nearest.items()}
    for start in range(0, len(x), pieces.together):
        steps = np.eye(len(x))[start : start + pieces.together]
        for stage, dz, da in pieces.directions(point, steps):
            name = stage.layer.name
            if name == output.name:
                slopes[start : start + len(steps)] = da if quantity == "a" else dz
            if name in nearest:
                best = np.abs(dz).argmax(axis=0)
                rate = np.take_along_axis(dz, best[np.newaxis], 0)[0]
                better = np.abs(rate) > np.abs(steepest[name])
                steepest[name][better] = rate[better]
                inputs[name][better] = best[better] + start
    coefficients = np.ascontiguousarray(slopes.T)
    kinks = tuple(
        _kinks(stage, point[stage.layer.name], nearest[stage.layer.name][0],
               steepest[stage.layer.name], inputs[stage.layer.name])
        for stage in bending
    )  # fmt: skip
    return Affine(quantity, coefficients, y - coefficients @ x), kinks


def _nearest(stage: Stage, at: At) -> tuple[Doubles, Doubles]:
    """Return the kink that is nearest to each z, and how far it is; NaN where there is none."""
    gaps = stage.breaks - at.z
    place = np.abs(gaps).argmin(axis=0)[np.newaxis]
    kinks = np.take_along_axis(stage.breaks, place, 0)[0]
    kinks = np.where(np.isfinite(kinks), kinks, np.nan)
    return kinks, kinks - at.z


def _kinks(stage: Stage, at: At, kinks: Doubles, rates: Doubles, inputs: Places) -> Kinks:
    gaps = kinks - at.z
    moves = (rates != 0.0) & np.isfinite(gaps)
    changes = np.divide(gaps, rates, out=np.full(len(gaps), np.nan), where=moves)
    return Kinks(stage.layer, at.z, kinks, gaps, np.where(moves, inputs, -1), changes)


# ---- the smallest change that leads to another prediction ----


def _smallest_flip(
    pieces: Pieces, only: Trace, x: Doubles, prediction: Prediction
) -> tuple[Flip | None, int]:
    """Follow the lines along all inputs, both ways, until the prediction is another."""
    lines = _promising(pieces, x, prediction.index)
    best, found, given_up = np.inf, (-1, 0.0), 0
    start, together = 0, _FIRST
    while start < len(lines):  # a near flip that is found early spares all others the way
        together = min(together, pieces.together)
        some = lines[start : start + together]
        reach, line, cut = _followed(pieces, x, some, prediction.index, best)
        given_up += cut
        if reach < best:
            best, found = reach, some[line]
        start, together = start + together, 4 * together
    if not np.isfinite(best):
        return None, given_up
    place, way = found
    return _verified(only, place, best * way, prediction), given_up


def _promising(pieces: Pieces, x: Doubles, index: int) -> list[tuple[int, float]]:
    """Return the lines along all inputs, by place and way, first those on which it would flip
    first if there were no kinks."""
    lines = [(place, way) for place in range(len(x)) for way in (1.0, -1.0)]
    reaches = []
    for start in range(0, len(lines), pieces.together):
        ways = _ways(lines[start : start + pieces.together], len(x))
        along = pieces.along(np.broadcast_to(x, ways.shape), ways)
        reaches.append(_until_other(pieces.network, along.z, along.dz, index))
    order = np.concatenate(reaches).argsort(kind="stable")
    return [lines[place] for place in order.tolist()]


def _ways(lines: Sequence[tuple[int, float]], size: int) -> Doubles:
    """Return a step along each line."""
    ways = np.zeros((len(lines), size))
    for line, (place, way) in enumerate(lines):
        ways[line, place] = way
    return ways


def _followed(
    pieces: Pieces, x: Doubles, lines: Sequence[tuple[int, float]], index: int, best: float
) -> tuple[float, int, int]:
    """Return how far the first flip on any of some lines is, if nearer than `best`, and on which
    line; and how many lines were given up."""
    steps = _ways(lines, len(x))
    alive = np.arange(len(lines))
    gone = np.zeros(len(lines))
    winner = -1
    for _ in range(MOST_PIECES):
        ways = steps[alive]
        along = pieces.along(x + gone[alive, np.newaxis] * ways, ways)
        to = _until_other(pieces.network, along.z, along.dz, index)
        flips = to <= along.ahead
        reach = np.where(flips, gone[alive] + to, np.inf)
        nearest = int(reach.argmin())
        if reach[nearest] < best:
            best, winner = float(reach[nearest]), int(alive[nearest])
        gone[alive] += np.maximum(along.ahead, _LEAST_STEP * (1.0 + gone[alive]))
        alive = alive[~flips & (gone[alive] < best)]
        if not len(alive):
            break
    return (best if winner >= 0 else np.inf), winner, len(alive)


def _until_other(network: Network, z: Doubles, dz: Doubles, index: int) -> Doubles:
    """Return how far it is until another class than `index` has the larger z; infinity where it
    never has, on the piece that lies ahead. One sigmoid neuron tells class 1 where z is over 0."""
    if network.one_decides:
        sign = 1.0 if index else -1.0
        lead, change = sign * z, sign * dz
    else:
        others = np.delete(np.arange(z.shape[1]), index)
        lead = z[:, index : index + 1] - z[:, others]
        change = dz[:, index : index + 1] - dz[:, others]
    to = np.divide(-lead, change, out=np.full(lead.shape, np.inf), where=change < 0.0)
    to[lead < 0.0] = 0.0
    nearest: Doubles = np.maximum(to, 0.0).min(axis=1)
    return nearest


def _verified(only: Trace, place: int, change: float, before: Prediction) -> Flip:
    """Run the net with the input changed: by as little more as its rounding asks for."""
    row = only.input.copy()
    start = row[0, place]
    meant = row.dtype.type(float(start) + change)
    nudge = float(np.spacing(np.abs(np.maximum(np.abs(meant), np.abs(start)))))
    sign = 1.0 if change > 0.0 else -1.0
    extra = 0.0
    while extra <= 0.01 * abs(change) + 64.0 * nudge:
        row[0, place] = float(start) + change + sign * extra
        (after,) = predict(forward(only.network, row))
        if after is not None and after.index != before.index:
            return Flip(place, change, float(row[0, place]), after)
        extra = 2.0 * extra or nudge
    return Flip(place, change, float(meant), None)
