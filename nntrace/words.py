"""Words of messages: names that are nearly another, and names that only look like one.

A proposal is a spelling of the same name: other capitals, blanks or underscores, or one typo. A
digit makes another name (`layer2` is no typo of `layer1`). The work is bounded by the lengths of
the names, and by how many are looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice

LONGEST_WORD = 512  # characters of a word in a message: no name of a file is as long
LONGEST_PATH = 4096
LONGEST_NAME = 40  # characters of a name that a message repeats
MOST_COMPARED = 2000  # of so many known names, typos are looked for
MOST_LISTED = 30
# a word, and what closes a quotation around it; compiled where a message is long
_LONG_WORD = rf"\S{{{LONGEST_WORD}}}\S*?([')\",;:.]*)(?!\S)"

# Letters of other scripts that look like Latin ones, by https://www.unicode.org/reports/tr39/
_ALIKE = dict(
    zip(
        map(ord, "аеорсухіјѕһԁԛԝАВЕКМНОРСТУХІЈЅαονρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧıⅼ"),
        "aeopcyxijshdqwABEKMHOPCTYXIJSaovptuxABEZHIKMNOPTYXil",
        strict=True,
    )
)


def class_name(index: int, label: str | None) -> str:
    """Call a class by its label, or by its index where it has none."""
    return label if label is not None else f"class {index}"


def capital(words: str) -> str:
    """Return words with a capital at the beginning, and the names in them as they are."""
    return words[:1].upper() + words[1:]


def cropped(name: str, most: int = LONGEST_NAME) -> str:
    """Return a name, or the start of one that is longer than `most` characters."""
    return name if len(name) <= most else name[: most - 1] + "…"


def in_brief(message: str) -> str:
    """Return a message with the start alone of each word that is longer than people read.

    The path of a file is left whole, as it may be copied.
    """
    if len(message) <= LONGEST_WORD:
        return message
    return re.sub(_LONG_WORD, _brief, message)


def _brief(match: re.Match[str]) -> str:
    word = match[0]
    if "/" in word and len(word) <= LONGEST_PATH:
        return word
    return word[: LONGEST_WORD - 1] + "…" + match[1]


def proposal(name: str, known: Iterable[str]) -> str:
    """Return what to say behind an unknown name: `, did you mean 'relu'?`, or which are known."""
    some = list(islice(known, MOST_COMPARED))
    near = nearest(name, some)
    if near:
        told = " or ".join(f"'{cropped(each)}'" for each in near)
        return f", did you mean {told}?{_difference(name, near[0])}"
    listing = ", ".join(map(cropped, some[:MOST_LISTED]))
    if (left := len(some) - MOST_LISTED) > 0:
        listing += f" and {left} more" if len(some) < MOST_COMPARED else ", …"
    return f", known: {listing}" if listing else ""


def nearest(name: str, known: Sequence[str]) -> list[str]:
    """Return the known names that a name is another spelling of, the three nearest at most."""
    if len(name) > 1000:
        return []
    squashed = _squashed(name)
    same = [each for each in known if len(each) < 2 * len(name) + 4 and _squashed(each) == squashed]
    if same or len(squashed) < 2:
        return same[:3]
    near = [each for each in known if _one_typo(squashed, each)]
    return near if len(near) <= 3 else []


def _squashed(name: str) -> str:
    """Return what is left of a name without capitals, blanks and look-alikes."""
    plain = name if name.isascii() else unicodedata.normalize("NFKC", name).translate(_ALIKE)
    return "".join(char for char in plain.casefold() if not (char in "_-" or char.isspace()))


def _one_typo(squashed: str, known: str) -> bool:
    """Whether one letter is left out, too many, another one, or has changed places."""
    if abs(len(squashed) - len(known)) > 4:
        return False
    other = _squashed(known)
    if max(len(squashed), len(other)) < 3:
        return False
    start = next((i for i, (a, b) in enumerate(zip(squashed, other, strict=False)) if a != b), None)
    start = min(len(squashed), len(other)) if start is None else start
    a, b = squashed[start:], other[start:]
    if any(char.isdigit() for char in a[:1] + b[:1]):
        return False
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _difference(name: str, meant: str) -> str:
    """Say how a name differs that looks the same: ` (U+0441 stands for U+0063)`."""
    if (name.isascii() and meant.isascii()) or name.casefold() == meant.casefold():
        return ""
    if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", meant):
        kind = "composed" if unicodedata.is_normalized("NFC", meant) else "decomposed"
        return f" (they look alike: its accents are {kind} characters there)"
    if len(name) == len(meant):
        for given, known in zip(name, meant, strict=True):
            if given != known and _squashed(given) == _squashed(known):
                return f" (they look alike: U+{ord(given):04X} for U+{ord(known):04X})"
    return ""
