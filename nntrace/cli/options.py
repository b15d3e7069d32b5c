"""The options that commands share, described once."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Color(StrEnum):
    """When to colour."""

    auto = "auto"
    always = "always"
    never = "never"


class InputFormat(StrEnum):
    """What a stream of rows is written in."""

    csv = "csv"
    jsonl = "jsonl"
    json = "json"


class TextOrJson(StrEnum):
    """For people, or for machines."""

    table = "table"
    json = "json"


NetArgument = Annotated[
    str,
    typer.Argument(
        metavar="NET", help="A net file, a net that comes with nntrace by its name, or - for stdin."
    ),
]
InputOption = Annotated[
    list[str],
    typer.Option(
        "-i",
        "--input",
        metavar="ROW|FILE|-",
        help="Numbers (0.9,0.8 or ears=0.8,…), a .csv, .json, .jsonl, .npy, .npz or .png file, or"
        " - for stdin. Repeatable.",
    ),
]
InputFormatOption = Annotated[
    InputFormat | None,
    typer.Option("--input-format", help="What stdin holds; told by its first character else."),
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
PrecisionOption = Annotated[
    int,
    typer.Option("-p", "--precision", min=0, max=17, help="Decimals shown in tables."),
]
OutputOption = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write to a file; its suffix says what."),
]
AllOption = Annotated[
    bool, typer.Option("--all", help="Show every neuron of wide layers on a terminal, too.")
]
FormatOption = Annotated[
    TextOrJson | None, typer.Option("-f", "--format", help="table (default) or json.")
]
ColorOption = Annotated[
    Color, typer.Option("--color", help="Colour: on a terminal, always or never.")
]
