"""The options that commands share, described once, and the values that they make up."""

# Annotations are values here: as texts, they would be compiled at every start.

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from nntrace.cli.command import Argument, But, OneOf, Option, but
from nntrace.read.nets.load import DTYPES, ENGINES
from nntrace.read.rows.formats import STREAMS, SUFFIXES, either
from nntrace.records import NamedTuple
from nntrace.write import formats

if TYPE_CHECKING:
    from nntrace.read.rows.batches import Reading

STANDARD = (None, "-", "/dev/stdout")  # where nothing says another file


class Color(StrEnum):
    """When to colour."""

    auto = "auto"
    always = "always"
    never = "never"


def writing(content: str, help: str = "Default: as the suffix of -o says, else table.") -> But:
    """Say, in an annotation, what a command writes, and with that in which formats it can."""
    option = Option("-f", "--format", help=help)
    named = Annotated[str | None, OneOf(formats.names(content)), option]
    return but(format=named, content=content)


NetArgument = Annotated[
    str,
    Argument(
        metavar="NET",
        help="A net file, an ONNX model, or - for stdin; aab, cat-or-dog, digits, digits-conv, "
        "iris, languages, letters and xor come along.",
    ),
]


class Opening(NamedTuple):
    """How an ONNX model is opened; a net file says all of it itself."""

    nodes: Annotated[
        bool,
        Option("--nodes", help="Of an ONNX model: leave every node a layer of its own."),
    ] = False
    dtype: Annotated[
        str | None,
        OneOf(DTYPES),
        Option("--dtype", help="Of an ONNX model: run every float of it in this."),
    ] = None
    engine: Annotated[
        str | None,
        OneOf(ENGINES),
        Option("--engine", help="Of an ONNX model: what computes its tensors. Default: numpy."),
    ] = None


InputOption = Annotated[
    Sequence[str],
    Option(
        "-i",
        "--input",
        metavar="ROW|FILE|-",
        help=f"Numbers (0.9,0.8 or ears=0.8,…), zeros, ones, random (or with a seed, random:7), a"
        f" {either(SUFFIXES)} file, a pattern ('data/*.csv'), or - for stdin; for nets that"
        " read text, a text or a .txt file. Repeatable.",
    ),
]
KeepOption = Annotated[
    Sequence[str],
    Option(
        "--keep",
        metavar="COLUMN",
        help="Carry a column that is no input along: its name, #4 for the column at place 4 (from"
        " 0), or '*' for all the others. Repeatable.",
    ),
]
AllowOption = Annotated[  # of commands that tell nothing of a row's other columns
    Sequence[str],
    Option(
        "--keep",
        metavar="COLUMN",
        help="Allow a column that is no input: its name, #4 for the column at place 4 (from 0), or"
        " '*' for all the others. It shows in no result here. Repeatable.",
    ),
]
DropOption = Annotated[
    Sequence[str],
    Option("--drop", metavar="COLUMN", help="Leave a column out, named as for --keep. Repeatable."),
]
TargetOption = Annotated[
    str | None,
    Option("-t", "--target", metavar="COLUMN", help="The column that tells the class of each row."),
]
InputFormatOption = Annotated[
    str | None,
    OneOf(STREAMS),
    Option(
        "--input-format",
        help="What files and stdin hold. Default: told by the suffix, or the first character.",
    ),
]
HeaderOption = Annotated[
    str | None,
    OneOf(("yes", "no")),
    Option(
        "--header",
        help="Whether the first line of CSV names its columns. Default: where it has anything that"
        " is no number, or is the net's labels.",
    ),
]
DelimiterOption = Annotated[
    str | None,
    Option(
        "--delimiter",
        metavar="CHAR",
        help="What stands between the cells of CSV: a character, or tab. Default: a comma, in .tsv"
        " a tab.",
    ),
]
ExampleOption = Annotated[
    Sequence[str],
    Option("--example", metavar="NAME", help="An example of the net file. Repeatable."),
]
SetOption = Annotated[
    Sequence[str],
    Option(
        "--set",
        metavar="LAYER.NEURON=VALUE",
        help="Set what a neuron (or input) gives before the next layer reads it. Repeatable.",
    ),
]
DeterministicOption = Annotated[
    bool,
    Option(
        "--deterministic",
        help="The same bits for a row in any batch, at any number of threads; slower on wide nets.",
    ),
]
PrecisionOption = Annotated[
    int,
    Option("-p", "--precision", min=0, max=17, help="Decimals shown in tables."),
]
OutputOption = Annotated[
    str | None,
    Option("-o", "--output", metavar="FILE", help="Write to a file, not to standard output."),
]
AllOption = Annotated[
    bool, Option("--all", help="Leave nothing out on a terminal: every neuron, term and row.")
]
ColorOption = Annotated[Color, Option("--color", help="Colour: on a terminal, always or never.")]
AccessibleOption = Annotated[
    bool,
    Option("--accessible", help="Labelled lines for a screen reader: no boxes, no bars."),
]


class Rows(NamedTuple):
    """Which rows go through a net, how they are read, and how they are traced."""

    inputs: InputOption = ()
    examples: ExampleOption = ()
    target: str | None = None  # an option of commands that compare with the true classes
    keep: KeepOption = ()
    drop: DropOption = ()
    input_format: InputFormatOption = None
    header: HeaderOption = None
    delimiter: DelimiterOption = None
    settings: SetOption = ()
    deterministic: DeterministicOption = False
    carries: bool = True  # whether what is kept shows in the result

    @property
    def names_examples(self) -> bool:
        """Whether some of the rows are examples of the net, which have names."""
        return bool(self.examples) or not self.inputs

    @property
    def reading(self) -> "Reading":
        """How the rows are to be read; UsageError where that cannot be."""
        from nntrace.read.rows.batches import Reading, delimiter_of

        return Reading(
            tuple(self.keep),
            tuple(self.drop),
            self.input_format,
            None if self.header is None else self.header == "yes",
            None if self.delimiter is None else delimiter_of(self.delimiter),
            self.target,
            self.carries,
        )


# What a row's other columns hold, such commands do not tell.
RowsAlone = Annotated[Rows, but(keep=AllowOption, carries=False)]


class Output(NamedTuple):
    """Where a result goes, in which format, and how it is shown to people."""

    format: str | None = None  # an option of commands that say which they write
    file: OutputOption = None
    precision: PrecisionOption = 4
    show_all: AllOption = False
    accessible: AccessibleOption = False
    color: ColorOption = Color.auto
    content: str = formats.DOCUMENT  # what the command writes, of which formats hold it

    @property
    def named(self) -> str | None:
        """The format that was asked for, or that the suffix of the file says.

        Raises UsageError where the suffix is that of none.
        """
        return self.format or formats.by_suffix(self.file, self.content)

    @property
    def chosen(self) -> str:
        """The format to write: as asked for, else by the suffix, else a table."""
        return self.named or formats.TABLE

    @property
    def to_file(self) -> bool:
        """Whether it goes to a file, and not to standard output."""
        return self.file is not None and self.file != "-"


Document = Annotated[Output, writing(formats.DOCUMENT)]
