"""Convolutions and their transposes: by hand, what they refuse, whole nets, many pieces."""

from __future__ import annotations

import pickle
from math import fsum

import numpy as np
import pytest

import nntrace
from nntrace.analysis.explain import explain
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops import kernels
from nntrace.core.ops.conv import Conv
from nntrace.core.ops.conv_transpose import ConvTranspose
from nntrace.core.ops.global_pool import GlobalAveragePool, GlobalMaxPool
from nntrace.core.ops.pool import AveragePool, MaxPool
from nntrace.errors import NetworkError
from tests.ops.oracle import load
from tests.ops.test_torch import WITHIN, each_case, run


def make(kind, *shape, bias=None, **keys):
    """Return an op whose weights count from 1."""
    weights = np.arange(1.0, np.prod(shape) + 1).reshape(shape)
    groups = keys.get("groups", 1)
    gives = shape[0] if kind is Conv else shape[1] * groups
    return kind(weights, np.zeros(gives) if bias is None else np.array(bias), **keys)


def fill(op, *rows):
    x = np.array(rows)
    z = np.empty((len(x), *op.shape(x.shape[1:])))
    op.run([x], z, exact=False)
    return z.tolist()


@pytest.mark.parametrize(
    ("op", "x", "z"),
    [
        # 1·1 + 2·10 = 21 and so on: a cross-correlation, nothing is turned round
        (make(Conv, 1, 1, 2), [[1.0, 10.0, 100.0]], [[21.0, 210.0]]),
        (make(Conv, 1, 1, 2, bias=[0.5]), [[1.0, 10.0, 100.0]], [[21.5, 210.5]]),
        (make(Conv, 1, 1, 2), [1.0, 10.0, 100.0], [[21.0, 210.0]]),  # a length: one channel
        (make(Conv, 1, 1, 2, padding="same"), [[1.0, 10.0, 100.0]], [[21.0, 210.0, 100.0]]),
        (make(Conv, 1, 1, 2, padding=1), [[1.0, 10.0]], [[2.0, 21.0, 10.0]]),
        (make(Conv, 1, 1, 2, dilation=2), [[1.0, 10.0, 100.0]], [[201.0]]),
        (make(Conv, 1, 1, 1, stride=2), [[1.0, 10.0, 100.0]], [[1.0, 100.0]]),
        (make(Conv, 2, 1, 1, groups=2), [[1.0, 10.0], [3.0, 4.0]], [[1.0, 10.0], [6.0, 8.0]]),
        (make(Conv, 1, 2, 1), [[1.0, 10.0], [3.0, 4.0]], [[7.0, 18.0]]),
        (make(Conv, 1, 1, 2, 2), [[1.0, 10.0], [100.0, 0.0]], [[[321.0]]]),  # h × w: one channel
        (make(ConvTranspose, 1, 1, 2), [[1.0, 10.0]], [[1.0, 12.0, 20.0]]),
        (make(ConvTranspose, 1, 1, 2, stride=2), [[1.0, 10.0]], [[1.0, 2.0, 10.0, 20.0]]),
        (
            make(ConvTranspose, 1, 1, 1, stride=2, output_padding=1, bias=[7.0]),
            [[1.0, 10.0]],
            [[8.0, 7.0, 17.0, 7.0]],
        ),
        (make(ConvTranspose, 1, 1, 3, padding="same"), [[1.0, 10.0]], [[12.0, 23.0]]),
        (make(ConvTranspose, 1, 1, 2, padding="same"), [[1.0, 10.0]], [[1.0, 12.0]]),
    ],
)
def test_small_ones_are_what_one_works_out_by_hand(op, x, z):
    assert fill(op, x) == [z]


@pytest.mark.parametrize("exact", [False, True])
@each_case(load("conv") + load("conv_transpose"))
def test_pieces_at_a_time_are_the_whole(case, exact, monkeypatch):
    monkeypatch.setattr(kernels, "ROOM", 30)
    _, _, z = run(case, "float64", exact)
    assert abs(z - case.z).max() <= WITHIN["float64"] * abs(case.z).max()


