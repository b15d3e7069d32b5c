"""Resize and Upsample of ONNX graphs, as onnxruntime computes them, version by version."""

import numpy as np
import pytest
from protos import graph_of
from secondopinion import agree, both, model_of

from nntrace.core.graph.run import run
from nntrace.errors import InputError

X = np.random.default_rng(13).normal(size=(1, 2, 5, 7)).astype(np.float32)
NONE = np.zeros(0, np.float32)


def floats(*numbers):
    return np.array(numbers, np.float32)


def ints(*numbers):
    return np.array(numbers, np.int64)


SCALES = [(1, 1, 2, 3), (1, 1, 1.5, 0.6), (1, 1, 0.5, 2.3)]
SIZES = [(1, 2, 8, 3), (1, 2, 1, 16), (1, 2, 10, 14)]
WAYS = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]
ROUNDED = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]
MODES = [
    *[("nearest", {"nearest_mode": each}) for each in ROUNDED],
    ("linear", {}), ("cubic", {}), ("cubic", {"cubic_coeff_a": -0.5, "exclude_outside": 1}),
]  # fmt: skip


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("mode", "more"), MODES)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("version", [11, 13, 19])
def test_to_sizes(sizes, mode, more, way, version):
    told = {"mode": mode, "coordinate_transformation_mode": way, **more}
    empty = NONE if version < 13 else None
    agree(*both("Resize", version, [X, empty, empty, ints(*sizes)], told))


@pytest.mark.parametrize("scales", SCALES)
@pytest.mark.parametrize(("mode", "more"), MODES)
@pytest.mark.parametrize("way", ["half_pixel", "pytorch_half_pixel", "asymmetric"])
@pytest.mark.parametrize("version", [11, 18])
def test_by_scales(scales, mode, more, way, version):
    told = {"mode": mode, "coordinate_transformation_mode": way, **more}
    empty = NONE if version < 13 else None
    agree(*both("Resize", version, [X, empty, floats(*scales)], told))


@pytest.mark.parametrize("scales", SCALES)
@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_opset_10(scales, mode):
    agree(*both("Resize", 10, [X, floats(*scales)], {"mode": mode}))


@pytest.mark.parametrize("scales", [(1, 1, 2, 3), (1, 1, 1.5, 2.5)])
@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_upsample(scales, mode):
    agree(*both("Upsample", 7, [X], {"mode": mode, "scales": list(map(float, scales))}))
    agree(*both("Upsample", 9, [X, floats(*scales)], {"mode": mode}))


CASES = [
    (11, [X, NONE, floats(1, 1, 2, 2)],
     {"mode": "linear", "coordinate_transformation_mode": "tf_half_pixel_for_nn"}),
    (19, [X, None, floats(1, 1, 0.7, 1.6)],
     {"mode": "linear", "coordinate_transformation_mode": "half_pixel_symmetric"}),
    *[(version, [X, floats(0, 0, 0.1, -0.2, 1, 1, 1.2, 0.8), empty, ints(1, 2, 8, 9)],
       {"mode": mode, "coordinate_transformation_mode": "tf_crop_and_resize",
        "extrapolation_value": 7.0})
      for version, empty in ((11, NONE), (13, None)) for mode in ("nearest", "linear", "cubic")],
    *[(18, [X, None, None, ints(3, 4)], {"mode": mode, "axes": [2, 3], "antialias": antialias})
      for mode in ("linear", "cubic") for antialias in (0, 1)],
    *[(18, [X, None, None, ints(3, 9)],
       {"mode": "linear", "axes": [2, 3], "keep_aspect_ratio_policy": policy})
      for policy in ("stretch", "not_larger", "not_smaller")],
    (19, [X, None, None, ints(3, 9)],
     {"mode": "linear", "axes": [2, 3], "keep_aspect_ratio_policy": "not_larger",
      "coordinate_transformation_mode": "half_pixel_symmetric"}),
    (13, [X[0, 0], None, None, ints(8, 9)], {"mode": "linear"}),
    (13, [X[:, :, :, :, np.newaxis] + X[..., :3][:, :, :, np.newaxis],
          None, None, ints(1, 2, 8, 9, 4)], {"mode": "linear"}),
    (13, [np.round(X * 20).astype(np.int8), None, floats(1, 1, 2, 2)], {"mode": "nearest"}),
]  # fmt: skip


@pytest.mark.parametrize(("version", "inputs", "attributes"), CASES)
def test_other_ways(version, inputs, attributes):
    agree(*both("Resize", version, inputs, attributes))


def computed(version, inputs, attributes):
    graph = graph_of(model_of("Resize", version, inputs, attributes, 1))
    feeds = {f"i{place}": each for place, each in enumerate(inputs) if each is not None}
    (given,) = [each.value for each in run(graph, feeds)]
    return given


def test_a_scale_that_leaves_the_length_still_moves_the_places():
    # as the standard has it: onnxruntime copies what is read
    x = floats(1, 2, 3)
    told = {"mode": "linear", "coordinate_transformation_mode": "asymmetric"}
    given = computed(13, [x, None, floats(1.25)], told)
    np.testing.assert_allclose(given, [1, 1.8, 2.6], rtol=1e-6)


def test_align_corners_reckons_with_the_whole_length():
    # 4 · 0.6 is 2.4, as in onnx's own case of it; onnxruntime takes 2
    told = {"mode": "linear", "coordinate_transformation_mode": "align_corners"}
    given = computed(13, [floats(1, 2, 3, 4), None, floats(0.6)], told)
    np.testing.assert_allclose(given, [1, 1 + 3 / 1.4], rtol=1e-6)
    # 2 · 1.7 is 3.4, of which PyTorch and onnxruntime take 3, so that the corners are the corners
    given = computed(13, [floats(1, 2), None, floats(1.7)], told)
    np.testing.assert_allclose(given, [1, 1.5, 2], rtol=1e-6)


BROKEN = [
    ([X, None, floats(2, 2)], {}, "takes 4 sizes or scales, one an axis, and has 2"),
    ([X, None, None], {}, "takes 4 sizes or scales, one an axis, and has none"),
    ([X, None, floats(1, 1, 0, 1)], {}, "above 0"),
    ([X, None, floats(1, 1, 2, 2)], {"mode": "lanczos"}, "has mode lanczos"),
    ([X, None, floats(1, 1, 2, 2)], {"nearest_mode": "up"}, "has nearest_mode up"),
    ([X, None, floats(1, 1, 2, 2)], {"coordinate_transformation_mode": "x"}, "_mode x,"),
    ([X, None, None, ints(1, 2, 3, 4)], {"keep_aspect_ratio_policy": "x"}, "_policy x"),
    ([X, None, floats(1, 1, 2, 2)], {"coordinate_transformation_mode": "tf_crop_and_resize"},
     "takes a roi of 8 numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "attributes", "told"), BROKEN)
def test_what_does_not_fit_is_said(inputs, attributes, told):
    with pytest.raises(InputError, match=told):
        computed(19, inputs, attributes)
