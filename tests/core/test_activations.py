"""The activations against mpmath, over the whole range of float64 and float32.

The definitions here are written independently of the code: the textbook formula, in arithmetic
of enough bits, with nothing done to save digits.
"""

import math
import random
import struct

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nntrace.core.activation import Activation, ActivationKind, Parameter
from nntrace.core.activations import ACTIVATIONS, find
from nntrace.errors import NetworkError, UsageError

MP = mpmath.MPContext()
MP.prec = 160
exp, log1p, expm1, tanh = MP.exp, MP.log1p, MP.expm1, MP.tanh

INF, NAN = math.inf, math.nan
LARGEST, SMALLEST = 1.7976931348623157e308, 5e-324


def activation(name, **parameters):
    """Make one; what must be given and is not is what the oracle takes it to be."""
    kind = find(name)
    needed = {each.name: each.default for each in kind.parameters if each.required}
    return Activation(kind, needed | parameters)


# ---- the oracle ----


def phi(z):
    if abs(z) > 45:  # the tail is below 1e-440
        return MP.mpf(z > 0)
    return MP.erfc(-z / MP.sqrt(2)) / 2


def clip(x, low, high):
    return min(max(x, MP.mpf(low)), MP.mpf(high))


def hard_sigmoid(z, alpha=None, beta=0.5):
    return clip((z + 3) / 6 if alpha is None else alpha * z + beta, 0, 1)


SCALE, ALPHA = MP.mpf("1.0507009873554805"), MP.mpf("1.6732632423543772")

EXACT = {
    "identity": lambda z: z,
    "relu": lambda z: max(z, MP.mpf(0)),
    "relu6": lambda z: clip(z, 0, 6),
    "leaky_relu": lambda z, alpha=0.01: z if z > 0 else alpha * z,
    "prelu": lambda z, alpha=0.25: z if z > 0 else alpha * z,
    "elu": lambda z, alpha=1: z if z > 0 else alpha * expm1(z),
    "celu": lambda z, alpha=1: max(z, MP.mpf(0)) + min(MP.mpf(0), alpha * expm1(z / MP.mpf(alpha))),
    "selu": lambda z: SCALE * (z if z > 0 else ALPHA * expm1(z)),
    "gelu": lambda z: z * phi(z),
    # ½·(1 + tanh u) is σ(2u); with tanh, mpmath would need thousands of bits
    "gelu_tanh": lambda z: z / (1 + exp(-2 * MP.sqrt(2 / MP.pi) * (z + MP.mpf(0.044715) * z**3))),
    "silu": lambda z: z / (1 + exp(-z)),
    "mish": lambda z: z * tanh(log1p(exp(z))),
    "hard_swish": lambda z: z * hard_sigmoid(z),
    "hard_sigmoid": hard_sigmoid,
    "hard_tanh": lambda z, min=-1, max=1: clip(z, min, max),
    "sigmoid": lambda z: 1 / (1 + exp(-z)),
    "log_sigmoid": lambda z: -log1p(exp(-z)),
    "tanh": tanh,
    "softplus": lambda z: log1p(exp(z)),
    "softsign": lambda z: z / (1 + abs(z)),
    "thresholded_relu": lambda z, alpha=1: z if z > alpha else MP.mpf(0),
    "step": lambda z: MP.mpf(z > 0),
}
ROWWISE = ("softmax", "log_softmax", "hardmax")


def exact_row(name, row):
    """The exact row; the top's own e^0 = 1 stays apart, so that nothing is lost beside it."""
    z = [MP.mpf(x) for x in row]
    top = max(range(len(z)), key=lambda i: (z[i], -i))
    if name == "hardmax":
        return [MP.mpf(i == top) for i in range(len(z))]
    below = [x - z[top] for x in z]
    rest = MP.fsum(exp(x) for i, x in enumerate(below) if i != top)
    if name == "softmax":
        return [exp(x) / (1 + rest) for x in below]
    return [x - log1p(rest) for x in below]


