"""Ctrl-C, and what else ends the process from outside.

An exception that comes from nowhere does harm in code that did not reckon with it: an extension
written in C that is interrupted while it loads may crash, and one that calls back into Python may
take the exception for an error of its own. So the process tidies up and simply ends. Only somebody
who is being asked something, and who has to tidy up at length, is taken leave of in the usual way:
by an exception, which no code between takes for anything else.

A write is never broken off within, so that its reader gets whole lines.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

PATIENCE = 1.0  # seconds that a write may take to end

tidy: list[Callable[[], object]] = []  # what is to be done before the process ends

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_raising = False
_holding = False
_waiting: int | None = None  # the signal that came meanwhile


def handle() -> None:
    """End the process at SIGINT, SIGTERM and SIGHUP with 128 + the signal's number.

    A signal that is ignored, as `nohup` makes it, stays so.
    """
    for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _arrived)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _arrived)


class Ended(SystemExit):
    """A signal ends the program, whichever command of a lesson it runs; `code` is its exit code."""

    code: int

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


@contextmanager
def by_exception() -> Iterator[None]:
    """End by raising Ended meanwhile."""
    global _raising
    before, _raising = _raising, True
    try:
        yield
    finally:
        _raising = before


@contextmanager
def held() -> Iterator[None]:
    """Let something come to its end before a signal is heeded.

    A second signal breaks it off, and so does PATIENCE.
    """
    global _holding, _waiting
    _holding = True
    try:
        yield
    finally:
        _holding = False
        if _waiting is not None:
            number, _waiting = _waiting, None
            _end(number)


def _arrived(number: int, _: FrameType | None) -> None:
    global _waiting
    if _holding and _waiting is None and hasattr(signal, "setitimer"):
        _waiting = number
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        return
    number, _waiting = _waiting or number, None
    _end(number)


def _end(number: int) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)  # nothing is waited for any more
    if _raising:
        raise Ended(number)
    for action in reversed(tidy):
        action()
    os._exit(128 + number)
