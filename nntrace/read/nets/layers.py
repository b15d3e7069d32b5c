"""The layers of a net file: their names, what each reads, and a plan for each."""

from __future__ import annotations

from typing import Any

from nntrace.core.network import name_problems
from nntrace.errors import Path, spell, unknown
from nntrace.read.arrays.weights import Sources
from nntrace.read.nets.composites import COMPOSITES, Spelt
from nntrace.read.nets.dense import plan_dense
from nntrace.read.nets.plans import LayerPlan, Reads, Source
from nntrace.read.yaml.grammar import INVALID, Reading
from nntrace.words import cropped

# What a file may ask to be drawn at random: a line of text must not cost gigabytes.
MOST_RANDOM = 2**27


def layer_names(reading: Reading, declared: list[Any]) -> list[str | None]:
    """Return the name of each layer, None for one that could not be read."""
    names: list[str | None] = []
    for index, layer in enumerate(declared):
        default = "output" if index == len(declared) - 1 else f"layer{index + 1}"
        name = INVALID if layer is INVALID else layer.get("name", default)
        names.append(None if name is INVALID else name)
    for problem in name_problems(names):
        assert isinstance(problem.path[1], int)
        if "name" in declared[problem.path[1]]:
            reading.report(problem.path, problem.message)
        else:  # a default name that another layer has taken
            reading.report(problem.path[:2], f"takes a name, since {problem.message}")
    return names


def plan_layers(
    reading: Reading, sources: Sources, declared: list[Any], given: Source
) -> list[LayerPlan | None]:
    """Check the layers of a net with an input.

    None stands for a layer that could not be read; one that is spelt out has several plans.
    """
    names = layer_names(reading, declared)
    plans: list[LayerPlan | None] = []
    above, before = {"input": given}, given
    for index, layer in enumerate(declared):
        path = ("layers", index)
        if layer is INVALID:
            plans.append(None)
            before = Source(names[index] or spell(path), None, None)
            above[before.name] = before
            continue
        reads = _reads(reading, path, layer, above, before, names[index + 1 :])
        for spelt in _spelt(names[index], layer, path, given.tokens is not None):
            inner = reads
            if reads and spelt.reads:
                inner = Reads(tuple(above[name] for name in spelt.reads), path)
            plan = _plan(reading, sources, spelt, inner)
            plans.append(plan._replace(path=spelt.path))
            before = Source(spelt.name or spell(path), plan.size, plan.shape, plan.channels)
            above[before.name] = before
    sources.report_unread(names, declared)
    _limit_random(reading, plans)
    return plans


def _spelt(name: str | None, layer: dict[str, Any], path: Path, tokens: bool) -> list[Spelt]:
    """Return the layers that one of the file stands for: one, or those that it is spelt out as."""
    kind = layer.get("kind", "dense")
    if kind not in COMPOSITES:
        if kind == "dense" and tokens:  # each token by itself, where nothing else is said
            layer = {"axis": "last", **layer}
        return [Spelt(name, layer, path, name)]
    return COMPOSITES[kind].spell(name or spell(path), layer, path)


def _plan(reading: Reading, sources: Sources, spelt: Spelt, reads: Reads | None) -> LayerPlan:
    if reads is None:
        return LayerPlan(spelt.name)
    if spelt.declared.get("kind", "dense") == "dense":
        return plan_dense(reading, sources, spelt, reads)
    from nntrace.read.nets.ops import plan_op  # most nets have dense layers alone

    return plan_op(reading, sources, spelt, reads)


def _reads(
    reading: Reading,
    path: Path,
    layer: dict[str, Any],
    above: dict[str, Source],
    before: Source,
    below: list[str | None],
) -> Reads | None:
    """Return what a layer reads; None after a report."""
    declared = layer.get("reads")
    if declared is None:
        return Reads((before,), path)
    if declared is INVALID:
        return None
    here = (*path, "reads")
    found = []
    for at, name in enumerate([declared] if isinstance(declared, str) else declared):
        if name in above:
            found.append(above[name])
            continue
        told = unknown("layer", name, above)
        if name in below:
            told = f"'{cropped(name)}' stands below, a layer reads input or layers above it"
        reading.report(here if isinstance(declared, str) else (*here, at), told)
    wanted = 1 if isinstance(declared, str) else len(declared)
    return Reads(tuple(found), here) if len(found) == wanted else None


def _limit_random(reading: Reading, plans: list[LayerPlan | None]) -> None:
    drawn = 0
    for draws in (count for plan in plans if plan for count in plan.draws):
        drawn += draws.size
        if drawn > MOST_RANDOM:
            message = f"{draws.words}, a net takes at most {MOST_RANDOM:,} random numbers"
            reading.report(draws.path, message)
            break
