"""A lesson: its prose, and what is live in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nntrace.teach.live import fill
from nntrace.teach.question import LETTERS, Question
from nntrace.teach.reports.prose import paragraphs_of, said, verdict, words_of
from nntrace.teach.step import Block, Command, Live, Prose, Say, Verbatim
from nntrace.write.report import (
    Blank,
    Cell,
    Column,
    Emphasis,
    Indented,
    Item,
    Line,
    Meter,
    Report,
    Row,
    Section,
    Table,
    Words,
    line,
)

if TYPE_CHECKING:
    from nntrace.core.forward import Trace
    from nntrace.teach.grading import Graded
    from nntrace.teach.step import Lesson
    from nntrace.write.view import View

NARROWEST, WIDEST = 20, 78  # columns of prose: longer lines are hard to read


def _report(items: Iterable[Item], view: View) -> Report:
    """Tell in as few columns as there are: a lesson breaks its lines rather than lets them run."""
    return Report(items, view, narrowest=1)


def _prose(items: Iterable[Item], view: View) -> Report:
    width = max(NARROWEST, min(view.width or 80, WIDEST))
    return _report(items, view._replace(width=width))


# ---- where one is ----


def title(lesson: Lesson, view: View) -> Report:
    """Tell the title of the lesson."""
    return _report([line(lesson.title, emphasis="strong")], view)


def header(lesson: Lesson, index: int, view: View) -> Report:
    """Tell where one is: the number and title of a step, and a line that fills up."""
    count, name = len(lesson.steps), lesson.steps[index].title
    place = f"Step {index + 1} of {count}"
    words = line(f"{place} · {name}", f"{place}: {name}", "strong")
    return _report([words, Meter((index + 1) / count, WIDEST)], view)


def contents(lesson: Lesson, at: int | None, view: View) -> Report:
    """Tell the steps of a lesson, and where the reader stopped."""
    rows = []
    for index, step in enumerate(lesson.steps):
        here = index == at
        name = Words(step.title, emphasis="strong" if here else "")
        cells: list[Cell] = [f" {'▸' if here else ' '}", f"{index + 1}", name, " "]
        spoken = f"Step {index + 1}, {step.name}: {step.title}"
        spoken += ", where you stopped" if here else ""
        rows.append(Row([*cells, Words(step.name, emphasis="quiet")], heard=spoken))
    breaks = Column(short="breaks")
    return _prose([Table([Column(), Column(), breaks, Column(), breaks], rows, gap=1)], view)


def command(words: str, view: View) -> Report:
    """Tell a command as it is typed."""
    typed = f"nntrace {words}"
    told = [Words("$ ", ""), Words(typed, f"Command: {typed}", "strong")]
    return _report([Line(told, emphasis="quiet")], view)


def suggestion(words: str, view: View) -> Report:
    """Tell a command that the reader may run."""
    typed = line(words, f"Command: nntrace {words}", "accent")
    return _report([Indented([typed]), Blank(heard=False)], view)


def prose(text: str, trace: Trace | None, view: View, emphasis: Emphasis = "") -> Report:
    """Tell paragraphs that are parted by empty lines."""
    return _prose(paragraphs_of(text, trace, emphasis), view)


# ---- questions ----


def asked(question: Question, view: View) -> Report:
    """Tell a question and, unless a number is to be typed, its options."""
    lead = "Predict first"
    items: list[Item] = [Line([Words("", f"{lead}: "), *words_of(question.asks)])]
    if not question.typed:
        rows = [
            Row([Words(letter, f"Option {letter}", "strong"), Line(words_of(option.text))])
            for letter, option in zip(LETTERS, question.options, strict=False)
        ]
        items += [Blank(heard=False), Table([Column(), Column(short="breaks")], rows)]
    return _prose([Section(lead, "", [], items)], view)


def answer(question: Question, number: int, view: View) -> Report:
    """Tell the right answer of a question for those who read on; `number` is 0 for the only one."""
    right = question.answer
    letter = "" if question.typed else f"{question.letter}, "
    spoken = f"Answer {number}: {letter}" if number else f"Answer: {letter}"
    lead = Words((f"({number}) " if number else "") + letter, spoken, "strong")
    ends = right.text.endswith((".", "!", "?"))
    stop = Words("  " if ends else ".  ", ". ")
    return _prose([Line([lead, *words_of(right.text), stop, *words_of(right.why)])], view)


def hint(question: Question, given: int, view: View) -> Report:
    """Tell hint number `given`, from 0."""
    lead = Words(f"Hint {given + 1} of {len(question.hints)}: ")
    return _prose([Indented([Line([lead, *words_of(question.hints[given])])])], view)


def discussed(graded: Graded, view: View) -> Report:
    """Tell what is said about an answer: the reason for what was chosen, and the right one's."""
    items: list[Item] = [verdict(graded.outcome, graded.verdict, view)]
    if graded.chosen:
        items.append(Indented([Line(words_of(graded.chosen.why))]))
    if graded.outcome != "right":
        right = graded.right
        letter = f"{right.letter}, " if right.letter else ""
        lead = Words(f"→ {letter}", f"The right answer: {letter}")
        items += [Blank(heard=False), Line([lead, *words_of(right.text)], emphasis="strong")]
        items.append(Indented([Line(words_of(right.why))]))
    return _prose(items, view)


# ---- blocks that need nobody's answer and no command ----


def block(told: Block, view: View) -> Report:
    """Tell a block that needs nobody's answer and no command."""
    match told:
        case Prose():
            return _prose([_paragraph(told)], view)
        case Verbatim():
            return _report([Indented(_verbatim(told), 3)], view)
        case Live():
            return _report(told.draw(view), view)
        case Command() | Question() | Say():
            raise TypeError(f"{type(told).__name__} waits for somebody")


def _paragraph(told: Prose) -> Item:
    """Tell a paragraph or an item of a list."""
    words = words_of(told.text, told.trace)
    if not told.bullet:
        return Line(words)
    spoken = "Item: " if told.bullet == "•" else f"Item {told.bullet} "
    cells: list[Cell] = [Words(f" {told.bullet}", emphasis="strong"), Line(words)]
    row = Row(cells, heard=spoken + said(words))
    return Table([Column(), Column(short="breaks")], [row], gap=1)


def _verbatim(told: Verbatim) -> list[Item]:
    """Tell lines as they are."""
    lines = fill(told.text, told.trace).split("\n")
    return [line(each, each.strip(), "accent") if each else Blank(heard=False) for each in lines]