def units_off(got, exact, digits=53, lowest=-1074, largest=LARGEST):
    """How many units in the last place `got` is from `exact`, the unit being that of `exact`.

    At most a half, where nothing is nearer; less is not looked for.
    """
    got = float(got)
    if digits == 53 and abs(exact) <= largest and got == float(exact):
        return 0.5
    if abs(exact) > largest:
        # beyond the largest number by half a unit is infinity, correctly rounded
        unit = MP.mpf(2) ** (MP.mag(MP.mpf(largest)) - digits)
        if math.isinf(got):
            return 0.0 if (got > 0) == (exact > 0) and abs(exact) >= largest + unit / 2 else INF
    if not math.isfinite(got):
        return INF
    exponent = MP.mag(exact) if exact else lowest
    return float(abs(MP.mpf(got) - exact) / MP.mpf(2) ** max(exponent - digits, lowest))


def worst(got, exact, z, **kind):
    """The largest error of all, and where."""
    assert len(got) == len(exact)
    errors = [units_off(a, e, **kind) for a, e in zip(got, exact, strict=True)]
    place = max(range(len(errors)), key=errors.__getitem__)
    return errors[place], z[place]


# ---- where it is measured ----


def binades():
    """One number in every binade and two in every tenth, both signs, from subnormals to the max."""
    source = random.Random(1)
    numbers = [0.0, SMALLEST, 3 * SMALLEST, 2.2250738585072014e-308, LARGEST, 6.7e307]
    for exponent in range(-1074, 1024):
        numbers.append(math.ldexp(1 + source.random(), exponent) if exponent < 1023 else LARGEST)
        if exponent % 10 == 0:
            numbers.append(math.ldexp(1.0, exponent))
    return numbers + [-x for x in numbers]


def near(point, steps=4):
    """A number and its neighbours, one unit apart and then farther and farther."""
    numbers = [point]
    for step in range(steps):
        numbers += [point + math.ulp(point) * 7**step, point - math.ulp(point) * 7**step]
    return numbers


def spread(low, high, count):
    source = random.Random(2)
    return [low + (high - low) * source.random() for _ in range(count)]


POINTS = [0.5, 1.0, 2.0, 3.0, 6.0, 0.7071067811865476, 20.0, 36.7, 37.5, 38.5, 88.7, 709.7, 745.1]
TAILS = [
    *spread(-6, 6, 400),
    *spread(-50, 40, 200),
    *spread(-24, -18, 100),  # gelu_tanh's tail ends here
    *spread(-39, -36, 100),  # gelu's
    *spread(-760, -690, 200),  # e^z's
    *spread(-1e-7, 1e-7, 50),
]
GRID = [*binades(), *TAILS, *(x * s for point in POINTS for x in near(point) for s in (1, -1))]
SMALL_GRID = [*GRID[::23], *TAILS[::3]]

CASES = [
    ("leaky_relu", {"alpha": 0.2}),
    ("leaky_relu", {"alpha": -1.5}),
    ("leaky_relu", {"alpha": 0.0}),
    ("prelu", {"alpha": 0.0}),
    ("elu", {"alpha": 0.3}),
    ("elu", {"alpha": -2.0}),
    ("elu", {"alpha": 1e-300}),
    ("celu", {"alpha": 0.1}),
    ("celu", {"alpha": 3.7}),
    ("celu", {"alpha": 1e-200}),
    ("celu", {"alpha": 1e200}),
    ("celu", {"alpha": -1.0}),
    ("celu", {"alpha": -0.7}),
    ("celu", {"alpha": -1e-6}),
    ("celu", {"alpha": -1e8}),
    ("hard_sigmoid", {"alpha": 0.2}),
    ("hard_sigmoid", {"alpha": 0.2, "beta": 0.3}),
    ("hard_sigmoid", {"alpha": -0.7, "beta": 0.1}),
    ("hard_sigmoid", {"alpha": 1e-300, "beta": 0.7}),
    ("hard_sigmoid", {"alpha": 1e300, "beta": -1e300}),
    ("hard_sigmoid", {"alpha": 0.1, "beta": 0.0}),
    ("hard_sigmoid", {"alpha": 0.0, "beta": 0.25}),
    ("hard_tanh", {"min": 0.1, "max": 0.3}),
    ("thresholded_relu", {"alpha": 0.1}),
    ("thresholded_relu", {"alpha": -2.5}),
]


def label(value):
    return ",".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else value


@pytest.mark.parametrize("name", EXACT)
def test_exact_over_the_whole_range(name):
    got = activation(name)(np.array(GRID))
    exact = [EXACT[name](MP.mpf(z)) for z in GRID]
    error, z = worst(got, exact, GRID)
    assert error <= 4, z


