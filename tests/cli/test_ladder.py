"""`nntrace ladder`: what it reads, what it writes, and what it says where it cannot."""

from __future__ import annotations

import json
import re

import jsonschema
import numpy as np
import pytest

import nntrace as package
from nntrace.cli.schema import schema_named

pytestmark = pytest.mark.usefixtures("fitted_once")

DIGITS = ["ladder", "digits", "--input", "digits-labelled.csv", "--target", "digit"]
IRIS = ["ladder", "iris", "-i", "iris-labelled.csv", "-t", "species"]

ROWS = [
    # whiskers, ears, barks, kind: a little of either
    (0.75, 0.5, 0.25, "cat"),
    (1, 0.75, 0, "cat"),
    (0.5, 1, 0.25, "cat"),
    (0.875, 0.5, 0, "cat"),
    (0, 0.5, 1, "dog"),
    (0.25, 0.5, 0.75, "dog"),
    (0.125, 0.25, 1, "dog"),
    (0, 0.75, 0.875, "dog"),
]
CSV = "whiskers,ears,barks,kind\n" + "".join(f"{a},{b},{c},{kind}\n" for a, b, c, kind in ROWS)


@pytest.fixture
def measured(folder, quick):
    """Measure rows on the net `clues`, and return the document."""

    def run(*arguments, stdin=b""):
        done = quick("ladder", "clues.yaml", *arguments, "-f", "json", stdin=stdin)
        assert (done.code, done.err) == (0, "")
        return json.loads(done.out)

    return run


def test_the_document(measured, folder):
    (folder / "rows.csv").write_text(CSV)
    found = measured("-i", "rows.csv", "-t", "kind", "--seed", "3", "--neuron", "hidden.0")
    jsonschema.Draft202012Validator(schema_named("ladder")).validate(found)
    assert found["schema"] == "nntrace.ladder/2"
    assert found["network"]["layers"][0] == {"name": "hidden", "size": 2, "activation": "relu"}
    assert (found["target"], found["seed"]) == ("kind", 3)
    assert (found["rows"], found["train"], found["test"], found["chance"]) == (8, 6, 2, 0.5)
    assert (found["splits"], found["practice"]) == (20, False)
    assert found["classes"] == [{"name": "cat", "rows": 4}, {"name": "dog", "rows": 4}]
    assert [rung["layer"] for rung in found["rungs"]] == ["input", "hidden", "output"]
    assert [rung["size"] for rung in found["rungs"]] == [3, 2, 2]
    for rung in found["rungs"]:
        assert 0 <= rung["low"] <= rung["accuracy"] <= rung["high"] <= 1
    pairs = [(each["layer"], each["lower"]) for each in found["comparisons"]]
    assert pairs == [("hidden", "input"), ("output", "input"), ("output", "hidden")]
    for each in found["comparisons"]:
        assert each["low"] <= each["difference"] <= each["high"]
        assert not each["sure"]  # eight rows prove nothing
    (neuron,) = found["neurons"]
    # whiskers + ears / 2 - barks + 1/8, and at least 0
    a = [max(0, row[0] + row[1] / 2 - row[2] + 0.125) for row in ROWS]
    best = sorted(range(8), key=lambda row: -a[row])[:5]
    assert [each["row"] for each in neuron["rows"]] == [row for row in best if a[row] > 0]
    assert [each["a"] for each in neuron["rows"]] == [a[row] for row in best if a[row] > 0]
    assert neuron["active"] == sum(value > 0 for value in a)
    assert neuron["classes"] == [
        {"target": "cat", "mean": np.mean(a[:4])},
        {"target": "dog", "mean": np.mean(a[4:])},
    ]
    assert not neuron["dead"]


