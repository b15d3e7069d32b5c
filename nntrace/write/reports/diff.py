"""Where two nets part: the layers around the parting, its worst number, and what explains it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from nntrace.analysis.diff.written import written_otherwise
from nntrace.errors import listed, plural
from nntrace.words import LONGEST_NAME, capital, class_name, cropped
from nntrace.write import report as tell
from nntrace.write.listed import more
from nntrace.write.reports.causes import causes_told, unexplained
from nntrace.write.view import View, number, said

if TYPE_CHECKING:
    from nntrace.analysis.causes.cause import Cause
    from nntrace.analysis.diff.difference import Compared, Difference
    from nntrace.analysis.diff.terms import SideBySide, Worked
    from nntrace.core.recorded import Place

AROUND = 2  # places in full before the parting, and behind it
MOST_TERMS = 8
MOST_FLIPS = 8
MOST_ALONE = 8
WIDEST = 120


def diff_report(
    found: Difference,
    apart: SideBySide | None,
    causes: Sequence[Cause],
    given: str,
    view: View,
) -> tell.Report:
    """Tell what came of comparing two: the answer, the table, the worst number, and what explains
    it. `apart` is that number in both, `given` says which rows both were given."""
    view = view.at_most(WIDEST)
    items = [*_headed(found, given), *_answer(found, causes, view), tell.Blank(heard=False)]
    items.append(_table(found, view))
    items += _notes(found, view)
    if apart is not None:
        items += [tell.Blank(heard=False), _worst(found, apart, view)]
    return tell.Report(items, view)


# ---- the answer ----


def _headed(found: Difference, given: str) -> Iterator[tell.Item]:
    a, b = found.a.name, found.b.name
    types = (
        found.a.dtype if found.a.dtype == found.b.dtype else f"{found.a.dtype} | {found.b.dtype}"
    )
    rows = plural(found.rows, "row")
    about = [given if given.startswith(rows.split()[0] + " ") else f"{rows}, {given}"]
    atol, rtol = found.tolerances
    about.append(f"|a − b| ≤ {atol:g} + {rtol:g}·|b|")
    yield tell.Line(
        [
            tell.Words(f"a: {a}", f"A: {a}", "strong"),
            tell.Words(f"b: {b}", f"B: {b}", "strong"),
            tell.Words(types, f"Types of numbers: {types.replace(' | ', ' and ')}", "quiet"),
        ],
        gap=" · ",
    )
    yield tell.Line(
        [
            tell.Words(about[0], f"Rows: {about[0]}", "quiet"),
            tell.Words(
                about[1],
                f"Numbers agree that are no further apart than {atol:g} plus {rtol:g} times b",
                "quiet",
            ),
        ],
        gap=" · ",
    )


def _answer(found: Difference, causes: Sequence[Cause], view: View) -> Iterator[tell.Item]:
    """Say whether the two agree, where they part first, and what explains it."""
    yield tell.Blank(heard=False)
    overflow = found.infinite
    if overflow is not None and overflow.tally.infinite is not None:
        spot = overflow.tally.infinite
        name = found.name(overflow.pair.a, spot)
        told = f"{name} {overflow.pair.a.quantity} is the first that is not finite in b"
        words = f"{told}: {spot.a:g} in a, {spot.b:g} in b (row {spot.row})"
        yield tell.line(words, f"Overflow: {words}", "strong")
    told = answer_words(found)
    mark = "✓" if found.agree else "✗"
    yield tell.line(f"{mark} {told}", f"Answer: {told}", "strong")
    yield from causes_told(causes)
    if found.first is not None and not causes:
        yield from unexplained(written_otherwise(found), view.shortens)


def answer_words(found: Difference) -> str:
    """Say whether the two agree, or where they part first."""
    first = found.first
    if first is not None and first.worst is not None:
        name, spot = found.name(first.pair.a, first.worst), first.worst
        place = f"{first.pair.a.layer}'s {first.pair.a.quantity}"
        return f"they part at {place}: {name} is {spot.a:.7g} and {spot.b:.7g} (row {spot.row})"
    if lost := found.lost_output:
        lacks = found.b.name if lost in found.alone_a else found.a.name
        return f"{lost.layer}, an output, has no partner in {lacks}"
    if not found.compared:
        return "nothing was compared"
    return f"they agree in {plural(len(found.compared), 'place')}"


# ---- the table ----


def _table(found: Difference, view: View) -> tell.Table:
    columns = [
        tell.Column("layer"),
        tell.Column("", heard="{}"),
        tell.Column("max |a − b|", True, heard="largest difference {}"),
        tell.Column("max rel.", True, spare=2, heard="relative {}"),
        tell.Column("cosine", True, spare=3, heard="cosine {}"),
        tell.Column("at", spare=1, heard="at {}", short="cut"),
    ]
    others = any(each.pair.a.layer != each.pair.b.layer for each in found.compared)
    if others:
        columns.insert(2, tell.Column("in b", heard="in b {}", short="cut"))
    everything = not view.shortens or _few(found)
    shown = range(len(found.compared)) if everything else _telling(found)
    rows: list[tell.Row] = []
    for key, run in groupby(range(len(found.compared)), shown.__contains__):
        places = [found.compared[place] for place in run]
        rows += _rows(found, places, others) if key else [_in_a_line(places)]
    return tell.Table(columns, rows)


def _telling(found: Difference) -> range:
    """Return the places around the parting; where nothing parts, those of the layer that is
    furthest apart."""
    places = found.compared
    if found.first is not None:
        at = places.index(found.first)
        return range(max(0, at - AROUND), min(at + AROUND + 1, len(places)))
    furthest = max(places, key=lambda each: each.tally.max_abs).pair.a.layer
    own = [at for at, each in enumerate(places) if each.pair.a.layer == furthest]
    return range(own[0], own[-1] + 1)


def _few(found: Difference) -> bool:
    """Whether all of it is no more than what would stand around a parting."""
    return len(found.compared) <= 2 * AROUND + 1


def _in_a_line(places: Sequence[Compared]) -> tell.Row:
    """Make a row of what is left out: `⋮ 12 layers agree`."""
    parting = len({each.pair.a.layer for each in places if not each.agree})
    count = len({each.pair.a.layer for each in places})
    each_does = "s" * (count == 1)
    words = f"{plural(count, 'layer')} {'part' if parting else 'agree'}{each_does}"
    if 0 < parting < count:
        words = f"{plural(count, 'layer')}, of which {parting} part"
    return tell.Row([tell.Words(f"⋮ {words}", None, "quiet")], heard=words)


def _rows(found: Difference, places: Sequence[Compared], others: bool) -> Iterator[tell.Row]:
    """Make a row of each place, one of z and a together where a is z."""
    for at, each in enumerate(places):
        before = places[at - 1] if at else None
        after = places[at + 1] if at + 1 < len(places) else None
        if not (before and _same(before, each)):
            yield _row(found, each, others, "z, a" if after and _same(each, after) else "")


def _same(one: Compared, two: Compared) -> bool:
    return one.tally is two.tally


def _row(found: Difference, each: Compared, others: bool, quantity: str) -> tell.Row:
    tally, spot = each.tally, each.worst
    mark = "✓" if each.agree else "✗"
    quantity = quantity or each.pair.a.quantity
    name = _short(each.pair.a.layer)
    where = ""
    if spot is not None and tally.max_abs:
        number = found.name(each.pair.a, spot).removeprefix(f"{each.pair.a.layer}.")
        where = f"{number}, row {spot.row}"
    cells: list[tell.Cell] = [
        tell.Words(f"{mark} {name}", f"{name} {quantity}"),
        tell.Words(quantity, ""),
        *[_partner(each)] * others,
        f"{tally.max_abs:.2e}" if tally.max_abs else "0",
        "" if tally.max_rel is None else f"{tally.max_rel:.1e}" if tally.max_rel else "0",
        "" if tally.cosine is None else _cosine(tally.cosine),
        where,
    ]
    told = "they agree" if each.agree else "they part"
    return tell.Row(cells, emphasis="" if each.agree else "strong", heard_too=told)


def _short(name: str) -> str:
    """Return a name, or the end of a long one: there those of tensors differ."""
    return name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"


def _cosine(cosine: float) -> str:
    """Write a cosine; 1 only where it is."""
    written = f"{cosine:.6f}"
    return "<1" if written == "1.000000" and cosine < 1 - 1e-15 else written


def _partner(each: Compared) -> tell.Words:
    a, b = each.pair.a, each.pair.b
    if a == b:
        return tell.Words("", "")
    name = _short(b.layer) if a.quantity == b.quantity else f"{_short(b.layer)} {b.quantity}"
    return tell.Words(f"{name} (by {each.pair.matched})", f"{name}, found by {each.pair.matched}")


def _notes(found: Difference, view: View) -> Iterator[tell.Item]:
    """Tell what has no partner, and the rows for which the two predict other classes."""
    for other, places in (("b", found.alone_a), ("a", found.alone_b)):
        if alone := _by_layer(places):
            most = MOST_ALONE if view.shortens else len(alone)
            names = alone[:most]
            more = [f"{len(alone) - most} more"] if len(alone) > most else []
            words = f"without a partner in {other}: {listed([*map(cropped, names), *more])}"
            yield tell.line(words, capital(words), "quiet")
    if found.predictions is None:
        return
    flips, count = found.predictions.flips, plural(found.predictions.rows, "row")
    if not flips:
        words = f"the same prediction in {count}"
        yield tell.line(words, capital(words), "quiet")
        return
    most = MOST_FLIPS if view.shortens else len(flips)
    told = [
        f"row {flip.row} {class_name(flip.a.index, flip.a.label)} → "
        f"{class_name(flip.b.index, flip.b.label)}"
        for flip in flips[:most]
    ]
    more = [f"{len(flips) - most} more"] if len(flips) > most else []
    words = f"another prediction in {len(flips)} of {count}: {', '.join([*told, *more])}"
    yield tell.line(words, capital(words).replace("→", "becomes"), "strong")


def _by_layer(places: Sequence[Place]) -> list[str]:
    """Name layers, or the one quantity of a layer that is among some places."""
    layers = [place.layer for place in places]
    names = (p.layer if layers.count(p.layer) > 1 else ".".join(p) for p in places)
    return list(dict.fromkeys(names))


# ---- the worst number ----


def _worst(found: Difference, apart: SideBySide, view: View) -> tell.Section:
    """Tell the number at which the two part, with its terms side by side."""
    about = [apart.place.quantity, f"row {apart.row}"]
    if apart.token is not None:
        about.append(f"token '{apart.token}'")
    items: list[tell.Item] = []
    if any(pair.apart for pair in apart.terms) or apart.a.bias != apart.b.bias:
        items += [_terms(apart, view), tell.Blank(heard=False)]
    items.append(_values(apart, view))
    heard = f"Where they part: {apart.name}, {', '.join(about)}"
    return tell.Section(apart.name, " · ".join(about), [heard], items)


def _terms(apart: SideBySide, view: View) -> tell.Table:
    columns = [
        tell.Column("term", heard="{}"),
        tell.Column("a: weight × value", True, heard="in a {}"),
        tell.Column("b: weight × value", True, heard="in b {}"),
        tell.Column("apart", True, heard="apart {}", spare=1),
    ]
    most = min(len(apart.terms), MOST_TERMS) if view.shortens else len(apart.terms)
    rows = [
        tell.Row(
            [
                pair.source,
                _product(pair.a, view),
                _product(pair.b, view),
                tell.Number(pair.apart, signed=False),
            ],
            emphasis="" if pair.apart else "quiet",
        )
        for pair in apart.terms[:most]
    ]
    if left := len(apart.terms) - most:
        rows.append(more(left))
    one, two = apart.a.bias, apart.b.bias
    if one or two:
        off = abs((one or 0.0) - (two or 0.0))
        cells: list[tell.Cell] = [
            "bias",
            _maybe(one, view),
            _maybe(two, view),
            tell.Number(off, False),
        ]
        rows.append(tell.Row(cells))
    return tell.Table(columns, rows)


def _product(term: tuple[float, float] | None, view: View) -> tell.Words:
    if term is None:
        return tell.Words("—", "nothing")
    weight, value = (number(each, view) for each in term)
    spoken = " times ".join(said(each, view) for each in term)
    return tell.Words(f"{weight} × {value}", spoken)


def _maybe(value: float | None, view: View) -> tell.Words:
    if value is None:
        return tell.Words("", "not known")
    return tell.Words(number(value, view), said(value, view))


def _values(apart: SideBySide, view: View) -> tell.Table:
    columns = [
        tell.Column(""),
        tell.Column("z", True, heard="z {}"),
        tell.Column("a", True, heard="a {}"),
        tell.Column("", heard="{}"),
    ]
    rows = [
        tell.Row([name, _maybe(each.z, view), _maybe(each.a, view), _made(each)])
        for name, each in (("a", apart.a), ("b", apart.b))
    ]
    return tell.Table(columns, rows)


def _made(each: Worked) -> str:
    return f"a = {each.formula}" if each.formula else ""
