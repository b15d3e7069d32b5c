"""A report of any length: told piece by piece, in the same words as one that is told whole."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text
from terminals import Stream, seen

from nntrace.cli import run as cli_run
from nntrace.cli.app import main
from nntrace.cli.environment import Environment
from nntrace.write import report as tell
from nntrace.write.listed import AT_ONCE, Bulk, Values
from nntrace.write.render import pieces, text
from nntrace.write.render.html import draw as html
from nntrace.write.view import View

CONSOLE = Console()
EDGES = [0.0, -0.0, 1e-9, -1e-300, 12.5, -3.25e6, 1e7, 1e300, np.inf, -np.inf, np.nan]
numbers = st.lists(
    st.sampled_from(EDGES) | st.floats(-100, 100, width=32), min_size=1, max_size=30
).map(np.array)
views = st.builds(
    View,
    width=st.sampled_from([None, 60, 80, 200]),
    colours=st.sampled_from([None, "standard", "truecolor"]),
    ascii_only=st.booleans(),
    precision=st.integers(0, 6),
    show_all=st.just(True),
)
NAMES = [
    "cat",
    "Frühstück",
    "犬と猫",
    "a\x1b[31mb",
    "a name that is longer than its column has room",
]


def bulk(values, names, by_hand=(), axis=None, **more):
    called = [names[k % len(names)] + str(k) for k in range(len(values))]

    def of(places):
        return [called[k] for k in places], [f"h.{called[k]}" for k in places]

    columns = [Values(values), Values(-values, signed=False)]
    axis = axis or tell.Axis.of([values])
    return Bulk(of, called, columns, values, axis, by_hand=by_hand, quiet=values == 0, **more)


def section(rows):
    columns = [tell.Column("neuron"), tell.Column("z", True, 8), tell.Column("a", True, 8)]
    table = tell.Table(columns, rows)
    heard = ["Layer h"]
    return tell.Section(
        "h", "relu", heard, [tell.seen("a formula"), table, tell.seen("end")], "note"
    )


def drawn(item, view):
    lines = text(tell.Report([item], view)).split("\n")
    return [Text.from_ansi(line) if "\x1b" in line else Text(line) for line in lines]


def looks(lines):
    """Return what is seen of lines: their characters, and the style of each that is not blank."""
    return [
        [
            (char, str(line.get_style_at_offset(CONSOLE, k)) if char != " " else "")
            for k, char in enumerate(line.plain.rstrip())
        ]
        for line in lines
    ]


@pytest.mark.parametrize(
    "values", [[1e-9, 12.5, 1e7, -13.0], [-1e-300, 1e-310, 2.0, -1e299, 1e300]]
)
def test_a_sign_may_be_what_makes_a_column_wide(values):
    rows = bulk(np.array(values), ["cat"])
    view = View(precision=5, show_all=True)
    whole = drawn(tell.Sections([section([*rows])]), view)
    assert looks(drawn(tell.Flow([section(rows)]), view)) == looks(whole)


def test_a_name_that_is_longer_than_its_frame_is_broken():
    rows = bulk(np.array([-3.25e6]), NAMES[-1:])
    view = View(width=60, precision=6, show_all=True)
    whole = drawn(tell.Sections([section([*rows])]), view)
    assert looks(drawn(tell.Flow([section(rows)]), view)) == looks(whole)


@given(numbers, views, st.lists(st.sampled_from(NAMES), min_size=1), st.data())
def test_rows_in_bulk_are_drawn_as_one_by_one(values, view, names, data):
    places = st.integers(0, len(values) - 1)
    by_hand = data.draw(st.sets(places, max_size=3))
    strong = data.draw(st.none() | places)
    rows = bulk(values, names, by_hand, strong=strong)
    whole = drawn(tell.Sections([section([*rows])]), view)
    flowing = drawn(tell.Flow([section(rows)]), view)
    assert looks(flowing) == looks(whole)


@given(numbers, st.lists(st.sampled_from(NAMES), min_size=1))
def test_rows_in_bulk_are_heard_and_written_on_a_page_as_one_by_one(values, names):
    rows = bulk(values, names, by_hand=[0], active=values > 0)
    spoken = View(accessible=True)
    report = tell.Report([tell.Flow([section(rows)])], spoken)
    assert text(report) == text(tell.Report([section([*rows])], spoken))
    assert html(report) == html(tell.Report([tell.Sections([section([*rows])])], spoken))


@pytest.mark.parametrize("view", [View(), View(width=80, show_all=True), View(accessible=True)])
def test_a_flow_is_told_as_it_is_made(view):
    """The first lines come before the last section is made, and before the last row is."""
    made = []

    def sections():
        for place in range(3):
            made.append(place)
            yield section(bulk(np.arange(3.0 * AT_ONCE), ["n"]))

    told = pieces(tell.Report([tell.Flow(sections())], view))
    longest = 0
    for count, piece in enumerate(told):
        longest = max(longest, len(piece))
        if count == 2:
            assert made == [0]
    assert made == [0, 1, 2]
    assert longest < 200 * AT_ONCE


LARGE = """
input: {{shape: [{side}, {side}]}}
layers:
  - {{kind: conv, channels: 32, kernel: 3, activation: relu, weights: {{random: he_normal}}}}
  - {{kind: conv, channels: 32, kernel: 1, activation: relu, weights: {{random: he_normal}}}}
  - {{name: out, size: 2, activation: softmax, weights: {{random: he_normal}}}}
