"""Random nets of layers of every kind, with rows: pictures, signals, sequences and texts."""

from __future__ import annotations

import random

import numpy as np

from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops import find_kind
from nntrace.core.text import Text
from nntrace.errors import NetworkError

ALPHABET = " abcdefgh"


class Maker:
    """A net as it grows: its layers, and the shape of each."""

    def __init__(self, number, input):
        self.dice = random.Random(number)
        self.dtype = self.dice.choice(["float64", "float64", "float32"])
        self.scale = self.dice.choice([1e-6, 0.01, 0.3, 1, 1, 1, 1, 1, 3, 100, 1e6])
        self.decimals = self.dice.choice([None, None, 1, 3])
        self.input = input
        self.layers, self.shapes, self.last = [], {"input": input.row}, "input"

    def numbers(self, *shape):
        """Draw numbers, half of the time with few decimals, now and then zeros."""
        drawn = np.array([self.dice.gauss(0, 1) for _ in range(int(np.prod(shape)))]) * self.scale
        if self.decimals is not None:
            drawn = drawn.round(self.decimals)
        return drawn.reshape(shape).astype(self.dtype)

    def bias(self, size):
        return np.zeros(size, self.dtype) if self.dice.random() < 0.2 else self.numbers(size)

    @property
    def shape(self):
        return self.shapes[self.last]

    def add(self, kind, *reads, activation="identity", labels=None, **keys):
        """Add a layer; False where what it reads does not fit."""
        op = find_kind(kind)(**keys)
        reads = reads or (self.last,)
        name = f"{kind}{len(self.layers)}"
        try:
            shape = op.shape(*(self.shapes[each] for each in reads))
        except NetworkError:
            return False
        own = {}
        if activation == "prelu":
            own["alpha"] = np.array(self.dice.choice([0.25, 0.1]), self.dtype)
        held = Activation(ACTIVATIONS[activation], own)
        self.layers.append(Layer(name, op, held, labels, reads))
        self.shapes[name], self.last = shape, name
        return True

    def activation(self):
        return self.dice.choice(
            ["identity"] * 4 + ["relu"] * 4 + ["tanh", "sigmoid", "gelu", "leaky_relu", "prelu"]
        )

    def dense(self, size, *reads, axis="all", **more):
        reads = reads or (self.last,)
        shapes = [self.shapes[each] for each in reads]
        fan_in = sum(shape[-1] if axis == "last" else int(np.prod(shape)) for shape in shapes)
        weights = self.numbers(size, fan_in)
        return self.add("dense", *reads, weights=weights, bias=self.bias(size), axis=axis, **more)

    def norm(self, kind):
        dice = self.dice
        count = self.shape[-1 if kind in ("layer_norm", "rms_norm") else 0]
        keys = {"scale": self.numbers(count), "epsilon": dice.choice([1e-5, 0.1, 1e-12])}
        if kind != "rms_norm":
            keys["shift"] = self.bias(count)
        if kind == "batch_norm":
            keys |= {"mean": self.numbers(count), "variance": abs(self.numbers(count))}
        if kind == "group_norm":
            keys["groups"] = dice.choice([g for g in range(1, count + 1) if count % g == 0])
        return self.add(kind, activation=self.activation(), **keys)

    def conv(self, **fixed):
        dice, (channels, *lengths) = self.dice, self.shape
        groups = dice.choice([g for g in range(1, channels + 1) if channels % g == 0])
        gives = groups * dice.randint(1, 3)
        kernel = [dice.randint(1, 3) for _ in lengths]
        keys = {
            "groups": groups,
            "stride": dice.choice([1, 1, 2, 3]),
            "padding": dice.choice([0, 1, 1, 2, "valid"]),
            "dilation": dice.choice([1, 1, 1, 2]),
        } | fixed
        weights = self.numbers(gives, channels // groups, *kernel)
        bias = self.bias(gives)
        kind = self.activation()
        return self.add("conv", activation=kind, weights=weights, bias=bias, **keys)

    def pool(self):
        dice, (_, *lengths) = self.dice, self.shape
        kind = dice.choice(["max_pool", "max_pool", "average_pool"])
        kernel = tuple(dice.randint(1, min(3, each)) for each in lengths)
        keys = {"kernel": kernel, "stride": dice.choice([None, 1, 2]), "ceil": dice.random() < 0.3}
        if min(kernel) > 1:
            keys["padding"] = dice.choice([0, 0, 1])
        if kind == "average_pool":
            keys["count_padding"] = dice.random() < 0.5
        return self.add(kind, activation=self.activation(), **keys)

    def attention(self):
        dice, (_, width), before = self.dice, self.shape, self.last
        parts = []
        for _ in range(3):
            self.dense(width, before, axis="last")
            parts.append(self.last)
        heads = dice.choice([h for h in range(1, width + 1) if width % h == 0])
        causal = {"causal": dice.random() < 0.6}
        self.add("scores", *parts[:2], heads=heads, activation="softmax", **causal)
        self.add("mix", self.last, parts[2], heads=heads)
        self.dense(width, axis="last")
        if dice.random() < 0.5:
            self.add("add", before, self.last)

    def recurrent(self):
        dice, width, size = self.dice, self.shape[-1], self.dice.randint(1, 3)
        kind, gates = dice.choice([("lstm", 4), ("gru", 3)])
        ways = (2,) if (both := dice.random() < 0.3) else ()
        self.add(
            kind,
            weights=self.numbers(*ways, gates * size, width),
            recurrent=self.numbers(*ways, gates * size, size),
            bias=self.numbers(*ways, gates * size),
            recurrent_bias=self.numbers(*ways, gates * size),
            direction="both" if both else "forward",
        )

    def end(self):
        """Add what tells classes apart, or leaves numbers."""
        dice = self.dice
        kind = dice.choice(["softmax"] * 3 + ["sigmoid", "log_softmax", "identity"])
        size = 1 if kind == "sigmoid" else dice.randint(2, 5)
        labels = tuple(f"class {i}" for i in range(size)) if dice.random() < 0.5 else None
        more = {"activation": kind, "labels": labels}
        if len(self.shape) > 1 and (self.input.text or dice.random() < 0.4):
            self.dense(size, axis="last", **more)
        elif self.input.text:
            self.dense(size, **more)
        else:
            others = list(self.shapes)
            reads = [self.last, *dice.sample(others, min(len(others), dice.choice([0, 0, 1, 2])))]
            if dice.random() < 0.7:
                reads = list(dict.fromkeys(reads))  # else one may be read twice
            self.dense(size, *reads, **more)


def shaped_net(number):
    """Make a net, and one to three rows for it, by a number."""
    dice = random.Random(f"{number}/input")
    which = dice.choice(["picture"] * 4 + ["signal", "sequence", "sequence", "text"])
    mean = std = None
    if which != "text" and dice.random() < 0.2:
        mean, std = dice.uniform(-1, 1), dice.uniform(0.5, 2)
    if which == "text":
        text = Text(ALPHABET, context=dice.randint(2, 7))
        input = Input(text.context, text=text)
    else:
        shape = {
            "picture": (dice.randint(1, 3), dice.randint(3, 6), dice.randint(3, 6)),
            "signal": (dice.randint(1, 3), dice.randint(4, 9)),
            "sequence": (dice.randint(2, 5), dice.choice([2, 4, 6])),
        }[which]
        if which == "picture" and dice.random() < 0.3:
            shape = (1, *shape[1:])
        input = Input(int(np.prod(shape)), shape=shape)
    maker = Maker(number, input)
    if mean is not None:
        held = np.array(mean, maker.dtype), np.array(std, maker.dtype)
        maker.input = Input(input.size, shape=input.shape, mean=held[0], std=held[1])
    (_tokens if which in ("sequence", "text") else _channels)(maker, which)
    maker.end()
    net = Network(f"net{number}", maker.input, tuple(maker.layers), maker.dtype)
    size = input.size
    if input.text is not None:  # a text may have fewer tokens
        size = dice.randint(1, size)
    rows = [_row(dice, input, size) for _ in range(dice.randint(1, 3))]
    held = {}
    if dice.random() < 0.1:
        layer = dice.choice((net.at(size) if input.text else net).layers)
        held = {f"{layer.name}.{dice.randrange(layer.size)}": dice.choice([0.0, 1.0, -2.5])}
    return forward(net, rows, held), [f"row {i}" for i in range(len(rows))]


def _row(dice, input, size):
    if input.text is not None:
        return [dice.randrange(len(ALPHABET)) for _ in range(size)]
    kinds = [0.0, 1.0, -0.5, 0.4115]
    return [dice.choice([*kinds, dice.gauss(0, 1)]) for _ in range(size)]


def _channels(maker, which):
    dice = maker.dice
    if dice.random() < 0.3:  # a way of its own, that the output may read or not
        maker.dense(dice.randint(2, 6), activation=maker.activation())
        maker.last = "input"
    for _ in range(dice.randint(2, 7)):
        step = dice.choice(["conv", "conv", "pool", "pool", "norm", "norm", "join"])
        if len(maker.shape) == 1:
            step = "dense"
        if step == "conv":
            maker.conv()
        elif step == "pool":
            maker.pool()
        elif step == "norm":
            maker.norm(
                dice.choice(["batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm"])
            )
        elif step == "join":
            same = [n for n, s in maker.shapes.items() if s == maker.shape and n != maker.last]
            if same:
                keys = dice.choice([("add", {}), ("multiply", {}), ("concat", {"axis": 0})])
                maker.add(keys[0], dice.choice(same), maker.last, **keys[1])
        else:
            maker.dense(dice.randint(1, 6), activation=maker.activation())
        if dice.random() < 0.15 and len(maker.shape) > 1:
            maker.add(dice.choice(["global_max_pool", "global_average_pool", "flatten"]))


def _tokens(maker, which):
    dice = maker.dice
    if which == "text":
        width = dice.choice([2, 4, 6])
        maker.add("embedding", weights=maker.numbers(len(ALPHABET), width))
        maker.add("positions", weights=maker.numbers(maker.input.size, width))
    for _ in range(dice.randint(1, 3)):
        step = dice.choice(["attention", "attention", "norm", "norm", "dense", "recurrent"])
        if step == "attention":
            maker.attention()
        elif step == "norm":
            maker.norm(dice.choice(["layer_norm", "layer_norm", "rms_norm"]))
        elif step == "dense":
            maker.dense(dice.choice([2, 4]), axis="last", activation=maker.activation())
        else:
            maker.recurrent()
    if dice.random() < 0.4:
        maker.add("reduce", axis=0)
        if dice.random() < 0.5:
            maker.dense(3, activation=maker.activation())
