"""What is to be brought about with a net: a value of its trace above or below a number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nntrace.core.forward import Trace
from nntrace.errors import UsageError
from nntrace.teach.live import looked_up

_WRITTEN = re.compile(r"\s*(\S+)\s*([<>])\s*([-+]?[0-9]+(?:\.[0-9]+)?)\s*")


class Aim(NamedTuple):
    """A `value` of a trace, named as marks name it, that shall be over (`>`) or under a `bound`.

    A star stands for the rest of the name of the neuron that a command explains: `conv1.9.*.z`.
    """

    value: str
    sign: str
    bound: float

    def filled(self, text: str, neuron: str | None) -> str:
        """Return a text with the name that a command's neuron has in the place of the aim's.

        UsageError where the aim is about other neurons.
        """
        if "*" not in self.value:
            return text
        start, _, end = self.value.partition("*")
        if neuron is None or not neuron.startswith(start):
            raise UsageError(f"this is about {start}…, which `explain` takes apart")
        return text.replace(f"{start}*{end}", f"{neuron}{end}")

    def about(self, neuron: str | None) -> Aim:
        """Return the aim for the neuron that a command explains."""
        return self._replace(value=self.filled(self.value, neuron))

    @property
    def named(self) -> str:
        """Name the value as the reader has met it: `hidden1.1.z`, or the share of an answer."""
        if self.value == "lead":
            return "The lead of the largest share"
        first, _, rest = self.value.partition(".")
        if first == "answer":
            return f"The share of {rest}"
        if rest == "active":
            return f"How many of `{first}` are over 0"
        return f"`{self.value}`"

    @property
    def wanted(self) -> str:
        """Say where the value shall be: `over 0`."""
        return f"{'over' if self.sign == '>' else 'under'} {self.bound:g}"


class Attempt(NamedTuple):
    """How near one comes to an aim: the value that was found, and how much of it is missing."""

    found: float
    missing: float

    @property
    def reached(self) -> bool:
        """Whether nothing is missing; what lies on the bound itself is neither over nor under."""
        return self.missing < 0


def read_aim(text: str) -> Aim:
    """Read an aim such as `hidden1.1.z > 0`; UsageError for what is none."""
    if found := _WRITTEN.fullmatch(text):
        return Aim(found[1], found[2], float(found[3]))
    raise UsageError(f"'{text}' is no aim, takes a value, > or <, and a number: hidden1.1.z > 0")


def attempt(aim: Aim, trace: Trace) -> Attempt:
    """Say how near a trace of one row comes to an aim; UsageError where it has no such number."""
    found = looked_up(aim.value, trace)
    if isinstance(found, str) or np.ndim(found):
        raise UsageError(f"'{aim.value}' is not one number")
    value = float(found)
    return Attempt(value, aim.bound - value if aim.sign == ">" else value - aim.bound)


def explained_by(words: Sequence[str]) -> str | None:
    """Return the neuron that a command explains: of `explain NET NEURON …`; None for any other."""
    return words[2] if len(words) > 2 and words[0] == "explain" else None
