"""Broken and valid net files as tables, and how tests read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nntrace.core.network import Network
from nntrace.errors import NetworkError
from nntrace.read.nets import yaml as netfile
from nntrace.read.yaml import nodes

Measured = Callable[[Path], tuple[list[str], float]]  # what tells problems, and megabytes
CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


class Broken(NamedTuple):
    """A broken net file, and what must be said of it."""

    title: str
    text: str
    problems: list[str]
    schema: bool  # the JSON Schema must refuse it too
    only_c: bool  # the pure YAML parser tells another place


def broken_nets() -> list[Broken]:
    """Return the tables of broken nets; the head of broken_nets.txt says how they are written."""
    files = [Path(__file__).parent / f"broken_{what}.txt" for what in ("nets", "layers")]
    table = "\n".join(file.read_text(encoding="utf-8") for file in files)
    cases = []
    for part in re.split(r"(?m)^=== ", table)[1:]:
        head, rest = part.split("\n", 1)
        title, _, mark = head.partition(" | ")
        text, told = rest.split(">>>\n")
        problems = [f"net.yaml:{line}" for line in told.splitlines() if line]
        cases.append(Broken(title, text, problems, mark == "schema", mark == "C"))
    return cases


def parse(data: str | bytes, folder: Path = Path("/nowhere")) -> Network:
    """Read a net file called net.yaml in a folder."""
    data = data.encode() if isinstance(data, str) else data
    return netfile.parse(data, "net.yaml", folder, "net")


def problems(data: str | bytes, folder: Path = Path("/nowhere")) -> list[str]:
    """Return the problems of a net file, none where it is right."""
    try:
        parse(data, folder)
    except NetworkError as error:
        return [str(problem) for problem in error.problems]
    return []


def places(lines: list[str]) -> list[str]:
    """Return `net.yaml:2:3` of each problem, without what is wrong there."""
    return [":".join(line.split(":")[:3]) for line in lines]


def plain(text: str) -> Any:
    """Return the values of a YAML text, as YAML 1.2's core schema has them."""
    return _plain(nodes.compose(text, "net.yaml")[0])


def _plain(node: nodes.Node) -> Any:
    if isinstance(node, nodes.List):
        return [_plain(item) for item in node.items]
    if isinstance(node, nodes.Mapping):
        return {name: _plain(value) for name, (_, value) in node.entries.items()}
    assert isinstance(node, nodes.Scalar)
    return nodes.resolve(node)


def tree(text: str, loader: Any) -> Any:
    """Return all that a parser sees in a text: values, styles and places."""
    return _tree(nodes.compose(text, "net.yaml", loader)[0])


def _tree(node: nodes.Node) -> Any:
    if isinstance(node, nodes.List):
        return node.place, node.tag, [_tree(item) for item in node.items]
    if isinstance(node, nodes.Mapping):
        return node.place, node.tag, [(_tree(k), _tree(v)) for k, v in node.entries.values()]
    assert isinstance(node, nodes.Scalar)
    return node.place, node.tag, node.text, node.plain


HAS_C_PARSER = nodes.LOADER is not yaml.SafeLoader
