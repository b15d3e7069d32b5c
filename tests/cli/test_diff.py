"""`nntrace diff` from outside: exit codes, JSON, what is refused, and annotations."""

from __future__ import annotations

import json
import sys

import jsonschema
import numpy as np
import pytest

from nntrace.cli.schema import schema_named

RELU = """
input: 3
layers:
  - {name: hidden, activation: relu, weights: [[1, 2, -1], [0.5, -3, 1.5], [2, 0.25, 1]],
     bias: [0.5, 0, -1]}
  - {name: output, activation: softmax, weights: [[1, -1, 2], [0.5, 1, -2]], labels: [cat, dog]}
examples:
  - {name: one, input: [1, 0.5, -2]}
  - {name: two, input: [-1, 2, 0.25]}
"""


@pytest.fixture
def nets(folder):
    (folder / "a.yaml").write_text(RELU)
    (folder / "b.yaml").write_text(RELU.replace("relu", "tanh"))
    (folder / "t.yaml").write_text(
        RELU.replace(
            "[[1, 2, -1], [0.5, -3, 1.5], [2, 0.25, 1]]",
            "[[1, 0.5, 2], [2, -3, 0.25], [-1, 1.5, 1]]",
        )
    )
    (folder / "bare.yaml").write_text(RELU.split("examples:")[0])
    (folder / "four.yaml").write_text("input: 4\nlayers: [{weights: [[1, 2, 3, 4]]}]")
    return folder


def document(done):
    found = json.loads(done.out)
    jsonschema.validate(found, schema_named("diff"))
    return found


def test_two_that_agree_end_with_0(nets, quick):
    done = quick("diff", "a.yaml", "a.yaml", "-f", "json")
    assert (done.code, done.err) == (0, "")
    found = document(done)
    assert found["schema"] == "nntrace.diff/1"
    assert (found["a"], found["b"], found["rows"], found["agree"]) == ("a.yaml", "a.yaml", 2, True)
    assert (found["first"], found["cause"], found["others"]) == (None, None, [])
    assert found["predictions"] == {"rows": 2, "flips": []}
    assert [
        (each["a"], each["b"], each["quantity"], each["matched"]) for each in found["layers"]
    ] == [(name, name, quantity, "name") for name in ("hidden", "output") for quantity in "za"]
    for each in found["layers"]:
        assert (each["max_abs"], each["agree"]) == (0, True)


def test_two_that_part_end_with_1_and_say_where_and_why(nets, quick):
    done = quick("diff", "a.yaml", "b.yaml", "-f", "json")
    assert done.code == 1
    found = document(done)
    z = (
        np.array([[1, 2, -1], [0.5, -3, 1.5], [2, 0.25, 1]])
        @ np.array([[1, 0.5, -2], [-1, 2, 0.25]]).T
    )
    z = (z + np.array([[0.5], [0], [-1]])).T
    off = np.abs(np.maximum(z, 0) - np.tanh(z))
    row, index = np.unravel_index(off.argmax(), off.shape)
    first = found["first"]
    assert (first["layer"], first["quantity"]) == ("hidden", "a")
    assert (first["neuron"], first["row"]) == (f"hidden.{index}", row)
    assert first["a"] == pytest.approx(np.maximum(z, 0)[row, index])
    assert first["b"] == pytest.approx(np.tanh(z)[row, index])
    [before, here, *_] = found["layers"]
    assert before["agree"]
    assert (here["agree"], here["max_abs"]) == (False, pytest.approx(off.max()))
    assert found["cause"] == {
        "kind": "activation", "layer": "hidden", "leaves": 0.0, "detail": "tanh in b, relu in a",
    }  # fmt: skip


def test_a_trace_stands_for_a_net(nets, quick):
    for name in ("t.npz", "t.json", "t.jsonl"):
        quick("run", "t.yaml", "-i", "1,2,3", "-i", "-1,0.5,2", "-o", name)
        for words in (["a.yaml", name], [name, "a.yaml"]):
            done = quick("diff", *words, "-f", "json")
            assert (done.code, done.err) == (1, "")
            found = document(done)
            assert (found["cause"]["kind"], found["cause"]["layer"]) == (
                "transposed_weights", "hidden",
            )  # fmt: skip
        assert quick("diff", "t.yaml", name).code == 0
        assert quick("diff", name, "t.npz").code == 0


def test_arrays_dumped_elsewhere_need_the_rows_they_are_of(nets, quick):
    np.savez("dump.npz", hidden=np.array([[6.5, 0, 0.125]]) * 0)
    done = quick("diff", "a.yaml", "dump.npz")
    assert done.code == 2
    assert "dump.npz: has no array 'input'" in done.err
    assert "--input" in done.err
    done = quick("diff", "a.yaml", "dump.npz", "-i", "1,2,3", "-f", "json")
    assert done.code == 1
    assert document(done)["first"]["layer"] == "hidden"


