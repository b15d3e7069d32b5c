"""The blocks of a lesson file: each kind of fence, and what becomes of it.

A new kind is a function here, a line in KINDS, and something that draws its block.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from os.path import join
from typing import TYPE_CHECKING, NamedTuple

from nntrace.core.activations import find as find_activation
from nntrace.core.elsewhere import unknown_activation
from nntrace.core.forward import Trace, forward
from nntrace.core.names import find_neuron
from nntrace.core.network import Network
from nntrace.errors import NntraceError, Problem, UsageError, unknown
from nntrace.read import bundled
from nntrace.read.files import is_stream
from nntrace.read.nets.load import load
from nntrace.read.rows.inputs import expanded, rows_of
from nntrace.teach import live
from nntrace.teach.files.commandline import check_own_files, looking_command, split
from nntrace.teach.files.grammar import read_question
from nntrace.teach.reports import live as drawn
from nntrace.teach.reports.live import Model
from nntrace.teach.step import Block, Live, Say, Verbatim

if TYPE_CHECKING:
    from nntrace.core.activation import ActivationKind

_COUNT = re.compile("[0-9]{1,18}")
MOST_ROWS, MOST_COLUMNS = 12, 8  # of a matrix that is shown with all its numbers


class Fence(NamedTuple):
    """A fenced block: its kind, its lines, and the line of the file that the first is on."""

    kind: str
    lines: list[str]
    first: int

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)


class Context:
    """What a block is read in: its step, the net that marks mean, and the problems so far."""

    def __init__(self, source: str, folder: str) -> None:
        self.source = source
        self.folder = folder  # in which nets and inputs lie; empty for where the reader is
        self.problems: list[Problem] = []
        self.nets: dict[str, Network] = {}
        self.enter("")

    def enter(self, step: str) -> None:
        """Begin a step, which has no net yet."""
        self.step = step
        self.questions = 0  # questions of the step
        self.trace: Trace | None = None
        self.failed = False  # the net of this step could not be read, which has been told

    def report(self, message: str, line: int, column: int = 1) -> None:
        """Note a problem."""
        self.problems.append(Problem(message, (), self.source, line, column))

    @contextmanager
    def told(self, line: int, column: int = 1) -> Iterator[None]:
        """Note what is raised inside as problems of this file."""
        try:
            yield
        except NntraceError as error:
            for problem in error.problems:
                if problem.source not in (None, self.source):  # of a net, say
                    self.report(str(problem), line, column)
                else:
                    place = (problem.line or line, problem.column or column)
                    self.report(str(problem._replace(source=None, line=None, column=None)), *place)

    def marks(self, lines: Sequence[str], first: int) -> None:
        """Check the marks of some lines; they are filled again when they are shown."""
        for line, text in enumerate(lines, first):
            for match in live.MARK.finditer(text):
                if not self.failed:
                    with self.told(line, match.start() + 1):
                        live.value_of(match[1], self.trace)
            left = live.MARK.sub(lambda match: " " * len(match[0]), text).find("{{")
            if left >= 0:
                self.report("a mark {{ is not closed by }}, or is empty", line, left + 1)

    def current(self, block: Fence) -> Trace:
        """Return the trace that a block is about; UsageError, told already, without one."""
        if self.trace is None:
            if not self.failed:
                message = f"```{block.kind} is about a net, a block ```net before it says which"
                self.report(message, block.first - 1)
            raise UsageError(())
        return self.trace

    def network(self, name: str) -> Network:
        """Read a net, once."""
        if name not in self.nets:
            if name == "-":
                raise UsageError("-: a lesson reads no standard input")
            check_own_files(name, self.folder)
            path = bundled.find(name, self.folder) or join(self.folder, name)
            self.nets[name] = load(path, _settled)
        return self.nets[name]


def _settled(doubt: Problem) -> None:
    """A lesson shows no net that may be wrong: who writes it can say what is meant."""
    raise UsageError(doubt)


def net(context: Context, block: Fence) -> list[Block]:
    context.trace, context.failed = None, True
    context.trace = _traced(context, block)
    context.failed = context.trace is None
    return []


def _traced(context: Context, block: Fence) -> Trace | None:
    words = split(*_only_line(block, "a net and its input"))
    options: dict[str, list[str]] = {"--input": [], "--example": []}
    name, rest = words[0][0], words[1:]
    while rest:
        word, column = rest.pop(0)
        option, equals, value = word.partition("=")
        option = "--input" if option == "-i" else option
        if option not in options:
            message = unknown("option", word, options)
            raise UsageError(Problem(message, line=block.first, column=column))
        if not equals and not rest:
            message = f"{word} takes a value"
            raise UsageError(Problem(message, line=block.first, column=column))
        options[option].append(value if equals else rest.pop(0)[0])
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
    for line, text in _lines(block, "a command such as: run cat-or-dog"):
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
    return [question.shuffled(0)._replace(step=context.step)]


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
    merged = live.merge(context.current(block))
    _small(merged.weights.shape, "the one layer")
    return [Live(lambda _: drawn.melted(merged))]


def layer(context: Context, block: Fence) -> list[Block]:
    try:
        trace = context.current(block)
    finally:  # a fault in it is told as well
        name = _only_line(block, "the name of a layer")[0].strip()
    _small(trace.network.layer(name).weights.shape, name)
    return [Live(lambda _: drawn.matrices(trace, name))]


def draw(context: Context, block: Fence) -> list[Block]:
    kinds: list[ActivationKind] = []
    for line, text in _lines(block, "names of activations such as: relu tanh"):
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


def neurons(context: Context, block: Fence) -> list[Block]:
    network = context.current(block).network
    if network.input.picture is None:
        raise UsageError(f"the inputs of {network.name} are no pictures")
    found: list[int] = []
    for line, text in _lines(block, "neurons of the first layer"):
        for word, column in split(text, line):
            with context.told(line, column):
                neuron = find_neuron(network, word)
                if network.reads(neuron.layer) != ("input",):
                    raise UsageError(f"'{word}' is not in the first layer, which sees pictures")
                found.append(neuron.index)
    return [Live(partial(drawn.pictures, network, found))]


def scale(context: Context, block: Fence) -> list[Block]:
    models: list[Model] = []
    for line, text in _lines(block, "nets, or lines such as: GPT-2 | 1500000000 | source"):
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
    "say": say,
    "pass": whole_pass,
    "layer": layer,
    "merge": merge,
    "draw": draw,
    "neurons": neurons,
    "scale": scale,
}


def _small(shape: tuple[int, ...], name: str) -> None:
    """Refuse a matrix that no screen shows whole."""
    if shape[0] > MOST_ROWS or shape[1] > MOST_COLUMNS:
        found = f"{shape[0]} × {shape[1]}"
        raise UsageError(
            f"{name} is {found}, up to {MOST_ROWS} × {MOST_COLUMNS} can be shown whole"
        )


def _lines(block: Fence, takes: str) -> list[tuple[int, str]]:
    """Return the lines of a block that hold something, each with its number."""
    found = [(block.first + index, line) for index, line in enumerate(block.lines) if line.strip()]
    if not found:
        raise UsageError(Problem(f"```{block.kind} is empty, takes {takes}", line=block.first - 1))
    return found


def _only_line(block: Fence, takes: str) -> tuple[str, int]:
    """Return the one line of a block, and its number."""
    (line, text), *more = _lines(block, takes)
    if more:
        raise UsageError(Problem(f"```{block.kind} takes {takes}, on one line", line=more[0][0]))
    return text, line
