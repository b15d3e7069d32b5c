"""The rules of a good question: each can be kept, and each can be broken."""

from __future__ import annotations

import pytest

from nntrace.errors import Problem
from nntrace.teach.question import Option, Question
from nntrace.teach.rules import RULES, violations

GOOD = Question(
    id="bias-in-the-soup",
    asks="A neuron tastes a soup: `z = 2*salt - water + 0.5`. Which part is its bias?",
    options=(
        Option("the number at the end", "It is added whatever the inputs are."),
        Option("the number at the start", "This one is multiplied by salt."),
        Option("the sign of the water", "This belongs to the weight of the water."),
    ),
    right=0,
    hints=("Imagine no soup at all.", "`z = w*x + b`", "`2*0 - 0 + 0.5`"),
    step="neuron",
)


def told(question: Question, steps: tuple[str, ...] | None = None) -> list[str]:
    """Return what is told of a question, each line with its path."""
    return [str(problem) for problem in violations(question, steps)]


def with_texts(*texts: str, **changes: object) -> Question:
    """Make GOOD with other options, right one first, whose values are given by a mapping."""
    values: dict[str, float] = changes.pop("values", {})  # type: ignore[assignment]
    options = tuple(
        Option(text, f"This is the reason of number {index}.", values.get(text))
        for index, text in enumerate(texts)
    )
    return GOOD._replace(options=options, **changes)


def with_whys(*whys: str) -> Question:
    options = zip(GOOD.options, whys, strict=True)
    return GOOD._replace(options=tuple(option._replace(why=why) for option, why in options))


def test_a_good_question_breaks_no_rule() -> None:
    assert told(GOOD) == []
    assert told(GOOD, ("neuron", "layer")) == []


@pytest.mark.parametrize("name", ["a", "one-neuron", "q15", "3-layers"])
def test_ids_that_are_slugs(name: str) -> None:
    assert told(GOOD._replace(id=name)) == []


@pytest.mark.parametrize("name", ["One", "one neuron", "one_neuron", "-one", "one-", "a--b", "é"])
def test_ids_that_are_no_slugs(name: str) -> None:
    message = f"id: '{name}' takes small letters, digits and hyphens, as in one-neuron"
    assert told(GOOD._replace(id=name)) == [message]


ASKING = [
    "What is a bias?",
    "What is a bias? Use two decimals.",
    "Choose the bias.",
    "The weights are 2 and 3. Type `z`.",
    "A bias is:",
    "Look at this:\n\n`z = 2*x + 1`\n\nName the bias.",
]


@pytest.mark.parametrize("asks", ASKING)
def test_questions_that_ask(asks: str) -> None:
    assert told(GOOD._replace(asks=asks)) == []


@pytest.mark.parametrize("asks", ["A bias is", "The bias.", "`what?`", "I choose the bias."])
def test_questions_that_ask_nothing(asks: str) -> None:
    message = "asks: asks nothing, takes a question that ends with ? or begins with Choose"
    assert told(GOOD._replace(asks=asks)) == [message]


NEGATIVE = [
    ("Which is not a bias?", "not"),
    ("Which is NOT a bias?", "NOT"),
    ("Which never changes?", "never"),
    ("Which of them, except one, is added?", "except"),
    ("What cannot be added?", "cannot"),
    ("What can't be added?", "can't"),
    ("What isn’t added?", "isn’t"),
    ("Neither is it a weight. What is it?", "Neither"),
    ("Which is false?", "false"),
    ("Which is incorrect?", "incorrect"),
    ("None is added. Which?", "None"),
]


@pytest.mark.parametrize(("asks", "word"), NEGATIVE)
def test_negative_questions(asks: str, word: str) -> None:
    message = f"asks: asks with '{word}', takes a question about what is so"
    assert told(GOOD._replace(asks=asks)) == [message]


