"""Questions for Moodle: written, and read back as Moodle's importer reads them.

The reader below is written after what `question/format.php` and `question/format/gift/format.php`
do with the bytes of a file, in that order, and knows nothing of the writer.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest
from exports import as_told
from hypothesis import given
from hypothesis import strategies as st

from nntrace.errors import printable
from nntrace.teach.export.gift import gift
from nntrace.teach.files.bank import load_bank
from nntrace.teach.grading import grade, tolerance
from nntrace.teach.question import Option, Question

# ---- the reader ----

BLANKS = " \t\n\r\0\x0b"  # what PHP's trim takes off
PLACEHOLDERS = {
    "\\:": "&&058;",
    "\\#": "&&035;",
    "\\=": "&&061;",
    "\\{": "&&123;",
    "\\}": "&&125;",
    "\\~": "&&126;",
    "\\n": "&&010",
}
MEANT = {"&&058;": ":", "&&035;": "#", "&&061;": "=", "&&123;": "{", "&&125;": "}", "&&126;": "~"}
FORMATS = ("moodle", "html", "plain", "markdown")
WEIGHT = re.compile(r"^%-*([0-9]{1,2})\.?([0-9]*)%")


class Text(NamedTuple):
    text: str
    format: str


class Answer(NamedTuple):
    text: Text  # of a number: its digits
    fraction: float
    feedback: Text
    tolerance: float | None = None


class Item(NamedTuple):
    """A question, or a change of category."""

    kind: str
    name: str
    asks: Text
    answers: tuple[Answer, ...] = ()
    general: Text = Text("", "moodle")


def read_gift(data: str) -> list[Item]:
    items: list[Item] = []
    block: list[str] = []
    for line in [*data.split("\n"), ""]:
        line = line.strip(BLANKS)
        if line not in ("", "0"):  # PHP's empty()
            block.append(line)
        elif block:
            items += read_block(block)
            block = []
    return items


def read_block(block: list[str]) -> list[Item]:
    text = "\n".join(" " if line.startswith("//") else line for line in block).strip(BLANKS)
    if not text:
        return []
    text = text.replace("\\\\", "&&092;")
    for escaped, placeholder in PLACEHOLDERS.items():
        text = text.replace(escaped, placeholder)
    text = text.replace("&&092;", "\\")
    if text.startswith("$CATEGORY:"):
        path = re.split(r"(?<!/)/(?!/)", text[10:].strip(BLANKS))  # one in another
        names = [part.replace("//", "/").strip(BLANKS) for part in path]
        return [Item("category", " in ".join(reversed(names)), Text("", ""))]
    assert text.startswith("::"), "the writer names every question"
    name, _, text = text[2:].partition("::")
    text = text.strip(BLANKS)
    start, end = text.index("{"), text.index("}")
    assert start < end
    assert text.endswith("}"), "else there is a gap in the text"
    asks = formatted(text[:start] + text[end + 1 :], "moodle")
    inside, _, general = text[start + 1 : end].strip(BLANKS).rpartition("####")
    if not inside:
        inside, general = general, ""
    inside = inside.strip(BLANKS)
    common = (unescaped(name).strip(BLANKS), asks)
    told = formatted(general, asks.format)
    if inside.startswith("#"):
        return [Item("numerical", *common, read_numbers(inside[1:], asks.format), told)]
    assert "~" in inside, "no multiple choice"
    return [Item("multichoice", *common, read_choices(inside, asks.format), told)]


def read_choices(inside: str, default: str) -> tuple[Answer, ...]:
    assert "=" in inside, "no single right answer"
    pieces = inside.replace("=", "~=").split("~")
    answers = []
    for piece in pieces if pieces[0].strip(BLANKS) not in ("", "0") else pieces[1:]:
        piece = piece.strip(BLANKS)
        if piece.startswith("="):
            fraction, piece = 1.0, piece[1:]
        elif WEIGHT.match(piece):
            fraction, piece = weight(piece)
        else:
            fraction = 0.0
        answers.append(Answer(*commented(piece, default, fraction)))
    return tuple(answers)


def read_numbers(inside: str, default: str) -> tuple[Answer, ...]:
    assert "~" not in inside, "the writer knows each wrong number"
    pieces = inside.split("=")
    answers = []
    for piece in pieces if pieces[0].strip(BLANKS) not in ("", "0") else pieces[1:]:
        piece = piece.strip(BLANKS)
        fraction, piece = weight(piece) if WEIGHT.match(piece) else (1.0, piece)
        number, fraction, feedback = commented(piece, default, fraction)
        assert number.text.find("..") <= 0, "no range"
        value, _, margin = number.text.partition(":")
        answers.append(Answer(Text(value, ""), fraction, feedback, float(margin)))
    return tuple(answers)


def weight(piece: str) -> tuple[float, str]:
    share, _, rest = piece[1:].partition("%")
    return float(share) / 100, rest


def commented(piece: str, default: str, fraction: float) -> tuple[Text, float, Text]:
    answer, _, feedback = piece.partition("#")
    told = formatted(feedback.strip(BLANKS), default)
    return formatted(answer.strip(BLANKS), default), fraction, told


def formatted(text: str, default: str) -> Text:
    form = default
    if text.startswith("["):
        end = text.find("]")  # -1 where there is none, and then PHP slices as Python does
        if text[1:end] in FORMATS:
            form, text = text[1:end], text[max(end, 0) + 1 :]
    return Text(unescaped(text).strip(BLANKS), form)


def unescaped(text: str) -> str:
    for placeholder, meant in MEANT.items():
        text = text.replace(placeholder, meant)
    return text.replace("&&010", "\n")


class Shown(HTMLParser):
    """What a browser would show, code between backquotes, a line a line."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        assert not attrs
        self.text += {"br": "\n", "code": "`"}.get(tag, "")

    def handle_endtag(self, tag: str) -> None:
        self.text += {"code": "`", "p": "\n", "li": "\n"}.get(tag, "")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