@pytest.mark.parametrize(("name", "parameters"), CASES, ids=label)
def test_exact_with_parameters(name, parameters):
    grid = list(SMALL_GRID)
    alpha = parameters.get("alpha")
    if name == "hard_sigmoid" and alpha:  # where the terms cancel
        given = {"beta": 0.5} | parameters
        grid += near(-given["beta"] / alpha, 12) + near((1 - given["beta"]) / alpha, 12)
    if name == "celu":  # from where the curve is flat to where it overflows
        grid += [alpha * x for x in (*spread(-40, 40, 60), *spread(600, 730, 60))]
        grid += [alpha * math.ldexp(x, -53) for x in spread(-4, 4, 20)]
    got = activation(name, **parameters)(np.array(grid))
    exact = [EXACT[name](MP.mpf(z), **parameters) for z in grid]
    error, z = worst(got, exact, grid)
    assert error <= 4, z


def single(x):
    """The nearest float32, as Python's struct knows it; None where it overflows."""
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError:
        return None


SINGLES = [x for x in map(single, SMALL_GRID) if x is not None and (x == 0 or abs(x) > 1e-46)]
SINGLES += [3.4028234663852886e38, -3.4028234663852886e38, 1.401298464324817e-45]


@pytest.mark.parametrize("name", EXACT)
def test_float32_is_within_a_unit_of_float32(name):
    # A parameter of the simple ones is a float32 too: leaky_relu's slope is not 0.01 but this.
    parameters = {"leaky_relu": {"alpha": single(0.01)}}.get(name, {})
    got = activation(name)(np.array(SINGLES, dtype=np.float32))
    assert got.dtype == np.float32
    exact = [EXACT[name](MP.mpf(z), **parameters) for z in SINGLES]
    error, z = worst(got, exact, SINGLES, digits=24, lowest=-149, largest=3.4028234663852886e38)
    assert error <= 1, z


# gelu of float32 is made of a table: at its nodes, beside them, between them, and where it ends
STEPS = [k / 512 for k in (*range(-15 * 512, 7 * 512, 37), *range(-14 * 512 - 300, -14 * 512 + 5))]
BESIDE = [single(x) for step in STEPS for x in (step - 1e-6, step, step + 1e-6)]
BESIDE += [single(s * x) for s in (1, -1) for x in (2.0**20, 1048577.0, 2.6e13, 1e30, 3e38)]


def test_gelu_of_float32_wherever_its_table_may_fail():
    got = activation("gelu")(np.array(BESIDE, dtype=np.float32))
    exact = [EXACT["gelu"](MP.mpf(z)) for z in BESIDE]
    error, z = worst(got, exact, BESIDE, digits=24, lowest=-149, largest=3.4028234663852886e38)
    assert error <= 1, z


@pytest.mark.parametrize("name", ["gelu", "softmax"])
def test_float32_has_the_same_bits_whatever_stands_beside_it(name):
    usual = np.random.default_rng(5).normal(0, 3, (40, 7)).astype(np.float32)
    strange = np.array([[INF] * 7, [NAN] * 7, [-INF] * 7, [3e38] * 7, [-700.0] * 7], np.float32)
    mixed = np.concatenate([usual, strange])
    alone = [activation(name)(row[np.newaxis]) for row in mixed]
    assert same(activation(name)(mixed), np.concatenate(alone))
    assert same(activation(name)(np.asfortranarray(mixed)), np.concatenate(alone))


@pytest.mark.parametrize("shift", [0, 300, -300, 354, 355, -354, -355, 700, -720, 3e4, -1e38])
def test_softmax_of_float32_is_exact_on_both_of_its_ways(shift):
    source = np.random.default_rng(6)
    for size in (1, 3, 64, 2000):
        row = (source.normal(0, 4, size) + shift).astype(np.float32)
        row[1::5] = -INF  # as a causal mask has it
        got = activation("softmax")(row[np.newaxis])[0]
        exact = exact_row("softmax", row.tolist())
        error, z = worst(got, exact, row.tolist(), digits=24, lowest=-149)
        assert error <= 1, z