@pytest.mark.parametrize(
    "asks",
    [
        "What is `not x` called?",
        "What does a notable exception note?",
        "Which step went wrong?",
        "What happens without a bias?",
        "An exceptional, falsely named knot: what is it?",
    ],
)
def test_questions_that_are_not_negative(asks: str) -> None:
    assert told(GOOD._replace(asks=asks)) == []


OF_OTHERS = [
    "all of these",
    "None of these.",
    "Both of these are added",
    "all the above",
    "none of the above",
    "all of the above fit",
    "neither of them",
    "both of the answers",
    "none",
    "Both",
]


@pytest.mark.parametrize("text", OF_OTHERS)
def test_options_about_the_others(text: str) -> None:
    [message] = told(with_texts("some bias", "another one", text))
    assert message.startswith("wrong[1].text: '")
    assert message.endswith("' is about other options, takes an answer of its own")


@pytest.mark.parametrize("text", ["all the inputs", "both inputs", "`all of these`", "none left"])
def test_options_that_are_about_themselves(text: str) -> None:
    code = "`" * text.startswith("`")
    assert told(with_texts(f"{code}some bias{code}", f"{code}another one{code}", text)) == []


ORDERED = [
    ("as option b says", "option b"),
    ("like answer 2", "answer 2"),
    ("the first option", "first option"),
    ("the last two options", "last two options"),
    ("the other options", "other options"),
    ("a and c", "a and c"),
    ("choices below", "choices below"),
]


@pytest.mark.parametrize(("text", "words"), ORDERED)
def test_texts_that_point_at_a_place(text: str, words: str) -> None:
    message = f"'{words}' points at a place, but options are shuffled: name the thing"
    assert told(with_texts("some bias", "another one here", text)) == [f"wrong[1].text: {message}"]
    hints = GOOD._replace(hints=("An idea.", text))
    assert told(hints) == [f"hints[1]: {message}"]
    whys = with_whys("One good reason.", f"It is {text}.", "Some other reason.")
    assert told(whys) == [f"wrong[0].why: {message}"]
    assert told(GOOD._replace(asks=f"Is it {text}?")) == [f"asks: {message}"]


@pytest.mark.parametrize(
    ("why", "broken"),
    [
        ("The one above is it.", True),
        ("See what is said below.", True),
        ("All that is above 0 passes.", False),
        ("It stays below `z` for long.", False),
        ("Whatever lies below zero is lost.", False),
        ("It is the only option here.", False),
        ("It has an option value.", False),
        ("The first layer has the answer already.", False),
    ],
)
def test_above_and_below(why: str, broken: bool) -> None:
    question = with_whys("One good reason.", "Some other reason.", why)
    assert [line.split(":")[0] for line in told(question)] == ["wrong[1].why"] * broken


def test_what_stands_above_may_be_named_in_the_question_and_its_hints() -> None:
    question = GOOD._replace(asks="Look at the line above. What is it?", hints=("See above.",))
    assert told(question) == []


@pytest.mark.parametrize("letter", ["a", "B", "`c`", "h", "q", "?"])
def test_options_that_are_letters_to_type(letter: str) -> None:
    seen = letter.strip("`").lower()
    message = f"'{seen}' is also typed to choose, for a hint or to stop: takes a longer text"
    code = "`" * letter.startswith("`")
    found = told(with_texts(f"{code}xx{code}", f"{code}yyy{code}", letter))
    assert found == [f"wrong[1].text: {message}"]
    assert told(with_texts("xx", "yyy", "w")) == []
    assert told(with_texts("xx", "yyy", letter, typed=True)) == []


def test_a_question_has_two_wrong_options() -> None:
    one = GOOD._replace(options=GOOD.options[:2])
    assert told(one) == ["wrong: has 1 wrong option, takes 2 or more"]
    assert told(one._replace(typed=True)) == []


