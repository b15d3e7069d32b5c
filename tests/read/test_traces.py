"""Recorded traces: nntrace's own, Polygraphy's, arrays dumped elsewhere, and what is none."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest

from nntrace.core.recorded import Place
from nntrace.errors import NntraceError
from nntrace.read.traces import is_trace, open_trace

Z, A = np.array([[1.0, -2.0], [0.5, 4.0]]), np.array([[1.0, 0.0], [0.5, 4.0]])
GIVEN = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def unheard(problem):
    raise AssertionError(problem)


def saved(values):
    stream = io.BytesIO()
    np.save(stream, values)
    return {
        "array": base64.b64encode(stream.getvalue()).decode(),
        "polygraphy_class": "ndarray",
    }


def lazily(values):
    return {"values": saved(values), "polygraphy_class": "LazyArray"}


def iteration(**outputs):
    kept = {name: lazily(values) for name, values in outputs.items()}
    return {"outputs": kept, "runtime": 0.1, "polygraphy_class": "IterationResult"}


def rows(**more):
    return [
        {"row": at, "input": GIVEN[at].tolist(), "prediction": None,
         "layers": [{"name": "h", "activation": "relu", "z": Z[at].tolist(), "a": A[at].tolist(),
                     **more}]}
        for at in range(2)
    ]  # fmt: skip


JSON = {
    "nntrace's document": {"schema": "nntrace.trace/1", "network": {}, "traces": rows()},
    "a list of its rows": rows(),
    "arrays by name": {"input": GIVEN.tolist(), "h.z": Z.tolist(), "h.a": A.tolist()},
    "run results of Polygraphy": {
        "lst": [["onnxrt", [iteration(**{"h.z": Z[:1], "h.a": A[:1]}),
                            iteration(**{"h.z": Z[1:], "h.a": A[1:]})]]],
        "polygraphy_class": "RunResults",
    },
    "inputs of Polygraphy": [{"h.z": saved(Z), "h.a": saved(A)}],
}  # fmt: skip


@pytest.mark.parametrize("name", JSON)
def test_json_is_read_as_it_was_written(name, tmp_path):
    (tmp_path / "t.json").write_text(json.dumps(JSON[name]))
    trace = open_trace(str(tmp_path / "t.json"), unheard)
    assert [*trace.arrays] == [Place("h", "z"), Place("h", "a")]
    for place, expected in ((Place("h", "z"), Z), (Place("h", "a"), A)):
        np.testing.assert_array_equal(trace.arrays[place].load(), expected)
        assert trace.arrays[place].shape == expected.shape
    if "input" in trace.inputs:
        np.testing.assert_array_equal(trace.inputs["input"].load(), GIVEN)
    assert ("input" in trace.inputs) == ("Polygraphy" not in name)


def test_jsonl_is_a_row_a_line(tmp_path):
    lines = [json.dumps(row) for row in rows(shape=[2, 1])]
    (tmp_path / "t.jsonl").write_text("\n".join(lines) + "\n\n")
    trace = open_trace(str(tmp_path / "t.jsonl"), unheard)
    assert trace.arrays[Place("h", "z")].shape == (2, 2, 1)
    assert trace.ordered


def test_null_is_some_number_that_is_not_finite(tmp_path):
    given = rows()
    given[0]["layers"][0]["a"] = [None, 0.0]
    (tmp_path / "t.json").write_text(json.dumps(given))
    trace = open_trace(str(tmp_path / "t.json"), unheard)
    assert trace.vague
    assert np.isnan(trace.arrays[Place("h", "a")].load()[0, 0])


@pytest.mark.parametrize(
    ("names", "places"),
    [
        (["input", "h.z", "h.a"], [("h", "z"), ("h", "a")]),
        (["input", "x", "h.z", "h.a"], [("h", "z"), ("h", "a")]),
        (["h.a", "g.a"], [("h", "a"), ("g", "a")]),
        (["conv1.z", "relu"], [("conv1.z", "a"), ("relu", "a")]),
        (["/conv/Conv_output_0", "logits"], [("/conv/Conv_output_0", "a"), ("logits", "a")]),
        (["block.1.z", "block.1.a"], [("block.1", "z"), ("block.1", "a")]),
    ],
)
@pytest.mark.parametrize("kind", ["npz", "folder"])
def test_arrays_are_called_after_layers_or_are_tensors(names, places, kind, tmp_path):
    if kind == "npz":
        path = tmp_path / "t.npz"
        np.savez(path, **dict.fromkeys(names, Z))
        trace = open_trace(str(path), unheard)
        assert [*trace.arrays] == [Place(*place) for place in places]
    elif not any("/" in name for name in names):
        for name in names:
            np.save(tmp_path / f"{name}.npy", Z)
        trace = open_trace(str(tmp_path), unheard)
        assert {*trace.arrays} == {Place(*place) for place in places}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int64", ">f4", "u2"])
def test_any_numbers_are_read_as_floats_that_hold_them(dtype, tmp_path):
    values = np.array([[1, 2], [3, 100]]).astype(dtype)
    np.savez(tmp_path / "t.npz", h=values)
    held = open_trace(str(tmp_path / "t.npz"), unheard).arrays[Place("h", "a")].load()
    assert held.dtype in (np.float32, np.float64)
    assert held.dtype.isnative
    np.testing.assert_array_equal(held, values.astype(float))


def test_what_is_not_used_is_told(tmp_path):
    told = []
    np.savez(tmp_path / "t.npz", h=Z, words=np.array(["a"]))
    trace = open_trace(str(tmp_path / "t.npz"), told.append)
    assert [*trace.arrays] == [Place("h", "a")]
    assert [problem.message.endswith("it is left out") for problem in told] == [True]
    runs = {"lst": [["one", [iteration(h=Z)]], ["two", [iteration(h=A)]]]}
    (tmp_path / "t.json").write_text(json.dumps(runs))
    told.clear()
    np.testing.assert_array_equal(
        open_trace(str(tmp_path / "t.json"), told.append).arrays[Place("h", "a")].load(), Z
    )
    assert [problem.message for problem in told] == ["holds several runs; one is compared, not two"]


BROKEN = {
    "no.json": "{",
    "number.json": "3",
    "words.json": '{"h": "many"}',
    "ragged.json": '{"h": [[1, 2], [3]]}',
    "empty.json": "{}",
    "none.json": "[]",
    "other.json": '{"schema": "nntrace.stats/1"}',
    "rows.json": '{"schema": "nntrace.trace/1", "traces": 3}',
    "nameless.json": '[{"layers": [{"z": [1]}]}]',
    "lengths.json": '[{"layers": [{"name": "h", "z": [1], "a": [1]}]},'
    ' {"layers": [{"name": "h", "z": [1, 2], "a": [1, 2]}]}]',
    "base.json": '{"h": {"array": "§", "polygraphy_class": "ndarray"}}',
    "short.json": json.dumps({"h": {"array": saved(Z)["array"][:160]}}),
    "runs.json": '{"lst": [["one"]]}',
    "class.json": '{"polygraphy_class": "FormattedArray"}',
    "line.jsonl": '{"layers": []}\nnothing\n',
    "empty.jsonl": "",
    "no.npz": "PK",
    "missing.json": None,
    "missing.npz": None,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_trace_is_told_in_one_line(name, tmp_path):
    path = tmp_path / name
    if BROKEN[name] is not None:
        path.write_text(BROKEN[name])
    assert is_trace(str(path))
    with pytest.raises(NntraceError) as caught:
        open_trace(str(path), unheard)
    [problem] = caught.value.problems
    assert str(problem).startswith((str(path), f"'{name}'"))
    assert "\n" not in str(problem)


def test_a_folder_without_arrays_is_none(tmp_path):
    with pytest.raises(NntraceError, match="takes an array in each"):
        open_trace(str(tmp_path), unheard)


@pytest.mark.parametrize("name", ["digits", "net.yaml", "model.onnx", "-", ""])
def test_nets_are_no_traces(name):
    assert not is_trace(name)


def test_truth_values_are_zeros_and_ones(tmp_path):
    held = np.array([[True, False]])
    np.savez(tmp_path / "a.npz", held=held, z=Z)
    (tmp_path / "folder").mkdir()
    np.save(tmp_path / "folder" / "held.npy", held)
    for name in ("a.npz", "folder"):
        trace = open_trace(str(tmp_path / name), unheard)
        loaded = trace.arrays[Place("held", "a")].load()
        assert loaded.dtype == np.float64
        np.testing.assert_array_equal(loaded, [[1, 0]])
