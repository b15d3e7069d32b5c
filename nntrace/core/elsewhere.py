"""What other frameworks call their activations and kinds of layers, and what that is here.

A name that is near one of ours may be another function (`lrelu` is not relu): what is known to be
another function is told so, and never taken for a typo. Names are in small letters, without
underscores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nntrace.core.activations import ACTIVATIONS, ALIASES
from nntrace.errors import unknown
from nntrace.words import LONGEST_NAME

_LEAKY = "leaky_relu, with alpha: 0.01 in PyTorch and ONNX, 0.2 or 0.3 in TensorFlow and Keras"
_TANH = "gelu_tanh, the approximation by tanh"
_HARD = "hard_sigmoid, with alpha: 1/6 in PyTorch, JAX and Keras 3, 0.2 in ONNX and Keras 2"
_HERE: Mapping[str, tuple[str, ...]] = {
    _LEAKY: ("lrelu", "leakyrelu", "leakyrectify", "leaky"),
    _TANH: ("gelunew", "gelufast", "gelupytorchtanh", "geluapproximate", "gelupythontanh"),
    _HARD: ("hardsigmoid", "hsigmoid"),
    "gelu, the exact one by erf": ("geluerf", "geluexact", "gelupython", "gelunone"),
    "hard_swish": ("hswish", "hardsilu"),
    "silu": ("swish1", "silu1"),
    "sigmoid": ("expit",),
    "identity": ("none", "null", "noop", "id", "passthrough"),
    "relu": ("rectify", "rectifier", "ramp"),
    "step": ("heaviside", "binarystep", "unitstep"),
    "softmax": ("softargmax",),
    "hard_tanh": ("htanh",),
    "softplus": ("smoothrelu",),
}
_NOT_HERE = frozenset(
    (
        *("rrelu", "crelu", "srelu", "drelu", "frelu", "brelu", "dyrelu", "starrelu", "relu1"),
        *("relu2", "relun", "squaredrelu", "relusquared", "pelu", "telu", "delu", "swish2"),
        *("quickgelu", "geluquick", "glu", "geglu", "swiglu", "reglu", "tan", "sinh", "cosh"),
        *("atan", "arctan", "stanh", "tanhshrink", "lecuntanh", "hardshrink", "softshrink"),
        *("threshold", "maxout", "softmin", "sparsemax", "sparseplus", "squareplus"),
        *("squaredtanh", "gaussian", "sin", "cos", "exp", "exponential", "erf", "sign", "signum"),
        *("abs", "square", "snake", "serf", "smelu", "logit", "softmax2d", "gumbelsoftmax"),
        *("logsoftplus", "inverse", "sparsesigmoid", "softclip", "bentidentity"),
    )
)
_MEANT = {name: told for told, names in _HERE.items() for name in names}


def unknown_activation(name: str) -> str:
    """Say that there is no such activation, and what its name may mean."""
    if told := _told_elsewhere(name):
        return f"unknown activation '{name}': {told}"
    return unknown("activation", name, [*ACTIVATIONS, *ALIASES])


def _told_elsewhere(name: str) -> str | None:
    """Return what a name of another framework is here, None where it is no such name."""
    if len(name) > LONGEST_NAME:
        return None
    bare = _bare(name)
    if bare in _MEANT:
        return f"here that is {_MEANT[bare]}"
    return "a function that nntrace does not have" if bare in _NOT_HERE else None


def _bare(name: str) -> str:
    """Return a name in small letters, without underscores and the like."""
    return "".join(char for char in name.casefold() if char not in "_- .")


# Kinds of layers, by names without the number of dimensions.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "dense": ("linear", "fc", "fullyconnected", "gemm", "matmul", "affine", "innerproduct"),
    "dense, with axis: last": ("timedistributed", "timedistributeddense"),
    "conv": ("convolution", "convolutional", "cnn"),
    "conv, with as many groups as it reads channels": ("depthwiseconv", "depthwise"),
    "conv, with kernel: 1": ("pointwiseconv", "pointwise"),
    "conv_transpose": ("transposedconv", "transposeconv", "deconv", "deconvolution"),
    "max_pool": ("maxpooling", "pool", "pooling"),
    "average_pool": ("avgpool", "avgpooling", "averagepooling", "meanpool"),
    "global_max_pool": ("globalmaxpooling", "adaptivemaxpool", "gmp"),
    "global_average_pool": (
        *("globalavgpool", "globalaveragepooling", "globalpool"),
        *("globalmeanpool", "adaptiveavgpool", "adaptiveaveragepool", "gap"),
    ),
    "batch_norm": ("batchnormalization", "batchnormalisation", "bn"),
    "layer_norm": ("layernormalization", "layernormalisation", "ln"),
    "rms_norm": ("rmsnormalization", "rmsnormalisation"),
    "group_norm": ("groupnormalization", "groupnormalisation", "gn"),
    "instance_norm": ("instancenormalization", "instancenormalisation"),
    "add": ("sum", "plus", "addition", "residual", "skip"),
    "subtract": ("sub", "minus", "difference"),
    "multiply": ("mul", "times", "product", "gate"),
    "concat": ("cat", "concatenate", "concatenation", "merge", "hstack"),
    "reshape": ("view", "unflatten"),
    "transpose": ("permute", "swapaxes"),
    "reduce": ("mean", "average", "reducemean", "reducemax", "reducemin", "reducesum"),
    "embedding": ("embed", "embeddings", "lookup", "gather"),
    "positions": (
        *("position", "positional", "positionalembedding", "positionembedding"),
        *("positionalencoding", "positionencoding"),
    ),
    "attention": ("multiheadattention", "selfattention", "multiheadselfattention", "mha"),
}
# Keys of layers.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "size": ("units", "hiddensize", "outfeatures", "neurons", "width"),
    "channels": ("filters", "outchannels", "features"),
    "kernel": ("kernelsize", "kernelshape", "poolsize"),
    "padding": ("pad", "pads"),
    "groups": ("numgroups",),
    "heads": ("numheads", "nhead", "nheads"),
    "causal": ("iscausal", "usecausalmask"),
    "width": ("embeddingdim", "outputdim", "embeddim", "size"),
    "axis": ("dim", "axes"),
    "order": ("perm", "dims"),
    "epsilon": ("eps",),
    "mean": ("runningmean", "movingmean"),
    "variance": ("runningvar", "movingvariance", "var"),
    "scale": ("gamma", "weight", "weights"),
    "shift": ("beta", "bias", "offset"),
    "ceil": ("ceilmode",),
    "count_padding": ("countincludepad",),
    "recurrent": ("recurrentkernel", "recurrentweights", "weighthh"),
    "weights": ("weightih", "kernel"),
    "recurrent_bias": ("biashh",),
    "bias": ("biasih",),
    "reads": ("inputs", "from", "input"),
    "name": ("id",),
    "kind": ("type", "op", "layer"),
}
_KIND_MEANT = {name: told for told, names in _KINDS.items() for name in names}


def unknown_kind(name: str, known: Sequence[str]) -> str:
    """Say that there is no such kind of layer, and what its name may mean."""
    meant = _kind_elsewhere(name, known) if len(name) <= LONGEST_NAME else None
    return (
        f"unknown kind of layer '{name}': {meant}"
        if meant
        else unknown("kind of layer", name, known)
    )


def _kind_elsewhere(name: str, known: Sequence[str]) -> str | None:
    """Return what a kind of another framework is here, None where it is no such name."""
    bare = _bare(name)
    if "dropout" in bare or bare == "identity":
        return "it does nothing in a trained net, leave it out"
    meant = dict(_KIND_MEANT)
    if bare[-2:] in ("1d", "2d", "3d"):
        bare = bare[:-2]
        meant |= {_bare(kind): kind for kind in known}
    if bare in meant:
        return f"here that is {meant[bare]}"
    if bare in map(_bare, (*ACTIVATIONS, *ALIASES)):
        return "here that is an activation, a key of each layer"
    return None


def key_elsewhere(name: str, known: Sequence[str]) -> str | None:
    """Return which of the known keys of a layer another framework calls so; None where none."""
    bare = _bare(name[:LONGEST_NAME])
    return next((key for key in known if bare in _KEYS.get(key, ())), None)
