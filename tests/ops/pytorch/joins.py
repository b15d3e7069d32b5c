"""Write the oracle of joins, shapes and reduce: python -m tests.ops.pytorch.joins, with PyTorch."""

from __future__ import annotations

from functools import reduce

import torch

from tests.ops.oracle import Case, save

SHAPES = {"neurons": (5,), "tokens": (4, 3), "picture": (2, 3, 4), "block": (2, 3, 2, 2)}


def case(name, kind, keys, reads, z) -> Case:
    """Make a case of tensors."""
    return Case(name, kind, keys, {}, [each.numpy() for each in reads], z.contiguous().numpy())


def elementwise(kind, function, counts):
    """Make cases of several of one shape."""
    cases = []
    for name, shape in SHAPES.items():
        for count in counts:
            reads = [torch.randn(3, *shape) for _ in range(count)]
            cases.append(case(f"{name}-{count}", kind, {}, reads, reduce(function, reads)))
    return cases


def concat():
    """Make cases of every axis, from both ends, and other lengths along it."""
    cases = []
    for name, shape in SHAPES.items():
        for axis in range(-len(shape), len(shape)):
            reads = []
            for length in (2, 1, 3):
                sizes = list(shape)
                sizes[axis] = length
                reads.append(torch.randn(3, *sizes))
            dim = axis + 1 if axis >= 0 else axis
            cases.append(
                case(f"{name}-{axis}", "concat", {"axis": axis}, reads, torch.cat(reads, dim))
            )
    return cases


def reduced():
    """Make cases of each way, of one axis, of several, and of all."""
    ways = {"mean": torch.mean, "max": torch.amax, "min": torch.amin, "sum": torch.sum}
    axes = {
        "neurons": [0, [-1]],
        "tokens": [0, 1, -1, [0, 1]],
        "picture": [0, -2, [1, 2], [-1, 0], [0, 1, 2]],
        "block": [[1, 3], [-3, -2, -1]],
    }
    cases = []
    for how, function in ways.items():
        for name, many in axes.items():
            for axis in many:
                x = torch.randn(3, *SHAPES[name])
                some = axis if isinstance(axis, list) else [axis]
                z = function(x, dim=[each + 1 if each >= 0 else each for each in some])
                z = z[:, None] if z.ndim == 1 else z
                told = "+".join(map(str, some))
                cases.append(
                    case(f"{name}-{how}-{told}", "reduce", {"how": how, "axis": axis}, [x], z)
                )
    x = torch.randn(3, 40, 7) + 50.0
    cases.append(case("long", "reduce", {"axis": 0}, [x], x.mean(1)))
    return cases


def shapes():
    """Make cases of flatten, reshape and transpose."""
    flat, other, turned = [], [], []
    for name, shape in SHAPES.items():
        x = torch.randn(3, *shape)
        flat.append(case(name, "flatten", {}, [x], torch.flatten(x, 1)))
        for sizes in ([-1], [1, -1], [-1, shape[-1]], [shape[0], -1, 1]):
            told = "x".join(map(str, sizes))
            z = x.reshape(3, *sizes)
            other.append(case(f"{name}-{told}", "reshape", {"shape": sizes}, [x], z))
    x = torch.randn(3, 4, 6)
    other.append(case("all-said", "reshape", {"shape": [2, 3, 4]}, [x], x.reshape(3, 2, 3, 4)))
    orders = {
        "neurons": [[0]],
        "tokens": [[1, 0], [0, 1], [-1, 0]],
        "picture": [[2, 0, 1], [1, 2, 0], [0, -1, 1], [2, 1, 0]],
        "block": [[3, 1, 0, 2], [1, 2, 3, 0]],
    }
    for name, many in orders.items():
        for order in many:
            x = torch.randn(3, *SHAPES[name])
            z = x.permute(0, *(each % len(order) + 1 for each in order))
            told = "+".join(map(str, order))
            turned.append(case(f"{name}-{told}", "transpose", {"order": order}, [x], z))
    return {"flatten": flat, "reshape": other, "transpose": turned}


def main() -> None:
    """Write the cases."""
    torch.manual_seed(12)
    torch.set_default_dtype(torch.float64)
    save("add", elementwise("add", torch.add, (2, 3, 5)))
    save("subtract", elementwise("subtract", torch.sub, (2,)))
    save("multiply", elementwise("multiply", torch.mul, (2, 3)))
    save("concat", concat())
    save("reduce", reduced())
    for kind, cases in shapes().items():
        save(kind, cases)


if __name__ == "__main__":
    main()
