"""JSON, JSONL, CSV and npz, to the letter of the contract."""

import csv
import io
import json
import math

import jsonschema
import numpy as np
import pytest

from nntrace.cli.schema import schema_named

TRACE = jsonschema.Draft202012Validator(schema_named("trace"))
ROW = jsonschema.Draft202012Validator(schema_named("row"))
WORDS = ["run", "clues.yaml"]


@pytest.fixture
def record(folder, quick):
    """Trace one row of a net given as text, and return its record and what was said."""

    def run(net, row, *more):
        (folder / "net.yaml").write_text(net)
        done = quick("run", "net.yaml", "-i", row, "-f", "jsonl", *more)
        assert done.code == 0
        (found,) = done.records
        ROW.validate(found)
        return found, done.err

    return run


def test_a_row_as_jsonl(quick, folder):
    done = quick(*WORDS, "--example", "a cat", "-f", "jsonl")
    assert done == (
        0,
        b'{"row":0,"example":"a cat","input":[0.75,0.5,0.25],"layers":['
        b'{"name":"hidden","activation":"relu","z":[0.875,-0.25],"a":[0.875,0.0]},'
        b'{"name":"output","activation":"identity","z":[0.875,-1.75],"a":[0.875,-1.75]}],'
        b'"prediction":null}\n',
        "",
    )


def test_the_order_of_the_keys(quick, folder):
    words = ["run", "scaled.yaml", "-i", "-", "--keep", "id", "--set", "output.0=1"]
    done = quick(*words, "-f", "jsonl", stdin=b'{"input":[1,2],"id":5}')
    expected = ["row", "input", "x", "layers", "prediction", "set", "keep"]
    assert list(done.records[0]) == expected
    assert list(done.records[0]["layers"][0]) == ["name", "activation", "z", "a"]


def test_a_document(quick, folder):
    rows = quick(*WORDS, "-f", "jsonl")
    done = quick(*WORDS, "-f", "json")
    document = json.loads(done.out)
    TRACE.validate(document)
    assert list(document) == ["schema", "network", "traces"]
    assert document["schema"] == "nntrace.trace/1"
    assert document["network"] == {
        "name": "clues",
        "dtype": "float64",
        "input": 3,
        "layers": [
            {"name": "hidden", "size": 2, "activation": "relu"},
            {"name": "output", "size": 2, "activation": "identity"},
        ],
    }
    assert list(document["network"]) == ["name", "dtype", "input", "layers"]
    assert document["traces"] == rows.records
    for each in rows.records:
        ROW.validate(each)
    assert done.out.splitlines()[1:-1] == [
        line + comma for line, comma in zip(rows.out.splitlines(), [b",", b""], strict=True)
    ]


def test_optional_keys_are_there_only_where_they_apply(quick, folder):
    plain = quick("run", "pair.yaml", "-i", "1,2", "-f", "jsonl").records[0]
    assert set(plain) == {"row", "input", "layers", "prediction"}
    scaled = quick("run", "scaled.yaml", "-i", "2,5", "-f", "jsonl").records[0]
    assert scaled["x"] == [0.5, 1]
    both = quick(*WORDS, "-i", "1,1,1", "--example", "a dog", "-f", "jsonl").records
    assert [each.get("example") for each in both] == [None, "a dog"]


@pytest.mark.parametrize(
    "activation", ["linear", "swish", "logistic", "{leaky_relu: {alpha: 0.5}}"]
)
def test_activations_have_their_own_names(record, activation):
    found, _ = record(f"input: 1\nlayers: [{{weights: [[1]], activation: {activation}}}]", "-2")
    names = {"linear": "identity", "swish": "silu", "logistic": "sigmoid"}
    assert found["layers"][0]["activation"] == names.get(activation, "leaky_relu")


