"""Tensors by name → modules: which tensors belong together, and what kind of layer they make.

Names are those of PyTorch (`fc1.weight`, `bn.running_mean`, `lstm.weight_ih_l0`), of Keras
(`dense/kernel`), and of people who number their arrays (`W1`, `b1`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

Shape = tuple[int, ...]
Parts = Mapping[str, Shape]  # the tensors of a module, by what they are called within it


class Held(NamedTuple):
    """An array of a layer: its key in a net file, the tensor that holds it, and why which way round
    it lies is a guess; empty where it is none."""

    key: str
    tensor: str
    transpose: bool = False
    why: str = ""


class Module(NamedTuple):
    """Tensors that make a layer: its name and kind, and how many numbers, or channels, or how wide
    a token it reads and gives; None where any will do.

    `arrays` are named one by one, and none where a net file finds them under the layer's name;
    `tensors` are all that it uses. `notes` say what had to be guessed, by keys.
    """

    name: str
    kind: str
    takes: int | None
    gives: int | None
    tensors: tuple[str, ...]
    kernel: Shape = ()
    keys: Mapping[str, Any] = {}
    notes: Mapping[str, str] = {}
    arrays: tuple[Held, ...] = ()


def modules(given: Mapping[str, Shape]) -> tuple[list[Module], list[str]]:
    """Return the modules that tensors make, in their order, and the tensors that make none."""
    tensors = {name: shape for name, shape in given.items() if 0 not in shape}
    found: list[Module] = []
    taken: set[str] = set()
    for prefix, parts in _grouped(tensors).items():
        made = _recurrent(prefix, parts) or [maker(prefix, parts, tensors) for maker in _MAKERS]
        for module in made:
            if module and {*module.tensors} <= tensors.keys() - taken:
                found.append(module)
                taken |= {*module.tensors}
    return found, [name for name in given if name not in taken]


def natural(name: str) -> list[Any]:
    """Return what names are sorted by, in which 10 comes after 9."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


# How many axes a tensor has that is called so; another one is none of the kind.
_AXES = (
    (re.compile(r"bias(_\w+)?|running_\w+|moving_\w+|gamma|beta|in_proj_bias"), 1),
    (re.compile(r"embeddings|recurrent_kernel|in_proj_weight|weight_[ih]h_l\d+(_reverse)?"), 2),
)


def _usual(last: str, shape: Shape) -> bool:
    return all(len(shape) == axes for name, axes in _AXES if name.fullmatch(last))


def _grouped(tensors: Mapping[str, Shape]) -> dict[str, dict[str, Shape]]:
    groups: dict[str, dict[str, Shape]] = {}
    for name, shape in tensors.items():
        plain = name.removesuffix(":0")
        sign = "/" if "/" in plain else "."
        prefix, dot, last = plain.rpartition(sign)
        if not dot and (numbered := re.fullmatch(r"(\D+?)_?(\d+)", plain)):
            prefix, last = f"#{numbered[2]}", numbered[1]
        if _usual(last, shape):
            groups.setdefault(prefix, {})[last] = shape
    return groups


def _named(prefix: str, parts: Parts, lasts: Sequence[str], sign: str = ".") -> tuple[str, ...]:
    """Return the full names of those of some tensors that are there."""
    return tuple(f"{prefix}{sign}{last}" if prefix else last for last in lasts if last in parts)


# ---- PyTorch ----

_TABLES = re.compile(r"emb|wte|wpe|token|vocab|lookup|pos", re.IGNORECASE)
_POSITIONS = re.compile(r"pos|wpe", re.IGNORECASE)
_TURNED = re.compile(r"deconv|trans|convt|(^|\.)up", re.IGNORECASE)
_BATCHES = "num_batches_tracked"


def _of_torch(prefix: str, parts: Parts, tensors: Mapping[str, Shape]) -> Module | None:
    if {"running_mean", "running_var"} <= parts.keys() and len(parts.get("weight", (1,))) == 1:
        size = parts["running_mean"][0]
        used = _named(prefix, parts, ["running_mean", "running_var", "weight", "bias", _BATCHES])
        return Module(prefix, "batch_norm", size, size, used)
    weight = parts.get("weight")
    if weight is None or not parts.keys() <= {"weight", "bias"}:
        return None
    used = _named(prefix, parts, ["weight", "bias"])
    bias = parts.get("bias")
    if len(weight) == 2:
        return _matrix(prefix, weight, bias, used)
    if 3 <= len(weight) <= 5:
        return _kernel(prefix, weight, bias, used)
    if len(weight) != 1 or weight == (1,):  # one number may be the slope of a PReLU
        return None
    if bias is not None:
        why = {"kind": "it may be another norm"}
        return Module(prefix, "layer_norm", weight[0], weight[0], used, notes=why)
    why = {"kind": "it may be another norm"}
    return Module(prefix, "rms_norm", weight[0], weight[0], used, notes=why)


