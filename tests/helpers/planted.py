"""Faults that are planted in nets, bundled ones and random ones, and changes that are innocent.

A fault is made by hand in the net's arrays, or in the trace that it leaves, which is computed here:
what looks for it has no part in planting it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

import nntrace
from nntrace.analysis.diff.sides import RecordedSide
from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS, IDENTITY
from nntrace.core.input import Input
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.core.ops import find_kind
from nntrace.core.recast import with_arrays
from nntrace.core.recorded import Place, Recorded, RecordedArray

FAULTS, INNOCENT = 200, 60
ROWS = 12
BUNDLED = ("cat-or-dog", "digits", "digits-conv", "iris", "xor", "languages", "letters", "aab")
Rng = np.random.Generator


class Planted(NamedTuple):
    """A net with a fault: its kind, the layers where it may be said to lie, None everywhere.

    `names` are what layers are called in it that have other names there; `trace` says that it can
    only be looked for in the trace, since no net is like this.
    """

    net: Network
    kind: str
    layers: tuple[str | None, ...]
    outputs: Mapping[str, Any] | None = None


# ---- nets ----


def activated(name: str, **parameters: float) -> Activation:
    return Activation(ACTIVATIONS[name], parameters)


def dense(
    rng: Rng, name: str, size: int, fan_in: int, activation: Activation, **more: Any
) -> Layer:
    weights = rng.normal(0, 1.2 / np.sqrt(fan_in), (size, fan_in))
    op = find_kind("dense")(weights=weights, bias=rng.normal(0, 0.4, size), **more)
    return Layer(name, op, activation)


def conv(
    rng: Rng, name: str, channels: int, reads: int, activation: Activation, **keys: Any
) -> Layer:
    kernel = keys.pop("kernel", 3)
    weights = rng.normal(0, 1.2 / np.sqrt(reads * kernel**2), (channels, reads, kernel, kernel))
    op = find_kind("conv")(weights=weights, bias=rng.normal(0, 0.3, channels), **keys)
    return Layer(name, op, activation)


def batch_norm(rng: Rng, name: str, channels: int, activation: Activation = IDENTITY) -> Layer:
    op = find_kind("batch_norm")(
        mean=rng.normal(0, 0.5, channels),
        variance=rng.uniform(0.02, 2, channels),
        scale=rng.uniform(0.5, 1.5, channels),
        shift=rng.normal(0, 0.3, channels),
    )
    return Layer(name, op, activation)


def hidden(rng: Rng) -> Activation:
    names = ("relu", "tanh", "sigmoid", "elu", "silu", "gelu", "leaky_relu", "hard_swish", "mish")
    return activated(str(rng.choice(names)))


def mlp(rng: Rng) -> Network:
    size, act = int(rng.integers(4, 12)), hidden(rng)
    width = int(rng.integers(5, 20))
    layers = [dense(rng, "fc1", width, size, act), dense(rng, "fc2", width, width, act)]
    if rng.random() < 0.5:
        layers[0] = replace(layers[0], activation=IDENTITY)
        layers.insert(1, batch_norm(rng, "bn1", width, act))
    last = int(rng.integers(3, 6))
    layers.append(dense(rng, "out", last, width, activated("softmax")))
    given = Input(size)
    if rng.random() < 0.6:
        given = Input(size, mean=rng.normal(0.5, 1, size), std=rng.uniform(0.5, 3, size))
    return Network("mlp", given, tuple(layers))


def cnn(rng: Rng) -> Network:
    side, act = int(rng.integers(4, 7)) * 2, hidden(rng)
    one, two = (int(rng.integers(3, 7)) for _ in range(2))
    layers = [
        conv(rng, "conv1", one, 3, IDENTITY, padding=1),
        batch_norm(rng, "bn1", one, act),
        conv(rng, "conv2", one, one, act, padding=1),
        conv(rng, "conv3", two, one, IDENTITY, padding=1, stride=2),
        batch_norm(rng, "bn2", two, act),
    ]
    if rng.random() < 0.5:
        pool = find_kind("average_pool")(kernel=3, stride=2, padding=1)
    else:
        pool = find_kind("max_pool")(kernel=3, stride=2, padding=1)
    layers.append(Layer("pool", pool))
    left = (side // 2 - 1) // 2 + 1
    size = two * left**2
    if rng.random() < 0.5:
        layers.append(Layer("flatten", find_kind("flatten")()))
    layers += [dense(rng, "fc", 8, size, act), dense(rng, "out", 4, 8, activated("softmax"))]
    return Network("cnn", Input(3 * side**2, shape=(3, side, side)), tuple(layers))


def residual(rng: Rng) -> Network:
    side, act = 8, hidden(rng)
    layers = [
        conv(rng, "stem", 4, 3, act, padding=1),
        conv(rng, "a1", 4, 4, IDENTITY, padding=1),
        batch_norm(rng, "a2", 4, act),
        conv(rng, "a3", 4, 4, IDENTITY, padding=1),
        replace(Layer("sum", find_kind("add")(), act), reads=("stem", "a3")),
        Layer("mean", find_kind("global_average_pool")()),
        dense(rng, "out", 5, 4, activated("softmax")),
    ]
    return Network("residual", Input(3 * side**2, shape=(3, side, side)), tuple(layers))


def tokens(rng: Rng) -> Network:
    width, count = 8, 6
    norm = find_kind("layer_norm")
    layers = [
        dense(rng, "embed", width, 5, IDENTITY, axis="last"),
        Layer("norm1", norm(scale=rng.uniform(0.5, 1.5, width), shift=rng.normal(0, 0.2, width))),
        dense(rng, "up", 16, width, activated("gelu"), axis="last"),
        dense(rng, "down", width, 16, IDENTITY, axis="last"),
        replace(Layer("sum", find_kind("add")()), reads=("embed", "down")),
        Layer("norm2", norm(scale=rng.uniform(0.5, 1.5, width), shift=rng.normal(0, 0.2, width))),
        dense(rng, "shares", 5, width, activated("softmax"), axis="last"),
        dense(rng, "out", 3, 5 * count, activated("sigmoid")),
    ]
    return Network("tokens", Input(5 * count, shape=(count, 5)), tuple(layers))


MADE: tuple[Callable[[Rng], Network], ...] = (mlp, cnn, residual, tokens)


def net_of(rng: Rng) -> Network:
    if rng.random() < 0.35:
        return nntrace.load(str(rng.choice(BUNDLED)))
    return MADE[int(rng.integers(len(MADE)))](rng)


def rows_of(rng: Rng, net: Network) -> np.ndarray[Any, Any]:
    spec = net.input
    if spec.text is not None:
        count = 1 if spec.varies and spec.text.context == 1 else min(12, spec.size)
        if spec.varies:
            values = rng.integers(0, len(spec.text.alphabet), (ROWS, count))
        else:
            letters = "".join(spec.text.alphabet)
            texts = ["".join(rng.choice(list(letters), 12)) for _ in range(ROWS)]
            values = np.array([spec.text.encoded(text) for text in texts])
    else:
        values = rng.normal(0.3, 1.0, (ROWS, spec.size))
    return values.astype(net.dtype)


# ---- faults ----


def changed(net: Network, name: str, **keys: Any) -> Network:
    """Return a net with one layer made otherwise; `op` are keys of its op."""
    op = keys.pop("op", None)
    layers = list(net.layers)
    at = net.places[name]
    layer = replace(layers[at], **keys)
    if op:
        layer = replace(layer, op=replace(layer.op, **op))  # type: ignore[type-var]
    layers[at] = layer
    return replace(net, layers=tuple(layers), examples=())


def without(net: Network, name: str) -> Network:
    """Return a net without a layer that reads one, which its readers read instead."""
    gone = net.layer(name)
    [source] = gone.reads
    layers = []
    for layer in net.layers:
        if layer.name != name:
            reads = tuple(source if read == name else read for read in layer.reads)
            layers.append(replace(layer, reads=reads))
    last = net.layers[-1].name == name
    assert not last
    return replace(net, layers=tuple(layers), examples=())


def pick(rng: Rng, net: Network, fits: Callable[[Layer], bool]) -> Layer | None:
    some = [layer for layer in net.layers if fits(layer)]
    return some[int(rng.integers(len(some)))] if some else None


Plant = Callable[[Rng, Network], Planted | None]
PLANTS: dict[str, Plant] = {}


def plant(function: Plant) -> Plant:
    PLANTS[function.__name__] = function
    return function


def has(key: str) -> Callable[[Layer], bool]:
    return lambda layer: key in layer.op.arrays


@plant
def transposed_weights(rng: Rng, net: Network) -> Planted | None:
    def square(layer: Layer) -> bool:
        w = layer.op.arrays.get("weights")
        return w is not None and w.ndim in (2, 4) and w.shape[0] == w.shape[1]

    layer = pick(rng, net, square)
    if layer is None:
        return None
    turned = np.ascontiguousarray(layer.weights.swapaxes(0, 1))
    return Planted(
        changed(net, layer.name, op={"weights": turned}), "transposed_weights", (layer.name,)
    )


@plant
def activation(rng: Rng, net: Network) -> Planted | None:
    plain = [
        k
        for k in ACTIVATIONS.values()
        if k.across is None and not any(p.required for p in k.parameters)
    ]
    layer = pick(
        rng,
        net,
        lambda each: each.activation.kind.across is None and not each.activation.kind.identity,
    )
    if layer is None:
        return None
    kind = plain[int(rng.integers(len(plain)))]
    if kind is layer.activation.kind:
        return None
    made = Activation(kind)
    if kind.name == "leaky_relu":
        made = Activation(kind, {"alpha": float(rng.choice([0.01, 0.1, 0.2, 0.3]))})
    return Planted(changed(net, layer.name, activation=made), "activation", (layer.name,))


@plant
def activation_parameter(rng: Rng, net: Network) -> Planted | None:
    layer = pick(rng, net, lambda each: "alpha" in each.activation.parameters)
    if layer is None:
        return None
    made = Activation(layer.activation.kind, {"alpha": float(rng.choice([0.05, 0.2, 0.3, 0.137]))})
    return Planted(changed(net, layer.name, activation=made), "activation_parameter", (layer.name,))


@plant
def missing_bias(rng: Rng, net: Network) -> Planted | None:
    layer = pick(rng, net, lambda each: has("bias")(each) and each.op.arrays["bias"].any())
    if layer is None:
        return None
    zero = np.zeros_like(layer.op.arrays["bias"])
    return Planted(changed(net, layer.name, op={"bias": zero}), "missing_bias", (layer.name,))


@plant
def missing_normalisation(rng: Rng, net: Network) -> Planted | None:
    layer = pick(rng, net, lambda each: "norm" in each.kind)
    if net.input.normalised and (layer is None or rng.random() < 0.5):
        bare = replace(net, input=replace(net.input, mean=None, std=None), examples=())
        return Planted(bare, "missing_normalisation", ("input",))
    if layer is None or layer.name == net.output.name:
        return None
    if not layer.activation.kind.identity:
        before = net.layer(layer.reads[0])
        if len([each for each in net.layers if before.name in each.reads]) > 1:
            return None
        moved = changed(net, before.name, activation=layer.activation)
        return Planted(
            without(moved, layer.name), "missing_normalisation", (layer.name, before.name)
        )
    return Planted(without(net, layer.name), "missing_normalisation", (layer.name,))


@plant
def normalised_twice(rng: Rng, net: Network) -> Planted | None:
    layer = pick(rng, net, lambda each: "norm" in each.kind)
    if net.input.normalised and (layer is None or rng.random() < 0.5):
        mean, std = net.input.mean, net.input.std
        assert mean is not None
        assert std is not None
        # ((x - m) / s - m) / s
        twice = replace(net.input, mean=mean + mean * std, std=std * std)
        return Planted(replace(net, input=twice, examples=()), "normalised_twice", ("input",))
    if layer is None:
        return None
    again = replace(layer, name=f"{layer.name}_again", reads=(layer.name,))
    layers = []
    for each in net.layers:
        reads = tuple(again.name if read == layer.name else read for read in each.reads)
        layers.append(replace(each, reads=reads))
        if each.name == layer.name:
            layers[-1] = replace(each, activation=IDENTITY)
            layers.append(again)
    return Planted(
        replace(net, layers=tuple(layers), examples=()),
        "normalised_twice",
        (layer.name, again.name),
    )


@plant
def input_scale(rng: Rng, net: Network) -> Planted | None:
    if net.input.text is not None:
        return None
    factor, offset = [
        (1 / 255, 0.0),
        (255.0, 0.0),
        (2.0, -1.0),
        (0.5, 0.5),
        (-1.0, 1.0),
        (0.37, 0.2),
    ][int(rng.integers(6))]
    # f·x + o is what a net is given that takes off -o/f and divides by 1/f
    mean = net.input.mean if net.input.mean is not None else 0.0
    std = net.input.std if net.input.std is not None else 1.0
    scale = np.sign(factor)
    if scale < 0:
        flipped = flipped_input(net, factor, offset)
        return flipped and Planted(flipped, "input_scale", ("input",))
    size = net.input.size
    made = replace(
        net.input,
        mean=np.broadcast_to(np.asarray((mean - offset) / factor, net.dtype), (size,)).copy(),
        std=np.broadcast_to(np.asarray(std / factor, net.dtype), (size,)).copy(),
    )
    return Planted(replace(net, input=made, examples=()), "input_scale", ("input",))


def flipped_input(net: Network, factor: float, offset: float) -> Network | None:
    """Return a net whose first dense layer reads 1 - x: its weights negated, the bias moved."""
    readers = [each for each in net.layers if "input" in each.reads]
    if len(readers) != 1 or readers[0].dense is None or net.input.normalised:
        return None
    layer = readers[0]
    weights = layer.weights * factor
    bias = layer.bias + layer.weights.sum(axis=1) * offset
    return changed(
        net, layer.name, op={"weights": weights.astype(net.dtype), "bias": bias.astype(net.dtype)}
    )


@plant
def softmax_missing(rng: Rng, net: Network) -> Planted | None:
    layer = pick(rng, net, lambda each: each.activation.kind.across is not None)
    if layer is None:
        return None
    return Planted(changed(net, layer.name, activation=IDENTITY), "softmax_missing", (layer.name,))


@plant
def softmax_twice(rng: Rng, net: Network) -> Planted | None:
    layer = net.output
    if layer.activation.kind.across is None:
        return None
    again = Layer("again", find_kind("flatten")(), layer.activation, reads=(layer.name,))
    if net.input.varies or len(layer.shape) > 1:
        return None
    return Planted(
        replace(net, layers=(*net.layers, again), examples=()),
        "softmax_twice",
        (layer.name, "again"),
    )


@plant
def softmax_axis(rng: Rng, net: Network) -> Planted | None:
    layer = pick(rng, net, lambda each: each.activation.kind.across is not None)
    if layer is None:
        return None
    return Planted(net, "softmax_axis", (layer.name,), {"axis": (layer.name, 0)})


@plant
def epsilon(rng: Rng, net: Network) -> Planted | None:
    layer = pick(rng, net, lambda each: hasattr(each.op, "epsilon"))
    if layer is None:
        return None
    value = float(rng.choice([1e-3, 1e-2, 3e-3]))
    return Planted(changed(net, layer.name, op={"epsilon": value}), "epsilon", (layer.name,))


@plant
def channel_order(rng: Rng, net: Network) -> Planted | None:
    if len(net.input.row) != 3 or net.input.row[0] != 3:
        return None
    [first] = [each for each in net.layers if "input" in each.reads]
    turned = np.ascontiguousarray(first.weights[:, ::-1])
    return Planted(
        changed(net, first.name, op={"weights": turned}), "channel_order", ("input", first.name)
    )


@plant
def flatten_order(rng: Rng, net: Network) -> Planted | None:
    def reads_shape(layer: Layer) -> bool:
        if layer.dense is None or len(layer.reads) != 1:
            return False
        return len(shape_behind(net, layer.reads[0])) > 2

    layer = pick(rng, net, reads_shape)
    if layer is None:
        return None
    c, h, w = shape_behind(net, layer.reads[0])
    # weights made for rows × columns × channels
    weights = layer.weights.reshape(-1, h, w, c).transpose(0, 3, 1, 2).reshape(layer.weights.shape)
    if np.array_equal(weights, layer.weights):
        return None
    made = changed(net, layer.name, op={"weights": np.ascontiguousarray(weights)})
    return Planted(made, "flatten_order", (layer.name, "flatten"))


def shape_behind(net: Network, name: str) -> tuple[int, ...]:
    if name != "input" and net.layer(name).kind == "flatten":
        return shape_behind(net, net.layer(name).reads[0])
    return net.shape(name)


@plant
def padding(rng: Rng, net: Network) -> Planted | None:
    layer = pick(
        rng,
        net,
        lambda each: each.kind in ("conv", "max_pool", "average_pool") and bool(each.op.padding),
    )  # type: ignore[attr-defined]
    if layer is None:
        return None
    if layer.kind == "average_pool":
        op = {"count_padding": not layer.op.count_padding}  # type: ignore[attr-defined]
        return Planted(changed(net, layer.name, op=op), "padding", (layer.name,))
    return Planted(net, "padding", (layer.name,), {"shift": layer.name})


@plant
def swapped_layers(rng: Rng, net: Network) -> Planted | None:
    for one, two in (
        rng.permutation([[a, b] for a, b in zip(net.layers, net.layers[1:], strict=False)]).tolist()
        if len(net.layers) > 1
        else []
    ):
        readers = [each for each in net.layers if one.name in each.reads]
        if (
            two.reads != (one.name,)
            or len(readers) != 1
            or two is net.output
            or len(one.reads) != 1
        ):
            continue
        if (
            one.shape != two.shape
            or net.shape(one.reads[0]) != one.shape
            or not (one.op.parameters and two.op.parameters)
        ):
            continue
        at = net.places[one.name]
        layers = list(net.layers)
        layers[at] = replace(two, reads=one.reads)
        layers[at + 1] = replace(one, reads=(two.name,))
        for place in range(at + 2, len(layers)):
            reads = tuple(one.name if read == two.name else read for read in layers[place].reads)
            layers[place] = replace(layers[place], reads=reads)
        return Planted(
            replace(net, layers=tuple(layers), examples=()), "swapped_layers", (one.name,)
        )
    return None


@plant
def swapped_neurons(rng: Rng, net: Network) -> Planted | None:
    layer = pick(
        rng,
        net,
        lambda each: has("weights")(each) and each.kind in ("dense", "conv") and each.width > 2,
    )
    if layer is None:
        return None
    order = np.arange(layer.width)
    i, j = rng.choice(layer.width, 2, replace=False)
    order[[i, j]] = order[[j, i]]
    op = {"weights": layer.weights[order], "bias": layer.bias[order]}
    return Planted(changed(net, layer.name, op=op, labels=None), "swapped_neurons", (layer.name,))


@plant
def dtype(rng: Rng, net: Network) -> Planted | None:
    def half(values: Any) -> Any:
        return values.astype(np.float16).astype(values.dtype)

    if (
        max(
            (float(np.abs(v).max()) for each in net.layers for v in each.op.arrays.values()),
            default=0,
        )
        > 6e4
    ):
        return None
    return Planted(with_arrays(net, half), "dtype", (None,))


@plant
def quantised(rng: Rng, net: Network) -> Planted | None:
    layer = pick(rng, net, has("weights"))
    if layer is None:
        return None
    per_channel = rng.random() < 0.5

    def rounded(w: Any) -> Any:
        top = np.abs(w.reshape(len(w), -1)).max(axis=1) if per_channel else np.abs(w).max()
        scale = (
            (np.asarray(top) / 127).reshape(-1, *[1] * (w.ndim - 1)) if per_channel else top / 127
        )
        scale = np.where(scale > 0, scale, 1.0)
        return (np.round(w / scale) * scale).astype(w.dtype)

    if rng.random() < 0.5:
        op = {"weights": rounded(layer.weights)}
        return Planted(changed(net, layer.name, op=op), "quantised", (layer.name,))
    made = net
    for each in net.layers:
        if has("weights")(each):
            made = changed(made, each.name, op={"weights": rounded(each.weights)})
    return Planted(made, "quantised", (None, net.layers[0].name))


@plant
def batch_statistics(rng: Rng, net: Network) -> Planted | None:
    layer = pick(rng, net, lambda each: each.kind == "batch_norm")
    if layer is None:
        return None
    every = [each.name for each in net.layers if each.kind == "batch_norm"]
    return Planted(net, "batch_statistics", (layer.name, None, every[0]), {"train": every})


@plant
def weights_differ(rng: Rng, net: Network) -> Planted | None:
    layer = pick(rng, net, has("weights"))
    if layer is None:
        return None
    off = rng.normal(0, 0.1, layer.weights.shape).astype(net.dtype)
    return Planted(
        changed(net, layer.name, op={"weights": layer.weights + off}),
        "weights_differ",
        (layer.name,),
    )


@plant
def bias_differs(rng: Rng, net: Network) -> Planted | None:
    layer = pick(
        rng,
        net,
        lambda each: (
            has("bias")(each) and each.kind in ("dense", "conv") and each.op.arrays["bias"].any()
        ),
    )
    if layer is None:
        return None
    bias = layer.bias.copy()
    bias[int(rng.integers(len(bias)))] += 0.5
    return Planted(changed(net, layer.name, op={"bias": bias}), "bias_differs", (layer.name,))


@plant
def operator_differs(rng: Rng, net: Network) -> Planted | None:
    """The mean of a window in place of the largest, or a mask that attention has or lacks."""
    layer = pick(rng, net, lambda each: each.kind in ("max_pool", "average_pool", "scores"))
    if layer is None:
        return None
    op: Any = layer.op
    if layer.kind == "scores":
        made = replace(op, causal=not op.causal)
    else:
        other = "max_pool" if layer.kind == "average_pool" else "average_pool"
        made = find_kind(other)(kernel=op.kernel, stride=op.stride, padding=op.padding)
    layers = tuple(replace(e, op=made) if e is layer else e for e in net.layers)
    return Planted(replace(net, layers=layers), "operator_differs", (layer.name,))


# ---- traces ----


def trace_of(planted: Planted, rows: Any) -> dict[Place, Any]:
    """Run a net, with what no net file says: computed here, not by nntrace's walk."""
    net = planted.net.at(rows.shape[1]) if planted.net.input.varies else planted.net
    special = planted.outputs or {}
    x = rows
    if net.input.mean is not None:
        x = x - net.input.mean
    if net.input.std is not None:
        x = x / net.input.std
    values = {"input": x.reshape(len(x), *net.input.row)}
    found: dict[Place, Any] = {}
    for layer in net.layers:
        reads = [values[name] for name in layer.reads]
        z = np.empty((len(x), *layer.shape), net.dtype)
        with np.errstate(all="ignore"):
            if special.get("shift") == layer.name:
                z = shifted(layer, reads[0])
            elif layer.name in special.get("train", ()):
                over = (0, *range(2, reads[0].ndim))
                mean, var = reads[0].mean(axis=over), reads[0].var(axis=over)
                each = (-1, *[1] * (reads[0].ndim - 2))
                op: Any = layer.op
                z = (reads[0] - mean.reshape(each)) / np.sqrt(var.reshape(each) + op.epsilon)
                z = (z * op.scale.reshape(each) + op.shift.reshape(each)).astype(net.dtype)
            else:
                layer.op.run(reads, z, False)
            a = np.empty_like(z)
            if special.get("axis", ("", 0))[0] == layer.name:
                top = np.exp(z - z.max(axis=0))
                a = (top / top.sum(axis=0)).astype(z.dtype)
            else:
                layer.activate(z, a)
        values[layer.name] = a
        found[Place(layer.name, "z")], found[Place(layer.name, "a")] = z, a
    return found


