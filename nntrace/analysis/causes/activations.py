"""Causes in activations: another, another parameter, none, twice, along another axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from nntrace.analysis.causes.cause import (
    EXACT,
    ROUNDED,
    Candidate,
    Suspect,
    by_activation,
    rounded_number,
)
from nntrace.core.activation import Activation, ActivationKind
from nntrace.core.activations import ACTIVATIONS, IDENTITY
from nntrace.core.arrays import Array
from nntrace.core.watched import Change
from nntrace.errors import NntraceError

# what people give, beside what goes without saying
TYPICAL = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5, 1.0, 1 / 6, 2.0, 6.0)


def activation(suspect: Suspect) -> Iterator[Candidate]:
    """Try each other activation, with the parameters that it has where none are given."""
    own = suspect.layer.activation
    for kind in ACTIVATIONS.values():
        missing = {kind.across is not None, own.kind.across is not None} == {True, False} and (
            kind.identity or own.kind.identity
        )
        if kind is own.kind or missing or any(each.required for each in kind.parameters):
            continue
        for made in _with_parameters(kind, suspect):
            detail = f"{_called(made)} in {suspect.other}, {_called(own)} in {suspect.mine}"
            # one that has to be fitted may look like any other on few numbers
            exactness = EXACT if made == Activation(kind) else ROUNDED
            change = by_activation(suspect.layer, made)
            one = suspect.candidate("activation", detail, change, exactness)
            yield one._replace(everywhere=_everywhere(suspect, made))


def activation_parameter(suspect: Suspect) -> Iterator[Candidate]:
    """Try other parameters of the same activation: those of b's, those that fit, typical ones."""
    own = suspect.layer.activation
    for made in _with_parameters(own.kind, suspect):
        if made != own:
            detail = f"{_called(made)} in {suspect.other}, {_called(own)} in {suspect.mine}"
            change = by_activation(suspect.layer, made)
            one = suspect.candidate("activation_parameter", detail, change)
            yield one._replace(everywhere=_everywhere(suspect, made))


def _everywhere(suspect: Suspect, made: Activation) -> Callable[[], Mapping[str, Change]]:
    """Return the change of all layers that have the activation which this one has."""
    own = suspect.layer.activation
    alike = [each for each in suspect.network.layers if each.activation == own]
    return lambda: {each.name: by_activation(each, made) for each in alike}


def softmax_missing(suspect: Suspect) -> Iterator[Candidate]:
    """Leave out what works along a whole row, or put it in where there is none."""
    own, layer = suspect.layer.activation, suspect.layer
    if own.kind.across is not None:
        cause, detail = "softmax_missing", f"{suspect.other} has no {own.name}"
        if suspect.source is not None and suspect.source.activation.kind.across is not None:
            cause, detail = "softmax_twice", f"{suspect.mine} has {own.name} of a {own.name}"
        yield suspect.candidate(cause, detail, by_activation(layer, IDENTITY))
    elif own.kind.identity:
        for kind in _rowwise():
            detail = f"{suspect.other} has {kind.name}, {suspect.mine} has none"
            change = by_activation(layer, Activation(kind))
            yield suspect.candidate("softmax_missing", detail, change)


def softmax_twice(suspect: Suspect) -> Iterator[Candidate]:
    """Take what works along a whole row twice."""
    own, layer = suspect.layer.activation, suspect.layer
    if own.kind.across is None:
        return
    for kind in _rowwise():
        again = by_activation(layer, Activation(kind)).a
        assert again is not None
        detail = f"{own.name} twice" if kind is own.kind else f"{kind.name} of {own.name}"
        yield suspect.candidate(
            "softmax_twice",
            detail,
            Change(a=lambda _, a, again=again: again(a, a)),  # type: ignore[misc]
        )


