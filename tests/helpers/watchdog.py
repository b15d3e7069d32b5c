"""How tests wait for what another process does: for the event itself, never for some time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

# Seconds after which something hangs for sure, however busy the machine is. Nothing is measured by
# it: what must not be slow is a ratio in benchmarks/, or bounded in the processor's own time.
WATCHDOG = 300


def waiting_for(condition: Callable[[], T]) -> T:
    """Return what a condition gives as soon as it is true."""
    end = time.monotonic() + WATCHDOG
    while not (found := condition()):
        assert time.monotonic() < end, f"{condition.__qualname__} never came"
        time.sleep(0.01)
    return found


def asleep(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process waits for something outside it, or has ended; true where nothing tells."""
    return _status(process).get("State", "S")[0] in "SZ"


def unread(pipe: int) -> int:
    """Return how many bytes wait in a pipe, of which this end reads."""
    import fcntl
    import termios

    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def heeded(process: subprocess.Popen[bytes], number: int) -> bool:
    """Whether a process has taken a signal, or has ended; true where nothing tells."""
    status = _status(process)
    pending = int(status.get("ShdPnd", "0"), 16) >> (number - 1) & 1
    return not pending or status["State"][0] == "Z"


def _status(process: subprocess.Popen[bytes]) -> dict[str, str]:
    """Return what Linux tells of a process that was not yet waited for."""
    told = Path(f"/proc/{process.pid}/status")
    lines = told.read_text().splitlines() if told.exists() else []
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
