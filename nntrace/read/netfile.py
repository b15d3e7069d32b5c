"""The net file: YAML in, a Network out, or every problem of the file with its place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any, NamedTuple, TypeVar

import numpy as np

from nntrace.core.activations import Activation, find
from nntrace.core.initial import draw
from nntrace.core.network import (
    Array,
    Example,
    Expectation,
    ExpectedValues,
    Input,
    Layer,
    Network,
    label_twice,
    name_problems,
)
from nntrace.core.neurons import is_index
from nntrace.errors import FileError, NetworkError, Path, unknown
from nntrace.read import bundled
from nntrace.read.arrays import StoredArray
from nntrace.read.files import read_bytes
from nntrace.read.grammar import INVALID, Reading
from nntrace.read.netgrammar import NET_FILE
from nntrace.read.nodes import Mapping as MappingNode
from nntrace.read.nodes import Node, Scalar, compose, decode
from nntrace.read.weights import WeightFiles, held_in

T = TypeVar("T")

# What a file may ask to be drawn at random: a line of text must not cost gigabytes.
MOST_RANDOM = 2**27


def load(path: str | os.PathLike[str]) -> Network:
    """Read a net file, or a net that comes with nntrace by its name (`digits`).

    Raises FileError where it cannot be read, and NetworkError with every problem that it has, each
    with file, line, column (from 1, in characters) and path.
    """
    name = os.fspath(path)
    found = bundled.find(name) or name
    return parse(read_bytes(found), found, FilePath(found).parent, FilePath(found).stem)


def parse(data: bytes, source: str, folder: FilePath, name: str) -> Network:
    """Make a Network from the bytes of a net file.

    `source` is what its problems are told under, `folder` where its weights files lie, `name` what
    it is called where it does not say. Raises NetworkError with every problem.
    """
    root, problems = compose(decode(data, source), source)
    reading = Reading(source, root, problems, _dtype(root))
    declared = NET_FILE.read(reading, root, ())
    network = None
    if declared is not INVALID:
        network = _Builder(reading, declared, WeightFiles(folder)).network(name)
    if reading.problems or network is None:
        raise NetworkError(reading.sorted_problems())
    return network


def _dtype(root: Node) -> str:
    """Look for the dtype first: what counts as an overflow depends on it."""
    if isinstance(root, MappingNode):
        for key, value in root.entries:
            if key.text == "dtype" and isinstance(value, Scalar) and value.text == "float32":
                return "float32"
    return "float64"


class Count(NamedTuple):
    """How many of something a part of the file says there are, and where it says so."""

    path: Path
    size: int
    words: str  # "has 3 labels"


class _Builder:
    """Puts declared values together; reports what does not fit and goes on."""

    def __init__(self, reading: Reading, declared: dict[str, Any], files: WeightFiles) -> None:
        self.reading = reading
        self.declared = declared
        self.files = files
        self.dtype = reading.dtype
        self.drawn = 0

    def network(self, name: str) -> Network | None:
        """Return the net, or None where anything was reported."""
        spec = self.input()
        declared = self.declared.get("layers") or []
        names = self.layer_names(declared)
        layers: list[Layer | None] = []
        before, fan_in = "input", self.input_size(spec)
        for index, layer in enumerate(declared):
            built, size = self.layer(index, layer, names[index], before, fan_in)
            layers.append(built)
            before, fan_in = names[index], size
        sizes = {
            name: layer.size if layer else None for name, layer in zip(names, layers, strict=True)
        }
        classes = layers[-1] if layers else None
        examples = self.examples(spec, sizes, classes)
        if self.reading.problems or spec is None:
            return None
        return Network(
            name=self.declared.get("name") or name,
            input=spec,
            layers=tuple(layer for layer in layers if layer),
            dtype=self.dtype,
            description=self.declared.get("description") or "",
            examples=tuple(examples),
        )

    # ---- the input ----

    def input(self) -> Input | None:
        declared = self.declared.get("input", INVALID)
        if declared is INVALID:
            return None
        if isinstance(declared, int):
            return Input(declared)
        counts = []
        if declared.get("size"):
            counts.append(Count(("input", "size"), declared["size"], f"is {declared['size']}"))
        if labels := declared.get("labels"):
            counts.append(_labels_count(("input",), labels))
        if shape := declared.get("shape"):
            product = 1
            for side in shape:
                product *= side
            words = f"{' × '.join(map(str, shape))} makes {product}"
            counts.append(Count(("input", "shape"), product, words))
        for key in ("mean", "std"):
            if isinstance(declared.get(key), list):
                counts.append(_numbers_count(("input", key), declared[key]))
        size = self.agree(counts, "input")
        if size is None and not any(value is INVALID for value in declared.values()):
            self.reading.report(("input",), "takes a size, or labels or a shape that tell it")
        self.labels(("input",), "input", declared.get("labels"))
        if size is None or len({count.size for count in counts}) > 1:
            return None
        known = size
        return self.born(
            ("input",),
            lambda: Input(
                known,
                tuple(labels) if labels else None,
                tuple(shape) if shape else None,
                self.constant(declared.get("mean")),
                self.constant(declared.get("std")),
            ),
        )

    def input_size(self, spec: Input | None) -> int | None:
        return spec.size if spec else None

    def constant(self, value: Any) -> Array | None:
        if value is None or value is INVALID:
            return None
        return np.array(value, dtype=self.dtype)

    # ---- the layers ----

    def layer_names(self, declared: list[Any]) -> list[str]:
        names = []
        for index, layer in enumerate(declared):
            default = "output" if index == len(declared) - 1 else f"layer{index + 1}"
            names.append(layer.get("name") if layer and layer.get("name") else default)
        for problem in name_problems(names):
            assert isinstance(problem.path[1], int)
            if "name" in (declared[problem.path[1]] or {}):
                self.reading.report(problem.path, problem.message)
            else:  # a default name that another layer has taken
                self.reading.report(problem.path[:2], f"takes a name, since {problem.message}")
        return names

    def layer(
        self, index: int, declared: Any, name: str, before: str, fan_in: int | None
    ) -> tuple[Layer | None, int | None]:
        """Return the layer, and its size, which may be known where the layer is not."""
        if declared is INVALID:
            return None, None
        path: Path = ("layers", index)
        weights, bias = declared.get("weights"), declared.get("bias")
        labels = declared.get("labels")
        stored, stored_path = self.stored_weights(path, weights, name)
        stored_bias, bias_path = self.stored_bias(path, weights, bias, name)
        counts = []
        if declared.get("size"):
            counts.append(Count((*path, "size"), declared["size"], f"is {declared['size']}"))
        if labels:
            counts.append(_labels_count(path, labels))
        if isinstance(weights, list):
            counts.append(Count((*path, "weights"), len(weights), f"has {_rows(len(weights))}"))
        elif stored is not None and len(stored.shape) == 2 and not self.misfit(stored, fan_in):
            words = f"{self.tensor_name(stored_path)}has {_rows(stored.shape[0])}"
            counts.append(Count(stored_path, stored.shape[0], words))
        if isinstance(bias, list):
            counts.append(_numbers_count((*path, "bias"), bias))
        elif stored_bias is not None:
            words = f"{self.tensor_name(bias_path)}has {_numbers(_length(stored_bias))}"
            counts.append(Count(bias_path, _length(stored_bias), words))
        activation = self.activation(path, declared.get("activation"), name, counts)
        size = self.agree(counts, name)
        self.labels(path, name, labels)
        self.weights_told(path, declared, size)
        fits = self.rows_fit(path, weights, name, before, fan_in)
        if stored is not None:
            fits &= self.stored_fits(stored, stored_path, name, before, fan_in)
        complete = INVALID not in declared.values() and activation is not None
        if not complete or not fits or size is None or fan_in is None:
            return None, size
        if len({count.size for count in counts}) > 1:
            return None, size
        matrix = self.numbers((*path, "weights"), stored_path, weights, stored, (size, fan_in))
        vector = self.numbers((*path, "bias"), bias_path, bias, stored_bias, (size,), fan_in)
        if matrix is None or vector is None:
            return None, size
        assert activation is not None
        return self.born(
            path,
            lambda: Layer(name, matrix, vector, activation, tuple(labels) if labels else None),
        ), size

    def activation(
        self, path: Path, declared: Any, name: str, counts: list[Count]
    ) -> Activation | None:
        if declared is INVALID:
            return None
        written, parameters = declared or ("identity", {})
        try:
            activation = Activation(find(written), parameters)
        except NetworkError as error:
            for problem in error.problems:
                inner = problem.path[1:]
                full = (*path, "activation", written, *inner)
                at = None
                if problem.message.startswith("unknown"):
                    at = self.key_node(full)
                self.reading.report(full, problem.message, at)
            return None
        for parameter, value in parameters.items():
            if isinstance(value, list):
                full = (*path, "activation", written, parameter)
                counts.append(_numbers_count(full, value))
        return activation

    def key_node(self, path: Path) -> Node | None:
        parent = self.reading.locate(path[:-1])
        if isinstance(parent, MappingNode):
            return next((key for key, _ in parent.entries if key.text == path[-1]), None)
        return None

    def labels(self, path: Path, owner: str, labels: Any) -> None:
        for index, message in label_twice(labels or (), owner):
            self.reading.report((*path, "labels", index), message)

    def weights_told(self, path: Path, declared: Any, size: int | None) -> None:
        """Report a layer that has no weights, or whose size nothing tells."""
        weights = declared.get("weights")
        if weights is None and not self.declared.get("weights"):
            if "weights" not in self.declared:
                self.reading.report(path, "weights is missing: rows of numbers, a file or random")
        elif (
            size is None
            and isinstance(weights, dict)
            and "random" in weights
            and "size" not in declared
        ):
            self.reading.report(path, "size is missing: random weights do not tell it")

    def rows_fit(
        self, path: Path, weights: Any, name: str, before: str, fan_in: int | None
    ) -> bool:
        """Check the length of each row of weights that are written in the file."""
        if not isinstance(weights, list):
            return True
        expected = fan_in or len(weights[0])
        why = f"{name} takes {expected} (the size of {before})"
        if fan_in is None:
            why = f"the first row has {expected}"
        wrong = [index for index, row in enumerate(weights) if len(row) != expected]
        if not wrong:
            return True
        first = len(weights[wrong[0]])
        alike = len(wrong) == len(weights) and all(len(row) == first for row in weights)
        if alike and before == "input" and self.comes_later(("input",), (*path, "weights")):
            rows = f"the rows of layers[{path[1]}].weights have {_numbers(first)}"
            self.reading.report(("input",), f"is of size {fan_in}, but {rows}")
        elif alike and len(weights) > 1:
            message = f"has {_numbers(first)}, {why}; so have all {len(weights)} rows"
            self.reading.report((*path, "weights", 0), message)
        else:
            for index in wrong:
                message = f"has {_numbers(len(weights[index]))}, {why}"
                self.reading.report((*path, "weights", index), message)
        return False

    def comes_later(self, path: Path, than: Path) -> bool:
        return self.reading.locate(path).place > self.reading.locate(than).place

    # ---- numbers from files and from the dice ----

    def stored_weights(
        self, path: Path, weights: Any, name: str
    ) -> tuple[StoredArray | None, Path]:
        """Return the stored weights of a layer, turned to size × fan-in, and what names them."""
        if isinstance(weights, dict) and "file" in weights:
            return self.stored((*path, "weights"), weights), (*path, "weights")
        if weights is None and self.declared.get("weights"):
            return self.stored_by_name(f"{name}.weight"), ("weights", f"{name}.weight")
        return None, path

    def stored_bias(
        self, path: Path, weights: Any, bias: Any, name: str
    ) -> tuple[StoredArray | None, Path]:
        if isinstance(bias, dict) and "file" in bias:
            return self.stored((*path, "bias"), bias), (*path, "bias")
        if weights is None and bias is None and self.declared.get("weights"):
            return self.stored_by_name(f"{name}.bias", False), ("weights", f"{name}.bias")
        return None, path

    def stored(self, path: Path, source: dict[str, Any]) -> StoredArray | None:
        try:
            found = self.files.tensor(source["file"], source.get("tensor"))
        except FileError as error:
            self.reading.report(path, str(error))
            return None
        return found.transposed() if source.get("transpose") else found

    def stored_by_name(self, tensor: str, required: bool = True) -> StoredArray | None:
        file = self.declared["weights"]
        try:
            arrays = self.files.arrays(file)
        except FileError as error:
            self.reading.report(("weights",), str(error))
            return None
        if tensor not in arrays and required:
            self.reading.report(("weights",), f"'{file}': {unknown('tensor', tensor, arrays)}")
        return arrays.get(tensor)

    def tensor_name(self, path: Path) -> str:
        """Name the tensor where the path leads to the weights file of the whole net."""
        return f"{path[1]} " if path[0] == "weights" else ""

    def misfit(self, stored: StoredArray, fan_in: int | None) -> bool:
        return len(stored.shape) != 2 or (fan_in is not None and stored.shape[1] != fan_in)

    def stored_fits(
        self, stored: StoredArray, path: Path, name: str, before: str, fan_in: int | None
    ) -> bool:
        if not self.misfit(stored, fan_in):
            return True
        shape = " × ".join(map(str, stored.shape)) or "a single number"
        rows = f"rows of {_numbers(fan_in)}" if fan_in else "size × fan-in numbers"
        message = f"{self.tensor_name(path)}is {shape}, {name} takes {rows}"
        message += f" (the size of {before})" if fan_in else ""
        if len(stored.shape) == 2 and stored.shape[0] == fan_in:
            message += "; transpose: true would fit"
        self.reading.report(path, message)
        return False

    def numbers(
        self,
        path: Path,
        stored_path: Path,
        declared: Any,
        stored: StoredArray | None,
        shape: tuple[int, ...],
        fan_in: int | None = None,
    ) -> Array | None:
        """Return weights or a bias of a shape in the net's dtype, or None after a report."""
        if isinstance(declared, list):
            return np.array(declared, dtype=self.dtype)
        if stored is not None:
            try:
                return held_in(stored.load().reshape(shape), self.dtype)
            except (FileError, NetworkError) as error:
                self.reading.report(stored_path, f"{self.tensor_name(stored_path)}{error}")
                return None
        if isinstance(declared, dict) and "random" in declared:
            count = int(np.prod(shape, dtype=object))
            self.drawn += count
            if self.drawn > MOST_RANDOM:
                message = f"{' × '.join(map(str, shape))} numbers are more than nntrace draws"
                self.reading.report(path, f"{message}, at most {MOST_RANDOM:,} for a net")
                return None
            size, fan_in = shape[0], fan_in or shape[-1]
            seed = declared.get("seed", 0)
            return draw(declared["random"], shape, fan_in, size, seed).astype(self.dtype)
        if len(shape) == 1 and declared is None and shape[0] <= MOST_RANDOM:
            return np.zeros(shape, dtype=self.dtype)
        return None

    # ---- the examples ----

    def examples(
        self, spec: Input | None, sizes: dict[str, int | None], output: Layer | None
    ) -> list[Example]:
        examples = []
        names: dict[str, int] = {}
        for index, declared in enumerate(self.declared.get("examples") or []):
            if declared is INVALID:
                continue
            path: Path = ("examples", index)
            name = declared.get("name") or f"example{index + 1}"
            if name in names and declared.get("name") is not INVALID:
                at = (*path, "name") if "name" in declared else path
                self.reading.report(at, f"'{name}' is the name of examples[{names[name]}] too")
            names.setdefault(name, index)
            row = self.example_input((*path, "input"), declared.get("input"), spec)
            expect = self.expectation((*path, "expect"), declared.get("expect"), sizes, output)
            if row is not None:
                examples.append(Example(name, row, expect))
        return examples

    def example_input(self, path: Path, declared: Any, spec: Input | None) -> Array | None:
        if declared is INVALID or declared is None or spec is None:
            return None
        if isinstance(declared, dict):
            labels = spec.labels
            if labels is None:
                self.reading.report(path, "takes a list, since the net's inputs have no labels")
                return None
            for label in declared:
                if label not in labels:
                    at = self.key_node((*path, label))
                    self.reading.report((*path, label), unknown("input", label, labels), at)
            missing = [label for label in labels if label not in declared]
            if missing:
                self.reading.report(path, f"lacks {', '.join(missing)}")
            if missing or len(declared) != len(labels):
                return None
            declared = [declared[label] for label in labels]
        if len(declared) != spec.size:
            message = f"has {_numbers(len(declared))}, the net takes {spec.size}"
            self.reading.report(path, message)
            return None
        return np.array(declared, dtype=self.dtype)

    def expectation(
        self, path: Path, declared: Any, sizes: dict[str, int | None], output: Layer | None
    ) -> Expectation | None:
        if declared is None or declared is INVALID:
            return None
        if isinstance(declared, str):
            return self.expected_class(path, declared, output)
        values = []
        for key, numbers in declared.items():
            if numbers is INVALID or (key == "tolerance" and not isinstance(numbers, list)):
                continue
            layer, quantity = key, "a"
            if layer not in sizes and key.endswith(".z"):
                layer, quantity = key[:-2], "z"
            if layer not in sizes:
                at = self.key_node((*path, key))
                self.reading.report((*path, key), unknown("layer", layer, sizes), at)
                continue
            size = sizes[layer]
            if size is not None and len(numbers) != size:
                message = f"has {_numbers(len(numbers))}, {layer} takes {size}"
                self.reading.report((*path, key), message)
            # kept in float64: what was measured elsewhere need not fit the net's dtype
            values.append(ExpectedValues(layer, quantity, np.array(numbers, dtype=np.float64)))
        tolerance = declared.get("tolerance")
        return Expectation(None, tuple(values), tolerance if isinstance(tolerance, float) else None)

    def expected_class(self, path: Path, written: str, output: Layer | None) -> Expectation | None:
        """Read a class: a label first, since that is what people see, then an index."""
        if output is None:
            return None
        # the rules of which net has which classes are the net's own
        classes = Network("", Input(output.fan_in), (output,), str(output.weights.dtype)).classes
        if classes is None:
            message = f"'{written}' is a class, but {output.name} gives none"
            self.reading.report(path, f"{message} ({output.activation.name})")
            return None
        if written in classes:
            return Expectation(classes.index(written))
        if is_index(written) and len(written) < 10 and int(written) < len(classes):
            return Expectation(int(written))
        labels = [label for label in classes if label is not None]
        if is_index(written) or not labels:
            message = f"'{written}' is no class, takes an index from 0 to {len(classes) - 1}"
            self.reading.report(path, message + (" or a label" if labels else ""))
        else:
            self.reading.report(path, unknown("class", written, labels))
        return None

    # ---- helpers ----

    def agree(self, counts: list[Count], owner: str) -> int | None:
        """Return the size that the parts of the file agree on; where two differ, report the later.

        The first in the file is taken to be right.
        """
        placed = sorted(counts, key=lambda count: self.reading.locate(count.path).place)
        if not placed:
            return None
        size = placed[0].size
        for count in placed[1:]:
            if count.size != size:
                path = count.path[:1] if count.path[0] == "weights" else count.path
                told = placed[0]
                reason = "" if told.words.startswith("is ") else f" (it {told.words})"
                self.reading.report(path, f"{count.words}, {owner} takes {size}{reason}")
        return size

    def born(self, path: Path, make: Callable[[], T]) -> T | None:
        """Make a value of the core, and report at `path` what it says against it."""
        try:
            return make()
        except NetworkError as error:
            for problem in error.problems:
                self.reading.report((*path, *problem.path), problem.message)
            return None


def _labels_count(path: Path, labels: list[str]) -> Count:
    words = f"has {len(labels)} label{'s' * (len(labels) != 1)}"
    return Count((*path, "labels"), len(labels), words)


def _numbers_count(path: Path, values: list[float]) -> Count:
    return Count(path, len(values), f"has {_numbers(len(values))}")


def _numbers(count: int) -> str:
    return f"{count} number{'s' * (count != 1)}"


def _rows(count: int) -> str:
    return f"{count} row{'s' * (count != 1)}"


def _length(stored: StoredArray) -> int:
    """Return how many numbers a stored bias has."""
    length = 1
    for side in stored.shape:
        length *= side
    return length
