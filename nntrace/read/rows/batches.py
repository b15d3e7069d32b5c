"""Input rows: what a row is, and how rows are gathered into batches for the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.names import Neuron
from nntrace.core.network import Network
from nntrace.core.rows import no_input, not_held
from nntrace.errors import InputError, NntraceError, Problem, UsageError, plural
from nntrace.read.doubts import unheard
from nntrace.records import NamedTuple
from nntrace.words import cropped

if TYPE_CHECKING:
    from nntrace.core.text import Text
    from nntrace.read.rows.lines import Lines

BATCH = 512  # rows: more gain little speed and cost memory


class Row(NamedTuple):
    """One row as read: its numbers, what is carried along, and where it stands."""

    values: Sequence[float] | Array
    keep: dict[str, Any] | None
    place: Callable[[str], Problem]  # makes a problem at the row
    text: str | None = None  # as it was given, to a net that reads text


class Batch(NamedTuple):
    """Some rows of raw input: `values` is rows × size in the net's dtype.

    `keep` holds what is carried along with each row, `examples` the names of rows that are examples
    of the net, `texts` what was given to a net that reads text; None where there is nothing of the
    kind. `places` make a problem at each row, where
    something is carried along, which may turn out to be wrong. `fraction` is how much of the input
    has been read with it, from 0 to 1; None where that is not known.
    """

    values: Array
    keep: list[dict[str, Any]] | None = None
    examples: list[str] | None = None
    fraction: float | None = None
    places: Sequence[Callable[[str], Problem]] | None = None
    texts: list[str] | None = None

    def parts(self, most: int) -> Iterator[Batch]:
        """Give it in parts of so many rows at most, in their order."""
        if len(self.values) <= most:
            yield self
            return
        for start in range(0, len(self.values), most):
            some = slice(start, start + most)
            yield Batch(
                self.values[some],
                self.keep and self.keep[some],
                self.examples and self.examples[some],
                self.fraction,
                self.places and self.places[some],
                self.texts and self.texts[some],
            )


TEXT = "text"  # what the one column of a net is called that reads text
ALL_OTHERS = "*"  # as a column to keep or to drop


class Reading(NamedTuple):
    """How rows are to be read, as far as somebody says so.

    Columns that are no inputs are carried along (`keep`) or left out (`drop`): by name, by place as
    in `#4`, or `*` for all the others; `target`, the one that tells classes, is carried along, too.
    `carries` says whether that shows in what comes of the rows. `format` is what files and streams
    hold, which a suffix or the first character tells otherwise. Of CSV, `header` says whether the
    first line is one, and `delimiter` what stands between cells.
    """

    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    format: str | None = None
    header: bool | None = None
    delimiter: str | None = None
    target: str | None = None
    carries: bool = True

    @property
    def carried(self) -> tuple[str, ...]:
        """The columns to carry along, that of the classes first."""
        if self.target is None or self.target in self.keep:
            return self.keep
        return (self.target, *self.keep)


PLAINLY = Reading()  # as the files say themselves


def delimiter_of(text: str) -> str:
    """Return the character that a text means: `;`, or a tab as `tab` and `\\t`; else UsageError."""
    char = "\t" if text in ("tab", "\\t") else text
    if len(char) != 1 or char in '"\r\n\0' or char.isalnum() or char in "+-.":
        raise UsageError(
            f"--delimiter {text}: takes one character, such as ';', that numbers and quotes lack"
        )
    return char


class Request(NamedTuple):
    """What rows are read for: the net that takes them, how, and who hears of what is odd."""

    network: Network
    reading: Reading = PLAINLY
    warn: Callable[[Problem], None] = unheard

    @property
    def text(self) -> Text | None:
        """How the net reads text; None where it reads numbers."""
        return self.network.input.text

    def encoded(self, text: str) -> Array:
        """Return the row of a text; InputError where the net, which reads text, cannot take it."""
        assert self.text is not None
        return self.text.encoded(text)

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The net's input labels; of a net that reads text, the name of its one column."""
        return (TEXT,) if self.text else self.network.input.labels

    @property
    def keep(self) -> tuple[str, ...]:
        """The columns to carry along."""
        return self.reading.carried

    @property
    def selects(self) -> bool:
        """Whether there may be columns that are no inputs."""
        return bool(self.keep or self.reading.drop)

    def takes(self) -> str:
        """Say what the net takes: `cat-or-dog takes 3 (whiskers, ears, barks)`."""
        if self.text:
            return f"{cropped(self.network.name)} takes one: a text"
        labels = self.labels
        names = f" ({', '.join(map(cropped, labels))})" if labels and len(labels) <= 8 else ""
        return f"{cropped(self.network.name)} takes {self.network.input.size}{names}"

    def called(self, index: int) -> str:
        """Return what an input is called in errors: its label, or `number 3`."""
        labels = self.labels or ()
        return cropped(labels[index]) if index < len(labels) else f"number {index}"

    def check_length(self, count: int) -> None:
        """Raise InputError where a row has another length than the net takes."""
        if self.text and count != 1:
            quoted = "; a text that holds what parts cells stands in quotes" if count else ""
            raise InputError(f"has {plural(count, 'cell')}, {self.takes()}{quoted}")
        if not self.text and count != self.network.input.size:
            numbers = plural(count, "number")
            raise InputError(f"has {numbers}, {self.takes()}")

    def check_no_columns(self, lack: str = "has") -> None:
        """Raise InputError where a column is asked for of what has none."""
        for name, verb in self.columns():
            if name != ALL_OTHERS:
                raise InputError(f"{lack} no {self.describe(name, verb)}")

    def columns(self) -> list[tuple[str, str]]:
        """Return the columns that are asked for, each with `keep` or `drop`."""
        kept = [(name, "keep") for name in self.keep]
        return kept + [(name, "drop") for name in self.reading.drop]

    def describe(self, name: str, verb: str) -> str:
        """Say which column is asked for, and what for: `'id' to keep`."""
        use = "(the --target)" if name == self.reading.target else f"to {verb}"
        return f"'{cropped(name)}' {use}"


