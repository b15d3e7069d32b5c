"""Numbers of every kind of layer taken apart, as they are seen and heard, held against golden
files (`pytest --rewrite-golden`); and the tree of where a number comes from."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from terminals import ran, seen

import nntrace
from nntrace.analysis.paths import paths
from nntrace.core.forward import forward
from nntrace.core.names import Neuron
from nntrace.core.ops import KINDS
from nntrace.write.render import html, spoken, terminal
from nntrace.write.report import Report
from nntrace.write.reports.explain import worked_report
from nntrace.write.reports.paths import tree_told
from nntrace.write.view import View
from tests.ops.nets import net_around, rows_of
from tests.ops.oracle import load

NETS = Path(__file__).parent / "nets"
PICTURE = "explain %window.yaml {} -i random:1"
WORDS = "explain %flow.yaml {} -i %flow"

NUMBERS = {
    "conv": PICTURE.format("conv2.1.2.3"),
    "conv-corner": PICTURE.format("conv1.0.0.5"),
    "batch-norm": PICTURE.format("norm.1.0.0"),
    "max-pool": PICTURE.format("pool.0.0.1"),
    "mean": PICTURE.format("mean.0.1.1"),
    "product": PICTURE.format("twice.0.0.0"),
    "embedding": WORDS.format("embed.1.2"),
    "position": WORDS.format("place.1.2"),
    "score": WORDS.format("att.scores.1.3.0"),
    "masked": WORDS.format("att.scores.0.1.3"),
    "mix": WORDS.format("att.mix.3.1"),
    "layer-norm": WORDS.format("norm.2.1"),
    "lstm": WORDS.format("state.2.1"),
    "gru": WORDS.format("again.1.2"),
    "tree-picture": PICTURE.format("output.cow") + " --to input",
    "tree-words": WORDS.format("norm.3.0") + " --to embed",
}


@pytest.fixture(autouse=True)
def beside_the_nets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are shown as they are given, and must not depend on where the checkout lies."""
    monkeypatch.chdir(NETS)


@pytest.mark.parametrize("name", NUMBERS)
def test_what_people_see_and_hear(name: str, golden: Callable[[str, str], None]) -> None:
    from rich.cells import cell_len

    for width in (80, 200):
        shown = seen(NUMBERS[name], width)
        golden(f"explain-{name}-{width}.txt", shown)
        assert max(map(cell_len, shown.splitlines())) <= width
    golden(f"explain-{name}-accessible.txt", seen(f"{NUMBERS[name]} --accessible", 80))


@pytest.mark.parametrize("name", NUMBERS)
def test_ascii_has_signs_for_all_of_it(name: str) -> None:
    assert "\\u" not in seen(NUMBERS[name], 80, "ascii")


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("width", [1, 40, 79])
def test_a_narrow_terminal_loses_nothing(name: str, width: int) -> None:
    assert "…\n" not in seen(NUMBERS[name], width)


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_check_out_in_every_view(name: str) -> None:
    shown = seen(NUMBERS[name])
    assert "✗" not in shown
    assert "✓" in shown