@pytest.mark.parametrize(
    ("kind", "shape", "keys", "told"),
    [
        (Conv, (2, 3), {}, "weights: is 2 × 3, takes channels × (in / groups) × kernel, of 1, 2 or "
                           "3 dimensions"),
        (Conv, (1,) * 6, {}, "weights: is 1 × 1 × 1 × 1 × 1 × 1, takes channels × (in / groups) × "
                             "kernel, of 1, 2 or 3 dimensions"),
        (Conv, (2, 1, 0), {}, "weights: is 2 × 1 × 0, takes channels × (in / groups) × kernel, of "
                              "1, 2 or 3 dimensions"),
        (Conv, (2, 1, 3), {"bias": [0.0]}, "bias: has 1 number, takes 2, one a channel"),
        (Conv, (2, 1, 3), {"dimensions": 2}, "dimensions: is 2, the kernel has 1 dimension"),
        (Conv, (4, 1, 3), {"groups": 3}, "groups: 3 does not divide 4 channels; 2 or 4 would"),
        (Conv, (1, 1, 3), {"groups": 2}, "groups: 2 does not divide 1 channel; 1 would"),
        (Conv, (3, 1, 3), {"groups": 2}, "groups: 2 does not divide 3 channels; 1 or 3 would"),
        (Conv, (4, 1, 3), {"groups": 0}, "groups: takes a whole number from 1, not 0"),
        (Conv, (1, 1, 3), {"stride": 0}, "stride: takes whole numbers from 1, not 0"),
        (Conv, (1, 1, 3), {"dilation": (0,)}, "dilation: takes whole numbers from 1, not 0"),
        (Conv, (1, 1, 3, 3), {"padding": (1, -1)}, "padding: takes whole numbers from 0, not -1"),
        (Conv, (1, 1, 3, 3), {"stride": (1, 1, 1)},
         "stride: has 3 numbers, takes one, or 2: one a dimension"),
        (Conv, (1, 1, 3), {"padding": "full"},
         "padding: takes whole numbers from 0, same or valid, not 'full'"),
        (Conv, (1, 1, 3), {"padding": "same", "stride": 2},
         "padding: same takes stride 1; numbers go with any stride"),
        (Conv, (1, 1, 3), {"stride": 0, "padding": -2},
         "stride: takes whole numbers from 1, not 0\npadding: takes whole numbers from 0, not -2"),
        (ConvTranspose, (2, 3), {}, "weights: is 2 × 3, takes in × (channels / groups) × kernel, "
                                    "of 1, 2 or 3 dimensions"),
        (ConvTranspose, (3, 2, 2), {"groups": 2},
         "groups: 2 does not divide 3 channels; 1 or 3 would"),
        (ConvTranspose, (1, 1, 2), {"output_padding": 1},
         "output_padding: takes 0, less than stride or dilation, not 1"),
        (ConvTranspose, (1, 1, 2, 2), {"stride": (3, 1), "output_padding": (2, 1)},
         "output_padding: takes 0, less than stride or dilation, not 1"),
        (ConvTranspose, (1, 1, 2), {"stride": 3, "output_padding": -1},
         "output_padding: takes 0 to 2, less than stride or dilation, not -1"),
        (ConvTranspose, (1, 1, 2), {"output_padding": (0, 0)},
         "output_padding: has 2 numbers, takes one"),
    ],
)  # fmt: skip
def test_what_does_not_fit_in_itself_is_refused(kind, shape, keys, told):
    with pytest.raises(NetworkError) as error:
        make(kind, *shape, **keys)
    assert str(error.value) == told


