"""Pools: by hand, NaN and zeros of either sign, what they refuse, and their terms."""

from __future__ import annotations

import numpy as np
import pytest

from nntrace.core.ops.global_pool import GlobalAveragePool, GlobalMaxPool
from nntrace.core.ops.pool import AveragePool, MaxPool
from nntrace.errors import NetworkError

NAN = float("nan")


def fill(op, row, exact=False):
    x = np.array([row])
    z = np.empty((1, *op.shape(x.shape[1:])))
    op.run([x], z, exact)
    return z[0].tolist()


@pytest.mark.parametrize(
    ("op", "x", "z"),
    [
        (MaxPool(2), [[1.0, 5.0, 3.0, 2.0, 9.0]], [[5.0, 3.0]]),
        (MaxPool(2, ceil=True), [[1.0, 5.0, 3.0, 2.0, 9.0]], [[5.0, 3.0, 9.0]]),
        (MaxPool(2, 1), [[1.0, 5.0, 3.0]], [[5.0, 5.0]]),
        (MaxPool(2, padding=1), [[-1.0, -5.0, -3.0]], [[-1.0, -3.0]]),
        (MaxPool(2, 1, dilation=2), [[1.0, 5.0, 3.0, 2.0]], [[3.0, 5.0]]),
        (MaxPool(2, 1, padding="same"), [[1.0, 5.0, 3.0]], [[5.0, 5.0, 3.0]]),
        (MaxPool((2, 1)), [[1.0, 5.0], [3.0, 2.0]], [[[3.0, 5.0]]]),  # h × w: one channel
        (MaxPool(2, dimensions=2), [[1.0, 5.0], [3.0, 2.0]], [[[5.0]]]),
        (MaxPool(2, dimensions=1), [[1.0, 5.0], [3.0, 2.0]], [[5.0], [3.0]]),
        # all of a window is padding
        (MaxPool(2, 1, 1, dilation=4), [[1.0, 5.0, 3.0]], [[-np.inf]]),
        (AveragePool(2), [[1.0, 5.0, 3.0, 2.0]], [[3.0, 2.5]]),
        (AveragePool(2, padding=1), [[1.0, 5.0, 3.0]], [[1.0, 4.0]]),
        (AveragePool(2, padding=1, count_padding=True), [[1.0, 5.0, 3.0]], [[0.5, 4.0]]),
        (AveragePool(2, ceil=True, count_padding=True), [[1.0, 5.0, 3.0]], [[3.0, 3.0]]),
        (AveragePool(3, 1, padding="same"), [[1.0, 5.0, 3.0]], [[3.0, 3.0, 4.0]]),
        (GlobalMaxPool(), [[1.0, 5.0], [3.0, 2.0]], [5.0, 3.0]),
        (GlobalMaxPool(2), [[1.0, 5.0], [3.0, 2.0]], [5.0]),
        (GlobalAveragePool(), [[1.0, 5.0], [3.0, 2.0]], [3.0, 2.5]),
        (GlobalAveragePool(2), [[1.0, 5.0], [3.0, 2.0]], [2.75]),
    ],
)
def test_small_ones_are_what_one_works_out_by_hand(op, x, z):
    assert fill(op, x) == fill(op, x, exact=True) == z


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    ("x", "largest"),
    [
        ([-0.0, 0.0], -0.0),  # of equal ones the first
        ([0.0, -0.0], 0.0),
        ([-1.0, -0.0], -0.0),
        ([-0.0, -0.0], -0.0),
        ([NAN, 1.0], NAN),
        ([1.0, NAN], NAN),
        ([NAN, np.inf], NAN),
        ([-0.0, NAN], NAN),
        ([-np.inf, -np.inf], -np.inf),
    ],
)
def test_nan_and_zeros_of_either_sign_are_as_in_pytorch(x, largest, exact):
    wide = [x * 20]  # as many as a processor compares at once, and more
    found = [*fill(MaxPool(2), wide, exact)[0], *fill(GlobalMaxPool(), wide, exact)]
    np.testing.assert_array_equal(found, [largest] * 21)
    if largest == 0:
        assert np.signbit(found).tolist() == [bool(np.signbit(largest))] * 21


