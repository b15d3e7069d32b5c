"""Question banks: the bundled one, whole and true; broken ones, each fault told with its place."""

from __future__ import annotations

import csv
import re
from math import exp
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from netfiles import plain
from sklearn.linear_model import LogisticRegression

from nntrace import load
from nntrace.core.forward import forward
from nntrace.errors import BankError, FileError
from nntrace.teach.files.bank import lint_bank, load_bank
from nntrace.teach.files.grammar import BANK, OPTION, QUESTION, bank_schema, read_question
from nntrace.teach.grading import grade
from nntrace.teach.question import BUILTIN, STEPS, Question

CONFIGS = Path(__file__).parents[2] / "configs"
DOCS = Path(__file__).parents[2] / "docs"
VALIDATOR = Draft202012Validator(bank_schema())
BUNDLED = load_bank()
QUESTIONS = {question.id: question for question in BUNDLED.questions}

ONE = """\
  - id: one
    asks: What is it?
    right: {text: this, why: It is this.}
    wrong:
      - {text: that, why: It is that.}
      - {text: there, why: It is there.}
    hints: [Look here.]
"""


def broken(folder: Path, text: str | bytes) -> list[str]:
    """Return what is told of a bank, each line without the name of its file."""
    path = folder / "bank.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    with pytest.raises(BankError) as raised:
        load_bank(str(path))
    lines = str(raised.value).splitlines()
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


# ---- the bundled bank ----


def test_the_bundled_bank_keeps_every_rule() -> None:
    bank, problems = lint_bank()
    assert [str(problem) for problem in problems] == []
    assert bank == BUNDLED


def test_it_has_the_fifteen_questions_of_the_lesson() -> None:
    assert len(BUNDLED.questions) == len(QUESTIONS) == 15
    assert BUNDLED.title
    assert {question.step for question in BUNDLED.questions} == set(STEPS[:6])
    assert {question.of for question in BUNDLED.questions} == {BUNDLED.title}


@pytest.mark.parametrize("question", BUNDLED.questions, ids=lambda question: question.id)
def test_each_has_four_options_and_three_hints(question: Question) -> None:
    assert len(question.options) == 4
    assert len(question.hints) == 3
    assert question.right == 0
    assert not question.typed


def relu(z: float) -> float:
    return z if z > 0 else 0.0


def dense(*sizes: int, biases: bool = True) -> int:
    return sum(
        sizes[place - 1] * sizes[place] + biases * sizes[place] for place in range(1, len(sizes))
    )


NUMBERS = {
    "all-inputs-zero": [relu(0 * 2 + 0 * -3 + 0.7), 0, 1, None],
    "count-parameters": [
        dense(4, 5, 3, 2),
        dense(4, 5, 3, 2, biases=False),
        4 + 5 + 3 + 2,
        4 * 5 * 3 * 2,
    ],
}


@pytest.mark.parametrize(("name", "values"), NUMBERS.items(), ids=NUMBERS)
def test_answers_that_are_numbers_are_right(name: str, values: list[float | None]) -> None:
    assert [option.value for option in QUESTIONS[name].options] == pytest.approx(values)


def test_no_other_answers_are_numbers() -> None:
    numeric = {
        name for name, each in QUESTIONS.items() if any(o.value is not None for o in each.options)
    }
    assert numeric == set(NUMBERS)


RIGHT = {
    "louder-bark": "It falls, by as much as the barking grew.",
    "shape-of-w": "2 × 6",
    "fifty-layers": "as much as one layer with other weights",
    "z-agrees-a-differs": "applying the activation",
    "softmax-plus-100": "They stay the same.",
}


@pytest.mark.parametrize(("name", "text"), RIGHT.items(), ids=RIGHT)
def test_short_answers_that_are_words_are_right(name: str, text: str) -> None:
    assert QUESTIONS[name].answer.text == text
    assert grade(QUESTIONS[name].shuffled(5), text.replace("`", "")).outcome == "right"


def shares(*logits: float) -> list[float]:
    parts = [exp(logit) for logit in logits]
    return [part / sum(parts) for part in parts]


