"""The lesson file: what it means, and how each fault in it is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nntrace.errors import FileError, LessonError
from nntrace.teach import markdown
from nntrace.teach import step as data
from nntrace.teach.files.lesson import load, parse
from nntrace.teach.question import Question
from nntrace.teach.reports.lesson import block as report
from nntrace.write.render import text
from nntrace.write.view import View

NET = """\
input: {labels: [ears, barks]}
layers:
  - {name: first, activation: relu, weights: [[1, -2], [0.5, 4]], bias: [0.25, -1]}
  - {name: out, labels: [cat, dog], activation: softmax, weights: [[1, 1], [2, 0]]}
examples:
  - {name: quiet, input: [1, 0]}
"""
GOOD = """\
# A lesson

Some words
before it.

<!-- not
shown -->
## One neuron {#one}

```net
small.yaml --input 0.5,1
```

It says `z = {{first.0.z}}`
and **more**.

- an item
  that goes on
2. numbered

```nntrace
run small.yaml --input "0.5, 1"
explain small.yaml first.0 --example quiet
```

```predict
asks: What is z?
typed: true
right: {text: "{{first.0.z}}", why: so it is}
wrong: [{text: "{{first.0.sum}}", why: no bias}]
```

## The second step
```net
small.yaml
```
```draw
relu softmax
tanh
```
```pass
```
```layer
first
```
```merge
```
```text
  z = {{first.0.z}}
```
```scale
small.yaml
big | 1000 | a paper
```
```say
Your words?

Ours, {{prediction}}.
```
```try
show small.yaml
```
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "small.yaml").write_text(NET)
    pixels = "input: {shape: [2, 2]}\nlayers: [{size: 13, weights: {random: ones}}]"
    (tmp_path / "pixels.yaml").write_text(f"{pixels}\nexamples: [{{input: [0, 0, 0, 0]}}]\n")
    (tmp_path / "bare.yaml").write_text("input: 1\nlayers: [{weights: [[1]]}]\n")
    (tmp_path / "broken.yaml").write_text("input: 1\nlayers: [{weights: [[1, 2]]}]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str) -> data.Lesson:
    return parse(text.encode(), "l.md", Path())


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_lesson_is_read(folder: Path, ends: str) -> None:
    lesson = read(GOOD.replace("\n", ends))
    assert lesson.title == "A lesson"
    assert [prose.text.split() for prose in lesson.opening] == [["Some", "words", "before", "it."]]
    assert [(step.name, step.title) for step in lesson.steps] == [
        ("one", "One neuron"),
        ("the-second-step", "The second step"),
    ]
    first, second = (step.blocks for step in lesson.steps)
    assert [type(block).__name__ for block in first] == [
        "Prose", "Prose", "Prose", "Command", "Command", "Question",
    ]  # fmt: skip
    assert [block.bullet for block in first if isinstance(block, data.Prose)] == ["", "•", "2."]
    commands = [block for block in first if isinstance(block, data.Command)]
    assert commands[0].words == ("run", "small.yaml", "--input", "0.5, 1")
    assert (commands[1].line, commands[1].column, commands[1].yours) == (23, 1, False)
    question = first[-1]
    assert isinstance(question, Question)
    assert question.answer.text == "-1.25"
    assert question.answer.value == -1.25
    assert (question.id, question.step, question.typed) == ("one-1", "one", True)
    assert [type(block).__name__ for block in second] == [
        *["Live"] * 4, "Verbatim", "Live", "Say", "Command",
    ]  # fmt: skip
    curves, whole_pass, matrices, melted, scale = (
        text(report(block, View(accessible=True)))
        for block in second
        if isinstance(block, data.Live)
    )
    assert re.findall("(?m)^Activation ([a-z]+)", curves) == ["relu", "softmax", "tanh"]
    assert "x, the input: 1, 0\n" in whole_pass
    assert "Layer first: W is 2 by 2\n" in matrices
    assert "Compared: the same numbers\n" in melted
    assert scale.splitlines() == [
        "small: 12 parameters, counted just now", "big: 1,000 parameters, a paper",
    ]  # fmt: skip


def test_text_is_commonmark(folder: Path) -> None:
    lesson = read(
        "# T #\n\n<div>\n**as it is**\n</div>\n\n## One ##\n"
        "- a\n  goes on\n  - inner\n\n  more\n10) ten\n12) twelve\n\n"
        "~~~text\n``` x\n~~~\n````text\n```\n````\n> no quote\n\n    no code\n***\n[a]: b\n"
    )
    assert lesson.title == "T"
    assert [prose.text for prose in lesson.opening] == ["<div>\n**as it is**\n</div>"]
    assert lesson.steps[0].title == "One"
    found = [tuple(block[::2]) for block in lesson.steps[0].blocks if isinstance(block, data.Prose)]
    assert found == [
        ("a\ngoes on", "•"), ("inner", "•"), ("more", ""), ("ten", "10."), ("twelve", "12."),
        ("> no quote", ""), ("no code\n***\n[a]: b", ""),
    ]  # fmt: skip
    shown = [block.text for block in lesson.steps[0].blocks if isinstance(block, data.Verbatim)]
    assert shown == ["``` x", "```"]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a `b` **c** d", ["a ", ("b",), " ", "C", " d"]),
        ("**a `b` c**", ["A ", ("B",), " C"]),
        ("*a* _b_ __c__ ***", ["*a* _b_ __c__ ***"]),
        ("{{_a_.z}} 2*3*4 a_b_c", ["{{_a_.z}} 2*3*4 a_b_c"]),
        ("``a`` `b ``c`` d`", ["``a`` ", ("b ``c`` d",)]),
        ("` a ` `` ` `", [(" a ",), " `` ", (" ",)]),
        ("\\*a\\* <b> &amp; [c](d)", ["\\*a\\* <b> &amp; [c](d)"]),
        ("`a\nb` `c", [("a b",), " `c"]),
        ("", []),
    ],
)
def test_a_line_is_words_code_and_bold(text: str, pieces: list[object]) -> None:
    def told(span: markdown.Span) -> object:
        words = span.text.upper() if span.bold else span.text
        return (words,) if span.code else words

    assert [told(span) for span in markdown.spans(text)] == pieces


