"""How many threads NumPy gets for matrix products, which has to be said before it is loaded."""

from __future__ import annotations

import os
import re
import sys

from nntrace.read import bundled

LARGEST_SMALL = 2**16  # bytes of a net file; so many hold 20,000 numbers at most
LARGEST_WEIGHTS = 2**22  # bytes of its weights files
_UNTOLD = (b"random", b"conv")  # may be much work, however little is written
_WEIGHTS = re.compile(rb"[^\s\"'{},\[\]]+\.(?:np[yz]|safetensors|csv)\b", re.IGNORECASE)
# OpenBLAS looks at these, in this order.
_CHOSEN = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")


def one_for_small(net: str) -> None:
    """Give a net that is small for sure one thread, unless the user has chosen a number.

    OpenBLAS starts a thread for each core when it is loaded. That takes as long as hundreds of rows
    take in a small net, whose products are too small to be shared out anyway; on a busy machine the
    threads, which wait by spinning, take more than all the rest of a short run.
    """
    if _settled():
        return
    path = bundled.find(net) or net
    try:
        if not os.path.isfile(path):  # a pipe can be read but once
            return
        with open(path, "rb") as stream:
            text = stream.read(LARGEST_SMALL + 1)
    except (OSError, ValueError):  # told by what reads the net
        return
    if len(text) <= LARGEST_SMALL and not any(word in text for word in _UNTOLD):
        folder = os.path.dirname(path)
        files = {os.path.join(folder, os.fsdecode(name)) for name in _WEIGHTS.findall(text)}
        if sum(map(_size, files)) <= LARGEST_WEIGHTS:
            one()


def one() -> None:
    """Give NumPy one thread, unless the user has chosen a number: products to come are small."""
    if not _settled():
        os.environ["OPENBLAS_NUM_THREADS"] = "1"


def _settled() -> bool:
    """Whether the number of threads is chosen, or NumPy is loaded and has its own."""
    return "numpy" in sys.modules or any(name in os.environ for name in _CHOSEN)


def _size(path: str) -> int:
    """Return how many bytes a file has; what is no file has none, and is told by what reads it."""
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0
