"""Questions about what would be: an input that changes, a neuron that falls silent."""

from __future__ import annotations

from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.errors import listed
from nntrace.teach.families.candidate import Answer, Candidate, number_question
from nntrace.teach.families.case import Case, NeuronRow, activates, plain
from nntrace.teach.families.neuron import products_of
from nntrace.teach.families.numbers import Number, Rounding, Unfit, code, digits_for, inside, say
from nntrace.teach.grading import to_three


def change(case: Case) -> Candidate:
    """Ask for a first-layer neuron's z, or a, when one input becomes what it is in another row."""
    neuron = _of_the_input(case)
    layer, source = neuron.layer, case.draw.below(neuron.layer.fan_in)
    raw, changed = case.trace.input[case.row], neuron.origin(source)
    before = float(raw[changed.index])
    others = [value for value in case.seen(changed.index) if value != before]
    if not neuron.of.finite or not others or changed in case.trace.overrides:
        raise Unfit
    instead = case.draw.pick(others)
    weight, value, z = neuron.weights[source], neuron.reads[source], neuron.z
    given = raw.copy()
    given[changed.index] = instead
    after = forward(case.trace.network, given, case.trace.overrides)
    became, new_z = float(after.x[0, changed.index]), float(after[layer.name].z[0, neuron.index])
    new_a = float(after[layer.name].a[0, neuron.index])
    own = activates(layer) and not neuron.set_by_hand
    asks_a = own and case.draw.below(2) == 1

    def finish(z: float) -> float:
        return neuron.activated(z) if asks_a else z

    def moved(rounding: Rounding) -> Number:
        return rounding(z) + rounding(weight) * (rounding(became) - rounding(value))

    def computed(rounding: Rounding) -> Number:
        return neuron.activated(moved(rounding), rounding) if asks_a else moved(rounding)

    right = new_a if asks_a else new_z
    digits = digits_for(right, computed, (new_z, moved))
    name, read = neuron.name, code(neuron.source(source))
    act, what = layer.activation.name, "output a" if asks_a else "z"
    told = f"{read} is `{say(value, digits)}`"
    suppose = f"Suppose that {read} were `{say(became, digits)}` instead"
    if case.trace.network.input.normalised:
        told = f"{read} is `{say(before, digits)}`, which the net is given as "
        told += f"`{say(value, digits)}`"
        suppose = f"Suppose that {read} were `{say(instead, digits)}` instead: "
        suppose += f"the net would be given `{say(became, digits)}`"
    step = f"{inside(weight, digits)} × ({say(became, digits)} - {inside(value, digits)})"
    filled = f"{say(z, digits)} + {step}"
    written = f"z = {filled} = {to_three(new_z)}"
    if asks_a:
        written += f", a = {to_three(new_a)}"
    wrong = [
        Answer(
            finish(z + weight * became),
            "Here the new term was added, but the old one is still in the sum.",
        ),
        Answer(
            finish(z - weight * value),
            "That is with the input at 0, its term taken away. Its new term is still to be added.",
        ),
        Answer(finish(z), "That is how it is now. The input has a weight, so z moves."),
        Answer(finish(z + became - value), f"The weight, `{say(weight, digits)}`, was left out."),
        Answer(
            finish(z - weight * (became - value)),
            "That moves z by the right size, but the wrong way.",
        ),
    ]
    if asks_a:
        wrong.insert(0, Answer(new_z, f"That is the new z. {act} has still to be applied to it."))
    elif own:
        wrong.append(Answer(new_a, f"That is the new output, after {act}. z comes before it."))
    if case.trace.network.input.normalised:
        wrong.append(
            Answer(
                finish(z + weight * (instead - before)),
                "Here the input itself was multiplied. What the net is given counts.",
            )
        )
    helped = [products_of([(weight, became - value)], digits)]
    helped.append(neuron.calculator(new_z, digits) and f"{act}, once z is found" if asks_a else "")
    found = number_question(
        case,
        f"For {case.called}, {told}.\n{name} has the weight "
        f"`{say(weight, digits)}` for it, and its z is `{say(z, digits)}`.\n"
        + (f"Its activation is {act}: {neuron.formula(digits)}.\n" if asks_a else "")
        + f"{suppose}.\nWhat would the {what} of {name} be",
        Answer(right, f"Only one term changes: `{written}`."),
        wrong,
        "z is a sum. Of its terms, only the one with this input changes.",
        "`new z = z + weight × (new value - old value)`" + (f", and then {act}" if asks_a else ""),
        f"`new z = {filled}`" + (f", and then {act}" if asks_a else ""),
        neuron.fact("changed a" if asks_a else "changed z", source),
        shows=[neuron.fact("z")],
        calculator=listed([each for each in helped if each]) if any(helped) else "",
    )
    return found.worked_with(neuron.source(source), instead)


def _of_the_input(case: Case) -> NeuronRow:
    """Return a neuron, drawn, that reads the input and nothing else; a text has no signs."""
    layers = [traced.layer for traced in case.trace.layers]
    first = [i for i, each in enumerate(layers) if plain(each) and each.reads == ("input",)]
    if not first or case.trace.network.input.text is not None:
        raise Unfit
    place = case.draw.pick(first) if len(first) > 1 else first[0]
    return case.layer_row(place).neuron(case.draw.below(layers[place].size))


def _reads_one_layer(layer: Layer) -> bool:
    """Whether what it reads comes to it by one way alone, and not from the input."""
    return plain(layer) and len(layer.reads) == 1 and "input" not in layer.reads


def silence(case: Case) -> Candidate:
    """Ask for a neuron's z when one neuron of the layer that it reads is set to 0 by hand."""
    neuron = case.draw_neuron(_reads_one_layer)
    source, reads = case.draw.below(neuron.layer.fan_in), neuron.reads
    weight, value, z = neuron.weights[source], reads[source], neuron.z
    product = weight * value
    if not product:
        raise Unfit
    right = neuron.without(source)
    digits = digits_for(right, lambda rounding: rounding(z) - rounding(weight) * rounding(value))
    name, read = neuron.name, code(neuron.source(source))
    filled = f"{say(z, digits)} - {inside(weight, digits)} × {inside(value, digits)}"
    wrong = [
        Answer(z, "That is z as it is now. What is set to 0 takes its term out of the sum."),
        Answer(z + product, "Here its term was added once more. At 0 it adds nothing."),
        Answer(z - value, "Here its output was taken away, without the weight."),
        Answer(z - weight, "Here its weight was taken away, without what it multiplies."),
        Answer(product, "That is the term that goes. What is left of z is asked for."),
        Answer(0.0, "Only one term becomes 0. The others and the bias stay."),
    ]
    found = number_question(
        case,
        f"For {case.called}, the z of {name} is `{say(z, digits)}`.\n"
        f"It reads {read} as `{say(value, digits)}`, with the weight `{say(weight, digits)}`.\n"
        f"Suppose that {read} is set to 0 by hand, as `--set {read[1:-1]}=0` does.\n"
        f"What does the z of {name} become",
        Answer(right, f"Without that term: `{filled} = {to_three(right)}`."),
        wrong,
        "z is a sum with one term for each number that comes in. One of them becomes 0.",
        "`new z = z - weight × value`",
        f"`new z = {filled}`",
        neuron.fact("silenced z", source),
        shows=[neuron.fact("z"), *neuron.shown([source])],
        calculator=products_of([(weight, value)], digits),
    )
    return found.worked_with(neuron.source(source), 0.0)
