"""Layers of every kind in a net file: what is missing is told, what is left out has its default."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from netfiles import parse

from nntrace import forward, load
from nntrace.core.ops import INTERNAL, KINDS, find_kind
from nntrace.errors import NntraceError
from nntrace.read.nets.composites import COMPOSITES

NAMED = [kind for kind in (*KINDS, *COMPOSITES) if kind not in INTERNAL]


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a net of an input of a shape and of lines, one a layer.

    `whole` is the weights file for all of them.
    """

    def read(shape, *layers, whole=None):
        path = tmp_path / "net.yaml"
        lines = "".join(f"  - {layer}\n" for layer in layers)
        top = f"weights: {whole}\n" if whole else ""
        path.write_text(f"{top}input: {{shape: {list(shape)}}}\nlayers:\n{lines}")
        return load(path)

    return read


@pytest.mark.parametrize("shape", [(6,), (2, 3), (4, 3, 2), (2, 3, 2, 2), (2, 1, 1, 1, 2)])
@pytest.mark.parametrize("kind", NAMED)
def test_a_kind_alone_is_read_or_told_what_it_lacks(read, kind, shape):
    problems = []
    try:
        network = read(shape, f"{{kind: {kind}}}")
    except NntraceError as error:
        problems += error.problems
    if problems:
        assert {(problem.line, problem.path[:2]) for problem in problems} == {(3, ("layers", 0))}
    else:
        assert not any(field.required for field in find_kind(kind).FIELDS)
        assert np.isfinite(forward(network, np.ones(network.input.size)).output).all()


BY_NAME = {kind: COMPOSITES[kind] if kind in COMPOSITES else find_kind(kind) for kind in NAMED}
REQUIRED = {kind: [field for field in of.FIELDS if field.required] for kind, of in BY_NAME.items()}


@pytest.mark.parametrize("kind", [kind for kind, fields in REQUIRED.items() if fields])
def test_a_required_key_that_is_missing_is_told(read, kind):
    with pytest.raises(NntraceError) as caught:
        read((4, 3), f"{{kind: {kind}}}")
    told = [problem.message for problem in caught.value.problems]
    missing = [f"{field.name} is missing: {field.doc}" for field in REQUIRED[kind]]
    assert [message for message in told if message in missing] == missing


@pytest.mark.parametrize(
    ("layer", "shape", "gives"),
    [
        ("{kind: batch_norm, mean: [0, 0], variance: [1, 1]}", (2, 3, 4), (2, 3, 4)),
        ("{kind: batch_norm, mean: [0], variance: [1]}", (3, 4), (1, 3, 4)),
        ("{kind: batch_norm, mean: [0, 0, 0], variance: [1, 1, 1], dimensions: 1}", (3, 4), (3, 4)),
        ("{kind: batch_norm, mean: [0, 0, 0], variance: [1, 1, 1]}", (3,), (3,)),
        ("{kind: layer_norm, scale: [1, 2, 3]}", (2, 3), (2, 3)),
        ("{kind: rms_norm}", (2, 3), (2, 3)),
        ("{kind: group_norm, groups: 2}", (4, 3), None),  # a picture: one channel
        ("{kind: group_norm, groups: 2, dimensions: 1}", (4, 3), (4, 3)),
        ("{kind: instance_norm}", (4, 3), (1, 4, 3)),
        ("{kind: concat, reads: [input, input], axis: -1}", (4, 3), (4, 6)),
        ("{kind: flatten}", (4, 3), (12,)),
        ("{kind: reshape, shape: [2, -1]}", (4, 3), (2, 6)),
        ("{kind: transpose, order: [-1, 0]}", (4, 3), (3, 4)),
        ("{kind: reduce}", (4, 3), (3,)),
        ("{kind: reduce, axis: [0, 1], how: max}", (4, 3), (1,)),
        ("{kind: multiply, reads: [input, input]}", (4, 3), (4, 3)),
        ("{kind: layer_norm, epsilon: 0}", (2, 3), (2, 3)),
        ("{kind: batch_norm, mean: [0], variance: [1], epsilon: 0}", (3, 4), (1, 3, 4)),
        ("{kind: max_pool, kernel: [3, 2], padding: [1, 1], stride: [2, 1]}", (3, 4), (1, 2, 5)),
        ("{kind: max_pool, kernel: 3, padding: 1, dimensions: 1}", (4, 3), (4, 1)),
        ("{kind: conv, weights: [[[[1, 2]]]], kernel: [1, 2], channels: 1}", (3, 4), (1, 3, 3)),
        ("{kind: conv, bias: [1, 2], kernel: 1, weights: {random: ones}}", (3, 4), (2, 3, 4)),
        ("{kind: conv, dimensions: 3, weights: [[[[[1]]]]]}", (2, 3, 4), (1, 2, 3, 4)),
        ("{kind: conv, groups: 2, weights: [[[[1]]], [[[1]]]]}", (2, 3, 4), (2, 3, 4)),
        ("{kind: conv_transpose, groups: 2, channels: 6, kernel: 1, weights: {random: ones}}",
         (4, 3, 4), (6, 3, 4)),
        ("{kind: conv_transpose, groups: 2, weights: [[[[1]]], [[[1]]]]}", (2, 3, 4), (2, 3, 4)),
        ("{kind: lstm, weights: {random: ones}, recurrent: [[1], [1], [1], [1]]}", (3, 2), (3, 1)),
        ("{kind: gru, direction: both, weights: {random: ones}, recurrent: {random: ones}, "
         "bias: [[1, 2, 3], [4, 5, 6]]}", (3, 2), (3, 2)),
        ("{kind: positions, weights: {random: ones}}", (3, 2), (3, 2)),
        ("{kind: positions, weights: [[1, 2], [1, 2], [1, 2], [1, 2]]}", (3, 2), (3, 2)),
        ("{kind: reduce, axis: [-1, 0]}", (2, 3, 4), (3,)),
        ("{kind: reshape, shape: [-1]}", (2, 3), (6,)),
    ],
)  # fmt: skip
def test_a_layer_of_a_file_gives_its_shape(read, layer, shape, gives):
    if gives is None:
        with pytest.raises(
            NntraceError, match=r"2 does not divide 1 channel \(what it reads\); 1 would"
        ):
            read(shape, layer)
    else:
        assert read(shape, layer).output.shape == gives


