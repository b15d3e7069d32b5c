"""Questions about one neuron's sum: its z, one product of it, the largest of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nntrace.errors import listed
from nntrace.teach.families.candidate import Answer, Candidate, Fact, number_question, word_question
from nntrace.teach.families.case import (
    DIGITS,
    FEW,
    SMALL,
    Case,
    LayerRow,
    digits_for,
    inside,
    rounding_to,
    say,
    signed,
    vector,
    weighted,
    written_sum,
)
from nntrace.teach.grading import to_three
from nntrace.teach.question import Option


def z(case: Case) -> Candidate | None:
    """Ask for a neuron's z, from a small layer's W, from its own weights, or from their sum."""
    traced = case.draw_layer(lambda _: True)
    if traced is None:
        return None
    index = case.draw.below(traced.layer.size)
    if traced.layer.fan_in > FEW:
        return _z_of_many(case, traced, index)
    weights, bias, right = traced.weights(index), traced.bias(index), traced.z[index]
    digits = digits_for(
        right,
        lambda r: sum((r(w) * r(x) for w, x in zip(weights, traced.reads, strict=True)), r(bias)),
    )
    if digits is None:
        return None
    name, layer = case.name(traced.layer.name, index), traced.layer
    reads = f"{vector(traced.reads, digits)}{case.given(traced)}"
    wrong = [*_mistakes_in_sum(case, traced, index, digits)]
    if layer.size > 1 and layer.size * layer.fan_in <= SMALL:
        rows = ", ".join(vector(traced.weights(i), digits)[1:-1] for i in range(layer.size))
        stem = (
            f"The layer of {name} has the weights W, one row for each neuron,\n`{rows}`,\n"
            f"and the biases {vector([traced.bias(i) for i in range(layer.size)], digits)}.\n"
            f"For {case.called} it reads {reads}.\n"
            f"Rows count from 0. What is the z of {name}, the neuron of row {index}"
        )
        wrong += _mistakes_in_matrix(case, traced, index)
    else:
        what = "weight" if layer.fan_in == 1 else "weights"
        stem = (
            f"For {case.called}, {name} reads {reads}.\n"
            f"It has the {what} {vector(weights, digits)} and the bias `{say(bias, digits)}`.\n"
            f"What is its z"
        )
    written = written_sum(weights, traced.reads, bias, digits)
    return number_question(
        case.draw,
        stem,
        Answer(right, f"The products and the bias, added up: `{written} = {to_three(right)}`."),
        wrong,
        (
            "Each number that a neuron reads is multiplied by its own weight. z is these products "
            "and the bias, all added up.",
            "`z = w0 × x0 + w1 × x1 + … + bias`, with the row of W that belongs to the neuron.",
            f"`z = {written}`",
        ),
        Fact("z", layer.name, index, row=case.row),
        shows=_read(case, traced),
        neuron=case.plain_name(layer.name, index),
    )


def _z_of_many(case: Case, traced: LayerRow, index: int) -> Candidate | None:
    """Ask for the z of a neuron that reads too much to write out: the sum of products is given."""
    weights, bias, right = traced.weights(index), traced.bias(index), traced.z[index]
    total = weighted(weights, traced.reads)
    digits = digits_for(right, lambda r: r(total) + r(bias))
    if digits is None:
        return None
    name = case.name(traced.layer.name, index)
    written = f"{say(total, digits)} + {inside(bias, digits)}"
    wrong = [*_mistakes_in_sum(case, traced, index, digits, unseen=True)]
    wrong.append(Answer(total * bias, "The bias is added to the sum, not multiplied by it."))
    mean = total / traced.layer.fan_in + bias
    wrong.append(Answer(mean, "That has the mean of the products in it. z takes their whole sum."))
    return number_question(
        case.draw,
        f"For {case.called}, {name} multiplies each of the {traced.layer.fan_in} numbers that it "
        "reads by its weight.\n"
        f"The products add up to `{say(total, digits)}`, its bias is `{say(bias, digits)}`.\n"
        "What is its z",
        Answer(right, f"The sum of the products, and the bias: `{written} = {to_three(right)}`."),
        wrong,
        (
            "z is all products added up, and then the bias, which belongs to the neuron itself.",
            "`z = sum of products + bias`",
            f"`z = {written}`",
        ),
        Fact("z", traced.layer.name, index, row=case.row),
        neuron=case.plain_name(traced.layer.name, index),
    )


def _mistakes_in_sum(
    case: Case, traced: LayerRow, index: int, digits: int, *, unseen: bool = False
) -> Iterator[Answer]:
    """Make the mistakes that need no other neuron; of `unseen` products only their sum is known."""
    weights, bias, right = traced.weights(index), traced.bias(index), traced.z[index]
    products = [weight * value for weight, value in zip(weights, traced.reads, strict=True)]
    bare, added = right - bias, f"`{signed(bias, digits)}`"
    yield Answer(bare, f"That is the sum before the bias of {added} is added.")
    yield Answer(
        bare - bias,
        f"Here the bias was taken away. It is added with its own sign, as {added}.",
    )
    act = traced.layer.activation.name
    if not case.set_by_hand(traced.layer.name, index):
        yield Answer(traced.a[index], f"That is its output, after {act}. z is the sum before that.")
    if unseen:
        return
    if any(product < 0 for product in products):
        yield Answer(
            sum(map(abs, products)) + bias,
            "Here every product counts as positive. A negative one pulls the sum down.",
        )
    yield Answer(sum(traced.reads) + bias, "Here the numbers are added up without their weights.")
    if not traced.rowwise and not traced.layer.activation.kind.identity:
        early = [traced.activated(index, value) for value in traced.reads]
        yield Answer(
            weighted(weights, early) + bias,
            f"Here {act} came first, on each number. The sum comes first, the activation after it.",
        )


def _mistakes_in_matrix(case: Case, traced: LayerRow, index: int) -> Iterator[Answer]:
    """Make the mistakes of somebody who sees the whole layer."""
    layer, size = traced.layer, traced.layer.size
    for beside in (index - 1, index + 1):
        if 0 <= beside < size:
            name = case.name(layer.name, beside)
            yield Answer(traced.z[beside], f"That is the row beside it: the z of {name}.")
    if size == layer.fan_in:
        column = layer.weights[:, index].tolist()
        yield Answer(
            weighted(column, traced.reads) + traced.bias(index),
            f"That took column {index} of W (W transposed). Neuron {index} has row {index}.",
        )


def _read(case: Case, traced: LayerRow) -> list[Fact]:
    """Return the outputs of the layer before that a question shows."""
    if not traced.reads_layer:
        return []
    return [Fact("a", traced.before, i, row=case.row) for i in range(traced.layer.fan_in)]


def contribution(case: Case) -> Candidate | None:
    """Ask what one of the numbers that a neuron reads adds to its z."""
    traced = case.draw_layer(lambda _: True)
    if traced is None:
        return None
    index, source = case.draw.below(traced.layer.size), case.draw.below(traced.layer.fan_in)
    weight, value = traced.weights(index)[source], traced.reads[source]
    right, bias = weight * value, traced.bias(index)
    digits = digits_for(right, lambda r: r(weight) * r(value))
    if digits is None or not value:
        return None
    name, read = case.name(traced.layer.name, index), case.sources(traced)[source]
    numbers = f"{inside(weight, digits)} × {inside(value, digits)}"
    sign = "equal signs give plus" if right > 0 else "unequal signs give minus"
    wrong = [
        Answer(weight + value, "Here weight and value were added. A weight multiplies its value."),
        Answer(-right, f"The size is right, but the sign got lost: {sign}."),
        Answer(right + bias, "That has the bias in it, which is a term of its own."),
        Answer(weight, "That is the weight alone. It multiplies what comes in."),
        Answer(value, "That is what comes in, before the weight multiplies it."),
    ]
    return number_question(
        case.draw,
        f"For {case.called}, {name} reads {read} as "
        f"`{say(value, digits)}`{case.given(traced)}.\n"
        f"Its weight for it is `{say(weight, digits)}`, its bias is `{say(bias, digits)}`.\n"
        f"What does {read} add to the z of {name}",
        Answer(right, f"Weight times value: `{numbers} = {to_three(right)}`."),
        wrong,
        (
            "z is a sum with one term for each number that comes in, and then the bias.",
            "`term = weight × value`",
            f"`term = {numbers}`",
        ),
        Fact("product", traced.layer.name, index, source, case.row),
        shows=_read_one(case, traced, source),
        neuron=case.plain_name(traced.layer.name, index),
    )


def _read_one(case: Case, traced: LayerRow, source: int) -> list[Fact]:
    return [Fact("a", traced.before, source, row=case.row)] if traced.reads_layer else []


def largest(case: Case) -> Candidate | None:
    """Ask which of up to four numbers that a neuron reads moves its z most."""
    traced = case.draw_layer(lambda layer: layer.fan_in >= 3)
    if traced is None:
        return None
    index = case.draw.below(traced.layer.size)
    weights = traced.weights(index)
    products = [weight * value for weight, value in zip(weights, traced.reads, strict=True)]
    pool = [i for i, product in enumerate(products) if product]
    if len(pool) < 4:  # where most are 0, a few of those take part
        pool = list(range(len(products)))
    chosen = sorted(case.draw.shuffled(pool)[:4])
    order = sorted(chosen, key=lambda i: -abs(products[i]))
    top = order[0]
    first, second = abs(products[top]), abs(products[order[1]])
    if not 1e-3 <= first < 1e6 or first - second <= max(2e-3, 0.05 * first):
        return None
    digits = _digits_of_products([(weights[i], traced.reads[i]) for i in chosen])
    if digits is None:
        return None
    name, names = case.name(traced.layer.name, index), case.sources(traced)
    among = "" if len(chosen) == traced.layer.fan_in else f" {len(chosen)} of"
    told = {i: (say(traced.reads[i], digits), say(weights[i], digits)) for i in chosen}
    terms = [f"{names[i]} is `{value}`, with the weight `{w}`" for i, (value, w) in told.items()]

    factors = {
        i: f"{inside(weights[i], digits)} × {inside(traced.reads[i], digits)}" for i in chosen
    }

    def why(i: int) -> str:
        product = f"`{factors[i]} = {say(products[i])}`"
        if i == top:
            return f"{product} is the product furthest from 0, so it moves z most."
        told = f"{product}, nearer to 0 than `{say(products[top])}`."
        if i == max(chosen, key=lambda k: abs(weights[k])):
            return f"It has the largest weight, but its value counts too: {told}"
        if i == max(chosen, key=lambda k: abs(traced.reads[k])):
            return f"It has the largest value, but its weight counts too: {told}"
        if i == max(chosen, key=lambda k: products[k]):
            return f"It moves z up most, but down counts as well: {told}"
        return f"{names[i]} adds {told}"

    return word_question(
        case.draw,
        f"For {case.called}, here are{among} the numbers that {name} reads"
        f"{case.given(traced).replace('which', 'each of which')}:\n"
        + ",\n".join(terms)
        + ".\nWhich of them moves its z most, be it up or down?",
        Option(names[top], why(top)),
        [Option(names[i], why(i)) for i in order[1:]],
        (
            "What moves z is the product of weight and value; neither alone decides.",
            "Compare the sizes `|weight × value|`, without their signs.",
            listed([f"`|{factors[i]}|`" for i in chosen]),
        ),
        Fact("largest", traced.layer.name, index, row=case.row),
        shows=[fact for i in chosen for fact in _read_one(case, traced, i)],
        neuron=case.plain_name(traced.layer.name, index),
    )


def _digits_of_products(factors: Sequence[tuple[float, float]]) -> int | None:
    """Return how many digits to show of some factors so that they give the products told.

    None where no digits are enough.
    """
    for digits in DIGITS:
        rounding = rounding_to(digits)
        if all(say(float(rounding(a) * rounding(b))) == say(a * b) for a, b in factors):
            return digits
    return None
