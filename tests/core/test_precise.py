"""The helpers behind the exact activations, against fractions and mpmath."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nntrace.core.numerics import precise, singles

MP = mpmath.MPContext()
MP.prec = 400

# so large and so small that neither a product nor its error leaves the normal range
factors = st.floats(min_value=1e-120, max_value=1e150) | st.floats(-1e150, -1e-120)
terms = st.floats(min_value=-1e300, max_value=1e300, allow_subnormal=True)


@given(factors, factors)
def test_a_product_and_its_error(a, b):
    product = np.float64(a) * np.float64(b)
    error = precise.product_error(np.float64(a), np.float64(b), product)
    exact = Fraction(a) * Fraction(b)
    off = Fraction(float(product)) + Fraction(float(error)) - exact
    assert abs(off) <= abs(exact) / 2**104


@given(terms, terms)
def test_a_sum_and_its_error_are_exact(a, b):
    total = np.float64(a) + np.float64(b)
    error = precise.sum_error(np.float64(a), np.float64(b), total)
    assert Fraction(float(total)) + Fraction(float(error)) == Fraction(a) + Fraction(b)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_upper_half_has_26_bits(a):
    upper = float(precise.upper_half(a))
    assert abs(upper) <= abs(a)
    assert math.frexp(upper)[0] * 2**26 % 1 == 0
    assert abs(a - upper) <= abs(a) * 2.0**-25 or abs(a) < 1e-300


@given(arrays(np.float64, st.integers(1, 300), elements=st.floats(0, 1e300)))
@example(np.array([1.0] + [2.0**-53] * 299))
@example(np.array([5e-324] * 7))
@example(np.zeros(3))
def test_row_sums_are_nearly_correctly_rounded(p):
    expected = math.fsum(p)
    assert abs(float(precise.row_sum(p[None])[0, 0]) - expected) <= math.ulp(expected)


@pytest.mark.parametrize("t", [0.0, 5e-324, 1e-9, 0.3, 1.0, 4.3125, 12.0, 37.0, 38.4, 40.0, 1e308])
def test_the_normal_tail(t):
    exact = float(t * MP.erfc(t / MP.sqrt(2)) / 2) if t < 50 else 0.0
    got = float(precise.normal_tail(np.array([t]))[0])
    assert abs(got - exact) <= 3 * math.ulp(exact)


@given(st.floats(-7.0, 7.0) | st.floats(-1e-290, 1e-290))
@example(0.5)
@example(-0.0)
@example(math.inf)
@example(-math.inf)
def test_the_error_function(x):
    want = MP.erf(MP.mpf(x))
    exact = precise.error_function(np.array([x]))[0]
    near = singles.nearly_error_function(np.array([x]))[0]
    assert abs(MP.mpf(float(exact)) - want) <= 5e-16 * abs(want) + MP.mpf(5e-324)
    assert abs(MP.mpf(float(near)) - want) <= 2.0**-25 * abs(want) + MP.mpf(5e-324)
    assert math.copysign(1.0, exact) == math.copysign(1.0, near) == math.copysign(1.0, x)


def test_the_error_function_of_nan_is_nan():
    for function in (precise.error_function, singles.nearly_error_function):
        assert np.isnan(function(np.array([np.nan]))).all()


def test_the_coefficients_of_the_normal_tail():
    """Make them as the comment beside them says."""
    points, degree, width = 64, 23, MP.mpf("0.785")

    def scaled_tail(s):
        t = (MP.mpf("4.3125") + MP.mpf("5.5") * s) / (1 - s)
        return (1 + t) * MP.exp(t * t / 2) * MP.erfc(t / MP.sqrt(2)) / 2

    nodes = [MP.cos(MP.pi * (2 * i + 1) / (2 * points)) for i in range(points)]
    values = [scaled_tail(width * x) for x in nodes]
    chebyshev = [
        MP.fsum(y * MP.cos(n * MP.acos(x)) for x, y in zip(nodes, values, strict=True))
        * (2 - (n == 0))
        / points
        for n in range(degree + 1)
    ]
    # T_0 = 1, T_1 = x, T_n = 2x·T_(n−1) − T_(n−2), where x = s/width
    powers = [MP.mpf(0)] * (degree + 1)
    older, old = [MP.mpf(0)], [MP.mpf(1)]
    for n, weight in enumerate(chebyshev):
        powers = [p + weight * c for p, c in zip(powers, old + [0] * degree, strict=False)]
        shifted = [MP.mpf(0)] + [c * (2 - (n == 0)) / width for c in old]
        older, old = old, [a - b for a, b in zip(shifted, older + [0] * 2, strict=False)]
    assert tuple(float(p) for p in reversed(powers)) == precise.NORMAL_TAIL
    assert float(powers[0] - MP.mpf(precise.NORMAL_TAIL[-1])) == precise._LAST_ERROR
