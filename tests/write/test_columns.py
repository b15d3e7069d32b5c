"""Rows as columns: written all at once, they read as if they were written one by one."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nntrace.write.columns import (
    FIRST,
    Column,
    Kind,
    cut,
    joined,
    length,
    numbers,
    percents,
    rows_shown,
)
from nntrace.write.render.rows import rows_table
from nntrace.write.view import View, number, percent, percent_said, said

ANY = st.floats(width=64)
NEAR = st.sampled_from([-4, -3, 0, 7]).flatmap(
    lambda power: st.floats(0.4, 1.1).map(lambda factor: factor * 10.0**power)
)


@example([-0.0, 0.0], 4, True)
@given(st.lists(ANY | NEAR), st.integers(0, 17), st.booleans())
def test_numbers(values, precision, signed):
    view = View(precision=precision)
    array = np.array(values, np.float64)
    assert numbers(array, view, signed) == [number(value, view, signed) for value in values]
    assert numbers(array, view, signed, said) == [said(value, view, signed) for value in values]


@example([-0.0, 0.0])
@given(st.lists(ANY | st.floats(0, 1) | st.sampled_from([0.0001, 0.9999, 0.00005, 0.99995])))
def test_percents(values):
    view = View()
    array = np.array(values, np.float64)
    assert percents(array, view) == [percent(value, view) for value in values]
    told = percents(array, view, "%.2f percent\n", percent_said)
    assert told == [percent_said(value, view) for value in values]


def block(start, end):
    rows = np.arange(start, end)
    return [Column("row", Kind.ROW, rows), Column("name", Kind.TEXT, [f"n{row}" for row in rows])]


BLOCKS = st.lists(st.integers(1, 700), max_size=6)


def blocks(sizes):
    edges = np.cumsum([0, *sizes]).tolist()
    return [block(start, end) for start, end in pairwise(edges)]


@given(BLOCKS, st.booleans())
def test_rows_are_shown_alike_however_they_arrive(sizes, terminal):
    view = View(width=80 if terminal else None)
    count = sum(sizes)
    one = rows_shown([block(0, count)] if count else [], view)
    many = rows_shown(blocks(sizes), view)
    assert "".join(rows_table(one, view)) == "".join(rows_table(many, view))
    assert many.left_out == (count - 35 if terminal and count > 40 else 0)
    assert many.total == (count if terminal or count <= FIRST else None)


@given(BLOCKS)
def test_a_pipe_gets_every_row_once(sizes):
    shown = rows_shown(blocks(sizes), View())
    given_out = [*shown.first, *shown.rest]
    rows = [row for each in given_out for row in each[0].values.tolist()]
    assert rows == list(range(sum(sizes)))


def test_a_terminal_holds_no_more_than_a_block_or_two():
    """Rows that are left out are let go of as they come."""
    held = 0
    most = 0

    class Rows(list):
        def __init__(self, values):
            nonlocal held, most
            super().__init__(values)
            held += 1
            most = max(most, held)

        def __del__(self):
            nonlocal held
            held -= 1

    source = ([Column("name", Kind.TEXT, Rows(["x"] * 50))] for _ in range(200))
    shown = rows_shown(source, View(width=80))
    assert shown.left_out == 200 * 50 - 35
    assert most < 6


def test_cut_and_joined():
    whole = joined([block(0, 3), block(3, 7)])
    assert length(whole) == 7
    assert whole[0].values.tolist() == list(range(7))
    assert cut(whole, 2, 4)[1].values == ["n2", "n3"]


LONG = "a rather long text that was carried along with its row, wider than its column"
WIDE_CASES = [LONG, "日本語" * 20, "x" * 150]


@pytest.mark.parametrize("text", WIDE_CASES)
@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_cell_that_is_too_wide_is_broken_and_loses_nothing(text, width):
    from rich.cells import cell_len

    shares = np.array([0.5])
    columns = [
        Column("row", Kind.ROW, np.arange(1)),
        Column("note", Kind.TEXT, [text]),
        Column("kind", Kind.CLASS, [0], ("cat", None)),
        Column("share", Kind.SHARE, shares),
    ]
    view = View(width=width)
    lines = "".join(rows_table(rows_shown([columns], view), view)).splitlines()
    assert max(map(cell_len, lines)) <= width
    start = lines[0].index("note")
    kept = "".join(line[start:] if line.isascii() else line for line in lines[1:])
    letters = [char for char in kept if char not in " 0.5%cat" or char in text]
    for char in set(text) - set(" "):
        assert letters.count(char) >= text.count(char)


def test_nothing_is_broken_where_lines_run_over_in_any_case():
    numbers = [Column(f"class {at}", Kind.NUMBER, np.ones(1)) for at in range(9)]
    columns = [Column("prediction", Kind.CLASS, [0], ("cat", None)), *numbers]
    view = View(width=80)
    lines = "".join(rows_table(rows_shown([columns], view), view)).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("prediction")


def test_texts_that_come_later_and_are_wider_move_only_their_own_line():
    names = ["a"] * FIRST + ["much wider", "b"]
    rows = np.arange(len(names))
    columns = [
        Column("name", Kind.TEXT, names),
        Column("row", Kind.ROW, rows),
        Column("kind", Kind.CLASS, [0] * len(names), ("cat", "a class that never comes", None)),
        Column("end", Kind.NUMBER, rows / 1),
    ]
    lines = "".join(rows_table(rows_shown([columns], View()), View())).splitlines()
    starts = [line.index("cat") for line in lines[1:]]
    assert set(starts[:FIRST]) == {starts[0]} == {starts[-1]}
    assert starts[FIRST] == starts[0] + len("much wider") - len("name")
