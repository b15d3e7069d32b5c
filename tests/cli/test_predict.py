"""`predict`: a line a row, in every format; truths, accuracy and confusion matrix."""

import csv
import io
import json
import math
import subprocess
from collections import Counter

import jsonschema
import numpy as np
import pytest
from terminals import seen

from nntrace.cli.schema import schema_named

NETS = {
    "cats": "input: {labels: [a, b]}\nlayers: [{activation: softmax, labels: [cat, dog],"
    " weights: [[1, 0], [0, 1]]}]",
    "logs": "input: {labels: [a, b]}\nlayers: [{activation: log_softmax, labels: [cat, dog],"
    " weights: [[1, 0], [0, 1]]}]",
    "hard": "input: 2\nlayers: [{activation: hardmax, weights: [[1, 0], [0, 1]]}]",
    "yes": "input: {labels: [a]}\nlayers: [{activation: sigmoid, labels: [hit], weights: [[1]]}]",
    "bare-yes": "input: 1\nlayers: [{activation: sigmoid, weights: [[1]]}]",
    "numbered": "input: {labels: [a, b]}\nlayers: [{activation: softmax, labels: ['1', '2'],"
    " weights: [[1, 0], [0, 1]]}]",
    "plain": "input: {labels: [a, b]}\nlayers: [{labels: [up, down], weights: [[1, 0], [0, 2]]}]",
    "bare": "input: 2\nlayers: [{weights: [[1, 0], [0, 2]]}]",
    "clash": "input: {labels: [a, b]}\nlayers: [{activation: softmax, labels: [row, keep],"
    " weights: [[1, 0], [0, 1]]}]",
    "single": "dtype: float32\ninput: {labels: [a, b]}\n"
    "layers: [{activation: softmax, labels: [cat, dog], weights: [[1e38, 0], [1e38, 1]]}]",
    "examples": "input: {labels: [a, b]}\nlayers: [{activation: softmax, labels: [cat, dog],"
    " weights: [[1, 0], [0, 1]]}]\nexamples: [{name: one, input: [1, 0]}]",
}


