"""How one neuron got its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nntrace.write.documents.fields import Field, Json, Number, Record, version
from nntrace.write.documents.trace import EXAMPLE, NETWORK, ROW, SET

if TYPE_CHECKING:
    from nntrace.analysis.explain import Explanation

TERM = Record(
    "TermRecord",
    "One term of a neuron's sum.",
    Field("source", str, "LAYER.LABEL or LAYER.INDEX"),
    Field("weight", float),
    Field("value", Number),
    Field("product", Number),
)


def _terms(found: Explanation) -> list[Json]:
    numbers = (found.weights, found.values, found.products)
    return TERM.lines(found.sources, *(each.tolist() for each in numbers))


EXPLAIN = Record(
    "ExplainDocument",
    "How one neuron got its value in one row: z = sum of products + bias, a = activation(z).",
    version("nntrace.explain/1"),
    NETWORK,
    ROW,
    EXAMPLE,
    Field("neuron", str, "LAYER.LABEL or LAYER.INDEX", "name"),
    Field("layer", str, get="neuron.layer"),
    Field("index", int, get="neuron.index"),
    Field("label", (str, None)),
    Field("activation", str, get="layer.activation.name"),
    Field("terms", [TERM], "in the order of the inputs", _terms),
    Field("bias", float),
    Field("z", Number),
    Field("a", Number),
    SET,
    listed=True,
)
