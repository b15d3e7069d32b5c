"""A lesson on a terminal: a screen at a time, on and back again, and tomorrow from where it was."""

from __future__ import annotations

import re

from nntrace.cli.interrupts import Ended
from nntrace.cli.sessions.exercises import BACK, GOES_ON, Exercises
from nntrace.cli.sessions.parts import Teller, lay_out
from nntrace.cli.sessions.screens import Mark, Screens
from nntrace.cli.sessions.talk import Stopped, text_of
from nntrace.cli.state import recall_place, remember_place
from nntrace.errors import ExitCode
from nntrace.teach.reports import lesson as told
from nntrace.teach.step import Lesson

USUAL_HEIGHT = 24  # lines of a terminal that does not say
START = Mark(0, 0)

_PLACE = re.compile(r"(\S+)(?: ([0-9]{1,6})\.([0-9]{1,6}))?")


class _Go(Exception):
    """The reader wants another screen: a step by its index, and where in it, None for its end."""

    def __init__(self, step: int, mark: Mark | None = START) -> None:
        super().__init__(step, mark)
        self.step = step
        self.mark = mark


class _Ended(Exception):
    """The reader is through, and may want the quiz."""

    def __init__(self, to_quiz: bool) -> None:
        super().__init__(to_quiz)
        self.to_quiz = to_quiz


