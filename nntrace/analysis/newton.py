"""Newton's method for a multinomial logistic regression: a few dear steps to the very end.

L-BFGS comes near for little, and then takes hundreds of steps to where the loss cannot gain any
more; Newton's steps, each found by conjugate gradients, take about ten (Nocedal and Wright,
Numerical Optimization, 2006, 7.1).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nntrace.core.arrays import Doubles, Indices

_MOST_STEPS = 100
_MOST_WITHIN = 300  # of conjugate gradients, in a step
_ROUGH, _FINE = 0.1, 1e-3  # part of the slope that a step leaves: at first, near the end


def finished(
    values: Doubles, classes: Indices, penalty: float, start: Doubles, tolerance: float
) -> Doubles:
    """Return the weights of the least loss, to within the part `tolerance` of it.

    `values` are rows × numbers; `start`, like the result, is numbers × classes, with the biases in
    a row below. The loss is the mean of -log softmax(scores)[class] + penalty/2 ΣW², without
    the biases; the penalty is above 0.
    """
    rows = len(values)
    reads = np.concatenate([values, np.ones((rows, 1))], axis=1)
    own = np.arange(rows), classes
    ridge = np.full((reads.shape[1], 1), penalty)
    ridge[-1] = 0

    def losses(weights: Doubles) -> tuple[float, Doubles]:
        scores = reads @ weights
        scores -= scores.max(axis=1, keepdims=True)
        right = scores[own].sum()
        np.exp(scores, out=scores)
        sums = scores.sum(axis=1, keepdims=True)
        value = (np.log(sums).sum() - right) / rows + 0.5 * np.vdot(ridge * weights, weights)
        return float(value), scores / sums

    place = start
    value, shares = losses(place)
    for _ in range(_MOST_STEPS):
        wrong = shares.copy()
        wrong[own] -= 1
        slopes = reads.T @ wrong / rows + ridge * place
        way = _solved(*_curved(reads, shares, ridge), slopes)
        descent = float(np.vdot(slopes, way))
        found = downhill(losses, place, way, value, descent)
        if found is None:
            break
        place, value, shares = found
        if descent <= tolerance * value:
            break
    return place


def downhill(
    function: Callable[[Doubles], tuple[float, Doubles]],
    place: Doubles,
    way: Doubles,
    value: float,
    descent: float,
) -> tuple[Doubles, float, Doubles] | None:
    """Return the first place against `way`, halving the step, where a function falls enough, and
    what the function gives there: its value, and what comes with it.

    Enough is 1e-4 of what `descent`, the slope along the way, promises (Armijo's rule). None where
    rounding hides what is left to gain.
    """
    length = 1.0
    while length > 1e-9:
        there = place - length * way
        value_there, rest = function(there)
        if value_there <= value - 1e-4 * length * descent:
            return there, value_there, rest
        length /= 2
    return None


def _curved(
    reads: Doubles, shares: Doubles, ridge: Doubles
) -> tuple[Callable[[Doubles], Doubles], Doubles]:
    """Return how the slopes bend along a way, and how much along each coordinate alone."""
    rows = len(reads)

    def bent(way: Doubles) -> Doubles:
        moved = reads @ way
        moved = shares * (moved - (shares * moved).sum(axis=1, keepdims=True))
        along: Doubles = reads.T @ moved / rows + ridge * way
        return along

    alone = (reads**2).T @ (shares * (1 - shares)) / rows + ridge
    return bent, np.maximum(alone, np.finfo(np.float64).tiny)


def _solved(bent: Callable[[Doubles], Doubles], alone: Doubles, slopes: Doubles) -> Doubles:
    """Return the way along which the slopes come to about nothing, by conjugate gradients."""
    way = np.zeros_like(slopes)
    left = slopes.copy()
    size = float(np.linalg.norm(slopes))
    enough = size * max(min(_ROUGH, size**0.5), _FINE)
    scaled = left / alone
    next_way, product = scaled, float(np.vdot(left, scaled))
    for _ in range(_MOST_WITHIN):
        if np.linalg.norm(left) <= enough:
            break
        curved = bent(next_way)
        bend = float(np.vdot(next_way, curved))
        if bend <= 0:  # flat: all biases moved alike change nothing
            break
        share = product / bend
        way += share * next_way
        left -= share * curved
        scaled = left / alone
        before, product = product, float(np.vdot(left, scaled))
        next_way = scaled + product / before * next_way
    return way
