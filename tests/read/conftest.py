"""What it takes to read a net file, which is bounded whatever stands there."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from netfiles import Measured

# Tells the problems, and the megabytes that it took to find them over those of a small net.
READING = """
import resource, sys
from nntrace.read.nets import yaml as netfile
from nntrace.read.nets.load import load
from nntrace.errors import NetworkError
from nntrace.core import forward
netfile.parse(b"input: 1\\nlayers: [{size: 1, weights: {random: normal}}]", "", ".", "")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    load(sys.argv[1])
except NetworkError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""
FOREVER = 60  # seconds of the processor, which tell what hangs and measure nothing


@pytest.fixture
def measured(launched: Callable[..., Any]) -> Measured:
    """Return the problems of a net file, and the megabytes that it took to find them.

    The file's folder is left out of them.
    """

    def read(path: Path) -> tuple[list[str], float]:
        limits = {resource.RLIMIT_CPU: FOREVER}
        pipe = subprocess.PIPE
        done = launched(
            path.name, code=READING, cwd=path.parent, limits=limits, stdout=pipe, stderr=pipe
        )
        out, err = done.communicate()
        assert (done.returncode, err) == (0, b"")
        *lines, megabytes = out.decode().splitlines()
        return lines, float(megabytes)

    return read
