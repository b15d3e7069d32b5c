"""A formula with a layer's own numbers: nothing of its keys is left to be looked up."""

from __future__ import annotations

import numpy as np
import pytest

from nntrace.core.ops.attention import Mix, Scores
from nntrace.core.ops.conv import Conv
from nntrace.core.ops.conv_transpose import ConvTranspose
from nntrace.core.ops.dense import Dense
from nntrace.core.ops.global_pool import GlobalAveragePool
from nntrace.core.ops.layer_norm import LayerNorm, RmsNorm
from nntrace.core.ops.pool import AveragePool, MaxPool

ONE, TWO = np.ones(1), np.ones(2)
K3, K2 = np.ones((2, 2, 3, 3)), np.ones((2, 1, 2))
PICTURE = ((2, 8, 8),)

CASES = [
    (Dense(np.ones((2, 3)), TWO), ((3,),), Dense.FORMULA),
    (
        Conv(K3, TWO, padding=1),
        PICTURE,
        "z[c, p] = Σ weights[c, i, u] · x[i, p + u − 1] + bias[c], over i and u",
    ),
    (
        Conv(K3, TWO, stride=2, dilation=3, padding="valid"),
        PICTURE,
        "z[c, p] = Σ weights[c, i, u] · x[i, p · 2 + u · 3] + bias[c], over i and u",
    ),
    (
        Conv(K3, TWO, stride=(2, 1), padding=(0, 1)),
        PICTURE,
        "z[c, p] = Σ weights[c, i, u] · x[i, p · (2, 1) + u − (0, 1)] + bias[c], over i and u",
    ),
    (
        Conv(K2, TWO, groups=2),
        ((2, 8),),
        "z[c, p] = Σ weights[c, i, u] · x[g + i, p + u] + bias[c], over i and u, where g is the "
        "first channel read by the group of c",
    ),
    (MaxPool(2), PICTURE, "z[c, p] = max x[c, p · 2 + u], over u"),
    (MaxPool(3, stride=1, padding=1), PICTURE, "z[c, p] = max x[c, p + u − 1], over u"),
    (AveragePool(2), PICTURE, "z[c, p] = Σ x[c, p · 2 + u] / 4, over u"),
    (
        AveragePool(3, padding=1),
        PICTURE,
        "z[c, p] = Σ x[c, p · 3 + u − 1] / n, over u; n is how many numbers count",
    ),
    (GlobalAveragePool(), PICTURE, "z[c] = Σ x[c, p] / 64, over the 64 places p"),
    (
        Scores(4, causal=True),
        ((5, 64), (5, 64)),
        "z[h, t, s] = Σ query[t, h·16 + i] · key[s, h·16 + i] / √16; −∞ where s > t",
    ),
    (
        Scores(2),
        ((5, 4), (5, 4)),
        "z[h, t, s] = Σ query[t, h·2 + i] · key[s, h·2 + i] / √2",
    ),
    (
        Mix(4),
        ((4, 5, 5), (5, 64)),
        "z[t, h·16 + i] = Σ shares[h, t, s] · value[s, h·16 + i] over s",
    ),
    (RmsNorm(ONE, 0.25), ((3, 1),), RmsNorm.FORMULA.replace("epsilon", "0.25")),
    (LayerNorm(ONE, ONE), ((3, 1),), LayerNorm.FORMULA.replace("epsilon", "1e-05")),
]


@pytest.mark.parametrize(("op", "reads", "formula"), CASES, ids=[case[2][:40] for case in CASES])
def test_a_formula_has_the_numbers_of_its_layer(op, reads, formula):
    assert op.formula(*reads) == formula


def test_a_transposed_convolution_says_where_its_kernels_lie():
    op = ConvTranspose(np.ones((2, 2, 3)), TWO, stride=2, padding=1)
    assert "u and q where q · 2 + u − 1 = p" in op.formula((2, 4))