def rows():
    source = random.Random(3)
    yield [0.3]
    yield [LARGEST]
    yield [1.124, -0.6]
    yield [5.0, 5.0, 5.0]
    yield [0.0, -0.0]
    yield [100.0, 0.0]  # sure: log_softmax is −3.7e-44
    yield [0.0, -745.0, -744.0, -746.0]
    yield [-700.1, 12.3, 12.3]
    yield [LARGEST, -LARGEST, 0.0]
    yield [-LARGEST, -LARGEST]
    yield [1e308, 1e308, math.nextafter(1e308, 0)]
    yield [SMALLEST, 0.0, -SMALLEST]
    yield [0.1, 1e-17, -1e-30]
    yield [0.0] + [-36.8] * 6  # each is lost when added to 1 alone
    yield [0.0] + [-36.8] * 999
    yield [0.0, 0.0, 0.0] + [-36.0] * 997
    yield [0.0, -40.0] + [-76.8] * 500  # the same among the rest of a sure class
    yield [1.0] * 1000
    for size in (2, 3, 10, 1000):
        for scale in (1, 30, 700):
            yield [source.gauss(0, scale) for _ in range(size)]
    for _ in range(20):  # differences that round
        yield [source.uniform(600, 1000), *(source.uniform(0, 400) for _ in range(3))]


@pytest.mark.parametrize("name", ROWWISE)
@pytest.mark.parametrize("row", list(rows()), ids=lambda row: f"{len(row)}:{row[0]:.4g}")
def test_rows_are_exact(name, row):
    got = activation(name)(np.array([row, row]))
    assert got.shape == (2, len(row))
    assert (got[0] == got[1]).all()
    error, z = worst(got[0], exact_row(name, row), row)
    assert error <= 4, z


@pytest.mark.parametrize("name", ROWWISE)
@pytest.mark.parametrize("row", list(rows())[2:14], ids=lambda row: f"{len(row)}:{row[0]:.4g}")
def test_rows_are_exact_in_float32(name, row):
    row = [x for x in map(single, row) if x is not None] or [0.0]
    got = activation(name)(np.array([row], dtype=np.float32))
    assert got.dtype == np.float32
    error, z = worst(got[0], exact_row(name, row), row, digits=24, lowest=-149)
    assert error <= 1, z


# ---- signs, limits, NaN ----

ALL = list(ACTIVATIONS)

# what z = −0.0 gives
AT_MINUS_ZERO = {
    "relu": 0.0,
    "relu6": 0.0,
    "thresholded_relu": 0.0,
    "step": 0.0,
    "hard_sigmoid": 0.5,
    "sigmoid": 0.5,
    "log_sigmoid": -0.6931471805599453,
    "softplus": 0.6931471805599453,
    "softmax": 1.0,
    "log_softmax": 0.0,
    "hardmax": 1.0,
}  # and −0.0 for all the rest

LIMITS = {  # at −∞ and at ∞
    "identity": (-INF, INF),
    "relu": (0.0, INF),
    "relu6": (0.0, 6.0),
    "leaky_relu": (-INF, INF),
    "prelu": (-INF, INF),
    "elu": (-1.0, INF),
    "celu": (-1.0, INF),
    "selu": (-1.7580993408473766, INF),
    "gelu": (-0.0, INF),
    "gelu_tanh": (-0.0, INF),
    "silu": (-0.0, INF),
    "mish": (-0.0, INF),
    "hard_swish": (0.0, INF),
    "hard_sigmoid": (0.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "sigmoid": (0.0, 1.0),
    "log_sigmoid": (-INF, 0.0),
    "tanh": (-1.0, 1.0),
    "softplus": (0.0, INF),
    "softsign": (-1.0, 1.0),
    "thresholded_relu": (0.0, INF),
    "step": (0.0, 1.0),
    "softmax": (1.0, 1.0),
    "log_softmax": (0.0, 0.0),
    "hardmax": (1.0, 1.0),
}


def same(got, expected):
    """Equal, the sign of zero included, NaN equal to NaN."""
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    return np.array_equal(got, expected, equal_nan=True) and np.array_equal(
        np.signbit(got[~np.isnan(got)]), np.signbit(expected[~np.isnan(expected)])
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 33])
@pytest.mark.parametrize("name", ALL)
def test_minus_zero_in_every_lane(name, size, dtype):
    z = np.full((size, 1), -0.0, dtype=dtype)
    expected = dtype(AT_MINUS_ZERO.get(name, -0.0))
    assert same(activation(name)(z), np.full((size, 1), expected))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ALL)
