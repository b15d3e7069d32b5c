"""What an activation is: a kind, which is a row of the table in `activations`, with parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from nntrace.core.arrays import Flags
from nntrace.core.numerics.functions import Floats
from nntrace.errors import NetworkError, Problem, UsageError, unknown
from nntrace.records import NamedTuple


def bracketed(written: str) -> str:
    """Return a term of a formula, in brackets where it has a sign or a stroke."""
    return f"({written})" if written.startswith("-") or "/" in written else written


class Parameter(NamedTuple):
    """A number that shapes an activation, such as leaky_relu's slope."""

    name: str
    default: float
    doc: str
    per_neuron: bool = False  # may be an array: one number a neuron
    required: bool = False  # the default is an example only: it must be given
    nonzero: bool = False
    less_than: str | None = None  # must be less than the parameter of this name


class Over(NamedTuple):
    """A neuron is active where its z or its a is over a limit: a number, or a parameter's."""

    quantity: Literal["z", "a"]
    limit: float | str

    def __str__(self) -> str:
        limit = self.limit if isinstance(self.limit, str) else f"{self.limit:g}"
        return f"{self.quantity} > {limit}"

    @property
    def word(self) -> str:
        """What the share of rows is called in which a neuron is active."""
        return str(self)

    @property
    def spoken(self) -> str:
        """The same, read aloud."""
        return str(self).replace(">", "over")

    def holds(self, z: Floats, a: Floats, parameters: Mapping[str, Any]) -> Flags:
        """Return which neurons are active in which rows, rows × size; NaN is not."""
        values = z if self.quantity == "z" else a
        exceeds: Flags = values > a.dtype.type(self.value(parameters))
        return exceeds

    def value(self, parameters: Mapping[str, Any]) -> float:
        """Return the limit."""
        return float(parameters[self.limit]) if isinstance(self.limit, str) else self.limit


class Largest(NamedTuple):
    """The neuron with the largest a of its layer is active; of several, the first."""

    word: str = "largest"
    spoken: str = "largest of its layer"

    def __str__(self) -> str:
        return "largest of its layer"

    def holds(self, z: Floats, a: Floats, parameters: Mapping[str, Any]) -> Flags:
        """Return which neurons are active in which rows, rows × size; NaN is not."""
        won: Flags = np.arange(a.shape[1]) == a.argmax(axis=1)[:, np.newaxis]
        won &= ~np.isnan(a)
        return won


NEAR = 0.01  # of the way from one end to the other: an end that is never reached begins here


class Ends(NamedTuple):
    """Where an activation is flat at last: a ≤ low or a ≥ high; None for a side without an end.

    Where the end is never reached, it begins at 1 % of the way from there to the other end (to 0
    where there is no other), so that sigmoid is saturated below 0.01 and above 0.99, tanh beyond
    ±0.98: there its slope is a twenty-fifth of its largest or less. Flatness that means "off", as
    relu's at 0, is no saturation.
    """

    low: float | None
    high: float | None

    @classmethod
    def near(cls, low: float, high: float) -> Ends:
        """Return ends that are never reached."""
        margin = NEAR * (high - low)
        return cls(low + margin, high - margin)

    @classmethod
    def below(cls, limit: float) -> Ends | None:
        """Return the end of a curve that runs into −limit on the left."""
        return cls(-limit * (1.0 - NEAR), None) if limit > 0.0 else None


class Across(Enum):
    """What an activation makes of a whole row of z, where it does not take each z by itself."""

    SHARES = "the shares of e^z in their sum"
    LOG_SHARES = "the logarithms of these shares"
    WINNER = "1 for the largest, 0 for the others"


class ActivationKind(NamedTuple):
    """An activation as the table has it: all that is known of it.

    `formula` is seen: `z` and the names of parameters stand in it as whole words. `spoken` is the
    same in words that can be read aloud: `{z}`, `{minus_z}` and the names of parameters stand for
    words or numbers; brackets are not heard, so that parts get names instead: p, q, r.

    `breakpoints` and `ends` are given the parameters. The first are the z at which slope or value
    jump, each a number, or an array of one a neuron, NaN for one that does not bend; none where it
    is smooth. A `straight` one is a straight line between them. Without ends, a neuron is never
    saturated. `silence` says what a neuron gives that is
    not active, where the activation is for telling the two apart. `two_classes` says that one
    neuron alone tells class 1, where it is over 0.5, from class 0.
    """

    name: str
    formula: str
    spoken: str
    function: Callable[..., None]
    source: str
    doc: str
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = ()
    breakpoints: Callable[..., tuple[Any, ...]] = lambda **_: ()
    straight: bool = False
    ends: Callable[..., Ends | None] = lambda **_: None
    active: Over | Largest = Over("a", 0.0)
    silence: Literal["nothing", "a little"] | None = None
    across: Across | None = None
    two_classes: bool = False

    @property
    def rowwise(self) -> bool:
        """Whether a value depends on the whole row of z, as in softmax."""
        return self.across is not None

    @property
    def identity(self) -> bool:
        """Whether a is z itself."""
        return self.formula == "z"

    def said(self, **words: str) -> str:
        """Return the formula read aloud; what is given no words stands by its name."""
        names = {parameter.name: parameter.name for parameter in self.parameters}
        return self.spoken.format_map({"z": "z", "minus_z": "minus z", **names, **words})

    def with_numbers(self, values: Mapping[str, str]) -> str:
        """Return the formula with z and the parameters filled in, in brackets where needed.

        `values` has what is written for each of them.
        """
        formula = self.formula

        # `min` and `max` are functions unless they are the parameters of that name
        def put(found: re.Match[str]) -> str:
            written = values.get(found[0])
            if written is None:
                return found[0]
            before, after = formula[: found.start()].rstrip(), formula[found.end() :]
            alone = before[-1:] in ("(", ",", "|", "") and after[:1] in (")", ",", "|", "")
            return written if alone else bracketed(written)

        return re.sub(r"[^\W\d_]\w*(?!\()\b", put, formula)

    def classes(self, size: int) -> int | None:
        """Return how many classes a last layer of so many neurons tells apart; None for none."""
        if self.rowwise:
            return size
        return 2 if self.two_classes and size == 1 else None


