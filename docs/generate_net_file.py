"""Write docs/net-file.md from the grammar of the net file in the code.

Run `python docs/generate_net_file.py` after a change of that grammar.
"""

from collections.abc import Mapping
from pathlib import Path

from nntrace.core.numerics.initial import INITIALISERS
from nntrace.read.nets.grammar import BESIDE, EXAMPLE, INPUT, NET, TEXT
from nntrace.read.nets.keys import ARRAY, RANDOM, STORED, WHOLE
from nntrace.read.nets.kinds import KIND, LAYER, READS
from nntrace.read.nets.layers import MOST_RANDOM
from nntrace.read.yaml.grammar import Field
from nntrace.read.yaml.nodes import MOST_VALUES

OPENING = """\
# The net file

<!-- Written by docs/generate_net_file.py from nntrace/read/nets/grammar.py: change it there. -->

A net file is YAML: what the net reads, its layers in order, and, if you like, examples of what it
should give. Row j of a layer's weights belongs to neuron j: `z = W @ x + b`, then
`a = activation(z)`, which the next layer reads.

`nntrace check FILE` tells everything that is wrong with it; `nntrace schema` prints its JSON
Schema.
"""

SCALARS = f"""\
## Numbers, names and files

Scalars are YAML 1.2's: `1e-3` is a number, `010` is ten, `yes`, `no`, `on`, `off` and `12:30` are
text. Labels and names are kept as they are written, `010` too. NaN, infinity and numbers that the
net's dtype cannot hold are refused.

YAML is read by libyaml, which differs from YAML 1.2 in rarities: in brackets it takes no key whose
colon stands on the next line, no text that begins with `:` (put it into quotes), and drops a `?`
that begins one; it takes a tab behind `-`, `?` or `:` for an indentation, no anchor's name but of
letters, digits, `-` and `_` (what follows counts as text), no unknown `%` directive, no text behind
`|` or `>` that is not indented; and it is lenient about a `#` without a blank before it, `[-]`, and
brackets or quotations whose next lines are indented too little. Keys are names or numbers.

A weights file is named relative to the net file, and must lie in its folder or below, links
resolved. A `.csv` has no header unless `header: true` says so; where its first line or its first
column counts 0, 1, 2 …, as pandas writes them, that is an error until `header` is said (`false`
where they are weights). What a file is, a Git LFS pointer for one, is told by its content.
Integers, float16 and bfloat16 are widened to the net's dtype.

What a stranger's file could do is bounded: no tag builds an object, aliases expand to at most
{MOST_VALUES:,} values, a net draws at most {MOST_RANDOM:,} random numbers, nothing is unpickled,
and an archive that would unpack to far more than its length is refused.
"""

INITIAL = f"""\
The initialisers are {", ".join(f"`{name}`" for name in INITIALISERS)}. `normal` has mean 0 and
deviation 1, `uniform` lies in [0, 1); the others scale with the layer's fan-in (He) or with fan-in
and size (Glorot). Two layers of one shape and one seed get the same numbers: give each its own
seed.
"""


TEXT_NOTE = """\
A character is a token; layers find their shapes anew for as many as there are, and a layer that
could not, or `positions` for fewer than the context, is an error. Of tokens × width, the class is
told by the last token. Examples are texts. `alphabet` is written with all that counts, a blank too:
`" abc"`.
"""

SCALED = "The file holds one number, or one for each input: a row, a column or a list."

WHOLE_NOTE = """\
A name alone is the file. A layer without weights takes `<layer>.weight` and `<layer>.bias`, as
PyTorch names them; a missing bias means zeros. Whatever else the file holds is an error that names
it, what would have been for a layer with weights or a bias of its own too, unless something in the
net file names it, or `ignore` covers it: `ignore: [step, 'optimizer.*']`, where `*`, `?` and
`[abc]` mean what they mean in a shell. An `ignore` that covers nothing is an error as well.
`num_batches_tracked` is read by nobody and no error.
"""

KINDS_NOTE = """\
These are the keys of a layer of kind dense. [The other kinds](kinds.md), which have keys of their
own, have a page, and so have [the activations](activations.md).
"""

BESIDE_NOTE = """\
A file with the key `model` is no net of its own, but says what [an ONNX model](models.md#inputs)
has no place for; it is given in place of the model. Its `input` and `examples` are as above.
"""

SQUARES = """\
A square matrix fits both ways round. Where weights from the same file (of `.npy` and `.csv`, from
the same folder) are fan-in × size, a square one of which nothing is said is warned of, unless it is
its own transpose: `transpose: true` or `false` settles it.
"""


def net_file_page() -> str:
    """Return the page as Markdown."""
    return "\n".join(
        [
            OPENING,
            _section("The file", NET),
            _section("`input`", INPUT, "A number alone is the size."),
            _section("`text` of the input", TEXT, TEXT_NOTE),
            _section("`mean` and `std` from a file", ARRAY, SCALED),
            _section("`weights` of the whole file", WHOLE, WHOLE_NOTE),
            _section("Each of `layers`", {**LAYER, "kind": KIND, "reads": READS}, KINDS_NOTE),
            _section("`weights` and `bias` from a file", STORED, SQUARES),
            _section("`weights` and `bias` at random", RANDOM),
            INITIAL,
            _section("Each of `examples`", EXAMPLE),
            _section("A file beside a model", BESIDE, BESIDE_NOTE),
            SCALARS,
        ]
    )


def _section(title: str, known: Mapping[str, Field], note: str = "") -> str:
    lines = [f"## {title}", "", "| key | takes | |", "| --- | --- | --- |"]
    for name, field in known.items():
        doc = f"**required:** {field.doc}" if field.required else field.doc
        if field.default is not None and "default" not in doc:
            doc += f"; default `{str(field.default).lower()}`"
        lines.append(f"| `{name}` | {field.kind.takes} | {doc} |".replace("<", "&lt;"))
    return "\n".join([*lines, "", *([note.rstrip(), ""] if note else [])])


if __name__ == "__main__":
    Path(__file__).with_name("net-file.md").write_text(net_file_page(), encoding="utf-8")