# Every calculation in the bank's reasons and hints, worked out again.
FIGURES = [
    ("one-neuron", "z = 2*1 + 0*2 - 1*3 + 0.5 = -0.5", 2 * 1 + 0 * 2 - 1 * 3 + 0.5, -0.5),
    ("louder-bark", "-1*0.1 = -0.1", -1 * 0.1, -0.1),
    ("louder-bark", "-1*0.4 = -0.4", -1 * 0.4, -0.4),
    ("what-it-is", "`cat-or-dog` has 46 numbers", dense(3, 4, 4, 2), 46),
    ("what-was-z", "max(0, 2) = 2", relu(2), 2),
    ("forward-pass", "2*3 + 1 = 7", 2 * 3 + 1, 7),
    ("fifty-layers", "5*(2*x + 1) - 4 = 10*x + 1", 5 * (2 * 7 + 1) - 4, 10 * 7 + 1),
    ("set-to-zero", "3*2 + 1*1 = 7", 3 * 2 + 1 * 1, 7),
    ("set-to-zero", "3*0 + 1*1 = 1", 3 * 0 + 1 * 1, 1),
    ("count-parameters", "25 + 18 + 8", dense(4, 5, 3, 2), 25 + 18 + 8),
    ("count-parameters", "4*5 + 5 = 25", dense(4, 5), 25),
    ("count-parameters", "(5*3 + 3)", dense(5, 3), 18),
    ("count-parameters", "(3*2 + 2)", dense(3, 2), 8),
    ("count-parameters", "5 + 3 + 2 = 10", 51 - 41, 10),
    ("softmax-plus-100", "about 0.731", round(shares(1, 0)[0], 3), 0.731),
    ("softmax-plus-100", "about 0.731", round(shares(101, 100)[0], 3), 0.731),
    ("dog-at-098", "148.4 / (148.4 + 2.7 + 1)", round(exp(5), 1) + round(exp(1), 1), 151.1),
    ("dog-at-098", "about 0.976", round(shares(5, 1, 0)[0], 3), 0.976),
    ("thousand-to-billion", "10*10 + 10 = 110", dense(10, 10), 110),
    ("thousand-to-billion", "1000*1000 + 1000 = 1001000", dense(1000, 1000), 1001000),
]


@pytest.mark.parametrize(("name", "words", "worked", "said"), FIGURES)
def test_figures_in_the_texts_are_right(name: str, words: str, worked: float, said: float) -> None:
    question = QUESTIONS[name]
    texts = [*(option.why for option in question.options), *question.hints]
    assert any(words in text for text in texts)
    assert worked == pytest.approx(said)