def shifted(layer: Layer, x: Any) -> Any:
    """Pad one more before, one less behind."""
    op: Any = layer.op
    windows = op.windows if layer.kind == "conv" else op.windows(x.ndim - 2)
    x = x[:, None] if x.ndim == 1 + len(windows.kernel) else x  # a picture is one channel
    fill = -np.inf if layer.kind == "max_pool" else 0.0
    ends = [(b + 1, max(0, a - 1)) for b, a in zip(windows.before, windows.after, strict=True)]
    wide = np.pad(x, [(0, 0), (0, 0), *ends], constant_values=fill)
    bare = replace(op, padding=0)
    z = np.empty((len(x), *bare.shape(wide.shape[1:])), x.dtype)
    bare.run([wide], z, False)
    return z[(..., *[slice(0, n) for n in layer.shape[1:]])]


def recorded(values: Mapping[Place, Any], rows: Any, only_a: bool = False) -> RecordedSide:
    arrays = {
        place: RecordedArray(each.shape, str(each.dtype), lambda each=each: each)
        for place, each in values.items()
        if not only_a or place.quantity == "a"
    }
    return RecordedSide(Recorded("trace", arrays, ordered=True), len(rows))


def renamed(net: Network) -> Network:
    names = {layer.name: f"node_{at}" for at, layer in enumerate(net.layers)} | {"input": "input"}
    layers = tuple(
        replace(layer, name=names[layer.name], reads=tuple(names[r] for r in layer.reads))
        for layer in net.layers
    )
    return replace(net, layers=layers, examples=())


