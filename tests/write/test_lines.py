"""What a screen reader is given, held against golden files (`pytest --rewrite-golden`).

The commands run in process, on a terminal that is made up: its width, colours and locale.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from terminals import ran, seen
from watchdog import WATCHDOG

from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS, find
from nntrace.core.layer import Layer
from nntrace.core.ops.dense import Dense
from nntrace.errors import listed
from nntrace.write.reports.net import activation_said
from nntrace.write.view import View, percent_said, said

NETS = Path(__file__).parent / "nets"


@pytest.fixture(autouse=True)
def beside_the_nets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are shown as they are given, and must not depend on where the checkout lies."""
    monkeypatch.chdir(NETS)


def heard(
    arguments: str,
    width: int | None = None,
    encoding: str = "utf-8",
    code: int = 0,
    **variables: str,
) -> str:
    """Return what a command writes with `--accessible`."""
    return seen(f"{arguments} --accessible", width, encoding, code, **variables)


CAT = "run cat-or-dog -i 0.9,0.8,0.1"
DIGIT = "run digits -i @digit.png"

CASES: dict[str, Callable[[], str]] = {
    "run-cat": lambda: heard(CAT, 80),
    "run-cat-set": lambda: heard(f"{CAT} --set hidden1.0=2.5 --set input.ears=-1", 80),
    "run-cat-layer-precise": lambda: heard(f"{CAT} -l output -p 9", 80),
    "run-cat-examples": lambda: heard("run cat-or-dog", 80),
    "run-cat-row-1": lambda: heard("run cat-or-dog --row 1", 80),
    "run-xor": lambda: heard("run xor -i 1,0", 80),
    "run-iris": lambda: heard("run iris -i 5.1,3.4,1.5,0.2", 80),
    "run-digits": lambda: heard(DIGIT, 80),
    "run-digits-piped": lambda: heard(DIGIT),
    "run-digits-rows": lambda: heard("run digits -i @digits-labelled.csv --keep digit", 80),
    "run-odd": lambda: heard("run %odd.yaml", 80),
    "run-odd-ascii": lambda: heard("run %odd.yaml", 80, "ascii"),
    "run-numbers": lambda: heard("run %numbers.yaml", 80),
    "run-numbers-rows": lambda: heard("run %numbers.yaml -i 1,2 -i 3,4", 80),
    "run-overflow": lambda: heard("run %overflow.yaml -i 1e30,1", 80),
    "run-overflow-rows": lambda: heard("run %overflow.yaml -i 1e30,1 -i 1,2", 80),
    "run-pixels": lambda: heard("run %pixels.yaml", 80),
    "run-pixels-layer-piped": lambda: heard("run %pixels.yaml -l pool"),
    "run-abc": lambda: heard("run %abc.yaml --set attend.1.2=3", 80),
    "run-abc-layers-piped": lambda: heard("run %abc.yaml -l attend.scores -l output"),
    "run-steps": lambda: heard("run %steps.yaml", 80),
    "predict-abc": lambda: heard("predict %abc.yaml -i ab -i abcabc", 80),
    "explain-cat-hidden": lambda: heard("explain cat-or-dog hidden1.0 -i 0.9,0.8,0.1", 80),
    "explain-cat-output": lambda: heard("explain cat-or-dog output.cat", 80),
    "explain-cat-set": lambda: heard(
        "explain cat-or-dog hidden2.1 -i 0.9,0.8,0.1 --set hidden1.0=2.5 --set hidden2.1=7", 80
    ),
    "explain-margin": lambda: heard("explain cat-or-dog --margin -i 0.9,0.8,0.1", 80),
    "explain-margin-digits": lambda: heard("explain digits --margin -i @digit.png", 80),
    "explain-iris": lambda: heard("explain iris hidden.0 -i 5.1,3.4,1.5,0.2", 80),
    "explain-digits": lambda: heard("explain digits hidden1.21 -i @digit.png", 80),
    "explain-digits-piped": lambda: heard("explain digits hidden1.21 -i @digit.png"),
    "explain-odd": lambda: heard("explain %odd.yaml output.1", 80),
    "explain-xor": lambda: heard("explain xor output.0 -i 1,1", 80),
    "explain-overflow": lambda: heard("explain %overflow.yaml output.0 -i 1e30,1", 80),
    "show-cat-weights": lambda: heard("show cat-or-dog --weights", 80),
    "show-iris": lambda: heard("show iris", 80),
    "show-digits-weights": lambda: heard("show digits --weights", 80),
    "check-good": lambda: heard("check cat-or-dog iris", 80),
    "check-failing": lambda: heard("check %failing.yaml", 80, code=1),
}
OWN_SIGNS = ("odd",)  # nets whose names hold what would be drawn