def test_python_and_the_command_measure_the_same(quick):
    document = json.loads(quick(*IRIS, "--seed", "1", "-f", "json").out)
    done = quick("run", "iris", "-i", "iris-labelled.csv", "--keep", "species", "-f", "jsonl")
    labels = [record["keep"]["species"] for record in done.records]
    trace = package.forward(package.load("iris"), done.inputs)
    found = package.ladder(trace, labels, seed=1)
    shown = [rung["accuracy"] for rung in document["rungs"]]
    assert shown == [each.accuracy for each in found.rungs]
    assert document["chance"] == found.chance


JSON_ROWS = [{"whiskers": a, "ears": b, "barks": c, "kind": kind} for a, b, c, kind in ROWS]
FORMS = {
    "rows.csv": CSV,
    "rows.jsonl": "".join(json.dumps(row) + "\n" for row in JSON_ROWS),
    "rows.json": json.dumps(JSON_ROWS),
    "other.jsonl": "".join(json.dumps({"input": row[:3], "kind": row[3]}) + "\n" for row in ROWS),
}


def test_every_form_that_carries_a_column_says_the_same(measured, folder):
    for name, text in FORMS.items():
        (folder / name).write_text(text)
    documents = [measured("-i", name, "-t", "kind") for name in FORMS]
    documents.append(measured("-i", "-", "-t", "kind", stdin=CSV))
    documents.append(measured("-i", "-", "-t", "kind", stdin=FORMS["rows.jsonl"]))
    (folder / "rows.data").write_text(CSV)
    documents.append(measured("-i", "rows.data", "--input-format", "csv", "-t", "kind"))
    halves = CSV.splitlines(keepends=True)
    (folder / "one.csv").write_text("".join(halves[:5]))
    (folder / "two.csv").write_text("".join([halves[0], *halves[5:]]))
    documents.append(measured("-i", "one.csv", "-i", "two.csv", "-t", "kind"))
    assert all(document == documents[0] for document in documents)


def test_what_run_keeps_can_be_fed_back(measured, quick, folder):
    (folder / "rows.csv").write_text(CSV)
    kept = quick("run", "clues.yaml", "-i", "rows.csv", "--keep", "kind", "-f", "jsonl").out
    assert measured("-i", "-", "-t", "kind", stdin=kept) == measured("-i", "rows.csv", "-t", "kind")


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([1, 1, 2, 2, 10, 10, 10, 10], ["1", "2", "10"]),
        ([True, True, False, False] * 2, ["false", "true"]),
        (["a ", "a", "b", "b"] * 2, ["a", "b"]),
        ([0, 1, 0.0, 1.0, "0", "1.00", "-0", "1e0"], ["0", "1"]),
    ],
)
def test_what_a_class_may_be(measured, labels, names):
    rows = [{**row, "kind": label} for row, label in zip(JSON_ROWS, labels, strict=True)]
    found = measured("-i", "-", "-t", "kind", stdin="\n".join(map(json.dumps, rows)))
    assert [each["name"] for each in found["classes"]] == names


# ---- what is refused ----

