"""A net whose activations are straight lines between their breakpoints, as the pieces it is of.

On each piece all its numbers are sums of the inputs, with fixed weights and a bias. Everything here
is float64, whatever the net's dtype. Inputs are raw: normalising them is part of the sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from nntrace.core.activations import ACTIVATIONS
from nntrace.core.arrays import Doubles, Places
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.core.op import Op, Shape
from nntrace.errors import Problem, UsageError
from nntrace.words import cropped

_NEAR = 1e-11  # of a layer's largest z: what is as near a kink is on it
_MOST_WORK = 200_000_000  # which takes minutes
_ROOM = 4_000_000  # numbers that lines, or directions, take at a time


@dataclass(frozen=True, eq=False)
class Stage:
    """A layer: its op in float64, and the straight lines that its activation is of.

    `breaks` are k × size, rising, infinite where a neuron has no such; between them a is
    slopes·z + levels, each (k + 1) × size. Of an op that picks numbers, `members` are those it
    picks from, numbers of z × as many, and `sign` is −1 where it picks the smallest; of the others
    `bias` is z where everything it reads is 0.
    """

    layer: Layer
    op: Op
    breaks: Doubles
    slopes: Doubles
    levels: Doubles
    bias: Doubles
    members: Places | None = None
    sign: float = 1.0

    @property
    def bends(self) -> bool:
        """Whether its activation has a kink."""
        return bool(np.isfinite(self.breaks).any())

    def summed(self, reads: Sequence[Doubles]) -> Doubles:
        """Return z, rows × size, of an op that sums; `reads` are rows × their shapes."""
        z = np.empty((len(reads[0]), *self.layer.shape))
        self.op.run(reads, z, False)
        return z.reshape(len(z), -1)

    def activated(self, z: Doubles, piece: Places) -> Doubles:
        """Return a, each number on the piece that is given."""
        columns = np.arange(z.shape[1])
        values: Doubles = self.slopes[piece, columns] * z + self.levels[piece, columns]
        return values


class Along(NamedTuple):
    """What the numbers of a layer are on lines, each a row: z and a, how they change with a step
    along the line, and how far it is to the nearest kink of any layer so far."""

    z: Doubles
    dz: Doubles
    a: Doubles
    da: Doubles
    ahead: Doubles


class At(NamedTuple):
    """What the numbers of a layer are at a point, and on which piece: of the activation, and which
    of its members each picked number is."""

    z: Doubles
    a: Doubles
    piece: Places
    picked: Places | None


@dataclass(frozen=True, eq=False)
class Pieces:
    """The layers that a net's output depends on, in their order."""

    network: Network
    stages: tuple[Stage, ...]

    @classmethod
    def of(cls, network: Network) -> Pieces:
        """Take a net as pieces; UsageError, a line for each layer that is of none."""
        layers = tuple(_towards(network))
        problems = list(_not_straight(network, layers)) or list(_too_many(network, layers))
        if problems:
            raise UsageError(problems)
        return cls(network, tuple(_stage(network, layer) for layer in layers))

    @property
    def numbers(self) -> int:
        """How many numbers a row comes to."""
        members = sum(each.members.size for each in self.stages if each.members is not None)
        return self.network.input.size + members + sum(each.layer.size for each in self.stages)

    @property
    def together(self) -> int:
        """How many rows, or directions, there is room for at a time."""
        return max(1, _ROOM // self.numbers)

    def at(self, x: Doubles) -> dict[str, At]:
        """Compute every layer at a point, one row of inputs."""
        values, found = self._given(x[np.newaxis], True), {}
        for stage in self.stages:
            picked = None
            reads = [values[name] for name in stage.layer.reads]
            if stage.members is None:
                z = stage.summed(reads)
            else:
                from_ = reads[0].reshape(-1)[stage.members]
                picked = (stage.sign * from_).argmax(axis=1)
                z = np.take_along_axis(from_, picked[:, np.newaxis], 1).reshape(1, -1)
            piece = (z > stage.breaks[:, np.newaxis]).sum(axis=0)
            a = stage.activated(z, piece)
            values[stage.layer.name] = a.reshape(1, *stage.layer.shape)
            found[stage.layer.name] = At(z[0], a[0], piece[0], picked)
        return found

    def directions(
        self, point: Mapping[str, At], steps: Doubles
    ) -> Iterator[tuple[Stage, Doubles, Doubles]]:
        """Yield, for each layer, how its z and a change with steps of the inputs, rows × size, on
        the piece that a point lies on."""
        values = self._given(steps, False)
        for stage in self.stages:
            at = point[stage.layer.name]
            reads = [values[name] for name in stage.layer.reads]
            if stage.members is None:
                dz = stage.summed(reads) - stage.bias
            else:
                assert at.picked is not None
                chosen = np.take_along_axis(stage.members, at.picked[:, np.newaxis], 1)[:, 0]
                dz = reads[0].reshape(len(steps), -1)[:, chosen]
            da = dz * stage.slopes[at.piece, np.arange(dz.shape[1])]
            values[stage.layer.name] = da.reshape(len(steps), *stage.layer.shape)
            yield stage, dz, da

    def along(self, x: Doubles, steps: Doubles) -> Along:
        """Compute the output on lines: from points, rows of inputs, on in a direction each.

        Where a point lies on a kink, it is on the piece that lies ahead.
        """
        values, changes = self._given(x, True), self._given(steps, False)
        ahead = np.full(len(x), np.inf)
        for stage in self.stages:
            name, shape = stage.layer.name, (len(x), *stage.layer.shape)
            reads = [values[read] for read in stage.layer.reads]
            moved = [changes[read] for read in stage.layer.reads]
            if stage.members is None:
                z, dz = stage.summed(reads), stage.summed(moved) - stage.bias
            else:
                z, dz, to = _picked(stage, reads[0], moved[0])
                ahead = np.minimum(ahead, to)
            piece, to = _bent(stage, z, dz)
            ahead = np.minimum(ahead, to)
            a = stage.activated(z, piece)
            da = stage.slopes[piece, np.arange(z.shape[1])] * dz
            values[name], changes[name] = a.reshape(shape), da.reshape(shape)
        return Along(z, dz, a, da, ahead)

    def _given(self, x: Doubles, shifted: bool) -> dict[str, Doubles]:
        """Return what the first layers read, rows × its shape, by name: raw inputs, normalised."""
        spec = self.network.input
        if shifted and spec.mean is not None:
            x = x - spec.mean.astype(np.float64)
        if spec.std is not None:
            x = x / spec.std.astype(np.float64)
        values = {"input": x.reshape(len(x), *spec.row)}
        for name, part in spec.named.items():
            values[name] = x[:, part].reshape(len(x), *self.network.shape(name))
        return values


def _bent(stage: Stage, z: Doubles, dz: Doubles) -> tuple[Places, Doubles]:
    """Return on which piece each number lies, and how far it is to the next one, for each row."""
    piece = np.zeros(z.shape, np.intp)
    ahead = np.full(len(z), np.inf)
    if not stage.bends:
        return piece, ahead
    near = _NEAR * (1.0 + np.abs(z).max(axis=1, keepdims=True))
    for kink in stage.breaks:
        gap = kink - z
        on = np.abs(gap) <= near
        piece += np.where(on & (dz != 0.0), dz > 0.0, gap < 0.0)
        steps = np.divide(gap, dz, out=np.full(z.shape, np.inf), where=~on & (dz != 0.0))
        steps[steps <= 0.0] = np.inf
        ahead = np.minimum(ahead, steps.min(axis=1))
    return piece, ahead


def _picked(stage: Stage, reads: Doubles, moved: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Return what an op picks, how that changes, and how far it is until it picks another."""
    assert stage.members is not None
    values = stage.sign * reads.reshape(len(reads), -1)[:, stage.members]
    changes = stage.sign * moved.reshape(len(reads), -1)[:, stage.members]
    most = values.max(axis=2, keepdims=True)
    near = _NEAR * (1.0 + np.abs(most).max(axis=1, keepdims=True))
    # of those that are as large, the one that grows fastest is the largest ahead
    place = np.where(values >= most - near, changes, -np.inf).argmax(axis=2)[..., np.newaxis]
    z, dz = np.take_along_axis(values, place, 2), np.take_along_axis(changes, place, 2)
    faster = changes - dz
    steps = np.divide(z - values, faster, out=np.full(values.shape, np.inf), where=faster > 0.0)
    return stage.sign * z[..., 0], stage.sign * dz[..., 0], steps.min(axis=(1, 2))


# ---- how a net is taken apart ----


def _towards(network: Network) -> list[Layer]:
    """Return the layers that the output depends on, itself included, in their order."""
    wanted = {network.output.name}
    found = []
    for layer in reversed(network.layers):
        if layer.name in wanted:
            wanted.update(layer.reads)
            found.append(layer)
    return found[::-1]


def _not_straight(network: Network, layers: Sequence[Layer]) -> Iterator[Problem]:
    """Tell which layers are no straight lines; the output's activation may be any."""
    if network.input.text is not None:
        yield Problem(f"{cropped(network.name)} reads text, no letter of which changes a little")
        return
    for part in network.input.parts:
        if not part.dtype.startswith("float"):
            yield Problem(f"{cropped(part.name)} takes {part.dtype}, which cannot change a little")
    known = [kind.name for kind in ACTIVATIONS.values() if kind.straight]
    for layer in layers:
        name, kind = cropped(layer.name), layer.activation.kind
        if layer.op.straight is None:
            told = "is no weighted sum of what it reads, and no choice among that"
            yield Problem(f"{name} is a layer of kind {layer.kind}, which {told}")
        if not kind.straight and layer.name != network.output.name:
            told = f"is no straight line between kinks, as are {', '.join(known)}"
            yield Problem(f"{name} has the activation {kind.name}, which {told}")


def _too_many(network: Network, layers: Sequence[Layer]) -> Iterator[Problem]:
    """Tell that there are too many numbers: each is computed for each input, kink by kink."""
    numbers, inputs = sum(layer.size for layer in layers), network.input.size
    if numbers * inputs > _MOST_WORK:
        yield Problem(
            f"{cropped(network.name)} has {inputs:,} inputs and {numbers:,} numbers in its layers, "
            f"and a margin is found for nets in which the one times the other is {_MOST_WORK:,} at "
            "most"
        )


def _stage(network: Network, layer: Layer) -> Stage:
    arrays = {name: values.astype(np.float64) for name, values in layer.op.arrays.items()}
    op: Op = replace(layer.op, **arrays)  # type: ignore[type-var]  # each kind is a dataclass
    breaks, slopes, levels = _lines(layer)
    shapes = [network.shape(name) for name in layer.reads]
    bias, members = np.zeros((1, layer.size)), None
    if op.straight == "sums":
        z = np.empty((1, *layer.shape))
        op.run([np.zeros((1, *shape)) for shape in shapes], z, False)
        bias = z.reshape(1, -1)
    else:
        members = _members(op, shapes[0], layer.size)
    sign = -1.0 if op.straight == "smallest" else 1.0
    return Stage(layer, op, breaks, slopes, levels, bias, members, sign)


def _lines(layer: Layer) -> tuple[Doubles, Doubles, Doubles]:
    """Return where an activation bends, and its lines, from two points on each."""
    size = layer.size
    if not layer.activation.kind.straight:  # the output's, which is left out
        return np.empty((0, size)), np.ones((1, size)), np.zeros((1, size))
    applied = layer.applied
    given = applied.kind.breakpoints(**applied.parameters)
    breaks = np.array([np.broadcast_to(each, (size,)) for each in given], dtype=np.float64)
    breaks = breaks.reshape(len(given), size)
    known = np.where(np.isnan(breaks), 0.0, breaks)
    slopes, levels = [], []
    for piece in range(len(known) + 1):
        if 0 < piece < len(known):
            width = known[piece] - known[piece - 1]
            low, high = known[piece - 1] + 0.25 * width, known[piece] - 0.25 * width
        elif piece:
            low, high = known[-1] + 1.0, known[-1] + 2.0
        else:
            high = (known[0] if len(known) else np.zeros(size)) - 1.0
            low = high - 1.0
        at_low, at_high = applied(np.array([low, high]))
        slopes.append((at_high - at_low) / (high - low))
        levels.append(at_low - slopes[-1] * low)
    return np.where(np.isnan(breaks), np.inf, breaks), np.array(slopes), np.array(levels)


def _members(op: Op, shape: Shape, size: int) -> Places:
    """Return which numbers each is picked from, numbers × as many; the first fills up a row."""
    read = [np.zeros(shape)]
    places = [op.terms(read, index).places for index in range(size)]
    most = max(map(len, places))
    return np.array([np.pad(each, (0, most - len(each)), mode="edge") for each in places])