@pytest.fixture
def nets(tmp_path, monkeypatch):
    for name, text in NETS.items():
        (tmp_path / f"{name}.yaml").write_text(text + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def softmax(row):
    powers = [math.exp(value) for value in row]
    return [power / sum(powers) for power in powers]


def table(text):
    return list(csv.DictReader(io.StringIO(text.decode())))


# ---- columns ----

COLUMNS = [
    # net, rows, the header
    ("cats", "1,0", ["row", "prediction", "probability", "cat", "dog"]),
    ("logs", "1,0", ["row", "prediction", "probability", "cat", "dog"]),
    ("hard", "1,0", ["row", "prediction", "probability", "class 0", "class 1"]),
    ("yes", "1", ["row", "prediction", "probability", "class 0", "hit"]),
    ("bare-yes", "1", ["row", "prediction", "probability", "class 0", "class 1"]),
    ("plain", "1,0", ["row", "up", "down"]),
    ("bare", "1,0", ["row", "output 0", "output 1"]),
]


@pytest.mark.parametrize(("net", "row", "header"), COLUMNS)
def test_columns(quick, nets, net, row, header):
    done = quick("predict", f"{net}.yaml", "-i", row, "-f", "csv")
    assert (done.code, done.err) == (0, "")
    assert done.out.decode().splitlines()[0].split(",") == header
    [record] = quick("predict", f"{net}.yaml", "-i", row, "-f", "jsonl").records
    assert list(record) == header
    document = json.loads(quick("predict", f"{net}.yaml", "-i", row, "-f", "json").out)
    assert document == {"schema": "nntrace.predict/1", "rows": 1, "predictions": [record]}
    jsonschema.validate(document, schema_named("predict"))


@pytest.mark.parametrize("net", ["cats", "logs"])
def test_probabilities_are_those_of_the_classes(quick, nets, net):
    rows = [[1, 0], [0.25, 0.5], [-3, 4], [0, 0]]
    words = [word for row in rows for word in ("-i", json.dumps(row))]
    records = quick("predict", f"{net}.yaml", *words, "-f", "jsonl").records
    for record, row in zip(records, rows, strict=True):
        shares = softmax(row)
        assert [record["cat"], record["dog"]] == pytest.approx(shares, rel=1e-12)
        assert record["probability"] == pytest.approx(max(shares), rel=1e-12)
        assert record["prediction"] == ("cat" if shares[0] >= shares[1] else "dog")


@pytest.mark.parametrize(
    ("net", "row", "prediction", "probability", "shares"),
    [
        ("hard", "0,3", 1, 1.0, [0.0, 1.0]),
        (
            "yes",
            "2",
            "hit",
            1 / (1 + math.exp(-2)),
            [1 / (1 + math.exp(2)), 1 / (1 + math.exp(-2))],
        ),
        ("yes", "0", 0, 0.5, [0.5, 0.5]),
        ("bare-yes", "2", 1, 1 / (1 + math.exp(-2)), None),
    ],
)
def test_predictions(quick, nets, net, row, prediction, probability, shares):
    [record] = quick("predict", f"{net}.yaml", "-i", row, "-f", "jsonl").records
    assert record["prediction"] == prediction
    assert record["probability"] == pytest.approx(probability, rel=1e-12)
    if shares:
        assert list(record.values())[3:] == pytest.approx(shares, rel=1e-12)


@pytest.mark.parametrize("net", ["cats", "hard", "yes", "bare-yes", "logs"])
def test_it_agrees_with_run(quick, nets, net):
    size = 1 if "yes" in net else 2
    numbers = np.random.default_rng(3).normal(0, 2, (700, size)).tolist()
    (nets / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in numbers))
    traced = quick("run", f"{net}.yaml", "-i", "rows.jsonl", "-f", "jsonl").records
    predicted = quick("predict", f"{net}.yaml", "-i", "rows.jsonl", "-f", "jsonl").records
    assert len(predicted) == 700
    for ours, theirs in zip(predicted, traced, strict=True):
        decided = theirs["prediction"]
        label = decided["index"] if decided["label"] is None else decided["label"]
        assert (ours["row"], ours["prediction"], ours["probability"]) == (
            theirs["row"], label, decided["probability"],
        )  # fmt: skip
    cells = table(quick("predict", f"{net}.yaml", "-i", "rows.jsonl").out)
    for row, ours in zip(cells, predicted, strict=True):
        assert row.keys() == ours.keys()
        assert row["prediction"] == str(ours["prediction"])
        for name in list(row)[2:]:
            assert float(row[name]) == ours[name]


def test_kept_columns_stand_before_the_prediction(quick, nets):
    text = 'a,b,id,note\n1,0,7,"x, ""y"""\n0,1,08,\n'
    words = ["predict", "cats.yaml", "-i", "-", "--keep", "note", "--keep", "id"]
    done = quick(*words, stdin=text)
    rows = table(done.out)
    assert list(rows[0])[:4] == ["row", "note", "id", "prediction"]
    assert [(row["note"], row["id"]) for row in rows] == [('x, "y"', "7"), ("", "08")]
    records = quick(*words, "-f", "jsonl", stdin=text).records
    assert list(records[0])[:3] == ["row", "keep", "prediction"]
    assert [record["keep"] for record in records] == [
        {"note": 'x, "y"', "id": "7"}, {"note": "", "id": "08"},
    ]  # fmt: skip


def test_values_of_json_that_came_along(quick, nets):
    text = '{"input":[1,0],"id":null,"t":[1,{"k":true}]}\n{"input":[0,1],"id":1.5,"t":"s"}\n'
    words = ["predict", "cats.yaml", "-i", "-", "--keep", "id", "--keep", "t"]
    rows = table(quick(*words, stdin=text).out)
    assert [(row["id"], row["t"]) for row in rows] == [("", '[1,{"k":true}]'), ("1.5", "s")]


def test_a_name_that_is_taken_is_said(quick, nets):
    text = "a,b,prediction,cat\n1,0,x,y\n"
    header, _ = quick("predict", "cats.yaml", "-i", "-", "--keep", "*", stdin=text).out.splitlines()
    assert header == b"row,keep.prediction,keep.cat,prediction,probability,cat,dog"
    done = quick("predict", "clash.yaml", "-i", "1,0")
    assert done.out.splitlines()[0] == b"row,prediction,probability,class row,class keep"
    assert done.err.splitlines() == [
        f"nntrace: warning: the class '{name}' is the column 'class {name}' here, since '{name}' is"
        " another one"
        for name in ("row", "keep")
    ]
    done = quick("predict", "cats.yaml", "-i", "-", "-t", "row", stdin="a,b,row\n1,0,cat\n")
    assert done.out.splitlines()[0] == b"row,target row,prediction,probability,cat,dog"
    assert "the target 'row' is the column 'target row' here" in done.err


