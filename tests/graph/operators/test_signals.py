"""Fourier transforms, windows and mel bands of ONNX graphs, as onnxruntime computes them."""

import numpy as np
import pytest
from protos import graph_of
from secondopinion import agree, both, model_of

from nntrace.core.graph.run import run
from nntrace.errors import InputError

RNG = np.random.default_rng(15)
REAL = RNG.normal(size=(2, 16, 6, 1)).astype(np.float32)
COMPLEX = RNG.normal(size=(2, 16, 6, 2)).astype(np.float32)
SOUND = RNG.normal(size=(2, 64, 1)).astype(np.float32)


def whole(number):
    return np.array(number, np.int64)


@pytest.mark.parametrize("x", [REAL, COMPLEX])
@pytest.mark.parametrize("attributes", [{}, {"axis": 2}, {"inverse": 1}, {"inverse": 1, "axis": 2}])
@pytest.mark.parametrize("length", [None, 12, 20])
def test_transforms(x, attributes, length):
    given = [x] if length is None else [x, whole(length)]
    agree(*both("DFT", 17, given, attributes))


@pytest.mark.parametrize("length", [None, 15, 16])
def test_half_of_a_transform(length):
    given = [REAL] if length is None else [REAL, whole(length)]
    agree(*both("DFT", 17, given, {"onesided": 1}))


@pytest.mark.parametrize("axis", [0, 1, -2])
def test_the_axis_is_an_input_from_opset_20(axis):
    agree(*both("DFT", 20, [COMPLEX, None, whole(axis)]))


@pytest.mark.parametrize("length", [15, 16])
def test_a_transform_and_back(length):
    x = REAL[:, :length]
    spectrum = computed("DFT", [x], {"onesided": 1})
    back = computed("DFT", [spectrum, whole(length)], {"onesided": 1, "inverse": 1})
    np.testing.assert_allclose(back, x, atol=1e-6)


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("step", [3, 8])
def test_frames(half, step):
    given = [SOUND, whole(step), np.hanning(16).astype(np.float32), whole(16)]
    agree(*both("STFT", 17, given, {"onesided": half}))
    agree(*both("STFT", 17, [*given[:2], None, whole(16)], {"onesided": half}))


@pytest.mark.parametrize("op", ["HannWindow", "HammingWindow", "BlackmanWindow"])
@pytest.mark.parametrize("attributes", [{}, {"periodic": 0}, {"output_datatype": 11}])
def test_windows(op, attributes):
    agree(*both(op, 17, [whole(10)], attributes))


@pytest.mark.parametrize(
    ("bands", "length", "low", "high"), [(8, 64, 0, 8000), (20, 512, 80, 7600)]
)
def test_mel_bands(bands, length, low, high):
    edges = [np.array(edge, np.float32) for edge in (low, high)]
    agree(*both("MelWeightMatrix", 17, [whole(bands), whole(length), whole(16000), *edges]))


def computed(op, inputs, attributes):
    graph = graph_of(model_of(op, 17, inputs, attributes, 1))
    feeds = {f"i{place}": each for place, each in enumerate(inputs) if each is not None}
    (given,) = [each.value for each in run(graph, feeds)]
    return given


BROKEN = [
    ("DFT", [REAL], {"axis": 3}, "has axis 3"),
    ("DFT", [REAL[..., 0]], {}, "for complex numbers"),
    ("DFT", [COMPLEX], {"onesided": 1}, "is one-sided"),
    ("STFT", [SOUND, whole(0), None, whole(8)], {}, "in frames of 8, 0 from each other"),
    ("STFT", [SOUND, whole(2), np.ones(7, np.float32), whole(8)], {}, "a window of 7"),
]


@pytest.mark.parametrize(("op", "inputs", "attributes", "told"), BROKEN)
def test_what_does_not_fit_is_said(op, inputs, attributes, told):
    with pytest.raises(InputError, match=told):
        computed(op, inputs, attributes)
