"""Broken net files: every problem told, with its place, its path and what would be right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from netfiles import (
    CONFIGS,
    HAS_C_PARSER,
    Broken,
    Measured,
    broken_nets,
    parse,
    places,
    problems,
)

from nntrace.errors import FileError, NetworkError, NntraceError
from nntrace.read.nets import yaml as netfile
from nntrace.read.nets.load import load
from nntrace.read.yaml import nodes

BROKEN = broken_nets()
NET = "input: 2\nlayers: [{weights: [[1, 2]]}]\n"


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.title)
def test_broken(case: Broken) -> None:
    told = problems(case.text)
    if HAS_C_PARSER or not case.only_c:
        assert told == case.problems


@pytest.mark.skipif(not HAS_C_PARSER, reason="PyYAML without its C parser")
@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.title)
def test_broken_with_the_pure_parser(case: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "LOADER", yaml.SafeLoader)
    told = problems(case.text)
    assert case.only_c or told == case.problems


def test_the_table_is_large_and_its_titles_differ() -> None:
    assert len(BROKEN) > 200
    assert len({case.title for case in BROKEN}) == len(BROKEN)


BYTES: dict[str, tuple[bytes, list[str]]] = {
    "nothing": (b"", ["1:1: is empty, a net file has input and layers"]),
    "blank lines": (b"\n\n  \n", ["1:1: is empty, a net file has input and layers"]),
    "a byte order mark alone": (
        b"\xef\xbb\xbf",
        ["1:1: is empty, a net file has input and layers"],
    ),
    "CRLF": (
        b"input: 2\r\nlayers:\r\n  - weights:\r\n    - [1, x]\r\n",
        ["4:11: layers[0].weights[0][1]: takes a number, not 'x'"],
    ),
    "CR alone": (
        b"input: 2\rlayers: [{weights: [[1, x]]}]\r",
        ["2:25: layers[0].weights[0][1]: takes a number, not 'x'"],
    ),
    "a byte order mark before the fault": (
        b"\xef\xbb\xbfinput: x\nlayers: [{weights: [[1, 2]]}]",
        ["1:8: input: takes a whole number from 1, not 'x'"],
    ),
    "a byte order mark and CRLF": (
        b"\xef\xbb\xbfinput: 2\r\nlayers: [{weights: [[1, x]]}]",
        ["2:25: layers[0].weights[0][1]: takes a number, not 'x'"],
    ),
    "UTF-16, little end first": (
        "\ufeffname: é🐱\ninput: {labels: [é🐱, {}]}\nlayers: [{weights: [[1]]}]".encode(
            "utf-16-le"
        ),
        ["2:22: input.labels[1]: takes a label, not an empty mapping"],
    ),
    "UTF-16, big end first": (
        "\ufeffinput: x\nlayers: [{weights: [[1]]}]".encode("utf-16-be"),
        ["1:8: input: takes a whole number from 1, not 'x'"],
    ),
    "UTF-16 with half a character": (
        "\ufeffinput: 2\n".encode("utf-16-le") + b"x",
        ["2:1: is not text in UTF-16"],
    ),
    "Latin-1": ("input: 2\nname: né\n".encode("latin-1"), ["2:8: is not text in UTF-8"]),
    "an undecodable byte behind letters beyond ASCII": (
        "input: 2\nname: né🐱".encode() + b"\xff",
        ["2:10: is not text in UTF-8"],
    ),
    "an undecodable byte behind a byte order mark": (
        b"\xef\xbb\xbfna\xffme: x",
        ["1:3: is not text in UTF-8"],
    ),
    "a byte order mark in the middle": (
        "input: 2\nname: a\ufeffb\n".encode(),
        ["2:8: has a character that YAML does not allow, U+FEFF"],
    ),
    "a bell": (
        b"input: 2\nname: a\x07",
        ["2:8: has a character that YAML does not allow, U+0007"],
    ),
    "an escape": (
        b"input: 2\n\x1b[31m: 1\n",
        ["2:1: has a character that YAML does not allow, U+001B"],
    ),
    "a NUL": (b"input: 2\0", ["1:9: has a character that YAML does not allow, U+0000"]),
    "UTF-16 without a byte order mark": (
        "input".encode("utf-16-le"),
        ["1:2: has a character that YAML does not allow, U+0000"],
    ),
    "DEL": (b"# \x7f", ["1:3: has a character that YAML does not allow, U+007F"]),
    "a C1 control": (
        "# é\x9f".encode(),
        ["1:4: has a character that YAML does not allow, U+009F"],
    ),
    "no character at all": (
        "# \uffff".encode(),
        ["1:3: has a character that YAML does not allow, U+FFFF"],
    ),
    "characters that end lines in YAML 1.1 only": (
        'name: "a\u2028b\u2029c"\ndescription: d\x85e\ninput: 2\n'.encode()
        + b"layers: [{weights: [[1, x]]}]",
        ["4:25: layers[0].weights[0][1]: takes a number, not 'x'"],
    ),
    "escapes of control characters": (
        b'input: 2\nlayers: [{weights: [["\\e[31m", "\\n"]]}]',
        [
            "2:22: layers[0].weights[0][0]: takes a number, not the text '\x1b[31m'",
            "2:32: layers[0].weights[0][1]: takes a number, not the text '\n'",
        ],
    ),
}


@pytest.mark.parametrize(("data", "told"), BYTES.values(), ids=BYTES)
@pytest.mark.parametrize("loader", [nodes.LOADER, yaml.SafeLoader], ids=["fast", "pure"])
def test_bytes(
    data: bytes, told: list[str], loader: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "LOADER", loader)
    assert problems(data) == [f"net.yaml:{line}" for line in told]


@pytest.mark.skipif(not HAS_C_PARSER, reason="the pure parser does not take tabs between values")
def test_a_tab_counts_as_one_column() -> None:
    told = problems("input:\t2\nlayers:\t[{weights:\t[[1,\tx]]}]")
    assert told == ["net.yaml:2:25: layers[0].weights[0][1]: takes a number, not 'x'"]


def test_a_tab_does_not_indent() -> None:
    assert places(problems("input: 2\nlayers:\n\t- weights: [[1, 2]]\n")) == ["net.yaml:3:1"]


DEEP = {
    "flow lists": ("[" * 10_000, "1:101"),
    "flow lists that close": ("[" * 10_000 + "]" * 10_000, "1:101"),
    "flow mappings": ("{a: " * 10_000, "1:401"),
    "block lists": ("- " * 10_000 + "1", "1:201"),
    "block mappings": ("\n".join(" " * level + "a:" for level in range(1000)), "101:101"),
    "question marks": ("? " * 10_000, "1:201"),
    "in the net": (f"input: 2\nlayers: {'[' * 10_000}", "2:108"),
    "brackets in quotations": ("['[', " * 10_000, "1:601"),
    "an open quotation of brackets": ("[1, " * 10_000 + "'" + "[" * 10_000, "1:401"),
}


@pytest.mark.parametrize(("text", "place"), DEEP.values(), ids=DEEP)
@pytest.mark.parametrize("loader", [nodes.LOADER, yaml.SafeLoader], ids=["fast", "pure"])
def test_deep(text: str, place: str, loader: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "LOADER", loader)
    assert problems(text) == [f"net.yaml:{place}: is nested deeper than 100 levels"]


HUGE = "9" * 5000
SHORTENED = "9" * 39 + "…"


def test_huge_numbers() -> None:
    net = f"input: {HUGE}\nlayers: [{{weights: [[{HUGE}, -{HUGE}, 0x{'f' * 5000}, {HUGE}.5]]}}]"
    assert problems(net) == [
        f"net.yaml:1:8: input: takes a whole number from 1 to 2147483647, not '{SHORTENED}'",
        f"net.yaml:2:22: layers[0].weights[0][0]: '{SHORTENED}' overflows float64",
        f"net.yaml:2:5024: layers[0].weights[0][1]: '-{'9' * 38}…' overflows float64",
        f"net.yaml:2:10027: layers[0].weights[0][2]: '0x{'f' * 37}…' overflows float64",
        f"net.yaml:2:15031: layers[0].weights[0][3]: '{SHORTENED}' overflows float64",
    ]
    net = f"input: 1\nlayers: [{{size: 1, weights: {{random: ones, seed: {HUGE}}}}}]"
    assert problems(net) == [
        "net.yaml:2:50: layers[0].weights.seed: takes a whole number from 0 to "
        f"9223372036854775807, not '{SHORTENED}'"
    ]


def test_a_huge_shape() -> None:
    net = f"input: {{shape: [{', '.join(['2147483647'] * 100_000)}]}}\nlayers: [{{weights: [[1]]}}]"
    told = "makes more numbers than an input can have, at most 2147483647"
    assert problems(net) == [f"net.yaml:1:16: input.shape: {told}"]


def laughs(levels: int) -> str:
    """Return `levels` lines, each ten times the one before it."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"]
    for level in range(1, levels):
        ten = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{ten}]\n")
    return "".join(lines)


