"""The options that commands share, described once."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from nntrace.read.rows.suffixes import FILES, either
from nntrace.write import formats


class Color(StrEnum):
    """When to colour."""

    auto = "auto"
    always = "always"
    never = "never"


class InputFormat(StrEnum):
    """What files and streams of rows are written in."""

    csv = "csv"
    tsv = "tsv"
    jsonl = "jsonl"
    json = "json"


class YesOrNo(StrEnum):
    """An answer."""

    yes = "yes"
    no = "no"


def format_of(output: str, help: str = "Default: as the suffix of -o says, else table.") -> Any:
    """Return the option that chooses the format of an output."""
    named = StrEnum("Format", [(name, name) for name in formats.names(output)])  # type: ignore[misc]
    return Annotated[named | None, typer.Option("-f", "--format", help=help)]


def chosen_format(format: str | None, file: str | None, output: str) -> str:
    """Return how to write: as asked for, else by the suffix of the output file, else a table."""
    return format or formats.by_suffix(file, output) or formats.TABLE


NetArgument = Annotated[
    str,
    typer.Argument(
        metavar="NET",
        help="A net file, or - for stdin; cat-or-dog, digits, iris and xor come along.",
    ),
]
InputOption = Annotated[
    list[str],
    typer.Option(
        "-i",
        "--input",
        metavar="ROW|FILE|-",
        help=f"Numbers (0.9,0.8 or ears=0.8,…), zeros, ones, random (or with a seed, random:7), a"
        f" {either(FILES, '.')} file, a pattern ('data/*.csv'), or - for stdin. Repeatable.",
    ),
]
KeepOption = Annotated[
    list[str],
    typer.Option(
        "--keep",
        metavar="COLUMN",
        help="Carry a column that is no input along: its name, #4 for the column at place 4 (from"
        " 0), or '*' for all the others. Repeatable.",
    ),
]
AllowOption = Annotated[  # of commands that tell nothing of a row's other columns
    list[str],
    typer.Option(
        "--keep",
        metavar="COLUMN",
        help="Allow a column that is no input: its name, #4 for the column at place 4 (from 0), or"
        " '*' for all the others. It shows in no result here. Repeatable.",
    ),
]
DropOption = Annotated[
    list[str],
    typer.Option(
        "--drop", metavar="COLUMN", help="Leave a column out, named as for --keep. Repeatable."
    ),
]
InputFormatOption = Annotated[
    InputFormat | None,
    typer.Option(
        "--input-format",
        help="What files and stdin hold. Default: told by the suffix, or the first character.",
    ),
]
HeaderOption = Annotated[
    YesOrNo | None,
    typer.Option(
        "--header",
        help="Whether the first line of CSV names its columns. Default: where it has anything that"
        " is no number, or is the net's labels.",
    ),
]
DelimiterOption = Annotated[
    str | None,
    typer.Option(
        "--delimiter",
        metavar="CHAR",
        help="What stands between the cells of CSV: a character, or tab. Default: a comma, in .tsv"
        " a tab.",
    ),
]
ExampleOption = Annotated[
    list[str],
    typer.Option("--example", metavar="NAME", help="An example of the net file. Repeatable."),
]
SetOption = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="LAYER.NEURON=VALUE",
        help="Set what a neuron (or input) gives before the next layer reads it. Repeatable.",
    ),
]
DeterministicOption = Annotated[
    bool,
    typer.Option(
        "--deterministic",
        help="The same bits for a row in any batch, at any number of threads; slower on wide nets.",
    ),
]
PrecisionOption = Annotated[
    int,
    typer.Option("-p", "--precision", min=0, max=17, help="Decimals shown in tables."),
]
OutputOption = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write to a file, not to standard output."),
]
AllOption = Annotated[
    bool, typer.Option("--all", help="Leave nothing out on a terminal: every neuron, term and row.")
]
if TYPE_CHECKING:
    TraceFormat: TypeAlias = str | None
    PredictionsFormat: TypeAlias = str | None
    StatisticsFormat: TypeAlias = str | None
    DocumentFormat: TypeAlias = str | None
else:
    TraceFormat = format_of(formats.TRACE)
    PredictionsFormat = format_of(
        formats.PREDICTIONS,
        "Default: as the suffix of -o says, else a table on a terminal (with --summary or"
        " --accessible anywhere), and csv into a pipe or file.",
    )
    StatisticsFormat = format_of(formats.STATISTICS)
    DocumentFormat = format_of(formats.DOCUMENT)
ColorOption = Annotated[
    Color, typer.Option("--color", help="Colour: on a terminal, always or never.")
]
AccessibleOption = Annotated[
    bool,
    typer.Option("--accessible", help="Labelled lines for a screen reader: no boxes, no bars."),
]
