"""The fields of the quiz: its questions, graded answers, and progress."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from nntrace.write.fields import NetworkInfo


class OptionRecord(TypedDict):
    """An option of a question."""

    letter: str
    text: str


class QuestionRecord(TypedDict):
    """A question, without what would tell the answer."""

    number: Annotated[int, "from 1"]
    id: str
    step: Annotated[str | None, "the lesson step that teaches it"]
    family: Annotated[str | None, "of a question made from a net"]
    asks: str
    typed: Annotated[bool, "whether a number is asked for, and no option is shown"]
    options: list[OptionRecord]
    hints: list[str]


class QuizDocument(TypedDict):
    """What `quiz -f json` prints: the questions."""

    schema: Literal["nntrace.quiz/1"]
    title: str
    seed: int
    network: NetworkInfo | None
    questions: list[QuestionRecord]


class ReasonRecord(TypedDict):
    """An option, and why it is right or which mistake it is."""

    letter: Annotated[str | None, "null where a number was asked for"]
    text: str
    why: str


class GradeRecord(TypedDict):
    """What came of one answer."""

    number: Annotated[int, "from 1"]
    id: str
    step: str | None
    given: str
    outcome: Literal["right", "wrong", "unknown", "unreadable"]
    chosen: Annotated[ReasonRecord | None, "null where no option was chosen or explains a number"]
    right: ReasonRecord


class GradesDocument(TypedDict):
    """What `quiz --answers FILE -f json` prints: the answers, graded."""

    schema: Literal["nntrace.grades/1"]
    title: str
    seed: int
    network: NetworkInfo | None
    total: Annotated[int, "questions of the quiz"]
    right: int
    wrong: Annotated[int, "unreadable answers among them"]
    unknown: Annotated[int, "those without an answer among them"]
    share: Annotated[float, "right / total"]
    pass_mark: float | None
    passed: Annotated[bool | None, "null without a pass mark"]
    answers: list[GradeRecord]


class StandingRecord(TypedDict):
    """How somebody stands with one question."""

    id: str
    asks: Annotated[str | None, "null where the question is in no bank that is known here"]
    answered: Annotated[int, "how many times"]
    right: int
    outcome: Annotated[Literal["right", "wrong", "unknown"] | None, "the last; null before any"]
    due: Annotated[str | None, "when to ask it again, in UTC; null before any answer"]


class ProgressDocument(TypedDict):
    """What `quiz --progress -f json` prints."""

    schema: Literal["nntrace.progress/1"]
    questions: list[StandingRecord]


# By the names that `nntrace schema NAME` takes.
DOCUMENTS = {"quiz": QuizDocument, "grades": GradesDocument, "progress": ProgressDocument}
