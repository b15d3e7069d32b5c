"""What came of checking a net file: a line a file, a line an example, a line a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nntrace.write.phrases import failure_words, outcome, record_class
from nntrace.write.report import Item, Line, Report, Words, line
from nntrace.write.view import View, percent, percent_said

if TYPE_CHECKING:
    from nntrace.write.fields import CheckedFile, ExampleRecord


def checked_report(checked: CheckedFile, view: View) -> Report:
    """Tell what came of checking one file."""
    file, came = checked["file"], outcome(checked)
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
        name, share = record_class(prediction), prediction["probability"]
        verdict = Words(f"  → {name}  {percent(share, view)}", "", "quiet")
        facts.append(f"verdict {name}, {percent_said(share, view)}")
    told = Words(f"  {mark} {example['name']}", f"Example {example['name']}: {', '.join(facts)}")
    items: list[Item] = [Line([told, verdict])]
    for failure in example["failures"]:
        words = failure_words(failure)
        items.append(line(f"      {words}", f"Failure: {words}", "strong"))
    return items
