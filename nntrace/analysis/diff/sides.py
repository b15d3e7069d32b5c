"""What is compared: a net that is run, or a trace that was recorded; both give values by place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from math import prod

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.graph.feeds import net_for
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.core.op import Shape
from nntrace.core.recorded import Place, Recorded, RecordedArray
from nntrace.core.rows import as_rows, fitted
from nntrace.core.walk import walk
from nntrace.core.watched import Change, Walked
from nntrace.errors import InputError


class Rows:
    """Rows that both sides are given: their numbers in the first of the data, and their values.

    `values` are rows × size as they were read, None where neither side is run.
    """

    def __init__(self, numbers: Sequence[int], values: Array | None) -> None:
        self.numbers, self.values = numbers, values

    def __len__(self) -> int:
        return len(self.numbers)

    def some(self, places: Sequence[int]) -> Rows:
        """Return some of them, by their places among these."""
        values = None if self.values is None else self.values[list(places)]
        return Rows([self.numbers[place] for place in places], values)


class Side(ABC):
    """One of the two that are compared."""

    name: str
    network: Network | None = None
    vague: bool = False  # whether a number that is not finite is NaN, whatever it was

    @property
    @abstractmethod
    def places(self) -> Mapping[Place, Shape]:
        """What it gives, in the order of the pass, and the shape of each for one row."""

    @property
    @abstractmethod
    def output(self) -> Place | None:
        """What it gives in the end, where that is known."""

    @property
    @abstractmethod
    def dtype(self) -> str:
        """The type of its numbers."""

    @abstractmethod
    def values(self, rows: Rows, wanted: Sequence[Place]) -> Iterator[tuple[Place, Array]]:
        """Yield the places that are wanted, rows × size, as near to that order as can be."""

    @property
    def one_by_one(self) -> bool:
        """Whether it is run a row at a time, so that no more than a layer of it is held."""
        return self.network is not None and self.network.model is not None

    def settle(self, rows: Rows) -> None:  # noqa: B027  # most have nothing to settle
        """Take the shapes for rows of as many tokens, where these may be any number."""

    def layer(self, place: Place) -> Layer | None:
        """Return the layer of a place, where there is one."""
        if self.network is None or place.layer not in self.network.places:
            return None
        return self.network.layer(place.layer)


class NetSide(Side):
    """A net that is run, with `changes` where it is run in another way than it says.

    `order` says which of its inputs each number of a row is for, where its labels stand in another
    order.
    """

    def __init__(
        self,
        network: Network,
        name: str | None = None,
        changes: Mapping[str, Change] | None = None,
        dtype: str | None = None,
        order: Sequence[int] | None = None,
    ) -> None:
        self.network: Network = network
        self.name = name or network.name
        self.changes, self.order = changes, order
        self._settled = network
        self._dtype = dtype or network.dtype

    def settle(self, rows: Rows) -> None:
        free = self.network.input.varies or self.network.model is not None
        if free and rows.values is not None:
            self._settled = self.given(rows)[0]
            self.__dict__.pop("places", None)

    @cached_property
    def places(self) -> Mapping[Place, Shape]:
        places: dict[Place, Shape] = {}
        for layer in self._settled.layers:
            places[Place(layer.name, "z")] = places[Place(layer.name, "a")] = layer.shape
        return places

    @property
    def output(self) -> Place:
        return Place(self.network.output.name, "a")

    @property
    def dtype(self) -> str:
        return self._dtype

    def changed(self, changes: Mapping[str, Change]) -> NetSide:
        """Return the same net, with these changes on top of its own."""
        return NetSide(
            self.network, self.name, {**(self.changes or {}), **changes}, self._dtype, self.order
        )

    def given(self, rows: Rows) -> tuple[Network, Array]:
        """Return the net for rows, of tokens for so many, and the rows as it takes them."""
        assert rows.values is not None
        values = rows.values if self.order is None else rows.values[:, self.order]
        network = self.network
        if network.model is not None and len(network.input.parts) == 1:  # tokens, of any number
            network = net_for(network, {network.input.parts[0].name: (1, values.shape[1])})
        return fitted(network, values)

    def step(self, rows: Rows, layer: str) -> tuple[Walked, Network]:
        """Return what a layer does with rows, and the net, of tokens for so many."""
        network, values = self.given(rows)
        steps = walk(network, values, self.changes)
        return next(step for step in steps if step.layer.name == layer), network

    def values(self, rows: Rows, wanted: Sequence[Place]) -> Iterator[tuple[Place, Array]]:
        network, values = self.given(rows)
        asked, count = set(wanted), len(values)
        for step in walk(network, values, self.changes, in_order(network, wanted)):
            z = _floats(step.z.reshape(count, -1))
            a = z if step.a is step.z else _floats(step.a.reshape(count, -1))
            for place, found in (
                (Place(step.layer.name, "z"), z),
                (Place(step.layer.name, "a"), a),
            ):
                if place in asked:
                    yield place, found


def _floats(values: Array) -> Array:
    """Return integers and truths, which a model may give, as floats."""
    return values if values.dtype.kind == "f" else values.astype(np.float64)


def in_order(network: Network, wanted: Sequence[Place]) -> list[Layer] | None:
    """Return the layers in an order in which they can run that is as near as can be to the places
    that are wanted; None where that is the net's own."""
    if network.model is not None:
        return None
    own = [network.places[place.layer] for place in wanted]
    if all(one <= two for one, two in pairwise(own)):
        return None
    done: set[str] = {"input"}
    order: list[Layer] = []
    names = dict.fromkeys([*(place.layer for place in wanted), *network.places])
    for name in names:
        waiting = [name]
        while waiting:
            layer = network.layer(waiting[-1])
            missing = [read for read in layer.reads if read not in done]
            if layer.name in done or not missing:
                waiting.pop()
                if layer.name not in done:
                    done.add(layer.name)
                    order.append(layer)
            else:
                waiting += missing
    return order


