"""Arrays of files for layers that are not dense: a fault is told where the net names the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netfiles import parse, problems

import nntrace

CONV = "[{name: c, kind: conv}, {name: bn, kind: batch_norm}, {name: out}]"
CONV_TENSORS = {
    "c.weight": (2, 1, 3, 3),
    "c.bias": (2,),
    "bn.running_mean": (2,),
    "bn.running_var": (2,),
    "bn.weight": (2,),
    "bn.bias": (2,),
    "bn.num_batches_tracked": (),
    "out.weight": (3, 8),
    "out.bias": (3,),
}
LSTM = "[{name: l, kind: lstm}]"
LSTM_TENSORS = {
    "l.weight_ih_l0": (4, 2),
    "l.weight_hh_l0": (4, 1),
    "l.bias_ih_l0": (4,),
    "l.bias_hh_l0": (4,),
}
REVERSE = {f"{name}_reverse": shape for name, shape in LSTM_TENSORS.items()}
ATTENTION = "[{name: a, kind: attention, heads: 1}]"
PACKED = {
    "a.in_proj_weight": (6, 2),
    "a.in_proj_bias": (6,),
    "a.out_proj.weight": (2, 2),
    "a.out_proj.bias": (2,),
}
BLOCKS = {f"a.{block}.weight": (2, 2) for block in ("query", "key", "value", "output")}
TABLES = "[{name: e, kind: embedding}, {name: p, kind: positions}]"

PICTURE, STEPS = "{shape: [1, 4, 4]}", "{shape: [3, 2]}"
TEXT = "{text: {alphabet: abc, context: 3}}"
LEFT = (
    "'w.npz' holds what no layer reads: {}; takes a layer for each, or ignore: names or patterns "
    "of those to leave"
)


def without(tensors: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: shape for name, shape in tensors.items() if name not in names}


# What the net reads, its layers, the tensors of the file by their shapes or numbers, what is told.
CASES: dict[str, tuple[str, str, dict[str, Any], list[str]]] = {
    "all is there": (PICTURE, CONV, CONV_TENSORS, []),
    "a tensor too many": (
        PICTURE,
        CONV,
        CONV_TENSORS | {"d.weight": (1,)},
        ["1:10: weights: " + LEFT.format("d.weight")],
    ),
    "one missing, its name misspelt": (
        PICTURE,
        CONV,
        without(CONV_TENSORS, "bn.running_var") | {"bn.runing_var": (2,)},
        [
            "1:10: weights: 'w.npz': unknown tensor 'bn.running_var', did you mean "
            "'bn.runing_var'?",
            "1:10: weights: " + LEFT.format("bn.runing_var"),
        ],
    ),
    "a kernel as Keras has it": (
        PICTURE,
        CONV,
        CONV_TENSORS | {"c.weight": (3, 3, 1, 2)},
        [
            "1:10: weights: c.weight is 3 × 3 × 1 × 2, c takes channels × 1 × kernel × kernel "
            "(channels × (in / groups) × kernel…); transpose: true would fit"
        ],
    ),
    "a kernel of other channels": (
        PICTURE,
        CONV,
        CONV_TENSORS | {"c.weight": (2, 2, 3, 3)},
        [
            "1:10: weights: c.weight is 2 × 2 × 3 × 3, c takes channels × 1 × kernel × kernel "
            "(channels × (in / groups) × kernel…)"
        ],
    ),
    "a single number as a kernel": (
        PICTURE,
        "[{name: c, kind: conv}]",
        {"c.weight": ()},
        [
            "1:10: weights: c.weight is a single number, c takes channels × 1 × kernel × kernel "
            "(channels × (in / groups) × kernel…)"
        ],
    ),
    "a kernel too large": (
        "{shape: [1, 2, 2]}",
        "[{name: c, kind: conv}]",
        {"c.weight": (1, 1, 3, 3)},
        [
            "1:10: weights: c.weight spans 3 × 3, what is read 2 × 2; takes a kernel of at most "
            "2 × 2"
        ],
    ),
    "a scale of another length, a mean as a row": (
        PICTURE,
        CONV,
        CONV_TENSORS | {"bn.weight": (3,), "bn.running_mean": (1, 2)},
        ["1:10: weights: bn.weight has 3 numbers, bn takes 2 (channels)"],
    ),
    "a norm with numbers of its own": (
        PICTURE,
        "[{name: c, kind: conv}, {name: bn, kind: batch_norm, mean: [1, 2], variance: [1, 2]}]",
        {name: CONV_TENSORS[name] for name in ("c.weight", "bn.running_mean")},
        ["1:10: weights: " + LEFT.format("bn.running_mean (bn has numbers of its own)")],
    ),
    "a variance that is none": (
        PICTURE,
        CONV,
        CONV_TENSORS | {"bn.running_var": np.array([1, np.nan])},
        ["1:10: weights: bn.running_var: its number [1] is nan, takes finite numbers"],
    ),
    "a negative variance": (
        PICTURE,
        CONV,
        CONV_TENSORS | {"bn.running_var": np.array([1, -1])},
        ["1:10: weights: bn.running_var: its number [1] takes numbers from 0, not -1"],
    ),
    "a layer of an unknown kind may read the rest": (
        PICTURE,
        CONV.replace("conv", "konv"),
        CONV_TENSORS,
        ["3:26: layers[0].kind: unknown kind of layer 'konv', did you mean 'conv'?"],
    ),
    "a layer that reads nothing known takes its own": (
        PICTURE,
        CONV.replace("kind: batch_norm", "kind: batch_norm, reads: x"),
        CONV_TENSORS,
        ["3:69: layers[1].reads: unknown layer 'x', known: input, c"],
    ),
    "channels that are others": (
        PICTURE,
        CONV.replace("kind: conv", "kind: conv, channels: 3"),
        CONV_TENSORS,
        ["3:42: layers[0].channels: is 3, c takes 2 (c.weight is 2 × 1 × 3 × 3)"],
    ),
    "LSTM": (STEPS, LSTM, LSTM_TENSORS, []),
    "LSTM, both ways": (
        STEPS,
        LSTM.replace("lstm", "lstm, direction: both"),
        LSTM_TENSORS | REVERSE,
        [],
    ),
    "LSTM, both ways but one is there": (
        STEPS,
        LSTM.replace("lstm", "lstm, direction: both"),
        without(LSTM_TENSORS, "l.bias_hh_l0"),
        [
            "1:10: weights: 'w.npz': unknown tensor 'l.weight_ih_l0_reverse', known: "
            "l.weight_ih_l0, l.weight_hh_l0, l.bias_ih_l0",
            "1:10: weights: 'w.npz': unknown tensor 'l.weight_hh_l0_reverse', known: "
            "l.weight_ih_l0, l.weight_hh_l0, l.bias_ih_l0",
            "1:10: weights: " + LEFT.format("l.bias_ih_l0"),
        ],
    ),
    "LSTM, one way but both are there": (
        STEPS,
        LSTM,
        LSTM_TENSORS | REVERSE,
        ["1:10: weights: " + LEFT.format(", ".join(REVERSE))],
    ),
    "an LSTM's for a GRU": (
        STEPS,
        LSTM.replace("lstm", "gru"),
        LSTM_TENSORS,
        [
            "1:10: weights: l.weight_ih_l0 is 4 × 2, l takes 3·size × 2 (3·size × in)",
            "1:10: weights: l.weight_hh_l0 is 4 × 1, l takes 3·size × size",
            "1:10: weights: l.bias_ih_l0 has 4 numbers, l takes 3·size",
            "1:10: weights: l.bias_hh_l0 has 4 numbers, l takes 3·size",
        ],
    ),
    "attention": (STEPS, ATTENTION, BLOCKS, []),
    "attention, its value missing": (
        STEPS,
        ATTENTION,
        without(BLOCKS, "a.value.weight"),
        [
            "1:10: weights: 'w.npz': unknown tensor 'a.value.weight', known: a.query.weight, "
            "a.key.weight, a.output.weight"
        ],
    ),
    "attention by PyTorch's names": (STEPS, ATTENTION, PACKED, []),
    "attention by both names": (
        STEPS,
        ATTENTION,
        PACKED | BLOCKS,
        ["1:10: weights: " + LEFT.format("a.in_proj_weight, a.out_proj.weight")],
    ),
    "attention by PyTorch's names, not of three parts": (
        STEPS,
        ATTENTION,
        PACKED | {"a.in_proj_weight": (7, 2)},
        [
            *(
                f"1:10: weights: 'w.npz': unknown tensor 'a.{block}.weight', "
                f"known: {', '.join(PACKED)}"
                for block in ("query", "key", "value")
            ),
            "1:10: weights: " + LEFT.format("a.in_proj_weight"),
        ],
    ),
    "attention, its key not square": (
        STEPS,
        ATTENTION,
        BLOCKS | {"a.key.weight": (3, 2)},
        ["1:10: weights: a.key.weight is 3 × 2, a.key takes 2 × 2 (the size of input)"],
    ),
    "attention with a query of its own": (
        STEPS,
        ATTENTION.replace("heads: 1", "heads: 1, query: {weights: [[1, 2], [3, 4]]}"),
        BLOCKS,
        ["1:10: weights: " + LEFT.format("a.query.weight (a.query has weights of its own)")],
    ),
    "attention that reads two": (
        STEPS,
        ATTENTION.replace("heads: 1", "heads: 1, reads: [input, input]"),
        BLOCKS,
        ["3:54: layers[0].reads: a reads 2 layers, attention takes 1"],
    ),
    "tables of too few rows": (
        TEXT,
        TABLES,
        {"e.weight": (2, 2), "p.weight": (2, 2)},
        [
            "1:10: weights: e.weight has 2 rows, takes 3: one a character",
            "1:10: weights: p.weight is 2 × 2, takes 3 rows or more: one a token",
        ],
    ),
    "tables of more rows": (TEXT, TABLES, {"e.weight": (5, 2), "p.weight": (7, 2)}, []),
}


@pytest.mark.parametrize(("reads", "layers", "tensors", "told"), CASES.values(), ids=CASES)
def test_a_file_for_the_whole_net(
    reads: str, layers: str, tensors: dict[str, Any], told: list[str], tmp_path: Path
) -> None:
    save(tmp_path, tensors)
    text = f"weights: w.npz\ninput: {reads}\nlayers: {layers}\n"
    assert problems(text, tmp_path) == [f"net.yaml:{line}" for line in told]


def save(folder: Path, tensors: dict[str, Any]) -> None:
    held = {name: np.ones(of) if isinstance(of, tuple) else of for name, of in tensors.items()}
    np.savez(folder / "w.npz", **held)


def test_counted_batches_may_be_ignored(tmp_path: Path) -> None:
    save(tmp_path, CONV_TENSORS)
    whole = "{file: w.npz, ignore: ['*.num_batches_tracked']}"
    assert not problems(f"weights: {whole}\ninput: {PICTURE}\nlayers: {CONV}\n", tmp_path)


@pytest.mark.parametrize("shape", [(4,), (1, 4), (4, 1)])
def test_a_vector_may_be_a_row_or_a_column(shape: tuple[int, ...], tmp_path: Path) -> None:
    np.save(tmp_path / "s.npy", np.arange(4.0).reshape(shape))
    layer = "{kind: layer_norm, scale: {file: s.npy}}"
    network = parse(f"input: {PICTURE}\nlayers: [{layer}]\n", tmp_path)
    assert network.output.op.arrays["scale"].tolist() == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("shape", "turned", "told"),
    [
        ((3, 3, 1, 2), "false", "is 3 × 3 × 1 × 2"),
        ((2, 1, 3, 3), "true", "is 3 × 3 × 2 × 1"),
    ],
)
def test_which_way_round_a_kernel_would_fit(
    shape: tuple[int, ...], turned: str, told: str, tmp_path: Path
) -> None:
    np.save(tmp_path / "k.npy", np.ones(shape))
    layer = f"{{kind: conv, weights: {{file: k.npy, transpose: {turned}}}}}"
    [line] = problems(f"input: {PICTURE}\nlayers: [{layer}]\n", tmp_path)
    assert line.startswith(f"net.yaml:2:32: layers[0].weights: {told}, output takes channels × 1 ×")
    assert line.endswith(f"; transpose: {'false' if turned == 'true' else 'true'} would fit")


def test_query_key_and_value_from_the_top_down(tmp_path):
    packed = {
        "a.in_proj_weight": np.arange(12.0).reshape(6, 2),
        "a.in_proj_bias": np.arange(6.0),
        "a.out_proj.weight": np.full((2, 2), 7.0),
    }
    np.savez(tmp_path / "w.npz", **packed)
    (tmp_path / "net.yaml").write_text(
        "input: {shape: [3, 2]}\nweights: w.npz\nlayers: [{name: a, kind: attention, heads: 1}]\n"
    )
    net = nntrace.load(tmp_path / "net.yaml")
    for at, name in enumerate(("a.query", "a.key", "a.value")):
        assert (net.layer(name).weights == packed["a.in_proj_weight"][2 * at : 2 * at + 2]).all()
        assert (net.layer(name).bias == packed["a.in_proj_bias"][2 * at : 2 * at + 2]).all()
    assert (net.layer("a").weights == 7).all()
    assert not net.layer("a").bias.any()
