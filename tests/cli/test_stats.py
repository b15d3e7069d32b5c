"""`nntrace stats`: its numbers against `run`'s, its forms, its errors, and how it looks."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from rich.cells import cell_len
from terminals import seen
from watchdog import WATCHDOG

import nntrace as package
from nntrace.cli.schema import schema_named

DIGITS = "stats digits -i digits-labelled.csv --keep digit"
MIXED = """\
name: mixed
input: 2
layers:
  - {name: six, activation: relu6, weights: [[1, 2], [30, 1], [-1, -2], [0, 0]],
     bias: [0, 100, -10, 1], labels: [one, two, "t,h", four]}
  - {name: squeezed, activation: tanh, weights: [[1, -1, 0, 0], [30, 1, 1, 1]]}
  - {name: output, activation: sigmoid, weights: [[1, 0.25]]}
"""
ROWS = "".join(f"{(i % 17 - 8) / 4},{(i % 5 - 2) / 2}\n" for i in range(120))
OVERFLOWING = """\
name: overflow
dtype: float32
input: 2
layers:
  - {name: hidden, activation: relu, weights: [[1e30, 1], [-1, 1], [0.5, 1]]}
  - {name: output, activation: softmax, weights: [[1, 1, 1], [1, 0, 0]]}
"""
WIDE = """\
name: wide
input: 1
layers:
  - {name: hidden, size: 40, activation: relu, weights: {random: normal, seed: 3}}
  - {name: output, size: 16, activation: softmax, weights: {random: normal, seed: 4}}
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mixed.yaml").write_text(MIXED)
    Path("rows.csv").write_text(ROWS)
    Path("overflow.yaml").write_text(OVERFLOWING)
    Path("wide.yaml").write_text(WIDE)
    Path("wide.csv").write_text("".join(f"{(i - 30) / 10}\n" for i in range(80)))


# ---- how it looks ----

CASES: dict[str, Callable[[], str]] = {
    "digits-80": lambda: seen(DIGITS, 80),
    "digits-200": lambda: seen(DIGITS, 200),
    "digits-piped": lambda: seen(DIGITS),
    "mixed-80": lambda: seen("stats mixed.yaml -i rows.csv", 80),
    "mixed-40": lambda: seen("stats mixed.yaml -i rows.csv", 40),
    "mixed-200": lambda: seen("stats mixed.yaml -i rows.csv", 200),
    "mixed-ascii": lambda: seen("stats mixed.yaml -i rows.csv", 80, "ascii"),
    "mixed-colour": lambda: seen(
        "stats mixed.yaml -i rows.csv", 80, NO_COLOR="", COLORTERM="truecolor"
    ),
    "mixed-set": lambda: seen("stats mixed.yaml -i rows.csv --set six.0=0 -l six -p 2", 80),
    "overflow-80": lambda: seen("stats overflow.yaml -i 1e30,1 -i 1,2", 80),
    "wide-80": lambda: seen("stats wide.yaml -i wide.csv", 80),
    "cat-80": lambda: seen("stats cat-or-dog", 80),
    "lines-mixed": lambda: seen("stats mixed.yaml -i rows.csv --accessible", 80),
    "lines-wide": lambda: seen("stats wide.yaml -i wide.csv --accessible", 80),
    "lines-overflow": lambda: seen("stats overflow.yaml -i 1e30,1 -i 1,2 --accessible"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_people_see(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"stats-{name}.txt", CASES[name]())


NARROWED = [name for name in CASES if re.search(r"-(40|80|200|ascii)$", name)]


@pytest.mark.parametrize("name", NARROWED)
def test_nothing_is_wider_than_the_terminal(name: str) -> None:
    width = next((int(last) for last in name.split("-")[-1:] if last.isdigit()), 80)
    assert max(map(cell_len, CASES[name]().splitlines())) <= width


def test_an_ascii_locale_gets_ascii() -> None:
    assert CASES["mixed-ascii"]().isascii()


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("lines-")])
def test_a_screen_reader_gets_no_boxes_and_no_bars(name: str) -> None:
    assert not re.search("[─-◿]", CASES[name]())


def test_colour_only_repeats_what_is_there() -> None:
    coloured = CASES["mixed-colour"]()
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert plain == CASES["mixed-80"]()


