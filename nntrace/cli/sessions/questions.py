"""From the words on the command line to the questions of a quiz."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from nntrace.cli.environment import Environment
from nntrace.cli.tracing import Asked
from nntrace.errors import UsageError, plural

if TYPE_CHECKING:
    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import Trace
    from nntrace.core.network import Network
    from nntrace.teach.progress import Key, Standing
    from nntrace.teach.question import Question

ABOUT_A_NET = 10  # questions, where nobody says how many


class Wanted(NamedTuple):
    """What to ask about, and how much of it."""

    net: str | None = None
    asked: Asked = Asked()
    families: Sequence[str] = ()
    bank: str | None = None
    number: int | None = None
    seed: int = 0
    missed: bool = False
    due: bool = False


class Quiz(NamedTuple):
    """Questions to ask, options in the order to show; `chunk` is what those of a net are about."""

    title: str
    questions: tuple[Question, ...]
    seed: int
    chunk: TracedBatch | None = None

    @property
    def network(self) -> Network | None:
        """The net that it is about, if any."""
        return self.chunk.trace.network if self.chunk else None


def gather_quiz(wanted: Wanted, environment: Environment) -> Quiz:
    """Read the bank, or trace the net and make questions about it.

    The quiz has no questions where nothing was missed or is due. Raises UsageError for options that
    do not fit together, and where a net is too plain to ask about.
    """
    _check(wanted)
    if wanted.net is None:
        return _from_bank(wanted, environment)
    return _from_net(wanted, wanted.net, environment)


def _check(wanted: Wanted) -> None:
    if wanted.missed and wanted.due:
        raise UsageError("--missed and --due are two choices: ask for one")
    if wanted.net is not None and wanted.bank is not None:
        raise UsageError("--bank and NET are two sources of questions: give one")
    if wanted.net is None:
        of_a_net = {
            "--family": wanted.families,
            "--input": wanted.asked.inputs,
            "--example": wanted.asked.examples,
            "--keep": wanted.asked.keep,
            "--drop": wanted.asked.drop,
            "--set": wanted.asked.settings,
            "--input-format": wanted.asked.input_format,
            "--header": wanted.asked.header,
            "--delimiter": wanted.asked.delimiter,
        }
        for option, given in of_a_net.items():
            if given:
                raise UsageError(f"{option} goes with a net: nntrace quiz NET {option} …")


def _from_bank(wanted: Wanted, environment: Environment) -> Quiz:
    from nntrace.teach.files.bank import load_bank
    from nntrace.teach.question import sample

    bank = load_bank(wanted.bank)
    questions: Sequence[Question] = bank.questions
    if wanted.missed or wanted.due:
        questions = _chosen(questions, _answered(environment), wanted, environment)
    if wanted.due:  # the longest overdue come first
        questions = questions[: wanted.number]
    elif wanted.number is not None:
        questions = sample(questions, wanted.number, wanted.seed)
    shuffled = tuple(question.shuffled(wanted.seed) for question in questions)
    return Quiz(bank.title, shuffled, wanted.seed)


def _from_net(wanted: Wanted, net: str, environment: Environment) -> Quiz:
    from nntrace.cli.tracing import load_network, traced
    from nntrace.core.batch import TracedBatch
    from nntrace.teach.generator import chosen_families, make

    network = load_network(net, environment, wanted.asked.inputs)
    chunk = TracedBatch.concat(traced(network, environment, wanted.asked))
    if chunk is None:
        raise UsageError("there are no rows to ask about")
    names = row_names(chunk)
    count = wanted.number or ABOUT_A_NET
    families = chosen_families(wanted.families)
    questions: Sequence[Question]
    if wanted.missed or wanted.due:
        known = _answered(environment)
        again = _asked_before(chunk.trace, names, families, known)
        questions = _chosen(again, known, wanted, environment)[:count]
    else:
        questions = make(chunk.trace, names, wanted.seed, count, families)
        _too_few(len(questions), count, chunk.trace, environment)
    title = f"{network.name}: {plural(len(questions), 'question')}"
    shuffled = tuple(question.shuffled(wanted.seed) for question in questions)
    return Quiz(title, shuffled, wanted.seed, chunk)


def row_names(chunk: TracedBatch) -> list[str]:
    """Say in words what each row is, as questions about it do."""
    if chunk.examples:
        return [
            f"the example '{name}'" if name else f"row {row}"
            for row, name in enumerate(chunk.examples)
        ]
    rows = len(chunk.trace)
    return ["this input"] if rows == 1 else [f"row {row}" for row in range(rows)]


def _answered(environment: Environment) -> dict[Key, Standing]:
    """Return how the learner stands with all that was asked before."""
    from nntrace.cli.state import read_reviews
    from nntrace.teach.progress import standings

    return standings(read_reviews(environment))


def _chosen(
    questions: Sequence[Question],
    known: Mapping[Key, Standing],
    wanted: Wanted,
    environment: Environment,
) -> list[Question]:
    """Return those that were missed, or that are due."""
    from nntrace.cli.state import now
    from nntrace.teach.progress import due, missed

    if wanted.missed:
        return missed(questions, known)
    return due(questions, known, now(environment))


def _asked_before(
    trace: Trace, names: Sequence[str], families: Sequence[str], known: Iterable[Key]
) -> list[Question]:
    """Make again the questions of some families that were asked about this net and these rows."""
    from nntrace.teach.generator import remake

    made = [(remake(trace, names, name), content) for name, content in known]
    return [
        question
        for question, content in made
        if question and question.content == content and question.family in families
    ]


def _too_few(found: int, wanted: int, trace: Trace, environment: Environment) -> None:
    """Say so where fewer questions can be made than were asked for; UsageError for none."""
    name = trace.network.name
    if not found:
        from nntrace.teach.generator import possible

        able = ", ".join(possible(trace)) or "none"
        raise UsageError(f"{name} with this input is too plain for that; possible families: {able}")
    if found < wanted:
        questions = plural(found, "different question")
        environment.say("warning", f"{name} with this input gives only {questions}")
