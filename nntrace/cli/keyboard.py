"""The keyboard of a terminal: what was typed before anybody asked for it."""

from __future__ import annotations

from contextlib import suppress
from typing import IO


def discard_typed(stream: IO[bytes]) -> None:
    """Throw away what waits to be read of a terminal; a file and a pipe keep what they hold."""
    with suppress(OSError, ValueError):  # a terminal that is gone, or made up
        if not stream.isatty():
            return
        descriptor = stream.fileno()
        try:
            import termios
        except ImportError:  # Windows
            _discard_on_windows()
            return
        with suppress(termios.error):
            termios.tcflush(descriptor, termios.TCIFLUSH)


def _discard_on_windows() -> None:
    import msvcrt

    while msvcrt.kbhit():  # type: ignore[attr-defined]
        msvcrt.getwch()  # type: ignore[attr-defined]
