"""From a ladder, and what excites its neurons, to the fields that machines see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nntrace.write.records import network_info

if TYPE_CHECKING:
    from nntrace.core.excitation import Excitation
    from nntrace.core.ladder import Ladder
    from nntrace.core.network import Network
    from nntrace.write.fields_rows import ExcitationRecord, LadderDocument


def ladder_document(
    network: Network, target: str, ladder: Ladder, excitations: Sequence[Excitation]
) -> LadderDocument:
    """Describe a ladder whose classes are in the column `target`, and some neurons."""
    classes = ladder.classes
    return {
        "schema": "nntrace.ladder/2",
        "network": network_info(network),
        "target": target,
        "rows": len(classes.of_rows),
        "splits": ladder.splits,
        "train": ladder.trained,
        "test": ladder.tested,
        "practice": ladder.practice,
        "seed": ladder.seed,
        "chance": ladder.chance,
        "classes": [
            {"name": name, "rows": rows}
            for name, rows in zip(classes.names, classes.counts, strict=True)
        ],
        "rungs": [
            {
                "layer": rung.layer,
                "size": rung.size,
                "accuracy": rung.accuracy,
                "low": rung.low,
                "high": rung.high,
                "separation": rung.separation,
                "penalty": rung.penalty,
            }
            for rung in ladder.rungs
        ],
        "comparisons": [
            {
                "layer": each.rung,
                "lower": each.lower,
                "difference": each.difference,
                "low": each.low,
                "high": each.high,
                "sure": each.sure,
            }
            for each in ladder.comparisons
        ],
        "neurons": [_excitation_record(each, classes.names) for each in excitations],
    }


def _excitation_record(excitation: Excitation, names: Sequence[str]) -> ExcitationRecord:
    return {
        "neuron": excitation.name,
        "layer": excitation.neuron.layer,
        "index": excitation.neuron.index,
        "label": excitation.label,
        "active": excitation.active,
        "rule": str(excitation.rule),  # type: ignore[typeddict-item]
        "constant": excitation.constant,
        "dead": excitation.dead,
        "rows": [
            {"row": each.row, "target": names[each.class_index], "a": each.a}
            for each in excitation.rows
        ],
        "classes": [
            {"target": names[each.class_index], "mean": each.mean} for each in excitation.means
        ],
    }
