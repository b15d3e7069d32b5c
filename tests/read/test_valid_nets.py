"""Net files that must be accepted, and the values that they must give."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from statistics import NormalDist
from typing import Any

import mpmath
import numpy as np
import pytest
import yaml
from netfiles import CONFIGS, HAS_C_PARSER, broken_nets, parse, tree
from valid_nets import FILES, VALID, write_files

from nntrace.core.network import Network
from nntrace.core.numerics.initial import INITIALISERS, draw, normal_quantile
from nntrace.read.nets import yaml as netfile
from nntrace.read.nets.load import load
from nntrace.read.yaml import nodes


def values(network: Network) -> dict[str, Any]:
    """Return all of a net but its arrays' types, which test_arrays_are_of_the_dtype looks at."""
    spec = network.input
    return {
        "name": network.name,
        "description": network.description,
        "dtype": network.dtype,
        "input": {
            "size": spec.size,
            "labels": spec.labels,
            "shape": spec.shape,
            "mean": None if spec.mean is None else spec.mean.tolist(),
            "std": None if spec.std is None else spec.std.tolist(),
        },
        "layers": [
            {
                "name": layer.name,
                **{name: array.tolist() for name, array in layer.op.arrays.items()},
                "activation": layer.activation.name,
                "parameters": {
                    name: np.asarray(value).tolist()
                    for name, value in layer.activation.parameters.items()
                },
                "labels": layer.labels,
                "shape": layer.shape,
            }
            for layer in network.layers
        ],
        "examples": [
            {
                "name": example.name,
                "input": example.input.tolist(),
                "class": example.expect and example.expect.class_index,
                "values": {
                    (each.layer, each.quantity): each.values.tolist()
                    for each in (example.expect.values if example.expect else ())
                },
                "tolerance": example.expect and example.expect.tolerance,
            }
            for example in network.examples
        ],
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the weights files of the table."""
    folder = tmp_path_factory.mktemp("nets")
    write_files(folder)
    return folder


def holds(found: Any, expected: Any, path: str = "") -> None:
    """Compare what the table says with what was read; what it does not say is left alone."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            assert key in found, f"{path}.{key}"
            holds(found[key], value, f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(found, list) and path.count(".") < 2:
        assert len(found) == len(expected), path
        for index, (one, other) in enumerate(zip(found, expected, strict=True)):
            holds(one, other, f"{path}[{index}]")
    else:
        assert found == expected, path


@pytest.mark.parametrize(("text", "expected"), VALID.values(), ids=VALID)
@pytest.mark.parametrize("loader", [nodes.LOADER, yaml.SafeLoader], ids=["fast", "pure"])
def test_valid(
    text: str,
    expected: dict[str, Any],
    loader: object,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nodes, "LOADER", loader)
    network = parse(text, folder)
    holds(values(network), expected)
    for array in arrays(network):
        assert array.dtype == network.dtype
        assert not array.flags.writeable


def arrays(network: Network) -> list[np.ndarray]:
    spec = network.input
    found = [each for each in (spec.mean, spec.std) if each is not None]
    for layer in network.layers:
        found += layer.op.arrays.values()
    return found


ENCODINGS = {
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "CR": lambda text: text.replace("\n", "\r").encode(),
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "byte order mark and CRLF": lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, big end first": lambda text: ("\ufeff" + text).encode("utf-16-be"),
    "no last line end": lambda text: text.rstrip("\n").encode(),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_encodings(encode: Any) -> None:
    text, expected = VALID["letters of every kind"]
    holds(values(parse(encode(text))), expected)


@pytest.mark.skipif(not HAS_C_PARSER, reason="PyYAML without its C parser")
@pytest.mark.parametrize(
    "text",
    [
        *(text for text, _ in VALID.values()),
        *(path.read_text(encoding="utf-8") for path in CONFIGS),
        *(
            case.text
            for case in broken_nets()
            if case.problems[0].count(": ") > 2
            and "is no YAML" not in case.problems[0]
            and "aliases" not in case.title
        ),
    ],
)
def test_both_parsers_see_the_same(text: str) -> None:
    assert tree(text, nodes.LOADER) == tree(text, yaml.SafeLoader)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configs(path: Path) -> None:
    by_path, by_name = load(path), load(path.stem)
    assert values(by_path) == values(by_name)
    assert by_path.name == path.stem


def test_names_by_default(tmp_path: Path) -> None:
    net = tmp_path / "my.first net.yaml"
    net.write_text("input: 1\nlayers: [{weights: [[1]]}]")
    assert load(net).name == "my.first net"
    assert load(str(net)).name == "my.first net"


def test_a_linked_net_has_its_files_beside_the_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "links").mkdir()
    (tmp_path / "real" / "net.yaml").write_text("input: 1\nlayers: [{weights: {file: w.npy}}]")
    (tmp_path / "links" / "other.yaml").symlink_to(tmp_path / "real" / "net.yaml")
    np.save(tmp_path / "links" / "w.npy", np.array([[5.0]]))
    network = load(tmp_path / "links" / "other.yaml")
    assert network.name == "other"
    assert network.layers[0].weights.tolist() == [[5]]


def test_a_linked_folder_and_a_link_within_it(tmp_path: Path) -> None:
    real = tmp_path / "real"
    (real / "deep").mkdir(parents=True)
    np.save(real / "w.npy", np.array([[5.0]]))
    (real / "deep" / "v.npy").symlink_to(real / "w.npy")
    text = "input: 1\nlayers: [{weights: {file: w.npy}}, {weights: {file: deep/../deep/v.npy}}]"
    (real / "net.yaml").write_text(text)
    (tmp_path / "link").symlink_to(real)
    for folder in (real, tmp_path / "link"):
        network = load(folder / "net.yaml")
        assert [layer.weights.tolist() for layer in network.layers] == [[[5]], [[5]]]


def test_a_net_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text("input: 3\nlayers: [{weights: {file: sub/w.npy}}]")
    assert load("net.yaml").layers[0].weights.tolist() == FILES["w.npy"].tolist()
    text = b"input: 3\nlayers: [{weights: {file: w.npy}}]"
    network = netfile.parse(text, "<stdin>", Path(), "stdin")
    assert network.layers[0].weights.tolist() == FILES["w.npy"].tolist()


# ---- numbers drawn at random ----

# Weights of 2 neurons with 3 inputs, seed 7, the first three. They must never change: lessons and
# quizzes are written with them.
GOLDEN = {
    "he_normal": "0x1.0a9f5b3efa8c5p-2 0x1.0896b1b3d240dp+0 0x1.3cc14954cca1bp-1",
    "he_uniform": "0x1.6a50af29f8431p-2 0x1.1f9d0f4091654p+0 0x1.8f3c4b58e31d0p-1",
    "glorot_normal": "0x1.9d0cbe55cd014p-3 0x1.99e6230fe913cp-1 0x1.eab6fb7df966dp-2",
    "glorot_uniform": "0x1.18a5eb96e11b5p-2 0x1.bd91a60bdd003p-1 0x1.353f1b209ca54p-1",
    "normal": "0x1.468b65d1c8f66p-2 0x1.440db822726dep+0 0x1.83f1b00d69c1ep-1",
    "uniform": "0x1.400c8353e3ca9p-1 0x1.cb5f9b795e4cdp-1 0x1.8d26acbf2815fp-1",
    "zeros": "0x0.0p+0 0x0.0p+0 0x0.0p+0",
    "ones": "0x1.0000000000000p+0 0x1.0000000000000p+0 0x1.0000000000000p+0",
}


def random_net(name: str, size: int, fan_in: int, more: str = "", dtype: str = "float64") -> Any:
    weights = f"{{random: {name}{more}}}"
    return parse(
        f"dtype: {dtype}\ninput: {fan_in}\n"
        f"layers: [{{size: {size}, weights: {weights}, bias: {weights}}}]"
    ).layers[0]


def test_golden_has_all() -> None:
    assert list(GOLDEN) == list(INITIALISERS)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_same_seed_gives_the_same_numbers_everywhere(name: str) -> None:
    layer = random_net(name, 2, 3, ", seed: 7")
    assert [value.hex() for value in layer.weights.flat[:3].tolist()] == GOLDEN[name].split()
    assert layer.bias.tolist() == layer.weights.flat[:2].tolist()  # the same stream and scale
    single = random_net(name, 2, 3, ", seed: 7", "float32")
    assert np.array_equal(single.weights, layer.weights.astype(np.float32))


def test_numbers_come_from_the_raw_stream_as_documented() -> None:
    raw = [int(each) for each in np.random.PCG64(7).random_raw(5)]
    uniform = random_net("uniform", 1, 5, ", seed: 7").weights[0]
    assert uniform.tolist() == [(each >> 11) / 2**53 for each in raw]
    normal = random_net("normal", 1, 5, ", seed: 7").weights[0]
    exact = [NormalDist().inv_cdf((each >> 12) / 2**52 + 2.0**-53) for each in raw]
    assert normal.tolist() == pytest.approx(exact, rel=1e-15)


def test_seeds() -> None:
    first, zero, one = (
        random_net("normal", 3, 3, seed).weights.tolist() for seed in ("", ", seed: 0", ", seed: 1")
    )
    assert first == zero
    assert zero != one
    assert random_net("normal", 1, 1, f", seed: {2**63 - 1}").weights.size == 1


def test_more_numbers_begin_with_the_same() -> None:
    few, many = (draw("normal", (count,), 1, 1, 3) for count in (10, 200_000))
    assert np.array_equal(few, many[:10])
    assert len(np.unique(many)) > 199_990


# He et al. 2015: variance 2/fan_in; Glorot and Bengio 2010: 2/(fan_in + fan_out); a uniform
# distribution from -a to a has the variance a²/3.
SIZE, FAN_IN = 400, 500
STATISTICS = {
    "he_normal": (0, 2 / FAN_IN, math.inf),
    "he_uniform": (0, 2 / FAN_IN, math.sqrt(6 / FAN_IN)),
    "glorot_normal": (0, 2 / (FAN_IN + SIZE), math.inf),
    "glorot_uniform": (0, 2 / (FAN_IN + SIZE), math.sqrt(6 / (FAN_IN + SIZE))),
    "normal": (0, 1, math.inf),
    "uniform": (0.5, 1 / 12, 1),
}


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics(name: str) -> None:
    mean, variance, limit = STATISTICS[name]
    drawn = random_net(name, SIZE, FAN_IN, ", seed: 3").weights
    assert drawn.mean() == pytest.approx(mean, abs=4 * math.sqrt(variance / drawn.size))
    assert drawn.var() == pytest.approx(variance, rel=0.02)
    assert np.abs(drawn).max() <= limit
    if limit < math.inf:
        assert np.abs(drawn).max() > 0.999 * limit
        assert drawn.min() >= (0 if name == "uniform" else -limit)
    else:  # the shares of a normal distribution within one and two deviations
        for deviations, share in ((1, 0.6827), (2, 0.9545), (3, 0.9973)):
            within = np.abs(drawn) < deviations * math.sqrt(variance)
            assert within.mean() == pytest.approx(share, abs=0.005)


def test_normal_quantile_against_mpmath() -> None:
    inner = np.linspace(0.001, 0.999, 199)
    tails = 2.0 ** -np.arange(2, 54)
    with mpmath.workdps(40):
        for p in [*inner, *tails, *(1 - tails), 0.075, 0.925, 0.0749999, 0.9250001]:
            exact = mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(float(p)) - 1)
            [found] = normal_quantile(np.array([p]))
            assert abs(found - exact) <= 1e-15 * abs(exact), p


def test_normal_quantile_is_odd() -> None:
    p = np.array([0.5, 0.25, 2.0**-7, 2.0**-40, 0.4375])
    assert np.array_equal(normal_quantile(p), -normal_quantile(1 - p))


def test_float16_bits_are_what_the_table_says() -> None:
    assert struct.unpack("<e", b"\x00\x3e") == (1.5,)  # the bytes that valid_nets.py writes
