"""The nets in configs/ do what their files say, by a forward pass of a few lines of NumPy."""

from __future__ import annotations

import csv
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
CONFIGS = ROOT / "configs"


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


ACTIVATIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softmax": softmax,
}


def read(name: str) -> dict[str, Any]:
    return yaml.safe_load((CONFIGS / f"{name}.yaml").read_text("utf-8"))


def weights_and_bias(net: dict[str, Any], layer: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    if "weights" in layer:
        return np.array(layer["weights"], float), np.array(layer["bias"], float)
    with np.load(CONFIGS / net["weights"]) as file:
        return file[f"{layer['name']}.weight"], file[f"{layer['name']}.bias"]


def forward(net: dict[str, Any], rows: Any) -> dict[str, np.ndarray]:
    """Every layer's outputs as LAYER, and its sums as LAYER.z."""
    x = (np.array(rows, float) - net["input"].get("mean", 0)) / net["input"].get("std", 1)
    x = x.astype(net.get("dtype", "float64"))
    values = {}
    for layer in net["layers"]:
        weights, bias = weights_and_bias(net, layer)
        values[f"{layer['name']}.z"] = z = x @ weights.T + bias
        values[layer["name"]] = x = ACTIVATIONS[layer["activation"]](z)
    return values


def row_of(net: dict[str, Any], example: dict[str, Any]) -> list[float]:
    given = example["input"]
    return [given[label] for label in net["input"]["labels"]] if isinstance(given, dict) else given


def held_out(name: str) -> tuple[np.ndarray, list[str]]:
    """The numbers of a labelled CSV file, and the labels in its last column."""
    with (CONFIGS / f"{name}-labelled.csv").open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    assert header[:-1] == read(name)["input"]["labels"]
    return np.array([line[:-1] for line in lines], float), [line[-1] for line in lines]


def measured(name: str) -> tuple[int, int]:
    """How many held-out rows are told right, and of how many."""
    net = read(name)
    rows, labels = held_out(name)
    output = net["layers"][-1]
    predicted = forward(net, rows)[output["name"]].argmax(axis=1)
    return sum(output["labels"][p] == y for p, y in zip(predicted, labels, strict=True)), len(rows)


def stated(name: str) -> set[str]:
    """What the file says about its accuracy, in its comment and in its description."""
    text = (CONFIGS / f"{name}.yaml").read_text("utf-8")
    found = re.findall(r"\d+ of \d+ held-out \w+ \([\d.]+ %\)", text)
    assert len(found) == 2
    return set(found)


EXAMPLES = [
    pytest.param(name, example, id=f"{name}: {example['name']}")
    for name in ["cat-or-dog", "xor", "iris", "digits"]
    for example in read(name)["examples"]
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_holds(name: str, example: dict[str, Any]) -> None:
    net = read(name)
    values = forward(net, [row_of(net, example)])
    expect = example["expect"]
    if isinstance(expect, dict):
        default = 1e-4 if net.get("dtype") == "float32" else 1e-6
        tolerance = expect.pop("tolerance", default)
        assert expect
        for key, numbers in expect.items():
            assert np.abs(values[key][0] - numbers).max() <= tolerance, key
        return
    output = values["output"][0]
    if len(output) == 1:
        assert int(output[0] > 0.5) == expect
    else:
        labels = net["layers"][-1]["labels"]
        assert labels[output.argmax()] == str(expect)


@pytest.mark.parametrize("layer", ["hidden1", "hidden2"])
def test_cat_or_dog_shows_relus_that_pass_and_relus_that_do_not(layer: str) -> None:
    net = read("cat-or-dog")
    for example in net["examples"]:
        z = forward(net, [row_of(net, example)])[f"{layer}.z"][0]
        assert 0 < (z > 0).sum() < 4
        assert np.abs(z).min() > 0.01  # none is on the edge


@pytest.mark.parametrize(("name", "things"), [("iris", "flowers"), ("digits", "digits")])
def test_the_stated_accuracy_is_the_measured_one(name: str, things: str) -> None:
    right, of = measured(name)
    assert stated(name) == {f"{right} of {of} held-out {things} ({100 * right / of:.1f} %)"}
    assert right / of >= 0.95


@pytest.fixture(scope="module")
def training() -> Iterator[ModuleType]:
    """training/train.py as a module, which finds its neighbours as when it is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "training")
        yield importlib.import_module("train")


def test_iris_trains_to_the_weights_in_the_file(training: ModuleType) -> None:
    net = read("iris")
    trained = training.train_iris()
    for layer, (weights, bias) in zip(net["layers"], trained.layers, strict=True):
        stored_weights, stored_bias = weights_and_bias(net, layer)
        assert stored_weights == pytest.approx(weights, abs=1e-3)
        assert stored_bias == pytest.approx(bias, abs=1e-3)
    assert net["input"]["mean"] == pytest.approx(trained.mean)
    assert net["input"]["std"] == pytest.approx(trained.std)
    assert stated("iris") == {trained.accuracy}


@pytest.mark.parametrize("name", ["iris", "digits"])
def test_the_labelled_rows_are_the_ones_held_out(training: ModuleType, name: str) -> None:
    data = getattr(training, name)()
    rows, labels = held_out(name)
    assert np.array_equal(rows, data.test_x)
    assert labels == [data.labels[y] for y in data.test_y]


def test_the_rows_for_practice_are_the_ones_trained_on(training: ModuleType) -> None:
    data = training.digits()
    with np.load(CONFIGS / "digits-practice.npz") as file:
        assert np.array_equal(file["input"].astype(float), data.train_x)
        assert np.array_equal(file["digit"], data.train_y)


def test_the_picture_is_a_held_out_digit_that_is_read_right() -> None:
    image = pytest.importorskip("PIL.Image")
    with image.open(CONFIGS / "digit.png") as picture:
        assert picture.mode == "L"
        grey = np.asarray(picture).reshape(-1)
    rows, labels = held_out("digits")
    (row,) = np.flatnonzero((np.rint(rows * 255) == grey).all(axis=1))
    assert forward(read("digits"), [grey / 255])["output"][0].argmax() == int(labels[row])


def test_a_png_and_an_npz_hold_what_was_put_in(training: ModuleType, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3) * 50
    path = tmp_path / "small.png"
    path.write_bytes(training.files.png(grey))
    with image.open(path) as picture:
        assert np.array_equal(np.asarray(picture), grey)

    layers = [(np.eye(2), np.array([0.5, -0.5]))]
    made = training.npz(layers, ["only"])
    assert made == training.npz(layers, ["only"])
    path = tmp_path / "small.npz"
    path.write_bytes(made)
    with np.load(path) as file:
        assert file["only.weight"].dtype == np.float32
        assert file["only.bias"].tolist() == [0.5, -0.5]
