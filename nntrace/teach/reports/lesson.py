"""A lesson: its prose, and what is live in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from nntrace.teach.live import fill, written
from nntrace.teach.question import Question
from nntrace.teach.reports.prose import paragraphs_of, said, verdict, words_of
from nntrace.teach.step import Block, Command, Goal, Grid, Live, Prose, Say, Verbatim
from nntrace.write.report import (
    Blank,
    Cell,
    Column,
    Emphasis,
    Indented,
    Item,
    Line,
    Meter,
    Report,
    Row,
    Section,
    Table,
    Words,
    line,
    seen,
)

if TYPE_CHECKING:
    from nntrace.core.forward import Trace
    from nntrace.teach.aim import Attempt
    from nntrace.teach.grading import Graded
    from nntrace.teach.step import Lesson
    from nntrace.write.view import View

TAB = 4  # columns
YOUR_TURN = "Your turn."
GIVES_UP = "? shows the answer"
NARROWEST, WIDEST = 20, 78  # columns of prose: longer lines are hard to read


def _report(items: Iterable[Item], view: View) -> Report:
    """Tell in as few columns as there are: a lesson breaks its lines rather than lets them run."""
    return Report(items, view, narrowest=1)


def _prose(items: Iterable[Item], view: View) -> Report:
    width = max(NARROWEST, min(view.width or 80, WIDEST))
    return _report(items, view._replace(width=width))


# ---- where one is ----


def title(lesson: Lesson, view: View) -> Report:
    """Tell the title of the lesson."""
    return _report([line(lesson.title, emphasis="strong")], view)


def header(lesson: Lesson, index: int, share: float, view: View) -> Report:
    """Tell where one is: the number and title of a step, and a line that fills up.

    `share` is how much of the step is behind one, from 0 to 1.
    """
    step = lesson.steps[index]
    of, after = (f" of {lesson.length}", "") if not step.further else ("", ", for who wants more")
    place = f"Step {index + 1}{of}"
    words = line(f"{place} · {step.title}{after}", f"{place}: {step.title}{after}", "strong")
    return _report([words, Meter((index + share) / len(lesson.steps), WIDEST)], view)


def contents(lesson: Lesson, at: int | None, view: View) -> Report:
    """Tell the steps of a lesson, and where the reader stopped."""
    rows = []
    for index, step in enumerate(lesson.steps):
        here = index == at
        name = Words(step.title, emphasis="strong" if here else "")
        mark = "▸" if here else "+" if step.further else " "
        cells: list[Cell] = [f" {mark}", f"{index + 1}", name, " "]
        spoken = f"Step {index + 1}, {step.name}: {step.title}"
        spoken += ", for who wants more" if step.further else ""
        spoken += ", where you stopped" if here else ""
        rows.append(Row([*cells, Words(step.name, emphasis="quiet")], heard=spoken))
    breaks = Column(short="breaks")
    items: list[Item] = [Table([Column(), Column(), breaks, Column(), breaks], rows, gap=1)]
    if any(step.further for step in lesson.steps):
        items.append(seen(" + for who wants more", "quiet"))
    return _prose(items, view)


def command(words: str, view: View) -> Report:
    """Tell a command as it is typed."""
    typed = f"nntrace {words}"
    told = [Words("$ ", ""), Words(typed, f"Command: {typed}", "strong")]
    return _report([Line(told, emphasis="quiet")], view)


def your_turn(words: str, command: str, view: View) -> Report:
    """Tell that the reader may run a command, and what else may be done."""
    lead = f"{YOUR_TURN} Enter runs this command, b goes back, q quits. {words}"
    typed = line(command, f"Command: nntrace {command}", "accent")
    items = [*paragraphs_of(lead), Blank(heard=False), Indented([typed]), Blank(heard=False)]
    return _prose(items, view)


def goal_alone(goal: Goal, view: View) -> Report:
    """Tell what is to be brought about."""
    asks = Line([Words("", "A goal: "), *words_of(goal.asks)])
    return _prose([Section("A goal", "", [], [asks])], view)


def goal(goal: Goal, words: str, view: View) -> Report:
    """Tell what is to be brought about, and the command to begin with."""
    turn = your_turn(words, goal.command.text, view)
    return turn._replace(items=[*goal_alone(goal, view).items, *turn.items])


def judged(goal: Goal, found: Attempt, trace: Trace, nearest: float | None, view: View) -> Report:
    """Tell how near a command came to a goal; `nearest` is how much was missing before, at best."""
    if found.reached:
        first = verdict("right", "Reached.", view)
        return _prose([first, Indented([Line(words_of(goal.reached, trace))])], view)
    value, missing = _plainly(found.found), _plainly(found.missing)
    words = f"{goal.aim.named} is {value}, and is to be {goal.aim.wanted}: {missing} to go."
    if nearest is not None:
        nearer = found.missing < nearest
        words += " Nearer than before." if nearer else " Not nearer than before."
    return _prose([verdict("unknown", "Not yet.", view), Indented([Line(words_of(words))])], view)


def _plainly(value: float) -> str:
    """Write a number without powers of ten, which nobody needs to know here."""
    return "less than 0.0001" if 0 < value < 1e-4 else written(value)


def hint_at(goal: Goal, given: int, view: View) -> Report:
    """Tell hint number `given` at a goal, from 0."""
    return _hint(goal.hints, given, view)


def prose(text: str, trace: Trace | None, view: View, emphasis: Emphasis = "") -> Report:
    """Tell paragraphs that are parted by empty lines."""
    return _prose(paragraphs_of(text, trace, emphasis), view)


def own_words(words: str, lesson: str, view: View) -> Report:
    """Tell what a reader once said in their own words, and what the lesson says."""
    items: list[Item] = [
        line("What you said in your own words:", emphasis="quiet"),
        Indented([Line([Words(words)], emphasis="strong")]),
        line("What the lesson says:", emphasis="quiet"),
        Indented([Line([Words(lesson)])]),
        Blank(heard=False),
    ]
    return _prose(items, view)


def plain(block: Say) -> str:
    """Return what the lesson itself says, as words alone."""
    return said(words_of(block.answer, block.trace))


# ---- questions ----


def asked(question: Question, view: View) -> Report:
    """Tell a question and, unless a number is to be typed, its options."""
    lead = "Predict first"
    items: list[Item] = [Line([Words("", f"{lead}: "), *words_of(question.asks)])]
    if not question.typed:
        rows = [
            Row([Words(letter, f"Option {letter}", "strong"), Line(words_of(option.text))])
            for letter, option in zip(question.letters, question.options, strict=False)
        ]
        items += [Blank(heard=False), Table([Column(), Column(short="breaks")], rows)]
    return _prose([Section(lead, "", [], items)], view)


def answer(question: Question, number: int, view: View) -> Report:
    """Tell the right answer of a question for those who read on; `number` is 0 for the only one."""
    right = question.answer
    letter = "" if question.typed else f"{question.letter}, "
    spoken = f"Answer {number}: {letter}" if number else f"Answer: {letter}"
    lead = Words((f"({number}) " if number else "") + letter, spoken, "strong")
    ends = right.text.endswith((".", "!", "?"))
    stop = Words("  " if ends else ".  ", ". ")
    return _prose([Line([lead, *words_of(right.text), stop, *words_of(right.why)])], view)


def hint(question: Question, given: int, view: View) -> Report:
    """Tell hint number `given`, from 0."""
    return _hint(question.hints, given, view)


def _hint(hints: Sequence[str], given: int, view: View) -> Report:
    lead = Words(f"Hint {given + 1} of {len(hints)}: ")
    return _prose([Indented([Line([lead, *words_of(hints[given])])])], view)


def missed(graded: Graded, view: View) -> Report:
    """Tell why a first answer is wrong, but not what is right."""
    items: list[Item] = [verdict(graded.outcome, graded.verdict, view)]
    if graded.chosen:
        items.append(Indented([Line(words_of(graded.chosen.why))]))
    items.append(line(f"Another try, or {GIVES_UP}."))
    return _prose(items, view)


def discussed(graded: Graded, view: View) -> Report:
    """Tell what is said about an answer: the reason for what was chosen, and the right one's."""
    items: list[Item] = [verdict(graded.outcome, graded.verdict, view)]
    if graded.chosen:
        items.append(Indented([Line(words_of(graded.chosen.why))]))
    if graded.outcome != "right":
        right = graded.right
        letter = f"{right.letter}, " if right.letter else ""
        lead = Words(f"→ {letter}", f"The right answer: {letter}")
        items += [Blank(heard=False), Line([lead, *words_of(right.text)], emphasis="strong")]
        items.append(Indented([Line(words_of(right.why))]))
    return _prose(items, view)


