"""A file of arrays: a line for each."""

from __future__ import annotations

from nntrace.analysis.tensors import Listing, Tensor
from nntrace.errors import plural
from nntrace.write import report as tell
from nntrace.write.listed import more
from nntrace.write.reports.net import shape_said, shape_seen
from nntrace.write.reports.summary import summary_cells, summary_columns
from nntrace.write.view import ANY_WIDTH, View

MOST = 16  # arrays, on a terminal that does not hold all

_COLUMNS = [
    tell.Column("tensor"),
    tell.Column("shape", True, heard="Shape: {}"),
    tell.Column("type", heard="Type of numbers: {}"),
    tell.Column("numbers", True, heard="Numbers: {}"),
    *summary_columns(),
]
_ODD = tell.Column("not finite", True, heard="Not finite: {}")


def listed_report(listing: Listing, view: View) -> tell.Report:
    """Tell what a file is, a line for each of its arrays, and what cannot be read of it."""
    count = plural(len(listing.tensors), "tensor")
    numbers = f"{listing.numbers:,}"
    name = tell.Words(listing.file, f"File: {listing.file}", "strong")
    items: list[tell.Item] = [
        tell.Line([name, tell.Words(f" · {listing.kind}", "", "quiet")]),
        tell.heard(f"Kind: {listing.kind}"),
        tell.Blank(),
    ]
    whole = view.accessible or view.holds(len(listing.tensors) + 4)
    shown = listing.tensors if whole else listing.tensors[:MOST]
    rows = [_row(tensor) for tensor in shown]
    if left := len(listing.tensors) - len(shown):
        rows.append(more(left, ", --all shows all"))
    total = f"{count}, {listing.numbers} numbers"
    rows.append(tell.Row([count, "", "", numbers], emphasis="strong", heard=total))
    odd = any(tensor.not_finite for tensor in listing.tensors)
    columns = [*_COLUMNS, *([_ODD] if odd else [])]
    items += [tell.Table(columns, rows, brief=ANY_WIDTH), tell.LeftOut("; --all shows them")]
    faults = [tensor for tensor in listing.tensors if tensor.fault]
    if faults:
        items.append(tell.Blank())
    return tell.Report([*items, *map(_fault, faults)], view)


def _row(tensor: Tensor) -> tell.Row:
    shape = "" if tensor.shape is None else shape_seen(tensor.shape) or "one number"
    said = "" if tensor.shape is None else shape_said(tensor.shape) or "one number"
    cells: list[tell.Cell] = [
        tell.Words(tensor.name or "(no name)", emphasis="strong"),
        tell.Words(shape, said),
        tensor.dtype or "",
        tell.Words(f"{tensor.numbers:,}", str(tensor.numbers)),
    ]
    cells += summary_cells(tensor.summary) if tensor.summary else [""] * len(summary_columns())
    if tensor.not_finite:
        cells.append(tell.Words(f"{tensor.not_finite:,}", str(tensor.not_finite)))
    return tell.Row(cells)


def _fault(tensor: Tensor) -> tell.Line:
    return tell.line(f"{tensor.fault}", None, "quiet")
