"""What a lesson is: steps of prose and live parts, as frozen data.

Texts are a little Markdown: `code`, **bold**, and marks such as `{{hidden1.0.z}}`, which
`nntrace.teach.live.fill` turns into numbers of the trace that stands beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from nntrace.core.forward import Trace
from nntrace.teach.aim import Aim
from nntrace.teach.question import Question

if TYPE_CHECKING:
    from nntrace.write.report import Item
    from nntrace.write.view import View

BUILTIN = Path(__file__).with_name("lesson.md")

# The commands that a lesson may run: they look, and write nothing.
LOOKING = ("run", "explain", "predict", "show", "check", "ladder", "stats", "schema")


class Prose(NamedTuple):
    """A paragraph, or an item of a list with its `bullet`: `•` or `1.`."""

    text: str
    trace: Trace | None = None
    bullet: str = ""


class Verbatim(NamedTuple):
    """Lines that stand as they are, only their marks filled in."""

    text: str
    trace: Trace | None = None


class Command(NamedTuple):
    """A command as it is typed after `nntrace`, its words, and where it stands in the file.

    `yours` says that the reader is to type it, or one like it.
    """

    text: str
    words: tuple[str, ...]
    line: int
    column: int
    yours: bool = False


class Goal(NamedTuple):
    """What the reader is to bring about with a command of their own, which is run and judged.

    The net that is meant is called `net`, and `reached` is said once it is brought about.
    """

    asks: str
    command: Command
    aim: Aim
    net: str
    reached: str
    hints: tuple[str, ...] = ()


class Grid(NamedTuple):
    """A table of texts: its head, its rows, and which of its columns stand at the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]
    trace: Trace | None = None


class Say(NamedTuple):
    """A question that the reader answers in words of their own; nobody judges them."""

    asks: str
    answer: str
    trace: Trace | None = None


class Live(NamedTuple):
    """What is computed from a net and drawn: `draw` tells it for a view.

    What takes seconds says so meanwhile, by `slow`. `check` raises what can go wrong on the way.
    """

    draw: Callable[[View], Sequence[Item]]
    slow: str = ""
    check: Callable[[], object] | None = None


# A question is asked before what follows is shown.
Block: TypeAlias = Prose | Verbatim | Grid | Command | Goal | Question | Say | Live


def waits(block: Block) -> bool:
    """Whether a block waits for something that the reader does."""
    return isinstance(block, Question | Say | Goal) or (isinstance(block, Command) and block.yours)


class Step(NamedTuple):
    """A part of a lesson, some screens of prose and what is live in it.

    One that is `further` is offered to those who want more, after the lesson itself.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    further: bool = False


class Lesson(NamedTuple):
    """A lesson: its title, what is said before its first step, and its steps.

    Its commands run in `folder`, so that it finds its nets beside it. `bank` is the question bank
    that it leads to, empty where it leads to none.
    """

    title: str
    opening: tuple[Prose | Grid, ...]
    steps: tuple[Step, ...]
    source: str
    folder: Path
    bank: str = ""

    @property
    def length(self) -> int:
        """How many steps it has, without further ones."""
        return sum(not step.further for step in self.steps)

    def find(self, name: str) -> int | None:
        """Return the index of a step, by its number from 1, its name or title; None without one."""
        if name.isascii() and name.isdigit():
            number = int(name[:9])
            return number - 1 if 1 <= number <= len(self.steps) else None
        folded = name.casefold()
        for index, step in enumerate(self.steps):
            if folded in (step.name, step.title.casefold()):
                return index
        return None
