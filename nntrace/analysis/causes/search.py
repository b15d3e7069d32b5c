"""Why two sides part: one change at a time is tried, and what follows from it is run again.

A change is a cause where all that follows agrees with b after it. What explains as much in another
way stands beside it; what is only less exact does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from nntrace.analysis.causes.cause import (
    EXACT,
    LAST,
    LOOSE,
    ROUNDED,
    Candidate,
    Cause,
    Suspect,
)
from nntrace.analysis.causes.table import FINDERS, OF_INPUT
from nntrace.analysis.causes.trial import Trial, apart
from nntrace.analysis.causes.types import in_types, rounded_model, rounded_weights
from nntrace.analysis.diff.difference import Compared, Difference
from nntrace.analysis.diff.matching import Pair
from nntrace.analysis.diff.sides import NetSide
from nntrace.core.arrays import Array
from nntrace.core.layer import Layer
from nntrace.core.recorded import Place
from nntrace.core.watched import INPUT
from nntrace.errors import NntraceError

MOST_SUSPECTS = 40
SLACK = 256  # roundings by which two causes that explain as much may differ


def causes(found: Difference, a: str = "a", b: str = "b") -> list[Cause]:
    """Return what explains where two sides part, the most exact first; nothing where nothing does.

    Where a is a recorded trace, or no change of a does, b is changed. `a` and `b` are what the two
    are called.
    """
    if found.first is None or found.first.worst is None:
        return []
    with np.errstate(all="ignore"):  # what is tried may be anything
        explained = _Search(found, a, b).causes() if isinstance(found.a, NetSide) else []
        if explained or not isinstance(found.b, NetSide):
            return explained
        turned = _Search(_turned(found), b, a).causes()
    return [cause._replace(layer=_by_name_of_a(found, found.b, cause)) for cause in turned]


def _by_name_of_a(found: Difference, b: NetSide, cause: Cause) -> str | None:
    """Return what a calls the layer of a cause that is a change of b: of two that change places,
    the one that comes first in a."""
    if cause.layer is None:
        return None
    named = {each.pair.b.layer: each.pair.a.layer for each in found.compared}
    names = [cause.layer]
    if cause.kind == "swapped_layers":
        names += [layer.name for layer in b.network.layers if cause.layer in layer.reads]
    order = {place.layer: at for at, place in enumerate(found.a.places)}
    mine = [named[name] for name in names if name in named]
    return min(mine, key=lambda name: order[name], default=cause.layer)


def _turned(found: Difference) -> Difference:
    """Return a difference with its sides in each other's place."""
    compared = [
        each._replace(pair=Pair(each.pair.b, each.pair.a, each.pair.matched))
        for each in found.compared
    ]
    order = {place: at for at, place in enumerate(found.b.places)}
    compared.sort(key=lambda each: order[each.pair.a])
    return replace(
        found,
        a=found.b,
        b=found.a,
        compared=compared,
        alone_a=found.alone_b,
        alone_b=found.alone_a,
    )


