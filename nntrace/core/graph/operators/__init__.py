"""What operators compute: a function each, found by the operator's name in the ONNX standard.

A function takes the node, for its attributes and its version, and then the inputs in order, None
for one that is left out at its place; it returns the output, or a tuple of outputs. A new operator
is a function and a line here. Modules are imported when a graph has the operator.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from nntrace.errors import NetworkError

if TYPE_CHECKING:
    from nntrace.core.graph.graph import Node

Operator = Callable[..., Any]  # (node, *inputs) -> a tensor, or a tuple of them

_HOMES = {
    "Abs": "elementwise.absolute",
    "Acos": "elementwise.arc_cosine",
    "Acosh": "elementwise.area_cosine",
    "Add": "arithmetic.add",
    "And": "arithmetic.logical_and",
    "ArgMax": "reductions.arg_max",
    "ArgMin": "reductions.arg_min",
    "Asin": "elementwise.arc_sine",
    "Asinh": "elementwise.area_sine",
    "Atan": "elementwise.arc_tangent",
    "Atanh": "elementwise.area_tangent",
    "Attention": "attention.attention",
    "AveragePool": "pools.average_pool",
    "BatchNormalization": "norms.batch_normalization",
    "BitCast": "made.bit_cast",
    "BitShift": "arithmetic.bit_shift",
    "BitwiseAnd": "arithmetic.bitwise_and",
    "BitwiseNot": "elementwise.bitwise_not",
    "BitwiseOr": "arithmetic.bitwise_or",
    "BitwiseXor": "arithmetic.bitwise_xor",
    "Cast": "made.cast",
    "CastLike": "made.cast_like",
    "Ceil": "elementwise.ceil",
    "Celu": "elementwise.celu",
    "Clip": "elementwise.clip",
    "Compress": "pieces.compress",
    "Concat": "pieces.concat",
    "Constant": "made.constant",
    "ConstantOfShape": "made.constant_of_shape",
    "Conv": "convolutions.conv",
    "ConvInteger": "quantised.conv_integer",
    "ConvTranspose": "convolutions.conv_transpose",
    "Cos": "elementwise.cosine",
    "Cosh": "elementwise.hyperbolic_cosine",
    "CumProd": "reductions.cumulative_product",
    "CumSum": "reductions.cumulative_sum",
    "DepthToSpace": "shapes.depth_to_space",
    "DequantizeLinear": "quantised.dequantize_linear",
    "Div": "arithmetic.divide",
    "Dropout": "shapes.dropout",
    "DynamicQuantizeLinear": "quantised.dynamic_quantize_linear",
    "Einsum": "made.einsum",
    "Elu": "elementwise.elu",
    "Equal": "arithmetic.equal",
    "Erf": "elementwise.erf",
    "Exp": "elementwise.exponential",
    "Expand": "shapes.expand",
    "EyeLike": "made.eye_like",
    "Flatten": "shapes.flatten",
    "Floor": "elementwise.floor",
    "GRU": "recurrent.gru",
    "Gather": "pieces.gather",
    "GatherElements": "pieces.gather_elements",
    "GatherND": "pieces.gather_nd",
    "Gelu": "elementwise.gelu",
    "Gemm": "products.gemm",
    "GlobalAveragePool": "pools.global_average_pool",
    "GlobalLpPool": "pools.global_lp_pool",
    "GlobalMaxPool": "pools.global_max_pool",
    "Greater": "arithmetic.greater",
    "GreaterOrEqual": "arithmetic.greater_or_equal",
    "GroupNormalization": "norms.group_normalization",
    "HardSigmoid": "elementwise.hard_sigmoid",
    "HardSwish": "elementwise.hard_swish",
    "Hardmax": "softmaxes.hardmax",
    "Identity": "shapes.identity",
    "InstanceNormalization": "norms.instance_normalization",
    "IsInf": "elementwise.is_infinite",
    "IsNaN": "elementwise.is_nan",
    "LRN": "norms.lrn",
    "LSTM": "recurrent.lstm",
    "LayerNormalization": "norms.layer_normalization",
    "LeakyRelu": "elementwise.leaky_relu",
    "Less": "arithmetic.less",
    "LessOrEqual": "arithmetic.less_or_equal",
    "Log": "elementwise.logarithm",
    "LogSoftmax": "softmaxes.log_softmax",
    "LpNormalization": "norms.lp_normalization",
    "LpPool": "pools.lp_pool",
    "MatMul": "products.matmul",
    "MatMulInteger": "quantised.matmul_integer",
    "Max": "arithmetic.maximum",
    "MaxPool": "pools.max_pool",
    "Mean": "arithmetic.mean",
    "MeanVarianceNormalization": "norms.mean_variance_normalization",
    "Min": "arithmetic.minimum",
    "Mish": "elementwise.mish",
    "Mod": "arithmetic.modulo",
    "Mul": "arithmetic.multiply",
    "Neg": "elementwise.negative",
    "NonZero": "pieces.non_zero",
    "Not": "elementwise.logical_not",
    "OneHot": "pieces.one_hot",
    "Or": "arithmetic.logical_or",
    "PRelu": "elementwise.prelu",
    "Pad": "shapes.pad",
    "Pow": "arithmetic.power",
    "QLinearConv": "quantised.qlinear_conv",
    "QLinearMatMul": "quantised.qlinear_matmul",
    "QuantizeLinear": "quantised.quantize_linear",
    "RMSNormalization": "norms.rms_normalization",
    "RNN": "recurrent.rnn",
    "Range": "made.arange",
    "Reciprocal": "elementwise.reciprocal",
    "ReduceL1": "reductions.reduce_l1",
    "ReduceL2": "reductions.reduce_l2",
    "ReduceLogSum": "reductions.reduce_log_sum",
    "ReduceLogSumExp": "reductions.reduce_log_sum_exp",
    "ReduceMax": "reductions.reduce_max",
    "ReduceMean": "reductions.reduce_mean",
    "ReduceMin": "reductions.reduce_min",
    "ReduceProd": "reductions.reduce_product",
    "ReduceSum": "reductions.reduce_sum",
    "ReduceSumSquare": "reductions.reduce_sum_square",
    "Relu": "elementwise.relu",
    "Reshape": "shapes.reshape",
    "Resize": "resize.resize",
    "ReverseSequence": "shapes.reverse_sequence",
    "RotaryEmbedding": "attention.rotary_embedding",
    "Round": "elementwise.nearest",
    "Scatter": "pieces.scatter_elements",
    "ScatterElements": "pieces.scatter_elements",
    "ScatterND": "pieces.scatter_nd",
    "Selu": "elementwise.selu",
    "Shape": "shapes.shape",
    "Shrink": "elementwise.shrink",
    "Sigmoid": "elementwise.sigmoid",
    "Sign": "elementwise.sign",
    "Sin": "elementwise.sine",
    "Sinh": "elementwise.hyperbolic_sine",
    "Size": "shapes.size",
    "Slice": "pieces.cut",
    "Softmax": "softmaxes.softmax",
    "Softplus": "elementwise.softplus",
    "Softsign": "elementwise.softsign",
    "SpaceToDepth": "shapes.space_to_depth",
    "Split": "pieces.split",
    "Sqrt": "elementwise.square_root",
    "Squeeze": "shapes.squeeze",
    "Sub": "arithmetic.subtract",
    "Sum": "arithmetic.total",
    "SwiGLU": "elementwise.swiglu",
    "Swish": "elementwise.swish",
    "Tan": "elementwise.tangent",
    "Tanh": "elementwise.hyperbolic_tangent",
    "TensorScatter": "pieces.tensor_scatter",
    "ThresholdedRelu": "elementwise.thresholded_relu",
    "Tile": "shapes.tile",
    "TopK": "reductions.top_k",
    "Transpose": "shapes.transpose",
    "Trilu": "shapes.triangle",
    "Unique": "pieces.unique",
    "Unsqueeze": "shapes.unsqueeze",
    "Upsample": "resize.upsample",
    "Where": "arithmetic.where",
    "Xor": "arithmetic.logical_xor",
}
# of the domain ai.onnx.ml, which scikit-learn's exporter writes
_ML_HOMES = {
    "ArrayFeatureExtractor": "estimators.array_feature_extractor",
    "Binarizer": "estimators.binarizer",
    "CategoryMapper": "estimators.category_mapper",
    "FeatureVectorizer": "estimators.feature_vectorizer",
    "Imputer": "estimators.imputer",
    "LabelEncoder": "estimators.label_encoder",
    "LinearClassifier": "estimators.linear_classifier",
    "LinearRegressor": "estimators.linear_regressor",
    "Normalizer": "estimators.normalizer",
    "OneHotEncoder": "estimators.one_hot_encoder",
    "Scaler": "estimators.scaler",
    "ZipMap": "estimators.zip_map",
}
_DOMAINS = {"": _HOMES, "ai.onnx": _HOMES, "ai.onnx.ml": _ML_HOMES}


def find_operator(node: Node) -> Operator:
    """Return what computes a node; NetworkError names it where there is no such operator."""
    home = _DOMAINS.get(node.domain, {}).get(node.op)
    if home is None:
        raise NetworkError(f"{node.called}: is no operator that nntrace computes")
    module, _, name = home.partition(".")
    found: Operator = getattr(import_module(f"nntrace.core.graph.operators.{module}"), name)
    return found


def has_operator(op: str, domain: str = "") -> bool:
    """Tell whether nntrace computes an operator."""
    return op in _DOMAINS.get(domain, {})
