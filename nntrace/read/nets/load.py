"""Load a net, by its name or from a file: what the file holds says which format reads it."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from nntrace.errors import FileError, Problem, UsageError, unknown
from nntrace.read import bundled
from nntrace.read.doubts import Warn, warned
from nntrace.read.recognise import HEAD, ONNX, kind_of
from nntrace.words import cropped

if TYPE_CHECKING:
    from nntrace.core.network import Network


DTYPES = ("float64", "float32", "float16")  # in which the floats of a model can be run
ENGINES = ("numpy", "onnxruntime")  # which compute its tensors


def load(
    path: str | os.PathLike[str],
    warn: Warn = warned,
    *,
    nodes: bool = False,
    dtype: str | None = None,
    engine: str | None = None,
) -> Network:
    """Read a net file, an ONNX model, or a net that comes with nntrace by its name (`digits`).

    Of an ONNX model, `nodes` makes every node a layer, `dtype` (float64, float32 or float16) is
    what all of its floats are run in, and `engine` (numpy or onnxruntime) computes its tensors.
    What is doubtful but no error goes to `warn`, by default
    as a UserWarning. Raises FileError where it cannot be read, and NetworkError with every problem
    that it has, each with file, line, column (from 1, in characters) and path; UsageError for
    one of these three of a net file.
    """
    name = os.fspath(path)
    found = bundled.find(name) or name
    if found.replace("-", "_").isidentifier() and not os.path.exists(found):
        nearest = unknown("net", found, bundled.names())  # a word, as the name of a net is
        raise FileError(Problem(f"no such file or directory, and {nearest}", (), found))
    if is_model(found):
        from nntrace.read.nets.onnx.net import load_model

        return load_model(found, nodes=nodes, dtype=dtype, engine=engine)
    from nntrace.read.nets.yaml import read

    network = read(found, warn, partial(_opened, nodes=nodes, dtype=dtype, engine=engine))
    if (nodes or dtype or engine) and network.model is None:
        given = "--nodes" if nodes else f"--dtype {dtype}" if dtype else f"--engine {engine}"
        told = "; a net file says its own dtype" if given.startswith("--dtype") else ""
        raise UsageError(f"{given}: is for an ONNX model, {cropped(name)} is none{told}")
    return network


def _opened(path: str, **options: Any) -> Network:
    """Open a model that a file beside it names."""
    from nntrace.read.nets.onnx.net import load_model

    return load_model(path, **options)


def is_model(path: str) -> bool:
    """Whether a file is an ONNX model, by its content, or by its name where that tells nothing."""
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as stream:
            kind = kind_of(stream.read(HEAD))
    except OSError:
        return False
    return kind == ONNX or (kind is None and path.endswith(".onnx"))
