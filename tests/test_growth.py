"""Twice as much takes about twice the operations: nothing that can be given many times is slow.

What is counted are the lines that Python runs, in whatever module, so that the answer is the same
on every machine and under any load. What runs within one call of C (a search in a list, a regular
expression) is no line: `benchmarks/growth.py --commands` takes the processor's time for the same
cases, at sizes where such a cost would show.
"""

from __future__ import annotations

import io
import sys

import pytest
from growing import CASES

from nntrace.cli.app import main
from nntrace.cli.environment import Environment

SIZE = 10
MOST = 2.5  # times the lines for twice the size: 2 where it is linear, 2.2 for n log n, 4 for n²
FEW = 150  # lines, by which a command differs for reasons of its own, such as what is cached
IN_C = {  # cases that take no lines more
    "comments of a net file",
    "a long description",
    "blanks of a heading",
    "a name with many dots that is not there",
    "names of a net, that are long",
    "tags of a net file",
}


def run(words, state):
    """Run a command in this process."""
    streams = [io.BytesIO() for _ in range(3)]
    assert main(words, Environment(*streams, {"NNTRACE_STATE": str(state)})) in (0, 1, 2)


def lines_run(words, state):
    """Return how many lines a command runs in this process."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run(words, state)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", CASES)
def test_twice_as_much_takes_twice_the_lines(name, tmp_path):
    run(CASES[name](tmp_path, SIZE // 2), tmp_path)  # imports what is needed
    sizes = (SIZE, 2 * SIZE, 4 * SIZE)
    one, two, four = (lines_run(CASES[name](tmp_path, size), tmp_path) for size in sizes)
    assert two > one or name in IN_C, "the case does not grow"
    assert (four - two) <= MOST * max(two - one, FEW), (one, two, four)
