"""Write docs/kinds.md from the kinds of layer in the code.

Run `python docs/generate_kinds.py` after a change of what a kind says of itself.
"""

from collections.abc import Iterator
from pathlib import Path

from nntrace.core.op import Field, Op
from nntrace.core.ops import INTERNAL, KINDS, find_kind
from nntrace.read.nets.axes import Axis
from nntrace.read.nets.composites import COMPOSITES, Composite
from nntrace.read.nets.kinds import key_of

OPENING = """\
# Kinds of layers

<!-- Written by docs/generate_kinds.py from nntrace/core/ops and nntrace/read/nets/composites.py:
change it there. -->

A layer computes z from what it reads, by its kind, and a from z, by its
[activation](activations.md). In a net file it names its kind, and what it reads where that is not
the layer before it:

```yaml
layers:
  - {name: conv, kind: conv, channels: 8, kernel: 3, padding: same, weights: {random: he_normal}}
  - {name: norm, kind: group_norm, groups: 4, activation: relu}
  - {name: sum, kind: add, reads: [conv, norm]}
```

A layer that names none is `dense`. Numbers of a layer have a shape for each row: neurons have one
axis, tokens × width two, channels × height × width three. Axes are counted from 0, without the one
of the rows; negative ones from the end. In the formulas, x is what the layer reads (y what it reads
second), c a channel, p a place in it, t a token or a step, … any further indices, and σ the sigmoid
function.

Beside its own keys a layer of any kind has `name`, `kind`, `reads`, `activation` and `labels`,
which name its last axis. [The net file](net-file.md) tells where arrays may come from. Where one
line at the top of the file names a weights file for the whole net, arrays that are not given are
the tensors of the names below.
"""


def kinds_page() -> str:
    """Return the page as Markdown."""
    kinds: dict[str, type[Op] | Composite] = {kind: find_kind(kind) for kind in KINDS}
    inner = {kind: kinds.pop(kind) for kind in INTERNAL}
    for kind, composite in COMPOSITES.items():  # each stands before the layers it is written out in
        kinds |= {kind: composite, **inner}
    contents = ", ".join(f"[{name}](#{name})" for name in kinds)
    return "\n".join([OPENING, f"{contents}.\n", *map(_section, kinds.values())])


def _section(kind: type[Op] | Composite) -> str:
    lines = [
        f"## {kind.KIND}",
        "",
        f"{kind.DOC[0].upper()}{kind.DOC[1:]}.",
        "",
        f"- Formula: `{kind.FORMULA}`",
        f"- Reads → gives: {kind.GIVES}",
        f"- PyTorch: {kind.TORCH}",
        f"- ONNX: {kind.ONNX}",
        f"- Source: {kind.SOURCE}",
    ]
    if kind.KIND in INTERNAL:
        lines.insert(3, "\nNo net file names it: [attention](#attention) is written out in it.")
    arrays = [field for field in kind.FIELDS if field.takes == "array"]
    keys = [field for field in kind.FIELDS if field not in arrays]
    if keys:
        lines += ["", "| key | takes | |", "| --- | --- | --- |", *map(_key, keys)]
    if arrays:
        assert not isinstance(kind, Composite)
        lines += ["", "| array | axes | in a weights file | |", "| --- | --- | --- | --- |"]
        lines += [_array(kind, field) for field in arrays]
    return "\n".join([*lines, ""])


def _key(field: Field) -> str:
    doc = f"**required:** {field.doc}" if field.required else field.doc
    if field.default is not None and "default" not in doc:
        doc += f"; default `{str(field.default).lower()}`"
    if field.takes == "block":
        doc += f"; weights are {_axes(field)}, `<layer>.{field.name}.weight` in a weights file"
    takes = ", ".join(field.choices) or key_of(field).kind.takes
    return f"| `{field.name}` | {takes} | {doc} |"


def _array(kind: type[Op], field: Field) -> str:
    doc = field.doc
    if field.fill is not None and "default" not in doc:
        doc += f"; default {'ones' if field.fill else 'zeros'}"
    tensors = ", ".join(f"`<layer>.{name}`" for name in _tensors(kind, field))
    return f"| `{field.name}` | {_axes(field)} | {tensors} | {doc} |"


def _axes(field: Field) -> str:
    return " × ".join(Axis.of(axis).words for axis in field.axes)


def _tensors(kind: type[Op], field: Field) -> Iterator[str]:
    """Every name that an array may have, whatever is chosen."""
    chosen = [{each.name: one} for each in kind.FIELDS for one in each.choices]
    names = [
        name for keys in [{}, *chosen] for names in kind.tensors(field, keys) for name in names
    ]
    yield from dict.fromkeys(names)


if __name__ == "__main__":
    Path(__file__).with_name("kinds.md").write_text(kinds_page(), encoding="utf-8")
