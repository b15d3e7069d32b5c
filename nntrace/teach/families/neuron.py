"""Questions about one neuron's sum: its z, one product of it, the largest of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from nntrace.analysis.explain import exact_sum
from nntrace.errors import listed
from nntrace.teach.families.candidate import Answer, Candidate, number_question, word_question
from nntrace.teach.families.case import Case, Fact, NeuronRow, activates, plain
from nntrace.teach.families.numbers import (
    FEW,
    SMALL,
    Rounding,
    Unfit,
    code,
    digits_for,
    digits_where,
    heavy,
    inside,
    rounding_to,
    say,
    signed,
    vector,
    weighted,
)
from nntrace.teach.grading import to_three
from nntrace.teach.question import Option


def z(case: Case) -> Candidate:
    """Ask for a neuron's z, from a small layer's W, from its own weights, or from their sum."""
    neuron = case.draw_neuron(plain)
    layer, reads = neuron.layer, neuron.reads
    if layer.fan_in > FEW:
        return _z_of_many(case, neuron)
    weights, bias, right = neuron.weights, neuron.bias, neuron.z
    digits = digits_for(
        right, lambda r: sum((r(w) * r(x) for w, x in zip(weights, reads, strict=True)), r(bias))
    )
    name, told = neuron.name, f"{vector(reads, digits)}{neuron.given(range(layer.fan_in))}"
    wrong = [*_mistakes_in_sum(neuron, digits)]
    if layer.dense and layer.size > 1 and layer.size * layer.fan_in <= SMALL:
        rows = ", ".join(vector(each.weights, digits)[1:-1] for each in neuron.of.neurons)
        stem = (
            f"The layer of {name} has the weights W, one row for each neuron,\n`{rows}`,\n"
            f"and the biases {vector(layer.bias.tolist(), digits)}.\n"
            f"For {case.called} it reads {told}.\n"
            f"Rows count from 0. What is the z of {name}, the neuron of row {neuron.index}"
        )
        wrong += _mistakes_in_matrix(neuron)
    else:
        what = "weight" if layer.fan_in == 1 else "weights"
        stem = (
            f"For {case.called}, {name} reads {told}.\n"
            f"It has the {what} {vector(weights, digits)} and the bias `{say(bias, digits)}`.\n"
            f"What is its z"
        )
    written = neuron.written_sum(digits)
    pairs = list(zip(weights, reads, strict=True))
    return number_question(
        case,
        stem,
        Answer(right, f"The products and the bias, added up: `{written} = {to_three(right)}`."),
        wrong,
        "Each number that a neuron reads is multiplied by its own weight. z is these products "
        "and the bias, all added up.",
        "`z = w0 × x0 + w1 × x1 + … + bias`, with the row of W that belongs to the neuron.",
        f"`z = {written}`",
        neuron.fact("z"),
        shows=neuron.shown(range(layer.fan_in)),
        calculator=products_of(pairs, digits),
    )


def _z_of_many(case: Case, neuron: NeuronRow) -> Candidate:
    """Ask for the z of a neuron that reads too much to write out: the sum of products is given."""
    bias, right, total = neuron.bias, neuron.z, exact_sum(neuron.products)
    digits = digits_for(right, lambda r: r(total) + r(bias))
    written = f"{say(total, digits)} + {inside(bias, digits)}"
    wrong = [*_mistakes_in_sum(neuron, digits, unseen=True)]
    wrong.append(Answer(total * bias, "The bias is added to the sum, not multiplied by it."))
    mean = total / neuron.layer.fan_in + bias
    wrong.append(Answer(mean, "That has the mean of the products in it. z takes their whole sum."))
    return number_question(
        case,
        f"For {case.called}, {neuron.name} multiplies each of the {neuron.layer.fan_in} numbers "
        "that it reads by its weight.\n"
        f"The products add up to `{say(total, digits)}`, its bias is `{say(bias, digits)}`.\n"
        "What is its z",
        Answer(right, f"The sum of the products, and the bias: `{written} = {to_three(right)}`."),
        wrong,
        "z is all products added up, and then the bias, which belongs to the neuron itself.",
        "`z = sum of products + bias`",
        f"`z = {written}`",
        neuron.fact("z"),
    )


def _mistakes_in_sum(neuron: NeuronRow, digits: int, *, unseen: bool = False) -> Iterator[Answer]:
    """Make the mistakes that need no other neuron; of `unseen` products only their sum is known."""
    reads, bias, right = neuron.reads, neuron.bias, neuron.z
    bare, added = right - bias, f"`{signed(bias, digits)}`"
    yield Answer(bare, f"That is the sum before the bias of {added} is added.")
    yield Answer(
        bare - bias, f"Here the bias was taken away. It is added with its own sign, as {added}."
    )
    act = neuron.layer.activation.name
    if not neuron.set_by_hand:
        yield Answer(neuron.a, f"That is its output, after {act}. z is the sum before that.")
    if unseen:
        return
    if any(product < 0 for product in neuron.products):
        yield Answer(
            sum(map(abs, neuron.products)) + bias,
            "Here every product counts as positive. A negative one pulls the sum down.",
        )
    yield Answer(sum(reads) + bias, "Here the numbers are added up without their weights.")
    if activates(neuron.layer):
        yield Answer(
            weighted(neuron.weights, map(neuron.activated, reads)) + bias,
            f"Here {act} came first, on each number. The sum comes first, the activation after it.",
        )


def _mistakes_in_matrix(neuron: NeuronRow) -> Iterator[Answer]:
    """Make the mistakes of somebody who sees the whole layer."""
    layer, index = neuron.layer, neuron.index
    for other in neuron.beside():
        yield Answer(other.z, f"That is the row beside it: the z of {other.name}.")
    if layer.size == layer.fan_in:
        yield Answer(
            weighted(layer.weights[:, index].tolist(), neuron.reads) + neuron.bias,
            f"That took column {index} of W (W transposed). Neuron {index} has row {index}.",
        )


def products_of(pairs: Sequence[tuple[float, float]], digits: int) -> str:
    """Say that the products take a calculator, where they do."""
    if not heavy(pairs, digits):
        return ""
    return "the product" if len(pairs) == 1 else f"the {len(pairs)} products"


def contribution(case: Case) -> Candidate:
    """Ask what one of the numbers that a neuron reads adds to its z."""
    neuron = case.draw_neuron(plain)
    source = case.draw.below(neuron.layer.fan_in)
    weight, value, bias = neuron.weights[source], neuron.reads[source], neuron.bias
    right = weight * value
    digits = digits_for(right, lambda r: r(weight) * r(value))
    if not value:
        raise Unfit
    name, read = neuron.name, code(neuron.source(source))
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
        case,
        f"For {case.called}, {name} reads {read} as "
        f"`{say(value, digits)}`{neuron.given([source])}.\n"
        f"Its weight for it is `{say(weight, digits)}`, its bias is `{say(bias, digits)}`.\n"
        f"What does {read} add to the z of {name}",
        Answer(right, f"Weight times value: `{numbers} = {to_three(right)}`."),
        wrong,
        "z is a sum with one term for each number that comes in, and then the bias.",
        "`term = weight × value`",
        f"`term = {numbers}`",
        neuron.fact("product", source),
        shows=neuron.shown([source]),
        calculator=products_of([(weight, value)], digits),
    )


def largest(case: Case) -> Candidate:
    """Ask which of up to four numbers that a neuron reads moves its z most."""
    neuron = case.draw_neuron(lambda layer: plain(layer) and layer.fan_in >= 3)
    terms = list(zip(neuron.weights, neuron.reads, strict=True))
    chosen = draw_terms(case, terms)
    if any(0 < abs(number) < 1e-3 for i in chosen for number in terms[i]):
        raise Unfit  # nobody likes to multiply by 1.43e-04
    names = {i: code(neuron.source(i)) for i in chosen}
    among = "" if len(chosen) == neuron.layer.fan_in else f" {len(chosen)} of"
    return largest_term(
        case,
        neuron,
        {names[i]: terms[i] for i in chosen},
        f"For {case.called}, here are{among} the numbers that {neuron.name} reads"
        f"{neuron.given(chosen, 'each of which')}:\n",
        "is `{value}`, with the weight `{weight}`",
        "weight",
        neuron.shown(chosen),
    )


def draw_terms(case: Case, terms: Sequence[tuple[float, float]]) -> list[int]:
    """Return which four of the terms, weights and values, are asked about, or all, by place."""
    pool = [i for i, (weight, value) in enumerate(terms) if weight * value]
    if len(pool) < 4:  # where most are 0, a few of those take part
        pool = list(range(len(terms)))
    return sorted(case.draw.shuffled(pool)[:4])


def largest_term(
    case: Case,
    neuron: NeuronRow,
    terms: Mapping[str, tuple[float, float]],
    lead: str,
    told: str,
    weight: str,
    shows: Iterable[Fact],
) -> Candidate:
    """Ask which of some terms, weights and values by what they are of, moves a z most.

    `told` says of a value what it and its weight are; `weight` is what that is called.
    """
    exact = {name: w * value for name, (w, value) in terms.items()}
    order = sorted(terms, key=lambda name: -abs(exact[name]))
    top = order[0]
    first, second = abs(exact[top]), abs(exact[order[1]])
    if not 1e-3 <= first < 1e6 or first - second <= max(2e-3, 0.05 * first):
        raise Unfit

    def shown(rounding: Rounding) -> dict[str, float]:
        return {name: float(rounding(w) * rounding(value)) for name, (w, value) in terms.items()}

    digits = digits_where(lambda r: sorted(terms, key=lambda name: -abs(shown(r)[name])) == order)
    products = shown(rounding_to(digits))
    lines = [
        f"{name} {told.format(value=say(value, digits), weight=say(w, digits))}"
        for name, (w, value) in terms.items()
    ]
    factors = {
        name: f"{inside(w, digits)} × {inside(value, digits)}" for name, (w, value) in terms.items()
    }

    def why(name: str) -> str:
        product = f"`{factors[name]} = {say(products[name])}`"
        if name == top:
            return f"{product} is the product furthest from 0, so it moves z most."
        nearer = f"{product}, nearer to 0 than `{say(products[top])}`."
        if name == max(terms, key=lambda other: abs(terms[other][0])):
            return f"It has the largest {weight}, but its value counts too: {nearer}"
        if name == max(terms, key=lambda other: abs(terms[other][1])):
            return f"It has the largest value, but its {weight} counts too: {nearer}"
        if name == max(terms, key=lambda other: products[other]):
            return f"It moves z up most, but down counts as well: {nearer}"
        return f"{name} adds {nearer}"

    return word_question(
        case,
        lead + ",\n".join(lines) + ".\nWhich of them moves its z most, be it up or down?",
        Option(top, why(top)),
        [Option(name, why(name)) for name in order[1:]],
        f"What moves z is the product of {weight} and value; neither alone decides.",
        f"Compare the sizes `|{weight} × value|`, without their signs.",
        listed([f"`|{each}|`" for each in factors.values()]),
        neuron.fact("largest"),
        shows=shows,
        calculator=products_of(list(terms.values()), digits),
    )
