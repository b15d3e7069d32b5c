"""How far rows are from being told otherwise."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from nntrace.core.names import Neuron, name_of, source_names
from nntrace.write.documents.fields import Field, Json, Record, one_of, version
from nntrace.write.documents.trace import EXAMPLE, NETWORK, PREDICTION, ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nntrace.analysis.margin import Kinks, Margin
    from nntrace.core.batch import TracedBatch
    from nntrace.core.network import Network

OUTPUT = Record(
    "OutputMap",
    "One output as sums of the inputs: Σ coefficients · inputs + constant.",
    Field("neuron", str),
    Field("constant", float),
    Field("coefficients", [float], "one an input, in raw units"),
)

MAP = Record(
    "MapRecord",
    "What the output is around the row, as far as no neuron comes to its kink.",
    Field("layer", str, "the output layer"),
    Field("quantity", one_of("z", "a"), "z where its activation is no straight line"),
    Field("outputs", [OUTPUT]),
)

KINK = Record(
    "KinkRecord",
    "How far a neuron is from where its activation bends.",
    Field("neuron", str, "LAYER.LABEL, LAYER.INDEX or LAYER.I.J.K"),
    Field("z", float),
    Field("kink", (float, None), "the nearest z where it bends, null where it never does"),
    Field("distance", (float, None), "kink − z"),
    Field("input", (str, None), "the input whose change takes it there first, on the row's piece"),
    Field("change", (float, None), "by how much; null where no change of one input does"),
)

FLIP = Record(
    "FlipRecord",
    "The smallest change of one input after which the prediction is another.",
    Field("input", str),
    Field("change", float, "in raw units"),
    Field("value", float, "of the input in the second pass: after the change, and its rounding"),
    Field("prediction", (PREDICTION, None), "what that pass gave, null where it was not another"),
)

MARGIN = Record(
    "MarginDocument",
    "What a net of piecewise linear activations is around a row, and how far that goes.",
    version("nntrace.margin/1"),
    NETWORK,
    ROW,
    EXAMPLE,
    Field("prediction", (PREDICTION, None)),
    Field("map", MAP),
    Field("kinks", [KINK], "of every neuron of a layer that bends, in their order"),
    Field(
        "flip", (FLIP, None), "null without a prediction, or where no one input leads to another"
    ),
    Field("given_up", int, "how many lines along an input were too long to be followed to the end"),
    listed=True,
)


def margins(found: Sequence[tuple[Margin, TracedBatch]]) -> Json | list[Json]:
    """Make the document of the margin of a row of a batch; a list of several."""
    documents = []
    for each, batch in found:
        example = (batch.examples[each.row] or None) if batch.examples else None
        network = each.network
        names = source_names(network, network.output.name)
        rows = zip(
            names,
            each.affine.constants.tolist(),
            each.affine.coefficients.tolist(),
            strict=True,
        )
        flip = each.flip and FLIP.of(
            each.flip, input=name_of(network, Neuron("input", each.flip.input))
        )
        documents.append(
            MARGIN.of(
                each,
                row=batch.start + each.row,
                example=example,
                map={
                    "layer": network.output.name,
                    "quantity": each.affine.quantity,
                    "outputs": [dict(zip(_OUTPUT_KEYS, row, strict=True)) for row in rows],
                },
                kinks=[line for kinks in each.kinks for line in _kinks(network, kinks)],
                flip=flip,
            )
        )
    return documents[0] if len(documents) == 1 else documents


_OUTPUT_KEYS = [field.name for field in OUTPUT.fields]


def _kinks(network: Network, kinks: Kinks) -> list[Json]:
    inputs = [
        name_of(network, Neuron("input", place)) if place >= 0 else None
        for place in kinks.inputs.tolist()
    ]
    numbers = [kinks.kinks, kinks.distances]
    return KINK.lines(
        source_names(network, kinks.layer.name),
        kinks.z.tolist(),
        *([value if isfinite(value) else None for value in each.tolist()] for each in numbers),
        inputs,
        [value if isfinite(value) else None for value in kinks.changes.tolist()],
    )
