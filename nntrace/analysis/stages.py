"""What a probe is given of the input and of each layer: all numbers, the last token's, or, of many,
a random projection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from nntrace.core.arrays import Array, Doubles, Numbers
from nntrace.core.forward import Trace
from nntrace.core.names import Neuron, name_of
from nntrace.core.network import Network

MOST_NUMBERS = 2000  # of a row are read as they are; of more, a probe takes minutes
PROJECTED = 1000  # numbers that so many are projected onto
SPREAD = 8  # of these each number is added to
PIECE = 1 << 22  # numbers that are projected at a time


class Stage(NamedTuple):
    """The input, or the `a` of a layer, as a probe reads it: rows × numbers.

    `last` says that these are the last token's.
    """

    name: str
    values: Array
    last: bool = False

    @property
    def size(self) -> int:
        """How many numbers of a row are read."""
        return int(self.values.shape[1])


def stages(traces: Sequence[Trace]) -> Iterator[Stage]:
    """Give what is read of the input and of each layer, in order, over the rows of all traces.

    The traces are of one net, for texts of several lengths. Where a shape depends on the tokens
    along one axis, what is read is the last token's: it has seen all of a text where tokens see
    those before them, and it is what the net answers by. An input of tokens is read as a one in
    the place of its last character. What depends on the tokens along several axes is left out, see
    `left_out`.
    """
    network = traces[0].network
    yield _input(traces)
    for name in network.places:
        shape = network.open_shape(name)
        if shape.count(None) > 1:
            continue
        parts = [_last(trace.network, name, trace[name].a) for trace in traces]
        yield Stage(name, _joined(parts), None in shape)


def left_out(network: Network) -> tuple[str, ...]:
    """Return the layers that are not read: how many numbers they have grows with the tokens in
    more than one axis, as those of scores do."""
    return tuple(n for n in network.places if network.open_shape(n).count(None) > 1)


def called(traces: Sequence[Trace], stage: Stage, row: int, column: int) -> str:
    """Return the name of a number that is read, in one of the rows of all traces."""
    for trace in traces:
        if row < len(trace):
            break
        row -= len(trace)
    network = trace.network
    if stage.name == "input" and network.input.varies:
        return name_of(network, Neuron("input", network.input.size - 1))
    size = network.input.size if stage.name == "input" else network.layer(stage.name).size
    places = _last(network, stage.name, np.arange(size)[np.newaxis])[0]
    return name_of(network, Neuron(stage.name, int(places[column])))


def _input(traces: Sequence[Trace]) -> Stage:
    text = traces[0].network.input.text
    if text is None or not text.by_token:
        return Stage("input", _joined([trace.x for trace in traces]))
    tokens = _joined([trace.x[:, -1] for trace in traces]).astype(np.intp)
    return Stage("input", np.eye(len(text.alphabet))[tokens], True)


def _last(network: Network, name: str, values: Numbers) -> Numbers:
    """Return rows × size as rows × numbers: all of them, or those of the last token."""
    shape = network.open_shape(name)
    if name == "input" or None not in shape:
        return values
    own = values.reshape(len(values), *network.shape(name))
    last: Numbers = own.take(-1, axis=1 + shape.index(None))
    return last.reshape(len(values), -1)


def _joined(parts: Sequence[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def projected(values: Array, seed: int) -> Doubles:
    """Project rows × numbers onto PROJECTED numbers, at random but the same for the same seed.

    Each number is added to SPREAD of them, with a sign: a sparse Johnson-Lindenstrauss transform,
    which keeps the distances of rows to within a few per cent (Kane and Nelson, Sparser
    Johnson-Lindenstrauss Transforms, Journal of the ACM 61, 2014, its block construction). Scaled
    by the count of numbers, so that no sum overflows. NumPy promises the raw stream of PCG64.
    """
    rows, count = values.shape
    raw = np.random.PCG64(seed).random_raw(SPREAD * count).reshape(SPREAD, count)
    block = PROJECTED // SPREAD
    found = np.zeros((rows, PROJECTED))
    step = max(1, PIECE // count)
    for part, bits in enumerate(raw):
        target = (bits >> np.uint64(1)) % np.uint64(block)
        order = np.argsort(target, kind="stable")
        starts = np.searchsorted(target[order], np.arange(block, dtype=np.uint64))
        empty = np.diff(starts, append=count) == 0
        signs = np.where(bits & np.uint64(1), 1.0, -1.0)[order] / count
        for start in range(0, rows, step):
            some = values[start : start + step].astype(np.float64)[:, order] * signs
            sums = np.add.reduceat(some, starts.clip(max=count - 1), axis=1)
            sums[:, empty] = 0.0
            found[start : start + step, part * block : (part + 1) * block] = sums
    return found
