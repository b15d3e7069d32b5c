"""What people see, held against golden files; `pytest --rewrite-golden` writes them anew.

The commands run in process, on a terminal that is made up: its width, colours and locale.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from terminals import Stream, seen

from nntrace.cli.app import main
from nntrace.cli.environment import Environment

pytestmark = pytest.mark.usefixtures("fitted_once")

NETS = Path(__file__).parent / "nets"


@pytest.fixture(autouse=True)
def beside_the_nets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are shown as they are given, and must not depend on where the checkout lies."""
    monkeypatch.chdir(NETS)


CAT = "run cat-or-dog -i 0.9,0.8,0.1"
DIGIT = "run digits -i @digit.png"
LADDER = "ladder digits -i digits-labelled.csv -t digit"

CASES: dict[str, Callable[[], str]] = {
    "run-cat-80": lambda: seen(CAT, 80),
    "run-cat-200": lambda: seen(CAT, 200),
    "run-cat-60": lambda: seen(CAT, 60),
    "run-cat-piped": lambda: seen(CAT),
    "run-cat-ascii": lambda: seen(CAT, 80, "ascii"),
    "run-cat-colour": lambda: seen(CAT, 80, NO_COLOR="", COLORTERM="truecolor"),
    "run-cat-set": lambda: seen(f"{CAT} --set hidden1.0=2.5 --set input.ears=-1", 80),
    "run-cat-layer-precise": lambda: seen(f"{CAT} -l output -p 9", 80),
    "run-cat-examples-80": lambda: seen("run cat-or-dog", 80),
    "run-cat-examples-200": lambda: seen("run cat-or-dog", 200),
    "run-cat-row-1": lambda: seen("run cat-or-dog --row 1", 80),
    "run-xor-80": lambda: seen("run xor -i 1,0", 80),
    "run-digits-80": lambda: seen(DIGIT, 80),
    "run-digits-200": lambda: seen(DIGIT, 200),
    "run-digits-piped": lambda: seen(DIGIT),
    "run-digits-colour-80": lambda: seen(
        f"{DIGIT} -l output", 80, NO_COLOR="", COLORTERM="truecolor"
    ),
    "run-digits-rows-80": lambda: seen("run digits -i @digits-labelled.csv --keep digit", 80),
    "run-iris-80": lambda: seen("run iris -i 5.1,3.4,1.5,0.2", 80),
    "run-iris-rows-80": lambda: seen("run iris -i @iris.csv", 80),
    "run-iris-rows-200": lambda: seen("run iris -i @iris.csv", 200),
    "run-odd-80": lambda: seen("run %odd.yaml", 80),
    "run-odd-piped": lambda: seen("run %odd.yaml"),
    "run-odd-ascii": lambda: seen("run %odd.yaml", 80, "ascii"),
    "run-numbers-80": lambda: seen("run %numbers.yaml", 80),
    "run-numbers-rows-80": lambda: seen("run %numbers.yaml -i 1,2 -i 3,4", 80),
    "run-overflow-80": lambda: seen("run %overflow.yaml -i 1e30,1", 80),
    "run-overflow-rows-80": lambda: seen("run %overflow.yaml -i 1e30,1 -i 1,2", 80),
    "run-pixels-80": lambda: seen("run %pixels.yaml", 80),
    "run-pixels-200": lambda: seen("run %pixels.yaml", 200),
    "run-pixels-colour": lambda: seen(
        "run %pixels.yaml -l edges -l again -l output", 80, NO_COLOR="", COLORTERM="truecolor"
    ),
    "run-pixels-layer-piped": lambda: seen("run %pixels.yaml -l pool"),
    "run-pixels-set-80": lambda: seen("run %pixels.yaml -l edges --set edges.1.0.0=2.5", 80),
    "run-abc-80": lambda: seen("run %abc.yaml", 80),
    "run-abc-200": lambda: seen("run %abc.yaml", 200),
    "run-abc-ascii": lambda: seen("run %abc.yaml", 80, "ascii"),
    "run-abc-layers-piped": lambda: seen("run %abc.yaml -l attend.scores -l output"),
    "run-abc-rows-80": lambda: seen("run %abc.yaml -i ab -i abcabc --row 1 -l output", 80),
    "run-aab-80": lambda: seen("run aab -i aab", 80),
    "run-steps-80": lambda: seen("run %steps.yaml", 80),
    "run-steps-200": lambda: seen("run %steps.yaml", 200),
    "run-steps-piped": lambda: seen("run %steps.yaml"),
    "predict-abc-80": lambda: seen("predict %abc.yaml -i ab -i abcabc", 80),
    "explain-margin-80": lambda: seen("explain cat-or-dog --margin -i 0.9,0.8,0.1", 80),
    "explain-margin-xor-80": lambda: seen("explain xor --margin -i 0,0 -i 0,1", 80),
    "explain-margin-digits-80": lambda: seen("explain digits --margin -i @digit.png", 80),
    "explain-margin-digits-200": lambda: seen("explain digits --margin -i @digit.png", 200),
    "explain-cat-hidden-80": lambda: seen("explain cat-or-dog hidden1.0 -i 0.9,0.8,0.1", 80),
    "explain-cat-output-80": lambda: seen("explain cat-or-dog output.cat -i 0.9,0.8,0.1", 80),
    "explain-cat-output-200": lambda: seen("explain cat-or-dog output.cat -i 0.9,0.8,0.1", 200),
    "explain-cat-ascii": lambda: seen("explain cat-or-dog output.dog -i 0.9,0.8,0.1", 80, "ascii"),
    "explain-cat-set-80": lambda: seen(
        "explain cat-or-dog hidden2.1 -i 0.9,0.8,0.1 --set hidden1.0=2.5 --set hidden2.1=7", 80
    ),
    "explain-digits-80": lambda: seen("explain digits hidden1.21 -i @digit.png", 80),
    "explain-digits-output-piped": lambda: seen("explain digits output.2 -i @digit.png"),
    "explain-xor-80": lambda: seen("explain xor output.0 -i 1,1", 80),
    "explain-overflow-80": lambda: seen("explain %overflow.yaml output.0 -i 1e30,1", 80),
    "show-cat-80": lambda: seen("show cat-or-dog", 80),
    "show-cat-weights-80": lambda: seen("show cat-or-dog --weights", 80),
    "show-cat-weights-ascii": lambda: seen("show cat-or-dog --weights", 80, "ascii"),
    "show-iris-weights-80": lambda: seen("show iris --weights", 80),
    "show-digits-weights-80": lambda: seen("show digits --weights", 80),
    "show-iris-weights-200": lambda: seen("show iris --weights", 200),
    "check-good-80": lambda: seen("check cat-or-dog iris", 80),
    "check-failing-80": lambda: seen("check %failing.yaml", 80, code=1),
    "diff-80": lambda: seen("diff %parting.yaml %parted.yaml", 80, code=1),
    "diff-200": lambda: seen("diff %parting.yaml %parted.yaml", 200, code=1),
    "diff-all-80": lambda: seen("diff %parting.yaml %parted.yaml --all", 80, code=1),
    "diff-ascii": lambda: seen("diff %parting.yaml %parted.yaml", 80, "ascii", code=1),
    "diff-colour": lambda: seen(
        "diff %parting.yaml %parted.yaml", 80, code=1, NO_COLOR="", COLORTERM="truecolor"
    ),
    "diff-piped": lambda: seen("diff %parting.yaml %parted.yaml", code=1),
    "diff-accessible": lambda: seen("diff %parting.yaml %parted.yaml --accessible", 80, code=1),
    "diff-agree-80": lambda: seen("diff %parting.yaml %parting.yaml", 80),
    "ladder-digits-80": lambda: seen(LADDER, 80),
    "ladder-digits-200": lambda: seen(f"{LADDER} --neuron hidden1.1 --neuron hidden2.3", 200),
    "ladder-digits-neurons-80": lambda: seen(f"{LADDER} --neuron hidden1.1 --neuron output.4", 80),
    "ladder-digits-colour": lambda: seen(
        f"{LADDER} --neuron hidden1.1", 80, NO_COLOR="", COLORTERM="truecolor"
    ),
    "ladder-digits-piped": lambda: seen(f"{LADDER} --neuron hidden1.1"),
    "ladder-digits-ascii": lambda: seen(f"{LADDER} --neuron hidden1.1", 80, "ascii"),
    "ladder-iris-80": lambda: seen("ladder iris -i iris-labelled.csv -t species", 80),
    "ladder-iris-neurons-200": lambda: seen(
        "ladder iris -i iris-labelled.csv -t species --neuron hidden", 200
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_people_see(name: str, golden: Callable[[str, str], None]) -> None:
    from rich.cells import cell_len

    shown = CASES[name]()
    golden(f"{name}.txt", shown)
    if "colour" not in name:
        assert "\x1b" not in shown
        if width := re.search(r"-(60|80|200)$", name):
            assert max(map(cell_len, shown.splitlines())) <= int(width[1])
    if name.endswith("ascii"):
        assert shown.isascii()


@pytest.mark.parametrize(
    "arguments",
    [CAT, DIGIT, "show digits --weights", "run %odd.yaml", "run %pixels.yaml", "run %steps.yaml"],
)
def test_a_pipe_gets_everything_whatever_columns_says(arguments: str) -> None:
    whole = seen(arguments)
    assert "⋮" not in whole
    assert "more" not in whole
    assert seen(arguments, COLUMNS="30") == whole


def test_colour_only_repeats_what_is_there() -> None:
    coloured = seen(CAT, 80, NO_COLOR="", FORCE_COLOR="1")
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == seen(CAT, 80)


@pytest.mark.parametrize("width", [1, 20, 40, 79])
@pytest.mark.parametrize(
    "arguments",
    [
        CAT,
        "run cat-or-dog",
        "show iris --weights",
        "show digits --weights --all",
        "explain cat-or-dog output.cat",
        "ladder iris -i iris-labelled.csv -t species --neuron hidden.0",
        "run %odd.yaml",
        "run %steps.yaml",
    ],
)
def test_a_narrow_terminal_loses_no_number(arguments: str, width: int) -> None:
    assert "…" not in seen(arguments, width).replace("e^(zⱼ)", "")


def test_no_name_controls_the_terminal() -> None:
    layer = "\x1b]0;owned\x07"
    for arguments in ("run %control.yaml", "show %control.yaml --weights", "check %control.yaml"):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", seen(arguments, 80))
    environment = Environment(Stream(False), out := Stream(False), Stream(False), {}, "utf-8")
    assert main(["explain", "control.yaml", f"{layer}.0"], environment) == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out.getvalue().decode())
