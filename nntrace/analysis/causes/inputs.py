"""Causes in the input: scaled otherwise, normalised twice or not at all, channels in reverse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from nntrace.analysis.causes.cause import (
    EXACT,
    ROUNDED,
    Candidate,
    Suspect,
    by_op,
    rounded_number,
)
from nntrace.core.arrays import Array
from nntrace.core.ops.batch_norm import BatchNorm
from nntrace.core.watched import INPUT, Change

# of ImageNet, as torchvision has it, for channels from 0 to 1
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

Made = Callable[[Array], Array]


class _Scale(NamedTuple):
    factor: float
    offset: float
    words: str


SCALES = (
    _Scale(1 / 255, 0.0, "x / 255"),
    _Scale(255.0, 0.0, "x · 255"),
    _Scale(2.0, -1.0, "2 · x − 1 (0 to 1 becomes −1 to 1)"),
    _Scale(0.5, 0.5, "(x + 1) / 2 (−1 to 1 becomes 0 to 1)"),
    _Scale(2 / 255, -1.0, "x / 127.5 − 1"),
    _Scale(127.5, 127.5, "(x + 1) · 127.5"),
    _Scale(-1.0, 1.0, "1 − x"),
    _Scale(-1.0, 255.0, "255 − x"),
    _Scale(1 / 128, -1.0, "x / 128 − 1"),
    _Scale(1 / 256, 0.0, "x / 256"),
    _Scale(1 / 100, 0.0, "x / 100"),
    _Scale(100.0, 0.0, "x · 100"),
    _Scale(1 / 16, 0.0, "x / 16"),
    _Scale(16.0, 0.0, "x · 16"),
    _Scale(-1.0, 0.0, "−x"),
)


def _candidate(kind: str, detail: str, raw: Made | None = None, x: Made | None = None) -> Candidate:
    """Return a change of the rows as given, or of what the first layers are given of them."""
    change = Change(
        z=None if raw is None else lambda _, rows: raw(rows),
        a=None if x is None else lambda _, values: x(values),
    )
    return Candidate(kind, INPUT, detail, {INPUT: change}, EXACT)


def missing_normalisation(suspect: Suspect) -> Iterator[Candidate]:
    """Give the rows as they are, where the net scales them."""
    spec = suspect.network.input
    if spec.normalised:
        change = Change(a=lambda rows, _: rows)
        detail = f"{suspect.other} takes the input as it is, without mean and std"
        yield Candidate("missing_normalisation", INPUT, detail, {INPUT: change})
        for name, words in (
            ("std", "the mean is taken off, and std does nothing"),
            ("mean", "it is divided by std, and the mean does nothing"),
        ):
            if (
                getattr(spec, name) is not None
                and getattr(spec, "mean" if name == "std" else "std") is not None
            ):
                yield Candidate(
                    "missing_normalisation",
                    INPUT,
                    f"in {suspect.other} {words}",
                    {INPUT: _partly(spec, name)},
                )


def _partly(spec: object, left: str) -> Change:
    mean, std = spec.mean, spec.std  # type: ignore[attr-defined]
    return Change(a=lambda rows, _: rows - mean if left == "std" else rows / std)


def normalised_twice(suspect: Suspect) -> Iterator[Candidate]:
    """Scale what has been scaled."""
    spec = suspect.network.input
    if spec.normalised:
        from nntrace.core.rows import normalise

        yield _candidate("normalised_twice", "mean and std twice", x=lambda x: normalise(spec, x))


def input_scale(suspect: Suspect) -> Iterator[Candidate]:
    """Scale the rows as people do, or as fits what the first layer gives."""
    for scale in SCALES:
        yield _candidate("input_scale", f"{scale.words} in {suspect.other}", raw=_scaled(scale))
    yield from _by_channel(suspect)
    fitted = _fitted(suspect)
    if fitted is not None:
        words = f"x · {fitted.factor:.6g}"
        words += f" {'+' if fitted.offset > 0 else '−'} {abs(fitted.offset):.6g}" * bool(
            fitted.offset
        )
        x = suspect.network.input.normalised
        made = _scaled(fitted)
        detail = f"{words} in {suspect.other}" + " (of the scaled input)" * x
        scaled = _candidate("input_scale", detail, None if x else made, made if x else None)
        yield scaled._replace(exactness=ROUNDED)


def _scaled(scale: _Scale) -> Made:
    return lambda x: (x * x.dtype.type(scale.factor) + x.dtype.type(scale.offset)).astype(x.dtype)


def _by_channel(suspect: Suspect) -> Iterator[Candidate]:
    """Scale three channels by the mean and deviation of ImageNet, or take that back."""
    shape = suspect.network.input.row
    if shape[0] != 3 or len(shape) < 2:
        return
    mean, std = (np.reshape(each, (3, *[1] * (len(shape) - 1))) for each in (MEAN, STD))

    def of(make: Made) -> Made:
        def made(x: Array) -> Array:
            return make(x.reshape(len(x), *shape)).astype(x.dtype).reshape(x.shape)

        return made

    for words, make in (
        ("(x − mean) / std of ImageNet", lambda x: (x - mean) / std),
        ("(x / 255 − mean) / std of ImageNet", lambda x: (x / 255 - mean) / std),
        ("x · std + mean of ImageNet", lambda x: x * std + mean),
        ("(x · std + mean of ImageNet) · 255", lambda x: (x * std + mean) * 255),
    ):
        yield _candidate("input_scale", f"{words} in {suspect.other}", raw=of(make))


def _fitted(suspect: Suspect) -> _Scale | None:
    """Return the factor and offset that make b's z of a's input, where z is a linear function."""
    b, op = suspect.z_b, suspect.layer.op
    if b is None or not suspect.z_parts or b.shape != suspect.z.shape or len(suspect.reads) != 1:
        return None
    x = suspect.reads[0]

    def z_of(values: Array) -> Array:
        out = np.empty_like(suspect.z)
        op.run((values,), out, False)
        return out.astype(np.float64).ravel()

    with np.errstate(all="ignore"):
        nothing, ones = z_of(np.zeros_like(x)), z_of(np.ones_like(x))
        columns = np.stack([z_of(x) - nothing, ones - nothing], axis=1)
        wanted = b.astype(np.float64).ravel() - nothing
        if not np.isfinite(columns).all() or not np.isfinite(wanted).all():
            return None
        (factor, offset), *_ = np.linalg.lstsq(columns, wanted, rcond=None)
        left = columns @ np.array([factor, offset]) - wanted
    if np.abs(left).max() > 1e-3 * max(1e-6, float(np.abs(wanted).max())):
        return None
    offset = 0.0 if abs(offset) < 1e-6 * max(1.0, abs(factor)) else offset
    return _Scale(rounded_number(float(factor), 6), rounded_number(float(offset), 6), "")


def channel_order(suspect: Suspect) -> Iterator[Candidate]:
    """Give the channels of a picture in reverse: red, green, blue for blue, green, red."""
    shape = suspect.network.input.row
    if len(shape) < 2:
        return
    for axis in (0, len(shape) - 1) if len(shape) > 2 else (0,):
        if not 1 < shape[axis] <= 4:
            continue

        def turned(x: Array, axis: int = axis, count: int = shape[axis]) -> Array:
            shaped = x.reshape(len(x), *shape)
            first = min(count, 3)  # a fourth is how opaque it is, and stays
            order = [*range(first)[::-1], *range(first, count)]
            return np.ascontiguousarray(np.take(shaped, order, axis + 1)).reshape(x.shape)

        words = "red and blue are swapped" if shape[axis] > 2 else "the two channels are swapped"
        yield _candidate("channel_order", f"{words} in the input of {suspect.other}", raw=turned)


def scaled_by_layers(suspect: Suspect) -> Iterator[Candidate]:
    """Take b's factors and offsets in the first layers, where these do no more than scale the
    input: what an exporter wrote down of mean and std."""
    made: dict[str, Change] = {}
    one, two = _Affine(1.0, 0.0), _Affine(1.0, 0.0)
    name = INPUT
    while True:
        readers = [each for each in suspect.network.layers if name in each.reads]
        if len(readers) != 1 or not isinstance(readers[0].op, BatchNorm):
            break
        layer, norm = readers[0], readers[0].op
        partner = suspect.partners.get(layer.name)
        if partner is None or not isinstance(partner.op, BatchNorm):
            break
        if not layer.activation.kind.identity or not partner.activation.kind.identity:
            break
        made[layer.name] = by_op(partner.op)
        one, two = one.then(norm), two.then(partner.op)
        name = layer.name
    if made:
        detail = f"{two} in {suspect.other}, {one} in {suspect.mine}"
        yield Candidate("input_scale", INPUT, detail, made, EXACT)


class _Affine(NamedTuple):
    """x · factor + offset, a number each or one a channel."""

    factor: Array | float
    offset: Array | float

    def then(self, norm: BatchNorm) -> _Affine:
        """Return this, and behind it a norm of fixed statistics."""
        scale = norm.scale / np.sqrt(norm.variance.astype(np.float64) + norm.epsilon)
        return _Affine(self.factor * scale, (self.offset - norm.mean) * scale + norm.shift)

    def __str__(self) -> str:
        return f"x · {_few(self.factor)} + {_few(self.offset)}"


def _few(values: Array | float) -> str:
    told = list(dict.fromkeys(f"{value:.4g}" for value in np.ravel(values)))
    return told[0] if len(told) == 1 else f"({', '.join(told[:4])}{', …' * (len(told) > 4)})"
