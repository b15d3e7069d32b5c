"""Net files that must be accepted, with what they must give, written by hand."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

W = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
TURNED = [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
HALVES = [[1.5, -0.25, 2.0]]

FILES: dict[str, np.ndarray] = {
    "w.npy": np.array(W),
    "turned.npy": np.array(TURNED),
    "fortran.npy": np.asfortranarray(W),
    "big-endian.npy": np.array(W, dtype=">f4"),
    "int16.npy": np.array(W, dtype=">i2"),
    "uint8.npy": np.array(W, dtype=np.uint8),
    "float16.npy": np.array(HALVES, dtype=np.float16),
    "longdouble.npy": np.array(HALVES, dtype=np.longdouble),
    "fortran-int.npy": np.asfortranarray(np.array(W, dtype=np.int64)),
    "row.npy": np.array([[7.0, 8.0]]),
    "column.npy": np.array([[7], [8]]),
    "scalar.npy": np.array(7.0),
    "vector.npy": np.array([7.0, 8.0]),
    "bfloat16.npy": np.array([[0x3FC0, 0xBE80, 0x4000]], dtype="<u2").view("V2"),
}


def safetensors(tensors: dict[str, tuple[str, list[int], bytes]]) -> bytes:
    """Return a file's bytes: https://huggingface.co/docs/safetensors#format."""
    header: dict[str, Any] = {"__metadata__": {"made": "by hand"}}
    data = b""
    for name, (dtype, shape, part) in tensors.items():
        offsets = [len(data), len(data) + len(part)]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        data += part
    head = json.dumps(header).encode()
    return struct.pack("<Q", len(head)) + head + data


def write_files(folder: Path) -> None:
    """Write the weights files of the table into a folder."""
    (folder / "sub").mkdir()
    for name, array in FILES.items():
        np.save(folder / name, array)
    np.save(folder / "sub" / "w.npy", np.array(W))
    np.savez(folder / "one.npz", W=np.array(W))
    np.savez_compressed(
        folder / "many.npz",
        W1=np.array(W),
        b1=np.array([7, 8], dtype=np.int8),
        W2=np.array(HALVES, dtype=np.float16),
        names=np.array(["cat", "dog"]),  # what is not asked for may be anything
    )
    np.savez(
        folder / "net.npz",
        **{"hidden.weight": np.array(W), "hidden.bias": np.array([7.0, 8.0])},
        **{"output.weight": np.array([[1, 2]])},
    )
    (folder / "types.safetensors").write_bytes(
        safetensors(
            {
                "f16": ("F16", [1, 3], struct.pack("<3e", *HALVES[0])),
                "bf16": ("BF16", [1, 3], struct.pack("<3H", 0x3FC0, 0xBE80, 0x4000)),
                "f32": ("F32", [1, 3], struct.pack("<3f", *HALVES[0])),
                "f64": ("F64", [1, 3], struct.pack("<3d", *HALVES[0])),
                "i8": ("I8", [2, 3], struct.pack("<6b", 1, 2, 3, 4, 5, 6)),
                "u8": ("U8", [2, 3], struct.pack("<6B", 1, 2, 3, 4, 5, 6)),
                "i16": ("I16", [2, 3], struct.pack("<6h", 1, 2, 3, 4, 5, 6)),
                "u32": ("U32", [2, 3], struct.pack("<6I", 1, 2, 3, 4, 5, 6)),
                "i64": ("I64", [3, 2], struct.pack("<6q", 1, 4, 2, 5, 3, 6)),
                "flag": ("BOOL", [1], b"\1"),
            }
        )
    )
    (folder / "one.safetensors").write_bytes(
        safetensors({"layer.weight": ("F32", [2, 3], struct.pack("<6f", 1, 2, 3, 4, 5, 6))})
    )
    (folder / "w.csv").write_text("1,2, 3\n\n4 ,+5.,6e0\n", encoding="utf-8")
    (folder / "excel.CSV").write_bytes(b"\xef\xbb\xbf1,2,3\r\n4,5,6\r\n")
    (folder / "bias.csv").write_text("7\n8\n")
    (folder / "bias-row.csv").write_text('7,"8"')


