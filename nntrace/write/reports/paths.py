"""Where a number comes from, all the way down: a tree of the terms that matter."""

from __future__ import annotations

from collections.abc import Iterator

from nntrace.analysis.explain import Explanation, exact_sum
from nntrace.analysis.paths import MOST, Branch, Rest, Tree
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.write import report as tell
from nntrace.write.reports.places import named
from nntrace.write.view import View, percent, percent_said, said

WIDE = 100  # columns from which on there are weights, values and bars, too
BAR = 10
LITTLE = 0.01  # of a number: what carries less is not gone on with, where the tree fits no screen

_ENDS = {
    "again": "as above",
    "set": "set by hand",
    "steps": "made in steps",
    "infinite": "not finite",
}


def tree_told(network: Network, explanation: Explanation, tree: Tree, view: View) -> tell.Section:
    """Tell the paths by which a number came about, and what part of it they carry."""
    goal = "the input" if tree.goal == "input" else tree.goal
    level = f"level {tree.depth}"
    if tree.depth is not None:
        goal = level if tree.goal == "input" else f"{goal} or {level}"
    wide = view.width is None or view.width >= WIDE
    columns = [
        tell.Column("from", short="breaks"),
        *[tell.Column("weight", True), tell.Column("value", True)] * wide,
        tell.Column("product", True),
        tell.Column("carries", True),
        *[tell.Column(least=BAR)] * wide,
    ]
    name, reached = explanation.name, tree.reached
    shown = [f"paths to {goal} carry {percent(reached, view)} of {name}"]
    heard = [f"Paths to {goal} carry {percent_said(reached, view)} of {name}"]
    if tree.biases:
        shown.append(f"biases on the way {percent(tree.biases, view)}")
        heard.append(f"biases on the way {percent_said(tree.biases, view)}")
    left = 1 - reached - tree.biases
    if left > 1e-12:  # more than rounding leaves
        shown.append(f"the rest is left out or not gone on with: {percent(left, view)}")
    rules = (
        "carries: its part of the absolute sum of terms and bias, of what the number above carries;"
        f" at most {MOST} terms of a number and {MOST} numbers of a level are gone on with"
    )
    cut = LITTLE if not view.holds(_length(tree)) else 0.0
    rows = [*_rows(network, explanation, tree, wide, view, cut)]
    if cut:
        rules += f"; what carries less than {100 * LITTLE:g} % ends in ⋮, --all goes on"
    return tell.Section(
        f"where {name} comes from",
        f"to {goal}",
        [f"Where {name} comes from, down to {goal}"],
        [
            tell.Table(columns, rows),
            tell.line(", ".join(shown), ", ".join(heard), "strong"),
            tell.seen(rules, "quiet"),
        ],
    )


def _length(tree: Tree) -> int:
    """Return how many lines the whole tree takes."""
    branches = [branch for branch, *_ in tree.walk()]
    rests = sum(branch.rest is not None and branch.rest.carries > 0 for branch in branches)
    return len(branches) + rests + sum(branch.bias_carries > 0 for branch in branches)


def _rows(
    network: Network, explanation: Explanation, tree: Tree, wide: bool, view: View, cut: float
) -> Iterator[tell.Row]:
    """Make a row of each number, drawn as a tree: a single term stands below what it makes.

    Terms that carry less than `cut` stand in one line with the rest, or below none.
    """
    waiting: list[tuple[Branch | tell.Row, str, str, int]] = [(tree.root, "", "", 0)]
    while waiting:
        branch, before, rails, level = waiting.pop()
        if not isinstance(branch, Branch):
            words = tell.Words(before + str(branch.cells[0]), emphasis="quiet")
            cells = [words._replace(rails=len(before), hang=f"{rails}  "), *branch.cells[1:]]
            yield branch._replace(cells=cells)
            continue
        name = named(network, branch.neuron, branch.name, explanation.tokens)
        below: list[Branch | tell.Row] = [
            *(each for each in branch.branches if each.carries >= cut),
            *_apart(network, branch, level + 1, wide, view, cut),
        ]
        alone = len(below) == 1 and bool(branch.branches)
        ends = bool(branch.branches) and not any(isinstance(each, Branch) for each in below)
        if ends:
            below = []
        end = f"by its {branch.through}" if branch.through else _ENDS.get(branch.end, "")
        if branch.end == "operator":
            end = f"{network.layer(branch.neuron.layer).op.called}, shown only"
        emphasis: tell.Emphasis = "strong" if level == 0 or branch.end == "reached" else ""
        emphasis = "quiet" if branch.end == "little" else emphasis
        product = branch.product if level else branch.value
        fact = f"level {level}, {said(product, view)}" if level else said(product, view)
        told = [f" ({end})"] * bool(end) + [" ⋮"] * ends
        rail = "│ " if below and not alone else "  "
        heard = [f"{name}: {fact}", f"carries {percent_said(branch.carries, view)}", end]
        heard += ["--all goes on"] * ends
        yield tell.Row(
            [
                tell.Words(
                    f"{before}{name}{''.join(told)}",
                    emphasis=emphasis,
                    rails=len(before),
                    hang=rails + rail,
                ),
                *[tell.Number(branch.weight) if level else "", tell.Number(branch.value)] * wide,
                tell.Number(product),
                tell.Percent(branch.carries),
                *[tell.Bar(branch.carries, tell.SHARES)] * wide,
            ],
            heard=", ".join(filter(None, heard)),
        )
        for place in reversed(range(len(below))):
            last = place == len(below) - 1
            if alone:
                waiting.append((below[place], f"{rails}← ", rails, level + 1))
            else:
                corner, rail = ("└ ", "  ") if last else ("├ ", "│ ")
                waiting.append((below[place], rails + corner, rails + rail, level + 1))


def _apart(
    network: Network, branch: Branch, level: int, wide: bool, view: View, cut: float
) -> Iterator[tell.Row]:
    """Make rows of the terms of a number that are left out, and of its bias; of those that carry
    less than `cut`, one with what is left out."""
    found = []
    little = [each for each in branch.branches if each.carries < cut]
    rest = branch.rest or Rest(0, 0.0, 0.0)
    count = rest.count + len(little)
    product = exact_sum([rest.product, *(each.product for each in little)])
    carries = exact_sum([rest.carries, *(each.carries for each in little)])
    bias = network.layer(branch.neuron.layer).op.BIAS if branch.bias_carries else ""
    with_bias = 0 < branch.bias_carries < cut
    if with_bias:
        product, carries = product + branch.bias, carries + branch.bias_carries
    if carries:
        others = [plural(count, "other")] * bool(count) + [bias] * with_bias
        found.append((" and ".join(others), product, carries))
    if branch.bias_carries and not with_bias:
        found.append((bias, branch.bias, branch.bias_carries))
    for name, product, carries in found:
        heard = f"{name} of {branch.name}: level {level}, {said(product, view)}"
        yield tell.Row(
            [
                name,
                *["", ""] * wide,
                tell.Number(product),
                tell.Percent(carries),
                *[tell.Bar(carries, tell.SHARES)] * wide,
            ],
            heard=f"{heard}, carries {percent_said(carries, view)}",
        )
