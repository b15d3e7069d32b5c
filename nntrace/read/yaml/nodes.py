"""YAML text → a tree of nodes that know their place, built straight from the parser's events.

Nothing is constructed from tags and nothing recurses, so that a stranger's file costs no more than
its own length: aliases share their node, and how far they would expand is counted. Scalars follow
YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema): `1e-3` is a number, `no` a
string, `010` is ten.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from nntrace.errors import NetworkError, Path, Problem
from nntrace.read.yaml.library import yaml
from nntrace.read.yaml.longrows import MARK, Row
from nntrace.read.yaml.text import (
    BRACKETS,
    BREAKS,
    LINE_BREAK,
    NO_BREAKS,
    Place,
    empty_with_tabs,
    find_unprintable,
    place_of,
    without,
)

DEEPEST = 100
_TOO_DEEP = f"is nested deeper than {DEEPEST} levels"
MOST_VALUES = 2_000_000

# The C parser is 5 to 10 times faster; PyYAML comes without it on some machines.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CORE_TAGS = ("str", "int", "float", "bool", "null", "seq", "map")
_TAG_PREFIX = "tag:yaml.org,2002:"
# Compiled are those that every file needs.
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULL = {"", "~", "null", "Null", "NULL"}
_SURROGATE = "[\ud800-\udfff]"


class Node:
    """A value of the document: its line and column, from 1, and how many values it stands for.

    `alias` says that the value is written elsewhere, and only used here.
    """

    __slots__ = ("alias", "place", "tag", "values")

    def __init__(self, place: Place, tag: str | None) -> None:
        self.place = place
        self.tag = tag
        self.values = 1
        self.alias = False


class Scalar(Node):
    """Text, as written; `plain` where it stands without quotes and so may be a number."""

    __slots__ = ("plain", "text")

    def __init__(self, place: Place, tag: str | None, text: str, plain: bool) -> None:
        super().__init__(place, tag)
        self.text = text
        self.plain = plain

    @property
    def absent(self) -> bool:
        """Whether nothing is written where a value could stand."""
        return self.plain and not self.text and self.tag is None


class List(Node):
    """A sequence of nodes; those of a long row are made, without a place, when asked for.

    `flow` says that it is written in brackets.
    """

    __slots__ = ("flow", "nodes", "row")

    def __init__(self, place: Place, tag: str | None, nodes: list[Node], flow: bool) -> None:
        super().__init__(place, tag)
        self.nodes = nodes
        self.flow = flow
        self.row: Row | None = None

    @property
    def items(self) -> list[Node]:
        if self.row and not self.nodes:
            words = self.row.text.split(",")
            self.nodes += [Scalar(self.place, None, word.strip(), True) for word in words]
        return self.nodes


class Mapping(Node):
    """Each key's node and its value, in the order of the file; of a repeated key, the first."""

    __slots__ = ("entries", "flow")

    def __init__(
        self, place: Place, tag: str | None, entries: dict[str, tuple[Scalar, Node]], flow: bool
    ) -> None:
        super().__init__(place, tag)
        self.entries = entries
        self.flow = flow


