"""`nntrace quiz --grade`: a class, as a table, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json

import pytest
from jsonschema import Draft202012Validator

from nntrace.cli.schema import schema_named

RIGHT = 15


@pytest.fixture
def letters(quick):
    """Return the right letter of each of the fifteen questions, in the quiz of a seed."""

    def find(seed=0):
        done = quick("quiz", "--seed", seed, "--answers", "-", "-f", "json")
        return [each["right"]["letter"] for each in json.loads(done.out)["answers"]]

    return find


@pytest.fixture
def folder(tmp_path, monkeypatch, letters):
    """Make the papers of four people: one is right, one of another seed, one knows little."""
    monkeypatch.chdir(tmp_path)
    papers = tmp_path / "papers"
    papers.mkdir()
    right = letters()
    (papers / "Ada.txt").write_text("\n".join(right))
    numbered = [f"{i}) {letter.upper()}" for i, letter in enumerate(right[:8], 1)]
    (papers / "Bo.txt").write_text("\n".join(numbered))
    (papers / "Cy.txt").write_text("seed: 7\n" + "\n".join(letters(7)))
    wrong = ["b" if letter == "a" else "a" for letter in right]
    wrong[1:4] = ["I don't know", "hm", ""]
    (papers / "Dee.txt").write_text("\n".join(wrong))
    return papers


def test_a_class_is_a_table(quick, folder, golden):
    done = quick("quiz", "--grade", "papers", env={"COLUMNS": "80"})
    assert done.code == 0
    golden("quiz-class-piped.txt", done.out.decode())


@pytest.mark.parametrize(
    ("name", "words", "width"),
    [("80", [], 80), ("40", [], 40), ("200", [], 200), ("accessible", ["--accessible"], 80)],
)
def test_a_class_is_seen_as_before(seated, folder, golden, name, words, width):
    done = seated("quiz", "--grade", "papers", *words, width=width)
    golden(f"quiz-class-{name}.txt", done.out.decode())
    assert all(len(line) <= width for line in done.out.decode().splitlines()[:-1]) or words


def test_a_class_is_json(quick, folder):
    done = quick("quiz", "--grade", "papers", "--pass-mark", "0.5", "-f", "json")
    document = json.loads(done.out)
    Draft202012Validator(schema_named("class")).validate(document)
    assert done.code == 1  # somebody is below
    people = {each["name"]: each for each in document["people"]}
    assert {name: each["right"] for name, each in people.items()} == {
        "Ada": RIGHT, "Bo": 8, "Cy": RIGHT, "Dee": 0,
    }  # fmt: skip
    assert {name: each["passed"] for name, each in people.items()} == {
        "Ada": True, "Bo": True, "Cy": True, "Dee": False,
    }  # fmt: skip
    assert people["Cy"]["seed"] == 7
    assert people["Dee"]["unknown"] == 2
    assert [each["outcome"] for each in people["Dee"]["answers"][:4]] == [
        "wrong", "unknown", "unreadable", "unknown",
    ]  # fmt: skip
    for question in document["questions"]:
        assert sum(each["right"] for each in question["options"]) == 1
        assert question["asked"] == 4
        counted = question["right"] + question["wrong"] + question["unknown"]
        assert counted == 4
        (right,) = (each for each in question["options"] if each["right"])
        assert right["chosen"] == question["right"]


def test_a_class_is_csv(quick, folder):
    done = quick("quiz", "--grade", "papers", "-o", "class.csv", "--pass-mark", "0.5")
    assert done.code == 1
    with open("class.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["Ada", "Bo", "Cy", "Dee"]
    assert [row["right"] for row in rows] == ["15", "8", "15", "0"]
    assert [row["passed"] for row in rows] == ["true", "true", "true", "false"]
    assert list(rows[0])[8:][0] == "one-neuron"
    assert rows[3]["one-neuron"] == "wrong"


def test_a_table_of_names_and_answers_gives_the_same(quick, folder, letters):
    lines = [["name", *map(str, range(1, 16))], ["Ada", *letters()], ["Bo", *letters()[:8]]]
    stream = io.StringIO()
    csv.writer(stream).writerows(lines)
    (folder / ".." / "class.csv").write_text(stream.getvalue())
    done = quick("quiz", "--grade", "class.csv", "-f", "json")
    assert [each["right"] for each in json.loads(done.out)["people"]] == [RIGHT, 8]


def test_what_cannot_be_graded_is_told_and_the_others_are_graded(quick, folder):
    (folder / "Eve.txt").write_bytes(b"a\n\xff\n")
    (folder / "Flo.txt").write_text("16. a\n")
    (folder / "Gus.json").write_text('{"no-such": "a"}')
    done = quick("quiz", "--grade", "papers", "-f", "json", "--pass-mark", "0")
    assert done.code == 2
    assert len(json.loads(done.out)["people"]) == 4
    for told in (
        "error: papers/Eve.txt:2:1: is not text in UTF-8",
        "error: papers/Flo.txt:1:1: answers number 16, but the quiz has 15 questions",
        "error: papers/Gus.json: unknown question 'no-such'",
    ):
        assert told in done.err


def test_a_class_is_asked_about_a_net(quick, tmp_path):
    for seed, name in ((0, "Ada"), (3, "Bo")):
        done = quick("quiz", "xor", "--seed", seed, "-n", "4", "--answers", "-", "-f", "json")
        right = [each["right"]["text"] for each in json.loads(done.out)["answers"]]
        text = "\n".join(each.strip("`") for each in right)
        (tmp_path / f"{name}.txt").write_text(f"seed: {seed}\n{text}")
    done = quick("quiz", "xor", "-n", "4", "--grade", tmp_path, "-f", "json")
    document = json.loads(done.out)
    assert [each["share"] for each in document["people"]] == [1, 1]
    assert document["network"]["name"] == "xor"
    assert 4 < len(document["questions"]) <= 8  # each paper has its own


WRONG = [
    (["--grade", "nowhere"], "nowhere: no such file or directory"),
    (["--grade", "papers", "--answers", "papers/Ada.txt"], "are two things to do"),
    (["--grade", "papers", "--seed", "3"], "answers the quiz of seed 7, but --seed is 3"),
    (["--answers", "papers/Ada.txt", "-f", "csv"], "only --grade has rows for csv"),
    (["-f", "csv"], "only --grade has rows for csv"),
]


@pytest.mark.parametrize(("words", "told"), WRONG)
def test_wrong_usage(quick, folder, words, told):
    done = quick("quiz", *words)
    assert done.code == 2
    assert told in done.err


def test_an_empty_folder_has_nobody(quick, tmp_path):
    done = quick("quiz", "--grade", tmp_path)
    assert (done.code, done.out) == (2, b"")
    assert "has no answers of anybody" in done.err


SEEDS = {
    "all": ("seed: 0\na\n", "seed: 0\nb\n", ""),
    "some": ("seed: 0\na\n", "b\n", "1 paper without a seed graded as the quiz of --seed 0; "),
    "none": ("a\n", "b\n", "graded as the quiz of --seed 0; "),
}


@pytest.mark.parametrize("name", SEEDS)
def test_a_seed_is_asked_for_where_none_stands(quick, tmp_path, name):
    first, second, told = SEEDS[name]
    (tmp_path / "Ada.txt").write_text(first)
    (tmp_path / "Bo.txt").write_text(second)
    done = quick("quiz", "--grade", tmp_path)
    assert done.err == (f"{told}a first line 'seed: N' says another\n" if told else "")
    assert quick("quiz", "--grade", tmp_path, "--seed", "0").err == ""


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("name,1,seed\nAda,a,0\n", ""),
        ("name,1\nAda,a\n", "graded as the quiz of --seed 0; a column 'seed' says another\n"),
    ],
)
def test_a_table_takes_a_seed_in_a_column(quick, tmp_path, table, told):
    (tmp_path / "class.csv").write_text(table)
    assert quick("quiz", "--grade", tmp_path / "class.csv").err == told
