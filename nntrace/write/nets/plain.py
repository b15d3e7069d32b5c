"""A model as a net of layers alone, which compute what its graph does: or why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nntrace.analysis.agreement import TOLERANCES, parting, random_rows
from nntrace.core.forward import Trace, forward
from nntrace.core.graph.model import FEWER
from nntrace.core.graph.op import OnnxOp
from nntrace.core.input import Input
from nntrace.core.network import Network
from nntrace.errors import NetworkError, NntraceError, Problem, UsageError
from nntrace.words import cropped


def without_graph(network: Network) -> Network:
    """Return a net whose layers compute what the graph of a model does; the net itself of others.

    Both are run on random rows. Raises UsageError, with everything that only a graph can say.
    """
    if network.model is None:
        return network
    problems = list(_problems(network))
    if problems:
        raise UsageError(problems)
    dtype = _dtype(network)
    spec = Input(network.input.size, network.input.labels, network.input.shape)
    try:
        layers = tuple(
            replace(layer, reads=_reads(network, layer.reads)) for layer in network.layers
        )
        plain = replace(network, model=None, input=spec, layers=layers, dtype=dtype)
    except NetworkError as error:
        raise UsageError(error.problems) from None
    _check(network, plain)
    return plain


def _dtype(network: Network) -> str:
    """Return the dtype of a model's weights, which rows of whole numbers are held wider than."""
    arrays = [values for layer in network.layers for values in layer.op.arrays.values()]
    return max((values.dtype.name for values in arrays), default=network.dtype)


def _reads(network: Network, reads: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a layer reads, of which a model's one input is the net's."""
    own = {part.name for part in network.input.parts}
    return tuple("input" if name in own else name for name in reads)


def _problems(network: Network) -> Iterator[Problem]:
    parts, dtype = network.input.parts, _dtype(network)
    if len(parts) > 1:
        names = ", ".join(cropped(part.name) for part in parts)
        yield Problem(f"has {len(parts)} inputs ({names}), a net one", ("input",))
    if network.output.name != network.layers[-1].name:
        told = f"gives {cropped(network.output.name)} first, which is not its last layer"
        yield Problem(told, ("layers",))
    for at, layer in enumerate(network.layers):
        if isinstance(layer.op, OnnxOp):
            told = f"{cropped(layer.name)} is the operator {layer.op.operator}"
            yield Problem(f"{told}, which is no kind of layer", ("layers", at))
        elif not layer.op.sayable:
            told = f"{cropped(layer.name)} is of kind {layer.kind} as only a graph can say it"
            yield Problem(told, ("layers", at))
        for values in layer.op.arrays.values():
            if values.dtype != dtype:
                told = f"{cropped(layer.name)} computes in {values.dtype}, the net {dtype}"
                yield Problem(told, ("layers", at))
                break


def _check(network: Network, plain: Network) -> None:
    """Raise UsageError where the layers by themselves give something else than the graph."""
    rows = random_rows(network.input.size, dtype=network.dtype)[:4]
    if np.dtype(network.input.parts[0].dtype).kind in "iu":
        read = [layer.op for layer in plain.layers if "input" in layer.reads]
        below = next(n for n in FEWER if not any(list(op.lacks(n)) for op in read))
        rows = np.floor(np.abs(rows)) % below
    try:
        mine, theirs = forward(plain, rows.astype(plain.dtype)), forward(network, rows)
    except NntraceError as error:
        raise UsageError(f"its layers cannot be run by themselves: {error}") from None
    given = {layer.name: mine[layer.name].a for layer in plain.layers}
    expected = {layer.name: theirs[layer.name].a for layer in network.layers}
    if found := parting(given, expected, TOLERANCES[plain.dtype]):
        narrow = _narrower(theirs)
        why = f"it rounds each number to {narrow}, a net file to {plain.dtype}: " if narrow else ""
        raise UsageError(f"its layers by themselves give other numbers: {why}{found}")


def _narrower(trace: Trace) -> str | None:
    """Return the dtype of a model's numbers that is narrower than any that a net file has."""
    names = {value.dtype.name for value in (trace.tensors or {}).values()}
    return next((name for name in ("bfloat16", "float16") if name in names), None)
