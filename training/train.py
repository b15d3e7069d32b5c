"""Train the nets `iris` and `digits`, and write them and their data into configs/.

    python training/train.py            # rewrite the files
    python training/train.py --check    # train again, and say whether the files agree

The same bytes come out every time, with any number of threads; README.md says how.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from string import Template

import files
import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import train_test_split

SEED = 0
HELD_OUT = 0.3
DECIMALS = 4  # of every weight and bias that is shipped
EPSILON = 1e-3  # of Adam; larger than usual, so that pixels that are rarely inked learn slowly

Array = NDArray[np.float64]
Classes = NDArray[np.int64]
Layers = list[tuple[Array, Array]]  # of each layer the weights, size × fan-in, and the bias


# --- data ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """A data set cut in two; x is rows × features, y the class of each row."""

    things: str
    labels: list[str]
    train_x: Array
    train_y: Classes
    test_x: Array
    test_y: Classes


def split(things: str, x: Array, y: Classes, labels: Iterable[str]) -> Data:
    """Hold out a part of every class, the same one every time."""
    train_x, test_x, train_y, test_y = train_test_split(
        x, y, test_size=HELD_OUT, stratify=y, random_state=SEED
    )
    return Data(things, list(labels), train_x, train_y, test_x, test_y)


def iris() -> Data:
    """The iris flowers, in centimetres."""
    bunch = load_iris()
    return split("flowers", bunch.data, bunch.target, map(str, bunch.target_names))


def digits() -> Data:
    """The handwritten digits, 64 pixels each, from 0 (no ink) to 1 (full ink)."""
    bunch = load_digits()
    return split("digits", bunch.data / 16, bunch.target, map(str, range(10)))


# --- the forward pass, and the training ---------------------------------------------------


@dataclass(frozen=True)
class Hidden:
    """A hidden activation, and its slope written in terms of its own output."""

    function: Callable[[Array], Array]
    slope: Callable[[Array], Array]


RELU = Hidden(lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(float))
TANH = Hidden(np.tanh, lambda a: 1 - a * a)


@dataclass(frozen=True)
class Recipe:
    """How a net is trained."""

    sizes: tuple[int, ...]
    hidden: Hidden
    epochs: int
    batch: int
    rate: float  # Adam's, falling to 0 in a straight line
    decay: float  # of the weights, as in AdamW
    smoothing: float = 0.05  # the share of the target that is spread over all classes


IRIS = Recipe((4, 8, 3), TANH, epochs=400, batch=105, rate=0.02, decay=0.1)
DIGITS = Recipe((64, 32, 16, 10), RELU, epochs=300, batch=32, rate=0.003, decay=0.1)


def softmax(z: Array) -> Array:
    """Shares that add up to 1, along each row."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def forward(layers: Layers, hidden: Hidden, x: Array) -> list[Array]:
    """What every layer puts out for the rows x, the softmax of the last one included."""
    outputs = []
    for weights, bias in layers[:-1]:
        x = hidden.function(x @ weights.T + bias)
        outputs.append(x)
    weights, bias = layers[-1]
    return [*outputs, softmax(x @ weights.T + bias)]


def snap(values: Array, bits: int) -> Array:
    """Round to multiples of 2**-bits, coarse enough for sums of products to be exact."""
    return np.rint(values * 2.0**bits) / 2.0**bits


def gradients(layers: Layers, hidden: Hidden, x: Array, target: Array) -> list[Array]:
    """The slope of the mean cross-entropy: of all weights, then of all biases."""
    layers = [(snap(weights, 12), snap(bias, 12)) for weights, bias in layers]
    reads = [snap(x, 12)]  # what each layer reads
    for weights, bias in layers[:-1]:
        reads.append(snap(hidden.function(reads[-1] @ weights.T + bias), 12))
    weights, bias = layers[-1]
    delta = snap(softmax(reads[-1] @ weights.T + bias), 20) - target

    slopes_w, slopes_b = [], []
    for (weights, _), a in zip(reversed(layers), reversed(reads), strict=True):
        slopes_w.append(delta.T @ a / len(x))
        slopes_b.append(delta.sum(axis=0) / len(x))
        delta = snap(delta @ weights * hidden.slope(a), 20)
    return slopes_w[::-1] + slopes_b[::-1]


