"""Nets made of live models of PyTorch and Keras, by their own exporters to ONNX, each checked
against the model itself.

Neither framework is imported: whoever has a model has it.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib.util import find_spec
from inspect import signature
from typing import Any

import numpy as np

from nntrace.analysis.agreement import TOLERANCES, Parting, parting
from nntrace.core.arrays import Numbers
from nntrace.core.forward import forward
from nntrace.core.graph.feeds import net_for
from nntrace.core.network import Network
from nntrace.errors import (
    FileError,
    InputError,
    NetworkError,
    NntraceError,
    UsageError,
    printable,
)
from nntrace.words import cropped

Arrays = Sequence["Numbers"]
ROWS = 3  # of which a pass is made, where the first axis counts rows
_COLOURS = re.compile("\x1b\\[[0-9;]*m")  # in which exporters tell what went wrong
SIGNS = (1.0, -1.0, 1.0, -1.0)  # of the random floats of each comparison


def from_torch(module: Any, example: Any) -> Network:
    """Make a net of a module of PyTorch, by its own exporter to ONNX (extra `onnx`).

    `example` is a tensor that the module takes, or a tuple of them; its shapes and dtypes count,
    and integers are drawn from its own. Where the first axis of all of them is as long, and the
    module takes any number there, it counts rows; else the example is one row.

    The module is exported, and run, as in `eval()`, and left as it was. Layers have the names of
    the exported tensors. Before it is returned, what the net gives for random inputs is compared
    with what the module gives: all of it within 1e-4 of the largest (1e-9 in float64).

    Raises UsageError for what is no module or no tensor, or without the extra, and NetworkError
    where the module cannot be exported, or the net gives something else.
    """
    torch: Any = sys.modules.get("torch")
    if torch is None or not isinstance(module, torch.nn.Module):
        raise UsageError(f"from_torch: takes a torch.nn.Module, not {type(module).__name__}")
    given = example if isinstance(example, tuple | list) else (example,)
    for each in given:
        if not isinstance(each, torch.Tensor):
            told = "takes an example that is a tensor, or a tuple of them"
            raise UsageError(f"from_torch: {told}, not {type(each).__name__}")
    tensors = [each.detach() for each in given]

    def run(arrays: Arrays) -> list[Numbers]:
        with torch.no_grad():
            held = [torch.from_numpy(each.copy()).to(like) for each, like in _paired(arrays)]
            return [each.detach().cpu().numpy() for each in _tensors(module(*held), torch)]

    def _paired(arrays: Arrays) -> Iterator[tuple[Any, Any]]:
        return zip(arrays, tensors, strict=True)

    names = _names(module.forward, len(tensors))
    examples = [each.cpu().numpy() for each in tensors]
    exports = [
        (_torch_export(torch, module, tensors, names, dynamo, rows), rows)
        for dynamo in ([True, False] if find_spec("onnxscript") else [False])
        for rows in ([True, False] if _share_an_axis(examples) else [False])
    ]
    with _as_evaluated(module):
        return _first_that_agrees(type(module).__name__, exports, examples, names, run)


def _share_an_axis(examples: Arrays) -> bool:
    return len({each.shape[:1] for each in examples}) == 1 and examples[0].ndim > 0


def _names(function: Callable[..., Any], count: int) -> list[str]:
    """Return names for inputs: those of the parameters, of one alone `input`."""
    if count == 1:
        return ["input"]
    try:
        own = [each for each in signature(function).parameters if each.isidentifier()]
    except (TypeError, ValueError):
        own = []
    return own[:count] if len(own) >= count else [f"input{at}" for at in range(1, count + 1)]


def _torch_export(
    torch: Any, module: Any, tensors: Sequence[Any], names: Sequence[str], dynamo: bool, rows: bool
) -> Callable[[str], None]:
    """Return what writes a module into a file; with `rows` the first axis is free."""

    def export(path: str) -> None:
        told: dict[str, Any] = {"input_names": list(names), "dynamo": dynamo, "verbose": False}
        given = tuple(tensors)
        if dynamo:
            told["external_data"] = False
        if rows and dynamo:  # which takes an axis of 1 for one that is always 1
            given = tuple(torch.cat([each, each]) for each in tensors)
            count = torch.export.Dim("rows")
            told["dynamic_shapes"] = tuple({0: count} for _ in tensors)
        elif rows:
            told["dynamic_axes"] = {name: {0: "rows"} for name in names}
        torch.onnx.export(module, given, path, **told)

    return export


@contextmanager
def _as_evaluated(module: Any) -> Iterator[None]:
    """Let a module be as in `eval()` meanwhile, and its parts as they were afterwards."""
    modes = [(each, each.training) for each in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for each, training in modes:
            each.training = training


def _tensors(value: Any, torch: Any) -> list[Any]:
    """Return the tensors of what a module gives, in their order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, tuple | list):
        return []
    return [tensor for each in value for tensor in _tensors(each, torch)]


