"""The offending line under an error on a terminal, and annotations in GitHub Actions."""

from __future__ import annotations

import json

import pytest
from rich.cells import cell_len
from terminals import Stream

from nntrace.cli.app import main
from nntrace.cli.environment import Environment
from nntrace.cli.excerpt import excerpt
from nntrace.errors import Problem


def told(problem: Problem, width: int = 80, encoding: str = "utf-8") -> list[str]:
    return excerpt(
        problem, width, lambda text: text.encode(encoding, "backslashreplace").decode(encoding)
    )


def at(text: str, column: int | None, line: int = 3) -> Problem:
    return Problem("is wrong", (), "net.yaml", line, column, text)


LINES = {
    "the first": ("x: 1", 1, "x"),
    "in the middle": ("a: bad", 4, "b"),
    "behind the end": ("a:", 3, ""),
    "wide": ("日本: 語", 5, "語"),
    "combining": ("e\u0301te\u0301: bad", 8, "b"),
    "a tab before": ("\tx: bad", 5, "b"),
    "an escape before": ("\x1b[31m: bad", 8, "b"),
    "emoji": ("🐈: bad", 4, "b"),
    "long": ("0.1234, " * 100_000 + "oops" + ", 1" * 100_000, 800_001, "o"),
    "the start of a long one": ("oops" + ", 1" * 100_000, 1, "o"),
    "the end of a long one": ("1, " * 100_000 + "oops", 300_001, "o"),
    "long and wide": ("語" * 5000 + "x" + "語" * 5000, 5001, "x"),
}


