"""What the table and the lines of statistics have in common: words, and which neurons are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nntrace.core.activations import find
from nntrace.core.regimes import ends, rule
from nntrace.errors import plural
from nntrace.write.shown import WIDE

if TYPE_CHECKING:
    from nntrace.core.finite import NotFinite
    from nntrace.core.network import Array, Layer, Network
    from nntrace.core.statistics import LayerStatistics
    from nntrace.write.view import View

OF_A_KIND = 4  # neurons of a wide layer that a terminal shows: dead ones, saturated ones, …


def active_word(layer: Layer) -> str:
    """Say what the share of rows is called in which a neuron is active."""
    if layer.activation.kind.silence:
        return "active"
    return {"largest of its layer": "largest"}.get(rule(layer), rule(layer))


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
    from nntrace.core.neurons import name_of

    value = {"inf": "infinite", "-inf": "minus infinite"}.get(str(found.value), "not a number")
    name = name_of(network, found.neuron)
    return f"{found.quantity} of {name} is {value} in row {found.row}, where that first arose"


def neurons_shown(part: LayerStatistics, rows: int, view: View) -> list[int]:
    """Choose neurons: all, or of a wide layer the telling ones, in order.

    These are some that are not finite, dead or saturated, and the most and the least active.
    """
    size = len(part.active)
    if not view.shortens or size <= WIDE:
        return [*range(size)]
    order = np.argsort(-part.active, kind="stable")
    alive = order[~part.dead[order]]
    kinds = [
        np.flatnonzero((part.z.rows < rows) | (part.a.rows < rows)),
        np.flatnonzero(part.dead),
        np.flatnonzero(part.mostly_saturated),
        alive,
        alive[::-1],
    ]
    return sorted({int(index) for kind in kinds for index in kind[:OF_A_KIND]})


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
