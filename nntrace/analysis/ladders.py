"""What some layers know of several things: a linear probe a layer and a column, beside each other.

It is the ladder of `nntrace.analysis.ladder` with rows for practice, on chosen layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from nntrace.analysis.classes import classes_of
from nntrace.analysis.intervals import of_accuracy, of_difference
from nntrace.analysis.probe import probe
from nntrace.analysis.stages import stages
from nntrace.core.arrays import Array
from nntrace.core.forward import forward
from nntrace.core.network import Network
from nntrace.errors import InputError


class Known(NamedTuple):
    """What a layer knows of one column: the share of rows that its probe tells right, the ends of
    its 95 % interval, and whether it surely differs from the first layer's (-1, 0 or 1)."""

    accuracy: float
    low: float
    high: float
    beside_first: int


class Columns(NamedTuple):
    """Some columns: what each layer knows of each, and how often guessing is right.

    `known` has, for each layer in order, one for each column. The comparisons with the first layer
    hold at once in 95 of 100 cases, those of each column for themselves.
    """

    layers: tuple[str, ...]
    columns: tuple[str, ...]
    chance: tuple[float, ...]
    known: tuple[tuple[Known, ...], ...]
    trained: int
    tested: int


class Rows(NamedTuple):
    """Rows and what is told of each, by column: raw input in batches, for one net."""

    batches: Sequence[Array]
    told: Mapping[str, Sequence[str]]


def ladders(
    network: Network,
    layers: Sequence[str],
    columns: Sequence[str],
    tested: Rows,
    practised: Rows,
    progress: Callable[[int, int], None] | None = None,
) -> Columns:
    """Measure what layers, or `input`, know of columns: learn from some rows, be tested on others.

    All rows of a net of tokens have the same number of them; what is read is the last token's, see
    `stages`. Raises InputError where a class of the tested rows is not among those practised.
    """
    learned, read = _values(network, layers, practised), _values(network, layers, tested)
    found: list[list[Known]] = [[] for _ in layers]
    chances = []
    count = len(tested.told[columns[0]])
    for done, column in enumerate(columns):
        practice, test = practised.told[column], tested.told[column]
        both = classes_of([*practice, *test])
        known, target = both.of_rows[: len(practice)], both.of_rows[len(practice) :]
        new = sorted({*target.tolist()} - {*known.tolist()})
        if new:
            raise InputError(f"{column}: the class '{both.names[new[0]]}' has no row for practice")
        chances.append(float(np.bincount(target).max() / count))
        first = np.zeros(0)
        for place, layer in enumerate(layers):
            fitted = probe(learned[layer], known, len(both.names))
            right = (fitted.told(read[layer]) == target).astype(np.float64)
            share = np.array([right.mean()])
            sign = 0
            if place:
                low, high = of_difference(share - first.mean(), 0, right - first, len(layers) - 1)
                sign = int(low > 0) - int(high < 0)
            else:
                first = right
            found[place].append(Known(float(share[0]), *of_accuracy(share, 0, count), sign))
            if progress:
                progress(done * len(layers) + place + 1, len(columns) * len(layers))
    known_of = tuple(map(tuple, found))
    trained = len(practised.told[columns[0]])
    return Columns(tuple(layers), tuple(columns), tuple(chances), known_of, trained, count)


def _values(network: Network, layers: Iterable[str], rows: Rows) -> dict[str, Array]:
    """Return what a probe reads of each layer, batch by batch: whole traces would be large."""
    parts: dict[str, list[Array]] = {layer: [] for layer in layers}
    for batch in rows.batches:
        for stage in stages([forward(network, batch)]):
            if stage.name in parts:
                parts[stage.name].append(stage.values.copy())
    return {layer: np.concatenate(some) for layer, some in parts.items()}
