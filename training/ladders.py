"""Write the rows on which the lesson's ladders in text are measured into configs/.

apt download bible-kjv-text
python training/ladders.py bible-kjv-text_4.38_all.deb            # half a minute
python training/ladders.py bible-kjv-text_4.38_all.deb --check    # compare

`NET-ladder.csv` has rows that the net has never seen, to test a probe on; `NET-practice.csv` has
rows that the net was trained on, for a probe to learn from.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

import files
import languages
import letters

SEED = 0

# --- words --------------------------------------------------------------------------------

WORDS, PRACTICE_WORDS = 140, 2000  # of each language, and of all
ENDINGS = 9  # the commonest endings of two letters are told apart, the others not


def words() -> dict[str, bytes]:
    """Words with their language, their last letter, and their ending."""
    seen, held_out = languages.words()
    labelled = languages.labelled(held_out)
    own = [[each for each in labelled if each[1] == name] for name in languages.LANGUAGES]
    tested = [each for some in own for each in some[:WORDS]]
    random.Random(SEED).shuffle(seen)
    practised = seen[:PRACTICE_WORDS]
    found = Counter(languages.fold(word)[-2:] for word, _ in practised)
    endings = {ending for ending, _ in found.most_common(ENDINGS)}
    lasts = {languages.fold(word)[-1] for word, _ in tested}

    def rows(some: languages.Words) -> bytes:
        lines = [("text", "language", "last", "ending")]
        for word, language in some:
            end = languages.fold(word)[-2:]
            if end[-1] in lasts:  # else it could not be tested
                lines.append((word, language, end[-1], end if end in endings else "other"))
        return files.csv(lines)

    return {"languages-ladder.csv": rows(tested), "languages-practice.csv": rows(practised)}


# --- text ---------------------------------------------------------------------------------

LENGTH = 16  # letters of a piece
PIECES, PRACTICE_PIECES = 600, 2000
LONGEST = 6  # letters since a word began, from which on they are not counted
NEW = 929  # chapters before the New Testament


Line = tuple[str, ...]
COLUMNS = ("text", "letter", "before", "since", "ends", "next", "testament")


def pieces(
    chapters: list[tuple[int, str]], count: int, draw: random.Random, known: list[set[str]]
) -> list[Line]:
    """Pieces of text that begin with a word and end in one, half of them of either testament.

    Where something is `known` of each column, all that is told is among it.
    """
    lines: list[Line] = []
    own = {"old": [text for number, text in chapters if number < NEW]}
    own["new"] = [text for number, text in chapters if number >= NEW]
    while len(lines) < count:
        testament = ("old", "new")[len(lines) % 2]
        text = draw.choice(own[testament])
        start = draw.randrange(len(text) - LENGTH - 1)
        piece, after = text[start : start + LENGTH], text[start + LENGTH]
        if piece[0] == " " or piece[-1] == " " or (start and text[start - 1] != " "):
            continue
        since = min(len(piece.rsplit(" ", 1)[-1]), LONGEST)
        told = (piece[-1], piece[-2], str(since), "yes" if after == " " else "no", after, testament)
        cells = [each.replace(" ", "_") for each in told]
        if not known or all(cell in values for cell, values in zip(cells, known, strict=True)):
            lines.append((piece, *cells))
    return lines


def texts(package: Path) -> dict[str, bytes]:
    """Pieces of text with what may be read off them, and what cannot."""
    data = letters.member(package.read_bytes(), "./usr/lib/bible.data")
    every = list(enumerate(letters.chapters(letters.unpacked(data))))
    draw = random.Random(SEED)
    held_out, seen = every[10::20], [each for each in every if each[0] % 20 != 10]
    practised = pieces(seen, PRACTICE_PIECES, draw, [])
    known = [set(column) for column in list(zip(*practised, strict=True))[1:]]
    tested = pieces(held_out, PIECES, draw, known)
    return {
        "letters-ladder.csv": files.csv([COLUMNS, *tested]),
        "letters-practice.csv": files.csv([COLUMNS, *practised]),
    }


def main() -> int:
    """Write the files, or compare them. Returns the exit code."""
    package, checking = files.arguments("Write the rows of the lesson's ladders.", "package")
    made = words() | texts(package)
    if checking:
        return 0 if files.check(made) else 1
    files.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
