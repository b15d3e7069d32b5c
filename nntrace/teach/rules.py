"""The rules of a good question: what makes it fair to answer and worth having got wrong.

A question that breaks one can be asked all the same; `nntrace quiz --lint` tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from math import ceil, floor

from nntrace.errors import Path, Problem, plural, unknown
from nntrace.teach.question import LETTERS, Option, Question

LONGEST = 1.5  # how long the right option may be, as a share of the wrong ones' mean
SHORTEST = 0.5
FEWEST_WRONG = 2
FEWEST_WORDS = 3  # in a reason
GIVEN_AWAY = 3  # characters: shorter answers stand in many a hint by chance

Found = tuple[Path, str]
Rule = Callable[[Question], Iterator[Found]]

_CODE = re.compile(r"`[^`]*`")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ASKING = {
    *("answer", "choose", "complete", "compute", "count", "decide", "estimate", "fill", "find"),
    *("give", "guess", "list", "match", "name", "pick", "point", "predict", "say", "select"),
    *("tell", "type", "work", "write"),
}
_SENTENCES = re.compile(r"(?<=[.!?:])\s+|\n+")
_NEGATIVE = re.compile(
    r"\b(not|never|except|cannot|neither|nor|none|false|incorrect|untrue|unlike|\w+n['’]t)\b",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"\b(all|none|both|neither|either) of (these|those|them|the (options|answers|choices|others)"
    r"|(the )?(above|below))\b"
    r"|\b(all|none|both) (the )?(above|below|others|options|answers|choices)\b"
    r"|^(all|none|both|neither|either)$",
    re.IGNORECASE,
)
_PLACE = r"(first|second|third|fourth|fifth|sixth|last|previous|next|other|top|bottom)"
_ORDER = re.compile(
    rf"\b(options?|answers?|choices?) ([a-g]|[1-7]|above|below)\b(?!['’])"
    rf"|\b{_PLACE}( \w+)? (options?|answers?|choices?)\b|\b[a-g] (and|or) [a-g]\b",
    re.IGNORECASE,
)
# "above 0" is a place on the line of numbers, "the one above" one in a list that is shuffled.
_ABOVE = re.compile(r"\b(above|below)\b(?!\s+([-+−]?[\d.`]|zero\b|one\b|half\b))", re.IGNORECASE)
_HEDGE = re.compile(
    r"\b(may|might|perhaps|maybe|probably|possibly|usually|often|sometimes|mostly|generally"
    r"|typically|likely|in most cases|as a rule|could be)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…][)\"'”’`]*$")


def violations(question: Question, steps: Collection[str] | None = None) -> Iterator[Problem]:
    """Yield what breaks a rule, with its path inside the question, such as ("wrong", 1, "why").

    `steps` are the lesson steps that there are; None where any may be named.
    """
    for rule in _RULES.values():
        for path, message in rule(question):
            yield Problem(message, path)
    if steps is not None and question.step not in steps:
        message = "step is missing: the lesson step that teaches it"
        if question.step is not None:
            message = unknown("step", question.step, steps)
        yield Problem(message, ("step",) if question.step else ())


def _options(question: Question) -> Iterator[tuple[Path, Option]]:
    """Yield each option with its path in the file, the right one first."""
    yield ("right",), question.answer
    wrong = [each for index, each in enumerate(question.options) if index != question.right]
    for index, option in enumerate(wrong):
        yield ("wrong", index), option


def _texts(question: Question) -> Iterator[tuple[Path, str]]:
    """Yield all that is read of a question, with its path."""
    yield ("asks",), question.asks
    for path, option in _options(question):
        yield (*path, "text"), option.text
        yield (*path, "why"), option.why
    for index, hint in enumerate(question.hints):
        yield ("hints", index), hint


def _plain(text: str) -> str:
    """Return a text on one line, its code without the backquotes."""
    return " ".join(text.replace("`", "").split())


def _id(question: Question) -> Iterator[Found]:
    """The id is made of small letters, digits and hyphens, as in `one-neuron`."""
    if not _SLUG.fullmatch(question.id):
        message = f"'{question.id}' takes small letters, digits and hyphens, as in one-neuron"
        yield ("id",), message


def _question(question: Question) -> Iterator[Found]:
    """The question ends with `?` or `:`, or a sentence of it asks for something, as in `Type z.`"""
    asks = question.asks.strip()
    sentences = [sentence.strip() for sentence in _SENTENCES.split(asks)]
    asking = any(
        sentence.endswith("?") or sentence.partition(" ")[0].lower().rstrip(",.:") in _ASKING
        for sentence in sentences
    )
    if not asking and not asks.endswith(":"):
        yield ("asks",), "asks nothing, takes a question that ends with ? or begins with Choose"


def _negative(question: Question) -> Iterator[Found]:
    """The question is asked without `not`, `never`, `except` and the like: they are overlooked."""
    if found := _NEGATIVE.search(_CODE.sub("``", question.asks)):
        yield ("asks",), f"asks with '{found[0]}', takes a question about what is so"


def _others(question: Question) -> Iterator[Found]:
    """No option is about the others, as `all of these` is."""
    for path, option in _options(question):
        text = _CODE.sub("``", option.text).strip().rstrip(".")
        if found := _OF_OTHERS.search(text):
            message = f"'{found[0]}' is about other options, takes an answer of its own"
            yield (*path, "text"), message


def _order(question: Question) -> Iterator[Found]:
    """No text points at a place among the options, as `option b` does: they are shuffled."""
    for path, text in _texts(question):
        text = _CODE.sub("`0`", text)
        found = _ORDER.search(text)
        if not found and path[-1] in ("text", "why"):
            found = _ABOVE.search(text) if not _OF_OTHERS.search(text) else None
        if found:
            message = f"'{found[0]}' points at a place, but options are shuffled: name the thing"
            yield path, message


def _letters(question: Question) -> Iterator[Found]:
    """No option is a letter that is typed to choose another one, `h` for a hint or `q` to stop."""
    if question.typed:
        return
    for path, option in _options(question):
        text = _plain(option.text).casefold()
        if text in (*LETTERS[: len(question.options)], "h", "q", "?"):
            told = "is also typed to choose, for a hint or to stop: takes a longer text"
            yield (*path, "text"), f"'{text}' {told}"


def _count(question: Question) -> Iterator[Found]:
    """There are two wrong options or more, unless a number is typed."""
    wrong = len(question.options) - 1
    if wrong < FEWEST_WRONG and not question.typed:
        yield ("wrong",), f"has {plural(wrong, 'wrong option')}, takes {FEWEST_WRONG} or more"


def _length(question: Question) -> Iterator[Found]:
    """The right option is not the longest, nor half as long again or half as short as the wrong
    ones are on the average: its length would tell. Numbers may be as long as they are."""
    if question.typed or all(option.value is not None for option in question.options):
        return
    right = len(_plain(question.answer.text))
    wrong = [len(_plain(option.text)) for path, option in _options(question) if path != ("right",)]
    if not wrong:
        return
    mean = sum(wrong) / len(wrong)
    if right > max(wrong):
        message = f"is the longest option, takes {plural(max(wrong), 'character')} or less"
    elif right > LONGEST * mean:
        message = (
            f"is long beside the wrong options, takes {floor(LONGEST * mean)} characters or less"
        )
    elif right < SHORTEST * mean:
        message = (
            f"is short beside the wrong options, takes {ceil(SHORTEST * mean)} characters or more"
        )
    else:
        return
    yield ("right", "text"), f"has {plural(right, 'character')} and {message}"


def _hedges(question: Question) -> Iterator[Found]:
    """No option hedges, as `may` and `usually` do, unless all do: it would seem the wiser one."""
    hedged = [(path, _HEDGE.search(_CODE.sub("``", o.text))) for path, o in _options(question)]
    if not all(found for _, found in hedged):
        for path, found in hedged:
            if found:
                message = f"'{found[0]}' hedges, which other options lack: takes a plain claim"
                yield (*path, "text"), message


def _stem(question: Question) -> Iterator[Found]:
    """The question does not hold the right option's words, unless it holds those of a wrong one."""
    asks = _plain(question.asks).casefold()
    texts = {path: _plain(o.text).rstrip(".").casefold() for path, o in _options(question)}
    held = [path for path, text in texts.items() if len(text) > GIVEN_AWAY and text in asks]
    if held == [("right",)] and any(map(str.isalpha, texts["right",])):
        yield ("asks",), f"tells the answer, '{texts[held[0]]}', which is in it"


