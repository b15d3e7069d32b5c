"""Reading an answer, judging it, and what is said about it: words only, however shown."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import pairwise
from math import isfinite
from typing import Literal, NamedTuple

from nntrace.teach.question import Question, Reason

LONGEST = 400  # characters of an answer that is looked at
_EXACT = Context(prec=400)  # digits: any float64 to its last decimal that counts here
_PARTS = 10**9  # of one: the billionth that is let through
Outcome = Literal["right", "wrong", "unknown", "unreadable"]

# What people write who don't know, without apostrophes and what ends a sentence.
_UNKNOWN = {"", "unknown", "pass", "skip", "skipped", "none", "no answer", "n/a", "na", "-", "--"}
_NOT_KNOWN = re.compile(
    r"[^0-9]*\b((do not|dont|didnt|cannot|cant) (really )?(know|say|tell)|dunno|idk|dk"
    r"|no (idea|clue)|(not|un) ?sure)\b[^0-9]*"
)


class Graded(NamedTuple):
    """What came of an answer.

    `unknown` is an honest "I don't know", or no answer at all; `unreadable` is neither a letter nor
    a number, as `problem` says. `option` is the one that was chosen, or whose value was typed; a
    typed number that no mistake explains has none.
    """

    question: Question
    given: str
    outcome: Outcome
    option: int | None = None
    problem: str = ""

    @property
    def verdict(self) -> str:
        """How it came out, in a few words."""
        if self.outcome == "unreadable":
            return f"Not read: it {self.problem}."
        wrong = "Not this number." if self.option is None else "Not quite."
        told = {"right": "Right.", "unknown": "No guess: here is how it goes.", "wrong": wrong}
        return told[self.outcome]

    @property
    def has_second_try(self) -> bool:
        """Whether it is wrong, and more than one answer is left to think about."""
        question = self.question
        return self.outcome == "wrong" and (question.typed or len(question.options) > 2)

    def like(self, other: Graded) -> bool:
        """Whether another answer to the same question says the same."""
        if self.option is None or other.option is None:
            return self.option == other.option and self.given.split() == other.given.split()
        return self.option == other.option

    @property
    def chosen(self) -> Reason | None:
        """The reason for what was chosen, None where no option was."""
        return None if self.option is None else self.question.reason(self.option)

    @property
    def right(self) -> Reason:
        """The reason for what is right."""
        return self.question.reason(self.question.right)

    @property
    def others(self) -> list[Reason]:
        """The reasons for all that is neither chosen nor right."""
        return self.others_than(())

    def others_than(self, told: Collection[int | None]) -> list[Reason]:
        """Return the reasons for all that is neither chosen nor right, nor told before."""
        known = (self.option, self.question.right, *told)
        places = range(len(self.question.options))
        return [self.question.reason(index) for index in places if index not in known]


def grade(question: Question, given: str) -> Graded:
    """Judge an answer: a letter, the text of an option, a number, "I don't know" or nothing."""
    answer = given[: LONGEST + 1].strip()
    chosen = None if question.typed else _by_name(question, answer)
    if chosen is None and _gives_up(answer):
        return Graded(question, given, "unknown")
    if chosen is None:
        value = _exact(answer)
        if value is not None:
            chosen = _by_value(question, value)
        if chosen is None and _THOUSANDS.fullmatch(answer):  # where no decimal comma was meant
            value = Fraction(answer.replace(",", ""))
            chosen = _by_value(question, value)
        if chosen is None and (value is None or not question.typed):
            problem = f"takes {takes(question)}, or ? for I don't know"
            return Graded(question, given, "unreadable", problem=problem)
    return Graded(question, given, "right" if chosen == question.right else "wrong", chosen)


def takes(question: Question) -> str:
    """Say what an answer to a question is."""
    if question.typed:
        return "a number such as 1.234"
    letter = "a letter from" if question.gapless else "one of the letters"
    return f"{letter} {question.choices}"


def tolerance(right: float) -> float:
    """Return how far from the right number an answer may be: three decimals, or 1 in 1000."""
    return max(5e-4, 1e-3 * abs(right)) + 1e-9


class Accepted(NamedTuple):
    """The answers that count as a number: from `low` to `high`, both too.

    They are decimals of five places, so that a key can tell them as they are. Beyond them a
    billionth is let through, which nobody is told.
    """

    low: Decimal
    high: Decimal

    def takes(self, value: Fraction) -> bool:
        """Whether a number is among them."""
        (low, below), (high, above) = self.low.as_integer_ratio(), self.high.as_integer_ratio()
        many, parts = value.numerator * _PARTS, value.denominator
        # fractions brought to one denominator: a Fraction of each takes five times as long
        return (low * _PARTS - below) * parts <= many * below and many * above <= (
            high * _PARTS + above
        ) * parts


def accepted(right: float) -> Accepted:
    """Return the answers that count as a finite number: all within the tolerance, and a little."""
    value = Decimal(repr(float(right)))
    margin = max(Decimal("0.0005"), _EXACT.scaleb(abs(value), -3))
    ends = (
        (_EXACT.subtract(value, margin), ROUND_FLOOR),
        (_EXACT.add(value, margin), ROUND_CEILING),
    )
    five = (end.quantize(Decimal("0.00001"), rule, _EXACT) for end, rule in ends)
    return Accepted(*(_EXACT.plus(end) for end in five))  # no -0


def apart(values: Sequence[float]) -> bool:
    """Whether all numbers lie more than twice the tolerance from each other."""
    ordered = sorted(values)
    return all(isfinite(value) for value in ordered) and all(
        upper - lower > 2 * max(tolerance(lower), tolerance(upper))
        for lower, upper in pairwise(ordered)
    )


def to_three(value: float | Fraction, halves: str = ROUND_HALF_EVEN) -> str:
    """Write a finite number to three decimals, one that lies half-way by a rule of `decimal`.

    A fraction is taken as it is; of a float, that it lies half-way is told by 12 digits, for behind
    them is what computing with floats leaves.
    """
    if isinstance(value, Fraction):
        exact = _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    else:
        exact = Decimal(f"{value:.12g}")
    return f"{_EXACT.plus(exact.quantize(Decimal('0.001'), halves, _EXACT)):f}"


def decimals(value: Decimal) -> str:
    """Write a number as it is: all its digits, without an exponent and without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: float | Fraction) -> set[str]:
    """Return what a number is to three decimals, half-way up and half-way to the even digit."""
    return {to_three(value, halves) for halves in (ROUND_HALF_UP, ROUND_HALF_EVEN)}