# ---- blocks that need nobody's answer and no command ----


def block(told: Block, view: View) -> Report:
    """Tell a block that needs nobody's answer and no command."""
    match told:
        case Prose():
            return _prose([_paragraph(told)], view)
        case Verbatim():
            return _report([Indented(_verbatim(told), 3)], view)
        case Live():
            return _report(told.draw(view), view)
        case Grid():
            return _report([_grid(told)], view)
        case Command() | Goal() | Question() | Say():
            raise TypeError(f"{type(told).__name__} waits for somebody")


def _paragraph(told: Prose) -> Item:
    """Tell a paragraph or an item of a list."""
    words = words_of(told.text, told.trace)
    if not told.bullet:
        return Line(words)
    spoken = "Item: " if told.bullet == "•" else f"Item {told.bullet} "
    cells: list[Cell] = [Words(f" {told.bullet}", emphasis="strong"), Line(words)]
    row = Row(cells, heard=spoken + said(words))
    return Table([Column(), Column(short="breaks")], [row], gap=1)


def _grid(told: Grid) -> Table:
    """Tell a table of texts; heard, each cell behind its column's name."""
    names = [said(words_of(name, told.trace)) for name in told.head]
    rows = []
    for row in told.rows:
        cells = [words_of(cell, told.trace) for cell in row]
        pairs = zip(names, map(said, cells), strict=True)
        spoken = ", ".join(f"{name} {cell}" if name else cell for name, cell in pairs if cell)
        rows.append(Row([Line(cell) for cell in cells], heard=spoken))
    columns = [
        Column(name, right, short="breaks") for name, right in zip(names, told.right, strict=True)
    ]
    return Table(columns, rows)


def _verbatim(told: Verbatim) -> list[Item]:
    """Tell lines as they are."""
    lines = fill(told.text, told.trace).expandtabs(TAB).split("\n")
    return [line(each, each.strip(), "accent") if each else Blank(heard=False) for each in lines]
