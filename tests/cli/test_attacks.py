"""What strangers might send: each was once slow, large, or a fault of nntrace's own."""

import json
import resource
import subprocess

import numpy as np
import pytest


@pytest.fixture
def nntrace(launched, tmp_path):
    """Run the program within bounds: its own memory, not its libraries' addresses, and its time.

    That is the processor's; a busy machine takes no more.
    """

    def run(*words, stdin=b"", memory=500 * 2**20, seconds=15, **variables):
        pipe = subprocess.PIPE
        limits = {resource.RLIMIT_DATA: 4 * memory, resource.RLIMIT_CPU: seconds}
        done = launched(
            *words, cwd=tmp_path, limits=limits, stdin=pipe, stdout=pipe, stderr=pipe, env=variables
        )
        out, err = done.communicate(stdin)
        assert done.returncode >= 0, "took too long"
        assert b"Traceback" not in err
        assert b"fault of nntrace" not in err
        return subprocess.CompletedProcess(words, done.returncode, out, err)

    return run


ONE = "input: 1\nlayers: [{weights: [[1]]}]\n"


def test_sums_that_overflow_are_explained(nntrace, tmp_path):
    for weights in ("1e308, 1e308", "1e308, -1e308"):
        (tmp_path / "n.yaml").write_text(
            f"input: 2\nlayers: [{{weights: [[{weights}]]}}]\nexamples: [{{input: [1, 1]}}]\n"
        )
        assert nntrace("explain", "n.yaml", "output.0").returncode == 0


def test_pictures_of_huge_numbers_are_drawn(nntrace, tmp_path):
    (tmp_path / "n.yaml").write_text(
        "input: {shape: [2, 2]}\nlayers: [{weights: [[1, 1, 1, 1]]}]\n"
        "examples: [{input: [1e308, -1e308, 0, 1]}]\n"
    )
    for color in ("always", "never"):
        done = nntrace("run", "n.yaml", "--color", color)
        assert (done.returncode, done.stderr) == (0, b"")


def test_statistics_of_huge_weights_are_numbers(nntrace, tmp_path):
    (tmp_path / "n.yaml").write_text("input: 2\nlayers: [{weights: [[1e308, 1.5e308]]}]\n")
    shown = json.loads(nntrace("show", "n.yaml", "-f", "json").stdout)
    summary = shown["layers"][0]["weights_summary"]
    assert summary["mean"] == pytest.approx(1.25e308)
    assert summary["std"] == pytest.approx(0.25e308)


@pytest.mark.parametrize("depth", [50, 200, 900, 960, 969, 970, 980, 100_000])
def test_nested_rows_are_refused(nntrace, tmp_path, depth):
    (tmp_path / "n.yaml").write_text(ONE)
    row = b"[" + b"[" * depth + b"]" * depth + b"]\n"
    done = nntrace("run", "n.yaml", "-i", "-", "-f", "jsonl", stdin=row)
    assert done.returncode == 2


@pytest.mark.parametrize(
    "row",
    [b'["' + b'\\"' * 100_000, b'["' + b"a" * 2_000_000 + b"\\"],
    ids=["escaped quotes", "a lone backslash"],
)
def test_a_string_without_an_end_is_refused_at_once(nntrace, tmp_path, row):
    (tmp_path / "n.yaml").write_text(ONE)
    done = nntrace("run", "n.yaml", "-i", "-", "-f", "jsonl", stdin=row + b"\n")
    assert done.returncode == 2
    assert done.stderr.startswith(b"nntrace: error: <stdin>:1: is no JSON")


def test_a_key_twice_among_many_is_found_at_once(nntrace, tmp_path):
    (tmp_path / "n.yaml").write_text(ONE)
    keys = [*(f'"{index}": 1' for index in range(50_000)), '"49999": 1']
    row = ("{" + ", ".join(keys) + "}\n").encode()
    done = nntrace("run", "n.yaml", "-i", "-", "-f", "jsonl", stdin=row)
    assert b"has '49999' twice" in done.stderr


@pytest.mark.parametrize("shape", [(5_000_000, 1), (1, 5_000_000)])
def test_a_picture_with_long_sides_is_fitted_in_bounds(nntrace, tmp_path, shape):
    image = pytest.importorskip("PIL.Image")
    image.fromarray(np.zeros(shape, np.uint8)).save(tmp_path / "p.png")
    (tmp_path / "n.yaml").write_text(
        "input: {shape: [4, 4]}\nlayers: [{size: 1, weights: {random: ones}}]\n"
    )
    done = nntrace("run", "n.yaml", "-i", "p.png", "-f", "jsonl")
    assert json.loads(done.stdout)["input"] == [0] * 16