def _matrix(prefix: str, weight: Shape, bias: Shape | None, used: tuple[str, ...]) -> Module:
    if bias is None and _TABLES.search(prefix):
        kind = "positions" if _POSITIONS.search(prefix) else "embedding"
        takes = weight[1] if kind == "positions" else None
        return Module(prefix, kind, takes, weight[1], used, weight[:1])
    return Module(prefix, "dense", weight[1], weight[0], used)


def _kernel(prefix: str, weight: Shape, bias: Shape | None, used: tuple[str, ...]) -> Module:
    turned = bias is not None and bias[0] != weight[0] and bias[0] == weight[1]
    if turned or (_TURNED.search(prefix) and (bias is None or bias[0] == weight[1])):
        return Module(prefix, "conv_transpose", weight[0], weight[1], used, weight[2:])
    return Module(prefix, "conv", weight[1], weight[0], used, weight[2:])


_GATES = {4: "lstm", 3: "gru"}
_STEPS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
_STEP_KEYS = ("weights", "recurrent", "bias", "recurrent_bias")


def _recurrent(prefix: str, parts: Parts) -> list[Module | None]:
    """Make the layers of an LSTM or GRU; those behind the first name their arrays."""
    made: list[Module | None] = []
    while {f"weight_ih_l{len(made)}", f"weight_hh_l{len(made)}"} <= parts.keys():
        at = len(made)
        (rows, takes), (_, size) = parts[f"weight_ih_l{at}"], parts[f"weight_hh_l{at}"]
        kind = _GATES.get(rows // size if size else 0)
        ways = ("", "_reverse") if f"weight_ih_l{at}_reverse" in parts else ("",)
        if kind is None or (at and len(ways) > 1):
            return []  # a plain RNN, or one that a net file cannot say
        used = _named(prefix, parts, [f"{step}_l{at}{way}" for step in _STEPS for way in ways])
        keys = {"direction": "both"} if len(ways) > 1 else {}
        name, arrays = prefix or kind, tuple[Held, ...]()
        if at or not prefix:
            arrays = tuple(Held(*each) for each in zip(_STEP_KEYS, used, strict=False))
            name = f"{name}.l{at}" if at else name
        gives = size * len(ways)
        made.append(Module(name, kind, takes, gives, used, keys=keys, arrays=arrays))
    return made


def _attention(prefix: str, parts: Parts, tensors: Mapping[str, Shape]) -> Module | None:
    packed = "in_proj_weight" in parts
    if not packed and not prefix.endswith(".query"):
        return None
    name = prefix if packed else prefix.removesuffix(".query")
    blocks = ["out_proj"] if packed else ["query", "key", "value", "output"]
    weights = [tensors.get(f"{name}.{block}.weight") for block in blocks]
    width = weights[0][-1] if weights[0] else 0
    if not width or any(shape != (width, width) for shape in weights):
        return None
    used = [f"{name}.{block}.{what}" for block in blocks for what in ("weight", "bias")]
    used += [f"{name}.in_proj_{what}" for what in ("weight", "bias")] if packed else []
    heads = width // 64 if width >= 64 and width % 64 == 0 else 1
    notes = {"heads": "no tensor tells it"}
    there = tuple(each for each in used if each in tensors)
    return Module(name, "attention", width, width, there, keys={"heads": heads}, notes=notes)


def _parameter(prefix: str, parts: Parts, tensors: Mapping[str, Shape]) -> Module | None:
    """Make a table of positions of a parameter that belongs to no module of its own."""
    for last, shape in parts.items():
        if _POSITIONS.search(last) and len(shape) == 2:
            (name,) = _named(prefix, parts, [last])
            held = (Held("weights", name),)
            return Module(name, "positions", shape[1], shape[1], (name,), shape[:1], arrays=held)
    return None


# ---- Keras ----

_MOVING = {"moving_mean": "mean", "moving_variance": "variance", "gamma": "scale", "beta": "shift"}


def _of_keras(prefix: str, parts: Parts, tensors: Mapping[str, Shape]) -> Module | None:
    full = {name.removesuffix(":0"): name for name in tensors}

    if not all(f"{prefix}/{last}" in full for last in parts):
        return None

    def held(last: str, key: str, transpose: bool = False) -> list[Held]:
        return [Held(key, full[f"{prefix}/{last}"], transpose)] if last in parts else []

    def made(kind: str, takes: int | None, gives: int, arrays: list[Held], **more: Any) -> Module:
        used = tuple(array.tensor for array in arrays)
        return Module(prefix.replace("/", "."), kind, takes, gives, used, arrays=(*arrays,), **more)

    kernel = parts.get("kernel")
    if "recurrent_kernel" in parts and kernel:
        size = parts["recurrent_kernel"][0]
        if len(kernel) != 2 or kernel[1] != 4 * size:
            return None  # a GRU, say, whose gates are in another order
        arrays = held("kernel", "weights", True) + held("recurrent_kernel", "recurrent", True)
        return made("lstm", kernel[0], size, arrays + held("bias", "bias"))
    if kernel and len(kernel) == 2:
        arrays = held("kernel", "weights", True) + held("bias", "bias")
        return made("dense", kernel[0], kernel[1], arrays)
    if kernel and 3 <= len(kernel) <= 5:
        arrays = held("kernel", "weights", True) + held("bias", "bias")
        return made("conv", kernel[-2], kernel[-1], arrays, kernel=kernel[:-2])
    if "embeddings" in parts:
        rows, width = parts["embeddings"]
        return made("embedding", None, width, held("embeddings", "weights"), kernel=(rows,))
    if "moving_mean" in parts and "moving_variance" in parts:
        arrays = [each for last, key in _MOVING.items() for each in held(last, key)]
        size = parts["moving_mean"][0]
        epsilon = {"epsilon": 1e-3}
        told = {"epsilon": "Keras's default"}
        return made("batch_norm", size, size, arrays, keys=epsilon, notes=told)
    if parts.keys() <= {"gamma", "beta"} and "gamma" in parts:
        size = parts["gamma"][0]
        arrays = held("gamma", "scale") + held("beta", "shift")
        told = {"epsilon": "Keras's default"}
        return made("layer_norm", size, size, arrays, keys={"epsilon": 1e-3}, notes=told)
    return None


# ---- numbered arrays ----

_MATRIX = re.compile(r"(w|weights?|coefs?|kernel|matrix)", re.IGNORECASE)
_BIAS = re.compile(r"(b|bias(es)?|intercepts?)", re.IGNORECASE)


def _of_numbers(prefix: str, parts: Parts, tensors: Mapping[str, Shape]) -> Module | None:
    """Make a dense layer of `W1` and `b1`, of `weight` and `bias` alone, or of one array alone."""
    if prefix and not prefix.startswith("#"):
        return None
    number = prefix.removeprefix("#")
    matrices = [last for last, shape in parts.items() if len(shape) == 2]
    vectors = [last for last, shape in parts.items() if len(shape) == 1 and _BIAS.fullmatch(last)]
    alone = len(tensors) == 1
    if len(matrices) != 1 or len(vectors) > 1 or not (alone or _MATRIX.fullmatch(matrices[0])):
        return None
    full = {
        last: next(
            (name for name in tensors if re.fullmatch(rf"{re.escape(last)}_?{number}", name)), ""
        )
        for last in (*matrices, *vectors)
    }
    rows, columns = parts[matrices[0]]
    bias = parts[vectors[0]][0] if vectors else None
    turned, why = bias == columns != rows, ""
    if bias is None or rows == columns:
        turned = _turned_ones(tensors)
        why = "columns are neurons, as those of others" if turned else "rows are neurons"
    elif bias not in (rows, columns):
        return None
    weights = Held("weights", full[matrices[0]], turned, why)
    held = [weights, *(Held("bias", full[each]) for each in vectors)]
    takes, gives = (rows, columns) if turned else (columns, rows)
    used = tuple(each.tensor for each in held)
    name = f"layer{number}" if number else "output"
    return Module(name, "dense", takes, gives, used, arrays=(*held,))


def _turned_ones(tensors: Mapping[str, Shape]) -> bool:
    """Whether a numbered matrix has as many columns as its bias has numbers, and other rows."""
    for parts in _grouped(tensors).values():
        matrices = [shape for shape in parts.values() if len(shape) == 2]
        lengths = [shape[0] for shape in parts.values() if len(shape) == 1]
        if any(rows != columns in lengths for rows, columns in matrices):
            return True
    return False


_Maker = Callable[[str, Parts, Mapping[str, Shape]], Module | None]
_MAKERS: Sequence[_Maker] = (
    _attention,
    lambda prefix, parts, tensors: _of_torch(prefix, parts, tensors) if prefix else None,
    _of_keras,
    _of_numbers,
    _parameter,
)