def test_limits_at_infinity(name, dtype):
    limits = np.array(LIMITS[name], dtype=dtype)
    assert same(activation(name)(np.array([[-INF], [INF]], dtype=dtype)).ravel(), limits)


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("leaky_relu", {"alpha": 0.0}, (0.0, INF)),
        ("leaky_relu", {"alpha": -1.0}, (INF, INF)),
        ("prelu", {"alpha": 0.0}, (0.0, INF)),
        ("elu", {"alpha": 2.5}, (-2.5, INF)),
        ("celu", {"alpha": 2.5}, (-2.5, INF)),
        ("celu", {"alpha": -2.5}, (-INF, INF)),
        ("hard_sigmoid", {"alpha": 0.2}, (0.0, 1.0)),
        ("hard_sigmoid", {"alpha": -0.2}, (1.0, 0.0)),
        ("hard_sigmoid", {"alpha": 0.0, "beta": 0.25}, (0.25, 0.25)),
        ("hard_tanh", {"min": 0, "max": 6}, (0.0, 6.0)),
        ("thresholded_relu", {"alpha": -1.0}, (0.0, INF)),
    ],
)
def test_limits_with_parameters(name, parameters, expected):
    assert same(activation(name, **parameters)(np.array([-INF, INF])), expected)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", EXACT)
def test_nan_gives_nan_and_only_there(name, dtype):
    z = np.array([[1.0, NAN, -1.0], [-NAN, 2.0, 0.0]], dtype=dtype)
    assert np.isnan(activation(name)(z)).tolist() == [[False, True, False], [True, False, False]]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ROWWISE)
def test_nan_spoils_its_row(name, dtype):
    z = np.array([[1.0, NAN, 3.0], [INF, NAN, 0.0], [1.0, 2.0, 3.0]], dtype=dtype)
    assert np.isnan(activation(name)(z)).tolist() == [[True] * 3, [True] * 3, [False] * 3]
    assert np.isnan(activation(name)(np.array([[NAN]], dtype=dtype))).all()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([INF, 0.0], [1.0, 0.0]),
        ([-INF, 0.0], [0.0, 1.0]),
        ([-INF, INF, 5.0], [0.0, 1.0, 0.0]),
        ([INF, INF, 5.0], [NAN, NAN, NAN]),  # it depends on which grows faster
        ([-INF, -INF], [NAN, NAN]),
    ],
)
def test_softmax_of_infinities(row, expected):
    assert same(activation("softmax")(np.array([row])), [expected])
    with np.errstate(divide="ignore"):
        logarithms = np.log(expected)
    assert same(activation("log_softmax")(np.array([row])), [logarithms])


@pytest.mark.parametrize("name", ALL)
def test_silent(name):
    extreme = np.array([[LARGEST, -LARGEST, SMALLEST, -SMALLEST, INF, -INF, NAN, -745.2, 0.0]])
    with np.errstate(all="raise"):
        activation(name)(extreme)
        activation(name)(np.array([[3.4e38, -3.4e38, 1e-45, -88.0]], dtype=np.float32))


# ---- by hand ----


