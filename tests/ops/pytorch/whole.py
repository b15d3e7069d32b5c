"""Write the oracle of whole nets: python -m tests.ops.pytorch.whole, where PyTorch is installed.

Random nets of several layers, as a net file says them, with a weights file in PyTorch's names; of
each the z that PyTorch gives for every layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tests.ops.oracle import Whole, save_whole

COUNT, ROWS = 32, 2
ALPHABET = "abcde"


class Builder:
    """A net that grows layer by layer: what its file says, its tensors, and each layer's z."""

    def __init__(self, draw: np.random.Generator, given: dict[str, Any], x: Tensor) -> None:
        self.draw, self.given, self.now, self.before = draw, given, x, "input"
        self.layers: list[dict[str, Any]] = []
        self.tensors: dict[str, Tensor] = {}
        self.z: dict[str, Tensor] = {}
        self.a: dict[str, Tensor] = {"input": x}

    def pick(self, *among: Any) -> Any:
        """Draw one of several."""
        return among[self.draw.integers(len(among))]

    def each(self, low: int, high: int, axes: int) -> list[int]:
        """Draw a whole number for each of the last axes."""
        return self.draw.integers(low, high, axes).tolist()

    def add(
        self, kind: str, z: Tensor, module: nn.Module | None = None, name: str = "", **keys: Any
    ) -> None:
        """Add a layer that gives z, with an activation; a module's tensors are its own."""
        name = name or f"{kind}{len(self.layers)}"
        if module is not None:
            held = module.state_dict()
            self.tensors |= {f"{name}.{key}": value for key, value in held.items()}
        kept = {key: value for key, value in keys.items() if value is not None}
        layer = {"name": name, "kind": kind, **kept}
        self.z[name] = self.now = z
        if act := self.pick(None, None, "relu", "silu", "tanh"):
            layer["activation"] = act
            self.now = {"relu": torch.relu, "silu": nn.functional.silu, "tanh": torch.tanh}[act](z)
        self.layers.append(layer)
        self.a[name], self.before = self.now, name

    def alike(self) -> tuple[str, Tensor]:
        """Return a layer above of the same shape, or the last one."""
        found = [name for name, a in self.a.items() if a.shape == self.now.shape]
        name = self.pick(*found)
        return name, self.a[name]


def scaled(module: nn.Module) -> nn.Module:
    """Return a norm with random numbers."""
    for name, values in module.state_dict().items():
        if values.is_floating_point():
            values.copy_(torch.rand_like(values) + (0.1 if "var" in name else -0.3))
    return module.eval()


