"""A net file that is begun: what tensors tell, and what is guessed, marked by comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nntrace.analysis.begun.chain import Beginning, Begun, Guess
from nntrace.write.nets.scalars import text, value

_COMMENT = 34  # columns before a comment, where they are not needed


def begun_file(
    name: str, file: str, dtype: str, beginning: Beginning, told: Sequence[str] = ()
) -> str:
    """Write a net file for the tensors of a file beside it; `told` stands at its top."""
    return "".join(f"{line}\n" for line in _lines(name, file, dtype, beginning, told))


def _lines(
    name: str, file: str, dtype: str, beginning: Beginning, told: Sequence[str]
) -> Iterator[str]:
    yield f"# Begun from the names and shapes of the tensors in {' '.join(file.split())}."
    yield "# What is marked as a guess no tensor tells: compare it with the code of the model."
    if beginning.order:
        yield f"# The order of the layers is a guess, too: {beginning.order}."
    yield from (f"# {line}" for line in told)
    yield ""
    yield f"name: {text(name)}"
    if dtype != "float64":
        yield f"dtype: {dtype}"
    yield from ["", "input:"]
    of_text = any(guess.key == "alphabet" for guess in beginning.input)
    if of_text:
        yield "  text:"
    yield from (_line("    " if of_text else "  ", guess) for guess in beginning.input)
    found = any(not layer.arrays and len(layer.keys) > 1 for layer in beginning.layers)
    yield from _weights(file, beginning) if found else _left(beginning)
    yield from ["", "layers:"]
    for layer in beginning.layers:
        yield from _layer(layer, file)


def _weights(file: str, beginning: Beginning) -> Iterator[str]:
    named = {held.tensor for layer in beginning.layers for held in layer.arrays}
    left = [tensor for tensor in beginning.left if tensor not in named]
    if not left:
        yield from ["", f"weights: {text(file)}"]
        return
    yield from ["", "weights:", f"  file: {text(file)}", "  ignore:"]
    for tensor in left:
        yield _commented(f"    - {text(tensor)}", "no layer is known that has it")


def _left(beginning: Beginning) -> Iterator[str]:
    """Say which tensors are read by nobody, where layers name their own."""
    if beginning.left:
        yield ""
    for tensor in beginning.left:
        yield f"# {text(tensor)}: no layer is known that has it"


def _layer(layer: Begun, file: str) -> Iterator[str]:
    if layer.odd:
        yield f"  # {layer.odd}: guess, the order may be another"
    for at, guess in enumerate(layer.keys):
        yield _line("    " if at else "  - ", guess)
    for held in layer.arrays:
        turned = ", transpose: true" if held.transpose else ""
        tensor = f", tensor: {text(held.tensor)}" if held.tensor else ""
        written = f"    {held.key}: {{file: {text(file)}{tensor}{turned}}}"
        yield _commented(written, f"guess: {held.why}") if held.why else written


def _line(indent: str, guess: Guess) -> str:
    written = f"{indent}{guess.key}: {value(guess.value)}"
    return _commented(written, f"guess: {guess.why}") if guess.why else written


def _commented(line: str, comment: str) -> str:
    return f"{line:<{_COMMENT}} # {comment}"