def shown(text: Text) -> str:
    assert text.format == "html"
    page = Shown(text.text)
    assert page.tags <= {"br", "code"}
    return page.text


# ---- questions ----

CHOICE = Question(
    "neuron-computes",
    "What does one neuron compute, in `relu(W @ x + b)`?",
    (
        Option("the activation of (weighted sum + bias)", "First the sum, then `relu`."),
        Option("a ~ b {#1: 2}", "It = does :: not\\n."),
        Option("%50%the mean", "[html]That divides."),
        Option("[plain] text", "%100%no"),
        Option("// $CATEGORY: x", ""),
    ),
    0,
    ("One number comes out.", "`z = W @ x + b`"),
    step="neuron",
)
NUMBER = Question(
    "z/output.cat",
    "With the first row, what is z of `output.cat`?",
    (
        Option("0.880", "That is the activation = relu(z).", 0.88),
        Option("1.124", "Each weight times its input, summed, and the bias.", 1.124),
        Option("-0.600", "That is the row beside it: `output.dog`.", -0.6),
    ),
    1,
    ("Multiply, then add.", "z = 1.1 · 0.88 + 0.3 · 0.52"),
    step="neuron",
    typed=True,
    family="z",
    neuron="output.cat",
)


def test_a_multiple_choice_question_comes_back() -> None:
    category, item = read_gift(gift([CHOICE], "nntrace/lesson"))
    assert category == Item("category", "nntrace/lesson", Text("", ""))
    assert (item.kind, item.name) == ("multichoice", "neuron-computes")
    asks = "What does one neuron compute, in <code>relu(W @ x + b)</code>?"
    assert item.asks == Text(asks, "html")
    assert [(shown(each.text), each.fraction, shown(each.feedback)) for each in item.answers] == [
        ("the activation of (weighted sum + bias)", 1.0, "First the sum, then `relu`."),
        ("a ~ b {#1: 2}", 0.0, "It = does :: not\\n."),
        ("%50%the mean", 0.0, "[html]That divides."),
        ("[plain] text", 0.0, "%100%no"),
        ("// $CATEGORY: x", 0.0, ""),
    ]
    assert item.general == Text(
        "<p>Step by step:</p><ol><li>One number comes out.</li>"
        "<li><code>z = W @ x + b</code></li></ol>"
        "<p>To read again: <code>nntrace learn neuron</code></p>",
        "html",
    )


def test_a_typed_question_comes_back_with_its_tolerances_and_mistakes() -> None:
    (item,) = read_gift(gift([NUMBER], ""))
    assert (item.kind, item.name) == ("numerical", "z/output.cat")
    assert [(e.text.text, e.fraction, e.tolerance, shown(e.feedback)) for e in item.answers] == [
        ("0.88", 0.0, 0.00088, "That is the activation = relu(z)."),
        ("1.124", 1.0, 0.00113, "Each weight times its input, summed, and the bias."),
        ("-0.6", 0.0, 0.0006, "That is the row beside it: `output.dog`."),
    ]


def test_a_question_without_hints_or_step_has_no_general_feedback() -> None:
    written = gift([CHOICE._replace(hints=(), step=None)], "")
    assert "####" not in written
    assert read_gift(written)[0].general == Text("", "html")


def test_the_file_is_what_moodle_documents(golden: Callable[[str, str], None]) -> None:
    golden("gift-questions.txt", gift([CHOICE, NUMBER], "nntrace/cat-or-dog"))


