"""What `quiz` does besides asking: lint a bank, write questions down, tell progress."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from nntrace.cli.result import write
from nntrace.errors import ExitCode, FileError, UsageError, plural, printable

if TYPE_CHECKING:
    from nntrace.cli.environment import Environment
    from nntrace.cli.options import Output
    from nntrace.cli.sessions.questions import Quiz
    from nntrace.teach.progress import Review


def lint(path: str, environment: Environment) -> ExitCode:
    """Tell every rule that a bank breaks, with its place; return 1 where there is one."""
    from nntrace.teach.files.bank import lint_bank

    bank, problems = lint_bank(path)
    for problem in problems:
        environment.report(problem)
    questions = plural(len(bank.questions), "question")
    told = plural(len(problems), "problem") if problems else "all as the rules have it"
    environment.write(environment.encode(f"{path}: {questions}, {told}\n"))
    return ExitCode.ANSWER_IS_NO if problems else ExitCode.DONE


# What is written, by the suffix of the file; the longest that fits counts.
FORMATS = (".md", ".gift", ".gift.txt", ".zip", ".apkg")


def export(quiz: Quiz, path: str, key: str | None, environment: Environment) -> None:
    """Write questions to a file, in the format of its suffix; Markdown has its key in a second one.

    Says what was written. The key goes where `key` says, else beside the questions, and there it
    takes no other file's place. Raises UsageError where it would.
    """
    suffix = next((each for each in FORMATS[::-1] if path.lower().endswith(each)), None)
    if suffix is None:
        raise UsageError(f"--export {path}: its suffix is none of {', '.join(FORMATS)}")
    if key is not None and suffix != ".md":
        raise UsageError("--key goes with --export FILE.md: other formats hold the key themselves")
    files = (
        _sheets(quiz, path, key) if suffix == ".md" else {path: _packed(quiz, suffix, environment)}
    )
    with ExitStack() as all_or_none:
        for file, data in files.items():
            all_or_none.enter_context(environment.output(file)).write(data)
    questions = f"{plural(len(quiz.questions), 'question')} of --seed {quiz.seed}"
    *_, last = files
    told = f"; and {last}: the key" if suffix == ".md" else " and the key"
    environment.tell(f"{printable(f'wrote {path}: {questions}{told}')}\n")


def _sheets(quiz: Quiz, path: str, key: str | None) -> dict[str, bytes]:
    """Return the questions on paper and their key, each by its file."""
    from nntrace.teach.export import sheet

    content = (quiz.questions, quiz.title, quiz.seed)
    answers = sheet.key(*content).encode()
    named, key = key, key or key_path(path)
    if os.path.realpath(path) == os.path.realpath(key):
        raise UsageError(f"--export {path}: {key} is the same file")
    if named is None:
        _check_free(key, answers)
    return {path: sheet.sheet(*content).encode(), key: answers}


def _packed(quiz: Quiz, suffix: str, environment: Environment) -> bytes:
    """Return the questions in a format that holds the key."""
    if suffix == ".apkg":
        from nntrace.cli.state import now
        from nntrace.teach.export.anki import anki

        return anki(quiz.questions, quiz.title, now(environment))
    content = (quiz.questions, quiz.title, quiz.seed)
    if suffix == ".zip":
        from nntrace.teach.export.qti import qti

        return qti(*content)
    from nntrace.teach.export.gift import gift

    return gift(*content).encode()


def _check_free(path: str, data: bytes) -> None:
    """Raise UsageError where a file is there that would be lost: any but one of this content."""
    from nntrace.read.files import read_bytes

    if not os.path.lexists(path):
        return
    try:
        same = os.path.isfile(path) and read_bytes(path) == data
    except FileError:
        same = False
    if not same:
        raise UsageError(
            f"--export would write over {path}, which is not named:"
            f" --key {path} allows it, --key FILE writes the key elsewhere"
        )


def key_path(path: str) -> str:
    """Return where the answer key of a Markdown sheet goes: `quiz.md` → `quiz-key.md`."""
    stem, suffix = os.path.splitext(path)
    return f"{stem}-key{suffix}"


def reset(net: str | None, bank: str | None, yes: bool, environment: Environment) -> None:
    """Forget answers, all of them or those to one bank or about one net, once that is confirmed.

    Without a terminal nobody can be asked: UsageError, unless `yes` says so beforehand.
    """
    from nntrace.cli.state import clear_progress, read_reviews

    forgets, which = _forgotten(net, bank, environment)
    held = [review for review in read_reviews(environment) if forgets is None or forgets(review)]
    if held and not yes and not _confirmed(plural(len(held), "answer") + which, environment):
        environment.write(environment.encode(f"0 answers{which} forgotten\n"))
        return
    forgotten = plural(clear_progress(environment, forgets), "answer") + which
    environment.write(environment.encode(f"{printable(forgotten)} forgotten\n"))


def _forgotten(
    net: str | None, bank: str | None, environment: Environment
) -> tuple[Callable[[Review], bool] | None, str]:
    """Return which answers are to be forgotten, None for all, and words for them."""
    if net is not None:
        from nntrace.cli.tracing import load_network

        name = load_network(net, environment).name
        return lambda review: review.family is not None and review.of == name, f" about {name}"
    if bank is not None:
        from nntrace.teach.files.bank import load_bank

        loaded = load_bank(bank)
        keys = {question.key for question in loaded.questions}
        title = loaded.title
        return (
            lambda review: review.key in keys or (review.family is None and review.of == title),
            f" to {title}",
        )
    return None, ""


def _confirmed(what: str, environment: Environment) -> bool:
    if not environment.interactive:
        raise UsageError(f"--reset would forget {what}: --yes says that it may")
    said = environment.ask(f"Forget {what}? y for yes · Enter keeps them: ")
    return said is not None and said.strip().lower() in ("y", "yes")


def progress(bank: str | None, output: Output, format: str, environment: Environment) -> None:
    """Tell how somebody stands with every question of a bank, and with others asked before."""
    from nntrace.cli.state import now, read_reviews
    from nntrace.teach.documents import PROGRESS
    from nntrace.teach.files.bank import load_bank
    from nntrace.teach.generator import FAMILIES
    from nntrace.teach.progress import progress_lines, standings
    from nntrace.teach.reports.progress import progress_report

    questions = load_bank(bank).questions
    known = standings(read_reviews(environment))
    families = {name: family.doc for name, family in FAMILIES.items()}
    lines = progress_lines(questions, known, now(environment), families)

    write(
        environment,
        output,
        format,
        lambda view: [progress_report(lines, view)],
        lambda write: write(PROGRESS.of(lines)),
    )
