"""The documents of the quiz: its questions, graded answers, those of a class, and progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from nntrace.write.documents.fields import Field, Json, Record, one_of, version
from nntrace.write.documents.trace import NETWORK_INFO

if TYPE_CHECKING:
    from nntrace.teach.classroom import Class, Tally
    from nntrace.teach.progress import Line
    from nntrace.teach.question import Question


TITLE = Field("title", str)
SEED = Field("seed", int)
NETWORK = Field("network", (NETWORK_INFO, None))
NUMBER = Field("number", int, "from 1")
STEP = Field("step", (str, None))

OPTION = Record(
    "OptionRecord", "An option of a question.", Field("letter", str), Field("text", str)
)


def _options(question: Question) -> list[Json]:
    texts = [] if question.typed else [option.text for option in question.options]
    return OPTION.lines(question.letters[: len(texts)], texts)


QUESTION = Record(
    "QuestionRecord",
    "A question, without what would tell the answer.",
    NUMBER,
    Field("id", str),
    STEP._replace(doc="the lesson step that teaches it"),
    Field("family", (str, None), "of a question made from a net"),
    Field("asks", str),
    Field("typed", bool, "whether a number is asked for, and no option is shown"),
    Field("options", [OPTION], get=_options),
    Field("hints", [str]),
)


def _numbered(record: Record, things: Iterable[Any]) -> list[Json]:
    return [record.of(thing, number=number) for number, thing in enumerate(things, start=1)]


QUIZ = Record(
    "QuizDocument",
    "What `quiz -f json` prints: the questions.",
    version("nntrace.quiz/1"),
    TITLE,
    SEED,
    NETWORK,
    Field("questions", [QUESTION], get=lambda quiz: _numbered(QUESTION, quiz.questions)),
)

REASON = Record(
    "ReasonRecord",
    "An option, and why it is right or which mistake it is.",
    Field("letter", (str, None), "null where a number was asked for", lambda it: it.letter or None),
    Field("text", str),
    Field("why", str),
)


GRADE = Record(
    "GradeRecord",
    "What came of one answer.",
    NUMBER,
    Field("id", str, get="question.id"),
    STEP._replace(get="question.step"),
    Field("given", str),
    Field("outcome", one_of("right", "wrong", "unknown", "unreadable")),
    Field("chosen", (REASON, None), "null where no option was chosen or explains a number"),
    Field("right", REASON),
)

# Of a score.
GRADES = Record(
    "GradesDocument",
    "What `quiz --answers FILE -f json` prints: the answers, graded.",
    version("nntrace.grades/1"),
    TITLE,
    SEED,
    NETWORK,
    Field("total", int, "questions of the quiz"),
    Field("right", int),
    Field("wrong", int, "unreadable answers among them"),
    Field("unknown", int, "those without an answer among them"),
    Field("share", float, "right / total"),
    Field("pass_mark", (float, None)),
    Field("passed", (bool, None), "null without a pass mark"),
    Field("answers", [GRADE], get=lambda score: _numbered(GRADE, score.answers)),
)

MARK = Record(
    "MarkRecord",
    "What came of one answer, in brief.",
    Field("id", str, get="question.id"),
    Field("given", str),
    Field("outcome", one_of("right", "wrong", "unknown", "unreadable")),
    Field(
        "chosen",
        (str, None),
        "the letter of the option on that paper; null where there is none",
        lambda graded: (graded.chosen and graded.chosen.letter) or None,
    ),
)

PERSON = Record(
    "PersonRecord",
    "Somebody of a class, and how they did.",
    Field("name", str),
    Field("source", str, "the file that their answers are from"),
    SEED,
    Field("total", int, "questions of their quiz", "score.total"),
    Field("right", int, get="score.right"),
    Field("wrong", int, "unreadable answers among them", "score.wrong"),
    Field("unknown", int, "those without an answer among them", "score.unknown"),
    Field("share", float, "right / total", "score.share"),
    Field("passed", (bool, None), "null without a pass mark"),
    Field("answers", [MARK], get="score.answers"),
)

CHOICE = Record(
    "ChoiceRecord",
    "An option, and how many people chose it or typed its number.",
    Field("text", str),
    Field("right", bool),
    Field("chosen", int),
)


def _choices(tally: Tally) -> list[Json]:
    texts = [option.text for option, _ in tally.chosen]
    right = [text == tally.question.answer.text for text in texts]
    return CHOICE.lines(texts, right, [count for _, count in tally.chosen])


TALLY = Record(
    "TallyRecord",
    "A question, and how often it was answered how.",
    NUMBER,
    Field("id", str, get="question.id"),
    STEP._replace(get="question.step"),
    Field("asks", str, get="question.asks"),
    Field("asked", int, "how many people"),
    Field("right", int),
    Field("wrong", int, "unreadable answers among them"),
    Field("unknown", int),
    Field("share", float, "right / asked"),
    Field("options", [CHOICE], get=_choices),
)

# Of a class.
CLASS = Record(
    "ClassDocument",
    "What `quiz --grade FOLDER -f json` prints: how a class did.",
    version("nntrace.class/1"),
    TITLE,
    NETWORK,
    Field("pass_mark", (float, None)),
    Field("mean", float, "of the people's shares"),
    Field("people", [PERSON]),
    Field("questions", [TALLY], get="tallies"),
)


def class_rows(graded: Class, pass_mark: float | None) -> Iterator[list[str]]:
    """Give how a class did as the rows of a table: the header, then a person each."""
    asked = [tally.question for tally in graded.tallies]
    passed = [] if pass_mark is None else ["passed"]
    counts = ["name", "seed", "total", "right", "wrong", "unknown", "share"]
    yield [*counts, *passed, *(question.id for question in asked)]
    for person in graded.people:
        score = person.score
        numbers = [person.seed, score.total, score.right, score.wrong, score.unknown]
        outcomes = [answer.outcome if (answer := person.answer_to(each)) else "" for each in asked]
        passes = [] if pass_mark is None else [str(score.passes(pass_mark)).lower()]
        yield [person.name, *map(str, numbers), f"{score.share:.6g}", *passes, *outcomes]


def _standing(name: str, before: int | None = None) -> Callable[[Line], Any]:
    """Return what gets a value of how somebody stands; of what was never asked, `before`."""
    return lambda line: getattr(line.standing, name) if line.standing else before


def _due(line: Line) -> str | None:
    return line.standing and line.standing.due.strftime("%Y-%m-%dT%H:%M:%SZ")


def _of(line: Line) -> str | None:
    return line.of or None


STANDING = Record(
    "StandingRecord",
    "How somebody stands with one question.",
    Field("id", str, "of a bank's question; of those made from a net the family"),
    Field("of", (str, None), "its bank or net; null where that is not known", _of),
    Field("family", (str, None), "of questions made from a net"),
    Field("asks", (str, None), "its words, or what the family asks for; null where not known"),
    Field("answered", int, "how many times", _standing("answered", 0)),
    Field("right", int, get=_standing("right", 0)),
    Field(
        "outcome",
        (one_of("right", "wrong", "unknown"), None),
        "the last; null before any",
        _standing("outcome"),
    ),
    Field("due", (str, None), "when to ask it again, in UTC; null before any answer", _due),
)

PROGRESS = Record(
    "ProgressDocument",
    "What `quiz --progress -f json` prints.",
    version("nntrace.progress/1"),
    Field("questions", [STANDING], get=STANDING.each),
)