@dataclass(frozen=True, eq=False, repr=False)
class Activation:
    """A kind of activation with its parameters: what a layer has.

    `parameters` may be given in part; afterwards it is complete and read-only. Its values are
    floats, or a read-only float64 array of one number a neuron where the kind allows it.

    Raises NetworkError with every problem of the parameters, each with the path
    (name of the activation, name of the parameter), and the neuron where there is one.
    """

    kind: ActivationKind
    parameters: Mapping[str, float | Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", _checked(self.kind, self.parameters))

    def __reduce__(self) -> tuple[Any, ...]:  # a MappingProxyType cannot be pickled
        return Activation, (self.kind, dict(self.parameters))

    def __repr__(self) -> str:
        given = [f"{name}={value}" for name, value in self.parameters.items()]
        return f"Activation({', '.join([self.name, *given])})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Activation):
            return NotImplemented
        mine, others = self.parameters, other.parameters  # arrays do not compare to one bool
        return self.kind is other.kind and all(np.array_equal(mine[n], others[n]) for n in mine)

    @property
    def name(self) -> str:
        """The canonical name."""
        return self.kind.name

    def __call__(self, z: Floats, out: Floats | None = None) -> Floats:
        """Apply it to z, rows × size, float32 or float64; an array of that shape and dtype.

        Integers become float64. Overflow gives infinity, silently. The array is `out` where one is
        given, which must be apart from z, and a new one otherwise. Raises UsageError for an `out`
        of another shape or dtype, or that is not in C order.
        """
        z = np.asarray(z)
        if z.dtype not in (np.float32, np.float64):
            z = z.astype(np.float64)
        a = np.empty(z.shape, z.dtype) if out is None else out
        if a.shape != z.shape or a.dtype != z.dtype or not a.flags.c_contiguous:
            raise UsageError(f"out: takes {z.dtype} in C order, of the shape {z.shape}")
        with np.errstate(all="ignore"):
            self.fill(np.atleast_1d(z), np.atleast_1d(a))
        return a

    def fill(self, z: Floats, a: Floats) -> None:
        """Do the same where it is known that `a` fits and that warnings are off."""
        if z.size:
            self.kind.function(z, a, **self.parameters)


def _checked(
    kind: ActivationKind, given: Mapping[str, float | Floats]
) -> Mapping[str, float | Floats]:
    known = {parameter.name: parameter for parameter in kind.parameters}
    values: dict[str, float | Floats] = {}
    problems: list[Problem] = []
    for name in given:
        if name not in known:
            text = unknown("parameter", name, known)
            text += "" if known else f", {kind.name} takes none"
            problems.append(Problem(text, (kind.name, name)))
    for name, parameter in known.items():
        path = (kind.name, name)
        if name in given:
            values[name], wrong = _number(parameter, given[name], path)
            problems += wrong
        elif parameter.required:
            problems.append(Problem(f"is missing; it is {parameter.doc}", path))
        else:
            values[name] = parameter.default
    for parameter in kind.parameters:
        limit = parameter.less_than
        if not problems and limit and not values[parameter.name] < values[limit]:
            # told at the later of the two, as a reader of the file meets it
            later = [name for name in given if name in (parameter.name, limit)][-1]
            text = f"{parameter.name} must be less than {limit}"
            text += f", but {values[parameter.name]} is not less than {values[limit]}"
            problems.append(Problem(text, (kind.name, later)))
    if problems:
        raise NetworkError(problems)
    return MappingProxyType(values)


def _number(
    parameter: Parameter, given: Any, path: tuple[str, ...]
) -> tuple[float | Floats, list[Problem]]:
    """Return the value and what is wrong with it; the value is of no use where something is."""
    what = "a finite number other than 0" if parameter.nonzero else "a finite number"
    try:
        values = np.array(given)
        if values.dtype.kind not in "iuf":  # no booleans, no text that looks like a number
            raise TypeError
        values = values.astype(np.float64)
    except (TypeError, ValueError):
        return 0.0, [Problem(f"takes {what}, not {given!r}", path)]
    if values.ndim > (1 if parameter.per_neuron else 0) or not values.size:
        one = "one number or one per neuron" if parameter.per_neuron else "one number"
        shape = " × ".join(map(str, values.shape))
        return 0.0, [Problem(f"takes {one}, not {shape}", path)]
    good = np.isfinite(values) & ((values != 0.0) | (not parameter.nonzero))
    wrong = [
        Problem(f"takes {what}, not {values[index]}", (*path, *map(int, index)))
        for index in np.ndindex(values.shape)
        if not good[index]
    ]
    values.flags.writeable = False
    return values if values.ndim else float(values), wrong
