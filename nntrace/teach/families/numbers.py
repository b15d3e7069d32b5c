"""How the numbers and names of a question are written, and how many digits of them it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import isfinite
from typing import Any

from nntrace.analysis.explain import exact_sum
from nntrace.core.arrays import Array
from nntrace.teach.grading import accepted, rounded, to_three

FEW = 6  # so many numbers that a neuron reads stand in the question
SMALL = 16  # so many weights of a layer do
MANY = 12  # so many z of a layer do
LARGE = 1000  # from here on, three decimals are more than float32 holds
ON_PAPER = 12  # so many multiplications of one figure by another are done there
LARGEST = 1e6  # nobody types such an answer
DIGITS = (4, 6, 9, 12)
_QUOTED = "\uffff"  # stands for a backquote in a name until the question is put together

Number = float | Fraction
Rounding = Callable[[float], Number]  # gives a number as it is shown, with so many digits
Computation = Callable[[Rounding], Number]  # what is computed from numbers as they are shown
Close = Callable[[Number, set[str], float], bool]  # whether a number, written so, is near enough


class Unfit(Exception):
    """What was drawn gives no good question; the generator draws again."""


def code(name: str) -> str:
    """Mark a name from a net as code."""
    return f"`{words(name)}`"


def words(name: str) -> str:
    """Put a name from a net into a text, where a backquote would begin code."""
    return name.replace("`", _QUOTED)


def finished(text: str, marked: bool) -> str:
    """Give names their own backquotes back; without `marked`, nothing else has any."""
    return (text if marked else text.replace("`", "")).replace(_QUOTED, "`")


def has_backquote(texts: Sequence[str]) -> bool:
    """Whether a name in these texts holds a backquote."""
    return any(_QUOTED in text for text in texts)


def say(value: float, digits: int = 4) -> str:
    """Write a number with up to so many decimals: `0.5`, `-1.2346`, `1.25e-05`."""
    if value == 0 or not isfinite(value):
        return "0" if value == 0 else str(value)
    if 1e-3 <= abs(value) < 1e7:
        return f"{value:.{digits}f}".rstrip("0").rstrip(".")
    mantissa, _, exponent = f"{value:.{digits}e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"


def inside(value: float, digits: int = 4) -> str:
    """Write a number for the middle of a formula: `(-0.5)`."""
    return f"({say(value, digits)})" if value < 0 else say(value, digits)


def signed(value: float, digits: int = 4) -> str:
    """Write a number with its sign, be it plus: `+0.5`."""
    return say(value, digits) if value < 0 else f"+{say(value, digits)}"


def heavy(pairs: Iterable[tuple[float, float]], digits: int = 4) -> bool:
    """Whether it takes a calculator to multiply these, as they are shown, and not just paper."""
    return sum(_figures(one, digits) * _figures(other, digits) for one, other in pairs) > ON_PAPER


def _figures(value: float, digits: int) -> int:
    """Count the figures that somebody multiplies by; with 0 and 1 nobody has to."""
    text = say(abs(value), digits).partition("e")[0].replace(".", "").strip("0")
    return 0 if text in ("", "1") else len(text)


def vector(values: Sequence[float], digits: int = 4) -> str:
    """Write some numbers as code: `[0.9, 0.8, 0.1]`."""
    return f"`[{', '.join(say(value, digits) for value in values)}]`"


def nested(values: Array, digits: int = 4) -> str:
    """Write the numbers of an array as code, a list in a list a dimension: `[[1, 0], [0, 1]]`."""

    def written(values: Any) -> str:
        if isinstance(values, float):
            return say(values, digits)
        return f"[{', '.join(map(written, values))}]"

    return f"`{written(values.tolist())}`"


def digits_for(right: float, compute: Computation, *more: tuple[float, Computation]) -> int:
    """Return how many digits to show so that what is computed from them is what is right.

    `compute` takes a function that gives a number as shown. `more` are other numbers that are told
    on the way, each with how it is computed. Unfit where no digits are enough, or where a number is
    not finite.
    """
    told = [(right, compute), *more]
    if not all(isfinite(each) and abs(each) < LARGEST for each, _ in told):
        raise Unfit

    def all_lead(close: Close) -> Callable[[Rounding], bool]:
        return lambda rounding: all(_leads(found(rounding), each, close) for each, found in told)

    large = all(abs(each) >= LARGE for each, _ in told)
    return digits_where(*map(all_lead, [_equal, *[_nearly] * large]))


def digits_where(*tests: Callable[[Rounding], bool]) -> int:
    """Return the fewest digits to show that pass the first test that any pass; Unfit for none."""
    for test in tests:
        for digits in DIGITS:
            if test(rounding_to(digits)):
                return digits
    raise Unfit


def rounding_to(digits: int) -> Callable[[float], Fraction]:
    """Return what gives a number as it is shown with so many digits."""
    return lambda value: Fraction(say(value, digits))


def _leads(found: Number, right: float, close: Close) -> bool:
    """Whether somebody who finds a number is right, and finds it in the worked answer.

    It may be rounded to three decimals as people do, half-way up or to the even digit. `close` says
    whether the answer that is told is the one that was found.
    """
    if not isfinite(found):
        return False
    texts = rounded(found)
    if not close(found, texts, right):
        return False
    answers = accepted(right)
    return all(answers.takes(each) for each in (Fraction(found), *map(Fraction, texts)))


def _equal(found: Number, texts: set[str], right: float) -> bool:
    """Whether a number that is written so is what is told of another, three decimals."""
    return to_three(right) in texts


def _nearly(found: Number, texts: set[str], right: float) -> bool:
    """Whether a large number differs by no more than float32 rounds off."""
    return abs(found - right) <= 2e-7 * abs(right)


def weighted(weights: Iterable[float], reads: Iterable[float]) -> float:
    """Return the sum of the products; infinite or NaN where they are."""
    return exact_sum(weight * value for weight, value in zip(weights, reads, strict=True))
