"""What the scripts that train by PyTorch share: a step size that falls, weights that are round,
and what PyTorch computes for a row, for the tests to compare with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import files
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Arrays = dict[str, NDArray[np.float32]]


class Add(nn.Module):
    """A sum of two, as a module: so it has a name, which the net file's layer has too."""

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        return one + other


def repeatable(seed: int) -> None:
    """Make PyTorch give the same bits again, on this kind of processor with this PyTorch."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)


def minimise(
    net: nn.Module, losses: Iterator[Callable[[], Tensor]], steps: int, rate: float, decay: float
) -> None:
    """Take AdamW's steps, one on each loss; none of its decay falls on vectors.

    The rate rises over the first 200 steps or a tenth of them, and then falls to 0.
    """
    parts = [
        [v for v in net.parameters() if (v.dim() > 1) == matrices] for matrices in (True, False)
    ]
    groups = [
        {"params": part, "weight_decay": amount}
        for part, amount in zip(parts, (decay, 0.0), strict=True)
    ]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98))
    warm = min(200, steps // 10)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * min((step + 1) / warm, (steps - step) / (steps - warm))
        value = next(losses)()
        optimiser.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        if step % 500 == 499:
            print(f"  step {step + 1} of {steps}: {value.item():.3f}", flush=True)


def round_off(net: nn.Module, bits: int = 12) -> None:
    """Round all parameters to multiples of 2**-bits: they pack to half the size."""
    for value in net.parameters():
        value.data = torch.round(value.data * 2**bits) / 2**bits + 0.0  # no -0


def parameters(net: nn.Module) -> Arrays:
    """The parameters, by PyTorch's names."""
    return {name: value.numpy() for name, value in net.state_dict().items()}


@torch.no_grad()
def oracle(net: nn.Module, given: Tensor, parts: str = "", **row: object) -> bytes:
    """An .npz of what each module of the net computes for one row, by the module's name.

    A dense layer's or a convolution's is z: PyTorch has its activation apart. Modules that are no
    layers of the net file match the pattern `parts`. `row` says what was given, as nntrace takes
    it.
    """
    found: dict[str, NDArray[np.float32]] = {}

    def keep(name: str) -> Callable[[nn.Module, object, Tensor], None]:
        def kept(module: nn.Module, reads: object, value: Tensor) -> None:
            found[name] = value[0].numpy().copy()

        return kept

    modules = [
        (name, module)
        for name, module in net.named_modules()
        if name and not re.fullmatch(parts, name)
    ]
    hooks = [module.register_forward_hook(keep(name)) for name, module in modules]
    net(given[None])
    for hook in hooks:
        hook.remove()
    return files.npz(found, **row)
