"""`nntrace convert`: which files it writes, what it says, and what it refuses."""

from __future__ import annotations

import pytest

import nntrace


def test_it_says_what_it_wrote(folder, nntrace):
    done = nntrace("convert", "digits", "copy.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out == b"copy.yaml: 3 layers\ncopy.npz: 6 tensors of 2,778 numbers, float32\n"
    assert nntrace("check", "copy.yaml").code == 0
    done = nntrace("convert", "copy.yaml", "other.yml", "--weights", "inline")
    assert done.out == b"other.yml: 3 layers and their numbers\n"
    assert nntrace("run", "other.yml", "-f", "npz", "-o", "a.npz").code == 0
    assert nntrace("run", "copy.yaml", "-f", "npz", "-o", "b.npz").code == 0
    assert (folder / "a.npz").read_bytes() == (folder / "b.npz").read_bytes()


def test_beside_means_beside_the_file(folder, quick):
    (folder / "sub").mkdir()
    assert quick("convert", "digits", "sub/net.yaml", "--weights", "safetensors").code == 0
    assert sorted(path.name for path in (folder / "sub").iterdir()) == [
        "net.safetensors",
        "net.yaml",
    ]
    assert nntrace.load("sub/net.yaml").parameters == 2778


def test_standard_input_is_read(folder, quick):
    data = (folder / "clues.yaml").read_bytes()
    assert quick("convert", "-", "copy.yaml", stdin=data).code == 0
    assert nntrace.load("copy.yaml").output.labels == ("cat", "dog")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["clues.yaml", "copy.txt"], "copy.txt: its suffix is that of no net that can be written"),
        (["clues.yaml", "clues.yaml"], "clues.yaml and clues.yaml are the same file"),
        (["clues.yaml", "./clues.yaml"], "clues.yaml and ./clues.yaml are the same file"),
        (["clues.yaml", "gone/copy.yaml"], "gone/copy.yaml: no such file or directory"),
        (["gone.yaml", "copy.yaml"], "gone.yaml: no such file or directory"),
        (["clues.yaml", "-"], "-: its suffix is that of no net"),
        (["clues.yaml"], "dst is missing"),
        (["clues.yaml", "copy.yaml", "--weights", "csv"], "--weights"),
    ],
)
def test_what_it_refuses(words, told, folder, quick):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = quick("convert", *words)
    assert (done.code, done.out) == (2, b"")
    assert told in done.err.casefold()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_what_onnx_has_no_place_for_is_told(nntrace, folder):
    done = nntrace("convert", "iris", "iris.onnx")
    assert (done.code, done.err) == (0, "")
    assert b"without examples, labels and the description" in done.out


def test_numbers_beside_a_model_are_refused(nntrace, folder):
    done = nntrace("convert", "iris", "iris.onnx", "--weights", "npz")
    assert done.code == 2
    assert "an ONNX model holds its numbers itself" in done.err
    assert not (folder / "iris.onnx").exists()
