"""The QTI 2.1 package, read by onyx2moodle, which reads such items from learning platforms.

The schemas of IMS may not be handed on without leave; packages were held to them by hand.
"""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from lxml import etree
from onyx2moodle.parser import AssessmentItem, parse_item

from nntrace.teach.export.qti import qti
from nntrace.teach.files.bank import load_bank
from nntrace.teach.grading import grade
from nntrace.teach.question import Question
from tests.teach.test_gift import CHOICE, NUMBER, Shown, as_told, questions

Q = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
P = "{http://www.imsglobal.org/xsd/imscp_v1p1}"


def files_of(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def items_of(package: bytes, folder) -> list[AssessmentItem]:
    """Find the items as an importer does: by the manifest, and in the order of the test."""
    files = files_of(package)
    manifest = etree.fromstring(files["imsmanifest.xml"])
    resources = {each.get("href"): each for each in manifest.iter(f"{P}resource")}
    assert {each.get("href") for each in manifest.iter(f"{P}file")} | {"imsmanifest.xml"} == set(
        files
    )
    assert resources["test.xml"].get("type") == "imsqti_test_xmlv2p1"
    test = etree.fromstring(files["test.xml"])
    asked = [each.get("href") for each in test.iter(f"{Q}assessmentItemRef")]
    assert {resources[href].get("type") for href in asked} <= {"imsqti_item_xmlv2p1"}
    depends = [each.get("identifierref") for each in manifest.iter(f"{P}dependency")]
    assert depends == [resources[href].get("identifier") for href in asked]
    found = []
    for href in asked:
        path = folder / "item.xml"
        path.write_bytes(files[href])
        found.append(parse_item(path))
    return found


def given_score(item: bytes, answer: str) -> tuple[float, str | None]:
    """Process a response as the specification says; return the score and the feedback."""
    tree = etree.fromstring(item)
    for part in tree.find(f"{Q}responseProcessing/{Q}responseCondition"):
        if holds(part[0], answer):
            values = {each.get("identifier"): each[0].text for each in part[1:]}
            return float(values["SCORE"]), values["FEEDBACK"]
    return 0.0, None


def holds(condition, answer: str) -> bool:
    word = etree.QName(condition).localname
    if word == "and":
        return all(holds(each, answer) for each in condition)
    value = condition.find(f"{Q}baseValue").text
    if word == "match":
        return value == answer
    number, end = Fraction(answer), Fraction(value)
    return number >= end if word == "gte" else number <= end


def test_the_bundled_questions_come_back(tmp_path):
    asked = [question.shuffled(3) for question in load_bank().questions]
    package = qti(asked, "The fifteen questions", 3)
    assert package == qti(asked, "The fifteen questions", 3)  # byte for byte
    items = items_of(package, tmp_path)
    assert b"<!-- 15 questions of seed 3 -->" in files_of(package)["imsmanifest.xml"]
    for item, question in zip(items, asked, strict=True):
        assert item.title == question.id
        (interaction,) = item.interactions
        assert interaction.kind == "choice"
        assert [Shown(each.html).text for each in interaction.choices] == [
            as_told(option.text) for option in question.options
        ]
        right = interaction.choices[question.right].identifier
        assert item.response_decls["RESPONSE"].correct_values == [right]
        told = {each.identifier: each.html for each in item.feedback}
        for choice, option in zip(interaction.choices, question.options, strict=True):
            words = Shown(told[choice.identifier]).text
            assert words.startswith(as_told(option.why))
            assert ("Step by step:" in words) == (choice.identifier != right)


def test_each_letter_is_scored_and_gets_its_own_feedback():
    files = files_of(qti([CHOICE], "one"))
    item = files["items/question1.xml"]
    for index, letter in enumerate("ABCDEF"[: len(CHOICE.options)]):
        assert given_score(item, letter) == (float(index == CHOICE.right), letter)
    assert given_score(item, "Z") == (0.0, None)


def test_a_number_is_taken_within_its_tolerance_and_a_mistake_gets_its_reason():
    item = files_of(qti([NUMBER], "one"))["items/question1.xml"]
    for value in [option.value for option in NUMBER.options]:
        for away in ("0", "0.00049", "-0.00049", "0.01", "-0.01"):
            answer = f"{Decimal(repr(value)) + Decimal(away):f}"
            graded = grade(NUMBER, answer)
            score, feedback = given_score(item, answer)
            assert score == (graded.outcome == "right")
            assert feedback == (None if graded.option is None else "ABCDEF"[graded.option])


@pytest.mark.parametrize("text", ["3/2", "12 %", "1,5"])
def test_a_right_number_is_written_as_xml_has_it(tmp_path, text):
    value = {"3/2": 1.5, "12 %": 0.12, "1,5": 1.5}[text]
    options = (NUMBER.options[0]._replace(text=text, value=value), *NUMBER.options[1:])
    (item,) = items_of(qti([NUMBER._replace(options=options, right=0)], "one"), tmp_path)
    assert item.response_decls["RESPONSE"].base_type == "float"
    assert [float(each) for each in item.response_decls["RESPONSE"].correct_values] == [value]


@given(questions())
def test_any_question_comes_back_the_same(asked: Question) -> None:
    item = etree.fromstring(files_of(qti([asked], asked.id))["items/question1.xml"])
    assert told(item.find(f"{Q}itemBody/{Q}p")) == as_told(asked.asks)
    if not asked.typed:
        choices = item.iter(f"{Q}simpleChoice")
        for choice, option in zip(choices, asked.options, strict=True):
            assert told(choice) == as_told(option.text)


def told(element) -> str:
    """Return what is seen of an element: code between backquotes, a line a line."""
    code = "`" * (etree.QName(element).localname == "code")
    text = code + (element.text or "")
    for child in element:
        if etree.QName(child).localname == "br":
            text += "\n" + (child.tail or "")
        else:
            text += told(child) + (child.tail or "")
    return text + code


def test_no_questions_make_a_package_without_any(tmp_path):
    assert items_of(qti([], "none"), tmp_path) == []
