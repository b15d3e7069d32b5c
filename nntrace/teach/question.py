"""What a question is: a stem, options of which one is right, a reason for each, and hints.

Questions under one title are a bank; one comes with nntrace.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from shlex import quote as quoted
from typing import NamedTuple

from nntrace.teach.draw import Draw

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PLAIN_LETTERS = "acdefgijklmop"  # none of those that mean something else in a lesson: b h n q
BUILTIN = Path(__file__).with_name("bank.yaml")

# The steps of the lesson, which the questions of the bundled bank name.
STEPS = ("neuron", "activation", "layer", "network", "ladder", "scale", "window", "attention")

# A question's id and its content, for one whose words changed is a new one; or family and net.
Key = tuple[str, str]


def key_of(id: str, content: str, family: str | None, of: str) -> Key:
    """Return what answers to a question are kept under, be it of a bank or of a net `of`."""
    return (id, content) if family is None else (family, of)


class Option(NamedTuple):
    """One answer: its words, why it is right or which misconception it is, its value if a number.

    Texts are a little Markdown: words, and `code` between backquotes.
    """

    text: str
    why: str
    value: float | None = None


class Reason(NamedTuple):
    """An option by its letter (none where the options are not shown), and why it is what it is."""

    letter: str
    text: str
    why: str


class Question(NamedTuple):
    """A question with one right answer, `options[right]`.

    Where it is `typed`, the options are not shown and all have values: the number asked for, and
    what people get who make a mistake. Else an option answers to its place in `letters`. `hints` go
    from the idea to the numbers filled in. `step` names the lesson step that teaches it. A question
    made from a net has a `family`, and where one neuron's arithmetic is the worked answer, that
    `neuron`, in row `row` of what was traced, with `settings` made by hand: names of neurons or
    inputs, and values. `of` is the title of its bank, or the name of its net;
    `lesson` is the file that teaches it, empty for the lesson of nntrace.
    """

    id: str
    asks: str
    options: tuple[Option, ...]
    right: int
    hints: tuple[str, ...]
    step: str | None = None
    typed: bool = False
    letters: str = LETTERS
    family: str | None = None
    neuron: str | None = None
    row: int = 0
    settings: tuple[tuple[str, float], ...] = ()
    of: str = ""
    lesson: str = ""

    @property
    def answer(self) -> Option:
        """The right option."""
        return self.options[self.right]

    @property
    def letter(self) -> str:
        """The letter of the right option, as they stand now."""
        return self.letters[self.right]

    @property
    def choices(self) -> str:
        """The letters of its options in words: `a to d`, or all of them where one is left out."""
        own = self.letters[: len(self.options)]
        return f"{own[0]} to {own[-1]}" if self.gapless else f"{', '.join(own[:-1])} or {own[-1]}"

    @property
    def gapless(self) -> bool:
        """Whether its options have the first letters there are, without a gap."""
        return LETTERS.startswith(self.letters[: len(self.options)])

    @property
    def content(self) -> str:
        """A digest of what is asked and what is right, whatever the order of the options."""
        texts = [self.asks, self.answer.text, *sorted(option.text for option in self.options)]
        return sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def key(self) -> Key:
        """What answers to it are kept under.

        Of a question made from a net that is what it asks of which net, whatever its numbers are.
        """
        return key_of(self.id, self.content, self.family, self.of)

    def label(self, index: int) -> str:
        """Return the letter of an option, none where the options are not shown."""
        return "" if self.typed else self.letters[index]

    def reason(self, index: int) -> Reason:
        """Return an option as it is told of after an answer."""
        return Reason(self.label(index), *self.options[index][:2])

    def shuffled(self, seed: int) -> Question:
        """Return it with its options in an order drawn from a seed and its own id."""
        order = Draw(seed, self.id).shuffled(range(len(self.options)))
        options = tuple(self.options[index] for index in order)
        return self._replace(options=options, right=order.index(self.right))


class Bank(NamedTuple):
    """Questions under one title; each has its right option first, until it is shuffled."""

    title: str
    questions: tuple[Question, ...]


def where_taught(question: Question) -> str:
    """Say where a question can be read up: in the lesson of nntrace, or in one of a teacher's.

    Empty for one that names no step; a step of no lesson that is known is only named.
    """
    step = question.step or ""
    if question.lesson and step:
        return f"`nntrace learn {quoted(question.lesson)} {step}`"
    return f"`nntrace learn {step}`" if step in STEPS else step


def sample(questions: Sequence[Question], count: int, seed: int) -> list[Question]:
    """Return some of the questions, drawn by a seed, in the order in which they stand."""
    if count >= len(questions):
        return list(questions)
    drawn = Draw(seed, "sample").shuffled(range(len(questions)))[:count]
    return [questions[index] for index in sorted(drawn)]
