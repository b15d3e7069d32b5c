"""From words on the command line to two sides, and the rows that both are given: for `diff`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from nntrace.cli.environment import Environment
from nntrace.errors import FileError, InputError, NntraceError, Problem, UsageError, plural
from nntrace.records import NamedTuple
from nntrace.words import cropped

if TYPE_CHECKING:
    from nntrace.analysis.diff.sides import NetSide, Rows, Side
    from nntrace.cli.options import Opening
    from nntrace.cli.options import Rows as Asked
    from nntrace.cli.progress import Progress
    from nntrace.core.arrays import Array
    from nntrace.core.network import Network
    from nntrace.core.recorded import Recorded

RANDOM_ROWS = 8  # that stand in where there is nothing else to compare on
_AT_ONCE = 512  # rows that both sides run
ONNXRUNTIME = "onnxruntime"
AGAINST = (ONNXRUNTIME, "float64", "float32", "float16")


class Comparison(NamedTuple):
    """Two sides, and the rows that both are given, in batches; `given` says which rows they are."""

    a: Side
    b: Side
    rows: Iterable[Rows]
    given: str


class Asking(NamedTuple):
    """Which rows are asked for, how ONNX models are opened, and what is shown meanwhile."""

    rows: Asked
    opening: Opening
    environment: Environment
    progress: Progress


def compared(first: str, second: str | None, against: str | None, asking: Asking) -> Comparison:
    """Open what is compared; UsageError, InputError or FileError where that cannot be."""
    from nntrace.core.recorded import Recorded
    from nntrace.read.nets.load import is_model

    if (second is None) == (against is None):
        both = " not both" if second is not None else ""
        takes = f"takes a second net or trace, or --against {'|'.join(AGAINST)}"
        raise UsageError(f"{takes}{',' * bool(both)}{both}")
    if second is not None and first == second == "-":
        raise UsageError("the nets cannot both come from standard input")
    if any(asking.opening) and not any(map(is_model, filter(None, (first, second)))):
        raise UsageError("--nodes, --dtype and --engine are for an ONNX model, from a file")
    a = _opened(first, asking)
    if second is None:
        assert against is not None
        if isinstance(a, Recorded):
            raise UsageError(f"--against {against}: runs a net, and {first} is a recorded trace")
        return Comparison(*_against(a, first, against), *_rows_of(a, asking))
    b = _opened(second, asking)
    if isinstance(a, Recorded) and isinstance(b, Recorded):
        return _both_recorded(a, b, asking)
    if isinstance(b, Recorded):
        assert not isinstance(a, Recorded)
        net, trace, rows, given = _with_trace(a, first, b, asking)
        return Comparison(net, trace, rows, given)
    if isinstance(a, Recorded):
        net, trace, rows, given = _with_trace(b, second, a, asking)
        return Comparison(trace, net, rows, given)
    if a.model is not None and b.model is not None:
        return _models(a, first, b, second, asking)
    order = _order(a, first, b, second)
    return Comparison(_side(a, first), _side(b, second, order), *_rows_of(a, asking))


def _models(a: Network, first: str, b: Network, second: str, asking: Asking) -> Comparison:
    """Return two models, each of which is given its inputs by name."""
    import numpy as np

    from nntrace.analysis.diff.sides import Rows
    from nntrace.cli.inputs import inputs_of_both

    found = inputs_of_both((a, b), (first, second), asking.rows.inputs)
    (a, b), more = found.networks, found.more
    asking = asking._replace(rows=asking.rows._replace(inputs=found.words))
    rows, given = _rows_of(a, asking)

    def longer() -> Iterator[Rows]:
        for some in rows:
            assert some.values is not None
            extra = np.broadcast_to(more.astype(some.values.dtype), (len(some), len(more)))
            yield Rows(some.numbers, np.concatenate([some.values, extra], axis=1))

    return Comparison(_side(a, first, found.a), _side(b, second, found.b), longer(), given)


def _opened(name: str, asking: Asking) -> Network | Recorded:
    from nntrace.cli.tracing import load_network
    from nntrace.read.nets.load import is_model
    from nntrace.read.traces import is_trace, open_trace

    environment = asking.environment
    if is_trace(name):
        return open_trace(name, lambda problem: environment.say("warning", str(problem)))
    opening = asking.opening if is_model(name) else None
    return load_network(name, environment, asking.rows.inputs, opening, asking.rows.reading)


def _called(name: str) -> str:
    return "<stdin>" if name == "-" else name


def _side(network: Network, name: str, order: list[int] | None = None) -> NetSide:
    from nntrace.analysis.diff.sides import NetSide

    return NetSide(network, _called(name), order=order)


def _against(network: Network, name: str, against: str) -> tuple[NetSide, NetSide]:
    """Return a net, and the same net run in another way."""
    if against == ONNXRUNTIME:
        return _side(network, name), _in_onnxruntime(network)
    from nntrace.analysis.diff.types import in_type

    return _side(network, name), in_type(network, against)


def _in_onnxruntime(network: Network) -> NetSide:
    """Return a net as onnxruntime computes it; UsageError where ONNX cannot say it."""
    from dataclasses import replace

    from nntrace.analysis.diff.sides import NetSide
    from nntrace.read.nets.onnx.second import run_onnxruntime

    written = network if network.model is not None else _as_model(network)
    assert written.model is not None
    held = replace(written, model=written.model.computed_by(run_onnxruntime), examples=())
    return NetSide(held, ONNXRUNTIME)


def _as_model(network: Network) -> Network:
    """Return the net over the ONNX model that a net is written as; UsageError where none is."""
    import os
    import tempfile

    from nntrace.cli.output import opened
    from nntrace.read.nets.onnx.net import load_model
    from nntrace.write.nets import parts
    from nntrace.write.nets.save import put

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "net.onnx")
        try:
            [*put(parts(network, path, None), path, opened)]
            return load_model(path)
        except FileError as error:  # what lacks is no fault of the net's
            raise FileError([problem._replace(source=None) for problem in error.problems]) from None
        except NntraceError as error:
            told = "; ".join(problem.message for problem in error.problems)
            raise UsageError(f"--against {ONNXRUNTIME}: {network.name} in ONNX {told}") from None


def _order(a: Network, first: str, b: Network, second: str) -> list[int] | None:
    """Return which of a's inputs each of b's is, None where they stand in one order.

    InputError where one has an input that the other lacks.
    """
    one, two = a.input, b.input
    if (one.text is None) != (two.text is None):
        reads, other = (first, second) if one.text else (second, first)
        raise InputError(f"input: {_called(reads)} reads text, {_called(other)} numbers")
    if one.text and two.text and one.text.alphabet != two.text.alphabet:
        raise InputError(f"input: {_called(first)} and {_called(second)} read other alphabets")
    if one.labels and two.labels and set(one.labels) != set(two.labels):
        if len(one.labels) == len(two.labels):
            return None  # the same inputs by other names
        for mine, others, name in ((one, two, second), (two, one, first)):
            for label in mine.labels or ():
                if label not in (others.labels or ()):
                    raise InputError(f"input.{cropped(label)}: {_called(name)} has no such input")
    if one.size != two.size and not (one.varies and two.varies):
        sizes = f"{_called(first)} takes {one.size}, {_called(second)} {two.size}"
        raise InputError(f"input: {sizes}; both are given the same rows")
    if one.labels and two.labels and one.labels != two.labels:
        places = one.label_places
        return [places[label] for label in two.labels]
    return None


# ---- rows ----


def _rows_of(network: Network, asking: Asking) -> tuple[Iterator[Rows], str]:
    """Return the rows that were asked for; without any the net's examples, else random ones."""
    rows, given = asking.rows, "the rows given"
    if not rows.inputs and not rows.examples:
        rows = rows._replace(examples=[example.name for example in network.examples])
        given = plural(len(network.examples), "example")
        if not rows.examples:
            if network.input.text:
                raise UsageError(f"{network.name} has no examples; give a text: --input TEXT")
            made = [f"random:{seed}" for seed in range(RANDOM_ROWS)]
            rows = rows._replace(inputs=made)
            given = f"{RANDOM_ROWS} random rows"
            told = f"no rows are given and {network.name} has no examples, so both are compared on"
            asking.environment.say(
                "warning", f"{told} {given} (--input {made[0]} to --input {made[-1]})"
            )
    return _batches(network, asking._replace(rows=rows)), given


