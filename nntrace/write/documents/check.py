"""What came of checking net files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from nntrace.core.names import name_of
from nntrace.errors import spell
from nntrace.write.documents.fields import Field, Json, Number, Record, one_of, version
from nntrace.write.documents.trace import PREDICTION

if TYPE_CHECKING:
    from nntrace.analysis.examples import Verdict, WrongClass, WrongValue
    from nntrace.core.network import Network
    from nntrace.errors import Problem

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


class Missed(NamedTuple):
    """What was missed, a class or a number, in the words of both."""

    layer: str
    neuron: str | None
    quantity: str
    expected: float | str
    got: float | str | None
    difference: float | None = None
    tolerance: float | None = None
    relative: float | None = None


def _missed(network: Network, failure: WrongClass | WrongValue) -> Missed:
    from nntrace.analysis.examples import WrongClass

    if isinstance(failure, WrongClass):
        expected = (network.classes or ())[failure.expected] or failure.expected
        got = failure.got and (failure.got.label or failure.got.index)
        return Missed(network.output.name, None, "class", expected, got)
    return Missed(
        failure.neuron.layer,
        name_of(network, failure.neuron),
        failure.quantity,
        failure.expected,
        failure.got,
        failure.difference,
        failure.tolerance,
        failure.relative or None,
    )


EXAMPLE = Record(
    "ExampleRecord",
    "What came of one example.",
    Field("name", str, get="example.name"),
    Field("ok", bool, get=lambda verdict, _: not verdict.failures),
    Field(
        "expects",
        bool,
        "whether the example says what to expect",
        lambda verdict, _: verdict.example.expect is not None,
    ),
    Field(
        "prediction",
        (PREDICTION, None),
        get=lambda verdict, _: verdict.prediction and PREDICTION.of(verdict.prediction),
    ),
    Field(
        "failures",
        [FAILURE],
        get=lambda verdict, net: FAILURE.each(_missed(net, each) for each in verdict.failures),
    ),
)


# Of its name, its problems, and what came of its examples.
FILE = Record(
    "CheckedFile",
    "What came of one net file.",
    Field("file", str, get=lambda file, *_: file),
    Field("ok", bool, get=lambda _, bad, examples: not bad and _all_ok(examples)),
    Field("problems", [PROBLEM], get=lambda _, problems, __: PROBLEM.each(problems)),
    Field("examples", [EXAMPLE], get=lambda _, __, examples: examples),
)

CHECK = Record(
    "CheckDocument",
    "What `check -f json` prints.",
    version("nntrace.check/1"),
    Field("ok", bool, get=lambda files: _all_ok(files)),
    Field("files", [FILE], get=lambda files: files),
)


def _all_ok(records: Sequence[Any]) -> bool:
    return all(record["ok"] for record in records)


def checked_file(
    file: str,
    problems: Sequence[Problem] = (),
    network: Network | None = None,
    verdicts: Sequence[Verdict] = (),
) -> Json:
    """Describe what came of a net file: its problems, or its net and the verdicts on it."""
    return FILE.of(file, problems, EXAMPLE.each(verdicts, network))
