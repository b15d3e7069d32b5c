"""A graph seen as layers: each a kind that covers some of its nodes, or the operator itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np

from nntrace.core.activation import Across, Activation
from nntrace.core.activations import IDENTITY
from nntrace.core.graph.dtypes import epsilon
from nntrace.core.graph.graph import Graph, Tensor
from nntrace.core.graph.model import Seen
from nntrace.core.graph.operators.given import TEXTS
from nntrace.core.layer import Layer
from nntrace.core.op import Op, Shape
from nntrace.core.ops import find_kind
from nntrace.errors import InputError, NntraceError
from nntrace.read.nets.onnx.activations import activation_of, along
from nntrace.read.nets.onnx.attention import attended
from nntrace.read.nets.onnx.branches import seen_through
from nntrace.read.nets.onnx.estimators import classes_of
from nntrace.read.nets.onnx.kinds import bias_added, kind_of, same_numbers
from nntrace.read.nets.onnx.pieces import computed, piece_at
from nntrace.read.nets.onnx.shown import shown_only
from nntrace.read.nets.onnx.survey import Survey, row_shape
from nntrace.read.nets.onnx.windows import padded_before

# what may give the very numbers that it reads, in the same shape of a row, whatever they are
ALIASES = frozenset(
    {
        *("Identity", "Dropout", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze"),
        *("Transpose", "Gather", "Slice", "Split", "Expand", "Pad", "Tile", "ZipMap", "Normalizer"),
    }
)
# what may stand between scores and the shares that a mix reads
SHARES = frozenset({"Softmax", "Identity", "Dropout", "Cast"})
# what moves axes about, where it gives the very numbers that it reads
MOVES = frozenset({"Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"})
# what takes steps × 1 × in for steps × in
STEPWISE = frozenset({"LSTM", "GRU"})
# what takes height × width for one channel of these
ONE_CHANNEL = frozenset({"Conv", "ConvTranspose", "MaxPool", "AveragePool"})
CHECKED = 1 << 22  # multiplications: what takes more is checked by some numbers
SOME = 5
CLOSE = 1e-4  # of the largest, float32's sums of many numbers
ROUNDINGS = 4  # that a narrower float may be off by


class Piece(NamedTuple):
    """A layer to be: the tensors that hold its z and its a, and those that it reads."""

    z: str
    a: str
    op: Op
    reads: tuple[str, ...]
    shape: Shape
    activation: Activation = IDENTITY


@dataclass
class Draft:
    """The layers that were found so far, by the tensor of their a, and which tensor stands for
    which other, whose numbers it has."""

    survey: Survey
    dtype: str
    pieces: dict[str, Piece]
    aliases: dict[str, str]
    folded: dict[str, Shape]  # of tensors that attention reads without their axes of one
    inside: set[str]  # tensors within layers that were put together

    def source(self, name: str) -> str:
        """Return the tensor whose numbers these are."""
        while name in self.aliases:
            name = self.aliases[name]
        return name

    def shape(self, name: str) -> Shape:
        """Return the shape of one row of a tensor, as the layer has it that gives its numbers."""
        piece = self.pieces.get(self.source(name))
        return piece.shape if piece else self.row_shape(name)

    def row_shape(self, name: str) -> Shape:
        """Return the shape of one row of a tensor, as it is shown where no kind covers it."""
        return self.folded.get(name) or self.survey.shape(name)

    def folds(self, name: str) -> bool:
        """Whether the layer that gives a tensor's numbers has them in another shape."""
        return self.shape(name) != self.survey.shape(name)

    def shares(self, name: str) -> Shape:
        """Return the shape of what attention's shares are, an activation of scores."""
        node = self.survey.giver.get(name)
        if node is None or node.op not in SHARES:
            return self.survey.shape(name)
        scores = self.pieces.get(node.inputs[0])
        return scores.shape if scores else self.shares(node.inputs[0])

    def alone(self, name: str) -> bool:
        """Whether only one node reads a tensor, and no output is it."""
        readers = self.survey.readers.get(name, [])
        return len(readers) == 1 and readers[0] is not None