@pytest.mark.parametrize("width", [24, 40, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize(("text", "column", "char"), LINES.values(), ids=LINES)
def test_the_caret_stands_under_the_place(
    text: str, column: int, char: str, width: int, encoding: str
) -> None:
    line, caret = told(at(text, column), width, encoding)
    before = cell_len(caret.removesuffix("^"))
    shown = char.encode(encoding, "backslashreplace").decode(encoding)
    if cell_len(line) > before:
        start = next(i for i in range(len(line) + 1) if cell_len(line[:i]) >= before)
        assert line[start:].startswith(shown)
    else:
        assert char == ""
    assert cell_len(line) < width
    assert len(caret) < width
    assert line.isprintable()


def test_a_line_without_a_column_has_no_caret() -> None:
    assert told(at("1,x", None)) == [" 3 | 1,x"]


@pytest.mark.parametrize("problem", [at("", 1), at("  ", 2), Problem("x", (), "net.yaml")])
def test_where_nothing_stands_nothing_is_shown(problem: Problem) -> None:
    assert told(problem) == []


def run(*words: str, stdin: bytes = b"", terminal: bool = True, **variables: str):
    out, err = Stream(False), Stream(terminal)
    main(list(words), Environment(Stream(False, stdin), out, err, {"COLUMNS": "80"} | variables))
    return out.getvalue().decode(), err.getvalue().decode()


BROKEN = b"input: 2\nlayers: [{weights: [[1, x]], zz: 1}]\n"


def test_every_problem_has_its_line_on_a_terminal(folder) -> None:
    _, err = run("check", "-", stdin=BROKEN, NO_COLOR="1")
    lines = err.splitlines()
    assert lines[0].startswith("nntrace: error: <stdin>:2:25: ")
    assert lines[1:3] == [f" 2 | {BROKEN.splitlines()[1].decode()}", "   | " + " " * 24 + "^"]
    assert lines[3].startswith("nntrace: error: <stdin>:2:30: ")
    assert lines[5] == "   | " + " " * 29 + "^"


# What is read as rows of a net with the inputs `a` and `b, c`, and where in its line the fault is.
VALUES = {
    "csv": ("0,0\n1,x\n", "x"),
    "csv, the first": ("0,0\noops,1\n", "oops"),
    "csv, a blank before": ("0,0\n1,   x\n", "x"),
    "csv, nothing": ("0,0\n1,\n", ""),
    "csv, later": ("1,2\n3,4\n5,nan\n", "nan"),
    "csv, quoted": ('0,0\n"1",x\n', "x"),
    "csv, a quoted delimiter": ('0,0\n1,"2,5"\n', '"2,5"'),
    "csv, a header that turns it round": ('"b, c",a\nx,1\n', "x"),
    "jsonl, a byte order mark": ("\ufeff[1,null]\n", "null]"),
    "jsonl": ("[1,2]\n[1, null]\n", "null"),
    "jsonl, strings before it": ('["[,]", 2]\n', '"[,]"'),
    "jsonl, numbers as people type them": ("[+1., true]\n", "true"),
    "jsonl, lists before it": ("[ [1, [2]], 2]\n", "[1, [2]], 2]"),
    "jsonl, by label": ('{"b, c": {"x": []}, "a": 1}\n', '{"x": []}, "a": 1}'),
    "jsonl, by label, the other": ('{"b, c" :1, "a" : "é"}\n', '"é"}'),
    "jsonl, an input": ('{"row": {"input": 0}, "input": [1, "2"]}\n', '"2"]}'),
    "jsonl, an input by label": ('{"input": {"a": 1, "b, c": false}}\n', "false}}"),
    "no json": ("[1, 2\n", ""),
}


@pytest.mark.parametrize("source", ["rows", "-"])
@pytest.mark.parametrize(("text", "rest"), VALUES.values(), ids=VALUES)
def test_a_caret_stands_under_the_value_of_a_row(text, rest, source, folder) -> None:
    (folder / "net.yaml").write_text(
        "input: {labels: [a, 'b, c']}\nlayers: [{size: 1, weights: {random: ones}}]\n"
    )
    kind = "jsonl" if text.lstrip("\ufeff").startswith(("[", "{")) else "csv"
    (folder / f"rows.{kind}").write_text(text)
    given = f"rows.{kind}" if source == "rows" else "-"
    stdin = text.encode() if source == "-" else b""
    _, err = run("run", "net.yaml", "-i", given, stdin=stdin, NO_COLOR="1")
    error, line, caret = err.splitlines()
    wrong = text.removeprefix("\ufeff").splitlines()[-1]
    number = len(text.splitlines())
    shown = {"-": "<stdin>"}.get(given, given)
    assert error.startswith(f"nntrace: error: {shown}:{number}: ")
    assert line == f" {number} | {wrong}"
    assert line[caret.index("^") :].startswith(rest)
    assert rest or len(line) == caret.index("^")


def test_no_line_goes_into_a_pipe(folder) -> None:
    _, err = run("check", "-", stdin=BROKEN, terminal=False)
    assert [line.startswith("nntrace: error: ") for line in err.splitlines()] == [True, True]


def test_colour_only_decorates(folder) -> None:
    _, plain = run("check", "-", stdin=BROKEN, NO_COLOR="1")
    _, coloured = run("check", "-", stdin=BROKEN, TERM="xterm")
    assert "\x1b[" in coloured
    assert coloured.replace("\x1b[1;31m", "").replace("\x1b[0m", "") == plain


ROWS = {
    "a CSV file": ("rows.csv", b"1,2\n3,x\n", [" 2 | 3,x", "   |   ^"]),
    "a header": ("rows.csv", b"1,2\n\n3,4,5\n", [" 3 | 3,4,5"]),
    "JSONL": ("rows.jsonl", b'[1,2]\r\n[1,"x"]\r\n', [' 2 | [1,"x"]', "   |    ^"]),
    "JSON": ("rows.json", b"[[1,2],\n [3 4]]\n", [" 2 |  [3 4]]", "   |     ^"]),
    "a number that overflows": ("rows.csv", b"1,2\n3,1e999\n4,5\n", [" 2 | 3,1e999"]),
    "no UTF-8": ("rows.csv", b"1,2\n3,\xff\n", [" 2 | 3,\ufffd"]),
}


@pytest.mark.parametrize(("name", "data", "shown"), ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("piped", [False, True], ids=["file", "stdin"])
def test_a_row_is_shown(folder, name: str, data: bytes, shown: list[str], piped: bool) -> None:
    (folder / name).write_bytes(data)
    source = ["-i", "-", "--input-format", name.partition(".")[2]] if piped else ["-i", name]
    _, err = run("run", "pair.yaml", "-f", "csv", *source, stdin=data if piped else b"")
    seen = [line.replace("\x1b[1;31m", "").replace("\x1b[0m", "") for line in err.splitlines()]
    if not (piped and b"1e999" in data):  # of a pipe, only the line that was read last is kept
        assert seen[1:] == shown


FAILING = """input: 1
layers: [{weights: [[1]]}]
examples:
  - {name: 'a: b, 100%', input: [1], expect: {output: [7]}}
  - input: [1]
    expect: {output: [1]}
"""


@pytest.mark.parametrize("name", ["n.yaml", "a,b:c%.yaml"])
def test_annotations(folder, name: str) -> None:
    (folder / name).write_text(FAILING)
    (folder / "broken.yaml").write_bytes(BROKEN)
    out, err = run(
        "check", name, "broken.yaml", "-f", "json", terminal=False, GITHUB_ACTIONS="true"
    )
    assert json.loads(out)["ok"] is False
    file = name.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    first, second, third = [line for line in err.splitlines() if line.startswith("::")]
    assert first.startswith(f"::error file={file},line=4,col=46::a: b, 100%25: ")
    assert second.startswith("::error file=broken.yaml,line=2,col=25::layers[0].weights[0][1]: ")
    assert third.startswith("::error file=broken.yaml,line=2,col=30::layers[0].zz: ")


def test_annotations_name_files_from_the_root_of_the_repository(folder) -> None:
    (folder / "broken.yaml").write_bytes(BROKEN)
    _, err = run(
        "check",
        "broken.yaml",
        GITHUB_ACTIONS="true",
        GITHUB_WORKSPACE=str(folder.parent),
        terminal=False,
    )
    assert f"::error file={folder.name}/broken.yaml,line=2," in err


@pytest.mark.parametrize("variables", [{}, {"GITHUB_ACTIONS": "false"}])
def test_without_a_runner_there_is_no_annotation(folder, variables: dict[str, str]) -> None:
    _, err = run("check", "-", stdin=BROKEN, terminal=False, **variables)
    assert "::error" not in err
