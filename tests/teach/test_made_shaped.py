"""Questions made from nets of every kind of layer: 1,000 of them, each answered without nntrace.

As in test_made: from the net's weights and what the layer read, with loops over nested lists, and
from the question's own words.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from itertools import product
from math import fsum, prod, sqrt

import numpy as np
import pytest

from nntrace.cli.sessions.questions import Quiz
from nntrace.cli.sessions.quiz import worked_out
from nntrace.core.batch import TracedBatch
from nntrace.core.forward import forward
from nntrace.core.names import Neuron, find_neuron, name_of
from nntrace.core.op import Op
from nntrace.teach.generator import FAMILIES, possible
from nntrace.teach.grading import accepted, apart, grade, tolerance
from nntrace.write.view import View
from tests.helpers.shapednets import shaped_net
from tests.teach import test_made as dense
from tests.teach.test_made import (  # run once more, of the questions that `asked` gives here
    test_a_neuron_is_named_where_explain_works_it_out,  # noqa: F401
    test_each_option_is_graded_as_what_it_is,  # noqa: F401
    test_no_two_options_are_within_twice_the_tolerance,  # noqa: F401
    test_the_arithmetic_of_the_reasons_comes_out,  # noqa: F401
    test_the_form_is_fair,  # noqa: F401
    test_the_right_number_does_not_stand_in_the_question,  # noqa: F401
    test_the_rules_of_a_good_question_are_kept,  # noqa: F401
    test_the_same_seed_asks_the_same_and_no_question_gives_another_away,  # noqa: F401
    test_what_a_key_tells_is_accepted_to_its_ends,  # noqa: F401
)

QUESTIONS = 1_000
A_NET = dense.A_NET


@pytest.fixture(scope="module")
def made():
    """Return nets of 1,000 questions."""
    return dense.of_nets(shaped_net, QUESTIONS)


@pytest.fixture(scope="module")
def asked(made):
    """Return 1,000 questions as (trace, names, draft)."""
    every = [(trace, names, each) for trace, names, drafts in made for each in drafts]
    return every[:QUESTIONS]


def test_there_are_enough_of_every_family(asked):
    count = dict.fromkeys(FAMILIES, 0)
    for _, _, each in asked:
        count[each.question.family] += 1
    assert len(asked) == QUESTIONS
    assert min(count.values()) >= 3, count
    shaped = [name for name, family in FAMILIES.items() if family.of != (Op,)]
    assert min(count[name] for name in shaped) > 10, count


def test_a_family_is_possible_only_where_a_net_has_such_layers(made):
    for trace, _, _ in made[:40]:
        kinds = {layer.kind for layer in trace.network.layers}
        able = set(possible(trace))
        assert "conv" in kinds or not {"pixel", "kernels"} & able
        assert kinds & {"max_pool", "average_pool"} or "pool" not in able
        assert kinds & {"scores", "mix"} or "attention" not in able
        assert any(kind.endswith("norm") for kind in kinds) or "norm" not in able


# ---- what is right, by the weights, with loops ----


def read_by(trace, layer, row):
    """Return what a layer read in a row, each as nested lists of its shape."""
    shapes = [trace.network.shape(name) for name in layer.reads]
    read = trace.read_by(layer.name)
    return [np.reshape(values[row], s).tolist() for values, s in zip(read, shapes, strict=True)]


def position(shape, index):
    """Return the position of a place in C order."""
    found = []
    for length in reversed(shape):
        index, at = divmod(index, length)
        found.append(at)
    return tuple(reversed(found))


def at(nested, place):
    """Return the number of nested lists at a place, None where there is none."""
    for step in place:
        if not 0 <= step < len(nested):
            return None
        nested = nested[step]
    return nested


def each_way(value, dimensions):
    return (value,) * dimensions if isinstance(value, int) else tuple(value)


def paddings(op, dimensions):
    return each_way(0 if op.padding == "valid" else op.padding, dimensions)


def channels_of(read, dimensions):
    """Return what is read as channels × so many dimensions."""
    depth, inner = 0, read
    while isinstance(inner, list):
        depth, inner = depth + 1, inner[0]
    return [read] if depth == dimensions else read


def window(op, kernel, channel, place):
    """Return the numbers of a window by their step in it, None where it lies on padding."""
    n = len(place)
    stride = each_way(op.stride or kernel, n)
    dilation, padding = each_way(getattr(op, "dilation", 1), n), paddings(op, n)
    found = {}
    for step in product(*map(range, kernel)):
        spot = [
            p * s + u * d - b
            for p, s, u, d, b in zip(place, stride, step, dilation, padding, strict=True)
        ]
        found[step] = at(channel, spot)
    return found


def conv(layer, reads, index):
    op, (channel, *place) = layer.op, position(layer.shape, index)
    weights, x = op.weights.tolist(), channels_of(reads[0], len(place))
    own = weights[channel]
    first = channel // (len(weights) // op.groups) * len(own)
    kernel = op.weights.shape[2:]
    terms = [op.bias.tolist()[channel]]
    for i, each in enumerate(own):
        held = window(op, kernel, x[first + i], place)
        terms += [at(each, step) * value for step, value in held.items() if value is not None]
    return fsum(terms)


def pool(layer, reads, index):
    op, (channel, *place) = layer.op, position(layer.shape, index)
    kernel = each_way(op.kernel, len(place))
    held = window(op, kernel, channels_of(reads[0], len(place))[channel], place)
    values = [value for value in held.values() if value is not None]
    if layer.kind == "max_pool":
        return max(values)
    assert len(values) == prod(kernel)
    return fsum(values) / len(values)


def norm(layer, reads, index):
    op, kind = layer.op, layer.kind
    shape, x = layer.shape, np.ravel(reads[0]).tolist()
    places = [position(shape, i) for i in range(len(x))]
    here = places[index]
    axis = -1 if kind in ("layer_norm", "rms_norm") else 0
    scale = op.scale.tolist()[here[axis]]
    shift = 0.0 if kind == "rms_norm" else op.shift.tolist()[here[axis]]
    if kind == "batch_norm":
        mean, variance = op.mean.tolist()[here[0]], op.variance.tolist()[here[0]]
    else:
        each = shape[0] // getattr(op, "groups", shape[0])  # channels of a group
        block = [
            value
            for value, place in zip(x, places, strict=True)
            if (place[:-1] == here[:-1] if axis == -1 else place[0] // each == here[0] // each)
        ]
        mean = 0.0 if kind == "rms_norm" else fsum(block) / len(block)
        variance = fsum((value - mean) ** 2 for value in block) / len(block)
    return (x[index] - mean) / sqrt(variance + op.epsilon) * scale + shift


def share(layer, reads, index):
    """Return a share, from queries and keys."""
    query, key = reads
    head, token, other = position(layer.shape, index)
    part = len(query[0]) // layer.op.heads
    some = range(head * part, (head + 1) * part)
    seen = range(token + 1 if layer.op.causal else len(key))
    scores = [fsum(query[token][i] * key[s][i] for i in some) / sqrt(part) for s in seen]
    powers = [dense.power(score - max(scores)) for score in scores]
    return powers[other] / fsum(powers)


BY_HAND = {"conv": conv, "max_pool": pool, "average_pool": pool}
BY_HAND |= dict.fromkeys(
    ["batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm"], norm
)


def map_by_hand(network, layer):
    """Count the places of a kernel by laying it on each."""
    op, n = layer.op, len(layer.shape) - 1
    lengths = network.shape(layer.reads[0])[-n:]
    kernel = op.weights.shape[2:] if layer.kind == "conv" else each_way(op.kernel, n)
    stride = each_way(op.stride or kernel, n)
    dilation, padding = each_way(getattr(op, "dilation", 1), n), paddings(op, n)
    found = []
    for length, k, s, d, p in zip(lengths, kernel, stride, dilation, padding, strict=True):
        starts = range(-p, length + p, s)
        found.append(sum(start + d * (k - 1) < length + p for start in starts))
    return tuple(found)


def numbers_in(values):
    return sum(map(numbers_in, values)) if isinstance(values, list) else 1


def by_weights(trace, question, asks):
    """Return the right number, or the text of the right option."""
    network, row, family = trace.network, asks.row, question.family
    if family == "heaviest" or not asks.layer:
        return dense.by_weights(trace, question, asks)
    layer = network.layer(asks.layer)
    if family == "map":
        return "`{}`".format(" × ".join(map(str, map_by_hand(network, layer))))
    if family in ("kernels", "parameters"):
        return sum(numbers_in(values.tolist()) for values in layer.op.arrays.values())
    if family == "shape":
        return f"`{len(layer.weights)} × {len(layer.weights[0])}`"
    reads = read_by(trace, layer, row)
    z, index = trace[layer.name].z[row].tolist(), asks.index
    if family in ("softmax", "shift") or (family == "attention" and asks.quantity == "a"):
        if layer.kind == "scores":
            return share(layer, reads, index)
        start = index - index % layer.shape[-1]
        line = z[start : start + layer.shape[-1]]
        powers = [dense.power(value - max(line)) for value in line]
        return powers[index - start] / fsum(powers)
    if family == "attention":
        token, number = position(layer.shape, index)
        head = number // (layer.shape[1] // layer.op.heads)
        moves = [
            abs(s * value[number]) for s, value in zip(reads[0][head][token], reads[1], strict=True)
        ]
        return f"token {moves.index(max(named_among(question, moves)))}"
    if family == "pool" and asks.quantity == "largest":
        values = np.ravel(reads[0]).tolist()
        names = [f"`{name_of(network, Neuron(layer.reads[0], i))}`" for i in range(len(values))]
        offered = {n: v for n, v in zip(names, values, strict=True) if n in texts_of(question)}
        assert max(offered.values()) == pool(layer, reads, index)
        return max(offered, key=offered.get)
    if family in ("pixel", "pool", "norm"):
        return BY_HAND[layer.kind](layer, reads, index)
    if family == "a":
        return applied(layer, index, z[index])
    if family == "active":
        found = re.search(r"`([^`]*)` to `([^`]*)`, (\d+) neurons,", question.asks)
        stretch = range(layer.size)
        if found:
            start, end = (find_neuron(network, found[i]).index for i in (1, 2))
            stretch = range(start, end + 1)
            assert len(stretch) == int(found[3])
        return sum(applied(layer, i, z[i]) > 0 for i in stretch)
    if family == "class":
        last = z[-network.answers :]
        if layer.activation.name == "sigmoid":
            return dense.by_sign(last[0])
        if len(last) == 2:
            return abs(last[0] - last[1])
        top = len(z) - len(last) + last.index(max(last))
        assert last.count(max(last)) == 1
        return f"`{name_of(network, Neuron(layer.name, top))}`"
    *before, neuron = position(layer.shape, index)
    weights, bias = layer.weights[neuron].tolist(), layer.bias.tolist()[neuron]
    if layer.op.axis == "last":  # what it reads at its own position
        reads = [at(each, before) for each in reads]
    x = [value for each in reads for value in np.ravel(each).tolist()]
    if family == "z":
        return dense.total(weights, x, bias)
    if family == "contribution":
        return weights[asks.source] * x[asks.source]
    if family == "largest":
        names = []
        for name in layer.reads:
            shape = network.shape(name)
            every = [
                i
                for i in range(prod(shape))
                if layer.op.axis == "all" or position(shape, i)[:-1] == tuple(before)
            ]
            names += [f"`{name_of(network, Neuron(name, i))}`" for i in every]
        assert len(set(names)) == len(names)
        moves = {n: abs(w * v) for n, w, v in zip(names, weights, x, strict=True)}
        offered = {option.text: moves[option.text] for option in question.options}
        return max(offered, key=offered.get)
    if family == "silence":
        ((name, value),) = question.settings  # as the worked answer sets it
        assert value == 0
        held = dict(trace.overrides) | {find_neuron(network, name): 0.0}
        again = forward(network, trace.input, held)
        return float(again[layer.name].z[row, index])
    assert family == "change"
    raw = trace.input.copy()
    raw[row] = dense.changed_row(trace, question, row)
    after = forward(network, raw, trace.overrides)[layer.name]
    return float((after.a if asks.quantity == "changed a" else after.z)[row, index])


def texts_of(question):
    return {option.text for option in question.options}


def named_among(question, moves):
    return [moves[int(option.text.removeprefix("token "))] for option in question.options]


def applied(layer, index, z):
    own = [float(np.ravel(value)[0]) for value in layer.activation.parameters.values()]
    return dense.OWN[layer.activation.name](z, *own)


SUMS = ("z", "largest", "change", "silence", "pixel", "norm", "attention")


def well_behaved(trace, question, asks):
    """Whether rounding of the net's dtype is far below what is asked for."""
    if question.family not in SUMS:
        return True
    layer = trace.network.layer(asks.layer)
    sizes = [abs(values[asks.row]).max() for values in trace.read_by(layer.name)]
    weights = [abs(values).max() for values in layer.op.arrays.values()] or sizes
    largest = max([1.0, *sizes]) * max([1.0, *weights])
    return largest * float(np.finfo(trace.input.dtype).eps) * 256 < 1e-4