def test_examples_are_named(quick, nets):
    done = quick("predict", "examples.yaml", "-i", "0,1", "--example", "one")
    assert [(row["row"], row["example"]) for row in table(done.out)] == [("0", ""), ("1", "one")]
    records = quick("predict", "examples.yaml", "-f", "jsonl").records
    assert [record["example"] for record in records] == ["one"]


def test_what_is_not_finite(quick, nets):
    words = ["predict", "single.yaml", "-i", "10,1", "-i", "0,1"]
    done = quick(*words, "-f", "jsonl")
    first, second = done.records
    assert [first[name] for name in ("prediction", "probability", "cat", "dog")] == [None] * 4
    assert second["prediction"] == "dog"
    assert "output.0: its z is infinite in row 0" in done.err
    assert quick(*words).out.splitlines()[1] == b"0,,,,"
    assert "0  none" in quick(*words, "-f", "table").out.decode()


def test_settings_and_determinism_are_used(quick, nets):
    [record] = quick(
        "predict", "cats.yaml", "-i", "1,0", "--set", "input.a=-9", "--deterministic", "-f", "jsonl"
    ).records
    assert record["prediction"] == "dog"
    for words in ([], ["--accessible"]):
        text = quick(
            "predict", "cats.yaml", "-i", "1,0", "--set", "input.a=-9", "-f", "table", *words
        ).out.decode()
        assert "input.a set to -9" in text


# ---- truths ----

ALIKE = [
    # net, the truths, the classes that they are, by index
    ("cats", ["cat", " dog ", "0", "1.0", "1e0"], [0, 1, 0, 1, 1]),
    ("numbered", ["1", "1.0", "+2", "02", "2e0"], [0, 0, 1, 1, 1]),
    ("yes", ["hit", "0", "1", "0.0"], [1, 0, 1, 0]),
]


@pytest.mark.parametrize(("net", "truths", "indices"), ALIKE)
def test_equal_numbers_are_one_class(quick, nets, net, truths, indices):
    inputs = ["1"] if net == "yes" else ["1", "0"]
    names = ["a"] if net == "yes" else ["a", "b"]
    lines = [",".join([*names, "t"]), *(",".join([*inputs, truth]) for truth in truths)]
    document = json.loads(
        quick("predict", f"{net}.yaml", "-i", "-", "-t", "t", "-f", "json",
              stdin="\n".join(lines) + "\n").out
    )  # fmt: skip
    classes = document["classes"]
    assert [each["t"] for each in document["predictions"]] == [classes[i] for i in indices]
    predicted = 1 if net == "yes" else 0
    counts = Counter(indices)
    expected = [[counts[truth] * (each == predicted) for each in (0, 1)] for truth in (0, 1)]
    assert document["confusion"] == expected
    assert document["accuracy"] == counts[predicted] / len(truths)
    jsonschema.validate(document, schema_named("predict"))


@pytest.mark.parametrize("value", ["1", "1.0", '"1"', '"1.0"', "1e0"])
def test_numbers_and_texts_of_json_are_one_class(quick, nets, value):
    text = f'{{"input":[1,0],"t":{value}}}\n'
    [record] = quick(
        "predict", "numbered.yaml", "-i", "-", "-t", "t", "-f", "jsonl", stdin=text
    ).records
    assert record["t"] == record["prediction"] == "1"


NO_CLASS = [
    # net, the truth in CSV, what is told
    ("cats", "cow", "'cow' is no class of the net, which are cat, dog"),
    ("cats", "2", "'2' is no class of the net, which are cat, dog"),
    ("cats", "0.5", "'0.5' is no class of the net, which are cat, dog"),
    ("cats", "nan", "takes the name of a class, not nan"),
    ("cats", "", "takes the name of a class, not nothing"),
    ("cats", "true", "'true' is no class of the net, which are cat, dog"),
    # labels that are numbers: another number is no index of one of them
    ("numbered", "0", "'0' is no class of the net, which are 1, 2"),
]


