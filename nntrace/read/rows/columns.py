"""Which columns of a row are the net's inputs, which are carried along, and which are left out.

A column that is none of these is an error, and all such columns are told at once: what was given
and not used would pass for what was used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from nntrace.core.labels import misfit, strangers
from nntrace.errors import InputError, UsageError, listed
from nntrace.read.rows.batches import ALL_OTHERS, Reading, Request
from nntrace.records import NamedTuple
from nntrace.words import LONGEST_NAME, cropped, proposal

NO_NAME = "its first column has no name, as pandas writes its index; --drop '#0' leaves it out"
_PLACE = r"#([0-9]{1,9})"


def check(request: Request) -> None:
    """Raise UsageError where a column is asked for in ways that exclude each other."""
    reading = request.reading
    for name in reading.drop:
        if name == reading.target:
            raise UsageError(f"--target {name} and --drop {name}: compared with, or left out?")
        if name in reading.keep:
            raise UsageError(f"--keep {name} and --drop {name}: carried along, or left out?")
        if name in (request.labels or ()):
            raise UsageError(f"--drop {name}: is an input of {request.network.name}")


def place_of(name: str) -> int | None:
    """Return the place that `#4` means; None of a name."""
    match = re.fullmatch(_PLACE, name)
    return int(match[1]) if match else None


class Columns(NamedTuple):
    """Columns by their places, `width` in all: the inputs in the net's order, the kept by name."""

    width: int
    inputs: tuple[int, ...]
    keep: Mapping[str, int]


def by_header(header: Sequence[str], request: Request) -> Columns:
    """Find the columns by the names that a header gives them; InputError for what does not fit.

    Where the inputs have no labels, they are the columns that are neither kept nor left out.
    """
    keep, dropped = _chosen(request, header, len(header), "has no")
    away, labels = dropped.union(keep.values()), request.labels
    if labels is None:
        inputs = tuple(index for index in range(len(header)) if index not in away)
        request.check_length(len(inputs))
        return Columns(len(header), inputs, keep)
    target, known = request.reading.target, frozenset(labels)
    if target in keep and header[keep[target]] in known:
        label = cropped(header[keep[target]])
        raise InputError(f"'{target}' (the --target) is the input '{label}'")
    left_out = ALL_OTHERS in request.reading.drop
    names: dict[str, int] = {}
    for index, name in enumerate(header):
        if index in dropped or (name not in known and (left_out or index in away)):
            continue
        if name and name in names:
            raise _twice(name, names[name], index)
        names[name or f"#{index}"] = index
    others = strangers(names, labels)
    if ALL_OTHERS in request.keep:
        keep |= {name: names[name] for name in others}
    elif others == ["#0"]:
        raise InputError(NO_NAME)
    else:
        note = "; '#0' has no name, as pandas writes its index" if "#0" in others else ""
        check_names(others, names, labels, _way_out(others, request.reading) + note)
    check_names((), names, labels)
    return Columns(len(header), tuple(names[label] for label in labels), keep)


def by_place(
    row: Sequence[object], request: Request, lack: str = "has no header, so no column"
) -> Columns:
    """Find the columns of a row without names; InputError for what does not fit.

    The inputs are the columns that are neither kept nor left out, in their order.
    """
    count = len(row)
    keep, dropped = _chosen(request, (), count, lack)
    away = dropped.union(keep.values())
    inputs = tuple(index for index in range(count) if index not in away)
    request.check_length(len(inputs))
    return Columns(count, inputs, keep)


def _chosen(
    request: Request, header: Sequence[str], width: int, lack: str
) -> tuple[dict[str, int], frozenset[int]]:
    """Return the columns to keep and the places of those to drop, of `width` columns."""
    keep: dict[str, int] = {}
    dropped: set[int] = set()
    places_of: dict[str, list[int]] = {}
    for index, each in enumerate(header):
        places_of.setdefault(each, []).append(index)
    for name, verb in reversed(request.columns()):  # what is dropped is no other of its name
        if name == ALL_OTHERS:
            continue
        places = places_of.get(name, [])
        place = place_of(name)
        if not places and place is None:
            near = proposal(name, header) if header else ""
            raise InputError(f"{lack} {request.describe(name, verb)}{near}")
        if not places and place is not None:
            if place >= width:
                describe = request.describe(name, verb)
                raise InputError(f"has no {describe}, '#{width - 1}' is the last one")
            places = [place]
        if verb == "drop":
            dropped.update(places)
            continue
        left = [index for index in places if index not in dropped]
        if not left:
            raise InputError(f"'{cropped(name)}' is to be carried along and to be left out")
        if len(left) > 1:
            raise _twice(name, *left[:2])
        keep[name] = left[0]
    in_order = {name: keep[name] for name in request.keep if name in keep}
    return in_order, frozenset(dropped)