def test_the_bundled_questions_for_moodle(golden: Callable[[str, str], None]) -> None:
    asked = load_bank().questions
    golden("gift-bank.txt", gift([*asked[:3], NUMBER], "nntrace"))
    items = read_gift(gift(asked, ""))
    assert [item.name for item in items] == [question.id for question in asked]
    for item, question in zip(items, asked, strict=True):
        assert shown(item.asks) == question.asks
        told = [(shown(answer.text), shown(answer.feedback)) for answer in item.answers]
        assert told == [(option.text, option.why) for option in question.options]


@pytest.mark.parametrize(
    ("category", "read"),
    [
        ("nntrace", "nntrace"),
        ("nntrace/a: {b} = #1 ~", "nntrace/a: {b} = #1 ~"),
        ("back\\slash \\n \\: \\\\", "back\\slash \\n \\: \\\\"),
        ("two\nlines\n\n::q::{}", "two lines ::q::{}"),
        ("escape \x1b[1m", "escape \\x1b[1m"),
        ("/and/or/", "/and/or/"),
        ("1 // 2", "1 // 2"),
    ],
)
def test_a_category_is_read_as_it_was_named(category: str, read: str) -> None:
    items = read_gift(gift([NUMBER], category))
    assert [item.kind for item in items] == ["category", "numerical"]
    assert items[0].name == read


@pytest.mark.parametrize("category", ["", "  \n"])
def test_no_category_leaves_the_choice_to_the_teacher(category: str) -> None:
    assert "$CATEGORY" not in gift([NUMBER], category)


def test_no_questions_make_a_file_without_any() -> None:
    assert read_gift(gift([], "")) == []


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.1241999999999999, "1.1242:0.00113"),
        (-0.0, "0:0.0005"),
        (1e-17, "0:0.0005"),
        (-5e-11, "0:0.0005"),
        (-2500000.0, "-2500000:2500"),
        (3e20, "300000000000000000000:300000000000000000"),
    ],
)
def test_a_number_is_written_in_few_digits(value: float, written: str) -> None:
    question = NUMBER._replace(options=(Option("", "", value),), right=0)
    assert f"=%100%{written}\n" in gift([question], "")


def test_a_typed_question_without_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="an option of a typed question has no value: x"):
        gift([NUMBER._replace(options=(Option("x", ""),), right=0)], "")


NASTY = ["\\", "\\n", "~", "=", "#", "####", "{", "}", ":", "::", "//", "$CATEGORY:", "%50%", "[",
         "]", "[html]", "[plain", "&", "&&058;", "&&010", "&amp;", "<", "<b>", "<!--", "`", "``",
         "`x`", "\n", "\n\n", "\r", "\t", " ", "0", "->", "..", "a", "é", "猫", "\x00", "\x1b[0m",
         "\u202e", "\u2028", "\udc80", "\ufeff", "_____", "TRUE"]  # fmt: skip
texts = st.lists(st.sampled_from(NASTY) | st.text(max_size=3), max_size=9).map("".join)
# What Moodle itself would read otherwise: its own placeholders, in a name.
ids = texts.filter(lambda text: "&&" not in text)
options = st.builds(Option, texts, texts)
numbers = st.floats(-1e6, 1e6) | st.floats(-2, 2)


def valued(value: float, why: str) -> Option:
    return Option(f"{value:.3f}", why, value)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    typed = draw(st.booleans())
    one = st.builds(valued, numbers, texts) if typed else options
    drawn = tuple(draw(st.lists(one, min_size=2, max_size=5)))
    right = draw(st.integers(0, len(drawn) - 1))
    hints = tuple(draw(st.lists(texts, max_size=3)))
    return Question(draw(ids), draw(texts), drawn, right, hints, typed=typed)


@given(st.lists(questions(), max_size=3), ids)
def test_any_questions_come_back_the_same(asked: list[Question], category: str) -> None:
    written = gift(asked, category)
    assert written == gift(asked, category)
    assert written.endswith("\n")
    assert not written.endswith("\n\n")
    assert all(line.replace("\u200d", "").isprintable() for line in written.split("\n"))
    items = [item for item in read_gift(written) if item.kind != "category"]
    assert len(items) == len(asked)
    for item, question in zip(items, asked, strict=True):
        assert item.name == printable(" ".join(question.id.split()))
        assert shown(item.asks) == as_told(question.asks)
        assert item.kind == ("numerical" if question.typed else "multichoice")
        assert [each.fraction for each in item.answers] == [
            float(index == question.right) for index in range(len(question.options))
        ]
        assert item.general.format == "html"
        told = Shown(item.general.text)
        assert told.tags <= {"p", "ol", "li", "br", "code"}
        hints = [as_told(hint) for hint in question.hints]
        assert told.text == "".join(f"{line}\n" for line in ["Step by step:", *hints] if hints)
        for answer, option in zip(item.answers, question.options, strict=True):
            assert shown(answer.feedback) == as_told(option.why)
            if question.typed:
                assert float(answer.text.text) == pytest.approx(option.value, abs=5.1e-7)
                assert 0 <= (answer.tolerance or 0) - tolerance(option.value) + 6e-7 < 1.1e-5
            else:
                assert shown(answer.text) == as_told(option.text)


