"""What came of checking net files."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from nntrace.write.documents.fields import Json
from nntrace.write.phrases import failure_words, outcome, record_class
from nntrace.write.tables.look import QUIET, STRONG, View, percent, render


def check_table(checked: Json, view: View) -> str:
    """Draw what came of one file: a line a file, a line an example, a line a failure."""
    line = view.text("✓ " if checked["ok"] else "✗ ", STRONG)
    line.append(view.plain(checked["file"]), STRONG)
    line.append(f"  {outcome(checked)}")
    parts: list[RenderableType] = [line]
    for example in checked["examples"]:
        parts += _example(example, view)
    return render(parts, view)


def _example(example: Json, view: View) -> list[Text]:
    mark = "✗" if not example["ok"] else "✓" if example["expects"] else "·"
    line = view.text(f"  {mark} {example['name']}")
    prediction = example["prediction"]
    if prediction:
        name = record_class(prediction)
        share = percent(prediction["probability"], view)
        line.append(view.plain(f"  → {name}  {share}"), QUIET)
    failures = [f"      {failure_words(failure)}" for failure in example["failures"]]
    return [line, *(view.text(words, STRONG) for words in failures)]
