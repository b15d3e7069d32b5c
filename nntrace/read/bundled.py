"""What comes with nntrace, found by name: the net `digits`, the rows `digits-labelled.csv`."""

from __future__ import annotations

import os
from os.path import basename, dirname, isdir, isfile, join, lexists, splitext
from typing import TYPE_CHECKING

from nntrace.read.rows.formats import SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGE = dirname(dirname(__file__))


def folder() -> Path:
    """Return where they are: in the package once installed, beside it in a checkout."""
    from pathlib import Path  # takes a while to load, and most runs do without it

    return Path(_folder())


def _folder() -> str:
    installed = join(_PACKAGE, "configs")
    return installed if isdir(installed) else join(dirname(_PACKAGE), "configs")


def names() -> list[str]:
    """Return the names of all of them."""
    return sorted(name[:-5] for name in os.listdir(_folder()) if name.endswith(".yaml"))


def find(name: str, beside: str = "") -> str | None:
    """Return the path of the net of that name; a file of the user's by that name goes before.

    It is looked for in the folder `beside`.
    """
    if not _bare(name) or _suffix(name) or isfile(join(beside, name)):
        return None
    path = join(_folder(), f"{name}.yaml")
    return path if isfile(path) else None


def find_rows(name: str, beside: str = "") -> str:
    """Return the path of a file of rows that comes along; the name itself where there is none.

    A file of the user's by that name, in the folder `beside`, goes before; a name with a folder is
    the user's.
    """
    if not _bare(name) or _suffix(name) not in SUFFIXES or lexists(join(beside, name)):
        return name
    path = join(_folder(), name)
    return path if isfile(path) and not _own_weights(path) else name


def find_weights(name: str) -> str:
    """Return the path of the weights of a net that comes along; the name itself where there are
    none of that name, or a file of the user's."""
    if not _bare(name) or lexists(name):
        return name
    path = join(_folder(), name)
    return path if _own_weights(path) else name


def _bare(name: str) -> bool:
    """Whether something is a name without a folder."""
    return bool(name) and basename(name) == name and name not in (".", "..")


def _suffix(name: str) -> str:
    return splitext(name)[1]


def _own_weights(path: str) -> bool:
    """Whether a file is the weights of a net that comes along."""
    stem, suffix = splitext(path)
    return suffix == ".npz" and isfile(path) and isfile(f"{stem}.yaml")
