"""`nntrace quiz`: questions about the lesson, or about the learner's own net."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Annotated

from nntrace.cli import quizchores
from nntrace.cli.command import Argument, Context, Option, but
from nntrace.cli.environment import Environment
from nntrace.cli.options import Output, RowsAlone, writing
from nntrace.cli.result import view_of, write
from nntrace.cli.sessions.questions import Quiz, Selection, gather_quiz
from nntrace.errors import ExitCode, UsageError, printable
from nntrace.write import formats

if TYPE_CHECKING:
    from nntrace.teach.files.answers import Answers
    from nntrace.teach.grading import Graded
    from nntrace.teach.score import Score
    from nntrace.write.view import View


def quiz(
    context: Context,
    net: Annotated[
        str | None,
        Argument(
            metavar="[NET]",
            help="A net file, or the name of a net that comes along: ask about this net.",
        ),
    ] = None,
    *,
    rows: Annotated[RowsAlone, but(deterministic=False)],
    selection: Selection,
    answers: Annotated[
        str | None,
        Option(
            "--answers",
            metavar="FILE|-",
            help="Grade answers: one a line, or JSON. A first line 'seed: 7' says of which quiz.",
        ),
    ] = None,
    grade: Annotated[
        str | None,
        Option(
            "--grade",
            metavar="FOLDER|FILE",
            help="Grade a class: a file of answers each, or a CSV of names and answers.",
        ),
    ] = None,
    pass_mark: Annotated[
        float | None,
        Option("--pass-mark", min=0, max=1, help="End with 1 below this share, such as 0.8."),
    ] = None,
    export: Annotated[
        str | None,
        Option(
            "--export",
            metavar="FILE",
            help="Write the questions: quiz.md, its key to quiz-key.md; quiz.gift for Moodle;"
            " quiz.zip, QTI 2.1 for Canvas and Blackboard; quiz.apkg for Anki.",
        ),
    ] = None,
    key: Annotated[
        str | None,
        Option("--key", metavar="FILE", help="Where the key of --export quiz.md goes."),
    ] = None,
    lint: Annotated[
        str | None,
        Option("--lint", metavar="FILE", help="Hold a question bank to the rules."),
    ] = None,
    progress: Annotated[bool, Option("--progress", help="Show your progress.")] = False,
    reset: Annotated[
        bool,
        Option("--reset", help="Forget your progress: all, or with NET or --bank only that."),
    ] = False,
    yes: Annotated[
        bool, Option("--yes", help="With --reset: do not ask, as scripts need it.")
    ] = False,
    output: Annotated[Output, writing(formats.GRADES), but(show_all=False)],
) -> ExitCode:
    """Quiz yourself, on the lesson or on your own net.

    \b
    nntrace quiz -f json   # the questions, for a script
    nntrace quiz           # 15 questions on the lesson
    nntrace quiz digits    # questions about a net and its examples
    nntrace quiz --answers mine.txt --pass-mark 0.8
    nntrace quiz --grade answers/ -o class.csv   # a class

    On a terminal: a letter or a number answers, h gives a hint, ? says that you don't know, and
    q quits. What is answered there is remembered for --missed, --due and --progress.

    Families of questions about a net: z, contribution, largest, a, active, softmax, shift, class,
    change, silence, shape, parameters, heaviest, pixel, map, kernels, pool, norm, attention.
    """
    environment: Environment = context.obj
    _check_modes(context)
    chosen = output.chosen
    if grade is None:
        formats.check_holds(chosen, formats.DOCUMENT, "only --grade has rows")
        output = output._replace(content=formats.DOCUMENT)
    view = view_of(environment, output)
    if reset:
        quizchores.reset(net, selection.bank, yes, environment)
        return ExitCode.DONE
    if lint is not None:
        return quizchores.lint(lint, environment)
    if progress:
        quizchores.progress(selection.bank, output, chosen, environment)
        return ExitCode.DONE
    asks = chosen == formats.TABLE and answers is None and export is None and grade is None
    if asks:
        _check_terminal(output, environment)
    if pass_mark is not None and (isnan(pass_mark) or not (asks or answers or grade)):
        told = "--pass-mark takes a share, and goes with --answers, --grade or a terminal"
        raise UsageError(told)
    if answers == "-" and (net == "-" or "-" in rows.inputs):
        which = "for --answers or for the net or its rows"
        raise UsageError(f"standard input can be read once, {which}")
    seed = selection.seed
    if grade is not None:
        from nntrace.cli.quizclass import grade_class

        def gather(seed: int) -> Quiz:
            return gather_quiz(net, rows, selection, seed, environment)

        return grade_class(grade, gather, seed, pass_mark, output, environment)
    given = _answers(answers, environment) if answers is not None else None
    if given is not None:
        seed = given.seed_with(seed)
    drawn = seed if seed is not None else _drawn_seed() if asks else 0
    found = gather_quiz(net, rows, selection, drawn, environment)
    if export is not None:
        quizchores.export(found, export, key, environment)
        return ExitCode.DONE
    if asks and selection.due:
        _show_own_words(view, environment)
    if asks and not found.questions:
        environment.tell(_nothing(net is not None, selection.missed))
        environment.tell(_elsewhere(found.title, selection.missed, environment))
        return ExitCode.DONE
    if asks:
        score = _asked(found, view, environment)
    elif given is not None:
        score = _graded(found, given)
        for remark in given.left_out(found.questions):
            environment.say("warning", remark)
        if seed is None:
            which = f"graded as the quiz of --seed {found.seed}"
            environment.tell(f"{which}; a first line 'seed: N' of the answers says another\n")
        from nntrace.teach.documents import GRADES
        from nntrace.teach.reports.quiz import graded

        passed = None if pass_mark is None else score.passes(pass_mark)
        known = {"title": found.title, "seed": found.seed, "network": found.network}
        document = GRADES.of(score, **known, pass_mark=pass_mark, passed=passed)
        write(
            environment,
            output,
            chosen,
            lambda view: [graded(score, view)],
            lambda write: write(document),
        )
    else:
        from nntrace.teach.documents import QUIZ

        write(environment, output, chosen, lambda _: [], lambda write: write(QUIZ.of(found)))
        return ExitCode.DONE
    if pass_mark is not None and not score.passes(pass_mark):
        return ExitCode.ANSWER_IS_NO
    return ExitCode.DONE


# What else there is to do than to ask, and the options that go with it: these, or all (None).
_MODES: dict[str, set[str] | None] = {
    "answers": None,
    "export": None,
    "grade": None,
    "lint": set(),
    "progress": {"bank", *Output._fields},
    "reset": {"net", "bank", "yes"},
}


def _check_modes(context: Context) -> None:
    """Raise UsageError for options that do not go together."""
    names = context.given
    modes = sorted(name for name in names if name in _MODES)
    if len(modes) > 1:
        first, second = names[modes[0]], names[modes[1]]
        raise UsageError(f"{first} and {second} are two things to do: ask for one")
    if "key" in names and "export" not in names:
        raise UsageError("--key goes with --export")
    if "yes" in names and "reset" not in names:
        raise UsageError("--yes goes with --reset")
    for mode in modes:
        takes = _MODES[mode]
        for name in names:
            writes = mode == "export" and name in ("format", "file")
            if name != mode and (writes or (takes is not None and name not in takes)):
                raise UsageError(f"{names[mode]} goes without {names[name]}")


def _check_terminal(output: Output, environment: Environment) -> None:
    """Raise UsageError where nobody can be asked, or the quiz is to go elsewhere."""
    if not environment.interactive:
        raise UsageError(
            "a quiz asks on a terminal, and this is none: --answers FILE|- grades answers,"
            " -f json gives the questions, --export FILE writes them down"
        )
    if output.file is not None:
        raise UsageError("-o takes what -f json, --answers or --progress write")


def _show_own_words(view: View, environment: Environment) -> None:
    """Show what the reader of a lesson said in their own words, beside what the lesson says."""
    from nntrace.cli.state import recall_words

    for words in recall_words(environment):
        from nntrace.teach.reports.lesson import own_words
        from nntrace.write import render

        told = own_words(words.said, words.lesson, view)
        environment.write(environment.encode(render.text(told)))


def _nothing(of_a_net: bool, missed: bool) -> str:
    """Say why there is nothing to ask."""
    about = " about this net and this input" if of_a_net else ""
    if missed:
        return f"Nothing is left that you missed{about}.\n"
    return f"Nothing{about} is due for repetition: nntrace quiz --progress shows when it will be.\n"


def _elsewhere(here: str, missed: bool, environment: Environment) -> str:
    """Say of which other banks and nets something was missed or is due; "" where of none."""
    from nntrace.cli.state import now, read_reviews
    from nntrace.teach.progress import open_elsewhere

    found = open_elsewhere(read_reviews(environment), here, now(environment), missed)
    if not found:
        return ""
    named = ", ".join(f"{printable(of)} ({count})" for of, count in found.items())
    option = "--missed" if missed else "--due"
    about = f"nntrace quiz NET {option} asks about a net, with --bank FILE from a bank"
    return f"{'Missed' if missed else 'Due'} elsewhere: {named}; {about}.\n"


def _drawn_seed() -> int:
    from secrets import randbelow

    return randbelow(1_000_000)


def _asked(found: Quiz, view: View, environment: Environment) -> Score:
    """Ask on the terminal, and write down each answer as soon as it is given."""
    from nntrace.cli.sessions.quiz import ask_all
    from nntrace.cli.state import append_review, now
    from nntrace.teach.progress import Review

    def answered(graded: Graded, hints: int) -> None:
        question = graded.question
        outcome = "wrong" if graded.outcome == "unreadable" else graded.outcome
        review = Review(
            now(environment),
            question.id,
            question.content,
            outcome,
            hints,
            question.family,
            question.of,
            question.asks,
        )
        append_review(environment, review)

    score = ask_all(found, environment, view, answered)
    environment.tell(f"--seed {found.seed} asks the same again\n")
    return score


def _answers(path: str, environment: Environment) -> Answers:
    """Read answers that were written down."""
    from nntrace.read.files import read_bytes
    from nntrace.read.rows.lines import Lines
    from nntrace.teach.files.answers import read_answers

    source = "<stdin>" if path == "-" else path
    data = Lines(environment.stdin, source).data() if path == "-" else read_bytes(path)
    return read_answers(data, source)


def _graded(found: Quiz, given: Answers) -> Score:
    """Grade answers; those that are missing count as not known."""
    from nntrace.teach.score import grade_all

    return grade_all(found.questions, given.to(found.questions))
