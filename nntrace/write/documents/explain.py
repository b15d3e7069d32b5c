"""How one neuron got its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nntrace.write.documents.fields import Field, Json, Number, Record, version
from nntrace.write.documents.trace import EXAMPLE, NETWORK_INFO, ROW, SET

if TYPE_CHECKING:
    from nntrace.analysis.explain import Explanation

TERM = Record(
    "TermRecord",
    "One term of a neuron's sum.",
    Field("source", str, "LAYER.LABEL or LAYER.INDEX", lambda *term: term[0]),
    Field("weight", float, get=lambda *term: term[1]),
    Field("value", Number, get=lambda *term: term[2]),
    Field("product", Number, get=lambda *term: term[3]),
)


def _terms(found: Explanation, *_: object) -> list[Json]:
    numbers = (found.weights, found.values, found.products)
    columns = [found.sources, *(each.tolist() for each in numbers)]
    return [TERM.of(*term) for term in zip(*columns, strict=True)]


# Of an explanation, the net, the name of the example, and what was set by hand.
EXPLAIN = Record(
    "ExplainDocument",
    "How one neuron got its value in one row: z = sum of products + bias, a = activation(z).",
    version("nntrace.explain/1"),
    Field("network", NETWORK_INFO, get=lambda _, net, *__: NETWORK_INFO.of(net)),
    ROW,
    EXAMPLE._replace(get=lambda _, __, example, ___: example),
    Field("neuron", str, "LAYER.LABEL or LAYER.INDEX", "name"),
    Field("layer", str, get="neuron.layer"),
    Field("index", int, get="neuron.index"),
    Field("label", (str, None)),
    Field("activation", str, get="layer.activation.name"),
    Field("terms", [TERM], "in the order of the inputs", _terms),
    Field("bias", float),
    Field("z", Number),
    Field("a", Number),
    SET._replace(get=lambda *described: described[3] or None),
    listed=True,
)
