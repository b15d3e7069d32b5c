"""Write the oracle of `conv`: python -m tests.ops.pytorch.conv, where PyTorch is installed."""

from __future__ import annotations

import random

import torch
from torch.nn import functional

from tests.ops.oracle import Case, save

CONV = (functional.conv1d, functional.conv2d, functional.conv3d)


def case(name: str, draw: random.Random, inner: int, shape=None, rows: int = 2, **keys) -> Case:
    """Make a case; what is not given is drawn."""
    groups = keys.setdefault("groups", draw.choice([1, 1, 1, 2, 3]))
    read = shape[0] if shape else groups * draw.randint(1, 2)
    gives = keys.pop("gives", groups * draw.randint(1, 2))
    kernel = keys.pop("kernel", None) or [draw.randint(1, 3) for _ in range(inner)]
    for key, most in (("stride", 3), ("dilation", 2)):
        keys.setdefault(key, [draw.randint(1, most) for _ in range(inner)])
    keys.setdefault("padding", [draw.randint(0, 2) for _ in range(inner)])
    spread = keys["dilation"]
    each = [spread] * inner if isinstance(spread, int) else spread
    spans = [k * d for k, d in zip(kernel, each, strict=True)]
    lengths = shape[1:] if shape else [span + draw.randint(0, 4 - inner) for span in spans]
    x = torch.randn(rows, read, *lengths, dtype=torch.float64)
    weights = torch.randn(gives, read // groups, *kernel, dtype=torch.float64)
    bias = torch.randn(gives, dtype=torch.float64)
    z = CONV[inner - 1](x, weights, bias, **keys)
    arrays = {"weights": weights.numpy(), "bias": bias.numpy()}
    return Case(name, "conv", keys, arrays, [x.numpy()], z.numpy())


def main() -> None:
    """Write the cases."""
    torch.manual_seed(0)
    draw = random.Random(0)
    plain = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    cases = [case(f"random-{inner}d-{at}", draw, inner) for inner in (1, 2, 3) for at in range(12)]
    for name, inner, shape, keys in [
        ("pointwise", 2, (3, 4, 5), {"kernel": (1, 1), "gives": 4}),
        ("pointwise-groups", 2, (4, 3, 3), {"kernel": (1, 1), "groups": 2, "gives": 6}),
        ("pointwise-padded", 2, (2, 3, 3), {"kernel": (1, 1), "padding": 1, "gives": 3}),
        ("pointwise-stride", 2, (2, 5, 5), {"kernel": (1, 1), "stride": 2, "gives": 3}),
        ("as-large-as-input", 2, (2, 4, 5), {"kernel": (4, 5), "gives": 3}),
        ("as-large-as-padded", 1, (2, 3), {"kernel": (7,), "padding": 2, "gives": 3}),
        ("padding-over-kernel", 2, (2, 2, 2), {"kernel": (2, 2), "padding": 4, "gives": 2}),
        ("one-channel", 2, (1, 6, 6), {"kernel": (3, 3), "gives": 1}),
        ("stride-over-kernel", 2, (2, 9, 9), {"kernel": (2, 2), "stride": (4, 3), "gives": 2}),
        ("depthwise", 2, (4, 6, 5), {"kernel": (3, 3), "groups": 4, "gives": 4, "padding": 1}),
        ("depthwise-stride", 2, (3, 7, 8), {"kernel": (3, 3), "groups": 3, "gives": 3,
                                            "padding": 1, "stride": 2}),
        ("depthwise-twice", 1, (3, 9), {"kernel": (3,), "groups": 3, "gives": 6, "dilation": 2}),
        ("same", 2, (2, 5, 6), {"kernel": (3, 4), "padding": "same", "gives": 3}),
        ("same-dilated", 1, (2, 9), {"kernel": (4,), "padding": "same", "dilation": 3, "gives": 2}),
        ("same-3d", 3, (1, 3, 4, 3), {"kernel": (2, 3, 2), "padding": "same", "gives": 2}),
        ("valid", 2, (2, 5, 5), {"kernel": (3, 2), "padding": "valid", "gives": 2}),
    ]:  # fmt: skip
        cases.append(case(name, draw, inner, shape, 3, **{**plain, **keys}))
    save("conv", cases)


if __name__ == "__main__":
    main()