def test_the_ladder_of_the_last_question_is_that_of_languages() -> None:
    """What it tells of `nntrace ladder languages`, held against another logistic regression."""
    asks = QUESTIONS["what-a-ladder-says"].asks
    told = [int(found) for found in re.findall(r"(\d+) times", asks)]
    net = load(CONFIGS / "languages.yaml")
    with open(CONFIGS / "languages-labelled.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    trace = forward(net, [row["text"] for row in rows])
    tested = np.arange(len(rows)) % 3 == 0
    found = []
    for column in ("last", "language"):
        classes = np.array([row[column] for row in rows])
        for values, strength in ((trace.x, 1), (trace["output"].a, 10)):
            judge = LogisticRegression(C=strength, max_iter=300)
            judge.fit(values[~tested], classes[~tested])
            found.append(100 * judge.score(values[tested], classes[tested]))
    assert told == pytest.approx(found, abs=4)


def test_two_layers_without_relu_are_one() -> None:
    # as the second hint of fifty-layers says, with 2 × 2 grids worked out by hand
    w1, b1, w2, b2, x = [[1, 2], [3, -1]], [1, 0], [[2, 0], [1, 1]], [-1, 5], [3, -2]

    def affine(w: Any, v: Any, b: Any) -> list[int]:
        return [row[0] * v[0] + row[1] * v[1] + add for row, add in zip(w, b, strict=True)]

    product = [
        [sum(w2[row][k] * w1[k][column] for k in (0, 1)) for column in (0, 1)] for row in (0, 1)
    ]
    assert affine(w2, affine(w1, x, b1), b2) == affine(product, x, affine(w2, b1, b2))
    assert product == [[2, 4], [4, 1]]


def test_it_can_be_named_by_its_path() -> None:
    assert load_bank(str(BUILTIN)) == BUNDLED


# ---- reading ----


def test_a_bank_of_a_path(tmp_path: Path) -> None:
    path = tmp_path / "soup.yaml"
    path.write_text(f"questions:\n{ONE}", encoding="utf-8")
    title, [question] = load_bank(str(path))
    assert title == "soup"
    assert (question.id, question.asks, question.step) == ("one", "What is it?", None)
    assert [option.text for option in question.options] == ["this", "that", "there"]
    assert question.answer.why == "It is this."
    assert question.hints == ("Look here.",)
    assert not question.typed


def test_texts_keep_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "bank.yaml"
    path.write_text(
        "title: 2\n"
        "questions:\n"
        "  - id: 010\n"
        "    asks: |\n\n      First line?\n\n      `second  line`\n\n"
        '    right: {text: 1e-3, why: "yes"}\n'
        "    wrong: [{text: '3/2', why: 12:30}, {text: '`-1,5`', why: no},"
        ' {text: "a\\n b", why: x}]\n',
        encoding="utf-8",
    )
    title, [question] = load_bank(str(path))
    assert (title, question.id, question.hints) == ("2", "010", ())
    assert question.asks == "First line?\n\n`second  line`"
    assert [option.text for option in question.options] == ["1e-3", "3/2", "`-1,5`", "a b"]
    assert [option.value for option in question.options] == [0.001, 1.5, -1.5, None]
    assert [option.why for option in question.options] == ["yes", "12:30", "no", "x"]


def test_a_typed_question(tmp_path: Path) -> None:
    path = tmp_path / "bank.yaml"
    path.write_text(
        "questions: [{id: t, asks: Type 1., typed: true, right: {text: 1, why: x},"
        " wrong: [{text: 2, why: y}]}]",
        encoding="utf-8",
    )
    [question] = load_bank(str(path)).questions
    assert question.typed
    assert [option.value for option in question.options] == [1, 2]


def test_the_example_of_the_docs_is_a_good_bank(tmp_path: Path) -> None:
    page = (DOCS / "question-bank.md").read_text(encoding="utf-8")
    path = tmp_path / "bank.yaml"
    path.write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    bank, problems = lint_bank(str(path))
    assert problems == []
    assert [question.typed for question in bank.questions] == [False, True]


QUESTION_TAKES = "takes a question: id, asks, right, wrong, hints, …"
OPTION_TAKES = "takes an option: {text: …, why: …}"


def changed(old: str, new: str) -> str:
    """Return a bank of the question ONE, changed in one place."""
    assert ONE.count(old) == 1
    return f"questions:\n{ONE.replace(old, new)}"


# What is wrong: the bank, what is told, and whether the JSON Schema must refuse it too.
BROKEN: dict[str, tuple[str, list[str], bool]] = {
    "nothing": ("", ["1:1: is empty, a question bank has title and questions"], False),
    "no mapping": (
        "- 1",
        ["1:1: takes a mapping with title and questions, not a list"],
        True,
    ),
    "no YAML": (
        "questions: [",
        ["1:12: is no YAML: [ is not closed by ]"],
        False,
    ),
    "two documents": (
        f"questions:\n{ONE}---\na: 1\n",
        ["9:1: a second document starts here, a question bank holds one"],
        False,
    ),
    "a tag": (
        "!!python/name:os questions: []",
        [
            "1:1: the tag !!python/name:os is not allowed, a question bank holds plain values",
            "1:29: questions: takes a list of questions, not an empty list",
        ],
        False,
    ),
    "no questions": (
        "title: x",
        ["1:1: questions is missing: the questions, in the order in which they are asked"],
        True,
    ),
    "an empty list": (
        "questions: []",
        ["1:12: questions: takes a list of questions, not an empty list"],
        True,
    ),
    "an empty title": (
        f"title: ' '\nquestions:\n{ONE}",
        ["1:8: title: takes a title, not the text ' '"],
        True,
    ),
    "an unknown key, with the nearest": (
        f"questons: []\nquestions:\n{ONE}",
        ["1:1: questons: unknown key 'questons', did you mean 'questions'?"],
        True,
    ),
    "an unknown key of a question": (
        changed("hints:", "hint:"),
        ["8:5: questions[0].hint: unknown key 'hint', did you mean 'hints'?"],
        True,
    ),
    "an unknown key of an option": (
        changed("right: {text", "right: {txt: x, text"),
        ["4:13: questions[0].right.txt: unknown key 'txt', did you mean 'text'?"],
        True,
    ),
    "a key twice": (
        changed("    hints:", "    asks: Again?\n    hints:"),
        ["8:5: questions[0].asks: is given twice, first on line 3"],
        False,
    ),
    "a question that is a word": (
        "questions: [hello]",
        [f"1:13: questions[0]: {QUESTION_TAKES}, not 'hello'"],
        True,
    ),
    "an empty question": (
        "questions: [{}]",
        [
            "1:13: questions[0]: id is missing: a name of its own in the bank, under which progress"
            " is kept",
            "1:13: questions[0]: asks is missing: the question, of one line or several; `code` in"
            " backquotes",
            "1:13: questions[0]: right is missing: the right option",
            "1:13: questions[0]: wrong is missing: the wrong options, each a misconception",
        ],
        True,
    ),
    "nothing asked": (
        changed("asks: What is it?", "asks:"),
        ["3:10: questions[0].asks: takes the words of a question, not nothing"],
        True,
    ),
    "a right option of two": (
        changed("right: {text: this, why: It is this.}", "right: [{text: a, why: b}]"),
        [f"4:12: questions[0].right: {OPTION_TAKES}, not a list"],
        True,
    ),
    "an option without a reason": (
        changed("{text: that, why: It is that.}", "{text: that}"),
        [
            "6:9: questions[0].wrong[0]: why is missing: why it is right, or which misconception it"
            " is and what is true; shown after answering"
        ],
        True,
    ),
    "an option that is a word": (
        changed("{text: that, why: It is that.}", "that"),
        [f"6:9: questions[0].wrong[0]: {OPTION_TAKES}, not 'that'"],
        True,
    ),
    "a text that is a list": (
        changed("text: that", "text: [that]"),
        ["6:16: questions[0].wrong[0].text: takes the words of an option, not a list"],
        True,
    ),
    "a text of null": (
        changed("text: that", "text: null"),
        ["6:16: questions[0].wrong[0].text: takes the words of an option, not 'null'"],
        True,
    ),
    "wrong options that are a mapping": (
        "questions: [{id: x, asks: y, right: {text: a, why: b}, wrong: {text: c, why: d}}]",
        [
            "1:63: questions[0].wrong: takes a list of options, each {text: …, why: …}, not a"
            " mapping"
        ],
        True,
    ),
    "more options than letters": (
        "questions: [{id: x, asks: y, right: {text: t, why: b}, wrong: ["
        + ", ".join(f"{{text: t{index}, why: w}}" for index in range(7))
        + "]}]",
        ["1:63: questions[0].wrong: has 7 wrong options, takes at most 6"],
        True,
    ),
    "hints that are a text": (
        changed("[Look here.]", "Look here."),
        ["8:12: questions[0].hints: takes a list of hints, not 'Look here.'"],
        True,
    ),
    "a hint of nothing": (
        changed("[Look here.]", "['']"),
        ["8:13: questions[0].hints[0]: takes a hint, not the text ''"],
        True,
    ),
    "typed that is no truth value": (
        changed("    hints:", "    typed: yes\n    hints:"),
        ["8:12: questions[0].typed: takes true or false, not 'yes'"],
        True,
    ),
    "typed without numbers": (
        changed("    hints:", "    typed: true\n    hints:"),
        [
            f"{place}: questions[0].{path}.text: '{text}' is no number, typed questions take"
            " numbers such as 0.25"
            for place, path, text in [
                ("4:19", "right", "this"),
                ("6:16", "wrong[0]", "that"),
                ("7:16", "wrong[1]", "there"),
            ]
        ],
        False,
    ),
    "ids twice": (
        f"questions:\n{ONE}{ONE}",
        ["9:9: questions[1].id: 'one' is also the id on line 2, takes a name of its own"],
        False,
    ),
    "ids three times, in a broken question too": (
        f"questions:\n{ONE}  - id: one\n{ONE}",
        [
            "9:5: questions[1]: asks is missing: the question, of one line or several; `code` in"
            " backquotes",
            "9:5: questions[1]: right is missing: the right option",
            "9:5: questions[1]: wrong is missing: the wrong options, each a misconception",
            "9:9: questions[1].id: 'one' is also the id on line 2, takes a name of its own",
            "10:9: questions[2].id: 'one' is also the id on line 2, takes a name of its own",
        ],
        False,
    ),
    "a wrong option like the right one": (
        changed("text: that", "text: this"),
        [
            "6:16: questions[0].wrong[0].text: is the same answer as the right option, takes"
            " another one"
        ],
        False,
    ),
    "wrong options that the grader takes for one": (
        changed("text: there", "text: '`THAT` '"),
        ["7:16: questions[0].wrong[1].text: is the same answer as wrong[0], takes another one"],
        False,
    ),
    "numbers that are too close": (
        "questions: [{id: x, asks: y, right: {text: 1/2, why: a}, wrong: [{text: 0.501, why: b},"
        " {text: 0.5012, why: c}, {text: 0.5, why: d}]}]",
        [
            "1:73: questions[0].wrong[0].text: '0.501' is too close to the right option, '1/2':"
            " takes a number that is more than 0.001002 away, twice the tolerance of an answer",
            "1:120: questions[0].wrong[2].text: '0.5' is too close to the right option, '1/2':"
            " takes a number that is more than 0.001 away, twice the tolerance of an answer",
        ],
        False,
    ),
    "several faults at once": (
        changed("asks: What is it?", "ask: What is it?").replace("there", "that"),
        [
            "2:5: questions[0]: asks is missing: the question, of one line or several; `code` in"
            " backquotes",
            "3:5: questions[0].ask: unknown key 'ask', did you mean 'asks'?",
            "7:16: questions[0].wrong[1].text: is the same answer as wrong[0], takes another one",
        ],
        False,
    ),
}


@pytest.mark.parametrize(("text", "expected", "_"), BROKEN.values(), ids=BROKEN)
def test_broken_banks(text: str, expected: list[str], _: bool, tmp_path: Path) -> None:
    assert broken(tmp_path, text) == expected


@pytest.mark.parametrize(
    "text", [text for text, _, schema in BROKEN.values() if schema],
    ids=[name for name, each in BROKEN.items() if each[2]],
)  # fmt: skip
def test_the_schema_refuses_what_is_built_wrong(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(plain(text))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    assert broken(tmp_path, b"title: \xff") == ["1:8: is not text in UTF-8"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for read in (load_bank, lint_bank):
        with pytest.raises(FileError) as raised:
            read(str(tmp_path / "none.yaml"))
        assert str(raised.value) == f"{tmp_path / 'none.yaml'}: no such file or directory"
        with pytest.raises(FileError, match="is a directory"):
            read(str(tmp_path))


# ---- the schema ----


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(bank_schema())
    assert bank_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_schema_takes_the_bundled_bank() -> None:
    VALIDATOR.validate(plain(BUILTIN.read_text(encoding="utf-8")))


def test_every_key_is_described() -> None:
    bank = bank_schema()["properties"]
    question = bank["questions"]["items"]["properties"]
    for known, described in [
        (BANK, bank),
        (QUESTION, question),
        (OPTION, question["right"]["properties"]),
        (OPTION, question["wrong"]["items"]["properties"]),
    ]:
        assert list(described) == list(known)
        assert all(field["description"] for field in described.values())


# ---- the rules, with places ----


def test_broken_rules_are_told_with_their_places_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bank.yaml"
    path.write_text(
        f"questions:\n{ONE.replace('What is it?', 'What is not it?').replace('It is that.', 'No')}"
        "  - id: Two\n"
        "    step: soup\n"
        "    asks: Which?\n"
        "    right: {text: this one, why: It is so.}\n"
        "    wrong: [{text: all of these, why: It isn't so.}]\n",
        encoding="utf-8",
    )
    bank, problems = lint_bank(str(path))
    assert len(bank.questions) == 2
    assert [str(problem).removeprefix(f"{path}:") for problem in problems] == [
        "3:11: questions[0].asks: asks with 'not', takes a question about what is so",
        "6:27: questions[0].wrong[0].why: 'No' takes a sentence of 3 words or more that ends with a"
        " full stop",
        "9:5: questions[1]: hints is missing: the idea, the formula, the numbers filled in",
        "9:9: questions[1].id: 'Two' takes small letters, digits and hyphens, as in one-neuron",
        "13:12: questions[1].wrong: has 1 wrong option, takes 2 or more",
        "13:20: questions[1].wrong[0].text: 'all of these' is about other options, takes an answer"
        " of its own",
    ]


def test_a_bank_that_cannot_be_asked_is_not_held_to_the_rules(tmp_path: Path) -> None:
    path = tmp_path / "bank.yaml"
    path.write_text(f"questions:\n{ONE}{ONE}", encoding="utf-8")
    with pytest.raises(BankError, match="is also the id on line 2"):
        lint_bank(str(path))


# ---- one question inside a lesson ----

PREDICT = """\
asks: "What is 1 + 1?"
typed: true
right: {text: 2, why: One and one.}
wrong: [{text: 11, why: That is one beside one.}]
"""


def test_one_question_of_a_larger_file() -> None:
    question = read_question(PREDICT, "lesson.md", 40, "sum-1")
    assert (question.id, question.typed, question.answer.value) == ("sum-1", True, 2)
    assert read_question(f"id: mine\n{PREDICT}", "lesson.md", 40, "sum-1").id == "mine"
    assert read_question(PREDICT, "lesson.md", 1).id == "question"


FAULTS = {
    "nothing": ("", ["40:1: is empty, a question has asks, right and wrong"]),
    "a comment": ("# x\n", ["40:1: is empty, a question has asks, right and wrong"]),
    "a list": ("- 1", ["40:1: takes a question: asks, right, wrong, hints, …, not a list"]),
    "no YAML": (
        "asks: [\n",
        ["40:7: is no YAML: [ is not closed by ]"],
    ),
    "an unknown key": (
        f"{PREDICT}hnts: [x]",
        ["44:1: hnts: unknown key 'hnts', did you mean 'hints'?"],
    ),
    "a fault on the first line": (
        f"x{PREDICT}",
        [
            "40:1: xasks: unknown key 'xasks', did you mean 'asks'?",
            "40:1: asks is missing: the question, of one line or several; `code` in backquotes",
        ],
    ),
    "no number": (
        PREDICT.replace("11", "eleven"),
        ["43:16: wrong[0].text: 'eleven' is no number, typed questions take numbers such as 0.25"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), FAULTS.values(), ids=FAULTS)
def test_faults_of_one_question_are_told_at_its_lines(text: str, expected: list[str]) -> None:
    with pytest.raises(BankError) as raised:
        read_question(text, "lesson.md", 40)
    assert str(raised.value).splitlines() == [f"lesson.md:{line}" for line in expected]


# ---- whatever is in the file ----

BYTES = BUILTIN.read_bytes()[:3000]
PIECES = [
    b"",
    b"[",
    b"]",
    b"{",
    b"}",
    b":",
    b"- ",
    b"\n",
    b'"',
    b"&a ",
    b"*a",
    b"null",
    b"\xff",
    b"1",
]


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.integers(0, len(BYTES)), st.integers(0, 20), st.sampled_from(PIECES)),
        min_size=1,
        max_size=5,
    )
)
def test_changed_banks_are_read_or_refused_with_places(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int, bytes]]
) -> None:
    data = BYTES
    for start, length, piece in changes:
        data = data[:start] + piece + data[start + length :]
    path = tmp_path_factory.getbasetemp() / "changed.yaml"
    path.write_bytes(data)
    try:
        _, problems = lint_bank(str(path))
    except BankError as error:
        problems = list(error.problems)
    assert all(problem.line and problem.column for problem in problems)
