"""Nets of layers of any kind, as `show`, `stats`, `ladder` and `check` tell of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from rich.cells import cell_len
from terminals import ran, seen

import nntrace
from nntrace.cli.schema import schema_named

pytestmark = pytest.mark.usefixtures("fitted_once")

NETS = Path(__file__).parent / "nets"
LADDER = "ladder text.yaml -i letters.jsonl -t kind"


@pytest.fixture(autouse=True)
def beside_the_nets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(NETS)


CASES: dict[str, Callable[[], str]] = {
    "show-picture-80": lambda: seen("show picture.yaml --weights", 80),
    "show-picture-200": lambda: seen("show picture.yaml --weights", 200),
    "show-picture-piped": lambda: seen("show picture.yaml --weights"),
    "show-picture-ascii": lambda: seen("show picture.yaml", 80, "ascii"),
    "show-picture-colour": lambda: seen(
        "show picture.yaml --weights", 80, NO_COLOR="", COLORTERM="truecolor"
    ),
    "show-text-80": lambda: seen("show text.yaml --weights", 80),
    "show-text-200": lambda: seen("show text.yaml", 200),
    "lines-show-picture": lambda: seen("show picture.yaml --weights --accessible", 80),
    "lines-show-text": lambda: seen("show text.yaml --accessible", 80),
    "stats-picture-80": lambda: seen("stats picture.yaml", 80),
    "stats-picture-200": lambda: seen("stats picture.yaml", 200),
    "stats-text-80": lambda: seen("stats text.yaml", 80),
    "stats-lines-picture": lambda: seen("stats picture.yaml -l conv1 --accessible", 80),
    "stats-lines-text": lambda: seen("stats text.yaml -l att.scores -l output --accessible", 80),
    "ladder-text-80": lambda: seen(LADDER, 80),
    "ladder-text-accessible": lambda: seen(f"{LADDER} --accessible", 80),
    "check-expecting-80": lambda: seen("check expecting.yaml", 80, code=1),
    "lines-check-expecting": lambda: seen("check expecting.yaml --accessible", 80, code=1),
}


@pytest.mark.parametrize("name", CASES)
def test_what_people_see(name: str, golden: Callable[[str, str], None]) -> None:
    shown = CASES[name]()
    golden(f"{name}.txt", shown)
    if width := re.search(r"-(80|200)$", name):
        assert max(map(cell_len, shown.splitlines())) <= int(width[1])
    if name.endswith("ascii"):
        assert shown.isascii()


@pytest.mark.parametrize("command", ["show", "show --weights", "stats"])
@pytest.mark.parametrize("name", sorted(path.stem for path in NETS.glob("*.yaml")))
def test_every_net_is_told_in_every_form(command: str, name: str) -> None:
    network = nntrace.load(NETS / f"{name}.yaml")
    given = network.input.text.alphabet[1:3] if network.input.text else "ones"
    inputs = "" if network.examples else f" -i {given}"
    words = f"{command} {name}.yaml" + inputs * command.startswith("stats")
    for form in ("", " --accessible", " --all"):
        for width in (None, 40, 80):
            assert ran(words + form, width)[0] == 0
    document = json.loads(seen(f"{words} -f json"))
    kind = command.partition(" ")[0]
    jsonschema.Draft202012Validator(schema_named(kind)).validate(document)
    assert len(document["layers"]) == len(network.layers)


def test_json_has_every_array_by_its_key() -> None:
    network = nntrace.load(NETS / "picture.yaml")
    layers = json.loads(seen("show picture.yaml --weights -f json"))["layers"]
    for told, layer in zip(layers, network.layers, strict=True):
        assert told.get("kind", "dense") == layer.kind
        assert (told["parameters"], told["bytes"]) == (layer.op.parameters, layer.op.nbytes)
        if layer.dense:
            assert "arrays" not in told
            np.testing.assert_array_equal(told["weights"], layer.weights)
            continue
        assert not {"weights", "fan_in", "weights_summary"} & set(told)
        arrays = told.get("arrays", {})
        assert list(arrays) == list(layer.op.arrays)
        for key, values in layer.op.arrays.items():
            assert arrays[key]["shape"] == list(values.shape)
            np.testing.assert_array_equal(np.array(arrays[key]["values"], np.float32), values)
            assert arrays[key]["summary"]["max"] == values.max()
    assert layers[1]["keys"] == {"channels": 4, "kernel": [3, 3], "padding": "same", "groups": 2}
    assert layers[3]["reads"] == ["conv1", "norm"]
    assert "values" not in seen("show picture.yaml -f json")


def test_json_of_texts_tells_what_is_measured_together() -> None:
    told = {each["name"]: each for each in json.loads(seen("stats text.yaml -f json"))["layers"]}
    scores, place = told["att.scores"], told["place"]
    assert (scores["unit"], scores["measured"], scores["masked"]) == ("channel", 18, 22)
    assert [each["neuron"] for each in scores["neurons"]][1] == "att.scores.1.*.*"
    assert (place["unit"], place["measured"], "masked" in place) == ("feature", 7, False)
    assert [each["neuron"] for each in told["output"]["neurons"]][2] == "output.*.c"
    assert "places" not in place
    conv = json.loads(seen("stats picture.yaml -f json"))["layers"][0]
    assert (conv["places"], conv["measured"]) == (64, 128)


def test_the_ladder_of_texts_in_json() -> None:
    told = json.loads(seen(f"{LADDER} -f json"))
    jsonschema.Draft202012Validator(schema_named("ladder")).validate(told)
    assert told["left_out"] == ["att.scores"]
    assert [(each["layer"], each["size"]) for each in told["rungs"]][:2] == [
        ("input", 3),
        ("letter", 4),
    ]
    assert {each["token"] for each in told["rungs"]} == {"last"}


def test_a_neuron_of_texts_of_several_lengths_is_refused() -> None:
    code, out, err = ran(f"{LADDER} --neuron letter.0")
    assert (code, out) == (2, "")
    assert err.startswith("nntrace: error: --neuron letter.0: takes texts of one length")


WRONG = """\
input: {shape: [2, 2]}
layers:
  - {name: conv, kind: conv, weights: [[[[1]]], [[[-1]]]]}
examples:
  - input: [1, 2, 3, 4]
    expect:
      conv: %s
"""


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("[[[1, 2], [0, 4]]]", "7:13: examples[0].expect.conv: is 1 × 2 × 2, conv takes 2 × 2 × 2"),
        ("[1, 2]", "7:13: examples[0].expect.conv: has 2 numbers, conv takes 8"),
        (
            "[[1, 2], [3]]",
            "7:22: examples[0].expect.conv[1]: has 1 number, the first beside it has 2 numbers",
        ),
        ("[[1, x]]", "7:18: examples[0].expect.conv[0][1]: takes a number, not 'x'"),
        ("[1, [2]]", "7:17: examples[0].expect.conv[1]: takes a number, not a list"),
    ],
)
def test_what_is_wrong_with_what_a_shaped_layer_should_give(
    written: str, message: str, tmp_path: Path
) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(WRONG % written, encoding="utf-8")
    code, _, err = ran(f"check {net}")
    assert (code, err) == (2, f"nntrace: error: {net}:{message}\n")