def _batches(network: Network, asking: Asking) -> Iterator[Rows]:
    from nntrace.analysis.diff.sides import Rows
    from nntrace.cli.tracing import rows_asked_for

    start = 0
    for batch in rows_asked_for(network, asking.environment, asking.rows, asking.progress):
        end = start + len(batch.values)
        yield Rows(range(start, end), batch.values)
        start = end


def _with_trace(
    network: Network, name: str, recorded: Recorded, asking: Asking
) -> tuple[NetSide, Side, Iterator[Rows], str]:
    """Return a net, a trace that was recorded, and the rows that it was recorded of."""
    import numpy as np

    from nntrace.analysis.diff.sides import RecordedSide, rows_recorded

    count = rows_recorded(recorded, network)
    side, net = RecordedSide(recorded, count), _side(network, name)
    if not asking.rows.inputs and not asking.rows.examples:
        if "input" not in recorded.inputs:
            told = f"has no array 'input', which {network.name} reads"
            hint = "give the rows that it was recorded of: --input FILE"
            raise InputError(Problem(f"{told}; {hint}", (), recorded.name))
        return net, side, _in_pieces(side.input_rows(network)), f"the input of {recorded.name}"
    batches = [rows.values for rows in _batches(network, asking) if rows.values is not None]
    values = np.concatenate(batches) if batches else np.zeros((0, network.input.size))
    if len(values) != count:
        fits = [array for array in recorded.arrays.values() if array.shape[:1] == (len(values),)]
        if len(values) != 1 and not fits:
            told = f"was recorded of {plural(count, 'row')}, {len(values)} are given"
            raise InputError(Problem(told, (), recorded.name))
        side = RecordedSide(recorded, len(values))
    return net, side, _in_pieces(values), "the rows given"


