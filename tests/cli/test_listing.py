"""`nntrace show FILE`: the arrays of any file of weights, a line each."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from nntrace.cli.schema import schema_named

TORCH = Path(__file__).parents[1] / "read" / "torch"


@pytest.fixture
def files(folder, quick):
    """The same arrays in files of every kind, and some that are odd."""
    arrays = {"a.weight": np.array([[1.0, -2.0], [3.0, 4.0]]), "a.bias": np.array([0.5, 0.0])}
    np.savez("two.npz", **arrays)
    np.savez_compressed("packed.npz", **arrays)
    np.save("one.npy", arrays["a.weight"])
    (folder / "rows.csv").write_text("1,-2\n3,4\n")
    quick("convert", "digits", "digits.yaml", "--weights", "safetensors")
    odd = {
        "far": np.array([1, np.nan, np.inf, -3]),
        "text": np.array(["x"]),
        "objects": np.array([{}], dtype=object),
        "none": np.zeros((0, 3)),
        "one": np.float16(3),
    }
    np.savez("odd.npz", **odd)
    for path in TORCH.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "no-suffix").write_bytes((folder / "two.npz").read_bytes())
    return folder


def listed(quick, file):
    done = quick("show", file, "-f", "json")
    assert (done.code, done.err) == (0, "")
    document = json.loads(done.out)
    jsonschema.validate(document, schema_named("tensors"))
    return document


@pytest.mark.parametrize("file", ["two.npz", "packed.npz", "no-suffix"])
def test_what_an_archive_holds(file, files, quick):
    document = listed(quick, file)
    assert (document["file"], document["numbers"]) == (file, 6)
    weight, bias = document["tensors"]
    assert weight == {
        "name": "a.weight",
        "shape": [2, 2],
        "dtype": "float64",
        "numbers": 4,
        "summary": {"min": -2, "max": 4, "mean": 1.5, "std": pytest.approx(2.29128785), "zeros": 0},
        "not_finite": 0,
    }
    assert bias["summary"]["zeros"] == 1


@pytest.mark.parametrize(
    ("file", "kind", "names"),
    [
        ("one.npy", "a NumPy array (.npy)", [""]),
        ("rows.csv", "a table of numbers (.csv)", [""]),
        ("state.pt", "a PyTorch checkpoint", ["0.weight", "0.bias", "2.weight", "2.bias"]),
        ("alone.pt", "a PyTorch checkpoint", [""]),
    ],
)
def test_files_of_every_kind(file, kind, names, files, quick):
    document = listed(quick, file)
    assert document["kind"] == kind
    assert [each["name"] for each in document["tensors"]] == names


def test_safetensors(files, quick):
    document = listed(quick, "digits.safetensors")
    assert document["kind"] == "a safetensors file"
    assert document["numbers"] == 2778


def test_what_cannot_be_read_has_a_line_that_says_why(files, quick):
    tensors = {each["name"]: each for each in listed(quick, "odd.npz")["tensors"]}
    assert tensors["far"]["not_finite"] == 2
    assert tensors["far"]["summary"]["min"] == -3
    assert tensors["none"]["summary"] is None
    assert "holds text, takes numbers" in tensors["text"]["fault"]
    assert "holds Python objects" in tensors["objects"]["fault"]
    done = quick("show", "odd.npz")
    assert done.code == 0
    assert b"'odd.npz: text.npy' holds text, takes numbers" in done.out
    [truth] = [each for each in listed(quick, "kinds.pt")["tensors"] if each["name"] == "truth"]
    assert (truth["numbers"], truth["summary"]) == (24, None)


@pytest.mark.parametrize("words", [[], ["--accessible"]])
def test_how_it_is_told(words, files, quick, golden):
    golden("show-tensors" + "".join(words) + ".txt", quick("show", "odd.npz", *words).out.decode())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["two.npz", "--weights"], "--weights: two.npz holds no net, whose weights it would show"),
        (
            ["module.pt"],
            "module.pt: holds more than tensors: torch.nn.modules.container.Sequential",
        ),
        (["legacy.pt"], "legacy.pt: was saved before PyTorch 1.6"),
        (["cut.npz"], "cut.npz: is no .npz archive, or damaged"),
        (["gone.npz"], "gone.npz: no such file or directory"),
    ],
)
def test_what_it_refuses(words, told, files, quick):
    (files / "cut.npz").write_bytes((files / "two.npz").read_bytes()[:100])
    done = quick("show", *words)
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith(f"nntrace: error: {told}")
    assert done.err.count("\n") == 1


def test_other_commands_say_that_it_is_no_net(files, quick):
    done = quick("run", "two.npz", "-i", "1,2")
    assert done.code == 2
    assert "is a NumPy archive (.npz) of 2 tensors" in done.err
