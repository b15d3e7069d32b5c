"""`nntrace schema`: the JSON Schemas of the files that people write and of every JSON output."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from nntrace.cli.environment import Environment
from nntrace.cli.options import Color, ColorOption, OutputOption


class Name(StrEnum):
    """What has a schema."""

    net = "net"
    bank = "bank"
    trace = "trace"
    row = "row"
    predict = "predict"
    explain = "explain"
    show = "show"
    check = "check"
    quiz = "quiz"
    grades = "grades"
    progress = "progress"
    ladder = "ladder"
    stats = "stats"


def schema(
    context: typer.Context,
    name: Annotated[
        Name,
        typer.Argument(
            metavar="[NAME]",
            help="net: the net file. bank: a question bank. trace: run -f json."
            " row: a line of run -f jsonl."
            " grades: quiz --answers FILE -f json."
            " The others: the command of that name with -f json.",
        ),
    ] = Name.net,
    output: OutputOption = None,
    color: ColorOption = Color.auto,  # a machine format has none
) -> None:
    """Print the JSON Schema of a file or output.

    \b
    nntrace schema > net.schema.json
    nntrace schema trace

    An editor with a YAML plug-in completes and checks net files that begin with
    "# yaml-language-server: $schema=net.schema.json".
    """
    environment: Environment = context.obj

    from nntrace.write.encode import encode_document

    if name is Name.net:
        from nntrace.read.nets.grammar import net_schema

        content = net_schema()
    elif name is Name.bank:
        from nntrace.teach.files.grammar import bank_schema

        content = bank_schema()
    else:
        from nntrace.teach import documents
        from nntrace.write.documents.fields import schema_of
        from nntrace.write.documents.outputs import DOCUMENTS

        content = schema_of((DOCUMENTS | documents.DOCUMENTS)[name.value], name.value)
    with environment.output(output) as stream:
        stream.write(encode_document(content))