def test_steps_are_found_by_number_and_name(folder: Path) -> None:
    lesson = read(GOOD)
    assert read("# T\n## Нейрон\nx\n").steps[0].name == "step-1"
    found = [lesson.find(word) for word in ("1", "2", "one", "ONE", "0", "3", "two", "9" * 99)]
    assert found == [0, 1, 0, 0, None, None, None, None]


START = "# T\n\n## S {#st}\n\n"
WITH_NET = f"{START}```net\nsmall.yaml --input 0.5,1\n```\n"  # the next line is 8

FAULTS = [
    # text, what is told
    ("", ["1:1: is empty, a lesson has a '# Title' and steps that begin with '## '"]),
    ("# T\n\nwords\n", ["1:1: has no step; a line such as '## A neuron' begins one"]),
    ("words\n", ["1:1: takes a title, such as '# My lesson', before any text"]),
    ("## S\nwords\n", ["1:1: takes a title, such as '# My lesson', before the first step"]),
    ("# T\n# U\n## S\nx\n", ["2:1: a second title, a lesson has one; '## ' begins a step"]),
    ("# T\n## S\n", ["2:1: 'S' is empty, a step has text or blocks"]),
    ("# T\n## One\nx\n## One\ny\n", ["4:4: 'one' is the name of an earlier step"]),
    (
        "# T\n## One {#A b}\nx\n",
        ["2:10: takes a name for the step such as {#a-neuron}: a to z, 0 to 9 and -, two or more,"
         " not only digits"],
    ),
    ("# T\n## One\n### Two\nx\n", ["3:1: takes '## ', which begins a step; steps have no parts"]),
    ("# T\n<!-- never\n\nended\n", ["2:1: a comment is not closed, takes --> at its end"]),
    ("# T\n```draw\nrelu\n```\n## S\nx\n",
     ["2:1: a block stands in a step; a line such as '## A neuron' begins one"]),
    (f"{START}- a\n\n  ```draw\n  relu\n  ```\n",
     ["7:1: a block begins at the beginning of a line"]),
    (f"{START}{'- ' * 30}a\n", ["5:1: lists stand in each other, up to 4 can"]),
    (f"{WITH_NET}- a\n  - {{{{b}}}}\n", ["9:5: {{b}}: unknown value 'b'"]),
    (f"{START}```draw\nrelu\n", ["5:1: the block ```draw is not closed, takes a line ```"]),
    (f"{START}```dra\nrelu\n```\n", ["5:4: unknown kind of block 'dra', did you mean 'draw'?"]),
    (f"{START}```draw\nrelu rleu\n```\n",
     ["6:6: unknown activation 'rleu', did you mean 'relu'?"]),
    (f"{START}```draw\nsoftmax\n```\n",
     ["5:1: ```draw is about a net, a block ```net before it says which"]),
    (f"{START}```draw\n```\n", ["5:1: ```draw is empty, takes names of activations such as: relu"
                                " tanh"]),
    (f"{START}```pass\n```\n",
     ["5:1: ```pass is about a net, a block ```net before it says which"]),
    (f"{START}so {{{{first.0.z}}}}\n",
     ["5:4: {{first.0.z}}: no net is set here, a block ```net before it sets one"]),
    (f"{WITH_NET}a {{{{frist.0.z}}}} b {{{{first.7.z}}}}\n",
     ["8:3: {{frist.0.z}}: unknown value 'frist.0.z', known: name, parameters, layers, neurons,"
      " prediction, probability, lead, input, first, out",
      "8:19: {{first.7.z}}: 'first.7': first has 2 neurons, 0 to 1"]),
    (f"{WITH_NET}a {{{{first.0.z\n", ["8:3: a mark {{ is not closed by }}, or is empty"]),
    (f"{START}```net\nnone.yaml\n```\n", ["6:1: none.yaml: no such file or directory"]),
    (f"{START}```net\nbroken.yaml\n```\n",
     ["6:1: broken.yaml:2:21: layers[0].weights[0]: has 2 numbers, output takes 1"]),
    (f"{START}```net\nbare.yaml\n```\n",
     ["6:1: bare.yaml has no examples, takes --input with its numbers"]),
    (f"{START}```net\nsmall.yaml --input 1\n```\n", ["6:1: --input 1: has 1 number"]),
    (f"{START}```net\nsmall.yaml --input 1,2 -i 3,4\n```\n",
     ["6:1: takes one row of input, not 2"]),
    (f"{START}```net\nsmall.yaml --inptu 1,2\n```\n",
     ["6:12: unknown option '--inptu', did you mean '--input'?"]),
    (f"{START}```net\nsmall.yaml --input\n```\n", ["6:12: --input takes a value"]),
    (f"{START}```net\nsmall.yaml --input -\n```\n", ["6:1: --input -: a lesson reads no standard"]),
    (f"{START}```net\nsmall.yaml\nsmall.yaml\n```\n",
     ["7:1: ```net takes a net and its input, on one line"]),
    (f"{START}```nntrace\nrum small.yaml\n```\n",
     ["6:1: unknown command 'rum', did you mean 'run'?"]),
    (f"{START}```nntrace\n  nntrace run small.yaml\n```\n",
     ["6:3: leave out 'nntrace', which every command begins with"]),
    (f"{START}```nntrace\nrun small.yaml\nrun small.yaml -o x.json\nrun -\n```\n",
     ["7:16: '-o': what is shown in a lesson writes no file",
      "8:5: '-': what is shown in a lesson reads no standard input"]),
    (f"{START}```nntrace\nrun small.yaml --output=x.json\n```\n",
     ["6:16: '--output=x.json': what is shown in a lesson writes no file"]),
    (f"{START}```nntrace\nrun small.yaml --input=-\n```\n",
     ["6:16: '--input=-': what is shown in a lesson reads no standard input"]),
    (f"{START}```nntrace\nrun small.yaml --input '1, 2\n```\n",
     ["6:24: a quote ' is not closed"]),
    (f"{START}```try\nshow small.yaml\nshow small.yaml\n```\n",
     ["6:1: takes one command, a block ```nntrace takes several"]),
    (f"{WITH_NET}```layer\nfrist\n```\n", ["9:1: unknown layer 'frist', did you mean 'first'?"]),
    (f"{WITH_NET}```neurons\nfirst.0\n```\n", ["9:1: the inputs of small are no pictures"]),
    (f"{START}```net\npixels.yaml\n```\n```layer\noutput\n```\n",
     ["9:1: output is 13 × 4, up to 12 × 8 can be shown whole"]),
    (f"{START}```net\npixels.yaml\n```\n```neurons\noutput.0 output.13\n```\n",
     ["9:10: 'output.13': output has 13 neurons, 0 to 12"]),
    (f"{START}```net\npixels.yaml\n```\n```merge\n```\n",
     ["9:1: pixels has one layer, two are needed to make one of them"]),
    (f"{START}```scale\nGPT | many | paper\n```\n",
     ["6:1: takes a net, or NAME | PARAMETERS | SOURCE"]),
    (f"{START}```say\nonly a question\n```\n",
     ["6:1: takes a question, an empty line, and what the lesson itself says"]),
    (f"{WITH_NET}```predict\nasks: what\nright: {{text: a, why: b}}\n```\n",
     ["9:1: wrong is missing"]),
    (f"{WITH_NET}```predict\nasks: what\nright: {{text: a, why: b}}\nworng: []\n```\n",
     ["9:1: wrong is missing", "11:1: worng: unknown key"]),
    (f"{WITH_NET}```predict\nasks: what {{{{x}}}}\n```\n",
     ["9:12: {{x}}: unknown value 'x'"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), FAULTS)
def test_every_fault_is_told_with_its_place(folder: Path, text: str, told: list[str]) -> None:
    with pytest.raises(LessonError) as caught:
        read(text)
    seen = str(caught.value).split("\n")
    assert len(seen) == len(told)
    for line, expected in zip(seen, told, strict=True):
        assert line.startswith(f"l.md:{expected}")


def test_text_that_is_no_text_is_told_where(folder: Path) -> None:
    with pytest.raises(LessonError, match=re.escape("l.md:2:4: is not text in UTF-8")):
        parse(b"# T\nab \xff", "l.md", folder)


def test_nets_are_found_beside_the_lesson(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "lesson.md").write_text(GOOD)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    lesson = load("../lesson.md")
    assert lesson.folder.samefile(folder)
    assert Path.cwd().samefile(elsewhere)
    assert len(lesson.steps) == 2


def test_files_are_read_beside_the_lesson_from_anywhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def moved(*_: object) -> None:
        raise AssertionError("the process was moved")

    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    for name in ("small.yaml", "rows-1.csv", "cat-or-dog"):
        (elsewhere / name).write_text("not for the lesson")
    (folder / "rows-1.csv").write_text("0.5,1\n")
    monkeypatch.chdir(elsewhere)
    for name in ("chdir", "fchdir"):
        monkeypatch.setattr(f"os.{name}", moved)
    for given in ("rows-1.csv", "rows*.csv", "0.5,1", '"[0.5, 1]"'):
        text = f"# T\n## One\n```net\nsmall.yaml --input {given}\n```\nHere.\n"
        (folder / "l.md").write_text(text)
        block = load("../l.md").steps[0].blocks[0]
        assert block.trace.input.tolist() == [[0.5, 1.0]]  # type: ignore[union-attr]
    (folder / "l.md").write_text("# T\n## One\n```net\ncat-or-dog\n```\n```pass\n```\n")
    assert len(load("../l.md").steps[0].blocks) == 1
    for given, told in [
        ("small.yaml --input none.csv", r"l\.md:4:1: \.\./none\.csv: no such file or directory"),
        ("small.yaml --input none*.csv", r"l\.md:4:1: \.\./none\*\.csv: no such file"),
        ("broken.yaml", r"l\.md:4:1: \.\./broken\.yaml:2:21: layers\[0\]"),
    ]:
        (folder / "l.md").write_text(f"# T\n## One\n```net\n{given}\n```\n")
        with pytest.raises(LessonError, match=told):
            load("../l.md")


def test_a_lesson_that_is_not_there(folder: Path) -> None:
    with pytest.raises(FileError, match=r"none\.md: no such file or directory"):
        load("none.md")


def test_a_file_of_the_reader_cannot_stand_for_a_bundled_net(folder: Path) -> None:
    for name in ("cat-or-dog", "digits", "cat-or-dog.yaml"):
        (folder / name).write_text("not a net")
    assert len(load().steps) == 8
