"""`explain --margin` through its real entry point."""

from __future__ import annotations

import json

import jsonschema
import pytest

from nntrace.cli.schema import schema_named


def document(quick, *words):
    done = quick("explain", *words, "--margin", "-f", "json")
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    jsonschema.Draft202012Validator(schema_named("margin")).validate(told)
    return told


def test_the_document_of_a_row(quick):
    told = document(quick, "cat-or-dog", "-i", "0.9,0.8,0.1")
    cat, dog = told["map"]["outputs"]
    assert (cat["neuron"], dog["neuron"]) == ("output.cat", "output.dog")
    assert cat["coefficients"] == pytest.approx([1.8, 2.25, -2.25])
    flip = told["flip"]
    assert (flip["input"], flip["prediction"]["label"]) == ("input.barks", "dog")
    given = f"0.9,0.8,{flip['value']!r}"
    done = quick("predict", "cat-or-dog", "-i", given, "-f", "json")
    assert json.loads(done.out)["predictions"][0]["prediction"] == "dog"
    assert len(told["kinks"]) == 8


def test_without_an_input_there_is_one_for_each_example(quick):
    told = document(quick, "cat-or-dog")
    assert [each["example"] for each in told] == ["a cat", "a dog", "a noisy kitten"]


def test_of_several_rows_one_may_be_chosen(quick):
    told = document(quick, "xor", "-i", "0,0", "-i", "0,1", "--row", "1")
    assert (told["row"], told["prediction"]["index"]) == (1, 1)


def test_a_net_of_convolutions_has_a_margin(quick):
    told = document(quick, "digits-conv", "--example", "a four")
    assert told["flip"]["prediction"]["index"] != told["prediction"]["index"] == 4


REFUSED = {
    "iris -i 1,2,3,4": "hidden has the activation tanh, which is no straight line between kinks",
    "letters -i abc": "letters reads text, no letter of which changes a little",
    "xor output.0 -i 0,1": "--margin is about the whole net: it takes no NEURON, --depth or --to",
    "xor --depth 2 -i 0,1": "--margin is about the whole net: it takes no NEURON",
    "xor -i 0,1 -f csv": "csv",
    "xor -i 0,1 --row 3": "row 3",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_has_no_margin_is_refused(words, quick):
    done = quick("explain", *words.split(), "--margin")
    assert (done.code, done.out) == (2, b"")
    assert REFUSED[words] in done.err
    assert len(done.err.splitlines()) == 1


def test_each_layer_that_is_no_line_is_named(quick, folder):
    (folder / "curved.yaml").write_text(
        """
input: 2
layers:
  - {size: 3, activation: tanh, weights: {random: he_normal}}
  - {kind: layer_norm, scale: [1, 1, 1], shift: [0, 0, 0]}
  - {size: 2, activation: softmax, weights: {random: he_normal}}
"""
    )
    done = quick("explain", "curved.yaml", "-i", "1,2", "--margin")
    first, second = done.err.splitlines()
    assert "activation tanh" in first
    assert "layer_norm" in second
    assert done.code == 2
