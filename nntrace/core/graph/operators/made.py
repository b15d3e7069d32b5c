"""Operators that make tensors, and that make tensors of another dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from nntrace.core.graph.dtypes import STRING, dtype_of
from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.given import TEXTS
from nntrace.core.graph.operators.widths import computed_in

# The forms in which a Constant gives what it is, with the dtype of those that are no array.
_FORMS = {
    "value": None,
    "sparse_value": None,
    "value_float": np.float32,
    "value_floats": np.float32,
    "value_int": np.int64,
    "value_ints": np.int64,
    "value_string": np.object_,
    "value_strings": np.object_,
}
# The largest number of floats that saturate when something is cast to them: see Cast-28.
_LARGEST = {
    "float8_e4m3fn": 448.0,
    "float8_e4m3fnuz": 240.0,
    "float8_e5m2": 57344.0,
    "float8_e5m2fnuz": 57344.0,
}
_POWERS_OF_TWO = "float8_e8m0fnu"


def constant(node: Node) -> Tensor:
    """What an attribute says. Constant-13."""
    for form, dtype in _FORMS.items():
        if form in node.attributes:
            return np.asarray(node.attributes[form], dtype=dtype)
    raise ValueError("has no value")


def constant_of_shape(node: Node, sizes: Tensor) -> Tensor:
    """One number, float32 0 if none is given, everywhere. ConstantOfShape-9."""
    value = node.get("value")
    filling = np.float32(0) if value is None else value.reshape(-1)[0]
    return np.full(tuple(sizes.tolist()), filling, dtype=filling.dtype)


def arange(node: Node, start: Tensor, limit: Tensor, delta: Tensor) -> Tensor:
    """From start on by delta, before the limit. Range-11."""
    count = max(int(np.ceil((limit.item() - start.item()) / delta.item())), 0)
    dtype = start.dtype
    steps = np.arange(count).astype(computed_in(dtype) if dtype.kind in "fV" else dtype)
    result: Tensor = (start.reshape(()) + steps * delta.reshape(())).astype(dtype, copy=False)
    return result


def eye_like(node: Node, x: Tensor) -> Tensor:
    """1 on a diagonal, 0 elsewhere, as large as x. EyeLike-9."""
    dtype = _target(node, "dtype") if "dtype" in node.attributes else x.dtype
    result: Tensor = np.eye(x.shape[0], x.shape[1], k=node.get("k", 0), dtype=np.float32).astype(
        dtype
    )
    return result


def cast(node: Node, x: Tensor) -> Tensor:
    """x in another dtype. Cast-13."""
    return _as_dtype(node, x, _target(node, "to"))


def cast_like(node: Node, x: Tensor, like: Tensor) -> Tensor:
    """x in the dtype of another. CastLike-15."""
    return _as_dtype(node, x, like.dtype)


def bit_cast(node: Node, x: Tensor) -> Tensor:
    """The bits of x, read as another dtype. BitCast-26."""
    return x.copy().view(_target(node, "to"))


def _target(node: Node, attribute: str) -> np.dtype[Any]:
    code = node.get(attribute)
    if code == STRING:
        return np.dtype(np.object_)
    if isinstance(code, str):  # so opset 1 to 5 write it
        return np.dtype(code.lower().replace("double", "float64").replace("float", "float32"))
    try:
        return dtype_of(code)
    except TypeError:  # NumPy learns it from ml_dtypes
        import ml_dtypes  # noqa: F401

        return dtype_of(code)
    except KeyError:
        raise ValueError(f"{attribute} is {code}, which is no dtype of ONNX") from None


def _as_dtype(node: Node, x: Tensor, dtype: np.dtype[Any]) -> Tensor:
    """Floats go to whole numbers towards 0, and to bool by being not 0; texts are read."""
    if dtype == x.dtype:
        return x
    if x.dtype.kind in TEXTS:
        numbers = [float(each) for each in x.reshape(-1)]
        return np.array(numbers, dtype=np.float64).astype(dtype).reshape(x.shape)
    if dtype.kind == "O":
        texts = [_told(each) for each in x.reshape(-1)]
        return np.array(texts, dtype=np.object_).reshape(x.shape)
    if dtype.itemsize > 1 or dtype.kind in "iub":  # to ask a dtype for its name is slow
        return x.astype(dtype)
    if dtype.name == _POWERS_OF_TWO:
        return _power_of_two(node, x.astype(computed_in(x.dtype), copy=False)).astype(dtype)
    if dtype.name in _LARGEST and node.get("saturate", 1):
        largest = _LARGEST[dtype.name]
        wide = x.astype(computed_in(x.dtype), copy=False)
        return np.asarray(np.minimum(np.maximum(wide, -largest), largest)).astype(dtype)
    return x.astype(dtype)


def _power_of_two(node: Node, x: Tensor) -> Tensor:
    """Return powers of two beside x, which is not negative, by `round_mode`."""
    mode = node.get("round_mode", "up")
    half, exponent = np.frexp(x)  # x = half·2^exponent, 1/2 ≤ half < 1
    up = {"up": half > 0.5, "down": half < 0.0, "nearest": half >= 0.75}
    if mode not in up:
        raise ValueError(f"round_mode is {mode!r}")
    rounded = np.where(
        np.isfinite(x) & (x > 0), np.ldexp(x.dtype.type(1), exponent - 1 + up[mode]), x
    )
    if not node.get("saturate", 1):
        return rounded
    least, largest = np.ldexp(x.dtype.type(1), (-127, 127))
    result: Tensor = np.minimum(np.maximum(rounded, least), largest)
    return result


def _told(number: Any) -> str:
    if isinstance(number, bool | np.bool_ | np.integer):
        return str(int(number))
    return f"{float(number):.8g}"


def einsum(node: Node, *tensors: Tensor) -> Tensor:
    """Sums of products over the letters of an equation. Einsum-12."""
    dtype = tensors[0].dtype
    wide = [each.astype(computed_in(dtype), copy=False) for each in tensors]
    equation = node.get("equation").replace(" ", "")
    result: Tensor = np.einsum(equation, *wide, optimize=sum(map(np.size, wide)) > 1000)
    return np.asarray(result).astype(dtype, copy=False)
