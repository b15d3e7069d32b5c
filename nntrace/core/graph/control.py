"""If, Loop and Scan: nodes that run graphs, whose tensors are told with the path to them.

Each is a generator of what the graphs inside compute, and returns what the node gives. `inside`
runs one of the graphs: it is given the attribute that holds it, its inputs in order, and what is
added to the node's name in the path, and it returns its outputs in order.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias

import numpy as np

from nntrace.core.graph.graph import UNTYPED, Graph, Node, Tensor

Within: TypeAlias = Generator[Any, None, list[Tensor]]
Inside: TypeAlias = Callable[[str, Sequence[Tensor], str], Within]
Control: TypeAlias = Callable[[Node, Sequence[Any], Inside], Within]


def if_(node: Node, inputs: Sequence[Any], inside: Inside) -> Within:
    """Run `then_branch` or `else_branch`, as the one input says. If-25."""
    (condition,) = inputs
    branch = "then_branch" if _truth(condition) else "else_branch"
    return (yield from inside(branch, (), branch))


def loop(node: Node, inputs: Sequence[Any], inside: Inside) -> Within:
    """Run the body until its first output is false, or as often as the first input says. Loop-25.

    What goes round is given to the next round, and in the end by the node; the body's outputs after
    those are stacked along a new first axis.
    """
    limit, condition, *carried = inputs
    count = len(carried)
    rounds = None if limit is None else int(np.asarray(limit).reshape(()))
    going = condition is None or _truth(condition)
    scanned: list[list[Tensor]] = [[] for _ in node.attributes["body"].outputs[1 + count :]]
    done = 0
    while going and (rounds is None or done < rounds):
        given = [np.array(done, np.int64), np.array(going), *carried]
        last, *results = yield from inside("body", given, f"body.{done}")
        going = _truth(last)
        carried = results[:count]
        for values, value in zip(scanned, results[count:], strict=True):
            values.append(value)
        done += 1
    return [*carried, *_stacked(node.attributes["body"], 1 + count, scanned, {})]


def scan(node: Node, inputs: Sequence[Any], inside: Inside) -> Within:
    """Run the body once for each slice of the last inputs; the others are what goes round. Scan-25.

    Scan-8, which had a batch axis and lengths, is not computed: ValueError.
    """
    if node.version < 9:
        raise ValueError("Scan is computed as from opset 9 on")
    body: Graph = node.attributes["body"]
    slices = int(node.attributes["num_scan_inputs"])
    count = len(inputs) - slices
    outputs = len(body.outputs) - count
    carried, sequences = list(inputs[:count]), inputs[count:]
    axes = node.get("scan_input_axes") or (0,) * slices
    backwards = node.get("scan_input_directions") or (0,) * slices
    rows = [
        np.moveaxis(values, axis, 0)[:: -1 if back else 1]
        for values, axis, back in zip(sequences, axes, backwards, strict=True)
    ]
    lengths = {len(values) for values in rows}
    if len(lengths) != 1:
        raise ValueError(f"takes sequences of one length, not {sorted(lengths)}")
    scanned: list[list[Tensor]] = [[] for _ in range(outputs)]
    for step in range(lengths.pop()):
        given = [*carried, *(values[step] for values in rows)]
        results = yield from inside("body", given, f"body.{step}")
        carried = results[:count]
        for values, value in zip(scanned, results[count:], strict=True):
            values.append(value)
    turned = {i: True for i, back in enumerate(node.get("scan_output_directions") or ()) if back}
    stacked = _stacked(body, count, scanned, turned)
    axes = node.get("scan_output_axes") or (0,) * outputs
    return [*carried, *map(_first_to, stacked, axes)]


def _first_to(values: Tensor, axis: int) -> Tensor:
    return np.moveaxis(values, 0, axis)


def _truth(value: Any) -> bool:
    """Tell what a condition says, which is one truth value in a tensor of any rank."""
    return bool(np.asarray(value).reshape(()))


def _stacked(
    body: Graph, first: int, scanned: list[list[Tensor]], turned: dict[int, bool]
) -> list[Tensor]:
    """Stack what each round gave; without a round, the body's own word for its shape is taken."""
    results = []
    for place, values in enumerate(scanned):
        if values:
            results.append(np.stack(values[::-1] if turned.get(place) else values))
        else:
            declared = body.outputs[first + place]
            if declared.dtype == UNTYPED:
                raise ValueError(f"runs no round, and '{declared.name}' has no dtype without one")
            shape = [dim if isinstance(dim, int) else 0 for dim in declared.shape or ()]
            results.append(np.zeros((0, *shape), declared.dtype))
    return results


CONTROL: dict[str, Control] = {"If": if_, "Loop": loop, "Scan": scan}
