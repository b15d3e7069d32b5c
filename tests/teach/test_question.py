"""Questions, their shuffling, and the dice: the same on every machine."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nntrace.teach.draw import Draw
from nntrace.teach.grading import Graded, grade
from nntrace.teach.question import Option, Question, sample
from nntrace.teach.score import Score, numbered, summary


def question(name: str = "q", options: int = 4, step: str | None = "layer") -> Question:
    made = tuple(Option(f"option {index}", f"Reason {index}.") for index in range(options))
    return Question(name, f"{name}?", made, 0, ("A hint.",), step)


def test_the_dice_are_the_digests_they_say_they_are():
    digest = sha256(b"7/z/1").digest()
    assert Draw(7, "z").below(1000) == int.from_bytes(digest, "big") % 1000
    assert [Draw(0, "x").below(10), Draw(1, "x").below(10), Draw(0, "y").below(10)] == [7, 5, 4]


@given(st.integers(0), st.lists(st.integers()))
def test_a_shuffle_keeps_everything(seed, values):
    assert sorted(Draw(seed).shuffled(values)) == sorted(values)


def test_every_order_comes_up_about_as_often():
    orders = [tuple(Draw(seed).shuffled("abc")) for seed in range(1200)]
    counts = [orders.count(order) for order in set(orders)]
    assert len(counts) == 6
    assert all(150 < count < 250 for count in counts)


@given(st.integers(0, 10**6), st.integers(1, 7))
def test_shuffling_keeps_what_is_right_and_what_is_asked(seed, options):
    before = question(options=options)
    after = before.shuffled(seed)
    assert after.answer == before.answer
    assert sorted(after.options) == sorted(before.options)
    assert after.content == before.content
    assert after == before.shuffled(seed)


def test_the_content_changes_with_what_is_asked_and_what_is_right():
    one = question()
    others = [
        one._replace(asks="Something else?"),
        one._replace(right=1),
        one._replace(options=one.options[:3]),
        one._replace(options=(*one.options[:3], Option("another", "Reason."))),
    ]
    assert len({one.content, *(other.content for other in others)}) == 5


def test_the_content_stays_when_a_reason_or_a_hint_is_worded_better():
    one = question()
    better = [Option(option.text, "A better reason.") for option in one.options]
    assert one._replace(options=tuple(better), hints=("Another.",)).content == one.content


def test_a_sample_is_in_order_and_as_long_as_asked_for():
    questions = [question(f"q{index}") for index in range(10)]
    some = sample(questions, 4, seed=3)
    assert len(some) == 4
    assert some == sorted(some, key=questions.index)
    assert sample(questions, 10, seed=3) == sample(questions, 99, seed=4) == questions


def test_an_answer_has_the_reason_of_every_option_once():
    for given_answer in ("a", "b", "?", "zz"):
        said = grade(question(), given_answer)
        chosen = [said.chosen] if said.chosen and said.outcome != "right" else []
        reasons = [said.right, *chosen, *said.others]
        assert sorted(reason.why for reason in reasons) == [f"Reason {i}." for i in range(4)]


@pytest.mark.parametrize(
    ("answers", "total", "said", "share"),
    [
        ("aaaa", 4, "4 of 4 right, 100 %", 1.0),
        ("abaa", 4, "3 of 4 right, 75 %; 1 wrong", 0.75),
        ("a?bz", 4, "1 of 4 right, 25 %; 2 wrong, 1 not known", 0.25),
        ("aa", 4, "2 of 2 answered right; 2 still to come", 0.5),
        ("ab", 4, "1 of 2 answered right; 1 wrong, 2 still to come", 0.25),
        ("", 4, "4 questions, none answered yet", 0.0),
        ("a" * 299 + "b", 300, "299 of 300 right, 99 %; 1 wrong", 299 / 300),
    ],
)
def test_the_score_in_words(answers, total, said, share):
    score = Score(tuple(grade(question(), answer) for answer in answers), total)
    assert summary(score) == said
    assert score.share == share


def test_a_second_try_is_told_and_earns_no_point():
    score = Score(tuple(grade(question(), answer) for answer in "abb"), 3, recovered=1)
    assert summary(score) == "1 of 3 right, 33 %; 2 wrong (1 right at the second try)"
    assert score.share == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("right", "total", "mark", "passes"),
    [(8, 10, 0.8, True), (7, 10, 0.8, False), (3, 10, 0.3, True), (0, 3, 0, True),
     (2, 3, 2 / 3, True), (2, 3, 0.67, False), (3, 3, 1, True), (2, 3, 1, False)],
)  # fmt: skip
def test_the_pass_mark_is_a_share_of_all_questions(right, total, mark, passes):
    graded = (Graded(question(), "a", "right", 0),) * right
    assert Score(graded, total).passes(mark) is passes


def test_what_to_read_again_goes_by_the_step():
    asked = [question("1"), question("2", step="neuron"), question("3"), question("4", step=None)]
    score = Score(tuple(grade(each, "b") for each in asked), 4)
    assert score.steps == {"`nntrace learn layer`": [1, 3], "`nntrace learn neuron`": [2]}


@pytest.mark.parametrize(
    ("numbers", "said"),
    [([3], "question 3"), ([3, 5], "questions 3 and 5"), ([1, 2, 9], "questions 1, 2 and 9")],
)
def test_questions_are_numbered_in_words(numbers, said):
    assert numbered(numbers) == said
