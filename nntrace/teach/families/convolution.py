"""Questions about what a convolution makes of its window: every product, and the bias."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nntrace.analysis.explain import exact_sum
from nntrace.core.arrays import Array
from nntrace.core.layer import Layer
from nntrace.core.op import Shape, unravelled
from nntrace.core.ops.channels import as_channels
from nntrace.core.ops.conv import Conv
from nntrace.core.ops.windows import Windows
from nntrace.errors import listed
from nntrace.teach.families.candidate import Answer, Candidate, number_question
from nntrace.teach.families.case import Case, NeuronRow
from nntrace.teach.families.neuron import products_of
from nntrace.teach.families.numbers import (
    MANY,
    SMALL,
    code,
    digits_for,
    inside,
    nested,
    say,
    signed,
    vector,
    weighted,
)
from nntrace.teach.grading import to_three


def pixel(case: Case) -> Candidate:
    """Ask for a number of a convolution, from its window and its kernel, or from their sums."""
    neuron = case.draw_neuron(_convolves)
    op = neuron.layer.op
    assert isinstance(op, Conv)
    channel, *place = unravelled(neuron.layer.shape, neuron.index)
    kernel, width = op.weights[channel], op.weights.shape[1]
    first = channel // (op.gives // op.groups) * width
    read = as_channels(neuron.of.arrays[0][None], op.inner)[0, first : first + width]
    window = _window(op.windows, read, tuple(place))
    if kernel.size > SMALL:
        return _of_sums(case, neuron, (kernel * window).reshape(width, -1))
    bias, right = neuron.bias, neuron.z
    pairs = list(zip(neuron.weights, neuron.reads, strict=True))
    digits = digits_for(right, lambda r: sum((r(w) * r(x) for w, x in pairs), r(bias)))
    each = f" (a weight for each of {width} channels)" * (width > 1 and kernel[0].size == 1)
    pads = ", where padding counts as 0" if len(pairs) < window.size else ""
    pads = neuron.given(range(len(pairs))) + pads
    products = [f"{inside(w, digits)} × {inside(x, digits)}" for w, x in pairs]
    written = " + ".join([*products, inside(bias, digits)])
    name, of = neuron.name, code(neuron.layer.reads[0])

    def by_channel(values: Array, which: str) -> str:
        if values[0].size == 1:
            return nested(values.ravel(), digits)
        texts = [nested(each, digits) for each in values]
        if width == 1:
            return texts[0]
        return listed([f"{text} {which} {first + i}" for i, text in enumerate(texts)])

    return number_question(
        case,
        f"In the convolution {code(neuron.layer.name)}, channel {channel} has the kernel\n"
        f"{by_channel(kernel, 'for channel')}{each},\nand the bias `{say(bias, digits)}`.\n"
        f"For {case.called}, at {name} it lies on the window\n"
        f"{by_channel(window, 'of channel')} of {of}{pads}.\n"
        f"What is the z of {name}",
        Answer(right, f"The products and the bias, added up: `{written} = {to_three(right)}`."),
        _mistakes_in_window(neuron, kernel, window, digits),
        "Lay the kernel on the window: each number is multiplied by the weight that lies on it. "
        "z is these products and the bias, all added up.",
        "`z = sum of (weight × number under it) + bias`",
        f"`z = {written}`",
        neuron.fact("z"),
        shows=neuron.shown(range(len(pairs))),
        calculator=products_of(pairs, digits),
    )


def _convolves(layer: Layer) -> bool:
    return isinstance(layer.op, Conv)


def _window(windows: Windows, read: Array, place: Shape) -> Array:
    """Return what a kernel lies on at a place of channels × …, with zeros for padding."""
    taps, at = windows.read_by(place, read.shape[1:])
    held = np.zeros((len(read), *windows.kernel), read.dtype)
    channels = np.arange(len(read))
    held[np.ix_(channels, *taps)] = read[np.ix_(channels, *at)]
    return held


def _mistakes_in_window(
    neuron: NeuronRow, kernel: Array, window: Array, digits: int
) -> Iterator[Answer]:
    right, bias = neuron.z, neuron.bias
    numbers: list[float] = window.ravel().tolist()
    yield from _mistakes_in_bias(neuron, digits)
    inner = tuple(range(1, kernel.ndim))
    turned = weighted(np.flip(kernel, inner).ravel().tolist(), numbers) + bias
    yield Answer(turned, "Here the kernel was turned round. A net lays it on as it stands.")
    if kernel.ndim == 3 and kernel.shape[1] == kernel.shape[2]:
        across = weighted(kernel.swapaxes(1, 2).ravel().tolist(), numbers) + bias
        yield Answer(across, "Here rows of the kernel were laid on columns of the window.")
    yield Answer(exact_sum(numbers) + bias, "Here the window is added up without the weights.")
    both = exact_sum(kernel.ravel().tolist()) * exact_sum(numbers) + bias
    yield Answer(
        both, "Here the sums of kernel and window are multiplied. Each number has its own weight."
    )
    yield Answer(
        (right - bias) / kernel.size + bias,
        "That has the mean of the products in it. z takes their whole sum.",
    )
    yield from _beside(neuron)


def _mistakes_in_bias(neuron: NeuronRow, digits: int) -> Iterator[Answer]:
    right, bias = neuron.z, neuron.bias
    added = f"`{signed(bias, digits)}`"
    yield Answer(right - bias, f"That is the sum before the bias of {added} is added.")
    yield Answer(
        right - 2 * bias,
        f"Here the bias was taken away. It is added with its own sign, as {added}.",
    )
    act = neuron.layer.activation.name
    if not neuron.set_by_hand:
        yield Answer(neuron.a, f"That is its output, after {act}. z is the sum before that.")


def _beside(neuron: NeuronRow) -> Iterator[Answer]:
    """Take the number of the next channel at the same place for this one."""
    channels = neuron.layer.size // neuron.layer.shape[0]
    if (index := neuron.index + channels) < neuron.layer.size:
        other = neuron.of.neuron(index)
        yield Answer(other.z, f"That is the same place in the next channel, {other.name}.")


def _of_sums(case: Case, neuron: NeuronRow, products: Array) -> Candidate:
    """Ask for a number of a convolution whose window is too large to write out.

    `products` are read channels × places; their sums are given by channel, or all in one.
    """
    bias, right, total = neuron.bias, neuron.z, exact_sum(products.ravel().tolist())
    sums = [exact_sum(each) for each in products.tolist()]
    if not 1 < len(sums) <= MANY:
        sums = [total]
    digits = digits_for(right, lambda r: sum(map(r, sums), r(bias)))
    written = " + ".join([*(inside(each, digits) for each in sums), inside(bias, digits)])
    told = f"Its {products.size} products add up to `{say(total, digits)}`"
    if len(sums) > 1:
        told = f"Its products add up, in the {len(sums)} channels that it reads, to\n"
        told += vector(sums, digits)
    wrong = [*_mistakes_in_bias(neuron, digits)]
    if len(sums) > 1:
        wrong += [
            Answer(total / len(sums) + bias, "That has the mean of the channels. All are added."),
            Answer(sums[0] + bias, "That has the first channel alone. All of them are added."),
            Answer(max(sums) + bias, "That has the largest channel alone. All are added."),
        ]
    else:
        mean = total / products.size + bias
        wrong += [
            Answer(total * bias, "The bias is added to the sum, not multiplied by it."),
            Answer(mean, "That has the mean of the products in it. z takes their whole sum."),
        ]
    return number_question(
        case,
        f"For {case.called}, {neuron.name} multiplies each number of its window by the weight of "
        f"the kernel that lies on it.\n{told};\nthe bias of its channel is `{say(bias, digits)}`.\n"
        "What is its z",
        Answer(right, f"All that is given, added up: `{written} = {to_three(right)}`."),
        [*wrong, *_beside(neuron)],
        "A convolution adds up the products in all channels that it reads, and then the bias.",
        "`z = sum of products, channel by channel, + bias`",
        f"`z = {written}`",
        neuron.fact("z"),
    )
