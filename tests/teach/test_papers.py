"""The papers of a class: answers as people write them, folders, tables, and what they come to."""

from __future__ import annotations

import pytest

from nntrace.errors import InputError
from nntrace.teach.classroom import Class, Person
from nntrace.teach.files.answers import read_answers
from nntrace.teach.files.papers import read_papers
from nntrace.teach.question import Option, Question
from nntrace.teach.score import grade_all


def question(name: str, right: int = 0) -> Question:
    options = tuple(Option(f"{name} {letter}", f"So {letter}.") for letter in "xyz")
    return Question(name, f"What of {name}?", options, right, ())


QUESTIONS = [question("one"), question("two", 1), question("three", 2)]
TYPED = Question("n", "How much?", (Option("1.5", "So.", 1.5), Option("3", "No.", 3.0)), 0, ())
TYPED = TYPED._replace(typed=True)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("a\nb\nc", ["a", "b", "c"]),
        ("1. a\n2. b\n3. c", ["a", "b", "c"]),
        ("1) A\n2) B\n3) C", ["A", "B", "C"]),
        ("1: a\n3: c\n", ["a", "", "c"]),
        ("3. c\n1. a", ["a", "", "c"]),
        ("Q1: a\nquestion 2: b\nQ. 3) c", ["a", "b", "c"]),
        ("1 a\n2 (b)\n3 ?", ["a", "(b)", "?"]),
        ("1 - a\n2 - b", ["a", "b", ""]),
        ("1.a\n2.b", ["a", "b", ""]),
        ("1. a\n\n3. c", ["a", "", "c"]),
        ("a\n\nc", ["a", "", "c"]),
        ("a\n2. b\nc", ["a", "b", "c"]),
        ("1. I don't know\n2.\n3. c", ["I don't know", "", "c"]),
        ("1.5\n2.5\n3", ["1.5", "2.5", "3"]),
        ("5.\n3.\n2.", ["5.", "3.", "2."]),  # numbers themselves, with nothing behind
        ("3/2\n12 %\n-1", ["3/2", "12 %", "-1"]),
        ("2 × 3\n3 × 2", ["2 × 3", "3 × 2", ""]),
        ("name: Ada\nseed: 7\n1. a", ["a", "", ""]),
        ("seed: 7\n\nb", ["", "b", ""]),
        ("1-a\n2–b\n3=c", ["a", "b", "c"]),
        ("a, b, c", ["a", "b", "c"]),
        ("A B ?", ["A", "B", "?"]),
        ("a; 1.5; c", ["a", "1.5", "c"]),
        ("1 2 3", ["1 2 3", "", ""]),  # which may be one number, or which options?
        ("- a\n* b\n• c", ["a", "b", "c"]),
        ("- 1.5\nb", ["- 1.5", "b", ""]),
        ("# Answers\n\na\n\nb\n\nc\n", ["a", "b", "c"]),
        ("my answers:\n1. a\n2. b\nThank you!", ["a", "b", ""]),
        ("a\n2. b\n3. c", ["a", "b", "c"]),
    ],
)
def test_lines_may_be_numbered(text: str, answers: list[str]) -> None:
    assert read_answers(text.encode(), "ada.txt").to(QUESTIONS) == answers


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1. a\n1. b", "ada.txt:2: answers number 1 once more, as line 1 does"),
        ("a\n3. b", "ada.txt:2: is numbered 3, but is answer 2: number all, or none"),
        ("1. a\n4. b", "ada.txt:2:1: answers number 4, but the quiz has 3 questions"),
        ("0. a", "ada.txt:1:1: answers number 0, but the quiz has 3 questions"),
        ("seed: 7\na\nb\nc\nd", "ada.txt:5:1: answers number 4, but the quiz has 3 questions"),
    ],
)
def test_numbers_that_cannot_be_are_told_with_their_place(text: str, told: str) -> None:
    with pytest.raises(InputError) as raised:
        read_answers(text.encode(), "ada.txt").to(QUESTIONS)
    assert str(raised.value).startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\nb\nc", []),
        ("my answers:\n1. a\n2. b\n\nThank you!", [(1, "my answers:"), (5, "Thank you!")]),
        ("seed: 7\n# Ada\na", [(2, "# Ada")]),
        ("a, b, c", []),
        ("hm\na\nb", []),  # an answer that cannot be read, and is told as one
    ],
)
def test_lines_that_answer_nothing_are_told(text: str, told: list[tuple[int, str]]) -> None:
    found = read_answers(text.encode(), "ada.txt").left_out(QUESTIONS)
    assert found == [f"ada.txt:{at}: '{line}' is left out, being no answer" for at, line in told]


def test_answers_may_be_in_utf_16() -> None:
    assert read_answers("seed: 7\nä\nb".encode("utf-16"), "x").to(QUESTIONS) == ["ä", "b", ""]


def test_a_file_may_tell_whose_it_is() -> None:
    read = read_answers(b"Name: Ada Lovelace \nseed: 7\na", "x.txt")
    assert (read.name, read.seed, list(read.lines)) == ("Ada Lovelace", 7, ["a"])
    read = read_answers(b'{"name": "Ada", "answers": {"one": "a"}}', "x.json")
    assert (read.name, read.to(QUESTIONS)) == ("Ada", ["a", "", ""])


# ---- folders and tables ----


