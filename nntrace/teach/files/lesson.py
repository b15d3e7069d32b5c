"""The lesson file: Markdown in, a Lesson out, or every problem of the file with its place.

The format is told in docs/lessons.md.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from nntrace.errors import LessonError, NntraceError, unknown
from nntrace.read import bundled
from nntrace.read.files import read_bytes, working_in
from nntrace.read.yaml.text import decode, told_with_lines
from nntrace.teach.files.blocks import KINDS, Context, Fence
from nntrace.teach.step import BUILTIN, Block, Lesson, Prose, Step

_ITEM = re.compile(r"([-*]|[0-9]{1,3}[.)])\s+(.*)")

_NAME = re.compile(r"(?=.*[a-z])[a-z0-9][a-z0-9-]+")


def load(path: str | os.PathLike[str] | None = None) -> Lesson:
    """Read a lesson file, or without a path the lesson that comes with nntrace.

    Nets and inputs are looked for in the lesson's folder; the bundled lesson's are bundled, too.
    Raises FileError where it cannot be read, and LessonError with every problem of the file.
    """
    name = os.fspath(path or BUILTIN)
    data = read_bytes(name)
    folder = Path(name).absolute().parent if path else bundled.folder()
    with working_in(folder):
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
    with told_with_lines(text, source):
        reader.read(re.split("\r\n|\r|\n", text))
        if reader.context.problems:
            raise LessonError(sorted(reader.context.problems, key=lambda each: each.line or 0))
    steps = tuple(Step(each.name, each.title, tuple(each.blocks)) for each in reader.steps)
    return Lesson(reader.title or "", tuple(reader.opening), steps, source, folder)


class _Heading(NamedTuple):
    """A heading: `## A neuron {#neuron}`, with the columns where its words and its name begin."""

    level: int
    words: str
    name: str | None
    column: int
    name_column: int


def _heading(line: str) -> _Heading | None:
    """Read a heading, in one pass whatever its blanks; None where a line is none."""
    level = len(line) - len(line.lstrip("#"))
    if not level or not line[level : level + 1].isspace():
        return None
    words = line[level:].strip()
    column = line.index(words, level) + 1 if words else len(line) + 1
    start = words.rfind("{#")
    name = words[start + 2 : -1] if start >= 0 and words.endswith("}") else None
    if name is None or "{" in name or "}" in name:
        return _Heading(level, words, None, column, column)
    return _Heading(level, words[:start].rstrip(), name, column, column + start + 2)


class _Open(NamedTuple):
    """A step that is being read."""

    name: str
    title: str
    blocks: list[Block]
    line: int


class _Reader:
    """What has been read so far: steps, the net that marks mean, problems."""

    def __init__(self, source: str) -> None:
        self.title: str | None = None
        self.opening: list[Prose] = []
        self.steps: list[_Open] = []
        self.names: set[str] = set()
        self.context = Context(source)

    def read(self, lines: list[str]) -> None:
        number = 0
        paragraph: list[str] = []
        bullet = ""

        def end() -> None:
            nonlocal bullet
            if paragraph:
                self.prose(Prose("\n".join(paragraph), self.context.trace, bullet))
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
                    self.context.report("a comment is not closed, takes --> at its end", start)
            elif not line.strip():
                end()
            elif heading := _heading(line):
                end()
                self.heading(heading, number)
            else:
                if item := _ITEM.match(line):
                    end()
                    bullet = "•" if item[1] in "-*" else item[1].replace(")", ".")
                self.context.marks(line, number)
                if not (self.title or self.context.problems):
                    self.context.report(
                        "takes a title, such as '# My lesson', before any text", number
                    )
                paragraph.append((item[2] if item else line).strip())
        end()
        if self.title is None and not self.context.problems:
            self.context.report(
                "is empty, a lesson has a '# Title' and steps that begin with '## '", 1
            )
        elif not self.steps and not self.context.problems:
            self.context.report("has no step; a line such as '## A neuron' begins one", 1)
        for step in self.steps:
            if not step.blocks and not self.context.problems:
                self.context.report(
                    f"'{step.title}' is empty, a step has text or blocks", step.line
                )

    def prose(self, prose: Prose) -> None:
        if self.steps:
            self.steps[-1].blocks.append(prose)
        else:
            self.opening.append(prose)

    def heading(self, heading: _Heading, line: int) -> None:
        level, words, given, column, name_column = heading
        if level == 1:
            if self.title is not None:
                self.context.report("a second title, a lesson has one; '## ' begins a step", line)
            self.title = self.title or words
            return
        if level > 2:
            self.context.report("takes '## ', which begins a step; steps have no parts", line)
            return
        name = given if given is not None else self.name_for(words)
        column = column if given is None else name_column
        if self.title is None and not self.context.problems:
            self.context.report("takes a title, such as '# My lesson', before the first step", line)
        if not words:
            self.context.report("takes the title of a step behind '##'", line)
        elif not _NAME.fullmatch(name):
            message = "takes a name for the step such as {#a-neuron}: a to z, 0 to 9 and -"
            self.context.report(f"{message}, two or more, not only digits", line, column)
        elif name in self.names:
            self.context.report(f"'{name}' is the name of an earlier step", line, column)
        self.context.enter(name)
        self.names.add(name)
        self.steps.append(_Open(name, words, [], line))

    def name_for(self, title: str) -> str:
        """Make a name of a title; of one without letters from a to z, the step's number."""
        name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        return name if _NAME.fullmatch(name) else f"step-{len(self.steps) + 1}"

    def fence(self, lines: list[str], number: int) -> int:
        """Read a block that opens on a line, and return the number of the line that closes it."""
        start, kind = number, lines[number - 1].strip("` \t")
        while number < len(lines) and lines[number].rstrip() != "```":
            number += 1
        block = Fence(kind, lines[start:number], start + 1)
        if number == len(lines):
            self.context.report(f"the block ```{kind} is not closed, takes a line ```", start)
        elif not self.steps:
            self.context.report(
                "a block stands in a step; a line such as '## A neuron' begins one", start
            )
        elif kind not in KINDS:
            self.context.report(unknown("kind of block", kind, KINDS), start, 4)
        else:
            with self.context.told(block.first):
                self.steps[-1].blocks.extend(KINDS[kind](self.context, block))
        return number + 1
