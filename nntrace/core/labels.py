"""Names that were given, against the labels of a net's inputs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from nntrace.errors import listed, unknown
from nntrace.words import cropped

MOST_NAMED = 100


def strangers(names: Iterable[str], labels: Iterable[str] | None) -> list[str]:
    """Return the names that are no labels, in their order."""
    known = frozenset(labels or ())
    return [name for name in names if name not in known]


def misfit(others: Sequence[str], names: Collection[str], labels: Sequence[str]) -> str | None:
    """Say which names are no inputs, all at once, or which inputs lack; None where all is well.

    `others` are the names that are too many, `names` all that are there.
    """
    if len(others) == 1:
        return unknown("input", others[0], labels)
    if others:
        listing = listed([f"'{cropped(name)}'" for name in others[:MOST_NAMED]])
        more = f", and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
        known = ", ".join(map(cropped, labels[:30])) + (", …" if len(labels) > 30 else "")
        return f"unknown inputs {listing}{more}, known: {known}"
    lacking = strangers(labels, names)
    if lacking:
        listing = ", ".join(f"'{cropped(label)}'" for label in lacking[:8])
        return f"lacks {listing}" + (", …" if len(lacking) > 8 else "")
    return None
