"""Questions as a package of IMS QTI 2.1, as Canvas, Blackboard and others import it.

The format is that of the specification, "IMS Question & Test Interoperability, Assessment Test,
Section and Item Information Model", version 2.1 (https://www.imsglobal.org/question/), packaged as
IMS Content Packaging 1.1 has it. Each option has a condition of its own, by which an importer
finds its feedback.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape

from nntrace.errors import plural
from nntrace.teach.export.html import general, html
from nntrace.teach.export.zipped import zipped
from nntrace.teach.grading import accepted, decimals
from nntrace.teach.markdown import one_line
from nntrace.teach.question import LETTERS, Option, Question

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
QTI = (
    f'xmlns="{_QTI}" xmlns:xsi="{_XSI}"'
    f' xsi:schemaLocation="{_QTI} http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"'
)
PACKAGE = (
    f'xmlns="{_PACKAGE}" xmlns:xsi="{_XSI}"'
    f' xsi:schemaLocation="{_PACKAGE}'
    ' http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd"'
)


def qti(questions: Sequence[Question], title: str, seed: int | None = None) -> bytes:
    """Return the zip of a package: a manifest, a test, and an item for each question.

    The test's title and its comment tell the seed that the questions were drawn by. A typed
    question takes the right number within its tolerance, and answers each known mistake with its
    reason. Feedback to what is wrong ends with the hints.
    """
    items = {f"items/{name_of(i)}.xml": _item(each, i) for i, each in enumerate(questions, 1)}
    count = plural(len(questions), "question")
    drawn = "" if seed is None else f" of seed {seed}"
    files = {
        "imsmanifest.xml": _manifest(list(items), f"{count}{drawn}"),
        "test.xml": _test(len(questions), one_line(title), f"{count}{drawn}"),
        **items,
    }
    return zipped({name: (HEAD + text).encode() for name, text in files.items()})


def name_of(number: int) -> str:
    """Return the identifier of a question, by its number from 1."""
    return f"question{number}"


def _manifest(items: Sequence[str], told: str) -> str:
    names = [name_of(number) for number in range(1, len(items) + 1)]
    dependencies = "".join(f'\n      <dependency identifierref="{name}"/>' for name in names)
    resources = "".join(
        f'\n    <resource identifier="{name}" type="imsqti_item_xmlv2p1" href="{file}">'
        f'\n      <file href="{file}"/>\n    </resource>'
        for name, file in zip(names, items, strict=True)
    )
    return f"""<!-- {told} -->
<manifest identifier="package" {PACKAGE}>
  <metadata>
    <schema>QTIv2.1 Package</schema>
    <schemaversion>1.0.0</schemaversion>
  </metadata>
  <organizations/>
  <resources>
    <resource identifier="test" type="imsqti_test_xmlv2p1" href="test.xml">
      <file href="test.xml"/>{dependencies}
    </resource>{resources}
  </resources>
</manifest>
"""


def _test(count: int, title: str, told: str) -> str:
    references = "".join(
        f'\n      <assessmentItemRef identifier="{name_of(number)}"'
        f' href="items/{name_of(number)}.xml"/>'
        for number in range(1, count + 1)
    )
    return f"""<!-- {told} -->
<assessmentTest {QTI} identifier="test" title="{escape(title)}">
  <testPart identifier="part" navigationMode="nonlinear" submissionMode="individual">
    <assessmentSection identifier="section" title="{escape(title)}" visible="true">{references}
    </assessmentSection>
  </testPart>
</assessmentTest>
"""


def _item(question: Question, number: int) -> str:
    write = _typed if question.typed else _chosen
    kind, right, asked, conditions = write(question)
    feedback = "".join(
        f'\n  <modalFeedback outcomeIdentifier="FEEDBACK" identifier="{_identifier(index)}"'
        f' showHide="show">{_feedback(question, index)}</modalFeedback>'
        for index in range(len(question.options))
    )
    return f"""<assessmentItem {QTI} identifier="{name_of(number)}"
    title="{escape(one_line(question.id))}" adaptive="false" timeDependent="false">
  <responseDeclaration identifier="RESPONSE" cardinality="single" baseType="{kind}">
    <correctResponse><value>{right}</value></correctResponse>
  </responseDeclaration>
  <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float">
    <defaultValue><value>0</value></defaultValue>
  </outcomeDeclaration>
  <outcomeDeclaration identifier="FEEDBACK" cardinality="single" baseType="identifier"/>
  <itemBody>
    <p>{html(question.asks, "<br/>")}</p>
    {asked}
  </itemBody>
  <responseProcessing>
    <responseCondition>{_chain(question, conditions)}
    </responseCondition>
  </responseProcessing>{feedback}
</assessmentItem>
"""


def _chain(question: Question, conditions: Sequence[str]) -> str:
    """Write what follows from each answer: first the right one, then the mistakes."""
    order = sorted(range(len(conditions)), key=lambda index: index != question.right)
    written = []
    for place, index in enumerate(order):
        word = "responseElseIf" if place else "responseIf"
        score = int(index == question.right)
        written.append(f"""
      <{word}>
        {conditions[index]}
        <setOutcomeValue identifier="SCORE"><baseValue baseType="float">{score}</baseValue>\
</setOutcomeValue>
        <setOutcomeValue identifier="FEEDBACK"><baseValue baseType="identifier">\
{_identifier(index)}</baseValue></setOutcomeValue>
      </{word}>""")
    return "".join(written)


def _identifier(index: int) -> str:
    return LETTERS[index].upper()


def _feedback(question: Question, index: int) -> str:
    why = html(question.options[index].why, "<br/>")
    told = f"<p>{why}</p>" if why else ""
    return told if index == question.right else told + general(question, "<br/>")


_Written = tuple[str, str, str, list[str]]  # type, right value, interaction, a condition an option


def _chosen(question: Question) -> _Written:
    choices = "".join(
        f'\n      <simpleChoice identifier="{_identifier(index)}">'
        f"{html(option.text, '<br/>')}</simpleChoice>"
        for index, option in enumerate(question.options)
    )
    asked = f"""<choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1">\
{choices}
    </choiceInteraction>"""
    conditions = [
        '<match><variable identifier="RESPONSE"/>'
        f'<baseValue baseType="identifier">{_identifier(index)}</baseValue></match>'
        for index in range(len(question.options))
    ]
    return "identifier", _identifier(question.right), asked, conditions


def _typed(question: Question) -> _Written:
    asked = '<p><textEntryInteraction responseIdentifier="RESPONSE" expectedLength="12"/></p>'
    conditions = [_within(option) for option in question.options]
    right = decimals(Decimal(repr(float(question.answer.value or 0.0))))
    return "float", right, asked, conditions


def _within(option: Option) -> str:
    """Write that a number lies within the tolerance of another."""
    if option.value is None:
        raise ValueError(f"an option of a typed question has no value: {option.text}")
    answers = accepted(option.value)
    bounds = "".join(
        f'<{word}><variable identifier="RESPONSE"/>'
        f'<baseValue baseType="float">{decimals(end)}</baseValue></{word}>'
        for word, end in (("gte", answers.low), ("lte", answers.high))
    )
    return f"<and>{bounds}</and>"