def test_without_rows_made_up_ones_are_compared_and_said(nets, quick):
    done = quick("diff", "bare.yaml", "b.yaml", "-f", "json")
    assert document(done)["rows"] == 8
    assert done.err.startswith("nntrace: warning: no rows are given and bare has no examples")
    assert quick("diff", "bare.yaml", "b.yaml", "-f", "json").out == done.out
    given = [word for seed in range(8) for word in ("-i", f"random:{seed}")]
    assert quick("diff", "bare.yaml", "b.yaml", "-f", "json", *given).out == done.out


def test_tolerances_are_numpys(nets, quick):
    (nets / "near.yaml").write_text(RELU.replace("bias: [0.5,", "bias: [0.5001,"))
    assert quick("diff", "a.yaml", "near.yaml").code == 1
    assert quick("diff", "a.yaml", "near.yaml", "--atol", "1e-3").code == 0
    assert quick("diff", "a.yaml", "near.yaml", "--rtol", "1").code == 0
    assert quick("diff", "a.yaml", "near.yaml", "--atol", "1e-9").code == 1


def test_inputs_are_matched_by_label(nets, quick):
    one = RELU.replace("input: 3", "input: {labels: [x, y, w]}")
    two = RELU.replace("input: 3", "input: {labels: [w, x, y]}").replace(
        "[[1, 2, -1], [0.5, -3, 1.5], [2, 0.25, 1]]", "[[-1, 1, 2], [1.5, 0.5, -3], [1, 2, 0.25]]"
    )
    (nets / "one.yaml").write_text(one)
    (nets / "two.yaml").write_text(two)
    assert quick("diff", "one.yaml", "two.yaml").code == 0


def test_many_rows_come_through_a_pipe(nets, quick):
    rng = np.random.default_rng(0)
    lines = "\n".join(json.dumps(row) for row in rng.normal(size=(1200, 3)).tolist())
    done = quick("diff", "a.yaml", "b.yaml", "-i", "-", "-f", "json", stdin=lines)
    found = document(done)
    assert found["rows"] == 1200
    assert found["predictions"]["rows"] == 1200
    assert {flip["row"] for flip in found["predictions"]["flips"]} <= {*range(1200)}
    assert found["cause"]["kind"] == "activation"


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_a_net_against_itself_in_another_type(dtype, nets, quick):
    done = quick("diff", "digits", "--against", dtype, "-f", "json")
    found = document(done)
    assert found["b"] == dtype
    assert done.code == int(dtype == "float16")
    if done.code:
        assert found["cause"]["kind"] == "dtype"


@pytest.mark.parametrize("name", ["iris", "digits-conv", "a.yaml"])
def test_a_net_against_itself_in_onnxruntime(name, nets, quick):
    pytest.importorskip("onnxruntime")
    done = quick("diff", name, "--against", "onnxruntime", "--atol", "1e-4", "-f", "json")
    found = document(done)
    assert (done.code, found["b"]) == (0, "onnxruntime")
    assert {each["a"] for each in found["layers"]} >= {"output"}
    done = quick("convert", name, "net.onnx")
    assert quick("diff", name, "net.onnx", "--atol", "1e-4").code == 0


def test_the_first_number_that_overflows_is_named(nets, quick):
    done = quick("diff", "a.yaml", "--against", "float16", "-i", "60000,60000,0", "-f", "json")
    found = document(done)
    assert done.code == 1
    assert found["overflow"] == {
        "layer": "hidden", "quantity": "z", "neuron": "hidden.0", "row": 0, "a": 180000.5,
    }  # fmt: skip
    shown = quick("diff", "a.yaml", "--against", "float16", "-i", "60000,60000,0").out.decode()
    assert "hidden.0 z is the first that is not finite in b" in shown


FAULTS = {
    "diff a.yaml": "takes a second net or trace, or --against onnxruntime|float64|float32|float16",
    "diff a.yaml b.yaml --against float16": "not both",
    "diff a.yaml four.yaml": "input: a.yaml takes 3, four.yaml 4",
    "diff a.yaml letters": "input: letters reads text, a.yaml numbers",
    "diff a.yaml nothing.npz": "nothing.npz: no such file or directory",
    "diff a.yaml b.yaml --atol -1": "--atol -1: takes a number from 0",
    "diff a.yaml b.yaml --rtol nan": "--rtol nan: takes a number from 0",
    "diff - -": "the nets cannot both come from standard input",
    "diff a.yaml b.yaml --set hidden.0=1": "unknown option --set",
    "diff aab aab -i z": "is not in the alphabet",
}


