"""The package of Anki, imported by Anki itself."""

from __future__ import annotations

import html
import re
import sys
import warnings
from datetime import UTC, datetime, timedelta

import pytest

from nntrace.errors import UsageError
from nntrace.teach.export.anki import FIELDS, anki
from nntrace.teach.files.bank import load_bank
from nntrace.teach.question import Option
from tests.teach.test_gift import CHOICE, NUMBER, Shown, as_told

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.fixture
def collection(tmp_path):
    """Give a collection of Anki's, with a function that imports a package into it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        from anki.collection import Collection
        from anki.import_export_pb2 import ImportAnkiPackageOptions, ImportAnkiPackageRequest

    held = Collection(str(tmp_path / "collection.anki2"))

    def load(package):
        path = tmp_path / "quiz.apkg"
        path.write_bytes(package)
        options = ImportAnkiPackageOptions()
        request = ImportAnkiPackageRequest(package_path=str(path), options=options)
        return held.import_anki_package(request).log

    yield held, load
    held.close()


def seen(card):
    """Return the text of a card, without its style."""
    text = re.sub(r"<style>.*?</style>", "", card, flags=re.DOTALL)
    return html.unescape(re.sub(r"</?code>", "`", re.sub(r"<(?!/?code)[^>]*>", "", text)))


def notes_of(held):
    notes = [held.get_note(each) for each in held.find_notes("")]
    return {note["Id"]: note for note in notes}


def test_anki_imports_the_bundled_questions(collection):
    held, load = collection
    asked = [question.shuffled(3) for question in load_bank().questions]
    log = load(anki(asked, "The fifteen questions", NOW))
    assert len(log.new) == 15
    assert "The fifteen questions" in {each.name for each in held.decks.all_names_and_ids()}
    notes = notes_of(held)
    assert list(next(iter(notes.values())).keys()) == list(FIELDS)
    for question in asked:
        note = notes[question.id]
        assert Shown(note["Question"]).text == as_told(question.asks)
        (card,) = note.cards()
        front, back = card.question(), card.answer()
        for index, option in enumerate(question.options):
            assert f"<b>{'abcd'[index]}.</b> " in front
            assert as_told(option.why) not in seen(front)
            assert as_told(option.why) in seen(back)
        right = f"<b><b>{question.letter}.</b> "
        assert right in back
        assert "nntrace learn" in back


def test_a_typed_question_shows_no_options(collection):
    held, load = collection
    load(anki([NUMBER, CHOICE], "Two: a/b", NOW))
    card = notes_of(held)[NUMBER.id].cards()[0]
    assert NUMBER.answer.text not in card.question()
    assert NUMBER.answer.text in card.answer()


def test_a_later_package_takes_the_place_of_an_earlier_one(collection):
    held, load = collection
    load(anki([CHOICE], "Bank", NOW))
    again = load(anki([CHOICE], "Bank", NOW))
    assert (len(again.new), len(again.duplicate)) == (0, 1)
    better = CHOICE._replace(asks="Asked better: which?")
    log = load(anki([better], "Bank", NOW + timedelta(days=1)))
    assert (len(log.new), len(log.updated)) == (0, 1)
    assert notes_of(held)[CHOICE.id]["Question"] == "Asked better: which?"


def test_the_same_is_written_byte_for_byte():
    assert anki([CHOICE, NUMBER], "Bank", NOW) == anki([CHOICE, NUMBER], "Bank", NOW)


def test_markup_and_templates_of_anki_in_a_text_stay_text(collection):
    held, load = collection
    odd = "{{Answer}} <b>x</b> [sound:x.mp3] {{c1::y}} `<code>`"
    options = (Option(odd, odd), Option("no", "no."), Option("nor", "nor."))
    load(anki([CHOICE._replace(asks=odd, options=options, right=0)], "A::B", NOW))
    (note,) = notes_of(held).values()
    assert Shown(note["Question"]).text == as_told(odd)
    assert "&lt;b&gt;x&lt;/b&gt;" in note.cards()[0].question()


def test_without_genanki_the_extra_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "genanki", None)
    with pytest.raises(UsageError, match=r"need the anki extra: pip install 'nntrace\[anki\]'"):
        anki([CHOICE], "Bank", NOW)
