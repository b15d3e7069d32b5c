"""`--deterministic`: a row is written with the same digits alone and in a stream."""

import json
import random

import pytest

WIDE = """\
input: 200
layers:
  - {size: 300, activation: gelu, weights: {random: he_normal, seed: 1}}
  - {size: 3, activation: softmax, weights: {random: he_normal, seed: 2}}
"""


@pytest.fixture
def rows(folder):
    (folder / "wide.yaml").write_text(WIDE)
    draw = random.Random(1)
    return [",".join(f"{draw.uniform(-1, 1):.6f}" for _ in range(200)) for _ in range(40)]


def test_rows_of_a_stream_are_those_of_single_runs(quick, rows):
    words = ["run", "wide.yaml", "--deterministic", "-f", "jsonl", "-i"]
    done = quick(*words, "-", stdin="\n".join(rows).encode())
    assert done.code == 0
    for index in (0, 7, 39):
        [alone] = quick(*words, rows[index]).records
        assert done.records[index] == {**alone, "row": index}


def test_an_explanation_is_that_of_the_run(quick, rows, folder):
    (folder / "rows.csv").write_text("\n".join(rows))
    words = ["-i", "rows.csv", "--deterministic"]
    run = quick("run", "wide.yaml", *words, "-f", "jsonl").records
    words = ["explain", "wide.yaml", "output.1", "--deterministic", "-f", "json", "-i"]
    found = json.loads(quick(*words, "rows.csv", "--row", "9").out)
    assert [found["z"], found["a"]] == [run[9]["layers"][1][key][1] for key in "za"]
    alone = json.loads(quick(*words, rows[9]).out)
    assert alone["terms"] == found["terms"]
    assert [alone["z"], alone["a"]] == [found["z"], found["a"]]
