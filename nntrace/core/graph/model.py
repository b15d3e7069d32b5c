"""A model: a graph that is run, and how it is seen as layers; what a network over it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nntrace.core.graph.graph import Declared, Graph, Tensor
from nntrace.core.graph.run import Change, Computed, run
from nntrace.core.graph.vocabulary import Choice, choices_of
from nntrace.errors import InputError

if TYPE_CHECKING:
    from nntrace.core.layer import Layer
    from nntrace.core.op import Shape


FEWER = (10, 4, 2, 1)  # how many whole numbers are drawn from


class Seen(NamedTuple):
    """A graph as layers, for inputs of some shapes.

    The a of a layer is the tensor of its name; `z` names the tensor of its z where that is another.
    `hidden` are the tensors inside layers that were put together from several nodes, `output` is
    the layer that gives the graph's first output, or the shares of classes where the graph says
    which class each of its numbers belongs to: these are `classes` then.
    """

    layers: tuple[Layer, ...]
    z: Mapping[str, str]
    hidden: frozenset[str]
    output: str
    classes: tuple[str, ...] | None = None


Engine = Callable[[Graph, Mapping[str, Tensor], Mapping[str, Change]], Iterable[Computed]]
View = Callable[[Graph, Mapping[str, Tensor]], Seen]  # from every tensor of one pass


@dataclass(frozen=True, eq=False)
class Model:
    """A graph, what sees layers in it, and the engine that computes its tensors.

    `shapes` are those of its inputs in one pass, by name: what it has for free dimensions is told
    there. `seen` are the layers for these shapes. Whole numbers that are made are `below` that, and
    what an input is looked up in is among its `choices`.
    """

    graph: Graph
    view: View
    shapes: Mapping[str, Shape]
    seen: Seen
    engine: Engine = run
    below: int = FEWER[0]
    choices: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, graph: Graph, view: View, shapes: Mapping[str, Shape], engine: Engine = run
    ) -> Model:
        """See a graph by running it on random inputs of these shapes, by name.

        InputError where it does not run on such. How it is seen depends on no engine.
        """
        fault: InputError | None = None
        choices = choices_of(graph)
        for below, feeds in _drawn(graph.inputs, shapes, choices):
            try:
                values = {**graph.constants, **feeds}
                values.update((name, value) for name, value, _ in run(graph, feeds))
                seen = view(graph, values)
                return cls(graph, view, dict(shapes), seen, engine, below, choices)
            except InputError as error:
                fault = error  # of the smallest numbers: no table is too small for these
        assert fault is not None  # there is one to try
        raise fault

    def at(self, shapes: Mapping[str, Shape]) -> Model:
        """Return the model for inputs of other shapes."""
        if shapes == self.shapes:
            return self
        key = tuple(sorted(shapes.items()))
        if key not in self._at:
            self._at[key] = self.of(self.graph, self.view, shapes, self.engine)
        return self._at[key]

    @cached_property
    def _at(self) -> dict[tuple[tuple[str, Shape], ...], Model]:
        return {}

    def computed_by(self, engine: Engine) -> Model:
        """Return the same model with another engine."""
        return replace(self, engine=engine)

    def tensors(
        self, feeds: Mapping[str, Tensor], changes: Mapping[str, Change] | None = None
    ) -> Iterator[Computed]:
        """Compute every tensor that a node gives, one after the other."""
        yield from self.engine(self.graph, feeds, changes or {})


def _drawn(
    inputs: Sequence[Declared],
    shapes: Mapping[str, Shape],
    choices: Mapping[str, tuple[Choice, ...]],
) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """Draw inputs at random: whole numbers from fewer and fewer, as small vocabularies have."""
    whole = any(each.dtype.kind in "iu" for each in inputs)
    for below in FEWER if whole else FEWER[:1]:
        yield (
            below,
            {
                each.name: made(
                    each, shapes[each.name], "random", place, below, choices.get(each.name, ())
                )
                for place, each in enumerate(inputs)
            },
        )


def made(
    declared: Declared,
    shape: Sequence[int],
    how: str,
    seed: int = 0,
    below: int = FEWER[0],
    choices: Sequence[Choice] = (),
) -> Tensor:
    """Make an input: zeros, ones, or random (standard normal; of integers, 0 to 9, and where it is
    known what they are looked up in, what is there)."""
    if how != "random":
        return np.full(shape, how == "ones", declared.dtype)
    drawn = np.random.default_rng(seed)
    if declared.dtype.kind in "iub":
        values: Tensor = drawn.integers(0, below, shape).astype(declared.dtype)
    else:
        values = drawn.standard_normal(shape).astype(declared.dtype)
    for choice in choices:
        choice.put(values, drawn)
    return values
