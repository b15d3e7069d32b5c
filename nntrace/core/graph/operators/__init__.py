"""What operators compute: a function each, found by the operator's name in the ONNX standard.

A function takes the node, for its attributes and its version, and then the inputs in order, None
for one that is left out at its place; it returns the output, or a tuple of outputs. A new operator
is a function and a line here. Modules are imported when a graph has the operator.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from nntrace.errors import NetworkError, Problem

if TYPE_CHECKING:
    from nntrace.core.graph.graph import Node

Operator = Callable[..., Any]  # (node, *inputs) -> a tensor, or a tuple of them

_HOMES = {
    "Attention": "attention.attention",
    "AveragePool": "pools.average_pool",
    "BatchNormalization": "norms.batch_normalization",
    "Conv": "convolutions.conv",
    "ConvInteger": "quantised.conv_integer",
    "ConvTranspose": "convolutions.conv_transpose",
    "DequantizeLinear": "quantised.dequantize_linear",
    "DynamicQuantizeLinear": "quantised.dynamic_quantize_linear",
    "GRU": "recurrent.gru",
    "Gemm": "products.gemm",
    "GlobalAveragePool": "pools.global_average_pool",
    "GlobalLpPool": "pools.global_lp_pool",
    "GlobalMaxPool": "pools.global_max_pool",
    "GroupNormalization": "norms.group_normalization",
    "Hardmax": "softmaxes.hardmax",
    "InstanceNormalization": "norms.instance_normalization",
    "LRN": "norms.lrn",
    "LSTM": "recurrent.lstm",
    "LayerNormalization": "norms.layer_normalization",
    "LogSoftmax": "softmaxes.log_softmax",
    "LpNormalization": "norms.lp_normalization",
    "LpPool": "pools.lp_pool",
    "MatMul": "products.matmul",
    "MatMulInteger": "quantised.matmul_integer",
    "MaxPool": "pools.max_pool",
    "MeanVarianceNormalization": "norms.mean_variance_normalization",
    "QLinearConv": "quantised.qlinear_conv",
    "QLinearMatMul": "quantised.qlinear_matmul",
    "QuantizeLinear": "quantised.quantize_linear",
    "RMSNormalization": "norms.rms_normalization",
    "RNN": "recurrent.rnn",
    "Relu": "elementwise.relu",
    "Resize": "resize.resize",
    "RotaryEmbedding": "attention.rotary_embedding",
    "Softmax": "softmaxes.softmax",
    "Upsample": "resize.upsample",
}
# of the domain ai.onnx.ml, which scikit-learn's exporter writes
_ML_HOMES: dict[str, str] = {}
_DOMAINS = {"": _HOMES, "ai.onnx": _HOMES, "ai.onnx.ml": _ML_HOMES}


def find_operator(node: Node) -> Operator:
    """Return what computes a node; NetworkError names it where there is no such operator."""
    home = _DOMAINS.get(node.domain, {}).get(node.op)
    if home is None:
        kind = f"{node.domain}.{node.op}" if node.domain else node.op
        told = f"{kind} (opset {node.version}) is no operator that nntrace computes"
        raise NetworkError(Problem(told, ("nodes", node.name)))
    module, _, name = home.partition(".")
    found: Operator = getattr(import_module(f"{__name__}.{module}"), name)
    return found
