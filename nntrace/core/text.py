"""Texts as rows: a character is a token, a whole number from 0, or a row of zeros with a one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from unicodedata import category, normalize

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.value import Value
from nntrace.errors import InputError, NetworkError, Problem, plural, printable

Encoding = Literal["tokens", "one_hot"]
Side = Literal["left", "right"]
ENCODINGS: tuple[Encoding, ...] = ("tokens", "one_hot")
SIDES: tuple[Side, ...] = ("left", "right")


@dataclass(frozen=True, eq=False, repr=False)
class Text(Value):
    """How a net reads text: a character of `alphabet` is the token of its place, from 0.

    With `fold`, characters are looked up in lower case and without accents. `unknown` is what any
    other character counts as. Texts are encoded as `tokens`, up to `context` of them, or as
    `one_hot`: `length` × alphabet numbers, a one in each row, cut or padded with the first
    character; `align` says which end is kept. Raises NetworkError where these do not fit.
    """

    alphabet: str
    fold: bool = False
    unknown: str | None = None
    context: int | None = None
    encoding: Encoding = "tokens"
    length: int | None = None
    align: Side | None = None

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise NetworkError(problems)

    def _problems(self) -> Iterator[Problem]:
        if not self.alphabet:
            yield Problem("takes one character or more", ("alphabet",))
        seen: set[str] = set()
        for place, char in enumerate(self.alphabet):
            shown = printable(char)
            if char in seen:
                yield Problem(f"has '{shown}' twice", ("alphabet",))
            elif self.fold and (folded := fold(char)) != char:
                lost = f"is '{folded}' once it is folded" if folded else "is lost in folding"
                message = f"'{shown}', character {place + 1}, {lost}: no text would have it"
                yield Problem(message, ("alphabet",))
            seen.add(char)
        if self.unknown is not None and self.unknown not in self._tokens:
            message = f"'{printable(self.unknown)}' is no character of the alphabet"
            yield Problem(message, ("unknown",))
        takes, other = ("context", "length") if self.by_token else ("length", "context")
        if getattr(self, takes) is None:
            yield Problem(f"{takes} is missing, which {self.encoding} takes")
        for key in (other, "align") if self.by_token else (other,):
            if getattr(self, key) is not None:
                yield Problem(f"is not said of {self.encoding}", (key,))

    @property
    def by_token(self) -> bool:
        """Whether the net reads tokens, of which there may be more or fewer."""
        return self.encoding == "tokens"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a row, of the longest text there may be."""
        if self.by_token:
            return (self.context or 0,)
        return (self.length or 0, len(self.alphabet))

    @cached_property
    def _tokens(self) -> dict[str, int]:
        return {char: place for place, char in enumerate(self.alphabet)}

    def tokens(self, text: str) -> list[int]:
        """Return the token of each character; InputError for one that is none, with its place.

        Folding may leave none of a character, such as an accent alone, or make two of it.
        """
        other = None if self.unknown is None else self._tokens[self.unknown]
        read = text
        if self.fold:
            read = text.lower() if text.isascii() else "".join(map(fold, text))
        found = [self._tokens.get(char, other) for char in read]
        if None in found:
            raise self._strange(text)
        return found  # type: ignore[return-value]  # there is no None

    def _strange(self, text: str) -> InputError:
        """Make an error of the first character that is not in the alphabet."""
        known = self._tokens.keys()
        place, char = next(
            (place, char)
            for place, char in enumerate(text)
            if not known >= set(fold(char) if self.fold else char)
        )
        told = f"'{printable(char)}', character {place + 1}, is not in the alphabet"
        if not self.fold and (folded := fold(char)) and known >= set(folded):
            told += f"; with input.text.fold it is '{folded}'"
        else:
            told += "; input.text.unknown says what such a one counts as"
        return InputError(Problem(told, caret=place + 1))

    def encoded(self, text: str) -> Array:
        """Return a text as a row of float64; InputError where the net cannot read it."""
        tokens = self.tokens(text)
        if self.by_token:
            if not 0 < len(tokens) <= (self.context or 0):
                found = f"has {len(tokens)}" if tokens else "is empty"
                raise InputError(f"{found}, takes 1 to {self.context} tokens")
            return np.array(tokens, np.float64)
        length = self.length or 0
        right = self.align == "right"
        tokens = tokens[-length:] if right else tokens[:length]
        padding = [0] * (length - len(tokens))
        row = np.zeros((length, len(self.alphabet)))
        row[np.arange(length), [*padding, *tokens] if right else [*tokens, *padding]] = 1.0
        return row.ravel()

    def rows(self, texts: Sequence[str]) -> Array:
        """Return texts of one length as rows of float64; InputError says which is at fault."""
        rows: list[Array] = []
        for place, text in enumerate(texts):
            try:
                rows.append(self.encoded(text))
            except InputError as error:
                path = (place,) if len(texts) > 1 else ()
                raise InputError(each._replace(path=path) for each in error.problems) from None
            if len(rows[-1]) != len(rows[0]):
                found = f"has {plural(len(rows[-1]), 'token')}, [0] {len(rows[0])}"
                raise InputError(Problem(f"{found}: takes texts of one length", (place,)))
        return np.array(rows)

    def characters(self, row: Array) -> list[str]:
        """Return the character that stands at each place of a row of raw input, as it is read.

        What is no token, having been set by hand, is `?`.
        """
        if not self.by_token:
            row = row.reshape(self.shape).argmax(axis=1).astype(row.dtype)
        fits = (row >= 0) & (row < len(self.alphabet)) & (row == np.floor(row))
        numbered = zip(row.tolist(), fits.tolist(), strict=True)
        return [self.alphabet[int(token)] if fit else "?" for token, fit in numbered]


def no_token(value: float, count: int) -> str | None:
    """Say that a number is no token, of which there are so many; None where it is one."""
    if 0 <= value < count and value == int(value):
        return None
    return f"{value:.15g} is no token: a token is a whole number from 0 to {count - 1}"


def fold(char: str) -> str:
    """Return a character in lower case, its accents taken off; nothing of an accent alone."""
    if char.isascii():
        return char.lower()
    parts = normalize("NFD", char.lower())
    return normalize("NFC", "".join(part for part in parts if category(part) != "Mn"))


def texts_in(x: object) -> list[str] | None:
    """Return the texts that x is: one, or a list or array of them; None where it is none."""
    if isinstance(x, str):
        return [x]
    if isinstance(x, np.ndarray) and x.dtype.kind in "UT" and x.ndim < 2:
        return [str(each) for each in np.atleast_1d(x)]
    if isinstance(x, list | tuple) and x and all(isinstance(each, str) for each in x):
        return list(x)
    return None
