"""What reads tokens: embedding, positions, scores and mix; what is refused, and worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nntrace.analysis.explain import explain
from nntrace.core.activation import Activation
from nntrace.core.activations import find as activation
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops.attention import Mix, Scores
from nntrace.core.ops.dense import Dense
from nntrace.core.ops.embedding import Embedding, Positions
from nntrace.errors import InputError, NetworkError
from tests.ops.oracle import load

TABLE = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
SOFTMAX = Activation(activation("softmax"))


def net(*layers, size=2, **keys):
    return Network("net", Input(size, **keys), layers)


@pytest.mark.parametrize(
    ("made", "path", "message"),
    [
        (lambda: Embedding(np.zeros(3)), ("weights",), "is 3, takes tokens × width"),
        (lambda: Embedding(np.zeros((0, 3))), ("weights",), "is 0 × 3, takes tokens × width"),
        (lambda: Embedding(TABLE).shape((2, 3)), (), "reads 2 × 3, takes tokens: one number each"),
        (lambda: Positions(np.zeros(3)), ("weights",), "is 3, takes context × width"),
        (
            lambda: Positions(TABLE).shape((4, 2)),
            ("weights",),
            "is 3 × 2, takes 4 rows or more: one a token",
        ),
        (
            lambda: Positions(TABLE).shape((2, 3)),
            ("weights",),
            "is 3 × 2, takes rows of 3, as wide as a token",
        ),
        (lambda: Positions(TABLE).shape((3,)), (), "reads 3, takes tokens × width"),
        (
            lambda: Scores(4).shape((3, 6), (3, 6)),
            ("heads",),
            "4 does not divide the width 6; 3 or 6 would",
        ),
        (
            lambda: Scores(2).shape((3, 1), (3, 1)),
            ("heads",),
            "2 does not divide the width 1; 1 would",
        ),
        (
            lambda: Scores(1).shape((3, 4), (3, 2)),
            (),
            "reads 3 × 4 and 3 × 2, takes a query and a key of one width",
        ),
        (
            lambda: Scores(1, causal=True).shape((3, 4), (2, 4)),
            (),
            "reads 3 × 4 and 2 × 4, takes two of one shape",
        ),
        (
            lambda: Mix(2).shape((2, 3, 3), (4, 6)),
            (),
            "reads 2 × 3 × 3 and 4 × 6, takes heads × tokens × 4 and 4 × 6",
        ),
        (
            lambda: Mix(3).shape((2, 4, 4), (4, 6)),
            ("heads",),
            "is 3, the shares are of 2",
        ),
        (
            lambda: Mix(2).shape((2, 4, 4), (4, 5)),
            ("heads",),
            "2 does not divide the width 5; 1 or 5 would",
        ),
    ],
)
def test_what_does_not_fit_is_refused(made, path, message):
    with pytest.raises(NetworkError) as caught:
        made()
    (problem,) = caught.value.problems
    assert (problem.path, problem.message) == (path, message)


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("token", [3.0, -1.0, 0.5, -0.5, 1e300])
def test_what_is_no_token_is_named_and_never_clipped(token, deterministic):
    words = net(Layer("words", Embedding(TABLE)))
    with pytest.raises(InputError) as caught:
        forward(words, [[0.0, 1.0], [2.0, token]], deterministic=deterministic)
    (problem,) = caught.value.problems
    assert problem.path == (1, 1)
    assert problem.message == f"{token:.15g} is no token: a token is a whole number from 0 to 2"
    with pytest.raises(InputError, match="is no token"):
        forward(words, [0.0, 1.0], {"input.1": token}, deterministic=deterministic)


def test_a_token_is_a_row_of_the_table():
    trace = forward(net(Layer("words", Embedding(TABLE))), [[2, 0], [1, 1]])
    np.testing.assert_array_equal(trace.output, [[5, 6, 1, 2], [3, 4, 3, 4]])
    told = explain(trace, "words.0.1")
    assert told.sources == ["input.0"]
    assert (told.weights.tolist(), told.values.tolist(), told.bias) == ([6.0], [1.0], 0.0)


def test_a_position_is_added_and_a_longer_table_is_fine():
    places = Layer("places", Positions(TABLE))
    trace = forward(net(places, size=4, shape=(2, 2)), [10, 20, 30, 40])
    np.testing.assert_array_equal(trace.output, [[11, 22, 33, 44]])
    told = explain(trace, "places.1.0")
    assert told.sources == ["input.1.0"]
    assert (told.weights.tolist(), told.values.tolist(), told.bias) == ([1.0], [30.0], 3.0)


def attention(heads, causal, arrays, tokens):
    """Return MultiheadAttention as dense layers, scores and mix."""
    width = arrays["output.bias"].size
    parts = zip(
        ("query", "key", "value"),
        np.split(arrays["in.weights"], 3),
        np.split(arrays["in.bias"], 3),
        strict=True,
    )
    layers = [Layer(name, Dense(w, b, "last"), reads=("input",)) for name, w, b in parts]
    layers += [
        Layer("scores", Scores(heads, causal), SOFTMAX, reads=("query", "key")),
        Layer("mix", Mix(heads), reads=("scores", "value")),
        Layer("output", Dense(arrays["output.weights"], arrays["output.bias"], "last")),
    ]
    return net(*layers, size=tokens * width, shape=(tokens, width))


@pytest.mark.parametrize("case", load("attention"), ids=lambda case: case.name)
def test_the_parts_make_multihead_attention(case):
    (x,) = case.reads
    whole = attention(**case.keys, arrays=case.arrays, tokens=x.shape[1])
    trace = forward(whole, x.reshape(len(x), -1))
    shares = case.arrays["shares"]
    np.testing.assert_allclose(trace["scores"].a.reshape(shares.shape), shares, atol=1e-14)
    largest = abs(case.z).max()
    np.testing.assert_allclose(trace.output.reshape(case.z.shape), case.z, atol=1e-13 * largest)
    for layer in whole.layers:
        for index in range(0, layer.size, 7):
            told = explain(trace, f"{layer.name}.{index}", row=1)
            if told.z == -np.inf:
                assert told.steps[-1].value == -np.inf
                assert not told.sources
            else:
                assert told.products.sum() + told.bias == pytest.approx(told.z, abs=1e-12)


def small():
    """Return two tokens 2 wide, in one head, which are query, key and value themselves."""
    return net(
        Layer("scores", Scores(1, causal=True), SOFTMAX, reads=("input", "input")),
        Layer("mix", Mix(1), reads=("scores", "input")),
        size=4,
        shape=(2, 2),
    )


def test_a_score_and_a_mix_worked_by_hand():
    trace = forward(small(), [1.0, 2.0, 3.0, -1.0])
    # (1·1 + 2·2)/√2, masked; (3·1 − 1·2)/√2, (9 + 1)/√2
    root = np.sqrt(2.0)
    np.testing.assert_allclose(trace["scores"].z, [[5 / root, -np.inf, 1 / root, 10 / root]])
    first = 1.0 / (1.0 + np.exp(9 / root))
    np.testing.assert_allclose(trace["scores"].a, [[1.0, 0.0, first, 1 - first]])
    mixed = [1.0, 2.0, 3 - 2 * first, 3 * first - 1]
    np.testing.assert_allclose(trace["mix"].a, [mixed])


def test_a_score_is_query_times_key_scaled():
    trace = forward(small(), [1.0, 2.0, 3.0, -1.0])
    told = explain(trace, "scores.0.1.0")
    assert told.sources == ["input.1.0", "input.1.1"]
    np.testing.assert_allclose(told.weights, [1 / np.sqrt(2), 2 / np.sqrt(2)])
    assert told.values.tolist() == [3.0, -1.0]
    assert told.steps[0] == ("sum", "Σ query · key, 2 products of head 0", 1.0)
    assert told.steps[1][:2] == ("scaled", "sum / √2")
    assert told.steps[1].value == told.z


def test_a_masked_score_says_why():
    trace = forward(small(), [1.0, 2.0, 3.0, -1.0])
    told = explain(trace, "scores.0.0.1")
    words = "causal: token 0 does not see token 1, which stands behind it"
    assert (told.sources, told.steps) == ([], (("masked", words, -np.inf),))
    assert (told.z, told.a) == (-np.inf, 0.0)


def test_a_mix_says_which_token_gave_how_much():
    whole = net(
        Layer("value", Dense(np.eye(2), np.zeros(2), "last")),
        Layer("scores", Scores(1), SOFTMAX, reads=("input", "input")),
        Layer("mix", Mix(1), reads=("scores", "value")),
        size=4,
        shape=(2, 2),
    )
    trace = forward(whole, [1.0, 2.0, 3.0, -1.0])
    told = explain(trace, "mix.1.0")
    assert told.sources == ["value.0.0", "value.1.0"]
    assert told.weights.tolist() == trace["scores"].a[0, 2:].tolist()
    assert told.values.tolist() == [1.0, 3.0]


def test_only_causal_scores_are_masked():
    assert (Scores(1).masked, Scores(1, causal=True).masked, Mix(1).masked) == (False, True, False)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_table_of_narrow_numbers_in_wider_ones(dtype):
    table = np.arange(6, dtype=np.float32).reshape(3, 2)
    z = np.empty((1, 2, 2), dtype)
    Embedding(table).run([np.array([[2.0, 0.0]])], z, False)
    assert z.tolist() == [[[4, 5], [0, 1]]]
