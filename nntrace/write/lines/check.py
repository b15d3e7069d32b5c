"""What came of checking net files, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nntrace.write.lines.text import percent_said, written
from nntrace.write.phrases import failure_words, outcome, record_class

if TYPE_CHECKING:
    from nntrace.write.documents.fields import Json
    from nntrace.write.view import View


def check_lines(checked: Json, view: View) -> str:
    """Write what came of one file: a line for the file, a line an example, a line a failure."""
    lines = [f"File {checked['file']}: {outcome(checked)}"]
    for example in checked["examples"]:
        lines += _example(example, view)
    return written(lines, view)


def _example(example: Json, view: View) -> list[str]:
    result = "as expected" if example["expects"] else "nothing is expected"
    facts = [result if example["ok"] else "failed"]
    if prediction := example["prediction"]:
        share = percent_said(prediction["probability"], view)
        facts.append(f"verdict {record_class(prediction)}, {share}")
    failures = [f"Failure: {failure_words(failure)}" for failure in example["failures"]]
    return [f"Example {example['name']}: {', '.join(facts)}", *failures]
