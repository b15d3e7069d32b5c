"""Whatever can be given many times, as command lines of any size: how cost grows with each.

Each case writes its files into a folder and returns the words of a command; twice the size is twice
of what its name says, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

Case = Callable[[Path, int], list[str]]
CASES: dict[str, Case] = {}


def case(name: str) -> Callable[[Case], Case]:
    def keep(function: Case) -> Case:
        CASES[name] = function
        return function

    return keep


def deep(folder: Path, size: int) -> str:
    """Write a net of so many layers of a neuron each."""
    layers = "".join(f"  - {{name: l{index}, weights: [[1]]}}\n" for index in range(size))
    (folder / "deep.yaml").write_text(f"input: 1\nlayers:\n{layers}")
    return str(folder / "deep.yaml")


def wide(folder: Path, size: int, more: str = "") -> str:
    """Write a net of one layer of so many neurons, all of which have labels."""
    weights = "".join(f"      - [1, {index}]\n" for index in range(size))
    labels = ", ".join(f"n{index}" for index in range(size))
    (folder / "wide.yaml").write_text(
        f"input: {{labels: [a, b]}}\nlayers:\n  - name: l\n    labels: [{labels}]\n"
        f"    weights:\n{weights}{more}"
    )
    return str(folder / "wide.yaml")


def reads(folder: Path, size: int) -> str:
    """Write a net of so many inputs with labels."""
    labels = ", ".join(f"i{index}" for index in range(size))
    ones = ", ".join("1" * size)
    (folder / "reads.yaml").write_text(
        f"input: {{labels: [{labels}]}}\nlayers: [{{weights: [[{ones}], [{ones}]]}}]\n"
    )
    return str(folder / "reads.yaml")


for _words in ("check", "show", "show --weights", "run -i 1", "run -i 1 -f json", "stats -i 1",
               "run -i 1 -f csv", "run -i 1 --accessible", "stats -i 1 --accessible",
               "stats -i 1 -f json", "run -i 1 --all", "predict -i 1"):  # fmt: skip

    @case(f"layers: {_words}")
    def _(folder: Path, size: int, words: str = _words) -> list[str]:
        command, *rest = words.split()
        return [command, deep(folder, size), *rest]


@case("layers: explain the last")
def _(folder: Path, size: int) -> list[str]:
    return ["explain", deep(folder, size), f"l{size - 1}.0", "-i", "1"]


@case("layers: explain the last, as JSON")
def _(folder: Path, size: int) -> list[str]:
    return ["explain", deep(folder, size), f"l{size - 1}.0", "-i", "1", "-f", "json"]


@case("layers: a ladder")
def _(folder: Path, size: int) -> list[str]:
    (folder / "deep.csv").write_text("1,a\n2,b\n3,a\n4,b\n")
    rows = str(folder / "deep.csv")
    words = ["-i", rows, "-t", "#1", "--train", rows, "--header", "no"]
    return ["ladder", deep(folder, size // 5 or 1), *words]


@case("layers: a setting in each")
def _(folder: Path, size: int) -> list[str]:
    settings = [f"--set=l{index}.0=2" for index in range(size)]
    return ["run", deep(folder, size), "-i", "1", *settings]


@case("layers: -l for each")
def _(folder: Path, size: int) -> list[str]:
    asked = [f"-ll{index}" for index in range(size)]
    return ["run", deep(folder, size), "-i", "1", "-f", "jsonl", *asked]


for _words in ("check", "show --weights", "run -i 1,2", "run -i 1,2 -f json", "stats -i 1,2 --all",
               "run -i 1,2 --accessible", "explain l.n0 -i 1,2", "predict -i 1,2"):  # fmt: skip

    @case(f"neurons: {_words}")
    def _(folder: Path, size: int, words: str = _words) -> list[str]:
        command, *rest = words.split()
        return [command, wide(folder, size), *rest]


@case("neurons: a setting of each by its label")
def _(folder: Path, size: int) -> list[str]:
    settings = [f"--set=l.n{index}=2" for index in range(size)]
    return ["run", wide(folder, size), "-i", "1,2", "-f", "json", *settings]


@case("settings of one neuron")
def _(folder: Path, size: int) -> list[str]:
    return ["run", wide(folder, 4), "-i", "1,2", *(f"--set=l.0={index}" for index in range(size))]


@case("neurons: explained by many labels")
def _(folder: Path, size: int) -> list[str]:
    return ["explain", reads(folder, size), "output.0", "-i", ",".join("1" * size), "--all"]


@case("neurons that a ladder excites")
def _(folder: Path, size: int) -> list[str]:
    rows = folder / "excite.csv"
    rows.write_text("a,b,t\n1,2,x\n2,1,y\n1,1,x\n2,2,y\n")
    words = ["-i", str(rows), "-t", "t", "--train", str(rows)]
    return ["ladder", wide(folder, 4), *words, *(["--neuron", "l.0", "--neuron", "l"] * size)]


for _words in ("check", "run", "run -f jsonl", "run --accessible", "predict"):

    @case(f"examples: {_words}")
    def _(folder: Path, size: int, words: str = _words) -> list[str]:
        each = "".join(
            f"  - {{name: e{index}, input: [1, 2], expect: {{l: [1, 1, 1]}}}}\n"
            for index in range(size)
        )
        command, *rest = words.split()
        return [command, wide(folder, 3, f"examples:\n{each}"), *rest]


@case("examples: each asked for by name")
def _(folder: Path, size: int) -> list[str]:
    each = "".join(f"  - {{name: e{index}, input: [1, 2]}}\n" for index in range(size))
    names = [f"--example=e{index}" for index in range(size)]
    return ["run", wide(folder, 3, f"examples:\n{each}"), "-f", "jsonl", *names]


@case("expected layers of an example")
def _(folder: Path, size: int) -> list[str]:
    net = deep(folder, size)
    with open(net, "a") as file:
        file.write("examples:\n  - input: [1]\n    expect:\n")
        file.writelines(f"      l{index}: [1]\n" for index in range(size))
    return ["check", net]


@case("inputs: -i with numbers")
def _(folder: Path, size: int) -> list[str]:
    return ["run", wide(folder, 3), *(["-i", "1,2"] * size)]


@case("inputs: -i with files")
def _(folder: Path, size: int) -> list[str]:
    (folder / "one.csv").write_text("1,2\n")
    return ["run", wide(folder, 3), "-f", "csv", *(["-i", str(folder / "one.csv")] * size)]


@case("columns: all of them inputs")
def _(folder: Path, size: int) -> list[str]:
    header = ",".join(f"i{index}" for index in reversed(range(size)))
    (folder / "reads.csv").write_text(f"{header}\n{','.join('2' * size)}\n")
    return ["run", reads(folder, size), "-i", str(folder / "reads.csv"), "-f", "jsonl"]


@case("columns: kept, each by name")
def _(folder: Path, size: int) -> list[str]:
    header = ",".join(f"k{index}" for index in range(size))
    (folder / "kept.csv").write_text(f"a,b,{header}\n1,2{',x' * size}\n")
    kept = [f"--keep=k{index}" for index in range(size)]
    return ["run", wide(folder, 3), "-i", str(folder / "kept.csv"), "-f", "jsonl", *kept]


@case("columns: kept or dropped, all others")
def _(folder: Path, size: int) -> list[str]:
    header = ",".join(f"k{index}" for index in range(size))
    (folder / "kept.csv").write_text(f"a,b,{header}\n1,2{',x' * size}\n")
    words = ["--keep", "*", *(f"--drop=k{index}" for index in range(0, size, 2))]
    return ["run", wide(folder, 3), "-i", str(folder / "kept.csv"), "-f", "jsonl", *words]


@case("columns: surplus ones, told")
def _(folder: Path, size: int) -> list[str]:
    header = ",".join(f"k{index}" for index in range(size))
    (folder / "kept.csv").write_text(f"a,b,{header}\n1,2{',x' * size}\n")
    return ["run", wide(folder, 3), "-i", str(folder / "kept.csv")]


@case("rows: of CSV, each on its line")
def _(folder: Path, size: int) -> list[str]:
    (folder / "rows.csv").write_text("a,b,id\n" + '1,2,"x"\n' * size)
    return ["run", wide(folder, 3), "-i", str(folder / "rows.csv"), "--keep", "id", "-f", "jsonl"]


@case("rows: of one JSON document")
def _(folder: Path, size: int) -> list[str]:
    (folder / "rows.json").write_text(json.dumps([{"a": 1, "b": 2}] * size))
    return ["run", wide(folder, 3), "-i", str(folder / "rows.json"), "-f", "csv"]


@case("rows: predicted, with their truth")
def _(folder: Path, size: int) -> list[str]:
    (folder / "rows.csv").write_text("a,b,t\n" + "1,2,p\n1,3,q\n" * size)
    (folder / "pair.yaml").write_text(
        "input: {labels: [a, b]}\n"
        "layers: [{name: o, activation: softmax, labels: [p, q], weights: [[1, 0], [0, 1]]}]\n"
    )
    rows = str(folder / "rows.csv")
    return ["predict", str(folder / "pair.yaml"), "-i", rows, "-t", "t"]


@case("comments of a net file")
def _(folder: Path, size: int) -> list[str]:
    return ["check", wide(folder, 3, "# a comment\n" * size)]


@case("aliases of a net file")
def _(folder: Path, size: int) -> list[str]:
    each = "".join("  - {input: *x}\n" for _ in range(size))
    return ["check", wide(folder, 3, f"examples:\n  - {{input: &x [1, 2]}}\n{each}")]


@case("a long description")
def _(folder: Path, size: int) -> list[str]:
    words = "word " * size * 4
    return ["check", wide(folder, 3, f'description: "{words}\\t\'"\n')]


@case("problems of a net file")
def _(folder: Path, size: int) -> list[str]:
    each = "".join(f"  - {{input: [1], inptu{index}: 2}}\n" for index in range(size))
    return ["check", wide(folder, 3, f"examples:\n{each}")]


QUESTION = """\
  - id: q{index}
    asks: "What does neuron {index} add to its weighted sum?"
    step: neuron
    right: {{text: "its bias number {index}", why: "It is added to the sum of products."}}
    wrong:
      - {{text: "its label number {index}", why: "A label is a name, and no number."}}
      - {{text: "its input number {index}", why: "Inputs are weighted before they are added."}}
      - {{text: "its index number {index}", why: "An index says where it stands."}}
    hints: ["What is left when all inputs are zero?"]
