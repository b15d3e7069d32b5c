"""How tests wait for what another process does: for the event itself, never for some time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Seconds after which something hangs for sure, however busy the machine is. Nothing is measured by
# it: what must not be slow is a ratio in benchmarks/, or a count of operations.
WATCHDOG = 300


def waiting_for(condition: Callable[[], T]) -> T:
    """Return what a condition gives as soon as it is true."""
    end = time.monotonic() + WATCHDOG
    while not (found := condition()):
        assert time.monotonic() < end, f"{condition.__name__} never came"
        time.sleep(0.01)
    return found
