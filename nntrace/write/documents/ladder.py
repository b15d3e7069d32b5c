"""A ladder, and what excites some neurons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nntrace.write.documents.fields import Field, Json, Record, one_of, version
from nntrace.write.documents.trace import NETWORK

if TYPE_CHECKING:
    from nntrace.analysis.ladder import Ladder
    from nntrace.analysis.top_activations import ClassMean, Excitation, ExcitingRow
    from nntrace.core.network import Network

RUNG = Record(
    "RungRecord",
    "What a linear probe finds in the input, or in one layer's activations alone.",
    Field("layer", str, "input, or the name of the layer"),
    Field("size", int, "numbers of a row that are read"),
    Field(
        "projected",
        int,
        "numbers that the probe is given instead: of more than 2,000, a random projection by seed",
        optional=True,
    ),
    Field(
        "token",
        one_of("last"),
        "whose numbers are read, where each token has some; of the input, its character",
        lambda rung: "last" if rung.last else None,
        True,
    ),
    Field("accuracy", float, "share of the rows tested on, averaged over the splits"),
    Field("low", float, "lower end of the accuracy's 95 % interval"),
    Field("high", float, "upper end"),
    Field("separation", float, "share of the variance that lies between classes, 0 to 1"),
    Field("penalty", float, "λ of the probe, the middle one of the splits'"),
)

COMPARISON = Record(
    "ComparisonRecord",
    "How much better a layer's probe is than a lower rung's, on the same splits.",
    Field("layer", str, get="rung"),
    Field("lower", str, "input, or the layer before"),
    Field("difference", float, "of the accuracies"),
    Field("low", float, "lower end of its interval; all of them hold at once in 95 of 100 cases"),
    Field("high", float, "upper end"),
    Field("sure", bool, "whether 0 is outside of it"),
)

CLASS = Record(
    "LabelledClass", "A class of the labelled rows.", Field("name", str), Field("rows", int)
)

EXCITING_ROW = Record(
    "ExcitingRowRecord",
    "A row that excites a neuron.",
    Field("row", int, "from 0"),
    Field("target", str, "its class"),
    Field("a", float),
)

CLASS_MEAN = Record(
    "ClassMeanRecord",
    "How a neuron answers to a class.",
    Field("target", str, "the class"),
    Field("mean", float, "of the neuron's a over the rows of the class"),
)

RULE = Field(
    "rule",
    one_of("a > 0", "z > 0", "z > alpha", "a > 0.5", "largest of its layer"),
    "when a neuron is taken to be active",
    lambda excitation: str(excitation.rule),
)

EXCITATION = Record(
    "ExcitationRecord",
    "What excites a neuron, over all rows.",
    Field("neuron", str, "LAYER.LABEL or LAYER.INDEX", "name"),
    Field("layer", str, get="neuron.layer"),
    Field("index", int, get="neuron.index"),
    Field("label", (str, None)),
    Field("active", int, "how many rows it is active for"),
    RULE,
    Field("constant", (float, None), "what it gives for every row, where that is the same"),
    Field("dead", bool, "whether it is never active, and 0 for every row"),
    Field("rows", [EXCITING_ROW], "up to 5, the largest a first"),
    Field("classes", [CLASS_MEAN], "the largest mean first"),
)

LADDER = Record(
    "LadderDocument",
    "What `ladder -f json` prints.",
    version("nntrace.ladder/2"),
    NETWORK,
    Field("target", str, "the column of the classes"),
    Field("rows", int, get=lambda ladder: len(ladder.classes.of_rows)),
    Field("splits", int, "how often the rows were split, and a probe fitted"),
    Field("train", int, "how many rows a probe learned from", "trained"),
    Field("test", int, "how many other rows it was tested on", "tested"),
    Field("practice", bool, "whether the rows to learn from were given apart, with --train"),
    Field("seed", int),
    Field("chance", float, "accuracy of always saying the most frequent class tested on"),
    Field(
        "classes",
        [CLASS],
        get=lambda ladder: CLASS.lines(ladder.classes.names, ladder.classes.counts),
    ),
    Field("rungs", [RUNG], "the input, then the layers in order"),
    Field("comparisons", [COMPARISON], "each layer with the input, and with the layer before"),
    Field(
        "left_out",
        [str],
        "layers without a rung: they have a number for each pair of tokens",
        lambda ladder: [*ladder.left_out] or None,
        True,
    ),
    Field("neurons", [EXCITATION], "those asked for with --neuron"),
)


def climbed(
    ladder: Ladder, network: Network, target: str, excitations: Iterable[Excitation]
) -> Json:
    """Make the document of a ladder, of a column of classes, and of what excites some neurons."""
    names = ladder.classes.names

    def rows(record: Record, found: Iterable[ExcitingRow | ClassMean]) -> list[Json]:
        return [record.of(each, target=names[each.class_index]) for each in found]

    neurons = [
        EXCITATION.of(
            each, rows=rows(EXCITING_ROW, each.rows), classes=rows(CLASS_MEAN, each.means)
        )
        for each in excitations
    ]
    return LADDER.of(ladder, network=network, target=target, neurons=neurons)
