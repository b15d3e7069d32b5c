"""Kinds that are spelt out when they are read: attention is several layers of simpler kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nntrace.core.op import Field
from nntrace.errors import Path
from nntrace.read.yaml.grammar import INVALID
from nntrace.records import NamedTuple


class Spelt(NamedTuple):
    """A layer as it stands in the file, or as if it did: its name, its keys, where they stand.

    `tensors` is what its tensors are called before the dot in a weights file for the whole net,
    `reads` what it reads where that is not what the layer in the file reads. A `square` one is as
    wide as what it reads. None for a name that could not be read.
    """

    name: str | None
    declared: dict[str, Any]
    path: Path
    tensors: str | None
    reads: tuple[str, ...] | None = None
    square: bool = False


class Composite(NamedTuple):
    """A kind that is spelt out as layers; `spell` is given its name, its keys and where they stand.

    The other names are those of `Op`.
    """

    KIND: str
    GIVES: str
    DOC: str
    FORMULA: str
    TORCH: str
    ONNX: str
    SOURCE: str
    FIELDS: tuple[Field, ...]
    spell: Callable[[str, dict[str, Any], Path], list[Spelt]]
    READS: tuple[int, int | None] = (1, 1)


def _attention(name: str, declared: dict[str, Any], path: Path) -> list[Spelt]:
    def dense(key: str, called: str, reads: tuple[str, ...] | None) -> Spelt:
        block = declared.get(key, {})
        weights = {"weights": INVALID} if block is INVALID else block
        own = {"kind": "dense", "axis": "last", **weights}
        return Spelt(called, own, (*path, key), f"{name}.{key}", reads, square=True)

    def inner(kind: str, *reads: str, **keys: Any) -> Spelt:
        own = {"kind": kind, "heads": declared["heads"], **keys}
        return Spelt(f"{name}.{kind}", own, path, None, tuple(f"{name}.{each}" for each in reads))

    asked = [dense(key, f"{name}.{key}", None) for key in ("query", "key", "value")]
    causal = declared.get("causal", False)
    scores = inner("scores", "query", "key", causal=causal, activation=("softmax", {}))
    output = dense("output", name, (f"{name}.mix",))
    last = {"activation", "labels"} & declared.keys()
    output.declared.update({key: declared[key] for key in last})
    return [*asked, scores, inner("mix", "scores", "value"), output]


def _block(name: str, doc: str) -> Field:
    return Field(name, "block", doc, axes=("width", "width"))


COMPOSITES: Mapping[str, Composite] = {
    "attention": Composite(
        "attention",
        "tokens × width → the same",
        "each token asks all tokens (or those before it), and mixes what they say",
        "scores[h, t, s] = Σ query[t, h, i] · key[s, h, i] / √(width / heads); "
        "shares = softmax(scores) over s; mix[t, h, i] = Σ shares[h, t, s] · value[s, h, i]; "
        "z[t] = output · mix[t] + bias",
        "MultiheadAttention with batch_first, whose in_proj_weight is query, key and value stacked",
        "Attention (opset 23) between MatMuls; exporters write it out in pieces",
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html",
        (
            Field("heads", "count", "how many heads share the width between them", required=True),
            Field("causal", "flag", "whether a token sees only itself and those before it", False),
            _block("query", "weights and bias of what a token asks"),
            _block("key", "weights and bias of what a token is found by"),
            _block("value", "weights and bias of what a token says"),
            _block("output", "weights and bias of what is made of the mix"),
        ),
        _attention,
    ),
}