def numbers(dtype, count=400):
    random = np.random.default_rng(5)
    unsigned = np.uint32 if dtype == "float32" else np.uint64
    bits = random.integers(0, np.iinfo(unsigned).max, count, unsigned, endpoint=True)
    values = bits.view(dtype)
    values = values[np.isfinite(values)]
    extreme = np.finfo(dtype)
    odd = [-0.0, 0.1, extreme.tiny, extreme.smallest_subnormal, extreme.max, -extreme.max]
    return np.concatenate([values, np.array(odd, dtype)])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_numbers_read_back_to_the_same_bits(quick, folder, dtype):
    """With weights of one, a layer without a bias hands its inputs on."""
    values = numbers(dtype)
    np.save("rows.npy", values[:, np.newaxis])
    (folder / "net.yaml").write_text(f"dtype: {dtype}\ninput: 1\nlayers: [{{weights: [[1]]}}]")
    outputs = {
        format: quick("run", "net.yaml", "-i", "rows.npy", "-f", format).out
        for format in ("jsonl", "json", "csv", "npz")
    }
    rows = [json.loads(line) for line in outputs["jsonl"].splitlines()]
    cells = list(csv.DictReader(io.StringIO(outputs["csv"].decode())))
    archive = np.load(io.BytesIO(outputs["npz"]))
    read = {
        "jsonl input": [row["input"][0] for row in rows],
        "jsonl a": [row["layers"][0]["a"][0] for row in rows],
        "json z": [row["layers"][0]["z"][0] for row in json.loads(outputs["json"])["traces"]],
        "csv": [float(line["z"]) for line in cells],
        "npz input": archive["input"][:, 0],
        "npz": archive["output.a"][:, 0],
    }
    for name, found in read.items():
        # 0 * 1 + 0 is 0, whichever its sign was
        expected = values if "input" in name else values + 0
        assert np.array(found, dtype).tobytes() == expected.tobytes(), name
    assert archive["input"].dtype == archive["output.z"].dtype == dtype
    assert math.copysign(1, rows[-6]["input"][0]) == -1


# --- predictions


def predicting(activation, size=3, labels=True, dtype="float64"):
    names = f"labels: {['a', 'b', 'c', 'd'][:size]}, " if labels else ""
    weights = [[int(row == column) for column in range(size)] for row in range(size)]
    return (
        f"dtype: {dtype}\ninput: {size}\n"
        f"layers: [{{{names}activation: {activation}, weights: {weights}}}]"
    )


def softmax(values):
    total = math.fsum(math.exp(value) for value in values)
    return [math.exp(value) / total for value in values]


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("activation", ["softmax", "log_softmax", "hardmax"])
def test_a_class_a_neuron(record, activation, labels):
    found, said = record(predicting(activation, labels=labels), "0.5,2,-1")
    probability = 1 if activation == "hardmax" else softmax([0.5, 2, -1])[1]
    assert said == ""
    assert found["prediction"] == {
        "index": 1,
        "label": "b" if labels else None,
        "probability": pytest.approx(probability, rel=1e-14),
    }


@pytest.mark.parametrize("activation", ["softmax", "log_softmax", "hardmax"])
def test_the_first_of_equals(record, activation):
    found, _ = record(predicting(activation), "1,2,2")
    assert found["prediction"]["index"] == 1


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("z", [3.0, 1e-9, 0.0, -0.25, -40.0])
def test_one_sigmoid_neuron(record, z, labels):
    found, _ = record(predicting("sigmoid", 1, labels), str(z))
    over = 1 / (1 + math.exp(-z))
    index = int(over > 0.5)
    assert found["prediction"] == {
        "index": index,
        "label": "a" if labels and index else None,
        "probability": pytest.approx(over if index else 1 - over, rel=1e-14),
    }


@pytest.mark.parametrize("activation", ["identity", "relu", "tanh", "sigmoid"])
def test_no_class(record, activation):
    assert record(predicting(activation, 2), "1,2")[0]["prediction"] is None


def test_a_prediction_does_not_depend_on_the_layers_shown(quick, folder):
    net = predicting("softmax").replace("layers: [", "layers: [{name: h, size: 3, weights: "
                                        "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]}, ")  # fmt: skip
    (folder / "net.yaml").write_text(net)
    words = ["run", "net.yaml", "-i", "1,3,2", "-f", "jsonl"]
    whole, part = quick(*words).records[0], quick(*words, "-l", "h").records[0]
    assert [layer["name"] for layer in part["layers"]] == ["h"]
    assert part["prediction"] == whole["prediction"]
    assert part["prediction"]["index"] == 1


def test_a_prediction_follows_what_was_set(record):
    found, said = record(predicting("softmax"), "1,3,2", "--set", "output.c=5")
    assert found["prediction"] == {"index": 2, "label": "c", "probability": 5}
    found, said = record(predicting("log_softmax"), "1,3,2", "--set", "output.c=1000")
    assert found["prediction"]["index"] == 2
    assert said == ""


# --- what is not finite

OVERFLOWING = """
dtype: float32
input: 2
layers:
  - {name: h, weights: [[1, 0], [1.0e+38, 1.0e+38]]}
  - {name: out, activation: softmax, weights: [[1, 1], [0, 1]]}
"""


@pytest.fixture
def overflowing(folder, quick):
    (folder / "net.yaml").write_text(OVERFLOWING)

    def run(format, stdin=b"1,1\n2,3\n-9,-9\n"):
        return quick("run", "net.yaml", "-i", "-", "-f", format, stdin=stdin)

    return run


WARNING = "nntrace: warning: h.1: its z is infinite in row 1, where that first arose\n"


