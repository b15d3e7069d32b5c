"""`nntrace quiz`: at a terminal, and by scripts."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator

from nntrace.cli.schema import schema_named

BANK = """
title: Two questions
questions:
  - id: right-is-one
    step: layer
    asks: What is 3 - 2?
    right: {text: "1", why: Three take away two leaves one.}
    wrong:
      - {text: "5", why: That is the sum of the two.}
      - {text: "-1", why: That is 2 - 3.}
    hints: [Take away., Count down from 3.]
  - id: typed-number
    step: neuron
    asks: What is 3 / 2?
    typed: true
    right: {text: "1.5", why: Half of three.}
    wrong:
      - {text: "6", why: That is the product.}
    hints: [Halve it.]
"""


@pytest.fixture
def bank(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(BANK)
    return tmp_path


@pytest.fixture
def letters(quick):
    """Return the right letter or number of each question of a quiz, found by asking for grades."""

    def find(*arguments):
        grades = json.loads(quick("quiz", *arguments, "--answers", "-", "-f", "json").out)
        return [each["right"]["letter"] or each["right"]["text"] for each in grades["answers"]]

    return find


# ---- for scripts ----


def test_the_questions_are_json_without_the_key(quick):
    done = quick("quiz", "-f", "json")
    document = json.loads(done.out)
    Draft202012Validator(schema_named("quiz")).validate(document)
    assert len(document["questions"]) == 15
    for question in document["questions"]:
        assert set(question) == {
            "number", "id", "step", "family", "asks", "typed", "options", "hints",
        }  # fmt: skip
        assert [option["letter"] for option in question["options"]] == ["a", "b", "c", "d"]


def test_the_right_letters_are_not_all_the_same(letters):
    assert len(set(letters())) == 4


@pytest.mark.parametrize("net", [[], ["cat-or-dog"], ["digits", "--example", "a four"]])
def test_the_same_seed_asks_the_same_bytes_and_another_other_ones(quick, net):
    def asked(seed):
        return quick("quiz", *net, "--seed", seed, "-f", "json").out

    assert asked(3) == asked(3)
    assert asked(3).replace(b'"seed": 3', b"") != asked(4).replace(b'"seed": 4', b"")
    assert quick("quiz", *net, "-f", "json").out == asked(0)


def test_a_hidden_number_is_not_shown(quick, bank):
    typed = json.loads(quick("quiz", "--bank", "two.yaml", "-f", "json").out)["questions"][1]
    assert typed["typed"]
    assert typed["options"] == []


@pytest.mark.parametrize("net", [[], ["cat-or-dog"], ["digits", "-n", "40", "--seed", "8"]])
def test_right_answers_are_graded_right(quick, letters, net):
    answers = "\n".join(letters(*net))
    done = quick("quiz", *net, "--answers", "-", "--pass-mark", "1", "-f", "json", stdin=answers)
    document = json.loads(done.out)
    Draft202012Validator(schema_named("grades")).validate(document)
    assert done.code == 0
    assert document["share"] == 1
    assert {each["outcome"] for each in document["answers"]} == {"right"}


def test_every_other_letter_is_graded_wrong_and_gets_its_own_reason(quick, letters):
    right = letters()
    whys = set()
    for shift in (1, 2, 3):
        wrong = ["abcd"[("abcd".index(letter) + shift) % 4] for letter in right]
        done = quick("quiz", "--answers", "-", "-f", "json", stdin="\n".join(wrong))
        document = json.loads(done.out)
        assert document["wrong"] == 15
        whys |= {each["chosen"]["why"] for each in document["answers"]}
    assert len(whys) == 45


@pytest.mark.parametrize(
    ("answers", "outcomes"),
    [
        ("1\n1.5", ["right", "right"]),
        ("1\r\n1,5\r\n", ["right", "right"]),
        ("\ufeff1\n 3/2 \n\n\n", ["right", "right"]),
        ("5\n6", ["wrong", "wrong"]),
        ("-1\n7", ["wrong", "wrong"]),
        ("\n1.5", ["unknown", "right"]),
        ("?\n?", ["unknown", "unknown"]),
        ("", ["unknown", "unknown"]),
        ("1", ["right", "unknown"]),
        ("x\ny", ["unreadable", "unreadable"]),
        # the tolerance of 1.5 is 1.5e-3, that of 1 is 1e-3
        ("1.001\n1.5015", ["right", "right"]),
        ("0.999\n1.4985", ["right", "right"]),
        ("1.0011\n1.50151", ["unreadable", "wrong"]),
        ('{"typed-number": 1.5, "right-is-one": "1"}', ["right", "right"]),
        ('{"typed-number": "3/2"}', ["unknown", "right"]),
        ('{"right-is-one": null, "typed-number": 6}', ["unknown", "wrong"]),
        ("{}", ["unknown", "unknown"]),
    ],
)
def test_answers_that_were_written_down(quick, bank, answers, outcomes):
    words = ("quiz", "--bank", "two.yaml", "--answers")
    done = quick(*words, "-", "-f", "json", stdin=answers)
    assert [each["outcome"] for each in json.loads(done.out)["answers"]] == outcomes
    (bank / "mine.txt").write_text(answers, "utf-8")
    assert quick(*words, "mine.txt", "-f", "json").out == done.out


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ("1\n1.5\n2", "<stdin>:3:1: answers number 3, but the quiz has 2 questions; the same seed"),
        ('{"typed-numbr": 1}', "<stdin>: unknown question 'typed-numbr', did you mean 'typed-num"),
        ('["1"]', '<stdin>: takes an object of answers by id, {"id": "b"}'),
        ('{"typed-number": [1]}', "<stdin>: typed-number: takes a text or a number"),
        ('{"typed-number": true}', "<stdin>: typed-number: takes a text or a number"),
        ('{"typed-number": 1, "typed-number": 2}', "<stdin>: typed-number: is answered twice"),
        ("seed: 0\n1\n1.5\n2", "<stdin>:4:1: answers number 3, but the quiz has 2 questions"),
        ('{"seed": "7"}', "<stdin>: seed: takes a whole number, as --seed does"),
        ('{"seed": -1}', "<stdin>: seed: takes a whole number"),
        ('{"answers": [7]}', '<stdin>: takes questions, each with its "id"'),
        ('{"a": 1', "<stdin>:1:8: is no JSON"),
        (b"a\n\xff\n", "<stdin>:2:1: is not text in UTF-8"),
        ("{" * 100_000, "<stdin>:1:2: is no JSON"),
        ('{"a":' + "[" * 100_000, "<stdin>: is no JSON object"),
    ],
    ids=range(14),
)
def test_answers_that_fit_no_quiz(quick, bank, answers, told):
    done = quick("quiz", "--bank", "two.yaml", "--answers", "-", stdin=answers)
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith(f"nntrace: error: {told}")


@pytest.mark.parametrize(
    ("answers", "mark", "code"),
    [("1\n1.5", "1", 0), ("1\n7", "0.5", 0), ("1\n7", "0.51", 1), ("\n", "0", 0), ("\n", "0.1", 1)],
)
def test_the_pass_mark_decides_the_exit_code(quick, bank, answers, mark, code):
    words = ("quiz", "--bank", "two.yaml", "--answers", "-", "--pass-mark", mark)
    assert quick(*words, stdin=answers).code == code
    document = json.loads(quick(*words, "-f", "json", stdin=answers).out)
    assert document["passed"] is (code == 0)


def test_grades_as_a_table(quick, bank):
    done = quick("quiz", "--bank", "two.yaml", "--answers", "-", stdin="5\n?")
    assert done.out.decode() == (
        "  1  ✗ wrong    5  right: b\n"
        "  2  ? unknown  ?  right: 1.5\n"
        "\n"
        "0 of 2 right, 0 %; 1 wrong, 1 not known\n"
        "To read again:\n"
        "  `nntrace learn layer`   question 1\n"
        "  `nntrace learn neuron`  question 2\n"
    )


@pytest.mark.parametrize("words", [["quiz"], ["quiz", "xor"], ["quiz", "--missed"]])
def test_on_a_pipe_it_ends_at_once_and_says_what_to_do(nntrace, words):
    done = nntrace(*words)
    assert (done.code, done.out) == (2, b"")
    assert done.err == (
        "nntrace: error: a quiz asks on a terminal, and this is none: --answers FILE|- grades"
        " answers, -f json gives the questions, --export FILE writes them down\n"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--bank none.yaml -f json", "none.yaml: no such file or directory"),
        ("--family z -f json", "--family goes with a net: nntrace quiz NET --family …"),
        ("-i 1,2 -f json", "--input goes with a net"),
        ("xor --bank two.yaml -f json", "--bank and NET are two sources of questions: give one"),
        ("xor --family zz -f json", "unknown family 'zz'"),
        ("--missed --due -f json", "--missed and --due are two choices: ask for one"),
        ("--lint two.yaml --export a.md", "--export and --lint are two things to do: ask for one"),
        ("--export a.pdf", "--export a.pdf: its suffix is none of .md, .gift, .gift.txt"),
        ("--key a.md -f json", "--key goes with --export"),
        ("--export a.gift --key a.md", "--key goes with --export FILE.md"),
        ("--export a.md --key ./a.md", "--export a.md: ./a.md is the same file"),
        ("--export a.md -o b.json", "--export goes without --output"),
        ("--reset --missed", "--reset goes without --missed"),
        ("xor --progress", "--progress goes without net"),
        ("--lint two.yaml -f json", "--lint goes without --format"),
        (
            "-f json --pass-mark 1",
            "--pass-mark takes a share, and goes with --answers, --grade or a term",
        ),
        ("--answers two.yaml --pass-mark nan", "--pass-mark takes a share"),
        ("xor --missed --family zz -f json", "unknown family 'zz'"),
        ("--input-format csv -f json", "--input-format goes with a net"),
        ("xor --family shift -f json", "xor with this input is too plain for that; possible"),
        ("- -i - -f json", "the net and the rows cannot both come from standard input"),
        ("- --answers -", "standard input can be read once"),
        ("--answers none.txt", "none.txt: no such file or directory"),
        ("--pass-mark 2 -f json", "--pass-mark takes a number from 0"),
        ("-n 0 -f json", "-n/--count takes a whole number from 1 to 1000, not '0'"),
        ("xor --example nine -f json", "unknown example 'nine'"),
    ],
)
def test_wrong_usage(quick, bank, words, told):
    done = quick("quiz", *words.split())
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith(f"nntrace: error: {told}")
    assert done.err.count("\n") == 1


def test_a_family_alone(quick):
    done = quick("quiz", "cat-or-dog", "--family", "shape", "-n", "2", "-f", "json")
    questions = json.loads(done.out)["questions"]
    assert {question["family"] for question in questions} == {"shape"}


OF_KINDS = [
    ("digits-conv", {"pixel", "map", "kernels", "pool", "heaviest", "silence"}),
    ("letters", {"norm", "attention", "z", "shape", "class", "parameters"}),
    ("aab", {"softmax"}),
]


@pytest.mark.parametrize(("net", "some"), OF_KINDS, ids=[net for net, _ in OF_KINDS])
def test_nets_of_other_layers_are_asked_about(quick, net, some):
    done = quick("quiz", net, "-n", "30", "-f", "json")
    assert done.code == 0
    assert {question["family"] for question in json.loads(done.out)["questions"]} >= some


def test_too_few_questions_are_told(quick, folder):
    done = quick("quiz", "one.yaml", "-i", "1", "-n", "500", "-f", "json")
    questions = json.loads(done.out)["questions"]
    assert done.code == 0
    assert 0 < len(questions) < 500
    count = len(questions)
    assert done.err.startswith(f"nntrace: warning: one with this input gives only {count} diff")


def test_some_of_the_questions(quick):
    whole = [each["id"] for each in json.loads(quick("quiz", "-f", "json").out)["questions"]]
    some = json.loads(quick("quiz", "-f", "json", "-n", "5").out)["questions"]
    asked = [each["id"] for each in some]
    assert len(asked) == 5
    assert asked == [each for each in whole if each in asked]


def test_the_help_lists_every_family(quick):
    from nntrace.teach.generator import FAMILIES

    told = quick("quiz", "--help").out.decode().split("Families of questions about a net:")[1]
    assert told.split(".")[0].replace(",", " ").split() == list(FAMILIES)


# ---- chores ----


def test_progress_as_json(quick, seated, bank):
    seated("quiz", "--bank", "two.yaml", "--seed", "0", typed=["5", "q"])
    done = seated("quiz", "--bank", "two.yaml", "--progress", "-f", "json")
    document = json.loads(done.out)
    Draft202012Validator(schema_named("progress")).validate(document)
    asked, other = document["questions"]
    assert (asked["id"], asked["answered"], asked["right"]) == ("right-is-one", 1, 0)
    assert asked["outcome"] == "wrong"
    assert other == {
        "id": "typed-number", "of": "Two questions", "family": None, "asks": "What is 3 / 2?",
        "answered": 0, "right": 0, "outcome": None, "due": None,
    }  # fmt: skip


def test_lint_tells_what_breaks_a_rule(quick, bank):
    bad = BANK.replace("What is 3 - 2?", "Which of these is not 3 - 2?")
    (bank / "bad.yaml").write_text(bad)
    done = quick("quiz", "--lint", "bad.yaml")
    assert done.code == 1
    assert re.match(r"nntrace: error: bad\.yaml:6:11: questions\[0\]\.asks: ", done.err)
    assert done.out == b"bad.yaml: 2 questions, 1 problem\n"


def test_lint_of_a_file_that_is_no_bank(quick, bank):
    (bank / "bad.yaml").write_text("title: T\nquestion: []\n")
    done = quick("quiz", "--lint", "bad.yaml")
    assert (done.code, done.out) == (2, b"")
    assert "bad.yaml:2:1: question: unknown key 'question', did you mean 'questions'?" in done.err


def test_export_as_markdown_keeps_the_key_in_a_second_file(quick, bank):
    assert quick("quiz", "--bank", "two.yaml", "--export", "sheet.md").code == 0
    sheet = (bank / "sheet.md").read_text()
    key = (bank / "sheet-key.md").read_text()
    assert "What is 3 / 2?" in sheet
    assert "1.5" not in sheet
    assert "why" not in sheet
    assert "Half of three." in key
    assert "That is 2 - 3." in key


def test_export_as_gift(quick, bank):
    assert quick("quiz", "--bank", "two.yaml", "--export", "quiz.gift").code == 0
    assert "::typed-number::" in (bank / "quiz.gift").read_text()


def test_what_was_written_is_said(quick, bank):
    words = ("quiz", "--bank", "two.yaml", "--seed", "5", "--export")
    done = quick(*words, "sheet.md")
    assert (done.code, done.out) == (0, b"")
    assert done.err == "wrote sheet.md: 2 questions of --seed 5; and sheet-key.md: the key\n"
    assert quick(*words, "q.gift").err == "wrote q.gift: 2 questions of --seed 5 and the key\n"


@pytest.mark.parametrize("kind", ["file", "link", "dangling"])
def test_no_file_is_written_over_that_was_not_named(quick, bank, kind):
    (bank / "mine.txt").write_text("my own")
    target = bank / "sheet-key.md"
    if kind == "file":
        target.write_text("my own")
    else:
        target.symlink_to("mine.txt" if kind == "link" else "nowhere.txt")
    words = ("quiz", "--bank", "two.yaml", "--export", "sheet.md")
    done = quick(*words)
    assert done.code == 2
    assert done.err == (
        "nntrace: error: --export would write over sheet-key.md, which is not named:"
        " --key sheet-key.md allows it, --key FILE writes the key elsewhere\n"
    )
    assert not (bank / "sheet.md").exists()
    assert (bank / "mine.txt").read_text() == "my own"
    assert quick(*words, "--key", "k.md").code == 0
    assert kind == "dangling" or target.read_text() == "my own"
    assert "Half of three." in (bank / "k.md").read_text()
    assert quick(*words, "--key", "sheet-key.md").code == 0
    assert "Half of three." in target.read_text()


def test_the_same_export_again_loses_nothing_and_another_seed_is_refused(quick, bank):
    words = ("quiz", "--bank", "two.yaml", "--export", "sheet.md", "--seed")
    assert [quick(*words, seed).code for seed in (1, 1, 2)] == [0, 0, 2]


SEEDED = ["seed: 7\n{}", "\n# Seed 7\n{}", "--seed 7\n{}", '{{"seed": 7, "answers": {}}}']


@pytest.mark.parametrize("form", [*SEEDED, '{{"seed": 7, {}'])
def test_answers_tell_their_seed_and_no_other_is_taken(quick, letters, form):
    right = letters("--seed", "7")
    if form.startswith("{"):
        questions = json.loads(quick("quiz", "--seed", "7", "-f", "json").out)["questions"]
        by_id = {each["id"]: letter for each, letter in zip(questions, right, strict=True)}
        answers = form.format(json.dumps(by_id)[not form.endswith("}}") :])
    else:
        answers = form.format("\n".join(right))
    words = ("quiz", "--answers", "-", "-f", "json")
    for seed in ((), ("--seed", "7")):
        done = quick(*words, *seed, stdin=answers)
        document = json.loads(done.out)
        assert (document["seed"], document["right"], done.err) == (7, 15, "")
    done = quick(*words, "--seed", "8", stdin=answers)
    assert (done.code, done.out) == (2, b"")
    assert "answers the quiz of seed 7, but --seed is 8" in done.err


def test_the_questions_with_answers_put_in_are_answers(quick, letters):
    document = json.loads(quick("quiz", "--seed", "7", "-f", "json").out)
    for question, letter in zip(document["questions"], letters("--seed", "7"), strict=True):
        question["answer"] = letter
    done = quick("quiz", "--answers", "-", "-f", "json", stdin=json.dumps(document))
    assert json.loads(done.out)["share"] == 1
    again = quick("quiz", "--answers", "-", "-f", "json", stdin=done.out)  # grades, graded again
    assert json.loads(again.out)["answers"] == json.loads(done.out)["answers"]


def test_a_seed_that_is_guessed_is_said(quick, bank):
    words = ("quiz", "--bank", "two.yaml", "--answers", "-")
    told = "graded as the quiz of --seed 0; a first line 'seed: N' of the answers says another\n"
    assert quick(*words, stdin="1").err == told
    assert quick(*words, "--seed", "0", stdin="1").err == ""


@pytest.mark.parametrize("word", ["sheet.md", "sheet-key.md", "q.gift"])
def test_the_seed_stands_in_what_is_exported(quick, bank, word):
    for name in ("sheet.md", "q.gift"):
        assert quick("quiz", "--bank", "two.yaml", "--seed", "123", "--export", name).code == 0
    assert "eed 123" in (bank / word).read_text()


def test_a_quiz_of_nothing_is_a_document_all_the_same(quick, bank):
    words = ("quiz", "--bank", "two.yaml", "--missed")
    document = json.loads(quick(*words, "-f", "json").out)
    Draft202012Validator(schema_named("quiz")).validate(document)
    assert document["questions"] == []
    assert quick(*words, "--answers", "-", "-f", "json").code == 0


def test_a_step_of_a_lesson_of_ones_own_is_named_without_a_command(quick, bank):
    (bank / "own.yaml").write_text(BANK.replace("step: layer", "step: soup"))
    done = quick("quiz", "--bank", "own.yaml", "--answers", "-", stdin="5\n6")
    assert "\n  soup                    question 1\n" in done.out.decode()
    assert "learn soup" not in done.out.decode()


def test_a_net_whose_numbers_overflow_is_asked_what_it_can_be(quick, bank):
    weights = "[[3e38, 3e38], [-3e38, 3e38]]"
    (bank / "huge.yaml").write_text(f"dtype: float32\ninput: 2\nlayers: [{{weights: {weights}}}]")
    for seed in range(20):
        done = quick("quiz", "huge.yaml", "-i", "3,3", "--seed", seed, "-f", "json")
        assert done.code == 0
        assert "fault" not in done.err


def test_the_key_never_takes_the_place_of_the_sheet(quick, bank):
    (bank / "sheet-key.md").symlink_to("sheet.md")
    done = quick("quiz", "--bank", "two.yaml", "--export", "sheet.md")
    assert done.code == 2
    assert "sheet-key.md is the same file" in done.err


def test_a_name_that_no_file_can_have(quick):
    done = quick("quiz", "x" * 300, "-f", "json")
    assert done.code == 2
    assert "fault" not in done.err


def test_a_failed_export_writes_neither_file(quick, bank):
    (bank / "sheet.md").write_text("old")
    (bank / "sheet-key.md").mkdir()
    done = quick("quiz", "--bank", "two.yaml", "--export", "sheet.md")
    assert done.code == 2
    assert (bank / "sheet.md").read_text() == "old"


# ---- at a terminal ----


def test_what_is_due_comes_the_longest_overdue_first(seated, bank):
    words = ("quiz", "--bank", "two.yaml", "--seed", "0")
    early, late = {"NNTRACE_NOW": "2026-01-02T00:00:00Z"}, {"NNTRACE_NOW": "2026-02-01T00:00:00Z"}
    seated(*words, typed=["1", "", "1.5", "q"], env=early)
    seated(*words, typed=["1", "q"], env=late)
    later = {"NNTRACE_NOW": "2099-01-01T00:00:00Z"}
    shown = seated(*words, "--due", "-n", "1", typed=["q"], env=later).out.decode()
    assert "What is 3 / 2?" in shown


def test_an_input_that_changes_is_worked_out_with_its_new_value(seated):
    words = ("quiz", "cat-or-dog", "--example", "a noisy kitten", "--family", "change", "-n", "1")
    shown = seated(*words, "--seed", "4", typed=["?"]).out.decode()
    name, new = re.search(r"Suppose that `(\S+)` were `(\S+)` instead", shown).groups()
    assert re.search(rf"{re.escape(name)} +\S+  ×  \+{float(new):.4f}", shown)


def test_somebody_answers(seated, bank):
    typed = ["h", "h", "h", "zz", "", "5", "5", "", "-1", "", "1,5", "", "q"]
    done = seated("quiz", "--bank", "two.yaml", "--seed", "0", typed=typed)
    shown = done.out.decode()
    assert done.code == 0
    for part in (
        "question 1 of 2", "hint 1 of 2: Take away.", "hint 2 of 2: Count down from 3.",
        "No more hints", "It takes a letter from a to c. ? says you don't know.",
        "✗ Not quite.\n  That is the sum of the two.", "Try once more, or ? shows what is right.",
        "That was your first answer.", "The right answer is b: 1",
        "Three take away two leaves one.", "That is 2 - 3.", "question 2 of 2", "✓ Right.",
        "That is the product.", "1 of 2 right, 50 %; 1 wrong", "nntrace learn layer",
        "Once more, the one that you missed?", "--seed 0 asks the same again",
    ):  # fmt: skip
        assert part in shown, part
    assert "hint 3" not in shown


def test_a_low_screen_is_filled_a_page_at_a_time(seated):
    typed = ["?", *[""] * 9, "q"]
    words = ("quiz", "digits", "--example", "a six", "--family", "softmax", "-n", "1")
    low, high = ({"LINES": str(lines)} for lines in (14, 99))
    shown = seated(*words, "--seed", "1", typed=typed, env=low).out.decode()
    told = shown.partition("Once more")[0]
    longest = max(part.count("\n") for part in told.split("q quits: ")[1:])
    assert longest <= 14
    whole = seated(*words, "--seed", "1", typed=typed, env=high).out.decode()
    assert whole.partition("Once more")[0].count("Enter goes on") == 1
    assert told.count("Enter goes on") > 1


def test_what_was_missed_is_asked_again_until_it_is_right(seated, bank):
    typed = ["5", "-1", "", "?", "", "", "1", "", "6", "7", "", "", "1.5", ""]
    shown = seated("quiz", "--bank", "two.yaml", "--seed", "0", typed=typed).out.decode()
    assert "0 of 2 right, 0 %; 1 wrong, 1 not known" in shown
    assert "the 2 that you missed" in shown
    assert "1 of 2 right, 50 %; 1 wrong" in shown
    assert "the one that you missed" in shown
    assert "1 of 1 right, 100 %" in shown


def test_a_second_try_may_be_right_and_counts_as_missed(seated, bank):
    words = ("quiz", "--bank", "two.yaml", "--seed", "0")
    shown = seated(*words, typed=["5", "h", "1", "", "6", "1.5", "", "q"]).out.decode()
    first, _, second = shown.partition("question 2 of 2")
    assert "The right answer" not in shown
    assert first.count("That is the sum of the two.") == 1  # told once
    assert "✓ Right." in first
    assert "✓ Right." in second
    assert "0 of 2 right, 0 %; 2 wrong (2 right at the second try)" in shown
    assert "question 1 of 2" in seated(*words, "--missed", typed=["q"]).out.decode()


def test_a_question_of_two_options_has_no_second_try(seated, bank):
    pair = BANK.replace('      - {text: "5", why: That is the sum of the two.}\n', "")
    (bank / "pair.yaml").write_text(pair)
    shown = seated("quiz", "--bank", "pair.yaml", typed=["-1", "q"]).out.decode()
    assert "Try once more" not in shown
    assert "The right answer is" in shown


def test_all_right_is_celebrated_with_what_to_do_next(seated, bank, letters):
    typed = [each for letter in letters() for each in (letter, "")]
    shown = seated("quiz", "--seed", "0", typed=typed).out.decode()
    assert "15 of 15 right, 100 %\nEvery single one. Well done! Now read" in shown
    assert "`nntrace quiz cat-or-dog`" in " ".join(shown.split())
    shown = seated("quiz", "--bank", "two.yaml", typed=["1", "", "1.5", ""]).out.decode()
    assert "Every single one. Well done! `--due` asks again what it is time for." in shown
    shown = seated("quiz", "--bank", "two.yaml", typed=["1", "", "7", "1.5", ""]).out.decode()
    assert "Every single one" not in shown


def test_what_was_missed_about_a_net_comes_back_with_other_numbers(seated):
    words = ("quiz", "cat-or-dog", "--family", "z", "--family", "contribution", "-n", "4")
    shown = seated(*words, "--seed", "3", typed=["?", ""] * 4 + ["", "q"]).out.decode()
    assert "Once more, the 4 that you missed, with other numbers?" in shown
    first, _, again = shown.partition("Once more")
    asked = re.findall(r"question 1 of 4 · (\w+) ─+╮\n(.*?)╰", first + again, re.DOTALL)
    assert len(asked) == 2
    assert asked[0][0] == asked[1][0]
    assert asked[0][1] != asked[1][1]


@pytest.mark.parametrize("typed", [["q"], ["1", "q"], ["1"], []])
def test_stopping_gives_the_score_so_far(seated, bank, typed):
    done = seated("quiz", "--bank", "two.yaml", typed=typed)
    shown = done.out.decode()
    if "1" in typed:
        assert "1 of 1 answered right; 1 still to come" in shown
    else:
        assert "2 questions, none answered yet" in shown
    assert "%" not in shown
    assert done.code == 0


def test_the_pass_mark_holds_at_a_terminal_too(seated, bank):
    assert seated("quiz", "--bank", "two.yaml", "--pass-mark", "0.8", typed=["1", "q"]).code == 1


def test_a_seed_is_drawn_and_told(seated, bank):
    shown = [seated("quiz", "--bank", "two.yaml", typed=["q"]).out.decode() for _ in range(3)]
    seeds = {re.search(r"--seed (\d+) asks the same", each)[1] for each in shown}
    assert len(seeds) > 1


def test_the_arithmetic_of_a_neuron_is_shown_as_explain_does(seated, quick):
    words = ("cat-or-dog", "--example", "a cat", "--family", "z", "-n", "1", "--seed", "0")
    shown = seated("quiz", *words, typed=["?"]).out.decode()
    assert "✓ the terms and the bias add up to z" in shown


def test_progress_survives(seated, bank):
    words = ("quiz", "--bank", "two.yaml", "--seed", "0")
    seated(*words, typed=["5", "?", "", "1.5", "q"])
    again = seated(*words, "--missed", typed=["1"]).out.decode()
    assert "question 1 of 1" in again
    assert "What is 3 - 2?" in again
    assert "Nothing is left that you missed." in seated(*words, "--missed").out.decode()
    assert "Nothing is due" in seated(*words, "--due").out.decode()
    later = {"NNTRACE_NOW": "2099-01-01T00:00:00Z"}
    assert "question 1 of 2" in seated(*words, "--due", typed=["q"], env=later).out.decode()
    assert "3 answers forgotten" in seated("quiz", "--reset", "--yes").out.decode()
    assert "Nothing is left that you missed." in seated(*words, "--missed").out.decode()


def test_questions_about_a_net_are_remembered_for_that_net(seated):
    words = ("quiz", "cat-or-dog", "--example", "a cat", "-n", "3")
    first = seated(*words, "--seed", "5", typed=["?", "", "?", "", "?", "q"]).out.decode()
    assert "0 of 3 right" in first
    again = seated(
        *words, "--missed", "--seed", "6", typed=["?", "", "?", "", "?", "q"]
    ).out.decode()
    assert "question 1 of 3" in again
    had, has = (
        re.findall(r"question \d of 3 · (\w+) ─+╮\n(.*?)╰", each, re.DOTALL)
        for each in (first, again)
    )
    assert [family for family, _ in had] == [family for family, _ in has]
    assert not {text for _, text in had} & {text for _, text in has}
    other = seated("quiz", "xor", "--missed", typed=["q"]).out.decode()
    assert "Nothing is left that you missed about this net and this input." in other
    assert "Missed elsewhere: cat-or-dog (3); nntrace quiz NET --missed asks" in " ".join(
        other.split()
    )
    here = seated("quiz", "--due").out.decode()
    assert "elsewhere" not in here  # it is due in a minute, not yet
    later = {"NNTRACE_NOW": "2099-01-01T00:00:00Z"}
    here = " ".join(seated("quiz", "--due", env=later).out.decode().split())
    assert "Due elsewhere: cat-or-dog (3); nntrace quiz NET --due asks" in here


FORGETS = [  # what is forgotten, what is typed, and how many answers are left of 2 and 3
    (["--bank", "two.yaml"], ["y"], "2 answers to Two questions forgotten", 3),
    (["cat-or-dog"], ["yes"], "3 answers about cat-or-dog forgotten", 2),
    (["xor"], [], "0 answers about xor forgotten", 5),
    ([], ["Y"], "5 answers forgotten", 0),
    ([], [""], "0 answers forgotten", 5),
    ([], ["n"], "0 answers forgotten", 5),
    ([], [], "0 answers forgotten", 5),
    (["cat-or-dog"], ["q"], "0 answers about cat-or-dog forgotten", 5),
    (["--bank", "two.yaml", "--yes"], [], "2 answers to Two questions forgotten", 3),
    (["--yes"], [], "5 answers forgotten", 0),
]


@pytest.mark.parametrize(("what", "typed", "told", "left"), FORGETS)
def test_forgetting_asks_and_may_be_for_one_bank_or_net(seated, bank, what, typed, told, left):
    seated("quiz", "--bank", "two.yaml", typed=["?", "", "?", "q"])
    seated("quiz", "cat-or-dog", "-n", "3", typed=["?", "", "?", "", "?", "q"])
    shown = seated("quiz", *what, "--reset", typed=typed).out.decode()
    assert told in shown
    assert ("y for yes" in shown) == ("--yes" not in what and "xor" not in what)
    progress = json.loads(seated("quiz", "--bank", "two.yaml", "--progress", "-f", "json").out)
    assert sum(each["answered"] for each in progress["questions"]) == left


def test_without_a_terminal_nothing_is_forgotten_unasked(quick, seated, bank, tmp_path):
    seated("quiz", "--bank", "two.yaml", typed=["?", "q"])
    state = {"NNTRACE_STATE": str(tmp_path / "state")}
    done = quick("quiz", "--reset", env=state)
    assert done.code == 2
    assert "--reset would forget 1 answer: --yes says that it may" in done.err
    assert quick("quiz", "--reset", "--yes", env=state).out == b"1 answer forgotten\n"


def test_grading_a_file_leaves_the_progress_alone(seated, bank):
    (bank / "mine.txt").write_text("5\n6\n")
    seated("quiz", "--bank", "two.yaml", "--answers", "mine.txt")
    assert "0 answers forgotten" in seated("quiz", "--reset").out.decode()


def test_accessible_has_no_boxes_and_says_all(seated, bank):
    typed = ["h", "5", "?", "", "1.5", "q"]
    words = ("quiz", "--bank", "two.yaml", "--seed", "0", "--accessible")
    shown = seated(*words, typed=typed).out.decode()
    assert not set(shown) & set("╭╮╰╯│─█✓✗→·")
    for part in (
        "Question 1 of 2, about layer:", "Option b: 1", "Hint 1 of 2: Take away.", "Not quite.",
        "The right answer: b, 1. Three take away two leaves one.",
        "Score: 1 of 2 right, 50 percent; 1 wrong.",
    ):  # fmt: skip
        assert part in shown, part