def _code_in_all(question: Question) -> Iterator[Found]:
    """Code stands in all options or in none."""
    coded = ["`" in option.text for _, option in _options(question)]
    if any(coded) and not all(coded) and not question.typed:
        for (path, _), code in zip(_options(question), coded, strict=True):
            if not code:
                yield (*path, "text"), "has no `code`, which other options have: all, or none"
                break


def _reasons(question: Question) -> Iterator[Found]:
    """Every option has a `why`, a sentence of three words or more, ended by a full stop."""
    for path, option in _options(question):
        why = option.why.strip()
        if not why:
            yield path, "why is missing: say why it is right, or which misconception it is"
        elif len(why.split()) < FEWEST_WORDS or not _SENTENCE_END.search(why):
            words = f"takes a sentence of {FEWEST_WORDS} words or more that ends with a full stop"
            yield (*path, "why"), f"'{why[:40]}' {words}"


def _own_reasons(question: Question) -> Iterator[Found]:
    """Every option has a `why` of its own."""
    seen: dict[str, str] = {}
    for path, option in _options(question):
        why = _plain(option.why).casefold()
        name = "right" if path[0] == "right" else f"wrong[{path[1]}]"
        if why and why in seen:
            message = f"is the reason of {seen[why]} too, takes what is wrong with this one"
            yield (*path, "why"), message
        seen.setdefault(why, name)


