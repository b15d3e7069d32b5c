"""How one neuron got its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nntrace.write.documents.fields import Field, Json, Number, Record, version
from nntrace.write.documents.trace import EXAMPLE, NETWORK, ROW, SET, TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nntrace.analysis.explain import Explanation
    from nntrace.core.batch import TracedBatch

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
    TEXT,
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


def explained(explanations: Sequence[tuple[Explanation, TracedBatch]]) -> Json | list[Json]:
    """Make the document of how a neuron got its value in a row of a batch; a list of several."""
    documents = []
    for each, batch in explanations:
        example = (batch.examples[each.row] or None) if batch.examples else None
        known = {
            "row": batch.start + each.row,
            "network": batch.trace.network,
            "example": example,
            "text": batch.texts[each.row] if batch.texts else None,
            "set": batch.settings or None,
        }
        documents.append(EXPLAIN.of(each, **known))
    return documents[0] if len(documents) == 1 else documents
