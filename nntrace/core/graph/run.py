"""Run a graph: each tensor that its nodes give, in the order of the pass, and then let go of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nntrace.core.graph.graph import Declared, Graph, Node, Tensor
from nntrace.core.graph.memory import keep_freed_memory
from nntrace.core.graph.plan import Plan, Step, plan_of
from nntrace.core.op import times
from nntrace.errors import InputError, NntraceError, Problem, unknown
from nntrace.words import cropped

Change = Callable[[Tensor], Tensor]
Changes = Mapping[str, Change]


class NodeError(InputError):
    """A node cannot compute what it is given: which one, and the tensors that it reads.

    Told of a place, it is of no node any more.
    """

    def __init__(
        self,
        problems: Problem | str | Iterable[Problem],
        node: Node | None = None,
        given: Sequence[Tensor | None] = (),
    ) -> None:
        super().__init__(problems)
        self.node = node
        self.given = given


class Computed(NamedTuple):
    """A tensor that a node gave, by its name, with the path before it inside an If or a Loop."""

    name: str
    value: Tensor
    node: Node


def run(
    graph: Graph, feeds: Mapping[str, Tensor], changes: Changes | None = None
) -> Iterator[Computed]:
    """Yield every tensor that the nodes give; what nothing reads any more is let go of.

    `feeds` are the inputs by name. `changes` sets what a tensor is before anything reads it: a
    function of what was computed, by the tensor's name, with the path before it where it is inside
    a node. Nodes that need no input are computed in the first pass alone. Raises InputError where
    an input is missing or does not fit, and where a node cannot compute what it is given, naming
    the node.
    """
    keep_freed_memory()
    plan = plan_of(graph)
    check(graph.inputs, plan.constants, feeds)
    yield from _pass(plan, {**plan.constants, **feeds}, "", changes or {})


def _pass(
    plan: Plan, values: dict[str, Tensor], path: str, changes: Changes
) -> Generator[Computed, None, list[Tensor]]:
    """Yield what the steps of a graph give; return its outputs, in order."""
    for step in plan.steps:
        node = step.node
        if step.kept is not None and not changes:
            results = step.kept
        else:
            given = [values[name] if name else None for name in node.inputs]
            if step.control:
                results = yield from _controlled(step, given, values, path, changes)
            else:
                results = _computed(step, given)
            if step.constant and not changes:
                step.kept = tuple(map(_read_only, results))
        for name, value in zip(node.outputs, results, strict=False):
            if not name:
                continue
            told = path + name if path else name
            if changes and told in changes:
                value = changes[told](value)
            values[name] = value
            yield Computed(told, value, node)
        for name in step.done:
            values.pop(name, None)
    return [values[name] for name in plan.outputs]


def _computed(step: Step, given: Sequence[Any]) -> tuple[Tensor, ...]:
    """Return what an operator gives, as arrays."""
    try:
        # here and not around the pass: while it waits for whoever reads it, that one's rules hold
        with np.errstate(all="ignore"):
            results = step.operator(step.node, *given)  # type: ignore[misc]
        return _checked(step.node, results if isinstance(results, tuple) else (results,))
    except Exception as error:
        raise _cannot(step.node, given, error) from error


def _controlled(
    step: Step, given: Sequence[Any], values: dict[str, Tensor], path: str, changes: Changes
) -> Generator[Computed, None, tuple[Tensor, ...]]:
    """Yield what the graphs inside a node compute; return what it gives."""

    def inside(
        attribute: str, inputs: Sequence[Tensor], place: str
    ) -> Generator[Computed, None, list[Tensor]]:
        plan = step.inner[attribute]
        if len(inputs) != len(plan.inputs):
            raise ValueError(f"gives {attribute} {len(inputs)} inputs, it takes {len(plan.inputs)}")
        own = {name: values[name] for name in plan.outer}
        own |= plan.constants
        own |= {declared.name: value for declared, value in zip(plan.inputs, inputs, strict=True)}
        return (yield from _pass(plan, own, f"{path}{step.node.name}/{place}/", changes))

    try:
        results = yield from step.control(step.node, given, inside)  # type: ignore[misc]
        return _checked(step.node, results)
    except NntraceError:  # of a node inside
        raise
    except Exception as error:
        raise _cannot(step.node, given, error) from error


def _checked(node: Node, results: Sequence[Any]) -> tuple[Tensor, ...]:
    """Return results as arrays, of which there must be one for each output that has a name."""
    missing = [name for name in node.outputs[len(results) :] if name]
    missing += [
        name for name, value in zip(node.outputs, results, strict=False) if name and value is None
    ]
    if missing:
        raise ValueError(f"gives nothing for '{cropped(missing[0])}'")
    return tuple(map(_array, results))


def _array(value: Any) -> Tensor:
    """Return a result as an array; texts are held as such, not as objects."""
    array: Tensor = np.asarray(value)
    return array.astype(np.str_) if array.dtype.hasobject else array


def _cannot(node: Node, given: Sequence[Any], error: Exception) -> NodeError:
    """Say in one line which node cannot compute what it is given."""
    if isinstance(error, NntraceError):
        told = "; ".join(problem.message for problem in error.problems)
    elif isinstance(error, MemoryError):
        told = "needs more memory than there is"
    else:
        told = " ".join(str(error).split()) or type(error).__name__
    shapes = ", ".join(_described(each) for each in given)
    message = f"{node.called}: {told}" + (f" (given {shapes})" if shapes else "")
    return NodeError(message, node, given)


def _described(value: Tensor | None) -> str:
    if value is None:
        return "nothing"
    return f"{value.dtype} {times(value.shape)}" if value.ndim else f"one {value.dtype}"


def _read_only(value: Tensor) -> Tensor:
    if isinstance(value, np.ndarray):
        value = value.view()
        value.flags.writeable = False
    return value


def check(
    declared: Sequence[Declared], defaults: Mapping[str, Tensor], feeds: Mapping[str, Tensor]
) -> None:
    """Raise InputError, with a line for each input that is missing, unknown, or does not fit."""
    names = [each.name for each in declared]
    problems = [unknown("input", name, names) for name in feeds if name not in names]
    for each in declared:
        if each.name in feeds:
            value = feeds[each.name]
            if value.dtype != each.dtype or not fits(value.shape, each.shape):
                problems.append(
                    f"input '{cropped(each.name)}': is {_described(value)}, takes {wanted(each)}"
                )
        elif each.name not in defaults:
            problems.append(f"input '{cropped(each.name)}': is missing, takes {wanted(each)}")
    if problems:
        raise InputError(map(Problem, problems))


def fits(shape: tuple[int, ...], declared: tuple[int | str | None, ...] | None) -> bool:
    """Tell whether a shape is one of those that were declared."""
    return declared is None or (
        len(shape) == len(declared)
        and all(
            not isinstance(want, int) or have == want
            for have, want in zip(shape, declared, strict=True)
        )
    )


def wanted(declared: Declared) -> str:
    """Write what an input takes: `float32 batch × 3 × 224 × 224`."""
    if declared.shape is None:
        return f"{declared.dtype} of any shape"
    if not declared.shape:
        return f"one {declared.dtype}"
    return f"{declared.dtype} " + " × ".join("?" if d is None else str(d) for d in declared.shape)