def _hints(question: Question) -> Iterator[Found]:
    """There is a hint, and better three: the idea, the formula, the numbers filled in."""
    if not question.hints:
        yield (), "hints is missing: the idea, the formula, the numbers filled in"
    for index, hint in enumerate(question.hints):
        if not hint.strip():
            yield ("hints", index), "is empty, takes a hint"


def _secret(question: Question) -> Iterator[Found]:
    """No hint has the right option's text in it, nor `= 51` where that is the number asked for."""
    text = _plain(question.answer.text).rstrip(".").casefold()
    is_number = question.answer.value is not None
    given = rf"(?<![\w.]){re.escape(text)}" + (r"(?!\w|\.\d)" if is_number else "")
    if len(text) <= GIVEN_AWAY:
        if not is_number:
            return
        given = r"= *" + given
    for index, hint in enumerate(question.hints):
        if re.search(given, _plain(hint).casefold()):
            yield ("hints", index), f"tells the answer, '{text}': takes a step towards it"


def _backquotes(question: Question) -> Iterator[Found]:
    """Backquotes come in pairs."""
    for path, text in _texts(question):
        if text.count("`") % 2:
            yield path, "has a backquote without its partner, takes `code` between two"


_RULES: dict[str, Rule] = {
    rule.__name__.strip("_").replace("_", "-"): rule
    for rule in (
        *(_id, _question, _negative, _others, _order, _letters, _count, _length, _hedges),
        *(_stem, _code_in_all, _reasons, _own_reasons, _hints, _secret, _backquotes),
    )
}

# The name of each rule, and the rule in words.
RULES = [(name, " ".join((rule.__doc__ or "").split())) for name, rule in _RULES.items()]
