"""One question of each family about layers that are not dense, worked by hand; and odd nets.

The picture [[1, 2, 0], [0, 1, 3], [2, 1, 0]] under the kernel [[1, 0], [-1, 2]] with bias 0.5:
    conv      z = 1 + 2 = 3.5, 2 − 1 + 6 = 7.5; −2 + 2 = 0.5, 1 − 1 = 0.5
    pool      the largest of them, 7.5
"""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
import pytest

from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.names import find_neuron
from nntrace.core.network import Input, Network
from nntrace.core.op import Op
from nntrace.core.ops import find_kind
from nntrace.core.text import Text
from nntrace.teach.families.case import Fact
from nntrace.teach.generator import FAMILIES, candidate, make, possible, row_of


def layer(name, kind, *reads, activation="identity", **keys):
    held = {k: np.array(v, float) if isinstance(v, list) else v for k, v in keys.items()}
    return Layer(name, find_kind(kind)(**held), Activation(ACTIVATIONS[activation]), None, reads)


PICTURE = forward(
    Network(
        "picture",
        Input(9, shape=(3, 3)),
        (
            layer(
                "conv",
                "conv",
                weights=[[[[1, 0], [-1, 2]]]],
                bias=[0.5],
                dimensions=2,
                activation="relu",
            ),
            layer("pool", "max_pool", kernel=2),
            layer("mean", "average_pool", "conv", kernel=2),
            layer(
                "bn",
                "batch_norm",
                "conv",
                mean=[2.5],
                variance=[4.0],
                scale=[3.0],
                shift=[-1.0],
                epsilon=0.0,
            ),
            layer("wide", "conv", "conv", weights=np.ones((6, 1, 2, 2)).tolist(), bias=[0.25] * 6),
            layer(
                "two",
                "conv",
                weights=[[[[1]], [[2]], [[-1]]]] * 4,
                bias=[0.0] * 4,
                groups=2,
                padding=1,
            ),
            layer("out", "dense", "pool", "mean", weights=[[2, 4]], bias=[0.5]),
        ),
    ),
    [1, 2, 0, 0, 1, 3, 2, 1, 0],
)
# two tokens of width 2, which stay as they are on their way into attention
HALF = sqrt(2)
TOKENS = forward(
    Network(
        "tokens",
        Input(6, shape=(3, 2)),
        (
            layer("ln", "layer_norm", scale=[2, 1], shift=[0, 0.5], epsilon=0.0),
            layer("rms", "rms_norm", "input", scale=[2, 1], epsilon=0.0),
            layer("scores", "scores", "input", "input", heads=1, causal=True, activation="softmax"),
            layer("mix", "mix", "scores", "input", heads=1),
        ),
    ),
    [1, 3, 0, -2, 4, 1],
)

WORKED = [
    (PICTURE, "pixel", Fact("z", "conv", 0, row=0), 3.5, {
        3: "before the bias of `+0.5`",
        2.5: "bias was taken away",
        1.5: "kernel was turned round",  # [[2, −1], [0, 1]]: 2 − 2 + 1
        4.5: "without the weights",
        8.5: "sums of kernel and window are multiplied",  # 2 × 4
        1.25: "mean of the products",
    }),
    (PICTURE, "pixel", Fact("z", "conv", 1, row=0), 7.5, {
        8.5: "rows of the kernel",  # [[1, −1], [0, 2]]: 2 + 6
    }),
    (PICTURE, "pixel", Fact("z", "two", 13, row=0), 24.5, {  # 12.25 × (1 + 2 − 1)
        36.75: "without the weights",
        73.5: "sums of kernel and window are multiplied",
    }),
    (PICTURE, "z", Fact("z", "out", 0, row=0), 27.5, {  # 2 × 7.5 + 4 × 3 + 0.5
        27: "before the bias",
        11: "without their weights",
    }),
    (PICTURE, "pool", Fact("z", "pool", 0, row=0), 7.5, {
        3: "the mean",
        12: "the sum",
        0.5: "the smallest",
    }),
    (PICTURE, "pool", Fact("z", "mean", 0, row=0), 3, {
        12: "still to be divided by 4",
        7.5: "the largest",
        4: "half-way",  # (0.5 + 7.5) / 2
        2: "the middle one",  # between 0.5 and 3.5
    }),
    (PICTURE, "norm", Fact("z", "bn", 0, row=0), 0.5, {  # (3.5 − 2.5) / 2 × 3 − 1
        1.5: "before the shift of `-1`",
        -0.5: "scale was left out",
        -1.5: "shift came first",  # (0.5 − 1) × 3
        4.25: "mean was still in it",  # 3.5 / 2 × 3 − 1
        -0.25: "Its root is missing",  # 1 / 4 × 3 − 1
        2: "divides by nothing",
        5: "multiplied by the root",
    }),
    (PICTURE, "kernels", Fact("parameters", "wide"), 30, {  # 6 × 1 × 4 + 6
        24: "biases are missing, 6 in all",
        25: "one bias for the layer",
        10: "kernels of one channel",
        18: "has 2 weights in a kernel",
        6: "how many numbers it gives",
    }),
    (TOKENS, "norm", Fact("z", "ln", 0, row=0), -2, {  # mean 2, variance 1: −1 × 2
        -1: "scale was left out",
        -1.414214: "for a sample",  # squares over 1
        2: "mean was still in it",
    }),
    (TOKENS, "norm", Fact("z", "rms", 0, row=0), 2 / sqrt(5), {  # 1² + 3² over 2
        0.4: "Its root is missing",
        1 / sqrt(5): "scale was left out",
        2 / sqrt(10): "sum of the squares",
        -2: "as layer norm does",
    }),
    # token 1 · token 0 = −6, token 1 · token 1 = 4, over √2
    (TOKENS, "attention", Fact("a", "scores", 4, row=0), 1 / (1 + exp(-10 / HALF)), {
        exp(4 / HALF): "e^z alone",
        1 / 3: "even to those it does not see",
        0.5: "all the same share",
        4 / HALF: "before softmax",
    }),
]  # fmt: skip


