"""Why the classes of examples are wrong, where no value is expected beside them.

A class tells little: many changes give the one of an example. So only the changes are tried that
people run into most, and one counts only where it gives the class of every example, and so many
were wrong before, of several classes, that hardly any of those tried would by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from nntrace.analysis.causes import inputs, layout, weights
from nntrace.analysis.causes.cause import EXACT, Candidate, Cause, Finder, Suspect
from nntrace.analysis.diff.compare import Tolerances
from nntrace.analysis.examples import Verdict, WrongClass
from nntrace.analysis.prediction import decide_of
from nntrace.core.arrays import Array
from nntrace.core.network import Network
from nntrace.core.rows import fitted
from nntrace.core.walk import walk
from nntrace.core.watched import INPUT, Change, Walked
from nntrace.errors import NntraceError

FINDERS: tuple[Finder, ...] = (
    layout.flatten_order,
    weights.transposed_weights,
    layout.swapped_layers,
)
OF_INPUT: tuple[Finder, ...] = (
    inputs.missing_normalisation,
    inputs.normalised_twice,
    inputs.channel_order,
    inputs.input_scale,
)
CHANCE = 0.1  # at most this many of the changes may give all classes by chance
CALLED = "the net", "what is expected"  # the two sides
MOST_TOLD = 3
MOST_ROWS = 64


def causes_of_classes(network: Network, verdicts: Sequence[Verdict]) -> list[Cause]:
    """Return what would give each example the class that it expects; nothing where too few were
    wrong to tell, or where many changes would."""
    found = _Classes(network, [v for v in verdicts if _class_of(v) is not None][:MOST_ROWS])
    if not found.evidence:
        return []
    with np.errstate(all="ignore"):
        told = found.permuted() or found.causes()
    return told if len(told) <= MOST_TOLD else []


def _class_of(verdict: Verdict) -> int | None:
    return None if verdict.example.expect is None else verdict.example.expect.class_index


class _Classes:
    """Examples that expect a class, and what a net makes of them."""

    def __init__(self, network: Network, verdicts: Sequence[Verdict]) -> None:
        self.verdicts = verdicts
        self.wanted = np.array([_class_of(verdict) for verdict in verdicts], np.intp)
        failed = [any(isinstance(f, WrongClass) for f in v.failures) for v in verdicts]
        self.wrong = np.array(failed, bool)
        sizes = {verdict.example.input.shape for verdict in verdicts}
        self.given = network, sizes

    @cached_property
    def fit(self) -> tuple[Network, Array] | None:
        """The net for the examples, and these as it takes them; None where they are of several
        lengths."""
        network, sizes = self.given
        if len(sizes) != 1:
            return None
        return fitted(network, np.array([v.example.input for v in self.verdicts]))

    def permuted(self) -> list[Cause]:
        """Tell whether the classes stand in another order: each that is predicted is always the
        same other one."""
        network, _ = self.given
        predicted = [verdict.prediction for verdict in self.verdicts]
        if network.one_decides or any(each is None for each in predicted):
            return []
        pairs = [
            (each.index, wanted)
            for each, wanted in zip(predicted, self.wanted.tolist(), strict=True)
            if each is not None
        ]
        there = dict(pairs)
        if any(there[one] != two for one, two in pairs) or len({*there.values()}) < len(there):
            return []
        if len(there) < 2 or not self._telling(len(pairs) - len(there), 1, network.answers):
            return []
        told = ", ".join(f"{one} is {two}" for one, two in sorted(there.items()) if one != two)
        detail = f"the classes stand in another order: {told}"
        return [Cause("swapped_neurons", network.output.name, detail, 0.0)]

    def causes(self) -> list[Cause]:
        """Return each change that gives every example its class."""
        if self.fit is None:
            return []
        network, rows = self.fit
        candidates = [*self._candidates(network, rows)]
        if not self._telling(self.evidence, len(candidates), network.answers):
            return []
        one = int(np.flatnonzero(self.wrong)[0])
        hits = [
            each
            for each in candidates
            if self._right(network, rows, each, [one])
            and self._right(network, rows, each, [*range(len(rows))])
        ]
        told = {(each.kind, each.layer): each for each in reversed(hits)}
        return [Cause(each.kind, each.layer, each.detail, 0.0) for each in reversed(told.values())]

    @property
    def evidence(self) -> int:
        """How many examples were wrong that do not expect the class which most do: a net that gives
        all of them that one would be right in those too."""
        most = np.bincount(self.wanted).argmax() if len(self.wanted) else -1
        return int((self.wrong & (self.wanted != most)).sum())

    def _telling(self, count: int, tried: int, classes: int) -> bool:
        """Whether so many examples would hardly all come right by chance."""
        return tried * float(max(2, classes)) ** -count <= CHANCE

    def _candidates(self, network: Network, rows: Array) -> Iterator[Candidate]:
        for step in walk(network, rows):
            suspect = _suspect(network, step)
            first = OF_INPUT if INPUT in step.layer.reads else ()
            for finder in (*first, *FINDERS):
                try:
                    yield from (each for each in finder(suspect) if each.exactness == EXACT)
                except (NntraceError, ValueError):  # of what a graph computes, as it cannot here
                    continue

    def _right(
        self, network: Network, rows: Array, candidate: Candidate, places: Sequence[int]
    ) -> bool:
        """Whether some examples have their classes once a change is made."""
        output = _output(network, rows[list(places)], candidate.changes)
        if output is None:
            return False
        decisions = decide_of(network, output.reshape(len(places), -1))
        return decisions is not None and bool(
            np.array_equal(decisions.indices, self.wanted[list(places)])
        )


def _output(network: Network, rows: Array, changes: Mapping[str, Change]) -> Array | None:
    """Return what a net gives in the end with a change of it; None where it does not fit."""
    try:
        steps = walk(network, rows, changes)
        return next((step.a for step in steps if step.layer.name == network.output.name), None)
    except (NntraceError, ValueError, TypeError, IndexError):  # what does not fit is no cause
        return None


def _suspect(network: Network, step: Walked) -> Suspect:
    """Return a layer of which nothing is known but what the net itself does."""
    layer, reads, z, a = step
    return Suspect(network, layer, reads, z, a, None, None, None, True, Tolerances(), *CALLED)
