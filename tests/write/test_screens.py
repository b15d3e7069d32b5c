"""What holds of every screen: widths, scales, legends, what is left out, and what stands last."""

from __future__ import annotations

import re
import shlex

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.cells import cell_len
from terminals import ran, seen

from nntrace.write.render.bars import draw
from nntrace.write.report import Axis, Bar
from nntrace.write.view import View, number

pytestmark = pytest.mark.usefixtures("fitted_once")

ODD = """
name: a strange net whose name is rather long for a title of a box
input:
  labels: [x, 日本語のとても長いラベルです、幅がひろい, '👩‍🔬 emoji',
           a label so long that it does not fit into its column, bias]
layers:
  - {name: x, activation: relu, size: 1, weights: {random: ones}}
  - {name: a - b, activation: tanh, size: 300, weights: {random: normal, seed: 2}}
  - {name: bias, activation: {elu: {alpha: 0.125}}, size: 30, weights: {random: normal, seed: 3}}
  - {name: a layer with a name of more than forty columns, activation: selu, size: 4,
     weights: {random: normal, seed: 3}}
  - {name: …, activation: {hard_sigmoid: {alpha: 0.2}},
     weights: [[1e-12, 1, 2, 3], [3.4e38, 0, 0, 0], [-1e-300, 0, 0, 0], [1, 1, 1, 1]]}
  - {name: h1, activation: softsign, size: 5, weights: {random: normal, seed: 4}}
  - {name: h2, activation: identity, size: 3, weights: {random: normal, seed: 5}}
  - {name: z, activation: softmax, size: 3, weights: {random: normal},
     labels: [ja, 日本語のとても長いラベルです、幅がひろい, a class with a long label]}
"""
ROW = "1,2,3e10,-4,1e-9"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A working directory with an odd net, and rows for the bundled ones."""
    (tmp_path / "odd.yaml").write_text(ODD)
    (tmp_path / "iris.csv").write_text("5.1,3.4,1.5,0.2\n6.0,2.7,5.1,1.6\n7.2,3.6,6.1,2.5\n")
    (tmp_path / "labelled.jsonl").write_text(
        "".join(
            f'{{"input": [{5 + n % 3}, 3, {1 + n % 3 * 2}, {n / 40}], "kind": "{kind}"}}\n'
            for n, kind in enumerate("aaabbbccc" * 2)
        )
    )
    monkeypatch.setenv("NNTRACE_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


COMMANDS = [
    "run cat-or-dog -i 0.9,0.8,0.1",
    "run xor -i 1,0",
    "run iris -i 5.1,3.4,1.5,0.2",
    "run digits --example a~four",
    f"run odd.yaml -i {ROW}",
    "explain digits output.2 --example a~four",
    "explain iris hidden.2",
    f"explain odd.yaml x.0 -i {ROW}",
    f"explain odd.yaml bias.0 -i {ROW}",
    f"explain odd.yaml z.0 -i {ROW}",
    "show digits",
    "show digits --weights",
    "show iris --weights",
    "show xor --weights",
    "show odd.yaml",
    "check iris digits cat-or-dog",
    "diff digits --against float64",
    f"diff odd.yaml odd.yaml -i {ROW}",
    "stats iris -i iris.csv",
    "stats digits",
    f"stats odd.yaml -i {ROW} -i 0,0,0,0,1",
    "ladder iris -i labelled.jsonl -t kind --neuron hidden.2",
    *(f"learn {step}" for step in (1, 2, 3, 4, 6)),
]


@pytest.mark.parametrize(
    ("width", "encoding"), [(40, "utf-8"), (80, "utf-8"), (200, "utf-8"), (40, "ascii")]
)
@pytest.mark.parametrize("arguments", COMMANDS)
def test_nothing_is_wider_than_the_terminal(arguments, width, encoding):
    lines = seen(arguments, width, encoding, LINES="24").splitlines()
    assert max(cell_len(line.rstrip()) for line in lines) <= width


def numbers(text):
    text = re.sub(r"(?m)^.*bars: .*\n|^│ z = .*\n", "", text)  # what narrow screens leave out
    return re.findall(r"[+-]\d+\.\d{4}(?!\d)|[+-][\d.]+e[+-]\d+", text)


@pytest.mark.parametrize(
    "arguments",
    [
        "run cat-or-dog -i 0.9,0.8,0.1",
        "run iris -i 5.1,3.4,1.5,0.2",
        f"run odd.yaml -i {ROW} --all",
        f"explain odd.yaml bias.0 -i {ROW} --all",
        "explain iris hidden.2 -i 5.1,3.4,1.5,0.2",
    ],
)
def test_every_number_of_a_pipe_stands_whole_on_a_terminal(arguments):
    piped = set(numbers(seen(arguments)))
    for width in (40, 60, 80, 200):
        assert set(numbers(seen(arguments, width))) >= piped, width


def frames(text):
    """Return the edges of all frames, left to right."""
    return re.findall(r"╭[^╭╮]*╮", text)


@pytest.mark.parametrize("width", [None, 40, 80, 120, 200])
@pytest.mark.parametrize("arguments", [each for each in COMMANDS if each[:3] in ("run", "sta")])
def test_the_boxes_of_a_net_have_one_width(arguments, width):
    assert len({cell_len(frame) for frame in frames(seen(arguments, width))}) == 1


# ---- bars ----


def test_bars_are_the_first_to_go():
    for width, bars in ((80, True), (40, False)):
        shown = seen("run iris -i 5.1,3.4,1.5,0.2", width)
        assert bool(re.search("[█│]{2}", shown)) is bars
        assert shown.count("bars: from ") == bars


def test_one_scale_for_all_boxes_is_told_once():
    shown = seen("run iris -i 5.1,3.4,1.5,0.2", 80)
    assert "bars: from -1.3158 to +1.3158 · shares in output: from 0 to 1\n" in shown
    # the same numbers have the same bars, whichever layer is shown
    alone = seen("run iris -i 5.1,3.4,1.5,0.2 -l hidden", 80)
    hidden = re.search(r"╭─ hidden.*?╰", shown, re.DOTALL)[0]
    assert hidden in alone
    assert "bars: from -1.3158 to +1.3158\n" in alone


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9), st.booleans(), st.booleans(), st.integers(5, 30))
def test_a_bar_is_as_long_as_its_number(value, reach, both_ways, ascii_only, width):
    assume(both_ways or value >= 0)
    view = View(80, ascii_only=ascii_only)
    drawn = draw(Bar(value, Axis(reach, both_ways)), width, view).plain
    assert cell_len(drawn) <= width
    side = (width - 1) // 2 if both_ways else width
    left, _, right = drawn.rpartition("|" if ascii_only else "│") if both_ways else ("", "", drawn)
    length = len((right if value > 0 else left).strip())
    assert abs(length - min(1, abs(value) / reach) * side) <= 1
    assert not (left if value > 0 else right).strip()  # the side is the sign
    if value and not ascii_only:
        assert length  # a sliver for what is not 0


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 0.0])
def test_what_is_no_size_has_no_bar(value):
    assert draw(Bar(value, Axis(1.0)), 20, View()).plain == ""
    assert draw(Bar(value, Axis(1.0, True)), 9, View()).plain.strip() == "│"
    assert Axis.of([np.array([value])]) == Axis(0.0)


# ---- numbers ----


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 12), st.booleans())
def test_an_exponent_widens_no_column(value, precision, signed):
    view = View(precision=precision)
    written = number(value, view, signed)
    assert (float(written) == 0) == (value == 0)
    if "e" in written:
        least = f"{value:+.0e}" if signed else f"{value:.0e}"
        assert len(written) <= max(view.number_width, len(least))
        assert abs(float(written) - value) <= abs(value) / 2 or abs(value) > 1e308
    else:
        assert abs(float(written) - value) <= 0.5 * 10.0**-precision * (1 + 1e-9)


def test_a_column_with_an_exponent_is_as_wide_as_without(tmp_path):
    lines = []
    for odd in ("5", "1e-12", "3.4e38", "-1e-300"):
        (tmp_path / "n.yaml").write_text(f"input: 1\nlayers: [{{weights: [[1], [{odd}], [-2]]}}]")
        lines.append(re.findall(r"(?m)^│ 2  .*-2\.0000", seen("run n.yaml -i 1", 80))[0])
    assert len(set(lines)) == 1


# ---- what is left out, and in which order ----


def test_classes_keep_the_order_of_their_neurons():
    for flags in ("", " --accessible"):
        shown = seen(f"run digits --example a~four{flags} -l output", 80)
        classes = re.findall(r"(?m)^(?:│ |output\.)(\d)\W", shown)
        assert classes == [*"0123456789"]


def test_a_layer_is_cut_only_where_it_is_longer_than_the_screen():
    arguments = "run digits --example a~four"
    assert "⋮" in seen(arguments, 80, LINES="24")
    whole = seen(arguments, 80, LINES="40")
    assert "⋮" not in whole
    assert "--all" not in whole
    assert len(re.findall(r"(?m)^│ \d+ +[+-]", whole)) == 32 + 16 + 10


@pytest.mark.parametrize("flags", ["", " --accessible"])
@pytest.mark.parametrize(
    "arguments",
    [
        "run digits --example a~four",
        f"run odd.yaml -i {ROW}",
        "explain digits hidden1.3 --example a~six",
        f"explain odd.yaml bias.0 -i {ROW}",
        "show digits --weights",
        "stats digits",
        "stats odd.yaml -i 1,2,3,4,5",
    ],
)
def test_what_leaves_something_out_says_how_to_see_it(arguments, flags):
    cut, whole = (seen(arguments + flags + words, 80, LINES="24") for words in ("", " --all"))
    assert "--all" in cut
    assert "--all" not in whole
    assert len(whole.splitlines()) > len(cut.splitlines())
    assert not re.search(r"⋮|\d more|\d others", whole)


def test_statistics_show_what_tells_something(tmp_path):
    (tmp_path / "wide.yaml").write_text(
        "input: 1\nlayers:\n"
        "  - {name: h, activation: relu, size: 60, weights: {random: normal, seed: 1}}\n"
        "  - {name: s, activation: tanh, size: 60, weights: {random: normal, seed: 2}}\n"
    )
    shown = seen("stats wide.yaml -i 1 -i 2 -i 0.5", 80, LINES="24")
    assert re.findall(r"(?m)^│ ((?:dead|sat|most|least|fur)[^│]*?) +│$", shown) == [
        *("dead", "most often active", "least often active", "furthest from 0"),
        *("saturated", "most often a > 0", "least often a > 0", "furthest from 0"),
    ]
    assert shown.count("⋮") == 2  # the rest of each layer, once
    for layer in re.findall(r"╭.*?╰", shown, re.DOTALL):
        neurons = re.findall(r"(?m)^│ (\d+) ", layer)
        assert len(neurons) == len(set(neurons))  # each in one group
        assert len(neurons) + int(re.search(r"⋮ (\d+) more", layer)[1]) == 60
    assert "⋮" not in seen("stats wide.yaml -i 1 -i 2 -i 0.5 --all", 80, LINES="24")


# ---- what stands last ----


def test_a_run_ends_with_what_matters_on_a_screen_of_24_lines():
    screen = seen("run digits --example a~four", 80, LINES="24").splitlines()[-23:]
    assert re.search("^→ 4  ", screen[-2])
    assert screen[-1].startswith("next: nntrace explain digits output.4 --example 'a four'")
    assert sum(bool(re.match(r"│ \d  ", line)) for line in screen) >= 10  # all of its classes
    assert any("╭─ output" in line for line in screen)


@pytest.mark.parametrize("flags", ["", " --accessible"])
@pytest.mark.parametrize(
    "arguments",
    [
        "run cat-or-dog -i 0.9,0.8,0.1 --set hidden1.0=-2",
        "run cat-or-dog --row 1",
        "run xor --input=-1,0",
        "run xor --example neither",
        "run iris -i iris.csv --row 2 --input-format csv",
    ],
)
def test_the_command_to_try_next_runs(arguments, flags):
    shown = seen(arguments + flags, 100)
    command = re.search(r"(?im)^next: nntrace (.*)$", shown)[1]
    words = [word.replace(" ", "~") for word in shlex.split(command)]
    code, told, _ = ran(" ".join(words), 100)
    assert code == 0
    assert len(frames(told)) == 1  # of this row, and no other


@pytest.mark.parametrize("arguments", ["", " -f json", " -o told.txt", " --accessible"])
def test_no_command_is_proposed_where_nobody_sits(arguments):
    assert "nntrace explain" not in seen(f"run xor -i 1,0{arguments}")
    assert "nntrace explain" not in seen("run xor -i 1,0 -o told.txt", 80)


@pytest.mark.parametrize("arguments", ["--set hidden1.0=-2", "-i 1,0,0 --row 1"])
def test_the_command_to_try_next_goes_on_below_as_a_shell_has_it(arguments):
    _, *lines = re.split(
        "^next: ", seen(f"run cat-or-dog {arguments} --example a~cat", 60), flags=re.M
    )
    assert "\\\n" in lines[0]
    whole = seen(f"run cat-or-dog {arguments} --example a~cat", 200)
    assert shlex.split(lines[0].replace("\\\n", "")) == shlex.split(
        re.split("^next: ", whole, flags=re.M)[1]
    )


def test_no_command_is_proposed_of_which_a_word_is_wider_than_the_terminal():
    assert "nntrace explain" not in seen(f"run xor -i 1,0.{'0' * 60}", 40)


# ---- colours ----

PALETTE = {*range(232, 256), 16, 231, 23, 30, 37, 44, 51, 53, 90, 127, 164, 201}
PICTURES = ["run digits --example a~four -l output", "show digits --weights", "show iris --weights"]


def coloured(arguments, encoding="utf-8", **variables):
    return seen(arguments, 80, encoding, NO_COLOR="", FORCE_COLOR="1", **variables)


@pytest.mark.parametrize("arguments", PICTURES)
def test_256_colours_are_those_picked_by_hand(arguments):
    codes = re.findall(r"\x1b\[([\d;]*)m", coloured(arguments))
    picked = {int(n) for code in codes for n in re.findall(r"[34]8;5;(\d+)", code)}
    assert picked
    assert picked <= PALETTE
    assert not re.search(r"[34]8;2;", ";".join(codes))


@pytest.mark.parametrize("arguments", PICTURES)
def test_16_colours_show_the_signs_and_shades_of_none(arguments):
    drawn = coloured(arguments, TERM="xterm")
    assert not re.search(r"\x1b\[[\d;]*8;[25];", drawn)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", drawn)
    assert [line.rstrip() for line in plain.splitlines()] == seen(arguments, 80).splitlines()


@pytest.mark.parametrize("variables", [{}, {"COLORTERM": "truecolor"}, {"TERM": "xterm"}])
@pytest.mark.parametrize("arguments", PICTURES)
def test_an_ascii_terminal_with_colours_gets_ascii(arguments, variables):
    assert coloured(arguments, "ascii", **variables).isascii()


@pytest.mark.parametrize("arguments", PICTURES[1:])
@pytest.mark.parametrize("variables", [{"NO_COLOR": "1", "FORCE_COLOR": ""}, {}, {"TERM": "xterm"}])
def test_a_legend_stands_under_every_heat_map(arguments, variables):
    settings = {"NO_COLOR": "", "FORCE_COLOR": "1"} | variables
    shown = re.sub(r"\x1b\[[0-9;]*m", "", seen(arguments, 80, **settings))
    layers = len(re.findall("weights [0-9]+ × [0-9]+", shown))
    assert len(re.findall("(?m)^weights: ", shown)) == layers


def test_the_shades_of_a_picture_are_told():
    assert "│ blank 0, █ 1 " in seen("run digits --example a~four", 80)
    assert "black 0, white 1" in coloured("run digits --example a~four")


# ---- names that might be taken for something else ----


@pytest.mark.parametrize("name", ["x", "z", "a", "b", "W", "bias", "…", "a - b", "mean"])
def test_a_name_is_no_flag(tmp_path, name):
    for about, normalised in (("", False), (", mean: 1, std: 2", True)):
        (tmp_path / "n.yaml").write_text(
            f"input: {{size: 2{about}}}\nlayers:\n"
            f"  - {{name: '{name}', weights: [[1, 2], [3, 4]]}}\n  - {{weights: [[1, 2]]}}\n"
        )
        later = seen("explain n.yaml output.0 -i 1,2", 80)
        assert "(input - mean) / std" not in later
        assert f'z = Σ weight × "{name}" + bias' in later
        assert f'z = W @ "{name}" + b' in seen("run n.yaml -i 1,2", 80)
        first = seen(f"explain n.yaml {name}.0 -i 1,2".replace(" - ", "~-~"), 80)
        assert ("z = Σ weight × x + bias, x = (input - mean) / std" in first) is normalised
        said = seen("explain n.yaml output.0 -i 1,2 --accessible", 80)
        assert f"added up over layer {name}, plus" in said
        assert "divided by std" not in said
