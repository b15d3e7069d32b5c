"""What a REPL and a notebook show of nets, traces and explanations."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import nntrace
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops import find_kind
from nntrace.core.ops.dense import Dense

TWO = """
name: two
input: {labels: [ears, "long tail"], mean: 1, std: 2}
layers:
  - {name: hidden1, activation: relu, weights: [[0.5, -1], [1, 1], [1e-9, 2]]}
  - {name: output, activation: softmax, labels: [cat, dog], weights: [[1, 0, 0], [0, 0, 0]]}
"""
HOSTILE = '<script>alert("1")</script>&amp;\'\x1b[31m\n'


@pytest.fixture
def net(tmp_path):
    (tmp_path / "two.yaml").write_text(TWO)
    return nntrace.load(tmp_path / "two.yaml")


@pytest.fixture
def trace(net):
    return nntrace.forward(net, [[3, 1], [1, 3], [0, 0]])


def test_a_net_as_text(net):
    assert repr(net) == (
        "Network two: 2 → 3 → 2, float64, 17 parameters\n"
        "  layers\n"
        "             reads  neurons  activation  parameters\n"
        "    hidden1      2        3        relu           9\n"
        "    output       3        2     softmax           8"
    )


def test_a_trace_as_text_names_its_row(trace):
    assert repr(trace) == (
        "Trace of two: 3 rows, 2 → 3 → 2, float64\n"
        "  input\n"
        "    value  [+3.0000 +1.0000]\n"
        "    x      [+1.0000 0.0000]\n"
        "  hidden1 · relu\n"
        "    z      [+0.5000 +1.0000 +1.0e-09]\n"
        "    a      [+0.5000 +1.0000 +1.0e-09]\n"
        "  output · softmax\n"
        "    z      [+0.5000 0.0000]\n"
        "    a      [+0.6225 +0.3775]\n"
        "  → cat  62.25 %\n"
        "  (row 0, the first of 3; trace.row(1) shows the next)"
    )
    assert repr(trace.row(2)).splitlines()[-1] == "  (row 2)"
    assert repr(trace.rows(slice(1, 3))).splitlines()[-1].startswith("  (row 1, the first of 2;")


def test_a_layer_as_text(trace):
    assert repr(trace["output"]) == (
        "Trace of layer output: 3 rows, 3 → 2\n"
        "  output · softmax\n"
        "    z      [+0.5000 0.0000]\n"
        "    a      [+0.6225 +0.3775]\n"
        "  (row 0 of 3)"
    )


def test_an_explanation_as_text(trace):
    assert repr(nntrace.explain(trace, "hidden1.0", 1)) == (
        "Explanation of hidden1.0 in row 1\n"
        "  weight × value, the largest first\n"
        "                      weight    value  product\n"
        "    input.long tail  -1.0000  +1.0000  -1.0000\n"
        "    input.ears       +0.5000   0.0000   0.0000\n"
        "    bias                                0.0000\n"
        "    z                                  -1.0000\n"
        "  → a = 0.0000\n"
        "  (a = max(0, z))"
    )


def test_explanations_of_other_kinds_say_how_and_in_which_steps():
    layers = (
        Layer("pool", find_kind("max_pool")(kernel=2)),
        Layer("norm", find_kind("rms_norm")(scale=np.array([2.0]), epsilon=0.0)),
    )
    trace = nntrace.forward(Network("pools", Input(4, shape=(1, 2, 2)), layers), [[1, 4, -5, 3]])
    assert repr(nntrace.explain(trace, "pool.0.0.0")).splitlines()[1:-2] == [
        "  z is the largest of these",
        "                  weight    value  product",
        "    input.0.0.1  +1.0000  +4.0000  +4.0000",
        "    input.0.1.1  +1.0000  +3.0000  +3.0000",
        "    input.0.0.0  +1.0000  +1.0000  +1.0000",
        "    input.0.1.0  +1.0000  -5.0000  -5.0000",
        "    z                              +4.0000",
    ]
    told = repr(nntrace.explain(trace, "norm.0.0.0"))
    assert "  step by step\n" in told
    assert "    square = mean of x² over the last axis  +16.0000\n" in told
    assert "step by step" in nntrace.explain(trace, "norm.0.0.0")._repr_html_()


def test_what_is_wide_is_cut_and_says_so():
    digits = nntrace.forward(nntrace.load("digits"), np.full(64, 0.5))
    assert repr(digits).count("… 54 more") == 1
    assert "… 54 more" in digits._repr_html_()
    terms = repr(nntrace.explain(digits, "hidden1.3")).splitlines()[3:-2]
    products = [float(line.split()[-1]) for line in terms]
    assert sum(products[:-1]) == pytest.approx(products[-1], abs=1e-3)  # as rounded


def test_no_rows(net):
    none = nntrace.forward(net, np.zeros((0, 2)))
    assert repr(none) == "Trace of two: 0 rows, 2 → 3 → 2, float64"
    assert repr(none["output"]) == "Trace of layer output: 0 rows, 3 → 2"
    assert "0 rows" in none._repr_html_()


class Page(HTMLParser):
    """What a page holds; it fetches nothing and has no colours of its own."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert all(name in ("style", "colspan") for name, _ in attrs)
        assert not re.search("color|background|url", str(attrs))

    def handle_data(self, data):
        self.text += f"{data}\n"


