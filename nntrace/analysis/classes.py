"""Which class a row is of, as the value in a column of truths says: `cat`, `7`, `7.0`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, DecimalException
from typing import NamedTuple, TypeAlias

import numpy as np

from nntrace.core.arrays import Indices
from nntrace.errors import InputError

ClassKey: TypeAlias = Decimal | str

_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_MISSING = frozenset({"", "nan", "+nan", "-nan", "null"})  # in lower case; "none" may be a class
_IN_WORDS = {type(None): "null", dict: "an object", list: "a list"}


class Classes(NamedTuple):
    """The class of each row, as an index into `names`."""

    names: tuple[str, ...]
    of_rows: Indices

    @property
    def counts(self) -> list[int]:
        """How many rows each class has."""
        counts: list[int] = np.bincount(self.of_rows, minlength=len(self.names)).tolist()
        return counts


def class_text(value: object) -> str:
    """Return the name of a class as it is written, blanks around it apart.

    `value` is a cell of a CSV, a value of JSON, or a number or text of Python or NumPy. Raises
    InputError where it names no class: nothing, NaN, null, an infinite number, a list, an object.
    """
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and not np.isfinite(value):
        raise InputError(f"takes the name of a class, not {value}")
    if isinstance(value, int | float | np.number):
        return str(value)
    text = value.strip() if isinstance(value, str) else ""
    if text.lower() in _MISSING or type(value) not in (str, np.str_):  # JSON's NaN is no plain str
        found = _IN_WORDS.get(type(value), str(value).strip() or "nothing")
        raise InputError(f"takes the name of a class, not {found}")
    return str(text)


def class_key(text: str) -> ClassKey:
    """Return what is equal for names of the same class: a number's value, or the text itself.

    So `1`, `1.0`, `+1`, `01` and `1e0` are one class. Numbers are compared as they are written in
    decimals, with all their digits.
    """
    if _NUMBER.fullmatch(text) is None:
        return text
    try:
        return Decimal(text)
    except DecimalException:  # an exponent of 19 digits
        return text


def classes_of(values: Iterable[object]) -> Classes:
    """Return the classes that values name, one a row: in order of size where all are numbers.

    Of several ways in which a number is written, the shortest names the class. Raises InputError,
    which says the row from 0, for what `class_text` refuses.
    """
    texts: list[str] = []
    for row, value in enumerate(values):
        try:
            texts.append(class_text(value))
        except InputError as error:
            raise InputError(f"row {row}: {error}") from None
    keys = {text: class_key(text) for text in set(texts)}
    names: dict[ClassKey, str] = {}
    for text in sorted(keys, key=lambda each: (len(each), each)):
        names.setdefault(keys[text], text)
    numbers = all(isinstance(key, Decimal) for key in names)
    order = sorted(names) if numbers else sorted(names, key=names.__getitem__)
    places = {key: index for index, key in enumerate(order)}
    of_rows = np.array([places[keys[text]] for text in texts], dtype=np.int64)
    return Classes(tuple(names[key] for key in order), of_rows)