@pytest.mark.parametrize(("net", "truth", "told"), NO_CLASS)
@pytest.mark.parametrize("format", ["csv", "jsonl", "table", "json"])
def test_a_truth_that_is_no_class(quick, nets, net, truth, told, format):
    good = {"cats": "cat", "numbered": "1"}[net]
    rows = f"a,b,t\n1,0,{good}\n0,1,{good}\n1,0,{truth}\n1,0,{good}\n"
    done = quick("predict", f"{net}.yaml", "-i", "-", "-t", "t", "-f", format, stdin=rows)
    assert done.code == 2
    assert done.err == f"nntrace: error: <stdin>:4: t: {told}\n"
    if format == "csv":
        assert [row["row"] for row in table(done.out)] == ["0", "1"]
    elif format == "jsonl":
        assert [record["row"] for record in done.records] == [0, 1]
    elif format == "json":  # of a part there is no accuracy
        document = json.loads(done.out)
        assert document.keys() == {"schema", "rows", "predictions"}
        assert [each["row"] for each in document["predictions"]] == [0, 1]
    else:
        assert "accuracy" not in done.out.decode()
        assert done.out.count(good.encode()) >= 2


def test_a_summary_of_a_part_is_none(quick, nets):
    rows = "a,b,t\n1,0,cat\n1,0,cow\n"
    for words in ([], ["-f", "json"], ["--accessible"]):
        done = quick("predict", "cats.yaml", "-i", "-", "-t", "t", "--summary", *words, stdin=rows)
        assert (done.code, done.out) == (2, b"")


def test_labels_that_are_the_same_number(quick, nets):
    net = NETS["numbered"].replace("'2'", "'1.0'")
    (nets / "twins.yaml").write_text(net)
    words = ["predict", "twins.yaml", "-i", "-", "-t", "t", "-f", "jsonl"]
    done = quick(*words, stdin="a,b,t\n1,0,1\n0,1,1.0\n0,1,01\n")
    assert [record["t"] for record in done.records] == ["1", "1.0"]
    assert done.err == (
        "nntrace: error: <stdin>:4: t: '01' may be '1' and '1.0', which are the same number\n"
    )


def test_a_row_that_is_not_finite_is_not_right(quick, nets):
    rows = "a,b,t\n10,1,cat\n0,1,dog\n0,1,dog\n0,1,cat\n"
    words = ["predict", "single.yaml", "-i", "-", "-t", "t", "--summary"]
    document = json.loads(quick(*words, "-f", "json", stdin=rows).out)
    assert document == {
        "schema": "nntrace.predict/1", "rows": 4, "accuracy": 0.5, "classes": ["cat", "dog"],
        "confusion": [[0, 1], [0, 2]], "undecided": 1,
    }  # fmt: skip
    jsonschema.validate(document, schema_named("predict"))
    assert "no prediction for 1 row" in quick(*words, stdin=rows).out.decode()
    assert "No prediction: 1 row" in quick(*words, "--accessible", stdin=rows).out.decode()


def test_the_summary_is_that_of_the_rows(quick):
    words = ["predict", "digits", "-i", "digits-labelled.csv", "-t", "digit"]
    rows = table(quick(*words).out)
    pairs = Counter((row["digit"], row["prediction"]) for row in rows)
    right = sum(count for (truth, predicted), count in pairs.items() if truth == predicted)
    document = json.loads(quick(*words, "--summary", "-f", "json").out)
    classes = document["classes"]
    assert document["accuracy"] == right / len(rows)
    assert document["confusion"] == [[pairs[t, p] for p in classes] for t in classes]
    text = quick(*words, "--summary").out.decode()
    matrix = [line.split() for line in text.splitlines()[-len(classes) :]]
    assert matrix == [[t, *(str(pairs[t, p]) for p in classes)] for t in classes]
    assert f"right on {right} of {len(rows)} rows" in text


def test_the_target_is_carried_along_only_where_it_is_asked_to(quick, nets):
    text = "a,b,t,u\n1,0,cat,9\n"
    words = ["predict", "cats.yaml", "-i", "-", "-t", "t", "-f", "jsonl"]
    for keep, expected in [
        (["u"], {"u": "9"}),
        (["*"], {"u": "9"}),
        (["t", "u"], {"t": "cat", "u": "9"}),
    ]:
        options = [word for name in keep for word in ("--keep", name)]
        [record] = quick(*words, *options, stdin=text).records
        assert record["keep"] == expected
    [record] = quick(*words, "--drop", "*", stdin=text).records
    assert "keep" not in record


