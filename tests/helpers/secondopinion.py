"""One operator, computed by nntrace and by onnxruntime."""

from functools import cache

import numpy as np
import onnx
import onnxruntime
from onnx import helper
from protos import graph_of

from nntrace.core.graph.run import run

ML = "ai.onnx.ml"


def model_of(op, version, inputs, attributes, outputs, domain=""):
    """Return a model of one node; `inputs` are arrays, None where one is left out."""
    names = ["" if each is None else f"i{place}" for place, each in enumerate(inputs)]
    given = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(each.dtype), each.shape)
        for name, each in zip(names, inputs, strict=True)
        if each is not None
    ]
    node = helper.make_node(op, names, [f"o{k}" for k in range(outputs)], "n", domain=domain)
    for name, value in attributes.items():
        node.attribute.append(helper.make_attribute(name, value))
    results = [onnx.ValueInfoProto(name=f"o{k}") for k in range(outputs)]
    graph = helper.make_graph([node], "g", given, results)
    opsets = [helper.make_opsetid("", version if not domain else 13)]
    if domain:
        opsets.append(helper.make_opsetid(domain, version))
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


@cache
def options():
    chosen = onnxruntime.SessionOptions()
    chosen.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    chosen.intra_op_num_threads = chosen.inter_op_num_threads = 1
    chosen.log_severity_level = 4
    return chosen


def both(op, version, inputs, attributes=(), outputs=1, domain=""):
    """Return what nntrace gives and what onnxruntime gives."""
    model = model_of(op, version, inputs, dict(attributes), outputs, domain)
    feeds = {f"i{place}": each for place, each in enumerate(inputs) if each is not None}
    ours = [np.asarray(each.value) for each in run(graph_of(model), feeds)]
    session = onnxruntime.InferenceSession(model.SerializeToString(), options())
    theirs = session.run(None, feeds)
    return ours, theirs


def agree(ours, theirs, within=1e-5):
    """Hold the two to each other: same dtypes, shapes, and numbers within a part of the largest."""
    assert len(ours) == len(theirs)
    for got, want in zip(ours, map(np.asarray, theirs), strict=True):
        assert got.shape == want.shape
        if want.dtype.kind in "OUSb":
            assert (got == want).all()
            continue
        assert got.dtype == want.dtype
        finite = np.abs(want[np.isfinite(want)])
        largest = float(finite.max(initial=0.0))
        if want.dtype == np.float16:
            within = 1e-3
        np.testing.assert_allclose(
            got.astype(np.float64), want.astype(np.float64), 0.0, within * largest
        )