def faces(trace):
    return [
        trace.network,
        trace,
        trace.layers[0],
        nntrace.explain(trace, trace.layers[0].name + ".0"),
    ]


def test_html_says_what_the_text_says(trace):
    for value in faces(trace):
        words = set(Page(value._repr_html_()).text.split())
        said = re.sub(r"[\[\]]|^ *\(|\)$", "", repr(value), flags=re.MULTILINE)
        assert set(said.split()) - words == set()


def hostile():
    labels = (HOSTILE, HOSTILE + "2")
    layer = nntrace.Layer(
        HOSTILE, Dense(np.eye(2), np.zeros(2)), nntrace.Activation(_kind("softmax")), labels
    )
    net = nntrace.Network(HOSTILE, nntrace.Input(2, labels), (layer,))
    return faces(nntrace.forward(net, [1, 0]))


def _kind(name):
    from nntrace.core.activations import find

    return find(name)


def test_names_are_no_markup_and_steer_no_terminal():
    for value in hostile():
        page = Page(value._repr_html_())
        assert set(page.tags) <= {"div", "p", "b", "table", "caption", "tr", "th", "td"}
        assert "<script>" in page.text
        for drawn in (page.text, repr(value)):
            assert "\x1b" not in drawn
            assert "\\x1b[31m\\n" in drawn


def test_ipython_shows_both_faces(trace):
    formatters = pytest.importorskip("IPython.core.formatters")
    shown = formatters.DisplayFormatter()
    shown.active_types = ["text/plain", "text/html"]
    for value in faces(trace):
        bundle, _ = shown.format(value)
        assert bundle["text/plain"] == repr(value)
        assert bundle["text/html"] == value._repr_html_()


# ---- nets that are no chains of dense layers ----

SHAPED = Path(__file__).parent / "write" / "nets"


def test_a_net_of_several_kinds_tells_kinds_and_shapes():
    assert repr(nntrace.load(SHAPED / "steps.yaml")) == (
        "Network steps: 3 × 2 → 3 layers → 1, float64, 265 parameters\n"
        "  layers\n"
        "              kind  activation   reads  shape  parameters\n"
        "    memory    lstm    identity   input  3 × 8         256\n"
        "    last    reduce    identity  memory      8           0\n"
        "    output   dense    identity    last      1           9"
    )
    text = repr(nntrace.load(SHAPED / "abc.yaml"))
    assert text.startswith("Network abc: text of up to 8 characters → 11 layers → tokens × 5, ")
    assert "attend.query attend.key  2 × tokens × tokens" in text


def test_a_trace_of_a_layer_with_a_shape_is_told_by_unit():
    trace = nntrace.forward(nntrace.load(SHAPED / "pixels.yaml"), np.eye(8).ravel())
    edges = trace["edges"]
    assert repr(edges).splitlines()[0] == "Trace of layer edges: 1 row, conv · relu · 6 × 8 × 8"
    caption, means, strongest, active = repr(edges).splitlines()[1:]
    assert caption == "  edges · conv · relu · 6 × 8 × 8, by channel"
    by_channel = edges.a.reshape(6, 64)
    for line, values in [(means, by_channel.mean(axis=1)), (strongest, by_channel.max(axis=1))]:
        told = re.findall(r"[+-]\d+\.\d+", line)
        assert [float(each) for each in told] == pytest.approx(values, abs=5e-5)
    assert active.count("%") == 6
    assert f"  {edges.name} · conv" in repr(trace)
    for value in (trace, edges, trace.network):
        assert "by channel" in value._repr_html_() or value is trace.network


def test_a_trace_of_a_text_names_its_characters():
    trace = nntrace.forward(nntrace.load(SHAPED / "abc.yaml"), "ab c")
    assert "2  " in trace._repr_html_()
    assert ">1 b<" in trace._repr_html_()
    assert "output · dense · softmax · 4 × 5, by token" in repr(trace)