def resolve(scalar: Scalar) -> str | int | float | bool | None:
    """Return the value that YAML 1.2's core schema gives a scalar."""
    text = scalar.text
    if scalar.tag == "str" or (scalar.tag is None and not scalar.plain):
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        if text[:2] in ("0x", "0o"):
            return int(text, 0)
        # Python refuses to read more than 4,300 digits; such a number overflows anyway
        return int(text) if len(text) < 400 else float(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if re.fullmatch(_NOT_FINITE, text):
        return float(text.replace(".", ""))
    return text


def compose(
    text: str,
    source: str,
    loader: Any = None,
    what: str = "a net file",
    has: str = "input and layers",
    rows: Sequence[Row] = (),
) -> tuple[Node, list[Problem]]:
    """Build the tree of a text that holds one document; messages say `what` it is and `has`.

    Returns the root and the problems that leave the rest readable (a key given twice, a tag that
    would build an object). Raises NetworkError where the text is no YAML. `rows` are those that
    were taken out of it: there, errors have no sense but that the whole text has to be read.
    """
    composer = _Composer(source, text, what, rows)
    if unprintable := find_unprintable(text):
        message = f"has a character that YAML does not allow, U+{ord(unprintable[0]):04X}"
        raise composer.fault(message, place_of(text, unprintable.start()))
    loader = loader or LOADER
    tabs = empty_with_tabs(text)
    composer.run(loader, without(tabs, text))
    if meant := [span for span in tabs if composer.in_block_text(*span)]:
        composer = _Composer(source, text, what, rows)
        composer.run(loader, without(sorted({*tabs} - {*meant}), text))
    root = composer.root
    if root is None or (isinstance(root, Scalar) and root.absent):
        raise composer.fault(f"is empty, {what} has {has}", (1, 1))
    if composer.rows_met < len(rows):
        raise composer.fault("has numbers in brackets that are no list", (1, 1))
    return root, composer.problems


def _place(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1


# Stands for a key that is no scalar, which has been reported.
_NO_KEY = Scalar((0, 0), None, "", True)


class _Composer:
    """What has been built so far: a stack of open containers, and the anchors seen."""

    def __init__(self, source: str, text: str, what: str, rows: Sequence[Row]) -> None:
        self.source = source
        self.rows = rows
        self.rows_met = 0
        self.text = text
        self.what = what
        self.root: Node | None = None
        self.ended = False
        self.problems: list[Problem] = []
        self.open: list[List | Mapping] = []
        self.keys: list[Scalar | None] = []  # for each open container, the key that waits
        self.anchors: dict[str, Node | None] = {}  # None while it is being built
        self.opened_anchors: list[str | None] = []
        self.expanded = 0
        self.met = 0  # how far into the text the events have come
        self.blocks: list[tuple[int, int]] = []  # where the texts behind | and > are

    def run(self, loader: Any, text: str) -> None:
        """Take what a parser makes of a text to its end."""
        parser = loader(text.translate(NO_BREAKS))
        try:
            while not self.ended:
                self.take(parser.get_event())
        except NetworkError:
            raise
        except yaml.MarkedYAMLError as error:
            raise self.unreadable(error) from None
        except ValueError:  # the pure parser, on "\U00110000" for one
            message = "is no YAML: what stands here means no character and no number"
            raise self.fault(message, _place(parser.get_mark())) from None
        finally:
            parser.dispose()

    def in_block_text(self, start: int, end: int) -> bool:
        """Whether a part of the text lies in a text behind | or >, which keeps its tabs."""
        index = bisect_right(self.blocks, (end, end)) - 1
        return index >= 0 and start < self.blocks[index][1]

    def fault(self, message: str, place: Place) -> NetworkError:
        return NetworkError([*self.problems, Problem(message, (), self.source, *place)])

    def report(self, message: str, place: Place) -> None:
        self.problems.append(Problem(message, self.path(), self.source, *place))

    def path(self) -> Path:
        return tuple(
            len(container.nodes) if isinstance(container, List) else key.text if key else ""
            for container, key in zip(self.open, self.keys, strict=True)
            if isinstance(container, List) or key
        )

    def take(self, event: Any) -> None:
        self.met = event.end_mark.index
        if isinstance(event, yaml.ScalarEvent):
            if self.rows and event.value[:1] == MARK:
                self.fill(event.value[1:])
            else:
                self.add(self.scalar(event), event.anchor)
        elif isinstance(event, yaml.SequenceStartEvent):
            tag = self.core_tag(event)
            self.enter(
                List(_place(event.start_mark), tag, [], bool(event.flow_style)), event.anchor
            )
        elif isinstance(event, yaml.MappingStartEvent):
            tag = self.core_tag(event)
            self.enter(
                Mapping(_place(event.start_mark), tag, {}, bool(event.flow_style)), event.anchor
            )
        elif isinstance(event, yaml.CollectionEndEvent):
            self.leave()
        elif isinstance(event, yaml.AliasEvent):
            self.add(self.alias(event), None)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            place = _place(event.start_mark)
            raise self.fault(f"a second document starts here, {self.what} holds one", place)
        elif isinstance(event, yaml.StreamEndEvent):
            self.ended = True

    def fill(self, index: str) -> None:
        """Give an open list its row. A text that begins with a mark has a bracket before it."""
        container = self.open[-1]
        assert isinstance(container, List)
        container.row = self.rows[int(index)]
        container.values += len(container.row.numbers)
        self.rows_met += 1

    def scalar(self, event: Any) -> Scalar:
        line, column = _place(event.start_mark)
        text: str = event.value
        if event.style and event.style in "|>":
            self.blocks.append((event.start_mark.index, event.end_mark.index))
        if not text.isascii():
            text = text.translate(BREAKS)
            if re.search(_SURROGATE, text):  # by an escape, which the C parser refuses
                message = "is no YAML: an escape is half a surrogate pair, which is no character"
                raise self.fault(message, (line, column))
        elif not (text or event.style or event.tag or event.anchor):
            line, column = self.place_of_nothing(event.start_mark)
        return Scalar((line, column), self.core_tag(event), text, not event.style)

    def place_of_nothing(self, mark: Any) -> Place:
        """Return where a value is missing: behind what comes before it, not before what follows,
        which is where the C parser has it."""
        start = end = mark.index
        while start and self.text[start - 1] in " \t\r\n":
            start -= 1
        line, column = _place(mark)
        if not (breaks := len(re.findall(LINE_BREAK, self.text[start:end]))):
            return line, column - (end - start)
        before = max(self.text.rfind("\n", 0, start), self.text.rfind("\r", 0, start))
        return line - breaks, start - before

    def core_tag(self, event: Any) -> str | None:
        tag: str | None = event.tag
        if tag is None:
            return None
        if tag == "!":
            return "str" if isinstance(event, yaml.ScalarEvent) else None
        name = tag.removeprefix(_TAG_PREFIX)
        if tag.startswith(_TAG_PREFIX) and name in _CORE_TAGS:
            return name
        tag_name = f"!!{name}" if tag.startswith(_TAG_PREFIX) else tag
        message = f"the tag {tag_name} is not allowed, {self.what} holds plain values"
        self.report(message, _place(event.start_mark))
        return None

    def refuse_depth(self, mark: Any) -> None:
        """Raise where the parser gave up on brackets that go deeper than is allowed.

        It looks ahead for a key's colon, and newer ones have a limit of their own, which they may
        reach before they tell of a bracket. Between its last event and where it gave up there can
        be quotations, but no half of one.
        """
        depth = len(self.open)
        for token in BRACKETS.finditer(self.text, self.met, mark.index + 1 if mark else self.met):
            depth += (token[0] in "[{") - (token[0] in "]}")
            if depth > DEEPEST:
                raise self.fault(_TOO_DEEP, place_of(self.text, token.start()))

    def unreadable(self, error: yaml.MarkedYAMLError) -> NetworkError:
        """Say why the parser gave up, in words of our own where the mistake is a known one."""
        from nntrace.read.yaml.faults import Open, explain

        self.refuse_depth(error.problem_mark)
        opened = [Open(isinstance(each, List), each.flow, each.place) for each in self.open]
        marks = [mark.index for mark in (error.problem_mark, error.context_mark) if mark]
        at, context = (marks or [0])[0], marks[1] if len(marks) > 1 else None
        if found := explain(self.text, at, context, opened):
            return self.fault(f"is no YAML: {found.message}", found.place)
        words = ", ".join(clause for clause in (error.context, error.problem) if clause)
        return self.fault(f"is no YAML: {words}", place_of(self.text, at))

    def enter(self, container: List | Mapping, anchor: str | None) -> None:
        if len(self.open) >= DEEPEST:
            raise self.fault(_TOO_DEEP, container.place)
        if anchor:
            self.anchors[anchor] = None
        self.open.append(container)
        self.keys.append(None)
        self.opened_anchors.append(anchor)

    def leave(self) -> None:
        container = self.open.pop()
        self.keys.pop()
        self.add(container, self.opened_anchors.pop())

    def add(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = node
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        parent.values += node.values
        if isinstance(parent, List):
            parent.nodes.append(node)
        elif (key := self.keys[-1]) is not None:
            if key is not _NO_KEY:
                parent.entries.setdefault(key.text, (key, node))
            self.keys[-1] = None
        elif isinstance(node, Scalar):
            self.keys[-1] = node
            if node.text in parent.entries:
                first = parent.entries[node.text][0].place[0]
                self.report(f"is given twice, first on line {first}", node.place)
        else:
            self.report("a key must be a name or a number", node.place)
            self.keys[-1] = _NO_KEY

    def alias(self, event: Any) -> Node:
        name = event.anchor
        place = _place(event.start_mark)
        if name not in self.anchors:
            raise self.fault(f"*{name} stands for nothing, no &{name} comes before it", place)
        target = self.anchors[name]
        if target is None:
            raise self.fault(f"*{name} stands inside what it stands for", place)
        self.expanded += target.values
        if self.expanded > MOST_VALUES:
            raise self.fault(f"aliases expand to more than {MOST_VALUES:,} values", place)
        return _placed(target, place)


def _placed(node: Node, place: Place) -> Node:
    """Make the same node with the place of an alias; what it holds is shared."""
    twin: Node
    if isinstance(node, Scalar):
        twin = Scalar(place, node.tag, node.text, node.plain)
    elif isinstance(node, List):
        twin = List(place, node.tag, node.nodes, node.flow)
        twin.row = node.row
    else:
        assert isinstance(node, Mapping)
        twin = Mapping(place, node.tag, node.entries, node.flow)
    twin.values = node.values
    twin.alias = True
    return twin
