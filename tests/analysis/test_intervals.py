"""Intervals against published ones, SciPy, and experiments in which the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nntrace.analysis.intervals import (
    LIKE_NORMAL,
    matched,
    of_accuracy,
    of_difference,
    resampled,
    student,
    wilson,
)

SURE = 1.959963984540054

NEWCOMBE = [
    # correct, tested, low, high: R. Newcombe, Statistics in Medicine 17, 1998, table I, method 3
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
    (20, 20, 1 - 0.1611, 1.0),
    # by hand: 1.96² = 3.8415; (1 + 1.9207 ± 1.96 sqrt(0.5 + 0.9604)) / 5.8415
    (1, 2, 0.0945, 0.9055),
]


@pytest.mark.parametrize(("correct", "tested", "low", "high"), NEWCOMBE)
def test_wilsons_interval_is_the_published_one(correct, tested, low, high):
    assert wilson(correct, tested) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_are_as_far_from_the_share_as_chance_allows(counts):
    correct, tested = counts
    low, high = wilson(correct, tested)
    share = correct / tested
    assert 0 <= low <= share <= high <= 1
    assert (low == 0) == (correct == 0)
    assert (high == 1) == (correct == tested)
    for end in (low, high):  # whichever share the truth is, the count is SURE deviations away
        if 0 < end < 1:
            away = (share - end) ** 2 * tested / (end * (1 - end))
            assert away == pytest.approx(SURE**2, rel=1e-6)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 19, 20, 100, 101, LIKE_NORMAL - 1])
@pytest.mark.parametrize("risk", [0.05, 0.01, 0.05 / 7, 0.05 / 1000])
def test_students_t_is_scipys(freedom, risk):
    from scipy.stats import t

    assert student(freedom, risk) == pytest.approx(t.ppf(1 - risk / 2, freedom), rel=1e-7)
    assert student(LIKE_NORMAL, risk) == pytest.approx(t.ppf(1 - risk / 2, LIKE_NORMAL), rel=0.005)


def test_the_corrected_interval_worked_by_hand():
    # mean 0.8, s² = (0.01 + 0 + 0.01) / 2 = 0.01; (1/3 + 1/2) s² = 0.008333; t of 2 is 4.3027
    splits = np.array([0.7, 0.8, 0.9])
    assert resampled(splits, 0.5, 0.05) == pytest.approx(4.302653 * 0.0912871, rel=1e-6)
    # not corrected it would be 4.3027 · sqrt(0.01 / 3), which is too sure of itself
    assert resampled(splits, 0.5, 0.05) > 4.302653 * (0.01 / 3) ** 0.5


def test_matched_shares_worked_by_hand():
    # of 10 rows, the first is right alone on 4, the other on 1: (4.5 - 1.5) / 12 = 0.25;
    # sqrt(5 + 1 - 9 / 12) / 12 = 0.190941; t of 9 is 2.262157
    rows = np.array([1.0] * 4 + [-1] + [0] * 5)
    low, high = matched(rows, 0.05)
    assert (low, high) == pytest.approx((0.25 - 0.431939, 0.25 + 0.431939), abs=1e-5)


def test_no_interval_is_of_no_width_where_the_rows_are_few():
    same = np.ones(20)
    low, high = of_accuracy(same, 0.5, 45)
    assert (low, high) == wilson(45, 45)
    low, high = of_difference(np.zeros(20), 0.5, np.zeros(45), 5)
    assert low < 0 < high
    low, high = of_difference(np.ones(20), 0.5, np.ones(4), 1)
    assert low < 0  # four rows prove nothing


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=20),
    st.floats(0.1, 1),
    st.integers(1, 1000),
)
def test_an_interval_holds_its_middle_and_stays_a_share(splits, ratio, tested):
    low, high = of_accuracy(np.array(splits), ratio, tested)
    assert 0 <= low <= np.mean(splits) + 1e-12
    assert np.mean(splits) - 1e-12 <= high <= 1


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=50), st.integers(1, 9))
def test_the_difference_the_other_way_is_the_same_one(rows, comparisons):
    splits = np.array(rows[:2])
    low, high = of_difference(splits, 0.5, np.array(rows), comparisons)
    there = of_difference(-splits, 0.5, -np.array(rows), comparisons)
    assert there == pytest.approx((-high, -low))


def test_more_comparisons_are_less_sure():
    splits, rows = np.array([0.2, 0.3, 0.25]), np.array([1.0, 0, 0, 0] * 20)
    one, many = (of_difference(splits, 0.5, rows, count) for count in (1, 50))
    assert many[0] < one[0] < one[1] < many[1]
