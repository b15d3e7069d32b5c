"""What explains a difference, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nntrace.write import report as tell

if TYPE_CHECKING:
    from nntrace.analysis.causes.cause import Cause


def causes_told(causes: Sequence[Cause]) -> Iterator[tell.Item]:
    """Tell what explains a difference, never as sure where several do as much."""
    for words in causes_words(causes):
        yield tell.Indented([tell.line(words, words[0].upper() + words[1:])])


def causes_words(causes: Sequence[Cause]) -> Iterator[str]:
    """Say it, a line each."""
    for rank, cause in enumerate(causes):
        before = "or by" if rank else "explained by" if len(causes) == 1 else "may be explained by"
        where = f" in {cause.layer}" if cause.layer else ""
        leaves = f"leaves {cause.leaves:.2g}" if cause.leaves else "leaves nothing"
        yield f"{before} {cause.kind}{where}: {cause.detail} ({leaves})"
