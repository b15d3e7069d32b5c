"""The blocks of a lesson file: each kind of fence, and what becomes of it.

A new kind is a function here, a line in KINDS, and something that draws its block.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from os.path import isfile, join
from typing import TYPE_CHECKING

from nntrace.core.activations import find as find_activation
from nntrace.core.elsewhere import unknown_activation
from nntrace.core.forward import Trace, forward
from nntrace.core.names import find_neuron
from nntrace.errors import UsageError
from nntrace.read.files import is_stream
from nntrace.read.rows.inputs import expanded, rows_of
from nntrace.teach import live, shown
from nntrace.teach.aim import attempt, explained_by
from nntrace.teach.files import measured
from nntrace.teach.files.commandline import check_own_files, looking_command, split
from nntrace.teach.files.context import Context, Fence, lines_of, net_and_options, only_line
from nntrace.teach.files.goal import read_goal
from nntrace.teach.files.grammar import read_question
from nntrace.teach.question import PLAIN_LETTERS
from nntrace.teach.reports import live as drawn
from nntrace.teach.reports.live import Model
from nntrace.teach.step import Block, Command, Goal, Live, Say, Verbatim

if TYPE_CHECKING:
    from nntrace.core.activation import ActivationKind

_COUNT = re.compile("[0-9]{1,18}")
MOST_WRITTEN = 200
MOST_ROWS, MOST_COLUMNS = 12, 8  # of a matrix that is shown with all its numbers


def net(context: Context, block: Fence) -> list[Block]:
    context.trace, context.failed = None, True
    context.trace = _traced(context, block)
    context.failed = context.trace is None
    return []


def _traced(context: Context, block: Fence) -> Trace | None:
    text, line = only_line(block, "a net and its input")
    name, options = net_and_options(text, line, ("--input", "--example"))
    network = context.network(name)
    given = len(options["--input"]) + len(options["--example"])
    examples = options["--example"]
    if not given:
        if not network.examples:
            raise UsageError(f"{name} has no examples, takes --input with its numbers")
        examples = [network.examples[0].name]
    for word in options["--input"]:
        check_own_files(word, context.folder)
    inputs = expanded(options["--input"], folder=context.folder)
    for argument in inputs:
        if argument == "-" or is_stream(argument):
            raise UsageError(f"--input {argument}: a lesson reads no standard input, nor pipes")
    batches = list(rows_of(network, inputs, examples))
    count = sum(len(batch.values) for batch in batches)
    if count != 1:
        raise UsageError(f"takes one row of input, not {count}")
    return forward(network, next(batch.values for batch in batches if len(batch.values)))


def commands(context: Context, block: Fence) -> list[Block]:
    found: list[Block] = []
    for line, text in lines_of(block, "a command such as: run cat-or-dog"):
        with context.told(line):
            command = looking_command(text, line, yours=block.kind == "try", folder=context.folder)
            for word, column in split(text, line):
                with context.told(line, column):
                    check_own_files(word, context.folder)
            found.append(command)
    if block.kind == "try" and len(found) > 1:
        raise UsageError("takes one command, a block ```nntrace takes several")
    return found


def verbatim(context: Context, block: Fence) -> list[Block]:
    context.marks(block.lines, block.first)
    return [Verbatim(block.text, context.trace)]


def predict(context: Context, block: Fence) -> list[Block]:
    before = len(context.problems)
    context.marks(block.lines, block.first)
    if len(context.problems) > before or context.failed:
        return []
    context.questions += 1
    name = f"{context.step}-{context.questions}"
    text, marks = live.unfilled(block.text)

    def fill(words: str) -> str:
        return live.SIGNS.sub(
            lambda signs: live.fill(marks.get(signs[0], signs[0]), context.trace), words
        )

    question = read_question(text, context.source, block.first, name, fill)
    return [question.shuffled(0)._replace(step=context.step, letters=PLAIN_LETTERS)]


def goal(context: Context, block: Fence) -> list[Block]:
    trace = context.current(block)
    before = len(context.problems)
    text, marks = live.unfilled(block.text)

    def marked(words: str) -> str:
        return live.SIGNS.sub(lambda signs: marks.get(signs[0], signs[0]), words)

    read = read_goal(text, context.source, block.first)
    line = next(n for n, each in enumerate(block.lines, block.first) if each.startswith("try:"))
    found = commands(context, Fence("try", [read.command], line))
    with context.told(block.first):
        neuron = explained_by(read.command.split())
        attempt(read.aim.about(neuron), trace)
        context.marks([read.aim.filled(each, neuron) for each in block.lines], block.first)
    if len(context.problems) > before or not isinstance(found[0], Command):
        return []
    hints = tuple(live.fill(marked(hint), trace) for hint in read.hints)
    asks = live.fill(marked(read.asks), trace)
    name = trace.network.name
    return [Goal(asks, found[0], read.aim, name, marked(read.reached), hints)]


def say(context: Context, block: Fence) -> list[Block]:
    context.marks(block.lines, block.first)
    asks, _, answer = block.text.strip().partition("\n\n")
    if not answer.strip():
        raise UsageError("takes a question, an empty line, and what the lesson itself says")
    return [Say(asks, answer.strip(), context.trace)]


def whole_pass(context: Context, block: Fence) -> list[Block]:
    trace = context.current(block)
    return [Live(partial(drawn.forward_pass, trace))]


def merge(context: Context, block: Fence) -> list[Block]:
    merged = shown.merge(context.current(block))
    _small(merged.weights.shape, "the one layer")
    return [Live(lambda _: drawn.melted(merged))]


def layer(context: Context, block: Fence) -> list[Block]:
    try:
        trace = context.current(block)
    finally:  # a fault in it is told as well
        name = only_line(block, "the name of a layer")[0].strip()
    _small(trace.network.layer(name).weights.shape, name)
    return [Live(lambda _: drawn.matrices(trace, name))]


def draw(context: Context, block: Fence) -> list[Block]:
    kinds: list[ActivationKind] = []
    for line, text in lines_of(block, "names of activations such as: relu tanh"):
        for word, column in split(text, line):
            try:
                kind = find_activation(word)
            except KeyError:
                context.report(unknown_activation(word), line, column)
                continue
            if kind.rowwise:
                with context.told(line, column):
                    context.current(block)
            if any(parameter.required for parameter in kind.parameters):
                context.report(f"{word} has parameters of its own, it is not drawn", line, column)
            kinds.append(kind)
    trace = context.trace
    return [Live(lambda _: drawn.curves(kinds, trace))]


def shares(context: Context, block: Fence) -> list[Block]:
    trace = context.current(block)
    values = shown.shares(trace)
    return [Live(lambda _: drawn.shares(values))]


def maps(context: Context, block: Fence) -> list[Block]:
    trace = context.current(block)
    names: list[str] = []
    for line, text in lines_of(block, "the input, or channels such as: input conv1.0"):
        for word, column in split(text, line):
            with context.told(line, column):
                shown.channel(trace, word)
                names.append(word)
    return [Live(lambda _: drawn.maps(trace, names))]


def looks(context: Context, block: Fence) -> list[Block]:
    trace = context.current(block)
    heads: list[shown.Looked] = []
    for line, text in lines_of(block, "a layer of scores and a head: block1.attention.scores.3"):
        with context.told(line):
            heads.append(shown.looked(trace, text.strip()))
    return [Live(lambda _: drawn.looks(trace, heads))]


def writes(context: Context, block: Fence) -> list[Block]:
    trace = context.current(block)
    count = only_line(block, "how many letters it writes")[0].strip()
    if not _COUNT.fullmatch(count) or not 1 <= int(count) <= MOST_WRITTEN:
        raise UsageError(f"'{count}': takes how many letters, 1 to {MOST_WRITTEN}")
    shown.alphabet(trace)
    return [Live(lambda _: drawn.written_on(shown.write_on(trace, int(count))))]


def neurons(context: Context, block: Fence) -> list[Block]:
    network = context.current(block).network
    if network.input.picture is None:
        raise UsageError(f"the inputs of {network.name} are no pictures")
    found: list[int] = []
    for line, text in lines_of(block, "neurons of the first layer"):
        for word, column in split(text, line):
            with context.told(line, column):
                neuron = find_neuron(network, word)
                if network.reads(neuron.layer) != ("input",):
                    raise UsageError(f"'{word}' is not in the first layer, which sees pictures")
                found.append(neuron.index)
    return [Live(partial(drawn.pictures, network, found))]


def quiz(context: Context, block: Fence) -> list[Block]:
    name = only_line(block, "the file of a question bank")[0].strip()
    if context.bank:
        raise UsageError("a second ```quiz, a lesson leads to one bank")
    check_own_files(name, context.folder)
    context.bank = join(context.folder, name)
    if not isfile(context.bank):
        raise UsageError(f"{context.bank}: no such file")
    return []


def scale(context: Context, block: Fence) -> list[Block]:
    models: list[Model] = []
    for line, text in lines_of(block, "nets, or lines such as: GPT-2 | 1500000000 | source"):
        cells = [cell.strip() for cell in text.split("|")]
        with context.told(line):
            if len(cells) == 1:
                network = context.network(cells[0])
                models.append(Model(network.name, network.parameters))
            elif len(cells) == 3 and _COUNT.fullmatch(cells[1]) and cells[2]:
                models.append(Model(cells[0], int(cells[1]), cells[2]))
            else:
                raise UsageError("takes a net, or NAME | PARAMETERS | SOURCE")
    return [Live(partial(drawn.scale, models))]


KINDS: dict[str, Callable[[Context, Fence], list[Block]]] = {
    "net": net,
    "nntrace": commands,
    "try": commands,
    "text": verbatim,
    "predict": predict,
    "goal": goal,
    "say": say,
    "pass": whole_pass,
    "layer": layer,
    "merge": merge,
    "draw": draw,
    "neurons": neurons,
    "scale": scale,
    "quiz": quiz,
    "shares": shares,
    "maps": maps,
    "looks": looks,
    "writes": writes,
    "ladders": measured.ladders,
    "excites": measured.excites,
}


def _small(shape: tuple[int, ...], name: str) -> None:
    """Refuse a matrix that no screen shows whole."""
    if shape[0] > MOST_ROWS or shape[1] > MOST_COLUMNS:
        found = f"{shape[0]} × {shape[1]}"
        raise UsageError(
            f"{name} is {found}, up to {MOST_ROWS} × {MOST_COLUMNS} can be shown whole"
        )
