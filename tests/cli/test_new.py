"""`nntrace new`: a net file begun from tensors' names and shapes, which loads beside them."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nntrace as package

TORCH = Path(__file__).parents[1] / "read" / "torch"
NORM = ("weight", "bias", "running_mean", "running_var")


def dense(name: str, size: int, reads: int) -> dict[str, Any]:
    return {f"{name}.weight": (size, reads), f"{name}.bias": (size,)}


def norm(name: str, size: int) -> dict[str, Any]:
    return {f"{name}.{each}": (size,) for each in NORM} | {f"{name}.num_batches_tracked": ()}


def steps(name: str, rows: int, reads: int, size: int, ends: tuple[str, ...] = ("l0",)) -> Any:
    shapes = {"weight_ih": (rows, reads), "weight_hh": (rows, size)}
    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
    return {f"{name}.{key}_{end}": shape for end in ends for key, shape in shapes.items()}


def attention(name: str, width: int) -> dict[str, Any]:
    packed = {"in_proj_weight": (3 * width, width), "in_proj_bias": (3 * width,)}
    packed |= {"out_proj.weight": (width, width), "out_proj.bias": (width,)}
    return {f"{name}.{key}": shape for key, shape in packed.items()}


# Tensors, what the input is, and of each layer its name, kind and activation.
BEGUN: dict[str, tuple[dict[str, Any], Any, list[Any]]] = {
    "dense layers": (
        dense("fc1", 8, 4) | dense("fc2", 3, 8),
        {"size": 4},
        [("fc1", None, "relu"), ("fc2", None, "identity")],
    ),
    "a Sequential, whose numbers tell what stands between": (
        dense("0", 8, 4) | dense("2", 8, 8) | dense("3", 3, 8),
        {"size": 4},
        [("0", None, "relu"), ("2", None, None), ("3", None, "identity")],
    ),
    "more than ten": (
        {key: shape for at in (0, 2, 10, 4, 6, 8) for key, shape in dense(str(at), 5, 5).items()},
        {"size": 5},
        [(str(at), None, "relu") for at in (0, 2, 10, 4, 6)] + [("8", None, "identity")],
    ),
    "convolutions": (
        {"c1.weight": (8, 1, 3, 3)} | norm("n1", 8) | {"c2.weight": (16, 8, 3, 3)}
        | dense("fc", 10, 16 * 25),
        {"shape": [1, 9, 9]},
        [
            ("c1", "conv", None), ("n1", "batch_norm", "relu"), ("c2", "conv", "relu"),
            ("fc", None, "identity"),
        ],
    ),
    "a convolution in groups, and one mean a channel": (
        {"c1.weight": (8, 3, 3, 3), "c2.weight": (8, 1, 3, 3)} | dense("fc", 10, 8),
        {"shape": [3, 32, 32]},
        [
            ("c1", "conv", "relu"), ("c2", "conv", "relu"),
            ("fc.pool", "global_average_pool", None), ("fc", None, "identity"),
        ],
    ),
    "signals": (
        {"c.weight": (4, 2, 3), "c.bias": (4,)} | dense("fc", 2, 24),
        {"shape": [2, 8]},
        [("c", "conv", "relu"), ("fc", None, "identity")],
    ),
    "a transposed convolution, told by its bias": (
        {"c.weight": (4, 2, 3, 3), "d.weight": (4, 6, 2, 2), "d.bias": (6,)},
        {"shape": [2, 32, 32]},
        [("c", "conv", "relu"), ("d", "conv_transpose", "identity")],
    ),
    "steps": (
        steps("lstm", 28, 5, 7) | steps("lstm", 28, 7, 7, ("l1",)) | steps("g", 9, 7, 3)
        | dense("fc", 2, 3),
        {"shape": [8, 5]},
        [
            ("lstm", "lstm", None), ("lstm.l1", "lstm", None), ("g", "gru", None),
            ("fc", None, "identity"),
        ],
    ),
    "both ways": (
        steps("l", 28, 5, 7, ("l0", "l0_reverse")) | dense("fc", 2, 14),
        {"shape": [8, 5]},
        [("l", "lstm", None), ("fc", None, "identity")],
    ),
    "a small GPT": (
        {"emb.weight": (27, 16), "pos.weight": (12, 16), "ln.weight": (16,), "ln.bias": (16,)}
        | attention("att", 16) | dense("up", 64, 16) | dense("down", 16, 64)
        | {"head.weight": (27, 16)},
        {"text": {"alphabet": " abcdefghijklmnopqrstuvwxyz", "context": 12}},
        [
            ("emb", "embedding", None), ("pos", "positions", None), ("ln", "layer_norm", None),
            ("att", "attention", None), ("up", None, "relu"), ("down", None, "relu"),
            ("head", None, "identity"),
        ],
    ),
    "Keras": (
        {
            "conv2d/kernel:0": (3, 3, 2, 4), "conv2d/bias:0": (4,),
            "batch_normalization/gamma:0": (4,), "batch_normalization/beta:0": (4,),
            "batch_normalization/moving_mean:0": (4,),
            "batch_normalization/moving_variance:0": (4,),
            "dense/kernel:0": (4 * 36, 5), "dense/bias:0": (5,), "optimizer/iter:0": (),
        },
        {"shape": [8, 8, 2]},
        [
            ("channels_first", "transpose", None), ("conv2d", "conv", None),
            ("batch_normalization", "batch_norm", "relu"),
            ("dense.channels_last", "transpose", None), ("dense", None, "identity"),
        ],
    ),
    "numbered arrays": (
        {"W1": (4, 6), "b1": (6,), "W2": (6, 3), "b2": (3,)},
        {"size": 4},
        [("layer1", None, "relu"), ("layer2", None, "identity")],
    ),
    "scikit-learn's": (
        {"coefs_0": (4, 6), "intercepts_0": (6,), "coefs_1": (6, 3), "intercepts_1": (3,)},
        {"size": 4},
        [("layer0", None, "relu"), ("layer1", None, "identity")],
    ),
    "a layer alone": (
        {"weight": (3, 4), "bias": (3,)},
        {"size": 4},
        [("output", None, "identity")],
    ),
    "in an order that their sizes tell": (
        dense("b", 3, 5) | dense("a", 2, 3) | dense("c", 5, 7),
        {"size": 7},
        [("c", None, "relu"), ("b", None, "relu"), ("a", None, "identity")],
    ),
}  # fmt: skip


def numbers(shapes: dict[str, Any]) -> dict[str, Any]:
    draw = np.random.default_rng(0).random
    return {name: draw(shape).astype(np.float32) for name, shape in shapes.items()}


def begun(quick: Any, file: str) -> Any:
    """Return the file that is begun, which loads without a warning."""
    done = quick("new", file)
    assert (done.code, done.err) == (0, "")
    Path("begun.yaml").write_bytes(done.out)
    return yaml.safe_load(done.out)


@pytest.mark.parametrize("name", BEGUN)
def test_what_is_begun_loads(name, folder, quick):
    shapes, given, layers = BEGUN[name]
    np.savez("model.npz", **numbers(shapes))
    told = begun(quick, "model.npz")
    assert told["input"] == given
    seen = [(each["name"], each.get("kind"), each.get("activation")) for each in told["layers"]]
    assert [(str(name), *rest) for name, *rest in seen] == layers
    net = package.load("begun.yaml")
    assert net.dtype == "float32"
    there = sum(prod(shape) for shape in shapes.values() if shape != ())
    assert net.parameters >= there  # a bias that is not there is zeros


def test_keras_is_read_in_its_own_order(folder, quick):
    """Channels last, as Keras has them: against a pass that is written out here."""
    shapes, _, _ = BEGUN["Keras"]
    arrays = {key: value.astype(np.float64) for key, value in numbers(shapes).items()}
    np.savez("model.npz", **arrays)
    begun(quick, "model.npz")
    picture = np.random.default_rng(1).random((8, 8, 2))
    windows = np.lib.stride_tricks.sliding_window_view(picture, (3, 3), axis=(0, 1))
    z = np.einsum("hwcij,ijck->hwk", windows, arrays["conv2d/kernel:0"]) + arrays["conv2d/bias:0"]
    part = {key.split("/")[1][:-2]: value for key, value in arrays.items() if "batch" in key}
    z = (z - part["moving_mean"]) / np.sqrt(part["moving_variance"] + 1e-3)
    a = np.maximum(z * part["gamma"] + part["beta"], 0)
    expected = a.ravel() @ arrays["dense/kernel:0"] + arrays["dense/bias:0"]
    output = package.forward(package.load("begun.yaml"), picture.ravel()).output[0]
    np.testing.assert_allclose(output, expected, rtol=1e-12)


def test_what_no_layer_has_is_ignored_and_named(folder, quick):
    np.savez("model.npz", **numbers(dense("fc", 2, 3) | {"step": (), "odd": (2, 2, 2, 2, 2, 2)}))
    told = begun(quick, "model.npz")
    assert told["weights"] == {"file": "model.npz", "ignore": ["step", "odd"]}
    assert (
        b"    - step                         # no layer is known that has it"
        in quick("new", "model.npz").out
    )


def test_the_order_that_sizes_tell_is_marked_as_a_guess(folder, quick):
    np.savez("model.npz", **numbers(BEGUN["in an order that their sizes tell"][0]))
    assert (
        b"# The order of the layers is a guess, too: by their sizes.\n"
        in quick("new", "model.npz").out
    )


@pytest.mark.parametrize("file", ["state.pt", "checkpoint.pth", "alone.pt"])
def test_files_of_pytorch(file, folder, quick):
    (folder / file).write_bytes((TORCH / file).read_bytes())
    begun(quick, file)
    assert package.load("begun.yaml").parameters == (28 if file == "alone.pt" else 17)


def test_files_of_one_array(folder, quick):
    np.save("one.npy", np.ones((2, 3)))
    (folder / "one.csv").write_text("1,2.5,3\n4,5,6\n")
    for file in ("one.npy", "one.csv"):
        told = begun(quick, file)
        assert told["layers"][0]["weights"] == {"file": file}
        assert "dtype" not in told


def test_safetensors_and_an_output_file(folder, quick):
    quick("convert", "digits-conv", "net.yaml", "--weights", "safetensors")
    done = quick("new", "net.safetensors", "-o", "again.yaml")
    assert done.code == 0
    assert package.load("again.yaml").parameters == package.load("digits-conv").parameters


def test_where_it_does_not_load_a_warning_says_so(folder, quick):
    np.savez("model.npz", **numbers(dense("a", 2, 3) | dense("b", 4, 5) | dense("c", 6, 7)))
    done = quick("new", "model.npz")
    assert done.code == 0
    assert done.err.startswith("nntrace: warning: does not load yet: ")
    assert b"# Does not load yet: " in done.out
    assert b"# takes 5, but a gives 2: guess, the order may be another\n" in done.out


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("gone.npz", "gone.npz: no such file or directory"),
        ("clues.yaml", "clues.yaml is no file of weights, takes .npy, .npz"),
        ("odd.npz", "odd.npz: no layer is known that has its tensors: x"),
        ("none.npz", "none.npz: no layer is known that has its tensors: none"),
    ],
)
def test_what_it_refuses(file, told, folder, quick):
    np.savez("odd.npz", x=np.ones((2,) * 6))
    np.savez("none.npz")
    done = quick("new", file)
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith(f"nntrace: error: {told}")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 9), min_size=2, max_size=6), last=st.booleans())
def test_chains_of_any_sizes_load(sizes, last, folder, quick):
    shapes: dict[str, Any] = {}
    for at, (reads, size) in enumerate(pairwise(sizes), 1):
        shape = (reads, size) if last else (size, reads)
        shapes |= {f"W{at}": shape, f"b{at}": (size,)} if last else dense(f"fc{at}", size, reads)
    np.savez("model.npz", **numbers(shapes))
    begun(quick, "model.npz")
    assert package.load("begun.yaml").parameters == sum(map(prod, shapes.values()))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shapes=st.dictionaries(
        st.text("abw.01/:_ é", min_size=1, max_size=12).map(str.strip).filter(bool),
        st.lists(st.integers(0, 5), max_size=5).map(tuple),
        min_size=1,
        max_size=6,
    ),
    ends=st.sampled_from(["", ".weight", ".bias", "/kernel", ".running_mean", ".weight_ih_l0"]),
)
def test_tensors_of_any_names_and_shapes(shapes, ends, folder, quick):
    np.savez("model.npz", **{f"{name}{ends}": np.ones(shape) for name, shape in shapes.items()})
    done = quick("new", "model.npz")
    assert done.code in (0, 2)
    assert "fault of nntrace" not in done.err
