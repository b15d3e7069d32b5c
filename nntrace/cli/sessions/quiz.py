"""Asking on a terminal: one question at a time, with hints, a second try and feedback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nntrace.cli.environment import Environment
from nntrace.cli.sessions.screens import parting
from nntrace.cli.sessions.talk import Stopped, Talk, parted, text_of
from nntrace.teach.grading import Graded
from nntrace.teach.question import Question
from nntrace.teach.reports import quiz as told
from nntrace.teach.score import Score

if TYPE_CHECKING:
    from nntrace.cli.sessions.questions import Quiz
    from nntrace.write.report import Report
    from nntrace.write.view import View

Answered = Callable[[Graded, int], None]  # told of each first answer, and how many hints it took


def ask_all(quiz: Quiz, environment: Environment, view: View, answered: Answered) -> Score:
    """Ask questions until all are answered or the reader stops, then those missed, if wanted.

    What was missed comes back with other numbers where it was made from a net. Returns the score of
    the first round.
    """
    sitting = _Sitting(quiz, environment, view, answered)
    sitting.show(told.welcome(quiz.title, view))
    seed = quiz.seed
    score, goes_on = sitting.round(quiz.questions)
    again = score
    while again.missed and goes_on and sitting.wants(again.missed):
        seed += 1
        again, goes_on = sitting.round(quiz.again(again.missed, seed))
    return score


class _Sitting(Talk):
    """A talk about the questions of a quiz; somebody is told of the answers."""

    indent = "  "

    def __init__(
        self, quiz: Quiz, environment: Environment, view: View, answered: Answered
    ) -> None:
        super().__init__(environment, view)
        self.quiz = quiz
        self.answered = answered

    def round(self, questions: Sequence[Question]) -> tuple[Score, bool]:
        """Ask each question once; return the score, and whether the reader went to the end."""
        answers: list[Graded] = []
        recovered = 0
        goes_on = True
        try:
            for number, question in enumerate(questions, start=1):
                self.show(told.asked(question, number, len(questions), self.view))
                first, hints = self.answer(question, told.hint, self.view)
                answers.append(first)
                self.answered(first, hints)
                last = self.second_try(first, hints) if first.has_second_try else first
                recovered += last is not first and last.outcome == "right"
                worked = worked_out(self.quiz, question, self.view)
                said = told.discussed(last, worked, self.view, tried=first.option)
                self.show_in_pages(text_of(*said))
                self.pause()
        except Stopped:
            goes_on = False
        score = Score(tuple(answers), len(questions), recovered)
        self.show(told.scored(score, self.quiz.next, self.view))
        return score, goes_on

    def second_try(self, first: Graded, hints: int) -> Graded:
        """Say why an answer is wrong, without what is right, and ask once more."""
        self.show(told.missed(first, self.view))
        return self.another(first, hints, told.hint, self.view)

    def wants(self, missed: Sequence[Question]) -> bool:
        """Whether the reader wants to try again what was missed."""
        which = "the one" if len(missed) == 1 else f"the {len(missed)}"
        how = ", with other numbers" if any(question.family for question in missed) else ""
        try:
            lead = f"Once more, {which} that you missed{how}?"
            said = self.choose("Enter asks again", lead=lead)
        except Stopped:
            return False
        return said.lower() in ("", "y", "yes")

    def pause(self) -> None:
        """Wait until the reader has read what there is."""
        self.choose("Enter goes on")

    def show_in_pages(self, text: str) -> None:
        """Show a text that may have more lines than the terminal, a screen at a time."""
        lines = parted(text, self.view).splitlines(keepends=True)
        # what was typed stays in sight, and there is room to ask
        page = max((self.rows or len(lines) + 2) - 2, 5)
        while len(lines) > page:
            at = parting(lines, page)
            self.show("".join(lines[:at]))
            lines = lines[at:]
            self.pause()
        self.show("".join(lines))


def worked_out(quiz: Quiz, question: Question, view: View) -> Report | None:
    """Tell the arithmetic of the neuron that a numeric question is about."""
    if not quiz.chunks or question.neuron is None or question.answer.value is None:
        return None
    from nntrace.analysis.explain import explain
    from nntrace.core.forward import forward
    from nntrace.core.names import find_neuron
    from nntrace.teach.generator import row_of
    from nntrace.write.reports.explain import worked_report

    trace = row_of([chunk.trace for chunk in quiz.chunks], question.row)
    if question.settings:
        named = {find_neuron(trace.network, name): value for name, value in question.settings}
        trace = forward(trace.network, trace.input, {**trace.overrides, **named})
    return worked_report(trace.network, explain(trace, question.neuron), view)
