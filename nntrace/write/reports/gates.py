"""The sums of a number's gates, side by side: what each number that is read adds to each."""

from __future__ import annotations

import numpy as np

from nntrace.analysis.explain import Explanation, put_together
from nntrace.core.arrays import Array
from nntrace.core.names import name_of
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.write import report as tell
from nntrace.write.choice import LARGEST_TERMS, by_size
from nntrace.write.reports.places import named
from nntrace.write.view import View


def gates_told(network: Network, explanation: Explanation, view: View) -> list[tell.Item]:
    """Tell, of each gate, the terms of its sum, those first that are largest in any."""
    gates = explanation.gates
    if not gates:
        return []
    products = np.array([gate.terms.weights * gate.terms.values for gate in gates], np.float64)
    order = by_size(np.abs(products).max(axis=0, initial=0.0))
    shown = order if view.holds(len(order)) else order[:LARGEST_TERMS]
    rest = order[len(shown) :]
    neurons = [explanation.gate_sources[index] for index in shown]
    names = [named(network, each, name_of(network, each), explanation.tokens) for each in neurons]
    rows = [_row(name, products[:, k]) for name, k in zip(names, shown, strict=True)]
    if rest:
        rows.append(_row(plural(len(rest), "other"), products[:, rest].sum(axis=1)))
    rows.append(_row("bias", np.array([gate.terms.bias for gate in gates])))
    sums = [
        put_together(each.tolist(), "sum", gate.terms.bias)
        for each, gate in zip(products, gates, strict=True)
    ]
    rows.append(_row("sum", np.array(sums))._replace(emphasis="strong"))
    titles = [gate.name.removesuffix("'s sum").removesuffix(" gate") for gate in gates]
    columns = [tell.Column(title, True, heard=f"{title} {{}}") for title in titles]
    words = ["weight × value, what each gate's sum is made of"] + ["--all shows all"] * bool(rest)
    return [
        tell.Blank(heard=False),
        tell.line(" · ".join(words), "What each gate's sum is made of:", "quiet"),
        tell.Table([tell.Column("from"), *columns], rows),
    ]


def _row(name: str, values: Array) -> tell.Row:
    return tell.Row([name, *map(tell.Number, values.tolist())])
