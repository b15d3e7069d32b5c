"""PyTorch's MultiheadAttention: query, key and value in one array, and the output by another name.

https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nntrace.core.arrays import Numbers

if TYPE_CHECKING:
    from nntrace.read.arrays.numpy import StoredArray

_PARTS = ("query", "key", "value")  # from the top down
# Of nets with blocks of attention: compiled when there is one.
_NAME = r"(?s:(?P<of>.*))\.(?P<block>query|key|value|output)\.(?P<what>weight|bias)"


def packed_as(tensor: str) -> str | None:
    """Return the name under which PyTorch keeps what a block of attention calls so: in the array
    of three, or as that of `out_proj`; None for other names."""
    found = re.fullmatch(_NAME, tensor)
    if not found:
        return None
    if found["block"] == "output":
        return f"{found['of']}.out_proj.{found['what']}"
    return f"{found['of']}.in_proj_{found['what']}"


def unpacked_from(arrays: Mapping[str, StoredArray], tensor: str) -> StoredArray | None:
    """Return what a block of attention calls so, out of PyTorch's arrays; None where it is not
    there, or not of three equal parts."""
    name = packed_as(tensor)
    if name is None or name not in arrays:
        return None
    stored, found = arrays[name], re.fullmatch(_NAME, tensor)
    if found is None or found["block"] not in _PARTS:
        return stored
    rows, rest = divmod(stored.shape[0] if stored.shape else 0, len(_PARTS))
    if rest or not rows:
        return None
    first = rows * _PARTS.index(found["block"])

    def load() -> Numbers:
        return stored.load()[first : first + rows]

    return stored._replace(shape=(rows, *stored.shape[1:]), load=load)
