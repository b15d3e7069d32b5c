"""Where two nets part, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nntrace.write.documents.causes import CAUSE
from nntrace.write.documents.fields import Field, Json, Number, Record, one_of, version

if TYPE_CHECKING:
    from nntrace.analysis.causes.cause import Cause
    from nntrace.analysis.diff.difference import Compared, Difference, Flip

QUANTITY = Field("quantity", one_of("z", "a"), "by a's name", "pair.a.quantity")

COMPARED = Record(
    "ComparedRecord",
    "A place of a beside its partner in b, over all rows.",
    Field("a", str, "the layer", "pair.a.layer"),
    Field("b", str, "the layer", "pair.b.layer"),
    QUANTITY,
    Field(
        "b_quantity",
        one_of("z", "a"),
        "where that is the other one",
        lambda each: None if each.pair.a.quantity == each.pair.b.quantity else each.pair.b.quantity,
        optional=True,
    ),
    Field("matched", one_of("name", "value", "order"), "how they were paired", "pair.matched"),
    Field("max_abs", Number, "the largest |a - b|; null where it is infinite", "tally.max_abs"),
    Field("max_rel", Number, "the largest |a - b| / |b|; null where b is 0", "tally.max_rel"),
    Field("cosine", Number, "of the angle between the two; null for zeros", "tally.cosine"),
    Field("neuron", (str, None), "the number that is furthest apart"),
    Field("row", (int, None), "its row", lambda each: each.worst and each.worst.row),
    Field("agree", bool),
)

FIRST = Record(
    "FirstRecord",
    "The first place, in the order of the pass, beyond the tolerances.",
    Field("layer", str, "by a's name"),
    QUANTITY._replace(get=""),
    Field("neuron", (str, None), "the number that is furthest apart; null without a partner"),
    Field("row", (int, None)),
    Field("a", Number),
    Field("b", Number),
)

FLIP = Record(
    "FlipRecord",
    "A row for which the two predict other classes.",
    Field("row", int),
    Field("a", (str, int), "a label, or an index without labels"),
    Field("b", (str, int)),
)


def _flip(flip: Flip) -> Json:
    a, b = (each.index if each.label is None else each.label for each in (flip.a, flip.b))
    return FLIP.of(flip, a=a, b=b)


PREDICTIONS = Record(
    "FlipsRecord",
    "In how many rows both predict a class, and where not the same.",
    Field("rows", int),
    Field("flips", [FLIP], get=lambda found: [_flip(each) for each in found.flips]),
)

ALONE = Record(
    "AloneRecord",
    "What has no partner.",
    Field("a", [str], "such as conv1.z", lambda found: [".".join(p) for p in found.alone_a]),
    Field("b", [str], "the same", lambda found: [".".join(p) for p in found.alone_b]),
)

OVERFLOW = Record(
    "OverflowRecord",
    "The first number that overflows in b, and not in a.",
    Field("layer", str, "or input"),
    Field("quantity", one_of("z", "a", "weights"), "weights: of the layer itself"),
    Field("neuron", (str, None)),
    Field("row", (int, None)),
    Field("a", Number, "what it is in a"),
)

DIFF = Record(
    "DiffDocument",
    "What `diff -f json` prints.",
    version("nntrace.diff/1"),
    Field("a", str, "what was compared", "a.name"),
    Field("b", str, "with what", "b.name"),
    Field("rows", int),
    Field("agree", bool),
    Field("layers", [COMPARED]),
    Field("first", (FIRST, None)),
    Field("cause", (CAUSE, None)),
    Field("others", [CAUSE], "causes that would explain it as well"),
    Field("predictions", (PREDICTIONS, None)),
    Field("alone", ALONE, "left out where each has a partner", optional=True),
    Field("overflow", OVERFLOW, "left out where nothing overflows", optional=True),
)


def differed(found: Difference, causes: Sequence[Cause]) -> Json:
    """Make the document of what came of comparing two."""
    alone = found if found.alone_a or found.alone_b else None
    return DIFF.of(
        found,
        layers=[_compared(found, each) for each in found.compared],
        first=_first(found),
        cause=causes[0] if causes else None,
        others=list(causes[1:]),
        alone=alone,
        overflow=_overflow(found),
    )


def _compared(found: Difference, each: Compared) -> Json:
    neuron = each.worst and found.name(each.pair.a, each.worst)
    return COMPARED.of(each, neuron=neuron)


def _first(found: Difference) -> Json | None:
    first = found.first
    if first is not None and first.worst is not None:
        spot = first.worst
        layer, quantity = first.pair.a
        name = found.name(first.pair.a, spot)
        return FIRST.of(spot, layer=layer, quantity=quantity, neuron=name)
    if lost := found.lost_output:
        unknown = dict.fromkeys(("neuron", "row", "a", "b"))
        return FIRST.of(lost, **unknown)
    return None


def _overflow(found: Difference) -> Json | None:
    infinite = found.infinite
    if infinite is None or infinite.tally.infinite is None:
        return None
    spot, place = infinite.tally.infinite, infinite.pair.a
    name = found.name(place, spot)
    return OVERFLOW.of(spot, layer=place.layer, quantity=place.quantity, neuron=name)
