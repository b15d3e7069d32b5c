"""A weights file for a whole net: what no layer reads of it, and which way round it lies."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from netfiles import parse, problems

from nntrace.errors import NetworkError, Problem
from nntrace.read.nets import yaml as netfile

TAKES = "takes a layer for each, or ignore: names or patterns of those to leave"
FC = {"fc1.weight": np.ones((2, 2)), "fc1.bias": np.ones(2), "fc3.weight": np.ones((1, 2))}
MORE = {"fc2.weight": np.ones((2, 2)), "bn1.running_mean": np.ones(2), "step": np.array(7)}


def said(folder: Path, layers: str, whole: str = "w.npz", top: str = "") -> list[str]:
    lines = problems(f"weights: {whole}\n{top}input: 2\nlayers: {layers}\n", folder)
    return [line.removeprefix("net.yaml:") for line in lines]


UNREAD: dict[str, tuple[dict[str, np.ndarray], str, str]] = {
    "all is read": (FC, "[{name: fc1}, {name: fc3}]", ""),
    "a layer more": (FC | MORE, "[{name: fc1}, {name: fc3}]", "fc2.weight, bn1.running_mean, step"),
    "other words": (
        FC | {"fc3.biases": np.ones(1)},
        "[{name: fc1}, {name: fc3}]",
        "fc3.biases (did you mean fc3.bias?)",
    ),
    "another case": (
        FC | {"FC3_Bias": np.ones(1)},
        "[{name: fc1}, {name: fc3}]",
        "FC3_Bias (did you mean fc3.bias?)",
    ),
    "near, but of another layer": (
        FC | {"fc2.bias": np.ones(1)},
        "[{name: fc1}, {name: fc3}]",
        "fc2.bias",
    ),
    "a layer with weights of its own": (
        FC,
        "[{name: fc1, weights: [[1, 2]]}, {name: fc3, weights: [[1]]}]",
        "fc1.weight (fc1 has weights of its own), fc1.bias (fc1 has weights of its own), "
        "fc3.weight (fc3 has weights of its own)",
    ),
    "a layer with a bias of its own": (
        FC,
        "[{name: fc1, bias: [1, 2]}, {name: fc3}]",
        "fc1.bias (fc1 has a bias of its own)",
    ),
    "asked for by its name": (
        FC | MORE,
        "[{name: fc1}, {name: fc2, weights: {file: ./w.npz, tensor: fc2.weight}}, {name: fc3}]",
        "bn1.running_mean, step",
    ),
    "counted batches": (
        FC | {"bn1.num_batches_tracked": np.array(3)},
        "[{name: fc1}, {name: fc3}]",
        "",
    ),
    "many": (
        FC | {f"t{index}": np.ones(1) for index in range(60)},
        "[{name: fc1}, {name: fc3}]",
        ", ".join(f"t{index}" for index in range(50)) + " and 10 more",
    ),
}


@pytest.mark.parametrize(("arrays", "layers", "names"), UNREAD.values(), ids=UNREAD)
def test_what_no_layer_reads(
    arrays: dict[str, np.ndarray], layers: str, names: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "w.npz", **arrays)
    told = f"1:10: weights: 'w.npz' holds what no layer reads: {names}; {TAKES}"
    assert said(tmp_path, layers) == ([told] if names else [])


def test_scaling_reads_too(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", **FC, m=np.ones(2))
    layers = "[{name: fc1}, {name: fc3}]"
    text = f"weights: w.npz\ninput: {{size: 2, mean: {{file: w.npz, tensor: m}}}}\nlayers: {layers}"
    assert problems(text, tmp_path) == []


IGNORED = {
    "by name": ("[step, fc2.weight, bn1.running_mean]", []),
    "by pattern": ("[step, 'fc?.weight', 'bn1.*']", []),
    "all": ("['*']", []),
    "some": ("[step, 'b*']", [("", f"'w.npz' holds what no layer reads: fc2.weight; {TAKES}")]),
    "what is not there": (
        "['*', optimiser]",
        [(".ignore[1]", "'optimiser' covers no tensor that no layer reads")],
    ),
    "what is read": (
        "['*', fc1.weight]",
        [(".ignore[1]", "'fc1.weight' covers no tensor that no layer reads")],
    ),
}


@pytest.mark.parametrize(("ignore", "told"), IGNORED.values(), ids=IGNORED)
def test_ignore(ignore: str, told: list[tuple[str, str]], tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", **FC, **MORE)
    whole = f"{{file: w.npz, ignore: {ignore}}}"
    lines = said(tmp_path, "[{name: fc1}, {name: fc3}]", whole)
    assert [line.split(":", 2)[2] for line in lines] == [f" weights{at}: {m}" for at, m in told]


def test_a_name_that_looks_like_a_pattern(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", **FC, **{"opt[0]": np.ones(1)})
    whole = "{file: w.npz, ignore: ['opt[0]']}"
    assert said(tmp_path, "[{name: fc1}, {name: fc3}]", whole) == []


def test_a_file_that_no_layer_needs_is_read_all_the_same(tmp_path: Path) -> None:
    assert said(tmp_path, "[{weights: [[1, 2]]}]") == [
        "1:10: weights: 'w.npz': no such file or directory"
    ]


def test_nothing_more_is_said_where_a_layer_cannot_be_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", **FC)
    assert said(tmp_path, "[{name: fc1}, 3]") == [
        "3:23: layers[1]: takes a layer: name, size, activation, weights, …, not '3'"
    ]


def test_a_whole_file_turned(tmp_path: Path) -> None:
    first, last = np.arange(6.0).reshape(3, 2), np.array([[1.0, 2, 3]])
    np.savez(tmp_path / "w.npz", **{"a.weight": first.T, "a.bias": np.ones(3), "b.weight": last.T})
    layers = "[{name: a}, {name: b}]"
    network = parse(
        f"weights: {{file: w.npz, transpose: true}}\ninput: 2\nlayers: {layers}", tmp_path
    )
    assert network.layers[0].weights.tolist() == first.tolist()
    assert network.layers[1].weights.tolist() == last.tolist()
    lines = said(tmp_path, layers)
    assert [line.rpartition("; ")[2] for line in lines] == ["transpose: true would fit"] * 2


# ---- square matrices ----


def doubts(folder: Path, text: str) -> list[str]:
    """Return the places and names of the square matrices that are doubted."""
    told: list[Problem] = []
    with suppress(NetworkError):
        netfile.parse(text.encode(), "net.yaml", folder, "net", told.append)
    assert all(" which fits both ways; " in problem.message for problem in told)
    return [str(problem).split(" is ")[0].removeprefix("net.yaml:") for problem in told]


SQUARE = np.array([[1.0, 2], [3, 4]])
ARRAYS = {
    "tall": np.ones((3, 2)),
    "wide": np.ones((2, 3)),
    "square": SQUARE,
    "even": np.array([[1.0, 2], [2, 1]]),
    "one": np.ones((1, 1)),
}


def layer(tensor: str, more: str = "", file: str = "w.npz") -> str:
    return f"{{weights: {{file: {file}, tensor: {tensor}{more}}}}}"


TURN, STRAIGHT = ", transpose: true", ", transpose: false"
DOUBTS: dict[str, tuple[str, bool]] = {
    "a neighbour is turned": (f"{layer('tall', TURN)}, {layer('square')}", True),
    "a neighbour should be turned": (f"{layer('tall')}, {layer('square')}", True),
    "as PyTorch has them": (f"{layer('wide')}, {layer('square')}", False),
    "said to be turned": (f"{layer('tall', TURN)}, {layer('square', TURN)}", False),
    "said to be straight": (f"{layer('tall', TURN)}, {layer('square', STRAIGHT)}", False),
    "a neighbour from elsewhere": (
        f"{layer('tall', TURN, 'other.npz')}, {layer('square')}",
        False,
    ),
    "the same both ways": (f"{layer('tall', TURN)}, {layer('even')}", False),
    "squares alone": (f"{layer('square')}, {layer('square')}", False),
    "files of one array each": (
        "{weights: {file: tall.npy, transpose: true}}, {weights: {file: square.npy}}",
        True,
    ),
}


@pytest.mark.parametrize(("layers", "doubted"), DOUBTS.values(), ids=DOUBTS)
def test_square_weights(layers: str, doubted: bool, tmp_path: Path) -> None:
    for name in ("w.npz", "other.npz"):
        np.savez(tmp_path / name, **ARRAYS)
    for name in ("tall", "square"):
        np.save(tmp_path / f"{name}.npy", ARRAYS[name])
    size = 2 if layers.startswith(layer("square")) else 3
    told = doubts(tmp_path, f"input: {size}\nlayers: [{layers}]\n")
    assert [line.split(" ")[1] for line in told] == ["layers[1].weights:"] * doubted


def test_a_square_layer_behind_a_whole_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", **{"a.weight": np.ones((3, 2)), "b.weight": SQUARE})
    text = "weights: {}\ninput: 3\nlayers: [{{name: a}}, {{name: b}}]\n"
    assert doubts(tmp_path, text.format("w.npz")) == ["1:10: weights: b.weight"]
    assert doubts(tmp_path, text.format("{file: w.npz, transpose: true}")) == []


def test_squares_that_are_written_in_the_net(tmp_path: Path) -> None:
    text = "input: 3\nlayers:\n  - weights: [[1, 2], [3, 4], [5, 6]]\n  - weights: {}\n"
    square = "[[1, 2], [3, 4]]\n    size: 2\n  - weights: [[1, 2], [3, 4]]"
    turned = text.replace("[5, 6]]", "[5, 6]]\n    size: 2").format(square)
    assert doubts(tmp_path, turned) == ["5:14: layers[1].weights:", "7:14: layers[2].weights:"]
