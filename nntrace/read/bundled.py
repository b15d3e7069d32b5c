"""What comes with nntrace, found by name: the net `digits`, the rows `digits-labelled.csv`."""

from __future__ import annotations

from os.path import isfile, join, lexists
from pathlib import Path

from nntrace.read.rows.formats import SUFFIXES

_PACKAGE = Path(__file__).parent.parent


def folder() -> Path:
    """Return where they are: in the package once installed, beside it in a checkout."""
    installed = _PACKAGE / "configs"
    return installed if installed.is_dir() else _PACKAGE.parent / "configs"


def names() -> list[str]:
    """Return the names of all of them."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


def find(name: str, beside: str = "") -> str | None:
    """Return the path of the net of that name; a file of the user's by that name goes before.

    It is looked for in the folder `beside`.
    """
    if not name or Path(name).name != name or Path(name).suffix or isfile(join(beside, name)):
        return None
    path = str(folder() / f"{name}.yaml")
    return path if isfile(path) else None


def find_rows(name: str, beside: str = "") -> str:
    """Return the path of a file of rows that comes along; the name itself where there is none.

    A file of the user's by that name, in the folder `beside`, goes before; a name with a folder is
    the user's.
    """
    own = not name or Path(name).name != name or Path(name).suffix not in SUFFIXES
    if own or lexists(join(beside, name)):
        return name
    path = folder() / name
    return str(path) if isfile(path) and not _own_weights(path) else name


def find_weights(name: str) -> str:
    """Return the path of the weights of a net that comes along; the name itself where there are
    none of that name, or a file of the user's."""
    if not name or Path(name).name != name or lexists(name):
        return name
    path = folder() / name
    return str(path) if _own_weights(path) else name


def _own_weights(path: Path) -> bool:
    """Whether a file is the weights of a net that comes along."""
    return path.suffix == ".npz" and isfile(path) and isfile(path.with_suffix(".yaml"))