"""


def large(tmp_path, side):
    net = tmp_path / f"large{side}.yaml"
    net.write_text(LARGE.format(side=side))
    return net


@pytest.mark.parametrize("more", ["", "--accessible", "-f~csv", "-f~jsonl", "--color~always"])
def test_a_large_net_is_told_whole_in_a_pipe(tmp_path, more):
    """Each number once, in its place, whichever way it is told."""
    out = seen(f"run {large(tmp_path, 40)} -i random {more.replace('~', ' ')}")
    numbers = 2 * 32 * 38 * 38
    lines = re.sub(r"\x1b\[[\d;]*m", "", out).splitlines()
    if more == "-f~jsonl":
        assert sum(map(out.count, ("[", "]"))) > 4
        assert out.count(",") > 2 * numbers
        return
    assert sum(bool(re.search(r"\b\d+\.\d+\.\d+\b", line)) for line in lines) == numbers
    assert sum("31.37.37" in line for line in lines) == 2
    if more == "":
        frames = [line for line in lines if line.startswith("╭─ ")]
        assert [line.split()[1] for line in frames] == ["input", "layer1", "layer2", "out"]


def test_what_is_shorter_is_said_at_a_terminal_of_very_many_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(cli_run, "MANY", 10_000)
    out, err = Stream(False), Stream(True)
    words = ["run", str(large(tmp_path, 20)), "-i", "random", "-f", "csv"]
    assert main(words, Environment(Stream(False), out, err, {"TERM": "dumb"}, "utf-8")) == 0
    assert not err.getvalue()  # nobody looks
    variables = {"TERM": "xterm"}
    assert main(words, Environment(Stream(False), out, err, variables, "utf-8")) == 0
    [note] = [line for line in err.getvalue().decode().splitlines() if "note:" in line]
    assert note.endswith("-f npz -o FILE holds them as arrays, -l NAME is one layer")


def test_very_many_layers_are_measured_in_brief_at_a_terminal():
    brief = seen("stats letters -i beginning", 80)
    assert len(brief.splitlines()) < 70
    assert "51, in brief" in brief
    assert "in brief" not in seen("stats letters -i beginning --all", 80)
    assert "in brief" not in seen("stats letters -i beginning")
    heard = seen("stats letters -i beginning --accessible", 80)
    assert "51 layers in brief; -l NAME tells one in full" in heard