@given(numbers, st.integers(-300, 300), st.sampled_from([-1, 1, None]))
def test_moodle_takes_the_numbers_that_the_quiz_takes(
    right: float, hundredths: int, end: int | None
) -> None:
    """To the ends of the range as it is written in the file, which is cut to six decimals."""
    question = NUMBER._replace(options=(valued(right, ""),), right=0)
    centre, margin = re.findall(r"=%100%(\S+):(\S+)\n", gift([question], ""))[0]
    with localcontext(prec=400):
        away = Decimal(margin) * (end or Decimal(hundredths) / 100)
        typed = f"{Decimal(centre) + away:f}"
    beyond = abs(Fraction(typed) - Fraction(centre)) - Fraction(margin)
    graded = grade(question, typed).outcome == "right"
    assert graded or beyond > 0
    assert beyond < Fraction(11, 10**6) or not graded
    assert beyond <= 0 or end is None


def test_the_seed_is_told_in_a_comment() -> None:
    written = gift([NUMBER], "a", 7)
    assert written.startswith("// 1 question of seed 7 for Moodle: ")
    assert read_gift(written) == read_gift(gift([NUMBER], "a"))


def test_the_reader_can_fail() -> None:
    """Without escapes the same texts come back as something else."""
    raw = "::a::[html]b{\n=right#why\n~[plain]c = d # e\n~%50%f\n####\n}"
    (item,) = read_gift(raw)
    assert [(each.text, each.fraction) for each in item.answers] == [
        (Text("right", "html"), 1.0),
        (Text("c", "plain"), 0.0),
        (Text("d", "html"), 1.0),
        (Text("f", "html"), 0.5),
    ]
    (item,) = read_gift("::a\\:\\:b::\\{c\\}&&058;\\\\n\\nx\n// no\n{=d ~\\~e}")
    assert (item.name, item.asks.text) == ("a::b", "{c}:\\n\nx")
    assert [each.text.text for each in item.answers] == ["d", "~e"]
    with pytest.raises(ValueError, match="substring not found"):
        read_gift("::a::b{\n=c\n\n~d}")


def test_the_reader_reads_moodles_own_examples() -> None:
    """What Moodle's documentation shows, in the forms that are used here."""
    (item,) = read_gift("// math range question\n::Q5:: 1 to 5? {#=%100%3:2#good =%0%8:1}")
    assert item.kind == "numerical"
    assert [(each.text.text, each.fraction, each.tolerance) for each in item.answers] == [
        ("3", 1.0, 2.0),
        ("8", 0.0, 1.0),
    ]
    (item,) = read_gift("::Q2:: Between orange\\: and green?\n{ =yellow # right ~red # [html]no }")
    assert item.asks == Text("Between orange: and green?", "moodle")
    assert item.answers == (
        Answer(Text("yellow", "moodle"), 1.0, Text("right", "moodle")),
        Answer(Text("red", "moodle"), 0.0, Text("no", "html")),
    )


# ---- another reader ----


def test_pygiftparser_reads_the_bundled_questions(tmp_path: Path) -> None:
    """It knows no negative numbers, and of a category no name with a blank."""
    asked = [question.shuffled(3) for question in load_bank().questions]
    numbers = (valued(1.5, "So."), valued(3.0, "Twice."))
    typed = Question("typed", "How much is 3/2?", numbers, 0, ("Halve it.",), typed=True)
    path = tmp_path / "quiz.gift"
    path.write_text(gift([*asked, typed], "nntrace"), "utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        from pygiftparser import parser
    with path.open(encoding="utf-8") as file:
        *choices, number = parser.parseFile(file)
    assert [each.title for each in choices] == [question.id for question in asked]
    for read, question in zip(choices, asked, strict=True):
        assert read.valid
        assert read.markup == "html"
        assert Shown(plainly(read.text)).text == as_told(question.asks)
        answers = read.answers.answers
        assert [Shown(plainly(each.answer)).text for each in answers] == [
            as_told(option.text) for option in question.options
        ]
        assert [Shown(plainly(each.feedback)).text for each in answers] == [
            as_told(option.why) for option in question.options
        ]
        assert [each.fraction > 0 for each in answers] == [
            index == question.right for index in range(len(answers))
        ]
    assert number.valid
    assert number.numeric


def plainly(text: str) -> str:
    return re.sub(r"\\([~=#{}:])", r"\1", text)
