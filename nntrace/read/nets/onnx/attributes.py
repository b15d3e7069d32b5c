"""AttributeProto → a number, a text, or a tuple of them."""

from __future__ import annotations

from typing import Any

# AttributeProto.AttributeType, and the field that each is in:
# https://onnx.ai/onnx/api/classes.html#attributeproto
_TYPES = {
    1: ("FLOAT", "f"), 2: ("INT", "i"), 3: ("STRING", "s"), 4: ("TENSOR", "t"), 5: ("GRAPH", "g"),
    6: ("FLOATS", "floats"), 7: ("INTS", "ints"), 8: ("STRINGS", "strings"),
    9: ("TENSORS", "tensors"), 10: ("GRAPHS", "graphs"), 11: ("SPARSE_TENSOR", "sparse_tensor"),
    12: ("SPARSE_TENSORS", "sparse_tensors"), 13: ("TYPE_PROTO", "tp"),
    14: ("TYPE_PROTOS", "type_protos"),
}  # fmt: skip
_FIELDS = dict(_TYPES.values())


def attribute_type(proto: Any) -> str:
    """Return the type's name; ValueError where there is none.

    Before IR version 2 it was not written, and the field that is there tells it.
    """
    if proto.type in _TYPES:
        return _TYPES[proto.type][0]
    if proto.type:
        raise ValueError(f"is of type {proto.type}, which ONNX does not have")
    for name, field in _FIELDS.items():
        value = getattr(proto, field)
        if (
            len(value)
            if hasattr(value, "append") or hasattr(value, "add")
            else proto.HasField(field)
        ):
            return name
    raise ValueError("has no value")


def plain_attribute(proto: Any, kind: str) -> Any:
    """Return a number, a text, or a tuple of them; ValueError where it is anything else."""
    if kind in ("FLOAT", "INT", "FLOATS", "INTS"):
        value = getattr(proto, _FIELDS[kind])
        return tuple(value) if kind.endswith("S") else value
    if kind in ("STRING", "STRINGS"):
        try:
            if kind == "STRING":
                return proto.s.decode("utf-8")
            return tuple(text.decode("utf-8") for text in proto.strings)
        except UnicodeDecodeError:
            raise ValueError("is text that is not UTF-8") from None
    raise ValueError(f"is of type {kind}, which no operator that nntrace computes takes")
