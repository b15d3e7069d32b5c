"""Where an activation bends, when a neuron is active, and when it is saturated.

What is said here of an activation is optional: without it, it is smooth, never saturated, and a
neuron is active where a > 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nntrace.core.forward import LayerTrace
    from nntrace.core.network import Layer

Rule = Literal["a > 0", "z > 0", "z > alpha", "a > 0.5", "largest of its layer"]
NEAR = 0.01  # of the way from one end to the other: an end that is never reached begins here

# The z at which the slope or the value jumps, from the parameters: a number, or one a neuron, NaN
# for a neuron that has none. celu has one slope at 0.
_KINKS: Mapping[str, Callable[..., tuple[Any, ...]]] = {
    "relu": lambda: (0.0,),
    "relu6": lambda: (0.0, 6.0),
    "leaky_relu": lambda alpha: (0.0,) if alpha != 1.0 else (),
    "prelu": lambda alpha: (np.where(alpha != 1.0, 0.0, np.nan),) if np.any(alpha != 1.0) else (),
    "elu": lambda alpha: (0.0,) if alpha != 1.0 else (),
    "selu": lambda: (0.0,),
    "hard_swish": lambda: (-3.0, 3.0),
    "hard_sigmoid": lambda alpha, beta: (-beta / alpha, (1.0 - beta) / alpha) if alpha else (),
    "hard_tanh": lambda min, max: (min, max),
    "thresholded_relu": lambda alpha: (alpha,),
    "step": lambda: (0.0,),
}


class Ends(NamedTuple):
    """Where an activation is flat at last: a ≤ low or a ≥ high; None for a side without an end.

    Where the end is never reached, it begins at 1 % of the way from there to the other end (to 0
    where there is no other), so that sigmoid is saturated below 0.01 and above 0.99, tanh beyond
    ±0.98: there its slope is a twenty-fifth of its largest or less. Flatness that means "off", as
    relu's at 0, is no saturation.
    """

    low: float | None
    high: float | None


def _nearly(low: float, high: float) -> Ends:
    margin = NEAR * (high - low)
    return Ends(low + margin, high - margin)


def _depth(limit: float) -> Ends | None:
    """Return the end of a curve that runs into −limit on the left."""
    return Ends(-limit * (1.0 - NEAR), None) if limit > 0.0 else None


_ENDS: Mapping[str, Callable[..., Ends | None]] = {
    "relu6": lambda: Ends(None, 6.0),
    "elu": lambda alpha: _depth(alpha),
    "celu": lambda alpha: _depth(alpha),
    "selu": lambda: _depth(1.7580993408473766),  # λ·α
    "hard_sigmoid": lambda alpha, beta: Ends(0.0, 1.0) if alpha else None,
    "hard_tanh": lambda min, max: Ends(min, max),
    "sigmoid": lambda: _nearly(0.0, 1.0),
    "tanh": lambda: _nearly(-1.0, 1.0),
    "softsign": lambda: _nearly(-1.0, 1.0),
}

_RULES: Mapping[str, Rule] = {
    "leaky_relu": "z > 0",  # a too, unless alpha is negative
    "prelu": "z > 0",
    "thresholded_relu": "z > alpha",  # lets what is over alpha through; below 0 where alpha is
    "sigmoid": "a > 0.5",
    "hard_sigmoid": "a > 0.5",
}


def kinks(layer: Layer) -> tuple[Any, ...]:
    """Return the z at which the layer's activation bends or jumps; none where it is smooth.

    Each is a float, or a float64 array of one number a neuron, NaN for one that does not bend.
    """
    known = _KINKS.get(layer.activation.name)
    return known(**layer.activation.parameters) if known else ()


def ends(layer: Layer) -> Ends | None:
    """Return where the layer's neurons are saturated; None where they never are."""
    known = _ENDS.get(layer.activation.name)
    return known(**layer.activation.parameters) if known else None


def rule(layer: Layer) -> Rule:
    """Say when a neuron of the layer is active."""
    if layer.activation.kind.rowwise:
        return "largest of its layer"
    return _RULES.get(layer.activation.name, "a > 0")


def active(part: LayerTrace) -> NDArray[np.bool_]:
    """Return which neurons are active in which rows, rows × size; NaN is not.

    Of several largest ones of a layer, the first is active.
    """
    said = rule(part.layer)
    if said == "largest of its layer":
        winners = part.a.argmax(axis=1)[:, np.newaxis]
        won: NDArray[np.bool_] = np.arange(part.layer.size) == winners
        won &= ~np.isnan(part.a)
        return won
    quantity, _, limit = said.partition(" > ")
    values: Any = part.z if quantity == "z" else part.a
    largest_silent = part.layer.activation.parameters["alpha"] if limit == "alpha" else float(limit)
    exceeds: NDArray[np.bool_] = values > part.a.dtype.type(largest_silent)
    return exceeds


def count_active(part: LayerTrace) -> NDArray[np.int64]:
    """Count, for each neuron, the rows in which it is active."""
    return _count(active(part))


def count_saturated(part: LayerTrace) -> NDArray[np.int64]:
    """Count, for each neuron, the rows in which it is saturated."""
    found = ends(part.layer)
    total = np.zeros(part.layer.size, np.int64)
    if found is not None:
        # as the net's dtype holds an end, so does it hold the a that reaches it
        as_held = part.a.dtype.type
        if found.low is not None:
            total += _count(part.a <= as_held(found.low))
        if found.high is not None:
            total += _count(part.a >= as_held(found.high))
    return total


def nearest_kink(part: LayerTrace) -> NDArray[np.float64]:
    """Return, for each neuron, the smallest |z − kink| of all rows, float64; inf without one."""
    nearest = np.full(part.layer.size, np.inf)
    for kink in kinks(part.layer):
        with np.errstate(invalid="ignore", over="ignore"):
            distance = np.abs(part.z - np.float64(kink) if np.any(kink) else part.z)
        np.fmin(nearest, np.fmin.reduce(distance, axis=0, initial=np.inf), out=nearest)
    return nearest


def _count(held: NDArray[np.bool_]) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.count_nonzero(held, axis=0).astype(np.int64)
    return counts
