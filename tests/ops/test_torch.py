"""Each kind of layer gives what PyTorch gives, and what it is taken apart into gives it again."""

from __future__ import annotations

from itertools import chain
from math import fsum, prod

import numpy as np
import pytest

from nntrace.core.ops import KINDS, find_kind
from tests.ops.oracle import Case, load

CASES = list(chain.from_iterable(map(load, KINDS)))
WITHIN = {"float64": 1e-10, "float32": 2e-5}  # of the largest number of the layer
PUT_TOGETHER = {
    "sum": fsum,
    "mean": lambda values: fsum(values) / len(values),
    "max": max,
    "min": min,
    "product": prod,
}


def each_case(cases=CASES):
    return pytest.mark.parametrize("case", cases, ids=lambda case: f"{case.kind}-{case.name}")


def run(case: Case, dtype: str, exact: bool = False, rows=slice(None)):
    keys = {key: tuple(v) if isinstance(v, list) else v for key, v in case.keys.items()}
    op = find_kind(case.kind)(**keys, **{key: v.astype(dtype) for key, v in case.arrays.items()})
    reads = [each[rows].astype(dtype) for each in case.reads]
    shape = op.shape(*(each.shape[1:] for each in reads))
    z = np.full((len(reads[0]), *shape), np.nan, dtype)
    with np.errstate(all="ignore"):
        op.fill(reads, z, np.empty_like(z), lambda z, a: np.copyto(a, z), exact)
    return op, reads, z


@pytest.mark.parametrize("exact", [False, True], ids=["fast", "exact"])
@pytest.mark.parametrize("dtype", WITHIN)
@each_case()
def test_a_layer_gives_what_pytorch_gives(case, dtype, exact):
    _, _, z = run(case, dtype, exact)
    assert z.shape == case.z.shape
    finite = np.isfinite(case.z)
    largest = abs(case.z[finite]).max(initial=0.0)
    np.testing.assert_array_equal(np.isneginf(z), np.isneginf(case.z))
    assert abs(z[finite] - case.z[finite]).max(initial=0.0) <= WITHIN[dtype] * largest


@each_case()
def test_a_row_has_the_same_bits_in_any_batch(case):
    _, _, together = run(case, "float32", exact=True)
    for row in range(len(together)):
        _, _, alone = run(case, "float32", exact=True, rows=slice(row, row + 1))
        np.testing.assert_array_equal(alone[0], together[row])


@each_case()
def test_what_a_number_is_taken_apart_into_gives_it_again(case):
    op, reads, z = run(case, "float64")
    flat = z.reshape(len(z), -1)
    draw = np.random.default_rng(len(case.name))
    for index in draw.permutation(flat.shape[1])[:20].tolist():
        row = int(draw.integers(len(flat)))
        terms = op.terms([each[row] for each in reads], index)
        expected, size = flat[row, index], abs(flat[row][np.isfinite(flat[row])]).max(initial=0)
        products = terms.weights * terms.values
        size = max(size, abs(products).sum(), abs(terms.bias), 1e-300)
        if terms.steps:
            told = terms.steps[-1].value
            assert told == expected or abs(told - expected) <= 1e-13 * size
        if len(products) or not terms.steps:
            told = PUT_TOGETHER[terms.how](products.tolist() or [0.0]) + terms.bias
            assert told == expected or abs(told - expected) <= 1e-13 * size
        for read, place, value in zip(terms.read, terms.places, terms.values, strict=True):
            assert reads[read][row].reshape(-1)[place] == value or terms.how == "sum"
