"""The nets that come along: what their files say of them holds, and PyTorch computes the same.

tests/bundled has what PyTorch computed for a row of each, layer by layer, when it was trained.
"""

from __future__ import annotations

import csv
import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import nntrace

ROOT = Path(__file__).resolve().parent.parent
CONFIGS = ROOT / "configs"
TRAINED = ["digits-conv", "languages", "letters"]
WITHIN = 2e-5  # of a layer's largest number, in float32


def rows(name):
    with (CONFIGS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def computed(name):
    """Return what PyTorch was given, and what it computed for it by the name of a layer."""
    with np.load(ROOT / "tests" / "bundled" / f"{name}.npz") as file:
        found = {key: file[key] for key in file.files}
    given = found.pop("text", None)
    return found.pop("input")[np.newaxis] if given is None else str(given), found


@pytest.mark.parametrize("name", TRAINED)
@pytest.mark.parametrize("deterministic", [False, True])
def test_every_layer_is_what_pytorch_computes(name, deterministic):
    given, expected = computed(name)
    trace = nntrace.forward(nntrace.load(name), given, deterministic=deterministic)
    missing = {layer.name for layer in trace.network.layers} - expected.keys()
    assert all(layer.endswith((".scores", ".mix")) for layer in missing)
    for layer, values in expected.items():
        got = trace[layer].z[0]
        assert got.dtype == np.float32
        off = np.abs(got - values.ravel()).max()
        assert off <= WITHIN * np.abs(values).max(), layer


@pytest.mark.parametrize("name", ["aab", *TRAINED])
def test_the_examples_hold(name):
    net = nntrace.load(name)
    verdicts = nntrace.judge(net)
    assert len(verdicts) >= 3
    assert [verdict.example.name for verdict in verdicts if verdict.failures] == []


@pytest.mark.parametrize(
    ("name", "parameters"), [("digits-conv", 3358), ("languages", 34535), ("letters", 207643)]
)
def test_how_many_parameters_there_are(name, parameters):
    with np.load(CONFIGS / f"{name}.npz") as file:
        arrays = [file[key] for key in file.files]
    assert sum(array.size for array in arrays) == parameters
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    assert nntrace.load(name).parameters == parameters


@pytest.mark.parametrize(
    ("name", "file", "column", "least"),
    [
        ("digits-conv", "digits-labelled.csv", "digit", 537 / 540),  # digits has 536
        ("languages", "languages-labelled.csv", "language", 0.8),
    ],
)
def test_the_stated_accuracy_is_the_measured_one(name, file, column, least):
    net = nntrace.load(name)
    given = rows(file)
    if net.input.text:
        inputs = [row["text"] for row in given]
    else:
        inputs = np.array([[row[label] for label in net.input.labels] for row in given], float)
    told = nntrace.forward(net, inputs).output.argmax(axis=1)
    right = sum(
        net.output.labels[index] == row[column] for index, row in zip(told, given, strict=True)
    )
    assert f"{right} of {len(given)}" in (CONFIGS / f"{name}.yaml").read_text("utf-8")
    assert right / len(given) >= least


def test_languages_is_as_good_on_all_held_out_words():
    text = (CONFIGS / "languages.yaml").read_text("utf-8")
    stated = re.findall(r"(\d+) of (\d+) held-out words \(([\d.]+) %\)", text)
    assert len(stated) == 2
    assert len(set(stated)) == 1
    right, of, share = stated[0]
    assert f"{100 * int(right) / int(of):.1f}" == share


def test_letters_tells_what_comes_next_on_held_out_text():
    net = nntrace.load("letters")
    given = rows("letters-labelled.csv")
    output = nntrace.forward(net, [row["text"] for row in given]).output
    shares = output.reshape(len(given), 8, 27)[:, -1]
    truths = [net.output.labels.index(row["next"]) for row in given]
    nats = -np.log(shares[np.arange(len(given)), truths]).mean()
    stated = re.findall(r"([\d.]+) nats a letter", (CONFIGS / "letters.yaml").read_text("utf-8"))
    assert stated[0] == stated[1]
    assert float(stated[0]) <= 1.42
    assert nats < float(stated[0]) + 0.25  # from 8 letters in place of up to 64


@pytest.mark.parametrize("length", range(1, 9))
def test_aab_puts_a_b_after_two_as(length):
    net = nntrace.load("aab")
    texts = ["".join(text) for text in product("ab", repeat=length)]
    output = nntrace.forward(net, texts).output.reshape(len(texts), length, 2)[:, -1]
    expected = [[0.0180, 0.9820] if text.endswith("aa") else [0.9820, 0.0180] for text in texts]
    assert output == pytest.approx(np.array(expected), abs=1e-4)


def test_aab_goes_on_and_fits_a_screen():
    net = nntrace.load("aab")
    text = "a"
    while len(text) < 12:
        output = nntrace.forward(net, text).output.reshape(-1, 2)[-1]
        text += "ab"[output.argmax()]
    assert text == "aabaabaabaab"
    lines = (CONFIGS / "aab.yaml").read_text("utf-8").splitlines()
    assert len(lines) <= 80
    assert max(map(len, lines)) <= 100