def see(graph: Graph, values: Mapping[str, Tensor], *, dtype: str, nodes: bool = False) -> Seen:
    """See a graph as layers, in the order in which they run, from all tensors of one pass.

    A layer is named after the tensor that holds its a. With `nodes` each node that is no constant
    is a layer of its own: the kind that covers it, or its operator. InputError where none gives
    what depends on the inputs.
    """
    survey = Survey(graph, values)
    if not nodes:
        survey = seen_through(survey)
    draft = Draft(survey, dtype, {}, {}, {}, set())
    if not nodes:
        draft.inside |= _attention(draft) | _put_together(draft)
    for node in survey.nodes:
        for name in node.outputs:
            if not name or name in draft.pieces or name in draft.inside:
                continue
            if name not in survey.live:
                continue
            if name != node.outputs[0] and not survey.readers[name]:  # such as a dropout's mask
                continue
            if survey.values[name].dtype.kind in TEXTS:  # a class by its name is no number
                continue
            _add(draft, node.outputs[0] == name, name, nodes)
    _give_the_input(draft)
    if not draft.pieces:
        raise InputError("gives nothing that depends on the numbers of its inputs")
    pieces = list(draft.pieces.values()) if nodes else _in_order(draft)
    layers = tuple(_layer(draft, piece) for piece in pieces)
    z = {piece.a: piece.z for piece in pieces if piece.z != piece.a}
    classes = classes_of(graph)
    shares = draft.source(classes.shares) if classes else None
    size = next((layer.size for layer in layers if layer.name == shares), 0)
    inside = frozenset(draft.inside)
    if classes and shares and size == len(classes.labels):
        return Seen(layers, z, inside, shares, classes.labels)
    return Seen(layers, z, inside, _output(draft, layers))


def _give_the_input(draft: Draft) -> None:
    """Where the first output is an input as it is, let a layer give it."""
    output = draft.survey.graph.outputs[0].name
    source = draft.source(output)
    if output != source and source not in draft.survey.giver:
        del draft.aliases[output]
        op = find_kind("reshape")(draft.survey.shape(output))  # type: ignore[call-arg]
        draft.pieces[output] = Piece(output, output, op, (source,), draft.survey.shape(output))


def _output(draft: Draft, layers: Sequence[Layer]) -> str:
    """Return the layer that gives the first output; of one that no layer gives, the last."""
    survey = draft.survey
    first = draft.source(survey.graph.outputs[0].name)
    while first in survey.giver and survey.giver[first].op == "Identity":
        first = draft.source(survey.giver[first].inputs[0])
    return first if any(layer.name == first for layer in layers) else layers[-1].name


def _attention(draft: Draft) -> set[str]:
    """Find the scores and mixes of attention; return the tensors inside."""
    inside = set[str]()
    for y, op, reads, shapes, inner in attended(draft.survey, draft.shares):
        for name, shape in zip(reads, shapes, strict=True):
            if shape != draft.shape(name):
                draft.folded[name] = shape
        draft.pieces[y] = Piece(y, y, op, reads, op.shape(*shapes))
        inside |= inner
    return inside


def _put_together(draft: Draft) -> set[str]:
    """Find what was written in pieces, the last ones first; return the tensors inside."""
    survey, inside = draft.survey, set[str]()
    for node in reversed(survey.nodes):
        y = node.outputs[0]
        if y in inside or y in draft.pieces or len(node.outputs) > 1:
            continue
        found = piece_at(survey, y, draft.dtype)
        if found is None:
            continue
        inside.update(found.region.inner())
        x = found.region.x
        if found.op is not None:
            draft.pieces[y] = Piece(y, y, found.op, (x,), survey.shape(y))
        else:
            assert found.activation is not None
            draft.pieces[y] = _activated(x, y, found.activation, survey.shape(y))
    return inside


