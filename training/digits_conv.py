"""Train the net `digits-conv`, a small convolutional one, and write its files into configs/.

    python training/digits_conv.py            # rewrite the files, in a minute
    python training/digits_conv.py --check    # train again, and say whether the files agree

It reads the digits that `digits` reads: digits-labelled.csv has the ones held out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from string import Template

import files
import pytorch
import torch
import train
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = 12
EPOCHS, BATCH, RATE, DECAY = 100, 32, 3e-3, 0.05
DROPPED, SMOOTHING = 0.3, 0.05
SEED = 0


class Digits(nn.Module):
    """The net; its modules have the names of the net file's layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, CHANNELS, 3, padding=1)
        self.conv2 = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
        self.add = pytorch.Add()
        self.pool = nn.MaxPool2d(2)
        self.output = nn.Linear(CHANNELS * 4 * 4, 10)

    def forward(self, x: Tensor) -> Tensor:
        edges = functional.relu(self.conv1(x))
        seen = functional.relu(self.add(edges, self.conv2(edges)))
        pooled = self.pool(seen).flatten(1)
        return self.output(functional.dropout(pooled, DROPPED, self.training))


def trained(data: train.Data) -> Digits:
    """A net trained on the digits as they are, and moved by a pixel."""
    pytorch.repeatable(SEED)
    net = Digits()
    moved = pictures(train.shifted(data.train_x))
    versions, rows = moved.unflatten(0, (-1, len(data.train_y))), torch.arange(len(data.train_y))
    y = torch.tensor(data.train_y)

    def losses() -> Iterator[Callable[[], Tensor]]:
        while True:
            order = torch.randperm(len(y))
            drawn = torch.randint(0, len(versions), (len(y),)) * (torch.rand(len(y)) < 0.5)
            x = versions[drawn, rows]
            for batch in order.split(BATCH):
                yield lambda x=x, batch=batch: functional.cross_entropy(
                    net(x[batch]), y[batch], label_smoothing=SMOOTHING
                )

    steps = EPOCHS * -(-len(y) // BATCH)
    pytorch.minimise(net, losses(), steps, RATE, DECAY)
    pytorch.round_off(net)
    return net.requires_grad_(False).eval()


def pictures(rows: train.Array) -> Tensor:
    """Rows of 64 numbers as pictures."""
    return torch.tensor(rows, dtype=torch.float32).view(-1, 1, 8, 8)


YAML = Template("""\
# A handwritten digit in 8 × 8 pixels, read by two convolutions, the second of which corrects the
# first: what it finds is added to what it was given. $parameters parameters.
#
# Data      E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI
#           Machine Learning Repository, 1998, as scikit-learn carries it
#           (load_digits): 1797 digits by 13 people.
# Training  training/digits_conv.py, seed $seed: $trained of the digits, and the same ones moved
#           by a pixel.
# Accuracy  $accuracy, with the weights in digits-conv.npz.
#           The net digits is right on $dense of the same ones.
#
# The digits that were held out are in digits-labelled.csv, two of each in digits.csv,
# and one of them is the picture digit.png.

name: digits-conv
description: reads a handwritten digit by convolutions; right on $accuracy
dtype: float32

input:
  shape: [8, 8]                # 0 is paper, 1 is ink
  labels:                      # row and column, from 0
$inputs

weights: digits-conv.npz       # conv1.weight, conv1.bias, conv2.weight, ...

layers:
  - name: conv1                # 12 pictures of 8 × 8: where there is an edge, a corner, a stroke
    kind: conv
    channels: $channels
    kernel: 3
    padding: 1
    activation: relu

  - name: conv2
    kind: conv
    channels: $channels
    kernel: 3
    padding: 1

  - name: add                  # the residual: conv2 tells what is to be changed
    kind: add
    reads: [conv1, conv2]
    activation: relu

  - name: pool                 # 12 pictures of 4 × 4: of four pixels the largest
    kind: max_pool
    kernel: 2

  - name: output
    size: 10
    activation: softmax
    labels: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]

# Digits that the net has never seen.
examples:
$examples""")

EXAMPLES = {9: "a zero", 12: "a four", 20: "a seven"}  # held-out digits: position and name


def right(net: Digits, data: train.Data) -> int:
    """How many of the held-out digits are told right."""
    return int((net(pictures(data.test_x)).argmax(1).numpy() == data.test_y).sum())


def accuracy(right: int, data: train.Data) -> str:
    """The accuracy in words."""
    of = len(data.test_y)
    return f"{right} of {of} held-out digits ({100 * right / of:.1f} %)"


def examples(net: Digits, data: train.Data) -> str:
    """The chosen digits; the last one with PyTorch's numbers."""
    lines = []
    for row, name in EXAMPLES.items():
        ink = [train.short(value) for value in data.test_x[row]]
        lines += [f"  - name: {name}", "    input:", train.square(ink, " " * 6)]
        if row != list(EXAMPLES)[-1]:
            lines += [f"    expect: {data.test_y[row]}", ""]
    shares = net(pictures(data.test_x[row]))[0].softmax(0).tolist()
    numbers = [f"{share:.6f}" for share in shares]
    lines += [
        "    expect:",
        f"      output: [{', '.join(numbers[:5])},",
        f"               {', '.join(numbers[5:])}]",
    ]
    return "\n".join(lines) + "\n"


def made(net: Digits, data: train.Data) -> dict[str, bytes]:
    """The net's files, by name."""
    yaml = YAML.substitute(
        parameters=f"{sum(value.numel() for value in net.parameters()):,}",
        seed=SEED,
        trained=len(data.train_y),
        accuracy=accuracy(right(net, data), data),
        dense=int(train.train_digits().right.sum()),
        channels=CHANNELS,
        inputs=train.square(train.DIGIT_INPUTS, " " * 4),
        examples=examples(net, data),
    )
    return {
        "digits-conv.yaml": yaml.encode(),
        "digits-conv.npz": files.npz(pytorch.parameters(net)),
    }


def main() -> int:
    """Train the net; write its files, or compare them. Returns the exit code."""
    (checking,) = files.arguments("Train the net digits-conv.")
    data = train.digits()
    net = trained(data)
    print(f"digits-conv: {accuracy(right(net, data), data)}")
    row = data.test_x[train.DIGIT_PICTURE]
    oracle = pytorch.oracle(net, pictures(row)[0], input=row)
    return files.ship("digits-conv", made(net, data), oracle, checking)


if __name__ == "__main__":
    sys.exit(main())