def _in_pieces(values: Array) -> Iterator[Rows]:
    from nntrace.analysis.diff.sides import Rows

    for start in range(0, len(values), _AT_ONCE):
        piece = values[start : start + _AT_ONCE]
        yield Rows(range(start, start + len(piece)), piece)


def _both_recorded(a: Recorded, b: Recorded, asking: Asking) -> Comparison:
    """Return two traces that were recorded of as many rows."""
    import numpy as np

    from nntrace.analysis.diff.sides import RecordedSide, Rows, rows_recorded

    if asking.rows.inputs or asking.rows.examples:
        given = "--input" if asking.rows.inputs else "--example"
        raise UsageError(f"{given}: is given to nets, and {a.name} and {b.name} are traces")
    counts = rows_recorded(a, None), rows_recorded(b, None)
    if counts[0] != counts[1]:
        told = f"was recorded of {plural(counts[1], 'row')}, {a.name} of {counts[0]}"
        raise InputError(Problem(told, (), b.name))
    if "input" in a.inputs and "input" in b.inputs:
        one, two = (each.inputs["input"].load().ravel() for each in (a, b))
        if one.shape != two.shape or not np.allclose(one, two, 1e-5, 1e-8, equal_nan=True):
            asking.environment.say("warning", f"{a.name} and {b.name}: have other inputs")
    rows = Rows(range(counts[0]), None)
    return Comparison(RecordedSide(a, counts[0]), RecordedSide(b, counts[0]), [rows], "traces")
