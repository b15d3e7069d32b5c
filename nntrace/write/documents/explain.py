"""How one neuron got its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nntrace.core.names import name_of
from nntrace.write.documents.fields import Field, Json, Number, Record, one_of, version
from nntrace.write.documents.trace import EXAMPLE, NETWORK, ROW, SET, TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nntrace.analysis.explain import Explanation
    from nntrace.analysis.paths import Branch, Tree
    from nntrace.core.batch import TracedBatch
    from nntrace.core.network import Network

TERM = Record(
    "TermRecord",
    "One term of a number: a weight and what it weighs.",
    Field("source", str, "what is read: LAYER.LABEL, LAYER.INDEX or LAYER.I.J.K"),
    Field("weight", float),
    Field("value", Number),
    Field("product", Number),
)


def _terms(found: Explanation) -> list[Json]:
    numbers = (found.weights, found.values, found.products)
    return TERM.lines(found.sources, *(each.tolist() for each in numbers))


def _gates(found: Explanation, network: Network) -> list[Json]:
    names = [name_of(network, neuron) for neuron in found.gate_sources]
    return [
        GATE.of(
            gate,
            terms=TERM.lines(
                names,
                *(each.tolist() for each in (gate.terms.weights, gate.terms.values)),
                (gate.terms.weights * gate.terms.values).tolist(),
            ),
            bias=gate.terms.bias,
        )
        for gate in found.gates
    ]


def _how(found: Explanation) -> str | None:
    return None if found.how == "sum" else found.how


def _steps(found: Explanation) -> list[Json] | None:
    return STEP.each(found.steps) or None


STEP = Record(
    "StepRecord",
    "One of the steps in which a number is made.",
    Field("name", str),
    Field("formula", str),
    Field("value", Number),
)

GATE = Record(
    "GateRecord",
    "The sum of a gate, of a number that is made by gates.",
    Field("name", str, "the step whose value it is"),
    Field("terms", [TERM]),
    Field("bias", Number),
)

HOW = one_of("mean", "max", "min", "product")

REST = Record(
    "RestRecord",
    "Terms of a number that the tree leaves out.",
    Field("count", int),
    Field("product", Number, "what they come to"),
    Field("carries", float),
)

END = one_of("reached", "little", "again", "set", "steps", "infinite", "operator")


def _through(branch: Branch) -> str | None:
    return branch.through or None


BRANCH = Record(
    "BranchRecord",
    "A number in the tree: at the root the one asked about, else a term of another.",
    Field("neuron", str, "LAYER.LABEL, LAYER.INDEX or LAYER.I.J.K"),
    Field("parent", (int, None), "which of the tree's numbers reads it, null for the root"),
    Field("level", int, "how many layers it is below the root"),
    Field("weight", Number),
    Field("value", Number, "its a, of a token's row of a table 1"),
    Field("product", Number),
    Field("carries", float, "its part of the number at the root, from 0 to 1"),
    Field(
        "end",
        END,
        "why it is not taken apart: it is where paths end, carries too little, is taken apart "
        "before, was set by hand, is made in steps that are no sum, or is not finite",
        optional=True,
    ),
    Field("how", HOW, "what is done with its terms; left out where they are summed", optional=True),
    Field("bias", Number, "left out where it is not taken apart", optional=True),
    Field("bias_carries", float, "the same", optional=True),
    Field("rest", REST, "its terms that are left out", optional=True),
    Field("through", str, "of gates, the one whose sum is largest and taken apart", _through, True),
)


def _numbers(tree: Tree) -> list[Json]:
    return [_branch(*each) for each in tree.walk()]


def _branch(branch: Branch, level: int, parent: int | None) -> Json:
    apart = not branch.end
    return BRANCH.of(
        branch,
        neuron=branch.name,
        parent=parent,
        level=level,
        end=branch.end or None,
        how=None if branch.how == "sum" else branch.how,
        bias=branch.bias if apart else None,
        bias_carries=branch.bias_carries if apart else None,
    )


TREE = Record(
    "TreeRecord",
    "Where the number comes from: with --depth or --to.",
    Field("to", str, "the layer where paths end, or input", "goal"),
    Field("depth", (int, None), "how many levels there are at most"),
    Field("reached", float, "what the paths to their end carry"),
    Field("biases", float, "what biases on the way carry"),
    Field("numbers", [BRANCH], "the root first, a number's terms behind it", _numbers),
)


EXPLAIN = Record(
    "ExplainDocument",
    "How one number came about in one row: z by its terms or its steps, a = activation(z).",
    version("nntrace.explain/1"),
    NETWORK,
    ROW,
    EXAMPLE,
    TEXT,
    Field("neuron", str, "LAYER.LABEL, LAYER.INDEX or LAYER.I.J.K", "name"),
    Field("layer", str, get="neuron.layer"),
    Field("index", int, "its place in C order", "neuron.index"),
    Field("label", (str, None)),
    Field("activation", str, get="layer.activation.name"),
    Field("terms", [TERM], "in the order of the inputs", _terms),
    Field("how", HOW, "what is done with the products; left out where they are summed", _how, True),
    Field("bias", Number),
    Field("steps", [STEP], "in order, the last is z; left out where there are none", _steps, True),
    Field("gates", [GATE], "of lstm and gru: the sums among the steps", optional=True),
    Field("z", Number),
    Field("a", Number),
    SET,
    Field("tree", TREE, "with --depth or --to", optional=True),
    listed=True,
)


def explained(
    explanations: Sequence[tuple[Explanation, TracedBatch]], trees: Sequence[Tree] = ()
) -> Json | list[Json]:
    """Make the document of how a neuron got its value in a row of a batch; a list of several."""
    documents = []
    for place, (each, batch) in enumerate(explanations):
        example = (batch.examples[each.row] or None) if batch.examples else None
        known = {
            "row": batch.start + each.row,
            "network": batch.trace.network,
            "example": example,
            "text": batch.texts[each.row] if batch.texts else None,
            "gates": _gates(each, batch.trace.network) or None,
            "set": batch.settings or None,
            "tree": TREE.of(trees[place]) if trees else None,
        }
        documents.append(EXPLAIN.of(each, **known))
    return documents[0] if len(documents) == 1 else documents