VIEWS = {
    "narrow": View(40),
    "80": View(80),
    "piped": View(),
    "colour": View(120, colours="truecolor"),
    "heard": View(80, accessible=True),
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_number_of_any_kind_is_told_in_any_view(kind: str) -> None:
    for case in load(kind)[:3]:
        network = net_around(case)
        trace = forward(network, rows_of(case))
        neuron = Neuron("it", network.output.size - 1)
        explanation, tree = nntrace.explain(trace, neuron), paths(trace, neuron)
        for view in VIEWS.values():
            report = worked_report(network, explanation, view)
            told = [*report.items, tree_told(network, explanation, tree, view)]
            draw = spoken.say if view.accessible else terminal.draw
            shown = "".join(draw(Report(told, report.view)))
            assert "✓" in shown or "Check: " in shown
            assert "✗" not in shown
            assert "failed" not in shown
        assert "✓" in html.draw(worked_report(network, explanation, View()))


def test_colour_shows_windows_as_pictures() -> None:
    shown = seen(NUMBERS["conv"], 80, NO_COLOR="", COLORTERM="truecolor")
    assert "\x1b[48;2;" in shown


# ---- the document ----


def document(words: str):
    return json.loads(seen(f"{words} -f json"))


def test_a_sum_has_no_how_and_no_steps() -> None:
    assert {"how", "steps", "tree"}.isdisjoint(document(NUMBERS["conv"]))


@pytest.mark.parametrize(
    ("name", "how"), [("max-pool", "max"), ("mean", "mean"), ("product", "product")]
)
def test_how_is_told_where_it_is_no_sum(name: str, how: str) -> None:
    assert document(NUMBERS[name])["how"] == how


def test_steps_end_in_z() -> None:
    for name in ("layer-norm", "lstm", "score"):
        told = document(NUMBERS[name])
        assert told["steps"][-1]["value"] == pytest.approx(told["z"], rel=1e-12)
        assert set(told["steps"][0]) == {"name", "formula", "value"}


def test_a_masked_score_is_null_and_no_warning() -> None:
    code, out, err = ran(f"{NUMBERS['masked']} -f json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert (told["z"], told["a"], told["terms"]) == (None, 0, [])
    assert told["steps"][-1] == {
        "name": "masked",
        "formula": "causal: token 1 does not see token 3, which stands behind it",
        "value": None,
    }


def test_gates_have_their_sums_term_by_term() -> None:
    told = document(NUMBERS["lstm"])
    steps = {step["name"]: step["value"] for step in told["steps"]}
    for gate in told["gates"]:
        made = sum(term["product"] for term in gate["terms"]) + gate["bias"]
        assert made == pytest.approx(steps[gate["name"]], rel=1e-12)
    assert told["gates"][0]["terms"][-1]["source"] == "state.1.2"
    assert "gates" not in document(NUMBERS["layer-norm"])


# ---- the tree ----


@pytest.mark.parametrize("name", ["tree-picture", "tree-words"])
def test_what_the_paths_carry_is_all_that_there_is(name: str) -> None:
    numbers = document(NUMBERS[name])["tree"]["numbers"]
    for place, each in enumerate(numbers):
        below = [other for other in numbers if other["parent"] == place]
        if "end" not in each:
            parts = [*(other["carries"] for other in below), each["bias_carries"]]
            parts.append(each.get("rest", {"carries": 0})["carries"])
            assert sum(parts) == pytest.approx(each["carries"], rel=1e-9)
        assert len(below) <= 3
        assert all(other["level"] == each["level"] + 1 for other in below)
    for level in range(1, max(each["level"] for each in numbers)):
        followed = [each for each in numbers if each["level"] == level and "end" not in each]
        assert len(followed) <= 3


def test_a_tree_without_what_is_left_out_carries_all() -> None:
    tree = document("explain cat-or-dog output.cat -i 0.9,0.8,0.1 --to input")["tree"]
    assert tree["reached"] + tree["biases"] == pytest.approx(1, rel=1e-12)
    assert {each["end"] for each in tree["numbers"] if "end" in each} == {"reached", "again"}


def test_a_tree_worked_by_hand() -> None:
    """output.0 of xor at (1, 1), two levels: hidden.0 = relu(x0 + x1), hidden.1 = relu(… - 1)."""
    shown = document("explain xor output.0 -i 1,1")
    tree = document("explain xor output.0 -i 1,1 --depth 1")["tree"]
    products = {term["source"]: abs(term["product"]) for term in shown["terms"]}
    total = sum(products.values()) + abs(shown["bias"])
    for each in tree["numbers"][1:]:
        assert each["carries"] == pytest.approx(products[each["neuron"]] / total, rel=1e-12)
        assert each["end"] == "reached"


def test_a_tree_goes_on_with_the_largest_gate() -> None:
    numbers = document(f"{WORDS.format('state.2.1')} --to norm")["tree"]["numbers"]
    steps = document(WORDS.format("state.2.1"))["steps"]
    sums = {each["name"]: abs(each["value"]) for each in steps if each["name"].endswith("sum")}
    assert numbers[0]["through"] == max(sums, key=lambda name: sums[name])
    assert {each["neuron"].split(".")[0] for each in numbers} <= {"state", "norm"}


def test_a_tree_stops_at_what_was_set() -> None:
    words = "explain cat-or-dog output.cat -i 0.9,0.8,0.1 --to input --set hidden2.0=5"
    ends = {each["neuron"]: each.get("end") for each in document(words)["tree"]["numbers"]}
    assert ends["hidden2.0"] == "set"


def test_of_a_pool_the_largest_carries_all() -> None:
    numbers = document(f"{PICTURE.format('pool.0.0.1')} --depth 1")["tree"]["numbers"]
    assert [each["carries"] for each in numbers] == [1, 1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--to nowhere", "unknown layer 'nowhere', known: input, hidden1, hidden2, output"),
        ("--to output", "'output' does not stand above output"),
        ("--depth 0", "--depth takes a whole number from 1"),
    ],
)
def test_what_is_wrong_with_a_goal(words: str, message: str) -> None:
    code, out, err = ran(f"explain cat-or-dog output.cat -i 0.9,0.8,0.1 {words}")
    assert (code, out) == (2, "")
    assert message in err


def test_a_long_tree_ends_where_little_is_left() -> None:
    """On a terminal; what is folded still adds up, and a pipe gets the whole tree."""
    words = "explain letters output.3.t --to input -i beginning"
    cut, whole = seen(words, 80), seen(f"{words} --all", 80)
    lines = cut.partition("where output.3.t comes from")[2].splitlines()
    assert len(lines) < 60 < len(whole.splitlines())
    assert any("⋮" in line for line in lines)
    assert "--all goes on" in " ".join(cut.split())
    assert "⋮" not in whole
    paths_carry = [line for line in whole.splitlines() if "paths to the input carry" in line]
    assert all(line in cut for line in paths_carry)


def test_rails_of_a_tree_go_on_where_a_name_breaks() -> None:
    shown = seen("explain letters output.3.t --to input --all -i beginning", 66)
    lines = [line[2:-2] for line in shown.splitlines() if "%" in line or "block" in line]
    tree = lines[lines.index(next(line for line in lines if "100.00 %" in line)) :]
    for before, after in pairwise(tree):
        if after.rstrip() and "%" not in after and not after.startswith("paths"):
            depth = before.count("│") + before.count("├") - 1
            assert after.count("│") >= depth, (before, after)
