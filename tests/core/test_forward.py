"""The forward pass against oracles that share nothing with it: numbers worked out by hand in exact
fractions, a plain-Python pass over mpmath, scikit-learn's own nets."""

from __future__ import annotations

import copy
import itertools
import pickle
import tracemalloc
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.arrays import all_finite
from nntrace.core.examples import Example, Expectation, ExpectedValues
from nntrace.core.forward import Trace, forward
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense
from nntrace.core.rows import as_rows
from nntrace.errors import InputError, NetworkError, UsageError

WITHIN = {"float64": 1e-12, "float32": 5e-6}  # of the largest value of a layer


def layer(name, weights, bias, activation="identity", labels=None, dtype="float64", **parameters):
    return Layer(
        name,
        Dense(np.array(weights, dtype=dtype), np.array(bias, dtype=dtype)),
        Activation(find(activation), parameters),
        labels,
    )


def net(*layers, dtype="float64", **more):
    spec = more.pop("input", None) or Input(layers[0].fan_in)
    return Network(more.pop("name", "net"), spec, layers, dtype, **more)


def close(got, wanted, dtype="float64"):
    wanted = np.array(wanted, dtype=np.float64)
    assert got.dtype == dtype
    assert got.shape == wanted.shape
    scale = np.abs(wanted).max() if wanted.size else 0.0
    assert np.abs(got - wanted).max(initial=0.0) <= WITHIN[dtype] * scale


# ---- by hand ----

# Every number is a sum of powers of two, so that not even a rounding is allowed.
HALVES = net(
    layer("hidden1", [[0.5, -1, 2], [1, 1, 1], [-2, 0.25, 0]], [0.5, -4, 0], "relu"),
    layer("hidden2", [[1, 2, 4], [-1, 0.5, 0.125]], [0, 1], "leaky_relu", alpha=0.25),
    layer("output", [[2, -1]], [0.25]),
)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_hand_worked(dtype):
    parts = [
        Layer(p.name, Dense(p.weights.astype(dtype), p.bias.astype(dtype)), p.activation)
        for p in HALVES.layers
    ]
    trace = forward(net(*parts, dtype=dtype), [[2, 1, 0.5], [-2, 0, 1]])
    # row 0: 0.5·2 − 1·1 + 2·0.5 + 0.5 = 1.5;  2 + 1 + 0.5 − 4 = −0.5;  −2·2 + 0.25·1 = −3.75
    # row 1: 0.5·−2 + 2·1 + 0.5 = 1.5;  −2 + 1 − 4 = −5;  −2·−2 = 4
    wanted = {
        "hidden1": ([[1.5, -0.5, -3.75], [1.5, -5, 4]], [[1.5, 0, 0], [1.5, 0, 4]]),
        # row 0: 1.5 and −1.5 + 1 = −0.5; row 1: 1.5 + 16 = 17.5 and −1.5 + 0.5 + 1 = 0
        "hidden2": ([[1.5, -0.5], [17.5, 0]], [[1.5, -0.125], [17.5, 0]]),
        # row 0: 3 + 0.125 + 0.25; row 1: 35 + 0.25
        "output": ([[3.375], [35.25]], [[3.375], [35.25]]),
    }
    for name, (z, a) in wanted.items():
        assert trace[name].z.tolist() == z
        assert trace[name].a.tolist() == a
        assert trace[name].z.dtype == trace[name].a.dtype == dtype
    assert trace.output is trace["output"].a
    assert trace.input.tolist() == trace.x.tolist() == [[2, 1, 0.5], [-2, 0, 1]]


def test_cat_or_dog_in_fractions():
    first = [["0.8", "0.2", "-1"], ["-0.5", "0.3", "1.2"], ["0.4"] * 3, ["-0.3", "-0.6", "0.9"]]
    bias = ["0.1", "0", "-0.2", "0.05"]
    second = [["1.1", "-0.9", "0.3", "-0.7"], ["-0.8", "1.3", "0.2", "0.9"]]
    x = [Fraction(v) for v in ("0.9", "0.8", "0.1")]

    def dense(rows, biases, values):
        return [
            sum((Fraction(w) * v for w, v in zip(row, values, strict=True)), Fraction(b))
            for row, b in zip(rows, biases, strict=True)
        ]

    z1 = dense(first, bias, x)
    z2 = dense(second, [0, 0], [max(z, Fraction(0)) for z in z1])
    assert z1 == [Fraction("0.88"), Fraction("-0.09"), Fraction("0.52"), Fraction("-0.61")]
    assert z2 == [Fraction("1.124"), Fraction("-0.6")]
    e = [mpmath.exp(mpmath.mpf(z.numerator) / z.denominator) for z in z2]
    trace = forward(
        net(
            layer("hidden1", np.array(first, float), np.array(bias, float), "relu"),
            layer("output", np.array(second, float), [0, 0], "softmax"),
        ),
        [0.9, 0.8, 0.1],
    )
    close(trace["hidden1"].z, [[float(z) for z in z1]])
    close(trace["output"].z, [[float(z) for z in z2]])
    close(trace.output, [[float(v / sum(e)) for v in e]])


