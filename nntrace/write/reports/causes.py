"""What explains a difference, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nntrace.errors import plural
from nntrace.words import cropped
from nntrace.write import report as tell

if TYPE_CHECKING:
    from nntrace.analysis.causes.cause import Cause
    from nntrace.analysis.diff.written import Written

MOST_WRITTEN = 6  # layers that stand in for a cause


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


def unexplained(written: Sequence[Written], shortens: bool) -> Iterator[tell.Item]:
    """Tell that nothing explains a difference, and which layers are written otherwise."""
    told = "no one change explains it"
    told += f"; {plural(len(written), 'layer')} in a and b are not the same:" * bool(written)
    yield tell.Indented([tell.line(told, told[0].upper() + told[1:])])
    most = MOST_WRITTEN if shortens else len(written)
    lines = [f"{cropped(each.layer)}: {', '.join(each.differs)}" for each in written[:most]]
    if len(written) > most:
        lines.append(f"and {len(written) - most} more")
    for words in lines:
        yield tell.Indented([tell.Indented([tell.line(words, words, "quiet")])])
