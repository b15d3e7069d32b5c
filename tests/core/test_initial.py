"""Random weights: the same for ever, and distributed as their formulas say.

The oracle makes PCG64's stream in Python's integers, from the state that NumPy seeds, and turns it
into normal numbers with mpmath and the standard library.
"""

from __future__ import annotations

import math
import statistics

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nntrace.core.numerics.initial import INITIALISERS, draw, normal_quantile

MP = mpmath.MPContext()
MP.prec = 120


def exact_quantile(p):
    """Φ⁻¹(p), by Newton's method from the standard library's value."""
    p = MP.mpf(p)
    if p > 0.5:
        return -exact_quantile(1 - p)
    x = MP.mpf(statistics.NormalDist().inv_cdf(float(p)))
    for _ in range(3):
        x -= (MP.erfc(-x / MP.sqrt(2)) / 2 - p) * MP.sqrt(2 * MP.pi) * MP.exp(x * x / 2)
    return x


def off_by(got, exact):
    """Distance in units of 2^−53 of the exact value."""
    return float(abs((MP.mpf(got) - exact) / exact)) * 2**53


def test_quantile_at_known_points():
    # the table at the back of every book on statistics, to 20 digits
    known = {
        0.975: "1.9599639845400542355",
        0.95: "1.6448536269514727148",
        0.75: "0.67448975019608174320",
    }
    for p, x in known.items():
        (got,) = normal_quantile(np.array([p])).tolist()
        assert off_by(exact_quantile(p), MP.mpf(x)) < 20  # the p's are rounded themselves
        assert off_by(got, exact_quantile(p)) < 8
    assert normal_quantile(np.array([0.5])).tolist() == [0]


# the edges of the algorithm's three regions, the ends of what is ever drawn, and beyond
EDGES = [0.075, 0.925, math.exp(-25), 2.0**-53, 1 - 2.0**-53, 1e-300, 5e-324, 0.5 - 2.0**-40]
EDGES += [math.nextafter(p, to) for p in (0.075, 0.925, math.exp(-25)) for to in (0, 1)]


@pytest.mark.parametrize("p", EDGES)
def test_quantile_at_the_edges(p):
    (got,) = normal_quantile(np.array([p])).tolist()
    assert off_by(got, exact_quantile(p)) < 12


@given(st.floats(2.0**-53, 1 - 2.0**-53))
def test_quantile(p):
    (got,) = normal_quantile(np.array([p])).tolist()
    if p != 0.5:
        assert off_by(got, exact_quantile(p)) < 12
        assert got == pytest.approx(statistics.NormalDist().inv_cdf(p), rel=1e-14, abs=1e-300)


def test_quantile_rises_and_is_odd():
    p = np.arange(1, 2**16) / 2**16
    x = normal_quantile(p)
    assert (np.diff(x) > 0).all()
    assert np.array_equal(x, -x[::-1])


# ---- the same numbers, on every machine and for ever ----


def raw_stream(seed, count):
    """PCG64 (XSL-RR 128/64), as its paper gives it."""
    state = np.random.PCG64(seed).state["state"]
    value, increment = state["state"], state["inc"]
    for _ in range(count):
        value = (value * 0x2360ED051FC65DA44385DF649FCCF645 + increment) % 2**128
        mixed, turn = (value >> 64) ^ (value % 2**64), value >> 122
        yield (mixed >> turn | mixed << (64 - turn)) % 2**64


FACTORS = {  # for a fan-in of 6 and a size of 2
    "he_normal": 2 / 6,
    "he_uniform": 6 / 6,
    "glorot_normal": 2 / 8,
    "glorot_uniform": 6 / 8,
    "normal": 1,
    "uniform": 1,
}


def exact_draw(name, raw):
    if name.endswith("normal"):
        number = exact_quantile((MP.mpf(raw >> 12) + MP.mpf(0.5)) / 2**52)
    elif name == "uniform":
        number = MP.mpf(raw >> 11) / 2**53
    else:
        number = 2 * MP.mpf(raw >> 11) / 2**53 - 1
    return MP.sqrt(MP.mpf(FACTORS[name])) * number


@pytest.mark.parametrize("seed", [0, 7, 2**64])
@pytest.mark.parametrize("name", FACTORS)
def test_draws_against_the_oracle(name, seed):
    drawn = draw(name, (5, 8), 6, 2, seed)
    assert drawn.shape == (5, 8)
    assert drawn.dtype == np.float64
    for got, raw in zip(drawn.reshape(-1).tolist(), raw_stream(seed, 40), strict=True):
        assert off_by(got, exact_draw(name, raw)) < 14