NOT_DEEP = {
    "in a quotation": f'name: "{"[" * 200}\nlayers: [',
    "in a comment": f"name: [1 # {'[' * 200}\n",
    "in a text": f"name: a {'[' * 200}\n- 1",
}


@pytest.mark.parametrize("text", NOT_DEEP.values(), ids=NOT_DEEP)
def test_brackets_that_open_nothing_do_not_count(text: str) -> None:
    assert all("is no YAML" in line for line in problems(text))


BOMBS = {
    "a billion laughs": (NET + laughs(9), "9:30"),
    "many of one list": (
        f"x: &x [{', '.join(['1'] * 1000)}]\ny: [{', '.join(['*x'] * 2000)}]",
        "2:7997",
    ),
    "of weights": (
        f"input: 1000\nlayers: [{{weights: [&r [{', '.join(['1'] * 1000)}]{', *r' * 2000}]}}]",
        "2:11017",
    ),
}


@pytest.mark.parametrize("text", [each[0] for each in BOMBS.values()], ids=BOMBS)
def test_bombs(measured: Measured, text: str, tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(text, encoding="utf-8")
    [told], megabytes = measured(net)
    assert told.endswith("aliases expand to more than 2,000,000 values")
    assert megabytes < 100


def test_a_large_alias_that_is_wrong_is_told_once() -> None:
    row = ", ".join(["x"] * 1000)
    told = problems(f"input: 2\nlayers: [{{weights: [&r [{row}], {', '.join(['*r'] * 60)}]}}]")
    assert len(told) == 1001  # and the length, which is wrong too


SIZES = {
    "random": "input: 2\nlayers: [{size: 1000000000, weights: {random: he_normal}}]",
    "random, of a billion inputs": (
        "input: 1000000000\nlayers: [{size: 2, weights: {random: zeros}}]"
    ),
    "rows of one": "input: 1\nlayers: [{size: 1000000000, weights: [[1]]}]",
    "nothing": "input: 1000000000\nlayers: [{size: 1000000000}]",
    "a random bias": (
        "input: 1000000000\nlayers:\n"
        "  - {size: 1000000000, weights: {random: ones}, bias: {random: ones}}"
    ),
    "only together too large": (
        "input: 11000\nlayers:\n"
        "  - {size: 11000, weights: {random: normal}}\n"
        "  - {size: 11000, weights: {random: normal}}\n"
    ),
    "an example of a large net": (
        "input: 11000\nlayers: [{size: 11000, weights: {random: normal}}]\nexamples: [{input: [1]}]"
    ),
    "expected of one": (
        "input: 1\nlayers: [{size: 100000000, weights: {random: ones}, activation: softmax}]\n"
        "examples: [{input: [1], expect: 100000000}]"
    ),
}


@pytest.mark.parametrize("text", SIZES.values(), ids=SIZES)
def test_sizes_beyond_memory(measured: Measured, text: str, tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(text, encoding="utf-8")
    [_], megabytes = measured(net)
    assert megabytes < 100


def test_many_problems_take_no_longer_than_the_file() -> None:
    labels = ", ".join(f"label{index}" for index in range(2000))
    wrong = ", ".join(f"lable{index}: 1" for index in range(2000))
    net = f"input: {{labels: [{labels}]}}\nlayers: [{{size: 1, weights: {{random: ones}}}}]\n"
    told = problems(f"{net}examples: [{{input: {{{wrong}}}}}]")
    assert len(told) == 2001
    assert "lacks label0, label1, label2," in told[0]
    assert told[0].endswith("label9, …")
    assert told[1].endswith("unknown input 'lable0', did you mean 'label0'?")


def test_standard_input_and_names_of_the_source() -> None:
    with pytest.raises(NetworkError) as raised:
        netfile.parse(b"input: x", "<stdin>", Path(), "stdin")
    assert str(raised.value).splitlines()[0].startswith("<stdin>:1:1: layers is missing")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, reason in [
        (tmp_path, "is a directory"),
        (tmp_path / "net.yaml", "no such file or directory"),
        (tmp_path / ("x" * 300), "file name too long"),
    ]:
        with pytest.raises(FileError) as raised:
            load(path)
        assert str(raised.value) == f"{path}: {reason}"
    with pytest.raises(FileError, match="null"):
        load("a\0b.yaml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(NET)
    net.chmod(0)
    with pytest.raises(FileError, match="permission denied"):
        load(net)


CAT_OR_DOG = next(path for path in CONFIGS if path.stem == "cat-or-dog").read_bytes()
PIECES = [
    *(bytes([code]) for code in range(256)),
    *b"&a|*a|<<: |!!str |!x |? |- |---\n|: |{|}|[|]|, |\n|\r\n|\t|  |'|\"|\\x|%YAML 1.2\n".split(
        b"|"
    ),
    *b"1e999|.nan|.inf|-1|0|1e3|0x10|~|null|name|input|layers|tolerance|output|hidden1".split(b"|"),
    *("é🐱\u2028\ufeff\x85".encode(), b"\xff\xfe", b"\xef\xbb\xbf"),
    *(b"weights: {file: a.npy}", b"{random: normal}", b"size: 1000000000", b"9" * 5000),
]
edits = st.lists(
    st.tuples(
        st.integers(0, len(CAT_OR_DOG)), st.integers(0, 30), st.sampled_from(PIECES), st.booleans()
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=400)
@given(edits)
def test_mutations_never_raise_anything_else(changes: list[tuple[int, int, bytes, bool]]) -> None:
    data = CAT_OR_DOG
    for start, length, piece, moved in changes:
        cut = data[start : start + length]
        data = data[:start] + piece + (cut if moved else b"") + data[start + length :]
    try:
        parse(data)
    except NntraceError as error:
        for problem in error.problems:
            assert problem.source == "net.yaml"
            assert problem.line is not None
            assert problem.column is not None
            assert 1 <= problem.line <= data.count(b"\n") + data.count(b"\r") + 1
            assert 1 <= problem.column <= len(data) + 1


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for each in (data, b"\xff\xfe" + data, b"input: 2\nlayers: " + data):
        problems(each)
