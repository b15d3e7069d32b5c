"""Where a number comes from, all the way down: the terms that matter, and theirs, as a tree.

What a term carries is its part of the absolute sum of the terms and the bias, of what the number
itself carries. Of a largest number the one that is it carries all; factors carry alike; of gates
the one whose sum is largest carries all. Through an
activation a number carries what it did; weights, shares and keys are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Literal

import numpy as np

from nntrace.analysis.explain import exact_sum, gates_of, terms_of
from nntrace.core.arrays import Array
from nntrace.core.forward import Trace
from nntrace.core.names import Neuron, find_neuron, name_of
from nntrace.core.network import Network
from nntrace.core.op import How, Terms
from nntrace.errors import UsageError, unknown
from nntrace.words import cropped

MOST = 3  # terms of a number, and numbers of a level that are gone on with

# Why a number is not taken apart any further: it is where the paths were to end, or carries too
# little, is taken apart elsewhere in the tree (at `first`), was set by hand, is made in steps that
# are no sum, is not finite, or is made by an operator that is shown only.
End = Literal["", "reached", "little", "again", "set", "steps", "infinite", "operator"]


@dataclass
class Branch:
    """A number that is read, as the term of another, and the terms that it is made of in turn.

    `carries` is its part of the number at the root, `rest` says how many of its terms are left
    out, and what they come to and carry. A number that is not taken apart says why in `end`; of
    one that is made by gates, `through` is the sum that is taken apart, the largest of theirs.
    """

    name: str
    neuron: Neuron
    weight: float
    value: float
    product: float
    carries: float
    end: End = ""
    how: How = "sum"
    bias: float = 0.0
    bias_carries: float = 0.0
    branches: list[Branch] = field(default_factory=list)
    rest: Rest | None = None
    first: Branch | None = None
    through: str = ""


@dataclass(frozen=True)
class Rest:
    """Terms that are left out."""

    count: int
    product: float
    carries: float


@dataclass(frozen=True)
class Tree:
    """Where a number comes from. `reached` is the part of it that is carried by the paths shown to
    their end, `biases` the part of biases on the way; `goal` says where paths end."""

    root: Branch
    goal: str
    depth: int | None

    @cached_property
    def _carried(self) -> tuple[float, float]:
        return _to_the_end(sorted(self.walk(), key=lambda each: each[1]))

    @property
    def reached(self) -> float:
        """What the paths carry that are shown to their end."""
        return self._carried[0]

    @property
    def biases(self) -> float:
        """What biases on the way carry."""
        return self._carried[1]

    def walk(self) -> Iterator[tuple[Branch, int, int | None]]:
        """Yield each number with its level and the place of the one that reads it among these; the
        root first, a number's terms behind it."""
        waiting: list[tuple[Branch, int, int | None]] = [(self.root, 0, None)]
        place = 0
        while waiting:
            branch, level, parent = waiting.pop()
            yield branch, level, parent
            waiting += [(each, level + 1, place) for each in reversed(branch.branches)]
            place += 1


def paths(
    trace: Trace,
    neuron: Neuron | str,
    row: int = 0,
    *,
    depth: int | None = None,
    to: str = "input",
) -> Tree:
    """Follow a number such as `output.cat` down to a layer, or to the input, by what it reads.

    Of each number the terms are followed that carry most, at most `MOST` of them and as many of a
    level; `depth` is how many levels are shown, None all. Raises UsageError for a layer that is
    not there, or does not stand above the neuron's, and for an input.
    """
    network = trace.network
    if isinstance(neuron, str):
        neuron = find_neuron(network, neuron)
    name, last = name_of(network, neuron), goal_place(network, neuron, to)
    value = float(trace[neuron.layer].a[row, neuron.index])
    root = Branch(name, neuron, 1.0, value, value, 1.0)
    level, levels = [root], 0
    while level and (depth is None or levels < depth):
        found: list[Branch] = []
        for branch in level:
            found += _grown(trace, branch, row)
        levels += 1
        shown_last = levels == depth
        for branch in found:
            place = network.places.get(branch.neuron.layer, -1)
            if place <= last or shown_last:
                branch.end = "reached"
            elif branch.neuron in trace.overrides:
                branch.end = "set"
            elif not network.layer(branch.neuron.layer).op.APART:
                branch.end = "operator"
        before, level = level, _followed([each for each in found if not each.end])
        for branch in before:
            _folded(branch, kept=branch is root)
    return Tree(root, to, depth)


def goal_place(network: Network, neuron: Neuron, to: str) -> int:
    """Return the place of the layer where the paths of a number end, -1 of the input; UsageError
    as `paths` raises it."""
    if neuron.layer == "input":
        name = name_of(network, neuron)
        raise UsageError(f"{name} is an input, which is given, not computed; name a neuron")
    if to != "input" and to not in network.places:
        raise UsageError(unknown("layer", to, ["input", *network.places]))
    last = -1 if to == "input" else network.places[to]
    if last >= network.places[neuron.layer]:
        raise UsageError(f"'{cropped(to)}' does not stand above {cropped(neuron.layer)}")
    return last


