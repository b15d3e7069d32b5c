"""Questions about feature maps: how large they are, and what the kernels hold that make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import NamedTuple

from nntrace.core.op import Shape, times
from nntrace.core.ops.conv import Conv
from nntrace.core.ops.pool import Pool
from nntrace.errors import listed, plural
from nntrace.teach.families.candidate import Answer, Candidate, number_question, word_question
from nntrace.teach.families.case import Case, Fact
from nntrace.teach.families.numbers import Unfit, code
from nntrace.teach.question import Option


class _Side(NamedTuple):
    """A dimension: its length, padding at either end, the kernel, its dilation and its stride."""

    length: int
    padding: int
    kernel: int
    dilation: int
    stride: int

    @property
    def span(self) -> int:
        """How far the kernel reaches."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def left(self) -> int:
        """How far the kernel can go on from its first place."""
        return self.length + 2 * self.padding - self.span

    @property
    def places(self) -> int:
        """At how many places the kernel fits."""
        return self.left // self.stride + 1

    @property
    def fraction(self) -> str:
        """How many more places than the first there are, before it is rounded down."""
        padding = f" + {self.padding} + {self.padding}" if self.padding else ""
        return f"({self.length}{padding} - {self.span}) / {self.stride}"


def size(case: Case) -> Candidate:
    """Ask how large each channel is that a convolution or a pool gives."""
    network = case.trace.network
    layers = [each for each in network.layers if isinstance(each.op, Conv | Pool)]
    if not layers:
        raise Unfit
    layer = case.draw.pick(layers)
    op, right = layer.op, layer.shape[1:]
    assert isinstance(op, Conv | Pool)
    windows = op.windows if isinstance(op, Conv) else op.windows(len(right))
    lengths = network.shape(layer.reads[0])[-len(right) :]
    padding, wide = windows.before, {*windows.dilation} != {1}
    sides = [
        _Side(*each)
        for each in zip(
            lengths, padding, windows.kernel, windows.dilation, windows.stride, strict=True
        )
    ]
    if tuple(side.places for side in sides) != right or windows.after != padding:
        raise Unfit  # a last window reaches over the end, or padding is uneven
    keys = [f"its kernel is {times(windows.kernel)}", f"its stride {_each(windows.stride)}"]
    if wide:
        keys.append(f"its dilation {_each(windows.dilation)}")
    if any(padding):
        keys.append(f"its padding {_each(padding)} at either end")
    different = list(dict.fromkeys(sides))
    reasons = [
        f"`{side.fraction}`, rounded down, is {side.places - 1}, and 1 more is {side.places}"
        for side in different
    ]
    return word_question(
        case,
        f"The {_called(op)} {code(layer.name)} reads channels of {times(lengths)} numbers;\n"
        f"{listed(keys)}.\n"
        f"How large is each channel that it gives{', rows × columns' * (len(right) == 2)}?",
        _map(right, f"So many places there are for the kernel: {'; '.join(reasons)}."),
        [_map(shape, why) for shape, why in _mistakes_in_size(sides) if min(shape) > 0],
        "At how many places does the kernel lie, as it goes on by its stride?",
        "`(length + padding at both ends - kernel) / stride`, rounded down, and 1 more"
        + ", where the kernel spans `dilation × (kernel - 1) + 1`" * wide,
        listed([f"`{side.fraction}`" for side in different]) + ", rounded down, and 1 more",
        Fact("map", layer.name),
    )


def _called(op: Conv | Pool) -> str:
    return "convolution" if isinstance(op, Conv) else op.KIND.replace("_", " ")


def _each(numbers: Shape) -> str:
    """Write a number a dimension, or one for all."""
    return str(numbers[0]) if len({*numbers}) == 1 else times(numbers)


def _map(shape: Shape, why: str) -> Option:
    return Option(f"`{times(shape)}`", why)


def _mistakes_in_size(sides: list[_Side]) -> Iterator[tuple[Shape, str]]:
    def of(compute: Callable[[_Side], int]) -> Shape:
        return tuple(map(compute, sides))

    if any(side.padding for side in sides):
        bare = of(lambda side: side._replace(padding=0).places)
        yield bare, "That leaves the padding out, which makes what is read larger."
        once = of(lambda side: (side.left - side.padding) // side.stride + 1)
        yield once, "That has the padding once. It stands at both ends."
    if any(side.stride > 1 for side in sides):
        yield of(lambda side: side.left + 1), "That is with stride 1, at every place there is."
    if any(side.dilation > 1 for side in sides):
        close = of(lambda side: side._replace(dilation=1).places)
        yield close, "That is without the dilation, by which the kernel reaches further."
    yield of(lambda side: side.left // side.stride), "One is missing: the first place counts too."
    if any(side.left % side.stride for side in sides):
        up = of(lambda side: -(-side.left // side.stride) + 1)
        yield up, "That is rounded up. Where the kernel would reach over the end, it has no place."
    yield of(lambda side: side.length), "That is what it reads. The kernel must lie within it."
    if any(side.stride > 1 for side in sides):
        shared = of(lambda side: side.length // side.stride)
        yield shared, "That divides by the stride alone, as if the kernel had size 1."
    yield of(lambda side: side.kernel), "That is the kernel. What counts is where it can lie."


def kernels(case: Case) -> Candidate:
    """Ask how many weights and biases a convolution holds."""
    network = case.trace.network
    layers = [each for each in network.layers if isinstance(each.op, Conv)]
    if not layers:
        raise Unfit
    layer = case.draw.pick(layers)
    op = layer.op
    assert isinstance(op, Conv)
    gives, width, sides = op.gives, op.weights.shape[1], op.kernel
    read, one = width * op.groups, prod(op.kernel)
    weights, right = op.weights.size, op.parameters
    places = layer.size // gives
    wrong = [
        Answer(weights, f"That is the weights. The biases are missing, {gives} in all."),
        Answer(weights + 1, "That has one bias for the layer. Each channel has its own."),
        Answer(
            gives * one + gives,
            "That has one kernel for a channel. It has one for each channel that it reads.",
        ),
        Answer(
            right * places,
            "That has kernels of their own at every place. The same ones lie on all places.",
        ),
        Answer(
            read * one + gives, "That has the kernels of one channel. Each channel has its own."
        ),
        Answer(layer.size, "That is how many numbers it gives. The kernels make them all."),
    ]
    if op.groups > 1:
        all_read = gives * read * one + gives
        told = f"That is without groups. Here a channel reads {width} of the {read}."
        wrong.insert(0, Answer(all_read, told))
    if len(sides) > 1:
        side = gives * width * sides[0] + gives
        told = f"That has {sides[0]} weights in a kernel. One of {times(sides)} has {one}."
        wrong.append(Answer(side, told))
    filled = f"{gives} × {width} × {times(sides)} + {gives}"
    groups = ""
    if op.groups > 1:
        own = f"those of its own, {plural(width, 'channel')}"
        groups = f", in {op.groups} groups: each channel reads {own}"
    return number_question(
        case,
        f"The convolution {code(layer.name)} reads {plural(read, 'channel')} and gives {gives}"
        f"{groups}.\n"
        f"Its kernels are {times(sides)}, and each channel that it gives has a bias.\n"
        "How many parameters, weights and biases together, does it hold",
        Answer(right, f"Weights and biases: `{filled} = {right}`."),
        wrong,
        "Each channel that it gives has a kernel for each channel that it reads, and one bias.",
        "`channels given × channels read by each × weights of a kernel + channels given`",
        f"`{filled}`",
        Fact("parameters", layer.name),
        whole=True,
    )
