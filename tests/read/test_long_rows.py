"""Long rows of numbers, read apart from the YAML around them: the same nets, the same problems."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from netfiles import HAS_C_PARSER, broken_nets, parse, problems
from valid_nets import VALID, write_files

from nntrace.errors import NetworkError
from nntrace.read.nets import yaml as netfile
from nntrace.read.yaml import longrows, nodes

ROW = ", ".join(f"{index / 7:.4f}" for index in range(16))
WRAPPED = ROW.replace("0.8571, ", "0.8571,\n    ")


@pytest.fixture(autouse=True)
def any_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for long rows in short texts too."""
    monkeypatch.setattr(netfile, "SHORT", 0)


@pytest.fixture
def any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of any length count as long, so that small nets have some."""
    pattern = longrows._LONG_ROW.pattern
    assert "{60,}" in pattern
    monkeypatch.setattr(longrows, "_LONG_ROW", re.compile(pattern.replace("{60,}", "{1,}")))


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the rows that were taken out at each time that a text is parsed."""
    counts: list[int] = []
    compose = nodes.compose

    def counted(*arguments: Any, rows: Any = (), **named: Any) -> Any:
        counts.append(len(rows))
        return compose(*arguments, rows=rows, **named)

    monkeypatch.setattr(netfile, "compose", counted)
    return counts


def outcome(data: str | bytes, folder: Path = Path("/nowhere")) -> bytes | list[str]:
    """Return every bit of a net, or its problems."""
    try:
        return pickle.dumps(parse(data, folder))
    except NetworkError as error:
        return [str(problem) for problem in error.problems]


