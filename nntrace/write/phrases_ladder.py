"""What the table and the lines of a ladder say in the same words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nntrace.errors import listed, plural
from nntrace.write.phrases import fires
from nntrace.write.view import View, number

if TYPE_CHECKING:
    from nntrace.core.excitation import Excitation
    from nntrace.core.forward import Trace
    from nntrace.core.ladder import Ladder

SEPARATION_WORDS = "separation: the share of the activations' variance that lies between classes"
MEANING_WORDS = (
    "a rung says what can be read off a layer by weighing and adding, not what the layer is for; "
    "a rise within the interval is no rise"
)
MOST_NAMES = 8  # of layers in a sentence


def data_words(ladder: Ladder, target: str) -> str:
    """Say what the rows are."""
    rows = plural(len(ladder.classes.of_rows), "row")
    return f"{rows} of {len(ladder.classes.names)} classes, as the column {target} tells"


def probe_words(ladder: Ladder, chance: str) -> str:
    """Say how the accuracies came about; `chance` is what guessing gives, in words."""
    probe = "each layer: a linear probe (logistic regression) on its activations alone,"
    trained, tested = f"{ladder.trained:,}", f"{ladder.tested:,}"
    if ladder.practice:
        how = f"trained on {trained} rows for practice, tested on {tested} others"
        return f"{probe} {how}; chance {chance}"
    rows = len(ladder.classes.of_rows)
    drawn = f" drawn from {rows:,}" if ladder.trained + ladder.tested < rows else ""
    how = f"{ladder.splits} times trained on {trained} rows, tested on {tested} others{drawn}"
    return f"{probe} {how} (seed {ladder.seed}); chance {chance}"


def sure_words(ladder: Ladder) -> list[str]:
    """Say which rungs surely differ: from the input, and each layer from the one before."""
    from_input = [each for each in ladder.comparisons if each.lower == "input"]
    steps = [each for each in ladder.comparisons if each.lower != "input"]
    if not any(each.sure for each in ladder.comparisons):
        return ["no two rungs surely differ: every rise and fall here may be chance"]
    said = []
    for word, sign in (("above", 1), ("below", -1)):
        names = [each.rung for each in from_input if each.sure and sign * each.difference > 0]
        if names:
            said.append(f"surely {word} the input: {_names(names)}")
    if not said:
        said.append("no layer surely differs from the input")
    found = []
    for word, sign in (("above", 1), ("below", -1)):
        pairs = [each for each in steps if each.sure and sign * each.difference > 0]
        if pairs:
            names = [f"{each.rung} ({word} {each.lower})" for each in pairs]
            found.append(_names(names))
    if found:
        said.append(f"surely other than the layer before: {'; '.join(found)}")
    elif steps:
        said.append("from one layer to the next none surely differs")
    return said


def _names(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMES:
        return listed(names)
    return f"{', '.join(names[: MOST_NAMES - 1])} and {len(names) - MOST_NAMES + 1} more"


def active_words(excitation: Excitation, trace: Trace, view: View) -> str:
    """Say how often a neuron is active, or that it never changes."""
    rows = len(trace)
    if excitation.dead:
        return f"dead: 0 for all {plural(rows, 'row')}"
    if excitation.constant is not None:
        return f"always the same: {number(excitation.constant, view)} for all {plural(rows, 'row')}"
    word = excitation.rule.spoken.removeprefix("a ")
    if fires(trace[excitation.neuron.layer].layer):
        word = "active"
    return f"{word} in {excitation.active} of {rows} rows"
