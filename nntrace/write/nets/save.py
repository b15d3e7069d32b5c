"""Nets put into files, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nntrace.errors import FileError, UsageError, why
from nntrace.words import cropped
from nntrace.write.nets import Part, parts
from nntrace.write.replace import replacing

if TYPE_CHECKING:
    from nntrace.core.network import Network

Open = Callable[[str], AbstractContextManager[Any]]  # what opens a file of that path to write to


def save(network: Network, path: str | os.PathLike[str], weights: str | None = None) -> None:
    """Write a net file, which `nntrace.load` reads back: the same numbers to the bit, and so the
    same trace. (A matrix beyond a mebibyte that lies transposed in memory keeps that in an `.npz`
    alone; elsewhere the last bits of products may differ.)

    `path` ends in `.yaml` or `.yml`. `weights` says where the numbers go: `inline`, into the net
    file, or beside it into a file of the same stem, `npz` or `safetensors` (to read which takes
    the extra of that name). By default those of a small net stand in it, and larger ones in an
    `.npz`.

    Files that are there are replaced when all is written; a failure leaves the old ones whole.
    A file of weights is replaced only together with the net file that it belongs to.

    Raises UsageError with everything that the format cannot say of the net, or for a suffix of no
    format, and FileError where a file cannot be written.
    """
    name = os.fspath(path)
    put(parts(network, name, weights), name, replacing)


def put(made: Sequence[Part], path: str, opened: Open) -> list[str]:
    """Write the files of a net at a path, and beside it; return their paths. FileError."""
    folder = os.path.dirname(path)
    paths = [path, *(os.path.join(folder, part.name) for part in made[1:])]
    for beside in paths[1:]:
        if os.path.exists(beside) and not os.path.exists(path):
            told = f"{beside}: is there, and no {Path(path).name} that it belongs to"
            raise FileError(f"{told}: takes another name, or weights in another place")
    with ExitStack() as stack:
        # the last is put in place first: no net file stands there without its numbers
        for part, target in zip(made, paths, strict=True):
            with _told(target):
                sink = stack.enter_context(_telling(target, opened))
                for piece in part.pieces:
                    sink.write(piece)
    return paths


@contextmanager
def _telling(path: str, opened: Open) -> Iterator[Any]:
    """Open a file; FileError, with its name, where it cannot be put in place."""
    with _told(path), opened(path) as sink:
        yield sink


@contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{path}: {why(error)}") from None
    except ValueError as error:
        if isinstance(error, UsageError):
            raise
        raise FileError(f"{cropped(path)!r} is no file name: {error}") from None