"""


def bank(folder: Path, size: int) -> str:
    each = "".join(QUESTION.format(index=index) for index in range(size))
    (folder / "bank.yaml").write_text(f"questions:\n{each}")
    return str(folder / "bank.yaml")


@case("questions: held to the rules")
def _(folder: Path, size: int) -> list[str]:
    return ["quiz", "--lint", bank(folder, size)]


@case("questions: exported")
def _(folder: Path, size: int) -> list[str]:
    return ["quiz", "--bank", bank(folder, size), "--export", str(folder / f"out{size}.gift")]


@case("steps of a lesson")
def _(folder: Path, size: int) -> list[str]:
    steps = "".join(f"## Step {index} {{#step-{index}}}\n\ntext\n\n" for index in range(size))
    (folder / "lesson.md").write_text(f"# A\n\n{steps}")
    return ["learn", str(folder / "lesson.md")]


@case("blanks of a heading")
def _(folder: Path, size: int) -> list[str]:
    heading = f"## Step{' ' * size * 50}x{' ' * size * 50}{{#a-b{' ' * size * 50}x\n"
    (folder / "lesson.md").write_text(f"# A\n\n{heading}\ntext\n")
    return ["learn", str(folder / "lesson.md")]


@case("marks of a lesson")
def _(folder: Path, size: int) -> list[str]:
    lines = "a {{l.0.z}} and {{l.a}}\n" * size
    wide(folder, 3)
    text = f"# A\n\n## Step\n\n```net\nwide.yaml --input 1,2\n```\n\n{lines}"
    (folder / "lesson.md").write_text(text)
    return ["learn", str(folder / "lesson.md")]


@case("predict blocks of a lesson")
def _(folder: Path, size: int) -> list[str]:
    block = (
        "```predict\nasks: What is the a of {{l.0.z}}?\n"
        "right: {text: '{{l.0.a}}', why: it is the identity}\n"
        "wrong:\n  - {text: 'nothing', why: not so}\n  - {text: 'all', why: not so}\n```\n\n"
    )
    wide(folder, 3)
    text = f"# A\n\n## Step\n\n```net\nwide.yaml --input 1,2\n```\n\n{block * size}"
    (folder / "lesson.md").write_text(text)
    return ["learn", str(folder / "lesson.md")]


@case("answers to questions")
def _(folder: Path, size: int) -> list[str]:
    (folder / "answers.txt").write_text("a\n" * size)
    return ["quiz", "--bank", bank(folder, size), "--answers", str(folder / "answers.txt")]


@case("answers to questions, as JSON")
def _(folder: Path, size: int) -> list[str]:
    answers = {f"q{index}": "a" for index in range(size)}
    (folder / "answers.json").write_text(json.dumps(answers))
    return ["quiz", "--bank", bank(folder, size), "--answers", str(folder / "answers.json")]


@case("commands of a lesson")
def _(folder: Path, size: int) -> list[str]:
    text = (
        f"# A\n\n## Step\n\n```nntrace\n{'show wide.yaml' + chr(10)}```\n"
        + "\n```text\nx\n```\n" * size
    )
    wide(folder, 3)
    (folder / "lesson.md").write_text(text)
    return ["learn", str(folder / "lesson.md")]


@case("the depth of a value that is kept")
def _(folder: Path, size: int) -> list[str]:
    deep_value = "[" * size + "1" + "]" * size
    (folder / "deep.jsonl").write_text(f'{{"a": 1, "b": 2, "id": {deep_value}}}\n')
    rows = str(folder / "deep.jsonl")
    return ["run", wide(folder, 3), "-i", rows, "--keep", "id", "-f", "jsonl"]


@case("the depth of a net file")
def _(folder: Path, size: int) -> list[str]:
    return ["check", wide(folder, 3, f"examples: {'[' * size}1{']' * size}\n")]


@case("names of a net, that are long")
def _(folder: Path, size: int) -> list[str]:
    name = "n." * size * 20
    (folder / "long.yaml").write_text(f"input: 1\nlayers: [{{name: {name}x, weights: [[1]]}}]\n")
    return ["explain", str(folder / "long.yaml"), f"{name}x.0", "-i", "1"]


@case("a name with many dots that is not there")
def _(folder: Path, size: int) -> list[str]:
    return ["explain", wide(folder, 3), "l" + ".x" * size * 50, "-i", "1,2"]


@case("tags of a net file")
def _(folder: Path, size: int) -> list[str]:
    tags = "".join(f"%TAG !t{index}! tag:x,{index}:\n" for index in range(size))
    (folder / "tags.yaml").write_text(f"{tags}---\ninput: 1\nlayers: [{{weights: [[1]]}}]\n")
    return ["check", str(folder / "tags.yaml")]


@case("files of weights")
def _(folder: Path, size: int) -> list[str]:
    import numpy as np

    arrays = {}
    for index in range(size):
        arrays |= {f"l{index}.weight": np.ones((1, 1)), f"l{index}.bias": np.zeros(1)}
    np.savez(folder / "many.npz", **arrays)
    layers = "".join(f"  - {{name: l{index}, size: 1}}\n" for index in range(size))
    (folder / "many.yaml").write_text(f"input: 1\nweights: many.npz\nlayers:\n{layers}")
    return ["check", str(folder / "many.yaml")]


@case("files that are checked")
def _(folder: Path, size: int) -> list[str]:
    return ["check", *([wide(folder, 3)] * size)]


@case("classes of rows")
def _(folder: Path, size: int) -> list[str]:
    rows = folder / "classes.csv"
    rows.write_text("a,b,t\n" + "".join(f"{index},2,c{index}\n" * 2 for index in range(size)))
    return ["predict", wide(folder, 4), "-i", str(rows), "--keep", "t"]