def _twice(name: str, first: int, second: int) -> InputError:
    return InputError(f"has the column '{cropped(name)}' twice, as '#{first}' and '#{second}'")


def check_names(
    others: Sequence[str],
    names: Collection[str],
    labels: Sequence[str],
    hint: str = "",
) -> None:
    """Raise InputError, which ends with the `hint`, where names are too many or labels lack.

    Those that are too many are `others`.
    """
    message = misfit(others, names, labels)
    if message is not None:
        raise InputError(message + hint)


def _way_out(others: Sequence[str], reading: Reading) -> str:
    """Say what lets columns be that are no inputs."""
    from shlex import quote  # only needed once something is wrong

    if not others:
        return ""
    one = len(others) == 1 and len(others[0]) <= LONGEST_NAME
    name, it = (quote(others[0]), "it") if one else ("NAME", "one")
    kept = f"--keep {name} carries {it} along, " * reading.carries
    left = f"--drop {name} leaves {'it' if kept else it} out"
    return f" ({kept}{left})" if one else f" ({kept}{left}, '*' stands for all others)"


class Keys:
    """Which keys of a row that is a mapping are what; many rows are asked the same."""

    def __init__(self, request: Request) -> None:
        self.network, self.reading = request.network, request.reading
        self.describe = request.describe
        self.labels = request.labels
        self.known = frozenset(request.labels or ())
        columns = [each for each in request.columns() if each[0] != ALL_OTHERS]
        self.keep = [name for name, verb in columns if verb == "keep"]
        self.drop = [name for name, verb in columns if verb == "drop"]
        self.named = frozenset(name for name, _ in columns)
        self.keeps_others = ALL_OTHERS in request.keep
        self.takes_others = self.keeps_others or ALL_OTHERS in request.reading.drop

    def check_labels(self) -> tuple[str, ...]:
        """Return the labels of the inputs; InputError where there are none."""
        if self.labels is None:
            name = self.network.name
            raise InputError(f"is by label, but the inputs of {name} have no labels")
        return self.labels

    def inputs(self, row: Mapping[str, Any], hint: bool = False) -> list[Any]:
        """Return the inputs of a row by label, in order; there may be nothing else."""
        labels = self.check_labels()
        if len(row) != len(labels) or not self.known.issuperset(row):
            others = strangers(row, labels)
            check_names(others, row, labels, _way_out(others, self.reading) if hint else "")
        return [row[label] for label in labels]

    def apart(self, row: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any] | None]:
        """Return the inputs of a row by label, in order, and what is carried along with it."""
        if not self.named and not self.takes_others:
            return self.inputs(row, hint=True), None
        labels = self.check_labels()
        keep = self.kept(row)  # first: its name may be what is misspelt
        others = [name for name in strangers(row, labels) if name not in self.named]
        if self.keeps_others and keep is not None:
            keep |= {name: row[name] for name in others}
        others = [] if self.takes_others else others
        check_names(others, row, labels, _way_out(others, self.reading))
        return [row[label] for label in labels], keep

    def of_record(
        self, row: Mapping[str, Any], own: Collection[str], carried: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Return what is carried along with a record: of its keys, and of what it carried before.

        Keys that are not its `own` are columns.
        """
        keep = self.kept(row, carried)
        others = [name for name in row if name not in own and name not in self.named]
        if others and not self.takes_others:
            listing = listed([f"'{cropped(name)}'" for name in others])
            raise InputError(f"has {listing} beside its input{_way_out(others, self.reading)}")
        if self.keeps_others and keep is not None:
            more = {name: value for name, value in carried.items() if name not in self.named}
            keep |= {name: row[name] for name in others} | more
        return keep

    def kept(self, *mappings: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the columns that are named to be kept, each from the first mapping that has it."""
        for name in self.drop:
            if not any(name in mapping for mapping in mappings):
                raise InputError(f"has no {self.describe(name, 'drop')}{_known(name, mappings)}")
        if not self.keep and not self.keeps_others:
            return None
        kept = {}
        for name in self.keep:
            for mapping in mappings:
                if name in mapping:
                    kept[name] = mapping[name]
                    break
            else:
                raise InputError(f"has no {self.describe(name, 'keep')}{_known(name, mappings)}")
        return kept


def _known(name: str, mappings: Sequence[Mapping[str, Any]]) -> str:
    """Say which keys there are in place of one that is not, or which is near."""
    return proposal(name, dict.fromkeys(key for mapping in mappings for key in mapping))
