"""What the table and the lines of statistics have in common: words, and which neurons are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nntrace.analysis.activity import ends
from nntrace.core.activations import find
from nntrace.errors import plural
from nntrace.write.choice import by_size

if TYPE_CHECKING:
    from nntrace.analysis.nonfinite import NotFinite
    from nntrace.analysis.statistics import LayerStatistics
    from nntrace.core.arrays import Array
    from nntrace.core.network import Layer, Network
    from nntrace.write.view import View

OF_A_KIND = 3  # neurons of a wide layer that a terminal shows: dead ones, saturated ones, …


def active_word(layer: Layer) -> str:
    """Say what the share of rows is called in which a neuron is active."""
    kind = layer.activation.kind
    return "active" if kind.silence else kind.active.word


def active_said(layer: Layer) -> str:
    """Say the same aloud."""
    kind = layer.activation.kind
    return "active" if kind.silence else kind.active.spoken


def layer_notes(layer: Layer, part: LayerStatistics, rows: int) -> list[str]:
    """Say how many neurons of a layer are dead or saturated, and how much is not finite."""
    notes = []
    dead, saturated = int(part.dead.sum()), int(part.mostly_saturated.sum())
    if dead or layer.activation.kind.silence == "nothing":
        notes.append(f"{dead} dead")
    if ends(layer) is not None:
        notes.append(f"{saturated} saturated")
    lost = 2 * rows * layer.size - int(part.z.rows.sum() + part.a.rows.sum())
    if lost:
        notes.append(f"{plural(lost, 'value')} not finite")
    return notes


def first_words(network: Network, found: NotFinite) -> str:
    """Say where a number first stopped being finite."""
    from nntrace.core.names import name_of

    value = {"inf": "infinite", "-inf": "minus infinite"}.get(str(found.value), "not a number")
    name = name_of(network, found.neuron)
    return f"{found.quantity} of {name} is {value} in row {found.row}, where that first arose"


class Group(NamedTuple):
    """Neurons that are shown together, and why; a layer that is shown whole has one group."""

    title: str
    neurons: list[int]


def groups_shown(layer: Layer, part: LayerStatistics, rows: int, view: View) -> list[Group]:
    """Choose neurons: all, or of a wide layer those that tell something, each in one group."""
    if view.holds(layer.size):
        return [Group("", [*range(layer.size)])]
    order = np.argsort(-part.active, kind="stable")
    alive = order[~part.dead[order]]
    word = active_word(layer)
    furthest = by_size(np.fmax(np.abs(part.a.low), np.abs(part.a.high)))
    kinds: Sequence[tuple[str, Iterable[int]]] = (
        ("not finite", np.flatnonzero((part.z.rows < rows) | (part.a.rows < rows))),
        ("dead", np.flatnonzero(part.dead)),
        ("saturated", np.flatnonzero(part.mostly_saturated)),
        (f"most often {word}", alive),
        (f"least often {word}", alive[::-1]),
        ("furthest from 0", furthest),
    )
    groups, shown = [], set[int]()
    for title, neurons in kinds:
        chosen = [index for index in map(int, neurons) if index not in shown][:OF_A_KIND]
        shown.update(chosen)
        groups += [Group(title, chosen)] * bool(chosen)
    return groups


def left_out(groups: Sequence[Group], layer: Layer) -> int:
    """Count the neurons that are in none of the groups."""
    return layer.size - sum(len(group.neurons) for group in groups)


def remark(part: LayerStatistics, index: int, rows: int) -> str:
    """Say in words what is wrong with a neuron, such as `dead`; nothing where nothing is."""
    words = []
    if part.dead[index]:
        words.append("dead")
    elif part.a.rows[index] > 1 and part.a.low[index] == part.a.high[index]:
        words.append("constant")
    if part.mostly_saturated[index]:
        words.append("saturated")
    if part.z.rows[index] < rows or part.a.rows[index] < rows:
        words.append("not finite")
    return ", ".join(words)


def heights(part: LayerStatistics, index: int, rows: int, width: int) -> Array | None:
    """Return a neuron's histogram in so many cells, each a share of the largest, 0 to 1.

    The rows for which a relu is not active are left out: they would dwarf the others, and `active`
    tells them. None where there is nothing to draw.
    """
    counts = part.counts[index].astype(np.float64)
    if find(part.activation).silence == "nothing":
        zero = -int(part.bins.first[index])  # their bin, where there are any
        inactive = int(part.a.rows[index] - part.active[index])
        if part.a.rows[index] < rows and 0 <= zero < len(counts):
            inactive = int(counts[zero])  # active ones may be infinite: nobody knows how many
        if inactive > 0:
            counts[zero] -= inactive
    if not counts.any() or part.a.low[index] == part.a.high[index]:
        return None
    counts = counts[: 1 + np.flatnonzero(part.counts[index])[-1]]
    below = np.concatenate([[0.0], np.cumsum(counts)])
    edges = np.linspace(0, len(counts), width + 1)
    cells = np.diff(np.interp(edges, np.arange(len(below)), below))
    shares: Array = cells / cells.max()
    return shares