def train(recipe: Recipe, versions: Array, y: Classes) -> Layers:
    """Train by Adam on batches.

    versions is versions × rows × features: the rows as they are, then changed ones that
    should be told apart all the same; in each epoch about half of the rows draw a version.
    """
    random = np.random.RandomState(SEED)  # its stream of numbers is frozen
    rows = np.arange(len(y))
    target = np.eye(recipe.sizes[-1])[y]
    target = snap(target * (1 - recipe.smoothing) + recipe.smoothing / recipe.sizes[-1], 20)

    count = len(recipe.sizes) - 1
    values = (
        [  # all weights (He's uniform start), then all biases
            random.uniform(-1, 1, (size, fan_in)) * np.sqrt(6 / fan_in)
            for fan_in, size in zip(recipe.sizes, recipe.sizes[1:], strict=False)
        ]
        + [np.zeros(size) for size in recipe.sizes[1:]]
    )
    means = [np.zeros_like(value) for value in values]
    squares = [np.zeros_like(value) for value in values]
    mean_left = square_left = 1.0  # 0.9**step and 0.999**step

    for epoch in range(recipe.epochs):
        order = random.permutation(len(y))
        drawn = random.randint(0, len(versions), len(y)) * (random.uniform(size=len(y)) < 0.5)
        x = versions[drawn, rows]
        for start in range(0, len(y), recipe.batch):
            batch = order[start : start + recipe.batch]
            rate = recipe.rate * (1 - (epoch + start / len(y)) / recipe.epochs)
            mean_left, square_left = mean_left * 0.9, square_left * 0.999
            layers = list(zip(values[:count], values[count:], strict=True))
            for i, slope in enumerate(gradients(layers, recipe.hidden, x[batch], target[batch])):
                means[i] = 0.9 * means[i] + 0.1 * slope
                squares[i] = 0.999 * squares[i] + 0.001 * slope * slope
                spread = np.sqrt(squares[i] / (1 - square_left)) + EPSILON
                step = means[i] / (1 - mean_left) / spread
                if i < count:
                    step = step + recipe.decay * values[i]
                values[i] = values[i] - rate * step

    # Adding 0 makes -0 a plain 0.
    values = [np.round(value, DECIMALS) + 0.0 for value in values]
    return list(zip(values[:count], values[count:], strict=True))


