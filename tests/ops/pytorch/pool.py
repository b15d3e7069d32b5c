"""Write the oracle of the pools: python -m tests.ops.pytorch.pool, where PyTorch is installed."""

from __future__ import annotations

import random

import torch
from torch.nn import functional

from tests.ops.oracle import Case, save

MAX = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)
AVERAGE = (functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d)
GLOBAL = {
    "global_max_pool": (
        functional.adaptive_max_pool1d,
        functional.adaptive_max_pool2d,
        functional.adaptive_max_pool3d,
    ),
    "global_average_pool": (
        functional.adaptive_avg_pool1d,
        functional.adaptive_avg_pool2d,
        functional.adaptive_avg_pool3d,
    ),
}
NAMES = {"kernel": "kernel_size", "ceil": "ceil_mode", "count_padding": "count_include_pad"}


def case(kind: str, name: str, shape, **keys) -> Case:
    """Make a case."""
    x = torch.randn(3, *shape, dtype=torch.float64)
    functions = MAX if kind == "max_pool" else AVERAGE
    told = {NAMES.get(key, key): value for key, value in keys.items()}
    if kind == "average_pool":
        told.setdefault("count_include_pad", False)
    z = functions[len(shape) - 2](x, **told)
    return Case(name, kind, keys, {}, [x.numpy()], z.numpy())


def drawn(kind: str, name: str, draw: random.Random, inner: int) -> Case:
    """Make a case at random."""

    def each(least: int, most: int) -> list[int]:
        return [draw.randint(least, most) for _ in range(inner)]

    keys = {"kernel": each(1, 4), "ceil": draw.random() < 0.5}
    if draw.random() < 0.7:
        keys["stride"] = each(1, 4)
    if kind == "max_pool":
        keys["dilation"] = each(1, 2)
    else:
        keys["count_padding"] = draw.random() < 0.5
    keys["padding"] = [draw.randint(0, k // 2) for k in keys["kernel"]]
    spans = [(k - 1) * d + 1 for k, d in zip(keys["kernel"], keys.get("dilation", [1] * inner),
                                             strict=True)]  # fmt: skip
    return case(
        kind,
        name,
        (draw.randint(1, 3), *(span + draw.randint(0, 8 - 2 * inner) for span in spans)),
        **keys,
    )


def edges(kind: str) -> list[Case]:
    """Make the cases in which something may go wrong."""
    made = []
    for name, shape, keys in [
        ("as-large-as-input", (2, 3, 4), {"kernel": (3, 4)}),
        ("as-large-as-padded", (2, 2), {"kernel": 4, "padding": 1}),
        ("half-padding", (2, 4, 5), {"kernel": 4, "padding": 2, "stride": 1}),
        ("stride-over-kernel", (2, 9, 8), {"kernel": 2, "stride": (4, 3)}),
        ("ceil", (1, 6), {"kernel": 3, "stride": 2, "ceil": True}),
        ("ceil-begins-in-padding", (1, 4), {"kernel": 2, "stride": 3, "padding": 1, "ceil": True}),
        ("ceil-leaves-padding", (1, 6), {"kernel": 2, "stride": 4, "padding": 1, "ceil": True}),
        ("ceil-over-padding", (1, 5, 5), {"kernel": 3, "stride": 2, "padding": 1, "ceil": True}),
        ("ceil-over-both-ends", (1, 2), {"kernel": 3, "stride": 2, "ceil": True}),
        ("one-number", (2, 1, 1, 1), {"kernel": 1}),
    ]:
        made.append(case(kind, name, shape, **keys))
        if kind == "average_pool":
            made.append(case(kind, f"{name}-counted", shape, **keys, count_padding=True))
    return made


def main() -> None:
    """Write the cases."""
    torch.manual_seed(0)
    draw = random.Random(0)
    for kind in ("max_pool", "average_pool"):
        random_ones = [
            drawn(kind, f"random-{inner}d-{at}", draw, inner)
            for inner in (1, 2, 3)
            for at in range(12)
        ]
        save(kind, random_ones + edges(kind))
    for kind, functions in GLOBAL.items():
        cases = []
        for name, shape in [
            ("1d", (3, 5)),
            ("2d", (2, 4, 3)),
            ("3d", (2, 2, 3, 2)),
            ("one-channel", (1, 4, 4)),
            ("one-number", (3, 1, 1)),
        ]:
            x = torch.randn(3, *shape, dtype=torch.float64)
            z = functions[len(shape) - 2](x, 1).flatten(1)
            cases.append(Case(name, kind, {}, {}, [x.numpy()], z.numpy()))
        save(kind, cases)


if __name__ == "__main__":
    main()