NAMES = "whiskers, ears, barks"
NO_ROWS = "there are no rows, a ladder takes two classes or more"
TWICE = "one row to learn from and one to test on"
BAD = [
    ("1,2,3\n4,5,6\n", "<stdin>:1: has no header, so no column 'kind' (the --target)"),
    (
        "1,2,3,cat\n",
        f"<stdin>:1: 'cat' is neither a number nor the name of an input ({NAMES});"
        " its column is '#3' to --keep and --drop",
    ),
    (
        "whiskers,ears,barks,sort\n1,2,3,a\n",
        "<stdin>:1: has no 'kind' (the --target), known: whiskers, ears, barks, sort",
    ),
    (
        "whiskers,ears,barks,kind,id\n1,2,3,a,7\n",
        f"<stdin>:1: unknown input 'id', known: {NAMES} "
        "(--drop id leaves it out)",
    ),
    ("whiskers,barks,kind\n1,2,a\n", "<stdin>:1: lacks 'ears'"),
    ("", NO_ROWS),
    ("whiskers,ears,barks,kind\n", NO_ROWS),
    (
        "whiskers,ears,barks,kind\n1,2,3,a\n3,2,1,a\n",
        "all rows are of the class 'a', a ladder takes two classes or more",
    ),
    (
        "whiskers,ears,barks,kind\n1,2,3,a\n3,2,1,a\n0,0,0,b\n",
        f"the class 'b' has a single row, a class takes {TWICE}",
    ),
    (
        "whiskers,ears,barks,kind\n1,2,3,0.5\n3,2,1,0.75\n0,0,0,0.125\n",
        f"3 of 3 classes have a single row, such as '0.125'; a class takes {TWICE}",
    ),
    (
        "whiskers,ears,barks,kind\n1,2,3,a\n3,2,1,\n",
        "<stdin>:3: kind: takes the name of a class, not nothing",
    ),
    (
        "whiskers,ears,barks,kind\n1,2,3,a\n\n3,2,1,NaN\n",
        "<stdin>:4: kind: takes the name of a class, not NaN",
    ),
    ("whiskers,ears,barks,kind\n1,nan,3,a\n", "<stdin>:2: ears: takes a number, not 'nan'"),
    ('{"input": [1, 2, 3], "kind": null}', "<stdin>:1: kind: takes the name of a class, not null"),
    ('{"input": [1, 2, 3], "kind": [1]}', "<stdin>:1: kind: takes the name of a class, not a list"),
    (
        '{"input": [1, 2, 3], "kind": {}}',
        "<stdin>:1: kind: takes the name of a class, not an object",
    ),
    ('{"input": [1, 2, 3], "kind": NaN}', "<stdin>:1: kind: takes the name of a class, not nan"),
    ('{"input": [1, 2, 3], "kind": 1e999}', "<stdin>:1: kind: takes the name of a class, not inf"),
    ('{"input": [1, 2, 3], "kind": "nan"}', "<stdin>:1: kind: takes the name of a class, not nan"),
    ('{"input": [1, 2, 3]}', "<stdin>:1: has no 'kind' (the --target), known: input"),
    ("[1, 2, 3]", "<stdin>:1: is an array, which has no 'kind' (the --target)"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "told"), BAD)
def test_rows_that_cannot_be_measured(folder, quick, rows, told):
    words = ["ladder", "clues.yaml", "-i", "-", "-t", "kind"]
    if rows[:1] in ("[", "{"):
        words += ["--input-format", "jsonl"]
    done = quick(*words, stdin=rows)
    assert (done.code, done.out) == (2, b"")
    warning = "nntrace: warning: <stdin>: holds no rows, so nothing of it is traced\n"
    assert done.err == warning * (told == NO_ROWS) + f"nntrace: error: {told}\n"


LABELLED = "a ladder is measured on labelled rows; give"
SHAPE = "as in --input rows.csv --target COLUMN"
GIVEN = "the input is given, nothing excites it; name a layer or a neuron"
MISUSED = [
    ([], f"{LABELLED} --input and --target, {SHAPE}"),
    (["-i", "rows.csv"], f"{LABELLED} --target, {SHAPE}"),
    (["-t", "kind"], f"{LABELLED} --input, {SHAPE}"),
    (["-i", "rows.csv", "-t", "ears"], "--target ears: is an input of clues, takes another column"),
    (["-i", "1,2,3", "-t", "kind"], "--input 1,2,3: has no 'kind' (the --target)"),
    (["-i", "gone.csv", "-t", "kind"], "gone.csv: no such file or directory"),
    (["-i", "rows.npy", "-t", "kind"], "rows.npy: has no 'kind' (the --target)"),
    (
        ["-i", "rows.csv", "-t", "kind", "--neuron", "hiden"],
        "--neuron hiden: unknown layer 'hiden', did you mean 'hidden'?",
    ),
    (
        ["-i", "rows.csv", "-t", "kind", "--neuron", "output.cow"],
        "--neuron output.cow: unknown label in output 'cow', known: cat, dog",
    ),
    (["-i", "rows.csv", "-t", "kind", "--neuron", "input"], f"--neuron input: {GIVEN}"),
    (
        ["-i", "rows.csv", "-t", "kind", "--seed", "-1"],
        "--seed takes a whole number from 0, not '-1' (see nntrace ladder --help)",
    ),
    (
        ["-i", "rows.csv", "-t", "kind", "-o", "out.csv"],
        "-o out.csv: its suffix is none of .json, .txt; say the format with -f",
    ),
]


