"""What the lesson and the quiz tell, drawn and said, where no golden file shows it."""

from __future__ import annotations

import pytest

from nntrace.teach.grading import grade
from nntrace.teach.question import Option, Question
from nntrace.teach.reports import lesson, quiz
from nntrace.write import render
from nntrace.write.view import View

NUMBER = Question(
    "n", "How much?", (Option("1", "So.", 1.0), Option("2", "Slip.", 2.0)), 0, ("two\nlines",),
    typed=True,
)  # fmt: skip
CODE = Question(
    "c", "Which?", (Option("`[0.1, -0.5, -0.2, 0.6]`", "So."), Option("b", "No.")), 0, ()
)


def test_an_ascii_terminal_gets_ascii_before_another_number():
    reports = quiz.discussed(grade(NUMBER, "?"), None, View(80, ascii_only=True))
    assert "".join(map(render.text, reports)).isascii()


@pytest.mark.parametrize("width", [20, 24, 30, 80])
def test_an_option_is_never_cut(width: int):
    drawn = render.text(lesson.asked(CODE, View(width)))
    assert "…" not in drawn
    assert "[0.1,-0.5,-0.2,0.6]" in "".join(c for c in drawn if c.isascii() and c not in " \n")


def test_a_hint_of_two_lines_is_heard_as_two():
    said = render.text(quiz.hint(NUMBER, 0, View(80, accessible=True)))
    assert said == "Hint 1 of 1: two\nlines\n"


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (View(80), "A *bold* word and `code` of it\n"),
        (View(80, colours="256"), "A \x1b[1mbold\x1b[0m word and \x1b[36mcode\x1b[0m of it\n"),
        (View(80, accessible=True), "A bold word and code of it\n"),
    ],
)
def test_signs_stand_for_an_emphasis_only_where_there_are_no_colours(view: View, words: str):
    assert render.text(lesson.prose("A **bold** word\nand `code` of it", None, view)) == words