def drafts_of(trace, family, fact, tries=600):
    drawn = [candidate(trace, ["row 0"], family, number) for number in range(tries)]
    return [each.question for each in drawn if each and each.asks == fact]


@pytest.mark.parametrize(
    ("trace", "family", "fact", "right", "mistakes"),
    WORKED,
    ids=[f"{family}-{fact.layer}" for _, family, fact, _, _ in WORKED],
)
def test_worked_by_hand(trace, family, fact, right, mistakes):
    seen = {}
    questions = drafts_of(trace, family, fact)
    assert questions
    for question in questions:
        assert question.answer.value == pytest.approx(right, abs=1e-9)
        seen |= {o.value: o.why for o in question.options if o is not question.answer}
    for value, reason in mistakes.items():
        reasons = [why for found, why in seen.items() if abs(found - value) < 1e-6]
        assert len(reasons) == 1, (value, seen)
        assert reason.casefold() in reasons[0].casefold()


CHOSEN = [
    (PICTURE, "map", Fact("map", "conv"), "`2 × 2`", {
        "`1 × 1`": "first place counts too",
        "`3 × 3`": "what it reads",
    }),
    (PICTURE, "map", Fact("map", "two"), "`3 × 3`", {
        "`1 × 1`": "leaves the padding out",
        "`2 × 2`": "padding once",
    }),
    (PICTURE, "pool", Fact("largest", "pool", 0, row=0), "`conv.0.0.1`", {
        "`conv.0.0.0`": "`conv.0.0.0` has `3.5`",
        "`conv.0.1.0`": "the smallest",
    }),
    (PICTURE, "shape", Fact("shape", "out"), "`1 × 2`", {"`2 × 1`": "transposed"}),
    # the last token's shares of 0, 1 and 2 are of 7, −2 and 17, over √2
    (TOKENS, "attention", Fact("largest", "mix", 4, row=0), "token 2", {
        "token 0": "nearer to 0",
    }),
]  # fmt: skip


@pytest.mark.parametrize(("trace", "family", "fact", "right", "wrong"), CHOSEN)
def test_chosen_by_hand(trace, family, fact, right, wrong):
    seen = {}
    for question in drafts_of(trace, family, fact):
        assert question.answer.text == right
        seen |= {option.text: option.why for option in question.options}
    for text, reason in wrong.items():
        assert reason in seen[text]


def test_every_family_about_kinds_of_layers_is_worked_by_hand():
    of_kinds = {name for name, family in FAMILIES.items() if family.of != (Op,)}
    assert {case[1] for case in [*WORKED, *CHOSEN]} >= of_kinds


def test_one_question_word_for_word():
    question = drafts_of(PICTURE, "pixel", Fact("z", "conv", 0, row=0))[0]
    assert question.asks.startswith(
        "In the convolution `conv`, channel 0 has the kernel\n"
        "`[[1, 0], [-1, 2]]`,\n"
        "and the bias `0.5`.\n"
        "For row 0, at `conv.0.0.0` it lies on the window\n"
        "`[[1, 2], [0, 1]]` of `input`.\n"
        "What is the z of `conv.0.0.0`"
    )
    assert question.answer.why == (
        "The products and the bias, added up: `1 × 1 + 0 × 2 + (-1) × 0 + 2 × 1 + 0.5 = 3.500`."
    )
    assert (question.neuron, question.step) == ("conv.0.0.0", "window")


# ---- families that hold for plain layers alone ----


def test_what_is_read_twice_is_asked_about_as_a_whole_alone():
    out = layer("out", "dense", "input", "input", weights=[[1, 2, 3, 5]], bias=[0.5])
    trace = forward(Network("twice", Input(2), (out,)), [0.3, 0.7])
    assert possible(trace) == []


