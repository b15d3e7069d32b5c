"""Questions made from nets: 2,000 of them over random nets, each answered without nntrace.

What is right is found twice, by plain Python: from the net's weights and what the layer read, and
from the question's own words, as a learner would.
"""

from __future__ import annotations

import json
import random
import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import erfc, exp, fsum, log1p, pi, prod, sqrt, tanh

import numpy as np
import pytest

from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron, find_neuron, source_names
from nntrace.core.network import Input, Network
from nntrace.core.op import Op
from nntrace.core.ops.dense import Dense
from nntrace.errors import UsageError
from nntrace.teach.export.gift import gift
from nntrace.teach.export.sheet import key
from nntrace.teach.generator import FAMILIES, candidate, make, possible
from nntrace.teach.grading import accepted, apart, grade, tolerance
from nntrace.teach.question import LETTERS
from nntrace.teach.rules import violations

QUESTIONS = 2_000
A_NET = 12  # so many questions are asked of a net at most


# ---- the activations, written down a second time ----


def power(x):
    return exp(min(max(x, -700.0), 700.0))


def sigmoid(z):
    return 1 / (1 + power(-z))


def softplus(z):
    return z if z > 700 else log1p(power(z))


SELU_A, SELU_L = 1.6732632423543772, 1.0507009873554805
OWN = {
    "identity": lambda z: z,
    "relu": lambda z: max(0, z),
    "relu6": lambda z: min(6, max(0, z)),
    "leaky_relu": lambda z, alpha: z if z > 0 else alpha * z,
    "prelu": lambda z, alpha: z if z > 0 else alpha * z,
    "elu": lambda z, alpha: z if z > 0 else alpha * (power(z) - 1),
    "celu": lambda z, alpha: z if z > 0 else alpha * (power(z / alpha) - 1),
    "selu": lambda z: SELU_L * (z if z > 0 else SELU_A * (power(z) - 1)),
    "gelu": lambda z: 0.5 * z * erfc(-z / sqrt(2)),
    "gelu_tanh": lambda z: 0.5 * z * (1 + tanh(sqrt(2 / pi) * (z + 0.044715 * z * z * z))),
    "silu": lambda z: z * sigmoid(z) if z > -700 else 0.0,
    "mish": lambda z: z * tanh(softplus(z)) if z > -700 else 0.0,
    "hard_swish": lambda z: z * min(1, max(0, (z + 3) / 6)),
    "hard_sigmoid": lambda z, alpha, beta: min(1, max(0, alpha * z + beta)),
    "hard_tanh": lambda z, low, high: min(high, max(low, z)),
    "sigmoid": sigmoid,
    "log_sigmoid": lambda z: -softplus(-z),
    "tanh": tanh,
    "softplus": softplus,
    "softsign": lambda z: z / (1 + abs(z)),
    "thresholded_relu": lambda z, alpha: z if z > alpha else 0,
    "step": lambda z: float(z > 0),
}  # fmt: skip


def activated(layer, index, z):
    own = [np.asarray(value) for value in layer.activation.parameters.values()]
    return OWN[layer.activation.name](
        z, *(float(each[index] if each.ndim else each) for each in own)
    )


def test_every_activation_is_written_down_a_second_time_or_needs_the_whole_row():
    rowwise = {name for name, kind in ACTIVATIONS.items() if kind.rowwise}
    assert set(OWN) | rowwise == set(ACTIVATIONS)


# ---- random nets ----


