"""The lesson file: Markdown in, a Lesson out, or every problem of the file with its place.

The format is told in docs/lessons.md.
"""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nntrace.errors import LessonError, NntraceError, unknown
from nntrace.read import bundled
from nntrace.read.files import read_bytes
from nntrace.read.yaml.text import decode, told_with_lines
from nntrace.teach import markdown
from nntrace.teach.files.blocks import KINDS
from nntrace.teach.files.context import Context, Fence
from nntrace.teach.step import BUILTIN, Block, Grid, Lesson, Prose, Step

if TYPE_CHECKING:
    from markdown_it.token import Token

FURTHER = " further}"  # behind the name of a step for who wants more
DEEPEST = 4  # lists in each other
_NAME = re.compile(r"(?=.*[a-z])[a-z0-9][a-z0-9-]+")


def load(path: str | os.PathLike[str] | None = None) -> Lesson:
    """Read a lesson file, or without a path the lesson that comes with nntrace.

    Nets and inputs are looked for in the lesson's folder; the bundled lesson's are bundled, too.
    Raises FileError where it cannot be read, and LessonError with every problem of the file.
    """
    name = os.fspath(path or BUILTIN)
    data = read_bytes(name)
    folder = Path(name).parent if path else bundled.folder()
    return parse(data, name if path else BUILTIN.name, folder)


def parse(data: bytes, source: str, folder: Path) -> Lesson:
    """Make a Lesson from the bytes of a file; names of nets and inputs are relative to `folder`.

    `source` is what its problems are told under. Raises LessonError with every problem.
    """
    try:
        text = decode(data, source)
    except NntraceError as error:
        raise LessonError(error.problems) from None
    reader = _Reader(source, "" if folder == Path() else str(folder))
    with told_with_lines(text, source):
        reader.read(text)
        if reader.problems:
            raise LessonError(sorted(reader.problems, key=lambda each: each.line or 0))
    steps = tuple(
        Step(each.name, each.title, tuple(each.blocks), each.further) for each in reader.steps
    )
    opening, bank = tuple(reader.opening), reader.bank
    return Lesson(reader.title or "", opening, steps, source, folder.absolute(), bank)


class _Open(NamedTuple):
    """A step that is being read."""

    name: str
    title: str
    blocks: list[Block]
    line: int
    further: bool