@pytest.mark.parametrize("name", CASES)
def test_what_a_screen_reader_is_given(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"lines-{name}.txt", CASES[name]())


@pytest.mark.parametrize(
    "name", [name for name in CASES if not any(odd in name for odd in OWN_SIGNS)]
)
def test_there_is_nothing_that_a_reader_stumbles_over(name: str) -> None:
    text = CASES[name]()
    assert text.isascii()
    # the rest is in descriptions of the nets, or a command to be typed
    names = r"--all|--row N|99\.3 %|100\.0 %|^Next: .*"
    assert not re.search(
        r"[|*=<>%^~#@/\[\]{}]|->| \+ | - ", re.sub(names, "", text, flags=re.MULTILINE)
    )
    assert not re.search(r"  |\t| $|\n\n\n|\A\n", text, re.MULTILINE)


@pytest.mark.parametrize("arguments", [CAT, "run cat-or-dog", "explain xor output.0", "show iris"])
@pytest.mark.parametrize("width", [1, 40, 80, 300])
def test_lines_are_the_same_at_every_width_with_and_without_colour(
    arguments: str, width: int
) -> None:
    plain = heard(arguments, 80)
    assert heard(arguments, width) == plain
    assert heard(f"{arguments} --color always", width, NO_COLOR="", FORCE_COLOR="1") == plain


@pytest.mark.parametrize("arguments", [CAT, DIGIT, "run %numbers.yaml", "show digits --weights"])
def test_a_pipe_gets_everything_and_a_terminal_does_with_all(arguments: str) -> None:
    whole = heard(arguments)
    assert " more " not in whole
    assert "--all" not in whole
    told = heard(f"{arguments} --all", 80)
    assert re.sub("^Next: .*\n", "", told, flags=re.MULTILINE) == whole


def test_a_wide_layer_keeps_its_largest_on_a_terminal() -> None:
    def values(text: str) -> list[float]:
        return [float(a) for a in re.findall(r"^hidden1\.\d+: .* a ([-+\d.]+),", text, re.M)]

    every, some = values(heard(DIGIT)), values(heard(DIGIT, 80))
    assert (len(every), len(some)) == (32, 12)
    assert sorted(some, reverse=True) == sorted(every, reverse=True)[:12]


@pytest.mark.parametrize("name", ["run-odd", "explain-odd"])
def test_an_ascii_locale_gets_ascii(name: str) -> None:
    arguments = {"run-odd": "run %odd.yaml", "explain-odd": "explain %odd.yaml output.1"}[name]
    assert heard(arguments, 80, "ascii").isascii()


def test_no_name_controls_the_terminal() -> None:
    for arguments in ("run %control.yaml", "show %control.yaml --weights", "check %control.yaml"):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", heard(arguments, 80))


def test_the_numbers_of_a_neuron_are_those_worked_by_hand() -> None:
    # 1.0*0.9 + 0.5*0.8 - 1.0*0.1 + 0.1 = 1.3, and relu keeps it
    lines = heard("explain cat-or-dog hidden1.0 -i 0.9,0.8,0.1", 80).splitlines()
    for line in (
        "input.whiskers: weight +1.0000 times value +0.9000 is +0.9000",
        "input.ears: weight +0.5000 times value +0.8000 is +0.4000",
        "input.barks: weight -1.0000 times value +0.1000 is -0.1000",
        "Sum of 3 terms: +1.2000",
        "Bias: +0.1000",
        "z: +1.3000",
        "a is the larger of 0 and z",
        "a: +1.3000",
    ):
        assert line in lines


@pytest.mark.parametrize("command", [CAT, "explain cat-or-dog output.cat", "show xor", "check xor"])
def test_machine_formats_are_the_same_with_and_without(command: str) -> None:
    assert heard(f"{command} -f json") == ran(f"{command} -f json")[1]


def test_a_broken_net_is_told_without_signs(tmp_path: Path) -> None:
    net = tmp_path / "broken.yaml"
    net.write_text("input: 1\nlayers: [{weights: [[1, 2]]}]\n", encoding="utf-8")
    code, out, err = ran(f"check {net} --accessible")
    assert code == 2
    assert out == f"File {net}: 1 problem\n"
    assert err.startswith("nntrace: error: ")