def without_long_rows(data: str | bytes, folder: Path = Path("/nowhere")) -> bytes | list[str]:
    """Return what a text gives where all of it is parsed as YAML."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(longrows, "take_out", lambda text: (text, []))
        return outcome(data, folder)


def net(row: str, before: str = "", after: str = "") -> str:
    return f"{before}input: 16\nlayers:\n  - weights:\n    - [{row}]\n{after}"


AT_ONCE = {
    "a row": (net(ROW), [1]),
    "a row over several lines": (net(WRAPPED), [1]),
    "lines that end in CRLF": (net(WRAPPED).replace("\n", "\r\n"), [1]),
    "without blanks": (net(ROW.replace(" ", "")), [1]),
    "whole numbers": (net(", ".join(["-1000"] * 16)), [1]),
    "a row in a flow mapping": (f"input: 16\nlayers: [{{weights: [[{ROW}], [{ROW}]]}}]", [2]),
    "a row that is used again": (net(ROW).replace("- [", "- &r [") + "    - *r\n", [1]),
    "an input and what to expect": (
        net(ROW, after=f"examples: [{{input: [{ROW}], expect: {{output: [1]}}}}]"),
        [2],
    ),
    "labels, which are kept as written": (
        net(ROW).replace("16", f"{{labels: [{', '.join(f'0{i}.50' for i in range(16))}]}}"),
        [1],
    ),
    "labels that are numbers": (
        net(ROW).replace("16", f"{{labels: [{', '.join(f'{100 + i}.50' for i in range(16))}]}}"),
        [2],
    ),
    "a deviation": (
        net(ROW).replace("16", f"{{size: 16, mean: 0, std: [{', '.join(['0.50'] * 16)}]}}"),
        [2],
    ),
    "another base, read as YAML": (net(ROW.replace("0.0000", "0x10")), [0]),
    "no zero before the point, read as YAML": (net(ROW.replace("0.0000", ".5")), [0]),
    "a comma at the end, read as YAML": (net(ROW + ","), [0]),
}


@pytest.mark.parametrize(("text", "counts"), AT_ONCE.values(), ids=AT_ONCE)
def test_a_right_net_is_parsed_once(text: str, counts: list[int], composed: list[int]) -> None:
    found = outcome(text)
    assert composed == counts
    assert isinstance(found, bytes)
    assert found == without_long_rows(text)


ANEW = {
    "a comment": net(ROW, before=f"# [{ROW}]\n"),
    "a quoted text": net(ROW, before=f'description: "[{ROW}]"\n'),
    "a quoted text over lines": net(ROW, before=f"description: '[{WRAPPED}]'\n"),
    "a block of text": net(ROW, before=f"description: |\n  [{ROW}]\n"),
    "a folded text": net(ROW, before=f"description: >-\n  see\n  [{WRAPPED}]\n"),
    "a plain text": net(ROW, before=f"description: see [{ROW}]\n"),
}


@pytest.mark.parametrize("text", ANEW.values(), ids=ANEW)
def test_numbers_in_brackets_that_are_no_list_stay_as_they_are(text: str) -> None:
    found = outcome(text)
    assert isinstance(found, bytes)
    assert found == without_long_rows(text)


def test_a_text_that_has_the_mark_itself_is_parsed_as_yaml(composed: list[int]) -> None:
    text = net(ROW, before=f"description: '{longrows.MARK}0'\n")
    assert parse(text).description == f"{longrows.MARK}0"
    text = net(ROW).replace("16", f"{{size: 16, labels: [{longrows.MARK}0]}}")
    assert problems(text) == ["net.yaml:1:27: input.labels: has 1 label, input takes 16"]
    assert composed == [0, 0]


@pytest.mark.parametrize("escape", [r"\uf202", r"\uF202", r"\U0000f202", r"\U0000F202"])
def test_a_text_that_spells_the_mark_as_an_escape_is_parsed_as_yaml(
    escape: str, composed: list[int]
) -> None:
    text = net(ROW, before=f'description: "{escape}0"\n')
    assert parse(text).description == f"{longrows.MARK}0"
    text = net(ROW).replace("16", f'{{size: 16, labels: ["{escape}0"]}}')
    assert problems(text) == ["net.yaml:1:27: input.labels: has 1 label, input takes 16"]
    assert composed == [0, 0]


TOLD = {
    "a comment that a row would reach out of": (
        f"input: 16 # [{WRAPPED}]\nlayers: [{{weights: [[{ROW}]]}}]",
        ["2:5: is no YAML: is indented by 4, its neighbours by 0"],
    ),
    "an overflow of float32": (
        f"dtype: float32\n{net(WRAPPED.replace('2.1429', '1e39'))}",
        ["6:69: layers[0].weights[0][15]: '1e39' overflows float32"],
    ),
    "an overflow of float64": (
        net(ROW.replace("0.1429", "-1e400")),
        ["4:16: layers[0].weights[0][1]: '-1e400' overflows float64"],
    ),
    "no number": (
        net(ROW.replace("0.1429", ".nan")),
        ["4:16: layers[0].weights[0][1]: takes a finite number, not .nan"],
    ),
    "a row of another length behind a long one": (
        net(ROW, after=f"    - [{ROW}, 1]\n"),
        [
            "5:7: layers[0].weights[1]: has 17 numbers, output takes 16 (the size of input)",
        ],
    ),
    "a fault behind a row on its line": (
        f"input: 16\nlayers: [{{weights: [[{ROW}]], bias: [x]}}]",
        ["2:159: layers[0].bias[0]: takes a number, not 'x'"],
    ),
    "a row as a key": (
        net(ROW, after=f"[{ROW}]: 1\n"),
        ["5:1: a key must be a name or a number"],
    ),
    "a list of numbers for a name": (
        net(ROW, before=f"name: [{ROW}]\n"),
        ["1:7: name: takes a name, not a list"],
    ),
    "a shape with a point": (
        net(ROW).replace("16", f"{{shape: [{'1, ' * 20}1.5]}}"),
        ["1:77: input.shape[20]: takes a whole number from 1, not '1.5'"],
    ),
    "a second document": (
        net(ROW) + "---\n" + net(ROW),
        ["5:1: a second document starts here, a net file holds one"],
    ),
}


@pytest.mark.skipif(not HAS_C_PARSER, reason="PyYAML without its C parser")
@pytest.mark.parametrize(("text", "told"), TOLD.values(), ids=TOLD)
def test_problems_keep_their_places(text: str, told: list[str]) -> None:
    assert problems(text) == [f"net.yaml:{line}" for line in told]


SMALL = [case.text for case in broken_nets()] + [text for text, _ in VALID.values()]


@pytest.mark.usefixtures("any_length")
@pytest.mark.parametrize("loader", [nodes.LOADER, yaml.SafeLoader], ids=["fast", "pure"])
def test_every_net_of_the_tables(
    loader: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "LOADER", loader)
    write_files(tmp_path)
    for text in SMALL:
        assert outcome(text, tmp_path) == without_long_rows(text, tmp_path), text


FULL = b"""\
# [1, 2] and [3,
input: {size: 3, mean: [0, 0.5, 1e-3], std: [1, 2, 3]}   # [1,
description: "in [1, 2, 3] brackets
  [4, 5]"
