"""Questions as a package of Anki: a note each, whose card shows the options, then the reasons."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from nntrace.errors import UsageError
from nntrace.teach.export.html import general, html
from nntrace.teach.export.zipped import zipped
from nntrace.teach.markdown import one_line
from nntrace.teach.question import Question

if TYPE_CHECKING:
    from genanki import Model

FIELDS = ("Question", "Options", "Answer", "Why", "Others", "Hints", "Id")
_MODEL = 1_607_392_319  # an id of our own, the same in every package: Anki knows the notes by it
_FRONT = "<div>{{Question}}</div>{{#Options}}<div>{{Options}}</div>{{/Options}}"
_BACK = (
    "{{FrontSide}}<hr id=answer><div><b>{{Answer}}</b></div><div>{{Why}}</div>"
    "{{#Others}}<hr><div>{{Others}}</div>{{/Others}}{{#Hints}}<hr><div>{{Hints}}</div>{{/Hints}}"
)
_STYLE = """\
.card { font-family: sans-serif; font-size: 18px; text-align: left; max-width: 40em; margin: auto; }
code { font-family: monospace; }
"""


def anki(questions: Sequence[Question], title: str, made: datetime) -> bytes:
    """Return an Anki package: the questions as a deck that has the title, made at a time.

    A question is known by the title and its id: who imports a later package of the same bank has
    no note twice, and those of a later time take the place of the earlier. Raises UsageError
    without the package genanki.
    """
    try:
        import genanki
    except ImportError:
        raise UsageError(
            "Anki's packages need the anki extra: pip install 'nntrace[anki]'"
        ) from None

    deck = genanki.Deck(_number(title), one_line(title).replace("::", ":") or "nntrace")
    model = _model()
    for question in questions:
        guid = genanki.guid_for(title, question.id)
        deck.add_note(genanki.Note(model=model, fields=_fields(question), guid=guid))
    stream = io.BytesIO()
    genanki.Package(deck).write_to_file(stream, timestamp=made.timestamp())
    with zipfile.ZipFile(stream) as package:  # once more, without the time at which it was zipped
        return zipped({name: package.read(name) for name in package.namelist()})


def _model() -> Model:
    import genanki

    return genanki.Model(
        _MODEL,
        "nntrace question",
        fields=[{"name": name} for name in FIELDS],
        templates=[{"name": "Card 1", "qfmt": _FRONT, "afmt": _BACK}],
        css=_STYLE,
    )


def _number(title: str) -> int:
    """Return a number that stands for a title: Anki knows decks by numbers."""
    return 1 << 30 | int.from_bytes(sha256(title.encode("utf-8", "replace")).digest()[:4]) >> 2


def _fields(question: Question) -> list[str]:
    """Return what a note holds, in the order of FIELDS."""
    lettered = [
        f"<p>{_label(question, index)}{html(option.text)}</p>"
        for index, option in enumerate(question.options)
        if not question.typed
    ]
    right = question.right
    others = [
        f"<p>{_label(question, index)}{html(option.text)}<br>{html(option.why)}</p>"
        for index, option in enumerate(question.options)
        if index != right
    ]
    return [
        html(question.asks),
        "".join(lettered),
        _label(question, right) + html(question.answer.text),
        html(question.answer.why),
        "".join(others),
        general(question),
        one_line(question.id),
    ]


def _label(question: Question, index: int) -> str:
    letter = question.label(index)
    return letter and f"<b>{letter}.</b> "
