"""Records of layers that are not dense: their kinds, what they read, their shapes and places."""

from __future__ import annotations

import csv
import io
import json
from itertools import product
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from terminals import Stream, ran, seen

from nntrace.analysis.nonfinite import first_not_finite
from nntrace.cli.app import main
from nntrace.cli.environment import Environment
from nntrace.cli.schema import schema_named
from nntrace.core.forward import forward
from nntrace.core.names import Neuron
from nntrace.read.nets.yaml import load

NETS = Path(__file__).parent / "nets"
FIELDS = ["name", "kind", "reads", "shape", "activation", "z", "a"]


@pytest.fixture(autouse=True)
def beside_the_nets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(NETS)


def document(net: str) -> dict:
    found = json.loads(seen(f"run {net} -f json"))
    jsonschema.Draft202012Validator(schema_named("trace")).validate(found)
    return found


@pytest.mark.parametrize(
    ("net", "layer", "said"),
    [
        ("pixels.yaml", "edges", {"kind": "conv", "shape": [6, 8, 8]}),
        (
            "pixels.yaml",
            "both",
            {"kind": "add", "reads": ["again", "edges"], "shape": [6, 8, 8]},
        ),
        ("pixels.yaml", "means", {"kind": "global_average_pool"}),
        ("pixels.yaml", "output", {}),
        ("steps.yaml", "memory", {"kind": "lstm", "shape": [3, 8]}),
        ("abc.yaml", "attend.query", {"shape": [5, 4]}),
        ("abc.yaml", "attend.key", {"reads": ["norm"], "shape": [5, 4]}),
        (
            "abc.yaml",
            "attend.scores",
            {"kind": "scores", "reads": ["attend.query", "attend.key"], "shape": [2, 5, 5]},
        ),
    ],
)
def test_a_record_says_what_is_not_dense_and_no_chain(net, layer, said):
    told = document(net)
    (record,) = (each for each in told["traces"][0]["layers"] if each["name"] == layer)
    assert {key: record[key] for key in ("kind", "reads", "shape") if key in record} == said
    assert list(record) == [field for field in FIELDS if field in record]
    assert len(record["z"]) == len(record["a"]) == np.prod(said.get("shape", [len(record["z"])]))
    (info,) = (each for each in told["network"]["layers"] if each["name"] == layer)
    for key in ("kind", "reads"):
        assert info.get(key) == said.get(key)
    if "shape" in said:
        open_shape = [None if size == 5 else size for size in said["shape"]]
        assert info["shape"] == (open_shape if net == "abc.yaml" else said["shape"])


@pytest.mark.parametrize("net", ["pixels.yaml", "steps.yaml", "abc.yaml"])
def test_csv_names_a_place_in_c_order_and_its_position(net):
    layers = {each["name"]: each for each in document(net)["traces"][0]["layers"]}
    lines = [*csv.DictReader(io.StringIO(seen(f"run {net} -f csv")))]
    labels = {each.name: each.labels for each in load(net).layers}
    for name, record in layers.items():
        own = [line for line in lines if line["layer"] == name]
        assert [line["neuron"] for line in own] == [*map(str, range(len(record["z"])))]
        assert [float(line["z"]) if line["z"] else None for line in own] == record["z"]
        places = [".".join(map(str, at)) for at in product(*map(range, record.get("shape", [])))]
        if labels[name]:
            places = [*labels[name]] * (len(own) // len(labels[name]))
        elif "shape" not in record:
            places = [""] * len(own)
        assert [line["label"] for line in own] == places


@pytest.mark.parametrize(("net", "rows"), [("pixels.yaml", 1), ("steps.yaml", 1)])
def test_an_npz_has_the_shapes(net, rows):
    out = Stream(False)
    environment = Environment(Stream(False), out, Stream(False), {}, "utf-8")
    assert main(["run", net, "-f", "npz"], environment) == 0
    arrays = np.load(io.BytesIO(out.getvalue()))
    assert arrays["input"].shape == (rows, load(net).input.size)
    (record,) = document(net)["traces"]
    for layer in record["layers"]:
        for part in "za":
            found = arrays[f"{layer['name']}.{part}"]
            assert found.shape == (rows, *layer.get("shape", [len(layer["z"])]))
            assert found.ravel().tolist() == layer[part]


def test_an_npz_without_rows_has_the_shapes_too(tmp_path):
    (tmp_path / "none.jsonl").touch()
    code, _, err = ran(f"run pixels.yaml -i {tmp_path / 'none.jsonl'} -o {tmp_path / 'a.npz'}")
    assert (code, "none.jsonl" in err) == (0, True)
    assert np.load(tmp_path / "a.npz")["pool.z"].shape == (0, 6, 4, 4)


# ---- scores that are −∞ on purpose ----


def test_masked_scores_are_null_and_empty_and_nobody_is_warned():
    for given in ("-f json", "-f jsonl", "-f csv"):
        _, out, err = ran(f"run abc.yaml {given}")
        assert err == "", given
    scores = document("abc.yaml")["traces"][0]["layers"][6]
    masked = np.triu(np.ones((5, 5), bool), 1)
    assert [z is None for z in scores["z"]] == np.broadcast_to(masked, (2, 5, 5)).ravel().tolist()
    assert all(a == 0 for a, z in zip(scores["a"], scores["z"], strict=True) if z is None)


@pytest.mark.parametrize(("place", "warned"), [(0, True), (1, False), (5, True), (9, False)])
def test_minus_infinity_is_silent_only_where_it_is_masked(place, warned):
    trace = forward(load("abc.yaml"), "ab ab")
    trace["attend.scores"].z[0, place] = -np.inf
    found = first_not_finite(trace)
    assert (found is not None) == warned
    if found:
        assert found[:3] == (0, Neuron("attend.scores", place), "z")


def test_what_else_a_masked_score_is_is_told():
    trace = forward(load("abc.yaml"), "ab ab")
    trace["attend.scores"].z[0, 1] = np.nan
    assert first_not_finite(trace)[1] == Neuron("attend.scores", 1)