class _Search:
    """The search for causes in a net, a, whose numbers b's are not."""

    def __init__(self, found: Difference, mine: str, other: str) -> None:
        self.found, self.trial = found, Trial(found)
        self.mine, self.other = mine, other

    def causes(self) -> list[Cause]:
        """Return what explains the difference, the most exact first."""
        if dtype := self._dtype():  # of all layers, which no change of one explains as well
            return [dtype]
        suspects = list(self._suspects())
        explained: list[tuple[int, Cause]] = []
        late: list[Candidate] = []
        for candidate in self._candidates(suspects):
            if candidate.exactness == EXACT:
                explained += self._tried(candidate)
            else:
                late.append(candidate)
        for exactness in (ROUNDED, LOOSE, LAST):
            if explained:
                break
            for candidate in late:
                if candidate.exactness == exactness:
                    explained += self._tried(candidate)
        return self._ranked(explained)

    # ---- where it may lie ----

    def _suspects(self) -> Iterator[Suspect]:
        """Yield the layer that parts first, and those before it of which b tells nothing."""
        first = self.found.first
        assert first is not None
        known = {each.pair.a: each for each in self.found.compared}
        waiting, seen = [first.pair.a.layer], {INPUT}
        while waiting and len(seen) <= MOST_SUSPECTS:
            name = waiting.pop(0)
            if name in seen:
                continue
            seen.add(name)
            yield self._suspect(name, known)
            for read in self.trial.network.layer(name).reads:
                if read in self.trial.network.places and self._doubtful(read, known):
                    waiting.append(read)

    def _doubtful(self, name: str, known: Mapping[Place, Compared]) -> bool:
        """Whether a layer may be another in b: nothing is known of what it gives there, or that has
        another layer's name, and b has its own as well."""
        z, a = known.get(Place(name, "z")), known.get(Place(name, "a"))
        if a is not None and a.agree:
            return a.pair.b.layer != name and a.pair.b._replace(layer=name) in self.found.b.places
        return z is None or a is None

    def _suspect(self, name: str, known: Mapping[Place, Compared]) -> Suspect:
        step = self.trial.steps[name]
        z, a = known.get(Place(name, "z")), known.get(Place(name, "a"))
        z_b, a_b = self._of_b(name)
        pair = z or a
        return Suspect(
            self.trial.network,
            step.layer,
            step.reads,
            step.z,
            step.a,
            z_b,
            a_b,
            self.found.b.layer(pair.pair.b) if pair else None,
            z is None or not z.agree,
            self.found.tolerances,
            self.mine,
            self.other,
            self.trial.spare,
            any(place.layer != name for place in self.trial.wanted),
            self._partners,
            self.found.b.network,
            self._theirs,
        )

    def _of_b(self, name: str) -> tuple[Array | None, Array | None]:
        """Return what b gives for z and a of a layer; a z that nothing is paired with is what the
        activation makes b's a of."""
        step = self.trial.steps[name]
        z, a = (
            self.trial.wanted[place].reshape(values.shape)
            if place in self.trial.wanted and self.trial.wanted[place].size == values.size
            else None
            for place, values in ((Place(name, "z"), step.z), (Place(name, "a"), step.a))
        )
        if z is not None or a is None:
            return z, a
        if step.layer.activation.kind.identity:
            return a, a
        for values in self.trial.spare.values():
            if values.size == a.size:
                source = values.reshape(a.shape).astype(a.dtype)
                made = np.empty_like(source)
                step.layer.activate(source, made)
                if apart(made, a, self.found.tolerances) is not None:
                    return source, a
        return None, a

    def _theirs(self, name: str) -> tuple[tuple[Array, ...], Array] | None:
        """Return what b reads in a layer, and its z there, where both are known."""
        step = self.trial.steps[name]
        z, _ = self._of_b(name)
        reads = [
            values if read == INPUT else self._of_b(read)[1]
            for read, values in zip(step.layer.reads, step.reads, strict=False)
        ]
        known = tuple(each for each in reads if each is not None)
        return None if z is None or len(known) < len(step.layer.reads) else (known, z)

    @cached_property
    def _partners(self) -> Mapping[str, Layer]:
        """The layers of b by the names of those of a that they belong to."""
        both = (
            (each.pair.a.layer, self.found.b.layer(each.pair.b)) for each in self.found.compared
        )
        return {name: layer for name, layer in both if layer is not None}

    def _candidates(self, suspects: Iterable[Suspect]) -> Iterator[Candidate]:
        for suspect in suspects:
            if suspect.z.dtype.kind != "f":  # counts and choices of a model
                continue
            of_input = OF_INPUT if INPUT in suspect.layer.reads and suspect.z_parts else ()
            for finder in (*of_input, *FINDERS):
                try:
                    yield from finder(suspect)
                except (NntraceError, ValueError):  # of what a graph computes, as it cannot here
                    continue

    # ---- whether it does ----

    def _tried(self, candidate: Candidate) -> Iterator[tuple[int, Cause]]:
        """Yield the cause that a candidate is: in its layer, or everywhere, or not at all."""
        if candidate.net is not None:
            leaves, parts = self.trial.leaves_of(candidate.net()), None
        else:
            leaves, parts = self.trial.leaves(candidate.changes)
        layer = candidate.layer
        if leaves is None and candidate.everywhere is not None and parts != self._first:
            changes = candidate.everywhere()
            if len(changes) > 1:
                leaves, _ = self.trial.leaves(changes)
                layer = None
        detail = candidate.detail
        if leaves is None and candidate.kind == "swapped_neurons" and parts != self._first:
            leaves = self.trial.compensated(candidate)
            detail += ", as what reads them expects"
        if layer is None and leaves is not None:
            detail += ", in all layers of the kind"
        if leaves is not None:
            yield candidate.exactness, Cause(candidate.kind, layer, detail, leaves)

    @cached_property
    def _first(self) -> Place:
        assert self.found.first is not None
        return self.found.first.pair.a

    def _dtype(self) -> Cause | None:
        """Tell whether b is what a is in a smaller type of numbers.

        Nobody rounds in the same order: what is left may be as large as the rounding itself.
        """
        for dtype, side in in_types(self.trial.side):
            eps = float(np.finfo(dtype).eps)
            values = {place: each for place, each in self.trial.wanted.items() if each.size}
            on_grid = all(
                np.array_equal(each, each.astype(dtype).astype(each.dtype), equal_nan=True)
                for each in values.values()
            )
            leaves = self.trial.as_in(side, eps) if on_grid else None
            detail = f"{self.other} is computed in {dtype}"
            if leaves is None:
                detail = f"the weights of {self.other} are rounded to {dtype}"
                leaves = self._rounded(dtype)
            if leaves is not None:
                return Cause("dtype", None, detail, leaves)
        return None

    def _rounded(self, dtype: str) -> float | None:
        """Return what weights leave that are rounded to a smaller type, None where b's are not."""
        if model := rounded_model(self.trial.side, dtype):
            return self.trial.leaves_of(model)
        tried = (self.trial.leaves(each)[0] for each in rounded_weights(self.trial.network, dtype))
        return next((leaves for leaves in tried if leaves is not None), None)

    # ---- which of them ----

    def _ranked(self, explained: list[tuple[int, Cause]]) -> list[Cause]:
        """Return causes, the one that is told first first; one of a kind and a layer."""
        if not explained:
            return []
        best = min(cause.leaves for _, cause in explained)
        size = max(
            float(np.abs(each).max(initial=0.0)) for each in _finite(self.trial.wanted.values())
        )
        floor = best * 100 + SLACK * float(np.finfo(self.trial.network.dtype).eps) * max(1.0, size)
        kept: dict[tuple[str, str | None, str], Cause] = {}
        whole = {cause.layer for _, cause in explained if cause.kind.startswith("softmax")}
        for _, cause in explained:
            if cause.kind == "activation" and cause.layer in whole:
                continue  # of shares, which are from 0 to 1, many give the same
            word = cause.detail.split()[0] if cause.kind == "activation" else ""
            key = (cause.kind, cause.layer, word)
            if cause.leaves <= floor and (key not in kept or cause.leaves < kept[key].leaves):
                kept[key] = cause
        return list(kept.values())


def _finite(values: Iterable[Array]) -> Iterator[Array]:
    return (each[np.isfinite(each)] for each in values)
