"""Questions about a net's sizes: the shape of W, the numbers that a layer and a net hold."""

from __future__ import annotations

from math import prod

from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.core.op import times
from nntrace.core.ops.conv import Conv
from nntrace.errors import listed, plural
from nntrace.teach.families.candidate import Answer, Candidate, number_question, word_question
from nntrace.teach.families.case import Case, Fact, neurons_of, plain
from nntrace.teach.families.numbers import Unfit, code
from nntrace.teach.question import Option

FEW_LAYERS = 8  # so many layers stand in a question


def shape(case: Case) -> Candidate:
    """Ask for the shape of a layer's weight matrix."""
    layers, layer = case.trace.network.layers, _draw_plain(case)
    place = case.trace.network.layer_place(layer.name)
    rows, columns = neurons_of(layer), layer.fan_in

    def option(rows: int, columns: int, why: str) -> Option:
        return Option(f"`{rows} × {columns}`", why)

    wrong = [
        option(columns, rows, "That is W transposed: rows are neurons, columns what they read."),
        option(
            rows * columns, 1, "There are that many weights, but each neuron has a row of its own."
        ),
        option(rows, columns + 1, "The bias is kept apart, in b; W holds the weights alone."),
        option(rows, 1, "That is the shape of b and of z: one number for each neuron."),
        option(rows, rows, "That leaves out what comes in. Each number read has a column."),
    ]
    if place + 1 < len(layers) and plain(after := layers[place + 1]):
        told = f"That is the W of the layer after it, {code(after.name)}."
        wrong.append(option(neurons_of(after), after.fan_in, told))
    wrong = [wrong[0], *case.draw.shuffled(wrong[1:])]
    return word_question(
        case,
        f"The layer {code(layer.name)} has {plural(rows, 'neuron')}{_where(layer)}. "
        f"{_reading(case.trace.network, layer)}\n"
        "What is the shape, rows × columns, of W in `z = W @ x + b`?",
        option(
            rows,
            columns,
            f"A row for each neuron, {rows}; a column for each number that it reads, {columns}.",
        ),
        wrong,
        "Each neuron has a row in W. Each number that it reads has a column.",
        "`W: neurons × numbers read`",
        f"{plural(rows, 'neuron')}, {plural(columns, 'number')} read: what comes first?",
        Fact("shape", layer.name),
    )


def _reading(network: Network, layer: Layer) -> str:
    """Say what a layer reads."""
    if not layer.dense:
        widths = [network.shape(reads)[-1] for reads in layer.reads]
        read = zip(widths, layer.reads, strict=True)
        told = [f"{plural(width, 'number')} of {code(name)}" for width, name in read]
        return f"There it reads {listed(told)}."
    told = []
    for reads in layer.reads:
        if reads == "input":
            told.append(plural(network.input.size, "input"))
            continue
        shape = network.shape(reads)
        numbers = f"{times(shape)} numbers" if len(shape) > 1 else str(shape[0])
        told.append(f"{code(reads)}, which has {numbers}")
    return f"It reads {', and '.join(told)}."


def _where(layer: Layer) -> str:
    return "" if layer.dense else " at each position"


def _held(layer: Layer) -> str:
    """Write the product that tells how many parameters a layer has."""
    count, *reads = layer.weights.shape
    return f"{count} × ({times(tuple(reads))} + 1)"


def parameters(case: Case) -> Candidate:
    """Ask how many weights and biases a layer has, or the whole net."""
    network = case.trace.network
    layers = [layer for layer in network.layers if plain(layer)]
    if not layers:
        raise Unfit
    chosen = case.draw.below(len(layers) + 1)
    if (
        1 < len(layers) <= FEW_LAYERS
        and _in_a_row(network)
        and (chosen == len(layers) or case.draw.below(3) == 0)
    ):
        return _of_net(case)
    return _of_layer(case, layers[min(chosen, len(layers) - 1)])


def _draw_plain(case: Case) -> Layer:
    layers = [layer for layer in case.trace.network.layers if plain(layer)]
    if not layers:
        raise Unfit
    return case.draw.pick(layers)


def _in_a_row(network: Network) -> bool:
    """Whether each layer reads everything of the one before it."""
    before = ["input", *network.places]
    read = zip(network.layers, before, strict=False)
    return all(layer.dense is not None and layer.reads == (name,) for layer, name in read)


def _of_layer(case: Case, layer: Layer) -> Candidate:
    network = case.trace.network
    place = network.layer_place(layer.name)
    size, fan_in = neurons_of(layer), layer.fan_in
    wrong = [
        Answer(size * fan_in, f"That is the weights. The biases are missing, {size} in all."),
        Answer(size * fan_in + 1, "That has one bias for the layer. Each neuron has its own."),
        Answer(size, "That is how many neurons there are. Each of them holds several numbers."),
        Answer(
            size + fan_in, "Here the sizes are added. Each neuron has a weight for each number."
        ),
        Answer(
            (size + 1) * fan_in,
            "That has a bias for each number that comes in. The neurons have the biases.",
        ),
    ]
    for beside in (place - 1, place + 1):
        if 0 <= beside < len(network.layers) and network.layers[beside].op.parameters:
            other = network.layers[beside]
            told = f"That is the layer beside it, {code(other.name)}."
            wrong.append(Answer(other.op.parameters, told))
    if not layer.dense:
        places = layer.size // size
        told = "That has weights of their own at every position. The same ones serve all."
        wrong.insert(0, Answer(layer.op.parameters * places, told))
    filled = f"{size} × {fan_in} + {size}"
    each = f"{_where(layer)}{', each' * (size > 1)}"
    return number_question(
        case,
        f"The layer {code(layer.name)} has {plural(size, 'neuron')}{each} with a bias. "
        f"{_reading(case.trace.network, layer)}\n"
        "How many parameters, weights and biases together, does the layer hold",
        Answer(layer.op.parameters, f"Weights and biases: `{filled} = {layer.op.parameters}`."),
        wrong,
        "Each neuron holds a weight for each number that it reads, and one bias.",
        "`neurons × numbers read + neurons`",
        f"`{filled}`",
        Fact("parameters", layer.name),
        whole=True,
    )