def test_layers_that_name_one_array_share_it(nntrace, tmp_path):
    np.save(tmp_path / "w.npy", np.ones((1000, 1000)))
    layers = "\n".join(["  - weights: {file: w.npy}"] * 100)  # 0.8 GB, if each had its own
    (tmp_path / "n.yaml").write_text(f"input: 1000\nlayers:\n{layers}\n")
    assert nntrace("check", "n.yaml", memory=150 * 2**20).returncode == 0


def test_an_endless_net_is_refused(nntrace, tmp_path):
    done = nntrace("check", "/dev/zero")
    assert done.returncode == 2
    assert b"is longer than 256 MiB" in done.stderr


def test_columns_of_thousands_of_digits_are_no_width(nntrace, tmp_path):
    (tmp_path / "n.yaml").write_text(ONE)
    done = nntrace("run", "n.yaml", "-i", "1", COLUMNS="9" * 5000)
    assert done.returncode == 0


def test_a_file_name_that_the_locale_lacks(nntrace, tmp_path):
    (tmp_path / "n.yaml").write_text(
        'input: 1\nlayers: [{weights: {file: "\\u00e9.npy"}}]\n', encoding="utf-8"
    )
    locale = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert nntrace("check", "n.yaml", **locale).returncode == 2


def test_thousands_of_examples_are_run_at_once(nntrace, tmp_path):
    examples = "\n".join(["  - input: [1]"] * 5_000)
    (tmp_path / "n.yaml").write_text(f"{ONE}examples:\n{examples}\n")
    done = nntrace("run", "n.yaml", "-f", "jsonl")
    assert done.stdout.count(b"\n") == 5_000


def test_thousands_of_unknown_names_are_told_at_once(nntrace, tmp_path):
    labels = ", ".join(f"class{index}" for index in range(300))
    examples = "\n".join(["  - {input: [1], expect: klass}"] * 300)
    (tmp_path / "n.yaml").write_text(
        "input: 1\nlayers:\n  - {activation: softmax, weights: {random: ones}, "
        f"labels: [{labels}]}}\nexamples:\n{examples}\n"
    )
    done = nntrace("check", "n.yaml")
    assert done.stderr.count(b"unknown class 'klass'") == 300


@pytest.mark.parametrize(
    "names", [["x" * 70_000], ['"x\\e"', "'x\\x1b'"]], ids=["too long", "alike once escaped"]
)
def test_layer_names_that_an_npz_cannot_hold_are_refused(nntrace, tmp_path, names):
    layers = "\n".join(f"  - {{name: {name}, weights: [[1]]}}" for name in names)
    (tmp_path / "n.yaml").write_text(f"input: 1\nlayers:\n{layers}\n")
    done = nntrace("run", "n.yaml", "-i", "1", "-f", "npz")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"an npz cannot hold a layer of this name" in done.stderr


@pytest.mark.parametrize("name", ["x" * 64_000, "x y" * 20_000], ids=["a word", "words"])
@pytest.mark.parametrize(
    "words",
    [
        "check twice.yaml",
        "check labels.yaml",
        "check rows.yaml",
        "check tag.yaml",
        "check alias.yaml",
        "run good.yaml -i 1,2,3",
        "run good.yaml -i x.csv",
        "run good.yaml -i x.jsonl",
        "run good.yaml -i same.csv",
        "predict good.yaml -i y.csv -t t",
        "run good.yaml -i 1,2 --set LONG.9=1",
        "explain good.yaml LONG.9 -i 1,2",
        "run good.yaml -i LONG=1",
        "run good.yaml -i x.csv --drop LONGx",
    ],
)
def test_no_message_repeats_a_long_name_whole(tmp_path, monkeypatch, quick, name, words):
    monkeypatch.chdir(tmp_path)
    layer = '{name: "%s", weights: [[1, 2], [3, 4]]}'
    texts = {
        "twice.yaml": f"input: 2\nlayers: [{layer}, {layer}]" % (name, name),
        "labels.yaml": f'input: {{labels: ["{name}", "{name}"]}}\nlayers: [{layer % "a"}]',
        "rows.yaml": f"input: 3\nlayers: [{layer % name}]",
        "tag.yaml": f"input: 3\nlayers: !{name.replace(' ', '')} 3",
        "alias.yaml": f"input: 3\nlayers: *{name.replace(' ', '')}",
        "good.yaml": f'name: "{name}"\ninput: {{labels: ["{name}", b]}}\n'
        'layers: [{activation: softmax, labels: ["%s", d], weights: [[1, 2], [3, 4]]}]' % name,
        "x.csv": f"{name},{name}z\n1,2\n",
        "same.csv": f"{name},{name}\n1,2\n",
        "y.csv": f"{name},b,t\n1,2,{name}z\n",
        "x.jsonl": f'{{"{name}": 1, "{name}": 2}}\n',
    }
    for file, text in texts.items():
        (tmp_path / file).write_text(text + "\n")
    done = quick(*(word.replace("LONG", name) for word in words.split()))
    assert done.code == 2
    assert max(map(len, done.err.splitlines())) < 1500
