"""The quiz on paper: what a CommonMark reader makes of it is what was asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from exports import as_told
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from nntrace.errors import printable
from nntrace.teach.export.sheet import BLANK, key, sheet
from nntrace.teach.files.bank import load_bank
from nntrace.teach.question import LETTERS, Option, Question

# CommonMark, and GitHub's additions that could catch a text
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def structure(markdown: str) -> list[tuple[str, ...]]:
    """Tell what a document is made of: ("h1", text), ("p", text), ("ul", item, item, …).

    Code stands between backquotes, bold between asterisks; nothing else may be found.
    """
    parts: list[tuple[str, ...]] = []
    where: list[str] = []
    begun = False  # whether the item has a paragraph already
    for token in READER.parse(markdown):
        if token.nesting == 1:
            where.append(token.tag)
            begun = begun and token.tag != "li"
            if token.tag == "ul":
                parts.append(("ul",))
        elif token.nesting == -1:
            where.pop()
        else:
            assert token.type == "inline", token.type
            text = "".join(map(inline, token.children or []))
            assert where in (["h1"], ["h2"], ["p"], ["ul", "li", "p"]), where
            if where[0] == "ul" and begun:
                parts[-1] = (*parts[-1][:-1], f"{parts[-1][-1]}\n\n{text}")
            elif where[0] == "ul":
                parts[-1] += (text,)
                begun = True
            else:
                parts.append((where[0], text))
    return parts


def told_in(text: str) -> list[tuple[str, str]]:
    """The paragraphs that are to be seen of a text."""
    return [("p", each) for each in as_told(text).split("\n\n") if each]


def inline(token: Token) -> str:
    seen = {
        "text": token.content,
        "code_inline": f"`{token.content}`",
        "hardbreak": "\n",
        "strong_open": "**",
        "strong_close": "**",
    }
    return seen[token.type]


CHOICE = Question(
    "leaky",
    "What does `leaky_relu` with *alpha* = 0.1 make of −5?\n\n \n1. Read it.\n- Then count.",
    (
        Option("-0.5", "Below zero it is a tenth: `max(x, 0.1 * x)`."),
        Option("0", "That is `relu`.\n\nIt has no tenth."),
        Option("1. [five](x)", "That is <b>a</b> leaky_relu_ of **5**."),
    ),
    0,
    ("A hint",),
    step="activation",
)
NUMBER = Question(
    "z",
    "What is z of `output.cat`?",
    (
        Option("1.124", "Each weight times its input, summed, and the bias.", 1.124),
        Option("0.88", "That is the activation.", 0.88),
    ),
    0,
    (),
    step="neuron",
    typed=True,
)


def test_a_sheet_has_numbers_letters_and_blanks() -> None:
    assert structure(sheet([CHOICE, NUMBER], "cat_or_dog: a *quiz* #")) == [
        ("h1", "cat_or_dog: a *quiz* #"),
        ("h2", "Question 1"),
        ("p", "What does `leaky_relu` with *alpha* = 0.1 make of −5?"),
        ("p", "1. Read it.\n- Then count."),
        ("ul", "**a.** -0.5", "**b.** 0", "**c.** 1. [five](x)"),
        ("h2", "Question 2"),
        ("p", "What is z of `output.cat`?"),
        ("p", BLANK),
    ]


def test_both_papers_tell_the_seed() -> None:
    for paper in (sheet, key):
        told = ("p", "Seed 7: a file of answers, one a line, begins with the line `seed: 7`.")
        assert structure(paper([CHOICE], "a quiz", 7))[:2] == [("h1", "a quiz"), told]


def test_a_sheet_has_no_key_in_it() -> None:
    """Which option is right changes nothing, nor do the reasons, the hints or the values."""
    other = CHOICE._replace(
        right=2, hints=(), options=tuple(each._replace(why="?") for each in CHOICE.options)
    )
    number = NUMBER._replace(options=(Option("5", "", 5.0), Option("6", "", 6.0)), right=1)
    assert sheet([CHOICE, NUMBER], "q") == sheet([other, number], "q")


def test_a_key_says_what_is_right_and_why_and_why_the_others_are_not() -> None:
    assert structure(key([CHOICE, NUMBER], "answers")) == [
        ("h1", "answers"),
        ("h2", "Question 1"),
        ("p", "**a.** -0.5"),
        ("p", "Below zero it is a tenth: `max(x, 0.1 * x)`."),
        ("p", "The others:"),
        (
            "ul",
            "**b.** 0\nThat is `relu`.\n\nIt has no tenth.",
            "**c.** 1. [five](x)\nThat is <b>a</b> leaky_relu_ of **5**.",
        ),
        ("p", "To read again: `nntrace learn activation`"),
        ("h2", "Question 2"),
        ("p", "**Answer:** 1.124"),
        ("p", "Right is any number from 1.12287 to 1.12513."),
        ("p", "Each weight times its input, summed, and the bias."),
        ("p", "What mistakes give:"),
        ("ul", "0.88\nThat is the activation."),
        ("p", "To read again: `nntrace learn neuron`"),
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        # 5e-4 or a thousandth of the number, whichever is more, to either side, in whole 1e-5
        (0.0, "from -0.0005 to 0.0005"),
        (0.0005, "from 0 to 0.001"),
        (-0.6, "from -0.6006 to -0.5994"),
        (-0.76874, "from -0.76951 to -0.76797"),
        (51.0, "from 50.949 to 51.051"),
        (123456.0, "from 123332.544 to 123579.456"),
        (2e12, "from 1998000000000 to 2002000000000"),
    ],
)
def test_the_tolerance_is_told_in_words(value: float, words: str) -> None:
    question = NUMBER._replace(options=(Option("x", "", value),))
    assert f"Right is any number {words}." in key([question], "")


def test_on_paper(golden: Callable[[str, str], None]) -> None:
    golden("quizsheet-questions.md", sheet([CHOICE, NUMBER], "A quiz"))
    golden("quizsheet-key.md", key([CHOICE, NUMBER], "A quiz: answer key"))


def test_the_bundled_questions_on_paper(golden: Callable[[str, str], None]) -> None:
    bank = load_bank()
    asked = [*(question.shuffled(7) for question in bank.questions[:3]), NUMBER]
    golden("quizsheet-bank.md", sheet(asked, bank.title))
    golden("quizsheet-bank-key.md", key(asked, f"{bank.title}: answer key"))


NASTY = [
    *(
        "\\",
        "\\\\",
        "`",
        "``",
        "`x`",
        "` x `",
        "`a``b`",
        "```",
        "~~~",
        "~",
        "~~x~~",
        "*",
        "**",
        "_",
    ),
    *(
        "__x__",
        "[",
        "](x)",
        "[x]: y",
        "![",
        "<",
        "<b>",
        "<!--",
        "<http://x.y>",
        "&",
        "&amp;",
        "&#35;",
    ),
    *(
        "#",
        "# ",
        "##",
        "+ ",
        "- ",
        "-",
        "---",
        "===",
        "=",
        "> ",
        ">",
        "1.",
        "1) ",
        "a. ",
        "(i) ",
        "#. ",
    ),
    *(
        "|",
        "|-|",
        ":-",
        ": ",
        ":::",
        "$x$",
        "^",
        "@a",
        "!",
        "%",
        "0",
        "a",
        "é",
        "猫",
        " ",
        "  \n",
        "\\\n",
    ),
    *(
        "\n",
        "\n\n",
        "\n    ",
        "\t",
        "\r",
        "\x00",
        "\x1b[0m",
        "\u202e",
        "\u2028",
        "\udc80",
        "\ufeff",
    ),
]
texts = st.lists(st.sampled_from(NASTY) | st.text(max_size=3), max_size=9).map("".join)
told = texts.filter(as_told)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    typed = draw(st.booleans())
    one = st.builds(Option, told, texts, st.floats(-9, 9) if typed else st.none())
    drawn = tuple(draw(st.lists(one, min_size=2, max_size=4)))
    return Question("id", draw(told), drawn, draw(st.integers(0, len(drawn) - 1)), (), typed=typed)


@given(st.lists(questions(), max_size=3), texts)
@example([CHOICE, NUMBER], "")
def test_any_questions_are_seen_as_they_were_asked(asked: list[Question], title: str) -> None:
    written = sheet(asked, title)
    expected: list[tuple[str, ...]] = [("h1", printable(" ".join(title.split())))]
    for number, question in enumerate(asked, start=1):
        expected += [("h2", f"Question {number}"), *told_in(question.asks)]
        if question.typed:
            expected.append(("p", BLANK))
        else:
            options = zip(LETTERS, question.options, strict=False)
            expected.append(("ul", *(f"**{a}.** {as_told(each.text)}" for a, each in options)))
    assert structure(written) == expected
    assert written == sheet(asked, title)


@given(st.lists(questions(), max_size=3), texts)
def test_any_answers_are_seen_as_they_were_given(asked: list[Question], title: str) -> None:
    expected: list[tuple[str, ...]] = [("h1", printable(" ".join(title.split())))]
    for number, question in enumerate(asked, start=1):
        labels = [f"**{letter}.** " for letter in LETTERS]
        right, others = labels[question.right], "The others:"
        if question.typed:
            labels, right, others = [""] * len(LETTERS), "**Answer:** ", "What mistakes give:"
        expected += [
            ("h2", f"Question {number}"),
            *told_in(right + as_told(question.answer.text)),
            *[("p", "accepted")] * question.typed,
            *told_in(question.answer.why),
            ("p", others),
            (
                "ul",
                *(
                    as_told(f"{labels[index]}{as_told(option.text)}\n{as_told(option.why)}")
                    for index, option in enumerate(question.options)
                    if index != question.right
                ),
            ),
        ]
    seen = structure(key(asked, title))
    accepted = [part[1].startswith("Right is any number from ") for part in seen]
    assert sum(accepted) == sum(question.typed for question in asked)
    assert expected == [
        ("p", "accepted") if each else part for each, part in zip(accepted, seen, strict=True)
    ]


@given(st.lists(questions(), max_size=2), texts)
def test_what_is_written_is_clean_text(asked: list[Question], title: str) -> None:
    for written in (sheet(asked, title), key(asked, title)):
        assert written.endswith("\n")
        assert not written.endswith("\n\n")
        lines = written.split("\n")
        assert all(line.replace("\u200d", "").isprintable() for line in lines)
        assert not any(line.endswith(" ") for line in lines)


def test_the_reader_can_fail() -> None:
    assert structure("# a\n\nb\n===\n\n1\\. c") == [("h1", "a"), ("h1", "b"), ("p", "1. c")]
    with pytest.raises(KeyError, match="em_open"):
        structure("*a*")
    with pytest.raises(AssertionError):
        structure("1. a")
