"""One question of each family on cat-or-dog, worked by hand; and names, rows and nets that are odd.

For "a cat", [0.9, 0.8, 0.1], by hand:
    hidden1  z = 1.3, -0.91, 0.73, -0.6          a = 1.3, 0, 0.73, 0
    hidden2  z = 1.83, -1.565, -0.115, 0.415     a = 1.83, 0, 0, 0.415
    output   z = 2.345, -1.515                   e^2.345 = 10.4333, e^-1.515 = 0.2198
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from nntrace import load
from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.op import Op
from nntrace.core.ops.dense import Dense
from nntrace.teach.families.case import Fact
from nntrace.teach.generator import FAMILIES, candidate, make, possible
from nntrace.teach.grading import grade

CONFIGS = Path(__file__).parents[2] / "configs"
NET = replace(load(CONFIGS / "cat-or-dog.yaml"), examples=())
CAT = forward(NET, [[0.9, 0.8, 0.1], [0.9, 0.8, 0.6]])  # a second row, in which the cat barks
NAMES = ["the example 'a cat'", "the loud cat"]

# family, the fact asked for, the right answer, what mistakes give, with words of their reasons
WORKED = [
    ("z", Fact("z", "hidden1", 0, row=0), 1.3, {
        1.2: "before the bias of `+0.1`",  # 1.0 × 0.9 + 0.5 × 0.8 − 1.0 × 0.1
        1.1: "bias was taken away",
        1.5: "counts as positive",  # 0.9 + 0.4 + 0.1 + 0.1
        1.9: "without their weights",  # 0.9 + 0.8 + 0.1 + 0.1
        -0.91: "z of `hidden1.1`",
    }),
    ("z", Fact("z", "hidden2", 0, row=0), 1.83, {
        2.03: "before the bias of `-0.2`",  # 1.3 + 0.73
        1.465: "W transposed",  # 1.3 + 0.5 × 0.73 + 0 − 0.2, down column 0
        -1.565: "z of `hidden2.1`",
    }),
    ("z", Fact("z", "hidden2", 1, row=0), -1.565, {
        0: "after relu",
        -0.115: "z of `hidden2.2`",
    }),
    ("contribution", Fact("product", "hidden1", 1, 2, 0), 0.2, {
        2.1: "added",  # 2 + 0.1
        -0.2: "sign got lost",
        -0.3: "has the bias in it",  # 0.2 − 0.5
        2: "weight alone",
        0.1: "what comes in",
    }),
    ("a", Fact("a", "hidden1", 1, row=0), 0, {
        -0.91: "z itself",
        0.91: "of `0.91`",
        0.286985: "sigmoid",  # 1 / (1 + e^0.91)
        1.3: "`hidden1.0`",
        0.73: "`hidden1.2`",
    }),
    ("active", Fact("active", "hidden1", source=0, row=0), 2, {
        4: "how many there are",
    }),
    ("active", Fact("active", "hidden2", source=0, row=0), 2, {
        4: "how many there are",
        1: "biases",
    }),
    ("softmax", Fact("a", "output", 0, row=0), 10.4333 / (10.4333 + 0.2198), {
        2.345 / 0.83: "divided by the sum of all z",
        10.4333: "e^z alone",
        2.345: "z itself",
        0.0206: "left for the others",
        0.5: "all the same share",
    }),
    ("shift", Fact("shift", "output", 1, 1, 0), 0.0206, {
        # e^-0.515 = 0.5975 beside 10.4333, and 0.2198 beside e^3.345 = 28.3607
        0.5975 / (0.5975 + 10.4333): "its z alone rises by 1",
        0.2198 / (0.2198 + 28.3607): "every z but its own",
        1.0206: "not to the share",
        0.5: "shares stay unequal",
    }),
    ("change", Fact("changed z", "hidden1", 0, 2, 0), 0.8, {  # 1.3 + (−1) × (0.6 − 0.1)
        0.7: "the old one is still in",  # 1.3 − 0.6
        1.4: "input at 0",
        1.3: "how it is now",
        1.8: "The weight, `-1`, was left out",
    }),
    ("change", Fact("changed a", "hidden1", 3, 2, 0), 0, {  # relu(−0.6 + 0.5 × 0.5)
        -0.35: "that is the new z",
    }),
    ("class", Fact("class", "output", row=0), 3.86, {  # 2.345 + 1.515
        2.345: "the z to reach",
        1.515: "takes it to 0",
        0.83: "the two are added",
        1.93: "if the other z fell",
        0.9587: "the shares are apart",  # 0.9794 − 0.0206
    }),
    ("silence", Fact("silenced z", "hidden2", 0, 2, 0), 1.1, {  # 1.83 − 1 × 0.73
        1.83: "z as it is now",
        2.56: "once more",
        0.83: "its weight was taken away",
        0.73: "the term that goes",
        0: "Only one term",
    }),
    ("parameters", Fact("parameters", "hidden1"), 16, {  # 4 × 3 + 4
        12: "biases are missing, 4 in all",
        13: "one bias for the layer",
        4: "how many neurons",
        7: "sizes are added",
        15: "bias for each number that comes in",
        20: "`hidden2`",
    }),
    ("parameters", Fact("parameters"), 46, {  # 16 + 20 + 10
        36: "biases are missing, 10 in all",
        10: "how many neurons",
        13: "adds up the sizes",
        96: "multiplied",  # 3 × 4 × 4 × 2
        39: "one bias for a layer",
        49: "inputs a bias too",
        16: "first layer alone",
    }),
]  # fmt: skip


@cache
def of_the_cat(family):
    """Return the first drafts of a family on cat-or-dog, which several facts are looked for in."""
    return [candidate(CAT, NAMES, family, number) for number in range(1500)]


def drafts_of(trace, names, family, fact, tries=1500):
    """Return all questions about a fact among the first that can be drawn."""
    if trace is CAT:
        drawn = of_the_cat(family)[:tries]
    else:
        drawn = [candidate(trace, names, family, number) for number in range(tries)]
    return [each.question for each in drawn if each and each.asks == fact]


@pytest.mark.parametrize(
    ("family", "fact", "right", "mistakes"), WORKED, ids=[f"{f}-{a.index}" for f, a, _, _ in WORKED]
)
def test_worked_by_hand(family, fact, right, mistakes):
    seen = {}
    for question in drafts_of(CAT, NAMES, family, fact):
        assert question.answer.value == pytest.approx(right, abs=1e-4, rel=1e-4)
        for option in question.options:
            if option is not question.answer:
                seen[option.value] = option.why
    for value, reason in mistakes.items():
        reasons = [why for found, why in seen.items() if abs(found - value) < 1e-3]
        assert len(reasons) == 1, (value, seen)
        assert reason.casefold() in reasons[0].casefold()


CHOSEN = [
    # family, fact, the right option, and wrong ones with words of the reason
    ("largest", Fact("largest", "hidden1", 0, row=0), "`input.whiskers`", {  # 0.9, 0.4, −0.1
        "`input.ears`": "0.5 × 0.8 = 0.4", "`input.barks`": "(-1) × 0.1 = -0.1",
    }),
    ("largest", Fact("largest", "hidden1", 1, row=0), "`input.whiskers`", {  # −0.45, −0.16, 0.2
        "`input.barks`": "largest weight, but", "`input.ears`": "-0.16",
    }),
    ("shape", Fact("shape", "hidden1"), "`4 × 3`", {
        "`3 × 4`": "transposed", "`12 × 1`": "a row of its own", "`4 × 1`": "shape of b",
        "`4 × 4`": "",
    }),
    ("heaviest", Fact("heaviest"), "`hidden2`", {"`hidden1`": "fewer than 20", "`output`": "10"}),
]  # fmt: skip


@pytest.mark.parametrize(("family", "fact", "right", "wrong"), CHOSEN)
def test_chosen_by_hand(family, fact, right, wrong):
    seen = {}
    for question in drafts_of(CAT, NAMES, family, fact):
        assert question.answer.text == right
        seen |= {option.text: option.why for option in question.options}
    for text, reason in wrong.items():
        assert reason in seen[text]


def test_every_family_is_worked_by_hand():
    of_dense_nets = {name for name, family in FAMILIES.items() if family.of == (Op,)}
    assert {case[0] for case in [*WORKED, *CHOSEN]} == of_dense_nets


def test_one_question_word_for_word():
    question = drafts_of(CAT, NAMES, "contribution", Fact("product", "hidden1", 1, 2, 0))[0]
    assert question.asks.startswith(
        "For the example 'a cat', `hidden1.1` reads `input.barks` as `0.1`.\n"
        "Its weight for it is `2`, its bias is `-0.5`.\n"
        "What does `input.barks` add to the z of `hidden1.1`"
    )
    assert question.answer.why == "Weight times value: `2 × 0.1 = 0.200`."
    assert question.hints[-1] == "`term = 2 × 0.1`"
    assert (question.neuron, question.row, question.step) == ("hidden1.1", 0, "neuron")


# ---- nets that are too small or too plain, and odd ones ----


def layer(name, weights, bias, activation="identity", labels=None):
    held = np.array(weights, float), np.array(bias, float)
    return Layer(name, Dense(*held), Activation(ACTIVATIONS[activation]), labels)


def test_a_single_plain_neuron_leaves_most_families_out():
    trace = forward(Network("plain", Input(1), (layer("output", [[2]], [0.5]),)), [3])
    assert possible(trace) == ["z", "contribution", "parameters"]
    assert 0 < len(make(trace, ["row 0"], 0, 100)) < 10


@pytest.mark.parametrize(
    ("z", "asked"),
    [([1.0, 1.0, 0.0], False), ([1.0, 0.99, 0.0], False), ([1.0, 0.9, 0.0], True)],
)
def test_classes_that_are_level_are_not_asked_for(z, asked):
    net = Network("level", Input(1), (layer("output", [[0]] * 3, z, "softmax"),))
    assert ("class" in possible(forward(net, [1]))) == asked


@pytest.mark.parametrize(
    ("weights", "asked"),
    [([1, -1, 0.5], False), ([1, -0.98, 0.5], False), ([0, 0, 0], False), ([1, -0.9, 0.5], True)],
)
def test_contributors_that_are_level_are_not_asked_for(weights, asked):
    net = Network("level", Input(3), (layer("output", [weights], [0]),))
    assert ("largest" in possible(forward(net, [1, 1, 1]))) == asked


def test_what_was_set_by_hand_is_not_asked_for():
    net = Network("set", Input(2), (layer("output", [[1, 2], [3, 4]], [0.5, 1], "softmax"),))
    able = possible(forward(net, [0.1, 0.2], {"output.0": 0.7}))
    assert not {"softmax", "shift", "class"} & set(able)
    assert "z" in able


def test_an_output_that_was_set_by_hand_is_not_asked_for_when_an_input_changes():
    net = Network("set", Input(1), (layer("output", [[-3], [2]], [0.5, 0.25], "tanh"),))
    trace, names = forward(net, [[0.3], [0.5]], {"output.0": 0.7}), ["row 0", "row 1"]
    assert not drafts_of(trace, names, "change", Fact("changed a", "output", 0, 0, 0), 300)
    assert drafts_of(trace, names, "change", Fact("changed a", "output", 1, 0, 0), 300)


@pytest.mark.parametrize(("bias", "asked"), [(0.0007, False), (0.002, True), (0.0, True)])
def test_a_mistake_that_gives_nearly_the_right_number_makes_no_question(bias, asked):
    net = Network("near", Input(1), (layer("output", [[3]], [bias]),))
    assert ("z" in possible(forward(net, [0.125]))) == asked


def test_one_sigmoid_tells_two_classes_apart():
    parts = (layer("output", [[1, 1]], [-1.5], "sigmoid", ("spam",)),)
    net = Network("spam", Input(2), parts)
    upper, lower = "class 1, output between 0.5 and 1", "class 0, output between 0 and 0.5"
    for row, right in (([1, 1], upper), ([0, 1], lower)):
        (question,) = make(forward(net, row), ["row 0"], 0, 1, ["class"])
        assert question.answer.text == right
        assert "over 0.5 means class 1, spam." in question.asks


def test_the_first_layer_of_a_net_that_normalises_reads_what_it_is_given():
    spec = Input(2, mean=np.array([1.0, 2.0]), std=np.array([2.0, 0.5]))
    net = Network("scaled", spec, (layer("output", [[0.5, -1]], [0.25]),))
    rows = [[4, 1.5], [-1, 1.5]]  # given as 1.5, −1; with −1 as −1
    trace, names = forward(net, rows), ["row 0", "row 1"]
    question = drafts_of(trace, names, "z", Fact("z", "output", 0, row=0))[0]
    assert "reads `[1.5, -1]`, which is `(input - mean) / std`." in question.asks
    assert question.answer.value == pytest.approx(2.0)  # 0.75 + 1 + 0.25
    questions = drafts_of(trace, names, "change", Fact("changed z", "output", 0, 0, 0))
    question = questions[0]
    assert "`input.0` is `4`, which the net is given as `1.5`." in question.asks
    assert "were `-1` instead: the net would be given `-1`." in question.asks
    assert question.answer.value == pytest.approx(0.75)  # 2 + 0.5 × (−1 − 1.5)
    values = {option.value for each in questions for option in each.options}
    assert -0.5 in values  # 2 + 0.5 × (−1 − 4), where the input itself is multiplied


def test_names_with_backquotes_stay_as_they_are_and_mark_no_code():
    parts = (layer("`h`", [[1, 2], [3, -4]], [0.5, 1], "relu"), layer("o`", [[2, 1]], [0.1]))
    trace = forward(Network("odd", Input(2, ("a`b", "c")), parts), [0.3, 0.2])
    for question in make(trace, ["the example 'x`y'"], 0, 30):
        texts = [question.asks, *question.hints]
        texts += [text for option in question.options for text in option[:2]]
        assert "\uffff" not in "".join(texts)
        if "x`y" in question.asks:  # a name with a backquote: all others are the names' own
            stripped = question.asks
            for name in ("x`y", "`h`", "o`", "a`b"):
                stripped = stripped.replace(name, "")
            assert "`" not in stripped


def test_small_numbers_are_shown_with_all_that_is_needed():
    net = Network("small", Input(1), (layer("output", [[2.5e-6]], [0.0]),))
    trace = forward(net, [1e6])
    question = drafts_of(trace, ["row 0"], "contribution", Fact("product", "output", 0, 0, 0), 50)[
        0
    ]
    assert "`2.5e-06`" in question.asks
    assert grade(question._replace(typed=True), "2.5").outcome == "right"
