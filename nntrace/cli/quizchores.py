"""What `quiz` does besides asking: lint a bank, write questions down, tell progress."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nntrace.cli.result import write
from nntrace.errors import ExitCode, UsageError, plural, printable

if TYPE_CHECKING:
    from nntrace.cli.environment import Environment
    from nntrace.cli.options import Output
    from nntrace.cli.sessions.questions import Quiz


def lint(path: str, environment: Environment) -> None:
    """Tell every rule that a bank breaks, with its place; ends with 1 where there is one."""
    from nntrace.teach.files.bank import lint_bank

    bank, problems = lint_bank(path)
    for problem in problems:
        environment.report(problem)
    questions = plural(len(bank.questions), "question")
    told = plural(len(problems), "problem") if problems else "all as the rules have it"
    environment.write(environment.encode(f"{path}: {questions}, {told}\n"))
    if problems:
        raise typer.Exit(ExitCode.ANSWER_IS_NO)


def export(quiz: Quiz, path: str, key: str | None, environment: Environment) -> None:
    """Write questions to a file: Markdown with the key in a second one, or Moodle's GIFT.

    Says what was written. The key goes where `key` says, else beside the questions, and there it
    takes no other file's place. Raises UsageError where it would.
    """
    from nntrace.teach.export import gift, sheet

    content = (quiz.questions, quiz.title, quiz.seed)
    suffix = Path(path).suffix.lower()
    keyed = suffix == ".md"
    if keyed:
        answers = sheet.key(*content).encode()
        named, key = key, key or key_path(path)
        if os.path.realpath(path) == os.path.realpath(key):
            raise UsageError(f"--export {path}: {key} is the same file")
        if named is None:
            _check_free(key, answers)
        files = {path: sheet.sheet(*content).encode(), key: answers}
    elif key is not None:
        raise UsageError("--key goes with --export FILE.md: other formats hold the key themselves")
    elif suffix == ".gift" or path.lower().endswith(".gift.txt"):
        files = {path: gift.gift(*content).encode()}
    else:
        raise UsageError(f"--export {path}: its suffix is none of .md, .gift, .gift.txt")
    with ExitStack() as all_or_none:
        for file, data in files.items():
            all_or_none.enter_context(environment.output(file)).write(data)
    questions = f"{plural(len(quiz.questions), 'question')} of --seed {quiz.seed}"
    told = f"wrote {path}: {questions}" + (f"; and {key}: the key" if keyed else " and the key")
    environment.tell(f"{printable(told)}\n")


def _check_free(path: str, data: bytes) -> None:
    """Raise UsageError where a file is there that would be lost: any but one of this content."""
    if not os.path.lexists(path):
        return
    try:
        same = os.path.isfile(path) and Path(path).read_bytes() == data
    except OSError:
        same = False
    if not same:
        raise UsageError(
            f"--export would write over {path}, which is not named:"
            f" --key {path} allows it, --key FILE writes the key elsewhere"
        )


def key_path(path: str) -> str:
    """Return where the answer key of a Markdown sheet goes: `quiz.md` → `quiz-key.md`."""
    sheet = Path(path)
    return str(sheet.with_name(f"{sheet.stem}-key{sheet.suffix}"))


def reset(environment: Environment) -> None:
    """Forget all answers."""
    from nntrace.cli.state import clear_progress

    forgotten = plural(clear_progress(environment), "answer")
    environment.write(environment.encode(f"{forgotten} forgotten\n"))


def progress(bank: str | None, output: Output, format: str, environment: Environment) -> None:
    """Tell how somebody stands with every question of a bank, and with others asked before."""
    from nntrace.cli.state import now, read_reviews
    from nntrace.teach.documents import PROGRESS
    from nntrace.teach.files.bank import load_bank
    from nntrace.teach.progress import progress_lines, standings
    from nntrace.teach.reports.progress import progress_report

    questions = load_bank(bank).questions
    lines = progress_lines(questions, standings(read_reviews(environment)), now(environment))

    write(
        environment,
        output,
        format,
        lambda view: [progress_report(lines, view)],
        lambda write: write(PROGRESS.of(lines)),
    )
