"""Texts as rows, and nets for any number of tokens."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nntrace import explain, forward
from nntrace.analysis.nonfinite import first_not_finite
from nntrace.analysis.prediction import class_shares, decide
from nntrace.core.activation import Activation
from nntrace.core.activations import find as activation
from nntrace.core.examples import Example, Expectation, ExpectedValues
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops.attention import Mix, Scores
from nntrace.core.ops.dense import Dense
from nntrace.core.ops.embedding import Embedding, Positions
from nntrace.core.ops.recurrent import Gru
from nntrace.core.text import Text, fold
from nntrace.errors import InputError, NetworkError, UsageError

LETTERS = " abcdefghijklmnopqrstuvwxyz"
SOFTMAX = Activation(activation("softmax"))
DRAW = np.random.default_rng(0)


def one_hot(**keys):
    return Text("_ab", encoding="one_hot", **keys)


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"alphabet": "", "context": 3}, ("alphabet",), "takes one character or more"),
        ({"alphabet": "aba", "context": 3}, ("alphabet",), "has 'a' twice"),
        (
            {"alphabet": "aB", "context": 3, "fold": True},
            ("alphabet",),
            "'B', character 2, is 'b' once it is folded: no text would have it",
        ),
        (
            {"alphabet": "a\u0301", "context": 3, "fold": True},
            ("alphabet",),
            "'\u0301', character 2, is lost in folding: no text would have it",
        ),
        (
            {"alphabet": "ab", "context": 3, "unknown": "c"},
            ("unknown",),
            "'c' is no character of the alphabet",
        ),
        (
            {"alphabet": "ab", "context": 3, "unknown": "ab"},
            ("unknown",),
            "'ab' is no character of the alphabet",
        ),
        ({"alphabet": "ab"}, (), "context is missing, which tokens takes"),
        (
            {"alphabet": "ab", "context": 3, "length": 3},
            ("length",),
            "is not said of tokens",
        ),
        (
            {"alphabet": "ab", "context": 3, "align": "left"},
            ("align",),
            "is not said of tokens",
        ),
        (
            {"alphabet": "ab", "encoding": "one_hot"},
            (),
            "length is missing, which one_hot takes",
        ),
        (
            {"alphabet": "ab", "encoding": "one_hot", "length": 3, "context": 2},
            ("context",),
            "is not said of one_hot",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(keys, path, message):
    with pytest.raises(NetworkError) as caught:
        Text(**keys)
    (problem,) = caught.value.problems
    assert (problem.path, problem.message) == (path, message)


@pytest.mark.parametrize(
    ("char", "folded"),
    [("É", "e"), ("ß", "ß"), ("ñ", "n"), ("한", "한"), ("İ", "i"), ("A", "a"), ("\u0301", "")],
)
def test_a_character_is_folded_by_itself(char, folded):
    assert fold(char) == folded


@pytest.mark.parametrize("text", ["fenêtre", "FENE\u0302TRE", "Fenetre"])
def test_what_folds_to_the_same_has_the_same_tokens(text):
    tokens = [6, 5, 14, 5, 20, 18, 5]
    assert Text(LETTERS, fold=True, context=9).encoded(text).tolist() == tokens


@pytest.mark.parametrize(
    ("keys", "text", "message", "caret"),
    [
        (
            {},
            "fenêtre",
            "'ê', character 4, is not in the alphabet; with input.text.fold it is 'e'",
            4,
        ),
        (
            {"fold": True},
            "a-b",
            "'-', character 2, is not in the alphabet; input.text.unknown says what such a one "
            "counts as",
            2,
        ),
        ({}, "", "is empty, takes 1 to 9 tokens", None),
        ({}, "abcdefghij", "has 10, takes 1 to 9 tokens", None),
        ({"fold": True}, "\u0301", "is empty, takes 1 to 9 tokens", None),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_with_its_place(keys, text, message, caret):
    with pytest.raises(InputError) as caught:
        Text(LETTERS, context=9, **keys).encoded(text)
    (problem,) = caught.value.problems
    assert (problem.message, problem.caret) == (message, caret)


def test_an_unknown_character_counts_as_the_one_that_is_said():
    text = Text(LETTERS, unknown=" ", context=9)
    assert text.encoded("a-É").tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("text", "align", "read"),
    [
        ("ab", None, "ab_"),
        ("ab", "right", "_ab"),
        ("abba", "left", "abb"),
        ("abba", "right", "bba"),
        ("", None, "___"),
    ],
)
def test_one_hot_is_cut_or_padded(text, align, read):
    row = one_hot(length=3, align=align).encoded(text)
    expected = [[float(each == char) for each in "_ab"] for char in read]
    np.testing.assert_array_equal(row.reshape(3, 3), expected)
    assert "".join(one_hot(length=3).characters(row)) == read


@given(st.text(LETTERS, min_size=1, max_size=9))
def test_tokens_read_back_as_the_text(text):
    spec = Text(LETTERS, context=9)
    assert "".join(spec.characters(spec.encoded(text))) == text


def test_what_was_set_by_hand_to_be_no_token_reads_as_a_question_mark():
    assert Text("ab", context=3).characters(np.array([0.0, 7.0, 0.5])) == ["a", "?", "?"]


def layers(*, tokens=27, context=6):
    """Return a small net that tells the next of `tokens` characters."""

    def dense(rows, fan_in=4):
        return Dense(DRAW.normal(size=(rows, fan_in)), DRAW.normal(size=rows), "last")

    return (
        Layer("words", Embedding(DRAW.normal(size=(tokens, 4)))),
        Layer("places", Positions(DRAW.normal(size=(context, 4)))),
        Layer("query", dense(4), reads=("places",)),
        Layer("key", dense(4), reads=("places",)),
        Layer("value", dense(4), reads=("places",)),
        Layer("scores", Scores(2, causal=True), SOFTMAX, reads=("query", "key")),
        Layer("mix", Mix(2), reads=("scores", "value")),
        Layer("output", dense(27), SOFTMAX, labels=tuple(LETTERS)),
    )


def network(*made, context=6, **keys):
    text = Input.of_text(Text(LETTERS, context=context))
    return Network("net", text, made or layers(), **keys)


def test_a_net_is_made_for_any_number_of_tokens():
    net = network()
    three = net.at(3)
    assert net.at(3) is three
    assert net.at(6) is net
    assert three.at(6).shape("scores") == (2, 6, 6)
    assert [three.shape(name) for name in ("input", "words", "scores", "output")] == [
        (3,),
        (3, 4),
        (2, 3, 3),
        (3, 27),
    ]
    assert pickle.loads(pickle.dumps(three)).shape("words") == (3, 4)
    for tokens in (0, 7):
        with pytest.raises(InputError, match=f"has {tokens}, takes 1 to 6 tokens"):
            net.at(tokens)
    with pytest.raises(UsageError, match="net reads 2 numbers, not tokens"):
        Network("net", Input(2), (Layer("a", Dense(np.eye(2), np.zeros(2))),)).at(2)


def test_shapes_that_depend_on_the_tokens_are_open():
    net = network()
    for each in (net, net.at(1)):
        assert each.open_shape("scores") == (2, None, None)
        assert each.open_shape("words") == (None, 4)
        assert (each.open_size("input"), each.open_size("output")) == (None, None)
    plain = Network("net", Input(2), (Layer("a", Dense(np.eye(2), np.zeros(2))),))
    assert (plain.open_shape("a"), plain.open_size("input")) == ((2,), 2)


def test_a_text_is_traced_as_its_tokens_are():
    net = network()
    text, tokens = forward(net, "cab"), forward(net, [[3, 1, 2]])
    assert text.network is net.at(3)
    np.testing.assert_array_equal(text.output, tokens.output)
    both = forward(net, ["cab", "dab"])
    np.testing.assert_allclose(both["mix"].a[0], text["mix"].a[0], rtol=1e-12)
    np.testing.assert_array_equal(forward(net, np.array(["cab", "dab"])).output, both.output)
    assert forward(net, np.zeros((0, 4))).output.shape == (0, 4 * 27)


def test_what_comes_later_changes_nothing_before_in_a_causal_net():
    net = network()
    short, long = forward(net, "ca"), forward(net, "cabbed"[:4])
    np.testing.assert_allclose(long.output[0, : 2 * 27], short.output[0], rtol=1e-12)
    assert first_not_finite(long) is None


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["cab", "ca"], "[1]: has 2 tokens, [0] 3: takes texts of one length"),
        (["cab", "cäb"], "[1]: 'ä', character 2, is not in the alphabet"),
        ("abcdefg", "has 7, takes 1 to 6 tokens"),
        ("", "is empty, takes 1 to 6 tokens"),
        ([[1, 99]], "[0][1]: 99 is no token: a token is a whole number from 0 to 26"),
        ([[0] * 7], "has 7, takes 1 to 6 tokens"),
    ],
)
def test_what_is_no_text_of_the_net_is_refused(texts, message):
    with pytest.raises(InputError) as caught:
        forward(network(), texts)
    assert str(caught.value).startswith(message)


def test_the_last_token_tells_the_class():
    net = network()
    trace = forward(net, ["cab", "fee"])
    shares = trace.output.reshape(2, 3, 27)[:, -1]
    np.testing.assert_array_equal(class_shares(trace), shares)
    assert decide(trace).indices.tolist() == shares.argmax(axis=1).tolist()
    assert net.classes == tuple(LETTERS)
    scores = Network("net", net.input, net.layers[:6])
    assert scores.classes is None


def test_several_positions_for_another_reason_tell_no_class():
    dense = Layer("output", Dense(np.eye(3), np.zeros(3), "last"), SOFTMAX)
    net = Network("net", Input(6, shape=(2, 3)), (dense,))
    assert (net.classes, net.answers) == (None, 6)
    assert decide(forward(net, np.zeros(6))) is None


def test_a_position_means_the_same_number_whatever_the_count():
    net = network()
    trace = forward(net, "cab", {"scores.1.2.0": 0.75})
    assert trace["scores"].a[0].reshape(2, 3, 3)[1, 2, 0] == 0.75
    told = explain(trace, "mix.2.3")
    assert told.sources == ["value.0.3", "value.1.3", "value.2.3"]
    assert told.weights[0] == 0.75


@pytest.mark.parametrize(
    ("made", "path", "message"),
    [
        (
            layers(context=5),
            ("layers", 1, "weights"),
            "is 5 × 4, takes 6 rows or more: one a token",
        ),
        (
            layers(tokens=26),
            ("layers", 0, "weights"),
            "has 26 rows, takes 27: one a character",
        ),
        (
            (*layers()[:1], Layer("all", Dense(np.ones((2, 24)), np.zeros(2)))),
            ("layers", 1, "weights"),
            "has rows of 24 numbers, takes 20 (what words gives), with 5 tokens; any number up to "
            "the context may be given; axis: last reads each by itself",
        ),
    ],
)
def test_a_net_that_cannot_take_what_it_says_is_refused(made, path, message):
    with pytest.raises(NetworkError) as caught:
        network(*made)
    (problem,) = caught.value.problems
    assert (problem.path, problem.message) == (path, message)


def test_examples_may_have_any_number_of_tokens():
    expect = Expectation(None, (ExpectedValues("words", "a", np.zeros(8)),))
    good = Example("good", np.array([1.0, 2.0]), expect, "ab")
    assert network(examples=(good,)).example("good").text == "ab"
    for example, key, message in [
        (good._replace(input=np.zeros(7)), "input", "has 7, takes 1 to 6 tokens"),
        (good._replace(input=np.zeros(3)), "expect", "has 8 numbers, words takes 12"),
    ]:
        with pytest.raises(NetworkError) as caught:
            network(examples=(example,))
        (problem,) = caught.value.problems
        assert (problem.path[:3], problem.message) == (("examples", 0, key), message)


def test_a_recurrent_net_reads_text_too():
    arrays = [DRAW.normal(size=shape) for shape in ((9, 4), (9, 3), (9,), (9,))]
    net = network(layers()[0], Layer("state", Gru(*arrays)))
    assert forward(net, "cab").output.shape == (1, 9)
    np.testing.assert_allclose(
        forward(net, "cab").output[0, :6], forward(net, "ca").output[0], rtol=1e-12
    )


def test_one_hot_is_a_net_as_any_other():
    text = Text("_ab", encoding="one_hot", length=3)
    net = Network("net", Input.of_text(text), (Layer("out", Dense(np.eye(9), np.zeros(9))),))
    assert (net.input.row, net.input.varies, net.input.picture) == ((3, 3), False, None)
    trace = forward(net, ["ab", "abba"])
    np.testing.assert_array_equal(trace.output, text.rows(["ab", "abba"]))