def softmax_axis(suspect: Suspect) -> Iterator[Candidate]:
    """Take it along another axis: one of the shape, that of the rows, or all numbers at once."""
    own, z = suspect.layer.activation, suspect.z
    if own.kind.across is None:
        return
    for axis in range(z.ndim - 1):
        if z.shape[axis] > 1 or suspect.z.shape[-1] > 1:
            called = "over the rows" if axis == 0 else f"along axis {axis - 1}"

            def a(z: Array, _: Array, axis: int = axis) -> Array:
                moved = np.ascontiguousarray(np.moveaxis(z, axis, -1))
                flat = moved.reshape(-1, moved.shape[-1])
                return np.moveaxis(own(flat).reshape(moved.shape), -1, axis)

            detail = f"{own.name} {called}, not along the last axis"
            yield suspect.candidate("softmax_axis", detail, Change(a=a))
    if z.ndim > 2:

        def flat(z: Array, _: Array) -> Array:
            return own(z.reshape(len(z), -1)).reshape(z.shape)

        yield suspect.candidate("softmax_axis", f"{own.name} over all numbers", Change(a=flat))


def _rowwise() -> Iterator[ActivationKind]:
    return (kind for kind in ACTIVATIONS.values() if kind.across is not None)


def _called(made: Activation) -> str:
    given = [
        f"{name} {float(value):.6g}"
        for name, value in made.parameters.items()
        if not np.ndim(value)
    ]
    return f"{made.name} ({', '.join(given)})" if given else made.name


def _with_parameters(kind: ActivationKind, suspect: Suspect) -> Iterator[Activation]:
    """Yield a kind with parameters that it may have in b."""
    tried: list[Activation] = []

    def fresh(parameters: Mapping[str, object]) -> Iterator[Activation]:
        try:
            made = Activation(kind, parameters)  # type: ignore[arg-type]
        except NntraceError:
            return
        if made not in tried:
            tried.append(made)
            yield made

    required = any(each.required for each in kind.parameters)
    if not required:
        yield from fresh({})
    partner = suspect.partner
    if partner is not None and partner.activation.kind is kind:
        yield from fresh(partner.activation.parameters)
    mine = (
        dict(suspect.layer.activation.parameters) if suspect.layer.activation.kind is kind else {}
    )
    for parameter in kind.parameters:
        for value in _fitted(kind, parameter.name, mine, suspect):
            yield from fresh({**mine, parameter.name: value})


def _fitted(
    kind: ActivationKind, name: str, mine: Mapping[str, object], suspect: Suspect
) -> Iterator[float]:
    """Yield values of a parameter: those nearest b's numbers, and typical ones where b's are not
    known."""
    b, z = suspect.a_b, suspect.z
    if b is None or b.shape != z.shape:
        yield from TYPICAL
        return
    flat, wanted = z.reshape(1, -1), b.reshape(1, -1)
    if flat.size > 4096:  # as many tell it as all
        some = np.linspace(0, flat.size - 1, 4096).astype(np.intp)
        flat, wanted = flat[:, some], wanted[:, some]

    def off(value: float) -> float:
        try:
            made = Activation(kind, {**mine, name: value})(flat)  # type: ignore[dict-item]
        except NntraceError:
            return np.inf
        with np.errstate(all="ignore"):
            apart = float(np.nansum(np.abs(made - wanted)))
        return apart if np.isfinite(apart) else np.inf

    grid = sorted({*TYPICAL, *(-each for each in TYPICAL), *np.geomspace(1e-3, 20, 30).tolist()})
    sizes = [off(value) for value in grid]
    at = int(np.argmin(sizes))
    low, high = grid[max(0, at - 1)], grid[min(len(grid) - 1, at + 1)]
    best = _least(off, low, high)
    short = rounded_number(best)
    yield grid[at]
    yield short
    if short != best:
        yield best


def _least(off: object, low: float, high: float) -> float:
    """Return where a function of one valley is least, by golden section."""
    golden = (5**0.5 - 1) / 2
    one, two = high - golden * (high - low), low + golden * (high - low)
    left, right = off(one), off(two)  # type: ignore[operator]
    for _ in range(80):
        if left <= right:
            high, two, right = two, one, left
            one = high - golden * (high - low)
            left = off(one)  # type: ignore[operator]
        else:
            low, one, left = one, two, right
            two = low + golden * (high - low)
            right = off(two)  # type: ignore[operator]
    return (low + high) / 2
