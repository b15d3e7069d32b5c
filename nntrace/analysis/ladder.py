"""How well each layer alone tells classes apart: a linear probe on its activations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from nntrace.analysis.classes import Classes, classes_of
from nntrace.analysis.intervals import of_accuracy, of_difference
from nntrace.analysis.probe import probe, scale_of
from nntrace.analysis.stages import (
    MOST_NUMBERS,
    PROJECTED,
    Stage,
    called,
    left_out,
    projected,
    stages,
)
from nntrace.core.arrays import Array, Doubles, Flags, Indices
from nntrace.core.forward import Trace
from nntrace.errors import InputError, UsageError, plural

Split: TypeAlias = "tuple[Indices, Indices]"  # the rows to learn from, and those to test on
Traced: TypeAlias = "Trace | Sequence[Trace]"  # of texts of several lengths there are several

SPLITS = 20  # a seed alone must not decide
HELD_OUT = 1 / 3  # of each class, rounded down, but at least one row
MOST_ROWS = 3000  # of a split; of more, each split draws its own, or probes take minutes
MOST_PRACTICE = 10_000
MOST_CLASSES = 1000  # a number of the row is no class, and probes of so many take minutes


class Rung(NamedTuple):
    """What one layer knows: the `accuracy` of its probe on held-out rows, averaged over splits.

    `low` and `high` are the ends of its 95 % interval. `separation` is the share of the variance of
    its activations that lies between the classes, from 0 to 1. `penalty` is the strength λ of the
    probe's ridge, the middle one of the splits'.

    `size` counts the numbers of a row that are read, the `last` token's where it says so; of more
    than MOST_NUMBERS, the probe is given a random projection onto `projected`, else None.
    """

    layer: str
    size: int
    accuracy: float
    low: float
    high: float
    separation: float
    penalty: float
    last: bool = False
    projected: int | None = None


class Comparison(NamedTuple):
    """How much better one rung's probe is than a `lower` rung's, on the same splits.

    `difference` is that of the accuracies, `low` and `high` are the ends of its interval; the
    intervals of all comparisons of a ladder hold at once in 95 of 100 cases.
    """

    rung: str
    lower: str
    difference: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether the two surely differ: a difference within the interval of 0 is none."""
        return self.low > 0 or self.high < 0


class Ladder(NamedTuple):
    """The input and the layers in order, each with what a linear probe finds in it alone.

    `classes` are those of the rows that are tested; of them, each of `splits` times, `trained` were
    learned from and `tested` others tested on, or, where there were rows for practice, all were
    tested. `chance` is the accuracy of always saying the class that most tested rows have.
    `comparisons` has each rung with the input, and with the rung before it where that is another.
    `left_out` names layers without a rung, see `stages`.
    """

    classes: Classes
    splits: int
    trained: int
    tested: int
    practice: bool
    seed: int
    chance: float
    rungs: tuple[Rung, ...]
    comparisons: tuple[Comparison, ...]
    left_out: tuple[str, ...] = ()