def test_a_terminal_shows_the_telling_neurons_of_a_wide_layer() -> None:
    short = seen("stats wide.yaml -i wide.csv -l hidden", 80)
    assert "⋮" in short
    for text in (
        seen("stats wide.yaml -i wide.csv -l hidden --all", 80),
        seen("stats wide.yaml -i wide.csv -l hidden"),
    ):
        assert "⋮" not in text
        assert "--all" not in text
        assert [int(n) for n in re.findall(r"^│ (\d+) ", text, re.M) if n][-40:] == [*range(40)]


@pytest.mark.parametrize("width", [1, 30, 79])
def test_a_narrow_terminal_loses_no_number(width: int) -> None:
    assert "…" not in seen("stats mixed.yaml -i rows.csv", width)


def test_no_name_controls_the_terminal() -> None:
    Path("bad.yaml").write_text(
        'name: "a\\e[31m"\ninput: 1\nlayers: [{name: "h\\e]0;x\\a", weights: [[1]],'
        ' labels: ["\\u202e\\n"]}]'
    )
    for arguments in ("", " --accessible"):
        text = seen(f"stats bad.yaml -i 1 -i 2{arguments}", 80)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


# ---- its numbers ----


def document(*arguments: str, **options: str) -> dict:
    found = json.loads(seen(" ".join(["stats", *arguments, "-f", "json"]), **options))
    jsonschema.Draft202012Validator(schema_named("stats")).validate(found)
    return found


def test_json_says_of_all_rows_what_run_says_of_each() -> None:
    words = "digits -i digits-labelled.csv --keep digit"
    told = document(*words.split())
    rows = [json.loads(line) for line in seen(f"run {words} -f jsonl").splitlines()]
    assert told["rows"] == len(rows) == 540
    for place, layer in enumerate(told["layers"]):
        for quantity in ("z", "a"):
            values = np.array([row["layers"][place][quantity] for row in rows])
            for index, each in enumerate(layer["neurons"]):
                column, moments = values[:, index], each[quantity]
                assert moments["rows"] == 540
                assert moments["min"] == column.min()
                assert moments["max"] == column.max()
                assert moments["mean"] == pytest.approx(column.mean(), rel=1e-12)
                assert moments["std"] == pytest.approx(column.std(), rel=1e-12)
        a = values
        for index, each in enumerate(layer["neurons"]):
            bars = each["histogram"]
            edges = bars["start"] + bars["width"] * np.arange(len(bars["counts"]) + 1)
            assert np.histogram(a[:, index], edges)[0].tolist() == bars["counts"]
            assert min(bars["counts"][0], bars["counts"][-1]) > 0
            if layer["activation"] == "relu":
                z = np.array([row["layers"][place]["z"][index] for row in rows])
                assert each["active"] == (a[:, index] > 0).sum()
                assert each["kink"] == np.abs(z).min()
                assert each["dead"] is False
            else:
                assert each["kink"] is each["saturated"] is None
                assert each["active"] == (a.argmax(axis=1) == index).sum()
    predicted = [row["prediction"]["index"] for row in rows]
    assert [each["rows"] for each in told["classes"]] == np.bincount(predicted).tolist()
    assert told["undecided"] == 0
    assert told["first_not_finite"] is None


def test_csv_is_a_line_a_neuron() -> None:
    text = seen("stats mixed.yaml -i rows.csv -f csv")
    assert "\r" not in text
    lines = list(csv.DictReader(io.StringIO(text)))
    told = document("mixed.yaml", "-i", "rows.csv")
    neurons = [(layer, each) for layer in told["layers"] for each in layer["neurons"]]
    assert len(lines) == len(neurons) == 7
    for line, (layer, each) in zip(lines, neurons, strict=True):
        assert line["layer"] == layer["name"]
        assert line["neuron"] == str(each["index"])
        assert line["label"] == (each["label"] or "")
        assert line["rows"] == "120"
        assert line["active"] == str(each["active"])
        assert line["dead"] == str(each["dead"]).lower()
        for name in ("saturated", "kink"):
            assert line[name] == ("" if each[name] is None else repr(each[name]))
        for quantity in ("a", "z"):
            for name, value in each[quantity].items():
                assert line[f"{quantity}_{name}"] == repr(value)
    assert 'six,2,"t,h",120,0,true,' in text


