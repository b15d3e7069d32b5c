"""A report as HTML, for a page or a notebook, in the colours of the page.

All of it is there, since a page may be as wide as it likes. What is drawn stands in characters,
and nothing is fetched or run.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from nntrace.errors import printable
from nntrace.write import report as tell
from nntrace.write.view import View, number, percent

BESIDE = "display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start"
NUMBER = "text-align:right;font-family:monospace"
DRAWN = "text-align:left;white-space:pre;font-family:monospace"
QUIET = "opacity:.7"


def draw(report: tell.Report) -> str:
    """Write a report."""
    return f"<div>{_items(report.items, report.view)}</div>"


def _items(items: Iterable[tell.Item], view: View) -> str:
    return "".join(_item(item, view) for item in items)


def _item(item: tell.Item, view: View) -> str:
    match item:
        case tell.Line():
            words = (item.gap or "").join(filter(None, map(_words, item.words)))
            return f"<p>{_emphasised(words, item.emphasis)}</p>" if words else ""
        case tell.Blank() | tell.LeftOut():
            return ""
        case tell.Table():
            return _table(item, "", view) + _items(item.explained, view)
        case tell.Section(items=[tell.Table() as table, *others]):
            return (
                f"<div>{_table(table, _title(item), view)}{_items(table.explained, view)}"
                f"{_items(others, view)}{_note(item)}</div>"
            )
        case tell.Section():
            return f"<div><p>{_title(item)}</p>{_items(item.items, view)}{_note(item)}</div>"
        case tell.Sections(items) | tell.Flow(items) | tell.Side(items) | tell.Tiles(items):
            return f'<div style="{BESIDE}">{_items(items, view)}</div>'
        case tell.Stack() | tell.Indented() | tell.Seen():
            return f"<div>{_items(item.items, view)}</div>"
    return _drawn(item, view)


def _drawn(item: tell.Item, view: View) -> str:
    """Draw a picture, a formula or rows that come in columns as on a terminal without colours."""
    from nntrace.write.render.terminal import draw as draw_text

    text = "".join(draw_text(tell.Report([item], view._replace(width=None, colours=None))))
    return f"<pre>{escape(text)}</pre>"


# ---- words ----


def _title(section: tell.Section) -> str:
    about = f" · {escape(printable(section.about))}" if section.about else ""
    return f"{escape(printable(section.name))}{about}"


def _note(section: tell.Section) -> str:
    return f"<p>{_emphasised(escape(printable(section.note)), 'quiet')}</p>" * bool(section.note)


def _words(words: tell.Words) -> str:
    return _emphasised(escape(printable(words.seen)), words.emphasis)


def _emphasised(markup: str, emphasis: tell.Emphasis) -> str:
    if emphasis == "quiet":
        return f'<span style="{QUIET}">{markup}</span>'
    return f"<b>{markup}</b>" if emphasis else markup


# ---- tables ----


def _table(table: tell.Table, caption: str, view: View) -> str:
    """Write a table with a heading a column; what is drawn at the end of a row has its own."""
    heads = "".join(f"<th>{escape(printable(each.title))}</th>" for each in table.columns)
    if any(row.bar for row in table.rows):
        title = table.bars.title(table.bars.most)
        heads += f'<th style="{DRAWN}">{escape(printable(title))}</th>'
    rows = "".join(_row(row, table, view) for row in table.rows)
    caption = f"<caption>{caption}</caption>" * bool(caption)
    return f"<table>{caption}<tr>{heads}</tr>{rows}</table>"


def _row(row: tell.Row, table: tell.Table, view: View) -> str:
    name, *others = (_emphasised(_cell(cell, view), row.emphasis) for cell in row.cells)
    if not others and len(table.columns) > 1:  # what stands alone says something of the rows
        return f'<tr><td colspan="{len(table.columns)}">{name}</td></tr>'
    cells = [f'<th style="text-align:left">{name}{escape(row.mark)}</th>']
    for column, cell in zip(table.columns[1:], others, strict=False):
        cells.append(f'<td style="{NUMBER}">{cell}</td>' if column.right else f"<td>{cell}</td>")
    return f"<tr>{''.join(cells)}{_bar(row, table, view)}</tr>"


def _bar(row: tell.Row, table: tell.Table, view: View) -> str:
    if row.bar is None:
        return ""
    return f'<td style="{DRAWN}">{_drawn_bar(row.bar, table.bars.most, view)}</td>'


def _drawn_bar(drawing: tell.Drawing, width: int, view: View) -> str:
    from nntrace.write.render.bars import draw as draw_bar

    return escape(draw_bar(drawing, width, view).plain)


def _cell(cell: tell.Cell, view: View) -> str:
    match cell:
        case str():
            return escape(printable(cell))
        case tell.Words():
            return _words(cell)
        case tell.Number():
            return number(cell.value, view, cell.signed)
        case tell.Percent():
            return escape(percent(cell.share, view))
        case tell.Line() | tell.Stack():
            return _item(cell, view)
        case tell.Bar():
            return _drawn_bar(cell, tell.Stretch().most, view)
