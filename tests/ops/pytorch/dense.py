"""Write the oracle of `dense`: python -m tests.ops.pytorch.dense, where PyTorch is installed."""

from __future__ import annotations

import torch

from tests.ops.oracle import Case, save


def main() -> None:
    """Write the cases."""
    torch.manual_seed(0)
    cases = []
    for name, axis, shape in [
        ("flat", "all", (3, 4)),
        ("row", "all", (5,)),
        ("each", "last", (4, 3)),
    ]:
        x = torch.randn(3, *shape, dtype=torch.float64)
        linear = torch.nn.Linear(shape[-1] if axis == "last" else x[0].numel(), 6).double()
        z = linear(x if axis == "last" else x.flatten(1)).detach().numpy()
        arrays = {"weights": linear.weight.detach().numpy(), "bias": linear.bias.detach().numpy()}
        cases.append(Case(name, "dense", {"axis": axis}, arrays, [x.numpy()], z))
    save("dense", cases)


if __name__ == "__main__":
    main()
