"""Lines of plain numbers are read all at once: faster than one by one, and no different."""

from __future__ import annotations

import io
import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense
from nntrace.errors import NntraceError
from nntrace.read.rows.batches import BATCH, Reading, Request
from nntrace.read.rows.csv import read_csv
from nntrace.read.rows.json import read_jsonl
from nntrace.read.rows.lines import Lines


def network(size: int, labels: tuple[str, ...] | None = None, dtype: str = "float64") -> Network:
    layer = Layer(
        "output", Dense(np.ones((1, size), dtype), np.zeros(1, dtype)), Activation(find("relu"))
    )
    return Network("n", Input(size, labels), (layer,), dtype)


NETS = [
    network(2),
    network(1),
    network(2, dtype="float32"),
    network(2, ("a", "b")),
    network(1, ("a",)),
    network(2, ("input", 'q"\n:{}]')),
]


class Arriving(io.RawIOBase):
    """A stream whose pieces arrive one by one."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = [piece for piece in pieces if piece]
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += 1
        return self.pieces[self.taken - 1] if self.taken <= len(self.pieces) else b""


class OneByOne(Lines):
    """Lines that never show what is waiting."""

    def waiting(self, limit: int) -> list[bytes]:
        return []


class AtOnce(Lines):
    """Lines that are read one by one only up to a number, and at the end."""

    first = 0

    def __iter__(self):
        for line in super().__iter__():
            assert self.number <= self.first, "is read line by line"
            yield line


def outcome(lines: Lines, read, request: Request):
    """Return every batch and warning, and the error that ended them."""
    found = []
    request = request._replace(warn=found.append)
    try:
        for batch in read(lines, request):
            assert batch.values.dtype == request.network.dtype
            found.append((batch.values.shape, batch.values.tobytes(), batch.keep, batch.examples))
    except NntraceError as error:
        return found, repr(error.problems)
    return found, None


def check(read, request: Request, data: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in pairwise(places)]
    expected = outcome(OneByOne(Arriving(pieces), "rows"), read, request)
    assert outcome(Lines(Arriving(pieces), "rows"), read, request) == expected


ODD = [
    *("-0", "-0.0", "-0e5", "-0 ", " -0", "+1", ".5", "5.", "-.5e3", "1E5", "1e400", "-1e-400"),
    *("1e39", "01", "-", "1_0", "0x1", "1e", "nan", "NaN", "Infinity", "-inf", "٣", "1\t", "\f1"),
    *("9007199254740993", "18446744073709551617", "1" * 400, "-" + "9" * 5000, "0." + "1" * 5000),
    "0." + "1" * 140_000,  # longer than a cell may be
    *("", " ", "1 2", "1\r", "\r", "1\x00", "\ufeff1", "é", "a", "b", "input", "true", "null"),
    *('"1"', '"1', '1"', '"1\n2"', '"a"', '"[1]"', "'1'", '"\\ud800"', '"\x7f"', '"'),
    *("[", "]", "[]", "[1]", "],[", "1],[2", "{", "}", "{}", '{"a":1}', "},{", ":", "//", "1,2"),
    *('"a":1', '"a":1}', '{"a":1,"a":2', "[1,2]", "1,2]", "[1,2", "[[1,2]]"),
]
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(["0", "1", "-2.5", "1e-05"]),
)
CELLS = st.one_of(NUMBERS, NUMBERS, NUMBERS, st.sampled_from(ODD))
JSON_LINES = st.one_of(
    st.lists(NUMBERS, min_size=2, max_size=2).map(lambda row: f"[{','.join(row)}]"),
    st.lists(CELLS, max_size=3).map(lambda row: f"[{', '.join(row)}]"),
    st.tuples(NUMBERS, NUMBERS).map(lambda row: f'{{"a":{row[0]},"b":{row[1]}}}'),
    st.tuples(CELLS, CELLS).map(lambda row: f'{{"a": {row[0]}, "b": {row[1]}}}'),
    st.tuples(CELLS, CELLS).map(lambda row: f'{{"b":{row[0]},"a":{row[1]},"a":1}}'),
    st.lists(CELLS, min_size=1, max_size=2).map(lambda row: f'{{"input":[{",".join(row)}]}}'),
    st.tuples(CELLS).map(lambda row: f'{{"a":{row[0]}}}'),
    st.sampled_from(ODD),
)
CSV_LINES = st.one_of(
    st.tuples(NUMBERS, NUMBERS).map(",".join),
    st.lists(CELLS, min_size=1, max_size=3).map(",".join),
    NUMBERS,
)
ENDS = st.sampled_from(["\n", "\n", "\r\n"])
READINGS = [
    *[Reading(), Reading(), Reading(keep=("a",)), Reading(keep=("c",)), Reading(keep=("*",))],
    *[Reading(drop=("c",)), Reading(drop=("*",)), Reading(drop=("#1",)), Reading(keep=("#0",))],
    *[Reading(header=True), Reading(header=False), Reading(header=True, drop=("#0",))],
    *[Reading(delimiter=each) for each in ";|\t §"],
]
CUTS = st.lists(st.integers(0, 300), max_size=6)


@settings(max_examples=300)
@given(
    st.sampled_from(NETS),
    st.sampled_from(["", "", "b,a\n", "a,b\n", "a\n", "a,b,c\n", "\ufeffa,b\r\n"]),
    st.lists(CSV_LINES, max_size=12),
    ENDS,
    st.sampled_from(READINGS),
    CUTS,
)
@example(NETS[0], "", ["1,2", "1],[2,3", "4"], "\n", Reading(), [4])
@example(NETS[0], "", ["1,2", "3", '"4,5"', "6,7"], "\n", Reading(), [4])
@example(NETS[0], "", ["1,2", "-0,-0.0", "1,\r2"], "\r\n", Reading(), [4, 12])
@example(NETS[0], "", ["1,2", "3,0." + "1" * 140_000], "\n", Reading(), [4])
@example(NETS[2], "", ["1,2", "1,2", "1e39,5"], "\n", Reading(), [4])
@example(NETS[0], "", ["1;2", "1],[2;3", "4,5;6"], "\n", Reading(delimiter=";"), [4])
@example(NETS[0], "", ["1 2", "3  4", "5 6"], "\n", Reading(delimiter=" "), [4])
@example(NETS[3], "", ["a,b,c", "1,2,3", "4,5,x"], "\n", Reading(drop=("c",)), [6])
@example(NETS[0], "", ["0,1,2", "3,4,5"], "\n", Reading(drop=("#1",)), [6])
def test_csv_is_the_same_read_at_once_or_one_by_one(net, header, lines, end, reading, cuts):
    data = (header + end.join(lines)).replace(",", reading.delimiter or ",").encode()
    check(read_csv, Request(net, reading), data, cuts)
    check(read_csv, Request(net, reading), data + end.encode(), cuts)


@settings(max_examples=300)
@given(
    st.sampled_from(NETS),
    st.lists(JSON_LINES, max_size=12),
    ENDS,
    st.sampled_from([(), (), (), ("a",), ("*",)]),
    CUTS,
)
@example(NETS[0], ["[1,2],[3", "4]"], "\n", (), [])
@example(NETS[0], ["[1,2],[3,4", "5,6]"], "\n", (), [])
@example(NETS[0], ["[1,2]", "1,[2,3]", "[3,4],5"], "\n", (), [])
@example(NETS[0], ["[1,2],[3,4]", ""], "\n", (), [])
@example(NETS[3], ['{"a":1,"b":2,"b":3}'], "\n", (), [])
@example(NETS[3], ['{"a":1,"b":2},{"a":1', '"b":2}'], "\n", (), [])
@example(NETS[3], ['[{"a":1,"b":2}', '{"a":1,"b":2}]'], "\n", (), [])
@example(NETS[3], ['5,[{"a":1,"b":2}', '{"a":1,"b":2}]'], "\n", (), [])
@example(NETS[3], ['{"a":1,"b":true}'], "\n", (), [])
@example(NETS[4], ['[{"a":1}]'], "\n", (), [])
@example(NETS[0], ["{}"], "\n", (), [])
@example(NETS[0], ["[]"], "\n", (), [])
@example(NETS[3], ['{"a":1,"a":2}'], "\n", (), [])
@example(NETS[4], ['["{:"]'], "\n", (), [])
@example(NETS[5], ['{"input":1,"q\\"\\n:{}]":2}'], "\n", (), [])
@example(NETS[0], ["[-0,-0.0]", "[-0e1,0]"], "\r\n", (), [])
def test_jsonl_is_the_same_read_at_once_or_one_by_one(net, lines, end, keep, cuts):
    data = end.join(lines).encode()
    check(read_jsonl, Request(net, Reading(keep)), data, cuts)
    check(read_jsonl, Request(net, Reading(keep)), data + end.encode(), cuts)


@pytest.mark.parametrize("read", [read_csv, read_jsonl])
@given(st.lists(st.binary(max_size=12), max_size=6), CUTS)
def test_bytes_of_any_kind_are_the_same_too(read, lines, cuts):
    check(read, Request(NETS[0]), b"\n".join([b"1,2", *lines]), cuts)
    check(read, Request(NETS[0]), b"\n".join([b"[1,2]", *lines]), cuts)


def plain_rows(form: str, count: int) -> tuple[bytes, np.ndarray]:
    values = np.random.default_rng(0).normal(size=(count, 2)) * 10.0 ** np.arange(-2, 0)
    if form.startswith("jsonl"):
        lines = [json.dumps(row) for row in values.tolist()]
    elif form == "by label":
        lines = [json.dumps({"b": b, "a": a}) for a, b in values.tolist()]
    else:
        lines = [f"{b!r},{a!r}" if "header" in form else f"{a!r},{b!r}" for a, b in values.tolist()]
    text = "\n".join([*(["b,a"] if "header" in form else []), *lines, ""])
    if "more" in form:
        text = "".join(f"7,{line}" for line in text.splitlines(keepends=True))
    text = text.replace(",", reading_of(form).delimiter or ",")
    return (text.replace("\n", "\r\n") if "CRLF" in form else text).encode(), values


FORMS = ["csv", "csv CRLF", "csv header", "csv header CRLF", "jsonl", "jsonl CRLF", "by label"]
FORMS += ["csv ;", "csv header tab CRLF", "csv more", "csv header more ;"]
DELIMITERS = {";": ";", "tab": "\t"}


def reading_of(form: str) -> Reading:
    """How rows of a form are to be read."""
    delimiter = next((char for name, char in DELIMITERS.items() if name in form), None)
    return Reading(drop=("#0",) if "more" in form else (), delimiter=delimiter)


@pytest.mark.parametrize("form", FORMS)
def test_plain_rows_are_read_at_once(form):
    data, values = plain_rows(form, 3 * BATCH + 7)
    lines = AtOnce(Arriving([data[:60_000], data[60_000:]]), "rows")
    lines.first = BATCH + 1 if form.startswith("csv") else 0  # CSV may have a header
    read = read_csv if form.startswith("csv") else read_jsonl
    found = list(read(lines, Request(NETS[3], reading_of(form))))
    assert np.array_equal(np.concatenate([batch.values for batch in found]), values)
    assert max(len(batch.values) for batch in found) == BATCH
    assert lines.number == data.count(b"\n")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [1, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH])
def test_batches_are_cut_at_the_same_rows(form, count):
    data, _ = plain_rows(form, count)
    read = read_csv if form.startswith("csv") else read_jsonl
    check(read, Request(NETS[3], reading_of(form)), data, [])
    check(read, Request(NETS[3], reading_of(form)), data, [len(data) // 3, len(data) // 2])


@pytest.mark.parametrize("read", [read_csv, read_jsonl])
@pytest.mark.parametrize("blank", [b"", b"\n", b"\r\n \n\t\r\n"])
def test_a_row_goes_out_before_the_next_is_waited_for(read, blank):
    row = b"1,2\n" if read is read_csv else b"[1,2]\n"
    stream = Arriving([row + blank] * 3 + [row + row[:2], row[2:] + blank])
    seen = [
        (stream.taken, len(batch.values))
        for batch in read(Lines(stream, "rows"), Request(NETS[0]))
    ]  # fmt: skip
    assert seen == [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]
