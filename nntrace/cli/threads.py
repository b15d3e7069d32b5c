"""How many threads NumPy gets for matrix products, which has to be said before it is loaded."""

from __future__ import annotations

import os
import sys

from nntrace.read import bundled

LARGEST_SMALL = 2**16  # bytes of a net file; so many hold 20,000 numbers at most
_ELSEWHERE = (b".np", b".safetensors", b".csv", b"random")  # weights that are not in the file
# OpenBLAS looks at these, in this order.
_CHOSEN = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")


def one_for_small(net: str) -> None:
    """Give a net that is small for sure one thread, unless the user has chosen a number.

    OpenBLAS starts a thread for each core when it is loaded. That takes as long as hundreds of rows
    take in a small net, whose products are too small to be shared out anyway; on a busy machine the
    threads, which wait by spinning, take more than all the rest of a short run.
    """
    if "numpy" in sys.modules or any(name in os.environ for name in _CHOSEN):
        return
    path = bundled.find(net) or net
    try:
        if not os.path.isfile(path):  # a pipe can be read but once
            return
        with open(path, "rb") as stream:
            text = stream.read(LARGEST_SMALL + 1)
    except (OSError, ValueError):  # told by what reads the net
        return
    if len(text) <= LARGEST_SMALL and not any(word in text for word in _ELSEWHERE):
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