def test_a_neuron_is_silenced_only_where_nothing_else_brings_it():
    parts = (
        layer("a", "dense", weights=[[1, 2], [3, 4]], bias=[0.5, 0], activation="relu"),
        layer("b", "dense", weights=[[2, 1]], bias=[0.25]),
        layer("out", "dense", "a", "b", weights=[[1, 2, 3]], bias=[0.5]),
    )
    trace = forward(Network("skips", Input(2), parts), [0.3, 0.7])
    made = [candidate(trace, ["row 0"], "silence", number) for number in range(60)]
    assert {each.asks.layer for each in made if each} == {"b"}


def test_a_neuron_at_a_position_reads_what_is_there():
    text = Text("ab", context=2)
    parts = (
        layer("embedded", "embedding", weights=[[1, 2], [3, 4]]),
        layer("out", "dense", axis="last", weights=[[1, 2], [3, -4], [0, 1]], bias=[0.5, 0, 1]),
    )
    trace = forward(Network("text", Input(2, text=text), parts), "ab")
    question = drafts_of(trace, "z", Fact("z", "out", 3, row=0))[0]
    assert question.asks.startswith("For row 0, `out.1.0` reads `[3, 4]`.\n")
    assert question.answer.value == pytest.approx(11.5)  # 3 + 2 × 4 + 0.5
    question = drafts_of(trace, "silence", Fact("silenced z", "out", 3, 1, 0))[0]
    assert question.settings == (("embedded.1.1", 0.0),)
    assert question.answer.value == pytest.approx(3.5)
    question = drafts_of(trace, "shape", Fact("shape", "out"))[0]
    assert question.answer.text == "`3 × 2`"
    (question, *_) = drafts_of(trace, "parameters", Fact("parameters", "out"))
    assert question.answer.value == 9  # 3 × 2 + 3, at either position the same
    assert (
        "3 neurons at each position, each with a bias. There it reads 2 numbers of" in question.asks
    )
    assert "sign" not in possible(trace)  # a text has none


def test_masked_scores_are_asked_about_by_what_a_token_sees():
    for question in make(TOKENS, ["row 0"], 0, 100):
        assert "inf" not in question.asks
        if question.neuron and question.neuron.startswith("scores"):
            _, token, other = map(int, question.neuron.split(".")[1:])
            assert other <= token
            assert f"{token + 1} of 3" in question.asks


def test_a_mean_over_padding_and_uneven_padding_are_left_out():
    parts = (
        layer("mean", "average_pool", kernel=2, stride=1, padding=1),
        layer("same", "max_pool", "input", kernel=2, stride=1, padding="same"),
    )
    trace = forward(Network("padded", Input(4, shape=(1, 2, 2)), parts), [1, 2, 4, 9])
    made = [candidate(trace, ["row 0"], "pool", number) for number in range(200)]
    assert {each.asks.index for each in made if each and each.asks.layer == "mean"} == {4}
    sizes = [candidate(trace, ["row 0"], "map", number) for number in range(20)]
    assert {each.asks.layer for each in sizes if each} == {"mean"}


def test_active_neurons_of_a_map_stand_in_one_line_of_it():
    for number in range(40):
        found = candidate(PICTURE, ["row 0"], "active", number)
        if found:
            assert "`conv.0.0.0` to `conv.0.0.1`, 2 neurons," in found.question.asks or (
                "`conv.0.1.0` to `conv.0.1.1`, 2 neurons," in found.question.asks
            )


def test_a_round_ends_where_there_are_enough_questions(monkeypatch):
    asked = []
    real = candidate

    def counted(*given):
        asked.append(given[2])
        return real(*given)

    monkeypatch.setattr("nntrace.teach.generator.candidate", counted)
    (question,) = make(PICTURE, ["row 0"], 0, 1)
    assert asked[-1] == question.family


def test_texts_of_several_lengths_are_asked_about_together():
    text = Text("ab", context=4)
    parts = (
        layer("embedded", "embedding", weights=[[1, 2], [3, 4.5]]),
        layer("out", "dense", axis="last", weights=[[1, 2], [3, -4]], bias=[0.5, 0.25]),
    )
    net = Network("text", Input(4, text=text), parts)
    traces = [forward(net, "a"), forward(net, ["abb", "bab"]), forward(net, "abba")]
    names = ["zero", "one", "two", "three"]
    made = make(traces, names, 0, 60)
    assert {question.row for question in made} == {0, 1, 2, 3}
    for question in made:
        if question.family == "z":
            assert question.asks.startswith(f"For {names[question.row]}, `{question.neuron}` ")
            trace = row_of(traces, question.row)
            neuron = find_neuron(trace.network, question.neuron)
            assert trace["out"].z[0, neuron.index] == pytest.approx(question.answer.value)
    asked = [candidate(traces, names, q.family, int(q.id[-8:], 16)) for q in made]
    for index, one in enumerate(asked):
        assert one.asks.row in (-1, one.question.row)
        assert not any(one.like(other) for other in asked[:index])
