"""Rows whose numbers have names: data frames of pandas, polars and Arrow, and mappings.

Their columns are matched to the labels of a net's inputs, whatever their order; of a net that reads
text, one is called `text`. No library of frames is loaded here: a frame is known by what it can do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, Protocol, TypeAlias

import numpy as np

from nntrace.core.arrays import Numbers
from nntrace.core.labels import misfit, strangers
from nntrace.core.network import Network
from nntrace.errors import InputError, Problem
from nntrace.records import NamedTuple


class Frame(Protocol):
    """What is asked of a data frame: its shape, the names of its columns, and each column."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""

    @property
    def columns(self) -> Iterable[Any]:
        """The names of the columns."""

    def __getitem__(self, name: Any, /) -> Any:
        """Return a column."""


Named: TypeAlias = Frame | Mapping[str, float] | Sequence[Mapping[str, float]]


class Matched(NamedTuple):
    """Rows × size of numbers, in the net's order, and what each column is called."""

    rows: Numbers
    names: Sequence[str | int]


def matched(network: Network, x: Any) -> Matched | None:
    """Match rows that have names to the labels of the inputs; None where x has no names.

    A frame's columns, the index of a pandas Series (one row), the keys of a mapping (one row) and
    those of a list of mappings are names. A frame whose columns are merely counted (0, 1, 2 … in
    pandas, column_0 … in polars) has none, and is taken in its order. Raises InputError where names
    lack, are too many or twice, where the inputs have no labels to match them to, and for what is
    no number, with its row and column.
    """
    if isinstance(x, Mapping):
        return _of_mappings(network, [x])
    if isinstance(x, list | tuple):
        by_name = any(isinstance(row, Mapping) for row in x)
        return _of_mappings(network, x) if by_name else None
    if not hasattr(x, "to_numpy") and not hasattr(x, "to_pandas"):
        return None
    dimensions = len(getattr(x, "shape", ()))
    if dimensions == 2:
        return _of_frame(network, x)
    return _of_series(network, x) if dimensions == 1 and hasattr(x, "name") else None


def named_texts(network: Network, x: Any) -> list[str] | None:
    """Return the texts under the name `text`: a frame's column, or of a mapping or a list of them;
    None where x has no names. Of a column alone (a Series), its texts.

    Raises InputError where there are other names, and for what is no text, with its row.
    """
    texts: list[Any]
    if isinstance(x, Mapping):
        x = [x]
    if isinstance(x, list | tuple) and x and all(isinstance(row, Mapping) for row in x):
        for place, row in enumerate(x):
            _only_text(row, (place,))
        texts = [row["text"] for row in x]
    elif not hasattr(x, "to_numpy") and not hasattr(x, "to_pandas"):
        return None
    elif len(getattr(x, "shape", ())) == 2:
        keys = _keys(x)
        if _only_counted(network, keys):  # tokens
            return None
        _only_text(keys, ())
        texts = list(np.asarray(x["text"]))
    else:
        texts = list(np.asarray(x))
        if not any(isinstance(each, str) for each in texts):
            return None
    for place, each in enumerate(texts):
        if not isinstance(each, str):
            raise InputError(Problem(f"takes a text, not {_quoted(each)}", (place, "text")))
    return list(map(str, texts))


def _only_text(keys: Iterable[Any], path: tuple[int, ...]) -> None:
    """Raise InputError where keys are any other than `text` alone."""
    names = [str(key) for key in keys]
    if names == ["text"]:
        return
    listing = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    raise InputError(Problem(f"has names ({listing}), takes the text alone, called text", path))


def _keys(frame: Any) -> list[Any]:
    # what Arrow calls columns are the columns themselves
    keys = getattr(frame, "column_names", None)
    return list(getattr(frame, "columns", ()) if keys is None else keys)


def _of_frame(network: Network, frame: Any) -> Matched | None:
    keys = _keys(frame)
    if _only_counted(network, keys):
        keys, order = list(keys), list(keys)
    else:
        by_name = _by_name(network, keys)
        order = [by_name[label] for label in network.input.labels or ()]
    columns = [_numbers(np.asarray(frame[key]), str(key)) for key in order]
    return Matched(np.column_stack(columns), [str(key) for key in order]) if columns else None


def _of_series(network: Network, series: Any) -> Matched | None:
    """Match a Series of pandas, which is a row by its index; one of polars is a column."""
    index = getattr(series, "index", None)
    if index is None or callable(index):
        raise InputError("is a column, takes rows: a data frame, or numbers")
    keys = list(index)
    if _only_counted(network, keys):
        if isinstance(series.name, str):
            raise InputError(f"is the column '{series.name}', takes rows: a data frame, or numbers")
        return None
    values = dict(zip(_by_name(network, keys), series.tolist(), strict=True))
    return _of_mappings(network, [values])


def _of_mappings(network: Network, rows: Sequence[Any]) -> Matched:
    names = network.input.labels or ()
    taken: list[list[Any]] = []
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise InputError(Problem("takes numbers by label, as other rows", (index,)))
        try:
            by_name = _by_name(network, list(row))
        except InputError as error:
            raise InputError(Problem(str(error), (index,))) from None
        taken.append([row[by_name[name]] for name in names])
    numbers = [
        _numbers(np.fromiter(column, object, len(rows)), name)
        for name, column in zip(names, zip(*taken, strict=True), strict=True)
    ]
    return Matched(np.column_stack(numbers), names)


def _only_counted(network: Network, keys: Sequence[Any]) -> bool:
    """Whether columns have no names of their own, but what a library counts them by."""
    counted = range(len(keys))
    return not {str(key) for key in keys}.intersection(network.input.labels or ()) and (
        all(
            not isinstance(key, str) and key == place
            for key, place in zip(keys, counted, strict=True)
        )
        or list(keys) == [f"column_{place}" for place in counted]
    )


def _by_name(network: Network, keys: Sequence[Any]) -> dict[str, Any]:
    """Return keys by their names, which are the labels of the inputs, in any order."""
    names = {str(key): key for key in keys}
    labels = network.input.labels
    if labels is None:
        listing = ", ".join(list(names)[:8]) + (", …" if len(names) > 8 else "")
        raise InputError(
            f"has names ({listing}), and the inputs of {network.name} no labels to match them to;"
            " takes numbers in the net's order, as to_numpy() gives them"
        )
    for name, count in Counter(map(str, keys)).items():
        if count > 1:
            raise InputError(f"has the column '{name}' twice")
    fault = misfit(strangers(names, labels), names, labels)
    if fault is not None:
        raise InputError(fault)
    return names


def _numbers(column: Numbers, name: str) -> Numbers:
    """Return a column as numbers; InputError, with the row, for what is none."""
    if column.dtype.kind in "iuf":
        return column
    if column.dtype.kind not in "OU":
        raise InputError(Problem(f"takes numbers, not {column.dtype}", (name,)))
    from decimal import Decimal

    values = np.empty(len(column))
    for row, value in enumerate(column.tolist()):
        if isinstance(value, bool) or not isinstance(value, Real | Decimal):
            missing = value is None or type(value).__name__ in ("NAType", "NaTType")
            fault = "lacks a number" if missing else f"takes a number, not {_quoted(value)}"
            raise InputError(Problem(fault, (row, name)))
        try:
            values[row] = float(value)
        except OverflowError:
            raise InputError(Problem("overflows float64", (row, name))) from None
    return values


def _quoted(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
