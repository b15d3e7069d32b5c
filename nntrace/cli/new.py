"""`nntrace new`: a net file begun from the names and shapes of a file of weights."""

from __future__ import annotations

from typing import Annotated

from nntrace.cli.command import Argument, Context
from nntrace.cli.environment import Environment
from nntrace.cli.options import OutputOption
from nntrace.errors import NetworkError, UsageError


def new(
    context: Context,
    file: Annotated[
        str,
        Argument(
            metavar="FILE",
            help="A file of weights: .safetensors, .npz, .pt, .npy or .csv; digits.npz and those of"
            " other nets come along.",
        ),
    ],
    *,
    output: OutputOption = None,
) -> None:
    """Begin a net file from a file of weights: from the names and shapes of its tensors.

    \b
    nntrace new digits.npz
    nntrace new model.safetensors -o model.yaml

    What no tensor tells, such as activations and strides, is guessed, and marked as a guess. The
    net file is to stand beside the weights; where it does not load there as it is, a warning says
    what is wrong.
    """
    environment: Environment = context.obj
    from nntrace.read import bundled
    from nntrace.read.arrays.opened import suffix_of
    from nntrace.read.files import read_bytes

    path = bundled.find_weights(file)
    suffix = suffix_of(path)
    if suffix is None:
        read_bytes(path)  # which tells where there is no such file
        raise UsageError(f"{file} is no file of weights, takes {_known()}")
    text, faults = _begun(path, suffix)
    for fault in faults:
        environment.say("warning", f"does not load yet: {fault}")
    with environment.output(output) as sink:
        sink.write(environment.encode(text) if output is None else text.encode())


def _known() -> str:
    from nntrace.read.arrays.weights import suffixes

    return suffixes()


def _begun(path: str, suffix: str) -> tuple[str, list[str]]:
    """Return a net file, and what is wrong with it."""
    from pathlib import Path

    from nntrace.analysis.begun.chain import begin
    from nntrace.read.arrays.opened import each_array, open_arrays
    from nntrace.read.nets.yaml import parse
    from nntrace.write.nets.begun import begun_file

    arrays = {
        name: array for name, array, _ in each_array(open_arrays(path, suffix)) if array is not None
    }
    shapes = {name: array.shape for name, array in arrays.items()}
    beginning = begin(shapes)
    if not beginning.layers:
        named = ", ".join([*shapes][:6]) or "none"
        raise UsageError(f"{path}: no layer is known that has its tensors: {named}")
    narrow = all(_narrow(array.dtype) for array in arrays.values())
    name, dtype = Path(path).stem or "net", "float32" if narrow else "float64"

    text = begun_file(name, Path(path).name, dtype, beginning)
    faults: list[str] = []
    try:
        parse(text.encode(), "net", Path(path).parent, name, lambda _: None)
    except NetworkError as error:
        faults = [f"{problem.message}" for problem in error.problems]
        told = [f"Does not load yet: {' '.join(fault.split())}" for fault in faults]
        text = begun_file(name, Path(path).name, dtype, beginning, told)
    return text, faults


def _narrow(dtype: str) -> bool:
    """Whether float32 holds all numbers of a type, integers apart, which are no weights."""
    return dtype not in ("F64", "float64", ">f8", "longdouble", "float128")
