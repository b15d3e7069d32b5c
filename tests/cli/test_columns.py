"""How rows are written and which columns count: what somebody says, and what is told otherwise."""

import gzip
import json
import os
import threading
from importlib import import_module
from inspect import signature

import numpy as np
import pytest

from nntrace.core.numerics.initial import draw
from nntrace.read.rows import formats
from nntrace.read.rows.json import OWN
from nntrace.write.documents.trace import TRACED_ROW

# Columns differ in weight, so that a wrong one shows.
WEIGHTS = "layers: [{name: output, weights: [[1, 10, 100]]}]"
NETS = {
    "abc": f"input: {{labels: [A, B, C]}}\n{WEIGHTS}",
    "plain": f"input: 3\n{WEIGHTS}",
    "counted": f"input: {{labels: [0, 1, 2]}}\n{WEIGHTS}",
    "one": "input: {labels: [A]}\nlayers: [{name: output, weights: [[1]]}]",
    "picture": "input: {shape: [2, 2]}\nlayers: [{size: 1, weights: {random: ones}}]",
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    for name, text in NETS.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(quick, here):
    """Trace the rows of a file or of standard input, and return what the net was given."""

    def trace(net, words, content, name="rows.csv"):
        content = content.encode() if isinstance(content, str) else content
        (here / name).write_bytes(content)
        files = quick("run", f"{net}.yaml", "-i", name, *words, "-f", "jsonl")
        if os.path.splitext(name)[1] == ".csv":
            piped = quick("run", f"{net}.yaml", "-i", "-", *words, "-f", "jsonl", stdin=content)
            assert piped._replace(err=piped.err.replace("<stdin>", name)) == files
        return files

    return trace


COUNTS = (
    "nntrace: warning: rows.csv:{}: counts 0, 1, 2 … as a header may, and is read as a row;"
    " --header yes|no decides\n"
)
YES, NO = ["--header", "yes"], ["--header", "no"]
INDEX = ["--drop", "#0"]
HEADERS = [
    # net, more words, the file, the rows, the line of a warning
    ("counted", [], "0,1,2\n5,6,7\n", [[5, 6, 7]], None),
    ("counted", [], "2,0,1\n7,5,6\n", [[5, 6, 7]], None),
    ("counted", [], '\ufeff"0","1",2\r\n5,6,7\r\n', [[5, 6, 7]], None),
    ("counted", [], " 0 , 1,2 \n5,6,7\n", [[5, 6, 7]], None),
    ("counted", [], "\n\n0,1,2\n\n5,6,7\n", [[5, 6, 7]], None),
    ("counted", [], "0,1,2.0\n5,6,7\n", [[0, 1, 2], [5, 6, 7]], None),
    ("counted", NO, "0,1,2\n5,6,7\n", [[0, 1, 2], [5, 6, 7]], None),
    ("counted", YES, "0,1,2\n5,6,7\n", [[5, 6, 7]], None),
    ("counted", ["--keep", "3"], "0,1,3,2\n5,6,x,7\n", [[5, 6, 7]], None),
    ("counted", ["--drop", "*"], "0,1,9,2\n5,6,x,7\n", [[5, 6, 7]], None),
    ("counted", INDEX, ",0,1,2\n0,5,6,7\n", [[5, 6, 7]], None),
    ("abc", [], "0,1,2\n5,6,7\n", [[0, 1, 2], [5, 6, 7]], 1),
    ("abc", [], "0,1,2\n\n\n5,6,7\n", [[0, 1, 2], [5, 6, 7]], 1),
    ("abc", [], "\n0,1,2\n" + "5,6,7\n" * 600, [[0, 1, 2]] + [[5, 6, 7]] * 600, 2),
    ("abc", [], "0,1,2\n", [[0, 1, 2]], None),
    ("abc", [], "0,1,2\n\n \n", [[0, 1, 2]], None),
    ("abc", [], "0,1,3\n5,6,7\n", [[0, 1, 3], [5, 6, 7]], None),
    ("abc", [], "1,2,3\n5,6,7\n", [[1, 2, 3], [5, 6, 7]], None),
    ("abc", NO, "0,1,2\n5,6,7\n", [[0, 1, 2], [5, 6, 7]], None),
    ("plain", [], "0,1,2\n5,6,7\n", [[0, 1, 2], [5, 6, 7]], 1),
    ("plain", YES, "0,1,2\n5,6,7\n", [[5, 6, 7]], None),
    ("plain", NO, "0,1,2\n5,6,7\n", [[0, 1, 2], [5, 6, 7]], None),
    ("plain", YES, "x,y,z\n5,6,7\n", [[5, 6, 7]], None),
    ("plain", [*YES, "--drop", "id"], "id,x,y,z\na,5,6,7\n", [[5, 6, 7]], None),
    ("plain", [*YES, "--keep", "y"], "x,y,z,v\n5,6,7,8\n", [[5, 7, 8]], None),
    ("plain", INDEX, ",0,1,2\n0,5,6,7\n", [[0, 1, 2], [5, 6, 7]], 1),
    ("plain", [*YES, *INDEX], ",0,1,2\n0,5,6,7\n", [[5, 6, 7]], None),
    ("abc", INDEX, ",A,B,C\n0,5,6,7\n", [[5, 6, 7]], None),
    ("abc", ["--drop", "*"], ",A,B,C\n0,5,6,7\n", [[5, 6, 7]], None),
    ("abc", [], ' A ,"B ", C\n5,6,7\n', [[5, 6, 7]], None),
    ("one", [], "0\n5\n", [[0], [5]], None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("net", "words", "content", "rows", "warned"), HEADERS, ids=range(len(HEADERS))
)
def test_whether_the_first_line_is_a_header(run, net, words, content, rows, warned):
    done = run(net, words, content)
    assert (done.code, done.err) == (0, COUNTS.format(warned) if warned else "")
    assert done.inputs == rows


COLUMNS = "id,A,note,B,C\n07,1,x y,2,3\n08,4,,5,6\n"
TAKEN = [[1, 2, 3], [4, 5, 6]]
CARRIED = [
    # more words, what is carried along
    (["--drop", "id", "--drop", "note"], None),
    (["--drop", "*"], None),
    (["--drop", "#0", "--drop", "#2"], None),
    (["--keep", "id", "--drop", "note"], [{"id": "07"}, {"id": "08"}]),
    (["--keep", "id", "--drop", "*"], [{"id": "07"}, {"id": "08"}]),
    (["--keep", "*"], [{"id": "07", "note": "x y"}, {"id": "08", "note": ""}]),
    (["--keep", "*", "--drop", "id"], [{"note": "x y"}, {"note": ""}]),
    (["--keep", "note", "--keep", "*"], [{"note": "x y", "id": "07"}, {"note": "", "id": "08"}]),
    (["--keep", "#0", "--drop", "note"], [{"#0": "07"}, {"#0": "08"}]),
    (["--keep", "A", "--drop", "*"], [{"A": "1"}, {"A": "4"}]),
]


@pytest.mark.parametrize(("words", "kept"), CARRIED, ids=range(len(CARRIED)))
def test_columns_that_are_no_inputs(run, words, kept):
    done = run("abc", words, COLUMNS)
    assert (done.code, done.err, done.inputs) == (0, "", TAKEN)
    assert [record.get("keep") for record in done.records] == (kept or [None, None])


@pytest.mark.parametrize(("words", "kept"), CARRIED, ids=range(len(CARRIED)))
@pytest.mark.parametrize("around", ["{%s}", '{"input":[%d,%d,%d],%s}', '{"input":{%s},%s}'])
def test_keys_that_are_no_inputs(run, words, kept, around):
    if "#" in str(words):
        return  # keys have no places
    lines = []
    for row, line in zip(TAKEN, COLUMNS.splitlines()[1:], strict=True):
        cells = line.split(",")
        labelled = ",".join(f'"{name}":{cell}' for name, cell in zip("ABC", row, strict=True))
        others = f'"id":"{cells[0]}","note":"{cells[2]}"'
        if around == "{%s}":
            lines.append(around % f"{others},{labelled}")
        elif "%d" in around:
            lines.append(around % (*row, others))
        else:
            lines.append(around % (labelled, others))
    if words[:2] == ["--keep", "A"] and around != "{%s}":
        return  # a label is a key of a row by label alone
    for content, name in (("\n".join(lines), "rows.jsonl"), (f"[{','.join(lines)}]", "rows.json")):
        done = run("abc", words, content, name)
        assert (done.code, done.err, done.inputs) == (0, "", TAKEN)
        expected = kept
        if words[:2] == ["--keep", "A"]:
            expected = [{"A": 1}, {"A": 4}]
        assert [record.get("keep") for record in done.records] == (expected or [None, None])


@pytest.mark.parametrize("net", ["abc", "plain"])
def test_columns_by_place_without_a_header(run, net):
    content = "1,2,3,red\n4,5,6,blue\n"
    done = run(net, ["--keep", "#3"], content)
    assert (done.code, done.err, done.inputs) == (0, "", TAKEN)
    assert [record["keep"] for record in done.records] == [{"#3": "red"}, {"#3": "blue"}]
    done = run(net, ["--drop", "#1", "--keep", "#3"], "1,x,2,red,3\n4,y,5,blue,6\n")
    assert (done.code, done.err, done.inputs) == (0, "", TAKEN)
    done = run(net, ["--drop", "#3"], '[1,2,3,"red"]\n[4,5,6,null]\n', "rows.jsonl")
    assert (done.code, done.err, done.inputs) == (0, "", TAKEN)
    done = run(net, ["--keep", "#0"], '[["a",1,2,3],[{"b":NaN},4,5,6]]', "rows.json")
    assert (done.code, done.err, done.inputs) == (0, "", TAKEN)
    assert [record["keep"] for record in done.records] == [{"#0": "a"}, {"#0": {"b": None}}]


def test_a_column_whose_name_is_a_place(run):
    done = run("abc", ["--keep", "#0"], "A,B,C,#0\n1,2,3,x\n")
    assert done.records[0]["keep"] == {"#0": "x"}
    done = run("abc", ["--drop", "#0"], "A,A,B,C\nx,1,2,3\n")
    assert done.inputs == [[1, 2, 3]]
    done = run("abc", ["--drop", "x"], "x,A,B,x,C\n8,1,2,9,3\n")
    assert done.inputs == [[1, 2, 3]]


SAME_NAME = [
    (["--drop", "x"], None),
    (["--drop", "*"], None),
    (["--keep", "#3", "--keep", "#4"], {"#3": "8", "#4": "9"}),
    (["--keep", "x", "--drop", "#3"], {"x": "9"}),
    (["--keep", "#4", "--keep", "*"], {"#4": "9", "x": "8"}),
]


@pytest.mark.parametrize(("words", "kept"), SAME_NAME, ids=range(len(SAME_NAME)))
def test_columns_of_the_same_name_are_told_apart_by_place(run, words, kept):
    done = run("abc", words, "A,B,C,x,x\n1,2,3,8,9\n")
    assert (done.code, done.err) == (0, "")
    record = json.loads(done.out)
    assert (record["input"], record.get("keep")) == ([1, 2, 3], kept)


def test_rows_that_are_made(quick, here):
    made = ["zeros", "ones", "random", "random:0", "random:7"]
    inputs = [word for each in made for word in ("-i", each)]
    done = quick("run", "abc.yaml", *inputs, "-f", "jsonl")
    rows = [json.loads(line)["input"] for line in done.out.splitlines()]
    assert (done.code, done.err, rows[:2]) == (0, "", [[0, 0, 0], [1, 1, 1]])
    assert rows[2] == rows[3] == draw("normal", (3,), 3, 1, 0).tolist()
    assert rows[4] == draw("normal", (3,), 3, 1, 7).tolist()
    for word in ("random:", "random:-1", "random:1.5", "Zeros", "zeros:1"):
        assert quick("run", "abc.yaml", "-i", word).code == 2


def test_arrays_and_pictures_of_no_bytes_are_told_so(quick, here):
    for suffix in ("npy", "npz", "png"):
        (here / f"x.{suffix}").write_bytes(b"")
        done = quick("run", "picture.yaml", "-i", f"x.{suffix}")
        told = f"nntrace: error: x.{suffix}: is empty, takes {suffix.upper()}\n"
        assert done == (2, b"", told)


def test_rows_without_columns_beside_those_that_have_some(quick, here):
    (here / "rows.csv").write_text(COLUMNS)
    np.save("rows.npy", np.ones((1, 3)))
    words = ["-i", "rows.csv", "-i", "7,8,9", "-i", "rows.npy", "--keep", "*"]
    records = quick("run", "abc.yaml", *words, "-f", "jsonl").records
    assert [list(record["keep"]) for record in records] == [["id", "note"]] * 2 + [[], []]


def test_own_records_are_no_columns(quick, here):
    # text is in the records of nets that read text alone, and may be a column of any other
    assert {*OWN, "text"} == {field.name for field in TRACED_ROW.fields}
    (here / "rows.csv").write_text(COLUMNS)
    for words in (["-i", "rows.csv", "--keep", "*"], ["--set", "A=1"]):
        words = [word.replace("A=1", "output.0=1") for word in words]
        first = quick("run", "abc.yaml", "-i", "rows.csv", "--keep", "*", *words[2:], "-f", "jsonl")
        (here / "own.jsonl").write_bytes(first.out)
        again = quick("run", "abc.yaml", "-i", "own.jsonl", "--keep", "*", "-f", "jsonl")
        assert (again.code, again.err) == (0, "")
        assert [each["keep"] for each in again.records] == [each["keep"] for each in first.records]


OTHERS = "--keep NAME carries one along, --drop NAME leaves it out, '*' stands for all others"
NO_NAME = "its first column has no name, as pandas writes its index; --drop '#0' leaves it out"
NOT_SAID = "nntrace: error: rows.csv:1: "
WRONG = [
    # net, more words, the file, the error
    ("abc", [], "A,x,B,y,C\n1,2,3,4,5\n",
     f"unknown inputs 'x' and 'y', known: A, B, C ({OTHERS})"),
    ("abc", ["--keep", "x"], "A,x,B,y,C\n1,2,3,4,5\n",
     "unknown input 'y', known: A, B, C (--keep y carries it along, --drop y leaves it out)"),
    ("abc", [], ",A,B,C\n0,1,2,3\n", NO_NAME),
    ("abc", [], ",A,B,C,x\n0,1,2,3,4\n",
     f"unknown inputs '#0' and 'x', known: A, B, C ({OTHERS}); '#0' has no name, as pandas writes"
     " its index"),
    ("plain", ["--drop", "#0"], ",x,y,z\n0,1,2,3\n",
     "'x' is no number, and a header needs labels, which the inputs of plain lack; --header yes"
     " leaves the line out"),
    ("plain", [], ",x,y,z\n0,1,2,3\n", NO_NAME),
    ("plain", [], ",0,1,2\n0,1,2,3\n", NO_NAME),
    ("counted", [], ",0,1,2\n0,1,2,3\n", NO_NAME),
    ("abc", [], "A,B,C,\n1,2,3,4\n",
     "unknown input '#3', known: A, B, C (--keep '#3' carries it along, --drop '#3' leaves it"
     " out)"),
    ("abc", YES, "0,1,2\n5,6,7\n", f"unknown inputs '0', '1' and '2', known: A, B, C ({OTHERS})"),
    ("abc", [], "1,2,3,red\n",
     "'red' is neither a number nor the name of an input (A, B, C); its column is '#3' to"
     " --keep and --drop"),
    ("plain", [], "1,2,3,red\n", "'red' is no number; its column is '#3' to --keep and --drop"),
    ("abc", ["--drop", "x"], "A,B,C\n1,2,3\n", "has no 'x' to drop, known: A, B, C"),
    ("abc", ["--drop", "x"], "1,2,3\n", "has no header, so no column 'x' to drop"),
    ("abc", ["--drop", "#3"], "1,2,3\n", "has no '#3' to drop, '#2' is the last one"),
    ("abc", ["--keep", "#9"], "A,B,C\n1,2,3\n", "has no '#9' to keep, '#2' is the last one"),
    ("abc", ["--drop", "x", "--keep", "#0"], "x,A,B,C\n",
     "'#0' is to be carried along and to be left out"),
    ("abc", ["--drop", "#1"], "1,2,3\n", "has 2 numbers, abc takes 3 (A, B, C)"),
    ("plain", [*YES, "--drop", "x"], "x,y\n1,2\n", "has 1 number, plain takes 3"),
    ("abc", [], "A,A,B,C\n", "has the column 'A' twice, as '#0' and '#1'"),
    ("abc", ["--keep", "x"], "A,B,C,x,x\n", "has the column 'x' twice, as '#3' and '#4'"),
    ("abc", ["--keep", "*"], "A,B,C,x,x\n", "has the column 'x' twice, as '#3' and '#4'"),
    ("abc", ["--keep", ""], "1,2,3,4\n", "has no header, so no column '' to keep"),
    ("abc", ["--drop", "A"], "A,B,C\n", None),
    ("abc", ["--drop", "x", "--keep", "x"], "A,B,C\n", None),
    ("abc", ["--drop", "*", "--keep", "*"], "A,B,C\n", None),
]  # fmt: skip


@pytest.mark.parametrize(("net", "words", "content", "error"), WRONG, ids=range(len(WRONG)))
def test_columns_that_do_not_fit(run, net, words, content, error):
    done = run(net, words, content)
    if error is None:
        word = words[1]
        error = f"--drop {word}: is an input of abc"
        if "--keep" in words:
            error = f"--keep {word} and --drop {word}: carried along, or left out?"
        assert done == (2, b"", f"nntrace: error: {error}\n")
    else:
        assert done == (2, b"", f"nntrace: error: rows.csv:1: {error}\n")


WRONG_KEYS = [
    ([], '{"A":1,"B":2,"C":3,"q":4,"w":5}',
     f"unknown inputs 'q' and 'w', known: A, B, C ({OTHERS})"),
    (["--drop", "q"], '{"A":1,"B":2,"C":3}', "has no 'q' to drop, known: A, B, C"),
    (["--keep", "*"], '{"A":1,"B":2,"q":3}', "lacks 'C'"),
    ([], '{"input":[1,2,3],"q":1}',
     "has 'q' beside its input (--keep q carries it along, --drop q leaves it out)"),
    ([], '{"input":[1,2,3],"q":1,"row":0,"w":2}', f"has 'q' and 'w' beside its input ({OTHERS})"),
    (["--drop", "q"], '{"input":[1,2,3]}', "has no 'q' to drop, known: input"),
    (["--keep", "*"], '{"input":{"A":1,"B":2,"C":3,"q":4}}', "unknown input 'q', known: A, B, C"),
    (["--drop", "q"], "[1,2,3]", "is an array, which has no 'q' to drop"),
    (["--drop", "#3"], "[1,2,3]", "has no '#3' to drop, '#2' is the last one"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "line", "error"), WRONG_KEYS, ids=range(len(WRONG_KEYS)))
def test_keys_that_do_not_fit(run, words, line, error):
    assert run("abc", words, f"{line}\n", "rows.jsonl") == (
        2, b"", f"nntrace: error: rows.jsonl:1: {error}\n",
    )  # fmt: skip
    assert run("abc", words, f"[{line}]", "rows.json") == (
        2, b"", f"nntrace: error: rows.json: row 0: {error}\n",
    )  # fmt: skip


@pytest.mark.parametrize("words", [["-i", "1,2,3"], ["-i", "rows.npy"], ["--example", "x"]])
def test_what_has_no_columns_has_none_to_drop(quick, here, words):
    np.save("rows.npy", np.ones(3))
    text = NETS["abc"] + "\nexamples: [{name: x, input: [1, 2, 3]}]"
    (here / "abc.yaml").write_text(text)
    done = quick("run", "abc.yaml", *words, "--drop", "id")
    assert done.code == 2
    assert done.err.endswith("no 'id' to drop\n")
    assert quick("run", "abc.yaml", *words, "--drop", "*").code == 0


# ---- delimiters


DELIMITED = [
    ("rows.csv", ["--delimiter", ";"], ";"),
    ("rows.csv", ["--delimiter", "|"], "|"),
    ("rows.csv", ["--delimiter", "tab"], "\t"),
    ("rows.csv", ["--delimiter", "\\t"], "\t"),
    ("rows.csv", ["--delimiter", "\t"], "\t"),
    ("rows.csv", ["--delimiter", " "], " "),
    ("rows.csv", ["--delimiter", "§"], "§"),
    ("rows.csv", ["--input-format", "tsv"], "\t"),
    ("rows.tsv", [], "\t"),
    ("ROWS.TSV", [], "\t"),
    ("rows.tsv", ["--delimiter", ","], ","),
    ("rows.tsv", ["--input-format", "csv"], ","),
    ("rows.txt", ["--input-format", "csv", "--delimiter", ":"], ":"),
]


@pytest.mark.parametrize(("name", "words", "delimiter"), DELIMITED, ids=range(len(DELIMITED)))
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_stands_between_cells(run, name, words, delimiter, end):
    lines = [["B", "A", "C"], *([f"{row}.5", "-1e-3", "-0"] for row in range(700))]
    content = end.join(delimiter.join(line) for line in lines)
    done = run("abc", words, content.replace("5", '"5"', 0), name)
    assert (done.code, done.err) == (0, "")
    assert done.inputs == [[-1e-3, row + 0.5, 0] for row in range(700)]
    assert str(done.inputs[-1][2]) == "-0.0"


def test_a_quoted_delimiter_is_no_delimiter(run):
    done = run("abc", ["--delimiter", ";", "--keep", "x"], 'A;B;C;x\n1;2;3;"a;b"\n')
    assert done.records[0]["keep"] == {"x": "a;b"}


OTHER_DELIMITERS = [
    ("rows.csv", [], "A;B;C\n1,5;2;3\n", "';' stands between its cells, not ','"),
    ("rows.csv", [], "1,5;2;3\n", "';' stands between its cells, not ','"),
    ("rows.csv", [], "1|2|3\n", "'|' stands between its cells, not ','"),
    ("rows.csv", [], "A\tB\tC\n1\t2\t3\n", "a tab stands between its cells, not ','"),
    ("rows.tsv", [], "A,B,C\n1,2,3\n", "',' stands between its cells, not a tab"),
    ("rows.csv", ["--delimiter", ";"], "A,B,C\n1,2,3\n", "',' stands between its cells, not ';'"),
]


@pytest.mark.parametrize(("name", "words", "content", "error"), OTHER_DELIMITERS, ids=range(6))
@pytest.mark.parametrize("net", ["abc", "plain"])
def test_another_delimiter_is_told(run, net, name, words, content, error):
    done = run(net, words, content, name)
    found = error.split()[0]
    way_out = f"--delimiter {'tab' if found == 'a' else found} says so"
    assert done == (2, b"", f"nntrace: error: {name}:1: {error}; {way_out}\n")
    word = "tab" if found == "a" else found.strip("'")
    if net == "abc" or "A" not in content:
        more = ["--delimiter", word]
        assert "stands between" not in run(net, [*words[2:], *more], content, name).err


def test_a_decimal_comma_is_told(run):
    done = run("abc", ["--delimiter", ";"], "A;B;C\n1;2,5;3\n")
    error = "rows.csv:2: B: takes a number with a decimal point, not '2,5'"
    assert done == (2, b"", f"nntrace: error: {error}\n")


@pytest.mark.parametrize("word", ["", "ab", '"', "\n", "1", "e", ".", "-", "+"])
def test_what_is_no_delimiter(run, word):
    done = run("abc", ["--delimiter", word], "A,B,C\n")
    error = "takes one character, such as ';', that numbers and quotes lack"
    assert (done.code, done.out) == (2, b"")
    assert error in done.err


# ---- formats


@pytest.mark.parametrize("each", formats.FORMATS, ids=lambda each: each.name)
def test_a_format_of_rows_has_a_reader(each):
    reader = import_module(f"nntrace.read.rows.{each.module}")
    first, *_ = signature(getattr(reader, f"read_{each.name}")).parameters
    assert first == ("lines" if each.streams else "path")


@pytest.mark.parametrize(
    "name", ["rows.json", "rows.csv", "rows.npy", "rows.png", "rows.x", "rows"]
)
def test_what_is_said_wins_over_a_suffix(run, here, name):
    (here / "data").mkdir()
    (here / "data" / "folder").mkdir()
    (here / "data" / name).write_text("[7,8,9]\n")
    more = ["--input-format", "jsonl"]
    content = "[1,2,3]\n[4,5,6]\n"
    assert run("plain", more, content, name).inputs == TAKEN
    assert run("plain", [*more, "-i", "data/*"], content, name).inputs == [*TAKEN, [7, 8, 9]]
    done = run("plain", ["--input-format", "csv"], "A\t1\n", name)
    assert (done.code, "stands between" in done.err) == (2, True)


NOT_USED = [
    (["-i", "1,2,3", "--input-format", "csv"],
     "--input-format csv: is said of files and standard input, and no input is one"),
    (["-i", "1,2,3", "--header", "yes"], "--header: is said of CSV, and no input is CSV"),
    (["-i", "rows.npy", "--delimiter", ";"], "--delimiter: is said of CSV, and no input is CSV"),
    (["-i", "rows.jsonl", "--delimiter", ";"], "--delimiter: is said of CSV, and no input is CSV"),
    (["-i", "-", "--header", "no"], "--header: is said of CSV, and <stdin> holds JSONL"),
    (["-i", "-", "--header", "no", "--input-format", "jsonl"],
     "--header: is said of CSV, and no input is CSV"),
    (["--header", "no"], "--header: is said of CSV, and no input is CSV"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "error"), NOT_USED, ids=range(len(NOT_USED)))
def test_what_is_said_and_not_used_is_refused(quick, here, words, error):
    np.save("rows.npy", np.ones(3))
    (here / "rows.jsonl").write_text("[1,2,3]\n")
    text = NETS["abc"] + "\nexamples: [{name: x, input: [1, 2, 3]}]"
    (here / "abc.yaml").write_text(text)
    done = quick("run", "abc.yaml", *words, stdin=b"[1,2,3]\n")
    assert done == (2, b"", f"nntrace: error: {error}\n")


@pytest.mark.parametrize("command", [["stats"], ["explain", "output.0"], ["quiz", "-n", "1"]])
def test_all_commands_that_read_rows_are_told_the_same(quick, here, command):
    (here / "rows.csv").write_text("id;A;B;C\nx;1;2;3\n")
    words = ["-i", "rows.csv", "--delimiter", ";", "--header", "yes", "--drop", "id"]
    name, *more = command
    assert quick(name, "abc.yaml", *more, *words, "-f", "json").code == 0


def test_a_ladder_by_place(quick, here):
    rows = np.random.default_rng(0).normal(size=(80, 3))
    lines = [f"{a},{b},{c},{'pos' if a > 0 else 'neg'}" for a, b, c in rows]
    (here / "rows.csv").write_text("\n".join(lines))
    done = quick("ladder", "abc.yaml", "-i", "rows.csv", "-t", "#3", "-f", "json")
    assert (done.code, done.err) == (0, "")
    document = json.loads(done.out)
    assert {each["name"] for each in document["classes"]} == {"neg", "pos"}


# ---- what is no file of rows


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
FETCH = "a Git LFS pointer, whose content was not fetched (git lfs pull fetches it)"
STRANGE = [
    (POINTER, FETCH),
    (b"\x89PNG\r\n\x1a\n\0\0", "a PNG picture"),
    (b"PK\3\4" + b"\0" * 40, "a ZIP archive"),
    (gzip.compress(b"1,2,3\n"), "a gzip-compressed file"),
    (b"\x80\4\x95\0", "a Python pickle"),
    (b"<!DOCTYPE html>\n<html>", "an HTML page"),
]


@pytest.mark.parametrize(("content", "kind"), STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize("suffix", [each.name for each in formats.FORMATS if each.numbers])
def test_a_file_that_is_something_else(quick, here, content, kind, suffix):
    if (suffix, kind) in {("png", "a PNG picture"), ("npz", "a ZIP archive")}:
        return
    (here / f"rows.{suffix}").write_bytes(content)
    done = quick("run", "picture.yaml", "-i", f"rows.{suffix}")
    error = f"rows.{suffix}: is {kind}, takes {suffix.upper()}"
    assert done == (2, b"", f"nntrace: error: {error}\n")
    done = quick("run", "picture.yaml", "-i", "-", stdin=content)
    assert done == (2, b"", f"nntrace: error: <stdin>: is {kind}, takes CSV\n")
    (here / "rows.x").write_bytes(content)
    done = quick("run", "picture.yaml", "-i", "rows.x")
    assert f"--input rows.x: is {kind}, takes rows of numbers" in done.err


@pytest.mark.parametrize("content", ["[1,2,3]\n", '{"A":1,"B":2,"C":3}\n'])
def test_json_that_is_called_csv(run, content):
    done = run("abc", ["--input-format", "csv"], content)
    error = "is JSON (--input-format jsonl reads it), takes CSV"
    assert done == (2, b"", f"nntrace: error: rows.csv: {error}\n")


# ---- pipes and devices


@pytest.mark.parametrize("suffix", ["npy", "npz", "png"])
@pytest.mark.parametrize("target", ["/dev/zero", "pipe"])
def test_what_is_read_whole_is_a_regular_file(quick, here, suffix, target):
    os.mkfifo("pipe")
    (here / f"rows.{suffix}").symlink_to(target)
    done = quick("run", "picture.yaml", "-i", f"rows.{suffix}")
    error = "is no regular file; only csv, tsv, jsonl or json may come through a pipe or a device"
    assert done == (2, b"", f"nntrace: error: rows.{suffix}: {error}\n")


def test_a_document_has_an_end(quick, here):
    (here / "rows.json").symlink_to("/dev/zero")
    done = quick("run", "abc.yaml", "-i", "rows.json")
    assert done.code == 2
    assert "rows.json: is a device" in done.err


PIPED = [
    ("pipe", [], b"A,B,C\n1,2,3\n"),
    ("pipe", [], b"[1,2,3]\n"),
    ("pipe", [], b"[\n[1,2,3]\n]\n"),
    ("pipe", ["--input-format", "tsv"], b"A\tB\tC\n1\t2\t3\n"),
    ("pipe", ["--delimiter", ";"], b"A;B;C\n1;2;3\n"),
    ("pipe.csv", [], b"A,B,C\n1,2,3\n"),
    ("pipe.jsonl", [], b"[1,2,3]\n"),
    ("pipe.json", [], b"[[1,2,3]]\n"),
]


@pytest.mark.parametrize(("name", "words", "content"), PIPED, ids=range(len(PIPED)))
def test_rows_through_a_pipe_with_a_name(quick, here, name, words, content):
    os.mkfifo(name)

    def write():
        with open(name, "wb") as stream:
            stream.write(content)

    writer = threading.Thread(target=write)
    writer.start()
    done = quick("run", "abc.yaml", "-i", name, *words, "-f", "jsonl")
    writer.join()
    assert (done.code, done.err, done.inputs) == (0, "", [[1, 2, 3]])


def test_a_device_without_rows(quick, here):
    done = quick("run", "abc.yaml", "-i", "/dev/null", "-f", "jsonl")
    error = "nntrace: warning: /dev/null: holds no rows, so nothing of it is traced\n"
    assert done == (0, b"", error)


# ---- numbers


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (["-i", "-"], "-0,-0.0,0\n"),
        (["-i", "-"], "[-0,-0.0,0]\n"),
        (["-i", "-"], "[ -0 , -0e3 , 0 ]\n[-0,-0.0,+0]\n"),
        (["-i", "-"], '{"A":-0,"B":-0.0,"C":0}\n'),
        (["-i", "-"], '{"input":[-0,-0.0,0]}\n'),
        (["-i", "-"], '{"input":{"A":-0,"B":-0,"C":0}}\n'),
        (["-i", "-", "--input-format", "json"], "[[-0,-0.0,0]]\n"),
        (["-i", "-", "--input-format", "json"], '{"traces":[{"input":[-0,-0.0,0]}]}'),
        (["-i", "-", "--keep", "x"], '{"A":-0,"B":-0.0,"C":0,"x":[-0]}\n'),
        (["-i", "-", "--drop", "x"], '{"A":-0,"B":-0.0,"C":0,"x":[-0]}\n'),
        (["--input=-0,-0.0,0"], ""),
        (["--input=[-0, -0., 0]"], ""),
        (["--input", "A=-0,B=-.0,C=0"], ""),
    ],
)
def test_minus_zero_keeps_its_sign(quick, here, words, stdin):
    done = quick("run", "abc.yaml", *words, "-f", "jsonl", stdin=stdin)
    assert (done.code, done.err) == (0, "")
    for record in done.records:
        assert list(map(str, record["input"])) == ["-0.0", "-0.0", "0.0"]
        assert record.get("keep", {}).get("x", [-0.0]) == [-0.0]
        assert str(record.get("keep", {}).get("x", [-0.0])[0]) == "-0.0"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
@pytest.mark.parametrize("around", ["%s", "[1,%s]", '{"a":[%s]}', "[[[%s]],18446744073709551616]"])
@pytest.mark.parametrize("format", ["jsonl", "json"])
def test_what_is_not_finite_is_carried_along_as_null(quick, here, value, around, format):
    for row in ('{"A":1,"B":2,"C":3,"x":%s}', '{"input":[1,2,3],"keep":{"x":%s}}'):
        stdin = row % (around % value)
        done = quick("run", "abc.yaml", "-i", "-", "--keep", "x", "-f", format, stdin=stdin)
        assert (done.code, done.err) == (0, "")
        document = json.loads(done.out, parse_constant=lambda text: pytest.fail(text))
        record = document if format == "jsonl" else document["traces"][0]
        assert record["keep"]["x"] == json.loads(around % "null")


def test_cells_stay_as_they_are_written(run):
    done = run("abc", ["--keep", "*"], "A,B,C,x,y\n1,2,3,NaN,1e999\n")
    assert done.records[0]["keep"] == {"x": "NaN", "y": "1e999"}
