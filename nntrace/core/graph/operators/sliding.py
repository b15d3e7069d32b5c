"""How the windows of ONNX's convolutions and pools slide: pads, strides, dilations, auto_pad."""

from __future__ import annotations

from functools import lru_cache
from operator import add, lt
from typing import NamedTuple

from nntrace.core.graph.graph import Node
from nntrace.core.op import Shape, times
from nntrace.core.ops.windows import Windows

_KEPT = 4096  # nodes, times the shapes that they have read


class Slid(NamedTuple):
    """The windows of a node over what it reads, and how many there are in each dimension."""

    windows: Windows
    counts: Shape


@lru_cache(_KEPT)
def slid(node: Node, lengths: Shape, kernel: Shape) -> Slid:
    """Return how a kernel slides over such lengths; NetworkError where it does not fit."""
    inner = len(lengths)
    if len(kernel) != inner or not inner:
        raise ValueError(f"has a kernel of {times(kernel)}, and reads {times(lengths)}")
    stride, dilation = each(node, "strides", inner), each(node, "dilations", inner)
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    padding = node.get("auto_pad", "NOTSET")
    ceil = bool(node.get("ceil_mode", 0))
    if padding in ("SAME_UPPER", "SAME_LOWER"):
        counts = tuple(-(-length // s) for length, s in zip(lengths, stride, strict=True))
        lacks = [
            max(0, (count - 1) * s + span - length)
            for count, s, span, length in zip(counts, stride, spans, lengths, strict=True)
        ]
        before, after = halved(lacks, upper=padding == "SAME_UPPER")
        return Slid(Windows(kernel, stride, dilation, before, after), counts)
    before, after = pads(node, inner)
    padded = tuple(map(sum, zip(lengths, before, after, strict=True)))
    lacks = [max(0, span - whole) for span, whole in zip(spans, padded, strict=True)]
    if any(lacks) and node.op.endswith("Pool") and all(map(lt, lacks, stride)):
        # a pool of less than its window, by less than a step: onnxruntime rounds towards 0, and so
        # takes one window of what there is
        after = tuple(map(add, after, lacks))
        padded = tuple(map(add, padded, lacks))
    windows = Windows(kernel, stride, dilation, before, after)
    if any(span > whole for span, whole in zip(spans, padded, strict=True)) or 0 in lengths:
        whole = f"{times(padded)} with its padding" if any(before + after) else times(padded)
        raise ValueError(f"spans {times(spans)}, and reads {whole}")
    return Slid(windows, windows.counts(lengths, ceil))


def each(node: Node, attribute: str, inner: int, default: int = 1) -> Shape:
    """Return a number for each dimension."""
    numbers: Shape = node.get(attribute) or (default,) * inner
    if len(numbers) != inner:
        raise ValueError(f"has {attribute} {list(numbers)}, takes {inner}, one a dimension")
    if min(numbers, default=default) < default:
        raise ValueError(f"has {attribute} {list(numbers)}, takes numbers from {default}")
    return numbers


def pads(node: Node, inner: int) -> tuple[Shape, Shape]:
    """Return the padding before and after; none where auto_pad is VALID."""
    if node.get("auto_pad", "NOTSET") == "VALID":
        return (0,) * inner, (0,) * inner
    if node.get("auto_pad", "NOTSET") not in ("NOTSET", ""):
        raise ValueError(f"has auto_pad {node.get('auto_pad')}, which is none")
    numbers: Shape = node.get("pads") or (0,) * (2 * inner)
    if len(numbers) != 2 * inner or min(numbers, default=0) < 0:
        told = f"has pads {list(numbers)}, takes {2 * inner} numbers from 0: a begin and an end "
        raise ValueError(told + "for each dimension")
    return numbers[:inner], numbers[inner:]


def halved(lacks: list[int], upper: bool) -> tuple[Shape, Shape]:
    """Part what lacks in two; an odd one is at the end if `upper`, else at the beginning."""
    less, more = tuple(lack // 2 for lack in lacks), tuple(lack - lack // 2 for lack in lacks)
    return (less, more) if upper else (more, less)
