"""Every form of `--input`, and every way in which it can be wrong."""

import csv
import gzip
import io
import json
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

FILES = "(.csv, .tsv, .jsonl, .json, .npy, .npz, .png)"
KINDS = "nor LABEL=NUMBER, zeros, ones or random, nor a file"
KNOWN = "(whiskers, ears, barks)"
FLOAT32 = "float32, whose largest number is 3.4028234663852886e+38"


def clues(row):
    """What the layers of the net `clues` make of a row, computed exactly."""
    whiskers, ears, barks = map(Fraction, row)
    hidden_z = [
        whiskers + ears / 2 - barks + Fraction(1, 8),
        -whiskers / 2 + ears / 4 + 2 * barks - Fraction(1, 2),
    ]
    hidden = [max(z, Fraction(0)) for z in hidden_z]
    output = [hidden[0] - hidden[1], -2 * hidden[0] + hidden[1] / 2]
    return [[float(value) for value in values] for values in (hidden_z, hidden, output, output)]


def layers(record):
    """All numbers of a record's layers."""
    return [values for layer in record["layers"] for values in (layer["z"], layer["a"])]


@pytest.fixture
def rows(folder, quick):
    """Trace inputs and return the records; each must hold what exact arithmetic gives."""

    def run(net, *arguments, stdin=b""):
        done = quick("run", f"{net}.yaml", *arguments, "-f", "jsonl", stdin=stdin)
        assert (done.code, done.err) == (0, "")
        records = done.records
        assert [record["row"] for record in records] == list(range(len(records)))
        if net == "clues":
            for record in records:
                assert np.allclose(layers(record), clues(record["input"]), rtol=1e-14, atol=1e-14)
        return records

    return run


ONE = [0.75, 0.5, 0.25]


@pytest.mark.parametrize(
    "words",
    [
        ["-i", "0.75,0.5,0.25"],
        ["-i", "0.75 0.5  0.25"],
        ["-i", " 0.75, 0.5 ,0.25 "],
        ["-i", "[0.75, 0.5, 0.25]"],
        ["-i", "[0.75 0.5 0.25]"],
        ["--input", ".75,+5e-1,25.E-2"],
        ["--input=whiskers=0.75,ears=0.5,barks=0.25"],
        ["-i", "barks=0.25, whiskers=.75,ears= +0.5"],
        ["--example", "a cat"],
    ],
)
def test_one_row_typed(rows, words):
    assert [record["input"] for record in rows("clues", *words)] == [ONE]


@pytest.mark.parametrize("words", [["--input=-1,2,-3"], ["-i", "-1,2,-3"], ["-i-1 2 -3"]])
def test_negative_numbers(rows, words):
    assert [record["input"] for record in rows("clues", *words)] == [[-1, 2, -3]]


@pytest.mark.parametrize(
    ("text", "value"),
    [("+1", 1), (".5", 0.5), ("5.", 5), ("-0", 0), ("1E5", 1e5), ("-1e-05", -1e-5), ("0e9", 0)],
)
def test_numbers(rows, text, value):
    lines = [f"{text},1\n".encode(), f"[{text}, 1]\n".encode()]
    sources = [("-i", f"{text},1"), *(("-i", "-") for _ in lines)]
    for words, stdin in zip(sources, [b"", *lines], strict=True):
        assert rows("pair", *words, stdin=stdin)[0]["input"] == [value, 1]
    document = f"[[1, {text}], [{text}, 1]]".encode()
    found = rows("pair", "-i", "-", "--input-format", "json", stdin=document)
    assert [record["input"] for record in found] == [[1, value], [value, 1]]
    labelled = f'{{"barks": {text}, "ears": 1, "whiskers": 2}}'.encode()
    assert rows("clues", "-i", "-", stdin=labelled)[0]["input"] == [2, 1, value]


def test_labels_that_hold_what_separates(rows):
    typed = "1=5,e=f=4,e=3,c,d=2,a b=1"
    assert rows("odd", "-i", typed)[0]["input"] == [1, 2, 4, 3, 5]
    header = io.StringIO()
    csv.writer(header).writerow(["1", "e", "e=f", "c,d", "a b"])
    stdin = header.getvalue().encode() + b"5,4,3,2,1\r\n"
    assert rows("odd", "-i", "-", stdin=stdin)[0]["input"] == [1, 2, 3, 4, 5]
    assert rows("odd", "-i", typed)[0]["layers"][0]["z"] == [1 + 4 + 16 + 24 + 80]


CSV = [
    b"0.75,0.5,0.25\n-1,2,3",
    b"0.75,0.5,0.25\r\n\r\n-1,2,3\r\n",
    b"\n \n0.75, 0.5 ,0.25\n\n\n-1,2,3\n\n",
    b'"0.75","0.5","0.25"\n"-1","2","3"\n',
    b"whiskers,ears,barks\n0.75,0.5,0.25\n-1,2,3\n",
    b"barks,whiskers,ears\n.25,.75,.5\n3,-1,2\n",
    b'\xef\xbb\xbf"ears" , barks,whiskers\r\n0.5,0.25,0.75\r\n2,3,-1\r\n'.replace(b'" ,', b'",'),
    b"\n\nwhiskers,ears,barks\n\n0.75,0.5,0.25\n-1,2,3\n",
]
JSONL = [
    b"[0.75,0.5,0.25]\n[-1,2,3]\n",
    b"\xef\xbb\xbf [.75, +0.5, 0.25]\r\n\r\n [-1, 2., 3]",
    b'{"ears":0.5,"barks":0.25,"whiskers":0.75}\n{"input":[-1,2,3],"prediction":null}\n',
    b'{"input":{"ears":0.5,"barks":0.25,"whiskers":0.75}}\n\n[-1,2,3]\n',
]
JSON = [
    b"[[0.75,0.5,0.25],[-1,2,3]]",
    b'\xef\xbb\xbf[\n [0.75,0.5,0.25],\r\n {"whiskers":-1,"ears":2,"barks":3}\n]\n',
    b'{"schema":"nntrace.trace/1","network":{},"traces":[{"input":[0.75,0.5,0.25]},[-1,2,3]]}',
    b'{\n"traces":\n[{"input":[0.75,0.5,0.25]},{"input":[-1,2,3]}]}',
]


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        *(("csv", each) for each in CSV),
        *(("jsonl", each) for each in JSONL),
        *(("json", each) for each in JSON),
    ],
)
def test_files_and_streams(rows, folder, suffix, content):
    expected = [ONE, [-1, 2, 3]]
    (folder / f"rows.{suffix}").write_bytes(content)
    (folder / f"ROWS.{suffix.upper()}").write_bytes(content)
    (folder / "rows").write_bytes(content)
    sources = [
        ("-i", f"rows.{suffix}"),
        ("-i", f"ROWS.{suffix.upper()}"),
        ("-i", "rows", "--input-format", suffix),
        ("-i", "-", "--input-format", suffix),
    ]
    document = content.startswith((b'{"schema"', b"{\n"))
    if suffix != "json" or document:
        sources.append(("-i", "-"))  # told by the first character
    for words in sources:
        assert [record["input"] for record in rows("clues", *words, stdin=content)] == expected


