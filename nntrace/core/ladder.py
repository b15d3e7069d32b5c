"""How well each layer alone tells classes apart: a linear probe on its activations.

The probe is ridge regression of one-hot targets, solved in closed form, so that nothing is trained
by steps and nothing depends on a learning rate. It is fitted to one part of the rows and tested on
the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from nntrace.core.classes import Classes, classes_of
from nntrace.core.forward import Trace
from nntrace.core.network import Array
from nntrace.core.neurons import Neuron, name_of
from nntrace.errors import InputError, UsageError, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
Indices: TypeAlias = "NDArray[np.int64]"

HELD_OUT = 0.5  # of each class, rounded down, but at least one row
SURE = 1.959963984540054  # standard deviations on either side that hold 95 % of a normal value
MOST_CLASSES = 1000  # a number of the row is no class, and probes of so many take minutes
PENALTIES = tuple(10.0**power for power in range(2, -7, -1))  # tried, the strongest first
ROUNDING = 1e-9  # what machines may differ by; scores and errors so close are taken for equal
FAR = 1e100  # standard deviations; a row farther off is taken to be here, so that none is infinite


class Rung(NamedTuple):
    """What one layer knows: `correct` of `tested` held-out rows were told right by its probe.

    `low` and `high` are the ends of the 95 % interval of the accuracy. `separation` is the share of
    the variance of its activations that lies between the classes, from 0 to 1. `penalty` is the
    strength of the probe's ridge, λ over the number of training rows.
    """

    layer: str
    size: int
    correct: int
    tested: int
    low: float
    high: float
    separation: float
    penalty: float

    @property
    def accuracy(self) -> float:
        """The share of the held-out rows that were told right."""
        return self.correct / self.tested


class Ladder(NamedTuple):
    """The input and the layers in order, each with what a linear probe finds in it alone.

    `train` and `test` are row numbers from 0. `chance` is the accuracy of always saying the class
    that most held-out rows have.
    """

    classes: Classes
    train: Indices
    test: Indices
    seed: int
    chance: float
    rungs: tuple[Rung, ...]


def ladder(trace: Trace, classes: Classes | Sequence[object], seed: int = 0) -> Ladder:
    """Measure how well the input and every layer alone tell the classes of the rows apart.

    `classes` has one class a row, by index or simply by name. The seed decides which half of each
    class is held out. For the input (as the first layer is given it) and each layer's `a`:

    - A ridge regression W = (ZᵀZ + λI)⁻¹ Zᵀ Y of one-hot targets Y on standardised activations Z,
      both centred by the training rows, says the class with the largest Z W + mean of Y (Hoerl and
      Kennard, Ridge Regression, Technometrics 12, 1970). λ is the one of PENALTIES, times the
      number of training rows, with the least squared error on rows that were left out of the
      training part one by one, which the leverages give in closed form (Allen, The Relationship
      Between Variable Selection and Data Augmentation, Technometrics 16, 1974).
    - The interval of the accuracy is Wilson's, see `wilson`; the separation is that of `separation`
      over all rows.

    All of it is computed in float64. Raises InputError for a number that is not finite, fewer than
    two classes or more than MOST_CLASSES, or a class with a single row; UsageError where rows and
    classes differ in number.
    """
    if not isinstance(classes, Classes):
        classes = classes_of(classes)
    _check(trace, classes)
    train, test = split(classes, seed)
    known, asked = classes.of_rows[train], classes.of_rows[test]
    rungs = []
    for name, values in _stages(trace):
        penalty, told = probe(values[train], known, values[test], len(classes.names))
        correct = int((told == asked).sum())
        low, high = wilson(correct, len(test))
        share = separation(values, classes.of_rows)
        size = values.shape[1]
        rungs.append(Rung(name, size, correct, len(test), low, high, share, penalty))
    chance = float(np.bincount(asked).max()) / len(test)
    return Ladder(classes, train, test, seed, chance, tuple(rungs))


def split(classes: Classes, seed: int) -> tuple[Indices, Indices]:
    """Return the rows to learn from and the rows to test on, each in ascending order.

    Of each class, HELD_OUT are tested on, and at least one is on either side. The same seed splits
    alike on every machine: NumPy promises the raw stream of PCG64.
    """
    drawn = np.argsort(np.random.PCG64(seed).random_raw(len(classes.of_rows)), kind="stable")
    held: list[int] = []
    for index in range(len(classes.names)):
        own = drawn[classes.of_rows[drawn] == index]
        held += own[: max(1, int(HELD_OUT * len(own)))].tolist()
    test = np.array(sorted(held), dtype=np.int64)
    return np.setdiff1d(np.arange(len(drawn)), test), test


def probe(known: Array, classes: Indices, asked: Array, count: int) -> tuple[float, Indices]:
    """Fit a ridge probe to known rows × neurons, and return its penalty and the classes it tells.

    `classes` has that of each known row, below `count`; `asked` is rows × neurons. Scores that
    are equal but for rounding go to the first class.
    """
    scale = _scale_of(known)
    z = scale.applied(known)
    targets = np.eye(count)[classes]
    shares = targets.mean(axis=0)
    targets -= shares
    axes, strengths = _principal(z)
    along = z @ axes
    squares, shadow = along**2, along.T @ targets
    rows = len(z)
    chosen, least = PENALTIES[0], np.inf
    for penalty in PENALTIES:
        damped = strengths + penalty * rows
        residual = targets - along @ (shadow / damped[:, np.newaxis])
        free = 1 - 1 / rows - squares @ (1 / damped)  # 1 - leverage
        error = float(np.sum((residual / np.maximum(free, 1e-12)[:, np.newaxis]) ** 2))
        if error < least * (1 - ROUNDING):
            chosen, least = penalty, error
    weights = axes @ (shadow / (strengths + chosen * rows)[:, np.newaxis])
    scores = scale.applied(asked) @ weights + shares
    return chosen, np.round(scores / ROUNDING).argmax(axis=1)


def separation(values: Array, classes: Indices) -> float:
    """Return the share of the variance of rows × neurons that lies between the class means.

    It is the correlation ratio η², the sum of squares between class means over that around the
    common mean (Fisher, Statistical Methods for Research Workers, 1925, §45), averaged over the
    neurons that do not always give the same: 0 where the classes have the same means, 1 where each
    class always gives the same numbers. 0 where no neuron varies.
    """
    scale = _scale_of(values)
    z = scale.applied(values)[:, scale.spread > 0]
    if not z.size:
        return 0.0
    counts = np.bincount(classes)
    sums = np.eye(len(counts))[classes].T @ z
    present = counts > 0
    between = (sums[present] ** 2 / counts[present, np.newaxis]).sum(axis=0)
    return min(1.0, float(np.mean(between / (z**2).sum(axis=0))))


def wilson(correct: int, tested: int) -> tuple[float, float]:
    """Return the ends of the 95 % interval of a share: which true shares the count may come from.

    E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, Journal of
    the American Statistical Association 22, 1927, 209-212: without correction for continuity.
    """
    square = SURE * SURE
    middle = correct + square / 2
    half = SURE * sqrt(correct * (tested - correct) / tested + square / 4)
    low = (middle - half) / (tested + square) if correct else 0.0
    high = (middle + half) / (tested + square) if correct < tested else 1.0
    return low, high


def _check(trace: Trace, classes: Classes) -> None:
    if len(classes.of_rows) != len(trace):
        told = f"{plural(len(trace), 'row')} and {len(classes.of_rows)} classes of rows"
        raise UsageError(f"there are {told}; each row takes one class")
    counts = classes.counts
    present = [name for name, rows in zip(classes.names, counts, strict=True) if rows]
    if len(present) < 2:
        found = f"all rows are of the class '{present[0]}'" if present else "there are no rows"
        raise InputError(f"{found}, a ladder takes two classes or more")
    if len(present) > MOST_CLASSES:
        found = f"there are {len(present)} classes, a ladder takes up to {MOST_CLASSES}"
        raise InputError(f"{found}: name a column that says what a row is")
    alone = [name for name, rows in zip(classes.names, counts, strict=True) if rows == 1]
    if alone:
        each = "one row to learn from and one to test on"
        if len(alone) == 1:
            raise InputError(f"the class '{alone[0]}' has a single row, a class takes {each}")
        told = f"{len(alone)} of {len(present)} classes have a single row, such as '{alone[0]}'"
        raise InputError(f"{told}; a class takes {each}")
    for name, values in _stages(trace):
        finite = np.isfinite(values)
        if not finite.all():
            row, index = np.argwhere(~finite)[0].tolist()
            place = name_of(trace.network, Neuron(name, index))
            value = {"inf": "infinite", "-inf": "minus infinite"}.get(
                str(values[row, index]), "not a number"
            )
            raise InputError(f"row {row}: {place} is {value}, a probe takes finite numbers")


def _stages(trace: Trace) -> Iterator[tuple[str, Array]]:
    yield "input", trace.x
    for part in trace.layers:
        yield part.name, part.a


class _Scale(NamedTuple):
    """How columns are standardised: (value / unit - centre) / spread; spread 0 is no column."""

    unit: Floats  # the largest of the column, so that no square overflows
    centre: Floats
    spread: Floats

    def applied(self, values: Array) -> Floats:
        """Return values in standard deviations from the mean, 0 in columns that do not vary."""
        varied = self.spread > 0
        with np.errstate(all="ignore"):
            shares = values.astype(np.float64) / self.unit
            z = np.clip((shares - self.centre) / np.where(varied, self.spread, 1), -FAR, FAR)
        z[:, ~varied] = 0
        return z


def _scale_of(values: Array) -> _Scale:
    largest = np.abs(values.astype(np.float64)).max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)
    shares = values / unit
    spread = shares.std(axis=0)
    spread[spread <= 16 * np.finfo(values.dtype).eps] = 0  # rounding alone
    return _Scale(unit, shares.mean(axis=0), spread)


def _principal(z: Floats) -> tuple[Floats, Floats]:
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
