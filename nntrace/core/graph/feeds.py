"""What is given to a model's inputs: how many rows, and the shapes of one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from nntrace.core.graph.nets import at_shapes
from nntrace.core.graph.run import fits
from nntrace.core.op import times
from nntrace.errors import InputError, listed

if TYPE_CHECKING:
    from nntrace.core.graph.graph import Declared
    from nntrace.core.network import Network
    from nntrace.core.op import Shape


def rows_in(shape: Shape, part: Shape) -> int | None:
    """Return how many rows of a part stand in an array; None where it holds none.

    It is one row, or several along a first axis of their own or, where the model takes one at a
    time, along the model's own first axis; each may be written flat.
    """
    size = int(np.prod(part))
    one = [part, (size,)]
    if part[:1] == (1,):
        one.append(part[1:])
    if shape in one:
        return 1
    return shape[0] if shape and shape[1:] in one else None


def shape_listed(declared: Declared, count: int) -> Shape | None:
    """Return the shape of one row that so many numbers in a list make, where one dimension besides
    the rows' is free; None where they say nothing of any."""
    dims = declared.shape or ()
    free = [at for at, dim in enumerate(dims) if at and not isinstance(dim, int)]
    fixed = prod(dim for dim in dims if isinstance(dim, int))
    if len(free) != 1 or not count or not fixed or count % fixed:
        return None
    return tuple(
        dim if isinstance(dim, int) else count // fixed if at else 1 for at, dim in enumerate(dims)
    )


def shapes_given(
    declared: Sequence[Declared], given: Mapping[str, Shape], now: Mapping[str, Shape]
) -> dict[str, Shape]:
    """Return the shapes of one pass, by input, for arrays of `given` shapes.

    Where the first dimension of every input is free, or one of a model's only input, it counts
    rows, which make a pass each, unless the model does not run on one; otherwise an array is what
    one pass takes, or rows of that. An input that none is given for, or that does not fit, stays as
    it is `now`, apart from dimensions of one name, which are as long everywhere.
    """
    by_row = all(each.shape and not isinstance(each.shape[0], int) for each in declared) or (
        len(declared) == 1 and (declared[0].shape or ())[:1] == (1,)
    )
    by_row = by_row and all(now[each.name][:1] == (1,) for each in declared)
    found: dict[str, Shape] = {}
    lengths: dict[str, int] = {}
    for each in declared:
        shape = given.get(each.name)
        if shape is None or each.shape is None:
            continue
        one = _of_one_pass(shape, len(each.shape), by_row)
        if one is not None and fits(one, each.shape):
            found[each.name] = one
            for dim, length in zip(each.shape, one, strict=True):
                if isinstance(dim, str):
                    lengths.setdefault(dim, length)
    for each in declared:
        if each.name not in found:
            dims = each.shape if each.shape is not None else now[each.name]
            found[each.name] = tuple(
                lengths.get(dim, length) if isinstance(dim, str) else length
                for dim, length in zip(dims, now[each.name], strict=True)
            )
    return found


def _of_one_pass(shape: Shape, axes: int, by_row: bool) -> Shape | None:
    """Return the shape of one row of an array, with as many axes as a pass takes."""
    if len(shape) == axes:
        return (1, *shape[1:]) if by_row else shape
    if len(shape) == axes + 1:
        return shape[1:]
    return (1, *shape) if by_row and len(shape) == axes - 1 else None


def net_for(network: Network, given: Mapping[str, Shape]) -> Network:
    """Return the net of a model as it is for arrays of these shapes, by input.

    Raises InputError where the model does not run on such.
    """
    model = network.model
    if model is None or not given:
        return network
    declared = model.graph.inputs
    shapes = shapes_given(declared, given, model.shapes)
    try:
        return at_shapes(network, model, shapes)
    except InputError as error:
        given_as = [f"{name} of {times(shape) or 'one number'}" for name, shape in shapes.items()]
        raise InputError(f"does not run on {listed(given_as)}: {error}") from error
