"""Traces that were recorded: the formats by their suffixes; a reader is loaded when it is needed.

A new one is a module here, with a function `read` of the path, and a line in `FORMATS`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from nntrace.errors import FileError, NntraceError, Problem, why
from nntrace.read.doubts import Warn

if TYPE_CHECKING:
    from nntrace.core.recorded import Recorded

FORMATS = {".npz": "npz", ".json": "json", ".jsonl": "jsonl"}
FOLDER = "folder"


def is_trace(name: str) -> bool:
    """Whether a name is that of a recorded trace: by its suffix, or a folder of arrays."""
    path = Path(name)
    return path.suffix.lower() in FORMATS or (bool(name) and path.is_dir())


def open_trace(name: str, warn: Warn) -> Recorded:
    """Open a recorded trace; its arrays are read when they are asked for, where that can be.

    `warn` hears of what is there and not used. Raises FileError, or InputError where it holds
    something else.
    """
    path = Path(name)
    module = FORMATS.get(path.suffix.lower(), FOLDER)
    try:
        if module != FOLDER or not path.is_dir():
            path.stat()
        opened: Recorded = import_module(f"nntrace.read.traces.{module}").read(path, warn)
    except NntraceError as error:
        raise error.located(name) from None
    except OSError as error:
        raise FileError(Problem(why(error), (), name)) from None
    return opened
