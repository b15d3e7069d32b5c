"""From words on the command line to a net and its traced rows; what `run` and `explain` share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

from nntrace.cli.environment import Environment
from nntrace.errors import InputError, NntraceError, Problem, UsageError
from nntrace.read.rows.formats import SUFFIXES, SUFFIXES_OF_TEXTS, either
from nntrace.words import LONGEST_WORD, cropped

if TYPE_CHECKING:
    from nntrace.analysis.nonfinite import NotFinite
    from nntrace.cli.options import Opening, Rows
    from nntrace.cli.progress import Progress
    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import Trace
    from nntrace.core.names import Neuron
    from nntrace.core.network import Network
    from nntrace.read.rows.batches import Batch, Reading

T = TypeVar("T")
MOST_NUMBERS = 2**24  # of the layers, in the rows that are traced together


def load_network(
    name: str,
    environment: Environment,
    inputs: Sequence[str] = (),
    opening: Opening | None = None,
    reading: Reading | None = None,
) -> Network:
    """Read a net file, an ONNX model, a bundled net, or a net from standard input (`-`).

    `inputs`, and how they are read, say how large the free dimensions of a model are. Raises
    UsageError where the `inputs` to come are to be read from there, too.
    """
    if name == "-" and "-" in inputs:
        raise UsageError("the net and the rows cannot both come from standard input")
    from nntrace.cli import threads
    from nntrace.read.nets import yaml as netfile
    from nntrace.read.nets.load import load

    def warn(problem: Problem) -> None:
        environment.say("warning", str(problem))

    if name == "-":
        if opening and any(opening):
            raise UsageError("--nodes, --dtype and --engine are for an ONNX model, from a file")
        from nntrace.read.rows.lines import Lines

        content = Lines(environment.stdin, "<stdin>").data()
        network = netfile.parse(content, "<stdin>", "", "stdin", warn)
    else:
        network = load(name, warn, **(opening._asdict() if opening else {}))
    if network.model:
        from nntrace.core.graph.graph import nans
        from nntrace.read.rows.free import fitted

        for told in nans(network.model.graph):
            warn(Problem(told, (), name))
        network = fitted(network, inputs, *([reading] if reading else []))
    threads.all_for(network)
    return network


def layers_named(network: Network, names: Sequence[str]) -> Collection[str]:
    """Return the names of layers to show: those given, or all; UsageError for an unknown one."""
    return {network.layer(name).name for name in names} or {each.name for each in network.layers}


def check_target(target: str, network: Network) -> None:
    """Raise UsageError where what is named is not one column, or one that the net reads."""
    from nntrace.read.rows.batches import ALL_OTHERS  # with NumPy, which no help needs

    if target == ALL_OTHERS:
        raise UsageError(f"--target {target}: takes one column, by its name or as #4 by its place")
    if target in (network.input.labels or ()):
        raise UsageError(f"--target {target}: is an input of {network.name}, takes another column")


def read_settings(network: Network, settings: Sequence[str]) -> dict[str, tuple[Neuron, float]]:
    """Read `LAYER.NEURON=VALUE`; the last setting of a neuron wins, by the name it was given."""
    import numpy as np

    from nntrace.core.names import find_neuron
    from nntrace.core.rows import no_input, not_held
    from nntrace.read.rows.numbers import to_number

    read: dict[str, tuple[Neuron, float]] = {}
    names: dict[Neuron, str] = {}  # as each neuron was called last
    for setting in settings:
        try:
            name, equals, number = setting.rpartition("=")
            if not equals:
                raise UsageError("takes LAYER.NEURON=VALUE, such as hidden1.0=2.5")
            neuron = find_neuron(network, name)
            value = to_number(number)
            with np.errstate(over="ignore"):
                held = float(np.dtype(network.rows_dtype).type(value))
            if not isfinite(held):
                raise UsageError(not_held(value, network.rows_dtype))
            if told := no_input(network, neuron, held):
                raise UsageError(told)
        except (UsageError, InputError) as error:
            raise UsageError(f"--set {cropped(setting, LONGEST_WORD)}: {error}") from None
        read.pop(names.get(neuron, name), None)  # the last setting stands last
        read[name], names[neuron] = (neuron, held), name
    return read


def rows_asked_for(
    network: Network, environment: Environment, rows: Rows, progress: Progress | None = None
) -> Iterator[Batch]:
    """Read the rows that were asked for, and the examples, in batches as they arrive.

    `progress` is shown meanwhile. Warns of what is odd in them.
    """
    from nntrace.read.rows.inputs import rows_of

    def warn(problem: Problem) -> None:
        tell_odd([problem], environment, progress)

    batches = rows_of(network, rows.inputs, rows.examples, rows.reading, environment.stdin, warn)
    return progress.over(batches) if progress else batches


def tell_odd(
    problems: Sequence[Problem], environment: Environment, progress: Progress | None = None
) -> None:
    """Warn of what is odd in rows, the progress line out of the way."""
    for problem in problems:
        if progress:
            progress.erase()
        environment.say("warning", str(problem))


def no_such_row(row: int, count: int) -> str:
    """Say that a row that was asked for is not there."""
    there = f"there are {count} rows, 0 to {count - 1}" if count > 1 else "there is one row, 0"
    return f"--row {row}: {there if count else 'there are no rows'}"


def traced(
    network: Network, environment: Environment, rows: Rows, progress: Progress | None = None
) -> Iterator[TracedBatch]:
    """Trace all rows, in batches as they arrive; without any input, the net's examples.

    `progress` is shown meanwhile. Warns, once, where a number stops being finite.
    """
    from dataclasses import replace

    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import forward

    if not rows.inputs and not rows.examples:
        rows = rows._replace(examples=[example.name for example in network.examples])
        if not rows.examples:
            raise UsageError(
                f"{network.name} has no examples; give an input: {input_hint(network)}"
            )
    read = read_settings(network, rows.settings)
    named = {name: value for name, (_, value) in read.items()}
    # which number a name means may depend on how many tokens there are
    overrides = named if network.input.varies else dict(read.values())
    batches = rows_asked_for(network, environment, rows, progress)

    def generate() -> Iterator[TracedBatch]:
        start = 0
        warned = False
        # of a large net, a batch of rows would have more numbers than there is room for
        at_once = max(1, MOST_NUMBERS // sum(layer.size for layer in network.layers))
        for batch in chain.from_iterable(batch.parts(at_once) for batch in batches):
            trace = forward(network, batch.values, overrides, deterministic=rows.deterministic)
            trace = replace(trace, start=start)
            warned = warned or warn_not_finite(trace, environment, progress)
            yield TracedBatch(
                trace,
                batch.examples,
                batch.keep,
                batch.places,
                settings=named or None,
                texts=batch.texts,
            )
            start += len(trace)

    return generate()


def of_same_columns(chunks: Iterator[TracedBatch]) -> Iterator[TracedBatch]:
    """Give chunks, up to a row that carries a column which the first row lacks: that is a fault.

    Tables and CSV have no place for it.
    """
    known: frozenset[str] | None = None
    for chunk in chunks:
        for index, kept in enumerate(chunk.keep or ()):
            known = frozenset(kept) if known is None else known
            if not known.issuperset(kept):
                if index:
                    yield chunk.first(index)
                odd = next(name for name in kept if name not in known)
                message = f"has a column '{odd}' to keep, which the first row lacks; -f jsonl has"
                assert chunk.places is not None
                raise InputError(chunk.places[index](f"{message} a place for it, tables have none"))
        yield chunk


class Batches(Iterator["TracedBatch"]):
    """Batches up to a fault, which is kept: `fault` is None as long as there is none.

    A fault that comes before any row is raised at once: there is nothing to write.
    """

    def __init__(self, batches: Iterator[TracedBatch]) -> None:
        self.fault: NntraceError | None = None
        self._batches = batches
        self._begun = False

    def __next__(self) -> TracedBatch:
        try:
            batch = next(self._batches)
        except NntraceError as error:
            if not self._begun:
                raise
            self.fault = error
            raise StopIteration from None
        self._begun = True
        return batch


def until_fault(
    batches: Iterator[TracedBatch], write: Callable[[Batches], Iterable[T]]
) -> Iterator[T]:
    """Give what is written of batches up to a fault, which is raised once all of it is."""
    given = Batches(batches)
    yield from write(given)
    if given.fault is not None:
        raise given.fault


def input_hint(network: Network) -> str:
    """Show how an input is given to this net."""
    size, labels = network.input.size, network.input.labels
    if network.input.text:
        return f"--input TEXT, or --input FILE ({either(SUFFIXES_OF_TEXTS)})"
    if labels and size <= 4:
        return "--input " + ",".join(f"{label}=0.5" for label in labels)
    if size <= 6:
        return "--input " + ",".join(["0.5"] * size)
    return f"--input FILE ({size} numbers a row; {either(SUFFIXES)})"


def warn_not_finite(
    trace: Trace, environment: Environment, progress: Progress | None = None
) -> bool:
    """Warn where a number of a trace first stops being finite, and tell whether one does."""
    from nntrace.analysis.nonfinite import first_not_finite

    found = first_not_finite(trace)
    if found is None:
        return False
    if progress:
        progress.erase()
    tell_not_finite(found._replace(row=trace.start + found.row), environment)
    return True


def tell_not_finite(found: NotFinite, environment: Environment) -> None:
    """Warn of a number that is not finite; its row is counted in all the data."""
    place = f"{found.neuron.layer}.{found.neuron.index}"
    value = {"inf": "infinite", "-inf": "minus infinite"}.get(str(found.value), "not a number")
    message = f"{place}: its {found.quantity} is {value} in row {found.row}, where that first arose"
    environment.say("warning", message)