def ladder(
    trace: Traced,
    classes: Classes | Sequence[object],
    seed: int = 0,
    *,
    practice: tuple[Traced, Classes | Sequence[object]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Ladder:
    """Measure how well the input and every layer alone tell the classes of the rows apart.

    `classes` has one class a row, by index or simply by name. For the input (as the first layer is
    given it) and each layer's `a`, a multinomial logistic regression, see `probe`, learns from some
    rows and is tested on others: SPLITS times, with a third of each class held out, see
    `splits_of`. With rows for `practice`, a trace and its classes, it learns from those (of more
    than MOST_PRACTICE, from so many) and is tested once, on all rows of `trace`. For the intervals
    see `of_accuracy` and `of_difference`; the separation is that of `separation` over all rows of
    `trace`. For what is read of layers of many numbers, or of tokens, see `stages`; of texts of
    several lengths, there are several traces, whose rows follow each other.

    `progress` is told, after each probe, how many are done and how many there are. All of it is
    computed in float64. Raises InputError for a number that is not finite, fewer than two classes
    or more than MOST_CLASSES, or a class without a row to learn from or, without practice, to test
    on; UsageError where rows and classes differ in number.
    """
    tests = _several(trace)
    learning, target, known = _told_apart(tests, classes, practice)
    count = _count(tests)
    splits = [_practised(_count(learning), count, seed)] if practice else splits_of(target, seed)
    trained, tested = len(splits[0][0]), len(splits[0][1])
    network = tests[0].network
    ratio, steps = tested / trained, len(network.layers) - len(left_out(network))
    rungs: list[Rung] = []
    comparisons: list[Comparison] = []
    below: list[tuple[Rung, _Measured]] = []  # the input, and the layer before
    for done, (stage, other_stage) in enumerate(zip(stages(tests), stages(learning), strict=True)):
        name, values = stage.name, _given(stage, seed)
        practised = values if learning is tests else _given(other_stage, seed)
        measured = _Measured([], np.zeros(count), np.zeros(count), [])
        for train, test in splits:
            fitted = probe(practised[train], known.of_rows[train], len(known.names))
            measured.add(test, fitted.told(values[test]) == target.of_rows[test], fitted.penalty)
            if progress:
                progress(done * len(splits) + len(measured.splits), (1 + steps) * len(splits))
        shares, rows = np.array(measured.splits), measured.rows
        rung = Rung(
            name,
            stage.size,
            float(shares.mean()),
            *of_accuracy(shares, ratio, len(rows)),
            separation(stage.values, target.of_rows),
            sorted(measured.penalties)[len(splits) // 2],
            stage.last,
            PROJECTED if stage.size > MOST_NUMBERS else None,
        )
        for lower, other in below:
            differences = shares - np.array(other.splits)
            ends = of_difference(differences, ratio, rows - other.rows, 2 * steps - 1)
            comparisons.append(Comparison(name, lower.layer, float(differences.mean()), *ends))
        rungs.append(rung)
        below = [*below[:1], (rung, measured)]
    return Ladder(
        classes=target,
        splits=len(splits),
        trained=trained,
        tested=tested,
        practice=practice is not None,
        seed=seed,
        chance=float(np.mean([_most(target.of_rows[test]) for _, test in splits])),
        rungs=tuple(rungs),
        comparisons=tuple(comparisons),
        left_out=left_out(network),
    )


def _several(traced: Traced) -> Sequence[Trace]:
    return [traced] if isinstance(traced, Trace) else traced


def _count(traces: Sequence[Trace]) -> int:
    return sum(map(len, traces))


def _given(stage: Stage, seed: int) -> Array:
    """Return what the probe is given: the numbers themselves, or of many a projection."""
    return projected(stage.values, seed) if stage.size > MOST_NUMBERS else stage.values


class _Measured(NamedTuple):
    """How a layer's probes did: in each split, and with each row."""

    splits: list[float]
    right: Doubles
    turns: Doubles  # how often each row was tested
    penalties: list[float]

    def add(self, test: Indices, right: Flags, penalty: float) -> None:
        self.splits.append(float(right.mean()))
        self.right[test] += right
        self.turns[test] += 1
        self.penalties.append(penalty)

    @property
    def rows(self) -> Doubles:
        """How often each row was told right, of those that were ever tested, from 0 to 1."""
        ever = self.turns > 0
        shares: Doubles = self.right[ever] / self.turns[ever]
        return shares


def splits_of(classes: Classes, seed: int) -> list[Split]:
    """Return SPLITS times the rows to learn from and the rows to test on, each in ascending order.

    Of each class, HELD_OUT are tested on, and at least one is on either side. Of more rows than
    MOST_ROWS, about so many are drawn anew each time, alike in their classes. The same seed splits
    alike on every machine: NumPy promises the raw stream of PCG64.
    """
    stream = np.random.PCG64(seed)
    rows = len(classes.of_rows)
    share = min(1.0, MOST_ROWS / rows)
    splits = []
    for _ in range(SPLITS):
        drawn = _drawn(stream, rows)
        own = drawn[np.argsort(classes.of_rows[drawn], kind="stable")]  # class by class
        train, test, start = [], [], 0
        for count in classes.counts:
            held = max(1, int(HELD_OUT * share * count))
            kept = max(1, round(share * count) - held)
            test.append(own[start : start + min(held, count)])
            train.append(own[start + held : min(start + held + kept, start + count)])
            start += count
        splits.append((np.sort(np.concatenate(train)), np.sort(np.concatenate(test))))
    return splits


def _practised(learning: int, tested: int, seed: int) -> Split:
    drawn = _drawn(np.random.PCG64(seed), learning)[:MOST_PRACTICE]
    return np.sort(drawn), np.arange(tested)


def _drawn(stream: np.random.PCG64, rows: int) -> Indices:
    return np.argsort(stream.random_raw(rows), kind="stable")


def _most(classes: Indices) -> float:
    return float(np.bincount(classes).max() / len(classes))


def separation(values: Array, classes: Indices) -> float:
    """Return the share of the variance of rows × neurons that lies between the class means.

    It is the correlation ratio η², the sum of squares between class means over that around the
    common mean (Fisher, Statistical Methods for Research Workers, 1925, §45), averaged over the
    neurons that do not always give the same: 0 where the classes have the same means, 1 where each
    class always gives the same numbers. 0 where no neuron varies.
    """
    counts = np.bincount(classes)
    present, each = counts > 0, np.eye(len(counts))[classes].T
    shares = []
    for start in range(0, values.shape[1], MOST_NUMBERS):  # at a time: as float64 they are large
        some = values[:, start : start + MOST_NUMBERS]
        scale = scale_of(some)
        z = scale.applied(some)[:, scale.spread > 0]
        between = ((each @ z)[present] ** 2 / counts[present, np.newaxis]).sum(axis=0)
        shares.append(between / (z**2).sum(axis=0))
    told = np.concatenate(shares)
    return min(1.0, float(np.mean(told))) if told.size else 0.0


def _told_apart(
    traces: Sequence[Trace],
    classes: Classes | Sequence[object],
    practice: tuple[Traced, Classes | Sequence[object]] | None,
) -> tuple[Sequence[Trace], Classes, Classes]:
    """Return the traces to learn from, and the classes of both by the same names, all checked."""
    if practice is None:
        target = classes if isinstance(classes, Classes) else classes_of(classes)
        _check_rows(traces, target)
        _check_classes(target)
        return traces, target, target
    learning, own = _several(practice[0]), practice[1]
    names, practised = _names(classes), _names(own)
    for rows, each in ((traces, names), (learning, practised)):
        if len(each) != _count(rows):
            raise _mismatch(_count(rows), len(each))
    both = classes_of([*names, *practised])
    target = Classes(both.names, both.of_rows[: len(names)])
    known = Classes(both.names, both.of_rows[len(names) :])
    _check_rows(traces, target)
    _check_rows(learning, known, "row {} for practice")
    _check_number([name for name, rows in zip(both.names, known.counts, strict=True) if rows])
    unlearned = [
        name
        for name, rows, tested in zip(both.names, known.counts, target.counts, strict=True)
        if tested and not rows
    ]
    if unlearned:
        raise InputError(f"the class '{unlearned[0]}' has no row for practice, takes one at least")
    return learning, target, known


def _names(classes: Classes | Sequence[object]) -> list[object]:
    if isinstance(classes, Classes):
        return [classes.names[index] for index in classes.of_rows.tolist()]
    return list(classes)


def _mismatch(rows: int, classes: int) -> UsageError:
    told = f"{plural(rows, 'row')} and {classes} classes of rows"
    return UsageError(f"there are {told}; each row takes one class")


def _check_classes(classes: Classes) -> None:
    counts = classes.counts
    present = [name for name, rows in zip(classes.names, counts, strict=True) if rows]
    _check_number(present)
    alone = [name for name, rows in zip(classes.names, counts, strict=True) if rows == 1]
    if alone:
        each = "one row to learn from and one to test on"
        if len(alone) == 1:
            raise InputError(f"the class '{alone[0]}' has a single row, a class takes {each}")
        told = f"{len(alone)} of {len(present)} classes have a single row, such as '{alone[0]}'"
        raise InputError(f"{told}; a class takes {each}")


def _check_number(present: Sequence[str]) -> None:
    if len(present) < 2:
        found = f"all rows are of the class '{present[0]}'" if present else "there are no rows"
        raise InputError(f"{found}, a ladder takes two classes or more")
    if len(present) > MOST_CLASSES:
        found = f"there are {len(present)} classes, a ladder takes up to {MOST_CLASSES}"
        raise InputError(f"{found}: name a column that says what a row is")


def _check_rows(traces: Sequence[Trace], classes: Classes, which: str = "row {}") -> None:
    if len(classes.of_rows) != _count(traces):
        raise _mismatch(_count(traces), len(classes.of_rows))
    for stage in stages(traces):
        finite = np.isfinite(stage.values)
        if not finite.all():
            row, column = np.argwhere(~finite)[0].tolist()
            place = called(traces, stage, row, column)
            value = {"inf": "infinite", "-inf": "minus infinite"}.get(
                str(stage.values[row, column]), "not a number"
            )
            told = f"{which.format(row)}: {place} is {value}"
            raise InputError(f"{told}, a probe takes finite numbers")