def test_norms_take_their_tensors_by_pytorchs_names(read, tmp_path):
    tensors = {
        "bn.running_mean": [1.0, 2.0],
        "bn.running_var": [3.0, 8.0],
        "bn.weight": [4.0, 6.0],
        "bn.bias": [10.0, -1.0],
        "ln.weight": [2.0, 3.0],
        "ln.bias": [0.5, -0.5],
    }
    counted = {"bn.num_batches_tracked": np.array(7)}
    np.savez(tmp_path / "w.npz", **counted, **{k: np.array(v) for k, v in tensors.items()})
    bn, ln = "{name: bn, kind: batch_norm, epsilon: 1}", "{name: ln, kind: layer_norm, epsilon: 7}"
    trace = forward(read((2,), bn, ln, whole="w.npz"), [2.0, 5.0])
    assert trace["bn"].z.tolist() == [[12.0, 5.0]]
    root = (3.5**2 + 7) ** 0.5  # of variance and epsilon
    assert trace["ln"].z.tolist() == [[3.5 / root * 2 + 0.5, -3.5 / root * 3 - 0.5]]
    tensors.pop("bn.running_var")
    np.savez(tmp_path / "w.npz", **{k: np.array(v) for k, v in tensors.items()})
    with pytest.raises(NntraceError, match=r"bn\.running_var"):
        read((2,), bn, ln, whole="w.npz")


KEYS = sorted(
    {field.name for kind in BY_NAME.values() for field in kind.FIELDS}
    | {"reads", "activation", "labels"}
)
VALUES = [
    *("1", "2", "0", "-1", "1.5", "x", "true", "same", "last", "both", "[]", "{}", "input", "l0"),
    *("[1, 1]", "[0, 1]", "[1, 2, 2]", "[-1, -1]", "[a, b]", "[input, l0]", "[input, input]"),
    *("[[1, 2], [3, 4]]", "[[[1]]]", "[[[[1]]], [[[2]]]]", "[[1], [2, 3]]", "[x, 1]"),
    *("{random: ones}", "{file: no.npy}", "{weights: [[1]]}", "{weights: {random: ones}}", "relu"),
]
layers = st.tuples(
    st.sampled_from(NAMED),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=6),
)
SHAPES = ["{shape: [4, 4]}", "{shape: [2, 4, 4]}", "4", "{text: {alphabet: ab, context: 3}}"]


@settings(max_examples=300)
@given(st.sampled_from(SHAPES), st.lists(layers, min_size=1, max_size=4))
def test_any_keys_of_any_kinds_are_read_or_told(shape, declared):
    lines = [
        f"  - {{name: l{at}, kind: {kind}{''.join(f', {key}: {keys[key]}' for key in keys)}}}\n"
        for at, (kind, keys) in enumerate(declared)
    ]
    try:
        parse(f"input: {shape}\nlayers:\n{''.join(lines)}")
    except NntraceError as error:
        for problem in error.problems:
            assert problem.source == "net.yaml"
            assert 1 <= problem.line <= len(lines) + 2
            assert problem.path
