"""Write the oracle of lstm and gru: python -m tests.ops.pytorch.recurrent, where PyTorch is."""

from __future__ import annotations

from itertools import product

import torch

from tests.ops.oracle import Case, save

NAMES = {
    "weights": "weight_ih_l0",
    "recurrent": "weight_hh_l0",
    "bias": "bias_ih_l0",
    "recurrent_bias": "bias_hh_l0",
}


def main() -> None:
    """Write the cases."""
    torch.manual_seed(0)
    for kind, made in [("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU)]:
        cases = []
        sizes = [(5, 3, 4, 1.0), (1, 2, 3, 1.0), (7, 1, 1, 1.0), (4, 3, 2, 40.0), (12, 6, 8, 3.0)]
        ways = ["forward", "backward", "both"]
        for (steps, inner, size, scale), way in product(sizes, ways):
            net = made(inner, size, batch_first=True, bidirectional=way == "both").double()
            x = torch.randn(3, steps, inner, dtype=torch.float64) * scale
            z, _ = net(x.flip(1) if way == "backward" else x)
            if way == "backward":
                z = z.flip(1)
            held = {name: each.detach() for name, each in net.named_parameters()}
            arrays = {
                key: torch.stack([held[name], held[f"{name}_reverse"]]).numpy()
                if way == "both"
                else held[name].numpy()
                for key, name in NAMES.items()
            }
            name = f"{steps}x{inner}x{size}-{way}{'-large' * (scale > 9)}"
            reads = [x.numpy()]
            cases.append(Case(name, kind, {"direction": way}, arrays, reads, z.detach().numpy()))
        save(kind, cases)


if __name__ == "__main__":
    main()
