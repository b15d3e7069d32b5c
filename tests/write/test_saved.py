"""Nets written into net files: read back, they are the same to the bit; what cannot be is told."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from valid_nets import VALID, write_files

import nntrace
from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.examples import Example, Expectation, ExpectedValues
from nntrace.core.network import Network
from nntrace.core.ops import KINDS, find_kind
from nntrace.core.ops.attention import Scores
from nntrace.errors import FileError, UsageError
from nntrace.read import bundled
from nntrace.write.nets import HOMES
from tests.helpers.shapednets import shaped_net

UNHURRIED = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def bits(values: Any) -> Any:
    """Return what two arrays share that are the same to the sign of a zero."""
    return None if values is None else (values.dtype.str, values.shape, values.tobytes())


def parts_of(network: Network) -> Iterator[Any]:
    """Give all that a net is made of, so that two can be compared."""
    spec, text = network.input, network.input.text
    yield network.name, network.description, network.dtype, [*network.layers[0].op.FIELDS]
    yield spec.size, spec.labels, spec.shape, bits(spec.mean), bits(spec.std)
    yield text and text._fields()
    for layer in network.layers:
        yield layer.name, layer.kind, layer.reads, layer.shape, layer.channels, layer.labels
        yield layer.activation
        yield told(layer.op), {key: bits(each) for key, each in layer.op.arrays.items()}
    for each in network.examples:
        yield each.name, bits(each.input), each.text
        if expect := each.expect:
            yield expect.class_index, expect.tolerance, expect.relative
            yield [(it.layer, it.quantity, bits(it.values)) for it in expect.values]


def told(op: Any) -> dict[str, Any]:
    """Return what is said of an op, in one way: one number for each dimension is one for all, and
    where nothing is said of dimensions, a file may have to."""
    keys = {name: each for name, each in op.as_keys().items() if name != "dimensions"}
    for name, each in list(keys.items()):
        if isinstance(each, tuple) and name in ("kernel", "stride", "padding", "dilation"):
            keys[name] = each[0] if len({*each}) == 1 else each
    default = {field.name: field.default for field in op.FIELDS}
    return {name: each for name, each in keys.items() if each != default.get(name)}


def saved(network: Network, folder: Path, weights: str | None = None) -> Network:
    """Return a net that was written and read again, without a warning."""
    for left in folder.glob("again.*"):
        left.unlink()
    nntrace.save(network, folder / "again.yaml", weights)
    return nntrace.load(folder / "again.yaml")


def check_same(network: Network, folder: Path, weights: str | None = None) -> None:
    again = saved(network, folder, weights)
    assert [*parts_of(again)] == [*parts_of(network)]
    tokens = min(3, network.input.size)
    one = network.at(tokens) if network.input.varies else network
    two = again.at(tokens) if network.input.varies else again
    rows = np.zeros((2, one.input.size)) if one.input.varies else np.random.default_rng(0)
    x = rows if isinstance(rows, np.ndarray) else rows.standard_normal((2, one.input.size))
    mine, theirs = nntrace.forward(one, x), nntrace.forward(two, x)
    for layer in one.layers:
        assert bits(theirs[layer.name].z) == bits(mine[layer.name].z), layer.name
        assert bits(theirs[layer.name].a) == bits(mine[layer.name].a), layer.name


@pytest.mark.parametrize("weights", [None, *HOMES])
@pytest.mark.parametrize("name", bundled.names())
def test_bundled_nets(name, weights, tmp_path):
    check_same(nntrace.load(name), tmp_path, weights)
    beside = [path.suffix for path in tmp_path.iterdir() if path.suffix != ".yaml"]
    few = nntrace.load(name).parameters <= 1000
    assert beside == ([] if (weights or "inline" * few) == "inline" else [f".{weights or 'npz'}"])


@pytest.mark.parametrize("weights", HOMES)
@pytest.mark.parametrize("name", VALID)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_valid_files(name, weights, tmp_path):
    write_files(tmp_path)
    (tmp_path / "net.yaml").write_text(VALID[name][0], encoding="utf-8")
    check_same(nntrace.load(tmp_path / "net.yaml"), tmp_path, weights)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_kind_is_among_them(tmp_path):
    write_files(tmp_path)
    kinds = {kind for number in range(60) for kind in kinds_in(number)}
    for text, _ in VALID.values():
        (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
        kinds |= {layer.kind for layer in nntrace.load(tmp_path / "net.yaml").layers}
    assert kinds == {*KINDS}


def kinds_in(number: int) -> set[str]:
    return {layer.kind for layer in shaped_net(number)[0].network.layers}


def told_as_attention(network: Network) -> Network:
    """Name the layers of each attention as the reader does, which a net file can say."""
    names: dict[str, str] = {}
    layers = network.layers
    for at, layer in enumerate(layers):
        if isinstance(layer.op, Scores):
            for inner, by in zip(layers[at - 3 : at + 2], ROLES, strict=True):
                names[inner.name] = f"{layers[at + 2].name}.{by}"
    renamed = [
        replace(
            layer,
            name=names.get(layer.name, layer.name),
            reads=tuple(names.get(each, each) for each in layer.reads),
        )
        for layer in layers
    ]
    return replace(network, layers=tuple(renamed))


ROLES = ("query", "key", "value", "scores", "mix")


@UNHURRIED
@given(st.integers(0, 5000), st.sampled_from(HOMES))
def test_nets_of_layers_of_every_kind(tmp_path, number, weights):
    network = shaped_net(number)[0].network
    if network.input.text:  # a trace knows how many tokens there were
        text = network.input.text
        network = replace(network, input=replace(network.input, size=text.context))
    check_same(told_as_attention(network), tmp_path, weights)


# ---- texts and numbers ----

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
ODD = [
    "yes", "~", "null", "010", "1e3", "- a", "a: b", "a #b", "#", "{x}", "[x]", " x ", "x\ny", "'",
    '"', "\\", "\t", "\x00", "\x85", "\u2028", "\ufeff", "\uf202", "\\uF202", "猫", "e\u0301", "🐱",
    "x" * 3000, "...", "---", "? x", "a,b", "*a", "&a", "!a", "%a", "@a", "`a", "\ud7ff", "<<",
]  # fmt: skip


def small(names: list[str], description: str, numbers: Any, dtype: str) -> Network:
    """Make a net of one layer with names from anywhere."""
    values = np.array(numbers, dtype)
    dense = nntrace.Dense(values.reshape(2, 2), values[:2])
    layer = nntrace.Layer(names[0], dense, Activation(ACTIVATIONS["softmax"]), tuple(names[1:3]))
    given = nntrace.Input(
        2, tuple(names[1:3]), None, values[:2], np.abs(values[2:]) + values.dtype.type(1)
    )
    expect = Expectation(None, (ExpectedValues(names[0], "a", values[:2].astype(float)),), 0.5)
    examples = (
        Example(names[3], values[2:], expect),
        Example(names[4], values[:2], Expectation(1)),
    )
    return Network(names[5], given, (layer,), dtype, description, examples)


@UNHURRIED
@given(
    st.lists(TEXTS, min_size=6, max_size=6, unique=True),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.lists(st.floats(-(2.0**99), 2.0**99, width=32), min_size=4, max_size=4),
    st.sampled_from(["float64", "float32"]),
    st.sampled_from(HOMES),
)
@example(ODD[:6], ODD[6], [0.0, -0.0, 1e-45, 1e30], "float32", "inline")
def test_texts_and_numbers(tmp_path, names, description, numbers, dtype, weights):
    if {"input", "tolerance", "relative"} & {names[0]} or "\0" in names[0]:
        return
    network = small(names, description, numbers, dtype)
    if any(
        char in name for name in [*names, description] for char in "\U000f0085\U000f2028\U000f2029"
    ):
        with pytest.raises(UsageError):
            saved(network, tmp_path, weights)
        return
    check_same(network, tmp_path, weights)


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_odd_texts_in_every_place(odd, tmp_path):
    names = [odd, odd, f"{odd}2", odd, f"{odd}2", odd]
    check_same(small(names, odd, [1, 2, 3, 4], "float64"), tmp_path, "inline")


@settings(max_examples=200)
@given(st.lists(FLOATS, min_size=1))
@example([5e-324, 1.7976931348623157e308, -0.0, 0.1, 1e16, 1e22, 123456789012345680.0])
def test_float64(tmp_path_factory, numbers):
    check_same(with_bias(np.array(numbers)), tmp_path_factory.getbasetemp(), "inline")


@settings(max_examples=200)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1))
@example([1e-45, 3.4028235e38, -0.0, 16777216.0, 0.1, 8.589973e9])
def test_float32(tmp_path_factory, numbers):
    values = np.array(numbers, np.float32)
    check_same(with_bias(values), tmp_path_factory.getbasetemp(), "inline")


def with_bias(values: Any) -> Network:
    dense = nntrace.Dense(np.zeros((len(values), 1), values.dtype), values)
    return Network("net", nntrace.Input(1), (nntrace.Layer("output", dense),), values.dtype.name)


# ---- what is easily lost ----


def odd_bytes(values: Any) -> Any:
    """Return the same numbers at an odd place in memory, as they lie in many a file."""
    room = np.frombuffer(b"\0" + values.tobytes(), values.dtype, values.size, 1)
    return room.reshape(values.shape)


@pytest.mark.parametrize("shape", [(3, 4), (130, 2100), (600, 600)])
@pytest.mark.parametrize("lie", [np.ascontiguousarray, np.asfortranarray, odd_bytes])
def test_numbers_lie_as_they_did(lie, shape, tmp_path):
    draw = np.random.default_rng(0).standard_normal
    dense = nntrace.Dense(lie(draw(shape)), draw(shape[0]))
    layers = (nntrace.Layer("output", dense),)
    network = Network("net", nntrace.Input(shape[1]), layers)
    nntrace.save(network, tmp_path / "again.yaml", "npz")
    again = nntrace.load(tmp_path / "again.yaml")
    assert zipfile.ZipFile(tmp_path / "again.npz").testzip() is None
    assert (np.load(tmp_path / "again.npz")["output.weight"] == network.output.weights).all()
    for rows in (1, 3, 33):
        x = draw((rows, shape[1]))
        one, two = (nntrace.forward(each, x)["output"].z for each in (network, again))
        assert bits(one) == bits(two)


def test_an_input_of_two_axes_that_is_channels_by_length(tmp_path):
    conv = find_kind("conv")(np.ones((2, 3, 2)), np.zeros(2))  # of dimensions nothing is said
    network = Network("net", nntrace.Input(12, shape=(3, 4)), (nntrace.Layer("output", conv),))
    assert saved(network, tmp_path).shape("output") == network.shape("output") == (2, 3)


def test_a_dense_layer_that_reads_all_tokens(tmp_path):
    text = nntrace.Text("ab", context=1)
    embedding = find_kind("embedding")(np.ones((2, 3)))
    dense = nntrace.Dense(np.ones((2, 3)), np.zeros(2))
    layers = (nntrace.Layer("e", embedding), nntrace.Layer("output", dense))
    network = Network("net", nntrace.Input.of_text(text), layers)
    assert saved(network, tmp_path).shape("output") == (2,)


@pytest.mark.parametrize("weights", HOMES)
def test_a_large_mean_is_kept_beside(weights, tmp_path):
    numbers = np.random.default_rng(0).random(40)
    given = nntrace.Input(40, None, None, numbers, numbers + 1)
    layer = nntrace.Layer("input.mean", nntrace.Dense(np.ones((2, 40)), np.zeros(2)))
    check_same(Network("net", given, (layer,)), tmp_path, weights)


def test_the_same_net_gives_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        nntrace.save(nntrace.load("digits"), tmp_path / folder / "net.yaml")
    for name in ("net.yaml", "net.npz"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


# ---- what cannot be said ----


def layers(*made: Any, **more: Any) -> Network:
    return Network("net", nntrace.Input(2), tuple(nntrace.Layer(*each) for each in made), **more)


DENSE = nntrace.Dense(np.ones((2, 2)), np.zeros(2))
TOKENS = nntrace.load("letters")


def inner(name: str = "other") -> Network:
    """Return the net letters with one inner layer of its attention named otherwise."""
    old = "block1.attention.mix"
    changed = [
        replace(
            layer,
            name=name if layer.name == old else layer.name,
            reads=tuple(name if each == old else each for each in layer.reads),
        )
        for layer in TOKENS.layers
    ]
    return replace(TOKENS, layers=tuple(changed))


def with_example(expect: Expectation, network: Network | None = None) -> Network:
    network = network or layers(("a", DENSE), ("a.z", DENSE), ("tolerance", DENSE))
    return replace(network, examples=(Example("e", np.zeros(network.input.size), expect),))


ZEROS = np.zeros(2)
UNSAYABLE = {
    "an inner layer by another name": (
        inner(),
        ["layers[6]: block1.attention.scores is of kind scores", "layers[7]: other is of kind mix"],
    ),
    "no name": (layers(("", DENSE)), ["layers[0].name: is empty"]),
    "no label": (
        layers(("a", DENSE, Activation(ACTIVATIONS["relu"]), ("", "x"))),
        ["labels[0]: is"],
    ),
    "half a character": (layers(("\ud800", DENSE)), ["layers[0].name: has U+D800"]),
    "some tokens": (TOKENS.at(5), ["input: is the net at 5 tokens, takes the one for up to 64"]),
    "z of a, and a layer a.z": (
        with_example(Expectation(None, (ExpectedValues("a", "z", ZEROS),))),
        ["examples[0].expect: names a.z, which is a layer too"],
    ),
    "a layer tolerance": (
        with_example(Expectation(None, (ExpectedValues("tolerance", "a", ZEROS),), 0.5)),
        ["examples[0].expect: names tolerance, which is the key of how far off values may be too"],
    ),
    "a number that is not finite": (
        with_example(Expectation(None, (ExpectedValues("a", "a", ZEROS + np.inf),))),
        ["examples[0].expect: has numbers that are not finite"],
    ),
    "no text": (
        replace(TOKENS, examples=(Example("e", np.array([0.5])),)),
        ["examples[0].input: is the input of no text"],
    ),
}


@pytest.mark.parametrize(("network", "told"), UNSAYABLE.values(), ids=UNSAYABLE)
def test_what_a_net_file_cannot_say(network, told, tmp_path):
    with pytest.raises(UsageError) as error:
        nntrace.save(network, tmp_path / "net.yaml")
    problems = [str(each) for each in error.value.problems]
    assert len(problems) == len(told)
    assert all(part in each for part, each in zip(told, problems, strict=True)), problems
    assert not [*tmp_path.iterdir()]


# ---- files ----


def test_suffixes_and_homes(tmp_path):
    network = nntrace.load("xor")
    with pytest.raises(UsageError, match=r"takes \.yaml, \.yml or \.onnx"):
        nntrace.save(network, tmp_path / "net.txt")
    with pytest.raises(UsageError, match="inline, npz, safetensors"):
        nntrace.save(network, tmp_path / "net.yaml", "hdf5")
    nntrace.save(network, str(tmp_path / "net.YML"))
    assert [path.name for path in tmp_path.iterdir()] == ["net.YML"]


def test_weights_that_belong_to_nobody_are_left(tmp_path):
    (tmp_path / "net.npz").write_bytes(b"mine")
    with pytest.raises(FileError, match=r"is there, and no net\.yaml that it belongs to"):
        nntrace.save(nntrace.load("digits"), tmp_path / "net.yaml")
    assert [path.name for path in tmp_path.iterdir()] == ["net.npz"]
    assert (tmp_path / "net.npz").read_bytes() == b"mine"


def test_files_are_replaced_together_or_not_at_all(tmp_path, monkeypatch):
    nntrace.save(nntrace.load("digits"), tmp_path / "net.yaml")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    network = nntrace.load("letters")
    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(FileError, match="no space left"):
        nntrace.save(network, tmp_path / "net.yaml")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    monkeypatch.undo()
    nntrace.save(network, tmp_path / "net.yaml")
    assert nntrace.load(tmp_path / "net.yaml").name == "letters"


def failing(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_obeys_the_umask_and_a_link_stays_one(tmp_path):
    (tmp_path / "link.yaml").symlink_to("net.yaml")
    before = os.umask(0o027)
    try:
        nntrace.save(nntrace.load("xor"), tmp_path / "link.yaml")
    finally:
        os.umask(before)
    assert (tmp_path / "link.yaml").is_symlink()
    assert stat.S_IMODE((tmp_path / "net.yaml").stat().st_mode) == 0o640


@pytest.mark.parametrize("path", ["gone/net.yaml", "net\0.yaml"])
def test_a_place_where_no_file_can_be(path, tmp_path):
    with pytest.raises(FileError):
        nntrace.save(nntrace.load("xor"), f"{tmp_path}/{path}")
