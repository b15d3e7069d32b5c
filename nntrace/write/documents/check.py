"""What came of checking net files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nntrace.core.names import name_of
from nntrace.errors import spell
from nntrace.write.documents.causes import CAUSE
from nntrace.write.documents.fields import Field, Json, Number, Record, one_of, version
from nntrace.write.documents.trace import PREDICTION

if TYPE_CHECKING:
    from nntrace.analysis.examples import Verdict, WrongClass, WrongValue
    from nntrace.core.network import Network

PROBLEM = Record(
    "ProblemRecord",
    "Something wrong with a net file.",
    Field("file", (str, None), get="source"),
    Field("line", (int, None)),
    Field("column", (int, None)),
    Field("path", str, "such as layers[1].weights[2]", lambda problem: spell(problem.path)),
    Field("message", str),
)


FAILURE = Record(
    "FailureRecord",
    "An expectation that was not met.",
    Field("layer", str),
    Field("neuron", (str, None), "LAYER.LABEL or LAYER.INDEX; null where a class was expected"),
    Field("quantity", one_of("z", "a", "class"), "what was expected"),
    Field("expected", (float, int, str), "a value, or a label or index"),
    Field("got", (float, int, str, None), "null where it is not finite"),
    Field("difference", Number, "got - expected, for values"),
    Field("tolerance", (float, None)),
    Field(
        "relative", float, "of |expected|, beside the tolerance; where it is given", optional=True
    ),
)


def _failures(verdict: Verdict) -> list[Json]:
    network = verdict.trace.network
    return [_failure(network, each) for each in verdict.failures]


def _failure(network: Network, failure: WrongClass | WrongValue) -> Json:
    from nntrace.analysis.examples import WrongClass

    if isinstance(failure, WrongClass):
        expected = (network.classes or ())[failure.expected] or failure.expected
        got = failure.got and (failure.got.label or failure.got.index)
        known = {
            "layer": network.output.name,
            "quantity": "class",
            "expected": expected,
            "got": got,
        }
        return FAILURE.of(
            failure, neuron=None, difference=None, tolerance=None, relative=None, **known
        )
    name = name_of(network, failure.neuron)
    layer, relative = failure.neuron.layer, failure.relative or None
    return FAILURE.of(failure, layer=layer, neuron=name, relative=relative)


EXAMPLE = Record(
    "ExampleRecord",
    "What came of one example.",
    Field("name", str, get="example.name"),
    Field("ok", bool),
    Field("expects", bool, "whether the example says what to expect"),
    Field("prediction", (PREDICTION, None)),
    Field("failures", [FAILURE], get=_failures),
)

FILE = Record(
    "CheckedFile",
    "What came of one net file.",
    Field("file", str),
    Field("ok", bool),
    Field("problems", [PROBLEM]),
    Field("examples", [EXAMPLE], get="verdicts"),
    Field(
        "causes",
        [CAUSE],
        "changes each of which would make all as expected; left out where there is none",
        lambda file: CAUSE.each(file.causes) or None,
        optional=True,
    ),
)

CHECK = Record(
    "CheckDocument",
    "What `check -f json` prints.",
    version("nntrace.check/1"),
    Field("ok", bool, get=lambda files: all(file.ok for file in files)),
    Field("files", [FILE], get=FILE.each),
)
