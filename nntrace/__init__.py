"""See inside a feed-forward neural network: every number of its forward pass.

>>> import nntrace
>>> net = nntrace.load("cat-or-dog")
>>> trace = nntrace.forward(net, [0.9, 0.8, 0.1])
>>> trace["hidden1"].a.shape
(1, 4)

The names load what they need when they are first used, so that importing nntrace is cheap.
"""

from __future__ import annotations

from nntrace.version import __version__

TYPE_CHECKING = False  # loading `typing` takes as long as all else that tells a version
if TYPE_CHECKING:
    from nntrace.analysis.classes import Classes
    from nntrace.analysis.examples import Verdict, judge
    from nntrace.analysis.explain import Explanation, explain
    from nntrace.analysis.ladder import Ladder, Rung, ladder
    from nntrace.analysis.prediction import Prediction, predict
    from nntrace.analysis.statistics import LayerStatistics, Statistics, no_statistics, statistics
    from nntrace.core.activation import Activation
    from nntrace.core.examples import Example, Expectation, ExpectedValues
    from nntrace.core.forward import LayerTrace, Trace, forward
    from nntrace.core.input import Input
    from nntrace.core.layer import Layer
    from nntrace.core.names import Neuron, find_neuron
    from nntrace.core.network import Network
    from nntrace.core.op import Op
    from nntrace.core.ops import find_kind
    from nntrace.core.ops.dense import Dense
    from nntrace.core.text import Text
    from nntrace.errors import (
        FileError,
        InputError,
        NetworkError,
        NntraceError,
        Problem,
        UsageError,
    )
    from nntrace.read.nets.estimators import from_sklearn
    from nntrace.read.nets.exporters import from_keras, from_torch
    from nntrace.read.nets.load import load
    from nntrace.write.nets.save import save

__all__ = [
    "Activation",
    "Classes",
    "Dense",
    "Example",
    "Expectation",
    "ExpectedValues",
    "Explanation",
    "FileError",
    "Input",
    "InputError",
    "Ladder",
    "Layer",
    "LayerStatistics",
    "LayerTrace",
    "Network",
    "NetworkError",
    "Neuron",
    "NntraceError",
    "Op",
    "Prediction",
    "Problem",
    "Rung",
    "Statistics",
    "Text",
    "Trace",
    "UsageError",
    "Verdict",
    "__version__",
    "explain",
    "find_kind",
    "find_neuron",
    "forward",
    "from_keras",
    "from_sklearn",
    "from_torch",
    "judge",
    "ladder",
    "load",
    "no_statistics",
    "predict",
    "save",
    "statistics",
]

_HOMES = {
    "Activation": "core.activation",
    "Classes": "analysis.classes",
    "Dense": "core.ops.dense",
    "Example": "core.examples",
    "Expectation": "core.examples",
    "ExpectedValues": "core.examples",
    "Explanation": "analysis.explain",
    "FileError": "errors",
    "Input": "core.input",
    "InputError": "errors",
    "Ladder": "analysis.ladder",
    "Layer": "core.layer",
    "LayerStatistics": "analysis.statistics",
    "LayerTrace": "core.forward",
    "Network": "core.network",
    "NetworkError": "errors",
    "Neuron": "core.names",
    "NntraceError": "errors",
    "Op": "core.op",
    "Prediction": "analysis.prediction",
    "Problem": "errors",
    "Rung": "analysis.ladder",
    "Statistics": "analysis.statistics",
    "Text": "core.text",
    "Trace": "core.forward",
    "UsageError": "errors",
    "Verdict": "analysis.examples",
    "explain": "analysis.explain",
    "find_kind": "core.ops",
    "find_neuron": "core.names",
    "forward": "core.forward",
    "from_keras": "read.nets.exporters",
    "from_sklearn": "read.nets.estimators",
    "from_torch": "read.nets.exporters",
    "judge": "analysis.examples",
    "ladder": "analysis.ladder",
    "load": "read.nets.load",
    "no_statistics": "analysis.statistics",
    "predict": "analysis.prediction",
    "save": "write.nets.save",
    "statistics": "analysis.statistics",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'nntrace' has no attribute '{name}'")
    from importlib import import_module

    value: object = getattr(import_module(f"nntrace.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def _face() -> object:
    """Return the module that draws values where somebody types; `core.face` asks for it."""
    from nntrace import notebook

    return notebook


def __dir__() -> list[str]:
    return sorted(__all__)
