"""Reviews as lines, what they come to, what was missed, what is due, and how it is shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nntrace.teach.progress import (
    MOST_HINTS,
    NEVER,
    OUTCOMES,
    Line,
    Review,
    decode,
    due,
    encode,
    missed,
    progress_lines,
    standings,
    totals,
    waiting,
)
from nntrace.teach.question import Option, Question
from nntrace.teach.reports.progress import progress_report
from nntrace.write import render
from nntrace.write.view import View

NOW = datetime(2026, 11, 22, 19, 9, 54, tzinfo=UTC)
LINE = {"at": "2026-11-22T19:09:54Z", "id": "q", "content": "c", "outcome": "right", "hints": 0}


def told(lines: list[Line], view: View) -> str:
    return render.text(progress_report(lines, view))


def question(name: str, asks: str = "Which?") -> Question:
    options = (Option("yes", "so"), Option("no", "not so"))
    return Question(name, asks, options, 0, (), of="Cooking with neurons")


def review(of: Question, after: float = 0, outcome: str = "right", hints: int = 0) -> Review:
    return Review(NOW + timedelta(minutes=after), of.id, of.content, outcome, hints)


def replayed(*reviews: Review) -> timedelta:
    """Return how long after NOW a question is due that has these reviews."""
    (standing,) = standings(reviews).values()
    return standing.due - NOW


# ---- lines ----

reviews = st.builds(
    Review,
    st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
    st.text(),
    st.text(),
    st.sampled_from(OUTCOMES),
    st.integers(0, MOST_HINTS),
    st.none() | st.text(min_size=1),
    st.text(),
    st.text(),
)


@given(reviews)
def test_a_review_comes_back_from_its_line(review):
    line = encode(review)
    assert line.isascii()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == review


def test_a_line_reads_as_documented():
    review = Review(NOW, "größe\u2028\ud800", "c", "unknown", 2)
    assert json.loads(encode(review)) == {
        "at": "2026-11-22T19:09:54Z",
        "id": "größe\u2028\ud800",
        "content": "c",
        "outcome": "unknown",
        "hints": 2,
    }


def test_a_time_is_written_in_utc_to_the_second():
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30))).replace(microsecond=9)
    assert decode(encode(Review(elsewhere, "q", "c", "right"))) == Review(NOW, "q", "c", "right")


@pytest.mark.parametrize("around", ["{}", "{}\n", "{}\r\n", "\ufeff{}", "  {} "])
def test_a_line_may_end_and_begin_as_editors_have_it(around):
    line = around.replace("{}", json.dumps(LINE)).encode()
    assert decode(line) == Review(NOW, "q", "c", "right")


def test_keys_of_a_later_version_are_let_be():
    assert decode(json.dumps(LINE | {"took": 1.5}).encode()) == Review(NOW, "q", "c", "right")


@pytest.mark.parametrize(
    "change",
    [
        {"at": None},
        {"at": 1795374594},
        {"at": "2026-11-22"},
        {"at": "2026-11-22T19:09:54"},
        {"at": "2026-11-22T19:09:54+00:00"},
        {"at": "2026-11-22T19:09:54Z "},
        {"at": "2026-02-30T19:09:54Z"},
        {"at": "2026-11-22T24:09:54Z"},
        {"at": "٢٠٢٦-11-22T19:09:54Z"},
        {"at": "0000-11-22T19:09:54Z"},
        {"id": None},
        {"id": 7},
        {"id": ["q"]},
        {"content": None},
        {"content": {}},
        {"outcome": "Right"},
        {"outcome": ["right"]},
        {"outcome": None},
        {"outcome": True},
        {"hints": None},
        {"hints": -1},
        {"hints": True},
        {"hints": 1.0},
        {"hints": "1"},
        {"hints": 10**30},
    ],
)
def test_a_value_that_is_none_makes_the_line_none(change):
    assert decode(json.dumps(LINE | change).encode()) is None


@pytest.mark.parametrize("key", LINE)
def test_a_key_that_lacks_makes_the_line_none(key):
    assert decode(json.dumps({k: v for k, v in LINE.items() if k != key}).encode()) is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"null",
        b"[]",
        b"7",
        b"{}",
        b"\xff",
        b"\0" * 80,
        json.dumps(LINE).encode()[:-1],
        json.dumps(LINE).encode() * 2,
        json.dumps(LINE).encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 100_000,
    ],
)
def test_what_is_no_review_is_none(line):
    assert decode(line) is None


@given(st.binary())
def test_any_bytes_are_a_review_or_none(line):
    assert decode(line) is None


# ---- what reviews come to ----

A, B, C = question("a"), question("b"), question("c")


def test_nothing_asked_is_nothing_known():
    assert standings([]) == {}


def test_reviews_are_counted_by_question():
    known = standings(
        [review(A), review(B, 1, "wrong"), review(A, 2, "unknown"), review(A, 3, "right", 1)]
    )
    assert list(known) == [("a", A.content), ("b", B.content)]
    standing = known["a", A.content]
    assert (standing.last.id, standing.key) == ("a", ("a", A.content))
    assert (standing.answered, standing.right, standing.outcome) == (3, 2, "right")
    assert standing.last.at == NOW + timedelta(minutes=3)


def test_a_question_whose_words_changed_is_a_new_one():
    changed = question("a", "Which one?")
    known = standings([review(A, 0, "wrong"), review(changed)])
    assert len(known) == 2
    assert missed([A, changed], known) == [A]


# FSRS 6's learning steps are 1 and 10 minutes; Hard on the first of two is their mean. The second
# Good ends learning: days are the stability, w[2] = 2.3065, which a second Good on the same day
# leaves: exp(w17 · w18) · 2.3065^(-w19) = 1.0507 · 0.9465 = 0.9945, but no less than 1.
BY_HAND = [
    ([("wrong", 0)], timedelta(minutes=1)),
    ([("unknown", 0)], timedelta(minutes=1)),
    ([("wrong", 3)], timedelta(minutes=1)),
    ([("right", 0)], timedelta(minutes=10)),
    ([("right", 1)], timedelta(minutes=5.5)),
    ([("right", 0), ("right", 0)], timedelta(days=2)),
    ([("right", 0), ("wrong", 0)], timedelta(minutes=1)),
    ([("wrong", 0), ("right", 0)], timedelta(minutes=10)),
]


@pytest.mark.parametrize(("answers", "expected"), BY_HAND)
def test_when_a_question_is_due_by_hand(answers, expected):
    assert replayed(*(review(A, 0, outcome, hints) for outcome, hints in answers)) == expected


def rated(outcome: str, hints: int) -> int:
    if outcome != "right":
        return 1
    return 2 if hints else 3


histories = st.lists(
    st.tuples(
        st.integers(-200_000, 2_000_000),  # minutes; some clocks are set back
        st.sampled_from(OUTCOMES),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=12,
)


@given(histories)
def test_when_a_question_is_due_is_what_fsrs_says(history):
    from fsrs import Card, Rating, Scheduler

    scheduler, card = Scheduler(enable_fuzzing=False), Card(card_id=77)
    for after, outcome, hints in history:
        at = NOW + timedelta(minutes=after)
        card, _ = scheduler.review_card(card, Rating(rated(outcome, hints)), at)
    assert NOW + replayed(*(review(A, *answer) for answer in history)) == card.due


@given(st.lists(reviews, max_size=8))
def test_no_time_and_no_order_of_times_is_too_odd(reviews):
    known = standings(reviews)
    assert known == standings(reviews)
    assert sum(standing.answered for standing in known.values()) == len(reviews)


def test_after_the_end_of_the_calendar_nothing_is_due():
    late = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    (standing,) = standings([Review(late, "a", "c", "right")] * 3).values()
    assert standing.due == NEVER


def test_times_of_other_zones_are_the_same_times():
    elsewhere = review(A)._replace(at=NOW.astimezone(timezone(timedelta(hours=-8))))
    assert replayed(elsewhere) == timedelta(minutes=10)


# ---- what to ask again ----


def test_missed_is_what_was_not_right_the_last_time():
    known = standings(
        [
            review(A, 0, "wrong"),
            review(B, 0, "right"),
            review(C, 0, "wrong"),
            review(A, 1, "right"),
            review(B, 1, "unknown"),
        ]
    )
    assert missed([question("new"), C, B, A], known) == [C, B]
    assert missed([A, B, C], {}) == []


def test_due_is_the_longest_overdue_first():
    known = standings([review(A, 0), review(B, 2, "wrong"), review(C, 1, "wrong")])
    asked = [question("new"), A, B, C]
    for minutes, expected in [(1.9, []), (2, [C]), (3, [C, B]), (9, [C, B]), (10, [C, B, A])]:
        assert due(asked, known, NOW + timedelta(minutes=minutes)) == expected


def test_of_those_due_at_once_the_first_stays_first():
    known = standings([review(A), review(B), review(C)])
    assert due([C, A, B], known, NOW + timedelta(days=1)) == [C, A, B]


# ---- how it is shown ----


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        ({"minutes": -5}, "now"),
        ({}, "now"),
        ({"microseconds": 1}, "in 1 minute"),
        ({"seconds": 89}, "in 1 minute"),
        ({"seconds": 91}, "in 2 minutes"),
        ({"minutes": 59}, "in 59 minutes"),
        ({"minutes": 59, "seconds": 40}, "in 1 hour"),
        ({"hours": 23}, "in 23 hours"),
        ({"hours": 23, "minutes": 45}, "in 1 day"),
        ({"days": 3}, "in 3 days"),
        ({"days": 59}, "in 59 days"),
        ({"days": 61}, "in 2 months"),
        ({"days": 700}, "in 23 months"),
        ({"days": 731}, "in 2 years"),
        ({"days": 36500}, "in 100 years"),
    ],
)
def test_waiting_is_said_in_words(wait, words):
    assert waiting(timedelta(**wait)) == words


LONG = question("long", "Which of\nthese is `a weight`, and which of these is none at all, really?")
ASKED = [review(A), review(A, 1), review(LONG, 0, "wrong"), review(B, 1, "unknown", 2)]
ELSEWHERE = Review(NOW, "z-é\x1b[31m", "c", "wrong")
OF_A_NET = [
    Review(NOW, f"z-0000000{n}", str(n), "right", 0, "z", "my net", "What is its z?")
    for n in range(2)
]
OF_ANOTHER = Review(NOW, "old", "d", "right", 0, None, "Cooking", "How much?")
FAMILIES = {"z": "a neuron's z"}


def shown() -> list[Line]:
    return lines_of([*ASKED, ELSEWHERE])


def lines_of(reviews: list[Review]) -> list[Line]:
    known = standings(reviews)
    return progress_lines([LONG, A, B, C], known, NOW + timedelta(minutes=2), FAMILIES)


def test_a_bank_is_shown_in_its_order_and_then_all_else():
    lines = shown()
    assert [line.id for line in lines] == ["long", "a", "b", "c", "z-é\x1b[31m"]
    assert [line.asks for line in lines] == [LONG.asks, "Which?", "Which?", "Which?", None]
    assert [line.due for line in lines] == [True, False, True, False, True]
    assert lines[3].standing is None
    assert lines[3].wait is None


def test_what_was_asked_of_a_net_is_told_by_the_net_in_words():
    *_, of_net, of_bank = lines_of([*OF_A_NET, OF_ANOTHER])
    assert (of_net.of, of_net.family, of_net.asks) == ("my net", "z", "a neuron's z")
    assert of_net.standing is not None
    assert of_net.standing.answered == 2  # whatever its numbers were
    assert (of_bank.of, of_bank.id, of_bank.asks) == ("Cooking", "old", "How much?")


def test_questions_of_one_net_stand_together():
    again = OF_A_NET[0]._replace(family="shape")
    lines = lines_of([OF_A_NET[0], OF_ANOTHER, again])[4:]
    assert [line.of for line in lines] == ["my net", "my net", "Cooking"]


def test_totals_name_the_whole_of_each_share():
    assert totals(shown()) == [
        "4 of 5 questions asked",
        "2 of 5 answers right",
        "3 missed at the last answer",
        "3 due now",
    ]
    assert totals([Line("a", None, None, None)]) == ["1 question, none asked yet"]


def test_the_table():
    assert told(shown(), View(width=64)) == (
        "asked  right  last answer    due        question\n"
        "                                        Cooking with neurons\n"
        "    1      0  ✗ wrong        now        long: Which of these is…\n"
        "    2      2  ✓ right        in 2 days  a: Which?\n"
        "    1      0  ? not known    now        b: Which?\n"
        "    0         not asked yet             c: Which?\n"
        "                                        of an earlier version\n"
        "    1      0  ✗ wrong        now        z-é\\x1b[31m\n"
        "\n"
        "4 of 5 questions asked, 2 of 5 answers right, 3 missed at the\n"
        "last answer, 3 due now\n"
    )


def test_a_pipe_gets_the_whole_question_and_each_fact_on_a_line():
    table = told(shown(), View())
    assert "long: Which of these is `a weight`, and which of these is none at all, really?" in table
    assert len(table.splitlines()) == 10


def test_an_ascii_terminal_gets_ascii_and_the_same_words():
    table = told(shown(), View(width=64, ascii_only=True))
    assert table.isascii()
    for words in (" wrong ", " right ", " not known ", "not asked yet", "z-\\xe9\\x1b[31m"):
        assert words in table


def test_lines_for_a_screen_reader():
    assert told(shown()[1:4], View(accessible=True)) == (
        "Progress: 2 of 3 questions asked, 2 of 3 answers right, 1 missed at the last answer, "
        "1 due now\n"
        "\nBank: Cooking with neurons\nQuestion: a\nAsks: Which?\n"
        "Asked: 2 times\nRight: 2 times\nLast answer: right\n"
        "Due: in 2 days\n"
        "\nBank: Cooking with neurons\nQuestion: b\nAsks: Which?\n"
        "Asked: once\nRight: never\nLast answer: not known\n"
        "Due: now\n"
        "\nBank: Cooking with neurons\nQuestion: c\nAsks: Which?\n"
        "Asked: not yet\n"
    )


def test_nothing_to_show_is_said():
    assert told([], View(80)) == "0 questions, none asked yet\n"
    assert told([], View(accessible=True)) == "Progress: 0 questions, none asked yet\n"