def from_keras(model: Any) -> Network:
    """Make a net of a model of Keras, by its own exporter to ONNX (extra `onnx`).

    The first axis of its inputs counts rows; a free axis behind it counts 8. Layers have the names
    of the exported tensors. Before it is returned, what the net gives for random inputs is compared
    with what the model gives: all of it within 1e-4 of the largest (1e-9 in float64).

    Raises UsageError for what is no model that has been built, or without the extra, and
    NetworkError where it cannot be exported (which takes tf2onnx, jax2onnx or onnxscript, by the
    backend), or the net gives something else.
    """
    keras: Any = sys.modules.get("keras")
    made_by = {each.__module__.partition(".")[0] for each in type(model).__mro__}
    if keras is None or not made_by & {"keras", "tensorflow", "tf_keras"}:
        raise UsageError(f"from_keras: takes a model of Keras, not {type(model).__name__}")
    if not getattr(model, "inputs", None):
        raise UsageError("from_keras: the model is not built, takes one that knows its inputs")
    shapes = [(1, *(side or 8 for side in each.shape[1:])) for each in model.inputs]
    examples = [
        np.zeros(shape, str(keras.backend.standardize_dtype(each.dtype)))
        for shape, each in zip(shapes, model.inputs, strict=True)
    ]
    names = [each.name for each in model.inputs]

    def run(arrays: Arrays) -> list[Numbers]:
        given = list(arrays) if len(arrays) > 1 else arrays[0]
        told = model(given, training=False)
        return [keras.ops.convert_to_numpy(each) for each in keras.tree.flatten(told)]

    run(examples)  # some backends export what has been called alone

    def export(path: str) -> None:
        model.export(path, format="onnx", verbose=False)

    exports: list[tuple[Callable[[str], None], bool]] = [(export, True)]
    if keras.backend.backend() == "torch" and len(examples) == 1 and find_spec("onnxscript"):
        exports.append((_exported_by_torch(model, examples[0], names), True))
    name = getattr(model, "name", "") or type(model).__name__
    return _first_that_agrees(name, exports, examples, names, run)


