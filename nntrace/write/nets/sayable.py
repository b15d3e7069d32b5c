"""What a net file cannot say of a net, told by name, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from nntrace.core.examples import MARGINS, Example, Expectation
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.core.ops import INTERNAL, KINDS
from nntrace.errors import InputError, Path, Problem, UsageError
from nntrace.words import cropped
from nntrace.write.nets.attention import composed

# Halves of surrogate pairs, which no file has; and what the reader puts in the place of line breaks
# of YAML 1.1.
_NO_TEXT = re.compile("[\ud800-\udfff\U000f0085\U000f2028\U000f2029]")


def refuse_unsayable(network: Network) -> None:
    """Raise UsageError with everything of a net that a net file cannot say."""
    problems = [*_texts(network), *_input(network), *_layers(network), *_examples(network)]
    if problems:
        raise UsageError(problems)


def _texts(network: Network) -> Iterator[Problem]:
    """Tell names and labels that no file can hold, or that are empty."""
    text = network.input.text
    named: list[tuple[Path, str]] = [(("name",), network.name)]
    named += [(("input", "labels", at), it) for at, it in enumerate(network.input.labels or ())]
    named += [(("input", "text"), text.alphabet)] if text else []
    for at, layer in enumerate(network.layers):
        named.append((("layers", at, "name"), layer.name))
        named += [(("layers", at, "labels", n), it) for n, it in enumerate(layer.labels or ())]
    named += [(("examples", at, "name"), it.name) for at, it in enumerate(network.examples)]
    for path, said in named:
        if not said:
            yield Problem("is empty, which a net file cannot say", path)
    for path, said in [*named, (("description",), network.description)]:
        if found := _NO_TEXT.search(said):
            yield Problem(f"has U+{ord(found[0]):04X}, which a net file cannot hold", path)


def _input(network: Network) -> Iterator[Problem]:
    spec = network.input
    if spec.text is None:
        return
    if spec.labels or spec.normalised:
        yield Problem("has labels or a scaling, which is not said of text", ("input",))
    if spec.varies and spec.size != spec.text.context:
        told = f"is the net at {spec.size} tokens, takes the one for up to {spec.text.context}"
        yield Problem(told, ("input",))


def _layers(network: Network) -> Iterator[Problem]:
    places = network.places
    for layer in composed(network):
        if isinstance(layer, Layer) and (layer.kind in INTERNAL or layer.kind not in KINDS):
            told = f"{cropped(layer.name)} is of kind {layer.kind}, which a net file cannot say"
            if layer.kind in INTERNAL:
                told += " but inside attention: query, key, value, scores, mix and output, each "
                told += "of width × width, that read one another alone"
            yield Problem(told, ("layers", places[layer.name]))


def _examples(network: Network) -> Iterator[Problem]:
    for at, example in enumerate(network.examples):
        path: Path = ("examples", at)
        if network.input.text:
            try:
                text_said(network, example)
            except UsageError as error:
                yield Problem(str(error), (*path, "input"))
        expect = example.expect
        if expect is None:
            continue
        if expect.class_index is not None and expect.values:
            yield Problem("has a class and values, a net file one of these", (*path, "expect"))
            continue
        try:
            if expect.class_index is not None:
                class_said(network, expect.class_index)
            expected_keys(network, expect)
        except UsageError as error:
            yield Problem(str(error), (*path, "expect"))
        if not all(np.isfinite(each.values).all() for each in expect.values):
            yield Problem("has numbers that are not finite", (*path, "expect"))


def class_said(network: Network, index: int) -> str:
    """Return what an example says that expects a class: its label, or its index; UsageError where
    that would be read as another one."""
    labels = network.classes or ()
    label = labels[index]
    if label is None and str(index) in labels:
        told = f"is class {index}, and a class {labels.index(str(index))} is called '{index}'"
        raise UsageError(told)
    return str(index) if label is None else label


def expected_keys(network: Network, expect: Expectation) -> list[str]:
    """Return the keys under which an example says what layers give; UsageError where one would be
    read as another."""
    keys = [each.layer + (".z" if each.quantity == "z" else "") for each in expect.values]
    for key, each in zip(keys, expect.values, strict=True):
        other = "a layer" if each.quantity == "z" and key in network.places else ""
        if key in MARGINS and getattr(expect, key) is not None:
            other = "the key of how far off values may be"
        if other or keys.count(key) > 1:
            raise UsageError(f"names {cropped(key)}, which is {other or 'there twice'} too")
    return keys


def text_said(network: Network, example: Example) -> str:
    """Return the text of an example; UsageError where its numbers are those of no text."""
    text = network.input.text
    assert text
    said = example.text if example.text is not None else "".join(text.characters(example.input))
    try:
        same = not _NO_TEXT.search(said) and np.array_equal(text.encoded(said), example.input)
    except InputError:
        same = False
    if not same:
        raise UsageError("is the input of no text, which a net file says in its place")
    return said