def test_what_is_not_finite_is_null(overflowing):
    done = overflowing("jsonl")
    assert (done.code, done.err) == (0, WARNING)
    first, second, third = done.records
    for each in done.records:
        ROW.validate(each)
    assert first["prediction"]["index"] == 0
    assert second["layers"][0] == {
        "name": "h",
        "activation": "identity",
        "z": [2, None],
        "a": [2, None],
    }
    assert second["layers"][1]["a"] == [None, None]
    assert second["prediction"] is third["prediction"] is None
    document = overflowing("json")
    assert document.err == WARNING
    assert json.loads(document.out)["traces"] == done.records
    assert b"NaN" not in document.out
    assert b"Infinity" not in document.out


def test_what_is_not_finite_is_empty_in_csv(overflowing):
    done = overflowing("csv")
    assert (done.code, done.err) == (0, WARNING)
    lines = done.out.decode().splitlines()
    assert lines[5:9] == ["1,h,0,,2.0,2.0", "1,h,1,,,", "1,out,0,,,", "1,out,1,,,"]


def test_npz_holds_what_is_not_finite(overflowing):
    done = overflowing("npz")
    assert (done.code, done.err) == (0, WARNING)
    archive = np.load(io.BytesIO(done.out))
    assert archive["h.z"][:, 1].tolist() == [float(np.float32(1e38)) * 2, math.inf, -math.inf]


@pytest.mark.parametrize(
    ("net", "row", "more", "warning"),
    [
        (OVERFLOWING, "-9,-9", [], "h.1: its z is minus infinite in row 0"),
        (OVERFLOWING, "3,-3", [], None),
        (OVERFLOWING, "9,9", ["--set", "h.1=0"], "h.1: its z is infinite in row 0"),
        (OVERFLOWING, "1,1", ["--set", "h.0=3e38", "-l", "h"], "out.0: its z is infinite in row 0"),
        (
            "input: {size: 2, mean: 0, std: 1.0e-300}\nlayers: [{weights: [[1, 1]]}]",
            "0,1e300",
            [],
            "input.1: its x is infinite in row 0",
        ),
        (
            "input: 1\nlayers: [{weights: [[1.0e+300], [-1.0e+300]]}, {weights: [[1, 1]]}]",
            "1e300",
            ["--set", "layer1.0=0", "--set", "layer1.1=0"],
            "layer1.0: its z is infinite in row 0",
        ),
    ],
)
def test_the_warning(record, net, row, more, warning):
    _, said = record(net, row, *more)
    tail = ", where that first arose\n"
    assert said == (f"nntrace: warning: {warning}{tail}" if warning else "")


def test_one_warning_a_run(overflowing):
    rows = b"1,1\n" * 1000 + b"9,9\n" * 1000
    done = overflowing("jsonl", rows)
    assert done.err == WARNING.replace("row 1,", "row 1000,")


# --- names

NAMES = """
name: "n\\e[31m\\x85"
input: {labels: ["i\\e]0;x\\a", "\\x7f"]}
layers:
  - name: "l,\\e[2J"
    labels: ["say \\"hi\\"", "a\\nb", "tab\\t", "é\\u00a0\\u200d"]
    weights: [[1, 0], [0, 1], [1, 1], [1, -1]]
examples: [{name: "e\\x9b31m", input: [1, 2]}]
"""


@pytest.mark.parametrize("format", ["json", "jsonl", "csv"])
def test_no_control_character_is_written_raw(quick, folder, format):
    (folder / "net.yaml").write_text(NAMES)
    row = '{"input": [3, 4], "k\\u001b": "\\u001b[1m\\u009b\\u007f"}'
    words = ["run", "net.yaml", "-i", "-", "--keep", "k\x1b", "-f", format]
    done = quick(*words, stdin=row)
    assert (done.code, done.err) == (0, "")
    text = done.out.decode()
    assert not [char for char in text if char != "\n" and (char < " " or "\x7f" <= char < "\xa0")]
    if format == "jsonl":
        (found,) = done.records
        assert found["keep"] == {"k\x1b": "\x1b[1m\x9b\x7f"}
        assert found["layers"][0]["name"] == "l,\x1b[2J"


def test_cells_of_csv(quick, folder):
    (folder / "net.yaml").write_text(NAMES)
    done = quick("run", "net.yaml", "-f", "csv")
    assert done.out.decode() == (
        "row,layer,neuron,label,z,a\n"
        '0,"l,\\x1b[2J",0,"say ""hi""",1.0,1.0\n'
        '0,"l,\\x1b[2J",1,a\\nb,2.0,2.0\n'
        '0,"l,\\x1b[2J",2,tab\\t,3.0,3.0\n'
        '0,"l,\\x1b[2J",3,é\xa0\u200d,-1.0,-1.0\n'
    )


