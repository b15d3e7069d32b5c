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
from nntrace.read.nets.load import load

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
        _, _out, err = ran(f"run abc.yaml {given}")
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


# ---- what people are shown besides the golden files ----


def test_a_very_deep_net_is_told_in_brief_on_a_terminal_alone():
    shown = seen("run letters -i in~the~beginn", 80)
    titles = [line.split()[1] for line in shown.splitlines() if line.startswith("╭─ ")]
    # each token's output, and the last one's
    assert titles == ["input", "layers", "attention", "output", "output"]
    assert len(shown.splitlines()) <= 90
    assert "│ i 9  n 14  ␣ 0  t 20  " in shown
    assert "51, in brief" in shown
    assert "block1.attention.query   dense" in shown
    attended = shown.partition("what the last token, 12 n, attends to")[2].partition("╰")[0]
    assert attended.count("%") == 3 * 4 * 4  # three of each of four heads, in four blocks
    layers = shown.partition("51, in brief")[2].partition("╰")[0]
    assert sum("more" in line for line in layers.splitlines()) > 0
    assert shown.splitlines()[-2].startswith("→ i  9")
    one = seen("run letters -i in~the~beginn -l block1.up", 80)
    assert "block1.up · dense · gelu · 13 × 64 → 13 × 256" in one
    assert "strongest of " in one
    assert "51, in brief" not in seen("run letters -i in --all", 80)


def test_large_pictures_are_shrunk_to_their_strongest_pixels(tmp_path):
    (tmp_path / "net.yaml").write_text(
        "input: {shape: [30, 30]}\nlayers:\n"
        "  - {kind: conv, channels: 9, kernel: 3, weights: {random: he_normal}}\n"
    )
    out = seen(f"run {tmp_path / 'net.yaml'} -i random", 80)
    assert "a pixel is the strongest of 2 × 2" in out
    assert "⋮ 7 more, --all shows all" in out
    whole = seen(f"run {tmp_path / 'net.yaml'} -i random")
    assert "more" not in whole
    assert sum(line.startswith("│ 8.27.27 ") for line in whole.splitlines()) == 1


def test_pictures_of_what_is_not_finite_can_be_drawn(tmp_path):
    (tmp_path / "net.yaml").write_text(
        "dtype: float32\ninput: {shape: [4, 4]}\nlayers:\n"
        "  - {kind: conv, weights: [[[[1e30]]], [[[-1e30]]]]}\n"
    )
    _, out, err = ran(f"run {tmp_path / 'net.yaml'} -i {','.join(['1e30', *['0'] * 15])}", 80)
    assert "+inf" in out
    assert "output.0: its z is infinite in row 0" in err


# ---- what is set by hand ----


@pytest.mark.parametrize(
    ("net", "setting", "layer", "place", "follows"),
    [
        ("pixels.yaml", "edges.1.0.7=2.5", "edges", 71, "again"),
        ("pixels.yaml", "edges.71=2.5", "edges", 71, "again"),
        ("pixels.yaml", "input.0.2.3=9", "input", 19, "edges"),
        ("steps.yaml", "memory.2.7=3", "memory", 23, "last"),
        ("abc.yaml", "attend.scores.1.4.0=1", "attend.scores", 45, "attend.mix"),
        ("abc.yaml", "output.4.space=1", "output", 23, None),
    ],
)
def test_a_number_is_set_by_its_position(net, setting, layer, place, follows):
    name, _, value = setting.partition("=")
    plain = json.loads(seen(f"run {net} -f jsonl"))
    found = json.loads(seen(f"run {net} -f jsonl --set {setting}"))
    assert found["set"] == {name: float(value)}
    if layer == "input":
        assert found["input"][place] == float(value)
    else:
        for told in (plain, found):
            told["layers"] = {each["name"]: each for each in told["layers"]}
        assert found["layers"][layer]["a"][place] == float(value)
        assert found["layers"][layer]["z"] == plain["layers"][layer]["z"]
        if follows:
            assert found["layers"][follows]["z"] != plain["layers"][follows]["z"]
    assert f"{name} set to {float(value)!r}" in seen(f"run {net} --set {setting}", 80)
    assert f"{name} set to {float(value)!r}" in seen(f"predict {net} --set {setting}", 80)


def test_a_position_that_is_none_is_refused():
    code, _, err = ran("run pixels.yaml --set edges.6.0.0=1")
    takes = "'6' is no index; edges is 6 × 8 × 8: LAYER.I.J.K, from 0"
    assert (code, err) == (
        2,
        f"nntrace: error: --set edges.6.0.0=1: 'edges.6.0.0': {takes}\n",
    )


# ---- predictions ----


def test_predictions_of_texts_belong_to_the_last_token():
    out = seen("predict abc.yaml -i ab -i abcabc")
    told = [*csv.DictReader(io.StringIO(out))]
    lines = seen("run abc.yaml -i ab -i abcabc -f jsonl").splitlines()
    for row, record in zip(told, map(json.loads, lines), strict=True):
        assert row["prediction"] == record["prediction"]["label"]
        shares = [float(row[name]) for name in ("a", "b", "c", "space", "other")]
        assert shares == record["layers"][-1]["a"][-5:]


def test_outputs_of_several_dimensions_are_named_by_position(tmp_path):
    (tmp_path / "net.yaml").write_text(
        "input: {shape: [2, 2]}\nlayers:\n"
        "  - {size: 2, axis: last, labels: [x, y], weights: [[1, 0], [0, 2]]}\n"
    )
    net = tmp_path / "net.yaml"
    out = seen(f"predict {net} -i 1,2,3,4 -f csv")
    assert out == "row,0.x,0.y,1.x,1.y\n0,1.0,4.0,3.0,8.0\n"
    table = seen(f"run {net} -i 1,2,3,4 -i 0,0,0,1", 80)
    assert ["row", "0.x", "0.y", "1.x", "1.y"] in map(str.split, table.splitlines())