def test_a_right_option_that_is_the_longest() -> None:
    assert told(with_texts("1234567", "123456", "1234")) == [
        "right.text: has 7 characters and is the longest option, takes 6 characters or less"
    ]
    assert told(with_texts("123456", "123456", "1234")) == []


def test_a_right_option_whose_length_tells() -> None:
    assert told(with_texts("a" * 10, "b" * 10, "x", "y" * 5)) == [
        "right.text: has 10 characters and is long beside the wrong options,"
        " takes 8 characters or less"
    ]
    assert told(with_texts("a" * 7, "b" * 10, "cc", "d" * 2)) == []  # 7 is 1.5 times 14/3
    assert told(with_texts("aaaa", "b" * 10, "c" * 8)) == [
        "right.text: has 4 characters and is short beside the wrong options,"
        " takes 5 characters or more"
    ]
    assert told(with_texts("aaaaa", "b" * 10, "c" * 10)) == []
    assert told(with_texts("a" * 10, "x", "y" * 2, typed=True)) == []


def test_backquotes_do_not_count_as_length() -> None:
    assert told(with_texts("`abcd`", "`efgh`", "`i` and")) == []


def test_code_stands_in_all_options_or_in_none() -> None:
    assert told(with_texts("`abcd`", "`efgh`", "`ij` or `k`")) == []
    assert told(with_texts("`abcd`", "`efgh`", "ijkl")) == [
        "wrong[1].text: has no `code`, which other options have: all, or none"
    ]
    assert told(with_texts("abcd", "efgh", "`ij`")) == [
        "right.text: has no `code`, which other options have: all, or none"
    ]
    assert told(with_texts("`1`", "2", "3", typed=True)) == []


@pytest.mark.parametrize(
    ("texts", "hedging"),
    [
        (("It usually rises.", "It always falls.", "It stays put."), {"right": "usually"}),
        (("It rises at once.", "It may fall.", "It is so."), {"wrong[0]": "may"}),
        (("It rises.", "It falls.", "It perhaps stays."), {"wrong[1]": "perhaps"}),
        (("It may rise.", "It might fall.", "It often stays."), {}),
        (("It rises by half.", "It falls by half.", "It stays as it was."), {}),
    ],
)  # fmt: skip
def test_options_hedge_all_or_none(texts: tuple[str, ...], hedging: dict[str, str]) -> None:
    found = [line for line in told(with_texts(*texts)) if "hedges" in line]
    assert found == [
        f"{path}.text: '{word}' hedges, which other options lack: takes a plain claim"
        for path, word in hedging.items()
    ]


@pytest.mark.parametrize(
    ("asks", "tells"),
    [
        ("It is called an activation function. What is it called?", True),
        ("Is it an activation function or a loss function?", False),  # a wrong one is there too
        ("What is it called?", False),
    ],
)
def test_the_question_does_not_hold_the_answer(asks: str, tells: bool) -> None:
    texts = ("an `activation` function", "a `loss` function", "a `cost` function of it all")
    message = "asks: tells the answer, 'an activation function', which is in it"
    assert told(with_texts(*texts, asks=asks)) == [message] * tells


def test_numbers_are_as_long_as_they_are() -> None:
    values = {"-1.500": -1.5, "1": 1.0, "2": 2.0}
    assert told(with_texts("-1.500", "1", "2", values=values)) == []
    assert len(told(with_texts("-1.500", "1", "two", values=values))) == 1


def test_where_the_right_option_stands_does_not_matter() -> None:
    right, one, two = with_texts("a" * 10, "b" * 5, "all of these").options
    for options, index in [((one, right, two), 1), ((one, two, right), 2)]:
        question = GOOD._replace(options=options, right=index)
        [message] = told(question)
        assert message.startswith("wrong[1].text: 'all of these'")


@pytest.mark.parametrize("why", ["Two words.", "There is no stop", "Yes.", "three words here,"])
def test_reasons_that_are_no_sentences(why: str) -> None:
    assert told(with_whys("It is added.", "It is multiplied.", why)) == [
        f"wrong[1].why: '{why}' takes a sentence of 3 words or more that ends with a full stop"
    ]