# ---- innocent changes ----

Innocent = Callable[[Rng, Network], Network | None]
INNOCENT: dict[str, Innocent] = {}


def innocent(function: Innocent) -> Innocent:
    INNOCENT[function.__name__] = function
    return function


@innocent
def other_names(rng: Rng, net: Network) -> Network | None:
    return renamed(net)


@innocent
def float32(rng: Rng, net: Network) -> Network | None:
    if net.dtype == "float32":
        return None
    return with_arrays(net, lambda values: values.astype(np.float32), "float32")


@innocent
def float32_by_other_names(rng: Rng, net: Network) -> Network | None:
    made = float32(rng, net)
    return made and renamed(made)


@innocent
def split_activations(rng: Rng, net: Network) -> Network | None:
    """Give each activation a layer of its own behind, which has the name that is read."""
    layers = []
    for layer in net.layers:
        if layer.activation.kind.identity or len(layer.shape) > 1:
            layers.append(layer)
            continue
        bare = replace(layer, name=f"{layer.name}_linear", activation=IDENTITY, labels=None)
        after = Layer(layer.name, find_kind("flatten")(), layer.activation, layer.labels)
        layers += [bare, replace(after, reads=(bare.name,))]
    return replace(net, layers=tuple(layers), examples=())


@innocent
def split_behind(rng: Rng, net: Network) -> Network | None:
    """The same, but the activation's layer has a new name."""
    layers = []
    new: dict[str, str] = {}
    for layer in net.layers:
        reads = tuple(new.get(read, read) for read in layer.reads)
        layer = replace(layer, reads=reads)
        if layer.activation.kind.identity or len(layer.shape) > 1:
            layers.append(layer)
            continue
        new[layer.name] = f"{layer.name}_activated"
        after = Layer(new[layer.name], find_kind("flatten")(), layer.activation)
        layers += [replace(layer, activation=IDENTITY), replace(after, reads=(layer.name,))]
    return replace(net, layers=tuple(layers), examples=())


