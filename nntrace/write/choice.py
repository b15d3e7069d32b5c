"""Which rows, neurons, classes and terms are shown, and in which order: all, or a terminal's worth.

What is seen and what is heard choose alike where they can; a view that shortens gets the most
telling ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from nntrace.analysis.explain import exact_sum
from nntrace.core.activation import Across
from nntrace.core.names import answer_labels, source_names
from nntrace.core.op import Op
from nntrace.errors import plural
from nntrace.records import NamedTuple
from nntrace.write.view import View, columns_of, number

if TYPE_CHECKING:
    from nntrace.analysis.explain import Explanation
    from nntrace.analysis.truths import Confusion
    from nntrace.core.arrays import Array
    from nntrace.core.forward import Trace
    from nntrace.core.network import Network

# Of what is longer than its screen, a terminal shows so much.
MOST_CLASSES = 10
MOST_BESIDE = 4  # inputs beside a verdict; of more outputs than a screen has lines, so many heard
HEAD, TAIL, LARGEST = 6, 3, 6  # neurons of a layer
LARGEST_TERMS = 12
OF_A_KIND = 3  # neurons of a wide layer: dead ones, saturated ones, …
LARGEST_HEARD = 12  # neurons, inputs or weights


def by_size(values: Array) -> list[int]:
    """Return the indices of a row of numbers, the one furthest from 0 first; no number is first."""
    sizes = np.nan_to_num(np.abs(values), nan=np.inf)
    order: list[int] = np.argsort(-sizes, kind="stable").tolist()
    return order


def strongest(values: Array) -> float:
    """Return the number that is furthest from 0; what is no number is further than any."""
    sizes = np.nan_to_num(np.abs(values), nan=np.inf)
    return float(values.flat[sizes.argmax()])


def set_in(trace: Trace, layer: str) -> set[int]:
    """Return which neurons of a layer (or inputs) were set by hand."""
    return {neuron.index for neuron in trace.overrides if neuron.layer == layer}


def neurons_shown(values: Array, view: View) -> list[int]:
    """Choose the neurons of a row: all, or of a wide layer head, tail and those furthest from 0.

    Only these are heard.
    """
    if view.accessible:
        return largest_chosen(values, view)
    size = len(values)
    if view.holds(size):
        return [*range(size)]
    chosen = {*range(HEAD), *range(size - TAIL, size), *by_size(values)[:LARGEST]}
    # where only one would be left out, it takes no more room than saying so
    return sorted(chosen | {index + 1 for index in chosen if index + 2 in chosen})


def largest_chosen(values: Array, view: View) -> list[int]:
    """Choose from a row of numbers: all, or on a terminal of many those furthest from 0, in order.

    What is left out, `left_out` tells.
    """
    if view.holds(len(values)):
        return [*range(len(values))]
    return sorted(by_size(values)[:LARGEST_HEARD])


def left_out(values: Array, shown: Sequence[int], thing: str) -> list[str]:
    """Say, in one line or none, how many things are not shown and why."""
    count = len(values) - len(shown)
    if not count:
        return []
    rest = np.delete(values, shown)
    why = "none further from 0 than these" if rest.any() else "all 0"
    return [f"{plural(count, f'more {thing}')}, {why}; --all lists them"]


def elided(shown: Sequence[object], size: int) -> list[str]:
    """Say how all are shown, where some are not."""
    return ["--all shows all"] * (len(shown) < size)


def by_share(shares: Sequence[float]) -> list[int]:
    """Return the indices of classes, the one with the largest share first."""
    return sorted(range(len(shares)), key=lambda index: (-_rank(shares[index]), index))


def classes_shown(shares: Sequence[float], view: View) -> list[int]:
    """Choose classes, in their order: all, or of many those with the largest shares."""
    most = len(shares) if view.holds(len(shares)) else MOST_CLASSES
    return sorted(by_share(shares)[:most])


def _rank(share: float) -> float:
    return share if share == share else -1.0


def columns_beside(
    network: Network, widened: bool, view: View
) -> tuple[list[tuple[int, str]], int]:
    """Choose what stands beside the numbers of rows: a few inputs, or outputs that are no classes.

    Returns the index and the name of each, and how many outputs are left out; `widened` says that
    there are columns of what came along, too.
    """
    verdicts, spec = network.classes is not None, network.input
    if verdicts and (spec.size > MOST_BESIDE or spec.text):
        return [], 0  # this is not about the inputs
    size = spec.size if verdicts else network.answers
    if view.accessible:
        named = source_names(network, "input" if verdicts else network.output.name)[-size:]
        names = list(spec.labels or named) if verdicts else named
        count = size if verdicts or view.holds(size) else MOST_BESIDE
    else:
        told = spec.labels if verdicts else answer_labels(network)
        names = [str(k) if name is None else name for k, name in enumerate(told or [None] * size)]
        before = (34 if widened else 14) + (38 if verdicts else 0)
        count = columns_fitting(names, before, view)
        count = count if count == size or not verdicts else 0
    return list(enumerate(names[:count])), 0 if verdicts else size - count


def columns_fitting(names: Sequence[str], before: int, view: View) -> int:
    """Return how many columns of numbers find room behind so many columns of the terminal."""
    if view.width is None:
        return len(names)
    room = view.width - before
    for count, name in enumerate(names):
        room -= max(columns_of(name, view), view.number_width) + 2
        if room < 0:
            return count
    return len(names)


def classes_beside(network: Network, names: Sequence[str], view: View) -> int:
    """Return of how many classes, or outputs, there are columns behind what is predicted."""
    if view.accessible or view.show_all:
        return len(names)
    return columns_fitting(names, 3 if network.classes is None else 40, view)


def matrix_fits(confusion: Confusion, names: Sequence[str], view: View) -> bool:
    """Whether a confusion matrix is shown: where all is, or a terminal is wide enough."""
    if view.accessible or not view.shortens or view.width is None:
        return not view.accessible
    if len(names) * 3 >= view.width:
        return False
    widths = [columns_of(name, view) for name in names]
    for (_, predicted), count in confusion.pairs.items():
        widths[predicted] = max(widths[predicted], len(str(count)))
    return 10 + sum(widths) + 2 * len(names) <= view.width


class Group(NamedTuple):
    """Neurons that are shown together, and why; a layer that is shown whole has one group."""

    title: str
    neurons: Sequence[int]


def groups_shown(groups: Iterable[Group], size: int, view: View) -> list[Group]:
    """Choose neurons of a layer: all, or of a wide one the first of each group, each once."""
    if view.holds(size):
        return [Group("", range(size))]
    chosen, shown = [], set[int]()
    for title, neurons in groups:
        some = [index for index in neurons if index not in shown][:OF_A_KIND]
        shown.update(some)
        chosen += [Group(title, some)] * bool(some)
    return chosen


def means_shown(size: int, view: View) -> int:
    """Return of how many classes the mean is told: of all, or on a screen of those on top."""
    return size if view.accessible or view.holds(size) else MOST_CLASSES


# ---- one neuron's arithmetic ----


def terms_shown(explanation: Explanation, view: View) -> tuple[list[int], list[int]]:
    """Order the terms, those that count first; return those to show and those left out.

    Of a sum the largest come first, of factors none does.
    """
    products = explanation.products.astype(np.float64)
    if explanation.how in ("max", "min"):
        up = 1 if explanation.how == "min" else -1
        order: list[int] = np.argsort(up * products, kind="stable").tolist()
    elif explanation.how == "product":
        order = [*range(len(products))]
    else:
        order = by_size(products)
    count = len(order) if view.holds(len(order)) else LARGEST_TERMS
    return order[:count], order[count:]


class AddsUp(NamedTuple):
    """Whether terms add up to z, in words; `good` is None where z is not finite."""

    good: bool | None
    words: str


_RULES = {
    "mean": "their mean is z",
    "max": "the largest of them is z",
    "min": "the smallest of them is z",
    "product": "multiplied, they are z",
}


def biased(explanation: Explanation) -> bool:
    """Whether a bias is told: where the layer has one, or the number has."""
    op = explanation.layer.op
    always = explanation.layer.dense is not None or "bias" in op.arrays or op.BIAS != Op.BIAS
    return always or explanation.bias != 0


def adds_up(
    explanation: Explanation, shown: Sequence[int], rest: Sequence[int], view: View
) -> AddsUp:
    """Say that the terms make z by their rule, and what rounded ones add up to if that differs."""
    products = explanation.products.astype(np.float64).tolist()
    if not all(map(isfinite, [*products, explanation.z])):
        return AddsUp(None, "z is not finite")
    together = explanation.together
    assert together is not None  # there are terms
    if abs(together - explanation.z) > explanation.rounding:  # pragma: no cover  (engine's fault)
        does = "add up to" if explanation.how == "sum" else "give"
        return AddsUp(False, f"the terms {does} {together!r}")
    if explanation.how != "sum":
        return AddsUp(True, _RULES[explanation.how])
    visible = [products[index] for index in shown]
    visible += [exact_sum(products[index] for index in rest)] if rest else []
    written = [number(value, view) for value in [*visible, explanation.bias]]
    total = float(sum(map(Decimal, written), Decimal(0)))
    if number(total, view) == number(explanation.z, view):
        bias = f"the terms and the {explanation.layer.op.BIAS} add up"
        terms = bias if biased(explanation) else "the terms add up"
        return AddsUp(True, f"{terms} to z")
    return AddsUp(True, f"they add up to z; rounded as shown, to {number(total, view)}")


def steps_end(explanation: Explanation) -> AddsUp:
    """Say that the last of the steps is z."""
    last, z = explanation.steps[-1].value, explanation.z
    near = 64 * max(float(np.finfo(explanation.logits.dtype).eps), explanation.epsilon)
    sizes = [abs(step.value) for step in explanation.steps if isfinite(step.value)]
    if last == z or abs(last - z) <= near * max([1.0, *sizes]):
        return AddsUp(True, "the last step is z")
    if not isfinite(z):
        return AddsUp(None, "z is not finite")
    return AddsUp(False, f"the last step is {last!r}")  # pragma: no cover  (the engine's fault)


def parameter_values(explanation: Explanation) -> Mapping[str, str]:
    """Write the parameters of a neuron's activation, such as alpha."""
    values = {}
    for name, value in explanation.layer.applied.parameters.items():
        own = np.asarray(value)
        values[name] = f"{float(own[explanation.neuron.index] if own.ndim else own):g}"
    return values


