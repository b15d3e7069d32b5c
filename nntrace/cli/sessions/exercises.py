"""What a reader of a lesson does: predict, try a command, bring something about, say it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nntrace.cli.sessions.goals import judged
from nntrace.cli.sessions.parts import Done, Teller
from nntrace.cli.sessions.replacing import replaced
from nntrace.cli.sessions.screens import parting
from nntrace.cli.sessions.talk import Talk, parted, text_of
from nntrace.cli.state import OwnWords, keep_words
from nntrace.errors import ExitCode, UsageError
from nntrace.teach.files.commandline import looking_command
from nntrace.teach.question import Question
from nntrace.teach.reports import lesson as told
from nntrace.teach.step import Block, Command, Goal, Lesson, Say

if TYPE_CHECKING:
    from nntrace.write.report import Report
    from nntrace.write.view import View

CLEAR = "\x1b[2J\x1b[H"
LEAST_PAGE = 8  # lines
GOES_ON = "Enter goes on"
BACK = "b goes back"

Takes = Callable[[str], bool]


def nothing_else(said: str) -> bool:
    """Take nothing but what is always taken."""
    return False


def in_place_of(command: str) -> Takes:
    """Take what stands for a part of a command: other numbers, a text, another neuron."""
    return lambda said: replaced(command, said) is not None


class Exercises(Talk):
    """A sitting with a lesson, as far as something is done on a screen."""

    dims = True
    gives_up = told.GIVES_UP
    back = (BACK,)

    def __init__(self, teller: Teller, lesson: Lesson, key: str, bundled: bool) -> None:
        super().__init__(teller.environment, teller.view)
        self.teller = teller
        self.lesson = lesson
        self.key = key
        self.bundled = bundled
        self.header = ""  # of the screen
        self.asked_at = 0  # lines above what is asked on it

    def do(self, block: Block) -> bool:
        """Do what a block waits for; return whether the reader wants to go on already."""
        match block:
            case Question():
                self._predict(block)
            case Say():
                self._say(block)
            case Goal():
                self._try(block.command, block)
                return True
            case Command():
                self._try(block)
                return True
        return False

    # ---- predictions, and one's own words ----

    def _predict(self, question: Question) -> None:
        """Take the reader's answer, give a wrong one its reason and another try, and discuss it."""
        view = self.teller.column
        self.asked_at = self.used - text_of(told.asked(question, view)).count("\n")
        graded, hints = self.answer(question, self._hint, view)
        if graded.has_second_try:
            self._again(question, text_of(told.missed(graded, view)))
            graded = self.another(graded, hints, self._hint, view)
        self.show_in_pages(text_of("\n", told.discussed(graded, view), "\n"))

    def _hint(self, question: Question, given: int, view: View) -> Report:
        report = told.hint(question, given, view)
        self._again(question, text_of(report), shows=False)
        return report

    def _again(self, question: Question, text: str, shows: bool = True) -> None:
        """Show what is said about a question, and that again where it would leave the screen."""
        needs = self.used - self.asked_at + text.count("\n") + 2
        if self.clears and self.rows and needs > self.rows:
            self.clear()
            self.show(self.header)
            self.asked_at = self.used
            self.show(told.asked(question, self.teller.column), "\n")
        if shows:
            self.show(text)

    def _say(self, block: Say) -> None:
        """Take some words of the reader's own, keep them, and give the lesson's."""
        view = self.teller.column
        shows = "? shows the lesson's"
        while not (said := self.choose("your own words", shows, BACK)):
            self.refuse(said, f"It takes a sentence of your own. {shows}.")
        lead = "The lesson's own:"
        if said != "?":
            self.wish(said)
            keep_words(self.environment, self.key, OwnWords(said, told.plain(block)))
            lead = f"Yours is the one to keep, and `nntrace quiz --due` shows it again. {lead}"
        answer = told.prose(block.answer, block.trace, view, "strong")
        self.show_in_pages(text_of("\n", told.prose(lead, None, view), "\n", answer, "\n"))

    # ---- commands ----

    def _try(self, command: Command, goal: Goal | None = None) -> None:
        """Let the reader run the lesson's command, the same with other numbers, or any other.

        With a goal it is said of each how near it comes, until the reader goes on.
        """
        text, ran, hints = command.text, False, 0
        nearest: float | None = None
        typed = None
        while True:
            said = (typed or self.ask("$ nntrace")).removeprefix("nntrace ").strip()
            if not said and ran:
                return
            if goal and said.lower() in ("h", "?"):
                hints = self._hint_at(goal, hints)
                continue
            other = replaced(text, said)
            if said and other is None:
                self.wish(said)
            wanted = other or said or text
            done, wrong = self._run(wanted, as_lesson=not said)
            again = f"Enter runs: nntrace {text}"
            shown = ""
            if wanted != said:
                self.take_back(0 if typed else self.asked)
                shown = text_of(told.command(wanted, self.view))
            if done:
                shown += done.out
                text, ran, again = wanted, True, "Another one, or Enter goes on."
            if goal and done:
                found = judged(
                    goal, looking_command(wanted).words, self._folder(not said), self.environment
                )
                if found.attempt is None or found.trace is None:
                    shown += text_of("\n", told.prose(found.words, None, self.teller.column))
                else:
                    told_as = goal._replace(reached=found.words)
                    verdict = (told_as, found.attempt, found.trace, nearest, self.teller.column)
                    shown += text_of("\n", told.judged(*verdict))
                    missing = found.attempt.missing
                    nearest = missing if nearest is None else min(nearest, missing)
                    hint = " h gives a hint." if hints < len(goal.hints) else ""
                    if not found.attempt.reached:
                        again = f"Another one?{hint} Enter goes on."
            typed = self.show_in_pages(shown, 3, in_place_of(wanted))
            if typed:
                continue
            if wrong:
                self.tell(wrong)
            if done:
                self.environment.tell(done.err)
            self.tell("")
            self.tell(again)

    def _hint_at(self, goal: Goal, given: int) -> int:
        """Give the next hint at a goal; return how many were given."""
        if given == len(goal.hints):
            self.tell("No more hints. Enter goes on, which is fine.")
            return given
        self.show(told.hint_at(goal, given, self.teller.column))
        return given + 1

    def _folder(self, as_lesson: bool) -> Path | None:
        """Return the folder in which a command runs: what is typed names files of the reader's."""
        return self.lesson.folder if as_lesson or not self.bundled else None

    def _run(self, typed: str, as_lesson: bool) -> tuple[Done | None, str]:
        """Run a command; return what came of it, or what is wrong with it, as it is always told."""
        try:
            words = looking_command(typed).words
        except UsageError as error:
            found = [each._replace(line=None, column=None, text=None) for each in error.problems]
            return None, "\n".join(f"nntrace: error: {each}" for each in found)
        done = self.teller.run(words, self._folder(as_lesson))
        if done.code != ExitCode.NOT_DONE:
            return done, ""
        return None, done.err.rstrip("\n")

    # ---- the screen ----

    def show_in_pages(self, text: str, below: int = 0, other: Takes = nothing_else) -> str:
        """Show a text, with a pause wherever the screen is full of what was not read yet.

        Behind it come so many lines `below`, which are seen together with its end. Where what is
        typed at a pause is some `other` thing that is taken, that ends it, and is returned.
        """
        lines = parted(text, self.view).splitlines(keepends=True)
        page = max((self.rows or len(lines) + 2 + below) - 2, LEAST_PAGE)
        while len(lines) > max(page - below, 1):
            shown = parting(lines, min(page, len(lines) - 1))
            self.show("".join(lines[:shown]))
            lines = lines[shown:]
            if said := self.until_enter(GOES_ON, BACK, other=other):
                return said
        self.show("".join(lines))
        return ""

    def until_enter(self, *choices: str, lead: str = "", other: Takes = nothing_else) -> str:
        """Ask until the reader presses Enter or types some `other` thing, which is returned.

        Goes elsewhere where that is wanted.
        """
        while (said := self.choose(*choices, lead=lead)) and not other(said):
            self.wish(said)
            count = len(self.lesson.steps)
            takes = f"It takes Enter, b, q, or a step: 1 to {count} or a name."
            self.refuse(said, takes)
        return said

    def clear(self) -> None:
        """Begin a new screen."""
        self.used = 0
        if self.clears:
            self.environment.write(CLEAR.encode())
        else:
            self.show("\n")