def test_a_target_without_a_header(quick, nets):
    words = ["predict", "cats.yaml", "-i", "-", "-t", "#2", "-f", "jsonl"]
    records = quick(*words, stdin="1,0,1\n0,1,1\n").records
    assert [(record["#2"], record["prediction"]) for record in records] == [
        ("dog", "cat"), ("dog", "dog"),
    ]  # fmt: skip


USAGE = [
    (["cats.yaml", "-i", "1,0", "--summary"], "--summary compares with the true classes"),
    (
        ["cats.yaml", "-i", "x.csv", "-t", "t", "--summary", "-f", "csv"],
        "takes -f table or -f json",
    ),
    (["cats.yaml", "-i", "x.csv", "-t", "t", "--summary", "-o", "x.jsonl"], "takes -f table"),
    (["cats.yaml", "-i", "x.csv", "-t", "a"], "--target a: is an input of cats"),
    (["plain.yaml", "-i", "x.csv", "-t", "t"], "--target t: plain gives no classes"),
    (["examples.yaml", "-t", "t"], "examples have no such column"),
    (["examples.yaml", "-i", "x.csv", "--example", "one", "-t", "t"], "examples have no such"),
    (["cats.yaml", "-i", "x.csv", "-t", "*"], "--target *: takes one column, by its name or as #4"),
    (["cats.yaml", "-i", "x.csv", "-t", "#0"], "x.csv:1: '#0' (the --target) is the input 'a'"),
    (["cats.yaml", "-i", "x.csv", "-t", "t", "--drop", "t"], "--target t and --drop t: compared"),
    (["cats.yaml", "-i", "x.csv", "-t", "u"], "x.csv:1: has no 'u' (the --target)"),
    (["cats.yaml", "-i", "x.csv", "-o", "x.txtt"], "its suffix is none of .json, .jsonl, .csv"),
]


@pytest.mark.parametrize(("words", "told"), USAGE)
def test_wrong_usage(quick, nets, words, told):
    (nets / "x.csv").write_text("a,b,t\n1,0,cat\n")
    done = quick("predict", *words)
    assert (done.code, done.out) == (2, b"")
    assert told in done.err
    assert done.err.count("\n") == 1


# ---- streams ----


def test_a_wrong_row_comes_after_those_before_it(quick, nets):
    rows = "".join(f"{index},1\n" for index in range(1300)) + "x,1\n"
    for format in ("csv", "jsonl", "table"):
        done = quick("predict", "cats.yaml", "-i", "-", "-f", format, stdin=rows)
        assert done.code == 2
        assert done.err == "nntrace: error: <stdin>:1301: a: takes a number, not 'x'\n"
        last = done.out.decode().rstrip("\n").splitlines()[-1]
        assert "1299" in last
    (nets / "old.csv").write_text("old")
    assert quick("predict", "cats.yaml", "-i", "-", "-o", "old.csv", stdin=rows).code == 2
    assert (nets / "old.csv").read_text() == "old"