@pytest.mark.parametrize(
    ("name", "parameters", "z", "expected"),
    [
        ("identity", {}, [-2.5, 0.5], [-2.5, 0.5]),
        ("relu", {}, [-2.5, 0.5], [0.0, 0.5]),
        ("relu6", {}, [-1.0, 4.0, 7.0], [0.0, 4.0, 6.0]),
        ("leaky_relu", {"alpha": 0.5}, [-3.0, 2.0], [-1.5, 2.0]),
        ("prelu", {}, [-2.0, 2.0], [-0.5, 2.0]),
        ("prelu", {"alpha": [0.5, 0.25]}, [[-2.0, -2.0], [1.0, -4.0]], [[-1, -0.5], [1, -1]]),
        ("prelu", {"alpha": [0.0, 1.0]}, [[-INF, -2.0], [NAN, -4.0]], [[0, -2], [NAN, -4]]),
        ("elu", {}, [1.5, -1000.0], [1.5, -1.0]),
        ("elu", {"alpha": 3.0}, [1.5, -1000.0], [1.5, -3.0]),
        ("celu", {"alpha": 3.0}, [1.5, -3000.0], [1.5, -3.0]),
        ("selu", {}, [1.0], [1.0507009873554805]),
        ("gelu", {}, [-1.0, 1.0], [-0.15865525393145705, 0.8413447460685429]),
        ("hard_swish", {}, [-4.0, -1.5, 0.0, 3.0, 9.0], [0.0, -0.375, 0.0, 3.0, 9.0]),
        ("hard_sigmoid", {}, [-3.0, -1.5, 0.0, 1.5, 3.0], [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("hard_sigmoid", {"alpha": 0.25}, [-3.0, -1.0, 1.0, 3.0], [0.0, 0.25, 0.75, 1.0]),
        ("hard_tanh", {}, [-1.5, -0.5, 0.5, 1.5], [-1.0, -0.5, 0.5, 1.0]),
        ("hard_tanh", {"min": -2, "max": 0.25}, [-3.0, 1.0], [-2.0, 0.25]),
        ("sigmoid", {}, [0.0], [0.5]),
        ("softsign", {}, [-3.0, 1.0], [-0.75, 0.5]),
        ("thresholded_relu", {}, [0.5, 1.0, 1.5], [0.0, 0.0, 1.5]),
        ("thresholded_relu", {"alpha": -1}, [-2.0, -1.0, -0.5], [0.0, 0.0, -0.5]),
        ("step", {}, [-1.0, 0.0, SMALLEST], [0.0, 0.0, 1.0]),
        ("softmax", {}, [[0.0, 0.0], [0.0, 1000.0]], [[0.5, 0.5], [0.0, 1.0]]),
        ("log_softmax", {}, [[0.0, -1000.0]], [[0.0, -1000.0]]),
        ("hardmax", {}, [[1.0, 3.0, 3.0], [-1.0, -2.0, -3.0]], [[0, 1, 0], [1, 0, 0]]),
    ],
)
def test_worked_by_hand(name, parameters, z, expected):
    assert same(activation(name, **parameters)(np.array(z)), expected)


def test_a_sure_class_keeps_its_digits():
    (got,) = activation("log_softmax")(np.array([[69.07755278982137, 0.0]]))
    assert got.tolist() == [-1.0000000000000024e-30, -69.07755278982137]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("shape", [(), (3,), (0, 3), (2, 3), (2, 2, 3)])
def test_a_new_array_of_the_same_shape(name, shape):
    z = np.full(shape, 0.5)
    kept = z.copy()
    a = activation(name)(z)
    assert a.shape == shape
    assert not np.shares_memory(a, z)
    assert np.array_equal(z, kept)


@pytest.mark.parametrize("name", ALL)
def test_many_rows_in_any_order_in_memory(name):
    z = np.linspace(-9, 9, 60_000).reshape(20_000, 3)  # several blocks
    expected = np.concatenate([activation(name)(z[i : i + 10]) for i in (0, 9_990, 19_990)])
    for ordered in (z, np.asfortranarray(z), np.repeat(z, 2, axis=0)[::2]):
        a = activation(name)(ordered)
        assert same(a[[*range(10), *range(9_990, 10_000), *range(19_990, 20_000)]], expected)


def test_integers_become_float64():
    a = activation("relu")(np.array([[-1, 2]]))
    assert a.dtype == np.float64
    assert a.tolist() == [[0.0, 2.0]]


@pytest.mark.parametrize("name", ALL)
def test_a_row_does_not_depend_on_its_neighbours(name):
    z = np.array([[0.3, -0.7, 2.0], [LARGEST, 0.0, -LARGEST], [-800.0, 9.0, 1e-9]])
    both = activation(name)(z)
    for row, expected in zip(z, both, strict=True):
        assert same(activation(name)(row), expected)


# ---- properties ----

logits = arrays(
    np.float64,
    st.tuples(st.integers(1, 3), st.integers(1, 40)),
    elements=st.floats(allow_nan=False, allow_infinity=False),
)


@given(logits)
def test_softmax_sums_to_one(z):
    a = activation("softmax")(z)
    assert ((a >= 0) & (a <= 1)).all()
    assert all(abs(math.fsum(row) - 1) <= len(row) * 2.0**-52 for row in a)


@given(
    arrays(np.float64, st.integers(1, 12), elements=st.integers(-(2**30), 2**30)),
    st.integers(-(2**40), 2**40),
)
def test_shifting_a_row_changes_nothing(z, shift):
    # whole numbers, so that the shift itself is exact
    for name in ROWWISE:
        assert same(activation(name)(z + shift), activation(name)(z))


# ---- the table ----


def test_the_contracts_order():
    assert ", ".join(ALL) == (
        "identity, relu, relu6, leaky_relu, prelu, elu, celu, selu, gelu, gelu_tanh, silu, mish, "
        "hard_swish, hard_sigmoid, hard_tanh, sigmoid, log_sigmoid, tanh, softplus, softsign, "
        "thresholded_relu, step, softmax, log_softmax, hardmax"
    )


def test_the_tests_know_every_activation():
    assert set(EXACT) | set(ROWWISE) == set(ACTIVATIONS) == set(LIMITS)


def test_the_table_is_read_only():
    with pytest.raises(TypeError):
        ACTIVATIONS["mine"] = find("relu")


@pytest.mark.parametrize(
    ("alias", "name"), [("linear", "identity"), ("swish", "silu"), ("logistic", "sigmoid")]
)
def test_aliases(alias, name):
    assert find(alias) is find(name) is ACTIVATIONS[name]
    assert activation(alias).name == name
    assert ACTIVATIONS[name].aliases == (alias,)


@pytest.mark.parametrize("name", ["ReLU", "relu ", "", "sofmax"])
def test_no_such_activation(name):
    with pytest.raises(KeyError):
        find(name)


def test_defaults_of_the_contract():
    defaults = {k.name: {p.name: p.default for p in k.parameters} for k in ACTIVATIONS.values()}
    assert {name: values for name, values in defaults.items() if values} == {
        "leaky_relu": {"alpha": 0.01},
        "prelu": {"alpha": 0.25},
        "elu": {"alpha": 1.0},
        "celu": {"alpha": 1.0},
        "hard_sigmoid": {"alpha": 1 / 6, "beta": 0.5},
        "hard_tanh": {"min": -1.0, "max": 1.0},
        "thresholded_relu": {"alpha": 1.0},
    }


def test_every_kind_has_a_formula_of_z_and_its_parameters():
    for kind in ACTIVATIONS.values():
        words = kind.formula.replace("(", " ").replace(")", " ").replace("·", " ")
        words = words.replace("^", " ").replace("−", " ").replace("/", " ").replace("|", " ")
        assert "z" in words.replace(",", " ").split(), kind.name
        if kind.name != "hard_sigmoid":  # its functions min and max are no parameters
            for parameter in kind.parameters:
                assert parameter.name in words.split()


def test_parameters_are_complete_and_read_only():
    given = {"max": 3}
    limits = Activation(find("hard_tanh"), given)
    given["max"] = 4
    assert dict(limits.parameters) == {"min": -1.0, "max": 3.0}
    assert isinstance(limits.parameters["max"], float)
    with pytest.raises(TypeError):
        limits.parameters["max"] = 5.0


def test_prelus_slopes_are_copied_and_read_only():
    slopes = np.array([0.5, 0.25], dtype=np.float32)
    layer = activation("prelu", alpha=slopes)
    slopes[0] = 9.0
    assert layer.parameters["alpha"].tolist() == [0.5, 0.25]
    assert layer.parameters["alpha"].dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        layer.parameters["alpha"][0] = 1.0


def test_equal_when_kind_and_parameters_are():
    assert activation("elu") == activation("elu", alpha=1)
    assert activation("elu") != activation("elu", alpha=2)
    assert activation("relu") != activation("relu6")
    assert activation("prelu", alpha=[0.1, 0.2]) == activation("prelu", alpha=(0.1, 0.2))
    assert activation("prelu", alpha=[0.1, 0.2]) != activation("prelu", alpha=[0.1, 0.3])
    assert activation("prelu", alpha=[0.1, 0.2]) != activation("prelu", alpha=0.1)
    assert activation("relu") != "relu"


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        (
            "leaky_relu",
            {"alhpa": 0.1},
            "leaky_relu.alhpa: unknown parameter 'alhpa', did you mean 'alpha'?",
        ),
        (
            "hard_tanh",
            {"slope": 0.1},
            "hard_tanh.slope: unknown parameter 'slope', known: min, max",
        ),
        ("relu", {"alpha": 0.1}, "relu.alpha: unknown parameter 'alpha', relu takes none"),
        ("elu", {"alpha": INF}, "elu.alpha: takes a finite number, not inf"),
        ("elu", {"alpha": NAN}, "elu.alpha: takes a finite number, not nan"),
        ("elu", {"alpha": 10**400}, f"elu.alpha: takes a finite number, not {10**400}"),
        ("elu", {"alpha": "big"}, "elu.alpha: takes a finite number, not 'big'"),
        ("elu", {"alpha": "1"}, "elu.alpha: takes a finite number, not '1'"),
        ("elu", {"alpha": None}, "elu.alpha: takes a finite number, not None"),
        ("elu", {"alpha": True}, "elu.alpha: takes a finite number, not True"),
        ("elu", {"alpha": [1.0, 2.0]}, "elu.alpha: takes one number, not 2"),
        ("celu", {"alpha": 0.0}, "celu.alpha: takes a finite number other than 0, not 0.0"),
        ("celu", {"alpha": -INF}, "celu.alpha: takes a finite number other than 0, not -inf"),
        (
            "prelu",
            {"alpha": [[0.1, 0.2]]},
            "prelu.alpha: takes one number or one per neuron, not 1 × 2",
        ),
        (
            "prelu",
            {"alpha": [0.1, NAN, 0.2, -INF]},
            "prelu.alpha[1]: takes a finite number, not nan\n"
            "prelu.alpha[3]: takes a finite number, not -inf",
        ),
        ("prelu", {"alpha": []}, "prelu.alpha: takes one number or one per neuron, not 0"),
        (
            "hard_tanh",
            {"min": 2},
            "hard_tanh.min: min must be less than max, but 2.0 is not less than 1.0",
        ),
        (
            "hard_tanh",
            {"min": 1, "max": 1},
            "hard_tanh.max: min must be less than max, but 1.0 is not less than 1.0",
        ),
        (
            "hard_tanh",
            {"max": -3, "min": -2.5},
            "hard_tanh.min: min must be less than max, but -2.5 is not less than -3.0",
        ),
        (
            "hard_sigmoid",
            {"alpha": INF, "beta": NAN, "gamma": 1},
            "hard_sigmoid.gamma: unknown parameter 'gamma', known: alpha, beta\n"
            "hard_sigmoid.alpha: takes a finite number, not inf\n"
            "hard_sigmoid.beta: takes a finite number, not nan",
        ),
    ],
)
def test_wrong_parameters(name, parameters, message):
    with pytest.raises(NetworkError) as error:
        Activation(find(name), parameters)
    assert str(error.value) == message


