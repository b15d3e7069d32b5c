"""A quiz as it is seen, held against golden files; `pytest --rewrite-golden` writes them anew."""

from __future__ import annotations

from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "learn.md"
BANK = ("quiz", "--seed", "7", "-n", "3")
NET = ("quiz", "cat-or-dog", "--example", "a cat", "--family", "z", "--family", "class", "-n", "2")
CONV = ("quiz", "digits-conv", "--example", "a zero", "-n", "3", "--seed", "1")
CONV += ("--family", "map", "--family", "kernels", "--family", "heaviest")
TYPED = ["h", "b", "", "?", "", "q"]
COLOUR = {"NO_COLOR": "", "COLORTERM": "truecolor"}


@pytest.mark.parametrize(
    ("name", "words", "typed", "width", "env"),
    [
        ("bank-80", BANK, TYPED, 80, {}),
        ("bank-200", BANK, TYPED, 200, {}),
        ("bank-40", BANK, TYPED, 40, {}),
        ("bank-colour", BANK, TYPED, 80, COLOUR),
        ("bank-accessible", (*BANK, "--accessible"), TYPED, 80, {}),
        ("net-80", (*NET, "--seed", "2"), ["1.2", "", "a", "q"], 80, {}),
        ("net-colour", (*NET, "--seed", "2"), ["1.2", "", "a", "q"], 80, COLOUR),
        ("conv-80", CONV, ["h", "h", "h", "a", "", "108", "", "c", "", "q"], 80, {}),
        ("conv-accessible", (*CONV, "--accessible"), ["?", "", "120", "", "a", "", "q"], 80, {}),
        ("net-accessible", (*NET, "--seed", "2", "--accessible"), ["1.2", "", "a", "q"], 80, {}),
    ],
)
def test_a_quiz_is_seen_as_before(seated, golden, name, words, typed, width, env):
    done = seated(*words, typed=typed, width=width, env=env)
    golden(f"quiz-{name}.txt", done.out.decode())


def test_the_question_on_the_page_is_one_that_is_asked(seated, request):
    words = ("quiz", "cat-or-dog", "--example", "a noisy kitten", "--family", "change", "-n", "1")
    shown = seated(*words, "--seed", "31", typed=["a", "c", "q"]).out.decode()
    screen = shown[shown.index("╭") : shown.index("The others:")]
    before, _, rest = PAGE.read_text("utf-8").partition("```text\n")
    told, _, after = rest.partition("```\n")
    if request.config.getoption("--rewrite-golden"):
        PAGE.write_text(f"{before}```text\n{screen}```\n{after}", "utf-8")
        return
    assert told == screen
