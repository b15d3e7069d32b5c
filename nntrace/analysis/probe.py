"""A linear probe: multinomial logistic regression, whose penalty is chosen among its own rows.

It is what the field reads layers with (Alain and Bengio, Understanding intermediate layers using
linear classifier probes, arXiv 1610.01644): a judge who can only weigh and add.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nntrace.analysis.newton import downhill, finished
from nntrace.core.arrays import Array, Doubles, Indices

PENALTIES = tuple(10.0**power for power in range(1, -7, -1))  # tried, the strongest first
FOLDS = 3  # shares of the rows, each of which is left out in turn while a penalty is chosen
CLOSE, CLOSER = 1e-2, 1e-10  # part of the loss that is left to gain: while choosing, in the end
TIE = 1e-4  # scores closer than this are equal, so that machines agree on which class it is
FAR = 1e100  # standard deviations; a row farther off is taken to be here, so that none is infinite

_REMEMBERED = 8  # steps of L-BFGS
_TRUSTED = 5  # steps, before which the curvature is too little known to say what is left
_MOST_STEPS = 2000


class Fitted(NamedTuple):
    """A probe: scores are z @ weights + bias, with z in standard deviations of its rows.

    `weights` is neurons × classes; `penalty` is the strength of its ridge, λ.
    """

    scale: Scale
    weights: Doubles
    bias: Doubles
    penalty: float

    def told(self, values: Array) -> Indices:
        """Return the class of each row of rows × neurons; of equal scores, that of the first."""
        scores = self.scale.applied(values) @ self.weights + self.bias
        best = scores.max(axis=1, keepdims=True)
        first: Indices = np.argmax(scores >= best - TIE, axis=1)
        return first


def probe(known: Array, classes: Indices, count: int, penalty: float | None = None) -> Fitted:
    """Fit a probe to known rows × neurons, all finite; `classes` has that of each, below `count`.

    Of all weights W and biases b, these minimise

        mean over rows of -log softmax(z W + b)[class] + λ/2 ΣW²

    where z are the rows, standardised by their own mean and standard deviation; scikit-learn's
    LogisticRegression calls λ 1 / (C · rows). Without a `penalty`, λ is the one of PENALTIES whose
    mean loss is least on rows left out: FOLDS parts, alike in their classes, in turn; of equal ones
    the strongest. All of it is computed in float64, from the largest variance to the smallest
    direction (principal components), of which there are never more than rows.
    """
    scale = scale_of(known)
    z = scale.applied(known)
    axes, strengths = _principal(z)
    along = z @ axes
    curvature = strengths / (2 * len(z))  # never less than that of the loss (Böhning, 1992)
    start = np.zeros((len(strengths) + 1, count))
    if penalty is None:
        penalty, start = _chosen(along, classes, curvature, start)
    found = finished(along, classes, penalty, start, CLOSER)
    return Fitted(scale, axes @ found[:-1], found[-1], penalty)


def _chosen(
    along: Doubles, classes: Indices, curvature: Doubles, start: Doubles
) -> tuple[float, Doubles]:
    """Return the best penalty, and weights that are near those of all rows with it."""
    count = start.shape[1]
    folds = []
    fold_of = _dealt(classes)
    for fold in range(FOLDS):
        inside, outside = fold_of != fold, fold_of == fold
        # a class that is left out whole cannot be told, whatever the penalty
        present = np.bincount(classes[inside], minlength=count) > 0
        outside &= present[classes]
        if outside.any() and present.sum() > 1:
            folds.append((inside, outside))
    fitted = [start] * len(folds)
    chosen, best, least = PENALTIES[0], start, np.inf
    for penalty in PENALTIES if folds else ():
        losses = []
        for index, (inside, outside) in enumerate(folds):
            fitted[index] = _fit(
                along[inside], classes[inside], curvature, penalty, fitted[index], CLOSE
            )
            losses.append(_losses(along[outside], classes[outside], fitted[index]))
        loss = float(np.concatenate(losses).mean())
        if loss < least:  # all are tried: with few rows it may rise before it falls
            chosen, best, least = penalty, np.mean(fitted, axis=0), loss
    return chosen, best


def _dealt(classes: Indices) -> Indices:
    """Deal rows out to folds, class by class, so that the folds are alike."""
    fold_of = np.empty(len(classes), np.int64)
    fold_of[np.argsort(classes, kind="stable")] = np.arange(len(classes)) % FOLDS
    return fold_of


def _losses(along: Doubles, classes: Indices, weights: Doubles) -> Doubles:
    """Return the loss of each row: -log of the share that its class gets."""
    scores = along @ weights[:-1] + weights[-1]
    scores -= scores.max(axis=1, keepdims=True)
    own = scores[np.arange(len(scores)), classes]
    losses: Doubles = np.log(np.exp(scores).sum(axis=1)) - own
    return losses


def _fit(
    along: Doubles,
    classes: Indices,
    curvature: Doubles,
    penalty: float,
    start: Doubles,
    tolerance: float,
) -> Doubles:
    """Return the weights that minimise the loss, and below them the biases, on which none lies."""
    rows = len(along)
    reads = np.concatenate([along, np.ones((rows, 1))], axis=1).T
    own = classes, np.arange(rows)
    ridge = np.full((len(reads), 1), penalty)
    ridge[-1] = 0

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        scores = weights.T @ reads  # classes × rows, along which NumPy adds up fastest
        scores -= scores.max(axis=0)
        right = scores[own].sum()
        np.exp(scores, out=scores)
        sums = scores.sum(axis=0)
        scores /= sums
        scores[own] -= 1  # the slope of the loss
        slopes = reads @ scores.T / rows + ridge * weights
        value = (np.log(sums).sum() - right) / rows + 0.5 * np.vdot(ridge * weights, weights)
        return float(value), slopes

    bound = np.concatenate([curvature + penalty, [0.5]])[:, np.newaxis]
    return minimise(loss, start, bound, tolerance)


def minimise(
    function: Callable[[Doubles], tuple[float, Doubles]],
    start: Doubles,
    curvature: Doubles,
    tolerance: float,
) -> Doubles:
    """Return where a smooth convex function above 0 is least, to within a part of its value.

    The function gives its value and its slopes. `curvature` is about how much they bend along each
    coordinate. Done is what another step would gain less by than the tolerance. L-BFGS with steps
    halved until they pay (Nocedal and Wright, Numerical Optimization, 2006, 7.4 and 3.1).
    """
    place = start
    value, slopes = function(place)
    steps: deque[tuple[Doubles, Doubles, float]] = deque(maxlen=_REMEMBERED)
    for step in range(_MOST_STEPS):
        way = _direction(slopes, steps, curvature)
        descent = float(np.vdot(slopes, way))  # twice what a step gains, if the curvature is right
        if descent <= 0 or (step >= _TRUSTED and descent <= tolerance * value):
            break
        found = downhill(function, place, way, value, descent)
        if found is None:
            break
        there, value_there, slopes_there = found
        moved, bent = there - place, slopes_there - slopes
        product = float(np.vdot(moved, bent))
        if product > 0:
            steps.append((moved, bent, 1 / product))
        place, value, slopes = there, value_there, slopes_there
    return place


def _direction(
    slopes: Doubles, steps: deque[tuple[Doubles, Doubles, float]], curvature: Doubles
) -> Doubles:
    way = slopes.copy()
    shares = []
    for moved, bent, inverse in reversed(steps):
        share = inverse * np.vdot(moved, way)
        shares.append(share)
        way -= share * bent
    way /= curvature
    if steps:
        _, bent, inverse = steps[-1]
        way /= inverse * np.vdot(bent / curvature, bent)
    for (moved, bent, inverse), share in zip(steps, reversed(shares), strict=True):
        way += (share - inverse * np.vdot(bent, way)) * moved
    return way


class Scale(NamedTuple):
    """How columns are standardised: (value / unit - centre) / spread; spread 0 is no column."""

    unit: Doubles  # the largest of the column, so that no square overflows
    centre: Doubles
    spread: Doubles

    def applied(self, values: Array) -> Doubles:
        """Return values in standard deviations from the mean, 0 in columns that do not vary."""
        varied = self.spread > 0
        with np.errstate(all="ignore"):
            shares = values.astype(np.float64) / self.unit
            z = np.clip((shares - self.centre) / np.where(varied, self.spread, 1), -FAR, FAR)
        z[:, ~varied] = 0
        return z


def scale_of(values: Array) -> Scale:
    """Return the scale of rows × neurons; what varies by rounding alone does not vary."""
    largest = np.abs(values.astype(np.float64)).max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)
    shares = values / unit
    spread = shares.std(axis=0)
    spread[spread <= 16 * np.finfo(values.dtype).eps] = 0
    return Scale(unit, shares.mean(axis=0), spread)


def _principal(z: Doubles) -> tuple[Doubles, Doubles]:
    """Return the directions in which rows × neurons spread, and the sum of squares along each.

    Found in the smaller of ZᵀZ and ZZᵀ; those without any spread are left out.
    """
    rows, size = z.shape
    if size <= rows:
        strengths, axes = np.linalg.eigh(z.T @ z)
    else:
        strengths, sides = np.linalg.eigh(z @ z.T)
        axes = z.T @ sides
        lengths = np.linalg.norm(axes, axis=0)
        axes = axes / np.where(lengths > 0, lengths, 1.0)
    spread = strengths > 1e-12 * max(float(strengths[-1]), 1e-300)
    return axes[:, spread], strengths[spread]