@pytest.mark.parametrize("why", ["It is so.", "How is that?", "It is `b`.", "It is (so.)"])
def test_reasons_that_are_sentences(why: str) -> None:
    assert told(with_whys("It is added.", "It is multiplied.", why)) == []


def test_a_reason_that_is_missing() -> None:
    assert told(with_whys("", "It is multiplied.", "It is a sign.")) == [
        "right: why is missing: say why it is right, or which misconception it is"
    ]


def test_reasons_that_are_the_same() -> None:
    message = "takes what is wrong with this one"
    assert told(with_whys("It is so.", "It isn't so.", "It  `isn't` SO.")) == [
        f"wrong[1].why: is the reason of wrong[0] too, {message}"
    ]
    assert told(with_whys("It is so.", "It is so.", "It isn't so.")) == [
        f"wrong[0].why: is the reason of right too, {message}"
    ]


def test_a_question_has_a_hint() -> None:
    assert told(GOOD._replace(hints=())) == [
        "hints is missing: the idea, the formula, the numbers filled in"
    ]
    assert told(GOOD._replace(hints=("An idea.",))) == []
    assert told(GOOD._replace(hints=("An idea.", " "))) == ["hints[1]: is empty, takes a hint"]


SECRETS = [
    ("the bias", None, "Look for `the  BIAS` in it.", True),
    ("the bias.", None, "It is the bias", True),
    ("weight", None, "It is a weighted sum.", True),
    ("weight", None, "It is overweight.", False),
    ("sum", None, "It is the sum.", False),  # too short to be told from chance
    ("-1.25", -1.25, "`z = -1.25`", True),
    ("1.25", 1.25, "`z = 11.25 + 1.255`", False),
    ("51", 51.0, "Both are 51 long.", False),
    ("51", 51.0, "`25 + 26 = 51`.", True),
    ("51", 51.0, "`25 + 488 = 513`", False),
    ("51", 51.0, "`25 + 26.5 = 51.5`", False),
    ("0", 0.0, "`2*0 = 0.5`", False),
]


@pytest.mark.parametrize(("text", "value", "hint", "broken"), SECRETS)
def test_hints_that_tell_the_answer(
    text: str, value: float | None, hint: str, broken: bool
) -> None:
    values = {} if value is None else {text: value}
    question = with_texts(text, "x" * 9, "yy", typed=True, values=values, hints=("An idea.", hint))
    expected = f"hints[1]: tells the answer, '{text.rstrip('.')}': takes a step towards it"
    assert told(question) == [expected] * broken


def test_backquotes_come_in_pairs() -> None:
    assert told(GOOD._replace(hints=("An `idea.", "`z = b`"))) == [
        "hints[0]: has a backquote without its partner, takes `code` between two"
    ]


def test_lesson_steps_are_known() -> None:
    steps = ("neuron", "layer")
    assert told(GOOD._replace(step="layr"), steps) == [
        "step: unknown step 'layr', did you mean 'layer'?"
    ]
    assert told(GOOD._replace(step=None), steps) == [
        "step is missing: the lesson step that teaches it"
    ]
    assert told(GOOD._replace(step="soup")) == []
    assert told(GOOD._replace(step=None)) == []


def test_several_rules_may_be_broken_at_once() -> None:
    question = GOOD._replace(id="A", asks="Not so.", hints=())
    assert [problem.path for problem in violations(question)] == [
        ("id",), ("asks",), ("asks",), (),
    ]  # fmt: skip
    assert all(isinstance(problem, Problem) for problem in violations(question))


def test_every_rule_is_said_in_words() -> None:
    assert len(RULES) == len({name for name, _ in RULES}) == 16
    for name, doc in RULES:
        assert len(doc.split()) > 3, name
        assert doc.endswith((".", "`")), name
