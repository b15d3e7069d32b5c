"""What came of checking a net file: a line a file, a line an example, a line a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nntrace.write.phrases import class_name, failure_words, outcome
from nntrace.write.report import Item, Line, Report, Words, line
from nntrace.write.view import View, percent, percent_said

if TYPE_CHECKING:
    from nntrace.analysis.examples import Checked, Verdict


def checked_report(checked: Checked, view: View) -> Report:
    """Tell what came of checking one file."""
    file, came = checked.file, outcome(checked)
    mark = "✓" if checked.ok else "✗"
    items: list[Item] = [
        Line([Words(f"{mark} {file}", f"File {file}: {came}", "strong"), Words(f"  {came}", "")])
    ]
    for verdict in checked.verdicts:
        items += _example(verdict, view)
    return Report(items, view)


def _example(verdict: Verdict, view: View) -> list[Item]:
    mark = "✗" if not verdict.ok else "✓" if verdict.expects else "·"
    result = "as expected" if verdict.expects else "nothing is expected"
    facts = [result if verdict.ok else "failed"]
    decided = Words("", "")
    if prediction := verdict.prediction:
        name, share = class_name(prediction.index, prediction.label), prediction.probability
        decided = Words(f"  → {name}  {percent(share, view)}", "", "quiet")
        facts.append(f"verdict {name}, {percent_said(share, view)}")
    called = verdict.example.name
    told = Words(f"  {mark} {called}", f"Example {called}: {', '.join(facts)}")
    items: list[Item] = [Line([told, decided])]
    for failure in verdict.failures:
        words = failure_words(verdict.trace.network, failure)
        items.append(line(f"      {words}", f"Failure: {words}", "strong"))
    return items
