"""NumPy's archive: an array for z and for a of each layer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nntrace.core.arrays import Numbers
from nntrace.core.forward import Trace, shaped
from nntrace.errors import UsageError
from nntrace.write.encode import escaped

if TYPE_CHECKING:
    from nntrace.core.batch import TracedBatch
    from nntrace.core.graph.model import Model
    from nntrace.core.network import Network

LONGEST_MEMBER = 60_000  # bytes of a name in a zip archive, which has 65,535 with its suffix


def trace(
    network: Network, chunks: Iterable[TracedBatch], layers: Collection[str]
) -> Iterator[bytes]:
    """Give an `.npz` archive: `input`, and `<layer>.z` and `<layer>.a`, each rows × the layer's
    shape; of an ONNX model every tensor by its name, as the model gives it."""
    traces = [chunk.trace for chunk in chunks]
    if network.model:
        yield _archive(_tensors(network, network.model, traces, layers))
        return
    if len({trace.network.input.size for trace in traces}) > 1:
        raise UsageError("an npz takes texts of one length: their numbers stand in one array")
    network = traces[0].network if traces else network
    shown = [layer for layer in network.layers if layer.name in layers]
    empty = {layer.name: np.zeros((0, *layer.shape), network.dtype) for layer in shown}
    arrays = {
        "input": np.concatenate(
            [np.zeros((0, network.input.size), network.rows_dtype), *(t.input for t in traces)]
        )
    }
    for layer in shown:
        parts = [trace[layer.name] for trace in traces]
        name = escaped(layer.name)  # a zip archive ends a name at its first NUL
        if f"{name}.z" in arrays or len(name.encode()) > LONGEST_MEMBER:
            raise UsageError(f"{layer.name[:40]}: an npz cannot hold a layer of this name")
        for quantity, values in (("z", [p.z for p in parts]), ("a", [p.a for p in parts])):
            told = [shaped(each, layer.shape) for each in values]
            arrays[f"{name}.{quantity}"] = np.concatenate([empty[layer.name], *told])
    yield _archive(arrays)


def _archive(arrays: Mapping[str, Numbers]) -> bytes:
    import io

    archive = io.BytesIO()
    np.savez(archive, **arrays)  # type: ignore[arg-type]  # its stub minds the names
    return archive.getvalue()


def _tensors(
    network: Network, model: Model, traces: Sequence[Trace], layers: Collection[str]
) -> dict[str, Numbers]:
    """Return the tensors of a model by name: inputs, and all that its nodes give, or, where some
    layers were asked for, those of their z and a."""
    if not traces:
        return {}
    names = list(traces[0].tensors or ())
    if len(layers) < len(network.layers):
        names = [name for each in layers for name in (model.seen.z.get(each, each), each)]
    given = Trace.concat(traces).tensors or {}
    tensors: dict[str, Numbers] = {}
    for name in dict.fromkeys(names):
        told = escaped(name)
        if told in tensors or len(told.encode()) > LONGEST_MEMBER:
            raise UsageError(f"{name[:40]}: an npz cannot hold a tensor of this name")
        tensors[told] = given[name]
    return tensors
