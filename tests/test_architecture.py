"""Who may import whom: DESIGN's house, held to by reading the imports of every file."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from watchdog import WATCHDOG

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "nntrace").rglob("*.py"))

# What each part of the house may import of the others, and of other people's packages.
ONNX = {"onnx", "onnxruntime", "google", "ml_dtypes"}
DASK = {"dask", "distributed"}
PARTS = {
    "records": (set(), set()),
    "words": (set(), set()),
    "errors": ({"records", "words"}, set()),
    "version": (set(), set()),
    "core": ({"errors", "records", "words"}, {"numpy", "ml_dtypes", "onnx"}),
    "analysis": ({"core", "errors", "records", "words"}, {"numpy"}),
    "read": (
        {"analysis", "core", "errors", "records", "words"},
        {"numpy", "yaml", "orjson", "PIL", "safetensors", *ONNX},
    ),
    "write": ({"analysis", "core", "errors", "records", "words"}, {"numpy", "orjson", "rich"}),
    "teach": (
        {"read", "write", "analysis", "core", "errors", "records", "words"},
        {"numpy", "fsrs", "markdown_it", "orjson", "genanki"},
    ),
    "cli": (
        {"teach", "read", "write", "analysis", "core", "errors", "records", "words", "version"},
        {"numpy", "typer", "rich", "platformdirs", "filelock", "threadpoolctl", *DASK},
    ),
    "__main__": ({"cli", "errors", "version"}, set()),
    "notebook": ({"write", "analysis", "core", "errors", "records", "words"}, {"numpy"}),
    # nntrace itself: the public names
    "": ({"analysis", "core", "read", "write", "notebook", "errors", "version"}, set()),
}
PUBLIC_NAMES = ("nntrace/__init__.py", "nntrace")  # it loads them by their homes
PRINTING = {"cli", "__main__"}


def part_of(module: str) -> str:
    """Tell the part of the house that `nntrace.core.forward` or `nntrace/core/forward.py` is in."""
    words = module.removesuffix(".py").replace("/", ".").removesuffix(".__init__").split(".")
    return words[1] if len(words) > 1 else ""


def imported(tree: ast.AST, file: str) -> list[tuple[int, str]]:
    """Return the line and the full name of every import, those in functions and for types too."""
    package = file.split("/")[:-1]
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            if module == "nntrace":  # `from nntrace import core` may name a module
                found += [(node.lineno, f"nntrace.{alias.name}") for alias in node.names]
            else:
                found.append((node.lineno, module))
        elif isinstance(node, ast.Call) and name_of(node.func) in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.JoinedStr):  # f"nntrace.cli.{name}": its beginning tells
                first = first.values[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.append((node.lineno, first.value.rstrip(".")))
            else:
                found.append((node.lineno, "something computed"))
    return found


def name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def faults(file: str, source: str) -> list[str]:
    """Tell what in a file is not as DESIGN has it."""
    part = part_of(file)
    if part not in PARTS:
        return [f"{file}: {part} is no part of the house"]
    ours, theirs = PARTS[part]
    tree = ast.parse(source)
    told = []
    for line, module in imported(tree, file):
        top = module.split(".")[0]
        if top == "nntrace":
            good = part_of(module) in ours | {part} or (file, module) == PUBLIC_NAMES
        else:
            good = top in theirs or top in sys.stdlib_module_names
        if not good:
            told.append(f"{file}:{line}: imports {module}")
    if part not in PRINTING:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in ("print", "input", "exit", "quit", "breakpoint", "os._exit"):
                    told.append(f"{file}:{node.lineno}: calls {called}")
                if called.split(".")[-1] in ("chdir", "fchdir"):  # whoever else runs is moved, too
                    told.append(f"{file}:{node.lineno}: calls {called}")
            elif isinstance(node, ast.Attribute | ast.Name):
                words = ast.unparse(node)
                if words in ("sys.stdout", "sys.stderr", "sys.stdin", "sys.exit", "SystemExit"):
                    told.append(f"{file}:{node.lineno}: names {words}")
    return told


@pytest.mark.parametrize("file", FILES)
def test_a_file_imports_and_prints_only_what_it_may(file):
    assert faults(file, (ROOT / file).read_text("utf-8")) == []


def modules_imported(file: str) -> set[str]:
    """Return the modules of nntrace that a file imports, by their full names."""
    known = {module_name(each) for each in FILES}
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    found = {module for _, module in imported(tree, file)}
    for node in ast.walk(tree):  # `from nntrace.read import bundled` imports a module, too
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return (found & known) - {module_name(file)}


def module_name(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """Return the names along a circle of arrows; an empty list where there is none."""
    done: set[str] = set()

    def visit(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for each in sorted(arrows.get(name, ())):
            if found := visit(each, [*way, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(arrows) if (found := visit(name, []))), [])


def test_no_module_imports_itself_in_a_circle():
    # nntrace/__init__.py names the public ones, which nobody inside takes from there
    files = [file for file in FILES if file != "nntrace/__init__.py"]
    assert circle({module_name(file): modules_imported(file) for file in files}) == []


@pytest.mark.parametrize(
    ("arrows", "found"),
    [
        ({"a": {"b"}, "b": set()}, []),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, ["b", "c", "b"]),
        ({"a": {"b", "c"}, "b": {"c"}, "c": set()}, []),
    ],
)
def test_circles_are_found(arrows, found):
    assert circle(arrows) == found


def test_every_part_is_there():
    parts = {part_of(file) for file in FILES}
    assert parts == set(PARTS)


BAD = [
    # file, source, what is told
    ("core/a.py", "import nntrace.read", "1: imports nntrace.read"),
    ("core/a.py", "from nntrace.write.records import x", "1: imports nntrace.write.records"),
    ("core/a.py", "from nntrace import read", "1: imports nntrace.read"),
    ("core/a.py", "from .. import cli", "1: imports nntrace.cli"),
    ("core/a.py", "from ..read.rows import x", "1: imports nntrace.read.rows"),
    ("core/__init__.py", "from ..read import x", "1: imports nntrace.read"),
    ("core/a.py", "import yaml", "1: imports yaml"),
    ("core/a.py", "import numpy.linalg, scipy.special", "1: imports scipy.special"),
    ("core/a.py", "def f():\n    from rich import box", "2: imports rich"),
    ("core/a.py", "if TYPE_CHECKING:\n    import nntrace.cli.app", "2: imports nntrace.cli.app"),
    ("core/a.py", "class A:\n  def f(self):\n    import torch as t", "3: imports torch"),
    ("core/a.py", "import_module('nntrace.read')", "1: imports nntrace.read"),
    ("core/a.py", "importlib.import_module(name)", "1: imports something computed"),
    ("core/a.py", "import_module(f'{name}.core')", "1: imports something computed"),
    ("core/a.py", "import_module(f'nntrace.cli.{name}')", "1: imports nntrace.cli"),
    ("core/a.py", "print(1)", "1: calls print"),
    ("read/a.py", "os.chdir(folder)", "1: calls os.chdir"),
    ("teach/a.py", "with chdir(folder): pass", "1: calls chdir"),
    ("core/a.py", "sys.stderr.write('x')", "1: names sys.stderr"),
    ("read/a.py", "from nntrace.write import records", "1: imports nntrace.write"),
    ("read/a.py", "from nntrace.cli.run import run", "1: imports nntrace.cli.run"),
    ("read/a.py", "import rich", "1: imports rich"),
    ("read/a.py", "raise SystemExit(2)", "1: names SystemExit"),
    (
        "write/a.py",
        "from nntrace.read.rows.batches import Batch",
        "1: imports nntrace.read.rows.batches",
    ),
    (
        "analysis/a.py",
        "from nntrace.read.yaml.nodes import compose",
        "1: imports nntrace.read.yaml.nodes",
    ),
    (
        "core/a.py",
        "from nntrace.teach.question import Question",
        "1: imports nntrace.teach.question",
    ),
    ("write/render/a.py", "from ...read import rows", "1: imports nntrace.read"),
    ("write/a.py", "import typer", "1: imports typer"),
    ("cli/a.py", "import yaml", "1: imports yaml"),
    ("cli/a.py", "import click", "1: imports click"),
    ("errors.py", "from nntrace.core import forward", "1: imports nntrace.core"),
    ("errors.py", "import numpy", "1: imports numpy"),
    ("__init__.py", "from nntrace.teach import lesson", "1: imports nntrace.teach"),
    ("__main__.py", "import typer", "1: imports typer"),
]


@pytest.mark.parametrize(("file", "source", "told"), BAD)
def test_the_test_can_fail(file, source, told):
    assert faults(f"nntrace/{file}", source) == [f"nntrace/{file}:{told}"]


GOOD = [
    ("core/a.py", "from nntrace.core.network import Layer\nfrom . import neurons\nimport math"),
    ("core/a.py", "from nntrace.errors import Problem\nimport numpy as np\nimport os.path"),
    ("core/a.py", "text = 'import rich'\nconsole.print(text)\nprinted = 1"),
    ("write/render/a.py", "from ..records import x\nfrom ...core import forward\nimport rich.box"),
    ("cli/a.py", "import typer\nprint(1)\nfrom nntrace.read import rows\nsys.exit()"),
    ("__init__.py", "import_module(f'nntrace.{home}')"),
    ("cli/a.py", "import_module(f'nntrace.cli.{name}')"),
]


@pytest.mark.parametrize(("file", "source"), GOOD)
def test_the_test_can_hold(file, source):
    assert faults(f"nntrace/{file}", source) == []


def test_a_part_that_design_does_not_have():
    assert faults("nntrace/utils/a.py", "") == ["nntrace/utils/a.py: utils is no part of the house"]


# ---- what is loaded, and when ----

HEAVY = [
    "numpy", "rich", "typer", "yaml", "orjson", "PIL", "safetensors", "dataclasses", "fsrs",
    "platformdirs", "filelock", "markdown_it", "threadpoolctl", "dask", "distributed",
]  # fmt: skip


def loaded(code: str, *arguments: str) -> set[str]:
    """Return the modules that a new Python has loaded after some code, none of its own start."""
    told = "; import sys; print(*sys.modules, sep='\\n', file=sys.stderr)"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
    done = subprocess.run(
        [sys.executable, "-c", code + told, *arguments],
        capture_output=True, text=True, timeout=WATCHDOG, env=environment, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_importing_nntrace_is_cheap():
    found = loaded("import nntrace")
    assert {"nntrace", "nntrace.version"} <= found
    assert not found & set(HEAVY)
    assert {name for name in found if name.startswith("nntrace.")} == {"nntrace.version"}


def test_the_command_line_loads_what_is_heavy_only_when_needed():
    found = loaded("import nntrace.cli.app")
    assert not found & set(HEAVY)


def test_the_version_loads_nothing_but_itself():
    code = (
        "import os, sys; before = set(sys.modules); os._exit = lambda code: None; "
        "from nntrace.__main__ import main; main(); "
        "sys.modules = {k: v for k, v in sys.modules.items() if k not in before}"
    )
    found = loaded(code, "--version")
    assert {name for name in found if name.startswith("nntrace")} == {
        "nntrace", "nntrace.__main__", "nntrace.version",
    }  # fmt: skip
    assert not found & set(HEAVY)


def test_a_table_loads_no_picture_library_and_json_no_rich():
    code = "import os; os._exit = lambda code: None; from nntrace.__main__ import main; main()"
    words = ["run", "cat-or-dog", "--input", "0.9,0.8,0.1", "-f"]
    unasked = {"PIL", "safetensors", "jsonschema", "markdown_it", "filelock"}
    assert not loaded(code, *words, "json") & {"rich", *unasked}
    assert not loaded(code, *words, "table") & unasked