# ---- random nets against a plain-Python pass in 200 bits ----

MP = mpmath.MPContext()
MP.prec = 200

TEXTBOOK = {
    "identity": lambda z: z,
    "relu": lambda z: [max(v, MP.mpf(0)) for v in z],
    "leaky_relu": lambda z: [v if v > 0 else MP.mpf(0.01) * v for v in z],
    "elu": lambda z: [v if v > 0 else MP.expm1(v) for v in z],
    "gelu": lambda z: [v * (1 + MP.erf(v / MP.sqrt(2))) / 2 for v in z],
    "silu": lambda z: [v / (1 + MP.exp(-v)) for v in z],
    "mish": lambda z: [v * MP.tanh(MP.log1p(MP.exp(v))) for v in z],
    "sigmoid": lambda z: [1 / (1 + MP.exp(-v)) for v in z],
    "tanh": lambda z: [MP.tanh(v) for v in z],
    "softplus": lambda z: [MP.log1p(MP.exp(v)) for v in z],
    "softsign": lambda z: [v / (1 + abs(v)) for v in z],
    "softmax": lambda z: [MP.exp(v) / sum(map(MP.exp, z)) for v in z],
    "log_softmax": lambda z: [v - MP.log(sum(map(MP.exp, z))) for v in z],
}


def plain_pass(network, row):
    """Return (z, a) of every layer for one row, by nothing but sums and the textbook's formulas."""
    values = [MP.mpf(float(v)) for v in row]
    steps = []
    for part in network.layers:
        z = [
            MP.fsum(MP.mpf(w) * v for w, v in zip(weights, values, strict=True)) + MP.mpf(bias)
            for weights, bias in zip(part.weights.tolist(), part.bias.tolist(), strict=True)
        ]
        values = TEXTBOOK[part.activation.name](z)
        steps.append(([float(v) for v in z], [float(v) for v in values]))
    return steps


