"""Where a number comes from, all the way down: a tree of the terms that matter."""

from __future__ import annotations

from collections.abc import Iterator

from nntrace.analysis.explain import Explanation
from nntrace.analysis.paths import MOST, Branch, Tree
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.write import report as tell
from nntrace.write.reports.places import named
from nntrace.write.view import View, percent, percent_said, said

WIDE = 100  # columns from which on there are weights, values and bars, too
BAR = 10

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
    return tell.Section(
        f"where {name} comes from",
        f"to {goal}",
        [f"Where {name} comes from, down to {goal}"],
        [
            tell.Table(columns, [*_rows(network, explanation, tree, wide, view)]),
            tell.line(", ".join(shown), ", ".join(heard), "strong"),
            tell.seen(rules, "quiet"),
        ],
    )


def _rows(
    network: Network, explanation: Explanation, tree: Tree, wide: bool, view: View
) -> Iterator[tell.Row]:
    """Make a row of each number, drawn as a tree: a single term stands below what it makes."""
    waiting: list[tuple[Branch | tell.Row, str, str, int]] = [(tree.root, "", "", 0)]
    while waiting:
        branch, before, rails, level = waiting.pop()
        if not isinstance(branch, Branch):
            cells = [tell.Words(before + str(branch.cells[0]), emphasis="quiet"), *branch.cells[1:]]
            yield branch._replace(cells=cells)
            continue
        name = named(network, branch.neuron, branch.name, explanation.tokens)
        end = f"by its {branch.through}" if branch.through else _ENDS.get(branch.end, "")
        if branch.end == "operator":
            end = f"{network.layer(branch.neuron.layer).op.called}, shown only"
        emphasis: tell.Emphasis = "strong" if level == 0 or branch.end == "reached" else ""
        emphasis = "quiet" if branch.end == "little" else emphasis
        product = branch.product if level else branch.value
        fact = f"level {level}, {said(product, view)}" if level else said(product, view)
        heard = [f"{name}: {fact}", f"carries {percent_said(branch.carries, view)}", end]
        yield tell.Row(
            [
                tell.Words(f"{before}{name}{f' ({end})' if end else ''}", emphasis=emphasis),
                *[tell.Number(branch.weight) if level else "", tell.Number(branch.value)] * wide,
                tell.Number(product),
                tell.Percent(branch.carries),
                *[tell.Bar(branch.carries, tell.SHARES)] * wide,
            ],
            heard=", ".join(filter(None, heard)),
        )
        below: list[Branch | tell.Row] = [
            *branch.branches,
            *_apart(network, branch, level + 1, wide, view),
        ]
        alone = len(below) == 1 and bool(branch.branches)
        for place in reversed(range(len(below))):
            last = place == len(below) - 1
            if alone:
                waiting.append((below[place], f"{rails}← ", rails, level + 1))
            else:
                corner, rail = ("└ ", "  ") if last else ("├ ", "│ ")
                waiting.append((below[place], rails + corner, rails + rail, level + 1))


def _apart(
    network: Network, branch: Branch, level: int, wide: bool, view: View
) -> Iterator[tell.Row]:
    """Make rows of the terms of a number that are left out, and of its bias."""
    found = []
    if branch.rest and branch.rest.carries:
        others = plural(branch.rest.count, "other")
        found.append((others, branch.rest.product, branch.rest.carries))
    if branch.bias_carries:
        found.append((network.layer(branch.neuron.layer).op.BIAS, branch.bias, branch.bias_carries))
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