def _followed(found: Sequence[Branch]) -> list[Branch]:
    """Choose which of a level's numbers are gone on with. One that is read twice counts once, with
    what it carries on both ways, and is gone on with where it comes first."""
    carried: dict[Neuron, float] = {}
    for branch in found:
        carried[branch.neuron] = carried.get(branch.neuron, 0.0) + branch.carries
    most = sorted(carried, key=lambda neuron: -carried[neuron])[:MOST]
    first: dict[Neuron, Branch] = {}
    for branch in found:
        if branch.neuron not in most or not branch.carries:
            branch.end = "little"
        elif branch.neuron in first:
            branch.end, branch.first = "again", first[branch.neuron]
        else:
            first[branch.neuron] = branch
    return list(first.values())


def _folded(branch: Branch, kept: bool) -> None:
    """Put the terms that are not gone on with among the rest; where that is all of them, the number
    counts as not taken apart, but for one that is `kept` as it is."""
    little = [each for each in branch.branches if each.end == "little"]
    if kept or not little:
        return
    branch.branches = [each for each in branch.branches if each.end != "little"]
    if not branch.branches:
        branch.end, branch.bias_carries, branch.rest, branch.through = "little", 0.0, None, ""
        return
    rest = branch.rest or Rest(0, 0.0, 0.0)
    branch.rest = Rest(
        rest.count + len(little),
        exact_sum([rest.product, *(each.product for each in little)]),
        exact_sum([rest.carries, *(each.carries for each in little)]),
    )


def _to_the_end(branches: Sequence[tuple[Branch, int, int | None]]) -> tuple[float, float]:
    """Return what of the root reaches the end, and what is of biases; the root comes first, lower
    levels later."""
    parts: dict[int, tuple[float, float]] = {}
    for level in reversed([*_by_level(branches)]):
        for branch in sorted(level, key=lambda each: each.first is not None):
            if branch.first is not None:
                share = branch.carries / branch.first.carries if branch.first.carries else 0.0
                reached, biases = (share * part for part in parts[id(branch.first)])
            else:
                below = [parts[id(each)] for each in branch.branches]
                at_end = [branch.carries] * (branch.end == "reached")
                reached = exact_sum([*at_end, *(part for part, _ in below)])
                biases = exact_sum([branch.bias_carries, *(part for _, part in below)])
            parts[id(branch)] = reached, biases
    return parts[id(branches[0][0])]


def _by_level(branches: Sequence[tuple[Branch, int, int | None]]) -> Iterator[list[Branch]]:
    for _, some in groupby(branches, lambda each: each[1]):
        yield [branch for branch, *_ in some]


def _grown(trace: Trace, branch: Branch, row: int) -> Sequence[Branch]:
    """Fill in what a number is made of, and return its branches; none, where it is no sum."""
    terms = terms_of(trace, branch.neuron, row)
    if terms.steps and not len(terms.places):
        gates = gates_of(trace, branch.neuron, row)
        if not gates:
            branch.end = "steps"
            return []
        branch.through, terms = max(gates, key=lambda gate: _size(gate.terms))
    branch.how, branch.bias = terms.how, terms.bias
    parts, bias = _carried(terms)
    if parts is None:
        branch.end = "infinite"
        return []
    order = np.argsort(-parts, kind="stable")
    most = min(MOST, max(1, np.count_nonzero(parts)))  # a pool's others carry nothing
    kept, left = order[:most], order[most:]
    with np.errstate(all="ignore"):
        products = (terms.weights * terms.values).astype(np.float64)
    branch.bias_carries = bias * branch.carries
    reads = (*trace[branch.neuron.layer].layer.reads, branch.neuron.layer)
    for at in kept.tolist():
        neuron = Neuron(reads[terms.read[at]], int(terms.places[at]))
        name = name_of(trace.network, neuron)
        numbers = (float(terms.weights[at]), float(terms.values[at]), float(products[at]))
        branch.branches.append(Branch(name, neuron, *numbers, float(parts[at]) * branch.carries))
    if len(left):
        carries = exact_sum(parts[left].tolist()) * branch.carries
        branch.rest = Rest(len(left), exact_sum(products[left].tolist()), carries)
    return branch.branches


def _size(terms: Terms) -> float:
    """Return how large the sum of terms is; what is no number, not at all."""
    with np.errstate(all="ignore"):
        total = abs(float(terms.weights @ terms.values) + terms.bias)
    return total if total == total else 0.0


def _carried(terms: Terms) -> tuple[Array | None, float]:
    """Return the part that each term carries, and the bias; None where one is not finite."""
    with np.errstate(all="ignore"):
        products = (terms.weights * terms.values).astype(np.float64)
    if not np.isfinite(products).all() or not np.isfinite(terms.bias):
        return None, 0.0
    if terms.how in ("max", "min"):
        parts = np.zeros(len(products))
        parts[products.argmax() if terms.how == "max" else products.argmin()] = 1.0
        return parts, 0.0
    if terms.how == "product":
        return np.full(len(products), 1 / len(products)), 0.0
    sizes, bias = np.abs(products), abs(terms.bias)
    if terms.how == "mean":
        bias *= len(products)
    scale = max(float(sizes.max(initial=0.0)), bias)
    if scale == 0:
        return np.zeros(len(products)), 0.0
    sizes, bias = sizes / scale, bias / scale  # so that their sum does not overflow
    total = exact_sum([*sizes.tolist(), bias])
    return sizes / total, bias / total