layers:
  - labels: [0, 1]
    activation: {prelu: {alpha: [0.1, -0.2]}}
    weights:
    - [1, -2.5, 3e2]
    - &row [-0,
       0.25, -0.0]
  - weights: [[1, 2], [3,4], [
  5, 6]]
    bias: [7,8,9]
  - {weights: [*row], bias: [1]}
examples:
  - {input: [1, 2, 3], expect: {output: [4], tolerance: 1}}
  - name: >
      [1, 2]
    input: [1,
2, 3]
"""
PIECES = [
    *b"[|]|[1, 2]|[1, 2, 3]|[[1]]|[-1,\n2]|[\n1]|[ ]|1|-|.5|1e999|1e39|, ".split(b"|"),
    *b": |? |- |#| # [1,|'|\"| |>\n |&a |*a|*row|!!str |!x |\n|\r|\r\n|\t|  ".split(b"|"),
    *b"---\n|...\n|{|}|x|float32|dtype: float32\n|0x1|1_0|+1|01".split(b"|"),
    *b"9007199254740993|18446744073709551617|%YAML 1.2\n".split(b"|"),
    *(b"|", b"|\n ", longrows.MARK.encode(), f"{longrows.MARK}0".encode()),
]
edits = st.lists(
    st.tuples(
        st.integers(0, len(FULL)), st.integers(0, 12), st.sampled_from(PIECES), st.booleans()
    ),
    max_size=4,
)


@pytest.mark.usefixtures("any_length")
@settings(max_examples=600)
@given(edits)
@example([])
def test_mutations_give_the_same_with_long_rows_and_without(
    changes: list[tuple[int, int, bytes, bool]],
) -> None:
    data = FULL
    for start, length, piece, moved in changes:
        cut = data[start : start + length]
        data = data[:start] + piece + (cut if moved else b"") + data[start + length :]
    assert outcome(data) == without_long_rows(data)


floats = st.floats(allow_nan=False, allow_infinity=False)
written = (
    floats.map(repr)
    | floats.map(lambda value: f"{value:.25e}")
    | floats.map(lambda value: f"{value:.10f}")
    | st.integers().map(str)
    | st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?", fullmatch=True)
)


@pytest.mark.usefixtures("any_length")
@given(st.lists(written, min_size=1, max_size=20), st.sampled_from(["float64", "float32"]))
@example(["-0", "-0.0", "0e0"], "float64")
@example(["16777217", "3.4028235677973366e38", "1.00000017881393432617187499"], "float32")
def test_numbers_are_the_same_to_the_last_bit(numbers: list[str], dtype: str) -> None:
    text = f"dtype: {dtype}\ninput: {len(numbers)}\nlayers: [{{weights: [[{', '.join(numbers)}]]}}]"
    assert outcome(text) == without_long_rows(text)
