"""Questions made from a learner's own net: one table of their families, and how they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from nntrace.core.forward import Trace
from nntrace.core.network import Network
from nntrace.core.op import Op
from nntrace.core.ops.attention import Mix, Scores
from nntrace.core.ops.conv import Conv
from nntrace.core.ops.pool import Pool
from nntrace.errors import UsageError, unknown
from nntrace.teach.draw import Draw
from nntrace.teach.families import (
    activation,
    attention,
    changes,
    convolution,
    decision,
    maps,
    neuron,
    norms,
    pools,
    shares,
    sizes,
)
from nntrace.teach.families.candidate import Candidate
from nntrace.teach.families.case import Case
from nntrace.teach.families.numbers import Unfit, words
from nntrace.teach.question import Question

TRIES = 32  # so many draws in a row that give nothing mean that there is no more


Traces = Trace | Sequence[Trace]


class Family(NamedTuple):
    """A kind of question: its name, what it asks in a line, the lesson step that teaches it.

    The lesson may teach it in no step. `ask` draws one question; it raises Unfit where what was
    drawn gives no good one. Where it asks about kinds of layers alone, these are what they compute,
    `of`.
    """

    name: str
    doc: str
    step: str | None
    ask: Callable[[Case], Candidate]
    of: tuple[type[Op], ...] = (Op,)

    def fits(self, network: Network) -> bool:
        """Whether a net has a layer of these kinds."""
        return any(isinstance(layer.op, self.of) for layer in network.layers)


_FAMILIES = (
    Family("z", "a neuron's z: the sum of its products and its bias", "neuron", neuron.z),
    Family("contribution", "what one input adds to a neuron's z", "neuron", neuron.contribution),
    Family("largest", "which input moves a neuron's z most", "neuron", neuron.largest),
    Family("a", "what an activation makes of a z", "activation", activation.a),
    Family("active", "how many relus of a layer are active", "activation", activation.active),
    Family("softmax", "a neuron's share after softmax", "activation", shares.softmax),
    Family("shift", "a share when every z grows by the same", "activation", shares.shift),
    Family("class", "the class that the net predicts, or its lead", "network", decision.decision),
    Family("change", "a neuron's z or output when an input changes", "neuron", changes.change),
    Family("silence", "a neuron's z when another is set to 0 by hand", "network", changes.silence),
    Family("shape", "the shape of a layer's weight matrix", "layer", sizes.shape),
    Family("parameters", "how many parameters a layer or the net holds", "layer", sizes.parameters),
    Family("heaviest", "which layer holds most parameters", "layer", sizes.heaviest),
    Family(
        "pixel",
        "a convolution's z: its window and its kernel",
        "window",
        convolution.pixel,
        (Conv,),
    ),
    Family("map", "how large a feature map is", "window", maps.size, (Conv, Pool)),
    Family("kernels", "how many parameters a convolution holds", "window", maps.kernels, (Conv,)),
    Family("pool", "what a pool makes of a window", "window", pools.pool, (Pool,)),
    Family("norm", "what a norm makes of a number", None, norms.norm, norms.NORMS),
    Family(
        "attention",
        "the share that one token gives another",
        "attention",
        attention.attention,
        (Scores, Mix),
    ),
)

FAMILIES: Mapping[str, Family] = MappingProxyType({family.name: family for family in _FAMILIES})


def chosen_families(names: Sequence[str]) -> list[str]:
    """Return the families that are named, each once, or all; UsageError for an unknown one."""
    for name in names:
        if name not in FAMILIES:
            raise UsageError(unknown("family", name, FAMILIES))
    return list(dict.fromkeys(names)) or list(FAMILIES)


def make(
    traces: Traces, names: Sequence[str], seed: int, count: int, families: Sequence[str] = ()
) -> list[Question]:
    """Return up to `count` questions about the rows of a trace, or of several, drawn by a seed.

    A net has several traces where texts are of several lengths; rows count on from one to the next.
    `names[i]` says what row i is called, as in "the example 'a cat'". The families (those named, or
    all) take turns in an order that is drawn; none of the questions shows what another asks. Fewer
    than `count` come back where no more can be made. Raises UsageError for an unknown family.
    """
    chosen = chosen_families(families)
    rows = _Rows.of(traces)
    fitting = [name for name in chosen if rows.fit(FAMILIES[name])]
    turns = Draw(seed, "families").shuffled(fitting)
    numbers = {name: _numbers(seed, name) for name in turns}
    accepted: list[Candidate] = []
    while turns and len(accepted) < count:
        for name in list(turns):
            new = _another(rows, names, name, numbers[name], accepted)
            if new is None:
                turns.remove(name)
            else:
                accepted.append(new)
                if len(accepted) == count:
                    break
    return [new.question for new in accepted]


def further(
    traces: Traces,
    names: Sequence[str],
    families: Sequence[str],
    seed: int,
    had: Collection[str] = (),
) -> list[Question | None]:
    """Return a question of each family, drawn by a seed, with other numbers than those that were.

    `had` tells these by their content. None where a family that is named has no other question.
    """
    rows = _Rows.of(traces)
    accepted: list[Candidate] = []
    numbers = {name: _numbers(seed, name) for name in families}
    found: list[Question | None] = []
    for name in families:
        fits = name in FAMILIES and rows.fit(FAMILIES[name])
        new = _another(rows, names, name, numbers[name], accepted, had) if fits else None
        accepted += [new] if new else []
        found.append(new.question if new else None)
    return found


def possible(traces: Traces) -> list[str]:
    """Return the names of the families that this net and these rows are not too plain for."""
    rows = _Rows.of(traces)
    names = [""] * rows.total
    return [name for name in FAMILIES if _another(rows, names, name, _numbers(0, name), [])]


def row_of(traces: Traces, row: int) -> Trace:
    """Return the trace of one row of several traces, as a trace of its own."""
    trace, first = _Rows.of(traces).at(row)
    return trace.row(row - first)


class _Rows(NamedTuple):
    """The rows of several traces, each behind the one before."""

    traces: Sequence[Trace]
    total: int

    @classmethod
    def of(cls, traces: Traces | _Rows) -> _Rows:
        """Take one trace, or several."""
        if isinstance(traces, _Rows):
            return traces
        several = [traces] if isinstance(traces, Trace) else traces
        return cls(several, sum(map(len, several)))

    def at(self, row: int) -> tuple[Trace, int]:
        """Return the trace that has a row, and the number of its first."""
        first = 0
        for trace in self.traces:
            if row < first + len(trace):
                return trace, first
            first += len(trace)
        raise IndexError(row)

    def fit(self, family: Family) -> bool:
        """Whether the net has layers that a family asks about."""
        return any(family.fits(trace.network) for trace in self.traces[:1])


def candidate(
    traces: Traces | _Rows, names: Sequence[str], family: str, number: int
) -> Candidate | None:
    """Draw a question of a family by a number of 32 bits, which its id tells; None without one."""
    draw = Draw(number, family)
    rows = _Rows.of(traces)
    if not rows.total:
        return None
    row = draw.below(rows.total)
    trace, first = rows.at(row)
    kind = FAMILIES[family]
    try:
        found = kind.ask(Case(trace, row - first, words(names[row]), draw)).further(first)
    except Unfit:
        return None
    question = found.question._replace(
        id=f"{family}-{number:08x}",
        family=family,
        step=kind.step,
        row=row,
        of=trace.network.name,
    )
    return found._replace(question=question)


def _numbers(seed: int, family: str) -> Iterator[int]:
    """Draw numbers for a family without end, whatever other families are asked."""
    draw = Draw(seed, f"made/{family}")
    while True:
        yield draw.below(1 << 32)


def _another(
    rows: _Rows,
    names: Sequence[str],
    family: str,
    numbers: Iterator[int],
    accepted: Sequence[Candidate],
    had: Collection[str] = (),
) -> Candidate | None:
    """Draw a question that goes with those that are made; None after many vain tries."""
    for _ in range(TRIES):
        new = candidate(rows, names, family, next(numbers))
        if not new or (had and new.question.content in had):
            continue
        if not any(new.like(other) for other in accepted):
            return new
    return None
