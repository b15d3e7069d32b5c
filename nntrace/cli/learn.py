"""`nntrace learn`: the lesson, step by step."""

from __future__ import annotations

import os
from typing import Annotated

from nntrace.cli import threads
from nntrace.cli.command import Argument, Context
from nntrace.cli.environment import Environment
from nntrace.cli.options import AccessibleOption, Color, ColorOption, Output
from nntrace.cli.result import view_of
from nntrace.errors import ExitCode, UsageError, unknown


def learn(
    context: Context,
    what: Annotated[
        str | None,
        Argument(
            metavar="[STEP|FILE.md]", help="A step's number or name, or a lesson of your own."
        ),
    ] = None,
    step: Annotated[str | None, Argument(metavar="[STEP]", help="A step of that lesson.")] = None,
    accessible: AccessibleOption = False,
    color: ColorOption = Color.auto,
) -> int:
    """Learn how a neural network works, in six steps and two further ones.

    \b
    nntrace learn
    nntrace learn ladder
    nntrace learn | less
    nntrace learn my-lesson.md

    On a terminal it goes screen by screen, asks you to predict, gives a wrong answer its reason and
    another try, judges what you try, goes back at b, and remembers where you stopped; on a pipe it
    prints the text. docs/lessons.md of the project tells how to write a lesson of your own.
    """
    environment: Environment = context.obj
    file = what if what and _is_file(what) else None
    if file is None and step is not None:
        raise UsageError(f"takes one step, not '{what}' and '{step}'; a file ends in .md")

    threads.stay_with_one()  # the nets of a lesson are small
    from nntrace.cli.sessions.parts import Teller, run_all, whole_text
    from nntrace.teach.files.lesson import load

    lesson = load(file)
    named = step if file else what
    chosen = None if named is None else lesson.find(named)
    if named is not None and chosen is None:
        names = [each.name for each in lesson.steps]
        raise UsageError(unknown("step", named, names) + f" (or 1 to {len(names)})")
    view = view_of(environment, Output(accessible=accessible, color=color))
    teller = Teller(environment, view._replace(width=view.width or 80), {})
    if not environment.interactive:
        steps = range(len(lesson.steps)) if chosen is None else [chosen]
        text = whole_text(teller, lesson, steps, opening=chosen is None)
        environment.write(environment.encode(text))
        return ExitCode.DONE
    if file:  # the bundled one is known to work
        run_all(teller, lesson, range(len(lesson.steps)))
    from nntrace.cli.sessions.lesson import Session

    key = os.path.realpath(file) if file else "nntrace"
    flags = ["--color", color.value, *(["--accessible"] if accessible else [])]
    bank = ["--bank", lesson.bank] if lesson.bank else []
    quiz = None if file and not bank else ["quiz", *bank, *flags]
    session = Session(teller, lesson, key, bundled=not file, quiz=quiz)
    return session.go(chosen)


def _is_file(word: str) -> bool:
    """Whether a word names a file: step names have neither a dot nor a slash."""
    return "." in word or os.sep in word or "/" in word
