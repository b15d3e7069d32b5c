"""The lesson file: Markdown in, a Lesson out, or every problem of the file with its place.

The format is told in docs/lessons.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import NamedTuple

from nntrace.core.activations import ACTIVATIONS
from nntrace.core.activations import find as find_activation
from nntrace.core.forward import Trace, forward
from nntrace.core.network import Network
from nntrace.core.neurons import find_neuron
from nntrace.errors import LessonError, NntraceError, Problem, UsageError, unknown
from nntrace.lesson import live
from nntrace.lesson.step import (
    BUILTIN,
    Block,
    Curves,
    Lesson,
    Matrices,
    Merge,
    Model,
    Pass,
    Pictures,
    Predict,
    Prose,
    Say,
    Scale,
    Step,
    Verbatim,
)
from nntrace.read import bundled, netfile
from nntrace.read.commandline import looking_command, split
from nntrace.read.files import read_bytes
from nntrace.read.inputs import rows_of
from nntrace.read.nodes import decode
from nntrace.read.questiongrammar import read_question

_HEADING = re.compile(r"(#+)\s+(.*?)\s*(?:\{#([^{}]*)\})?\s*")
_ITEM = re.compile(r"([-*]|[0-9]{1,3}[.)])\s+(.*)")
MOST_ROWS, MOST_COLUMNS = 12, 8  # of a matrix that is shown with all its numbers

_NAME = re.compile(r"(?=.*[a-z])[a-z0-9][a-z0-9-]+")


def load(path: str | os.PathLike[str] | None = None) -> Lesson:
    """Read a lesson file, or without a path the lesson that comes with nntrace.

    Nets and inputs are looked for in the lesson's folder; the bundled lesson's are bundled, too.
    Raises FileError where it cannot be read, and LessonError with every problem of the file.
    """
    name = os.fspath(path or BUILTIN)
    folder = Path(name).absolute().parent if path else bundled.folder()
    data = read_bytes(name)
    with chdir(folder):
        return parse(data, name if path else BUILTIN.name, folder)


def parse(data: bytes, source: str, folder: Path) -> Lesson:
    """Make a Lesson from the bytes of a file; names of nets and inputs are relative to here.

    `source` is what its problems are told under. Raises LessonError with every problem.
    """
    try:
        text = decode(data, source)
    except NntraceError as error:
        raise LessonError(error.problems) from None
    reader = _Reader(source)
    reader.read(re.split("\r\n|\r|\n", text))
    if reader.problems:
        raise LessonError(sorted(reader.problems, key=lambda each: each.line or 0))
    steps = tuple(Step(each.name, each.title, tuple(each.blocks)) for each in reader.steps)
    return Lesson(reader.title or "", tuple(reader.opening), steps, source, folder)


class _Open(NamedTuple):
    """A step that is being read."""

    name: str
    title: str
    blocks: list[Block]
    line: int


class _Fence(NamedTuple):
    """A fenced block: its kind, its lines, and the line of the file that the first is on."""

    kind: str
    lines: list[str]
    first: int

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


class _Reader:
    """What has been read so far: steps, the net that marks mean, problems."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.title: str | None = None
        self.opening: list[Prose] = []
        self.steps: list[_Open] = []
        self.problems: list[Problem] = []
        self.trace: Trace | None = None
        self.nets: dict[str, Network] = {}
        self.failed = False  # the net of this step could not be read, which has been told

    def report(self, message: str, line: int, column: int = 1) -> None:
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

    def read(self, lines: list[str]) -> None:
        number = 0
        paragraph: list[str] = []
        bullet = ""

        def end() -> None:
            nonlocal bullet
            if paragraph:
                self.prose(Prose("\n".join(paragraph), self.trace, bullet))
                paragraph.clear()
            bullet = ""

        while number < len(lines):
            line = lines[number]
            number += 1  # now that of the line, from 1
            if line.startswith("```"):
                end()
                number = self.fence(lines, number)
            elif line.startswith("<!--"):
                end()
                start = number
                while number < len(lines) and "-->" not in lines[number - 1]:
                    number += 1
                if "-->" not in lines[number - 1]:
                    self.report("a comment is not closed, takes --> at its end", start)
            elif not line.strip():
                end()
            elif heading := _HEADING.fullmatch(line):
                end()
                self.heading(heading, number)
            else:
                if item := _ITEM.match(line):
                    end()
                    bullet = "•" if item[1] in "-*" else item[1].replace(")", ".")
                self.marks(line, number)
                if not (self.title or self.problems):
                    self.report("takes a title, such as '# My lesson', before any text", number)
                paragraph.append((item[2] if item else line).strip())
        end()
        if self.title is None and not self.problems:
            self.report("is empty, a lesson has a '# Title' and steps that begin with '## '", 1)
        elif not self.steps and not self.problems:
            self.report("has no step; a line such as '## A neuron' begins one", 1)
        for step in self.steps:
            if not step.blocks and not self.problems:
                self.report(f"'{step.title}' is empty, a step has text or blocks", step.line)

    def prose(self, prose: Prose) -> None:
        if self.steps:
            self.steps[-1].blocks.append(prose)
        else:
            self.opening.append(prose)

    def heading(self, heading: re.Match[str], line: int) -> None:
        level, words, given = len(heading[1]), heading[2], heading[3]
        if level == 1:
            if self.title is not None:
                self.report("a second title, a lesson has one; '## ' begins a step", line)
            self.title = self.title or words
            return
        if level > 2:
            self.report("takes '## ', which begins a step; steps have no parts", line)
            return
        name = given if given is not None else self.name_for(words)
        column = heading.start(3) + 1 if given is not None else heading.start(2) + 1
        if self.title is None and not self.problems:
            self.report("takes a title, such as '# My lesson', before the first step", line)
        if not words:
            self.report("takes the title of a step behind '##'", line)
        elif not _NAME.fullmatch(name):
            message = "takes a name for the step such as {#a-neuron}: a to z, 0 to 9 and -"
            self.report(f"{message}, two or more, not only digits", line, column)
        elif name in [step.name for step in self.steps]:
            self.report(f"'{name}' is the name of an earlier step", line, column)
        self.trace, self.failed = None, False
        self.steps.append(_Open(name, words, [], line))

    def name_for(self, title: str) -> str:
        """Make a name of a title; of one without letters from a to z, the step's number."""
        name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        return name if _NAME.fullmatch(name) else f"step-{len(self.steps) + 1}"

    def marks(self, text: str, line: int) -> None:
        """Check the marks of a line; they are filled again when they are shown."""
        for match in live.MARK.finditer(text):
            if not self.failed:
                with self.told(line, match.start() + 1):
                    live.value_of(match[1], self.trace)
        left = live.MARK.sub(lambda match: " " * len(match[0]), text).find("{{")
        if left >= 0:
            self.report("a mark {{ is not closed by }}, or is empty", line, left + 1)

    def fence(self, lines: list[str], number: int) -> int:
        """Read a block that opens on a line, and return the number of the line that closes it."""
        start, kind = number, lines[number - 1].strip("` \t")
        while number < len(lines) and lines[number].rstrip() != "```":
            number += 1
        block = _Fence(kind, lines[start:number], start + 1)
        if number == len(lines):
            self.report(f"the block ```{kind} is not closed, takes a line ```", start)
        elif not self.steps:
            self.report("a block stands in a step; a line such as '## A neuron' begins one", start)
        elif kind not in _KINDS:
            self.report(unknown("kind of block", kind, _KINDS), start, 4)
        else:
            with self.told(block.first):
                self.steps[-1].blocks.extend(_KINDS[kind](self, block))
        return number + 1

    def current(self, block: _Fence) -> Trace | None:
        """Return the trace that a block is about; None where its fault has been told."""
        if self.trace is None and not self.failed:
            message = f"```{block.kind} is about a net, a block ```net before it says which"
            self.report(message, block.first - 1)
        return self.trace

    def net(self, block: _Fence) -> list[Block]:
        self.trace, self.failed = None, True
        self.trace = self._traced(block)
        self.failed = self.trace is None
        return []

    def _traced(self, block: _Fence) -> Trace | None:
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
        network = self._network(name)
        given = len(options["--input"]) + len(options["--example"])
        examples = options["--example"]
        if not given:
            if not network.examples:
                raise UsageError(f"{name} has no examples, takes --input with its numbers")
            examples = [network.examples[0].name]
        if "-" in options["--input"]:
            raise UsageError("--input -: a lesson reads no standard input")
        batches = list(rows_of(network, options["--input"], examples))
        count = sum(len(batch.values) for batch in batches)
        if count != 1:
            raise UsageError(f"takes one row of input, not {count}")
        return forward(network, next(batch.values for batch in batches if len(batch.values)))

    def _network(self, name: str) -> Network:
        if name not in self.nets:
            if name == "-":
                raise UsageError("-: a lesson reads no standard input")
            self.nets[name] = netfile.load(name)
        return self.nets[name]

    def commands(self, block: _Fence) -> list[Block]:
        found: list[Block] = []
        for line, text in _lines(block, "a command such as: run cat-or-dog"):
            with self.told(line):
                found.append(looking_command(text, line, yours=block.kind == "try"))
        if block.kind == "try" and len(found) > 1:
            raise UsageError("takes one command, a block ```nntrace takes several")
        return found

    def verbatim(self, block: _Fence) -> list[Block]:
        for index, line in enumerate(block.lines):
            self.marks(line, block.first + index)
        return [Verbatim(block.text, self.trace)]

    def predict(self, block: _Fence) -> list[Block]:
        before = len(self.problems)
        for index, line in enumerate(block.lines):
            self.marks(line, block.first + index)
        if len(self.problems) > before or self.failed:
            return []
        step = self.steps[-1].name
        name = f"{step}-{sum(isinstance(each, Predict) for each in self.steps[-1].blocks) + 1}"
        filled = live.fill(block.text, self.trace)
        question = read_question(filled, self.source, block.first, name)
        return [Predict(question.shuffled(0)._replace(step=step))]

    def say(self, block: _Fence) -> list[Block]:
        for index, line in enumerate(block.lines):
            self.marks(line, block.first + index)
        asks, _, answer = block.text.strip().partition("\n\n")
        if not answer.strip():
            raise UsageError("takes a question, an empty line, and what the lesson itself says")
        return [Say(asks, answer.strip(), self.trace)]

    def whole_pass(self, block: _Fence) -> list[Block]:
        trace = self.current(block)
        return [Pass(trace)] if trace else []

    def merge(self, block: _Fence) -> list[Block]:
        trace = self.current(block)
        if trace is None:
            return []
        merged = live.merge(trace)
        _small(merged.weights.shape, "the one layer")
        return [Merge(trace)]

    def layer(self, block: _Fence) -> list[Block]:
        trace = self.current(block)
        name = _only_line(block, "the name of a layer")[0].strip()
        if trace is None:
            return []
        _small(trace.network.layer(name).weights.shape, name)
        return [Matrices(trace, name)]

    def draw(self, block: _Fence) -> list[Block]:
        names: list[str] = []
        for line, text in _lines(block, "names of activations such as: relu tanh"):
            for word, column in split(text, line):
                try:
                    kind = find_activation(word)
                except KeyError:
                    self.report(unknown("activation", word, ACTIVATIONS), line, column)
                    continue
                if kind.rowwise and self.current(block) is None:
                    continue
                if any(parameter.required for parameter in kind.parameters):
                    self.report(f"{word} has parameters of its own, it is not drawn", line, column)
                names.append(kind.name)
        return [Curves(tuple(names), self.trace)]

    def neurons(self, block: _Fence) -> list[Block]:
        trace = self.current(block)
        if trace is None:
            return []
        network = trace.network
        if network.input.picture is None:
            raise UsageError(f"the inputs of {network.name} are no pictures")
        found = []
        for line, text in _lines(block, "neurons of the first layer"):
            for word, column in split(text, line):
                with self.told(line, column):
                    neuron = find_neuron(network, word)
                    if neuron.layer != network.layers[0].name:
                        raise UsageError(f"'{word}' is not in the first layer, which sees pictures")
                    found.append(neuron.index)
        return [Pictures(trace, tuple(found))]

    def scale(self, block: _Fence) -> list[Block]:
        models = []
        for line, text in _lines(block, "nets, or lines such as: GPT-2 | 1500000000 | source"):
            cells = [cell.strip() for cell in text.split("|")]
            with self.told(line):
                if len(cells) == 1:
                    network = self._network(cells[0])
                    models.append(Model(network.name, network.parameters))
                elif len(cells) == 3 and cells[1].isdigit() and len(cells[1]) < 19 and cells[2]:
                    models.append(Model(cells[0], int(cells[1]), cells[2]))
                else:
                    raise UsageError("takes a net, or NAME | PARAMETERS | SOURCE")
        return [Scale(tuple(models))]