def logits_shown(explanation: Explanation, view: View) -> list[int]:
    """Choose the neurons of a softmax, in their order; of many, the largest z, and this one."""
    size = len(explanation.logits)
    if view.holds(size):
        return [*range(size)]
    place = explanation.place
    largest: list[int] = np.argsort(-explanation.logits, kind="stable").tolist()[:LARGEST_TERMS]
    return sorted({place, *largest[: LARGEST_TERMS - (place not in largest)]})


class Share(NamedTuple):
    """How a softmax got its value: a = `own` / `total`, or, with logarithms, `own` - ln(`total`).

    `own` is e^(z - largest z), with logarithms z - largest z.
    """

    own: str
    total: str
    result: str
    logarithmic: bool


def share(explanation: Explanation, view: View) -> Share:
    """Write the numbers of the last step of a softmax."""
    softmax = explanation.softmax
    assert softmax is not None
    index = explanation.place
    if explanation.layer.activation.kind.across is Across.LOG_SHARES:
        # the logarithm of a ratio near 1 would be lost in its rounding
        sharp = view._replace(precision=view.precision + 6)
        below = float(explanation.logits[index]) - softmax.largest
        total = number(softmax.total, sharp, signed=False)
        return Share(number(below, view), total, number(explanation.computed, view), True)
    own = number(float(softmax.exponentials[index]), view, signed=False)
    total = number(softmax.total, view, signed=False)
    return Share(own, total, number(explanation.computed, view, signed=False), False)