def random_net(rng, dtype):
    sizes = rng.integers(1, 12, size=rng.integers(2, 7)).tolist()
    names = sorted(TEXTBOOK)
    layers = [
        layer(
            f"layer{index}",
            rng.normal(size=(size, fan_in)) / np.sqrt(fan_in),
            rng.normal(size=size),
            names[rng.integers(len(names))],
            dtype=dtype,
        )
        for index, (fan_in, size) in enumerate(itertools.pairwise(sizes))
    ]
    return net(*layers, dtype=dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("seed", range(30))
def test_random_nets_against_a_plain_pass(seed, dtype):
    rng = np.random.default_rng(seed)
    network = random_net(rng, dtype)
    rows = rng.normal(size=(3, network.input.size)).astype(dtype)
    trace = forward(network, rows)
    expected = [plain_pass(network, row) for row in rows]
    for index, part in enumerate(trace.layers):
        close(part.z, [steps[index][0] for steps in expected], dtype)
        close(part.a, [steps[index][1] for steps in expected], dtype)


# ---- scikit-learn ----


def sklearn_steps(model, rows):
    """Return (z, a) of every layer, from scikit-learn's weights, which are fan-in × size."""
    functions = {
        "identity": lambda z: z,
        "logistic": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
        "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
    }
    names = [model.activation] * (len(model.coefs_) - 1) + [model.out_activation_]
    steps, values = [], rows
    for coefs, intercepts, name in zip(model.coefs_, model.intercepts_, names, strict=True):
        z = values @ coefs + intercepts
        values = functions[name](z)
        steps.append((name, z, values))
    return steps


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("task", ["two classes", "four classes", "numbers"])
def test_scikit_learn(task, activation, dtype):
    from sklearn.exceptions import ConvergenceWarning  # takes longer than all other imports here
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    rng = np.random.default_rng(7)
    rows = rng.normal(size=(60, 5)).astype(dtype)
    shape = {"hidden_layer_sizes": (9, 6), "activation": activation, "max_iter": 15}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        if task == "numbers":
            targets = np.stack([rows.sum(axis=1), rows[:, 0] * rows[:, 1]], axis=1)
            model = MLPRegressor(random_state=1, **shape).fit(rows, targets)
        else:
            classes = np.arange(60) % (2 if task == "two classes" else 4)
            model = MLPClassifier(random_state=1, **shape).fit(rows, classes)
    steps = sklearn_steps(model, rows)
    assert model.coefs_[0].dtype == dtype
    network = net(
        *(
            layer(f"layer{index}", coefs.T, intercepts, name, dtype=dtype)
            for index, (coefs, intercepts, (name, _, _)) in enumerate(
                zip(model.coefs_, model.intercepts_, steps, strict=True)
            )
        ),
        dtype=dtype,
    )
    trace = forward(network, rows)
    for part, (_, z, a) in zip(trace.layers, steps, strict=True):
        close(part.z, z, dtype)
        close(part.a, a, dtype)
    # and its own last word
    if task == "numbers":
        close(trace.output, model.predict(rows), dtype)
    elif task == "two classes":
        close(trace.output, model.predict_proba(rows)[:, 1:], dtype)
    else:
        close(trace.output, model.predict_proba(rows), dtype)


# ---- rows ----


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_a_row_gives_the_same_alone_in_a_batch_and_in_another_order(seed, count):
    rng = np.random.default_rng(seed)
    network = random_net(rng, "float64")
    rows = rng.normal(size=(count, network.input.size))
    order = rng.permutation(count)
    whole, permuted = forward(network, rows), forward(network, rows[order])
    alone = [forward(network, row) for row in rows]
    for index, part in enumerate(whole.layers):
        for quantity in ("z", "a"):
            values = getattr(part, quantity)
            close(getattr(permuted.layers[index], quantity), values[order])
            one_by_one = [getattr(trace.layers[index], quantity)[0] for trace in alone]
            close(np.array(one_by_one), values)


def test_no_rows():
    trace = forward(HALVES, np.zeros((0, 3)))
    assert len(trace) == 0
    assert [part.z.shape for part in trace.layers] == [(0, 3), (0, 2), (0, 1)]
    assert trace.output.shape == (0, 1)


ROWS = [
    ([1, 2, 3], [[1, 2, 3]]),
    ((1, 2, 3), [[1, 2, 3]]),
    ([[1, 2, 3], [4, 5, 6]], [[1, 2, 3], [4, 5, 6]]),
    ([[1, 2, 3], (4, 5, 6)], [[1, 2, 3], [4, 5, 6]]),
    (np.array([1, 2, 3], np.int8), [[1, 2, 3]]),
    (np.array([[1, 2, 3]], np.uint64), [[1, 2, 3]]),
    (np.array([1, 2, 3], np.float16), [[1, 2, 3]]),
    (np.array([[1, 9, 2, 9, 3]])[:, ::2], [[1, 2, 3]]),
    (np.asfortranarray([[1, 2, 3], [4, 5, 6.0]]), [[1, 2, 3], [4, 5, 6]]),
    ([Fraction(1, 2), Fraction(1, 4), 2], [[0.5, 0.25, 2]]),
    ([2**70, 0, -(2**64)], [[2.0**70, 0, -(2.0**64)]]),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("given_rows", "wanted"), ROWS)
def test_rows_are_taken_in_many_forms(given_rows, wanted, dtype):
    held = as_rows(net(layer("output", [[1, 1, 1]], [0], dtype=dtype), dtype=dtype), given_rows)
    assert held.tolist() == wanted
    assert held.dtype == dtype
    assert held.flags.c_contiguous


def test_rows_that_fit_are_not_copied_and_not_written_to():
    rows = np.array([[2.0, 1.0, 0.5]])
    trace = forward(HALVES, rows)
    assert np.shares_memory(trace.input, rows)
    assert rows.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        trace.input[0, 0] = 1


def test_rows_with_an_input_set_by_hand_are_a_copy():
    rows = np.array([[2.0, 1.0, 0.5]])
    trace = forward(HALVES, rows, {Neuron("input", 0): 7})
    assert rows.tolist() == [[2, 1, 0.5]]
    rows[:] = 0
    assert trace.input.tolist() == [[7, 1, 0.5]]


def test_rows_at_an_odd_byte():
    rows = np.frombuffer(b"abc" + np.array([2, 1, 0.5]).tobytes(), np.float64, 3, 3)
    assert not rows.flags.aligned
    trace = forward(HALVES, rows)
    assert trace.input.flags.aligned
    assert trace.output.tolist() == forward(HALVES, [2, 1, 0.5]).output.tolist()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_pass_takes_little_more_memory_than_it_gives(dtype):
    sizes = (300, 400, 400, 10)
    layers = [
        layer(f"layer{n}", np.ones((size, fan_in)), np.ones(size), "relu", dtype=dtype)
        for n, (fan_in, size) in enumerate(itertools.pairwise(sizes))
    ]
    network = net(*layers, dtype=dtype)
    rows = np.ones((2000, 300), dtype)
    tracemalloc.start()
    trace = forward(network, rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 1.25 * sum(part.z.nbytes + part.a.nbytes for part in trace.layers)


@pytest.mark.parametrize("overrides", [{}, {"hidden1.1": 3.0, "output.0": -1.0}])
@pytest.mark.parametrize("deterministic", [False, True])
def test_the_memory_of_an_earlier_trace(overrides, deterministic):
    rows = np.random.default_rng(5).normal(size=(7, 3))
    more = {"overrides": overrides, "deterministic": deterministic}
    earlier, wanted = forward(HALVES, rows[::-1]), forward(HALVES, rows, **more)
    trace = forward(HALVES, rows, **more, out=earlier)
    for part, old, same in zip(trace.layers, earlier.layers, wanted.layers, strict=True):
        assert np.shares_memory(part.z, old.z)
        # z and a were one array; a number set by hand parts them
        assert np.shares_memory(part.a, old.a) or (part.name == "output" and overrides)
        assert part.z.tolist() == same.z.tolist()
        assert part.a.tolist() == same.a.tolist()
    assert trace.input.tolist() == rows.tolist()
    assert trace.overrides == wanted.overrides


def test_z_and_a_are_one_array_where_they_are_the_same():
    trace, held = (
        forward(HALVES, np.ones((4, 3))),
        forward(HALVES, np.ones((4, 3)), {"output.0": 7}),
    )
    for one in (trace, trace.rows(slice(1, 3)), Trace.concat([trace, trace])):
        assert [part.a is part.z for part in one.layers] == [False, False, True]
    for one in (held, held.rows(slice(1, 3)), Trace.concat([held, held])):
        assert not np.shares_memory(one.layers[-1].z, one.layers[-1].a)
    assert (held.output == 7).all()
    assert (held.layers[-1].z == trace.output).all()


@pytest.mark.parametrize("some", [slice(None), slice(0, 1)])
def test_one_array_of_an_earlier_trace_does_for_z_and_a_of_another_net(some):
    rows = np.array([[3.0, -4.0], [-1.0, 2.0]])[some]
    plain = net(layer("output", [[0, 1], [1, 0]], [0, 0]))
    earlier = forward(plain, np.ones((2, 2))).rows(some)
    trace = forward(SQUARE, rows, out=earlier)
    assert trace["output"].z.tolist() == rows[:, ::-1].tolist()
    assert trace["output"].a.tolist() == np.maximum(rows[:, ::-1], 0).tolist()
    assert forward(plain, rows, out=trace).output.tolist() == rows[:, ::-1].tolist()


def test_in_the_memory_of_an_earlier_trace_a_pass_takes_none():
    network = net(layer("output", np.ones((400, 30)), np.ones(400), "relu"))
    rows = np.ones((500, 30))
    earlier = forward(network, rows)
    tracemalloc.start()
    forward(network, rows, out=earlier)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < earlier.output.nbytes / 10


SQUARE = net(layer("output", [[0, 1], [1, 0]], [0, 0], "relu"))
NO_ROOM = [
    (HALVES, np.ones((2, 3)), forward(HALVES, np.ones((3, 3))), "takes a trace of 2 rows"),
    (HALVES, [1, 1, 1], forward(HALVES, np.ones((2, 3))), "takes a trace of 1 row of"),
    (SQUARE, [[1, 1]], forward(net(layer("output", [[1, 1]], [0])), [[1, 1]]), "a trace of 1 row"),
    (
        net(layer("one", [[1, 1]], [0]), layer("output", [[1]], [0])),
        [[1, 1]],
        forward(net(layer("one", [[1, 1]], [0])), [[1, 1]]),
        "layers of the same sizes and dtype",
    ),
    (
        net(layer("output", [[1, 1]], [0], dtype="float32"), dtype="float32"),
        [[1, 1]],
        forward(net(layer("output", [[1, 1]], [0])), [[1, 1]]),
        "layers of the same sizes and dtype",
    ),
]


@pytest.mark.parametrize(("network", "x", "out", "message"), NO_ROOM)
def test_an_earlier_trace_that_does_not_fit(network, x, out, message):
    with pytest.raises(UsageError, match=message):
        forward(network, x, out=out)


def test_out_is_a_trace():
    with pytest.raises(UsageError, match="out: takes a trace, not ndarray"):
        forward(SQUARE, [[3, 4]], out=np.zeros((1, 2)))


def test_what_may_not_be_written_to_is_let_be():
    trace = forward(SQUARE, [[1, 2]])
    trace.output.flags.writeable = False
    with pytest.raises(UsageError, match="arrays that may be written to"):
        forward(SQUARE, [[3, 4]], out=trace)
    assert trace.output.tolist() == [[2, 1]]


def test_an_input_is_not_written_over():
    trace = forward(SQUARE, [[1, 2], [3, 4]])
    shifted = net(SQUARE.layers[0], input=Input(2, mean=np.ones(2)))
    for network in (SQUARE, shifted):
        with pytest.raises(UsageError, match="x lies in it"):
            forward(network, trace.output, out=trace)
    assert forward(SQUARE, trace.output.copy(), out=trace).output.tolist() == [[1, 2], [3, 4]]


FINITE = [
    ([], True),
    (5.0, True),
    ([np.nan], False),
    ([np.inf, -np.inf], False),
    ([[1, 2], [3, -np.inf]], False),
    ([1e300, -1e300], True),
    (np.full((100, 300), -1.7e308), True),
    (np.where(np.arange(20_000) == 19_999, np.nan, 1.0), False),
    (np.where(np.arange(20_000) == 19_999, np.nan, 1e300), False),
    (np.where(np.arange(20_000) % 2, np.inf, 1.0)[::2], True),
    (np.where(np.arange(20_000) % 2, np.inf, 1.0)[1::2], False),
    (np.asfortranarray(np.where(np.eye(150), np.inf, 1.0)), False),
]


@pytest.mark.parametrize(("values", "finite"), FINITE)
def test_whether_all_numbers_are_finite(values, finite):
    assert all_finite(np.asarray(values, dtype=np.float64)) is finite


LARGEST32 = "3.4028234663852886e+38"
BAD_ROWS = [
    ([1, 2], "has the shape 2, net takes rows × 3"),
    ([[1, 2, 3, 4]], "has the shape 1 × 4, net takes rows × 3"),
    (np.zeros((2, 3, 1)), "has the shape 2 × 3 × 1, net takes rows × 3"),
    ([], "has the shape 0, net takes rows × 3"),
    (5.0, "has the shape (), net takes rows × 3"),
    ([[1, 2, 3], [4, 5]], "takes rows of numbers, all of the same length"),
    ([object(), 2, 3], "takes rows of numbers, all of the same length"),
    (["1", "2", "3"], "takes numbers, not <U1"),
    ([True, False, True], "takes numbers, not bool"),
    ([1j, 2, 3], "takes numbers, not complex128"),
    ([10**400, 0, 0], "holds an integer that overflows float64"),
    ([1, 2, np.nan], "[0][2]: takes finite numbers, not nan"),
    ([1, 2, None], "[0][2]: takes finite numbers, not nan"),
    ([[1, 2, 3], [1, -np.inf, np.nan]], "[1][1]: takes finite numbers, not -inf"),
]


@pytest.mark.parametrize(("rows", "message"), BAD_ROWS)
def test_rows_that_do_not_fit(rows, message):
    with pytest.raises(InputError) as error:
        forward(HALVES, rows)
    assert str(error.value) == message


def test_a_number_too_large_for_the_net():
    network = net(layer("output", [[1, 1]], [0], dtype="float32"), dtype="float32")
    with pytest.raises(InputError) as error:
        forward(network, [[0, 1], [1, 1e39]])
    wanted = "[1][1]: 1e+39 overflows float32, whose largest number is 3.4028234663852886e+38"
    assert str(error.value) == wanted
    assert forward(network, [3e38, 0]).output.shape == (1, 1)


# ---- normalisation ----

NORMALISED = [
    # mean, std, x, what the first layer is given
    (None, None, [3, 5], [3, 5]),
    (1, None, [3, 5], [2, 4]),
    (None, 4, [3, 5], [0.75, 1.25]),
    (1, 4, [3, 5], [0.5, 1]),
    ([1, 6], [4, 0.5], [3, 5], [0.5, -2]),
    ([1, 6], 2, [3, 5], [1, -0.5]),
    (3, [1, 8], [3, 5], [0, 0.25]),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("mean", "std", "x", "given_to_first"), NORMALISED)
def test_normalisation(mean, std, x, given_to_first, dtype):
    def held(v):
        return None if v is None else np.array(v, dtype=dtype)

    spec = Input(2, mean=held(mean), std=held(std))
    network = net(layer("output", [[1, 0], [0, 1]], [0, 1], dtype=dtype), dtype=dtype, input=spec)
    trace = forward(network, [x, [0, 0]])
    assert trace.input.tolist() == [x, [0, 0]]
    assert trace.x[0].tolist() == given_to_first
    assert trace.output[0].tolist() == [given_to_first[0], given_to_first[1] + 1]
    assert trace.x.dtype == trace.output.dtype == dtype
    assert spec.normalised is not (mean is None and std is None)


# ---- values set by hand ----


def test_set_a_hidden_neuron():
    trace = forward(HALVES, [2, 1, 0.5], {Neuron("hidden1", 1): 8})
    assert trace["hidden1"].z.tolist() == [[1.5, -0.5, -3.75]]  # as computed
    assert trace["hidden1"].a.tolist() == [[1.5, 8, 0]]
    assert trace["hidden2"].z.tolist() == [[17.5, 3.5]]
    assert trace.output.tolist() == [[31.75]]
    assert trace.overrides == {Neuron("hidden1", 1): 8}


def test_set_the_output():
    trace = forward(HALVES, [[2, 1, 0.5]] * 2, {Neuron("output", 0): -1})
    assert trace["output"].z.tolist() == [[3.375]] * 2
    assert trace.output.tolist() == [[-1]] * 2


def test_set_an_input_in_raw_units():
    spec = Input(1, mean=np.array(10.0), std=np.array(2.0))
    network = net(layer("output", [[1]], [0]), input=spec)
    trace = forward(network, [0], {Neuron("input", 0): 14})
    assert (trace.input.tolist(), trace.x.tolist()) == ([[14]], [[2]])
    assert trace.output.tolist() == [[2]]


def test_set_several():
    settings = {Neuron("input", 2): 0, Neuron("hidden1", 0): 1, Neuron("hidden2", 1): 0.5}
    trace = forward(HALVES, [2, 1, 0.5], settings)
    assert trace["hidden1"].z.tolist() == [[0.5, -1, -3.75]]
    assert trace["hidden2"].z.tolist() == [[1, 0]]
    assert trace["hidden2"].a.tolist() == [[1, 0.5]]
    assert trace.output.tolist() == [[1.75]]
    settings[Neuron("input", 0)] = 3
    assert len(trace.overrides) == 3  # the trace keeps what it was made with


BAD_SETTINGS = [
    (Neuron("hiden1", 0), 1, "unknown layer 'hiden1', did you mean 'hidden1'?"),
    (Neuron("hidden1", 3), 1, "hidden1.3: hidden1 has 3, from 0"),
    (Neuron("input", -1), 1, "input.-1: input has 3, from 0"),
    (Neuron("output", 0), np.nan, "output.0: takes finite numbers, not nan"),
]


@pytest.mark.parametrize(("neuron", "value", "message"), BAD_SETTINGS)
def test_settings_that_do_not_fit(neuron, value, message):
    with pytest.raises(UsageError) as error:
        forward(HALVES, [2, 1, 0.5], {neuron: value})
    assert str(error.value) == message


def test_a_setting_too_large_for_the_net():
    network = net(layer("output", [[1]], [0], dtype="float32"), dtype="float32")
    with pytest.raises(UsageError) as error:
        forward(network, [1], {Neuron("input", 0): 1e39})
    assert (
        str(error.value) == f"input.0: 1e+39 overflows float32, whose largest number is {LARGEST32}"
    )


# ---- overflow ----


@pytest.mark.parametrize(
    ("dtype", "large"),
    [("float32", 3e38), ("float64", 1.5e308)],
)
def test_overflow_gives_infinity_silently(dtype, large):
    network = net(
        layer("sum", [[1, 1], [-1, -1]], [0, 0], dtype=dtype),
        layer("mixed", [[1, 1], [1, -1]], [0, 0], "relu", dtype=dtype),
        layer("output", [[1, 0], [0, 1]], [0, 0], "softmax", dtype=dtype),
        dtype=dtype,
    )
    trace = forward(network, [large, large])
    assert trace["sum"].a.tolist() == [[np.inf, -np.inf]]
    assert np.isnan(trace["mixed"].z[0, 0])
    assert trace["mixed"].z[0, 1] == np.inf
    repr(trace)


def test_overflow_of_the_normalisation():
    spec = Input(1, mean=np.array(-1.7e308), std=np.array(1e-300))
    assert forward(net(layer("output", [[1]], [0]), input=spec), [1e308]).x.tolist() == [[np.inf]]


# ---- the trace as a value ----


def test_trace():
    trace = forward(HALVES, [[2, 1, 0.5], [-2, 0, 1]])
    assert trace["hidden1"].z.shape == (2, 3)
    assert trace["hidden1"].name == "hidden1"
    assert trace["hidden1"].layer is HALVES.layers[0]
    assert trace.network is HALVES
    assert len(trace) == 2
    with pytest.raises(KeyError, match=r"^'hidden9'$"):
        trace["hidden9"]


def test_one_row_of_a_trace():
    trace = forward(HALVES, [[2, 1, 0.5], [-2, 0, 1]], {Neuron("hidden1", 1): 0})
    row = trace.row(1)
    assert len(row) == 1
    assert row.input.tolist() == row.x.tolist() == [[-2, 0, 1]]
    assert row["hidden1"].a.tolist() == [[1.5, 0, 4]]
    assert row.output.tolist() == [[35.25]]
    assert row.overrides == trace.overrides


@pytest.mark.parametrize("index", [-1, 2, 99])
def test_a_row_that_is_not_there(index):
    with pytest.raises(IndexError) as error:
        forward(HALVES, [[2, 1, 0.5], [-2, 0, 1]]).row(index)
    assert str(error.value) == f"there is no row {index}, the trace has 2, from 0"


def test_some_rows_know_where_they_come_from():
    trace = forward(HALVES, [[2, 1, 0.5], [-2, 0, 1], [0, 0, 0]])
    assert [trace.start, trace.row(2).start, trace.rows(slice(1, 3)).row(1).start] == [0, 2, 2]


# ---- what nets are made of ----


def broken_input(**parts):
    return lambda: Input(**{"size": 3, **parts})


def array(*values, dtype="float64"):
    return np.array(values, dtype=dtype)


WEIGHTS, BIAS = np.ones((2, 3)), np.zeros(2)


def broken_layer(activation="relu", **parts):
    given = Activation(find(activation), parts.get("parameters", {}))
    weights, bias = parts.get("weights", WEIGHTS), parts.get("bias", BIAS)
    return lambda: Layer("hidden1", Dense(weights, bias), given, parts.get("labels"))


ONE = layer("one", np.ones((2, 3)), [0, 0])
TWO = layer("two", [[1, 1]], [0], "sigmoid", ("yes",))


def broken_net(*layers, spec=None, **parts):
    return lambda: Network("net", spec or Input(3), layers, **parts)


def example(name="e", row=(0, 0, 0), **expect):
    return Example(name, np.array(row, float), Expectation(**expect) if expect else None)


def expecting(layer_name, quantity, *values):
    return example(values=(ExpectedValues(layer_name, quantity, np.array(values, float)),))


BROKEN = [
    (broken_input(labels=("a", "b")), "labels: has 2 labels, input takes 3"),
    (broken_input(size=2, labels=("a",)), "labels: has 1 label, input takes 2"),
    (broken_input(labels=("a", "b", "a")), "labels[2]: 'a' is the label of input.0 too"),
    (broken_input(shape=(2, 2)), "shape: 2 × 2 makes 4 numbers, input has 3"),
    (broken_input(mean=array(1, 2)), "mean: has 2 numbers, input takes 3 (or one for all)"),
    (broken_input(std=array(1, np.inf, 1)), "std[1]: takes finite numbers, not inf"),
    (broken_input(mean=np.array(np.nan)), "mean: takes finite numbers, not nan"),
    (broken_input(std=np.array(0.0)), "std: takes a positive number, not 0 (in float64)"),
    (
        broken_input(std=array(1, -2.5, 0)),
        "std[1]: takes a positive number, not -2.5 (in float64)\n"
        "std[2]: takes a positive number, not 0 (in float64)",
    ),
    (
        broken_input(labels=("a",), shape=(7,)),
        "labels: has 1 label, input takes 3\nshape: 7 makes 7 numbers, input has 3",
    ),
    (broken_layer(weights=np.ones(3)), "weights: is 3, takes size × fan-in"),
    (broken_layer(weights=np.ones((0, 3))), "weights: is 0 × 3, takes size × fan-in"),
    (
        broken_layer(weights=np.ones((2, 3, 1))),
        "weights: is 2 × 3 × 1, takes size × fan-in",
    ),
    (broken_layer(bias=np.zeros(3)), "bias: has 3 numbers, takes 2, one a neuron"),
    (broken_layer(bias=np.zeros(1)), "bias: has 1 number, takes 2, one a neuron"),
    (broken_layer(bias=array(0, np.nan)), "bias[1]: takes finite numbers, not nan"),
    (
        broken_layer(weights=array([1, 2, np.inf], [-np.inf, 1, 1])),
        "weights[0][2]: takes finite numbers, not inf\n"
        "weights[1][0]: takes finite numbers, not -inf",
    ),
    (broken_layer(labels=("x", "x")), "labels[1]: 'x' is the label of hidden1.0 too"),
    (broken_layer(labels=("x",)), "labels: has 1 label, hidden1 takes 2"),
    (
        broken_layer("prelu", parameters={"alpha": [1, 2, 3]}),
        "activation.prelu.alpha: has 3 numbers, hidden1 takes 2",
    ),
    (
        broken_net(ONE, TWO, dtype="float16"),
        "dtype: unknown dtype 'float16', known: float64, float32",
    ),
    (broken_net(), "layers: takes one layer or more"),
    (
        broken_net(ONE, TWO, spec=Input(4)),
        "layers[0].weights: has rows of 3 numbers, takes 4 (what input gives)",
    ),
    (
        broken_net(ONE, layer("two", [[1]], [0])),
        "layers[1].weights: has rows of 1 number, takes 2 (what one gives)",
    ),
    (
        broken_net(ONE, layer("one", [[1, 1]], [0])),
        "layers[1].name: 'one' is the name of layers[0] too",
    ),
    (
        broken_net(layer("input", [[1, 1, 1]], [0])),
        "layers[0].name: no layer may be called 'input', which is the net's input",
    ),
    (
        broken_net(ONE, dtype="float32"),
        "layers[0].weights: is float64, the net float32\n"
        "layers[0].bias: is float64, the net float32",
    ),
    (
        broken_net(Layer("a", Dense(np.ones((1, 3)), np.zeros(1, np.float32)), ONE.activation)),
        "layers[0].bias: is float32, the net float64",
    ),
    (
        broken_net(Layer("a", Dense(np.ones((1, 3), int), np.zeros(1)), ONE.activation)),
        "layers[0].weights: is int64, the net float64",
    ),
    (
        broken_net(ONE, spec=Input(3, mean=np.array(0, "f4"), std=np.array(1, "f4"))),
        "input.mean: is float32, the net float64\ninput.std: is float32, the net float64",
    ),
    (
        broken_net(ONE, examples=(example(), example("f"), example())),
        "examples[2].name: 'e' is the name of examples[0] too",
    ),
    (
        broken_net(ONE, examples=(example(row=(1, 2)),)),
        "examples[0].input: has 2 numbers, net takes 3",
    ),
    (
        broken_net(ONE, examples=(example(row=(1, np.nan, 2)),)),
        "examples[0].input[1]: takes finite numbers, not nan",
    ),
    (
        broken_net(ONE, examples=(expecting("one", "z", 1),)),
        "examples[0].expect.one.z: has 1 number, one takes 2",
    ),
    (
        broken_net(ONE, examples=(expecting("ona", "a", 1),)),
        "examples[0].expect.ona: unknown layer 'ona', did you mean 'one'?",
    ),
    (
        broken_net(ONE, examples=(example(class_index=0),)),
        "examples[0].expect: is class 0, net has no classes",
    ),
    (
        broken_net(ONE, TWO, examples=(example(class_index=1), example("f", class_index=2))),
        "examples[1].expect: is class 2, net has 2 classes",
    ),
]


@pytest.mark.parametrize(("make", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_what_cannot_be_is_refused_at_birth(make, message):
    with pytest.raises(NetworkError) as error:
        make()
    assert str(error.value) == message


def test_what_a_net_tells_of_itself():
    network = Network("net", Input(3), (ONE, TWO), examples=(example(),))
    assert network.output is network.layer("two") is network.layers[1]
    assert [layer.reads for layer in network.layers] == [("input",), ("one",)]
    assert [network.shape(name) for name in ("input", "one", "two")] == [(3,), (2,), (1,)]
    assert network.parameters == 2 * 3 + 2 + 2 + 1
    assert (ONE.size, ONE.fan_in) == (2, 3)
    assert network.example("e") is network.examples[0]
    with pytest.raises(UsageError, match=r"^unknown layer 'tow', did you mean 'two'\?$"):
        network.layer("tow")
    with pytest.raises(UsageError, match=r"^unknown example 'none at all', known: e$"):
        network.example("none at all")


PICTURES = [(None, None), ((3,), None), ((2, 3), (2, 3)), ((1, 2, 3), (2, 3)), ((2, 3, 4), None)]


@pytest.mark.parametrize(("shape", "picture"), PICTURES)
def test_picture(shape, picture):
    assert Input(int(np.prod(shape or (5,))), shape=shape).picture == picture


def everything():
    return Network(
        "net",
        Input(2, ("a", "b"), (1, 2), array(0, 1), array(1, 2)),
        (
            layer("h", [[1, 2], [3, 4]], [0, 1], "prelu", alpha=[0.5, 0.25]),
            layer("output", [[1, -1], [0, 1]], [0, 0], "softmax", ("x", "y")),
        ),
        description="all there is",
        examples=(
            Example("e", array(1, 2), Expectation(1)),
            Example(
                "f", array(1, 2), Expectation(None, (ExpectedValues("h", "z", array(1, 5)),), 2)
            ),
        ),
    )


def arrays_of(network):
    for part in network.layers:
        yield from (part.weights, part.bias)
        yield from (v for v in part.activation.parameters.values() if np.ndim(v))
    yield from (network.input.mean, network.input.std)
    for each in network.examples:
        yield each.input
        yield from (expected.values for expected in each.expect.values)


COPIES = {
    "itself": lambda value: value,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda value, protocol=protocol: pickle.loads(
            pickle.dumps(value, protocol)
        )
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.mark.parametrize("how", COPIES)
def test_a_net_survives_a_copy_and_stays_read_only(how):
    network = everything()
    copied = COPIES[how](network)
    assert len(list(arrays_of(copied))) == 10
    for mine, other in zip(arrays_of(network), arrays_of(copied), strict=True):
        assert np.array_equal(mine, other)
        assert mine.dtype == other.dtype
        assert not other.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            other[...] = 0
    for mine, other in zip(network.layers, copied.layers, strict=True):
        assert (mine.name, mine.labels) == (other.name, other.labels)
        assert mine.activation == other.activation
        assert mine.activation.kind is other.activation.kind
        with pytest.raises(TypeError):
            other.activation.parameters["alpha"] = 1
    assert copied.input.labels == ("a", "b")
    assert copied.input.shape == (1, 2)
    assert (copied.name, copied.description, copied.dtype) == ("net", "all there is", "float64")
    assert copied.examples[1].expect.tolerance == 2
    assert np.array_equal(forward(copied, [3, 4]).output, forward(network, [3, 4]).output)


@pytest.mark.parametrize("how", COPIES)
def test_a_trace_survives_a_copy(how):
    trace = forward(everything(), [[3, 4], [5, 6]], {Neuron("h", 0): 1})
    copied = COPIES[how](trace)
    assert repr(copied) == repr(trace)
    assert copied.overrides == {Neuron("h", 0): 1}
    for name in ("h", "output"):
        assert np.array_equal(copied[name].z, trace[name].z)
        assert np.array_equal(copied[name].a, trace[name].a)


def test_nothing_of_a_net_can_be_replaced():
    network = everything()
    for value, name in ((network, "name"), (network.input, "size"), (network.layers[0], "bias")):
        with pytest.raises(AttributeError):
            setattr(value, name, None)


PIXELS = Network("pixels", Input(6, shape=(2, 3)), (layer("output", [[1, 2, 3, 4, 5, 6]], [0]),))


@pytest.mark.parametrize("count", [1, 2, 6])
def test_rows_may_have_the_shape_of_the_input(count):
    rows = np.arange(6.0 * count).reshape(count, 6)
    expected = forward(PIXELS, rows)
    assert forward(PIXELS, rows.reshape(count, 2, 3)).output.tolist() == expected.output.tolist()
    one = forward(PIXELS, rows[0].reshape(2, 3))
    assert one.output.tolist() == expected.output[:1].tolist()
    assert expected.input.shape == (count, 6)


@pytest.mark.parametrize("shape", [(3, 2), (4, 3, 2), (1, 1, 2, 3), (2, 2)])
def test_rows_of_another_shape_are_refused(shape):
    with pytest.raises(InputError, match="takes rows × 6, or rows × 2 × 3"):
        forward(PIXELS, np.zeros(shape))
