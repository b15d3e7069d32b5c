"""What came of checking a net file: a line a file, a line an example, a line a failure."""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from math import isfinite
from typing import TYPE_CHECKING

from nntrace.errors import plural
from nntrace.words import class_name
from nntrace.write.report import Item, Line, Report, Words, line
from nntrace.write.view import View, percent, percent_said

if TYPE_CHECKING:
    from collections.abc import Callable

    from nntrace.write.fields import CheckedFile, ExampleRecord, FailureRecord


def checked_report(checked: CheckedFile, view: View) -> Report:
    """Tell what came of checking one file."""
    file, came = checked["file"], _outcome(checked)
    mark = "✓" if checked["ok"] else "✗"
    items: list[Item] = [
        Line([Words(f"{mark} {file}", f"File {file}: {came}", "strong"), Words(f"  {came}", "")])
    ]
    for example in checked["examples"]:
        items += _example(example, view)
    return Report(items, view)


def _example(example: ExampleRecord, view: View) -> list[Item]:
    mark = "✗" if not example["ok"] else "✓" if example["expects"] else "·"
    result = "as expected" if example["expects"] else "nothing is expected"
    facts = [result if example["ok"] else "failed"]
    verdict = Words("", "")
    if prediction := example["prediction"]:
        name, share = (
            class_name(prediction["index"], prediction["label"]),
            prediction["probability"],
        )
        verdict = Words(f"  → {name}  {percent(share, view)}", "", "quiet")
        facts.append(f"verdict {name}, {percent_said(share, view)}")
    told = Words(f"  {mark} {example['name']}", f"Example {example['name']}: {', '.join(facts)}")
    items: list[Item] = [Line([told, verdict])]
    for failure in example["failures"]:
        words = failure_words(failure)
        items.append(line(f"      {words}", f"Failure: {words}", "strong"))
    return items


def _outcome(checked: CheckedFile) -> str:
    """Say what came of checking a file."""
    examples = checked["examples"]
    failed = sum(not example["ok"] for example in examples)
    expecting = sum(example["expects"] for example in examples)
    if checked["problems"]:
        return plural(len(checked["problems"]), "problem")
    if failed:
        return f"{failed} of {expecting} expectations failed"
    if not expecting:
        return "valid, no example says what to expect"
    return f"valid, {expecting} of {expecting} examples as expected"


def failure_words(failure: FailureRecord) -> str:
    """Say what was expected, and what came instead."""
    if failure["quantity"] == "class":
        got = "no class" if failure["got"] is None else _class_words(failure["got"])
        return f"{failure['layer']}: expected {_class_words(failure['expected'])}, got {got}"
    expected, got_value = failure["expected"], failure["got"]
    off, tolerance = failure["difference"], failure["tolerance"]
    assert isinstance(expected, float)
    assert isinstance(got_value, float)
    assert off is not None
    assert tolerance is not None
    margin, allowed = _short(tolerance), Decimal(repr(tolerance))
    if relative := failure.get("relative"):
        share = Decimal(repr(relative)) * abs(Decimal(repr(expected)))
        allowed += share
        shown = float(Context(7, ROUND_DOWN).plus(allowed))
        margin += f" + {_short(relative)} × {_short(abs(expected))} = {_short(shown)}"
    digits, near = 7, 3
    if isfinite(off):  # with as few digits as show that it is too far off
        digits = _fewest(digits, lambda n: _decimal(got_value, n) - _decimal(expected, n), allowed)
        near = _fewest(near, lambda n: _decimal(off, n), allowed)
    return (
        f"{failure['neuron']} {failure['quantity']}: expected {expected:.{digits}g}, "
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


def _class_words(value: float | str | None) -> str:
    return value if isinstance(value, str) else f"class {value:g}"