def _gives_up(answer: str) -> bool:
    """Whether somebody says that they don't know, or nothing."""
    said = re.sub(r"['’`´]", "", folded(answer)).replace("–", "-").replace("—", "-")
    said = re.sub(r"(?<=\w)[.!…]+$|^\?+$", "", said.strip("()[] ")).strip()
    return said in _UNKNOWN or _NOT_KNOWN.fullmatch(said) is not None


# `b`, `B)`, `(b)` and `**b**`, and perhaps words behind it, as in `b) 2 × 3` and `b (2 × 3)`.
_LETTERED = re.compile(
    r"[(\[*_]*([a-z])(?:[)\].:,*_]+\s*|\s+[-–—]\s*|\s+(?=\()|$)(.*)", re.IGNORECASE | re.DOTALL
)
_ANOTHER = re.compile(r"\W*(?:(?:or|and)\b)?\W*[a-z]\W*", re.IGNORECASE)  # `b, c`, `b, or c`


def _by_name(question: Question, answer: str) -> int | None:
    """Return the option that a letter means, or that was written out.

    Words behind a letter do no harm, unless they are another option's, or another letter.
    """
    texts = [folded(option.text) for option in question.options]
    if texts.count(folded(answer)) == 1:
        return texts.index(folded(answer))
    found = _LETTERED.fullmatch(answer)
    if found is None or (letter := found[1].lower()) not in question.letters[: len(texts)]:
        return None
    index, more = question.letters.index(letter), folded(found[2] or "")
    if more == texts[index]:
        return index
    return None if more in texts or _ANOTHER.fullmatch(more) else index


def _by_value(question: Question, value: Fraction) -> int | None:
    """Return the option whose value a number is; first of all the right one, to its last digit."""
    order = sorted(range(len(question.options)), key=lambda index: index != question.right)
    for index in order:
        held = question.options[index].value
        if held is not None and isfinite(held) and accepted(held).takes(value):
            return index
    return None


def folded(text: str) -> str:
    """Return an answer without what does not count: capitals, blanks, backquotes."""
    return " ".join(text.replace("`", "").split()).casefold()


_LEAD = re.compile(r"(?:[a-z]\w{0,9}\s*)?[=≈~]\s*", re.IGNORECASE)  # `z = 1.5`, `≈ 1.5`
_DECIMAL = re.compile(r"[-+]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)(e[-+]?[0-9]{1,4})?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3}){1,6}")


def to_number(text: str) -> float | None:
    """Read a number as people write it: `1.5`, `1,5`, `3/2`, `+1.5e0`, `−1.5`, `12 %`, `z = 1.5`.

    None where it is no finite number.
    """
    exact = _exact(text)
    try:
        return None if exact is None else float(exact)
    except OverflowError:
        return None


def _exact(text: str) -> Fraction | None:
    """Read a number without rounding it, so that an answer at the edge is judged as it stands."""
    if len(text) > LONGEST:
        return None
    text = _LEAD.sub("", text.strip()).replace("\N{MINUS SIGN}", "-")
    upper, slash, lower = text.removesuffix("%").partition("/")
    above, below = _decimal(upper), _decimal(lower) if slash else Fraction(1)
    if above is None or not below:
        return None
    return above / below / (100 if text.endswith("%") else 1)


def _decimal(text: str) -> Fraction | None:
    """Read a number with a decimal point or comma."""
    text = text.strip()
    return Fraction(text.replace(",", ".")) if _DECIMAL.fullmatch(text) else None
