"""The net of a model for what is given to it: how large its free dimensions are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nntrace.core.graph.feeds import net_for, shape_listed
from nntrace.core.network import Network
from nntrace.errors import NntraceError
from nntrace.read.rows.batches import PLAINLY, Reading, Request
from nntrace.read.rows.inputs import rows_in
from nntrace.read.rows.parts import (
    MADE,
    arrays_of,
    count_listed,
    is_file,
    stored_as,
    take_named,
)

if TYPE_CHECKING:
    from nntrace.core.op import Shape


def fitted(network: Network, inputs: Sequence[str], reading: Reading = PLAINLY) -> Network:
    """Return the net as it is for the arrays that are given, where its model has free dimensions.

    The first file says how large they are, or the first list or row where one dimension is free.
    What cannot be read is left for whoever reads the rows.
    """
    if network.model is None:
        return network
    declared = {each.name: each for each in network.model.graph.inputs}
    others, named = take_named(network, inputs)
    shapes: dict[str, Shape] = {}
    try:
        for name, value in (named.values if named else {}).items():
            if is_file(value):
                shapes[name] = stored_as(value, name).shape
            elif MADE.fullmatch(value) is None and "," not in value:
                shapes[name] = ()
            elif listed_as := shape_listed(declared[name], count_listed(value)):
                shapes[name] = listed_as
        for path in others:
            if not shapes and len(declared) == 1 and count_listed(path):
                [(name, only)] = declared.items()
                shapes |= {name: shape} if (shape := shape_listed(only, count_listed(path))) else {}
            elif not shapes and is_file(path):
                parts = network.input.parts
                shapes = {name: array.shape for name, array in arrays_of(path, parts).items()}
            elif not shapes and len(declared) == 1 and os.path.isfile(path):
                [(name, only)] = declared.items()
                count = _first_count(path, network, reading)
                shapes |= {name: shape} if (shape := shape_listed(only, count)) else {}
    except NntraceError:
        return network
    return net_for(network, shapes)


class _Counting(Request):
    """A request that notes how many numbers the rows have that do not fit."""

    counts: list[int]

    def check_length(self, count: int) -> None:
        self.counts.append(count)
        super().check_length(count)


def _first_count(path: str, network: Network, reading: Reading) -> int:
    """Return how many numbers the first row of a file of text has; 0 where it has no such row."""
    request = _Counting(network, reading)
    request.counts = []
    try:
        for batch in rows_in(path, request):
            return int(batch.values.shape[1])
    except NntraceError:
        pass
    return next(iter(request.counts), 0)