def test_the_slopes_of_prelu_must_be_given():
    with pytest.raises(NetworkError) as error:
        Activation(find("prelu"))
    assert str(error.value) == (
        "prelu.alpha: is missing; it is the slope for z below 0, one per neuron or one for all"
    )


def test_a_required_parameter():
    slope = Parameter("slope", 1.0, "the slope", required=True)

    def scaled(z, a, slope):
        np.multiply(slope, z, out=a)

    kind = ActivationKind("scaled", "slope·z", "slope times z", scaled, "—", "", (slope,))
    assert Activation(kind, {"slope": 2})(np.array([3.0])).tolist() == [6.0]
    with pytest.raises(NetworkError) as error:
        Activation(kind)
    assert str(error.value) == "scaled.slope: is missing; it is the slope"


@pytest.mark.parametrize("name", ["relu", "tanh", "softmax"])
def test_into_an_array_that_is_there(name):
    z = np.array([[1.0, -2.0, 3.0], [0.5, 0.0, -1.0]])
    activation = Activation(find(name))
    room = np.full((2, 3), 9.0)
    assert activation(z, out=room) is room
    assert room.tolist() == activation(z).tolist()
    for other in (np.zeros((3, 2)), np.zeros((2, 3), np.float32), np.zeros((2, 3), order="F")):
        with pytest.raises(UsageError, match="out: takes float64 in C order"):
            activation(z, out=other)
        assert not other.any()
