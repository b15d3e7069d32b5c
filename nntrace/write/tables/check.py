"""What came of checking net files."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from nntrace.write.fields import CheckedFile, ExampleRecord, FailureRecord
from nntrace.write.tables.look import QUIET, STRONG, View, percent, render


def check_table(checked: CheckedFile, view: View) -> str:
    """Draw what came of one file: a line a file, a line an example, a line a failure."""
    examples = checked["examples"]
    failed = sum(not example["ok"] for example in examples)
    expecting = sum(example["expects"] for example in examples)
    if checked["problems"]:
        count = len(checked["problems"])
        words = f"{count} problem{'s' * (count != 1)}"
    elif failed:
        words = f"{failed} of {expecting} expectations failed"
    else:
        words = f"valid, {expecting} of {expecting} examples as expected"
        words = words if expecting else "valid, no example says what to expect"
    line = view.text("✓ " if checked["ok"] else "✗ ", STRONG)
    line.append(view.plain(checked["file"]), STRONG)
    line.append(f"  {words}")
    parts: list[RenderableType] = [line]
    for example in examples:
        parts += _example(example, view)
    return render(parts, view)


def _example(example: ExampleRecord, view: View) -> list[Text]:
    mark = "✗" if not example["ok"] else "✓" if example["expects"] else "·"
    line = view.text(f"  {mark} {example['name']}")
    prediction = example["prediction"]
    if prediction:
        label = prediction["label"]
        name = label if label is not None else f"class {prediction['index']}"
        share = percent(prediction["probability"], view)
        line.append(view.plain(f"  → {name}  {share}"), QUIET)
    return [line, *(_failure(failure, view) for failure in example["failures"])]


def _failure(failure: FailureRecord, view: View) -> Text:
    if failure["quantity"] == "class":
        got = "no class" if failure["got"] is None else repr_of(failure["got"])
        words = f"{failure['layer']}: expected {repr_of(failure['expected'])}, got {got}"
        return view.text(f"      {words}", STRONG)
    neuron = failure["neuron"]
    expected, got_value, off = failure["expected"], failure["got"], failure["difference"]
    assert isinstance(expected, float)
    assert isinstance(got_value, float)
    assert off is not None
    words = (
        f"{neuron} {failure['quantity']}: expected {expected:.7g}, got {got_value:.7g}, "
        f"off by {off:+.3g}, tolerance {failure['tolerance']:g}"
    )
    return view.text(f"      {words}", STRONG)


def repr_of(value: float | str) -> str:
    """Write a class as people know it: its label, or `class 1`."""
    return value if isinstance(value, str) else f"class {value:g}"
