"""Chunks of files: put together they are the file, and they tell its faults where it tells them."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense
from nntrace.errors import InputError, NntraceError
from nntrace.read.rows.batches import PLAINLY, Reading
from nntrace.read.rows.chunks import cut, rows_of_chunk, sources
from nntrace.read.rows.inputs import expanded, rows_of

LABELS = ("x", "y")
NET = Network(
    "pair",
    Input(2, LABELS),
    (Layer("output", Dense(np.eye(2), np.zeros(2)), Activation(find("identity"))),),
)


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def alone(name, reading=PLAINLY):
    """Return what reading a whole file gives, and what it warns of."""
    heard = []
    return *taken(rows_of(NET, [name], (), reading, warn=heard.append)), heard


def taken(batches):
    """Return the rows before a fault, and the fault."""
    rows = []
    try:
        for batch in batches:
            rows += batch.values.tolist()
    except NntraceError as error:
        return rows, type(error), str(error)
    return rows, None, ""


def in_chunks(name, size, reading=PLAINLY):
    """Read a file as several workers do, each in a folder of its own, and count the parts."""
    (source,) = sources([name], [], reading)
    chunks = pickle.loads(pickle.dumps(cut(NET, source, size)))
    home = os.getcwd()
    os.chdir("/")
    heard = []
    batches = (batch for chunk in chunks for batch in rows_of_chunk(NET, chunk, heard.append))
    try:
        return (*taken(batches), heard), len(chunks)
    finally:
        os.chdir(home)


LINES = {
    "csv": [
        "1,2",
        "0.5,-1e-3",
        "",
        "  ",
        "3,4\r",
        "1,2,3",
        "x,1",
        "9,\xa0",
        "y,x",
        "3,z",
        '"5",6',
        '"5\n",6',
    ],
    "jsonl": ["[1, 2]", '{"y": 1, "x": 5}', "", "[1]", "[1, x]", '{"input": [3, 4]}', "[1e999, 1]"],
}
HEADERS = [
    "",
    "y,x\n",
    "\n\ny,id,x\n",
    '"y","x"\n',
    "\ufeffy,x\n",
    '"y\n",x\n',
    "y,z\n",
    '""\ny,x\n',
    "\xa0\n",
    '"\n',
    "\x0c\ny,x\n",
]


READINGS = [
    [PLAINLY, Reading(header=True), Reading(header=False), Reading(delimiter=";")],
    [Reading(keep=("id",)), Reading(drop=("id",)), Reading(drop=("*",)), Reading(drop=("#1",))],
    [PLAINLY],
]


@pytest.mark.parametrize("suffix", LINES)
@given(data=st.data(), size=st.integers(1, 60), ended=st.booleans())
def test_parts_of_text_are_the_text(suffix, data, size, ended):
    lines = LINES[suffix]
    good = st.lists(st.sampled_from(lines[:5] if suffix == "csv" else lines[:3]), max_size=12)
    chosen = data.draw(good) + data.draw(st.lists(st.sampled_from(lines), max_size=4))
    text = "\n".join(chosen + data.draw(good)) + "\n" * ended
    header = data.draw(st.sampled_from(HEADERS)) if suffix == "csv" else ""
    name = f"rows.{suffix}"
    Path(name).write_text(header + text, encoding="utf-8", newline="")
    reading = data.draw(st.sampled_from(READINGS[("id" in header) + 2 * (suffix == "jsonl")]))
    if reading.delimiter:
        text = Path(name).read_text("utf-8").replace(",", reading.delimiter)
        Path(name).write_text(text, encoding="utf-8", newline="")
    assert in_chunks(name, size, reading)[0] == alone(name, reading)


@pytest.mark.parametrize(
    ("text", "chunks"),
    [
        ("1,2\n" * 100, 40),
        ("y,x\n" + "1,2\n" * 100, 40),
        ("y,x\n", 1),
        ('"y","x"\n' + "1,2\n" * 100, 40),
        ("1,2\n" * 99 + '"1",2\n', 1),  # a newline in quotes would end no row
        ("1" * 30 + ",2\n" + "1,2\n", 2),
    ],
)
def test_text_is_cut_at_line_ends(text, chunks):
    Path("rows.csv").write_text(text)
    found, count = in_chunks("rows.csv", 10)
    assert found == alone("rows.csv")
    assert count == pytest.approx(chunks, rel=0.2)


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.npy"])
@pytest.mark.parametrize("text", ["", "\n" * 100, "x,y\n", "x,y\n" + "\n" * 100, "y,x\r\n \n"])
def test_a_file_without_rows_is_told_once(name, text):
    if name == "rows.npy":
        np.save(name, np.zeros((0, 2)))
    else:
        Path(name).write_text(
            text if name == "rows.csv" else text.replace("x,y", "").replace("y,x", "")
        )
    found, _ = in_chunks(name, 10)
    assert found == alone(name)
    assert [str(problem) for problem in found[-1]] == [
        f"{name}: holds no rows, so nothing of it is traced"
    ]


def test_a_first_line_that_counts_is_told_once():
    wide = Network(
        "wide",
        Input(3),
        (Layer("output", Dense(np.eye(3), np.zeros(3)), Activation(find("identity"))),),
    )
    Path("rows.csv").write_text("0,1,2\n" + "3,4,5\n" * 100)
    (source,) = sources(["rows.csv"])
    heard = []
    chunks = cut(wide, source, 100)
    rows = [batch for chunk in chunks for batch in rows_of_chunk(wide, chunk, heard.append)]
    assert len(chunks) > 5
    assert sum(len(batch.values) for batch in rows) == 101
    assert [problem.line for problem in heard] == [1]


def test_a_fault_late_in_a_file_has_its_line():
    text = "\n\nx,y\n" + "1,2\n\n" * 5000 + "1,z\n" + "nonsense\n" * 10
    Path("rows.csv").write_text(text)
    (found, kind, message, _), count = in_chunks("rows.csv", 1000)
    assert (len(found), kind) == (5000, InputError)
    assert message == "rows.csv:10004: y: takes a number, not 'z'"
    assert count == 26


def test_a_byte_order_mark_within_a_file_is_a_fault_in_parts_too():
    Path("rows.jsonl").write_bytes(b"\xef\xbb\xbf[1, 2]\n" * 3)
    found, count = in_chunks("rows.jsonl", 10)
    assert count == 3
    assert found == alone("rows.jsonl")
    assert found[0] == [[1, 2]]
    assert found[2].startswith("rows.jsonl:2: ")


@pytest.mark.parametrize("dtype", ["f8", "<f4", "i2"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("bad", [None, 0, 700, 1499])
def test_an_array_is_cut_between_rows(dtype, order, bad):
    values = np.arange(3000).reshape(1500, 2).astype(dtype)
    if bad is not None:
        values = values.astype("f8")
        values[bad, 1] = np.nan
    np.save("rows.npy", np.asarray(values, order=order))
    found, count = in_chunks("rows.npy", 512 * 2 * values.itemsize)
    assert count == 3
    assert found == alone("rows.npy")
    assert len(found[0]) == (1500 if bad is None else bad)


@pytest.mark.parametrize("shape", [(2,), (5, 3), (3000, 1, 2), (0, 2), ()])
def test_any_array_is_read_as_it_is_alone(shape):
    np.save("rows.npy", np.ones(shape))
    assert in_chunks("rows.npy", 1)[0] == alone("rows.npy")


@pytest.mark.parametrize("name", ["damaged.npy", "rows.json", "rows.npz", "rows.txt", "gone.csv"])
def test_what_cannot_be_cut_is_one_part(name):
    Path("damaged.npy").write_bytes(b"no array" * 99)
    Path("rows.json").write_text("[[1, 2], [3, 4], [5]]")
    np.savez("rows.npz", input=np.ones((900, 2)))
    Path("rows.txt").write_text("1,2\n3,z\n")
    reading = Reading(format="csv") if name == "rows.txt" else PLAINLY
    expected = alone(name, reading) if name != "gone.csv" else None
    found, count = in_chunks(name, 3, reading)
    if name == "rows.txt":
        assert count == 2
    else:
        assert count == 1
    assert found == expected or name == "gone.csv"


def test_a_file_that_is_cut_short_meanwhile_is_an_error():
    Path("rows.csv").write_text("1,2\n" * 100)
    (source,) = sources(["rows.csv"])
    *_, last = cut(NET, source, 100)
    Path("rows.csv").write_text("1,2\n" * 90)
    told = "rows.csv: has become shorter while it was read"
    assert taken(rows_of_chunk(NET, last))[2] == told


# ---- patterns of names ----


@pytest.fixture
def names():
    for name in ("b.csv", "a.csv", "c.jsonl", "[1].csv", ".hidden.csv", "5", "notes.txt"):
        Path(name).write_text("1,2\n")
    Path("deep/er").mkdir(parents=True)
    Path("deep/er/d.csv").write_text("1,2\n")


@pytest.mark.parametrize(
    ("argument", "input_format", "found"),
    [
        ("*.csv", None, ["[1].csv", "a.csv", "b.csv"]),
        ("[ab].csv", None, ["a.csv", "b.csv"]),
        ("[1].csv", None, ["[1].csv"]),  # a file of this very name
        ("?.*", None, ["a.csv", "b.csv", "c.jsonl"]),
        ("**/*.csv", None, ["[1].csv", "a.csv", "b.csv", "deep/er/d.csv"]),
        ("*.txt", "csv", ["notes.txt"]),
        ("*.txt", None, ["*.txt"]),
        ("*.npy", None, ["*.npy"]),
        ("[5]", "csv", ["[5]"]),  # a row, not the file 5
        ("[0.5, 1]", None, ["[0.5, 1]"]),
        ("-", "csv", ["-"]),
        ("1,2", "csv", ["1,2"]),
    ],
)
def test_a_pattern_is_the_files_that_fit_sorted(names, argument, input_format, found):
    assert expanded([argument], input_format) == found
    assert expanded(["x.csv", argument], input_format) == ["x.csv", *found]
