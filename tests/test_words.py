"""Names that are nearly known ones: spellings are proposed, other names never."""

from __future__ import annotations

import pytest

from nntrace.core.activations import ACTIVATIONS
from nntrace.core.elsewhere import unknown_activation
from nntrace.errors import Problem, unknown
from nntrace.words import nearest, proposal

NEAR = [
    ("relu", "ReLU", "relu"),
    ("hidden layer", "hidden_layer", "hidden layer"),
    ("labels", "label", "labels"),
    ("tensor", "tensro", "tensor"),
    ("seed", "sed", "seed"),
    ("output", "output ", "output"),
    ("layer1", "layr1", "layer1"),
    ("layer1", "layer2", None),
    ("layer1", "layer", None),
    ("relu6", "relu", None),
    ("a", "b", None),
    ("activation", "action", None),
    ("x" * 3000, "x" * 2999, None),
]


@pytest.mark.parametrize(("known", "given", "proposed"), NEAR)
def test_only_another_spelling_is_proposed(known: str, given: str, proposed: str | None) -> None:
    assert nearest(given, ["qqqqq", known]) == ([proposed] if proposed else [])


LOOKS = [
    ("cat", "c\u0430t", "U+0430 for U+0061"),
    ("c\u0430t", "cat", "U+0061 for U+0430"),
    ("\u00e9t\u00e9", "e\u0301te\u0301", "its accents are composed characters there"),
    ("e\u0301te\u0301", "\u00e9t\u00e9", "its accents are decomposed characters there"),
    ("a b", "a\u00a0b", "U+00A0 for U+0020"),
    ("a b", "a\u2009b", "U+2009 for U+0020"),
]


@pytest.mark.parametrize(("known", "given", "told"), LOOKS)
def test_names_that_look_alike_say_so(known: str, given: str, told: str) -> None:
    assert proposal(given, [known]) == f", did you mean '{known}'? (they look alike: {told})"


OTHERS = ["lrelu", "rrelu", "crelu", "swish2", "tan", "gelu_new", "quick_gelu", "hardsigmoid"]
OTHERS += ["softmin", "relu2", "relu7", "LeakyReLU", "H-Sigmoid", "selu2", "threshold"]


@pytest.mark.parametrize("name", OTHERS)
def test_another_function_is_never_taken_for_a_typo(name: str) -> None:
    assert "did you mean" not in unknown_activation(name)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_in_other_letters_is_told(name: str) -> None:
    assert name in unknown_activation(name.replace("_", "-").title())


def test_names_of_any_length_cost_little_and_are_not_repeated_whole() -> None:
    told = unknown("key", "x" * 64_000, ["y" * 64_000] * 100)
    assert len(told) < 2000
    assert len(str(Problem("is wrong", ("layers", 0, "x" * 64_000)))) < 100


def test_where_none_is_near_the_known_ones_are_listed() -> None:
    assert unknown("dtype", "float16", ["float64", "float32"]).endswith(", known: float64, float32")
