"""The columns of a summary of some numbers, and what stands in them."""

from __future__ import annotations

from nntrace.analysis.summary import Summary
from nntrace.write import report as tell


def summary_columns(mark: str = "", *, of_all: str = "", of_one: str = "") -> list[tell.Column]:
    """Return the columns: `mark` stands behind their titles, the others say of what they are."""
    columns = [
        ("min", 1, f"Smallest{of_one}"),
        ("mean", 2, f"Mean{of_all}"),
        ("max", 1, f"Largest{of_one}"),
        ("std", 3, f"Standard deviation{of_all}"),
    ]
    return [
        tell.Column(f"{title} {mark}".rstrip(), True, spare=spare, heard=f"{said}: {{}}")
        for title, spare, said in columns
    ]


def summary_cells(summary: Summary) -> list[tell.Cell]:
    """Return what stands in them."""
    numbers = [tell.Number(each) for each in (summary.min, summary.mean, summary.max)]
    return [*numbers, tell.Number(summary.std, signed=False)]
