"""Whether nodes are what ONNX says of their operators: how many inputs, which attributes, dtypes.

The operators' own schemas, which `onnx` holds for every version, are what nodes are held to. A
dtype that only a pass would tell is taken for right.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from nntrace.core.graph.dtypes import NAMES, STRING
from nntrace.core.graph.graph import UNTYPED, Graph, Node, Tensor
from nntrace.errors import plural, unknown
from nntrace.read.nets.onnx.faults import Faults
from nntrace.words import cropped

Dtypes = ChainMap[str, str | None]  # by a tensor's name; None where it is not known

# as schemas write dtypes: https://onnx.ai/onnx/repo-docs/OpSchema.html
_SPELT = {"float32": "float", "float64": "double"}
_DTYPES = {f"tensor({_SPELT.get(name, name.removesuffix('fn').removesuffix('fnu'))})": name
           for name in NAMES.values()}  # fmt: skip
_DTYPES |= {
    "tensor(float8e4m3fn)": "float8_e4m3fn", "tensor(float8e4m3fnuz)": "float8_e4m3fnuz",
    "tensor(float8e5m2)": "float8_e5m2", "tensor(float8e5m2fnuz)": "float8_e5m2fnuz",
    "tensor(float4e2m1)": "float4_e2m1fn", "tensor(float8e8m0)": "float8_e8m0fnu",
    "tensor(float6e2m3)": "float6_e2m3fn", "tensor(float6e3m2)": "float6_e3m2fn",
    "tensor(string)": "str",
}  # fmt: skip
# which give a tensor of texts as they are given it
_MOVING = {
    "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Gather", "Concat", "Transpose",
    "Slice", "Expand",
}  # fmt: skip
# what each type of attribute is read as
_KINDS: dict[str, type | tuple[type, ...]] = {
    "FLOAT": float, "INT": int, "STRING": str, "TENSOR": np.ndarray, "SPARSE_TENSOR": np.ndarray,
    "GRAPH": Graph,
}  # fmt: skip


class Formal(NamedTuple):
    """An input or output as an operator has it; `param` is shared by those of the same dtype."""

    name: str
    param: str
    dtypes: frozenset[str]
    optional: bool
    variadic: bool
    homogeneous: bool


class Schema(NamedTuple):
    """What an operator takes and gives, in one version."""

    inputs: tuple[Formal, ...]
    outputs: tuple[Formal, ...]
    counts: tuple[int, int, int, int]  # fewest and most inputs, fewest and most outputs
    attributes: Mapping[str, tuple[str, bool]]  # type, and whether it must be there


@cache
def schema_of(op: str, version: int, domain: str) -> Schema | None:
    """Return what ONNX says of an operator; None where it says nothing."""
    from onnx import defs

    try:
        schema: Any = defs.get_schema(op, version, domain)
    except defs.SchemaError:
        return None
    constraints = {each.type_param_str: each.allowed_type_strs for each in schema.type_constraints}
    counts = (schema.min_input, schema.max_input, schema.min_output, schema.max_output)
    attributes = {
        name: (each.type.name, bool(each.required)) for name, each in schema.attributes.items()
    }
    inputs, outputs = (
        tuple(
            Formal(
                each.name,
                each.type_str,
                _allowed(constraints.get(each.type_str, [each.type_str])),
                each.option.name == "Optional",
                each.option.name == "Variadic",
                bool(each.is_homogeneous),
            )
            for each in formals
        )
        for formals in (schema.inputs, schema.outputs)
    )
    return Schema(inputs, outputs, counts, attributes)


def _allowed(spelt: Iterable[str]) -> frozenset[str]:
    """Return dtypes as NumPy calls them; what is no tensor keeps its spelling."""
    return frozenset(_DTYPES.get(each, each) for each in spelt)


def check_graph(graph: Graph, faults: Faults, around: Dtypes | None = None) -> list[str | None]:
    """Note nodes that are not as their operators are; return the dtypes of the outputs.

    `around` are the dtypes of tensors of the graphs around it.
    """
    known: Dtypes = ChainMap({}, *(around.maps if around else ()))
    for declared in graph.inputs:
        known[declared.name] = _name_of(declared.dtype)
    known.update((name, _name_of(value.dtype)) for name, value in graph.constants.items())
    for node in graph.nodes:
        inside = [check_graph(inner, faults, known) for _, inner in node.graphs]
        _check_node(node, known, inside, faults)
    for declared in graph.outputs:
        found, said = known.get(declared.name), _name_of(declared.dtype)
        if found and said and found != said and not _is_map(graph, declared.name):
            told = f"output '{cropped(declared.name)}': is declared as {said}, and computed as"
            faults.add(f"{told} {found}")
    return [known.get(declared.name) for declared in graph.outputs]


def _is_map(graph: Graph, name: str) -> bool:
    return any(node.op == "ZipMap" and name in node.outputs for node in graph.nodes)


def _name_of(dtype: np.dtype[Any]) -> str | None:
    if dtype == UNTYPED:
        return None
    return "str" if dtype.kind in "UO" else dtype.name


def _check_node(node: Node, known: Dtypes, inside: list[list[str | None]], faults: Faults) -> None:
    """Note what is wrong with a node, and say of which dtypes its outputs are."""
    given = [known.get(name) for name in node.inputs]
    schema = schema_of(node.op, node.version, node.domain)
    outputs: list[str | None] = [None] * len(node.outputs)
    if schema is not None:
        told = [*_miscounted(node, schema), *_attributes(node, schema)]
        bound, wrong = _bind(node, schema, given)
        for message in (*told, *wrong):
            faults.add(message, node)
        if inside:
            first = {"If": 0, "Loop": 1, "Scan": 0}.get(node.op, 0)
            outputs = [*inside[0][first:], *outputs][: len(node.outputs)]
        else:
            outputs = [_given_by(node, place, schema, bound) for place in range(len(node.outputs))]
    if not node.domain and node.op not in _MOVING and "str" in (*given, *outputs):
        faults.add("computes with texts, which nntrace does not", node)
    known.update(zip(node.outputs, outputs, strict=True))


def _miscounted(node: Node, schema: Schema) -> Iterator[str]:
    few, most, few_given, most_given = schema.counts
    for verb, names, formals, low, high in (
        ("takes", node.inputs, schema.inputs, few, most),
        ("gives", node.outputs, schema.outputs, few_given, most_given),
    ):
        thing = "input" if verb == "takes" else "output"
        if not low <= len(names) <= high:
            takes = plural(low, thing) if low == high else f"{low} to {high} {thing}s"
            if high > 2**30:
                takes = f"{plural(low, thing)} or more"
            yield f"has {plural(len(names), thing)}, {verb} {takes}"
            continue
        for name, formal in zip(names, formals, strict=False):
            if not name and thing == "input" and not (formal.optional or formal.variadic):
                yield f"leaves out {thing} '{formal.name}', which it cannot do without"


def _attributes(node: Node, schema: Schema) -> Iterator[str]:
    for name, value in node.attributes.items():
        if name not in schema.attributes:
            yield (
                unknown("attribute", name, list(schema.attributes))
                if schema.attributes
                else (f"has an attribute '{cropped(name)}', takes none")
            )
            continue
        kind, _ = schema.attributes[name]
        if not _is_of(value, kind):
            yield f"attribute '{cropped(name)}' is not of type {kind}"
    for name, (_, required) in schema.attributes.items():
        if required and name not in node.attributes:
            yield f"has no attribute '{name}', which it cannot do without"


def _is_of(value: Any, kind: str) -> bool:
    if kind in _KINDS:
        return isinstance(value, _KINDS[kind])
    wanted = _KINDS.get(kind.removesuffix("S"))
    if wanted is None or not isinstance(value, tuple):
        return wanted is None
    return all(isinstance(each, wanted) for each in value)


def _bind(node: Node, schema: Schema, given: list[str | None]) -> tuple[dict[str, str], list[str]]:
    """Return the dtype that each parameter stands for, and what does not fit."""
    bound: dict[str, tuple[str, str]] = {}
    wrong = []
    for place, (name, dtype) in enumerate(zip(node.inputs, given, strict=True)):
        if not schema.inputs:
            break
        formal = schema.inputs[min(place, len(schema.inputs) - 1)]
        if dtype is None or not name:
            continue
        if dtype not in formal.dtypes:
            takes = _either(formal.dtypes)
            wrong.append(f"reads '{cropped(name)}' of {dtype}, takes {takes} for {formal.name}")
        elif formal.param in bound and formal.homogeneous:
            other, dtype_of_other = bound[formal.param]
            if dtype_of_other != dtype:
                wrong.append(
                    f"reads '{cropped(other)}' of {dtype_of_other} and '{cropped(name)}' of "
                    f"{dtype}, takes one dtype for both"
                )
        else:
            bound[formal.param] = (name, dtype)
    return {param: dtype for param, (_, dtype) in bound.items()}, wrong


def _either(dtypes: frozenset[str]) -> str:
    known = sorted(each for each in dtypes if "(" not in each)
    *most, last = known or [""]
    return f"{', '.join(most)} or {last}" if most else last


def _given_by(node: Node, place: int, schema: Schema, bound: Mapping[str, str]) -> str | None:
    """Return the dtype of an output, where it can be told without a pass."""
    if not schema.outputs:
        return None
    formal = schema.outputs[min(place, len(schema.outputs) - 1)]
    if formal.param in bound and formal.homogeneous:
        return bound[formal.param]
    if len(formal.dtypes) == 1:
        (dtype,) = formal.dtypes
        return dtype if "(" not in dtype else None
    value = node.get("value")
    if node.op in ("Constant", "ConstantOfShape"):
        return _of_constant(node, value)
    for name in ("to", "dtype"):
        if isinstance(node.get(name), int):
            code = node.attributes[name]
            return "str" if code == STRING else NAMES.get(code)
    return None


def _of_constant(node: Node, value: Tensor | None) -> str | None:
    if value is not None:
        return _name_of(value.dtype)
    if node.op == "ConstantOfShape":
        return "float32"
    written = {"value_float": "float32", "value_int": "int64", "value_string": "str"}
    names = (name.removesuffix("s") for name in node.attributes)
    return next((written[name] for name in names if name in written), None)
