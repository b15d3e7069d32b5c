"""A quiz: a question, a hint, what is said about an answer, the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nntrace.teach.question import Question, Reason
from nntrace.teach.reports.prose import flat, lines_of, signed, verdict
from nntrace.teach.score import Score, numbered, summary
from nntrace.write.report import (
    Blank,
    Column,
    Indented,
    Item,
    Report,
    Row,
    Section,
    Seen,
    Stack,
    Table,
    Words,
    heard,
    line,
    seen,
)

if TYPE_CHECKING:
    from nntrace.teach.grading import Graded
    from nntrace.write.view import View

NARROWEST, WIDEST = 40, 84  # a text of longer lines is hard to read


def _report(items: Sequence[Item], view: View) -> Report:
    return Report(items, view.between(NARROWEST, WIDEST))


def welcome(title: str, view: View) -> Report:
    """Tell what is asked."""
    return _report([line(title, f"Quiz: {title}", "strong")], view)


def asked(question: Question, number: int, count: int, view: View) -> Report:
    """Tell a question and its options; `number` counts from 1."""
    place = f"uestion {number} of {count}"
    about = (question.step if question.family is None else question.family) or ""
    items = lines_of(question.asks)
    if not question.typed:
        rows = [
            Row([Words(f" {letter}", f"Option {letter}", "strong"), Stack(lines_of(option.text))])
            for letter, option in zip(question.letters, question.options, strict=False)
        ]
        items += [Blank(heard=False), Table([Column(), Column(short="breaks")], rows)]
    said = f"Q{place}, about {about}:" if about else f"Q{place}:"
    section = Section(f"q{place}", about, [said], items, wide=True)  # one is as wide as the next
    return _report([Blank(heard=False), section], view)


def hint(question: Question, given: int, view: View) -> Report:
    """Tell hint number `given`, from 0."""
    place = f"int {given + 1} of {len(question.hints)}: "
    lead = [Words(f"h{place}", f"H{place}")]
    return _report([Indented(lines_of(question.hints[given], lead))], view)


def missed(graded: Graded, view: View) -> Report:
    """Tell why a first answer is wrong, and that there is another try."""
    items: list[Item] = [verdict(graded.outcome, graded.verdict, view)]
    if chosen := graded.chosen:
        items += [Seen([Indented(lines_of(chosen.why))]), _reason("Yours", chosen)]
    again = "Try once more, or ? shows what is right."
    return _report([*items, line(again, again)], view)


def discussed(
    graded: Graded, worked: Report | None, view: View, tried: int | None = None
) -> list[Report]:
    """Tell what is said about an answer: the verdict, its reason, then that of every other.

    `worked` is the arithmetic of the right answer, where there is some; it has room of its own.
    `tried` is the option of a first answer, whose reason has been told.
    """
    items: list[Item] = [verdict(graded.outcome, graded.verdict, view)]
    if chosen := graded.chosen:
        items += [Seen([Indented(lines_of(chosen.why))]), _reason("Yours", chosen)]
    if graded.outcome != "right":
        right = graded.right
        letter = f"{right.letter}: " if right.letter else ""
        lead = [Words(f"→ The right answer is {letter}")]
        items.append(Seen(lines_of(right.text, lead, "strong")))
        items += [Seen([Indented(lines_of(right.why))]), _reason("The right answer", right)]
    others: list[Item] = []
    if reasons := graded.others_than([tried]):
        lead_in = "Other numbers, and what they are:" if graded.question.typed else "The others:"
        rows = []
        for each in reasons:
            rows.append(Row([f" {each.letter or '·'}", Stack(lines_of(each.text))]))
            rows.append(Row(["", Stack(lines_of(each.why))]))
        others = [seen(lead_in), Seen([Table([Column(), Column(short="breaks")], rows)])]
        others += [_reason("Another answer", each) for each in reasons]
    return [_report(items, view), *([worked] if worked else []), _report(others, view)]


def _reason(what: str, reason: Reason) -> Item:
    letter = f"{reason.letter}, " if reason.letter else ""
    stop = "" if reason.text.endswith((".", "!", "?")) else "."
    return heard(f"{what}: {letter}{flat(reason.text)}{stop} {flat(reason.why)}")


def scored(score: Score, further: str, view: View) -> Report:
    """Tell the score at the end, and what to read again; where all is right, what is `further`."""
    total = summary(score)
    said = f"Score: {total.replace(' %', ' percent')}."
    items: list[Item] = [Blank(), line(total, said, "strong")]
    if score.total and score.right == score.total and further:
        celebrated = f"Every single one. Well done! {further}"
        items += [Seen(lines_of(celebrated)), heard(flat(celebrated))]
    if score.steps:
        rows = []
        for taught, numbers in score.steps.items():
            which = numbered(numbers)
            said = f"To read again: {flat(taught)}, for {which}."
            rows.append(Row(["", Stack(lines_of(taught)), Words(which, "", "quiet")], heard=said))
        breaks = Column(short="breaks")
        items += [seen("To read again:"), Table([Column(), breaks, breaks], rows)]
    return _report(items, view)


def graded(score: Score, view: View) -> Report:
    """Tell a line an answer, for answers that were written down, and the score."""
    rows = []
    for number, each in enumerate(score.answers, start=1):
        question = each.question
        given = " ".join(each.given.split())
        said = f"Question {number}: {each.outcome}, answer {given or 'none'}"
        right = ""
        if each.outcome != "right":
            right = question.answer.text if question.typed else question.letter
            said += f", right is {right}"
            right = f"right: {right}"
        outcome = signed(each.outcome, each.outcome, view)
        quiet = Words(right, emphasis="quiet")
        rows.append(Row([f"{number:>3}", outcome, given or "no answer", quiet], heard=said))
    return _report(
        [Table([Column(short="breaks")] * 4, rows), *scored(score, "", view).items], view
    )