def _as_it_is(draft: Draft, given: str, name: str) -> bool:
    """Whether a tensor's numbers are read as those of another one: they are the same in the same
    shape, or in one that all who read it take too, as dense layers do any shape, and convolutions
    that of one channel."""
    survey = draft.survey
    node = survey.giver[name]
    if node.op == "Normalizer":  # of shares, which add up to 1
        piece = draft.pieces.get(draft.source(given))
        return node.get("norm") == "L1" and piece is not None and _shares(piece)
    if not same_numbers((survey.values[given], survey.values[name])):
        return False
    before, after = draft.shape(given), survey.shape(name)
    if before == after:
        return True
    readers = {each.op if each else "" for each in survey.readers[name]}
    if len(after) == 1 and readers <= {"Gemm"}:
        return True
    alike, folds = _apart_from_ones(before) == _apart_from_ones(after), draft.folds(given)
    if (alike and (folds or readers <= STEPWISE)) or (folds and readers <= MOVES):
        return True
    return after == (1, *before) and all(op in ONE_CHANNEL for op in readers)


def _apart_from_ones(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)


def _shares(piece: Piece) -> bool:
    return piece.activation.kind.across is Across.SHARES


def _activated(x: str, y: str, activation: Activation, shape: Shape) -> Piece:
    """Return a layer that is an activation alone: its z are the numbers that it reads."""
    op = find_kind("reshape")(shape)  # type: ignore[call-arg]
    return Piece(x, y, op, (x,), shape, activation)


def _add(draft: Draft, first: bool, name: str, nodes: bool) -> None:
    """Add the layer that gives a tensor, or say which other tensor it is."""
    survey = draft.survey
    node = survey.giver[name]
    lives = survey.lives(node)
    value = survey.values[name]
    moved = not nodes and first and node.op in ALIASES and len(lives) == 1
    if moved and _as_it_is(draft, lives[0], name):
        draft.aliases[name] = lives[0]
        return
    if first and (activation := activation_of(survey, node)):
        shape = draft.shape(lives[0])
        if activation.kind.rowwise and prod(along(survey, node)) == value.size:  # all together
            shape = (value.size,)
        draft.pieces[name] = _activated(lives[0], name, activation, shape)
        return
    if first and not nodes and node.op == "Add" and len(lives) == 1 and _add_bias(draft, name):
        return
    if not nodes and _add_padding(draft, name):
        return
    made = kind_of(survey, node, draft.dtype, name) if name not in draft.folded else None
    right = made and _right(draft, made.op, made.reads, name, made.own_shape)
    if made and right:
        draft.pieces[name] = Piece(name, name, made.op, made.reads, right)
        return
    shape = draft.row_shape(name)
    op = shown_only(survey, node, shape, first)
    inner = [each for _, graph in node.graphs for each in sorted(graph.outer)]
    read = dict.fromkeys([*lives, *(each for each in inner if each in survey.live)])
    draft.pieces[name] = Piece(name, name, op, tuple(read), shape)


def _add_bias(draft: Draft, name: str) -> bool:
    """Take a constant that is added to what a layer gives for that layer's bias."""
    survey = draft.survey
    node = survey.giver[name]
    read = survey.lives(node)[0]
    source = draft.source(read)
    before = draft.pieces.get(source)
    constant = survey.constant(node.inputs[1] if node.inputs[0] == read else node.inputs[0])
    if (
        before is None
        or constant is None
        or before.z != before.a
        or source != read
        or not draft.alone(read)
    ):
        return False
    op = bias_added(before.op, constant, survey.shape(read))
    if op is None or not _right(draft, op, before.reads, name):
        return False
    del draft.pieces[source]
    draft.inside.add(source)
    draft.pieces[name] = before._replace(z=name, a=name, op=op)
    return True


def _add_padding(draft: Draft, name: str) -> bool:
    """Take zeros that were put around what a convolution reads for its own padding."""
    survey = draft.survey
    node = survey.giver[name]
    wider = padded_before(survey, node)
    if wider is None or not draft.alone(node.inputs[0]) or node.inputs[0] not in draft.pieces:
        return False
    made = kind_of(survey, wider, draft.dtype, name)
    shape = made and _right(draft, made.op, made.reads, name)
    if made is None or shape is None:
        return False
    del draft.pieces[node.inputs[0]]
    draft.inside.add(node.inputs[0])
    draft.pieces[name] = Piece(name, name, made.op, made.reads, shape)
    return True


