"""Reading answers: as people write them, and to the edges of the tolerance."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nntrace.teach.grading import (
    accepted,
    apart,
    grade,
    rounded,
    to_number,
    to_three,
    tolerance,
)
from nntrace.teach.question import Option, Question

CHOICE = Question(
    "shape",
    "What is the shape of W?",
    (
        Option("2 × 3", "size × fan-in."),
        Option("`3 × 2`", "That is W transposed."),
        Option("0.7", "A number.", 0.7),
        Option("never", "Hm."),
    ),
    0,
    ("Rows are neurons.",),
)
TYPED = Question(
    "z",
    "What is z, to three decimals?",
    (
        Option("1.300", "The sum.", 1.3),
        Option("1.200", "That is the sum before the bias.", 1.2),
        Option("0.000", "Nothing.", 0.0),
    ),
    0,
    ("Add.",),
    typed=True,
)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1.5", 1.5), ("1,5", 1.5), ("1.5 ", 1.5), (" 1.5", 1.5), ("3/2", 1.5), ("3 / 2", 1.5),
        ("+1.5", 1.5), ("-1.5", -1.5), ("\N{MINUS SIGN}1.5", -1.5), ("1.5e0", 1.5),
        ("15E-1", 1.5), ("1,5e0", 1.5), ("= 1.5", 1.5), ("z = 1.5", 1.5), ("≈1.5", 1.5),
        (".5", 0.5), (",5", 0.5), ("5.", 5.0),
        ("-3/2", -1.5), ("3/-2", -1.5), ("0.3/0.2", 1.5), ("50 %", 0.5), ("50%", 0.5),
        ("1/2 %", 0.005), ("0", 0.0), ("-0", 0.0),
        *((text, None) for text in (
            "", "-", ".", "one", "1.5.2", "1,000.5", "1 5", "1/0", "1/0.0", "1//2", "1/2/3", "nan",
            "inf", "-inf", "1e999", "1_000", "0x10", "1e", "--1", "1.5x", "%", "/2", "٣",
            "9" * 500, "1" + "%" * 3000, "1%%", "1" + " " * 60_000 + "1",
        )),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(written, value):
    assert to_number(written) == value


@given(st.fractions(max_denominator=999, min_value=-999, max_value=999))
def test_a_fraction_is_its_value(fraction: Fraction):
    assert to_number(f"{fraction.numerator}/{fraction.denominator}") == float(fraction)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_graded_without_a_fault(text):
    for question in (CHOICE, TYPED):
        graded = grade(question, text)
        assert graded.given == text
        assert (graded.outcome == "unreadable") == bool(graded.problem)
        assert (graded.outcome == "right") == (graded.option == question.right)


@pytest.mark.parametrize(
    ("answer", "outcome", "option"),
    [
        ("a", "right", 0), ("A", "right", 0), (" a ", "right", 0), ("a)", "right", 0),
        ("(a)", "right", 0), ("b", "wrong", 1), ("B.", "wrong", 1), ("d", "wrong", 3),
        ("2 × 3", "right", 0), ("2  ×  3", "right", 0), ("3 × 2", "wrong", 1),
        ("NEVER", "wrong", 3), ("0.7", "wrong", 2), ("0,7", "wrong", 2), ("7/10", "wrong", 2),
        ("", "unknown", None), ("  ", "unknown", None), ("?", "unknown", None),
        (" ? ", "unknown", None), ("e", "unreadable", None), ("ab", "unreadable", None),
        ("1", "unreadable", None), ("0.8", "unreadable", None), ("huh?", "unreadable", None),
    ],
)  # fmt: skip
def test_a_choice_takes_a_letter_an_option_or_nothing(answer, outcome, option):
    graded = grade(CHOICE, answer)
    assert (graded.outcome, graded.option) == (outcome, option)


@pytest.mark.parametrize(
    ("answer", "outcome", "option"),
    [
        ("1.3", "right", 0), ("1.300", "right", 0), ("1,3", "right", 0), ("13/10", "right", 0),
        # the tolerance of 1.3 is 1.3e-3 + 1e-9
        ("1.3013", "right", 0), ("1.2987", "right", 0), ("1.301300001", "right", 0),
        ("1.30130001", "wrong", None), ("1.2986999", "wrong", None),
        ("1.2", "wrong", 1), ("1.2012", "wrong", 1), ("1.20121", "wrong", None),
        # that of 0 is 5e-4 + 1e-9
        ("0", "wrong", 2), ("0.0005", "wrong", 2), ("-0.0005", "wrong", 2),
        ("0.00051", "wrong", None), ("7", "wrong", None),
        ("a", "unreadable", None), ("?", "unknown", None), ("", "unknown", None),
    ],
)  # fmt: skip
def test_a_typed_number_is_held_against_every_value(answer, outcome, option):
    graded = grade(TYPED, answer)
    assert (graded.outcome, graded.option) == (outcome, option)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("2,778", "right"), ("2778", "right"), ("2.778", "wrong"), ("2,77", "wrong"),
     ("0,002,778", "right"), ("1,500,000", "wrong"), ("2778,0", "right")],
)  # fmt: skip
def test_thousands_may_be_parted_by_commas_where_no_decimal_comma_fits(answer, outcome):
    options = (Option("2778", "All of them.", 2778.0), Option("10", "No.", 10.0))
    question = Question("count", "How many?", options, 0, ("Count.",), typed=True)
    assert grade(question, answer).outcome == outcome


@pytest.mark.parametrize(
    ("right", "answer", "outcome"),
    [
        (0.5, "0.500500001", "right"), (0.5, "0.499499999", "right"),
        (0.5, "0.5005000011", "wrong"), (0.5, "0.4994999989", "wrong"),
        (3.0, "3.003000001", "right"), (3.0, "2.996999999", "right"),
        (3.0, "3.0030000011", "wrong"), (2.0, "1.997999999", "right"),
        (0.25, "0.250500001", "right"), (-2.0, "-2.002000001", "right"),
        (-2.0, "-2.0020000011", "wrong"), (1000.0, "1001.000000001", "right"),
    ],
)  # fmt: skip
def test_the_edges_of_the_tolerance_are_exact(right, answer, outcome):
    options = (Option("right", "It is.", right), Option("far", "No.", right + 50))
    question = Question("edge", "How much?", options, 0, ("Count.",), typed=True)
    assert grade(question, answer).outcome == outcome


def test_what_cannot_be_read_is_told_what_it_takes():
    assert grade(CHOICE, "z").problem == "takes a letter from a to d, or ? for I don't know"
    assert grade(TYPED, "z").problem == "takes a number such as 1.234, or ? for I don't know"


@pytest.mark.parametrize(
    ("right", "allowed"),
    [(0.0, 5e-4), (0.4, 5e-4), (0.5, 5e-4), (-0.5, 5e-4), (2.0, 2e-3), (-1000.0, 1.0)],
)
def test_the_tolerance_is_three_decimals_or_a_thousandth(right, allowed):
    assert tolerance(right) == pytest.approx(allowed + 1e-9, abs=1e-15)


@pytest.mark.parametrize(
    ("right", "low", "high"),
    [
        (0.0, "-0.0005", "0.0005"), (0.4, "0.3995", "0.4005"), (-0.5, "-0.5005", "-0.4995"),
        (2.0, "1.998", "2.002"), (-1000.0, "-1001", "-999"), (-0.0005, "-0.001", "0"),
        (-0.76874, "-0.76951", "-0.76797"), (0.1234567, "0.12295", "0.12396"),
        (1 / 3, "0.33283", "0.33384"), (-1e-9, "-0.00051", "0.0005"),
        (1e15, "9.99e14", "1.001e15"),
    ],
)  # fmt: skip
def test_what_is_accepted_is_told_in_five_decimals(right, low, high):
    told = accepted(right)
    assert told == (Decimal(low), Decimal(high))
    question = Question("x", "x", (Option("x", "x", right),), 0, (), typed=True)
    for end, beyond in ((told.low, -1), (told.high, 1)):
        assert grade(question, f"{end:f}").outcome == "right"
        assert grade(question, f"{end + beyond * Decimal('2e-9'):f}").outcome == "wrong"


def test_the_right_number_is_right_to_its_ends_whatever_lies_beside_it():
    options = (Option("0.50100001", "", 0.50100001), Option("0.5", "", 0.5))
    question = Question("x", "x", options, 1, (), typed=True)
    assert grade(question, "0.5005").outcome == "right"


@given(st.floats(-1e9, 1e9))
def test_three_decimals_of_what_is_right_are_accepted(right):
    for text in rounded(right):
        assert accepted(right).takes(Fraction(text))


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (0.4115, {"0.412"}), (0.4125, {"0.412", "0.413"}), (-0.4125, {"-0.412", "-0.413"}),
        (Fraction("0.4124999999999999"), {"0.412"}), (0.1 + 0.2 + 0.1125, {"0.412", "0.413"}),
        (0.0, {"0.000"}), (-0.0, {"0.000"}), (-0.0001, {"0.000"}), (1e-320, {"0.000"}),
        (Fraction(-1, 3), {"-0.333"}), (1e15, {"1000000000000000.000"}),
        (0.0005, {"0.000", "0.001"}),
    ],
)  # fmt: skip
def test_rounding_to_three_decimals_by_either_rule(value, texts):
    assert rounded(value) == texts
    assert to_three(value) in texts


@pytest.mark.parametrize(
    ("values", "good"),
    [
        ([1.0], True), ([0.0, 0.0011], True), ([0.0, 0.001], False), ([0.0, -0.001], False),
        ([3.0, 1.0, 2.0], True), ([1.0, 1.0], False), ([100.0, 100.1], False),
        ([100.0, 100.3], True), ([1.0, float("nan")], False), ([1.0, float("inf")], False),
    ],
)  # fmt: skip
def test_options_are_apart_by_more_than_twice_the_tolerance(values, good):
    assert apart(values) is good


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ("b", 1), ("B)", 1), ("(b)", 1), ("[b]", 1), ("**b**", 1), ("b.", 1), (" b: ", 1),
        ("b) 3 × 2", 1), ("b: 3 × 2", 1), ("b - `3 × 2`", 1), ("b, because it is so", 1),
        ("d", 3), ("never", 3), ("d) never", 3), ("2 x 3", None), ("b) 2 × 3", None),
        ("b, c", None), ("b or c", None), ("b, or c", None), ("b/c", None), ("a net", None),
        ("e", None), ("ab", None), ("bb)", None),
    ],
)  # fmt: skip
def test_a_letter_is_read_as_people_write_it(given, option):
    graded = grade(CHOICE, given)
    assert graded.option == option
    assert (graded.outcome == "unreadable") == (option is None)


@pytest.mark.parametrize("question", [CHOICE, TYPED])
@pytest.mark.parametrize(
    "given",
    ["", " ", "?", "??", "(?)", "I don't know", "i don’t know.", "I DONT KNOW!", "IDK", "I dunno",
     "Sorry, I really don't know", "not sure, maybe b", "can't say",
     "no idea", "Not sure.", "-", "–", "—", "n/a", "(no idea)", "pass"],
)  # fmt: skip
def test_not_knowing_is_read_as_people_write_it(question, given):
    assert grade(question, given).outcome == "unknown"


@pytest.mark.parametrize("given", ["1.3, not sure", "knowing", "I know", "passes", "unsurely"])
def test_what_only_sounds_like_it_is_not_read_so(given):
    assert grade(TYPED, given).outcome == "unreadable"


def test_an_option_that_reads_like_giving_up_is_an_option():
    options = (Option("yes", "So."), Option("no idea", "Not so."))
    question = Question("q", "Has it one?", options, 0, ())
    assert grade(question, "No idea").option == 1
