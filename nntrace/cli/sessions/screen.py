"""How a quiz is shown: what it tells, drawn or said for whom the view is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nntrace.teach.reports import quiz as told
from nntrace.write import render

if TYPE_CHECKING:
    from nntrace.analysis.explain import Explanation
    from nntrace.cli.sessions.questions import Quiz
    from nntrace.teach.grading import Graded
    from nntrace.teach.question import Question
    from nntrace.teach.score import Score
    from nntrace.write.report import Report
    from nntrace.write.view import View


class Screen(NamedTuple):
    """How what is asked and said in a quiz is shown, each as a text."""

    quiz: Quiz
    view: View

    def welcome(self) -> str:
        """Show what is asked."""
        return render.text(told.welcome(self.quiz.title, self.view))

    def question(self, question: Question, number: int, count: int) -> str:
        """Show a question; `number` counts from 1."""
        return render.text(told.asked(question, number, count, self.view))

    def hint(self, question: Question, given: int) -> str:
        """Show hint number `given`, from 0."""
        return render.text(told.hint(question, given, self.view))

    def feedback(self, graded: Graded) -> str:
        """Show what is said about an answer, with the arithmetic of the right one."""
        worked = self._worked(graded.question)
        return "".join(map(render.text, told.discussed(graded, worked, self.view)))

    def score(self, score: Score) -> str:
        """Show the score at the end."""
        return render.text(told.scored(score, self.view))

    def plain(self, words: str) -> str:
        """Return what is asked, in the characters that the terminal has."""
        return self.view.plain(words.replace(" ·", ",") if self.view.accessible else words)

    def _worked(self, question: Question) -> Report | None:
        explanation = _explanation(self.quiz, question)
        if self.quiz.network is None or explanation is None:
            return None
        from nntrace.write.reports.explain import worked_report

        return worked_report(self.quiz.network, explanation, self.view)


def _explanation(quiz: Quiz, question: Question) -> Explanation | None:
    """Return the arithmetic of the neuron that a numeric question is about."""
    if quiz.chunk is None or question.neuron is None or question.answer.value is None:
        return None
    from nntrace.analysis.explain import explain
    from nntrace.core.forward import forward
    from nntrace.core.names import find_neuron

    trace = quiz.chunk.trace.row(question.row)
    if question.settings:
        named = {find_neuron(trace.network, name): value for name, value in question.settings}
        trace = forward(trace.network, trace.input, {**trace.overrides, **named})
    return explain(trace, question.neuron)