@pytest.mark.parametrize("words", FAULTS)
def test_what_cannot_be_compared_is_refused_in_one_line(words, nets, quick):
    done = quick(*words.split())
    assert (done.code, done.out) == (2, b"")
    [line] = done.err.splitlines()
    assert line.startswith("nntrace: error: ")
    assert FAULTS[words] in line


def test_traces_of_other_rows_are_refused_or_told(nets, quick):
    quick("run", "a.yaml", "-i", "1,2,3", "-o", "one.npz")
    quick("run", "a.yaml", "-i", "1,2,3", "-i", "3,2,1", "-o", "two.npz")
    quick("run", "a.yaml", "-i", "3,2,1", "-o", "other.npz")
    assert "was recorded of 2 rows, one.npz of 1" in quick("diff", "one.npz", "two.npz").err
    done = quick("diff", "one.npz", "other.npz")
    assert "have other inputs" in done.err
    assert "is given to nets" in quick("diff", "one.npz", "other.npz", "-i", "1,2,3").err
    assert "was recorded of 2 rows, 3 are given" in quick(
        "diff", "a.yaml", "two.npz", *["-i", "1,2,3"] * 3
    ).err  # fmt: skip


def test_without_the_extra_onnxruntime_is_told_what_lacks(nets, quick, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    done = quick("diff", "a.yaml", "--against", "onnxruntime")
    told = "an ONNX model needs the onnx extra: pip install 'nntrace[onnx]'"
    assert (done.code, done.err) == (2, f"nntrace: error: {told}\n")


def test_a_pull_request_is_told(nets, quick):
    env = {"GITHUB_ACTIONS": "true"}
    done = quick("diff", "a.yaml", "b.yaml", "-f", "json", env=env)
    errors = [line for line in done.err.splitlines() if line.startswith("::error")]
    assert errors == [done.err.splitlines()[0]]
    assert errors[0].startswith("::error file=b.yaml::they part at hidden's a")
    assert "::notice file=b.yaml::explained by activation in hidden" in done.err
    assert quick("diff", "a.yaml", "a.yaml", env=env).err == ""


def test_check_tries_the_same_causes(nets, quick):
    expect = "0.25], expect: {hidden: [3.25, 0, 0], tolerance: 1e-9}}"
    (nets / "c.yaml").write_text(RELU.replace("relu", "tanh").replace("0.25]}", expect))
    done = quick("check", "c.yaml", "-f", "json")
    found = json.loads(done.out)
    jsonschema.validate(found, schema_named("check"))
    assert done.code == 1
    kinds = {(each["kind"], each["layer"]) for each in found["files"][0]["causes"]}
    assert ("activation", "hidden") in kinds
    assert "explained by" in quick("check", "c.yaml").out.decode()


def test_a_weight_of_a_model_that_is_nan_is_told_with_its_name_and_place(nets, quick):
    onnx = pytest.importorskip("onnx")
    assert quick("convert", "digits-conv", "good.onnx").code == 0
    model = onnx.load("good.onnx")
    [weights] = [each for each in model.graph.initializer if each.name == "conv2.weights"]
    values = onnx.numpy_helper.to_array(weights).copy()
    values[3, 2, 1, 1] = np.nan
    weights.CopyFrom(onnx.numpy_helper.from_array(values, weights.name))
    onnx.save(model, "bad.onnx")
    done = quick("diff", "good.onnx", "bad.onnx", "--input", "ones", "-f", "json")
    assert "warning: bad.onnx: 'conv2.weights' holds 1 NaN, first at 3.2.1.1\n" in done.err
    found = json.loads(done.out)
    assert (found["first"]["layer"], found["cause"]["layer"]) == ("conv2", "conv2")
    assert found["cause"]["detail"] == "numbers of b are not finite, those of a are"


CAPITALS = RELU.replace("hidden", "Hidden").replace("cat, dog", "Cat, Dog")
EXTRA = "  - {name: Extra, weights: [[1, 0, 1], [0, 2, 0], [0, 1, 1]]}\n  - {name: output"


@pytest.mark.parametrize(
    ("a", "b", "heard"),
    [
        (
            CAPITALS,
            CAPITALS.replace("[[1, -1, 2], [0.5, 1, -2]]", "[[0.5, 1, -2], [1, -1, 2]]"),
            "Another prediction in 2 of 2 rows: row 0 Cat becomes Dog, row 1 Cat becomes Dog",
        ),
        (
            CAPITALS.replace("  - {name: output", EXTRA),
            CAPITALS,
            "Without a partner in b: Extra",
        ),
    ],
    ids=["classes", "layers"],
)
def test_names_are_heard_as_they_are_written(nets, quick, a, b, heard):
    (nets / "a.yaml").write_text(a)
    (nets / "b.yaml").write_text(b)
    said = quick("diff", "a.yaml", "b.yaml", "--accessible").out.decode()
    assert heard in said.splitlines(), said
