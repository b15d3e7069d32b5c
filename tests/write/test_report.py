"""Reports: told as their rows come, and whole."""

import numpy as np
import pytest
from terminals import seen

import nntrace
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.batch import TracedBatch
from nntrace.core.ops.dense import Dense
from nntrace.write import render
from nntrace.write.columns import FIRST, Column, Kind, rows_shown
from nntrace.write.report import Report, Rows, line
from nntrace.write.reports.run import row_report
from nntrace.write.view import View


def numbered(count, drawn):
    """Give so many blocks of a hundred numbered rows, and note each that is drawn from."""
    for index in range(count):
        drawn.append(index)
        yield [
            Column("row", Kind.ROW, np.arange(100 * index, 100 * (index + 1))),
            Column("name", Kind.TEXT, ["x"] * 100),
            Column("twice", Kind.NUMBER, np.arange(100.0)),
        ]


@pytest.mark.parametrize("accessible", [False, True])
def test_rows_are_told_as_they_come(accessible):
    drawn = []
    view = View(accessible=accessible)
    shown = rows_shown(numbered(20, drawn), view)
    looked_at = len(drawn)
    assert looked_at == FIRST // 100 + 1

    def items():
        yield line("above")
        yield Rows(shown)
        assert len(drawn) == 20
        yield line("below")

    pieces = render.pieces(Report(items(), view))
    assert next(pieces) == "above\n"
    assert len(drawn) == looked_at
    rest = [*pieces]
    assert len(rest) > 10
    assert rest[-1] == "below\n"
    lines = "".join(rest).splitlines()
    assert len([each for each in lines if "+99.0000" in each]) == 20


def test_rows_that_are_not_heard_are_seen():
    shown = rows_shown(numbered(1, []), View())
    items = [line("above"), Rows(shown, heard=False), line("below")]
    assert render.text(Report(items, View(accessible=True))) == "above\nbelow\n"
    assert len(render.text(Report(items, View())).splitlines()) == 103


def test_what_is_left_out_of_a_layer_is_quiet():
    drawn = seen("run digits --example a~four", 80, NO_COLOR="", COLORTERM="truecolor")
    assert "\x1b[2m⋮ 8 more\x1b[0m" in drawn


def test_zeros_alone_leave_no_empty_line():
    layer = nntrace.Layer("output", Dense(np.eye(2), np.zeros(2)), Activation(find("linear")))
    net = nntrace.Network("zeros", nntrace.Input(2), (layer,))
    batch = TracedBatch(nntrace.forward(net, [0, 0]))
    assert "\n\n" not in render.text(row_report(batch, 0, ["output"], View()))
