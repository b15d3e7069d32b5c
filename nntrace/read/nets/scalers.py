"""scikit-learn's scalers as nets compute them: the input's mean and deviation, or layers.

What a scaler subtracts and then divides by is the mean and the deviation of the input, where it is
the first; any other is a batch norm, whose weight and shift it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS, IDENTITY
from nntrace.core.arrays import Array
from nntrace.core.layer import Layer
from nntrace.core.ops.batch_norm import BatchNorm
from nntrace.errors import UsageError


class Scaling(NamedTuple):
    """(x − mean) / std, or x · scale + shift, and then between `low` and `high`; each where it is
    not None."""

    mean: Array | None = None
    std: Array | None = None
    scale: Array | None = None
    shift: Array | None = None
    bounds: tuple[float, float] | None = None

    @property
    def of_input(self) -> bool:
        """Whether the input of a net says it."""
        return self.scale is None and self.bounds is None

    def layer(self, name: str, size: int, labels: tuple[str, ...] | None) -> Layer:
        """Return it as a layer of so many numbers, which are called as the features are."""
        zeros, ones = np.zeros(size), np.ones(size)
        mean = zeros if self.mean is None else self.mean
        scale = ones if self.scale is None else self.scale
        if self.std is not None:
            scale = 1.0 / self.std
        shift = zeros if self.shift is None else self.shift
        activation = IDENTITY
        if self.bounds:
            low, high = self.bounds
            activation = Activation(ACTIVATIONS["hard_tanh"], {"min": low, "max": high})
        op = BatchNorm(mean, ones, scale, shift, 0.0)
        return Layer(name, op, activation, labels)


def _standard(scaler: Any) -> Scaling:
    mean = scaler.mean_ if scaler.with_mean else None
    return Scaling(mean, scaler.scale_ if scaler.with_std else None)


def _robust(scaler: Any) -> Scaling:
    mean = scaler.center_ if scaler.with_centering else None
    return Scaling(mean, scaler.scale_ if scaler.with_scaling else None)


def _largest(scaler: Any) -> Scaling:
    clipped = getattr(scaler, "clip", False)  # since 1.8
    return Scaling(None, scaler.scale_, bounds=(-1.0, 1.0) if clipped else None)


def _range(scaler: Any) -> Scaling:
    bounds = tuple(map(float, scaler.feature_range)) if scaler.clip else None
    return Scaling(None, None, scaler.scale_, scaler.min_, bounds)  # type: ignore[arg-type]


SCALERS: Mapping[str, Any] = {
    "StandardScaler": _standard,
    "MinMaxScaler": _range,
    "MaxAbsScaler": _largest,
    "RobustScaler": _robust,
}


def scaling_of(scaler: Any, called: str) -> Scaling:
    """Return what a scaler of one of these classes does; UsageError where no net can."""
    found: Scaling = SCALERS[called](scaler)
    for values in (found.mean, found.std, found.scale, found.shift):
        if values is not None and not np.isfinite(values).all():
            place = int(np.argwhere(~np.isfinite(values))[0][0])
            raise UsageError(f"{called}: has no finite number for feature {place}")
    return found
