"""Which kinds of layer and which activations are straight: what the tables say, by trying."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.ops import KINDS, find_kind
from tests.ops.oracle import load

CASES = [case for kind in KINDS for case in load(kind)]
TOKENS = ("embedding", "scores")  # they read tokens, or give −∞ on purpose


def ran(op, reads, like):
    z = np.empty_like(like)
    with np.errstate(all="ignore"):
        op.run(reads, z, False)
    return z


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.name}")
def test_a_kind_is_straight_as_it_says(case):
    if case.kind in TOKENS:
        assert find_kind(case.kind).STRAIGHT is None
        return
    keys = {key: tuple(v) if isinstance(v, list) else v for key, v in case.keys.items()}
    op = find_kind(case.kind)(**keys, **case.arrays)
    draw = np.random.default_rng(3)
    one = [draw.normal(size=read.shape) for read in case.reads]
    two = [draw.normal(size=read.shape) for read in case.reads]
    zeros = [np.zeros_like(read) for read in case.reads]
    both = ran(op, [a + b for a, b in zip(one, two, strict=True)], case.z)
    apart = ran(op, one, case.z) + ran(op, two, case.z) - ran(op, zeros, case.z)
    sums = np.allclose(both, apart, rtol=1e-9, atol=1e-9)
    if case.z[0].size == 0:
        return
    if op.straight in ("largest", "smallest"):
        # it commutes with whatever keeps the order, and gives numbers that it reads
        assert np.isin(ran(op, one, case.z), one[0]).all()
        cubes = ran(op, [one[0] ** 3], case.z)
        np.testing.assert_allclose(cubes, ran(op, one, case.z) ** 3)
    elif op.straight or not np.allclose(ran(op, one, case.z), ran(op, two, case.z)):
        # the norm of one number alone is always the same
        assert sums == (op.straight == "sums")


@pytest.mark.parametrize("kind", ACTIVATIONS.values(), ids=lambda kind: kind.name)
def test_an_activation_is_straight_between_its_breakpoints_as_its_row_says(kind):
    if kind.rowwise:
        assert not kind.straight
        return
    given = {parameter.name: parameter.default for parameter in kind.parameters}
    bends = [float(each) for each in kind.breakpoints(**given)]
    edges = [-9.0, *bends, 9.0]
    bent = False
    for low, high in pairwise(edges):
        z = np.linspace(low, high, 12)[1:-1]
        a = Activation(kind, given)(z)
        bent |= not np.allclose(np.diff(a, 2), 0.0, atol=1e-12)
    assert kind.straight == (not bent)