@pytest.mark.parametrize("content", [b"[1, 2]", b'{"input": [1, 2]}', b"[[1, 2]]"])
def test_a_json_document_of_one_row(rows, folder, content):
    (folder / "row.json").write_bytes(content)
    assert [record["input"] for record in rows("pair", "-i", "row.json")] == [[1, 2]]


def test_a_label_called_input(rows):
    assert rows("named-input", "-i", "-", stdin=b'{"input":3,"other":4}')[0]["input"] == [3, 4]
    assert rows("named-input", "-i", "input=3,other=4")[0]["input"] == [3, 4]


def test_kept_columns(rows, folder):
    content = 'id,barks,note,ears,whiskers\n007,0.25,"one\r\ntwo, é",0.5,0.75\n,1,,2,3\n'
    found = rows("clues", "-i", "-", "--keep", "note", "--keep", "id", stdin=content.encode())
    assert [record["keep"] for record in found] == [
        {"note": "one\r\ntwo, é", "id": "007"},
        {"note": "", "id": ""},
    ]
    assert [list(record["keep"]) for record in found] == [["note", "id"]] * 2
    assert [record["input"] for record in found] == [ONE, [3, 2, 1]]
    also = rows("clues", "-i", "-", "--keep", "ears", stdin=b"ears,barks,whiskers\n2.50,1,3\n")
    assert also[0]["keep"] == {"ears": "2.50"}


KEPT = [7, -0.5, "é\u2028", None, True, [1, {"a": []}], {"b": 1e300}, 10**30, "\ud800", "\x7f\x9b"]


@pytest.mark.parametrize("value", KEPT, ids=range(len(KEPT)))
def test_kept_json_values_stay_as_they_are(rows, value):
    by_label = {"whiskers": 1, "ears": 2, "barks": 3, "id": value}
    for row in (by_label, {"input": [1, 2, 3], "id": value}):
        found = rows("clues", "-i", "-", "--keep", "id", stdin=json.dumps(row).encode())
        assert found[0]["keep"] == {"id": value}
        assert found[0]["input"] == [1, 2, 3]


def test_own_output_fed_back(quick, folder):
    stdin = b"id,whiskers,ears,barks\na,0.1,0.7,1e-300\nb,3,-2,1\n"
    words = ["run", "clues.yaml", "--keep", "id"]
    first = quick(*words, "-i", "-", "-f", "jsonl", stdin=stdin)
    assert quick(*words, "-i", "-", "-f", "jsonl", stdin=first.out) == first
    document = quick(*words, "-i", "-", "-f", "json", stdin=stdin)
    assert quick(*words, "-i", "-", "-f", "json", stdin=document.out) == document
    (folder / "own.json").write_bytes(document.out)
    assert quick(*words, "-i", "own.json", "-f", "jsonl") == first
    archive = quick("run", "clues.yaml", "-i", "own.json", "-f", "npz")
    (folder / "own.npz").write_bytes(archive.out)
    assert quick("run", "clues.yaml", "-i", "own.npz", "-f", "npz") == archive


ARRAYS = [
    (np.array(ONE), [ONE]),
    (np.array([1, 2, 3]), [[1, 2, 3]]),
    (np.array([ONE, [-1, 2, 3]]), [ONE, [-1, 2, 3]]),
    (np.asfortranarray([ONE, [-1, 2, 3]]), [ONE, [-1, 2, 3]]),
    (np.array([ONE, [-1, 2, 3]], dtype=">f4"), [ONE, [-1, 2, 3]]),
    (np.array([[1, 2, 255]], dtype=np.uint8), [[1, 2, 255]]),
    (np.array([ONE], dtype=np.float16), [ONE]),
    (np.arange(1800.0).reshape(600, 3), np.arange(1800.0).reshape(600, 3).tolist()),
]


@pytest.mark.parametrize(("array", "expected"), ARRAYS, ids=range(len(ARRAYS)))
def test_arrays(rows, folder, array, expected):
    np.save("rows.npy", array)
    np.savez("rows.npz", input=array, other=np.zeros(5))
    np.savez_compressed("packed.npz", input=array)
    for name in ("rows.npy", "rows.npz", "packed.npz"):
        assert [record["input"] for record in rows("clues", "-i", name)] == expected


@pytest.mark.parametrize("shape", [(8, 8), (64,), (1, 64), (1, 8, 8)])
def test_one_picture_as_an_array(rows, folder, shape):
    np.save("one.npy", np.arange(64.0).reshape(shape))
    assert [record["input"] for record in rows("pixels", "-i", "one.npy")] == [list(range(64))]


def test_pictures_as_an_array(rows, folder):
    array = np.random.default_rng(0).random((5, 8, 8))
    np.save("five.npy", array)
    found = rows("pixels", "-i", "five.npy")
    assert [record["input"] for record in found] == array.reshape(5, 64).tolist()


GREY = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4 + 3


def picture(rows, image):
    image.save("picture.png")
    return np.array(rows("pixels", "-i", "picture.png")[0]["input"]).reshape(8, 8)


def test_grey_is_exact(rows, folder):
    assert np.array_equal(picture(rows, Image.fromarray(GREY)), GREY / 255)


def test_sixteen_bits_of_grey(rows, folder):
    wide = GREY.astype(np.uint16) * 257 - 7
    assert np.array_equal(picture(rows, Image.fromarray(wide)), wide / 65535)


