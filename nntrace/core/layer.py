"""A layer: a name, what it computes, its activation, and what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod

import numpy as np

from nntrace.core.activation import Activation
from nntrace.core.activations import IDENTITY
from nntrace.core.arrays import Array, along
from nntrace.core.op import Channels, Op, Shape
from nntrace.core.ops.dense import Dense
from nntrace.core.value import Value
from nntrace.errors import NetworkError, Problem, plural
from nntrace.words import cropped


@dataclass(frozen=True, eq=False, repr=False)
class Layer(Value):
    """z = op(what it reads), a = activation(z).

    `reads` names layers, or `input`; without any it reads the layer before. A network fills in
    what it finds: `reads`, the `shape` of one row of z, and `channels`, the axis of it that counts
    channels (the first), or the width of tokens (the last). `labels` name the last axis.

    Raises NetworkError where the parts do not fit.
    """

    name: str
    op: Op
    activation: Activation = field(default_factory=lambda: IDENTITY)
    labels: tuple[str, ...] | None = None
    reads: tuple[str, ...] = ()
    shape: Shape = ()
    channels: Channels = None

    def __post_init__(self) -> None:
        if not self.shape and isinstance(self.op, Dense) and self.op.axis == "all":
            object.__setattr__(self, "shape", (self.op.size,))
        problems = list(self._problems()) if self.shape else []
        if problems:
            raise NetworkError(problems)

    def _problems(self) -> Iterator[Problem]:
        yield from label_problems(self.labels, self.shape[-1], self.name)
        for name, value in self.activation.parameters.items():
            if np.ndim(value) and np.size(value) != self.width:
                message = f"has {plural(np.size(value), 'number')}, {self.name} takes {self.width}"
                yield Problem(message, ("activation", self.activation.name, name))

    def found(self, reads: tuple[str, ...], shape: Shape, channels: Channels) -> Layer:
        """Return the same layer in a network, which found what it reads, and its shape."""
        if (self.reads, self.shape, self.channels) == (reads, shape, channels):
            return self
        return replace(self, reads=reads, shape=shape, channels=channels)

    @cached_property
    def label_places(self) -> dict[str, int]:
        """The place of each label; nothing without labels."""
        return label_places(self.labels)

    @cached_property
    def size(self) -> int:
        """How many numbers it gives for a row."""
        return prod(self.shape)

    @property
    def width(self) -> int:
        """How many channels it has, or how wide its tokens are; of neurons in a row, how many."""
        return self.shape[0 if self.channels == "first" else -1]

    @property
    def kind(self) -> str:
        """What kind of layer it is."""
        return self.op.KIND

    @property
    def dense(self) -> Dense | None:
        """Its op, where each neuron reads everything: a plain dense layer."""
        return self.op if isinstance(self.op, Dense) and self.op.axis == "all" else None

    @property
    def weights(self) -> Array:
        """Its weights; KeyError where its kind has none."""
        return self.op.arrays["weights"]

    @property
    def bias(self) -> Array:
        """Its bias; KeyError where its kind has none."""
        return self.op.arrays["bias"]

    @property
    def fan_in(self) -> int:
        """How many weights each neuron of a dense layer has; KeyError as `weights`."""
        return int(self.weights.shape[-1])

    @property
    def positional(self) -> bool:
        """Whether its numbers have a shape of several dimensions."""
        return len(self.shape) > 1

    @cached_property
    def applied(self) -> Activation:
        """The activation whose parameters, where they are one a channel, are one a number of z."""
        given = self.activation.parameters
        if not self.positional or not any(map(np.ndim, given.values())):
            return self.activation
        spread = {
            name: self._spread(np.asarray(value)) if np.ndim(value) else value
            for name, value in given.items()
        }
        return Activation(self.activation.kind, spread)

    def _spread(self, values: Array) -> Array:
        if self.channels == "first":
            values = along(values, 0, len(self.shape))
        return np.broadcast_to(values, self.shape).ravel()

    def activate(self, z: Array, a: Array) -> None:
        """Fill a from z, both rows × size or rows × shape; softmax and the like work along the
        last axis. Floating-point warnings are the caller's to turn off."""
        if rows := self._activated_as:
            z, a = z.reshape(rows), a.reshape(rows)
        self.applied.fill(z, a)

    @cached_property
    def _activated_as(self) -> tuple[int, int] | None:
        """The rows that its activation takes z as; None where it takes z as it is, each number by
        itself."""
        if self.positional and self.activation.kind.rowwise:
            return -1, self.shape[-1]
        by_number = any(map(np.ndim, self.activation.parameters.values()))
        return (-1, self.size) if self.positional and by_number else None


def label_problems(labels: Sequence[str] | None, size: int, owner: str) -> Iterator[Problem]:
    """Tell what is wrong with labels of so many places."""
    if labels is None:
        return
    if len(labels) != size:
        message = f"has {plural(len(labels), 'label')}, {owner} takes {size}"
        yield Problem(message, ("labels",))
    for index, message in label_twice(labels, owner):
        yield Problem(message, ("labels", index))


def label_twice(labels: Sequence[str], owner: str) -> Iterator[tuple[int, str]]:
    """Tell which labels are given twice, by the index of the second."""
    seen: dict[str, int] = {}
    for index, label in enumerate(labels):
        if label in seen:
            yield index, f"'{cropped(label)}' is the label of {cropped(owner)}.{seen[label]} too"
        seen.setdefault(label, index)


def label_places(labels: tuple[str, ...] | None) -> dict[str, int]:
    """Return the place of each label."""
    return {label: index for index, label in enumerate(labels or ())}
