"""What makes two values one class, and what names none."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nntrace.analysis.classes import class_key, class_text, classes_of
from nntrace.errors import InputError


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["b", "a", "b"], ("a", "b")),
        (["10", "9", "-1.5"], ("-1.5", "9", "10")),
        (["10", "9", "x"], ("10", "9", "x")),
        ([0, 1, 0.0, 1.0, "0", "1.00", "-0", "+1", "01", "1e0", ".0"], ("0", "1")),
        (["1.0", "2.0"], ("1.0", "2.0")),
        ([3, 1, True], ("1", "3", "true")),
        ([True, np.True_, "true"], ("true",)),
        ([np.int64(7), np.float32(7), np.str_("7"), 7], ("7",)),
        ([0.1, "0.10", "1e-1"], ("0.1",)),
        (["inf", "none", "NA", " a ", "a"], ("NA", "a", "inf", "none")),
        # as float64 these would be one
        (
            ["12345678901234567890", "12345678901234567891"],
            ("12345678901234567890", "12345678901234567891"),
        ),
        (["1e99999999999999999999", "x"], ("1e99999999999999999999", "x")),
        (["١", "1"], ("1", "١")),  # only the digits that JSON has are numbers
    ],
)
def test_equal_numbers_are_one_class_however_they_are_written(values, names):
    assert classes_of(values).names == names


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", "nothing"),
        (" ", "nothing"),
        ("nan", "nan"),
        ("-NaN", "-NaN"),
        ("Null", "Null"),
        (None, "null"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (np.float32("nan"), "nan"),
        ([1], "a list"),
        ({"a": 1}, "an object"),
    ],
)
def test_what_is_missing_is_no_class(value, shown):
    with pytest.raises(InputError, match=f"^row 1: takes the name of a class, not {shown}$"):
        classes_of(["a", value])


NUMBERS = st.one_of(
    st.integers().map(str), st.floats(allow_nan=False, allow_infinity=False).map(str)
)


@given(st.lists(NUMBERS, min_size=1))
def test_numbers_are_in_order_and_each_row_keeps_its_own(texts):
    classes = classes_of(texts)
    values = [Decimal(name) for name in classes.names]
    assert values == sorted(set(values))
    assert [values[index] for index in classes.of_rows] == [Decimal(text) for text in texts]


@given(st.text())
def test_a_text_that_is_no_number_is_itself(text):
    key = class_key(text)
    assert key == text or key == Decimal(text)
    try:
        assert class_text(text) == text.strip()
    except InputError:
        assert text.strip().lower() in ("", "nan", "+nan", "-nan", "null")