def _in_order(draft: Draft) -> list[Piece]:
    """Return the layers in the order in which they run, an activation with the layer it follows."""
    order = draft.survey.order
    pieces = sorted(draft.pieces.values(), key=lambda piece: order[piece.a])
    joined: dict[str, Piece] = {}
    for piece in pieces:
        source = draft.source(piece.z)
        before = joined.get(source)
        apart = piece.z == piece.a  # no activation by itself
        if apart or before is None or before.z != before.a or not _follows(draft, piece, source):
            joined[piece.a] = piece
            continue
        del joined[source]
        joined[piece.a] = before._replace(a=piece.a, z=source, activation=piece.activation)
    return list(joined.values())


def _follows(draft: Draft, piece: Piece, source: str) -> bool:
    """Whether nothing but an activation reads a tensor, by whatever name."""
    readers = [
        reader
        for name in (source, *(name for name in draft.aliases if draft.source(name) == source))
        for reader in draft.survey.readers.get(name, [])
        if reader is None or reader.outputs[0] not in draft.aliases
    ]
    order = draft.survey.order
    return all(
        reader is not None
        and not any(
            reader.outputs[0] == other.a or reader.outputs[0] == other.z
            for other in draft.pieces.values()
            if other is not piece
        )
        and order[reader.outputs[0]] <= order[piece.a]
        for reader in readers
    )


def _layer(draft: Draft, piece: Piece) -> Layer:
    inputs = draft.survey.graph.inputs
    only = inputs[0].name if len(inputs) == 1 else None  # which is called `input`
    sources = map(draft.source, piece.reads)
    reads = tuple("input" if name == only else name for name in sources)
    channels = piece.op.channels or ("first" if len(piece.shape) > 2 else None)
    layer = Layer(piece.a, piece.op, piece.activation, None, reads)
    return layer.found(reads, piece.shape, channels)


def _right(
    draft: Draft, op: Op, reads: tuple[str, ...], name: str, own_shape: bool = False
) -> Shape | None:
    """Return the shape of what an op gives, where those are a tensor's numbers: all of them, or,
    where that is long, some, put together from their terms."""
    survey = draft.survey
    value, shapes = survey.values[name], [draft.shape(each) for each in reads]
    try:
        shape = tuple(op.shape(*shapes))
    except NntraceError:  # whatever it says, the kind does not fit
        return None
    if shape != row_shape(value) and not (shape == (value.size,) and survey.read_flat(name)):
        unlike = _apart_from_ones(shape) != _apart_from_ones(row_shape(value))
        if not own_shape and (unlike or not any(map(draft.folds, reads))):
            return None
    given = [
        np.asarray(survey.values[each], np.float64).reshape(1, *read)
        for each, read in zip(reads, shapes, strict=True)
    ]
    wanted = np.asarray(value, np.float64).reshape(1, -1)
    if not np.isfinite(wanted).all():
        return shape
    work = wanted.size * max(1, op.parameters // max(1, shape[0]))
    got = computed(op, given) if work <= CHECKED else _some(op, given, wanted)
    size = max(1e-30, float(np.abs(wanted).max()))
    coarse = ROUNDINGS * epsilon(value.dtype)
    read = max(float(np.abs(each).max(initial=0.0)) for each in given)  # which may cancel out
    close = max(CLOSE, coarse) * size + coarse * (read if np.isfinite(read) else 0.0)
    return shape if np.allclose(got, wanted, rtol=0, atol=close) else None


def _some(op: Op, given: list[Tensor], wanted: Tensor) -> Tensor:
    """Return what is wanted, with some of its numbers put together anew from their terms."""
    from nntrace.analysis.explain import put_together

    rows = [each[0] for each in given]
    got = wanted.copy()
    for index in np.random.default_rng(0).integers(0, wanted.size, SOME).tolist():
        terms = op.terms(rows, index)
        products = (terms.weights * terms.values).tolist()
        got[0, index] = put_together(products, terms.how, terms.bias)
    return got
