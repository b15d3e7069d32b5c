"""A net as an ONNX model; its numbers stand in it bit for bit."""

from __future__ import annotations

from nntrace.core.graph.protobuf import file_of
from nntrace.core.network import Network
from nntrace.errors import UsageError, listed, plural
from nntrace.write.nets import Part
from nntrace.write.nets.lowered import graph_of


def parts(network: Network, name: str, weights: str | None = None) -> list[Part]:
    """Return the model as one file.

    What ONNX has no place for (examples, labels, a text's alphabet) is told as left out. Raises
    UsageError with everything that the model would need and ONNX cannot say.
    """
    if weights not in (None, "inline"):
        raise UsageError(f"--weights {weights}: an ONNX model holds its numbers itself")
    model = file_of(graph_of(network))
    holds = f"{plural(len(network.layers), 'layer')} and their numbers"
    lost = [
        word
        for word, there in (
            ("examples", network.examples),
            ("labels", network.input.labels or any(layer.labels for layer in network.layers)),
            ("the alphabet", network.input.text),
            ("the description", network.description),
        )
        if there
    ]
    if lost:
        holds += f"; without {listed(lost)}, for which ONNX has no place"
    return [Part(name, iter([model]), holds)]
