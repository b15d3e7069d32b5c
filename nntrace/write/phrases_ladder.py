"""What the table and the lines of a ladder say in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nntrace.errors import plural
from nntrace.write.phrases import fires
from nntrace.write.view import View, number

if TYPE_CHECKING:
    from nntrace.core.excitation import Excitation
    from nntrace.core.forward import Trace
    from nntrace.core.ladder import Ladder

SEPARATION_WORDS = "separation: the share of the activations' variance that lies between classes"


def data_words(ladder: Ladder, target: str) -> str:
    """Say what the rows are."""
    rows = plural(len(ladder.classes.of_rows), "row")
    return f"{rows} of {len(ladder.classes.names)} classes, as the column {target} tells"


def probe_words(ladder: Ladder, chance: str) -> str:
    """Say how the accuracies came about; `chance` is what guessing gives, in words."""
    return (
        f"each layer: a linear probe on its activations alone, trained on {len(ladder.train)} rows,"
        f" tested on {len(ladder.test)} others (seed {ladder.seed}); chance {chance}"
    )


def active_words(excitation: Excitation, trace: Trace, view: View) -> str:
    """Say how often a neuron is active, or that it never changes."""
    rows = len(trace)
    if excitation.dead:
        return f"dead: 0 for all {rows} rows"
    if excitation.constant is not None:
        return f"always the same: {number(excitation.constant, view)} for all {rows} rows"
    words = {"a > 0": "over 0", "a > 0.5": "over 0.5"}
    word = words.get(excitation.rule, excitation.rule)
    if fires(trace[excitation.neuron.layer].layer):
        word = "active"
    return f"{word} in {excitation.active} of {rows} rows"
