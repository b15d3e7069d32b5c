"""What scikit-learn's exporter writes: classifiers as sums and shares, and the classes of these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from nntrace.core.graph.graph import Graph, Node, Tensor

OPSET = 13
_AFTERWARDS = {"SOFTMAX": "Softmax", "LOGISTIC": "Sigmoid"}  # what makes shares of scores


class Classes(NamedTuple):
    """The tensor that holds the shares of classes, and the classes in their order."""

    shares: str
    labels: tuple[str, ...]


def classes_of(graph: Graph) -> Classes | None:
    """Return what a ZipMap says of a graph's classes; None where there is none."""
    for node in graph.nodes:
        if node.op == "ZipMap":
            labels = node.get("classlabels_strings") or node.get("classlabels_int64s") or ()
            return Classes(node.outputs[0], tuple(map(str, labels)))
    return None


def spelt_out(graph: Graph) -> Graph:
    """Return a graph whose linear classifiers are written as sums, and shares made of these.

    Each keeps giving the label; its scores are a tensor of a new name, which ends in `.scores`.
    """
    constants: dict[str, Tensor] = {}
    nodes = [part for node in graph.nodes for part in _parts(node, constants)]
    if len(nodes) == len(graph.nodes):
        return graph
    return replace(graph, nodes=tuple(nodes), constants={**graph.constants, **constants})


def _parts(node: Node, constants: dict[str, Tensor]) -> Iterator[Node]:
    labels = node.get("classlabels_strings") or node.get("classlabels_ints") or ()
    coefficients = node.get("coefficients", ())
    afterwards = node.get("post_transform", "NONE")
    several = len(labels) > 1 and len(coefficients) % max(1, len(labels)) == 0
    bias = node.get("intercepts") or (0.0,) * len(labels)
    plain = node.op == "LinearClassifier" and len(node.outputs) > 1 and node.outputs[1]
    known = afterwards == "NONE" or afterwards in _AFTERWARDS
    if not (plain and several and known and len(bias) == len(labels)):
        yield node
        return
    label, shares = node.outputs
    scores = shares if afterwards == "NONE" else f"{shares}.scores"
    constants[f"{shares}.weights"] = np.array(coefficients, np.float32).reshape(len(labels), -1)
    constants[f"{shares}.bias"] = np.array(bias, np.float32)
    inputs = (node.inputs[0], f"{shares}.weights", f"{shares}.bias")
    if label:
        yield replace(node, outputs=(label, ""))
    yield Node(scores, "Gemm", inputs, (scores,), {"transB": 1}, OPSET)
    if afterwards != "NONE":
        keys = {"axis": -1} if afterwards == "SOFTMAX" else {}
        yield Node(shares, _AFTERWARDS[afterwards], (scores,), (shares,), keys, OPSET)