class Session(Exercises):
    """A sitting with a lesson: at which screen the reader is."""

    def __init__(
        self, teller: Teller, lesson: Lesson, key: str, bundled: bool, quiz: list[str] | None
    ) -> None:
        super().__init__(teller, lesson, key, bundled)
        self.quiz = quiz
        self.step: int | None = None
        self.mark = START
        self.laid: dict[int, Screens] = {}
        self.screens: Screens | None = None  # of which the reader sees one
        self.height = self.rows

    def go(self, chosen: int | None) -> int:
        """Go through the lesson from a step, or from where the reader stopped last time.

        Returns the exit code, which is that of the quiz where the reader went on to it.
        """
        step, mark = chosen, START
        while True:
            try:
                if step is None:
                    step, mark = self._begin()
                step, mark = self._visit(step, mark)
            except _Go as wish:
                step = wish.step
                mark = self._screens(step).last if wish.mark is None else wish.mark
            except _Ended as end:
                remember_place(self.environment, self.key, self.lesson.steps[0].name)
                return self._ask_questions() if end.to_quiz and self.quiz else ExitCode.DONE
            except Stopped:
                self._say_where()
                return ExitCode.DONE
            except Ended:
                self._say_where()
                raise

    def _say_where(self) -> None:
        """Say where the reader stopped."""
        if self.step is not None:
            title = self.lesson.steps[self.step].title
            self.tell(f"You stopped in step {self.step + 1}, {title}. The same goes on there.")

    def _ask_questions(self) -> int:
        from nntrace.cli.app import answer

        self.clear()
        return answer(self.quiz or [], self.environment)

    def _screens(self, step: int) -> Screens:
        """Return the screens of a step, for the terminal as it is."""
        if step not in self.laid:
            header = told.header(self.lesson, step, 0, self.view)
            above = text_of(header, "\n").count("\n")
            if not self.clears:  # below what was typed, and an empty line
                above += 2
            room = (self.rows or USUAL_HEIGHT) - above
            self.laid[step] = Screens(self.teller, self.lesson, step, room)
        return self.laid[step]

    def fit(self) -> bool:
        """Lay the steps anew where the terminal has another size by now."""
        changed = super().fit() or self.rows != self.height
        if changed:
            self.height = self.rows
            self.teller = self.teller._replace(view=self.view)
            self.laid.clear()
        return changed

    def _now(self, step: int, mark: Mark) -> Mark:
        """Return where a screen of the layout that the reader sees is, as steps are laid by now.

        That shows it again rather than leaves some of it out.
        """
        seen, now = self.screens, self._screens(step)
        if seen is None or seen is now:
            return mark
        return Mark(mark.part, mark.screen * len(now.of(mark.part)) // len(seen.of(mark.part)))

    # ---- the screens ----

    def _begin(self) -> tuple[int, Mark]:
        """Show what there is, and ask where to begin."""
        lesson, view = self.lesson, self.view
        stopped = self._stopped()
        self.clear()
        self.show(told.title(lesson, view), "\n")
        self.show(*lay_out([self.teller.piece(lesson, each) for each in lesson.opening], False))
        self.show(told.contents(lesson, stopped[0] if stopped else None, view), "\n")
        which = f"1 to {len(lesson.steps)} or a name"
        if stopped is None:
            self.until_enter("Enter begins", f"{which} goes there")
            return 0, START
        title = lesson.steps[stopped[0]].title
        lead = f"You stopped in step {stopped[0] + 1}, {title}."
        self.until_enter("Enter goes on there", f"{which} goes elsewhere", lead=lead)
        return stopped

    def _stopped(self) -> tuple[int, Mark] | None:
        """Return the screen at which the reader stopped, None where that is the first."""
        found = _PLACE.fullmatch(recall_place(self.environment, self.key) or "")
        step = self.lesson.find(found[1]) if found else None
        if not found or step is None:
            return None
        mark = Mark(int(found[2] or 0), int(found[3] or 0))
        return None if (step, mark) == (0, START) else (step, mark)

    def _visit(self, step: int, mark: Mark) -> tuple[int, Mark]:
        """Show a screen, let the reader do what is to be done there, and return the next one."""
        screens = self._screens(step)
        mark = screens.near(mark)
        screen = screens.at(mark)
        header = self.clears or step != self.step or mark == START
        self.step, self.mark, self.screens = step, mark, screens
        name = self.lesson.steps[step].name
        remember_place(self.environment, self.key, f"{name} {mark.part}.{mark.screen}")
        share = (mark.part + mark.screen / len(screens.of(mark.part))) / len(screens.parts)
        self.header = text_of(told.header(self.lesson, step, share, self.view), "\n")
        self.clear()
        self.show(self.header if header else "", screen.text)
        goes_on = screen.waits is not None and self.do(screen.waits)
        after = screens.after(mark)
        if after is None:
            return self._onward(step)
        if not goes_on:
            self.until_enter(GOES_ON, BACK)
        return step, self._now(step, after)

    def _onward(self, step: int) -> tuple[int, Mark]:
        """Ask where to go behind the last screen of a step."""
        steps, count = self.lesson.steps, len(self.lesson.steps)
        elsewhere = (BACK, f"1 to {count} or a name goes there")
        end = "takes the quiz" if self.quiz else "ends the lesson"
        if step + 1 == count:
            self.until_enter(f"Enter {end}", *elsewhere)
            raise _Ended(True)
        following = steps[step + 1]
        on = [f"Enter goes on to step {step + 2}, {following.title}"]
        if following.further:
            if not steps[step].further:
                self.tell("That was the lesson. Whoever wants more of it may go on.")
            on.append(f"end {end}")
        self.until_enter(*on, *elsewhere)
        return step + 1, START

    def wish(self, said: str) -> None:
        """Go where the reader wants to, if that is what was said."""
        word = said.lower()
        step = self.step
        if word in ("quit", "exit"):
            raise Stopped
        if step is not None and word in ("b", "back"):
            if self.screens and (before := self.screens.before(self.mark)):
                raise _Go(step, self._now(step, before))
            raise _Go(step - 1, None) if step else _Go(0)
        if step is not None and word in ("n", "next") and step + 1 < len(self.lesson.steps):
            raise _Go(step + 1)
        if step is not None and word in ("end", "quiz") and step + 1 >= self.lesson.length:
            raise _Ended(True)
        found = self.lesson.find(said)
        if found is not None:
            raise _Go(found)