def shifted(x: Array) -> Array:
    """The pictures as they are, and moved by one pixel down, up, right and left."""
    pictures = np.pad(x.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    corners = [(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)]
    return np.stack([pictures[:, r : r + 8, c : c + 8].reshape(-1, 64) for r, c in corners])


@dataclass(frozen=True)
class Net:
    """A trained net, the scale that it wants its inputs in, and the data it was measured on."""

    data: Data
    hidden: Hidden
    layers: Layers
    mean: Array
    std: Array

    def outputs(self, x: Array) -> list[Array]:
        """What every layer puts out for the raw rows x."""
        return forward(self.layers, self.hidden, (x - self.mean) / self.std)

    @property
    def right(self) -> NDArray[np.bool_]:
        """For every held-out row, whether its class is predicted."""
        return np.asarray(self.outputs(self.data.test_x)[-1].argmax(axis=1) == self.data.test_y)

    @property
    def accuracy(self) -> str:
        """The accuracy in words, such as "9 of 10 held-out digits (90.0 %)"."""
        right, of = int(self.right.sum()), len(self.data.test_y)
        return f"{right} of {of} held-out {self.data.things} ({100 * right / of:.1f} %)"


def train_iris() -> Net:
    """The flowers' net; its inputs are normalised by the training rows."""
    data = iris()
    mean, std = data.train_x.mean(axis=0).round(2), data.train_x.std(axis=0).round(2)
    layers = train(IRIS, ((data.train_x - mean) / std)[np.newaxis], data.train_y)
    return Net(data, IRIS.hidden, layers, mean, std)


def train_digits() -> Net:
    """The digits' net; it is trained on the digits and on slightly moved ones."""
    data = digits()
    layers = train(DIGITS, shifted(data.train_x), data.train_y)
    return Net(data, DIGITS.hidden, layers, np.zeros(64), np.ones(64))


# --- the files ----------------------------------------------------------------------------

IRIS_INPUTS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
DIGIT_INPUTS = [f"r{row}c{column}" for row in range(8) for column in range(8)]

# Held-out digits that are easily recognised: position and name.
DIGIT_EXAMPLES = {9: "a zero", 12: "a four", 33: "a six", 20: "a seven"}
DIGIT_PICTURE = 8

IRIS_YAML = Template("""\
# Three kinds of iris told apart by four measures of a flower, taken with a ruler.
#
# Data      R. A. Fisher, "The Use of Multiple Measurements in Taxonomic Problems", 1936,
#           as scikit-learn carries it (load_iris): as in the paper, while the Iris of the
#           UCI Machine Learning Repository has errors in two flowers.
# Training  training/train.py, seed $seed: $trained of the 150 flowers, $each of each kind.
# Accuracy  $accuracy, with the weights below. Other cuts of the
#           data give 43.5 of 45 on average: here the hard flowers fell to the training.
#
# The flowers that were held out are in iris-labelled.csv, a dozen of them in iris.csv.

name: iris
description: tells three kinds of iris apart; right on $accuracy

input:                       # in centimetres, as measured
  labels: [$inputs]
  mean: [$mean]   # the net is given (x - mean) / std;
  std:  [$std]   # both are those of the training flowers

layers:
  - name: hidden
    activation: tanh
    weights:
      #  sepal             petal
      #  length    width   length    width
$hidden_weights
    bias: [$hidden_bias]

  - name: output
    activation: softmax
    labels: [$labels]
    weights:
$output_weights
    bias: [$output_bias]

# One flower of each kind that the net has never seen.
examples:
$examples""")

DIGITS_YAML = Template("""\
# A handwritten digit in 8 × 8 pixels, read by three layers of 32, 16 and 10 neurons.
#
# Data      E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI
#           Machine Learning Repository, 1998, as scikit-learn carries it (load_digits):
#           1797 digits by 13 people.
# Training  training/train.py, seed $seed: $trained of the digits, and the same ones moved
#           by a pixel.
# Accuracy  $accuracy, with the weights in digits.npz. They are
#           by the same 13 people as the others; a stranger's hand is harder to read.
#
# The digits that were held out are in digits-labelled.csv, two of each in digits.csv,
# and one of them is the picture digit.png. Those trained on are in digits-practice.npz.

name: digits
description: reads a handwritten digit; right on $accuracy
dtype: float32

input:
  shape: [8, 8]              # 0 is paper, 1 is ink
  labels:                    # row and column, from 0
$inputs

weights: digits.npz          # hidden1.weight, hidden1.bias, hidden2.weight, ...

layers:
  - name: hidden1
    size: 32
    activation: relu

  - name: hidden2
    size: 16
    activation: relu

  - name: output
    size: 10
    activation: softmax
    labels: [$labels]

# Digits that the net has never seen. Squint, and you can read them.
examples:
$examples""")


def numbers(values: Iterable[float], form: str = "7.4f") -> str:
    """Numbers between commas, as wide as form makes each."""
    return ", ".join(f"{value:{form}}" for value in values)


def short(value: float) -> str:
    """A multiple of 1/16 without needless zeros."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def tenths(value: float) -> str:
    """A number with one decimal."""
    return f"{value:.1f}"


def matrix(rows: Array, notes: Sequence[str]) -> str:
    """The rows of a layer's weights, a line each, with a note on each neuron."""
    lines = (f"      - [{numbers(r)}]  # {note}" for r, note in zip(rows, notes, strict=True))
    return "\n".join(lines)


def square(cells: Sequence[str], indent: str) -> str:
    """Sixty-four values as a flow sequence of eight lines of eight."""
    width = max(map(len, cells))
    cells = [cell.rjust(width) for cell in cells]
    lines = [", ".join(cells[start : start + 8]) for start in range(0, 64, 8)]
    return f"{indent}[" + f",\n{indent} ".join(lines) + "]"


def iris_examples(net: Net) -> str:
    """The first held-out flower of each kind that is told right; the last one in numbers."""
    blocks = []
    for label in net.data.labels:
        here = net.right & (net.data.test_y == net.data.labels.index(label))
        row = net.data.test_x[here][0]
        lines = [f"  - name: one {label}", f"    input: [{numbers(row, '.1f')}]"]
        if label == net.data.labels[-1]:
            hidden, output = (a[0] for a in net.outputs(row[np.newaxis]))
            lines += [
                "    expect:",
                f"      hidden: [{numbers(hidden, '.4f')}]",
                f"      output: [{numbers(output, '.4f')}]",
                "      tolerance: 0.0001",
            ]
        else:
            lines.append(f"    expect: {label}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def iris_yaml(net: Net) -> str:
    """The flowers' net file, weights and all."""
    (hidden_w, hidden_b), (output_w, output_b) = net.layers
    return IRIS_YAML.substitute(
        seed=SEED,
        trained=len(net.data.train_y),
        each=len(net.data.train_y) // 3,
        accuracy=net.accuracy,
        inputs=", ".join(IRIS_INPUTS),
        mean=numbers(net.mean, ".2f"),
        std=numbers(net.std, ".2f"),
        labels=", ".join(net.data.labels),
        hidden_weights=matrix(hidden_w, [str(neuron) for neuron in range(len(hidden_w))]),
        hidden_bias=numbers(hidden_b),
        output_weights=matrix(output_w, net.data.labels),
        output_bias=numbers(output_b),
        examples=iris_examples(net),
    )


def digit_examples(net: Net) -> str:
    """The chosen held-out digits, drawn by their numbers; the last one with its output."""
    blocks = []
    for row, name in DIGIT_EXAMPLES.items():
        x, y = net.data.test_x[row], net.data.test_y[row]
        lines = [f"  - name: {name}", "    input:", square([short(ink) for ink in x], " " * 6)]
        if row == list(DIGIT_EXAMPLES)[-1]:
            output = net.outputs(x[np.newaxis])[-1][0]
            lines += [
                "    expect:",
                f"      output: [{numbers(output, '.4f')}]",
                "      tolerance: 0.001",
            ]
        else:
            lines.append(f"    expect: {y}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def digits_yaml(net: Net) -> str:
    """The digits' net file; its weights are in digits.npz."""
    return DIGITS_YAML.substitute(
        seed=SEED,
        trained=len(net.data.train_y),
        accuracy=net.accuracy,
        inputs=square(DIGIT_INPUTS, " " * 4),
        labels=", ".join(f'"{label}"' for label in net.data.labels),
        examples=digit_examples(net),
    )


def npz(layers: Layers, names: Sequence[str]) -> bytes:
    """The layers as float32 arrays, named as PyTorch names them."""
    arrays: dict[str, Array] = {}
    for name, (weights, bias) in zip(names, layers, strict=True):
        arrays |= {f"{name}.weight": weights, f"{name}.bias": bias}
    return files.npz(arrays)


def iris_files(net: Net) -> dict[str, bytes]:
    """The flowers' files, by name."""
    rows = [[tenths(value) for value in x] for x in net.data.test_x]
    kinds = [net.data.labels[y] for y in net.data.test_y]
    labelled = [[*row, kind] for row, kind in zip(rows, kinds, strict=True)]
    return {
        "iris.yaml": iris_yaml(net).encode(),
        "iris.csv": files.csv([IRIS_INPUTS, *rows[:12]]),
        "iris-labelled.csv": files.csv([[*IRIS_INPUTS, "species"], *labelled]),
    }


def digits_files(net: Net) -> dict[str, bytes]:
    """The digits' files, by name; digits.csv holds 0 to 9, twice."""
    x, y = net.data.test_x, net.data.test_y
    rows = [[short(ink) for ink in picture] for picture in x]
    labelled = [[*row, net.data.labels[digit]] for row, digit in zip(rows, y, strict=True)]
    twice = [np.flatnonzero(y == digit)[turn] for turn in (0, 1) for digit in range(10)]
    seen = net.data.train_x.astype("<f2")  # exact: they are multiples of 1/16
    grey = np.rint(x[DIGIT_PICTURE].reshape(8, 8) * 255).astype(np.uint8)
    return {
        "digits.yaml": digits_yaml(net).encode(),
        "digits.npz": npz(net.layers, ["hidden1", "hidden2", "output"]),
        "digits.csv": files.csv(rows[row] for row in twice),
        "digits-labelled.csv": files.csv([[*DIGIT_INPUTS, "digit"], *labelled]),
        "digits-practice.npz": files.archive(
            {"input": seen, "digit": net.data.train_y.astype("u1")}
        ),
        "digit.png": files.png(grey),
    }


# --- the command --------------------------------------------------------------------------


def stored_weights(name: str) -> list[Array]:
    """The weights and biases of a net in configs/, layer by layer."""
    if name == "digits":
        with np.load(files.CONFIGS / "digits.npz") as file:
            return [file[key].astype(float) for key in file.files]
    layers = yaml.safe_load((files.CONFIGS / f"{name}.yaml").read_text("utf-8"))["layers"]
    return [np.array(layer[key], float) for layer in layers for key in ("weights", "bias")]


def distance(name: str, net: Net) -> float:
    """The largest difference between a stored weight or bias and the trained one."""
    trained = [array for layer in net.layers for array in layer]
    stored = stored_weights(name)
    return max(float(np.abs(a - b).max()) for a, b in zip(trained, stored, strict=True))


def main() -> int:
    """Train both nets; write their files, or compare them. Returns the exit code."""
    (checking,) = files.arguments("Train the nets iris and digits.")
    agree = True
    for name, train_net, make_files in [
        ("iris", train_iris, iris_files),
        ("digits", train_digits, digits_files),
    ]:
        net = train_net()
        made = make_files(net)
        print(f"{name}: {net.accuracy}")
        if not checking:
            files.write(made)
        elif not files.check(made):
            agree = False
            if all((files.CONFIGS / file).is_file() for file in made):
                print(f"  the weights differ by {distance(name, net):.2g} at most")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