class RecordedSide(Side):
    """A recorded trace of so many rows."""

    def __init__(self, recorded: Recorded, rows: int) -> None:
        self.recorded, self.name, self.rows = recorded, recorded.name, rows
        self.vague = recorded.vague

    @cached_property
    def places(self) -> Mapping[Place, Shape]:
        return {
            place: shape
            for place, array in self.recorded.arrays.items()
            if (shape := row_shape(array, self.rows)) is not None
        }

    @property
    def output(self) -> Place | None:
        return next(reversed([*self.places]), None) if self.recorded.ordered else None

    @cached_property
    def dtype(self) -> str:
        kinds = {array.dtype for array in self.recorded.arrays.values()}
        return "float64" if kinds == {"float64"} else "float32"

    def values(self, rows: Rows, wanted: Sequence[Place]) -> Iterator[tuple[Place, Array]]:
        for place in wanted:
            values = self.recorded.arrays[place].load().reshape(self.rows, -1)
            whole = len(rows.numbers) == self.rows
            yield place, values if whole else values[list(rows.numbers)]

    def input_rows(self, network: Network, name: str = "input") -> Array:
        """Return the rows that it was made of; InputError where they do not fit the net."""
        array = self.recorded.inputs[name]
        try:
            return as_rows(network, array.load().reshape(self.rows, -1))
        except InputError as error:
            raise error.located(self.name) from None


def row_shape(array: RecordedArray, rows: int) -> Shape | None:
    """Return the shape of one row of an array that was recorded of so many; None where it holds
    something else than a number or more a row."""
    if array.shape[:1] == (rows,):
        return array.shape[1:] or (1,)
    if rows == 1 and 0 not in array.shape:
        return array.shape or (1,)
    return None


def rows_recorded(recorded: Recorded, network: Network | None) -> int:
    """Return how many rows a trace was recorded of.

    As its input says, or as its arrays do where they have one length; arrays that are as long as
    the layers of their names in the net are of one row.
    """
    arrays = recorded.arrays
    if "input" in recorded.inputs:
        shape = recorded.inputs["input"].shape
        whole = network is not None and shape in ((network.input.size,), network.input.shape)
        return 1 if whole or not shape else shape[0]
    known = network.places if network else {}
    if network is not None:
        named = [(array, place.layer) for place, array in arrays.items() if place.layer in known]
        if named and all(prod(each.shape) == network.layer(name).size for each, name in named):
            return 1
    lengths = {array.shape[:1] for array in arrays.values()}
    return lengths.pop()[0] if len(lengths) == 1 and lengths != {()} else 1
