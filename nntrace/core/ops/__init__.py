"""What layers compute: a kind of layer a class, found by what a net file calls it.

A new kind is a module and a line in `_HOMES`. Modules are imported when a net has the kind.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from nntrace.errors import UsageError, unknown

if TYPE_CHECKING:
    from nntrace.core.op import Op

_HOMES = {
    "dense": "dense.Dense",
    "conv": "conv.Conv",
    "conv_transpose": "conv_transpose.ConvTranspose",
    "max_pool": "pool.MaxPool",
    "average_pool": "pool.AveragePool",
    "global_max_pool": "global_pool.GlobalMaxPool",
    "global_average_pool": "global_pool.GlobalAveragePool",
    "batch_norm": "batch_norm.BatchNorm",
    "layer_norm": "layer_norm.LayerNorm",
    "rms_norm": "layer_norm.RmsNorm",
    "group_norm": "group_norm.GroupNorm",
    "instance_norm": "group_norm.InstanceNorm",
    "add": "join.Add",
    "subtract": "join.Subtract",
    "multiply": "join.Multiply",
    "concat": "join.Concat",
    "flatten": "reshape.Flatten",
    "reshape": "reshape.Reshape",
    "transpose": "reshape.Transpose",
    "reduce": "reduce.Reduce",
    "embedding": "embedding.Embedding",
    "positions": "embedding.Positions",
    "scores": "attention.Scores",
    "mix": "attention.Mix",
    "lstm": "recurrent.Lstm",
    "gru": "recurrent.Gru",
}
KINDS = tuple(_HOMES)
INTERNAL = ("scores", "mix")  # kinds that a net file does not name


def find_kind(kind: str) -> type[Op]:
    """Return the class of a kind of layer; UsageError names the nearest one where there is none.

    `attention` is none: a net file spells it out as layers of the kinds dense, scores and mix.
    """
    if kind not in _HOMES:
        raise UsageError(unknown("kind", kind, _HOMES))
    module, _, name = _HOMES[kind].partition(".")
    found: type[Op] = getattr(import_module(f"nntrace.core.ops.{module}"), name)
    return found
