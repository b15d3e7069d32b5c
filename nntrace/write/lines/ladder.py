"""A ladder as lines: what each layer knows, and what excites its neurons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nntrace.errors import plural
from nntrace.write.lines.text import about, percent_said, said, written
from nntrace.write.phrases_ladder import (
    MEANING_WORDS,
    SEPARATION_WORDS,
    active_words,
    data_words,
    probe_words,
    sure_words,
)

if TYPE_CHECKING:
    from nntrace.analysis.ladder import Ladder, Rung
    from nntrace.analysis.top_activations import Excitation
    from nntrace.core.forward import Trace
    from nntrace.write.view import View


def ladder_lines(
    trace: Trace, target: str, ladder: Ladder, excitations: Sequence[Excitation], view: View
) -> str:
    """Write a line for the input and each layer, then what excites some neurons."""
    lines = [
        *about(trace.network),
        f"Rows: {data_words(ladder, target)}",
        _capital(probe_words(ladder, percent_said(ladder.chance, view))),
        _capital(SEPARATION_WORDS),
        "",
        *(_rung(rung, view) for rung in ladder.rungs),
        "",
        *(_capital(words) for words in sure_words(ladder)),
        _capital(MEANING_WORDS),
    ]
    for each in excitations:
        lines += ["", *_excitation(each, trace, ladder.classes.names, target, view)]
    return written(lines, view)


def _rung(rung: Rung, view: View) -> str:
    low, high = percent_said(rung.low, view), percent_said(rung.high, view)
    if rung.layer == "input":
        name = f"Input, {plural(rung.size, 'number')}"
    else:
        name = f"Layer {rung.layer}, {plural(rung.size, 'neuron')}"
    facts = [
        f"accuracy {percent_said(rung.accuracy, view)}",
        f"95 percent interval from {low} to {high}",
        f"separation {rung.separation:.3f}",
    ]
    return f"{name}: {', '.join(facts)}"


def _excitation(
    excitation: Excitation, trace: Trace, names: Sequence[str], target: str, view: View
) -> list[str]:
    lines = [f"Neuron {excitation.name}, {active_words(excitation, trace, view)}"]
    if excitation.constant is not None:
        return lines
    for place, each in enumerate(excitation.rows, 1):
        name = names[each.class_index]
        lines.append(
            f"Most exciting row {place}: row {each.row}, {target} {name}, a {said(each.a, view)}"
        )
    for mean in excitation.means:
        name = names[mean.class_index]
        count = plural(mean.rows, "row")
        lines.append(f"Mean a for {target} {name}, {count}: {said(mean.mean, view)}")
    return lines


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
