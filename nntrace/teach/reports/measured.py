"""What a lesson measures of nets: several ladders beside each other, what excites neurons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nntrace.teach.live import written
from nntrace.words import cropped
from nntrace.write.report import (
    Blank,
    Cell,
    Column,
    Item,
    Row,
    Section,
    Sections,
    Table,
    Words,
    line,
    seen,
)
from nntrace.write.reports.ladder import MEANING_WORDS

if TYPE_CHECKING:
    from nntrace.analysis.classes import Classes
    from nntrace.analysis.ladders import Columns
    from nntrace.analysis.top_activations import Excitation
    from nntrace.core.forward import Trace
    from nntrace.core.network import Network
    from nntrace.write.view import View

MOST_CLASSES = 2  # of those that a neuron answers to
SIGNS = {1: "▲", 0: " ", -1: "▼"}


def ladders(network: Network, found: Columns, names: Mapping[str, str], view: View) -> list[Item]:
    """Tell what each layer knows of several things: how many in a hundred its probe tells right."""
    signs = {1: "+", 0: " ", -1: "-"} if view.ascii_only else SIGNS
    titles = [names[column] for column in found.columns]
    rows: list[Row] = []
    for layer, known in zip(found.layers, found.known, strict=True):
        cells: list[Cell] = [Words(layer, f"Layer {layer}", "strong")]
        spoken = []
        for title, each in zip(titles, known, strict=True):
            cells.append(f"{100 * each.accuracy:.0f} {signs[each.beside_first]}")
            beside = {1: ", surely above the first", -1: ", surely below the first", 0: ""}
            told = f"{title}, {100 * each.accuracy:.0f} percent{beside[each.beside_first]}"
            spoken.append(told)
        rows.append(Row(cells, heard=f"Layer {layer}: {'; '.join(spoken)}"))
    guessing = [f"{100 * share:.0f}" for share in found.chance]
    pairs = zip(titles, guessing, strict=True)
    guessed = "; ".join(f"{title}, {share} percent" for title, share in pairs)
    quiet = [Words(f"{share}  ", emphasis="quiet") for share in guessing]
    by_guessing = Words("by guessing", emphasis="quiet")
    rows.append(Row([by_guessing, *quiet], heard=f"By guessing: {guessed}"))
    half = max(each.high - each.low for known in found.known for each in known) / 2
    up, down = signs[1], signs[-1]
    meaning = f"of a hundred, right; {up} surely above the first layer, {down} surely below"
    practice = f"{found.trained:,} rows for practice, {found.tested:,} others to be told"
    told = f"{network.name}: {practice}; a number is sure to {100 * half:.0f} either way"
    return [
        Table([Column("layer"), *(Column(title, True, short="breaks") for title in titles)], rows),
        Blank(heard=False),
        seen(meaning, "quiet"),
        line(told, emphasis="quiet"),
        line(MEANING_WORDS, emphasis="quiet"),
    ]


def excites(
    trace: Trace, texts: Sequence[str], classes: Classes, found: Sequence[Excitation]
) -> list[Item]:
    """Tell which rows excite neurons most, and to which classes each answers."""
    sections = []
    for each in found:
        names = [cropped(texts[row.row]) if texts else f"row {row.row}" for row in each.rows]
        rows = [
            Row(
                [Words(name, emphasis="accent"), classes.names[row.class_index], written(row.a, 2)],
                heard=f"{name}, {classes.names[row.class_index]}, a {written(row.a)}",
            )
            for name, row in zip(names, each.rows, strict=True)
        ]
        means = [
            f"{classes.names[mean.class_index]} {written(mean.mean, 2)}"
            for mean in each.means[:MOST_CLASSES]
        ]
        told = f"on average: {', '.join(means)}"
        table = Table([Column(), Column(), Column("a", True)], rows)
        items: list[Item] = [table, Blank(heard=False), line(told, emphasis="quiet")]
        sections.append(Section(each.name, "", [f"Neuron {each.name}"], items))
    return [Sections(sections, alike=True)]
