"""Nets that read text: the forms of rows, and what is told of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

NET = """\
name: chars
input: {text: {alphabet: " abcdefgh", fold: true, context: 8}}
layers:
  - {name: words, kind: embedding, weights: {file: w.npz, tensor: words}}
  - {name: places, kind: positions, weights: {file: w.npz, tensor: places}}
  - {name: scores, kind: attention, heads: 2, causal: true,
     query: {weights: {file: w.npz, tensor: square}},
     key: {weights: {file: w.npz, tensor: square}},
     value: {weights: {file: w.npz, tensor: square}},
     output: {weights: {file: w.npz, tensor: square}}}
  - {name: output, axis: last, activation: softmax, weights: {file: w.npz, tensor: out},
     labels: [" ", a, b, c, d, e, f, g, h]}
examples:
  - {name: one, input: Fée}
  - {name: two, input: " a", expect: {words: [0, 0, 0, 0, 1, 1, 1, 1], tolerance: 9}}
"""
ONE_HOT = """\
name: hot
input: {text: {alphabet: "_ab", encoding: one_hot, length: 3}}
layers: [{activation: softmax, labels: [x, y], weights: {file: w.npz, tensor: hot}}]
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    draw = np.random.default_rng(0)
    shapes = {"words": (9, 4), "places": (8, 4), "square": (4, 4), "out": (9, 4), "hot": (2, 9)}
    np.savez(tmp_path / "w.npz", **{name: draw.normal(size=each) for name, each in shapes.items()})
    (tmp_path / "chars.yaml").write_text(NET, "utf-8")
    (tmp_path / "hot.yaml").write_text(ONE_HOT, "utf-8")
    (tmp_path / "two.yaml").write_text("input: 2\nlayers: [{weights: [[1, 2]]}]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def texts(quick):
    """Trace texts, and return those of the records."""

    def run(*words, net="chars.yaml", stdin=b""):
        done = quick("run", net, *words, "-f", "jsonl", stdin=stdin)
        assert done.code == 0, done.err
        assert done.err == ""  # masked scores are no warning
        return [json.loads(line)["text"] for line in done.out.splitlines()]

    return run


FORMS = [
    ("rows.txt", "cab\n\n Fée\r\n  \nbad", (), ["cab", " Fée", "bad"]),
    ("rows.csv", "text\ncab\n\n Fée\n", (), ["cab", " Fée"]),
    ("rows.csv", "cab\ndad\n", (), ["cab", "dad"]),
    ("rows.csv", "id,text\n1,cab\n2,dad\n", ("--keep", "id"), ["cab", "dad"]),
    ("rows.csv", "1,cab\n2,dad\n", ("--drop", "#0"), ["cab", "dad"]),
    ("rows.csv", "text\nbee\n", ("--header", "yes"), ["bee"]),
    ("rows.csv", "dead\nbee\n", ("--header", "no"), ["dead", "bee"]),
    ("rows.tsv", "text\tn\ncab\t1\n", ("--drop", "n"), ["cab"]),
    ("rows.jsonl", '"cab"\n{"text": "dad"}\n', (), ["cab", "dad"]),
    ("rows.jsonl", '{"text": "dad", "id": 3}\n', ("--keep", "id"), ["dad"]),
    ("rows.json", '["cab", {"text": "dad"}]', (), ["cab", "dad"]),
    ("rows.json", '"cab"', (), ["cab"]),
]


@pytest.mark.parametrize(("name", "content", "words", "found"), FORMS)
def test_a_file_of_texts(here, texts, name, content, words, found):
    (here / name).write_bytes(content.encode())
    assert texts("-i", name, *words) == found


@pytest.mark.parametrize(
    ("content", "words", "found"),
    [
        ("cab\ndad\n", (), ["cab", "dad"]),
        ('"cab"\n"d\\u0061d"\n', (), ["cab", "dad"]),
        ('"cab"\ndad\n', ("--input-format", "csv"), ["cab", "dad"]),
        ('{"text": "dad"}\n', (), ["dad"]),
        ('["cab", "dad"]', ("--input-format", "json"), ["cab", "dad"]),
        ("ca\nbad\n", ("--input-format", "txt"), ["ca", "bad"]),
    ],
)
def test_texts_from_standard_input(texts, content, words, found):
    assert texts("-i", "-", *words, stdin=content.encode()) == found


@pytest.mark.parametrize("typed", ["cab", " a", "Fée"])
def test_what_is_typed_is_a_text(texts, typed):
    assert texts("-i", typed) == [typed]


@pytest.mark.parametrize("typed", ["a*", "a?", "[ab]", "zeros", "random", "1,2", "a=1", "folder"])
def test_nothing_that_is_typed_is_taken_for_something_else(here, quick, texts, typed):
    (here / "chars.yaml").write_text(NET.replace("context", "unknown: a, context"))
    (here / "ab.csv").write_text("1\n")
    (here / "folder").mkdir()
    assert texts("-i", typed) == [typed]


def test_a_pattern_of_files_is_one_by_its_suffix(here, texts):
    (here / "a.txt").write_text("cab\n")
    (here / "b.txt").write_text("dad\n")
    assert texts("-i", "*.txt") == ["cab", "dad"]


def test_records_are_read_again(here, quick, texts):
    for name in ("out.json", "out.jsonl"):
        quick("run", "chars.yaml", "-i", "cab", "-i", "Fée", "-i", "a", "-o", name)
        assert texts("-i", name) == ["cab", "Fée", "a"]


def test_texts_of_several_lengths_keep_their_order_and_their_numbers(quick):
    rows = ["cab", "dad", "a", "fe", "bee"]
    words = [word for row in rows for word in ("-i", row)]
    several = quick("run", "chars.yaml", *words, "-f", "jsonl", "--deterministic").out
    alone = [
        quick("run", "chars.yaml", "-i", row, "-f", "jsonl", "--deterministic").out for row in rows
    ]
    for number, (line, other) in enumerate(zip(several.splitlines(), alone, strict=True)):
        assert json.loads(line) == json.loads(other) | {"row": number}


def test_what_the_record_of_a_text_tells(quick):
    record = json.loads(quick("run", "chars.yaml", "-i", "Fée", "-f", "jsonl").out)
    assert list(record)[:3] == ["row", "text", "input"]
    assert record["input"] == [6.0, 5.0, 5.0]
    shares = record["layers"][-1]["a"][-9:]
    best = int(np.argmax(shares))
    label = " abcdefgh"[best]
    assert record["prediction"] == {"index": best, "label": label, "probability": shares[best]}


def test_the_number_of_tokens_is_null(quick):
    document = json.loads(quick("run", "chars.yaml", "-i", "ab", "-f", "json").out)
    sizes = {layer["name"]: layer["size"] for layer in document["network"]["layers"]}
    assert document["network"]["input"] is None
    assert set(sizes.values()) == {None}
    document = json.loads(quick("run", "hot.yaml", "-i", "ab", "-f", "json").out)
    assert (document["network"]["input"], document["network"]["layers"][0]["size"]) == (9, 2)


def test_examples_are_texts(quick, texts):
    assert texts() == ["Fée", " a"]
    assert texts("--example", "two") == [" a"]
    assert quick("check", "chars.yaml").code == 0


def test_csv_names_positions(quick):
    lines = quick("run", "chars.yaml", "-i", "ab", "-i", "a", "-f", "csv").out.decode().splitlines()
    found = [line.split(",")[:4] for line in lines if ",scores.scores," in line]
    assert found[:2] == [
        ["0", "scores.scores", "0", "0.0.0"],
        ["0", "scores.scores", "1", "0.0.1"],
    ]
    assert found[-1] == ["1", "scores.scores", "1", "1.0.0"]
    words = [line.split(",")[:3] for line in lines if ",words," in line]
    assert len(words) == 8 + 4


def test_an_npz_holds_texts_of_one_length(here, quick):
    assert quick("run", "chars.yaml", "-i", "ab", "-i", "da", "-o", "out.npz").code == 0
    with np.load("out.npz") as held:
        assert held["input"].tolist() == [[1, 2], [4, 1]]
    done = quick("run", "chars.yaml", "-i", "ab", "-i", "a", "-o", "out.npz")
    error = "an npz takes texts of one length: their numbers stand in one array"
    assert (done.code, done.err) == (2, f"nntrace: error: {error}\n")


def test_predict_tells_the_last_token(quick):
    done = quick("predict", "chars.yaml", "-i", "ab", "-i", "a", "-f", "csv")
    header, *rows = done.out.decode().splitlines()
    assert header == "row,prediction,probability, ,a,b,c,d,e,f,g,h"
    for row in rows:
        _, label, probability, *shares = row.split(",")
        assert float(probability) == max(map(float, shares))
        assert label == " abcdefgh"[int(np.argmax(list(map(float, shares))))]


def test_explain_finds_a_place_in_each_text(quick):
    words = ("-i", "ab", "-i", "cab", "-f", "json")
    two, three = json.loads(quick("explain", "chars.yaml", "scores.mix.1.3", *words).out)
    assert (two["text"], three["text"], three["row"]) == ("ab", "cab", 1)
    sources = [term["source"] for term in three["terms"]]
    assert sources == ["scores.value.0.3", "scores.value.1.3", "scores.value.2.3"]
    assert three["terms"][2]["weight"] == 0.0  # masked
    done = quick("explain", "chars.yaml", "scores.mix.2.3", "-i", "ab")
    assert done.code == 2
    assert "Traceback" not in done.err


def test_a_setting_means_the_same_place_in_each_text(quick):
    setting = ("--set", "scores.scores.1.1.0=0.5")
    done = quick("run", "chars.yaml", "-i", "ab", "-i", "cab", *setting, "-f", "jsonl")
    for line, tokens in zip(done.out.splitlines(), (2, 3), strict=True):
        layers = {layer["name"]: layer for layer in json.loads(line)["layers"]}
        assert np.reshape(layers["scores.scores"]["a"], (2, tokens, tokens))[1, 1, 0] == 0.5


def test_one_hot_takes_any_length(texts):
    assert texts("-i", "ab", "-i", "", "-i", "abab", net="hot.yaml") == ["ab", "", "abab"]


TAKES = (
    "'1', character 1, is not in the alphabet; input.text.unknown says what such a one counts as"
)
REFUSED = [
    (("-i", "c1"), "--input c1: " + TAKES.replace("character 1", "character 2")),
    (("-i", ""), "--input : is empty, takes 1 to 8 tokens"),
    (("-i", "abcdefgha"), "--input abcdefgha: has 9, takes 1 to 8 tokens"),
    (("-i", "none.txt"), "none.txt: no such file or directory"),
    (
        ("-i", "w.npz"),
        "w.npz: has no array 'input', it holds words, places, square, out, hot",
    ),
    (("-i", "rows.txt"), f"rows.txt:2: {TAKES}"),
    (
        ("-i", "rows.txt", "--keep", "id"),
        "rows.txt: its lines are texts, which have no 'id' to keep",
    ),
    (
        ("-i", "id.csv"),
        "id.csv:1: unknown input 'id', known: text (--keep id carries it along, --drop id leaves "
        "it out)",
    ),
    (
        ("-i", "commas.csv"),
        "commas.csv:1: has 3 cells, chars takes one: a text; a text that holds what parts cells "
        "stands in quotes",
    ),
    (("-i", "bad.csv"), f"bad.csv:2: {TAKES}"),
    (("-i", "bad.jsonl"), f"bad.jsonl:1: {TAKES}"),
    (("-i", "list.jsonl"), "list.jsonl:1: takes a text, or an object with text"),
    (("-i", "null.jsonl"), "null.jsonl:1: takes a text, or an object with text"),
    (("-i", "a", "--keep", "id"), "--input a: has no 'id' to keep"),
]


@pytest.mark.parametrize(("words", "error"), REFUSED)
def test_what_is_no_text_of_the_net_is_refused_at_its_place(here, quick, words, error):
    for name, content in {
        "rows.txt": "cab\n1ab\n",
        "id.csv": "id,text\n1,cab\n",
        "commas.csv": "a,b,c\n",
        "bad.csv": "text\n1ab\n",
        "bad.jsonl": '"1ab"\n',
        "list.jsonl": "[1, 2]\n",
        "null.jsonl": '{"text": null}\n',
    }.items():
        (here / name).write_text(content)
    done = quick("run", "chars.yaml", *words, "-f", "jsonl")
    assert done.code == 2
    assert done.err.splitlines()[0] == f"nntrace: error: {error}"


def test_a_fault_comes_after_the_rows_before_it(here, quick):
    (here / "rows.txt").write_text("cab\na\n1ab\n")
    done = quick("run", "chars.yaml", "-i", "rows.txt", "-f", "jsonl")
    assert [json.loads(line)["text"] for line in done.out.splitlines()] == ["cab", "a"]
    assert (done.code, done.err) == (2, f"nntrace: error: rows.txt:3: {TAKES}\n")


def test_texts_are_for_nets_that_read_text(here, quick):
    (here / "rows.txt").write_text("1,2\n")
    done = quick("run", "two.yaml", "-i", "rows.txt")
    assert "its suffix is none of .csv, .tsv, .jsonl, .json, .npy, .npz, .png" in done.err
    assert quick("run", "two.yaml", "-i", "rows.txt", "--input-format", "csv").code == 0
    done = quick("run", "two.yaml", "-i", "rows.txt", "--input-format", "txt")
    assert "holds texts, two reads numbers" in done.err


def test_rows_of_text_stream(quick):
    lines = "".join(f"{'abcdefgh'[: 1 + k % 8]}\n" for k in range(2000)).encode()
    done = quick("run", "chars.yaml", "-i", "-", "-l", "words", "-f", "jsonl", stdin=lines)
    records = [json.loads(line) for line in done.out.splitlines()]
    assert [record["row"] for record in records] == list(range(2000))
    assert all(len(record["input"]) == 1 + k % 8 for k, record in enumerate(records))


def test_a_ladder_takes_texts_of_any_lengths(here, quick):
    (here / "rows.csv").write_text("text,kind\n" + "ab,x\naba,y\nba,x\nbab,y\n" * 5)
    for net in ("chars.yaml", "hot.yaml"):
        done = quick("ladder", net, "-i", "rows.csv", "--target", "kind", "-f", "json")
        assert done.code == 0, done.err
        assert json.loads(done.out)["rows"] == 20


def test_a_table_of_texts(quick):
    done = quick("run", "hot.yaml", "-i", "ab", "-i", "aab")
    lines = done.out.decode().splitlines()
    assert lines[2].split() == ["row", "text", "verdict", "probability"]
    assert [line.split()[1] for line in lines[3:5]] == ["ab", "aab"]
    one = quick("run", "hot.yaml", "-i", "ab").out.decode()
    assert "text: ab" in one
    for place, (char, token) in enumerate([("a", 1), ("b", 2), ("_", 0)]):
        assert f"│ {place}      '{char}'        {token}" in one


def test_a_text_is_made_safe_for_a_terminal(here, quick):
    (here / "hot.yaml").write_text(ONE_HOT.replace("encoding", "unknown: a, encoding"))
    (here / "rows.jsonl").write_text('"a\\u001b[31m"\n')
    out = quick("run", "hot.yaml", "-i", "rows.jsonl").out.decode()
    assert "\x1b" not in out
    assert r"a\x1b[31m" in out


def test_what_fits_one_number_of_tokens_alone_is_told_at_its_layer(here, quick):
    net = NET.replace("axis: last", "axis: all, size: 9").partition("examples")[0]
    net = net.replace("weights: {file: w.npz, tensor: out}", "weights: {random: normal}")
    (here / "flat.yaml").write_text(net, "utf-8")
    place = next(k for k, line in enumerate(net.splitlines(), 1) if "output, axis" in line)
    done = quick("check", "flat.yaml")
    assert done.code == 2
    error = f"flat.yaml:{place}:"
    told = "layers[3].weights: has rows of 32 numbers, takes 28 (what scores gives), with 7 tokens"
    assert done.err.startswith(f"nntrace: error: {error}")
    assert told in done.err


def test_dense_layers_read_each_token_and_an_alphabet_tells_how_many_there_are(here, quick):
    (here / "small.yaml").write_text(
        'input: {text: {alphabet: "abc", context: 4}}\n'
        "layers:\n"
        "  - {kind: embedding, width: 2, weights: {random: normal}}\n"
        "  - {size: 3, activation: softmax, weights: {random: normal}}\n"
    )
    done = quick("run", "small.yaml", "-i", "cab", "-f", "jsonl")
    layers = json.loads(done.out)["layers"]
    assert [len(layer["a"]) for layer in layers] == [6, 9]


def test_a_table_of_predictions_has_the_texts(quick):
    lines = quick("predict", "hot.yaml", "-i", "ab", "-i", "b", "-f", "table").out.decode()
    assert [line.split()[:2] for line in lines.splitlines()[2:5]] == [
        ["row", "text"],
        ["0", "ab"],
        ["1", "b"],
    ]


@pytest.mark.parametrize(
    ("net", "text"), [("chars.yaml", "Fee"), ("chars.yaml", "a"), ("hot.yaml", "ab")]
)
def test_what_nntrace_wrote_of_a_text_it_reads(quick, net, text):
    assert quick("run", net, "-i", text, "-f", "npz", "-o", "rows.npz").code == 0
    again, first = (quick("run", net, "-i", each, "-f", "csv") for each in ("rows.npz", text))
    assert again == first
    assert again.code == 0


@pytest.mark.parametrize("token", [99.0, -1.0, 0.5])
def test_an_archive_of_what_is_no_token_is_refused(quick, token):
    np.savez("rows.npz", input=np.array([[0.0, 1.0], [2.0, token]]))
    done = quick("run", "chars.yaml", "-i", "rows.npz", "-f", "jsonl")
    assert done.code == 2
    told = f"{token:g} is no token: a token is a whole number from 0 to 8"
    assert done.err == f"nntrace: error: rows.npz: row 1: number 1: {told}\n"


def test_a_token_set_wrong_is_told_with_its_setting(quick):
    done = quick("run", "chars.yaml", "-i", "ab", "--set", "input.0=30")
    told = "30 is no token: a token is a whole number from 0 to 8"
    assert (done.code, done.err) == (2, f"nntrace: error: --set input.0=30: {told}\n")