@pytest.mark.parametrize("format", ["csv", "table"])
@pytest.mark.parametrize("command", ["predict", "run"])
def test_a_column_that_the_first_row_lacks(quick, nets, command, format):
    rows = '{"a":1,"b":0,"u":1}\n{"a":1,"b":0}\n{"a":1,"b":0,"v":2}\n'
    words = [command, "cats.yaml", "-i", "-", "--keep", "*", "-f", format]
    done = quick(*words, stdin=rows)
    if command == "run" and format == "csv":  # which leaves kept columns out
        assert done.code == 0
        return
    assert done.code == 2
    assert "<stdin>:3: has a column 'v' to keep, which the first row lacks" in done.err
    assert len([line for line in done.out.splitlines() if line.strip()[:1] in (b"0", b"1")]) == 2
    records = quick("predict", "cats.yaml", "-i", "-", "--keep", "*", "-f", "jsonl",
                    stdin=rows).records  # fmt: skip
    assert [record["keep"] for record in records] == [{"u": 1}, {}, {"v": 2}]


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_a_row_is_answered_at_once(launched, nets, format):
    words = ["predict", "cats.yaml", "-i", "-", "-t", "t", "-f", format]
    with launched(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        run.stdin.write(b"a,b,t\n")
        for index in range(3):
            run.stdin.write(b"1,0,cat\n")
            run.stdin.flush()
            line = run.stdout.readline()  # there before another row is given
            if format == "csv" and index == 0:
                assert line == b"row,t,prediction,probability,cat,dog\n"
                line = run.stdout.readline()
            assert b"cat" in line
        run.stdin.close()
        assert run.stdout.read() == b""
    assert run.returncode == 0


@pytest.mark.parametrize(("format", "expected"), [
    ("csv", b"row,id,t,prediction,probability,cat,dog\n"),
    ("jsonl", b""),
    ("table", b""),
])  # fmt: skip
def test_no_rows(quick, nets, format, expected):
    (nets / "none.csv").write_text("a,b,t,id\n")
    words = ["predict", "cats.yaml", "-i", "none.csv", "-t", "t", "--keep", "id", "-f", format]
    done = quick(*words)
    assert (done.code, done.out) == (0, expected)
    assert "none.csv" in done.err
    document = json.loads(quick(*words[:-1], "json").out)
    assert document["rows"] == 0
    assert document["predictions"] == []
    assert document["accuracy"] is None
    jsonschema.validate(document, schema_named("predict"))


# ---- formats, and what people see ----


def test_which_format_is_written(quick, seated, nets):
    words = ["predict", "cats.yaml", "-i", "1,0"]
    assert quick(*words).out.startswith(b"row,")
    assert seated(*words).out.startswith(b"cats")
    assert quick(*words, "--accessible").out.startswith(b"Net: cats")
    for name, start in {"a.csv": "row,", "a.jsonl": '{"row"', "a.json": '{"schema"',
                        "a.txt": "cats"}.items():  # fmt: skip
        assert seated(*words, "-o", name).code == 0
        assert (nets / name).read_text().startswith(start)
    assert seated(*words, "-o", "a.csv", "-f", "jsonl").code == 0
    assert (nets / "a.csv").read_text().startswith('{"row"')
    assert "\x1b" not in quick(*words, "--color", "always", "-f", "csv").out.decode()


def test_precision_and_color_of_a_table(quick, nets):
    words = ["predict", "cats.yaml", "-i", "1,0", "-f", "table"]
    assert "0.731059" in quick(*words, "-p", "6").out.decode()
    assert "\x1b[1mcat" in quick(*words, "--color", "always").out.decode()


LABELLED = "-i @iris-labelled.csv -t species"
CASES = {
    "predict-iris-80": lambda: seen(f"predict iris {LABELLED}", 80),
    "predict-iris-200": lambda: seen(f"predict iris {LABELLED}", 200),
    "predict-iris-piped": lambda: seen(f"predict iris {LABELLED} -f table"),
    "predict-iris-colour": lambda: seen(
        f"predict iris {LABELLED}", 80, NO_COLOR="", COLORTERM="truecolor"
    ),
    "predict-cat-ascii": lambda: seen("predict cat-or-dog", 80, "ascii"),
    "predict-digits-80": lambda: seen("predict digits -i @digits-labelled.csv -t digit", 80),
    "predict-digits-summary": lambda: seen(
        "predict digits -i @digits-labelled.csv -t digit --summary"
    ),
    "lines-predict-iris": lambda: seen(f"predict iris {LABELLED} --accessible", 80),
    "run-cat-layers-80": lambda: seen("run cat-or-dog -l output", 80),
    "lines-run-cat-layers": lambda: seen("run cat-or-dog -l output --accessible", 80),
}


@pytest.mark.parametrize("name", CASES)
def test_what_people_see(golden, monkeypatch, name):
    from pathlib import Path

    monkeypatch.chdir(Path(__file__).parent.parent / "write" / "nets")
    text = CASES[name]()
    golden(f"{name}.txt", text)
    if name.endswith("-80"):
        assert max(map(len, text.splitlines())) <= 80
    if name.endswith("ascii"):
        assert text.isascii()


def test_a_matrix_wider_than_the_terminal_gives_the_worst_mistakes(seated, quick, nets):
    count = 60
    labels = json.dumps([f"kind{index:02}" for index in range(count)])
    weights = np.eye(count).tolist()
    (nets / "many.yaml").write_text(
        f"input: {count}\nlayers: [{{activation: softmax, labels: {labels},"
        f" weights: {json.dumps(weights)}}}]\n"
    )
    rows = [
        json.dumps({"input": weights[index], "t": f"kind{(index + (index < 3)) % count:02}"})
        for index in [*range(count), 1, 1, 2]
    ]
    (nets / "rows.jsonl").write_text("\n".join(rows))
    words = ["predict", "many.yaml", "-i", "rows.jsonl", "-t", "t", "--summary"]
    lines = seated(*words).out.decode().splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("t "))
    assert [line.split() for line in lines[start + 1 :]] == [
        ["kind02", "kind01", "3"], ["kind03", "kind02", "2"], ["kind01", "kind00", "1"],
    ]  # fmt: skip
    assert "--all shows the whole matrix" in "\n".join(lines)
    whole = quick(*words).out.decode().splitlines()
    assert len(whole[-1].split()) == count + 1


