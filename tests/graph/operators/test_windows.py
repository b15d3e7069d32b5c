"""Convolutions and pools of ONNX graphs, as onnxruntime computes them, version by version."""

import numpy as np
import pytest
from protos import graph_of
from secondopinion import agree, both, model_of

from nntrace.core.graph.run import run
from nntrace.errors import InputError

RNG = np.random.default_rng(11)


def some(*shape):
    return RNG.normal(size=shape).astype(np.float32)


LINE, PICTURE, VOLUME = some(2, 4, 9), some(2, 4, 7, 8), some(1, 4, 5, 6, 5)
READ = {1: LINE, 2: PICTURE, 3: VOLUME}
KERNEL = {1: (3,), 2: (3, 2), 3: (2, 3, 1)}

# how a kernel slides: attributes by the number of dimensions, None where they are for any
SLID = [
    (None, {}),
    (1, {"pads": [2, 0]}),
    (1, {"pads": [0, 1], "strides": [2], "dilations": [3]}),
    (2, {"pads": [0, 1, 2, 0]}),
    (2, {"strides": [2, 3], "pads": [1, 0, 0, 1]}),
    (2, {"dilations": [2, 3], "pads": [1, 1, 1, 1]}),
    (2, {"strides": [3, 1], "dilations": [1, 2]}),
    (3, {"strides": [2, 1, 2], "pads": [0, 2, 0, 1, 0, 0]}),
    (3, {"dilations": [2, 1, 1]}),
    (None, {"auto_pad": "SAME_UPPER"}),
    (None, {"auto_pad": "SAME_LOWER"}),
    (None, {"auto_pad": "VALID"}),
    (2, {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
    (2, {"auto_pad": "SAME_LOWER", "strides": [2, 2]}),
]
GEOMETRIES = [
    (dimensions, attributes)
    for told, attributes in SLID
    for dimensions in ([told] if told else READ)
]


def named(case):
    dimensions, attributes = case
    return f"{dimensions}d{attributes}".replace(" ", "")


slid = pytest.mark.parametrize(("dimensions", "attributes"), GEOMETRIES, ids=map(named, GEOMETRIES))


@slid
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize(("version", "bias"), [(7, False), (11, True), (22, False)])
def test_conv(dimensions, attributes, groups, version, bias):
    weights = some(8, 4 // groups, *KERNEL[dimensions])
    given = [READ[dimensions], weights] + ([some(8)] if bias else [])
    agree(*both("Conv", version, given, {**attributes, "group": groups}))


@pytest.mark.parametrize("stride", [1, 2])
def test_conv_of_one_place_each(stride):
    agree(*both("Conv", 13, [PICTURE, some(6, 4, 1, 1)], {"strides": [stride] * 2}))


@slid
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(("version", "bias"), [(7, True), (11, False), (22, True)])
def test_conv_transpose(dimensions, attributes, groups, version, bias):
    weights = some(4, 6 // groups, *KERNEL[dimensions])
    given = [READ[dimensions], weights] + ([some(6)] if bias else [])
    agree(*both("ConvTranspose", version, given, {**attributes, "group": groups}))


@pytest.mark.parametrize(
    "attributes",
    [
        {"strides": [2, 3], "output_padding": [1, 2]},
        {"strides": [2, 3], "output_padding": [1, 0], "pads": [1, 0, 0, 1]},
        {"strides": [2, 3], "output_shape": [14, 20]},
        {"strides": [2, 3], "output_shape": [14, 20], "auto_pad": "SAME_UPPER"},
        {"strides": [2, 3], "output_shape": [14, 20], "auto_pad": "SAME_LOWER"},
        {"strides": [2, 3], "output_shape": [13, 21], "output_padding": [1, 1]},
    ],
)
def test_how_long_a_transposed_convolution_is(attributes):
    agree(*both("ConvTranspose", 11, [PICTURE, some(4, 2, 3, 4)], attributes))


def test_a_kernel_shorter_than_its_stride_still_gives_stride_times_what_it_reads():
    # the standard's rule, which onnxruntime keeps only where something is to be cut off
    x, weights = np.ones((1, 1, 3), np.float32), np.full((1, 1, 1), 2, np.float32)
    attributes = {"strides": [2], "auto_pad": "SAME_UPPER"}
    graph = graph_of(model_of("ConvTranspose", 11, [x, weights], attributes, 1))
    (given,) = [each.value for each in run(graph, {"i0": x, "i1": weights})]
    assert given.tolist() == [[[2, 0, 2, 0, 2, 0]]]


def pool_attributes(attributes, dimensions):
    """Return these as a pool takes them: less padding than its kernel."""
    kernel = KERNEL[dimensions]
    told = {**attributes, "kernel_shape": kernel}
    if "pads" in told:
        told["pads"] = [min(n, k - 1) for n, k in zip(told["pads"], kernel * 2, strict=True)]
    return told


@slid
@pytest.mark.parametrize(("version", "outputs", "more"), [
    (7, 1, {}), (8, 2, {}), (8, 2, {"storage_order": 1}), (10, 1, {"ceil_mode": 1}),
    (12, 2, {"ceil_mode": 1}), (22, 2, {}),
])  # fmt: skip
def test_max_pool(dimensions, attributes, version, outputs, more):
    if version < 10 and "dilations" in attributes:
        pytest.skip("dilations came with opset 10")
    told = pool_attributes({**attributes, **more}, dimensions)
    agree(*both("MaxPool", version, [np.round(READ[dimensions])], told, outputs))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.float64])
def test_max_pool_of_other_numbers(dtype):
    x = (PICTURE * 40).astype(dtype)
    agree(*both("MaxPool", 12, [x], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}, 2))


@slid
@pytest.mark.parametrize(("version", "more"), [
    (7, {}), (7, {"count_include_pad": 1}), (10, {"ceil_mode": 1}), (19, {}),
    (19, {"ceil_mode": 1, "count_include_pad": 1}), (22, {"count_include_pad": 1}),
])  # fmt: skip
def test_average_pool(dimensions, attributes, version, more):
    if version < 19 and "dilations" in attributes:
        pytest.skip("dilations came with opset 19")
    told = pool_attributes({**attributes, **more}, dimensions)
    agree(*both("AveragePool", version, [READ[dimensions]], told))


@pytest.mark.parametrize("version", [7, 19])
@pytest.mark.parametrize("pads", [[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
@pytest.mark.parametrize("padding", [0, 1])
def test_average_pool_of_less_than_its_window(version, pads, padding):
    told = {"kernel_shape": [3, 4], "strides": [3, 3], "pads": pads, "count_include_pad": padding}
    agree(*both("AveragePool", version, [some(1, 2, 2, 2)], told))


@pytest.mark.parametrize(
    ("version", "attributes"),
    [(7, {}), (11, {"p": 1}), (11, {"p": 3, "pads": [1, 0, 1, 1]}), (18, {"ceil_mode": 1}),
     (18, {"dilations": [2, 2]}), (22, {"strides": [2, 2], "ceil_mode": 1, "p": 3})],
)  # fmt: skip
def test_lp_pool(version, attributes):
    agree(*both("LpPool", version, [PICTURE], {"kernel_shape": [2, 3], **attributes}))


@pytest.mark.parametrize("version", [7, 13, 22])
@pytest.mark.parametrize("op", ["GlobalAveragePool", "GlobalMaxPool"])
@pytest.mark.parametrize("x", [LINE, PICTURE, VOLUME])
def test_pools_of_whole_channels(op, version, x):
    agree(*both(op, version, [x]))


@pytest.mark.parametrize("p", [1, 2, 3])
def test_the_norm_of_whole_channels(p):
    agree(*both("GlobalLpPool", 7, [PICTURE], {"p": p}))


WEIGHTS = some(2, 4, 3, 3)
BROKEN = [
    ("Conv", [PICTURE, some(2, 3, 3, 3)], {}, "takes 3 channels by its weights, and reads 4"),
    ("Conv", [PICTURE, some(2, 4, 9, 3)], {}, "spans 9 × 3, and reads 7 × 8"),
    ("Conv", [PICTURE, some(2, 4, 3)], {}, "has weights 2 × 4 × 3, and reads 2 × 4 × 7 × 8"),
    ("Conv", [PICTURE, some(3, 2, 3, 3)], {"group": 2}, "3 channels, no multiple of 2 groups"),
    ("Conv", [PICTURE, WEIGHTS], {"kernel_shape": [2, 2]}, r"kernel_shape \[2, 2\]"),
    ("Conv", [PICTURE, WEIGHTS], {"pads": [1, 1]}, "takes 4 numbers from 0"),
    ("Conv", [PICTURE, WEIGHTS], {"pads": [1, 1, -1, 0]}, "takes 4 numbers from 0"),
    ("Conv", [PICTURE, WEIGHTS], {"strides": [0, 1]}, "takes numbers from 1"),
    ("Conv", [PICTURE, WEIGHTS], {"dilations": [1]}, "takes 2, one a dimension"),
    ("Conv", [PICTURE, WEIGHTS], {"auto_pad": "SAME"}, "auto_pad SAME"),
    ("ConvTranspose", [PICTURE, some(4, 2, 1, 1)], {"pads": [4, 4, 4, 4]}, "leave nothing"),
    ("ConvTranspose", [PICTURE, some(3, 2, 1, 1)], {}, "takes 3 channels"),
    ("MaxPool", [PICTURE], {}, "has no kernel_shape"),
    ("MaxPool", [PICTURE], {"kernel_shape": [2]}, "kernel of 2, and reads 7 × 8"),
    ("AveragePool", [PICTURE], {"kernel_shape": [9, 9], "pads": [0, 0, 0, 0]}, "spans 9 × 9"),
]


@pytest.mark.parametrize(("op", "inputs", "attributes", "told"), BROKEN)
def test_what_does_not_fit_is_said(op, inputs, attributes, told):
    graph = graph_of(model_of(op, 13, inputs, attributes, 1))
    feeds = {f"i{place}": each for place, each in enumerate(inputs)}
    with pytest.raises(InputError, match=told):
        list(run(graph, feeds))


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_floats_are_kept(dtype):
    x, weights = PICTURE.astype(dtype), WEIGHTS.astype(dtype)
    graph = graph_of(model_of("Conv", 13, [x, weights], {}, 1))
    (given,) = [each.value for each in run(graph, {"i0": x, "i1": weights})]
    ((want,), _) = both("Conv", 13, [x.astype(np.float32), weights.astype(np.float32)])
    assert given.dtype == dtype
    within = 1e-3 if dtype == np.float16 else 1e-6
    np.testing.assert_allclose(given.astype(float), want, within, within)
