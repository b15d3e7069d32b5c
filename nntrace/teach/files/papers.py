"""The papers of a class: a folder with a file of answers each, or a table of names and answers."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from nntrace.errors import FileError, InputError, NntraceError, Problem, listed, why
from nntrace.read.files import read_bytes
from nntrace.read.yaml.text import decode
from nntrace.teach.files.answers import Answers, read_answers
from nntrace.teach.grading import folded
from nntrace.teach.question import Question

NAMES = ("name", "student", "learner", "person", "full name", "student name", "nickname")
# Files that lie in a folder without being anybody's: a note for people, what systems leave behind.
_NOBODYS = re.compile(r"read[-_ ]?me|liesmich|lisez[-_]?moi|leeme|leggimi|thumbs|desktop", re.I)
_NUMBER = re.compile(r"\W*(?:q(?:uestion)?\.?\s*)?([0-9]{1,4})\W*(?:/\s*[0-9.]+)?", re.I)


class Paper(NamedTuple):
    """Somebody's answers, as they were written."""

    name: str
    answers: Answers


class Papers(NamedTuple):
    """The papers of a class, what of them could not be read, and what is to be said of them."""

    papers: list[Paper]
    problems: list[Problem]
    remarks: list[str]


def read_papers(path: str, questions: Sequence[Question]) -> Papers:
    """Read the papers of a class.

    In a folder each file is somebody's, named after them unless a first line `name: Ada` says
    otherwise; a README, hidden files and folders in it are let be. A table (CSV, also with `;` or
    tabs) has a line for each: the name, then an answer for each of the `questions`; its first line
    may name the columns: by number, by id or by the words of a question, and `seed`.

    A file that cannot be read is told as a problem, and the others are read. Raises InputError
    where there is nothing to read, FileError where the folder or the table cannot be.
    """
    found = _folder(Path(path)) if Path(path).is_dir() else _table(path, questions)
    if not found.papers and not found.problems:
        raise InputError(Problem("has no answers of anybody", (), path))
    twice = [
        name for name, count in Counter(each.name for each in found.papers).items() if count > 1
    ]
    told = [f"{path} has several papers of {name}: each is graded by itself" for name in twice]
    return found._replace(remarks=[*found.remarks, *told])


# ---- a folder ----


def _folder(folder: Path) -> Papers:
    try:
        visible = [each for each in folder.iterdir() if not each.name.startswith(".")]
    except OSError as error:
        raise FileError(Problem(f"cannot be read: {why(error)}", (), str(folder))) from None
    files = sorted(visible, key=_natural)
    inner = [each.name for each in files if each.is_dir()]
    remarks = [f"{folder}: folders in it are left out, {listed(inner)}"] * bool(inner)
    files = [each for each in files if not each.is_dir()]
    nobodys = [each.name for each in files if _NOBODYS.fullmatch(each.stem)]
    remarks += [f"{folder}: left out, being nobody's answers: {listed(nobodys)}"] * bool(nobodys)
    files = [each for each in files if each.name not in nobodys]
    stems = Counter(each.stem for each in files)
    papers: list[Paper] = []
    problems: list[Problem] = []
    for file in files:
        try:
            answers = read_answers(read_bytes(str(file)), str(file))
        except NntraceError as error:
            problems += error.problems
            continue
        name = answers.name or (file.stem if stems[file.stem] == 1 else file.name)
        papers.append(Paper(name, answers))
    return Papers(papers, problems, remarks)


def _natural(file: Path) -> list[tuple[int, str]]:
    """Sort `student2` before `student10`, and capitals with small letters."""
    parts = re.split(r"([0-9]+)", file.name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


# ---- a table ----


def _table(path: str, questions: Sequence[Question]) -> Papers:
    text = decode(read_bytes(path), path).removeprefix("\ufeff")
    lines = _lines(text)
    if not lines:
        return Papers([], [], [])
    columns, remarks = _columns(lines[0][1], questions, path)
    if columns is not None:
        lines = lines[1:]
    papers: list[Paper] = []
    problems: list[Problem] = []
    for number, cells in lines:
        known = columns or {0: "name", **{i: i for i in range(1, len(cells))}}
        try:
            papers.append(_paper(cells, known, path, number))
        except NntraceError as error:
            problems += error.problems
    return Papers(papers, problems, remarks)


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """Return the lines of a table that are not blank, each with its number."""
    first = text.partition("\n")[0]
    counts = {delimiter: first.count(delimiter) for delimiter in ",;\t"}
    reader = csv.reader(text.splitlines(), delimiter=max(counts, key=lambda each: counts[each]))
    return [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]


Column = str | int  # "name" or "seed", or the number of a question from 1


def _columns(
    header: Sequence[str], questions: Sequence[Question], path: str
) -> tuple[dict[int, Column] | None, list[str]]:
    """Return what each column holds, and what is left out; None where the line is no header."""
    names = {folded(each.id): i for i, each in enumerate(questions, start=1)}
    names |= {folded(each.asks): i for i, each in enumerate(questions, start=1)}
    found: dict[int, Column] = {}
    others: list[str] = []
    for place, cell in enumerate(header):
        said = folded(cell)
        number = _NUMBER.fullmatch(cell)
        if said in NAMES and "name" not in found.values():
            found[place] = "name"
        elif said == "seed":
            found[place] = "seed"
        elif said in names:
            found[place] = names[said]
        elif number and int(number[1]):
            found[place] = int(number[1])
        else:
            others.append(cell.strip() or f"#{place}")
    asked = [column for column in found.values() if isinstance(column, int)]
    if "name" not in found.values():
        words = any(re.search("[a-z]", folded(header[place])) for place in found)
        numbers = asked == list(range(1, len(asked) + 1)) and len(others) == 1
        if others[:1] != [header[0].strip()] or not asked or not (words or numbers):
            return None, []  # the first column may have any name; numbers may be answers, too
        found[0], others = "name", others[1:]
    if twice := [each for each, count in Counter(asked).items() if count > 1]:
        message = f"has two columns for question {listed(twice)}, takes one"
        raise InputError(Problem(message, (), path, 1))
    told = f"{path}: columns that are no questions are left out: {listed(others)}"
    return found, [told] * bool(others)


def _paper(cells: Sequence[str], columns: Mapping[int, Column], path: str, line: int) -> Paper:
    name, seed = "", None
    given: dict[int, tuple[int, str]] = {}
    for place, cell in enumerate(cells):
        column = columns.get(place)
        if column == "name":
            name = " ".join(cell.split())
        elif column == "seed" and cell.strip():
            if not re.fullmatch(r"\s*[0-9]{1,100}\s*", cell):
                message = f"seed '{cell.strip()}' takes a whole number, as --seed does"
                raise InputError(Problem(message, (), path, line))
            seed = int(cell)
        elif isinstance(column, int):
            given[column] = (line, cell.strip())
    return Paper(name or f"line {line}", Answers(path, seed, line, by_number=given))
