"""Goals of a lesson: how near a reader's own command comes to what was to be brought about."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from nntrace.cli.environment import Environment
from nntrace.cli.options import Rows
from nntrace.cli.sessions.parts import working_in
from nntrace.core.forward import Trace, forward
from nntrace.errors import NntraceError
from nntrace.teach.aim import Attempt, attempt
from nntrace.teach.step import Goal


class Judged(NamedTuple):
    """What came of a command: how near it was, for which row, and what is then said.

    Without an attempt it does not count, and what is said is why.
    """

    attempt: Attempt | None
    trace: Trace | None = None
    words: str = ""


def judged(
    goal: Goal, words: Sequence[str], folder: Path | None, environment: Environment
) -> Judged:
    """Judge a command that has worked: of its rows, the one that comes nearest to the goal."""
    from nntrace.cli.app import command_named
    from nntrace.cli.arguments import read

    read_words = read(command_named(words[0]), words[1:])
    given = read_words.values if read_words else {}
    if not given.get("net"):
        return Judged(None, words="That was about no net and no input.")
    rows = Rows(**{name: given[name] for name in Rows._fields if name in given})
    if rows.settings:
        return Judged(None, words="With --set a number is put in by hand. An input shall do it.")
    with working_in(folder) if folder else nullcontext():
        return _nearest(goal, given["net"], given.get("neuron"), rows, environment)


def _nearest(
    goal: Goal, net: str, neuron: str | None, rows: Rows, environment: Environment
) -> Judged:
    from nntrace.cli.tracing import load_network, traced

    unheard = Environment(io.BytesIO(), io.BytesIO(), io.BytesIO(), environment.variables)
    best: Judged | None = None
    try:
        network = load_network(net, unheard, rows.inputs, reading=rows.reading)
        if network.name != goal.net:
            return Judged(None, words=f"That was about {network.name}. This is about {goal.net}.")
        aim = goal.aim.about(neuron)
        for chunk in traced(network, unheard, rows):
            for row in chunk.trace.input:
                trace = forward(network, row[None])
                found = attempt(aim, trace)
                if best is None or best.attempt is None or found.missing < best.attempt.missing:
                    best = Judged(found, trace, goal.aim.filled(goal.reached, neuron))
    except NntraceError as error:  # a text too short for what is aimed at, say
        return Judged(None, words=f"That cannot be judged: {error}.")
    return best or Judged(None, words="That had no input.")
