"""What came of checking a net file: a line a file, a line an example, a line a failure."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, Context, Decimal
from math import isfinite

from nntrace.analysis.examples import Checked, Verdict, WrongClass, WrongValue
from nntrace.core.names import name_of
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.words import class_name
from nntrace.write import report as tell
from nntrace.write.reports.causes import causes_told
from nntrace.write.view import View, percent, percent_said


def checked_report(checked: Checked, view: View) -> tell.Report:
    """Tell what came of checking one file."""
    file, came = checked.file, _outcome(checked)
    mark = "✓" if checked.ok else "✗"
    items: list[tell.Item] = [
        tell.Line(
            [
                tell.Words(f"{mark} {file}", f"File {file}: {came}", "strong"),
                tell.Words(f"  {came}", ""),
            ]
        )
    ]
    for verdict in checked.verdicts:
        items += _example(verdict, view)
    items += causes_told(checked.causes)
    return tell.Report(items, view)


def _example(verdict: Verdict, view: View) -> list[tell.Item]:
    mark = "✗" if not verdict.ok else "✓" if verdict.expects else "·"
    result = "as expected" if verdict.expects else "nothing is expected"
    facts = [result if verdict.ok else "failed"]
    decided = tell.Words("", "")
    if prediction := verdict.prediction:
        name, share = class_name(prediction.index, prediction.label), prediction.probability
        decided = tell.Words(f"  → {name}  {percent(share, view)}", "", "quiet")
        facts.append(f"verdict {name}, {percent_said(share, view)}")
    called = verdict.example.name
    told = tell.Words(f"  {mark} {called}", f"Example {called}: {', '.join(facts)}")
    items: list[tell.Item] = [tell.Line([told, decided])]
    for failure in verdict.failures:
        words = failure_words(verdict.trace.network, failure)
        items.append(tell.line(f"      {words}", f"Failure: {words}", "strong"))
    return items


def _outcome(checked: Checked) -> str:
    """Say what came of checking a file."""
    failed = sum(not verdict.ok for verdict in checked.verdicts)
    expecting = sum(verdict.expects for verdict in checked.verdicts)
    if checked.problems:
        return plural(len(checked.problems), "problem")
    if failed:
        return f"{failed} of {expecting} expectations failed"
    if not expecting:
        return "valid, no example says what to expect"
    return f"valid, {expecting} of {expecting} examples as expected"


def failure_words(network: Network, failure: WrongClass | WrongValue) -> str:
    """Say what was expected of a net, and what came instead."""
    from nntrace.analysis.examples import WrongClass

    if isinstance(failure, WrongClass):
        wanted = class_name(failure.expected, (network.classes or ())[failure.expected])
        came = failure.got
        got = "no class" if came is None else class_name(came.index, came.label)
        return f"{network.output.name}: expected {wanted}, got {got}"
    expected, got_value, off = failure.expected, failure.got, failure.difference
    margin, allowed = _short(failure.tolerance), Decimal(repr(failure.tolerance))
    if relative := failure.relative:
        share = Decimal(repr(relative)) * abs(Decimal(repr(expected)))
        allowed += share
        shown = float(Context(7, ROUND_DOWN).plus(allowed))
        margin += f" + {_short(relative)} × {_short(abs(expected))} = {_short(shown)}"
    digits, near = 7, 3
    if isfinite(off):  # with as few digits as show that it is too far off
        digits = _fewest(digits, lambda n: _decimal(got_value, n) - _decimal(expected, n), allowed)
        near = _fewest(near, lambda n: _decimal(off, n), allowed)
    return (
        f"{name_of(network, failure.neuron)} {failure.quantity}: expected {expected:.{digits}g}, "
        f"got {got_value:.{digits}g}, off by {off:+.{near}g}, tolerance {margin}"
    )


def _fewest(least: int, off: Callable[[int], Decimal], allowed: Decimal) -> int:
    """Return with how many digits, `least` or more, what is shown is further off than allowed."""
    fitting = (digits for digits in range(least, 17) if abs(off(digits)) > allowed)
    return next(fitting, 17)


def _decimal(value: float, digits: int) -> Decimal:
    return Decimal(f"{value:.{digits}g}")


def _short(value: float) -> str:
    """Write a number in the fewest digits that mean it, a whole one without a point."""
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)
