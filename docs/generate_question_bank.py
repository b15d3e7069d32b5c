"""Write docs/question-bank.md from the grammar of question banks and the rules in the code.

Run `python docs/generate_question_bank.py` after a change of either.
"""

from collections.abc import Mapping
from pathlib import Path

from nntrace.read.yaml.grammar import Field
from nntrace.teach.files.grammar import BANK, MOST_WRONG, OPTION, QUESTION
from nntrace.teach.question import STEPS
from nntrace.teach.rules import RULES

EXAMPLE = """\
title: Cooking with neurons
questions:
  - id: bias-in-the-soup
    step: neuron
    asks: "A neuron tastes a soup: `z = 2*salt - 1*water + 0.5`. Which part is its bias?"
    right:
      text: "`0.5`"
      why: "The bias is what is added whatever the inputs are."
    wrong:
      - text: "`2`"
        why: "This one is multiplied by an input, so it is a weight."
      - text: "`2*salt`"
        why: "This is a weight times its input. It changes with the soup."
    hints:
      - "Imagine that all inputs are 0, and see what is left."
      - "`z = w1*x1 + w2*x2 + b`"
      - "`2*0 - 1*0 + 0.5`: the products are gone."

  - id: type-the-sum
    asks: "Salt is 1 and water is 3. Type `z = 2*salt - 1*water + 0.5`."
    typed: true
    right:
      text: -0.5
      why: "The sum is `2 - 3 + 0.5`."
    wrong:
      - text: -1
        why: "That is the sum before the bias: 0.5 is still to be added."
      - text: 5.5
        why: "Here the water was added, but its weight is -1."
    hints:
      - "Work out each product first, then add them up, then the bias."
"""

OPENING = f"""\
# Question banks

<!-- Written by docs/generate_question_bank.py from the grammar and the rules in the code. -->

A bank is a YAML file of questions with one right answer each. `nntrace quiz --bank FILE` asks
them, `nntrace quiz --lint FILE` tells what could be fairer, and `nntrace schema bank` prints the
JSON Schema, with which an editor completes and checks. Here is a whole one:

```yaml
{EXAMPLE}```
"""

TEXTS = f"""\
Texts are plain, with `code` in backquotes. In YAML a text with `: ` or `#` in it, or one that
begins with a backquote, stands in quotes. The options are shuffled when they are asked: the right
one always stands first in the file, and there are at most {MOST_WRONG} wrong ones.

Where an option's text is a number (`0.5`, `-1`, `3/2`, `12 %`), that number can also be typed.
Options that are numbers must be more than twice the tolerance of an answer apart, which is 0.0005
or 1 in 1000, whichever is larger; texts must differ in more than capitals, blanks and backquotes.
With `typed: true` the options are kept back: the wrong ones are the results of likely mistakes,
and who types one of them is told its `why`.

The steps of the lesson are {", ".join(f"`{step}`" for step in STEPS)};
a bank for a lesson of your own names its own.
"""

LINT = """\
## The rules

A fault in the file, an id that is there twice and two options that cannot be told apart keep a
bank from being asked. What breaks one of these rules can be asked, and `--lint` tells its line:
"""


def question_bank_page() -> str:
    """Return the page as Markdown."""
    rules = "\n".join(f"- {rule}" for _, rule in RULES)
    return "\n".join(
        [
            OPENING,
            _section("The file", BANK),
            _section("Each of `questions`", QUESTION),
            _section("`right`, and each of `wrong`", OPTION),
            TEXTS,
            LINT,
            rules + "\n",
        ]
    )


def _section(title: str, known: Mapping[str, Field]) -> str:
    lines = [f"## {title}", "", "| key | takes | |", "| --- | --- | --- |"]
    for name, field in known.items():
        doc = f"**required:** {field.doc}" if field.required else field.doc
        lines.append(f"| `{name}` | {field.kind.takes} | {doc} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    Path(__file__).with_name("question-bank.md").write_text(question_bank_page(), encoding="utf-8")
