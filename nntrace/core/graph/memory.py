"""Memory that is asked for and given back again and again, as a graph's tensors are."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

# parameters of mallopt, by glibc's malloc.h: https://man7.org/linux/man-pages/man3/mallopt.3.html
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST, _KEPT = 32 << 20, 512 << 20  # bytes


@cache
def keep_freed_memory() -> None:
    """Have glibc keep what is freed for the tensors to come, as runtimes of nets do.

    A page that comes anew from the system is first filled with zeros by it: of a convolutional
    net's tensors, that takes as long again as computing them. Blocks of up to 32 MB are reused,
    and up to 512 MB kept at the end. Other C libraries are left as they are.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:  # musl has none
            mallopt(_MMAP_THRESHOLD, _LARGEST)
            mallopt(_TRIM_THRESHOLD, _KEPT)
