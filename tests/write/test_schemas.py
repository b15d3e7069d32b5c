"""The JSON Schemas of the outputs: schemas they are, and they can refuse."""

import copy

import jsonschema
import pytest

from nntrace.cli.schema import DOCUMENTS, schema_named

ROW = {
    "row": 0,
    "example": "a cat",
    "input": [0.5, 1],
    "x": [None, 1.0],
    "layers": [{"name": "output", "activation": "softmax", "z": [1.0, None], "a": [1.0, 0.0]}],
    "prediction": {"index": 0, "label": "cat", "probability": 1.0},
    "set": {"input.0": 0.5},
    "keep": {"id": [1, {"a": None}]},
}
DOCUMENT = {
    "schema": "nntrace.trace/1",
    "network": {
        "name": "n",
        "dtype": "float32",
        "input": 2,
        "layers": [{"name": "output", "size": 2, "activation": "softmax"}],
    },
    "traces": [ROW],
}
MISSING = object()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_is_a_schema(name):
    schema = schema_named(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({}, schema)


def test_what_is_right_passes():
    row = jsonschema.Draft202012Validator(schema_named("row"))
    row.validate(ROW)
    row.validate({**ROW, "prediction": None})
    row.validate({key: ROW[key] for key in ("row", "input", "layers", "prediction")})
    jsonschema.Draft202012Validator(schema_named("trace")).validate(DOCUMENT)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["schema"], "nntrace.trace/2"),
        (["schema"], MISSING),
        (["network"], None),
        (["network", "dtype"], "float16"),
        (["network", "input"], 1.5),
        (["network", "layers", 0, "size"], "2"),
        (["network", "more"], 1),
        (["traces"], {}),
        (["traces", 0, "row"], MISSING),
        (["traces", 0, "input"], [None]),
        (["traces", 0, "input"], 0.5),
        (["traces", 0, "layers"], MISSING),
        (["traces", 0, "layers", 0, "z"], ["1"]),
        (["traces", 0, "layers", 0, "a"], MISSING),
        (["traces", 0, "layers", 0, "b"], []),
        (["traces", 0, "prediction"], MISSING),
        (["traces", 0, "prediction"], 0),
        (["traces", 0, "prediction", "label"], 1),
        (["traces", 0, "prediction", "probability"], None),
        (["traces", 0, "set"], {"input.0": None}),
        (["traces", 0, "keep"], []),
        (["traces", 0, "rows"], 0),
    ],
)
def test_what_is_wrong_fails(path, value):
    document = copy.deepcopy(DOCUMENT)
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    validator = jsonschema.Draft202012Validator(schema_named("trace"))
    assert not validator.is_valid(document)