@pytest.mark.parametrize(
    ("op", "reads", "told"),
    [
        (make(Conv, 1, 1, 3, 3), (9,),
         "reads 9, takes channels × 2 dimensions; a shape of the input or a reshape gives them"),
        (make(Conv, 1, 1, 3), (1, 4, 4), "reads 1 × 4 × 4, takes channels × 1 dimension"),
        (make(Conv, 1, 1, 3, 3), (1, 2, 3, 4),
         "reads 1 × 2 × 3 × 4, takes channels × 2 dimensions"),
        (make(Conv, 2, 3, 3), (4, 9),
         "weights: is 2 × 3 × 3, takes 2 × 4 × 3 to read 4 channels"),
        (make(Conv, 4, 1, 3, groups=2), (4, 9),
         "weights: is 4 × 1 × 3, takes 4 × 2 × 3 to read 4 channels"),
        (make(Conv, 4, 1, 3, groups=2), (3, 9),
         "groups: 2 does not divide 3 channels (what it reads); 1 or 3 would"),
        (make(Conv, 1, 1, 3, dilation=4), (1, 8),
         "kernel: spans 9, what is read 8; takes a kernel of at most 2"),
        (make(Conv, 1, 1, 5, 2, padding=(1, 0)), (1, 2, 2),
         "kernel: spans 5 × 2, what is read 4 × 2 with its padding; takes a kernel of at most "
         "4 × 2"),
        (make(ConvTranspose, 3, 2, 3), (4, 9),
         "weights: is 3 × 2 × 3, takes 4 × 2 × 3 to read 4 channels"),
        (make(ConvTranspose, 1, 1, 3, padding=2), (1, 2),
         "padding: leaves nothing of 4; takes at most 1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_what_it_reads_is_refused(op, reads, told):
    with pytest.raises(NetworkError) as error:
        op.shape(reads)
    assert str(error.value) == told


@pytest.mark.parametrize(
    ("kind", "reads", "keys", "lengths"),
    [
        (Conv, (6, 5, 5), {"groups": 2, "kernel": 3},
         {"in": 6, "kernel": (None, None)}),
        (Conv, (5, 5), {"dimensions": 2, "kernel": (3, 1)},
         {"in": 1, "kernel": (None, None)}),
        (Conv, (5, 5), {}, {"in": 5, "kernel": (None,)}),
        (ConvTranspose, (6, 5), {"groups": 2, "channels": 4},
         {"in": 6, "kernel": (None,)}),
    ],
)  # fmt: skip
def test_what_is_read_tells_how_long_axes_of_weights_are(kind, reads, keys, lengths):
    assert kind.lengths([reads], keys) == lengths


@pytest.mark.parametrize(
    ("kind", "reads", "keys", "told"),
    [
        (Conv, (5, 4), {"groups": 2},
         "groups: 2 does not divide 5 channels (what it reads); 1 or 5 would"),
        (Conv, (4, 4), {"groups": 2, "channels": 3},
         "groups: 2 does not divide 3 channels; 1 or 3 would"),
        (Conv, (4, 4), {"kernel": (3, 3)},
         "kernel: has 2 numbers, takes one"),
        (Conv, (5, 4), {"groups": 2, "channels": 3, "padding": "same", "stride": 2},
         "groups: 2 does not divide 5 channels (what it reads); 1 or 5 would\n"
         "groups: 2 does not divide 3 channels; 1 or 3 would\npadding: same takes stride 1; "
         "numbers go with any stride"),
        (Conv, (3, 4, 4), {"dimensions": 1},
         "dimensions: reads 3 × 4 × 4, takes channels × 1 dimension; dimensions: 2 would fit"),
        (Conv, (1, 4), {"groups": 2**30, "channels": 2**31 - 1},
         "groups: 1073741824 does not divide 1 channel (what it reads); 1 would\n"
         "groups: 1073741824 does not divide 2147483647 channels; 1 or 2147483647 would"),
        (ConvTranspose, (5, 4), {"groups": 2},
         "groups: 2 does not divide 5 channels (what it reads); 1 or 5 would"),
        (ConvTranspose, (4, 4), {"groups": 2, "channels": 3},
         "groups: 2 does not divide 3 channels; 1 or 3 would"),
    ],
)  # fmt: skip
def test_keys_that_do_not_fit_what_is_read_are_refused(kind, reads, keys, told):
    with pytest.raises(NetworkError) as error:
        kind.lengths([reads], keys)
    assert str(error.value) == told


def test_the_terms_of_a_convolution_are_what_its_window_lies_on():
    op = make(Conv, 2, 1, 2, 2, groups=2, padding=1, bias=[0.0, 0.5])
    x = np.arange(8.0).reshape(2, 2, 2)
    terms = op.terms([x], 9 + 3)  # channel 1, row 1, column 0: the left column is padding
    assert terms.places.tolist() == [4, 6]
    assert terms.weights.tolist() == [6.0, 8.0]
    assert terms.values.tolist() == [4.0, 6.0]
    assert (terms.bias, terms.how, terms.steps) == (0.5, "sum", ())


def test_the_terms_of_a_transpose_are_the_numbers_that_lay_a_kernel_there():
    op = make(ConvTranspose, 2, 1, 3, stride=2, bias=[0.5])
    x = np.arange(6.0).reshape(2, 3)
    terms = op.terms([x], 2)  # the last of the kernel of place 0, the first of that of place 1
    assert terms.places.tolist() == [0, 1, 3, 4]
    assert terms.weights.tolist() == [3.0, 1.0, 6.0, 4.0]
    alone = make(ConvTranspose, 1, 1, 1, stride=2, bias=[0.5]).terms([x[:1]], 1)
    assert (alone.places.tolist(), alone.bias) == ([], 0.5)  # between the kernels


def test_a_copy_and_the_keys_of_a_net_file_are_those_it_was_made_with():
    op = make(ConvTranspose, 4, 2, 3, 3, groups=2, stride=(2, 1), output_padding=(1, 0))
    keys = {"channels": 4, "kernel": (3, 3), "stride": (2, 1), "groups": 2}
    assert op.as_keys() == {**keys, "output_padding": (1, 0)}
    assert pickle.loads(pickle.dumps(op)).as_keys() == op.as_keys()
    assert make(Conv, 3, 2, 5).as_keys() == {"channels": 3, "kernel": (5,)}


def test_weights_at_any_byte_of_a_file_are_taken():
    bytes_ = np.zeros(4 * 27 + 1, np.uint8)
    weights = bytes_[1:].view(np.float32).reshape(3, 1, 3, 3)
    weights[:] = np.arange(27.0, dtype=np.float32).reshape(weights.shape)
    assert not weights.flags.aligned
    x = np.ones((1, 1, 3, 3), np.float32)
    z = np.empty((1, 3, 1, 1), np.float32)
    for exact in (False, True):
        Conv(weights, np.zeros(3, np.float32)).run([x], z, exact)
        assert z.ravel().tolist() == [36.0, 117.0, 198.0]


def test_every_number_of_a_net_is_put_together_again():
    draw = np.random.default_rng(0)

    def conv(kind, *shape, **keys):
        gives = shape[0] if kind is Conv else shape[1] * keys.get("groups", 1)
        return kind(draw.normal(size=shape), draw.normal(size=gives), **keys)

    layers = (
        Layer("conv", conv(Conv, 4, 1, 3, 3, padding="same")),
        Layer("depth", conv(Conv, 4, 1, 2, 2, groups=4)),
        Layer("pool", MaxPool(2, padding=1)),
        Layer("up", conv(ConvTranspose, 4, 1, 2, 2, groups=2, stride=2)),
        Layer("mean", AveragePool(3, 2, 1, ceil=True, count_padding=True)),
        Layer("rest", AveragePool(2, 1, 1)),
        Layer("largest", GlobalMaxPool(), reads=("rest",)),
        Layer("average", GlobalAveragePool(), reads=("rest",)),
    )
    net = Network("net", Input(36, shape=(6, 6)), layers)
    assert [layer.shape for layer in net.layers] == [
        (4, 6, 6), (4, 5, 5), (4, 3, 3), (2, 6, 6), (2, 4, 4), (2, 5, 5), (2,), (2,)
    ]  # fmt: skip
    assert [layer.channels for layer in net.layers][:6] == ["first"] * 6
    trace = forward(net, draw.normal(size=(2, 36)))
    together = {"sum": fsum, "max": max, "mean": lambda each: fsum(each) / len(each)}
    for layer in net.layers:
        for index in range(layer.size):
            explained = explain(trace, f"{layer.name}.{index}", row=1)
            told = together[explained.how](explained.products.tolist()) + explained.bias
            assert told == pytest.approx(explained.z, rel=0, abs=1e-13)
    assert explain(trace, "depth.2.0.4").sources == [
        "conv.2.0.4", "conv.2.0.5", "conv.2.1.4", "conv.2.1.5"
    ]  # fmt: skip


NET_FILE = """
input: {shape: [6, 6]}
layers:
  - {kind: conv, channels: 4, kernel: [3, 1], padding: [1, 0], weights: {random: he_normal}}
  - {kind: conv, groups: 2, padding: same, stride: 1, weights: [[[[1]], [[2]]], [[[3]], [[4]]]]}
  - {kind: conv_transpose, groups: 2, stride: 2, weights: [[[[1], [2]]], [[[3], [4]]]]}
  - {kind: max_pool, kernel: 2, padding: 1, ceil: true}
  - {kind: average_pool, kernel: [2, 3], stride: 1, padding: same, count_padding: true}
  - {kind: global_average_pool}
"""


def test_a_net_file_says_it_with_keys(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(NET_FILE)
    net = nntrace.load(path)
    assert [layer.shape for layer in net.layers] == [
        (4, 6, 6), (2, 6, 6), (2, 12, 11), (2, 7, 6), (2, 7, 6), (2,)
    ]  # fmt: skip
    assert [layer.op.parameters for layer in net.layers] == [16, 6, 6, 0, 0, 0]
    assert forward(net, np.ones(36)).output.shape == (1, 2)


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ("{kind: conv, channels: 4, weights: {random: he_normal}}",
         "3:5: layers[0]: kernel is missing: no weights tell it"),
        ("{kind: conv, kernel: 3, weights: {random: he_normal}}",
         "3:5: layers[0]: channels is missing: no weights tell it"),
        ("{kind: conv_transpose, groups: 3, kernel: 1, weights: [[[[1]]], [[[2]]], [[[3]]]], "
         "output_padding: 1}",
         "3:104: layers[0].output_padding: takes 0, less than stride or dilation, not 1"),
        ("{kind: max_pool, kernel: 8}",
         "3:30: layers[0].kernel: spans 8 × 8, what is read 6 × 6; takes a kernel of at most "
         "6 × 6"),
        ("{kind: conv, kernel: 3, dimensions: 1, weights: {random: he_normal}}",
         "3:41: layers[0].dimensions: reads 3 × 6 × 6, takes channels × 1 dimension; "
         "dimensions: 2 would fit"),
    ],
)  # fmt: skip
def test_a_net_file_that_cannot_do_is_told_where(layer, told, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(f"input: {{shape: [3, 6, 6]}}\nlayers:\n  - {layer}\n")
    with pytest.raises(NetworkError) as error:
        nntrace.load(path)
    assert str(error.value) == f"{path}:{told}"
