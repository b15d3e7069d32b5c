"""The operators of ai.onnx.ml, as onnxruntime computes them."""

import numpy as np
import pytest
from secondopinion import ML, agree, both

X = np.random.default_rng(8).normal(size=(5, 3)).astype(np.float32)
WORDS = np.array([["b"], ["a"], ["?"]], object)
NUMBERS = np.array([[2], [1], [7]], np.int64)
WEIGHTS = [0.5, -1.0, 2.0, -0.3, 0.7, 0.1, 1.5, -0.8, -0.2]


def numbers(*values):
    return np.array(values, np.float32)


CASES = [
    ("Scaler", 1, [X], {"offset": [0.1, 0.2, 0.3], "scale": [1.0, 2.0, 3.0]}, 1),
    ("Scaler", 1, [X], {"offset": [0.1], "scale": [2.0]}, 1),
    ("Scaler", 1, [NUMBERS], {"offset": [0.5], "scale": [2.0]}, 1),
    *[("Normalizer", 1, [x], {"norm": norm}, 1) for norm in ("MAX", "L1", "L2")
      for x in (X, np.zeros((2, 3), np.float32))],
    ("Binarizer", 1, [X], {"threshold": 0.2}, 1),
    ("Imputer", 1, [numbers([1, np.nan], [np.nan, 4])],
     {"imputed_value_floats": [7.0, 8.0], "replaced_value_float": float("nan")}, 1),
    ("Imputer", 1, [numbers([1, 0], [0, 4])], {"imputed_value_floats": [7.0]}, 1),
    ("Imputer", 1, [NUMBERS], {"imputed_value_int64s": [9], "replaced_value_int64": 7}, 1),
    ("ArrayFeatureExtractor", 1, [X, np.array([2, 0])], {}, 1),
    ("ArrayFeatureExtractor", 1, [np.array([5, 6, 7]), np.array([[2, 0, 0]])], {}, 1),
    ("FeatureVectorizer", 1, [X, X[:, :1]], {"inputdimensions": [3, 1]}, 1),
    ("OneHotEncoder", 1, [NUMBERS], {"cats_int64s": [1, 2, 3]}, 1),
    ("OneHotEncoder", 1, [NUMBERS.astype(np.float32)], {"cats_int64s": [1, 2, 3]}, 1),
    ("OneHotEncoder", 1, [WORDS], {"cats_strings": ["a", "b"]}, 1),
    ("CategoryMapper", 1, [WORDS], {"cats_strings": ["a", "b"], "cats_int64s": [4, 5]}, 1),
    ("CategoryMapper", 1, [NUMBERS], {"cats_strings": ["a", "b"], "cats_int64s": [1, 2]}, 1),
    ("LabelEncoder", 1, [WORDS], {"classes_strings": ["a", "b"]}, 1),
    ("LabelEncoder", 1, [NUMBERS], {"classes_strings": ["a", "b", "c"]}, 1),
    ("LabelEncoder", 2, [NUMBERS], {"keys_int64s": [1, 2], "values_strings": ["x", "y"]}, 1),
    ("LabelEncoder", 2, [NUMBERS],
     {"keys_int64s": [1, 2], "values_floats": [0.5, 1.5], "default_float": 9.0}, 1),
    ("LabelEncoder", 2, [WORDS],
     {"keys_strings": ["a", "b"], "values_int64s": [1, 2], "default_int64": 9}, 1),
    ("LabelEncoder", 4, [numbers([1, np.nan, 3])],
     {"keys_floats": [1.0, float("nan")], "values_strings": ["one", "gone"]}, 1),
    *[("LinearRegressor", 1, [X], {"coefficients": WEIGHTS[:3 * targets], "targets": targets}
       | extra, 1)
      for targets in (1, 2) for extra in ({}, {"intercepts": [0.25] * targets})],
    *[("LinearClassifier", 1, [X],
       {"coefficients": WEIGHTS, "intercepts": [0.1, -0.2, 0.0], "post_transform": after,
        "classlabels_strings": ["a", "b", "c"]}, 2)
      for after in ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO")],
    *[("LinearClassifier", 1, [X],
       {"coefficients": WEIGHTS[:3 * rows], "intercepts": [0.1, -0.2][:rows],
        "post_transform": after, "classlabels_ints": [3, 8]}, 2)
      for rows in (1, 2) for after in ("NONE", "SOFTMAX", "LOGISTIC")],
]  # fmt: skip


@pytest.mark.parametrize(("op", "version", "inputs", "attributes", "outputs"), CASES)
def test_an_operator_gives_what_onnxruntime_gives(op, version, inputs, attributes, outputs):
    agree(*both(op, version, inputs, attributes, outputs, ML))
