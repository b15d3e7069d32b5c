"""The nets that come with nntrace, found by name: `digits`."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def folder() -> Path:
    """Return where they are: in the package once installed, beside it in a checkout."""
    installed = _PACKAGE / "configs"
    return installed if installed.is_dir() else _PACKAGE.parent / "configs"


def names() -> list[str]:
    """Return the names of all of them."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


def find(name: str) -> str | None:
    """Return the path of the net of that name; a file of the user's by that name goes before."""
    if not name or Path(name).name != name or Path(name).suffix or Path(name).is_file():
        return None
    path = folder() / f"{name}.yaml"
    return str(path) if path.is_file() else None
