"""Write docs/net-file.md from the grammar of the net file in the code.

Run `python docs/generate_net_file.py` after a change of that grammar.
"""

from collections.abc import Mapping
from pathlib import Path

from nntrace.core.initial import INITIALISERS
from nntrace.read.grammar import Field
from nntrace.read.netgrammar import EXAMPLE, INPUT, LAYER, NET, RANDOM, STORED
from nntrace.read.netlayers import MOST_RANDOM
from nntrace.read.nodes import MOST_VALUES

OPENING = """\
# The net file

<!-- Written by docs/generate_net_file.py from nntrace/read/netgrammar.py: change it there. -->

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
resolved. A `.csv` has no header. Integers, float16 and bfloat16 are widened to the net's dtype.

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


def net_file_page() -> str:
    """Return the page as Markdown."""
    return "\n".join(
        [
            OPENING,
            _section("The file", NET),
            _section("`input`", INPUT, "A number alone is the size."),
            _section("Each of `layers`", LAYER, "[The activations](activations.md) have a page."),
            _section("`weights` and `bias` from a file", STORED),
            _section("`weights` and `bias` at random", RANDOM),
            INITIAL,
            _section("Each of `examples`", EXAMPLE),
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
    return "\n".join([*lines, "", *([note, ""] if note else [])])


if __name__ == "__main__":
    Path(__file__).with_name("net-file.md").write_text(net_file_page(), encoding="utf-8")