def _exported_by_torch(model: Any, example: Numbers, names: Sequence[str]) -> Callable[[str], None]:
    """Return what writes a model of Keras that computes in PyTorch by PyTorch's newer exporter,
    which knows more than the older one that Keras calls."""
    torch: Any = sys.modules["torch"]

    class Called(torch.nn.Module):  # type: ignore[misc]
        """The model, as one that is used and not trained."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, given: Any) -> Any:
            return self.model(given, training=False)

    called = Called()
    write = _torch_export(torch, called, [torch.from_numpy(example)], names, True, True)

    def export(path: str) -> None:
        with _as_evaluated(called):
            write(path)

    return export


# ---- exported, loaded, compared ----


def _first_that_agrees(
    name: str,
    exports: Sequence[tuple[Callable[[str], None], bool]],
    examples: Arrays,
    names: Sequence[str],
    run: Callable[[Arrays], list[Numbers]],
) -> Network:
    """Return the net of the first export that gives what the model gives; NetworkError without."""
    faults: list[str] = []
    for export, rows in exports:
        try:
            network = _for(_loaded(name, export), examples, names, rows)
            apart = _apart(network, examples, names, run, rows)
        except (NetworkError, InputError) as error:
            faults.append(str(error))
            continue
        if apart is None:
            return network
        faults.append(f"the exported net gives something else: {apart}")
    raise NetworkError(f"{name}: {faults[0]}")


def _for(network: Network, examples: Arrays, names: Sequence[str], rows: bool) -> Network:
    """Return a net as it is for the examples, with `rows` for one row of them."""
    shapes = [(1, *each.shape[1:]) if rows else each.shape for each in examples]
    taken = {part.name for part in network.input.parts}
    return net_for(network, {n: s for n, s in zip(names, shapes, strict=True) if n in taken})


def _loaded(name: str, export: Callable[[str], None]) -> Network:
    """Export a model into a file, and load it; the file is gone afterwards."""
    from nntrace.read.nets.load import load

    stem = "".join(char if char.isalnum() or char in "-_" else "_" for char in name) or "model"
    with tempfile.TemporaryDirectory(prefix="nntrace-") as folder:
        path = os.path.join(folder, f"{stem[:100]}.onnx")
        try:
            with (
                warnings.catch_warnings(),
                redirect_stdout(io.StringIO()),  # they tell at length what they try
                redirect_stderr(io.StringIO()),
            ):
                warnings.simplefilter("ignore")
                export(path)
        except Exception as error:  # an exporter fails in as many ways as there are models
            plain = _COLOURS.sub("", str(error))
            told = printable(" ".join(plain.split())) or type(error).__name__
            raise NetworkError(f"its exporter fails: {cropped(told, 300)}") from error
        try:
            return load(path)
        except FileError as error:
            raise UsageError("; ".join(each.message for each in error.problems)) from None
        except NntraceError as error:
            raise NetworkError(each._replace(source=None) for each in error.problems) from None


def _apart(
    network: Network,
    examples: Arrays,
    names: Sequence[str],
    run: Callable[[Arrays], list[Numbers]],
    rows: bool,
) -> Parting | None:
    """Return the first number in which a net and a model part for random inputs.

    With `rows` several rows make a pass, else the whole of the examples is one.
    """
    assert network.model
    outputs = [each.name for each in network.model.graph.outputs]
    draw = np.random.default_rng(0)
    wide = any(each.dtype == np.float64 for each in examples)
    for sign in SIGNS:
        arrays = [_random(draw, each, rows, sign) for each in examples]
        expected = run(arrays)
        count = ROWS if rows else 1
        by_name = dict(zip(names, (each.reshape(count, -1) for each in arrays), strict=True))
        ordered = [by_name[part.name] for part in network.input.parts]
        tensors = forward(network, np.concatenate(ordered, axis=1)).tensors or {}
        if len(outputs) != len(expected):
            told = f"the model gives {len(expected)} arrays, what it is exported as {len(outputs)}"
            raise NetworkError(told)
        given = {name: tensors[name] for name in outputs}
        tolerance = TOLERANCES["float64" if wide else "float32"]
        found = parting(given, dict(zip(outputs, expected, strict=True)), tolerance)
        if found:
            return found
    return None


def _random(draw: np.random.Generator, example: Numbers, rows: bool, sign: float) -> Numbers:
    """Return an array as an example is: floats around its own, or the negative of such, and of
    integers its own."""
    shape = (ROWS, *example.shape[1:]) if rows else example.shape
    if example.dtype.kind != "f":
        return draw.choice(example.ravel(), shape).astype(example.dtype)
    spread = float(example.std()) or 1.0
    made = float(example.mean()) + spread * draw.standard_normal(shape)
    return (sign * made).astype(example.dtype)
