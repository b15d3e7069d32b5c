"""`nntrace quiz --grade`: the answers of a whole class."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nntrace.cli.result import write
from nntrace.errors import ExitCode, NntraceError, plural

if TYPE_CHECKING:
    from nntrace.cli.environment import Environment
    from nntrace.cli.options import Output
    from nntrace.cli.sessions.questions import Quiz
    from nntrace.teach.classroom import Person
    from nntrace.teach.files.papers import Paper


def grade_class(
    path: str,
    gather: Callable[[int], Quiz],
    seed: int | None,
    pass_mark: float | None,
    output: Output,
    environment: Environment,
) -> ExitCode:
    """Grade the papers of a folder or a table, and tell how everybody did.

    `gather` returns the quiz of a seed; `seed` is the one that was asked for. What cannot be read
    or graded is reported, all of it, and the others are graded; then 2 is returned, else 1
    where somebody is below the pass mark.
    """
    from nntrace.teach.classroom import Class
    from nntrace.teach.documents import CLASS, PERSON, class_rows
    from nntrace.teach.files.papers import read_papers
    from nntrace.teach.reports.classroom import class_report

    quizzes: dict[int, Quiz] = {}

    def of_seed(drawn: int) -> Quiz:
        if drawn not in quizzes:
            quizzes[drawn] = gather(drawn)
        return quizzes[drawn]

    first = of_seed(seed or 0)
    found = read_papers(path, first.questions)
    problems = list(found.problems)
    remarks = list(found.remarks)
    people: list[Person] = []
    for paper in found.papers:
        try:
            person, left_out = _graded(paper, of_seed, seed)
            people.append(person)
            remarks += left_out
        except NntraceError as error:
            problems += error.problems
    for remark in remarks:
        environment.say("warning", remark)
    for problem in problems:
        environment.report(problem)
    graded = Class.of(people)
    if people:
        passes = [None if pass_mark is None else each.score.passes(pass_mark) for each in people]
        told = [PERSON.of(who, passed=passed) for who, passed in zip(people, passes, strict=True)]
        known = {"title": first.title, "network": first.network, "pass_mark": pass_mark}
        document = CLASS.of(graded, **known, people=told)
        write(
            environment,
            output,
            output.chosen,
            lambda view: [class_report(graded, view)],
            lambda write: write(document, class_rows(graded, pass_mark)),
        )
        if (remark := _seedless(path, found.papers)) and seed is None:
            environment.tell(f"{remark}\n")
    if problems:
        return ExitCode.NOT_DONE
    if pass_mark is not None and not all(each.score.passes(pass_mark) for each in people):
        return ExitCode.ANSWER_IS_NO
    return ExitCode.DONE


def _seedless(path: str, papers: Sequence[Paper]) -> str:
    """Say which papers name no seed and what they were graded as; "" where all do."""
    silent = sum(paper.answers.seed is None for paper in papers)
    if not silent:
        return ""
    which = "" if silent == len(papers) else f"{plural(silent, 'paper')} without a seed "
    how = "a first line 'seed: N'" if os.path.isdir(path) else "a column 'seed'"
    return f"{which}graded as the quiz of --seed 0; {how} says another"


def _graded(
    paper: Paper, of_seed: Callable[[int], Quiz], seed: int | None
) -> tuple[Person, list[str]]:
    """Grade the answers of one person; those that are missing count as not known.

    Returns what of the paper is left out, too.
    """
    from nntrace.teach.classroom import Person
    from nntrace.teach.score import grade_all

    drawn = paper.answers.seed_with(seed) or 0
    questions = of_seed(drawn).questions
    score = grade_all(questions, paper.answers.to(questions))
    person = Person(paper.name, paper.answers.source, drawn, score)
    return person, paper.answers.left_out(questions)