def test_one_bit_of_grey(rows, folder):
    bits = GREY > 100
    assert np.array_equal(picture(rows, Image.fromarray(bits)), bits.astype(float))


def test_colours(rows, folder):
    same = np.stack([GREY] * 3, axis=2)
    assert np.array_equal(picture(rows, Image.fromarray(same)), GREY / 255)
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 200
    assert np.allclose(picture(rows, Image.fromarray(red)), 0.299 * 200 / 255, atol=1 / 255)


def test_a_palette(rows, folder):
    image = Image.fromarray(GREY).convert("P", palette=Image.Palette.ADAPTIVE, colors=256)
    assert np.array_equal(picture(rows, image), GREY / 255)


ON_BLACK = (
    "picture.png: is transparent in places, which are taken for black paper; else save it without"
    " transparency, in the ink and on the paper that the net was trained on"
)
UNSEEN = (
    "picture.png: is transparent, and nothing of it is to be seen on black paper; save it without"
    " transparency, in the ink and on the paper that the net was trained on"
)
HALF = np.repeat(np.array([0, 255], np.uint8), 32).reshape(8, 8)


def merged(mode, *channels):
    return Image.merge(mode, [Image.fromarray(channel) for channel in channels])


def palette(*colours):
    image = Image.fromarray(HALF // 255).convert("P")
    image.putpalette([part for colour in colours for part in (colour,) * 3])
    return image


WHITE, BLACK = np.full((8, 8), 255, np.uint8), np.zeros((8, 8), np.uint8)
TRANSPARENT = [
    # the picture, how it is saved, what the net is given: None where nothing is to be seen
    (merged("LA", GREY, HALF), {}, np.where(HALF, GREY, 0) / 255),
    (merged("RGBA", GREY, GREY, GREY, HALF // 255 * 128), {}, np.where(HALF, GREY, 0) / 510),
    (merged("RGBA", WHITE, WHITE, WHITE, HALF), {}, HALF / 255),
    (merged("RGBA", BLACK, BLACK, BLACK, HALF), {}, None),
    (merged("RGBA", WHITE, WHITE, WHITE, BLACK), {}, None),
    (merged("LA", BLACK, HALF), {}, None),
    (palette(0, 255), {"transparency": 0}, HALF / 255),
    (palette(255, 0), {"transparency": 0}, None),
    (Image.fromarray(HALF), {"transparency": 0}, HALF / 255),
    (Image.fromarray(HALF), {"transparency": 255}, None),
    (Image.fromarray(HALF > 0), {"transparency": 1}, None),
    (Image.fromarray(HALF > 0), {"transparency": 0}, HALF / 255),
    (Image.fromarray(HALF.astype(np.uint16) * 257), {"transparency": 0}, HALF / 255),
    (Image.fromarray(HALF.astype(np.uint16) * 257), {"transparency": 65535}, None),
    (Image.fromarray(HALF).convert("RGB"), {"transparency": (255, 255, 255)}, None),
]


@pytest.mark.parametrize(("image", "how", "expected"), TRANSPARENT, ids=range(len(TRANSPARENT)))
def test_what_is_transparent_lies_on_black_and_is_told(quick, folder, image, how, expected):
    image.save("picture.png", **how)
    done = quick("run", "pixels.yaml", "-i", "picture.png", "-f", "jsonl")
    if expected is None:
        assert done == (2, b"", f"nntrace: error: {UNSEEN}\n")
    else:
        assert (done.code, done.err) == (0, f"nntrace: warning: {ON_BLACK}\n")
        assert np.allclose(np.reshape(done.inputs[0], (8, 8)), expected, atol=1 / 255)


def test_a_picture_that_could_be_transparent_and_is_not(rows, folder):
    assert np.array_equal(picture(rows, merged("LA", GREY, WHITE)), GREY / 255)
    assert np.array_equal(picture(rows, merged("RGBA", GREY, GREY, GREY, WHITE)), GREY / 255)


SHAPES = [(8, 8), (16, 24), (11, 13), (3, 5), (8, 9), (1, 1), (100, 7), (29, 31)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("value", [1, 77, 254, 255])
def test_a_picture_of_one_grey_stays_that_grey(rows, folder, shape, value):
    found = picture(rows, Image.new("L", shape[::-1], value))
    assert np.array_equal(found, np.full((8, 8), value / 255))
    found = picture(rows, Image.fromarray(np.full(shape, value * 257 - 1, np.uint16)))
    assert np.array_equal(found, np.full((8, 8), (value * 257 - 1) / 65535))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_picture_of_another_size(rows, folder, shape):
    """Each pixel is the mean of what it covers: what a picture blown up in both ways shows."""
    grey = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    large = np.repeat(np.repeat(grey.astype(int), 8, axis=0), 8, axis=1)
    sums = large.reshape(8, shape[0], 8, shape[1]).sum(axis=(1, 3))
    expected = [[int(each) / (255 * grey.size) for each in line] for line in sums]  # the nearest
    assert picture(rows, Image.fromarray(grey)).tolist() == expected


def test_a_picture_that_is_not_square(rows, folder):
    grey = np.array([[0, 51, 102], [153, 204, 255]], np.uint8)
    Image.fromarray(grey).save("picture.png")
    assert rows("small-pixels", "-i", "picture.png")[0]["input"] == [0, 0.2, 0.4, 0.6, 0.8, 1]


def test_several_inputs_in_order_and_examples_last(rows, folder):
    (folder / "rows.csv").write_text("4,4,4\n5,5,5\n")
    np.save("rows.npy", np.full(3, 6.0))
    found = rows(
        "clues",
        *("--example", "a dog"),
        *("-i", "1,1,1", "-i", "rows.csv", "-i", "-", "-i", "rows.npy", "-i", "rows.csv"),
        *("--example", "a cat"),
        stdin=b"[2,2,2]\n[3,3,3]",
    )
    firsts = [record["input"][0] for record in found]
    assert firsts == [1, 4, 5, 2, 3, 6, 4, 5, 0, 0.75]
    names = [record.get("example") for record in found]
    assert names == [None] * 8 + ["a dog", "a cat"]


def test_without_an_input_the_examples_are_traced(rows):
    found = rows("clues", stdin=b"never read")
    assert [record["example"] for record in found] == ["a cat", "a dog"]
    assert [record["input"] for record in found] == [ONE, [0, 0.5, 1]]


EMPTY = {
    "jsonl": b"",
    "csv": b"row,layer,neuron,label,z,a\n",
    "json": b'{"schema":"nntrace.trace/1","network":{"name":"pair","dtype":"float64","input":2,'
    b'"layers":[{"name":"output","size":2,"activation":"identity"}]},"traces":[]}\n',
}


def nothing(name):
    return f"nntrace: warning: {name}: holds no rows, so nothing of it is traced\n"


@pytest.mark.parametrize("stdin", [b"", b"\n \r\n\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("format", EMPTY)
def test_no_rows_at_all(quick, folder, stdin, format):
    for more in ([], *(["--input-format", kind] for kind in ("csv", "tsv", "jsonl", "json"))):
        done = quick("run", "pair.yaml", "-i", "-", "-f", format, *more, stdin=stdin)
        assert done == (0, EMPTY[format], nothing("<stdin>"))


EMPTY_FILES = ["none.csv", "none.tsv", "none.jsonl", "none.json", "list.json", "own.json"]
EMPTY_FILES += ["none.npy", "none.npz", "header.csv"]


@pytest.fixture
def empty_files(folder):
    (folder / "none.csv").write_text("")
    (folder / "none.tsv").write_text(" \n\n")
    (folder / "none.jsonl").write_text("\n")
    (folder / "none.json").write_text("")
    (folder / "list.json").write_text("[]")
    (folder / "own.json").write_text('{"traces": []}')
    (folder / "header.csv").write_text("ears,whiskers,barks\n")
    np.save("none.npy", np.zeros((0, 3)))
    np.savez("none.npz", input=np.zeros((0, 3)))


@pytest.mark.parametrize("name", EMPTY_FILES)
def test_no_rows_in_a_file(quick, empty_files, name):
    assert quick("run", "clues.yaml", "-i", name, "-f", "jsonl") == (0, b"", nothing(name))
    assert quick("run", "clues.yaml", "-i", name) == (0, b"", nothing(name))
    archive = quick("run", "clues.yaml", "-i", name, "-f", "npz")
    held = np.load(io.BytesIO(archive.out))
    assert held["input"].shape == (0, 3)
    assert held["output.z"].shape == (0, 2)


def test_each_input_without_rows_is_named(quick, empty_files):
    words = ["-i", "none.csv", "-i", "1,2,3", "-i", "none.npy", "-i", "-"]
    done = quick("run", "clues.yaml", *words, "-f", "jsonl")
    assert (done.code, done.inputs) == (0, [[1, 2, 3]])
    assert done.err == "".join(map(nothing, ["none.csv", "none.npy", "<stdin>"]))


@pytest.mark.parametrize(
    "command", [["stats", "clues.yaml"], ["explain", "clues.yaml", "hidden.0"]]
)
def test_other_commands_name_it_too(quick, empty_files, command):
    done = quick(*command, "-i", "header.csv")
    assert (done.code, done.err) == (0, nothing("header.csv"))


# --- settings


def test_a_setting_shows_what_followed(rows):
    record = rows("pair", "-i", "1,2", "--set", "output.1=7")[0]
    assert record["layers"][0] == {
        "name": "output",
        "activation": "identity",
        "z": [5, -5],
        "a": [5, 7],
    }
    assert record["set"] == {"output.1": 7}


def test_settings_before_the_next_layer_reads_them(quick, folder):
    words = ["--set", "hidden.0=4", "--set", "output.dog=0.5", "--set", "input.ears=2"]
    done = quick("run", "clues.yaml", "-i", "0.75,0.5,0.25", *words, "-f", "jsonl")
    record = done.records[0]
    z, a = clues([0.75, 2, 0.25])[:2]
    assert record["input"] == [0.75, 2, 0.25]
    assert layers(record) == [z, [4, a[1]], [4 - a[1], -8 + a[1] / 2], [4 - a[1], 0.5]]
    assert record["set"] == {"hidden.0": 4, "output.dog": 0.5, "input.ears": 2}


def test_the_last_setting_of_a_neuron_wins(quick, folder):
    words = ["--set", "output.cat=1", "--set", "output.0=2", "--set", "output.dog=3"]
    done = quick("run", "clues.yaml", "-i", "1,1,1", *words, "-f", "jsonl")
    assert done.records[0]["set"] == {"output.0": 2, "output.dog": 3}
    assert done.records[0]["layers"][1]["a"] == [2, 3]


def test_inputs_are_set_in_raw_units(quick, folder):
    words = ["-i", "1,1", "--set", "input.1=9"]
    record = quick("run", "scaled.yaml", *words, "-f", "jsonl").records[0]
    assert (record["input"], record["x"]) == ([1, 9], [0, 2])
    assert record["layers"][0]["z"] == [2]


def test_a_setting_is_held_in_the_dtype(quick, folder):
    words = ["-i", "1,2", "--set", "h.1.0=0.1"]  # the longest layer name that fits
    record = quick("run", "single.yaml", *words, "-f", "jsonl").records[0]
    assert record["set"] == {"h.1.0": float(np.float32(0.1))}
    assert record["layers"][0]["a"] == [float(np.float32(0.1))]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["-l", "output"], ["output"]),
        (["-l", "output", "-l", "hidden"], ["hidden", "output"]),
        (["-l", "hidden", "-l", "hidden"], ["hidden"]),
    ],
)
def test_only_some_layers(quick, folder, words, names):
    words = ["run", "clues.yaml", "-i", "1,1,1", *words]
    record = quick(*words, "-f", "jsonl").records[0]
    assert [layer["name"] for layer in record["layers"]] == names
    lines = quick(*words, "-f", "csv").out.decode().splitlines()[1:]
    assert list(dict.fromkeys(line.split(",")[1] for line in lines)) == names
    held = np.load(io.BytesIO(quick(*words, "-f", "npz").out))
    parts = [f"{name}.{part}" for name in names for part in "za"]
    assert list(held) == ["input", *parts]


# --- what is wrong

TYPED = [
    # words after the net, the error
    ("clues", "-i 1,2", f"--input 1,2: has 2 numbers, clues takes 3 {KNOWN}"),
    ("clues", "-i 1,2,3,4", f"--input 1,2,3,4: has 4 numbers, clues takes 3 {KNOWN}"),
    ("clues", "-i 1", f"--input 1: has 1 number, clues takes 3 {KNOWN}"),
    ("pair", "-i 1", "--input 1: has 1 number, pair takes 2"),
    ("one", "-i 1,2", "--input 1,2: has 2 numbers, one takes 1"),
    ("clues", "--input=", "--input : is empty, takes numbers such as 0.9,0.8"),
    ("clues", "-i []", "--input []: is empty, takes numbers such as 0.9,0.8"),
    ("clues", "-i 1,2,", "--input 1,2,: barks: lacks a number"),
    ("clues", "-i 1,,3", "--input 1,,3: ears: lacks a number"),
    ("clues", "-i 1,2,3,", "--input 1,2,3,: number 3: lacks a number"),
    ("clues", "-i 1,two,3", "--input 1,two,3: ears: takes a number, not 'two'"),
    ("clues", "-i ears", f"--input ears: is neither numbers, {KINDS} {FILES}"),
    ("clues", "-i nan", f"--input nan: is neither numbers, {KINDS} {FILES}"),
    ("clues", "-i nan,1,2", "--input nan,1,2: whiskers: takes a number, not 'nan'"),
    ("clues", "-i 1,inf,2", "--input 1,inf,2: ears: takes a number, not 'inf'"),
    ("clues", "-i 1,-Infinity,2", "--input 1,-Infinity,2: ears: takes a number, not '-Infinity'"),
    ("clues", "-i 1_000,1,1", "--input 1_000,1,1: whiskers: takes a number, not '1_000'"),
    ("clues", "-i 0x10,1,1", "--input 0x10,1,1: whiskers: takes a number, not '0x10'"),
    ("clues", "-i 1,１,1", "--input 1,１,1: ears: takes a number, not '１'"),
    ("clues", "-i 01,1,1", "--input 01,1,1: whiskers: takes a number, not '01'"),
    ("clues", "-i 1e999,1,1", "--input 1e999,1,1: whiskers: takes finite numbers, not inf"),
    ("single", "-i 1,1e39", f"--input 1,1e39: number 1: 1e+39 overflows {FLOAT32}"),
    ("single", "-i 1,-1e999", "--input 1,-1e999: number 1: takes finite numbers, not -inf"),
    ("clues", "-i [1,2,3", "--input [1,2,3: whiskers: takes a number, not '[1'"),
    ("clues", "-i 1;2;3", "--input 1;2;3: whiskers: takes a number, not '1;2;3'"),
    ("clues", "-i whiskers=1", "--input whiskers=1: lacks 'ears', 'barks'"),
    (
        "clues",
        "-i whiskers=1,eers=2,barks=3",
        "--input whiskers=1,eers=2,barks=3: unknown input 'eers', did you mean 'ears'?",
    ),
    ("clues", "-i ears=1,ears=2", "--input ears=1,ears=2: has 'ears' twice"),
    ("clues", "-i ears=x,barks=3", "--input ears=x,barks=3: ears: takes a number, not 'x'"),
    ("clues", "-i ears=,barks=3", "--input ears=,barks=3: ears: lacks a number"),
    ("clues", "-i ears=1,", "--input ears=1,: takes LABEL=NUMBER, not ''"),
    ("clues", "-i ears=1,3", "--input ears=1,3: takes LABEL=NUMBER, not '3'"),
    ("clues", "-i =1", "--input =1: unknown input '', known: whiskers, ears, barks"),
    (
        "clues",
        "-i ears=1,whiskers=1,barks=1e999",
        "--input ears=1,whiskers=1,barks=1e999: barks: takes finite numbers, not inf",
    ),
    ("pair", "-i x=1", "--input x=1: is by label, but the inputs of pair have no labels"),
    ("pair", "-i 1,\x1b[31m", r"--input 1,\x1b[31m: number 1: takes a number, not '\x1b[31m'"),
    ("clues", "-i gone.csv", "gone.csv: no such file or directory"),
    ("clues", "-i gone/rows.npz", "gone/rows.npz: no such file or directory"),
    ("clues", "-i 1,2,3 -i gone.png", "gone.png: no such file or directory"),
    (
        "clues",
        "-i x.tab",
        f"--input x.tab: is neither numbers, {KINDS} {FILES}",
    ),
    (
        "clues",
        "-i here.tab",
        f"--input here.tab: its suffix is none of {FILES[1:-1]}; say --input-format csv, tsv, jsonl"
        " or json",
    ),
    (
        "clues",
        "-i rows.csv.gz",
        "--input rows.csv.gz: is compressed; read a pipe: zcat FILE | nntrace … --input -",
    ),
    ("clues", "-i data/", "--input data/: is a folder; 'data/*.csv' takes the files in it"),
    ("clues", "-i folder.csv", "folder.csv: is a directory"),
    ("clues", "-i - -i -", "--input - was given twice, standard input can be read once"),
    ("clues", "-i 1,2,3 --keep id", "--input 1,2,3: has no 'id' to keep"),
    ("clues", "--keep id", "examples have no 'id' to keep"),
    ("clues", "--example a_cat", "unknown example 'a_cat', did you mean 'a cat'?"),
    ("clues", "--example mouse", "unknown example 'mouse', known: a cat, a dog"),
    ("pair", "", "pair has no examples; give an input: --input 0.5,0.5"),
    ("clues", "-l hiden", "unknown layer 'hiden', did you mean 'hidden'?"),
    ("clues", "-l x", "unknown layer 'x', known: hidden, output"),
    ("clues", "-l input", "unknown layer 'input', known: hidden, output"),
]
SETTINGS = [
    ("clues", "hidden.0", "takes LAYER.NEURON=VALUE, such as hidden1.0=2.5"),
    ("clues", "hidden.2=1", "'hidden.2': hidden has 2 neurons, 0 to 1"),
    ("clues", "hidden.99999999999999999999=1", None),
    ("clues", "hidden.-1=1", "'hidden.-1': hidden has no labels, but 2 neurons, 0 to 1"),
    ("clues", "hidden.cat=1", "'hidden.cat': hidden has no labels, but 2 neurons, 0 to 1"),
    ("clues", "output.cats=1", "unknown label in output 'cats', did you mean 'cat'?"),
    ("clues", "output.2=1", "'output.2': output has 2 neurons, 0 to 1"),
    ("clues", "hiden.0=1", "unknown layer 'hiden', did you mean 'hidden'?"),
    (
        "clues",
        "hidden=1",
        "'hidden' names no neuron, which is LAYER.INDEX or LAYER.LABEL, as hidden.0",
    ),
    ("clues", "hidden.0=x", "takes a number, not 'x'"),
    ("clues", "hidden.0=", "lacks a number"),
    ("clues", "hidden.0=nan", "takes a number, not 'nan'"),
    ("clues", "hidden.0=1e999", "takes finite numbers, not inf"),
    ("single", "h.1.0=1e39", f"1e+39 overflows {FLOAT32}"),
    ("clues", "input.3=1", "'input.3': input has 3 inputs, 0 to 2"),
    ("clues", "input.nose=1", "unknown label in input 'nose', known: whiskers, ears, barks"),
    ("one", "input.1=1", "'input.1': input has one input, 0"),
    ("one", "output.1=1", "'output.1': output has one neuron, 0"),
]


def told(quick, words, error, stdin=b"", out=0):
    done = quick(*words, "-f", "jsonl", stdin=stdin)
    assert done.err == f"nntrace: error: {error}\n"
    assert (done.code, done.out.count(b"\n")) == (2, out)


@pytest.mark.parametrize(("net", "words", "error"), TYPED)
def test_wrong_arguments(quick, folder, net, words, error):
    (folder / "folder.csv").mkdir()
    (folder / "data").mkdir()
    (folder / "here.tab").write_text("1,2,3")
    (folder / "rows.csv.gz").write_bytes(gzip.compress(b"1,2,3"))
    told(quick, ["run", f"{net}.yaml", *words.split()], error)


@pytest.mark.parametrize(("net", "setting", "error"), SETTINGS)
def test_wrong_settings(quick, folder, net, setting, error):
    if error is None:
        error = f"'{setting[:-2]}': hidden has 2 neurons, 0 to 1"
    row = {"one": "1", "single": "1,2"}.get(net, "1,2,3")
    words = ["run", f"{net}.yaml", "-i", row, "--set", setting]
    told(quick, words, f"--set {setting}: {error}")


HEADER = b"whiskers,ears,barks\n"
KEEP = ["--keep", "id"]
STREAMS = [
    # net, more words, standard input, rows before, the error
    ("clues", [], b"1,2\n", 0, f"1: has 2 numbers, clues takes 3 {KNOWN}"),
    ("clues", [], b"1,2,3\n1,2\n", 1, f"2: has 2 numbers, clues takes 3 {KNOWN}"),
    ("clues", [], b"1,2,3\n\n4,5,x\n", 1, "3: barks: takes a number, not 'x'"),
    (
        "clues",
        [],
        b"1,2,oops\n",
        0,
        f"1: 'oops' is neither a number nor the name of an input {KNOWN}; its column is '#2' to"
        " --keep and --drop",
    ),
    ("clues", [], b"whiskers,ears\n1,2\n", 0, "1: lacks 'barks'"),
    ("clues", [], HEADER + b"1,2,3\n4,,6\n", 1, "3: ears: lacks a number"),
    ("clues", [], HEADER + b"1,2,3,4\n", 0, "2: has 4 columns, the header 3"),
    ("clues", [], HEADER + b"1,2\n", 0, "2: has 2 columns, the header 3"),
    ("clues", [], b"ears,ears,barks\n", 0, "1: has the column 'ears' twice, as '#0' and '#1'"),
    (
        "clues",
        [],
        b"\n\nwhiskers,ears,barks,my id\n",
        0,
        "3: unknown input 'my id', known: whiskers, ears, barks "
        "(--keep 'my id' carries it along, --drop 'my id' leaves it out)",
    ),
    (
        "clues",
        KEEP,
        b"whiskers,ears,bark,id\n",
        0,
        "1: unknown input 'bark', did you mean 'barks'? "
        "(--keep bark carries it along, --drop bark leaves it out)",
    ),
    ("clues", KEEP, HEADER, 0, "1: has no 'id' to keep, known: whiskers, ears, barks"),
    ("clues", KEEP, b"1,2,3\n", 0, "1: has no header, so no column 'id' to keep"),
    (
        "pair",
        [],
        b"a,b\n",
        0,
        "1: 'a' is no number, and a header needs labels, which the inputs of pair lack;"
        " --header yes leaves the line out",
    ),
    ("clues", [], b'1,2,3\n"a\nb",2,3\n', 1, r"2: whiskers: takes a number, not 'a\nb'"),
    ("clues", [], b'1,2,3\n"1\n",2,3\nx,2,3\n', 2, "4: whiskers: takes a number, not 'x'"),
    ("clues", [], b'1,2,3\n"1,2,3\n4,5,6\n', 1, "2: is no CSV: a quote is not closed"),
    (
        "clues",
        [],
        b'1,2,"3"x\n',
        0,
        "1: is no CSV: something stands between a closing quote and the end of its cell",
    ),
    ("clues", [], b"1,2,3\r4,5,6\r", 0, "1: is no CSV: a carriage return stands inside a cell"),
    (
        "clues",
        [],
        b'1,2,3\n"' + b"x" * 200_000,
        1,
        "2: is no CSV: a cell is longer than 131,072 characters (an open quote?)",
    ),
    ("clues", [], b"1,2,3\n1,2,\xff\n", 1, "2: is not text in UTF-8"),
    ("clues", [], "1,2,3\n".encode("utf-16"), 0, "1: is not text in UTF-8"),
    ("clues", [], b"1,2,3\n1,2,\x00\n", 1, r"2: barks: takes a number, not '\x00'"),
    (
        "clues",
        [],
        b"1,2,\x1b[1m\n",
        0,
        rf"1: '\x1b[1m' is neither a number nor the name of an input {KNOWN}; its column is '#2' to"
        " --keep and --drop",
    ),
    ("clues", [], b"1,2,1e999\n", 0, "1: barks: takes finite numbers, not inf"),
    ("single", [], b"1,2\n1,1e39\n", 1, f"2: number 1: 1e+39 overflows {FLOAT32}"),
    (
        "clues",
        ["--input-format", "jsonl"],
        b"1,2,3\n",
        0,
        "1: is no JSON: ',' is out of place at column 2",
    ),
    ("clues", [], b"[1,2]\n", 0, f"1: has 2 numbers, clues takes 3 {KNOWN}"),
    ("clues", [], b"[1,2,3]\n[1,2,3\n", 1, "2: is no JSON: ends too early at column 7"),
    ("clues", [], b"[1,2,3]\n\n[1,2,true]\n", 1, "3: barks: takes a number, not true"),
    ("clues", [], b"[1,null,3]", 0, "1: ears: takes a number, not null"),
    ("clues", [], b'[1,2,"3"]', 0, '1: barks: takes a number, not "3"'),
    ("clues", [], b"[1,2,[3]]", 0, "1: barks: takes a number, not a list"),
    ("clues", [], b"[1,2,NaN]", 0, "1: barks: takes finite numbers, not nan"),
    ("clues", [], b"[1,2,-Infinity]", 0, "1: barks: takes finite numbers, not -inf"),
    ("clues", [], b"[1,2,1e999]", 0, "1: barks: takes finite numbers, not inf"),
    ("clues", [], b"[1,2," + b"9" * 400 + b"]", 0, "1: barks: takes finite numbers, not inf"),
    ("clues", [], b"[1,2," + b"9" * 5000 + b"]", 0, "1: has a number of too many digits"),
    ("clues", [], b"[1,2,1_000]", 0, "1: is no JSON: '_000' is out of place at column 7"),
    ("clues", [], b"[1,2,0x10]", 0, "1: is no JSON: 'x10' is out of place at column 7"),
    ("clues", [], "[1,2,１]".encode(), 0, "1: is no JSON: '１' is out of place at column 6"),
    ("clues", [], b"[.5,+1,01]", 0, "1: is no JSON: '1' is out of place at column 9"),
    ("clues", [], b'{"whiskers" 1}', 0, "1: is no JSON: '1' is out of place at column 13"),
    ("clues", [], b'{"whiskers:1}', 0, "1: is no JSON: a text is not closed at column 2"),
    ("clues", [], b'{"\\x":1}', 0, "1: is no JSON: a backslash begins no escape at column 3"),
    ("clues", [], b'{"\t":1}', 0, r"1: is no JSON: '\t' is out of place at column 3"),
    ("clues", [], b"[1,2,3] [4,5,6]\n", 0, "1: is no JSON: '[' is out of place at column 9"),
    ("clues", [], b"[1,2,3]\n[1,2,\xff]\n", 1, "2: is not text in UTF-8"),
    (
        "clues",
        [],
        b"[1,2,3]\n[1,2,\x00]\n",
        1,
        r"2: is no JSON: '\x00' is out of place at column 6",
    ),
    ("clues", [], b"[" * 100_000, 0, "1: is nested too deeply"),
    ("clues", [], b'{"whiskers":1,"ears":2}', 0, "1: lacks 'barks'"),
    (
        "clues",
        [],
        b'{"whiskers":1,"ears":2,"barks":3,"id":4}',
        0,
        "1: unknown input 'id', known: whiskers, ears, barks "
        "(--keep id carries it along, --drop id leaves it out)",
    ),
    ("clues", [], b'{"ears":1,"ears":2}', 0, "1: has 'ears' twice"),
    ("clues", [], b'{"barks":3,"ears":"2","whiskers":1}', 0, '1: ears: takes a number, not "2"'),
    ("pair", [], b'{"x":1}', 0, "1: is by label, but the inputs of pair have no labels"),
    ("clues", [], b'{"input":[1,2]}', 0, f"1: has 2 numbers, clues takes 3 {KNOWN}"),
    ("clues", [], b'{"input":{"ears":1}}', 0, "1: lacks 'whiskers', 'barks'"),
    (
        "clues",
        [],
        b'{"input":5}',
        0,
        "1: takes an array of numbers, or an object by label or with input",
    ),
    (
        "clues",
        [],
        b'[1,2,3]\n"x"\n',
        1,
        "2: takes an array of numbers, or an object by label or with input",
    ),
    ("clues", KEEP, b"[1,2,3]", 0, "1: is an array, which has no 'id' to keep"),
    ("clues", KEEP, b'{"input":[1,2,3]}', 0, "1: has no 'id' to keep, known: input"),
    (
        "clues",
        KEEP,
        b'{"input":[1,2,3],"id":' + b"[" * 300 + b"]" * 300 + b"}",
        0,
        "1: is nested too deeply",
    ),
    ("named-input", [], b'{"input":[1,2]}', 0, "1: lacks 'other'"),
]
DOCUMENTS = [
    ("clues", b"[[1,2,3],[1,2]]", 1, f" row 1: has 2 numbers, clues takes 3 {KNOWN}"),
    ("clues", b'[1,"a",3]', 0, ' row 0: ears: takes a number, not "a"'),
    ("clues", b"[1,2,\n 3", 0, "2:3: is no JSON: ends too early"),
    ("clues", b"]", 0, "1:1: is no JSON: ']' is out of place"),
    (
        "clues",
        b"5",
        0,
        " row 0: takes an array of numbers, or an object by label or with input",
    ),
    (
        "clues",
        b'{"traces":5}',
        0,
        " row 0: unknown input 'traces', known: whiskers, ears, barks"
        " (--keep traces carries it along, --drop traces leaves it out)",
    ),
    ("clues", b'{"traces":[{"input":[1]}]}', 0, f" row 0: has 1 number, clues takes 3 {KNOWN}"),
    ("clues", b"[[1,2,3],\n[1,\xff,3]]", 0, "2: is not text in UTF-8"),
    ("single", b"[[1,2],[1,1e39]]", 1, f" row 1: number 1: 1e+39 overflows {FLOAT32}"),
    ("clues", b"[" * 100_000, 0, " is nested too deeply"),
]


@pytest.mark.parametrize(
    ("net", "words", "stdin", "before", "error"), STREAMS, ids=range(len(STREAMS))
)
def test_wrong_streams(quick, folder, net, words, stdin, before, error):
    told(quick, ["run", f"{net}.yaml", "-i", "-", *words], f"<stdin>:{error}", stdin, before)
    suffix = "jsonl" if stdin[:1] in b"[{" or "jsonl" in words else "csv"
    (folder / f"rows.{suffix}").write_bytes(stdin)
    words = ["run", f"{net}.yaml", "-i", f"rows.{suffix}", *words]
    told(quick, words, f"rows.{suffix}:{error}", b"", before)


@pytest.mark.parametrize(("net", "stdin", "before", "error"), DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_wrong_documents(quick, folder, net, stdin, before, error):
    words = ["run", f"{net}.yaml", "-i", "-", "--input-format", "json"]
    told(quick, words, f"<stdin>:{error}", stdin, before)
    (folder / "rows.json").write_bytes(stdin)
    told(quick, ["run", f"{net}.yaml", "-i", "rows.json"], f"rows.json:{error}", b"", before)


def test_net_and_rows_from_standard_input(quick, folder):
    error = "the net and the rows cannot both come from standard input"
    told(quick, ["run", "-", "-i", "-"], error, (folder / "pair.yaml").read_bytes())


BAD_ARRAYS = [
    (np.zeros((2, 4)), "is 2 × 4, clues takes rows × 3"),
    (np.zeros((3, 3, 3)), "is 3 × 3 × 3, clues takes rows × 3"),
    (np.zeros(4), "is 4, clues takes rows × 3"),
    (np.zeros(()), "is a single number, clues takes rows × 3"),
    (np.array([[1, 2, 3], [4, np.nan, 6]]), "row 1: ears: takes finite numbers, not nan"),
    (np.array([[1, 2, 3], [4, 5, -np.inf]]), "row 1: barks: takes finite numbers, not -inf"),
    (
        np.array([[True, False, True]]),
        "'rows.npy' holds truth values, takes numbers (floats or integers)",
    ),
    (
        np.array([["1", "2", "3"]]),
        "'rows.npy' holds text, takes numbers (floats or integers)",
    ),
    (
        np.array([[1j, 2, 3]]),
        "'rows.npy' holds complex numbers, takes numbers (floats or integers)",
    ),
    (
        np.array([[object()] * 3]),
        "'rows.npy' holds Python objects, takes numbers (floats or integers)",
    ),
]


@pytest.mark.parametrize(("array", "error"), BAD_ARRAYS, ids=range(len(BAD_ARRAYS)))
def test_wrong_arrays(quick, folder, array, error):
    (folder / "of").mkdir()
    np.save("of/rows.npy", array)
    before = 1 if "row 1" in error else 0
    told(quick, ["run", "clues.yaml", "-i", "of/rows.npy"], f"of/rows.npy: {error}", b"", before)


def test_wrong_archives(quick, folder):
    np.savez("rows.npz", x=np.zeros(3), y=np.zeros(3))
    error = "rows.npz: has no array 'input', it holds x, y"
    told(quick, ["run", "clues.yaml", "-i", "rows.npz"], error)
    (folder / "rows.npz").write_bytes(b"PK nonsense")
    error = "rows.npz: 'rows.npz' is no .npz archive, or damaged"
    told(quick, ["run", "clues.yaml", "-i", "rows.npz"], error)
    (folder / "rows.npy").write_bytes(b"\x93NUMPY nonsense")
    error = "rows.npy: 'rows.npy' is no NumPy array file, or damaged"
    told(quick, ["run", "clues.yaml", "-i", "rows.npy"], error)
    np.save("rows.npy", np.zeros(3))
    (folder / "rows.npy").write_bytes((folder / "rows.npy").read_bytes()[:-1])
    error = "rows.npy: 'rows.npy' is cut short: its header promises more than it holds"
    told(quick, ["run", "clues.yaml", "-i", "rows.npy"], error)
    np.save("rows.npy", np.zeros(3))
    error = "rows.npy: has no 'id' to keep"
    told(quick, ["run", "clues.yaml", "-i", "rows.npy", "--keep", "id"], error)


def test_wrong_pictures(quick, folder):
    def fails(error, net="pixels", *more):
        words = ["run", f"{net}.yaml", "-i", "x.png", *more]
        told(quick, words, f"x.png: {error}")

    Image.new("L", (8, 8)).save("x.png")
    whole = (folder / "x.png").read_bytes()
    fails("the input of clues has no shape to fit a picture to", "clues")
    fails("has no 'id' to keep", "pixels", "--keep", "id")
    Image.new("1", (7100, 7100)).save("x.png")
    fails("has more than 16,000,000 pixels")
    for side in (10_000, 30_000):  # Pillow would warn of the one, and refuse the other
        header = b"IHDR" + side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
        (folder / "x.png").write_bytes(_with_header(whole, header))
        fails("has more than 16,000,000 pixels")
    for content in (b"nonsense", whole[:40], whole[:-30], b"\x89PNG\r\n\x1a\n" * 5):
        (folder / "x.png").write_bytes(content)
        fails("is no PNG picture, or damaged")
    Image.new("L", (8, 8)).save("x.gif")
    (folder / "x.gif").replace("x.png")
    fails("is a GIF picture, takes PNG")


def _with_header(png, header):
    import zlib

    return png[:12] + header + zlib.crc32(header).to_bytes(4, "big") + png[33:]


def test_a_pattern_that_no_file_fits_says_so(quick, folder):
    done = quick("run", "pair.yaml", "--input", "none/*.nope")
    assert done.code == 2
    assert "--input none/*.nope: is a pattern that no file fits (.csv, " in done.err


@pytest.mark.parametrize("command", [["explain", "clues.yaml", "hidden.0"], ["stats", "clues.yaml"],
    ["quiz", "clues.yaml", "-n", "1"]])  # fmt: skip
def test_a_column_that_is_no_input_may_be_let_be(quick, folder, command):
    (folder / "rows.csv").write_text("whiskers,ears,barks,truth\n1,0,0,cat\n")
    words = [*command, "-f", "json", "--input", "rows.csv"]
    assert quick(*words).code == 2
    assert "ears, barks (--drop truth leaves it out)" in quick(*words).err  # nothing carries it
    assert quick(*words, "--keep", "truth").code == 0
    (folder / "rows.csv").write_text("whiskers,ears,barks,truth,id\n1,0,0,cat,7\n")
    hint = "(--drop NAME leaves one out, '*' stands for all others)"
    assert hint in quick(*words).err