def test_the_mixed_net_by_hand() -> None:
    six, squeezed, output = document("mixed.yaml", "-i", "rows.csv")["layers"]
    assert (six["rule"], six["dead"], six["saturated"]) == ("a > 0", 1, 1)
    assert (squeezed["rule"], output["rule"]) == ("a > 0", "a > 0.5")
    assert [each["dead"] for each in six["neurons"]] == [False, False, True, False]
    assert six["neurons"][1]["saturated"] == 120  # 30 · −2 − 1 + 100 = 39
    constant = six["neurons"][3]
    assert constant["a"] == {"rows": 120, "mean": 1.0, "std": 0.0, "min": 1.0, "max": 1.0}
    assert constant["kink"] == 1.0
    assert constant["histogram"]["counts"] == [120]
    assert squeezed["neurons"][0]["kink"] is None


def test_a_value_set_by_hand() -> None:
    told = document("mixed.yaml", "-i", "rows.csv", "--set", "six.0=0", "-l", "six")
    assert told["set"] == {"six.0": 0.0}
    (six,) = told["layers"]
    assert six["neurons"][0]["dead"] is True
    assert six["neurons"][0]["z"]["max"] > 0


def test_numbers_that_are_not_finite(quick) -> None:
    done = quick("stats", "overflow.yaml", "-i", "1,2", "-i", "1e30,1", "-f", "json")
    assert done.code == 0
    assert done.err.count("nntrace: warning:") == 1
    told = json.loads(done.out)
    jsonschema.Draft202012Validator(schema_named("stats")).validate(told)
    assert told["first_not_finite"] == {
        "row": 1,
        "neuron": "hidden.0",
        "layer": "hidden",
        "index": 0,
        "quantity": "z",
        "value": "inf",
    }
    hidden, output = told["layers"]
    assert (hidden["not_finite"], output["not_finite"]) == (2, 4)
    assert hidden["neurons"][0]["a"]["rows"] == 1
    assert told["undecided"] == 1
    assert quick("stats", "overflow.yaml", "-i", "1e30,1", "-f", "csv").code == 0
    (first, *_) = document("overflow.yaml", "-i", "1e30,1")["layers"][0]["neurons"]
    assert first["a"] == {"rows": 0, "mean": None, "std": None, "min": None, "max": None}
    assert first["histogram"] is None


# ---- input and output ----


