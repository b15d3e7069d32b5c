"""The weights file for a whole net: a layer without weights takes its own by name, nothing is
silently left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from nntrace.errors import Path
from nntrace.records import NamedTuple

MOST_TOLD = 50  # names in one message
_LONGEST_NAME = 80
_PLURALS = ("", "s", "es")
# How many batches PyTorch's batch norm has seen: no pass reads it.
_READ_BY_NOBODY = "num_batches_tracked"


class WholeFile(NamedTuple):
    """What a net file says of its weights file; `transpose` is None where it says nothing."""

    file: str
    transpose: bool | None = None
    ignore: Sequence[str] = ()

    @staticmethod
    def declared(value: Any) -> WholeFile | None:
        """Make it of a name or a mapping of keys; None of anything else."""
        if isinstance(value, dict):
            return WholeFile(**value)
        return WholeFile(value) if value else None

    def unread(
        self,
        tensors: Iterable[str],
        read: set[str],
        asked: Iterable[str],
        own: Mapping[str, str],
    ) -> list[tuple[Path, str]]:
        """Tell, with its place in the net file, what is wrong with the tensors that are not read.

        `read` are those that are, `asked` what layers have looked for, `own` says of tensors that a
        layer has such numbers of its own.
        """
        left = [name for name in tensors if name not in read]
        unmet = dict(enumerate(self.ignore))
        strange = []
        for name in left:
            covering = [at for at, each in enumerate(self.ignore) if _covers(each, name)]
            for at in covering:
                unmet.pop(at, None)
            if not covering and not _counts_batches(name):
                strange.append(name)
        told: list[tuple[Path, str]] = [
            (("weights", "ignore", at), f"'{_short(each)}' covers no tensor that no layer reads")
            for at, each in unmet.items()
        ]
        if strange:
            absent = {_bare(name): name for name in asked if name not in read}
            names = ", ".join(_noted(name, own, absent) for name in strange[:MOST_TOLD])
            more = f" and {len(strange) - MOST_TOLD} more" if len(strange) > MOST_TOLD else ""
            takes = "takes a layer for each, or ignore: names or patterns of those to leave"
            message = f"'{self.file}' holds what no layer reads: {names}{more}; {takes}"
            told.append((("weights",), message))
        return told


def _counts_batches(name: str) -> bool:
    return name.rpartition(".")[2] == _READ_BY_NOBODY


def _covers(pattern: str, name: str) -> bool:
    # a name may have brackets, which a pattern reads otherwise
    return pattern == name or fnmatchcase(name, pattern)


def _noted(name: str, own: Mapping[str, str], absent: Mapping[str, str]) -> str:
    """Name a tensor, and say why it may have been left."""
    if name in own:
        return f"{_short(name)} ({own[name]})"
    bare = _bare(name[:_LONGEST_NAME])
    meant = (absent.get(bare.removesuffix(end)) for end in _PLURALS)
    near = next((each for each in meant if each and each != name), None)
    return _short(name) + (f" (did you mean {near}?)" if near else "")


def _bare(name: str) -> str:
    """Return what is left of a name without case and signs, in which two may differ by mistake."""
    return re.sub(r"[\W_]", "", name.casefold())


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
