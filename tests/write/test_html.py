"""Every report as HTML: what is seen on a terminal is there, and no name in it is markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import nntrace
from nntrace.analysis.examples import Checked, judge
from nntrace.analysis.ladder import ladder
from nntrace.analysis.top_activations import excitation, neurons_named
from nntrace.core.batch import TracedBatch
from nntrace.write import render, reports
from nntrace.write import report as tell
from nntrace.write.render import html
from nntrace.write.verdicts import along
from nntrace.write.view import View

WORD = r"[\w.+<>%-]+"
VIEW = View(precision=3)  # where no table has a decimal less


class Page(HTMLParser):
    """The texts of a page, whose tags are all closed in their order."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open, self.texts, self.tags = [], [], set()
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.add(tag)
        assert {name for name, _ in attrs} <= {"style", "colspan"}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def told(name):
    """Give the reports of all commands on a net."""
    net = nntrace.load(name)
    rows = np.random.default_rng(3).random((40, net.input.size))
    trace = nntrace.forward(net, rows)
    batch, shown = TracedBatch(trace), {layer.name for layer in net.layers}
    yield reports.show.shown_report(net, VIEW, weights=True)
    yield reports.run.row_report(batch, 1, shown, VIEW)
    yield reports.rows.rows_report(net, [batch], along(batch, False), VIEW, followed=False)
    yield from reports.explain.explained_reports(
        [(nntrace.explain(trace, f"{net.output.name}.0", 2), batch)], VIEW
    )
    yield reports.check.checked_report(Checked("net.yaml", (), judge(net)), VIEW)
    statistics = nntrace.statistics(trace)
    yield reports.stats.statistics_report(net, statistics, shown, {}, VIEW)
    labels = ["one", "<two>"] * 20
    measured = ladder(trace, labels, 0)
    found = neurons_named(net, net.layers[0].name)[:2]
    excited = [excitation(trace, each, measured.classes) for each in found]
    yield reports.ladder.ladder_report(trace.network, trace, "kind", measured, excited, VIEW)


@pytest.mark.parametrize("name", ["cat-or-dog", "digits", "xor"])
def test_every_report_says_as_html_what_it_says_on_a_terminal(name):
    for again, report in zip(told(name), told(name), strict=True):
        page = Page(html.draw(again))
        words = set(re.findall(WORD, " ".join(page.texts)))
        assert set(re.findall(WORD, render.text(report))) - words == set()


def test_a_report_with_everything_that_stands_in_another():
    cells = ["<a>", tell.Number(2.5), tell.Percent(0.5), tell.line("broken & mended")]
    table = tell.Table([tell.Column("<b>"), *[tell.Column("x", right=True)] * 3], [tell.Row(cells)])
    inner = tell.Stack([tell.line("<i>", emphasis="quiet"), tell.Indented([table])])
    pixels = np.eye(2)
    items = [
        tell.Side([inner, tell.Curve(nntrace.core.activations.find("relu"))]),
        tell.Tiles([tell.Stack([tell.Picture(pixels, pixels)])]),
        tell.Seen([tell.Section("<s>", "a & b", [], [tell.Meter(0.5, 10)], note="<n>")]),
        tell.Equation([("<W>", pixels), "@", ("x", pixels[0])]),
        tell.heard("never seen"),
        tell.Blank(),
    ]
    page = Page(html.draw(tell.Report(items, VIEW)))
    text = "".join(page.texts)
    for word in ("<a>", "<b>", "<i>", "<s>", "a & b", "<n>", "broken & mended", "+2.500"):
        assert word in text
    assert "50.00 %" in text
    assert "never seen" not in text
    assert page.tags <= {"div", "p", "b", "span", "pre", "table", "caption", "tr", "th", "td"}


@pytest.mark.parametrize("all_of_it", [False, True])
@pytest.mark.parametrize("name", ["pixels", "abc", "steps"])
def test_a_row_of_layers_of_several_kinds_as_html(name, all_of_it):
    net = nntrace.load(Path(__file__).parent / "nets" / f"{name}.yaml")
    given = "ab <" if net.input.text else np.ones(net.input.size)
    view = View(width=None if all_of_it else 80)
    shown = {layer.name for layer in net.layers}
    batch = TracedBatch(nntrace.forward(net, given))
    page = Page(html.draw(reports.run.row_report(batch, 0, shown, view)))
    assert {layer.name for layer in net.layers} <= {text.split(" ")[0] for text in page.texts}
    assert bool({"0.0", "0.0.0"} & {*page.texts}) == all_of_it
