"""The documents of the quiz: its questions, graded answers, and progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nntrace.teach.question import LETTERS
from nntrace.write.documents.fields import Field, Json, Record, one_of, version
from nntrace.write.documents.trace import NETWORK_INFO

if TYPE_CHECKING:
    from nntrace.core.network import Network
    from nntrace.teach.grading import Graded
    from nntrace.teach.progress import Line
    from nntrace.teach.question import Question


# What the questions and the grades begin with: each is of a title, what is in it, a seed, a net.
TITLE = Field("title", str, get=lambda title, *_: title)
SEED = Field("seed", int, get=lambda _, __, seed, *___: seed)


def _network(_: str, __: Any, ___: int, network: Network | None, *____: Any) -> Json | None:
    return NETWORK_INFO.of(network) if network else None


NETWORK = Field("network", (NETWORK_INFO, None), get=_network)
STEP = Field("step", (str, None))

OPTION = Record(
    "OptionRecord",
    "An option of a question.",
    Field("letter", str, get=lambda index, _: LETTERS[index]),
    Field("text", str, get=lambda _, option: option.text),
)


def _options(question: Question, _: int) -> list[Json]:
    shown = () if question.typed else question.options
    return [OPTION.of(index, option) for index, option in enumerate(shown)]


# Of a question and its number.
QUESTION = Record(
    "QuestionRecord",
    "A question, without what would tell the answer.",
    Field("number", int, "from 1", lambda _, number: number),
    Field("id", str),
    STEP._replace(doc="the lesson step that teaches it"),
    Field("family", (str, None), "of a question made from a net"),
    Field("asks", str),
    Field("typed", bool, "whether a number is asked for, and no option is shown"),
    Field("options", [OPTION], get=_options),
    Field("hints", [str], get=lambda question, _: list(question.hints)),
)


def _numbered(record: Record, things: Any) -> list[Json]:
    return [record.of(thing, number) for number, thing in enumerate(things, start=1)]


QUIZ = Record(
    "QuizDocument",
    "What `quiz -f json` prints: the questions.",
    version("nntrace.quiz/1"),
    TITLE,
    SEED,
    NETWORK,
    Field("questions", [QUESTION], get=lambda _, asked, *__: _numbered(QUESTION, asked)),
)

# Of a question, and the index of one of its options.
REASON = Record(
    "ReasonRecord",
    "An option, and why it is right or which mistake it is.",
    Field(
        "letter",
        (str, None),
        "null where a number was asked for",
        lambda question, index: None if question.typed else LETTERS[index],
    ),
    Field("text", str, get=lambda question, index: question.options[index].text),
    Field("why", str, get=lambda question, index: question.options[index].why),
)


def _chosen(graded: Graded, _: int) -> Json | None:
    return None if graded.option is None else REASON.of(graded.question, graded.option)


# Of a graded answer, and the number of its question.
GRADE = Record(
    "GradeRecord",
    "What came of one answer.",
    Field("number", int, "from 1", lambda _, number: number),
    Field("id", str, get="question.id"),
    STEP._replace(get="question.step"),
    Field("given", str),
    Field("outcome", one_of("right", "wrong", "unknown", "unreadable")),
    Field(
        "chosen",
        (REASON, None),
        "null where no option was chosen or explains a number",
        _chosen,
    ),
    Field("right", REASON, get=lambda graded, _: REASON.of(graded.question, graded.question.right)),
)

# The last that it is of is the pass mark, or None.
GRADES = Record(
    "GradesDocument",
    "What `quiz --answers FILE -f json` prints: the answers, graded.",
    version("nntrace.grades/1"),
    TITLE,
    SEED,
    NETWORK,
    Field("total", int, "questions of the quiz", lambda _, score, *__: score.total),
    Field("right", int, get=lambda _, score, *__: score.right),
    Field(
        "wrong",
        int,
        "unreadable answers among them",
        lambda _, score, *__: score.count("wrong") + score.count("unreadable"),
    ),
    Field(
        "unknown",
        int,
        "those without an answer among them",
        lambda _, score, *__: score.count("unknown"),
    ),
    Field("share", float, "right / total", lambda _, score, *__: score.share),
    Field("pass_mark", (float, None), get=lambda *described: described[4]),
    Field(
        "passed",
        (bool, None),
        "null without a pass mark",
        lambda _, score, __, ___, mark: None if mark is None else score.passes(mark),
    ),
    Field("answers", [GRADE], get=lambda _, score, *__: _numbered(GRADE, score.answers)),
)


def _due(line: Line) -> str | None:
    return line.standing and line.standing.due.strftime("%Y-%m-%dT%H:%M:%SZ")


STANDING = Record(
    "StandingRecord",
    "How somebody stands with one question.",
    Field("id", str),
    Field(
        "asks",
        (str, None),
        "null where the question is in no bank that is known here",
    ),
    Field(
        "answered",
        int,
        "how many times",
        lambda line: line.standing.answered if line.standing else 0,
    ),
    Field("right", int, get=lambda line: line.standing.right if line.standing else 0),
    Field(
        "outcome",
        (one_of("right", "wrong", "unknown"), None),
        "the last; null before any",
        lambda line: line.standing and line.standing.outcome,
    ),
    Field("due", (str, None), "when to ask it again, in UTC; null before any answer", _due),
)

PROGRESS = Record(
    "ProgressDocument",
    "What `quiz --progress -f json` prints.",
    version("nntrace.progress/1"),
    Field("questions", [STANDING], get=lambda lines: STANDING.each(lines)),
)

# By the names that `nntrace schema NAME` takes.
DOCUMENTS = {"quiz": QUIZ, "grades": GRADES, "progress": PROGRESS}