# ---- run with several rows ----


@pytest.mark.parametrize("words", [["-l", "hidden1", "-l", "output"], ["--all"]])
@pytest.mark.parametrize("accessible", [[], ["--accessible"]])
def test_of_several_rows_each_follows_in_full(seated, words, accessible):
    text = seated("run", "cat-or-dog", *words, *accessible, width=200).out.decode()
    for name in ("a cat", "a dog", "a noisy kitten"):
        assert text.count(name) == 2  # among the verdicts, and above the row in full
    hidden2 = "hidden2 ·" if not accessible else "Layer hidden2"
    assert text.count(hidden2) == (3 if words == ["--all"] else 0)
    assert text.count("hidden1 ·" if not accessible else "Layer hidden1") == 3
    assert text.count("three clues, two guesses") == 1
    assert "--row N" not in text


def test_one_row_of_several_is_told_which_it_is(quick, nets):
    words = ["run", "cats.yaml", "-i", "-", "--row", "0"]
    assert "row 0" in quick(*words, stdin="1,0\n0,1\n").out.decode()
    assert "row 0" not in quick(*words, stdin="1,0\n").out.decode()


@pytest.mark.parametrize(("rows", "told"), [
    ("1,0\n0,1\n", "there are 2 rows, 0 to 1"), ("1,0\n", "there is one row, 0"),
])  # fmt: skip
@pytest.mark.parametrize("words", [["run", "cats.yaml"], ["explain", "cats.yaml", "output.0"]])
def test_a_row_that_is_not_there(quick, nets, words, rows, told):
    done = quick(*words, "-i", "-", "--row", "7", stdin=rows)
    assert (done.code, done.out, done.err) == (2, b"", f"nntrace: error: --row 7: {told}\n")


def test_what_was_set_is_said_above_many_rows(quick, nets):
    words = ["run", "cats.yaml", "-i", "1,0", "-i", "0,1", "--set", "input.a=5"]
    for more in ([], ["--accessible"]):
        assert "input.a set to 5.0" in quick(*words, *more).out.decode()


def test_the_columns_of_a_long_table_stay_below_each_other(quick, nets):
    rows = "".join(f"{index % 7},{index % 5}\n" for index in range(20_000))
    for command in ("run", "predict"):
        lines = quick(command, "cats.yaml", "-i", "-", "-f", "table", stdin=rows).out.decode()
        starts = {line.index("%") for line in lines.splitlines() if "%" in line}
        assert len(starts) == 1


def test_memory_does_not_grow_with_rows(peak, nets):
    """The largest resident set of 60 times the rows is no more than a little larger."""
    peaks = []
    for count in (2_000, 120_000):
        (nets / "rows.csv").write_text("1.5,0.25\n" * count)
        for words in (["predict"], ["run"], ["run", "--accessible"]):
            name, *more = words
            code, memory, _ = peak(
                subprocess.DEVNULL, name, "cats.yaml", "-i", "rows.csv", "-f", "table", *more
            )
            assert code == 0
            peaks.append(memory)
    grown = [after - before for before, after in zip(peaks[:3], peaks[3:], strict=True)]
    assert max(grown) < 6 * 2**10