# ---- words ----


@pytest.mark.parametrize(
    ("value", "signed", "words"),
    [
        (1.3, True, "+1.3000"),
        (-0.91, True, "-0.9100"),
        (0.0, True, "0.0000"),
        (0.5, False, "0.5000"),
        (inf, True, "+infinity"),
        (-inf, False, "-infinity"),
        (nan, True, "not a number"),
    ],
)
def test_numbers_are_said(value: float, signed: bool, words: str) -> None:
    assert said(value, View(), signed) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.9794, "97.94 percent"),
        (1.0, "100.00 percent"),
        (0.0, "0.00 percent"),
        (0.999999, "more than 99.99 percent"),
        (0.000001, "less than 0.01 percent"),
        (1.5, "1.5000"),
    ],
)
def test_shares_are_said(share: float, words: str) -> None:
    assert percent_said(share, View()) == words


@pytest.mark.parametrize(
    ("words", "told"),
    [([4], "4"), ([4, 2], "4 and 2"), (["a", "b", "c"], "a, b and c")],
)
def test_lists_are_said(words: list[object], told: str) -> None:
    assert listed(words) == told


@pytest.mark.parametrize(
    ("name", "parameters", "told"),
    [
        ("relu", {}, "relu"),
        ("leaky_relu", {"alpha": 0.1}, "leaky_relu with alpha 0.1"),
        ("leaky_relu", {"alpha": 0.01}, "leaky_relu"),
        ("hard_tanh", {"min": 0, "max": 2}, "hard_tanh with min 0 and max 2"),
        ("prelu", {"alpha": np.array([0.1, 0.2])}, "prelu with one alpha per neuron"),
    ],
)
def test_activations_are_said_with_their_parameters(
    name: str, parameters: dict[str, float], told: str
) -> None:
    layer = Layer("layer", Dense(np.ones((2, 1)), np.zeros(2)), Activation(find(name), parameters))
    assert activation_said(layer) == told


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_formula_in_words_has_no_signs_and_takes_numbers(name: str) -> None:
    parameters = {parameter.name: "0.25" for parameter in ACTIVATIONS[name].parameters}
    words = ACTIVATIONS[name].said()
    assert re.fullmatch(r"[a-zA-Z0-9., ]+", words)
    for parameter in parameters:
        assert parameter in words.replace(",", "").split()
    if not ACTIVATIONS[name].rowwise:
        numbers = ACTIVATIONS[name].said(z="-0.5", minus_z="0.5", **parameters)
        assert "z" not in re.findall(r"[a-z]+", numbers)
        assert numbers.count("0.25") >= len(parameters)


# ---- the commands ----


def test_lines_load_no_rich() -> None:
    code = (
        "import os, sys; os._exit = lambda code: None\n"
        "from nntrace.__main__ import main\n"
        "for line in sys.argv[1:]:\n"
        "    sys.argv[1:] = [*line.split(), '--accessible']\n"
        "    main()\n"
        "    print('rich' in sys.modules, 'numpy' in sys.modules, file=sys.stderr)\n"
    )
    lines = (CAT, "explain cat-or-dog output.cat", "show xor --weights", "check xor")
    done = subprocess.run(
        [sys.executable, "-c", code, *lines],
        capture_output=True,
        text=True,
        timeout=WATCHDOG,
        env={k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))},
        check=True,
    )
    assert done.stderr == "False True\n" * len(lines)


@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv", "npz"])
def test_one_row_in_a_machine_format_is_refused_however_it_is_chosen(
    suffix: str, tmp_path: Path
) -> None:
    file = tmp_path / f"rows.{suffix}"
    said_so = "nntrace: error: --row shows one row in full, in a table; machine formats carry all"
    for words in (f"-o {file}", f"-f {suffix}", f"-f {suffix} -o {tmp_path}/rows.txt"):
        code, out, err = ran(f"run cat-or-dog --row 1 {words}")
        assert (code, out) == (2, "")
        assert err.startswith(said_so)
    assert not list(tmp_path.iterdir())


def test_one_row_in_a_table_may_go_to_a_file_of_any_name(tmp_path: Path) -> None:
    file = tmp_path / "row.json"
    assert ran(f"run cat-or-dog --row 1 -f table -o {file}")[0] == 0
    assert "example: a dog" in file.read_text(encoding="utf-8")
