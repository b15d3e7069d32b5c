"""Attention and RotaryEmbedding of ONNX graphs, as onnxruntime computes them."""

import numpy as np
import pytest
from protos import graph_of
from secondopinion import agree, both, model_of

from nntrace.core.graph.run import run
from nntrace.errors import InputError

RNG = np.random.default_rng(16)


def some(*shape):
    return RNG.normal(size=shape).astype(np.float32)


Q, K, V = some(2, 4, 3, 8), some(2, 2, 5, 8), some(2, 2, 5, 6)
FLAT = [some(2, 3, 32), some(2, 5, 16), some(2, 5, 12)]
HEADS = {"q_num_heads": 4, "kv_num_heads": 2}


@pytest.mark.parametrize(
    ("inputs", "attributes", "outputs"),
    [
        ([Q, K, V], {}, 1),
        ([Q, K, V], {"scale": 0.7, "softcap": 1.5}, 1),
        ([Q, K, V], {"is_causal": 1}, 1),
        ([Q, K, V, some(3, 5)], {}, 1),
        ([Q, K, V, RNG.random((2, 1, 3, 5)) > 0.3], {}, 1),
        (FLAT, HEADS, 1),
        ([Q, K, V, None, some(2, 2, 4, 8), some(2, 2, 4, 6)], {}, 3),
    ],
)
def test_attention(inputs, attributes, outputs):
    agree(*both("Attention", 23, inputs, attributes, outputs))


PLACES = np.array([[0, 2, 5], [1, 1, 7]])


@pytest.mark.parametrize("beside", [0, 1])
@pytest.mark.parametrize("turned", [0, 4])
def test_rotary_embedding(beside, turned):
    half = (turned or 8) // 2
    given = [Q, some(9, half), some(9, half), PLACES]
    told = {"interleaved": beside, "rotary_embedding_dim": turned}
    if turned:
        told["num_heads"] = 4  # onnxruntime wants it with rotary_embedding_dim
    agree(*both("RotaryEmbedding", 23, given, told))


BROKEN = [
    ("Attention", [Q, K[..., :5], V], {}, "has queries, keys and values of 2 × 4 × 3 × 8"),
    ("Attention", [Q[:, :3], K, V], {}, "has 3 heads of queries, and 2 of keys"),
    ("Attention", FLAT, {"q_num_heads": 5, "kv_num_heads": 2}, "has 5 heads"),
    ("RotaryEmbedding", [Q, some(9, 3), some(9, 3), PLACES], {}, "turns 8 numbers of a head"),
]


@pytest.mark.parametrize(("op", "inputs", "attributes", "told"), BROKEN)
def test_what_does_not_fit_is_said(op, inputs, attributes, told):
    graph = graph_of(model_of(op, 23, inputs, attributes, 1))
    feeds = {f"i{place}": each for place, each in enumerate(inputs)}
    with pytest.raises(InputError, match=told):
        list(run(graph, feeds))
