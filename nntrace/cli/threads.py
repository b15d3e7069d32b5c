"""How many threads NumPy has for matrix products: one, and all for a net that has many of them.

OpenBLAS starts a thread for each core when it is loaded. That takes as long as hundreds of rows
take in a small net, whose products are too small to be shared out anyway; on a busy machine the
threads, which wait by spinning, take more than all the rest of a short run. So it is loaded with
one, and is given the others once a net is read that they serve.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nntrace.core.graph.graph import Graph
    from nntrace.core.network import Network

MOST_NUMBERS = 2**20  # of a small net
MOST_PRODUCTS = 2**24  # of numbers, that a row takes in a small net
# OpenBLAS looks at these, in this order.
_CHOSEN = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")


_may_grow = False  # whether NumPy was held to one thread, and may be given more


def begin_with_one() -> None:
    """Let NumPy begin with one thread, unless the user has chosen a number.

    It is too late where NumPy is loaded, which has its own.
    """
    global _may_grow
    if "numpy" not in sys.modules and not any(name in os.environ for name in _CHOSEN):
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        _may_grow = True


def stay_with_one() -> None:
    """Let NumPy stay with the thread that it began with, whatever net is read."""
    global _may_grow
    _may_grow = False


def all_for(network: Network) -> None:
    """Let NumPy have a thread for each core where that serves a net, which is a large one."""
    if not _may_grow or _is_small(network):
        return
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=_cores(), user_api="blas")


def _is_small(network: Network) -> bool:
    numbers = numbers_in(network.model.graph) if network.model else network.parameters
    products = sum(
        layer.op.parameters * (layer.size // max(layer.width, 1)) for layer in network.layers
    )
    return numbers <= MOST_NUMBERS and products <= MOST_PRODUCTS


def numbers_in(graph: Graph) -> int:
    """Return how many numbers a model holds, those of the graphs inside its nodes too."""
    count = sum(tensor.size for tensor in graph.constants.values())
    for node in graph.nodes:
        count += sum(getattr(value, "size", 0) for value in node.attributes.values())
        count += sum(numbers_in(inner) for _, inner in node.graphs)
    return count


def _cores() -> int:
    """Return how many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # Linux alone tells
    return len(allowed(0)) if allowed else os.cpu_count() or 1
