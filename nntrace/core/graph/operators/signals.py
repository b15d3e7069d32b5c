"""Signals: Fourier transforms, the windows that are laid on them, and mel bands."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np

from nntrace.core.graph.dtypes import dtype_of
from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.widths import rounded_once
from nntrace.core.op import times

_FLOAT32 = 1  # ONNX's number for it


@rounded_once
def dft(node: Node, x: Tensor, length: Tensor | None = None, axis: Tensor | None = None) -> Tensor:
    """The discrete Fourier transform along an axis; the last axis holds real and imaginary parts.
    DFT-20, and 17, which has the axis as an attribute."""
    usual = node.get("axis", 1) if node.version < 20 else -2
    along = usual if axis is None else int(axis.item())
    if not -x.ndim <= along < x.ndim or along % x.ndim == x.ndim - 1:
        raise ValueError(f"has axis {along}, and reads {times(x.shape)}, whose last is no signal")
    count = None if length is None else int(length.item())
    return _transformed(node, x, count, along % x.ndim)


def _transformed(node: Node, x: Tensor, length: int | None, axis: int) -> Tensor:
    """Transform real or complex numbers along an axis."""
    if x.shape[-1] not in (1, 2) or (length is not None and length < 1):
        raise ValueError(f"reads {times(x.shape)}, takes … × 1, or 2 for complex numbers")
    half, back = bool(node.get("onesided", 0)), bool(node.get("inverse", 0))
    values: Any = x[..., 0] if x.shape[-1] == 1 else x[..., 0] + 1j * x[..., 1]
    if half and back:
        real = np.fft.irfft(values, length, axis)
        return real.astype(x.dtype)[..., np.newaxis]
    if half and x.shape[-1] == 2:
        raise ValueError("is one-sided, which takes real numbers, and reads complex ones")
    way = np.fft.ifft if back else np.fft.rfft if half else np.fft.fft
    made = way(values, length, axis)
    return np.stack((made.real, made.imag), axis=-1).astype(x.dtype)


@rounded_once
def stft(
    node: Node,
    x: Tensor,
    step: Tensor,
    window: Tensor | None = None,
    length: Tensor | None = None,
) -> Tensor:
    """The transform of each frame of rows × samples × 1 or 2, a step from the next. STFT-17."""
    if length is not None:
        frame = int(length.item())
    else:
        frame = x.shape[1] if window is None else len(window)
    stride = int(step.item())
    if x.ndim != 3 or stride < 1 or not 1 <= frame <= x.shape[1]:
        raise ValueError(f"reads {times(x.shape)}, in frames of {frame}, {stride} from each other")
    if window is not None and len(window) != frame:
        raise ValueError(f"has a window of {len(window)}, and frames of {frame}")
    frames = np.lib.stride_tricks.sliding_window_view(x, frame, axis=1)[:, ::stride]
    values = frames.swapaxes(2, 3)
    if window is not None:
        values = values * window[:, np.newaxis]
    attributes = {"onesided": node.get("onesided", 1)}
    return _transformed(Node(node.name, node.op, (), (), attributes), values, None, 2)


def _made(node: Node, values: Tensor) -> Tensor:
    return values.astype(dtype_of(node.get("output_datatype", _FLOAT32)))


def _turns(node: Node, size: Tensor) -> Tensor:
    """Return 2π n / N; N is the size, or with `periodic` 0 one less."""
    count = int(size.item())
    whole = count if node.get("periodic", 1) else count - 1
    return np.arange(count) * (2 * pi) / whole


def hann_window(node: Node, size: Tensor) -> Tensor:
    """½ − ½ cos(2π n / N). HannWindow-17."""
    return _made(node, 0.5 - 0.5 * np.cos(_turns(node, size)))


def hamming_window(node: Node, size: Tensor) -> Tensor:
    """25/46 − 21/46 cos(2π n / N). HammingWindow-17."""
    return _made(node, 25 / 46 - 21 / 46 * np.cos(_turns(node, size)))


def blackman_window(node: Node, size: Tensor) -> Tensor:
    """0.42 − ½ cos(2π n / N) + 0.08 cos(4π n / N). BlackmanWindow-17."""
    turns = _turns(node, size)
    return _made(node, 0.42 - 0.5 * np.cos(turns) + 0.08 * np.cos(2 * turns))


def mel_weight_matrix(
    node: Node, bands: Tensor, length: Tensor, rate: Tensor, lowest: Tensor, highest: Tensor
) -> Tensor:
    """How much each frequency of a transform counts in each mel band, frequencies × bands: a
    triangle a band. MelWeightMatrix-17."""
    count, size = int(bands.item()), int(length.item())
    low, high = (2595 * np.log10(1 + edge.item() / 700) for edge in (lowest, highest))
    mels = low + np.arange(count + 2) * (high - low) / (count + 2)
    edges = (size + 1) * 700 * (10 ** (mels / 2595) - 1) // rate.item()
    below, peak, above = edges[:-2], edges[1:-1], edges[2:]
    at = np.arange(size // 2 + 1)[:, np.newaxis]
    rising = np.where(peak > below, (at - below) / np.maximum(peak - below, 1), 1.0)
    falling = (above - at) / np.maximum(above - peak, 1)
    inside = (at >= below) & (at <= peak)
    return _made(
        node,
        np.where(inside, rising, 0.0) + np.where((at > peak) & (at < above), falling, 0.0),
    )
