"""The layers of a net file: their names, what each reads, and a plan for each."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from nntrace.core.network import name_problems
from nntrace.core.op import times
from nntrace.errors import Path, spell, unknown
from nntrace.read.arrays.weights import Sources
from nntrace.read.files import physical_memory
from nntrace.read.nets.composites import COMPOSITES, Spelt
from nntrace.read.nets.dense import plan_dense
from nntrace.read.nets.plans import LayerPlan, Reads, Source, reports_count
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
    _report_inner_names(reading, declared, names)
    return names


def _report_inner_names(reading: Reading, declared: list[Any], names: list[str | None]) -> None:
    """Report layers whose name is that of a layer that another one is spelt out as."""
    inner: dict[str, int] = {}
    for index, (layer, name) in enumerate(zip(declared, names, strict=True)):
        if name and layer is not INVALID and (layer.get("kind") or "") in COMPOSITES:
            keys = {field.name: INVALID for field in COMPOSITES[layer["kind"]].FIELDS}
            spelt = COMPOSITES[layer["kind"]].spell(name, keys, ())
            inner |= {str(each.name): index for each in spelt[:-1]}  # the last has its own name
    for index, name in enumerate(names):
        if name in inner:
            later, first = max(index, inner[name]), min(index, inner[name])
            path: Path = ("layers", later)
            if later == index:
                told = f"'{cropped(name)}' is the name of a layer inside layers[{first}] too"
            else:
                told = f"holds a layer '{cropped(name)}', which is the name of layers[{first}] too"
            reading.report((*path, "name") if "name" in declared[later] else path, told)


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
        reads = _reads(reading, path, layer, above, before, names[index:])
        composite = COMPOSITES.get(layer.get("kind", "dense") or "")
        if composite and reports_count(reading, names[index] or spell(path), composite, reads):
            reads = reads.unknown()
        for spelt in _spelt(reading, sources, names[index], layer, path, given.tokens is not None):
            inner = reads
            if spelt.reads:
                inner = Reads(tuple(above[name] for name in spelt.reads), path)
            plan = _plan(reading, sources, spelt, inner)
            plans.append(plan._replace(path=spelt.path))
            before = Source(spelt.name or spell(path), plan.size, plan.shape, plan.channels)
            above[before.name] = before
    known = (layer is not INVALID and layer.get("kind") is not INVALID for layer in declared)
    if None not in names and all(known):  # else it may be what reads the rest
        sources.report_unread()
    _limit_numbers(reading, plans)
    return plans


def _spelt(
    reading: Reading,
    sources: Sources,
    name: str | None,
    layer: dict[str, Any],
    path: Path,
    tokens: bool,
) -> list[Spelt]:
    """Return the layers that one of the file stands for: one, or those that it is spelt out as."""
    kind = layer.get("kind", "dense")
    if kind is INVALID or kind not in COMPOSITES:
        if kind == "dense" and tokens:  # each token by itself, where nothing else is said
            layer = {"axis": "last", **layer}
        return [Spelt(name, layer, path, name)]
    composite = COMPOSITES[kind]
    blocks = [field for field in composite.FIELDS if field.takes == "block"]
    missing = [field for field in blocks if field.name not in layer and sources.without_common]
    for field in missing:
        reading.report(path, f"{field.name} is missing: {field.doc}")
    lost = dict.fromkeys((field.name for field in missing), INVALID)
    return composite.spell(name or spell(path), {**layer, **lost}, path)


def _plan(reading: Reading, sources: Sources, spelt: Spelt, reads: Reads) -> LayerPlan:
    if spelt.declared.get("kind") is INVALID:
        return LayerPlan(spelt.name, labels=spelt.declared.get("labels"))
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
) -> Reads:
    """Return what a layer reads; nothing is known of what has been reported.

    `below` are the names of the layer itself and of those behind it.
    """
    declared = layer.get("reads")
    if declared is None:
        return Reads((before,), path)
    here = (*path, "reads")
    if declared is INVALID:
        return Reads((), here)
    found = []
    for at, name in enumerate([declared] if isinstance(declared, str) else declared):
        if name not in above:
            told = unknown("layer", name, above)
            if name in below:
                where = "is this layer itself" if name == below[0] else "stands below"
                told = f"'{cropped(name)}' {where}, a layer reads input or layers above it"
            reading.report(here if isinstance(declared, str) else (*here, at), told)
        found.append(above.get(name) or Source(name, None, None))
    return Reads(tuple(found), here)


def _limit_numbers(reading: Reading, plans: list[LayerPlan | None]) -> None:
    """Report what a line of text may cost beyond reason: random numbers, and the numbers of a row,
    z and a, that could never fit into memory."""
    drawn = held = 0
    width = 2 * np.dtype(reading.dtype).itemsize
    for plan in plans:
        if plan is None:
            continue
        for draws in plan.draws:
            drawn += draws.size
            if drawn > MOST_RANDOM:
                message = f"{draws.words}, a net takes at most {MOST_RANDOM:,} random numbers"
                reading.report(draws.path, message)
                return
        if plan.make and plan.shape:
            held += prod(plan.shape) * width
            if held > physical_memory():
                message = f"gives {times(plan.shape)} numbers, more than fit into memory"
                reading.report(plan.path, message)
                return
