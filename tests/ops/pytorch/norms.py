"""Write the oracle of the norms: python -m tests.ops.pytorch.norms, where PyTorch is installed."""

from __future__ import annotations

import torch
from torch.nn import functional

from tests.ops.oracle import Case, save

SHAPES = {
    "neurons": (6,),
    "one-channel": (1, 5),
    "line": (6, 5),
    "picture": (6, 3, 4),
    "block": (6, 2, 3, 2),
    "one-pixel": (6, 1, 1),
}


def rows(*shape: int):
    """Return rows that are off 0, no two axes alike."""
    return 2 * torch.randn(3, *shape) + torch.arange(float(shape[0])).reshape(
        -1, *[1] * (len(shape) - 1)
    )


def scale_and_shift(count: int):
    """Return what a norm holds, of both signs."""
    return {"scale": torch.randn(count), "shift": torch.randn(count)}


def case(name, kind, keys, arrays, x, z) -> Case:
    """Make a case of tensors."""
    held = {key: each.numpy() for key, each in arrays.items()}
    return Case(name, kind, keys, held, [x.numpy()], z.numpy())


def batch_norm(name, x, epsilon=1e-5, dimensions=None, variance=None):
    """Normalise by means and variances that are given."""
    channels = x if x.ndim != (dimensions or 9) + 1 else x[:, None]
    count = channels.shape[1]
    mean = torch.randn(count)
    variance = torch.rand(count) + 0.1 if variance is None else variance
    each = scale_and_shift(count)
    z = functional.batch_norm(
        channels, mean, variance, each["scale"], each["shift"], False, 0.0, epsilon
    )
    keys = {"epsilon": epsilon, "dimensions": dimensions}
    return case(name, "batch_norm", keys, {"mean": mean, "variance": variance, **each}, x, z)


def along_the_last(name, kind, x, epsilon=1e-5):
    """Normalise along the last axis."""
    width = x.shape[-1:]
    each = scale_and_shift(*width)
    if kind == "rms_norm":
        del each["shift"]
        z = functional.rms_norm(x, width, each["scale"], epsilon)
    else:
        z = functional.layer_norm(x, width, each["scale"], each["shift"], epsilon)
    return case(name, kind, {"epsilon": epsilon}, each, x, z)


def group_norm(name, x, groups, epsilon=1e-5, dimensions=None):
    """Normalise groups of channels; without a number of groups, each by itself."""
    channels = x if x.ndim != (dimensions or 9) + 1 else x[:, None]
    each = scale_and_shift(channels.shape[1])
    keys = {"epsilon": epsilon, "dimensions": dimensions}
    if groups is None:
        z = functional.instance_norm(
            channels, weight=each["scale"], bias=each["shift"], eps=epsilon
        )
        return case(name, "instance_norm", keys, each, x, z)
    z = functional.group_norm(channels, groups, each["scale"], each["shift"], epsilon)
    return case(name, "group_norm", {"groups": groups, **keys}, each, x, z)


def constant_in_part(x):
    """Return the same with a first channel, and a last row of the last axis, of one number."""
    x[:, 0] = 0.1
    x[:, -1:] = 0.7
    return x


def main() -> None:
    """Write the cases."""
    torch.manual_seed(11)
    torch.set_default_dtype(torch.float64)
    batch = [batch_norm(name, rows(*shape)) for name, shape in SHAPES.items()]
    nothing = torch.tensor([0.0, 1e-12, 1.0, 4.0])
    batch += [
        batch_norm("large-epsilon", rows(4, 3), 0.5),
        batch_norm("no-variance", rows(4, 3), variance=nothing),
        batch_norm("no-epsilon", rows(4, 3), 0.0),
        batch_norm("line-is-one-channel", rows(7), dimensions=1),
        batch_norm("picture-is-one-channel", rows(4, 5), dimensions=2),
        batch_norm("picture-as-lines", rows(4, 5), dimensions=1),
        batch_norm("block-is-one-channel", rows(3, 2, 4), dimensions=3),
    ]
    save("batch_norm", batch)
    for kind in ("layer_norm", "rms_norm"):
        cases = [along_the_last(name, kind, rows(*shape)) for name, shape in SHAPES.items()]
        cases += [
            along_the_last("tokens", kind, rows(5, 32)),
            along_the_last("one-token", kind, rows(1, 16)),
            along_the_last("large-epsilon", kind, rows(4, 8), 0.5),
            along_the_last("no-variance", kind, constant_in_part(rows(4, 9))),
            along_the_last("far-from-0", kind, rows(3, 40) + 300.0),
            along_the_last("long", kind, rows(2, 300)),
        ]
        save(kind, cases)
    groups = [
        group_norm(f"{name}-{count}", rows(*shape), count)
        for name, shape in SHAPES.items()
        for count in (1, 2, 3, 6)
        if shape[0] % count == 0
    ]
    groups += [
        group_norm("large-epsilon", rows(4, 3), 2, 0.5),
        group_norm("no-variance", constant_in_part(rows(4, 3, 3)), 4),
        group_norm("picture-is-one-channel", rows(4, 5), 1, dimensions=2),
        group_norm("picture-as-lines", rows(4, 5), 2, dimensions=1),
    ]
    save("group_norm", groups)
    alone = [
        group_norm(name, rows(*shape), None)
        for name, shape in SHAPES.items()
        if name not in ("neurons", "one-pixel")  # which PyTorch takes for a batch of none
    ]
    alone += [
        group_norm("large-epsilon", rows(4, 3), None, 0.5),
        group_norm("no-variance", constant_in_part(rows(4, 3, 3)), None),
        group_norm("line-is-one-channel", rows(7), None, dimensions=1),
        group_norm("block-is-one-channel", rows(3, 2, 4), None, dimensions=3),
    ]
    save("instance_norm", alone)


if __name__ == "__main__":
    main()