def _of_net(case: Case) -> Candidate:
    network = case.trace.network
    sizes = [layer.size for layer in network.layers]
    widths = [network.input.size, *sizes]
    weights = sum(layer.size * layer.fan_in for layer in network.layers)
    right = network.parameters
    wrong = [
        Answer(weights, f"That is all weights. The biases are missing, {sum(sizes)} in all."),
        Answer(
            sum(sizes), "That is how many neurons there are. Each of them holds several numbers."
        ),
        Answer(sum(widths), "That adds up the sizes. Parameters are the weights and the biases."),
        Answer(prod(widths), "Here all sizes are multiplied. Only neighbours are, and then added."),
        Answer(weights + len(sizes), "That has one bias for a layer. Each neuron has its own."),
        Answer(
            weights + sum(widths),
            "That gives the inputs a bias too. They are given, and hold nothing.",
        ),
        Answer(network.layers[-1].op.parameters, "That is the last layer alone. All layers count."),
        Answer(network.layers[0].op.parameters, "That is the first layer alone. All layers count."),
    ]
    filled = " + ".join(map(_held, network.layers))
    return number_question(
        case,
        f"This net has {plural(widths[0], 'input')} and layers of "
        f"{listed([str(size) for size in sizes])} neurons, each reading "
        "all of the one before it, every neuron with a bias.\n"
        "How many parameters, weights and biases together, does the net hold",
        Answer(right, f"Layer by layer: `{filled} = {right}`."),
        wrong,
        "Count layer by layer: for each neuron a weight for each number it reads, and a bias.",
        "`neurons × (numbers read + 1)` for each layer, then all of them added up",
        f"`{filled}`",
        Fact("parameters"),
        whole=True,
    )


def heaviest(case: Case) -> Candidate:
    """Ask which of up to four layers holds most parameters."""
    network = case.trace.network
    places = [i for i, layer in enumerate(network.layers) if plain(layer) or _convolves(layer)]
    chosen = sorted(case.draw.shuffled(places)[:4])
    held = {i: network.layers[i].op.parameters for i in chosen}
    order = sorted(chosen, key=lambda i: -held[i])
    if len(chosen) < 3 or held[order[0]] == held[order[1]]:
        raise Unfit
    layers = [network.layers[i] for i in chosen]
    formula = "`neurons × (numbers read + 1)` for each"
    if any(map(_convolves, layers)):
        formula += (
            "; of a convolution, `channels given × (channels read × weights of a kernel + 1)`"
        )
    return word_question(
        case,
        ",\n".join(map(_described, layers))
        + ".\nWhich of them holds most parameters, weights and biases together?",
        _layer_option(network, order[0], "the most of them"),
        [_layer_option(network, i, _fewer(network, chosen, i, order[0])) for i in order[1:]],
        "A layer's parameters are its weights and biases, and weights come as a product.",
        formula,
        listed([f"`{_held(layer)}`" for layer in layers]),
        Fact("heaviest"),
    )


def _convolves(layer: Layer) -> bool:
    return isinstance(layer.op, Conv) and layer.op.groups == 1


def _described(layer: Layer) -> str:
    """Say of what size a layer is, so that its parameters can be counted."""
    if _convolves(layer):
        gives, reads, *kernel = layer.weights.shape
        channels = f"reads {plural(reads, 'channel')} and gives {gives}"
        return (
            f"{code(layer.name)}, a convolution, {channels}, by kernels of {times(tuple(kernel))}"
        )
    neurons = plural(neurons_of(layer), "neuron")
    reads = plural(layer.fan_in, "number")
    return f"{code(layer.name)} has {neurons}{_where(layer)} and reads {reads}"


def _layer_option(network: Network, place: int, what: str) -> Option:
    layer = network.layers[place]
    told = f"`{_held(layer)} = {layer.op.parameters}`"
    return Option(code(layer.name), f"{code(layer.name)} has {told}: {what}.")


def _fewer(network: Network, chosen: list[int], place: int, top: int) -> str:
    """Say why a layer may look as if it held most."""
    most = f"fewer than {network.layers[top].op.parameters}"
    layer, others = network.layers[place], [network.layers[i] for i in chosen if i != place]
    if any(map(_convolves, [layer, *others])):
        most_numbers = layer.size > max(other.size for other in others)
        return f"it gives most numbers, yet holds {most}" if most_numbers else most
    if neurons_of(layer) > max(map(neurons_of, others)):
        return f"most neurons, yet {most}"
    if layer.fan_in > max(other.fan_in for other in others):
        return f"it reads most, yet holds {most}"
    return most
