"""Nodes in an order in which each reads only what is there already."""

from __future__ import annotations

from collections.abc import Sequence

from nntrace.core.graph.graph import Node
from nntrace.read.nets.onnx.faults import Faults
from nntrace.words import cropped

MOST_IN_A_CIRCLE = 6  # names that are told


def reads_of(node: Node) -> list[str]:
    """Return the names of all that a node needs before it runs, graphs inside it included."""
    names = [name for name in node.inputs if name]
    for _, inner in node.graphs:
        names += sorted(inner.outer)
    return names


def in_order(nodes: Sequence[Node], faults: Faults) -> tuple[Node, ...]:
    """Return the nodes as they are where that is an order, else sorted; a circle is a fault.

    Of those that could come next, the first in the file does.
    """
    makers = {name: place for place, node in enumerate(nodes) for name in node.outputs if name}
    needs = [{makers[name] for name in reads_of(node) if name in makers} for node in nodes]
    if all(need < place for place, each in enumerate(needs) for need in each):
        return tuple(nodes)
    from heapq import heapify, heappop, heappush

    readers: dict[int, list[int]] = {}
    for place, each in enumerate(needs):
        for need in each:
            readers.setdefault(need, []).append(place)
    waiting = [len(each) for each in needs]
    ready = [place for place, count in enumerate(waiting) if not count]
    heapify(ready)
    ordered = []
    while ready:
        place = heappop(ready)
        ordered.append(nodes[place])
        for reader in readers.get(place, ()):
            waiting[reader] -= 1
            if not waiting[reader]:
                heappush(ready, reader)
    if len(ordered) < len(nodes):
        circle = _circle(needs, {place for place, count in enumerate(waiting) if count})
        names = [f"'{cropped(nodes[place].name)}'" for place in circle[:MOST_IN_A_CIRCLE]]
        if len(circle) > MOST_IN_A_CIRCLE:
            names.append("…")
        faults.add(
            f"reads what follows from it, in a circle: {' → '.join(names)}", nodes[circle[0]]
        )
    return tuple(ordered)


def _circle(needs: Sequence[set[int]], left: set[int]) -> list[int]:
    """Return places along a circle, each read by the next; each of `left` needs another of them."""
    place = min(left)
    way: list[int] = []
    seen: dict[int, int] = {}
    while place not in seen:
        seen[place] = len(way)
        way.append(place)
        place = min(needs[place] & left)
    circle = way[seen[place] :][::-1]
    first = circle.index(min(circle))
    circle = circle[first:] + circle[:first]
    return [*circle, circle[0]]
