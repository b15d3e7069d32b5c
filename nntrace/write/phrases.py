"""What tables and lines say in the same words: how things are called, and what came of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_DOWN, Context, Decimal
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from nntrace.core.names import name_of
from nntrace.errors import plural

if TYPE_CHECKING:
    from nntrace.analysis.examples import Checked, WrongClass, WrongValue
    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import LayerTrace
    from nntrace.core.network import Layer, Network

NORMALISED = "x"  # what the first layer is given, where the input is normalised
_IN_SUMS = ("bias", "weight", "mean", "std", "terms", "sum", "if", "else")


def subject_parts(chunk: TracedBatch, row: int) -> list[str]:
    """Say which row of a chunk is shown, and what was set by hand; `row` counts within it."""
    words = []
    if chunk.examples and chunk.examples[row]:
        words.append(f"example: {chunk.examples[row]}")
    elif chunk.start + row or len(chunk.trace) > 1:
        words.append(f"row {chunk.start + row}")
    return words + settings_parts(chunk)


def subject(chunk: TracedBatch, row: int, joint: str = " · ") -> str:
    """Say in one line which row is shown, and what was set by hand."""
    return joint.join(subject_parts(chunk, row))


def settings_parts(chunk: TracedBatch) -> list[str]:
    """Say what was set by hand."""
    return [f"{name} set to {value!r}" for name, value in (chunk.settings or {}).items()]


def in_formula(reads: str, normalised: bool = False) -> str:
    """Write in a formula what a layer reads: another layer, by its name, or the input.

    A name that might be taken for a part of the formula stands in quotes.
    """
    if normalised:
        return NORMALISED
    plain = re.fullmatch(r"[^\W\d][\w.]+", reads) and reads not in _IN_SUMS
    return reads if plain else f'"{reads}"'


def class_name(index: int, label: str | None) -> str:
    """Call a class by its label, or by its index where it has none."""
    return label if label is not None else f"class {index}"


def parameters_given(layer: Layer) -> list[tuple[str, str | None]]:
    """Return the activation's parameters that are not the default; None is one a neuron."""
    given: list[tuple[str, str | None]] = []
    for parameter in layer.activation.kind.parameters:
        value = layer.activation.parameters[parameter.name]
        if np.ndim(value):
            given.append((parameter.name, None))
        elif value != parameter.default:
            given.append((parameter.name, f"{float(value):g}"))
    return given


def fires(layer: Layer) -> bool:
    """Whether a neuron of the layer is active or not, as with relu."""
    return layer.activation.kind.silence is not None


def count_positive(part: LayerTrace) -> tuple[int, str]:
    """Return how many neurons of one row's layer are over 0, and what such a neuron is called."""
    return int((part.a[0] > 0).sum()), "active" if fires(part.layer) else "positive"


def in_units(count: int) -> tuple[str, str]:
    """Return a number of bytes in a unit that suits it: `1.5` and `KiB`."""
    if count < 1024:
        return str(count), "B"
    value, unit = count / 1024, "KiB"
    for larger in ("MiB", "GiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.1f}", unit


def outcome(checked: Checked) -> str:
    """Say what came of checking a file."""
    failed = sum(not verdict.ok for verdict in checked.verdicts)
    expecting = sum(verdict.expects for verdict in checked.verdicts)
    if checked.problems:
        return plural(len(checked.problems), "problem")
    if failed:
        return f"{failed} of {expecting} expectations failed"
    if not expecting:
        return "valid, no example says what to expect"
    return f"valid, {expecting} of {expecting} examples as expected"


def failure_words(network: Network, failure: WrongClass | WrongValue) -> str:
    """Say what was expected of a net, and what came instead."""
    from nntrace.analysis.examples import WrongClass

    if isinstance(failure, WrongClass):
        wanted = class_name(failure.expected, (network.classes or ())[failure.expected])
        came = failure.got
        got = "no class" if came is None else class_name(came.index, came.label)
        return f"{network.output.name}: expected {wanted}, got {got}"
    expected, got_value, off = failure.expected, failure.got, failure.difference
    margin, allowed = short(failure.tolerance), Decimal(repr(failure.tolerance))
    if relative := failure.relative:
        share = Decimal(repr(relative)) * abs(Decimal(repr(expected)))
        allowed += share
        shown = float(Context(7, ROUND_DOWN).plus(allowed))
        margin += f" + {short(relative)} × {short(abs(expected))} = {short(shown)}"
    digits, near = 7, 3
    if isfinite(off):  # with as few digits as show that it is too far off
        digits = _fewest(digits, lambda n: _decimal(got_value, n) - _decimal(expected, n), allowed)
        near = _fewest(near, lambda n: _decimal(off, n), allowed)
    return (
        f"{name_of(network, failure.neuron)} {failure.quantity}: expected {expected:.{digits}g}, "
        f"got {got_value:.{digits}g}, off by {off:+.{near}g}, tolerance {margin}"
    )


def _fewest(least: int, off: Callable[[int], Decimal], allowed: Decimal) -> int:
    """Return with how many digits, `least` or more, what is shown is further off than allowed."""
    fitting = (digits for digits in range(least, 17) if abs(off(digits)) > allowed)
    return next(fitting, 17)


def _decimal(value: float, digits: int) -> Decimal:
    return Decimal(f"{value:.{digits}g}")


def short(value: float) -> str:
    """Write a number in the fewest digits that mean it, a whole one without a point."""
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)