def random_net(number):
    """Make a net of 1 to 5 layers, mostly of 1 to 12 neurons, and one to three rows for it."""
    dice = random.Random(number)
    dtype = dice.choice(["float64", "float64", "float32"])
    scale = dice.choice(
        [1e-300, 1e-12, 1e-6, 0.01, 0.3, 1, 1, 1, 1, 3, 100, 1e7, 1e12, 1e37, 1e300]
    )
    decimals = dice.choice([None, None, None, 1, 3, 4])  # where rounding lies half-way
    cancels = dice.random() < 0.25  # large terms that leave little

    def numbers(*shape):
        count = int(np.prod(shape))
        drawn = [dice.gauss(0, 1) * scale for _ in range(count)]
        if decimals is not None:
            drawn = [round(each, decimals) for each in drawn]
        with np.errstate(over="ignore"):
            made = np.array(drawn).reshape(shape).astype(dtype)
        made = np.where(np.isfinite(made), made, np.array(1, dtype))
        if cancels and made.ndim == 2 and shape[1] > 1:
            made[:, 0] = dice.choice([3e3, 1e6, 5e12]) * np.sign(made[:, 0])
            made[:, 1] = -made[:, 0] + dice.choice([0, 0.25, 1])
        return made

    def parameter(kind):
        """Draw parameters near enough to a short number to look like it."""
        shape = {"prelu": width if dice.random() < 0.5 else None}.get(kind.name)
        drawn = dice.choice([0.01, 0.25, 1.0, 1.0000007, 0.9999996, 1 / 3, 2e-7, 0.12345678])
        own = {each.name: drawn * (place + 1) for place, each in enumerate(kind.parameters)}
        if shape:
            own = {"alpha": np.array([drawn * dice.uniform(-1, 1) for _ in range(shape)])}
        return own

    def labels(size):
        return tuple(f"kind{i}" for i in range(size)) if dice.random() < 0.5 else None

    size = dice.randint(1, 12)
    shape = (size // 2, 2) if size % 2 == 0 and dice.random() < 0.4 else None
    mean = np.array(dice.uniform(-1, 1), dtype) if dice.random() < 0.2 else None
    std = np.full(size, dice.uniform(0.2, 2), dtype) if dice.random() < 0.2 else None
    layers, fan_in, count = [], size, dice.randint(1, 5)
    for place in range(count):
        wide = dice.random() < 0.06
        width = dice.randint(13, 30) if wide else dice.randint(1, 12)
        names = list(ACTIVATIONS)
        if place + 1 == count:
            names += ["softmax"] * 15 + ["sigmoid", "log_softmax", "hardmax"] * 3
            if names[-1] == "sigmoid" and dice.random() < 0.2:
                width = 1
        else:
            names += ["relu"] * 10
        kind = ACTIVATIONS[dice.choice(names)]
        own = parameter(kind) if kind.name == "prelu" or dice.random() < 0.6 else {}
        bias = np.zeros(width, dtype) if dice.random() < 0.2 else numbers(width)
        name = "output" if place + 1 == count else f"hidden{place + 1}"
        layers.append(
            Layer(name, Dense(numbers(width, fan_in), bias), Activation(kind, own), labels(width))
        )
        fan_in = width
    net = Network(f"net{number}", Input(size, labels(size), shape, mean, std), tuple(layers), dtype)
    rows = [
        [
            dice.choice([0.0, 1.0, -0.5, 0.4115, dice.gauss(0, 1), round(dice.gauss(0, 1), 4)])
            for _ in range(size)
        ]
        for _ in range(dice.randint(1, 3))
    ]
    if cancels and size > 1:
        for row in rows:
            row[1] = row[0] = dice.choice([1.0, 1.0, 0.5, row[0]])
    held = {}
    if dice.random() < 0.1:
        layer = dice.choice(layers)
        held = {f"{layer.name}.{dice.randrange(layer.size)}": dice.choice([0.0, 1.0, -2.5])}
    return forward(net, rows, held), [f"row {i}" for i in range(len(rows))]


def of_nets(random_net, count):
    """Return nets of so many questions as (trace, names, drafts), made again from their ids."""
    found = []
    while sum(len(drafts) for _, _, drafts in found) < count:
        number = len(found)
        trace, names = random_net(number)
        drafts = []
        for question in make(trace, names, number, A_NET):
            family, _, drawn = question.id.partition("-")
            drafts.append(candidate(trace, names, family, int(drawn, 16)))
            assert drafts[-1].question == question
        found.append((trace, names, drafts))
    return found


@pytest.fixture(scope="module")
def made():
    """Return nets of 2,000 questions."""
    return of_nets(random_net, QUESTIONS)


@pytest.fixture(scope="module")
def asked(made):
    """Return 2,000 questions as (trace, names, draft)."""
    every = [(trace, names, each) for trace, names, drafts in made for each in drafts]
    return every[:QUESTIONS]


def test_there_are_enough_of_every_family(asked):
    count = {name: 0 for name, family in FAMILIES.items() if family.of == (Op,)}
    for _, _, each in asked:
        count[each.question.family] += 1
    assert len(asked) == QUESTIONS
    assert min(count.values()) > 20, count


# ---- what is right, by the net's weights ----


def layer_at(trace, name):
    """Return a layer, what it read in every row, and what it made of that."""
    names = [part.name for part in trace.layers]
    place = names.index(name)
    part = trace.layers[place]
    return part.layer, trace.layers[place - 1].a if place else trace.x, part


def total(weights, values, bias):
    return fsum([*(w * v for w, v in zip(weights, values, strict=True)), bias])


def changed_row(trace, question, row):
    """Return the row in which one input is what the worked answer of a question sets it to."""
    ((name, value),) = question.settings
    neuron = find_neuron(trace.network, name)
    assert neuron.layer == "input"
    # the new value is one that the input has in another row
    assert value in trace.input[:, neuron.index]
    raw = trace.input[row].tolist()
    assert raw[neuron.index] != value
    raw[neuron.index] = value
    return raw


def by_net(trace, question, asks):
    """Return the right number as the net itself gives it."""
    net, row = trace.network, asks.row
    layer, read, part = layer_at(trace, asks.layer)
    if asks.quantity == "product":
        return float(layer.weights[asks.index, asks.source]) * float(read[row, asks.source])
    if asks.quantity == "shift":
        return float(
            layer.activation(part.z[row : row + 1] + part.z.dtype.type(asks.source))[0, asks.index]
        )
    if asks.quantity in ("z", "a"):
        return float((part.z if asks.quantity == "z" else part.a)[row, asks.index])
    raw, held = trace.input.copy(), dict(trace.overrides)  # the same bits, in the same batch
    if asks.quantity == "silenced z":
        before = trace.layers[net.layers.index(layer) - 1].name
        held[Neuron(before, asks.source)] = 0.0
    if asks.quantity in ("changed z", "changed a"):
        raw[row] = changed_row(trace, question, row)
    after = forward(net, raw, held)[asks.layer]
    return float((after.a if asks.quantity == "changed a" else after.z)[row, asks.index])


def by_weights(trace, question, asks):
    """Return the right number, or the text of the right option."""
    net, row = trace.network, asks.row
    if asks.quantity == "parameters":
        layers = net.layers if not asks.layer else [net.layer(asks.layer)]
        return sum(len(layer.weights.tolist()) * (layer.fan_in + 1) for layer in layers)
    if asks.quantity == "heaviest":
        offered = [option.text.strip("`") for option in question.options]
        sizes = {n: net.layer(n).weights.size + net.layer(n).bias.size for n in offered}
        top = max(sizes.values())
        assert list(sizes.values()).count(top) == 1
        return f"`{max(sizes, key=sizes.get)}`"
    layer, read, part = layer_at(trace, asks.layer)
    if asks.quantity == "shape":
        rows = layer.weights.tolist()
        return f"`{len(rows)} × {len(rows[0])}`"
    x, z = read[row].tolist(), part.z[row].tolist()
    if asks.quantity == "class":
        if layer.activation.name == "sigmoid":
            return by_sign(z[0])
        if len(z) == 2:
            return abs(z[0] - z[1])
        top = [i for i, each in enumerate(z) if each == max(z)]
        assert len(top) == 1
        return f"`{name_by_hand(layer, top[0])}`"
    if asks.quantity == "active":
        stretch = range(layer.size)
        if found := re.search(r"`([^`]*)` to `([^`]*)`, (\d+) neurons,", question.asks):
            start, end = (find_neuron(net, found[i]).index for i in (1, 2))
            stretch = range(start, end + 1)
            assert len(stretch) == int(found[3])
        return sum(activated(layer, i, z[i]) > 0 for i in stretch)
    index, weights = asks.index, layer.weights[asks.index].tolist()
    bias = layer.bias.tolist()[index]
    if asks.quantity == "z":
        return total(weights, x, bias)
    if asks.quantity == "product":
        return weights[asks.source] * x[asks.source]
    if asks.quantity == "largest":
        before = names_read(net, layer)
        sizes = {o.text: None for o in question.options}
        for i, name in enumerate(before):
            if f"`{name}`" in sizes:
                sizes[f"`{name}`"] = abs(weights[i] * x[i])
        return max(sizes, key=sizes.get)
    if asks.quantity in ("a", "shift"):
        if layer.activation.name == "softmax":
            powers = [power(each - max(z)) for each in z]
            return powers[index] / fsum(powers)  # whatever is added to every z
        return activated(layer, index, z[index])
    if asks.quantity == "silenced z":
        changed = [0.0 if i == asks.source else each for i, each in enumerate(x)]
        return total(weights, changed, bias)
    assert asks.quantity in ("changed z", "changed a")
    raw = changed_row(trace, question, row)
    mean = np.broadcast_to(0 if net.input.mean is None else net.input.mean, len(raw)).tolist()
    std = np.broadcast_to(1 if net.input.std is None else net.input.std, len(raw)).tolist()
    given = [(each - m) / s for each, m, s in zip(raw, mean, std, strict=True)]
    new = total(weights, given, bias)
    return new if asks.quantity == "changed z" else activated(layer, index, new)


def by_sign(z):
    """Say of one sigmoid neuron what the net predicts, and where its output lies."""
    output = 1 / (1 + power(-z))
    if output > 0.5:
        return "class 1, output between 0.5 and 1"
    return "class 0, output between 0 and 0.5"


def well_behaved(trace, asks):
    """Whether the net's own rounding is far below what is asked for."""
    if asks.layer == "" or asks.index < 0 or asks.quantity in ("a", "shift", "product"):
        return True
    layer, read, _ = layer_at(trace, asks.layer)
    weights, bias = layer.weights[asks.index].tolist(), float(layer.bias[asks.index])
    sizes = [abs(w * x) for w, x in zip(weights, read[asks.row].tolist(), strict=True)]
    return (sum(sizes) + abs(bias)) * float(np.finfo(read.dtype).eps) * 8 * len(sizes) < 1e-4


def name_by_hand(layer, index):
    return f"{layer.name}.{layer.labels[index] if layer.labels else index}"


def names_read(net, layer):
    place = net.layers.index(layer)
    return source_names(net, net.layers[place - 1].name if place else "input")


def test_exactly_one_answer_is_right_by_the_weights(asked):
    for trace, _, each in asked:
        question = each.question
        if not well_behaved(trace, each.asks):
            continue
        expected = by_weights(trace, question, each.asks)
        if isinstance(expected, str):
            held = [option.text == expected for option in question.options]
        else:
            near = tolerance(expected)
            # the right one is no closer to its limit than the net's own rounding takes it
            assert abs(question.answer.value - expected) < 0.2 * near, question
            held = [abs(option.value - expected) <= near for option in question.options]
        assert held == [i == question.right for i in range(len(held))], question


NUMBERS = ("z", "product", "a", "shift", "silenced z", "changed z", "changed a")


def test_the_right_number_is_what_the_net_gives(asked):
    for trace, _, each in asked:
        if each.asks.quantity in NUMBERS:
            given = by_net(trace, each.question, each.asks)
            right = each.question.answer.value
            assert accepted(right).takes(Fraction(given)), each.question


# ---- what is right, by the words of the question ----

LINES = {"relu", "relu6", "leaky_relu", "prelu", "hard_swish", "hard_sigmoid", "hard_tanh"}
LINES |= {"thresholded_relu"}  # their own arithmetic is exact in fractions
NUMBER = re.compile(r"`(-?[0-9]+(?:\.[0-9]+)?(?:e[-+][0-9]+)?)`")


def activated_as_told(stem, z):
    """Apply the activation that a question names, with the parameters that it tells."""
    name = re.search(r"activation is (\w+):", stem)[1]
    told = dict(re.findall(r"`(\w+) = (-?[0-9.e/-]+)`", stem))
    own = [told[parameter.name] for parameter in ACTIVATIONS[name].parameters]
    exact = [Fraction(each) for each in own]
    if name in LINES:
        return OWN[name](Fraction(z), *exact)
    return OWN[name](float(z), *map(float, exact))


def exactly(weights, values, bias):
    return sum((w * v for w, v in zip(weights, values, strict=True)), bias)


def by_words(trace, question):
    """Answer from the words of a question alone, but for whether its net normalises."""
    stem = question.asks
    numbers = [Fraction(found) for found in NUMBER.findall(stem)]
    lists = [
        json.loads(f"[{found}]", parse_float=Fraction, parse_int=Fraction)
        for found in re.findall(r"`(\[[^`]*\])`", stem)
    ]
    family = question.family
    if family == "z":
        if "the weights W" in stem:
            rows, biases, values = lists[0], lists[1][0], lists[2][0]
            row = int(re.search(r"the neuron of row (\d+)", stem)[1])
            return exactly(rows[row], values, biases[row])
        if lists:
            return exactly(lists[1][0], lists[0][0], numbers[0])
        products, bias = numbers
        return products + bias
    if family == "contribution":
        value, weight, _ = numbers
        return value * weight
    if family == "a":
        return activated_as_told(stem, numbers[0])
    if family == "active":
        limit = re.search(r"`alpha = ([^`]*)`", stem)
        return sum(z > (Fraction(limit[1]) if limit else 0) for z in lists[0][0])
    if family == "softmax":
        if "add up to `" in stem:
            own, total = map(float, numbers)
            return exp(own) / total
        pairs = re.findall(r"`([^`]*)` `([^`]*)`", stem)
        z = {name: float(value) for name, value in pairs}
        name = re.search(r"share of `([^`]*)`", stem)[1]
        powers = {each: power(value - max(z.values())) for each, value in z.items()}
        return powers[name] / fsum(powers.values())
    if family == "shift":
        return numbers[0]
    if family == "class":
        if len(numbers) == 1:
            return by_sign(float(numbers[0]))
        if "draw level" in stem:
            return abs(numbers[0] - numbers[1])
        z = {name: float(value) for name, value in re.findall(r"`([^`]*)` `([^`]*)`", stem)}
        return f"`{max(z, key=z.get)}`"
    if family == "largest":
        terms = re.findall(r"`([^`]*)` is `([^`]*)`, with the weight `([^`]*)`", stem)
        products = {f"`{n}`": abs(Fraction(v) * Fraction(w)) for n, v, w in terms}
        assert set(products) == {option.text for option in question.options}
        return max(products, key=products.get)
    if family == "silence":
        z, value, weight = numbers
        return z - value * weight
    if family == "change":
        if trace.network.input.normalised:
            raw, value, weight, z, other, became = numbers
            assert other != raw
        else:
            value, weight, z, became = numbers
            assert became != value
        new = z + weight * (became - value)
        return activated_as_told(stem, new) if "output a" in stem else new
    if family == "shape":
        return "`{} × {}`".format(*sizes_in(stem))
    if family == "parameters":
        if stem.startswith("This net"):
            found = re.search(r"has (\d+) inputs? and layers of ([\d, and]+) neurons", stem)
            widths = [int(found[1]), *map(int, re.findall(r"\d+", found[2]))]
            return sum(after * (before + 1) for before, after in pairwise(widths))
        size, fan_in = sizes_in(stem)
        return size * fan_in + size
    assert family == "heaviest"
    found = re.findall(
        r"(`[^`]*`) has (\d+) neurons?(?: at each position)? and reads (\d+) number", stem
    )
    held = {name: int(size) * (int(fan_in) + 1) for name, size, fan_in in found}
    return max(held, key=held.get)


def sizes_in(stem):
    size = re.search(r"has (\d+) neuron", stem)[1]
    reads = re.search(r"(?:There it|It) reads (.*)\.$", stem, re.MULTILINE)[1]
    found = re.findall(r"(\d+) (?:inputs?|numbers? of)|which has ([\d × ]+)", reads)
    return int(size), sum(prod(map(int, (one or other).split(" × "))) for one, other in found)


def to_three(value):
    """Round an exact number to three decimals, half-way up and half-way to the even digit."""
    with localcontext(prec=400):
        # what a transcendental function leaves behind the twelfth digit tells nothing
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        exact = exact if value.denominator % 5 == 0 or value.denominator < 99 else round(exact, 12)
        rules = (ROUND_HALF_UP, ROUND_HALF_EVEN)
        return {exact.quantize(Decimal("0.001"), rule) for rule in rules}


def test_the_words_of_the_question_are_enough_to_answer_it(asked):
    for trace, _, each in asked:
        question = each.question
        found = by_words(trace, question)
        if isinstance(found, str):
            assert question.answer.text == found, question
            continue
        texts = [f"{text:f}" for text in to_three(Fraction(found))]
        right = accepted(question.answer.value)
        for text in texts:
            assert right.takes(Fraction(text)), question
            if question.typed:
                assert grade(question, text).outcome == "right", (question, text)
        assert right.takes(Fraction(found)), question
        near = [abs(float(found) - option.value) for option in question.options]
        assert near.index(min(near)) == question.right, question
        told = Fraction(question.answer.text)
        assert told in map(Fraction, texts) or abs(found) > 999, question


SUM = re.compile(r"`(?:z = )?([-+×/(). 0-9e]+) = (-?[0-9.]+)[`,]")


def test_the_arithmetic_of_the_reasons_comes_out(asked):
    """What stands before a `=` gives what stands behind it, to the digits shown there."""
    counted = 0
    for _, _, each in asked:
        for option in each.question.options:
            for sum_, told in SUM.findall(option.why):
                exact = re.sub(r"[0-9][0-9.]*(?:e[-+]?[0-9]+)?", lambda n: f"F('{n[0]}')", sum_)
                value = eval(exact.replace("×", "*"), {"F": Fraction})
                unit = Fraction(1, 10 ** len(told.partition(".")[2]))
                off = abs(value - Fraction(told))
                rounding = abs(value) * 2 / 10**7 if abs(value) > 999 else 0  # of float32
                assert off <= unit / 2 * Fraction("1.000001") + rounding, option
                counted += 1
    assert counted > 400


def test_what_a_key_tells_is_accepted_to_its_ends(asked):
    ranges = re.compile(r"Right is any number from (\S+) to (\S+)\.\n")
    told = re.compile(r"=%100%(-?[0-9.]+):([0-9.]+)")
    typed = [each.question for _, _, each in asked if each.question.typed]
    assert len(typed) > 200
    for question in typed:
        (low, high), (centre, margin) = (
            ranges.search(key([question], "")).groups(),
            told.search(gift([question], "")).groups(),
        )
        moodle = [f"{Decimal(centre) + sign * Decimal(margin):f}" for sign in (-1, 1)]
        for end, of_moodle in zip((low, high), moodle, strict=True):
            assert abs(Fraction(end) - Fraction(of_moodle)) < Fraction("0.000011")
        for end in (low, high, *moodle):
            assert grade(question, end).outcome == "right", (question, end)
        for end, step in ((low, -1), (high, 1)):
            beyond = Decimal(end) + step * Decimal("2e-9")
            assert grade(question, f"{beyond:f}").outcome == "wrong", question


# ---- what must hold for every question ----


def test_no_two_options_are_within_twice_the_tolerance(asked):
    for _, _, each in asked:
        values = [option.value for option in each.question.options]
        assert values.count(None) in (0, len(values))
        if values[0] is not None:
            assert apart(values), each.question
            assert all(abs(value) < 1e6 for value in values)


def test_each_option_is_graded_as_what_it_is(asked):
    for _, _, each in asked:
        question = each.question
        for index, option in enumerate(question.options):
            outcome = "right" if index == question.right else "wrong"
            said = option.text if question.typed else LETTERS[index]
            for given in (said, option.text.strip("`")):
                graded = grade(question, given)
                assert (graded.outcome, graded.option) == (outcome, index), (question, given)


def test_the_form_is_fair(asked):
    for _, names, each in asked:
        question = each.question
        texts = [option.text for option in question.options]
        assert len(set(texts)) == len(texts)
        assert len(texts) >= (2 if question.typed else 3), question
        assert question.typed or len(texts) <= 4
        assert len(question.hints) == 3
        assert len(question.asks.splitlines()) <= 6
        assert question.asks.endswith("?")
        whole = question.family in ("active", "parameters", "kernels")
        assert ("to three decimals?" in question.asks) == (question.typed and not whole)
        if question.options[0].value is not None:
            assert len({len(text.partition(".")[2]) for text in texts}) == 1
        assert question.row < len(names)
        assert question.step == FAMILIES[question.family].step


def test_the_rules_of_a_good_question_are_kept(asked):
    for _, _, each in asked[::5]:
        found = {problem.path for problem in violations(each.question)}
        found.discard(("right", "text"))  # how long the names of the net are is not for us to say
        if each.question.family in ("z", "contribution", "a", "change", "pixel", "pool", "norm"):
            found.discard(("hints", 2))  # a relu lets a z through, a weight may be 1 or -1
        assert found == set(), each.question


def test_the_right_number_does_not_stand_in_the_question(asked):
    for _, _, each in asked:
        question = each.question
        if question.family in ("z", "contribution", "softmax", "silence", "change"):
            seen = [to_three(Fraction(found)) for found in NUMBER.findall(question.asks)]
            assert {Decimal(question.answer.text)} not in seen, question


def test_a_neuron_is_named_where_explain_works_it_out(asked):
    for trace, _, each in asked:
        question = each.question
        if question.neuron is None:
            assert question.family not in ("z", "contribution", "largest", "a", "softmax")
        else:
            neuron = find_neuron(trace.network, question.neuron)
            assert neuron == (each.asks.layer, each.asks.index)
            assert question.row == each.asks.row


def test_the_same_seed_asks_the_same_and_no_question_gives_another_away(made):
    for number, (trace, names, candidates) in enumerate(made[:40]):
        first = [each.question for each in candidates]
        assert repr(make(trace, names, number, A_NET)) == repr(first)
        for question in first:
            shuffled = question.shuffled(number)
            assert shuffled.answer == question.answer
            assert shuffled.content == question.content
        assert len({question.content for question in first}) == len(first)
        for index, one in enumerate(candidates):
            for other in candidates[:index]:
                assert one.asks != other.asks
                assert one.asks not in other.shows
                assert other.asks not in one.shows


def test_families_take_turns_each_before_one_repeats():
    trace, names = random_net(4)
    able = possible(trace)
    made = [question.family for question in make(trace, names, 3, len(able))]
    assert sorted(made) == sorted(able)
    orders = {tuple(q.family for q in make(trace, names, s, len(able))) for s in range(5)}
    assert len(orders) > 1


def test_possible_families_are_those_that_questions_are_made_of():
    for number in range(30):
        trace, names = random_net(number)
        able = possible(trace)
        for family in FAMILIES:
            one = make(trace, names, 0, 1, [family])
            assert [question.family for question in one] == [family] * (family in able)


def test_overflowing_numbers_make_no_question():
    layer = Layer(
        "output", Dense(np.full((2, 2), 1e200), np.zeros(2)), Activation(ACTIVATIONS["relu"])
    )
    net = Network("large", Input(2), (layer,))
    made = make(forward(net, [1e200, 1e200]), ["row 0"], 0, 20)
    assert {question.family for question in made} == {"shape", "parameters"}


def test_an_unknown_family_is_told_with_the_nearest():
    trace, names = random_net(1)
    with pytest.raises(UsageError, match="unknown family 'sofmax', did you mean 'softmax'"):
        make(trace, names, 0, 1, ["sofmax"])


def test_no_rows_give_no_questions():
    trace, _ = random_net(1)
    none = forward(trace.network, np.zeros((0, trace.network.input.size)))
    assert make(none, [], 0, 5) == []
    assert possible(none) == []