def test_exactly_one_answer_is_right_by_the_weights(asked):
    checked = 0
    for trace, _, each in asked:
        question = each.question
        if not well_behaved(trace, question, each.asks):
            continue
        checked += 1
        expected = by_weights(trace, question, each.asks)
        if isinstance(expected, str):
            held = [option.text == expected for option in question.options]
        else:
            near = tolerance(expected)
            assert abs(question.answer.value - expected) < 0.2 * near, question
            held = [abs(option.value - expected) <= near for option in question.options]
        assert held == [i == question.right for i in range(len(held))], question
    assert checked > 0.8 * len(asked)


def test_every_number_is_worked_out(made):
    worked = 0
    for trace, _, drafts in made[:40]:
        for each in drafts:
            question = each.question
            report = worked_out(Quiz("", (), 0, [TracedBatch(trace)]), question, View())
            number = question.neuron is not None and question.answer.value is not None
            assert (report is not None) == number
            worked += number
    assert worked > 100


# ---- what is right, by the words of the question ----


def lists_in(stem):
    found = re.findall(r"`(\[[^`]*\])`", stem)
    return [json.loads(each, parse_float=Fraction, parse_int=Fraction) for each in found]


def flat(values):
    return (
        [each for part in values for each in flat(part)] if isinstance(values, list) else [values]
    )


