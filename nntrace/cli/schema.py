"""`nntrace schema`: the JSON Schemas of the files that people write and of every JSON output."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

from nntrace.cli.command import Argument, Context, OneOf
from nntrace.cli.environment import Environment
from nntrace.cli.options import Color, ColorOption, OutputOption

if TYPE_CHECKING:
    from nntrace.write.documents.fields import Json


# The documents, by where each is described in `write.documents`; those without a module, in teach.
DOCUMENTS = {
    "trace": "trace.TRACE",
    "row": "trace.TRACED_ROW",
    "predict": "trace.PREDICT",
    "explain": "explain.EXPLAIN",
    "margin": "margin.MARGIN",
    "show": "show.SHOW",
    "check": "check.CHECK",
    "diff": "diff.DIFF",
    "quiz": "QUIZ",
    "grades": "GRADES",
    "class": "CLASS",
    "progress": "PROGRESS",
    "ladder": "ladder.LADDER",
    "stats": "stats.STATS",
    "tensors": "tensors.TENSORS",
}


def schema_named(name: str) -> Json:
    """Return the JSON Schema of a document, or of a file that people write: `net` or `bank`."""
    if name == "net":
        from nntrace.read.nets.grammar import net_schema

        return net_schema()
    if name == "bank":
        from nntrace.teach.files.grammar import bank_schema

        return bank_schema()
    from nntrace.teach import documents as of_teaching
    from nntrace.write import documents
    from nntrace.write.documents.fields import schema_of

    home = documents if "." in DOCUMENTS[name] else of_teaching
    return schema_of(attrgetter(DOCUMENTS[name])(home), name)


def schema(
    context: Context,
    name: Annotated[
        str,
        OneOf(("net", "bank", *DOCUMENTS)),
        Argument(
            metavar="[NAME]",
            help="net: the net file. bank: a question bank. trace: run -f json."
            " row: a line of run -f jsonl."
            " grades: quiz --answers FILE -f json. class: quiz --grade FOLDER -f json."
            " tensors: show -f json of a file of weights."
            " The others: the command of that name with -f json.",
        ),
    ] = "net",
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

    from nntrace.write.encode import encode

    with environment.output(output) as stream:
        stream.write(encode(schema_named(name), indent=True) + b"\n")