class _Reader(Context):
    """What has been read so far: steps, the net that marks mean, problems."""

    def __init__(self, source: str, folder: str) -> None:
        super().__init__(source, folder)
        self.title: str | None = None
        self.opening: list[Prose | Grid] = []
        self.steps: list[_Open] = []
        self.names: set[str] = set()

    def read(self, text: str) -> None:
        self.lines = re.split("\r\n|\r|\n", text)
        bullet = ""
        tokens = markdown.blocks(text)
        for token, content in pairwise([*tokens, *tokens[:1]]):
            start, end = token.map or (0, 0)
            if token.type == "heading_open":
                self.heading(len(token.markup), content.content, start + 1)
            elif token.type == "list_item_open":
                bullet = f"{token.info}." if token.info else "•"
                if token.level == 2 * DEEPEST + 1:
                    self.report(f"lists stand in each other, up to {DEEPEST} can", start + 1)
            elif token.type == "paragraph_open":
                self.paragraph(range(start + 1, end + 1), content.content, bullet)
                bullet = ""
            elif token.type == "list_item_close":
                bullet = ""
            elif token.type == "table_open":
                self.table(markdown.cells(tokens, token), range(start + 1, end + 1))
            elif token.type == "fence":
                self.fence(token)
            elif token.type == "html_block" and "-->" not in token.content:
                self.report("a comment is not closed, takes --> at its end", start + 1)
        if self.title is None:
            self.alone("is empty, a lesson has a '# Title' and steps that begin with '## '", 1)
        elif not self.steps:
            self.alone("has no step; a line such as '## A neuron' begins one", 1)
        for step in self.steps:
            if not step.blocks:
                self.alone(f"'{step.title}' is empty, a step has text or blocks", step.line)

    def alone(self, message: str, line: int) -> None:
        """Note a problem where there is no other, which it may well come from."""
        if not self.problems:
            self.report(message, line)

    def paragraph(self, numbers: range, text: str, bullet: str) -> None:
        """Read a paragraph, which stands on these lines."""
        self.marks(self.lines[numbers[0] - 1 : numbers[-1]], numbers[0])
        if not self.title:
            self.alone("takes a title, such as '# My lesson', before any text", numbers[0])
        self.add(Prose(text, self.trace, bullet))

    def table(self, cells: markdown.Cells, numbers: range) -> None:
        """Read a table, which stands on these lines."""
        self.marks(self.lines[numbers[0] - 1 : numbers[-1]], numbers[0])
        if not self.title:
            self.alone("takes a title, such as '# My lesson', before any table", numbers[0])
        head, *rows = cells.rows
        self.add(Grid(head, tuple(rows), cells.right, self.trace))

    def add(self, block: Prose | Grid) -> None:
        """Add what is read to the step, or to what is said before the first one."""
        if self.steps:
            self.steps[-1].blocks.append(block)
        else:
            self.opening.append(block)

    def heading(self, level: int, text: str, line: int) -> None:
        """Read a heading such as `A neuron {#neuron}`."""
        words, begins, given = text.rpartition("{#")
        named = bool(begins) and given.endswith("}") and not re.search("[{}]", given[:-1])
        words = words.rstrip() if named else text
        further = named and given.endswith(FURTHER)
        if level == 1:
            if self.title is not None:
                self.report("a second title, a lesson has one; '## ' begins a step", line)
            self.title = self.title or words
            return
        if level > 2:
            self.report("takes '## ', which begins a step; steps have no parts", line)
            return
        name = given.removesuffix(FURTHER).removesuffix("}") if named else self.name_for(words)
        place = f"{{#{given}" if named else text or "\n"
        column = (self.lines[line - 1] + "\n").rindex(place) + (3 if named else 1)
        if self.title is None:
            self.alone("takes a title, such as '# My lesson', before the first step", line)
        if not words:
            self.report("takes the title of a step behind '##'", line)
        elif not _NAME.fullmatch(name):
            message = "takes a name for the step such as {#a-neuron}: a to z, 0 to 9 and -"
            self.report(f"{message}, two or more, not only digits", line, column)
        elif name in self.names:
            self.report(f"'{name}' is the name of an earlier step", line, column)
        self.enter(name)
        self.names.add(name)
        if not further and self.steps and self.steps[-1].further:
            self.report("stands behind a step for who wants more, which come last", line)
        self.steps.append(_Open(name, words, [], line, further))

    def name_for(self, title: str) -> str:
        """Make a name of a title; of one without letters from a to z, the step's number."""
        name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        return name if _NAME.fullmatch(name) else f"step-{len(self.steps) + 1}"

    def fence(self, token: Token) -> None:
        """Read a block between lines of three backquotes."""
        kind = token.info.strip()
        start, end = token.map or (0, 0)
        lines = self.lines[start + 1 : end]
        if closed := token.content.count("\n") == end - start - 2:
            lines.pop()
        if not closed:
            self.report(f"the block ```{kind} is not closed, takes a line ```", start + 1)
        elif not self.steps:
            self.report(
                "a block stands in a step; a line such as '## A neuron' begins one", start + 1
            )
        elif not self.lines[start].startswith(token.markup):
            self.report("a block begins at the beginning of a line", start + 1)
        elif kind not in KINDS:
            self.report(unknown("kind of block", kind, KINDS), start + 1, 4)
        else:
            block = Fence(kind, lines, start + 2)
            with self.told(block.first):
                self.steps[-1].blocks.extend(KINDS[kind](self, block))