PINNED = {
    "uniform": ["0x1.400c8353e3ca9p-1", "0x1.cb5f9b795e4cdp-1", "0x1.8d26acbf2815fp-1"],
    "normal": ["0x1.468b65d1c8f66p-2", "0x1.440db822726dep+0", "0x1.83f1b00d69c1ep-1"],
    "he_normal": ["0x1.790fa698b3736p-3", "0x1.762f52b75ad53p-1", "0x1.bff59193c4939p-2"],
    "he_uniform": ["0x1.00320d4f8f2a4p-2", "0x1.96bf36f2bc99ap-1", "0x1.1a4d597e502bep-1"],
    "glorot_normal": ["0x1.468b65d1c8f66p-3", "0x1.440db822726dep-1", "0x1.83f1b00d69c1ep-2"],
    "glorot_uniform": ["0x1.bbbe5fd3abb25p-3", "0x1.6040d027a1da6p-1", "0x1.e8f62f706600ep-2"],
}


@pytest.mark.parametrize("name", PINNED)
def test_the_same_seed_gives_the_same_numbers(name):
    assert [v.hex() for v in draw(name, (3,), 6, 2, 7).tolist()] == PINNED[name]


@pytest.mark.parametrize("name", FACTORS)
def test_many_are_the_few_continued(name):
    many = draw(name, (300, 500), 6, 2, 3).reshape(-1)
    assert np.array_equal(many[:1000], draw(name, (1000,), 6, 2, 3))
    stream = list(raw_stream(3, 140_000))
    for index in (65_535, 65_536, 65_537, 131_071, 131_072, 139_999):
        assert off_by(many[index], exact_draw(name, stream[index])) < 14
    assert len(set(many[65_530:65_540].tolist())) == 10


def test_another_seed_gives_others():
    assert not np.isin(draw("normal", (50,), 1, 1, 0), draw("normal", (50,), 1, 1, 1)).any()


# ---- as their formulas say ----

COUNT = 200_000
SPREAD = [
    # name, fan-in, size, deviation, limit
    ("he_normal", 50, 20, math.sqrt(2 / 50), None),
    ("he_uniform", 50, 20, math.sqrt(2 / 50), math.sqrt(6 / 50)),
    ("glorot_normal", 50, 30, math.sqrt(2 / 80), None),
    ("glorot_uniform", 50, 30, math.sqrt(2 / 80), math.sqrt(6 / 80)),
    ("normal", 50, 30, 1, None),
]


@pytest.mark.parametrize(("name", "fan_in", "size", "deviation", "limit"), SPREAD)
def test_moments_and_limits(name, fan_in, size, deviation, limit):
    drawn = draw(name, (COUNT,), fan_in, size, 1)
    # five standard errors each
    assert abs(drawn.mean()) < 5 * deviation / math.sqrt(COUNT)
    fourth = 3 if limit is None else 1.8  # E[x⁴] / deviation⁴
    assert abs(drawn.var() / deviation**2 - 1) < 5 * math.sqrt((fourth - 1) / COUNT)
    assert (drawn**4).mean() / deviation**4 == pytest.approx(fourth, rel=0.05)
    if limit is not None:
        assert -limit <= drawn.min() < -0.9999 * limit
        assert 0.9999 * limit < drawn.max() < limit


def test_uniform():
    drawn = draw("uniform", (COUNT,), 5, 5, 1)
    assert 0 <= drawn.min() < 1e-4
    assert 1 - 1e-4 < drawn.max() < 1
    assert drawn.mean() == pytest.approx(0.5, abs=5 / math.sqrt(12 * COUNT))


def test_constants():
    assert draw("zeros", (2, 3), 3, 2, 9).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert draw("ones", (2,), 3, 2, 9).tolist() == [1, 1]


@pytest.mark.parametrize("name", INITIALISERS)
def test_float32_is_the_float64_rounded(name):
    wide, narrow = draw(name, (4, 5), 5, 4, 2), draw(name, (4, 5), 5, 4, 2, "float32")
    assert narrow.dtype == np.float32
    assert np.array_equal(narrow, wide.astype(np.float32))


def test_all_are_tested():
    assert set(INITIALISERS) == {*FACTORS, "zeros", "ones"}
    with pytest.raises(KeyError):
        draw("he", (1,), 1, 1, 0)
