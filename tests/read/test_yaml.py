"""YAML itself: what people get wrong is told in nntrace's own words, what YAML allows is read."""

from __future__ import annotations

import pytest
import yaml
from netfiles import HAS_C_PARSER, plain

from nntrace.errors import NetworkError
from nntrace.read.yaml import nodes


@pytest.fixture(params=["fast", "pure"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "fast" and not HAS_C_PARSER:
        pytest.skip("PyYAML without its C parser")
    monkeypatch.setattr(
        nodes, "LOADER", nodes.LOADER if request.param == "fast" else yaml.SafeLoader
    )
    return request.param


WRITE = "YAML is indented with blanks"
MISTAKES = {
    "no blank after a colon, alone": ("a: 1\nb:2\n", "2:3", "as in 'b: 2'"),
    "no blank after a colon, at the top": ("input:2\nlayers: []\n", "1:7", "as in 'input: 2'"),
    "no blank after a colon, in a list": ("a:\n  - b:c\n    d: 2\n", "2:7", "as in 'b: c'"),
    "no colon": ("a: 2\nlayers\nb: x\n", "2:1", "lacks a colon, as in 'layers: …'"),
    "no colon at the end": ("a: x\ninput\n", "2:1", "lacks a colon, as in 'input: …'"),
    "no key": ("a: 2\n: 3\n", "2:1", "lacks a key before the colon"),
    "two colons": ("a: b: c\n", "1:5", "put a text that holds one into quotes"),
    "a tab": ("a:\n\t- b\n", "2:1", WRITE),
    "a tab behind blanks": ("a:\n  b: 1\n \tc: 1\n", "3:2", WRITE),
    "deeper, below a value": ("a: 2\n  b: []\n", "2:3", "deeper than line 1, which has a value"),
    "between two": ("a:\n  - b: 1\n   c: 1\n", "3:4", "by 3, its neighbours by 0 or 2 or 4"),
    "too little": ("a:\n  - b: 1\n c: 2\n", "3:2", "by 1, its neighbours by 0 or 4"),
    "an item among keys": ("a: 1\n- b\n", "2:1", "an item of a list stands among the keys"),
    "an open bracket": ("a: 2\nb: [{c: [1, 2]\n", "2:5", "{ is not closed by }"),
    "an open bracket and more keys": ("a: [\n  {b: 1},\nc: x\n", "1:4", "[ is not closed by ]"),
    "another bracket": ("a: [1, 2}\n", "1:9", "takes ] here, not }, for the [ at 1:4"),
    "a bracket too many": ("a: ]", "1:4", "] closes a bracket that was not opened"),
    "no comma": ('a: ["b" "c"]', "1:9", "takes a comma or ] before this, within the [ at 1:4"),
    "no comma before a key": ("a: {b: 1\nc: 2}\n", "2:2", "takes a comma or } before this key"),
    "nothing between commas": ("a: [1,,2]", "1:7", "nothing stands before this comma"),
    "an open quotation": ("a: 'b\n", "1:4", "a quotation that begins with ' is not closed"),
    "a quote in quotes": ("a: 'it's'\nb: 2\n", "1:8", "a quote within is written ''"),
    "an escape": ('a: "\\q"\n', "1:5", "\\q is no escape; a backslash is written \\\\"),
    "an at sign": ("a: @b\n", "1:4", "no value begins with @, unless it is put into quotes"),
    "a backtick": ("a: [`b`]\n", "1:5", "no value begins with `"),
    "a percent sign": ("a: %5\n", "1:4", "no value begins with %"),
    "a star": ("a: *\n", "1:4", "put a text that begins so into quotes"),
    "a tag of nowhere": ("a: !x!y z\n", "1:4", "the tag !x!y is none that is known here"),
    "a second value": ("{a: 1}\nb: 2\n", "2:1", "behind the end of the value that the file holds"),
    "a directive": ("%YAML 3.0\n---\na: 2\n", "1:1", "no such directive is known"),
}


@pytest.mark.parametrize(("text", "place", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_says_what_to_change(text: str, place: str, told: str, loader: str) -> None:
    with pytest.raises(NetworkError) as error:
        nodes.compose(text, "net.yaml")
    [problem] = error.value.problems
    assert str(problem).startswith(f"net.yaml:{place}: is no YAML: ")
    assert told in problem.message


# What YAML 1.2 allows and might be taken for wrong; its official test suite has such cases, too.
ALLOWED: dict[str, tuple[str, object]] = {
    "a line of a tab": ("a: 2\n\t\nb: 1\n", {"a": 2, "b": 1}),
    "a line of blanks and tabs at the start": (" \t \na: 1\n", {"a": 1}),
    "a tab at the end": ("a: 1\n\t", {"a": 1}),
    "carriage returns behind a tab": ("a: 1\r\n\t\r\nb: 2\r\n", {"a": 1, "b": 2}),
    "a tab before a comment": ("a:\n\t# why\n  - 1\n", {"a": [1]}),
    "a tab within brackets": ("a: [\n\t\n 1\n ]\n", {"a": [1]}),
    "tabs in a text": ("a: |\n  x\n  \ty\nb: 1\n", {"a": "x\n\ty\n", "b": 1}),
    "a line of a tab in a text, and one outside": (
        "a: |\n  x\n  \t\n  y\nb:\n\t\n  - 1\n",
        {"a": "x\n\t\ny\n", "b": [1]},
    ),
    "a comment of a tab in a text": ("a: |\n  x\n  \t# y\nb: 1\n", {"a": "x\n\t# y\n", "b": 1}),
    "a tab in a quotation": ('a: "x\n\t\n  y"\n', {"a": "x\ny"}),
    "a colon without a blank": ("a: b:c\nd: http://e\n", {"a": "b:c", "d": "http://e"}),
    "items under their key": ("a:\n- 1\n- 2\nb: 3\n", {"a": [1, 2], "b": 3}),
    "signs within": ("a: 5%\nb: c@d\ne: 'f: g'\n", {"a": "5%", "b": "c@d", "e": "f: g"}),
    "an empty text by a tag": ("!\n", ""),
    "old scalars": ("[no, 010, 0o10, 1e-3, 12:30, ~]", ["no", 10, 8, 0.001, "12:30", None]),
}


@pytest.mark.parametrize(("text", "meant"), ALLOWED.values(), ids=ALLOWED)
def test_what_yaml_allows_is_read(text: str, meant: object, loader: str) -> None:
    _, problems = nodes.compose(text, "net.yaml")
    assert problems == []
    assert plain(text) == meant


@pytest.mark.parametrize("count", [1, 1000])
def test_lines_of_tabs_are_read_twice_at_most(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []

    def counting(text: str) -> object:
        parsed.append(text)
        return yaml.SafeLoader(text)

    monkeypatch.setattr(nodes, "LOADER", counting)
    nodes.compose("a: |\n  x\n" + "  \t\n" * count + "  y\nb:\n\t\n  - 1\n", "net.yaml")
    assert len(parsed) == 2