def test_a_folder_has_a_file_for_each(tmp_path):
    (tmp_path / "student10.txt").write_text("a")
    (tmp_path / "student2.txt").write_text("name: Bo\nb")
    (tmp_path / "Cy.json").write_text('{"one": "c"}')
    (tmp_path / "Cy.txt").write_text("c")
    (tmp_path / ".hidden").write_text("\xff")
    (tmp_path / "old").mkdir()
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    found = read_papers(str(tmp_path), QUESTIONS)
    assert [paper.name for paper in found.papers] == ["Cy.json", "Cy.txt", "Bo", "student10"]
    assert [problem.message for problem in found.problems] == ["is not text in UTF-8"]
    assert found.remarks == [f"{tmp_path}: folders in it are left out, old"]


@pytest.mark.parametrize(
    "name", ["README.md", "readme", "Read me.txt", "LIESMICH.txt", "Thumbs.db"]
)
def test_what_is_nobodys_is_left_out_and_told(tmp_path, name):
    (tmp_path / "Ada.txt").write_text("a")
    (tmp_path / "Reade.txt").write_text("a")
    (tmp_path / name).write_text("Answers of Monday.")
    found = read_papers(str(tmp_path), QUESTIONS)
    assert [paper.name for paper in found.papers] == ["Ada", "Reade"]
    assert found.remarks == [f"{tmp_path}: left out, being nobody's answers: {name}"]


@pytest.mark.parametrize(
    ("table", "people"),
    [
        ("name,1,2,3\nAda,a,b,c\nBo,,b,\n", {"Ada": "abc", "Bo": " b "}),
        ("Ada,a,b,c\nBo,c\n", {"Ada": "abc", "Bo": "c  "}),
        ("\ufeffname;Q2;Q1\nAda;b;a\n", {"Ada": "ab "}),
        ("Student\tone\tthree\nAda\ta\tc\n", {"Ada": "a c"}),
        ("who,1,2,3\nAda,a,b,c\n", {"Ada": "abc"}),
        ('name,What of two?\n"Lovelace, Ada",b\n', {"Lovelace, Ada": " b "}),
        ("3,name\nc,Ada\n\n", {"Ada": "  c"}),
        ("name,1\n,a\n", {"line 2": "a  "}),
    ],
)
def test_a_table_has_a_line_for_each(tmp_path, table, people):
    path = tmp_path / "class.csv"
    path.write_text(table, "utf-8")
    found = read_papers(str(path), QUESTIONS)
    assert found.problems == found.remarks == []
    told = {each.name: [a or " " for a in each.answers.to(QUESTIONS)] for each in found.papers}
    assert told == {name: list(answers) for name, answers in people.items()}


@pytest.mark.parametrize(
    ("table", "left_out", "seed"),
    [
        ("email,name,seed,1,time\na@b.c,Ada,7,b,12:00\n", "email and time", 7),
        ("First name,Last name,Q. 1 /1.00,Q. 2 /1.00\nAda,L,b,\n", "Last name", None),
        ("Timestamp;Full Name;Q1\n2026;Ada;b\n", "Timestamp", None),
    ],
)
def test_other_columns_are_left_out_and_told(tmp_path, table, left_out, seed):
    path = tmp_path / "class.csv"
    path.write_text(table)
    found = read_papers(str(path), QUESTIONS)
    assert found.remarks == [f"{path}: columns that are no questions are left out: {left_out}"]
    (paper,) = found.papers
    assert (paper.name, paper.answers.seed) == ("Ada", seed)
    assert paper.answers.to(QUESTIONS) == ["b", "", ""]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("name,1,Q1\nAda,a,b\n", "class.csv:1: has two columns for question 1, takes one"),
        ("name,seed,1\nAda,x,b\n", "class.csv:2: seed 'x' takes a whole number, as --seed does"),
        ("name,1,9\nAda,a,b\n", "class.csv:2:1: answers number 9, but the quiz has 3 questions"),
        ("", "class.csv: has no answers of anybody"),
    ],
)
def test_a_table_that_cannot_be_is_told_with_its_place(tmp_path, monkeypatch, table, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class.csv").write_text(table)

    def problems():
        try:
            found = read_papers("class.csv", QUESTIONS)
            for paper in found.papers:
                paper.answers.to(QUESTIONS)
        except InputError as error:
            return error.problems
        return found.problems

    assert str(problems()[0]).startswith(told)


def test_two_papers_of_one_name_are_told(tmp_path):
    path = tmp_path / "class.csv"
    path.write_text("name,1\nAda,a\nAda,b\n")
    found = read_papers(str(path), QUESTIONS)
    assert len(found.papers) == 2
    assert found.remarks == [f"{path} has several papers of Ada: each is graded by itself"]


# ---- what they come to ----


def test_a_class_is_counted_by_the_words_of_the_options():
    asked = [*QUESTIONS, TYPED]
    turned = [each.shuffled(5) for each in asked]  # another paper, its options in another order
    people = [
        Person("Ada", "", 0, grade_all(asked, ["a", "a", "?", "1.5"])),
        Person("Bo", "", 0, grade_all(asked, ["b", "a", "zz", "3"])),
        Person("Cy", "", 5, grade_all(turned, ["one x", "two x", "three y", "7"])),
    ]
    graded = Class.of(people)
    one, two, three, typed = graded.tallies
    assert [count for _, count in one.chosen] == [2, 1, 0]
    assert [(option.text, count) for option, count in two.mistakes] == [("two x", 3)]
    assert (two.right, two.wrong, two.share) == (0, 3, 0.0)
    assert (three.wrong, three.unknown, three.unreadable) == (2, 1, 1)
    assert [count for _, count in typed.chosen] == [1, 1]
    assert typed.wrong == 2
    assert [tally.number for tally in graded.hardest] == [2, 3, 4, 1]
    assert graded.mean == pytest.approx((2 / 4 + 0 / 4 + 1 / 4) / 3)