def test_names_in_npz(quick, folder):
    (folder / "net.yaml").write_text('input: 1\nlayers: [{name: "a\\0σ\\e", weights: [[2]]}]')
    done = quick("run", "net.yaml", "-i", "3", "-f", "npz")
    archive = np.load(io.BytesIO(done.out))
    names = ["input", r"a\x00σ\x1b.z", r"a\x00σ\x1b.a"]
    assert {name: archive[name].tolist() for name in archive} == dict(
        zip(names, [[[3]], [[6]], [[6]]], strict=True)
    )


@pytest.mark.parametrize("format", ["json", "jsonl", "csv", "table"])
def test_no_control_character_reaches_standard_error(quick, folder, format):
    (folder / "net.yaml").write_text(NAMES)
    for words in (
        ["-i", "\x1b[31m"],
        ["-i", "1,\x9b31m"],
        ["-i", "\x1b.csv"],
        ["-l", "\x1b"],
        ["--example", "\r\x1b[2J"],
        ["--set", "\x07.0=1"],
        ["-o", "\x1b/x.json"],
        ["--\x1b"],
        ["--input-format", "\x1b"],
        ["-f", "\x1b[1m"],
    ):
        done = quick("run", "net.yaml", *(["-f", format] if "-f" not in words else []), *words)
        assert done.code == 2
        assert done.out == b""
        assert done.err.startswith("nntrace: error: ")
        assert done.err[:-1].isprintable()


# --- the formats as files and in pipes


@pytest.mark.parametrize("format", ["json", "jsonl", "csv"])
def test_utf8_in_every_locale(nntrace, folder, format):
    (folder / "net.yaml").write_text(
        "name: é\ninput: 1\nlayers: [{name: σ, labels: [猫], weights: [[1]]}]", encoding="utf-8"
    )
    expected = nntrace("run", "net.yaml", "-i", "1", "-f", format)
    assert "猫" in expected.out.decode() or format != "csv"
    assert "σ" in expected.out.decode()
    for variables in ({"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"PYTHONIOENCODING": "latin-1"}):
        done = nntrace("run", "net.yaml", "-i", "1", "-f", format, env=variables)
        assert done == expected


def test_npz(nntrace, folder):
    stdin = b"1,2,3\n4,5,6\n"
    done = nntrace(*WORDS, "-i", "-", "-f", "npz", stdin=stdin)  # into a pipe
    assert (done.code, done.err) == (0, "")
    archive = np.load(io.BytesIO(done.out))
    assert {name: (archive[name].shape, archive[name].dtype) for name in archive} == {
        name: ((2, size), np.float64)
        for name, size in [
            ("input", 3),
            ("hidden.z", 2),
            ("hidden.a", 2),
            ("output.z", 2),
            ("output.a", 2),
        ]
    }
    records = nntrace(*WORDS, "-i", "-", "-f", "jsonl", stdin=stdin).records
    for index, each in enumerate(records):
        assert archive["input"][index].tolist() == each["input"]
        for layer in each["layers"]:
            for part in "za":
                assert archive[f"{layer['name']}.{part}"][index].tolist() == layer[part]


@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv", "JSON"])
def test_the_suffix_says_the_format(quick, folder, suffix):
    done = quick(*WORDS, "-o", f"out.{suffix}")
    assert done == (0, b"", "")
    expected = quick(*WORDS, "-f", suffix.lower()).out
    assert (folder / f"out.{suffix}").read_bytes() == expected
    quick(*WORDS, "-o", f"out.{suffix}", "-f", "csv")  # what is asked for wins
    assert (folder / f"out.{suffix}").read_bytes() == quick(*WORDS, "-f", "csv").out


def test_colour_is_never_in_machine_formats(quick, folder):
    for format in ("json", "jsonl", "csv"):
        plain = quick(*WORDS, "-f", format)
        forced = quick(*WORDS, "-f", format, "--color", "always", env={"FORCE_COLOR": "1"})
        assert plain == forced
        assert quick(*WORDS, "-f", format, "-p", "0", "--all") == plain


def test_rows_before_a_wrong_one_make_a_whole_document(quick, folder):
    good, wrong = b"1,2,3\n4,5,6\n", b"x,y,z\n"
    for format in ("json", "jsonl", "csv", "npz", "table"):
        whole = quick(*WORDS, "-i", "-", "-f", format, stdin=good)
        done = quick(*WORDS, "-i", "-", "-f", format, stdin=good + wrong)
        assert done.code == 2
        assert done.err == "nntrace: error: <stdin>:3: whiskers: takes a number, not 'x'\n"
        assert done.out == whole.out
        done = quick(*WORDS, "-i", "-", "-f", format, stdin=b"1,2\n" + good)
        assert (done.code, done.out) == (2, b"")
