"""Write the oracle of `conv_transpose`: python -m tests.ops.pytorch.conv_transpose."""

from __future__ import annotations

import random

import torch
from torch.nn import functional

from tests.ops.oracle import Case, save

CONV = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)


def case(name: str, shape, kernel, gives: int, **keys) -> Case:
    """Make a case of what PyTorch's function takes."""
    groups = keys.setdefault("groups", 1)
    x = torch.randn(3, *shape, dtype=torch.float64)
    weights = torch.randn(shape[0], gives // groups, *kernel, dtype=torch.float64)
    bias = torch.randn(gives, dtype=torch.float64)
    told = dict(keys)
    if keys.get("padding") == "valid":
        told["padding"] = 0
    z = CONV[len(kernel) - 1](x, weights, bias, **told)
    arrays = {"weights": weights.numpy(), "bias": bias.numpy()}
    return Case(name, "conv_transpose", keys, arrays, [x.numpy()], z.numpy())


def drawn(name: str, draw: random.Random, inner: int) -> Case:
    """Make a case at random."""

    def each(least: int, most: int) -> list[int]:
        return [draw.randint(least, most) for _ in range(inner)]

    groups, kernel, stride, dilation = draw.choice([1, 1, 2, 3]), each(1, 3), each(1, 3), each(1, 2)
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    return case(
        name,
        (groups * draw.randint(1, 2), *each(1 if inner < 3 else 2, 5 - inner)),
        kernel,
        groups * draw.randint(1, 2),
        groups=groups,
        stride=stride,
        dilation=dilation,
        padding=[draw.randint(0, (span - 1) // 2) for span in spans],
        output_padding=[
            draw.randint(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True)
        ],
    )


def main() -> None:
    """Write the cases."""
    torch.manual_seed(0)
    draw = random.Random(0)
    cases = [drawn(f"random-{inner}d-{at}", draw, inner) for inner in (1, 2, 3) for at in range(10)]
    for name, shape, kernel, gives, keys in [
        ("pointwise", (3, 2, 3), (1, 1), 2, {}),
        ("twice-as-large", (2, 3, 3), (2, 2), 3, {"stride": 2}),
        ("one-number", (1, 1, 1), (3, 3), 1, {}),
        ("one-channel", (1, 3, 4), (3, 2), 1, {"stride": (1, 2)}),
        ("stride-over-kernel", (2, 3), (2,), 3, {"stride": 4, "output_padding": 3}),
        ("depthwise", (4, 3, 3), (3, 3), 4, {"groups": 4, "stride": 2, "padding": 1,
                                             "output_padding": 1}),
        ("padding-cuts-kernels", (2, 6), (2,), 2, {"padding": 2}),
        ("dilated", (2, 3, 3), (2, 2), 2, {"dilation": 3, "output_padding": (2, 0)}),
        ("valid", (2, 3), (3,), 2, {"padding": "valid"}),
    ]:  # fmt: skip
        cases.append(case(name, shape, kernel, gives, **keys))
    save("conv_transpose", cases)


if __name__ == "__main__":
    main()
