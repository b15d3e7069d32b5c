"""The examples of a net file: inputs by list or by label, and what they should give."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.examples import MARGINS, Example, Expectation, ExpectedValues
from nntrace.core.input import Input
from nntrace.core.names import is_index
from nntrace.errors import InputError, Path, unknown
from nntrace.read.nets.counts import Count, holds, product
from nntrace.read.nets.grammar import A_ROW
from nntrace.read.nets.plans import LayerPlan
from nntrace.read.yaml.grammar import INVALID, Reading, refuse
from nntrace.read.yaml.nodes import Scalar
from nntrace.words import cropped, nearest

# Looking for the nearest of many names takes time; a file full of wrong ones need not have it.
MOST_NEAREST = 20


def read_examples(
    reading: Reading,
    declared: list[Any],
    spec: Input | None,
    size: Count | None,
    labels: Any,
    plans: list[LayerPlan | None],
) -> list[Example]:
    """Return the examples of a net whose input has a size and labels; what is wrong is reported.

    `spec` and `size` are None and `labels` INVALID where they are not known, and nothing is held
    against them. How many numbers a layer gives for so many tokens, the net is left to say.
    """
    examples = []
    names: dict[str, int] = {}
    layers = {plan.name if plan else None: plan for plan in plans}
    for index, example in enumerate(declared):
        if example is INVALID:
            continue
        path: Path = ("examples", index)
        name = example.get("name", f"example{index + 1}")
        if name in names:
            message = f"'{cropped(name)}' is the name of examples[{names[name]}] too"
            if "name" in example:
                reading.report((*path, "name"), message)
            else:  # a default name that another example has taken
                reading.report(path, f"takes a name, since {message}")
        elif name is not INVALID:
            names[name] = index
        given = example["input"]
        row = _row(reading, (*path, "input"), given, spec, size, labels)
        expect = None
        varies = spec is not None and spec.varies
        if isinstance(expected := example.get("expect"), str):
            output = plans[-1] if plans else None
            expect = _expected_class(reading, (*path, "expect"), expected, output, varies)
        elif expected:
            expect = _expected_values(reading, (*path, "expect"), expected, layers, varies)
        if row is not None:
            text = given.text if isinstance(given, Scalar) else None
            examples.append(Example(name, row, expect, text))
    return examples


def _row(
    reading: Reading,
    path: Path,
    declared: Any,
    spec: Input | None,
    size: Count | None,
    labels: Any,
) -> Array | None:
    if isinstance(declared, Scalar) or (spec and spec.text):
        return _text_row(reading, path, declared, spec)
    if isinstance(declared, dict):
        declared = _by_label(reading, path, declared, labels)
    if declared is INVALID or size is None:
        return None
    if not holds(reading, path, len(declared), size, "the net"):
        return None
    return np.array(declared, dtype=reading.dtype)


def _text_row(reading: Reading, path: Path, declared: Any, spec: Input | None) -> Array | None:
    """Return the row of a text; None after a report, and where the input is not known."""
    if spec is None or declared is INVALID:
        return None
    if not isinstance(declared, Scalar):
        reading.report(path, "takes a text, since the net reads text")
    elif spec.text is None:
        refuse(reading, declared, path, A_ROW)
    else:
        try:
            return spec.text.encoded(declared.text).astype(reading.dtype)
        except InputError as error:
            for problem in error.problems:
                reading.report(path, problem.message)
    return None


def _by_label(reading: Reading, path: Path, declared: dict[str, float], labels: Any) -> Any:
    """Return the numbers in the order of the labels, INVALID after a report."""
    if labels is INVALID:
        return INVALID
    if labels is None:
        takes = "takes a list of numbers, since the net's inputs have no labels"
        return reading.report(path, takes)
    known = set(labels)
    strange = [label for label in declared if label not in known]
    for index, label in enumerate(strange):
        if index < MOST_NEAREST:
            reading.report_unknown((*path, label), "input", labels)
        else:
            reading.report_key((*path, label), unknown("input", label, ()))
    missing = [label for label in labels if label not in declared]
    if missing:
        listing = ", ".join(missing[:10]) + (", …" if len(missing) > 10 else "")
        reading.report(path, f"lacks {listing}")
    return INVALID if missing or strange else [declared[label] for label in labels]


def _expected_values(
    reading: Reading,
    path: Path,
    declared: dict[str, Any],
    layers: dict[str | None, LayerPlan | None],
    varies: bool,
) -> Expectation:
    values = []
    for key, row in declared.items():
        if key in MARGINS and not isinstance(row, list | np.ndarray):
            continue
        name: str = key
        quantity: Literal["z", "a"] = "a"
        if name not in layers and key.endswith(".z"):
            name, quantity = key[:-2], "z"
        if (plan := layers.get(name)) is None:
            if layers and None not in layers:  # else it may be the one that could not be read
                if nearest(key, [*MARGINS]):
                    reading.report_unknown((*path, key), "key", MARGINS)
                else:
                    reading.report_unknown((*path, key), "layer", map(str, layers), name)
            continue
        if row is INVALID or not (varies or _fits(reading, (*path, key), row, plan, name)):
            continue
        # kept in float64: what was measured elsewhere need not fit the net's dtype
        held = np.array(row, dtype=np.float64).ravel()
        values.append(ExpectedValues(name, quantity, held))
    margins = (declared.get(key) for key in MARGINS)
    return Expectation(
        None, tuple(values), *(each if isinstance(each, float) else None for each in margins)
    )


def _fits(
    reading: Reading, path: Path, row: list[float] | Array, plan: LayerPlan, name: str
) -> bool:
    """Whether the numbers of a layer, in a row or as its shape has them, are as many as it has."""
    if np.ndim(row) < 2:
        return not plan.size or holds(reading, path, len(row), plan.size, name)
    shape = plan.shape or (plan.size and (plan.size.size,))
    if shape and np.shape(row) != shape:
        takes = f"{cropped(name)} takes {product(shape)}"
        reading.report(path, f"is {product(np.shape(row))}, {takes}")
        return False
    return True


def _expected_class(
    reading: Reading, path: Path, written: str, output: LayerPlan | None, varies: bool
) -> Expectation | None:
    """Read a class: a label first, since that is what people see, then an index."""
    if output is None or output.size is None or output.activation is None:
        return None
    if output.labels is INVALID:
        return None
    answers = output.size.size
    if varies and output.shape and len(output.shape) == 2 and output.channels == "last":
        answers = output.shape[-1]  # the last token's
    count = output.activation.kind.classes(answers)
    if count is None or answers != (output.shape or (answers,))[-1]:
        message = f"'{written}' is a class, but {output.name or 'the last layer'} gives none"
        of = f" of {product(output.shape)}" if output.shape and output.shape[1:] else ""
        reading.report(path, f"{message} ({output.activation.name}{of})")
        return None
    labels: list[str] = output.labels or []
    if written in labels:  # the label of one sigmoid neuron is that of class 1
        return Expectation(labels.index(written) + count - len(labels))
    if is_index(written) and len(written) < 10 and int(written) < count:
        return Expectation(int(written))
    if is_index(written) or not labels:
        message = f"'{written}' is no class, takes an index from 0 to {count - 1}"
        reading.report(path, message + (" or a label" if labels else ""))
    else:
        reading.report(path, unknown("class", written, labels))
    return None
