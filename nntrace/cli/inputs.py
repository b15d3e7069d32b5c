"""The inputs of two models: the same by name, and those that only one of the two has."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from nntrace.errors import InputError, Problem
from nntrace.words import cropped

if TYPE_CHECKING:
    from nntrace.core.arrays import Array
    from nntrace.core.network import Network


class Inputs(NamedTuple):
    """Two models for inputs of the same shapes, and what a row is that both are given.

    It holds a's inputs, and behind them `more`, numbers for those that only b has; `a` and `b` say
    which of them each takes. `words` are what is given for a's.
    """

    networks: tuple[Network, Network]
    more: Array
    a: list[int]
    b: list[int]
    words: Sequence[str]


def inputs_of_both(
    networks: tuple[Network, Network], names: tuple[str, str], words: Sequence[str]
) -> Inputs:
    """Match the inputs of two models by name.

    InputError names one that only one of the two has, unless it is given (`NAME=…`), and one that
    is of another shape.
    """
    import numpy as np

    from nntrace.read.rows.parts import value_of

    a, b = _of_one_shape(*networks)
    mine = {part.name: part for part in a.input.parts}
    others = {part.name: part for part in b.input.parts}
    if len(mine) == len(others) == 1:  # whatever each of them is called
        others = dict.fromkeys(mine, b.input.parts[0])
    given = {word.partition("=")[0]: word.partition("=")[2] for word in words if "=" in word}
    problems = []
    for known, other, who in ((mine, others, names[0]), (others, mine, names[1])):
        for name in known.keys() - other.keys() - given.keys():
            told = f"only {who} has it; give it: --input {cropped(name)}=…"
            problems.append(Problem(f"input '{cropped(name)}': {told}"))
    for name in mine.keys() & others.keys():
        if prod(mine[name].shape) != prod(others[name].shape):
            shapes = [str(list(each[name].shape)) for each in (mine, others)]
            told = f"{names[0]} takes {shapes[0]}, {names[1]} {shapes[1]}"
            problems.append(Problem(f"input '{cropped(name)}': {told}"))
    if problems:
        raise InputError(problems)
    places: dict[str, list[int]] = {}
    more: list[Array] = [np.zeros(0)]
    at = 0
    for name, part in mine.items():
        places[name] = list(range(at, at + prod(part.shape)))
        at += prod(part.shape)
    for name, part in others.items():
        if name not in mine:
            more.append(value_of(part, given[name]).reshape(-1))
            places[name] = list(range(at, at + prod(part.shape)))
            at += prod(part.shape)
    return Inputs(
        (a, b),
        np.concatenate(more),
        [place for name in mine for place in places[name]],
        [place for name in others for place in places[name]],
        [word for word in words if word.partition("=")[0] not in others.keys() - mine.keys()],
    )


def _of_one_shape(a: Network, b: Network) -> tuple[Network, Network]:
    """Return two models for inputs of the same shapes, where a free dimension lets them be."""
    from nntrace.core.graph.feeds import net_for

    shapes = [{part.name: part.shape for part in each.input.parts} for each in (a, b)]
    shared = shapes[0].keys() & shapes[1].keys()
    if all(shapes[0][name] == shapes[1][name] for name in shared):
        return a, b
    # the longer ones: where dimensions are free, both run on the least that they do on
    ways = sorted((0, 1), key=lambda which: -sum(map(prod, shapes[which].values())))
    for which in ways:
        other = (a, b)[1 - which]
        made = net_for(other, {name: shapes[which][name] for name in shared})
        now = {part.name: part.shape for part in made.input.parts}
        if all(now[name] == shapes[which][name] for name in shared):
            return (a, made) if which == 0 else (made, b)
    return a, b