@pytest.mark.parametrize(("words", "told"), MISUSED)
def test_wrong_usage(folder, quick, words, told):
    (folder / "rows.csv").write_text(CSV)
    np.save(folder / "rows.npy", np.zeros((4, 3)))
    done = quick("ladder", "clues.yaml", *words)
    assert (done.code, done.out) == (2, b"")
    assert done.err == f"nntrace: error: {told}\n"


def test_the_net_and_the_rows_cannot_both_be_standard_input(quick):
    done = quick("ladder", "-", "-i", "-", "-t", "kind")
    assert done.code == 2
    assert "cannot both come from standard input" in done.err


def test_an_overflow_names_its_row_and_neuron(folder, quick):
    rows = "".join(f"{value},0,{kind}\n" for value, kind in [(1, "a"), (1e38, "a"), (2, "b")] * 2)
    (folder / "big.yaml").write_text(
        "dtype: float32\ninput: {labels: [x, y]}\nlayers: [{name: big, weights: [[10, 1]]}]\n"
    )
    done = quick("ladder", "big.yaml", "-i", "-", "-t", "kind", stdin="x,y,kind\n" + rows)
    told = "row 1: big.0 is infinite, a probe takes finite numbers"
    assert (done.code, done.out, done.err) == (2, b"", f"nntrace: error: {told}\n")


# ---- what people see ----


def test_the_digits_climb(quick):
    rungs = json.loads(quick(*DIGITS, "-f", "json").out)["rungs"]
    accuracies = [rung["accuracy"] for rung in rungs]
    assert accuracies == sorted(set(accuracies))


