"""Questions about one neuron's sum: its z, one product of it, the largest of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nntrace.errors import listed
from nntrace.teach.families.draft import Answer, Draft, Fact, number_question, word_question
from nntrace.teach.families.subject import (
    DIGITS,
    FEW,
    SMALL,
    Part,
    Subject,
    digits_for,
    inside,
    say,
    shown_with,
    signed,
    vector,
    weighted,
    written_sum,
)
from nntrace.teach.grading import to_three
from nntrace.teach.question import Option


def z(subject: Subject) -> Draft | None:
    """Ask for a neuron's z, from a small layer's W, from its own weights, or from their sum."""
    part = subject.some(lambda _: True)
    if part is None:
        return None
    index = subject.draw.below(part.layer.size)
    if part.layer.fan_in > FEW:
        return _z_of_many(subject, part, index)
    weights, bias, right = part.weights(index), part.bias(index), part.z[index]
    digits = digits_for(
        right,
        lambda r: sum((r(w) * r(x) for w, x in zip(weights, part.reads, strict=True)), r(bias)),
    )
    if digits is None:
        return None
    name, layer = subject.name(part.layer.name, index), part.layer
    reads = f"{vector(part.reads, digits)}{subject.given(part)}"
    wrong = [*_mistakes_in_sum(subject, part, index, digits)]
    if layer.size > 1 and layer.size * layer.fan_in <= SMALL:
        rows = ", ".join(vector(part.weights(i), digits)[1:-1] for i in range(layer.size))
        stem = (
            f"The layer of {name} has the weights W, one row for each neuron,\n`{rows}`,\n"
            f"and the biases {vector([part.bias(i) for i in range(layer.size)], digits)}.\n"
            f"For {subject.called} it reads {reads}.\n"
            f"Rows count from 0. What is the z of {name}, the neuron of row {index}"
        )
        wrong += _mistakes_in_matrix(subject, part, index)
    else:
        what = "weight" if layer.fan_in == 1 else "weights"
        stem = (
            f"For {subject.called}, {name} reads {reads}.\n"
            f"It has the {what} {vector(weights, digits)} and the bias `{say(bias, digits)}`.\n"
            f"What is its z"
        )
    written = written_sum(weights, part.reads, bias, digits)
    return number_question(
        subject.draw,
        stem,
        Answer(right, f"The products and the bias, added up: `{written} = {to_three(right)}`."),
        wrong,
        (
            "Each number that a neuron reads is multiplied by its own weight. z is these products "
            "and the bias, all added up.",
            "`z = w0 × x0 + w1 × x1 + … + bias`, with the row of W that belongs to the neuron.",
            f"`z = {written}`",
        ),
        Fact("z", layer.name, index, row=subject.row),
        shows=_read(subject, part),
        neuron=subject.plain_name(layer.name, index),
    )


def _z_of_many(subject: Subject, part: Part, index: int) -> Draft | None:
    """Ask for the z of a neuron that reads too much to write out: the sum of products is given."""
    weights, bias, right = part.weights(index), part.bias(index), part.z[index]
    total = weighted(weights, part.reads)
    digits = digits_for(right, lambda r: r(total) + r(bias))
    if digits is None:
        return None
    name = subject.name(part.layer.name, index)
    written = f"{say(total, digits)} + {inside(bias, digits)}"
    wrong = [*_mistakes_in_sum(subject, part, index, digits, unseen=True)]
    wrong.append(Answer(total * bias, "The bias is added to the sum, not multiplied by it."))
    mean = total / part.layer.fan_in + bias
    wrong.append(Answer(mean, "That has the mean of the products in it. z takes their whole sum."))
    return number_question(
        subject.draw,
        f"For {subject.called}, {name} multiplies each of the {part.layer.fan_in} numbers that it "
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
        Fact("z", part.layer.name, index, row=subject.row),
        neuron=subject.plain_name(part.layer.name, index),
    )


def _mistakes_in_sum(
    subject: Subject, part: Part, index: int, digits: int, *, unseen: bool = False
) -> Iterator[Answer]:
    """Make the mistakes that need no other neuron; of `unseen` products only their sum is known."""
    weights, bias, right = part.weights(index), part.bias(index), part.z[index]
    products = [weight * value for weight, value in zip(weights, part.reads, strict=True)]
    bare, added = right - bias, f"`{signed(bias, digits)}`"
    yield Answer(bare, f"That is the sum before the bias of {added} is added.")
    yield Answer(
        bare - bias,
        f"Here the bias was taken away. It is added with its own sign, as {added}.",
    )
    act = part.layer.activation.name
    if not subject.set_by_hand(part.layer.name, index):
        yield Answer(part.a[index], f"That is its output, after {act}. z is the sum before that.")
    if unseen:
        return
    if any(product < 0 for product in products):
        yield Answer(
            sum(map(abs, products)) + bias,
            "Here every product counts as positive. A negative one pulls the sum down.",
        )
    yield Answer(sum(part.reads) + bias, "Here the numbers are added up without their weights.")
    if not part.rowwise and not part.layer.activation.kind.identity:
        early = [part.activated(index, value) for value in part.reads]
        yield Answer(
            weighted(weights, early) + bias,
            f"Here {act} came first, on each number. The sum comes first, the activation after it.",
        )


def _mistakes_in_matrix(subject: Subject, part: Part, index: int) -> Iterator[Answer]:
    """Make the mistakes of somebody who sees the whole layer."""
    layer, size = part.layer, part.layer.size
    for beside in (index - 1, index + 1):
        if 0 <= beside < size:
            name = subject.name(layer.name, beside)
            yield Answer(part.z[beside], f"That is the row beside it: the z of {name}.")
    if size == layer.fan_in:
        column = layer.weights[:, index].tolist()
        yield Answer(
            weighted(column, part.reads) + part.bias(index),
            f"That took column {index} of W (W transposed). Neuron {index} has row {index}.",
        )


def _read(subject: Subject, part: Part) -> list[Fact]:
    """Return the outputs of the layer before that a question shows."""
    if not part.reads_layer:
        return []
    return [Fact("a", part.before, i, row=subject.row) for i in range(part.layer.fan_in)]


def contribution(subject: Subject) -> Draft | None:
    """Ask what one of the numbers that a neuron reads adds to its z."""
    part = subject.some(lambda _: True)
    if part is None:
        return None
    index, source = subject.draw.below(part.layer.size), subject.draw.below(part.layer.fan_in)
    weight, value = part.weights(index)[source], part.reads[source]
    right, bias = weight * value, part.bias(index)
    digits = digits_for(right, lambda r: r(weight) * r(value))
    if digits is None or not value:
        return None
    name, read = subject.name(part.layer.name, index), subject.sources(part)[source]
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
        subject.draw,
        f"For {subject.called}, {name} reads {read} as "
        f"`{say(value, digits)}`{subject.given(part)}.\n"
        f"Its weight for it is `{say(weight, digits)}`, its bias is `{say(bias, digits)}`.\n"
        f"What does {read} add to the z of {name}",
        Answer(right, f"Weight times value: `{numbers} = {to_three(right)}`."),
        wrong,
        (
            "z is a sum with one term for each number that comes in, and then the bias.",
            "`term = weight × value`",
            f"`term = {numbers}`",
        ),
        Fact("product", part.layer.name, index, source, subject.row),
        shows=_read_one(subject, part, source),
        neuron=subject.plain_name(part.layer.name, index),
    )


def _read_one(subject: Subject, part: Part, source: int) -> list[Fact]:
    return [Fact("a", part.before, source, row=subject.row)] if part.reads_layer else []


def largest(subject: Subject) -> Draft | None:
    """Ask which of up to four numbers that a neuron reads moves its z most."""
    part = subject.some(lambda layer: layer.fan_in >= 3)
    if part is None:
        return None
    index = subject.draw.below(part.layer.size)
    weights = part.weights(index)
    products = [weight * value for weight, value in zip(weights, part.reads, strict=True)]
    pool = [i for i, product in enumerate(products) if product]
    if len(pool) < 4:  # where most are 0, a few of those take part
        pool = list(range(len(products)))
    chosen = sorted(subject.draw.shuffled(pool)[:4])
    order = sorted(chosen, key=lambda i: -abs(products[i]))
    top = order[0]
    first, second = abs(products[top]), abs(products[order[1]])
    if not 1e-3 <= first < 1e6 or first - second <= max(2e-3, 0.05 * first):
        return None
    digits = _digits_of_products([(weights[i], part.reads[i]) for i in chosen])
    if digits is None:
        return None
    name, names = subject.name(part.layer.name, index), subject.sources(part)
    among = "" if len(chosen) == part.layer.fan_in else f" {len(chosen)} of"
    terms = [
        f"{names[i]} is `{say(part.reads[i], digits)}`, with the weight `{say(weights[i], digits)}`"
        for i in chosen
    ]

    factors = {i: f"{inside(weights[i], digits)} × {inside(part.reads[i], digits)}" for i in chosen}

    def why(i: int) -> str:
        product = f"`{factors[i]} = {say(products[i])}`"
        if i == top:
            return f"{product} is the product furthest from 0, so it moves z most."
        told = f"{product}, nearer to 0 than `{say(products[top])}`."
        if i == max(chosen, key=lambda k: abs(weights[k])):
            return f"It has the largest weight, but its value counts too: {told}"
        if i == max(chosen, key=lambda k: abs(part.reads[k])):
            return f"It has the largest value, but its weight counts too: {told}"
        if i == max(chosen, key=lambda k: products[k]):
            return f"It moves z up most, but down counts as well: {told}"
        return f"{names[i]} adds {told}"

    return word_question(
        subject.draw,
        f"For {subject.called}, here are{among} the numbers that {name} reads"
        f"{subject.given(part).replace('which', 'each of which')}:\n"
        + ",\n".join(terms)
        + ".\nWhich of them moves its z most, be it up or down?",
        Option(names[top], why(top)),
        [Option(names[i], why(i)) for i in order[1:]],
        (
            "What moves z is the product of weight and value; neither alone decides.",
            "Compare the sizes `|weight × value|`, without their signs.",
            listed([f"`|{factors[i]}|`" for i in chosen]),
        ),
        Fact("largest", part.layer.name, index, row=subject.row),
        shows=[fact for i in chosen for fact in _read_one(subject, part, i)],
        neuron=subject.plain_name(part.layer.name, index),
    )


def _digits_of_products(factors: Sequence[tuple[float, float]]) -> int | None:
    """Return how many digits to show of some factors so that they give the products told.

    None where no digits are enough.
    """
    for digits in DIGITS:
        shown = shown_with(digits)
        if all(say(float(shown(a) * shown(b))) == say(a * b) for a, b in factors):
            return digits
    return None
