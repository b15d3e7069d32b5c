"""The JSON Schema of the net file takes what the reader takes, and refuses what is built wrong."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
from jsonschema import Draft202012Validator
from netfiles import CONFIGS, Broken, broken_nets, plain
from valid_nets import VALID

from nntrace.core.activations import ACTIVATIONS
from nntrace.read.nets.grammar import INPUT, NET, net_schema
from nntrace.read.nets.keys import RANDOM, STORED
from nntrace.read.nets.kinds import LAYER

VALIDATOR = Draft202012Validator(net_schema())
STRUCTURAL = [case for case in broken_nets() if case.schema]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(net_schema())
    assert net_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configs(path: Path) -> None:
    VALIDATOR.validate(plain(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("text", [text for text, _ in VALID.values()], ids=VALID)
def test_valid_nets(text: str) -> None:
    VALIDATOR.validate(plain(text))


@pytest.mark.parametrize("case", STRUCTURAL, ids=lambda case: case.title)
def test_broken_nets(case: Broken) -> None:
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(plain(case.text))


def test_many_broken_nets_are_structural() -> None:
    assert len(STRUCTURAL) > 90


def test_every_key_is_described() -> None:
    properties = net_schema()["else"]["properties"]
    assert list(properties) == list(NET)
    kinds = {form["title"]: form for form in properties["layers"]["items"]["anyOf"]}
    layer = kinds["dense"]
    example = properties["examples"]["items"]
    [spec] = [form for form in properties["input"]["anyOf"] if form["type"] == "object"]
    assert list(layer["properties"]) == [*LAYER, "kind", "reads", "axis"]
    assert list(spec["properties"]) == list(INPUT)
    layers = [form["properties"] for form in kinds.values()]
    for described in (properties, *layers, spec["properties"], example["properties"]):
        for name, field in described.items():
            assert field["description"], name
    sources = [form["properties"] for form in layer["properties"]["weights"]["anyOf"][1]["anyOf"]]
    assert [list(source) for source in sources] == [list(STORED), list(RANDOM)]


@pytest.mark.parametrize("kind", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_every_activation_is_known_by_each_name(kind: object) -> None:
    names = (kind.name, *kind.aliases)
    for name in names:
        parameters = {each.name: each.default for each in kind.parameters}
        optional = not any(each.required for each in kind.parameters)
        for activation, right in (
            (name, optional),
            ({name: {}}, optional),
            ({name: parameters}, True),
        ):
            net = {"input": 1, "layers": [{"weights": [[1]], "activation": activation}]}
            assert VALIDATOR.is_valid(net) is right
        net["layers"][0]["activation"] = {name: {"nonsense": 1}}
        assert not VALIDATOR.is_valid(net)


@pytest.mark.parametrize(
    ("more", "right"),
    [
        ({}, True),
        ({"labels": ["cat", "dog"], "input": {"mean": 0.5}, "name": "pets"}, True),
        ({"examples": [{"name": "one", "input": [1, 2], "expect": {"output": [1]}}]}, True),
        ({"layers": []}, False),
        ({"input": {"text": {"alphabet": "ab"}}}, False),
        ({"model": ["net.onnx"]}, False),
    ],
)
def test_a_file_beside_a_model_is_known(more, right):
    assert VALIDATOR.is_valid({"model": "net.onnx", **more}) == right