def test_a_process_of_its_own_measures_the_same(nntrace, quick, tmp_path):
    done = nntrace(*IRIS, "-f", "json", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    again = quick(*IRIS, "-o", tmp_path / "ladder.json")
    assert (again.code, again.out) == (0, b"")
    assert (tmp_path / "ladder.json").read_bytes() == done.out


def test_a_table_has_a_rung_a_layer(quick):
    lines = quick(*DIGITS).out.decode().splitlines()
    rungs = [line for line in lines if re.match(r"(input|hidden[12]|output) ", line)]
    document = json.loads(quick(*DIGITS, "-f", "json").out)
    for line, rung in zip(rungs, document["rungs"], strict=True):
        assert line.split()[:3] == [
            rung["layer"],
            str(rung["size"]),
            f"{100 * rung['accuracy']:.2f}",
        ]
        assert f"{100 * rung['low']:.2f} to {100 * rung['high']:.2f} %" in line
        assert f"{rung['separation']:.3f}" in line
    marks = [line.index("█") for line in rungs]
    assert marks == sorted(set(marks))
    told = "20 times trained on 362 rows, tested on 178 others (seed 0); chance 10.11 %"
    assert told in "\n".join(lines)
    assert "surely above the input: hidden2 and output" in lines
    assert "from one layer to the next none surely differs" in lines
    assert "a rise within the interval is no rise" in "\n".join(lines)


def test_the_pixels_get_as_many_rows_as_the_net_had(quick):
    words = [*DIGITS, "--train", "digits-practice.npz"]
    found = json.loads(quick(*words, "-f", "json").out)
    assert (found["rows"], found["train"], found["test"]) == (540, 1257, 540)
    assert (found["splits"], found["practice"]) == (1, True)
    fewer = json.loads(quick(*DIGITS, "-f", "json").out)
    for rung, less in zip(found["rungs"][:2], fewer["rungs"], strict=False):
        assert rung["accuracy"] > less["accuracy"]
    assert "trained on 1,257 rows for practice, tested on 540 others" in quick(*words).out.decode()


def test_rows_for_practice_may_be_of_any_form(measured, folder):
    (folder / "rows.csv").write_text(CSV)
    (folder / "one.jsonl").write_text(FORMS["rows.jsonl"])
    kinds = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    np.savez(folder / "two.npz", input=[row[:3] for row in ROWS], kind=kinds)
    numbered = CSV.replace("cat", "0.0").replace("dog", "1")
    (folder / "numbered.csv").write_text(numbered)
    found = [
        measured("-i", "rows.csv", "-t", "kind", "--train", "rows.csv"),
        measured("-i", "rows.csv", "-t", "kind", "--train", "one.jsonl"),
        measured("-i", "rows.csv", "-t", "kind", "--train", "-", stdin=CSV),
        measured("-i", "-", "-t", "kind", "--train", "rows.csv", stdin=CSV),
        measured("-i", "numbered.csv", "-t", "kind", "--train", "two.npz"),
    ]
    assert all(each["rungs"] == found[0]["rungs"] for each in found)
    assert (found[0]["train"], found[0]["test"]) == (8, 8)


ROUGH = [
    (
        {"input": np.zeros((3, 3)), "sort": np.zeros(3)},
        "has no 'kind' (the --target), known: input, sort",
    ),
    (
        {"input": np.zeros((3, 3)), "kind": np.zeros((3, 2))},
        "'kind' is 3 × 2, takes a number for each of 3 rows to be kept",
    ),
    (
        {"input": np.zeros((3, 3)), "kind": np.array([0, 1, np.nan])},
        "row 2: kind: takes the name of a class, not nan",
    ),
]


@pytest.mark.parametrize(("arrays", "told"), ROUGH)
def test_an_archive_that_carries_no_class_a_row(folder, quick, arrays, told):
    np.savez(folder / "rows.npz", **arrays)
    done = quick("ladder", "clues.yaml", "-i", "rows.npz", "-t", "kind")
    assert (done.code, done.err) == (2, f"nntrace: error: rows.npz: {told}\n")


def test_standard_input_is_either_tested_or_learned_from(folder, quick):
    done = quick("ladder", "clues.yaml", "-i", "-", "-t", "kind", "--train", "-", stdin=CSV)
    told = "--input - and --train - were given, standard input can be read once"
    assert (done.code, done.err) == (2, f"nntrace: error: {told}\n")


def test_rows_that_excite_are_shown_with_their_number_and_class(quick):
    words = [*DIGITS, "--neuron", "hidden1.1", "--neuron", "hidden1.1"]
    shown = quick(*words).out.decode()
    document = json.loads(quick(*words, "-f", "json").out)
    (neuron,) = document["neurons"]  # asked for twice, shown once
    assert shown.count("hidden1.1 ·") == 1
    assert len(neuron["rows"]) == 5
    for row in neuron["rows"]:
        assert f"row {row['row']} " in shown
        assert f"{row['a']:+.4f}" in shown
    assert f"active in {neuron['active']} of 540 rows" in shown
    assert "weights" in shown
    assert "weights" not in quick(*DIGITS, "--neuron", "hidden2.1").out.decode()


def test_all_neurons_of_a_layer(quick):
    shown = quick(*IRIS, "--neuron", "hidden").out.decode()
    assert [f"hidden.{index} ·" in shown for index in range(9)] == [True] * 8 + [False]


def test_a_dead_neuron_is_said_to_be(folder, quick):
    (folder / "dead.yaml").write_text(
        "input: {labels: [whiskers, ears, barks]}\n"
        "layers: [{name: h, activation: relu, weights: [[-1, -1, -1], [1, 1, 1], [0, 0, 0]],"
        " bias: [0, 0, 2]}]\n"
    )
    words = ["ladder", "dead.yaml", "-i", "-", "-t", "kind", "--neuron", "h"]
    shown = quick(*words, stdin=CSV).out.decode()
    assert "h.0 · dead: 0 for all 8 rows" in shown
    assert "h.1 · active in 8 of 8 rows" in shown
    assert "h.2 · always the same: +2.0000 for all 8 rows" in shown
    said = quick(*words, "--accessible", stdin=CSV).out.decode()
    assert "Neuron h.0, dead: 0 for all 8 rows" in said


def test_a_picture_of_one_dead_pixel_neuron(folder, quick):
    labels = ", ".join(f"p{index}" for index in range(4))
    (folder / "dots.yaml").write_text(
        f"input: {{shape: [2, 2], labels: [{labels}]}}\n"
        "layers: [{name: h, activation: relu, weights: [[-1, -1, -1, -1]]},"
        " {name: o, activation: relu, weights: [[-1]], bias: [-1]}]\n"
    )
    rows = "p0,p1,p2,p3,kind\n" + "1,0,0,1,a\n0,1,1,0,b\n" * 3
    words = ["ladder", "dots.yaml", "-i", "-", "-t", "kind", "--neuron", "h", "--neuron", "o"]
    shown = quick(*words, stdin=rows).out.decode()
    assert "h.0 · dead" in shown
    assert "weights" in shown
    assert "o.0 · dead" in shown
    assert quick(*words, "--color", "always", stdin=rows).code == 0


def test_accessible_lines(quick, golden):
    words = [*IRIS, "--neuron", "hidden.0", "--neuron", "output.setosa", "--accessible"]
    said = quick(*words).out.decode()
    golden("ladder-iris-accessible.txt", said)
    assert not re.search(r"[─-▟●·→]", said)
    assert quick(*words, "--color", "always").out.decode() == said
    assert "▀" not in quick(*DIGITS, "--neuron", "hidden1.0", "--accessible").out.decode()


def test_no_name_controls_the_terminal(folder, quick):
    (folder / "rows.csv").write_text(CSV.replace("cat", "c\x1b[31mt"))
    for more in ([], ["--accessible"], ["-f", "json"]):
        done = quick(
            "ladder", "clues.yaml", "-i", "rows.csv", "-t", "kind", "--neuron", "hidden", *more
        )
        assert done.code == 0
        assert b"\x1b" not in done.out


# ---- rows that come along ----


def test_rows_that_come_along_are_found_by_name(folder, quick):
    assert len(quick("run", "digits", "-i", "digits.csv", "-f", "jsonl").records) == 20
    assert len(quick("run", "digits", "-i", "digit.png", "-f", "jsonl").records) == 1
    assert quick("explain", "iris", "output.0", "-i", "iris.csv", "-f", "json").code == 0


def test_a_file_of_ones_own_goes_first(folder, quick):
    (folder / "iris.csv").write_text("1,2,3,4\n")
    done = quick("run", "iris", "-i", "iris.csv", "-f", "jsonl")
    assert done.inputs == [[1, 2, 3, 4]]
    (folder / "digits.csv").symlink_to("nowhere")
    done = quick("run", "digits", "-i", "digits.csv")
    assert (done.code, done.err) == (2, "nntrace: error: digits.csv: no such file or directory\n")


MISSING = [
    "./iris.csv", "data/iris.csv", "/iris.csv", "../configs/iris.csv", "rows.csv", "Iris.csv",
    "iris.csv.csv", "digits.npz", "x" * 300 + ".csv",
]  # fmt: skip


@pytest.mark.parametrize("name", MISSING)
def test_other_names_are_told_to_be_missing(folder, quick, name):
    done = quick("run", "iris", "-i", name)
    told = f"nntrace: error: {name}: no such file or directory\n"
    assert (done.code, done.err) == (2, told)