def by_words(trace, question):
    """Answer from the words of a question alone."""
    stem, family = question.asks, question.family
    numbers = [Fraction(found) for found in dense.NUMBER.findall(stem)]
    if family == "pixel":
        lists = lists_in(stem)
        if "multiplies each number" in stem:
            return sum(numbers) + sum(flat(lists))
        half = len(lists) // 2
        kernel, under = flat(lists[:half]), flat(lists[half:])
        return sum((w * x for w, x in zip(kernel, under, strict=True)), numbers[0])
    if family == "map":
        lengths = sizes(stem, r"reads channels of ([\d × ]+) numbers")
        kernel = sizes(stem, r"its kernel is ([\d × ]+)")
        stride, padding, dilation = (
            each_way(found[0] if len(found) == 1 else found, len(lengths))
            for found in (
                sizes(stem, r"its stride ([\d × ]+)"),
                sizes(stem, r"its padding ([\d × ]+) at either end", 0),
                sizes(stem, r"its dilation ([\d × ]+)", 1),
            )
        )
        every = zip(lengths, kernel, stride, padding, dilation, strict=True)
        found = [(n + 2 * p - (d * (k - 1) + 1)) // s + 1 for n, k, s, p, d in every]
        return "`{}`".format(" × ".join(map(str, found)))
    if family == "kernels":
        read, gives = re.search(r"reads (\d+) channels? and gives (\d+)", stem).groups()
        groups = re.search(r"in (\d+) groups", stem)
        width = int(read) // (int(groups[1]) if groups else 1)
        return int(gives) * width * prod(sizes(stem, r"kernels are ([\d × ]+)")) + int(gives)
    if family == "pool":
        if "Whose number" in stem:
            return largest_of(re.findall(r"(`[^`]*`) `([^`]*)`", stem))
        values = flat(lists_in(stem))
        return max(values) if "a max pool" in stem else sum(values) / len(values)
    if family == "norm":
        return norm_in_words(stem, numbers)
    if family == "attention":
        if "Which of them moves" in stem:
            terms = re.findall(
                r"(token \d+) has the value `([^`]*)`, with the share `([^`]*)`", stem
            )
            return largest_of([(name, abs(Fraction(v) * Fraction(w))) for name, v, w in terms])
        if "add up to `" in stem:
            own, total = map(float, numbers)
            return dense.exp(own) / total
        scores = {int(i): float(z) for i, z in re.findall(r"token (\d+) `([^`]*)`", stem)}
        powers = {i: dense.power(z - max(scores.values())) for i, z in scores.items()}
        return powers[int(re.search(r"give token (\d+)", stem)[1])] / fsum(powers.values())
    if family == "heaviest":
        every = re.findall(
            r"(`[^`]*`) has (\d+) neurons?(?: at each position)? and reads (\d+)", stem
        )
        held = {name: int(size) * (int(reads) + 1) for name, size, reads in every}
        for name, reads, gives, kernel in CONVOLUTION.findall(stem):
            held[name] = int(gives) * (int(reads) * prod(map(int, kernel.split(" × "))) + 1)
        assert set(held) == {option.text for option in question.options}
        return max(held, key=held.get)
    return dense.by_words(trace, question)


CONVOLUTION = re.compile(
    r"(`[^`]*`), a convolution, reads (\d+) channels? and gives (\d+), by kernels of ([\d × ]+)"
)


def sizes(stem, pattern, default=None):
    found = re.search(pattern, stem)
    return [int(each) for each in found[1].split(" × ")] if found else [default]


def largest_of(pairs):
    values = {name: Fraction(value) for name, value in pairs}
    return max(values, key=values.get)


def norm_in_words(stem, numbers):
    epsilon, scale = (
        float(re.search(rf"the? ?{key}(?: is)? `([^`]*)`", stem, re.IGNORECASE)[1])
        for key in ("epsilon", "scale")
    )
    shift = re.search(r"the shift `([^`]*)`", stem)
    row = lists_in(stem)
    if row:
        (values,) = row
        x = values[int(re.search(r"of which number (\d+),", stem)[1])]
        mean = sum(values) / len(values) if shift else 0
        variance = sum((value - mean) ** 2 for value in values) / len(values)
    elif shift:
        x, mean, variance = numbers[:3]
    else:
        (x, variance), mean = numbers[:2], 0
    normalised = float(x - mean) / sqrt(float(variance) + epsilon)
    return normalised * scale + (float(shift[1]) if shift else 0)


def test_the_words_of_the_question_are_enough_to_answer_it(asked):
    for trace, _, each in asked:
        question = each.question
        found = by_words(trace, question)
        if isinstance(found, str):
            assert question.answer.text == found, question
            continue
        texts = [f"{text:f}" for text in dense.to_three(Fraction(found))]
        right = accepted(question.answer.value)
        for text in texts:
            assert right.takes(Fraction(text)), question
            if question.typed:
                assert grade(question, text).outcome == "right", (question, text)
        assert right.takes(Fraction(found)), question
        near = [abs(float(found) - option.value) for option in question.options]
        assert near.index(min(near)) == question.right, question


ROOTS = re.compile(r"`([^`=]*√[^`=]*) = (-?[0-9.]+)`")


def test_the_roots_in_the_reasons_come_out(asked):
    counted = 0
    for _, _, each in asked:
        for written, told in ROOTS.findall(each.question.answer.why):
            value = eval(written.replace("×", "*").replace("√", "sqrt"), {"sqrt": sqrt})
            assert abs(value - float(told)) <= max(6e-4, 2e-7 * abs(value)), each.question
            counted += 1
    assert counted > 25


def test_wrong_numbers_stay_apart_from_what_is_right(asked):
    for trace, _, each in asked:
        if each.asks.quantity in ("z", "a") and each.asks.index >= 0:
            part = trace[each.asks.layer]
            held = part.z if each.asks.quantity == "z" else part.a
            given = float(held[each.asks.row, each.asks.index])
            assert accepted(each.question.answer.value).takes(Fraction(given))
            others = [o.value for o in each.question.options if o is not each.question.answer]
            assert all(apart([given, other]) for other in others)
