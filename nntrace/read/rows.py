"""Input rows: what a row is, and how rows are gathered into batches for the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nntrace.core.forward import not_held
from nntrace.core.network import Array, Network
from nntrace.errors import InputError, NntraceError, Problem, plural, unknown

if TYPE_CHECKING:
    from nntrace.read.lines import Lines

BATCH = 512  # rows: more gain little speed and cost memory


class Row(NamedTuple):
    """One row as read: its numbers, what is carried along, and where it stands."""

    values: Sequence[float]
    keep: dict[str, Any] | None
    place: Callable[[str], Problem]  # makes a problem at the row


class Batch(NamedTuple):
    """Some rows of raw input: `values` is rows × size in the net's dtype.

    `keep` holds what is carried along with each row, `examples` the names of rows that are examples
    of the net; None where there is nothing of the kind. `places` make a problem at each row, where
    something is carried along, which may turn out to be wrong. `part` is how much of the input has
    been read with it, from 0 to 1; None where that is not known.
    """

    values: Array
    keep: list[dict[str, Any]] | None = None
    examples: list[str] | None = None
    part: float | None = None
    places: Sequence[Callable[[str], Problem]] | None = None


class Wanted(NamedTuple):
    """What rows are read for: the net that takes them, and the columns carried along."""

    network: Network
    keep: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The net's input labels."""
        return self.network.input.labels

    def takes(self) -> str:
        """Say what the net takes: `cat-or-dog takes 3 (whiskers, ears, barks)`."""
        labels = self.labels
        names = f" ({', '.join(labels)})" if labels and len(labels) <= 8 else ""
        return f"{self.network.name} takes {self.network.input.size}{names}"

    def called(self, index: int) -> str:
        """Return what an input is called in errors: its label, or `number 3`."""
        labels = self.labels or ()
        return labels[index] if index < len(labels) else f"number {index}"

    def check_length(self, count: int) -> None:
        """Raise InputError where a row has another length than the net takes."""
        if count != self.network.input.size:
            numbers = plural(count, "number")
            raise InputError(f"has {numbers}, {self.takes()}")

    def by_label(self, row: Mapping[str, Any], hint: bool = True) -> list[Any]:
        """Return the values of a row given by label, in order; what is kept may be there too.

        An error tells of `--keep` where the `hint` makes sense.
        """
        labels = self.labels
        if labels is None:
            raise InputError(f"is by label, but the inputs of {self.network.name} have no labels")
        known = frozenset(labels)
        for key in row:
            if key not in known and key not in self.keep:
                from shlex import quote  # only needed once something is wrong

                carried = f" (--keep {quote(key)} carries it along)" if hint else ""
                raise InputError(unknown("input", key, labels) + carried)
        missing = [label for label in labels if label not in row]
        if missing:
            shown = ", ".join(f"'{label}'" for label in missing[:8])
            raise InputError(f"lacks {shown}" + (", …" if len(missing) > 8 else ""))
        return [row[label] for label in labels]

    def kept(self, *mappings: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the columns carried along, each from the first mapping that has it."""
        if not self.keep:
            return None
        kept = {}
        for name in self.keep:
            for mapping in mappings:
                if name in mapping:
                    kept[name] = mapping[name]
                    break
            else:
                raise InputError(f"has no '{name}' to keep")
        return kept


# Reads lines of plain numbers all at once, rows × size; None for lines to be read one by one.
Plain = Callable[[list[bytes]], "Array | None"]


def batches(
    rows: Iterable[Row], wanted: Wanted, lines: Lines | None = None, plain: Plain | None = None
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
                held, wrong = hold(values, wanted)
                if wrong is None:
                    lines.skip(len(waiting))
                    yield Batch(held, part=lines.part)
                    continue
        try:
            row = next(source, None)
        except NntraceError as error:
            fault, row = error, None
        if row is not None:
            gathered.append(row)
        if row is None or len(gathered) >= BATCH or (lines is not None and lines.drained):
            if gathered:
                batch, overflow = _held(gathered, wanted)
                if len(batch.values):
                    yield batch._replace(part=lines.part) if lines else batch
                if overflow:
                    raise overflow
            gathered = []
        if fault:
            raise fault
        if row is None:
            return


def _held(rows: list[Row], wanted: Wanted) -> tuple[Batch, InputError | None]:
    """Return rows in the net's dtype, up to the first that it cannot hold."""
    values = np.array([row.values for row in rows], dtype=np.float64)
    held, wrong = hold(values, wanted)
    error = None
    if wrong is not None:
        index, message = wrong
        error = InputError(rows[index].place(message))
        held, rows = held[:index], rows[:index]
    if not wanted.keep:
        return Batch(held), error
    keep, places = [row.keep or {} for row in rows], [row.place for row in rows]
    return Batch(held, keep, places=places), error


def hold(values: Array, wanted: Wanted) -> tuple[Array, tuple[int, str] | None]:
    """Return numbers in the net's dtype, and the first row that it cannot hold, with the reason."""
    dtype = wanted.network.dtype
    with np.errstate(over="ignore", invalid="ignore"):
        held = values.astype(dtype)
    finite = np.isfinite(held)
    if finite.all():
        return held, None
    row, column = np.argwhere(~finite)[0].tolist()
    return held, (row, f"{wanted.called(column)}: {not_held(values[row, column], dtype)}")