def grow_channels(net: Builder, dims: int) -> None:
    """Add a layer that reads channels × dimensions."""
    kind = net.pick(
        "conv", "conv", "conv_transpose", "max_pool", "average_pool", "batch_norm", "group_norm",
        "instance_norm", "layer_norm", "add", "subtract", "multiply", "concat",
    )  # fmt: skip
    x, channels = net.now, net.now.shape[1]
    size, at = list(x.shape[2:]), dims - 1
    one = 1 if dims == 1 and net.before == "input" else None  # else it would be one channel
    if kind == "conv":
        groups = net.pick(1, 1, channels)
        keys = {
            "stride": net.each(1, 3, dims), "padding": net.each(0, 3, dims),
            "dilation": net.each(1, 3, dims), "groups": groups,
        }  # fmt: skip
        made = [nn.Conv1d, nn.Conv2d, nn.Conv3d][at]
        module = made(channels, groups * net.pick(1, 2), net.each(1, 4, dims), **keys).double()
        net.add(kind, module(x), module, dimensions=one, **keys)
    elif kind == "conv_transpose":
        stride = net.each(1, 4, dims)
        keys = {
            "stride": stride, "padding": net.each(0, 2, dims), "groups": net.pick(1, channels),
            "output_padding": [int(net.draw.integers(0, each)) for each in stride],
        }  # fmt: skip
        made = [nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d][at]
        out = keys["groups"] * net.pick(1, 2)
        module = made(channels, out, net.each(1, 4, dims), **keys).double()
        net.add(kind, module(x), module, dimensions=one, **keys)
    elif kind.endswith("_pool"):
        kernel = net.each(1, 4, dims)
        keys = {
            "kernel": kernel, "stride": net.each(1, 4, dims),
            "padding": [int(net.draw.integers(0, each // 2 + 1)) for each in kernel],
            "ceil": net.pick(True, False),
        }  # fmt: skip
        given = [keys[key] for key in ("kernel", "stride", "padding")]
        if kind == "max_pool":
            keys["dilation"] = net.each(1, 3, dims)
            made = [nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d][at]
            z = made(*given, keys["dilation"], ceil_mode=keys["ceil"])(x)
        else:
            keys["count_padding"] = net.pick(True, False)
            made = [nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d][at]
            z = made(*given, keys["ceil"], keys["count_padding"])(x)
        net.add(kind, z, dimensions=one, **keys)
    elif kind == "batch_norm":
        module = scaled([nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d][at](channels).double())
        net.add(kind, module(x), module, dimensions=one)
    elif kind == "group_norm":
        groups = net.pick(1, channels)
        module = scaled(nn.GroupNorm(groups, channels).double())
        net.add(kind, module(x), module, dimensions=one, groups=groups)
    elif kind == "instance_norm":
        made = [nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d][at]
        module = scaled(made(channels, affine=True).double())
        net.add(kind, module(x), module, dimensions=one)
    elif kind == "layer_norm":
        module = scaled(nn.LayerNorm(size[-1]).double())
        net.add(kind, module(x), module)
    else:
        join(net, kind)


def join(net: Builder, kind: str) -> None:
    """Add a layer that reads two."""
    before, (name, other) = net.before, net.alike()
    joins = {"add": torch.add, "subtract": torch.sub, "multiply": torch.mul}
    z = torch.cat([net.now, other], 1) if kind == "concat" else joins[kind](net.now, other)
    net.add(kind, z, reads=[before, name])


def grow_tokens(net: Builder, by_token: bool) -> None:
    """Add a layer that reads tokens × width."""
    kind = net.pick(
        "attention", "attention", "lstm", "gru", "layer_norm", "rms_norm", "dense", "add"
    )
    x, width = net.now, net.now.shape[-1]
    if kind == "attention":
        heads = net.pick(*(each for each in (1, 2, 3) if width % each == 0))
        causal, tokens = net.pick(True, False), x.shape[1]
        module = nn.MultiheadAttention(width, heads, batch_first=True).double()
        module.in_proj_bias.data.normal_()
        mask = torch.ones(tokens, tokens, dtype=torch.bool).triu(1) if causal else None
        name = f"attention{len(net.layers)}"
        parts = zip(module.in_proj_weight.chunk(3), module.in_proj_bias.chunk(3), strict=True)
        for key, (weight, bias) in zip(("query", "key", "value"), parts, strict=True):
            net.tensors |= {f"{name}.{key}.weight": weight, f"{name}.{key}.bias": bias}
        output = module.out_proj
        net.tensors |= {f"{name}.output.weight": output.weight, f"{name}.output.bias": output.bias}
        net.add(kind, module(x, x, x, attn_mask=mask)[0], name=name, heads=heads, causal=causal)
    elif kind in ("lstm", "gru"):
        both = net.pick(True, False)
        made = nn.LSTM if kind == "lstm" else nn.GRU
        module = made(width, net.pick(1, 3), batch_first=True, bidirectional=both).double()
        net.add(kind, module(x)[0], module, direction="both" if both else None)
    elif kind in ("layer_norm", "rms_norm"):
        module = nn.LayerNorm(width) if kind == "layer_norm" else nn.RMSNorm(width, 1e-5)
        module = scaled(module.double())
        net.add(kind, module(x), module)
    elif kind == "dense":
        module = nn.Linear(width, net.pick(2, 4, 6)).double()
        net.add(kind, module(x), module, axis=None if by_token else "last")
    else:
        join(net, kind)


def of_channels(draw: np.random.Generator) -> Builder:
    """Return a net on channels × 1, 2 or 3 dimensions, with a dense layer at its end."""
    dims, channels = int(draw.integers(1, 4)), int(draw.choice([1, 2, 4]))
    shape = [channels, *draw.integers(3, 7, dims).tolist()]
    net = Builder(draw, {"shape": shape}, torch.randn(ROWS, *shape, dtype=torch.float64))
    wanted = int(draw.integers(1, 5))
    while len(net.layers) < wanted:
        try:
            grow_channels(net, dims)
        except (RuntimeError, ValueError):  # too small for its kernel; another one is drawn
            continue
    module = nn.Linear(net.now[0].numel(), 3).double()
    net.add("dense", module(net.now.flatten(1)), module, name="output")
    return net


def of_tokens(draw: np.random.Generator) -> Builder:
    """Return a net on tokens × width, which are looked up for some."""
    width, tokens = int(draw.choice([2, 4, 6])), int(draw.choice([1, 3, 5]))
    by_token = bool(draw.integers(2))
    if by_token:
        x = torch.from_numpy(draw.integers(0, len(ALPHABET), (ROWS, tokens)))
        context = tokens + int(draw.integers(0, 3))
        net = Builder(draw, {"text": {"alphabet": ALPHABET, "context": context}}, x)
        table = nn.Embedding(len(ALPHABET), width).double()
        net.add("embedding", table(x), table)
        places = torch.randn(context, width, dtype=torch.float64)
        net.tensors["places.weight"] = places
        net.add("positions", net.now + places[:tokens], name="places")
    else:
        shape = (tokens, width)
        net = Builder(draw, {"shape": [*shape]}, torch.randn(ROWS, *shape, dtype=torch.float64))
    for _ in range(int(draw.integers(1, 4))):
        grow_tokens(net, by_token)
    return net


def nets() -> Iterator[Whole]:
    """Yield the nets."""
    for seed in range(COUNT):
        torch.manual_seed(seed)
        draw = np.random.default_rng(seed)
        net = (of_channels if seed % 2 else of_tokens)(draw)
        declared = {"input": net.given, "layers": net.layers}
        if net.tensors:
            declared["weights"] = "weights.npz"
        yield Whole(
            f"net{seed}",
            declared,
            {key: value.detach().numpy() for key, value in net.tensors.items()},
            net.a["input"].reshape(ROWS, -1).numpy(),
            {key: value.detach().reshape(ROWS, -1).numpy() for key, value in net.z.items()},
        )


if __name__ == "__main__":
    save_whole(list(nets()))