@innocent
def folded(rng: Rng, net: Network) -> Network | None:
    """Fold each batch_norm into the convolution or dense layer before it, which keeps its name."""
    made = net
    for norm in [layer for layer in net.layers if layer.kind == "batch_norm"]:
        before = made.layer(made.layer(norm.name).reads[0])
        op: Any = norm.op
        if before.kind not in ("conv", "dense") or not before.activation.kind.identity:
            continue
        scale = op.scale / np.sqrt(op.variance + op.epsilon)
        weights = before.weights * scale.reshape(-1, *[1] * (before.weights.ndim - 1))
        bias = (before.bias - op.mean) * scale + op.shift
        arrays = {"weights": weights.astype(net.dtype), "bias": bias.astype(net.dtype)}
        made = changed(made, before.name, op=arrays, activation=norm.activation)
        made = without(made, norm.name)
    return None if made is net else made


@innocent
def folded_by_other_names(rng: Rng, net: Network) -> Network | None:
    made = folded(rng, net)
    return made and renamed(made)


@innocent
def reordered(rng: Rng, net: Network) -> Network | None:
    """Put the layers in another order in which they can run."""
    left, done, layers = list(net.layers), {"input"}, []
    while left:
        ready = [layer for layer in left if set(layer.reads) <= done]
        chosen = ready[-1]
        layers.append(chosen)
        left.remove(chosen)
        done.add(chosen.name)
    if [layer.name for layer in layers] == [layer.name for layer in net.layers]:
        return None
    if layers[-1].name != net.output.name:
        return None
    return replace(net, layers=tuple(layers), examples=())