def weights(source: str, expected: list[Any] = W) -> tuple[str, dict[str, Any]]:
    """Make a net whose weights come from somewhere else."""
    net = f"input: 3\nlayers: [{{weights: {source}}}]\n"
    return net, {"layers": [{"weights": expected, "bias": [0.0] * len(expected)}]}


def bias(source: str) -> tuple[str, dict[str, Any]]:
    """Make a net whose bias comes from somewhere else."""
    net = f"input: 1\nlayers: [{{weights: [[1], [2]], bias: {source}}}]\n"
    return net, {"layers": [{"bias": [7.0, 8.0]}]}


def activation(written: str, name: str, **parameters: Any) -> tuple[str, dict[str, Any]]:
    """Make a net with an activation."""
    net = f"input: 1\nlayers: [{{weights: [[1], [2]], activation: {written}}}]\n"
    return net, {"layers": [{"activation": name, "parameters": parameters}]}


def with_examples(examples: str, *expected: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Make a net with examples."""
    net = (
        "input: {labels: [x, y]}\n"
        "layers:\n"
        "  - {name: hidden, weights: [[1, 2], [3, 4], [5, 6]]}\n"
        "  - {weights: [[1, 2, 3], [4, 5, 6]], activation: softmax, labels: [cat, dog]}\n"
        f"examples: {examples}\n"
    )
    return net, {"examples": list(expected)}


def shapes(*each: tuple[int, ...]) -> dict[str, Any]:
    """Return what a net is of whose layers the shapes are told alone."""
    return {"layers": [{"shape": shape} for shape in each]}


VALID: dict[str, tuple[str, dict[str, Any]]] = {
    "the least": (
        "input: 2\nlayers: [{weights: [[1, 2]]}]\n",
        {
            "name": "net",
            "description": "",
            "dtype": "float64",
            "input": {"size": 2, "labels": None, "shape": None, "mean": None, "std": None},
            "layers": [
                {
                    "name": "output",
                    "weights": [[1.0, 2.0]],
                    "bias": [0.0],
                    "activation": "identity",
                    "parameters": {},
                    "labels": None,
                }
            ],
            "examples": [],
        },
    ),
    "all of it": (
        """\
name: all
description: all of it
dtype: float32
input:
  labels: [a, b, c, d]
  size: 4
  shape: [2, 2]
  mean: [0.5, 0.25, 0, -1]
  std: 0.25
layers:
  - name: one
    size: 2
    activation: {leaky_relu: {alpha: 0.1}}
    weights:
      - [1, 2, 3, 4]
      - [5, 6, 7, 8]
    bias: [0.5, -0.5]
    labels: [left, right]
  - name: two
    size: 2
    activation: softmax
    weights: [[1, 0.1], [2, 2]]
    labels: [cat, dog]
examples:
  - name: first
    input: {d: 4, c: 3, b: 2, a: 1}
    expect: dog
  - input: [1, 2, 3, 4]
    expect:
      one: [1, 2]
      one.z: [3, 4]
      tolerance: 0.5
""",
        {
            "name": "all",
            "description": "all of it",
            "dtype": "float32",
            "input": {
                "size": 4,
                "labels": ("a", "b", "c", "d"),
                "shape": (2, 2),
                "mean": [0.5, 0.25, 0.0, -1.0],
                "std": 0.25,
            },
            "layers": [
                {
                    "name": "one",
                    "weights": [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]],
                    "bias": [0.5, -0.5],
                    "activation": "leaky_relu",
                    "parameters": {"alpha": 0.1},
                    "labels": ("left", "right"),
                },
                {
                    "name": "two",
                    "weights": [[1.0, 0.10000000149011612], [2.0, 2.0]],
                    "bias": [0.0, 0.0],
                    "activation": "softmax",
                    "parameters": {},
                    "labels": ("cat", "dog"),
                },
            ],
            "examples": [
                {
                    "name": "first",
                    "input": [1.0, 2.0, 3.0, 4.0],
                    "class": 1,
                    "values": {},
                    "tolerance": None,
                },
                {
                    "name": "example2",
                    "input": [1.0, 2.0, 3.0, 4.0],
                    "class": None,
                    "values": {("one", "a"): [1.0, 2.0], ("one", "z"): [3.0, 4.0]},
                    "tolerance": 0.5,
                },
            ],
        },
    ),
    "JSON": (
        '{"name": "json", "input": {"size": 1}, "layers": [{"weights": [[1e-05]]}]}',
        {"name": "json", "layers": [{"weights": [[1e-05]]}]},
    ),
    "keys in any order": (
        "layers: [{bias: [1], weights: [[1, 2]], size: 1, name: a}]\n"
        "dtype: float64\ninput: {std: 2, size: 2}\nname: n\n",
        {"name": "n", "input": {"size": 2, "std": 2.0}, "layers": [{"name": "a", "bias": [1.0]}]},
    ),
    "quoted keys": (
        '"input": 1\n\'layers\': [{"weights": [[1]]}]\n',
        {"input": {"size": 1}},
    ),
    "numbers of YAML 1.2": (
        "input: 15\nlayers:\n  - weights: [[1e-3, -1e-05, 1E5, 010, 0x10, 0o17, .5, 5., +1,"
        " -.5e+1, 1.5E-3, -0, 1e-400, 12e03, 00]]\n",
        {
            "layers": [
                {
                    "weights": [
                        [
                            *(0.001, -0.00001, 100000.0, 10.0, 16.0, 15.0, 0.5, 5.0, 1.0, -5.0),
                            *(0.0015, 0.0, 0.0, 12000.0, 0.0),
                        ]
                    ]
                }
            ]
        },
    ),
    "tagged numbers": (
        'input: !!int 2\nlayers: !!seq [!!map {weights: [[!!float 1, !!int "2"]]}]\n',
        {"layers": [{"weights": [[1.0, 2.0]]}]},
    ),
    "whole numbers written as floats": (
        "input: 3.0\nlayers: [{size: 1e0, weights: {random: ones, seed: 1.0}}]\n",
        {"input": {"size": 3}, "layers": [{"weights": [[1.0, 1.0, 1.0]]}]},
    ),
    "a size of ten": (
        "input: 010\nlayers: [{size: 0x2, weights: {random: zeros}}]\n",
        {"input": {"size": 10}, "layers": [{"weights": [[0.0] * 10] * 2}]},
    ),
    "labels as they are written": (
        "input: {labels: [010, 1e3, ~, yes, null, 0x10, 1.50, '', ' a ', true, -, 12:30, .nan]}\n"
        "layers: [{weights: {random: ones}, labels: [010, 10]}]\n".replace("'', ", ""),
        {
            "input": {
                "labels": (
                    *("010", "1e3", "~", "yes", "null", "0x10", "1.50", " a ", "true", "-"),
                    *("12:30", ".nan"),
                )
            },
            "layers": [{"labels": ("010", "10")}],
        },
    ),
    "names as they are written": (
        "name: 010\ndescription: 1e3\ninput: 1\nlayers: [{name: 1_0, weights: [[1]]},"
        " {name: ~, weights: [[1]]}, {name: yes, weights: [[1]]}]\n"
        "examples: [{name: 007, input: [1]}, {name: null, input: [2]}]\n",
        {
            "name": "010",
            "description": "1e3",
            "layers": [{"name": "1_0"}, {"name": "~"}, {"name": "yes"}],
            "examples": [{"name": "007"}, {"name": "null"}],
        },
    ),
    "letters of every kind": (
        'name: größe 🐱\ninput: {labels: [猫, "\\u00e9", e\u0301]}\n'
        "layers: [{name: слой, weights: [[1, 2, 3]]}]\n",
        {
            "name": "größe 🐱",
            "input": {"labels": ("猫", "é", "e\u0301")},
            "layers": [{"name": "слой"}],
        },
    ),
    "long texts": (
        "description: >\n  two\n  lines\ninput: 1\nlayers: [{weights: [[1]]}]\n",
        {"description": "two lines\n"},
    ),
    "an empty description": (
        "description: ''\ninput: 1\nlayers: [{weights: [[1]]}]\n",
        {"description": ""},
    ),
    "a document between its marks": (
        "%YAML 1.2\n---\ninput: 1\nlayers: [{weights: [[1]]}]\n...\n# the end\n",
        {"input": {"size": 1}},
    ),
    "default names": (
        "input: 1\nlayers: [{weights: [[1]]}, {weights: [[1]]}, {weights: [[1]]}]\n"
        "examples: [{input: [1]}, {input: [2]}]\n",
        {
            "layers": [{"name": "layer1"}, {"name": "layer2"}, {"name": "output"}],
            "examples": [{"name": "example1"}, {"name": "example2"}],
        },
    ),
    "names like one another": (
        "input: 1\nlayers: [{name: a, weights: [[1]]}, {name: a.z, weights: [[1]]},"
        " {name: Input, weights: [[1]]}, {name: tolerance, weights: [[1]]}]\n"
        "examples: [{input: [1], expect: {a.z: [1], a: [2], a.z.z: [3], tolerance: [4]}}]\n",
        {
            "examples": [
                {
                    "values": {
                        ("a.z", "a"): [1.0],
                        ("a", "a"): [2.0],
                        ("a.z", "z"): [3.0],
                        ("tolerance", "a"): [4.0],
                    }
                }
            ]
        },
    ),
    "the same label in two layers": (
        "input: {labels: [a]}\nlayers: [{weights: [[1]], labels: [a]},"
        " {weights: [[1]], labels: [a]}]\n",
        {"layers": [{"labels": ("a",)}, {"labels": ("a",)}]},
    ),
    "input of labels only": (
        "input: {labels: [a, b]}\nlayers: [{weights: [[1, 2]]}]\n",
        {"input": {"size": 2, "labels": ("a", "b")}},
    ),
    "input of a shape only": (
        "input: {shape: [1, 2, 1]}\nlayers: [{weights: [[1, 2]]}]\n",
        {"input": {"size": 2, "shape": (1, 2, 1)}},
    ),
    "mean and std, one for each": (
        "input: {size: 2, mean: [1, -2], std: [0.5, 1e-3]}\nlayers: [{weights: [[1, 2]]}]\n",
        {"input": {"mean": [1.0, -2.0], "std": [0.5, 0.001]}},
    ),
    "mean alone": (
        "input: {size: 2, mean: 0}\nlayers: [{weights: [[1, 2]]}]\n",
        {"input": {"mean": 0.0, "std": None}},
    ),
    "the largest float32": (
        "dtype: float32\ninput: 2\nlayers: [{weights: [[3.4028235e38, -3.40282346638e38]]}]\n",
        {"layers": [{"weights": [[3.4028234663852886e38, -3.4028234663852886e38]]}]},
    ),
    "the largest float64": (
        "input: 1\nlayers: [{weights: [[1.7976931348623157e308]], bias: [-1e308]}]\n",
        {"layers": [{"weights": [[1.7976931348623157e308]], "bias": [-1e308]}]},
    ),
    "size told by labels": (
        "input: 1\nlayers: [{labels: [a, b], weights: {random: ones}}]\n",
        {"layers": [{"weights": [[1.0], [1.0]]}]},
    ),
    "size told by the bias": (
        "input: 1\nlayers: [{bias: [7, 8, 9], weights: {random: ones}}]\n",
        {"layers": [{"weights": [[1.0]] * 3, "bias": [7.0, 8.0, 9.0]}]},
    ),
    "size told by the activation": (
        "input: 1\nlayers: [{activation: {prelu: {alpha: [1, 2]}}, weights: {random: ones}}]\n",
        {"layers": [{"weights": [[1.0]] * 2, "parameters": {"alpha": [1.0, 2.0]}}]},
    ),
    "identity by default": activation("identity", "identity"),
    "an alias of an activation": activation("swish", "silu"),
    "linear": activation("linear", "identity"),
    "logistic": activation("{logistic: {}}", "sigmoid"),
    "defaults of parameters": activation("{hard_sigmoid: {beta: 1}}", "hard_sigmoid", beta=1.0),
    "two parameters": activation("{hard_tanh: {max: 6, min: 0}}", "hard_tanh", min=0.0, max=6.0),
    "one alpha for all": activation("{prelu: {alpha: 0.5}}", "prelu", alpha=0.5),
    "an alpha for each": activation("{prelu: {alpha: [0.5, 1]}}", "prelu", alpha=[0.5, 1.0]),
    "no parameters": activation("{relu: {}}", "relu"),
    "anchors and aliases": (
        "input: &n 2\nlayers:\n"
        "  - &first {weights: &w [&row [1, 2], *row], activation: &a relu}\n"
        "  - {weights: *w, size: *n, activation: *a, bias: *row, labels: *row}\n"
        "  - *first\n",
        {
            "layers": [
                {"name": "layer1", "weights": [[1.0, 2.0]] * 2, "activation": "relu"},
                {"name": "layer2", "bias": [1.0, 2.0], "labels": ("1", "2")},
                {"name": "output", "weights": [[1.0, 2.0]] * 2, "activation": "relu"},
            ]
        },
    ),
    "a class by its label": with_examples(
        "[{input: [1, 2], expect: dog}]", {"class": 1, "values": {}}
    ),
    "a class by its index": with_examples(
        "[{input: [1, 2], expect: 0}, {input: [3, 4], expect: '1'}]", {"class": 0}, {"class": 1}
    ),
    "an input by label": with_examples("[{input: {y: 2, x: 1}}]", {"input": [1.0, 2.0]}),
    "values of a layer": with_examples(
        "[{input: [1, 2], expect: {hidden.z: [5, 11, 17], output: [0, 1], tolerance: 1e-3}}]",
        {
            "class": None,
            "values": {("hidden", "z"): [5.0, 11.0, 17.0], ("output", "a"): [0.0, 1.0]},
            "tolerance": 0.001,
        },
    ),
    "a label that looks like another's index": (
        "input: 1\nlayers: [{weights: [[1], [2]], activation: hardmax, labels: [1, 2]}]\n"
        "examples: [{input: [1], expect: 1}, {input: [1], expect: 2}, {input: [1], expect: 0}]\n",
        {"examples": [{"class": 0}, {"class": 1}, {"class": 0}]},
    ),
    "one sigmoid with a label": (
        "input: 1\nlayers: [{weights: [[1]], activation: sigmoid, labels: [cat]}]\n"
        "examples: [{input: [1], expect: cat}, {input: [1], expect: 0}, {input: [1], expect: 1}]\n",
        {"examples": [{"class": 1}, {"class": 0}, {"class": 1}]},
    ),
    "one sigmoid without a label": (
        "input: 1\nlayers: [{weights: [[1]], activation: sigmoid}]\n"
        "examples: [{input: [1], expect: 0}, {input: [1], expect: 1}]\n",
        {"examples": [{"class": 0}, {"class": 1}]},
    ),
    "a class that is the label ~": (
        "input: 1\nlayers: [{weights: [[1], [2]], activation: softmax, labels: [~, no]}]\n"
        "examples: [{input: [1], expect: ~}, {input: [1], expect: no}]\n",
        {"examples": [{"class": 0}, {"class": 1}]},
    ),
    "npy": weights("{file: w.npy}"),
    "npy in a folder": weights("{file: sub/w.npy}"),
    "npy by a way round": weights("{file: ./sub/../w.npy}"),
    "npy transposed": weights("{file: turned.npy, transpose: true}"),
    "npy not transposed": weights("{file: w.npy, transpose: false}"),
    "npy in Fortran order": weights("{file: fortran.npy}"),
    "npy in Fortran order, integers": weights("{file: fortran-int.npy}"),
    "npy, big end first": weights("{file: big-endian.npy}"),
    "npy of int16": weights("{file: int16.npy}"),
    "npy of uint8": weights("{file: uint8.npy}"),
    "npy of float16": weights("{file: float16.npy}", HALVES),
    "npy of long doubles": weights("{file: longdouble.npy}", HALVES),
    "npy of bfloat16": weights("{file: bfloat16.npy}", HALVES),
    "npz with one array": weights("{file: one.npz}"),
    "npz with one array, named": weights("{file: one.npz, tensor: W}"),
    "npz with many": weights("{file: many.npz, tensor: W1}"),
    "npz of float16": weights("{file: many.npz, tensor: W2}", HALVES),
    "safetensors with one array": weights("{file: one.safetensors}"),
    "safetensors of float16": weights("{file: types.safetensors, tensor: f16}", HALVES),
    "safetensors of bfloat16": weights("{file: types.safetensors, tensor: bf16}", HALVES),
    "safetensors of float32": weights("{file: types.safetensors, tensor: f32}", HALVES),
    "safetensors of float64": weights("{file: types.safetensors, tensor: f64}", HALVES),
    "safetensors of int8": weights("{file: types.safetensors, tensor: i8}"),
    "safetensors of uint8": weights("{file: types.safetensors, tensor: u8}"),
    "safetensors of int16": weights("{file: types.safetensors, tensor: i16}"),
    "safetensors of uint32": weights("{file: types.safetensors, tensor: u32}"),
    "safetensors of int64, transposed": weights(
        "{file: types.safetensors, tensor: i64, transpose: true}"
    ),
    "csv": weights("{file: w.csv}"),
    "csv of a spreadsheet": weights("{file: excel.CSV}"),
    "csv transposed": (
        "input: 2\nlayers: [{weights: {file: w.csv, transpose: true}}]\n",
        {"layers": [{"weights": TURNED}]},
    ),
    "bias of a vector": bias("{file: vector.npy}"),
    "bias of a row": bias("{file: row.npy}"),
    "bias of a column": bias("{file: column.npy}"),
    "bias of npz": bias("{file: many.npz, tensor: b1}"),
    "bias of csv": bias("{file: bias.csv}"),
    "bias of one row of csv": bias("{file: bias-row.csv, transpose: true}"),
    "bias of a scalar": (
        "input: 1\nlayers: [{weights: [[1]], bias: {file: scalar.npy}}]\n",
        {"layers": [{"bias": [7.0]}]},
    ),
    "one file for the whole net": (
        "weights: net.npz\ninput: 3\nlayers: [{name: hidden}, {}]\n",
        {
            "layers": [
                {"weights": W, "bias": [7.0, 8.0]},
                {"weights": [[1.0, 2.0]], "bias": [0.0]},
            ]
        },
    ),
    "one file for the whole net, told last, in float32": (
        "input: 3\nlayers: [{name: hidden, size: 2}, {size: 1}]\nweights: net.npz\ndtype: float32",
        {"layers": [{"weights": W, "bias": [7.0, 8.0]}, {"bias": [0.0]}]},
    ),
    "one file for the layers without weights of their own": (
        "weights: {file: net.npz, ignore: [hidden.b*]}\ninput: 3\nlayers:\n"
        "  - {name: hidden, bias: [1, 2]}\n"
        "  - {name: between, weights: [[1, 0], [0, 1]]}\n"
        "  - {bias: {random: ones}}\n",
        {
            "layers": [
                {"weights": W, "bias": [1.0, 2.0]},
                {"weights": [[1.0, 0.0], [0.0, 1.0]], "bias": [0.0, 0.0]},
                {"weights": [[1.0, 2.0]], "bias": [1.0]},
            ]
        },
    ),
    "random weights and bias": (
        "input: 2\nlayers: [{size: 2, weights: {random: ones}, bias: {random: zeros, seed: 5}}]\n",
        {"layers": [{"weights": [[1.0, 1.0], [1.0, 1.0]], "bias": [0.0, 0.0]}]},
    ),
    "a residual block, by defaults and by every key": (
        """\
input: {shape: [3, 8, 8]}
layers:
  - {name: a, kind: conv, channels: 4, kernel: 3, padding: same, weights: {random: he_normal}}
  - {name: b, kind: batch_norm, mean: [0, 0, 0, 0], variance: [1, 1, 1, 1], epsilon: 0}
  - {name: c, kind: conv, channels: 4, kernel: [3, 3], stride: [1, 1], padding: [1, 1],
     dilation: 1, groups: 2, dimensions: 2, weights: {random: ones}, bias: {random: zeros}}
  - {name: d, kind: add, reads: [b, c], activation: {prelu: {alpha: [0.1, 0.2, 0.3, 0.4]}}}
  - {name: e, kind: max_pool, kernel: 3, stride: 2, padding: 1, dilation: 1, ceil: true}
  - {name: f, kind: average_pool, kernel: 2, padding: valid, count_padding: true}
  - {name: g, kind: concat, reads: [f, f]}
  - {name: h, kind: global_average_pool}
  - {name: i, size: 2, weights: {random: ones}, activation: softmax, labels: [no, yes]}
examples: [{input: ONES, expect: {d: ZEROS, tolerance: 1e9}}]
""".replace("ONES", str([1] * 192)).replace("ZEROS", str([0] * 256)),
        shapes(
            (4, 8, 8), (4, 8, 8), (4, 8, 8), (4, 8, 8), (4, 5, 5), (4, 2, 2), (8, 2, 2), (8,), (2,)
        ),
    ),
    "a picture of one channel, and a row of several": (
        "input: {shape: [4, 6]}\nlayers:\n"
        "  - {kind: conv, weights: [[[[1, 2]]]]}\n"
        "  - {kind: conv, dimensions: 1, reads: input, weights: [[[1], [2], [3], [4]]]}\n"
        "  - {kind: conv_transpose, stride: 2, output_padding: 1, weights: [[[1, 1]]]}\n"
        "  - {kind: global_max_pool, reads: input, dimensions: 1}\n",
        shapes((1, 4, 5), (1, 6), (1, 13), (4,)),
    ),
    "the same numbers in other shapes": (
        "input: 12\nlayers:\n"
        "  - {kind: reshape, shape: [3, -1]}\n  - {kind: transpose, order: [-1, 0]}\n"
        "  - {kind: reduce, how: max, axis: -1}\n  - {kind: subtract, reads: [output, output]}\n"
        "  - {kind: flatten, reads: layer1}\n".replace("[output, output]", "[layer3, layer3]"),
        shapes((3, 4), (4, 3), (4,), (4,), (12,)),
    ),
    "norms of every kind": (
        "input: {shape: [4, 2, 2]}\nlayers:\n"
        "  - {kind: layer_norm, scale: [1, 2], shift: [0, 1], epsilon: 1e-6}\n"
        "  - {kind: rms_norm, epsilon: 0}\n  - {kind: group_norm, groups: 2}\n"
        "  - {kind: instance_norm, scale: {random: ones}}\n"
        "  - {kind: multiply, reads: [layer1, layer2, input]}\n",
        shapes(*[(4, 2, 2)] * 5),
    ),
    "a text, its tokens, and what they make": (
        """\
input: {text: {alphabet: "ab c", fold: true, unknown: " ", context: 5, encoding: tokens}}
layers:
  - {name: words, kind: embedding, width: 4, weights: {random: normal}}
  - {name: where, kind: positions, weights: {random: normal}}
  - {name: att, kind: attention, heads: 2, causal: true, query: {weights: {random: ones}},
     key: {weights: {random: ones}, bias: [1, 2, 3, 4]}, value: {weights: {random: ones}},
     output: {weights: {random: ones}}}
  - {name: sum, kind: add, reads: [where, att]}
  - {name: shares, kind: reduce, reads: att.scores, axis: [0, 1]}
  - {name: next, reads: sum, size: 3, weights: {random: ones}, activation: softmax}
examples: [{input: Abba, expect: 0}, {input: "?"}]
""",
        shapes((5, 4), (5, 4), *[(5, 4)] * 3, (2, 5, 5), (5, 4), (5, 4), (5, 4), (5,), (5, 3)),
    ),
    "steps, one way and both": (
        "input: {shape: [3, 2]}\nlayers:\n"
        "  - {kind: lstm, size: 2, direction: backward, weights: {random: ones},"
        " recurrent: {random: ones}}\n"
        "  - {kind: gru, direction: both, weights: [[[1, 1], [1, 1], [1, 1]],"
        " [[1, 1], [1, 1], [1, 1]]], recurrent: [[[1], [1], [1]], [[1], [1], [1]]],"
        " bias: [[1, 2, 3], [4, 5, 6]]}\n"
        "  - {axis: last, weights: [[1, 2]]}\n",
        shapes((3, 2), (3, 2), (3, 1)),
    ),
    "letters as ones": (
        "input: {text: {alphabet: abc, encoding: one_hot, length: 4, align: right}}\n"
        "layers: [{size: 2, weights: {random: ones}}]\nexamples: [{input: ''}, {input: abcabc}]\n",
        shapes((2,)),
    ),
}