def test_standard_input_and_any_parts_give_the_same(quick) -> None:
    whole = quick("stats", "mixed.yaml", "-i", "rows.csv", "-f", "json").out
    assert quick("stats", "mixed.yaml", "-i", "-", "-f", "json", stdin=ROWS).out == whole
    first, second = ROWS[: len(ROWS) // 2].rsplit("\n", 1)[0], ""
    second = ROWS[len(first) + 1 :]
    Path("a.csv").write_text(first + "\n")
    Path("b.csv").write_text(second)
    parts = json.loads(quick("stats", "mixed.yaml", "-i", "a.csv", "-i", "b.csv", "-f", "json").out)
    assert parts["rows"] == 120
    for mine, others in zip(parts["layers"], json.loads(whole)["layers"], strict=True):
        for one, other in zip(mine["neurons"], others["neurons"], strict=True):
            assert one["histogram"] == other["histogram"]
            assert one["a"] == pytest.approx(other["a"], rel=1e-12)


def test_without_input_the_examples_are_measured() -> None:
    assert document("cat-or-dog")["rows"] == 3


def test_no_rows(quick) -> None:
    told = quick("stats", "mixed.yaml", "-i", "-", "-f", "json", stdin="")
    empty = "nntrace: warning: <stdin>: holds no rows, so nothing of it is traced\n"
    assert (told.code, told.err) == (0, empty)
    found = json.loads(told.out)
    jsonschema.Draft202012Validator(schema_named("stats")).validate(found)
    assert found["rows"] == 0
    assert found["layers"][0]["neurons"][0]["a"]["mean"] is None
    assert b"no rows" in quick("stats", "mixed.yaml", "-i", "-", stdin="").out
    assert b"Rows: 0" in quick("stats", "mixed.yaml", "-i", "-", "--accessible", stdin="").out
    assert quick("stats", "mixed.yaml", "-i", "-", "-f", "csv", stdin="").out.count(b"\n") == 8


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_wrong_row_ends_it_without_a_result(quick, form) -> None:
    Path("out").write_text("old")
    names = sorted(os.listdir())
    stdin = ROWS * 10 + "1,x\n" + ROWS
    done = quick("stats", "mixed.yaml", "-i", "-", "-f", form, "-o", "out", stdin=stdin)
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith("nntrace: error: <stdin>:1201:")
    assert Path("out").read_text() == "old"
    assert sorted(os.listdir()) == names


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("-i digits-labelled.csv", "unknown input 'digit'"),
        ("-l hiden1", "unknown layer 'hiden1', did you mean 'hidden1'?"),
        ("--set hidden1.99=1", "--set hidden1.99=1: 'hidden1.99': hidden1 has 32 neurons"),
        ("-o stats.xml", "-o stats.xml: its suffix is none of .json, .csv, .txt"),
        ("-f npz", "-f/--format takes table, json or csv, not 'npz'"),
        ("--example none", "unknown example 'none'"),
    ],
)
def test_what_is_wrong(quick, words, message) -> None:
    done = quick("stats", "digits", *words.split())
    assert (done.code, done.out) == (2, b"")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_both_from_standard_input(quick) -> None:
    done = quick("stats", "-", "-i", "-")
    assert (done.code, done.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("name", "begins"), [("s.json", b"{"), ("s.csv", b"layer,neuron"), ("s.txt", b"mixed")]
)
def test_the_suffix_tells_the_format(quick, name, begins) -> None:
    done = quick("stats", "mixed.yaml", "-i", "rows.csv", "-o", name)
    assert (done.code, done.out, done.err) == (0, b"", "")
    assert Path(name).read_bytes().startswith(begins)


def test_the_real_entry_point(nntrace) -> None:
    done = nntrace("stats", "digits", "--input", "digits.csv", "-f", "json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["schema"] == "nntrace.stats/1"
    found = nntrace("schema", "stats")
    assert json.loads(found.out)["title"] == "nntrace stats"


def test_json_loads_no_rich() -> None:
    code = (
        "import os, sys; os._exit = lambda code: None; from nntrace.__main__ import main; main();"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    words = ["stats", "cat-or-dog", "-f", "json"]
    home = str(Path(package.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True, text=True, timeout=WATCHDOG, env={**os.environ, "PYTHONPATH": home},
    )  # fmt: skip
    assert "numpy" in done.stderr.split()
    assert not {"rich", "PIL"} & set(done.stderr.split())
    accessible = subprocess.run(
        [sys.executable, "-c", code, "stats", "cat-or-dog", "--accessible"],
        capture_output=True, text=True, timeout=WATCHDOG, env={**os.environ, "PYTHONPATH": home},
    )  # fmt: skip
    assert "rich" not in accessible.stderr.split()


def test_memory_does_not_grow_with_the_rows(peak) -> None:
    taken = []
    for count in (5, 500):
        Path("many.csv").write_text(ROWS * count)
        with open("many.csv", "rb") as stdin:
            code, memory, _ = peak(stdin, "stats", "mixed.yaml", "-i", "-", "-f", "csv")
        assert code == 0
        taken.append(memory)
    assert taken[1] - taken[0] < 4_000


def test_a_histogram_of_active_rows_is_not_of_the_others_where_some_are_infinite() -> None:
    Path("steep.yaml").write_text(
        "input: 1\ndtype: float32\nlayers: [{activation: relu, weights: [[1e38]]}]\n"
    )
    rows = [-1, -2, -1, -2, 1, 2, 100, 200, 300]
    Path("steep.csv").write_text("".join(f"{row}\n" for row in rows))
    (line,) = re.findall("^. 0 .*$", seen("stats steep.yaml -i steep.csv", 200), re.MULTILINE)
    bars = re.findall("[▁▂▃▄▅▆▇█]+ *", line)
    assert len(bars) == 2  # 1e38 and 2e38, which are as often; the rows that give 0 are no bar
    assert {bar.strip() for bar in bars} == {"█"}
