"""Write the oracle of what reads tokens: python -m tests.ops.pytorch.tokens, where PyTorch is."""

from __future__ import annotations

from itertools import product
from math import sqrt

import torch
from torch.nn.functional import embedding, softmax

from tests.ops.oracle import Case, save


def _randn(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def _embeddings() -> list[Case]:
    cases = []
    for name, there, width, tokens in [
        ("some", 7, 3, 5),
        ("one-token", 4, 2, 1),
        ("one-row", 1, 3, 2),
        ("one-wide", 5, 1, 6),
    ]:
        table = _randn(there, width)
        given = torch.randint(there, (3, tokens))
        given[0, 0], given[-1, -1] = 0, there - 1
        arrays, reads = {"weights": table.numpy()}, [given.double().numpy()]
        cases.append(Case(name, "embedding", {}, arrays, reads, embedding(given, table).numpy()))
    return cases


def _positions() -> list[Case]:
    cases = []
    for name, context, width, tokens in [("longer", 9, 4, 5), ("full", 3, 2, 3), ("one", 6, 1, 1)]:
        table, x = _randn(context, width), _randn(3, tokens, width)
        z = x + embedding(torch.arange(tokens), table)
        cases.append(
            Case(name, "positions", {}, {"weights": table.numpy()}, [x.numpy()], z.numpy())
        )
    return cases


def _attention() -> tuple[list[Case], list[Case]]:
    """Heads × masks × lengths; one token; and large numbers, for which one share is all but 1."""
    scores, mixes = [], []
    sizes = [(1, 5, 4), (2, 6, 8), (4, 3, 4), (1, 1, 3), (3, 1, 6), (2, 16, 32)]
    for (heads, tokens, width), causal, scale in product(sizes, [False, True], [1.0, 30.0]):
        name = f"{heads}x{tokens}x{width}{'-causal' if causal else ''}{'-sure' * (scale > 1)}"
        query, key, value = (_randn(2, tokens, width) * scale for _ in range(3))
        by_head = [each.view(2, tokens, heads, -1).transpose(1, 2) for each in (query, key, value)]
        z = by_head[0] @ by_head[1].transpose(2, 3) / sqrt(width // heads)
        if causal:
            mask = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
            z = z.masked_fill(mask, float("-inf"))
        shares = softmax(z, -1)
        mixed = (shares @ by_head[2]).transpose(1, 2).reshape(2, tokens, width)
        own = torch.nn.functional.scaled_dot_product_attention(*by_head, is_causal=causal)
        assert torch.allclose(own.transpose(1, 2).reshape(mixed.shape), mixed, atol=1e-12)
        keys = {"heads": heads, "causal": causal}
        scores.append(Case(name, "scores", keys, {}, [query.numpy(), key.numpy()], z.numpy()))
        reads = [shares.numpy(), value.numpy()]
        mixes.append(Case(name, "mix", {"heads": heads}, {}, reads, mixed.numpy()))
    query, key = _randn(2, 3, 4), _randn(2, 5, 4)
    z = (query @ key.transpose(1, 2) / 2.0)[:, None]
    across = {"heads": 1, "causal": False}
    scores.append(Case("other-keys", "scores", across, {}, [query.numpy(), key.numpy()], z.numpy()))
    value = _randn(2, 5, 4)
    mixed = softmax(z, -1)[:, 0] @ value
    reads = [softmax(z, -1).numpy(), value.numpy()]
    mixes.append(Case("other-keys", "mix", {"heads": 1}, {}, reads, mixed.numpy()))
    return scores, mixes


def _whole() -> list[Case]:
    """MultiheadAttention with the arrays of its dense layers, which `test_tokens` puts together."""
    cases = []
    sizes = [(1, 4, 3), (2, 6, 8), (4, 1, 8), (8, 12, 16)]
    for (heads, tokens, width), causal in product(sizes, [False, True]):
        whole = torch.nn.MultiheadAttention(width, heads, batch_first=True).double()
        torch.nn.init.normal_(whole.in_proj_bias)
        torch.nn.init.normal_(whole.out_proj.bias)
        x = _randn(2, tokens, width)
        mask = torch.ones(tokens, tokens, dtype=torch.bool).triu(1) if causal else None
        z, shares = whole(x, x, x, attn_mask=mask, average_attn_weights=False)
        arrays = {"in.weights": whole.in_proj_weight, "in.bias": whole.in_proj_bias}
        arrays |= {"output.weights": whole.out_proj.weight, "output.bias": whole.out_proj.bias}
        arrays |= {"shares": shares}
        held = {key: each.detach().numpy() for key, each in arrays.items()}
        name = f"{heads}x{tokens}x{width}{'-causal' if causal else ''}"
        keys = {"heads": heads, "causal": causal}
        cases.append(Case(name, "attention", keys, held, [x.numpy()], z.detach().numpy()))
    return cases


def main() -> None:
    """Write the cases."""
    torch.manual_seed(0)
    save("embedding", _embeddings())
    save("positions", _positions())
    scores, mixes = _attention()
    save("scores", scores)
    save("mix", mixes)
    save("attention", _whole())


if __name__ == "__main__":
    main()
