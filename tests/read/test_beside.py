"""A YAML file beside an ONNX model: labels, scaling and examples of what it reads and gives."""

import numpy as np
import pytest

import nntrace
from nntrace import NetworkError

SAID = """\
name: clues
description: three clues, two guesses
model: net.onnx
labels: [cat, dog]
input:
  labels: [whiskers, ears, barks]
  mean: 1
  std: 2
examples:
  - name: a cat
    input: {whiskers: 2.8, ears: 2.6, barks: 1.2}
    expect: cat
  - name: measured
    input: [2.8, 2.6, 1.2]
    expect: {hidden1: [0.88, 0, 0.52, 0], tolerance: 0.01}
"""


# hidden1's z of 0.9, 0.8, 0.1 are 0.88, -0.17, 0.52 and -0.61
NET = """\
input: 3
layers:
  - name: hidden1
    activation: relu
    weights: [[0.8, 0.2, -1.0], [-0.5, 0.3, 1.2], [0.4, 0.4, 0.4], [-0.3, -0.6, 0.9]]
    bias: [0.1, 0.04, -0.2, 0.05]
  - activation: softmax
    weights: [[1.1, -0.9, 0.3, -0.7], [-0.8, 1.3, 0.2, 0.9]]
"""


@pytest.fixture
def beside(tmp_path):
    """Write a file beside a model, and return its path."""
    (tmp_path / "plain.yaml").write_text(NET)
    nntrace.save(nntrace.load(tmp_path / "plain.yaml"), tmp_path / "net.onnx")

    def write(text):
        (tmp_path / "net.yaml").write_text(text)
        return tmp_path / "net.yaml"

    return write


def test_what_is_said_beside_a_model(beside):
    net = nntrace.load(beside(SAID))
    assert (net.name, net.description) == ("clues", "three clues, two guesses")
    assert net.input.labels == ("whiskers", "ears", "barks")
    assert net.output.labels == ("cat", "dog")
    raw, scaled = [2.8, 2.6, 1.2], [0.9, 0.8, 0.1]
    wanted = nntrace.forward(nntrace.load(beside("").with_name("plain.yaml")), scaled)
    assert np.allclose(nntrace.forward(net, raw).output, wanted.output)
    assert [verdict.ok for verdict in nntrace.judge(net)] == [True, True]


WRONG = {
    "no model": ("model: gone.onnx\n", [":1:8: model: 'gone.onnx': no such file"]),
    "outside": ("model: ../net.onnx\n", [":1:8: model: "]),
    "labels": ("model: net.onnx\nlabels: [a]\n", [":2:9: labels: has 1 label, output takes 2"]),
    "twice": ("model: net.onnx\nlabels: [a, a]\n", [":2:13: labels[1]: 'a' is the label of"]),
    "inputs": (
        "model: net.onnx\ninput: {labels: [a, b]}\n",
        [":2:17: input.labels: has 2 numbers, the model takes 3"],
    ),
    "layers": ("model: net.onnx\nlayers: []\n", [":2:1: layers: unknown key 'layers'"]),
    "several": (
        "model: net.onnx\nlabels: [a]\nexamples: [{input: [1, 2]}]\n",
        [":2:9: labels: has 1 label", ":3:20: examples[0].input: has 2 numbers"],
    ),
}


@pytest.mark.parametrize(("text", "told"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_is_told_with_its_place(text, told, beside):
    with pytest.raises(NetworkError) as error:
        nntrace.load(beside(text))
    problems = list(map(str, error.value.problems))
    assert len(problems) == len(told), problems
    for one, part in zip(problems, told, strict=True):
        assert part in one


def test_nodes_and_engines_reach_the_model(beside):
    path = beside("model: net.onnx\nlabels: [cat, dog]\n")
    more = nntrace.load(path, nodes=True)
    assert len(more.layers) > len(nntrace.load(path).layers)
    assert more.output.labels == ("cat", "dog")