@innocent
def reordered_by_other_names(rng: Rng, net: Network) -> Network | None:
    made = reordered(rng, net)
    return made and renamed(made)


@innocent
def flattened(rng: Rng, net: Network) -> Network | None:
    """Put a flatten before a dense layer that reads a shape."""
    layers = []
    for layer in net.layers:
        if layer.dense is not None and len(layer.reads) == 1 and len(net.shape(layer.reads[0])) > 1:
            flat = Layer(f"{layer.name}_flat", find_kind("flatten")(), reads=layer.reads)
            layers += [flat, replace(layer, reads=(flat.name,))]
        else:
            layers.append(layer)
    if len(layers) == len(net.layers):
        return None
    return replace(net, layers=tuple(layers), examples=())


@innocent
def other_order_of_inputs(rng: Rng, net: Network) -> Network | None:
    """Scale the input in the first layer, not before it."""
    readers = [layer for layer in net.layers if "input" in layer.reads]
    spec = net.input
    if not spec.normalised or len(readers) != 1 or readers[0].dense is None:
        return None
    std = np.ones(spec.size) if spec.std is None else np.broadcast_to(spec.std, (spec.size,))
    mean = np.zeros(spec.size) if spec.mean is None else np.broadcast_to(spec.mean, (spec.size,))
    weights = readers[0].weights / std
    bias = readers[0].bias - weights @ mean
    arrays = {"weights": weights.astype(net.dtype), "bias": bias.astype(net.dtype)}
    made = changed(net, readers[0].name, op=arrays)
    return replace(made, input=replace(spec, mean=None, std=None))
