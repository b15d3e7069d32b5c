"""Shares that have a shape: the largest of each unit, and what tokens attend to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nntrace.core.activation import Across
from nntrace.core.arrays import Array
from nntrace.core.forward import LayerTrace, Trace
from nntrace.core.layer import Layer
from nntrace.write import report as tell
from nntrace.write.listed import gapped
from nntrace.write.reports.places import TOKEN, axis_words
from nntrace.write.shaped import (
    Axis,
    Told,
    axis_of,
    drawable,
    elided_numbers,
    names_of_pictures,
    pictures,
)
from nntrace.write.view import AROUND, View, percent_said

LARGEST_SHARES = 3


def is_attention(layer: Layer) -> bool:
    """Whether its numbers are the shares that tokens have in each other."""
    of_tokens = [word for word in axis_words(layer) if word.endswith(TOKEN)]
    return len(of_tokens) == 2 and layer.activation.kind.across is Across.SHARES


def whole(traced: LayerTrace, trace: Trace, view: View) -> Sequence[tell.Item]:
    """Draw a layer whose numbers are all told in a table besides."""
    if is_attention(traced.layer):
        return attention(traced, trace, view).below
    values = drawable(traced.a[0].reshape(traced.layer.shape))
    return pictures(values, names_of_pictures(traced.layer), view)


def largest_shares(
    shares: Array, units: Axis, of: Sequence[tell.Words], titles: tuple[str, str], view: View
) -> tell.Table:
    """Tell of each unit which its largest shares are; `of` names what these are shares of."""
    count = min(LARGEST_SHARES, len(of))
    columns = [tell.Column(units.word)]
    for place in range(count):
        title = titles[place > 0]
        columns += [tell.Column(title, spare=place), tell.Column("share", True, spare=place)]
    rows_shown = [*range(len(shares))]
    if not view.holds(len(shares)):  # the last tokens are those that tell most
        rows_shown = rows_shown[-max(1, view.height - AROUND) :]

    def row(k: int) -> tell.Row:
        order = np.argsort(-np.nan_to_num(shares[k], nan=-1.0), kind="stable")[:count].tolist()
        cells: list[tell.Cell] = [units.names[k]]
        for place, index in enumerate(order):
            cells += [
                of[index]._replace(emphasis="" if place else "strong"),
                tell.Percent(float(shares[k, index])),
            ]
        facts = ", ".join(
            f"{of[i].spoken} {percent_said(float(shares[k, i]), view)}" for i in order
        )
        bar = tell.Bar(float(shares[k, order[0]]), tell.SHARES)
        return tell.Row(cells, bar, heard=f"{units.names[k].spoken}: {facts}")

    return tell.Table(columns, gapped(rows_shown, len(shares), row))


def attention(traced: LayerTrace, trace: Trace, view: View) -> Told:
    """Tell what the last token attends to in each head, and draw who attends to whom."""
    heads, queries, keys = traced.layer.shape
    shares = traced.a[0].reshape(traced.layer.shape).astype(np.float64)
    asking, asked = (axis_of(trace, "token", count).names for count in (queries, keys))
    units = axis_of(trace, "head", heads)
    of = [each._replace(heard=within(each.spoken)) for each in asked]
    table = largest_shares(shares[:, -1], units, of, ("most", "then"), view)
    last = asking[-1]
    aloud = f"What the last token, {within(last.spoken)}, attends to:"
    above = tell.line(f"The last token, {last.seen}, attends to:", aloud, "quiet")
    if queries != keys:
        return Told(table, (), elided_numbers(True), [above])
    most = keys
    if view.inside.width is not None:
        most = max(1, min(keys, view.inside.width // 2 - 1))
    if view.shortens:
        most = min(most, max(1, view.height - AROUND))
    marks = axis_of(trace, "token", keys).marks or [str(k % 10) for k in range(keys)]
    largest = shares.max(axis=2, keepdims=True)  # of tokens, each has a share of one in many
    drawn = drawable(shares / np.where(largest > 0, largest, 1.0))[:, -most:, -most:]
    drawings = pictures(drawn, [f"head {k}" for k in range(heads)], view, marks[-most:])
    words = ["rows attend to columns; the brightest is the largest share of its row"]
    words += [f"the last {most} of {keys} tokens"] * (most < keys)
    told = tell.seen("; ".join(words), "quiet")
    return Told(table, [*drawings, told], elided_numbers(True), [above])


def attention_in_brief(
    layers: Sequence[LayerTrace], trace: Trace, view: View
) -> list[tell.Section]:
    """Tell what the last token attends to in each head of several layers, in a line each."""
    keys = [traced for traced in layers if traced.layer.shape[2] == trace.network.input.size]
    if not keys:
        return []
    names, shares = [], []
    for traced in keys:
        called = traced.name
        values = traced.a[0].reshape(traced.layer.shape).astype(np.float64)
        for head in range(len(values)):
            seen = called if not head else " " * len(called)
            names.append(tell.Words(f"{seen} {head}", f"Layer {called}, head {head}"))
            shares.append(values[head, -1])
    tokens = axis_of(trace, "token", trace.network.input.size).names
    of = [each._replace(heard=within(each.spoken)) for each in tokens]
    table = largest_shares(np.array(shares), Axis("layer, head", names), of, ("most", "then"), view)
    about = f"what the last token, {tokens[-1].seen}, attends to"
    heard = f"What the last token, {within(tokens[-1].spoken)}, attends to"
    hint = "-l NAME draws who attends to whom"
    return [tell.Section("attention", about, [f"{heard}; {hint}"], [table], hint)]


def within(name: str) -> str:
    """Return what a unit is called within a sentence."""
    return f"{name[:1].lower()}{name[1:]}".replace(", ", " ")
