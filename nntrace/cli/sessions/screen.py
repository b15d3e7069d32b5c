"""How a quiz is shown: as tables, or as labelled lines for a screen reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from nntrace.analysis.explain import Explanation
    from nntrace.cli.sessions.questions import Quiz
    from nntrace.teach.grading import Graded
    from nntrace.teach.question import Question
    from nntrace.teach.score import Score
    from nntrace.write.view import View


class Screen(NamedTuple):
    """How what is asked and said is shown, each as a text."""

    welcome: Callable[[], str]
    question: Callable[[Question, int, int], str]  # which one, from 1, of how many
    hint: Callable[[Question, int], str]  # which one, from 0
    feedback: Callable[[Graded], str]
    score: Callable[[Score], str]
    grades: Callable[[Score], str]
    plain: Callable[[str], str]  # what is asked, in the characters that the terminal has


def screen_of(quiz: Quiz, view: View, accessible: bool) -> Screen:
    """Return how this quiz is shown."""
    form = _form(accessible)
    view = view._replace(accessible=accessible)

    def feedback(graded: Graded) -> str:
        from nntrace.write import render
        from nntrace.write.reports.explain import worked_report

        worked = ""
        explanation = _explanation(quiz, graded.question)
        if quiz.chunk is not None and explanation is not None:
            network = quiz.chunk.trace.network
            worked = render.text(worked_report(network, explanation, view))
        text: str = form.feedback_text(graded, worked, view)
        return text

    return Screen(
        lambda: form.welcome_text(quiz.title, view),
        lambda question, number, count: form.question_text(question, number, count, view),
        lambda question, given: form.hint_text(question, given, view),
        feedback,
        lambda score: form.score_text(score, view),
        lambda score: form.grades_text(score, view),
        lambda words: view.plain(words.replace(" ·", ",") if accessible else words),
    )


def _form(accessible: bool) -> ModuleType:
    """Return the module that writes a quiz."""
    if accessible:
        from nntrace.teach.lines import quiz

        return quiz
    from nntrace.teach.tables import quiz as quiz_tables

    return quiz_tables


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