@pytest.mark.parametrize(
    ("kind", "keys", "told"),
    [
        (MaxPool, {"kernel": 0}, "kernel: takes whole numbers from 1, not 0"),
        (MaxPool, {"kernel": 2, "stride": 0}, "stride: takes whole numbers from 1, not 0"),
        (MaxPool, {"kernel": 2, "dilation": 0}, "dilation: takes whole numbers from 1, not 0"),
        (MaxPool, {"kernel": 3, "padding": 2}, "padding: takes at most half the kernel, 1, not 2"),
        (MaxPool, {"kernel": 3, "padding": 2, "dilation": 3},
         "padding: takes at most half the kernel, 1, not 2"),
        (AveragePool, {"kernel": (4, 3), "padding": (2, 2)},
         "padding: takes at most half the kernel, 1, not 2"),
        (AveragePool, {"kernel": (4, 1), "padding": 1},
         "padding: takes at most half the kernel, 0, not 1"),
        (AveragePool, {"kernel": 3, "padding": "same"},
         "padding: same takes stride 1; numbers go with any stride"),
        (AveragePool, {"kernel": 3, "padding": "all"},
         "padding: takes whole numbers from 0, same or valid, not 'all'"),
        (AveragePool, {"kernel": (3, 3), "stride": (1, 1, 1)},
         "stride: has 3 numbers, takes one, or 2: one a dimension"),
        (AveragePool, {"kernel": (3, 3), "dimensions": 1},
         "kernel: has 2 numbers, takes one"),
    ],
)  # fmt: skip
def test_what_does_not_fit_in_itself_is_refused(kind, keys, told):
    with pytest.raises(NetworkError) as error:
        kind(**keys)
    assert str(error.value).splitlines()[0] == told


@pytest.mark.parametrize(
    ("op", "reads", "told"),
    [
        (MaxPool(2), (9,), "reads 9, takes channels × 1, 2 or 3 dimensions; a shape of the "
         "input or a reshape gives them"),
        (MaxPool(2, dimensions=2), (9,),
         "reads 9, takes channels × 2 dimensions; a shape of the input or a reshape gives them"),
        (MaxPool((2, 2)), (2, 4, 4, 4),
         "kernel: reads 2 × 4 × 4 × 4, takes channels × 2 dimensions"),
        (MaxPool(3, dilation=2), (1, 4),
         "kernel: spans 5, what is read 4; takes a kernel of at most 2"),
        (AveragePool(4, padding=(1, 0)), (1, 2, 3),
         "kernel: spans 4 × 4, what is read 4 × 3 with its padding; takes a kernel of at most "
         "4 × 3"),
        (GlobalMaxPool(), (9,),
         "reads 9, takes channels × 1, 2 or 3 dimensions; a shape of the input or a reshape gives "
         "them"),
        (GlobalAveragePool(3), (2, 3),
         "dimensions: reads 2 × 3, takes channels × 3 dimensions; dimensions: 1 would fit"),
    ],
)  # fmt: skip
def test_what_does_not_fit_what_it_reads_is_refused(op, reads, told):
    with pytest.raises(NetworkError) as error:
        op.shape(reads)
    assert str(error.value) == told


def test_the_terms_of_a_pool_are_what_its_window_lies_on():
    x = np.arange(12.0).reshape(2, 2, 3)
    terms = MaxPool(2, padding=1).terms([x], 4 + 3)  # channel 1, the last window
    assert (terms.places.tolist(), terms.how) == ([10, 11], "max")
    assert terms.values.tolist() == [10.0, 11.0]
    terms = AveragePool(2, padding=1).terms([x], 0)
    assert (terms.places.tolist(), terms.weights.tolist(), terms.how) == ([0], [1.0], "mean")
    terms = AveragePool(2, padding=1, count_padding=True).terms([x], 4)
    assert (terms.places.tolist(), terms.weights.tolist(), terms.how) == ([6], [0.25], "sum")
    terms = GlobalAveragePool().terms([x], 1)
    assert (terms.places.tolist(), terms.how) == ([6, 7, 8, 9, 10, 11], "mean")


def test_a_window_of_padding_alone_has_no_terms():
    terms = MaxPool(2, 1, 1, dilation=4).terms([np.zeros((1, 3))], 0)
    assert (terms.places.tolist(), terms.bias, terms.how) == ([], -np.inf, "max")


def test_the_keys_of_a_net_file_are_those_that_are_not_as_by_default():
    assert MaxPool(2, padding="same", stride=1).as_keys() == {
        "kernel": 2, "stride": 1, "padding": "same"
    }  # fmt: skip
    assert AveragePool((2, 3), ceil=True).as_keys() == {"kernel": (2, 3), "ceil": True}
    assert GlobalMaxPool().as_keys() == {}