# Reads lines of plain numbers all at once, rows × size; None for lines to be read one by one.
Plain = Callable[[list[bytes]], "Array | None"]


def batches(
    rows: Iterable[Row], request: Request, lines: Lines | None = None, plain: Plain | None = None
) -> Iterator[Batch]:
    """Gather rows into batches, each as soon as it is full or nothing more has arrived.

    `lines` are what the rows are read from, as they arrive. Those that are `plain` are read all at
    once, which is many times faster; they give the same batches as when they are read one by one.
    Where a row is wrong, what came before it is given first.
    """
    gathered: list[Row] = []
    fault: NntraceError | None = None
    source = iter(rows)
    while True:
        if lines is not None and plain is not None and not gathered:
            waiting = lines.waiting(BATCH)
            values = plain(waiting) if waiting else None
            if values is not None:
                held, wrong = hold(values, request)
                if wrong is None:
                    lines.skip(len(waiting))
                    yield Batch(held, fraction=lines.fraction)
                    continue
        try:
            row = next(source, None)
        except NntraceError as error:
            fault, row = error, None
        if row is not None:
            if gathered and len(row.values) != len(gathered[0].values):  # another number of tokens
                yield from _together(gathered, request, lines)
                gathered = []
            gathered.append(row)
        if row is None or len(gathered) >= BATCH or (lines is not None and lines.drained):
            yield from _together(gathered, request, lines)
            gathered = []
        if fault:
            raise fault
        if row is None:
            return


def _together(rows: list[Row], request: Request, lines: Lines | None) -> Iterator[Batch]:
    """Give rows as a batch, up to one that the net's dtype cannot hold, which is then raised."""
    if rows:
        batch, overflow = _held(rows, request)
        if len(batch.values):
            yield batch._replace(fraction=lines.fraction) if lines else batch
        if overflow:
            raise overflow


def _held(rows: list[Row], request: Request) -> tuple[Batch, InputError | None]:
    """Return rows in the net's dtype, up to the first that it cannot hold."""
    values = np.array([row.values for row in rows], dtype=np.float64)
    held, wrong = hold(values, request)
    error = None
    if wrong is not None:
        index, message = wrong
        error = InputError(rows[index].place(message))
        held, rows = held[:index], rows[:index]
    texts = [row.text or "" for row in rows] if request.text else None
    if not request.keep:
        return Batch(held, texts=texts), error
    keep, places = [row.keep or {} for row in rows], [row.place for row in rows]
    return Batch(held, keep, places=places, texts=texts), error


def hold(values: Array, request: Request) -> tuple[Array, tuple[int, str] | None]:
    """Return numbers in the net's dtype, and the first row that it cannot hold, with the reason."""
    dtype = request.network.rows_dtype
    with np.errstate(over="ignore", invalid="ignore"):
        held = values.astype(dtype)
    good = np.isfinite(held)
    if request.network.input.parts:
        good &= ~request.network.input.strange(held)
    if request.network.input.varies:
        good &= (held >= 0) & (held == np.floor(held))
        good &= held < len(request.network.input.text.alphabet)  # type: ignore[union-attr]
    if good.all():
        return held, None
    row, column = np.argwhere(~good)[0].tolist()
    value = float(values[row, column])
    told = not_held(value, dtype)
    if np.isfinite(held[row, column]):
        told = no_input(request.network, Neuron("input", column), value) or told
    return held, (row, f"{request.called(column)}: {told}")
