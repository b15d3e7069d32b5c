"""From the words on the command line to the questions of a quiz."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

from nntrace.cli.command import Option, given_options
from nntrace.cli.environment import Environment
from nntrace.cli.options import Rows
from nntrace.errors import UsageError, listed, plural
from nntrace.records import NamedTuple
from nntrace.words import cropped

if TYPE_CHECKING:
    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import Trace
    from nntrace.core.network import Network
    from nntrace.teach.progress import Keyed, Standing
    from nntrace.teach.question import Key, Question

K = TypeVar("K", bound="Keyed")

ABOUT_A_NET = 10  # questions, where nobody says how many


class Selection(NamedTuple):
    """Which questions are asked of a bank, or about a net, and how many of them."""

    families: Annotated[
        Sequence[str],
        Option("--family", metavar="NAME", help="Of NET, ask only this. Repeatable."),
    ] = ()
    bank: Annotated[
        str | None, Option("--bank", metavar="FILE", help="Ask from a bank of your own.")
    ] = None
    number: Annotated[
        int | None,
        Option("-n", "--count", min=1, max=1000, help="How many. Default: all, of NET 10."),
    ] = None
    seed: Annotated[
        int | None,
        Option("--seed", min=0, help="The same seed asks the same. Default: drawn, in scripts 0."),
    ] = None
    missed: Annotated[bool, Option("--missed", help="Only what was missed before.")] = False
    due: Annotated[bool, Option("--due", help="Only what is due for repetition.")] = False


class Quiz(NamedTuple):
    """Questions to ask, options in the order to show; `chunks` is what those of a net are about.

    `next` says what to do after it, for who has answered all of it rightly.
    """

    title: str
    questions: tuple[Question, ...]
    seed: int
    chunks: Sequence[TracedBatch] = ()
    next: str = ""

    def again(self, missed: Sequence[Question], seed: int) -> list[Question]:
        """Return what was missed: of a net with other numbers, else shuffled by the seed."""
        if not self.chunks:
            return [question.shuffled(seed) for question in missed]
        from nntrace.teach.generator import further

        traces, names = [chunk.trace for chunk in self.chunks], row_names(self.chunks)
        families = [question.family or "" for question in missed]
        others = further(traces, names, families, seed, {each.content for each in missed})
        found = zip(others, missed, strict=True)
        return [(other or question).shuffled(seed) for other, question in found]

    @property
    def network(self) -> Network | None:
        """The net that it is about, if any."""
        return self.chunks[0].trace.network if self.chunks else None


def gather_quiz(
    net: str | None, rows: Rows, selection: Selection, seed: int, environment: Environment
) -> Quiz:
    """Read the bank, or trace the net and make questions about it; `seed` decides which, and how.

    The quiz has no questions where nothing was missed or is due. Raises UsageError for options that
    do not fit together, and where a net is too plain to ask about.
    """
    if selection.missed and selection.due:
        raise UsageError("--missed and --due are two choices: ask for one")
    if net is not None and selection.bank is not None:
        raise UsageError("--bank and NET are two sources of questions: give one")
    after = "Another `--seed` asks with other numbers."
    if net is None:
        of_a_net = [name for name, _ in given_options(rows)]
        for option in ["--family"] * bool(selection.families) + of_a_net:
            raise UsageError(f"{option} goes with a net: nntrace quiz NET {option} …")
        title, questions, chunks = _from_bank(selection, seed, environment)
        after = "`--due` asks again what it is time for."
        if selection.bank is None:
            after = "Now read a net's own numbers: `nntrace quiz cat-or-dog`."
    else:
        title, questions, chunks = _from_net(net, rows, selection, seed, environment)
    shuffled = tuple(question.shuffled(seed) for question in questions)
    return Quiz(title, shuffled, seed, chunks, after)


_Found: TypeAlias = "tuple[str, Sequence[Question], Sequence[TracedBatch]]"


def _from_bank(selection: Selection, seed: int, environment: Environment) -> _Found:
    from nntrace.teach.files.bank import load_bank
    from nntrace.teach.question import sample

    bank = load_bank(selection.bank)
    questions: Sequence[Question] = bank.questions
    if selection.missed or selection.due:
        known = _known(environment)
        questions = _again(bank.questions, known, selection, environment)
    if selection.due:  # the longest overdue come first
        questions = questions[: selection.number]
    elif selection.number is not None:
        questions = sample(questions, selection.number, seed)
    return bank.title, questions, ()


def _from_net(
    net: str, rows: Rows, selection: Selection, seed: int, environment: Environment
) -> _Found:
    from nntrace.cli.tracing import load_network, traced
    from nntrace.core.batch import TracedBatch
    from nntrace.teach.generator import chosen_families, make

    network = load_network(net, environment, rows.inputs, reading=rows.reading)
    chunks = TracedBatch.gathered(traced(network, environment, rows))
    if not chunks:
        raise UsageError("there are no rows to ask about")
    traces, names = [chunk.trace for chunk in chunks], row_names(chunks)
    count = selection.number or ABOUT_A_NET
    families = chosen_families(selection.families)
    if selection.missed or selection.due:
        from nntrace.teach.generator import further

        known = _known(environment)
        asked = [each for each in known.values() if each.last.of == network.name]
        again = [
            standing.last
            for standing in _again(asked, known, selection, environment)
            if standing.last.family in families
        ]
        wanted = [review.family or "" for review in again]
        found = further(traces, names, wanted, seed, {review.content for review in again})
        questions = [question for question in found if question][:count]
    else:
        questions = make(traces, names, seed, count, families)
        _too_few(len(questions), count, traces, environment)
    return f"{network.name}: {plural(len(questions), 'question')}", questions, chunks


def row_names(chunks: Sequence[TracedBatch]) -> list[str]:
    """Say in words what each row is, as questions about it do."""
    count = sum(len(chunk.trace) for chunk in chunks)
    names = []
    for chunk in chunks:
        for index in range(len(chunk.trace)):
            if chunk.examples and chunk.examples[index]:
                names.append(f"the example '{chunk.examples[index]}'")
            elif chunk.texts:
                names.append(f"the text '{cropped(chunk.texts[index])}'")
            else:
                names.append(f"row {len(names)}" if count > 1 else "this input")
    return names


def _known(environment: Environment) -> dict[Key, Standing]:
    """Return how somebody stands with all that they were asked."""
    from nntrace.cli.state import read_reviews
    from nntrace.teach.progress import standings

    return standings(read_reviews(environment))


def _again(
    asked: Sequence[K],
    known: Mapping[Key, Standing],
    selection: Selection,
    environment: Environment,
) -> Sequence[K]:
    """Return those of some questions that were missed, or that are due."""
    from nntrace.cli.state import now
    from nntrace.teach.progress import due, missed

    return missed(asked, known) if selection.missed else due(asked, known, now(environment))


def _too_few(found: int, count: int, traces: Sequence[Trace], environment: Environment) -> None:
    """Say so where fewer questions can be made than were asked for; UsageError for none."""
    name = traces[0].network.name
    if not found:
        from nntrace.teach.generator import possible

        able = ", ".join(possible(traces))
        if not able:
            kinds = listed(list(dict.fromkeys(each.kind for each in traces[0].network.layers)))
            raise UsageError(f"{name} has layers of kind {kinds}, about which no question is made")
        raise UsageError(f"{name} with this input is too plain for that; possible families: {able}")
    if found < count:
        questions = plural(found, "different question")
        environment.say("warning", f"{name} with this input gives only {questions}")
