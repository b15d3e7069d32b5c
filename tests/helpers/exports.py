"""What is to be seen of texts that were exported."""

from __future__ import annotations

import re

from nntrace.errors import printable


def as_told(text: str) -> str:
    """What is to be seen of a text: its lines and paragraphs, control characters printable."""
    lines = (printable(line.replace("\t", " ")).strip() for line in text.split("\n"))
    return re.sub("\n{3,}", "\n\n", "\n".join(lines).strip("\n"))
