"""What `import nntrace` promises: the names, their documentation, and that they work."""

from __future__ import annotations

import ast
import doctest
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import nntrace
from nntrace.core.ops.dense import Dense

ROOT = Path(__file__).resolve().parent.parent
NAMES = sorted(set(nntrace.__all__) - {"__version__"})
SOURCE = ast.parse((ROOT / "nntrace" / "__init__.py").read_text("utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name(name):
    value = getattr(nntrace, name)
    assert value.__name__ == name
    assert value is getattr(import_module(value.__module__), name)
    assert inspect.getdoc(value)
    # a dataclass without a docstring gets its signature for one
    assert not inspect.getdoc(value).startswith(f"{name}(")


@pytest.mark.parametrize("name", NAMES)
def test_what_a_public_class_can_do_is_documented(name):
    value = getattr(nntrace, name)
    for key, member in vars(value).items() if inspect.isclass(value) else ():
        if not key.startswith("_") and (callable(member) or isinstance(member, property)):
            assert inspect.getdoc(member), key


def test_all_is_sorted_and_dir_tells_it():
    assert nntrace.__all__ == sorted(nntrace.__all__)
    assert len(set(nntrace.__all__)) == len(nntrace.__all__)
    assert dir(nntrace) == nntrace.__all__


def imported_for_types() -> dict[str, str]:
    """Return name → module, as the TYPE_CHECKING block of nntrace/__init__.py has it."""
    (block,) = (
        node
        for node in SOURCE.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    return {
        alias.asname or alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_three_lists_of_names_agree():
    assert sorted(nntrace._HOMES) == NAMES
    homes = {name: f"nntrace.{home}" for name, home in nntrace._HOMES.items()}
    assert imported_for_types() == homes


def test_an_unknown_name():
    with pytest.raises(AttributeError) as error:
        _ = nntrace.fowrard
    assert str(error.value) == "module 'nntrace' has no attribute 'fowrard'"
    assert not hasattr(nntrace, "__path_hooks__")
    with pytest.raises(ImportError, match="cannot import name 'nothing' from 'nntrace'"):
        from nntrace import nothing  # noqa: F401


def test_import_star():
    names: dict[str, object] = {}
    exec("from nntrace import *", names)
    assert set(nntrace.__all__) <= set(names)


def test_every_module_can_be_imported_first():
    # in any order: no import leads back to its beginning
    modules = [
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in sorted((ROOT / "nntrace" / "core").glob("*.py"))
        if path.stem != "__init__"
    ]
    code = "import sys, importlib\nfor name in sys.argv[1:]:\n"
    code += "    for loaded in [m for m in sys.modules if m.startswith('nntrace')]:\n"
    code += "        del sys.modules[loaded]\n"
    code += "    importlib.import_module(name)\n"
    done = subprocess.run(
        [sys.executable, "-c", code, *modules], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, "")


NET = """\
input:
  labels: [whiskers, ears, barks]
layers:
  - name: hidden1
    activation: relu
    weights:
      - [0.8, 0.2, -1.0]
      - [-0.5, 0.3, 1.2]
      - [0.4, 0.4, 0.4]
      - [-0.3, -0.6, 0.9]
    bias: [0.1, 0.0, -0.2, 0.05]
  - name: output
    activation: softmax
    labels: [cat, dog]
    weights: [[1.1, -0.9, 0.3, -0.7], [-0.8, 1.3, 0.2, 0.9]]
examples:
  - input: [0.9, 0.8, 0.1]
    expect: cat
"""


def test_the_contracts_example(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("configs").mkdir()
    Path("configs/cat-or-dog.yaml").write_text(NET, "utf-8")
    net = nntrace.load("configs/cat-or-dog.yaml")
    trace = nntrace.forward(net, [0.9, 0.8, 0.1])  # one row or rows × size
    hidden, output = trace["hidden1"], trace.output
    np.testing.assert_allclose(hidden.z, [[0.88, -0.09, 0.52, -0.61]], rtol=1e-12)
    np.testing.assert_allclose(hidden.a, [[0.88, 0, 0.52, 0]], rtol=1e-12)
    np.testing.assert_allclose(output, [[0.8486, 0.1514]], atol=5e-5)
    assert nntrace.forward(net, [[0.9, 0.8, 0.1]] * 5).output.shape == (5, 2)
    (prediction,) = nntrace.predict(trace)
    assert (prediction.index, prediction.label) == (0, "cat")
    assert nntrace.find_neuron(net, "output.cat") == nntrace.Neuron("output", 0)
    (verdict,) = nntrace.judge(net)
    assert not verdict.failures


def test_a_net_made_by_hand():
    found = import_module("nntrace.core.activations").find("step")
    both = nntrace.Layer(
        "output", Dense(np.array([[1.0, 1.0]]), np.array([-1.5])), nntrace.Activation(found)
    )
    net = nntrace.Network("and", nntrace.Input(2), (both,))
    rows = [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert nntrace.forward(net, rows).output.tolist() == [[0], [0], [0], [1]]


ERRORS = [
    ("NetworkError", ValueError),
    ("InputError", ValueError),
    ("UsageError", ValueError),
    ("FileError", OSError),
]


@pytest.mark.parametrize(("name", "builtin"), ERRORS)
def test_errors_are_caught_as_pythons_own(name, builtin):
    error = getattr(nntrace, name)
    assert issubclass(error, nntrace.NntraceError)
    assert issubclass(error, builtin)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(nntrace.FileError) as error:
        nntrace.load(tmp_path / "none.yaml")
    assert str(tmp_path / "none.yaml") in str(error.value)


def test_the_documentation_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    result = doctest.testmod(nntrace)
    assert result.attempted >= 4
    assert result.failed == 0


def test_the_version():
    assert nntrace.__version__ == import_module("nntrace.version").__version__
    assert all(part.isdigit() for part in nntrace.__version__.split(".")[:2])


def test_it_is_typed():
    assert (ROOT / "nntrace" / "py.typed").is_file()
