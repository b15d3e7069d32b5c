"""A fault after some rows: what came before it is given, and the fault is raised at the end."""

from __future__ import annotations

import pytest

from nntrace.cli.tracing import until_fault
from nntrace.errors import InputError


def rows(*given):
    for each in given:
        if isinstance(each, Exception):
            raise each
        yield each


def deal_with(given, seen):
    """Take rows as a command does, and note that it came to its end."""

    def write(some):
        seen.extend(some)
        seen.append(some.fault)
        yield "written"

    seen.extend(until_fault(given, write))


def test_a_fault_is_raised_once_the_rows_before_it_were_dealt_with():
    seen = []
    with pytest.raises(InputError, match="odd"):
        deal_with(rows(1, 2, InputError("odd")), seen)
    assert seen[:2] == [1, 2]
    assert isinstance(seen[2], InputError)  # whoever writes knows of it


@pytest.mark.parametrize("given", [[InputError("odd")], [1, ZeroDivisionError("odd")]])
def test_a_fault_before_any_row_and_one_of_another_kind_are_raised_at_once(given):
    seen = []
    with pytest.raises(type(given[-1]), match="odd"):
        deal_with(rows(*given), seen)
    assert None not in seen


def test_without_a_fault_nothing_is_raised():
    seen = []
    deal_with(rows(1, 2), seen)
    assert seen == [1, 2, None, "written"]
