"""Operators of ai.onnx.ml that scikit-learn's exporter writes around a net or a linear model.

Trees and kernels have none: these are no nets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.given import TEXTS
from nntrace.core.numerics import functions


def _wide(node: Node) -> np.dtype[Any]:
    """Return the dtype to compute in: float32 at least."""
    return np.promote_types(node.floats, np.float32)


def _numbers(node: Node, attribute: str, default: float = 0.0) -> Tensor:
    return np.asarray(node.get(attribute, (default,)), dtype=_wide(node))


def scaler(node: Node, x: Tensor) -> Tensor:
    """(x − offset)·scale, float32. Scaler-1."""
    result: Tensor = (x - _numbers(node, "offset")) * _numbers(node, "scale", 1.0)
    return result.astype(node.floats, copy=False)


def normalizer(node: Node, x: Tensor) -> Tensor:
    """Each row by its largest number, the sum of its absolute numbers, or its length; a row of
    zeros stays as it is. Normalizer-1."""
    x = x.astype(_wide(node), copy=False)
    norm = node.get("norm", "MAX")
    if norm == "MAX":
        size = np.max(x, axis=-1, keepdims=True)
    elif norm == "L1":
        size = np.sum(np.abs(x), axis=-1, keepdims=True)
    elif norm == "L2":
        size = np.sqrt(np.sum(x * x, axis=-1, keepdims=True))
    else:
        raise ValueError(f"norm is {norm!r}")
    result: Tensor = np.divide(x, np.where(size == 0, x.dtype.type(1), size))
    return result.astype(node.floats, copy=False)


def binarizer(node: Node, x: Tensor) -> Tensor:
    """1 where x is above a threshold, else 0. Binarizer-1."""
    result: Tensor = (x > x.dtype.type(node.get("threshold", 0.0))).astype(x.dtype)
    return result


def imputer(node: Node, x: Tensor) -> Tensor:
    """x with the number that stands for a missing one replaced, for each column. Imputer-1."""
    if x.dtype.kind == "f":
        instead, missing = node.get("imputed_value_floats"), node.get("replaced_value_float", 0.0)
    else:
        instead, missing = node.get("imputed_value_int64s"), node.get("replaced_value_int64", 0)
    gone = np.isnan(x) if missing != missing else x == x.dtype.type(missing)
    return np.where(gone, np.asarray(instead, dtype=x.dtype), x)


def array_feature_extractor(node: Node, x: Tensor, places: Tensor) -> Tensor:
    """The columns at the places. ArrayFeatureExtractor-1."""
    rows = x.reshape(1, -1) if x.ndim == 1 else x
    return np.take(rows, places.reshape(-1), -1)


def feature_vectorizer(node: Node, *tensors: Tensor) -> Tensor:
    """Columns beside each other, float32. FeatureVectorizer-1."""
    rows = [each.reshape(-1, 1) if each.ndim < 2 else each for each in tensors]
    widths = node.get("inputdimensions", [each.shape[1] for each in rows])
    cut = [each[:, :width] for each, width in zip(rows, widths, strict=True)]
    return np.concatenate(cut, 1).astype(node.floats, copy=False)


def one_hot_encoder(node: Node, x: Tensor) -> Tensor:
    """A column for each category, 1 where it is that one. OneHotEncoder-1."""
    texts = node.get("cats_strings")
    if texts is not None:
        categories = np.array(texts, dtype=np.object_)
    else:
        categories = np.asarray(node.get("cats_int64s"), dtype=np.int64)
        x = x.astype(np.int64)
    found = x[..., np.newaxis] == categories
    if not node.get("zeros", 1) and not found.any(axis=-1).all():
        raise ValueError("a value is none of its categories")
    result: Tensor = found.astype(node.floats)
    return result


def category_mapper(node: Node, x: Tensor) -> Tensor:
    """Texts for the numbers of categories, or numbers for texts. CategoryMapper-1."""
    texts, numbers = node.get("cats_strings"), node.get("cats_int64s")
    if x.dtype.kind in TEXTS:
        table = dict(zip(texts, numbers, strict=True))
        return _looked_up(x, table, node.get("default_int64", -1), np.int64)
    table = dict(zip(numbers, texts, strict=True))
    return _looked_up(x, table, node.get("default_string", "_Unused"), np.object_)


def _looked_up(x: Tensor, table: Mapping[Any, Any], default: Any, dtype: Any) -> Tensor:
    found = [table.get(each, default) for each in x.reshape(-1).tolist()]
    result = np.empty(len(found), dtype=dtype)
    result[:] = found
    return result.reshape(x.shape)


# The kinds of keys and values of a LabelEncoder, with what stands for a key that is not there.
_LABELS: dict[str, tuple[Any, Any]] = {
    "strings": (np.object_, ("default_string", "_Unused")),
    "int64s": (np.int64, ("default_int64", -1)),
    "floats": (np.float32, ("default_float", -0.0)),
}


def label_encoder(node: Node, x: Tensor) -> Tensor:
    """The value of each key. LabelEncoder-4."""
    if node.version < 2:
        labels: Sequence[str] = node.get("classes_strings", ())
        if x.dtype.kind in TEXTS:
            table = {text: number for number, text in enumerate(labels)}
            return _looked_up(x, table, node.get("default_int64", -1), np.int64)
        return _looked_up(
            x, dict(enumerate(labels)), node.get("default_string", "_Unused"), np.object_
        )
    keys, _, _ = _labels(node, "keys")
    values, default, dtype = _labels(node, "values")
    if any(key != key for key in keys):  # NaN is a key, too, and equals itself here
        pairs = {"NaN" if key != key else key: value for key, value in zip(keys, values)}  # noqa: B905
        places = ["NaN" if key != key else key for key in x.reshape(-1).tolist()]
        x = np.array(places, dtype=np.object_).reshape(x.shape)
    else:
        pairs = dict(zip(keys, values, strict=True))
    return _looked_up(x, pairs, default, dtype)


def _labels(node: Node, side: str) -> tuple[list[Any], Any, Any]:
    """Return the keys or the values, what holds where there is no such key, and the dtype."""
    tensor = node.get(f"{side}_tensor")
    if tensor is not None:
        dtype = np.dtype(np.object_) if tensor.dtype.kind in TEXTS else tensor.dtype
        usual = next(
            each for like, (_, each) in _LABELS.values() if np.dtype(like).kind == dtype.kind
        )
        default = node.get("default_tensor")
        return tensor.reshape(-1).tolist(), usual if default is None else default.item(), dtype
    for kind, (dtype, (name, usual)) in _LABELS.items():
        found = node.get(f"{side}_{kind}")
        if found is not None:
            return np.asarray(found, dtype=dtype).tolist(), node.get(name, usual), dtype
    raise ValueError(f"has no {side}")


def zip_map(node: Node, x: Tensor) -> Tensor:
    """The shares of the classes, as they are: which class each belongs to is in the attributes."""
    return x


def _afterwards(node: Node, scores: Tensor) -> Tensor:
    """Return scores as shares, by `post_transform`."""
    kind = node.get("post_transform", "NONE")
    z = np.ascontiguousarray(scores, dtype=_wide(node))
    a = np.empty_like(z)
    if kind == "NONE":
        return z.astype(node.floats, copy=False)
    if kind == "LOGISTIC":
        functions.sigmoid(z, a)
    elif kind == "SOFTMAX":
        functions.softmax(z, a)
    elif kind == "SOFTMAX_ZERO":  # a score of 0 is no score
        functions.softmax(np.where(z == 0, z.dtype.type(-np.inf), z), a)
    elif kind == "PROBIT":
        inverse = NormalDist().inv_cdf
        a[...] = [[inverse(each) for each in row] for row in z.tolist()]
    else:
        raise ValueError(f"post_transform is {kind!r}")
    return a.astype(node.floats, copy=False)


def linear_regressor(node: Node, x: Tensor) -> Tensor:
    """Weighted sums, one for each target. LinearRegressor-1."""
    targets = node.get("targets", 1)
    weights = _numbers(node, "coefficients").reshape(targets, -1)
    sums = x.astype(_wide(node), copy=False) @ weights.T
    if "intercepts" in node.attributes:
        sums = sums + _numbers(node, "intercepts")
    return _afterwards(node, sums)


def linear_classifier(node: Node, x: Tensor) -> tuple[Tensor, Tensor]:
    """The class of the largest weighted sum, and the shares of the classes. LinearClassifier-1."""
    texts = node.get("classlabels_strings")
    labels = (
        np.asarray(node.get("classlabels_ints"), dtype=np.int64)
        if texts is None
        else np.array(texts, dtype=np.object_)
    )
    bias = _numbers(node, "intercepts")
    weights = _numbers(node, "coefficients")
    classes = len(bias) if "intercepts" in node.attributes else len(labels)
    scores = x.astype(_wide(node), copy=False).reshape(-1, weights.size // classes)
    scores = scores @ weights.reshape(classes, -1).T + bias
    if classes > 1:
        return labels[np.argmax(scores, axis=-1)], _afterwards(node, scores)
    # one score for two classes: onnxruntime gives the other class what is left of 1
    logistic = node.get("post_transform") == "LOGISTIC"
    share = _afterwards(node, scores) if logistic else scores.astype(node.floats, copy=False)
    return labels[(scores[:, 0] > 0).astype(np.int64)], np.concatenate([1 - share, share], 1)