_KINDS: dict[str, Callable[[_Reader, _Fence], list[Block]]] = {
    "net": _Reader.net,
    "nntrace": _Reader.commands,
    "try": _Reader.commands,
    "text": _Reader.verbatim,
    "predict": _Reader.predict,
    "say": _Reader.say,
    "pass": _Reader.whole_pass,
    "layer": _Reader.layer,
    "merge": _Reader.merge,
    "draw": _Reader.draw,
    "neurons": _Reader.neurons,
    "scale": _Reader.scale,
}


def _small(shape: tuple[int, ...], name: str) -> None:
    """Refuse a matrix that no screen shows whole."""
    if shape[0] > MOST_ROWS or shape[1] > MOST_COLUMNS:
        found = f"{shape[0]} × {shape[1]}"
        raise UsageError(
            f"{name} is {found}, up to {MOST_ROWS} × {MOST_COLUMNS} can be shown whole"
        )


def _lines(block: _Fence, takes: str) -> list[tuple[int, str]]:
    """Return the lines of a block that hold something, each with its number."""
    found = [(block.first + index, line) for index, line in enumerate(block.lines) if line.strip()]
    if not found:
        raise UsageError(Problem(f"```{block.kind} is empty, takes {takes}", line=block.first - 1))
    return found


def _only_line(block: _Fence, takes: str) -> tuple[str, int]:
    """Return the one line of a block, and its number."""
    (line, text), *more = _lines(block, takes)
    if more:
        raise UsageError(Problem(f"```{block.kind} takes {takes}, on one line", line=more[0][0]))
    return text, line
