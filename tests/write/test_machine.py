"""JSONL of many rows: what each line would be if it were written alone."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nntrace.analysis.prediction import predict
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.batch import TracedBatch
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense
from nntrace.write.formats import csv
from nntrace.write.formats import jsonl as jsonl_format
from nntrace.write.formats.jsonl import trace as jsonl

NAMES = st.sampled_from(["a", "],[", '"', "\\", "\0", "\x7f\x9b", "é\u2028", "猫", "{}", "1"])
VALUES = st.one_of(
    NAMES,
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(NAMES, max_size=2),
    st.just({"row": ["\ud800"]}),
)


@st.composite
def chunks(draw):
    dtype = draw(st.sampled_from(["float64", "float32"]))
    random = np.random.default_rng(draw(st.integers(0, 9)))
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    names = draw(st.lists(NAMES, min_size=4, max_size=4, unique=True))
    layers = []
    for index, (fan_in, size) in enumerate(pairwise(sizes)):
        # large weights, so that some numbers overflow
        weights = (random.normal(size=(size, fan_in)) * 10.0 ** draw(st.integers(-3, 30))).astype(
            dtype
        )
        kind = draw(st.sampled_from(["identity", "relu", "sigmoid", "softmax", "log_softmax"]))
        labels = draw(st.none() | st.lists(NAMES, min_size=size, max_size=size, unique=True))
        bias = random.normal(size=size).astype(dtype)
        activation = Activation(find(kind))
        layers.append(
            Layer(names[index], Dense(weights, bias), activation, labels and tuple(labels))
        )
    mean = draw(st.sampled_from([None, np.array(0.5, dtype)]))
    network = Network("n", Input(sizes[0], None, None, mean), tuple(layers), dtype)
    count = draw(st.integers(1, 5))
    x = (random.normal(size=(count, sizes[0])) * 10.0 ** draw(st.integers(-5, 20))).astype(dtype)
    trace = forward(network, x, {f"{names[0]}.0": 2.5} if draw(st.booleans()) else None)
    examples = draw(st.none() | st.lists(NAMES, min_size=count, max_size=count))
    keep = draw(
        st.none()
        | st.lists(st.dictionaries(NAMES, VALUES, max_size=2), min_size=count, max_size=count)
    )
    trace = replace(trace, start=draw(st.integers(0, 2**40)))
    return TracedBatch(trace, examples, keep, settings=draw(st.none() | SETTINGS))


SETTINGS = st.dictionaries(NAMES, st.floats(-1, 1), min_size=1, max_size=2)


def numbers(row):
    return [float(value) if isfinite(value) else None for value in row]


def one_by_one(chunk, layers):
    """Say what the lines hold, row by row."""
    trace = chunk.trace
    for index, prediction in enumerate(predict(trace)):
        record = {"row": chunk.start + index}
        if chunk.examples:
            record["example"] = chunk.examples[index]
        record["input"] = numbers(trace.input[index])
        if trace.network.input.mean is not None:
            record["x"] = numbers(trace.x[index])
        record["layers"] = [
            {
                "name": part.name,
                "activation": part.layer.activation.name,
                "z": numbers(part.z[index]),
                "a": numbers(part.a[index]),
            }
            for part in trace.layers
            if not layers or part.name in layers
        ]
        record["prediction"] = prediction and prediction._asdict()
        if chunk.settings:
            record["set"] = chunk.settings
        if chunk.keep is not None:
            record["keep"] = chunk.keep[index]
        yield record


@settings(max_examples=300)
@given(chunks(), st.booleans())
def test_lines_hold_what_each_row_alone_would(chunk, only_last):
    layers = [layer.name for layer in chunk.trace.network.layers][-1 if only_last else 0 :]
    text = b"".join(jsonl(chunk.trace.network, [chunk], layers))
    assert text.endswith(b"\n")
    lines = text[:-1].split(b"\n")
    expected = list(one_by_one(chunk, layers))
    assert [json.loads(line) for line in lines] == expected
    # in the same order, the same digits too, and nothing that a terminal obeys
    assert [json.dumps(json.loads(line)) for line in lines] == list(map(json.dumps, expected))
    assert not any(char < 32 or char == 127 for line in lines for char in line)
    assert all(b" " not in line for line in lines)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_digits_are_those_that_read_back_as_float64(dtype):
    weights = np.array([[0.1]], dtype)
    layer = Layer("output", Dense(weights, np.zeros(1, dtype)), Activation(find("identity")))
    network = Network("n", Input(1), (layer,), dtype)
    text = b"".join(jsonl(network, [TracedBatch(forward(network, [[1.0]]))], ["output"]))
    shown = {"float64": b"0.1", "float32": b"0.10000000149011612"}[dtype]
    assert b'"z":[%b]' % shown in text


def test_no_rows_make_no_lines():
    layer = Layer("output", Dense(np.ones((1, 2)), np.zeros(1)), Activation(find("identity")))
    network = Network("n", Input(2), (layer,))
    chunk = TracedBatch(forward(network, np.zeros((0, 2))))
    assert b"".join(jsonl(network, [chunk], ["output"])) == b""


@settings(max_examples=60)
@given(chunks(), st.booleans())
def test_very_many_numbers_are_written_in_pieces_and_in_the_same_bytes(chunk, only_last):
    layers = [layer.name for layer in chunk.trace.network.layers][-1 if only_last else 0 :]
    for write, module in ((jsonl, jsonl_format), (csv.trace, csv)):
        whole = b"".join(write(chunk.trace.network, [chunk], layers))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "AT_ONCE", 0)
            patch.setattr(csv, "PIECE", 2)
            pieces = [*write(chunk.trace.network, [chunk], layers)]
        assert b"".join(pieces) == whole
        assert len(pieces) > 1
