"""The conformance cases that the package onnx brings, run by nntrace's operators.

Which cases count is decided by the table of operators: whatever nntrace has must pass them all.
"""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from ml_dtypes import finfo
from onnx.backend.test.loader import load_model_tests
from protos import array_of

from nntrace.core.graph.control import CONTROL
from nntrace.core.graph.operators import OPERATORS
from nntrace.core.graph.run import run
from nntrace.errors import NntraceError
from nntrace.read.nets.onnx import read_graph

README = Path(__file__).parents[3] / "README.md"

# Cases of operators that nntrace has, which it does not run, by why.
SKIPPED = {
    "drops numbers at random, in training": """
        test_training_dropout test_training_dropout_default test_training_dropout_default_mask
        test_training_dropout_mask""",
    "is in training": "test_batchnorm_example_training_mode test_batchnorm_epsilon_training_mode",
    "holds sequences": "test_identity_sequence",
    "holds optionals": "test_identity_opt",
    "holds texts": """
        test_ai_onnx_ml_label_encoder_string_int test_ai_onnx_ml_label_encoder_string_int_no_default
        test_ai_onnx_ml_label_encoder_tensor_mapping
        test_ai_onnx_ml_label_encoder_tensor_value_only_mapping test_equal_string
        test_equal_string_broadcast""",
    "imports opset 1": "test_not_2d test_not_3d test_not_4d",
    "Scan is computed as from opset 9 on": "test_scan_sum",
}

# Operators that have cases and that nntrace has not, by why.
LACKING = {
    "gives sequences or optional values, which are refused": """
        ConcatFromSequence Optional OptionalGetElement OptionalHasElement SequenceAt
        SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap
        SplitToSequence""",
    "works on texts or files": """
        ImageDecoder RegexFullMatch StringConcat StringNormalizer StringSplit TfIdfVectorizer""",
    "is for training": """
        Adagrad Adam Gradient Momentum NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss""",
    "draws at random": "Bernoulli RandomUniformLike",
    "is about trees": "TreeEnsemble",
    "comes in none of the nets that were looked at": """
        AffineGrid CausalConvWithState CenterCropPad Col2Im DeformConv Det FlexAttention GridSample
        LinearAttention MaxUnpool NonMaxSuppression RoiAlign""",
}


@cache
def node_cases():
    """Return the cases of single operators; their own arithmetic overflows here and there."""
    from onnx.backend.test.case.node import collect_testcases

    with np.errstate(all="ignore"):
        return [
            (case.name, case.model, case.data_sets, case.rtol, case.atol)
            for case in collect_testcases(None)
        ]


def packaged_cases():
    """Yield the cases that lie in files: small graphs, and modules that PyTorch wrote long ago."""
    for kind in ("simple", "pytorch-converted", "pytorch-operator"):
        for case in load_model_tests(kind=kind):
            folder = Path(case.model_dir)
            model = onnx.load(folder / "model.onnx")
            data = [
                (tensors(each, "input"), tensors(each, "output"))
                for each in sorted(folder.glob("test_data_set_*"))
            ]
            yield case.name, model, data, case.rtol, case.atol


def tensors(folder, side):
    found = []
    for place in range(len(list(folder.glob(f"{side}_*.pb")))):
        proto = onnx.TensorProto()
        proto.ParseFromString((folder / f"{side}_{place}.pb").read_bytes())
        found.append(proto)
    return found


def operators(graph):
    """Yield the domain and the name of every operator in a graph, and in graphs inside it."""
    for node in graph.node:
        yield "" if node.domain == "ai.onnx" else node.domain, node.op_type
        for attribute in node.attribute:
            for inner in [*attribute.graphs, attribute.g]:
                yield from operators(inner)


@cache
def outcomes():
    """Run all cases, once: by name `passed`, why it was skipped, or what went wrong."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        return {case[0]: outcome(file, *case[1:]) for case in [*node_cases(), *packaged_cases()]}


def outcome(file, model, data, rtol, atol):
    lacking = {op for domain, op in operators(model.graph) if not known(domain, op)}
    if lacking:
        return "lacking", lacking
    file.write_bytes(model.SerializeToString())
    try:
        graph = read_graph(str(file))
        for inputs, outputs in data:
            compare(graph, inputs, outputs, rtol, atol)
    except (NntraceError, AssertionError) as fault:
        reason = next((why for why in SKIPPED if why in str(fault)), None)
        return ("skipped", reason) if reason else ("failed", repr(fault))
    return "passed", None


def known(domain, op):
    return op in OPERATORS.get(domain, {}) or (not domain and op in CONTROL)


def compare(graph, inputs, outputs, rtol, atol):
    feeds = {each.name: array_of(value) for each, value in zip(graph.inputs, inputs, strict=False)}
    values = {**graph.constants, **feeds}
    values |= {each.name: each.value for each in run(graph, feeds)}
    for declared, value in zip(graph.outputs, outputs, strict=True):
        got, want = np.asarray(values[declared.name]), array_of(value)
        assert got.shape == want.shape, f"{declared.name}: {got.shape}, not {want.shape}"
        if want.dtype.kind in "OUSb":
            assert (got == want).all(), declared.name
            continue
        assert got.dtype == want.dtype, f"{declared.name}: {got.dtype}, not {want.dtype}"
        if want.dtype.kind in "fV" and want.dtype.itemsize == 2:
            # the reference rounds within a case, too: two of the last places
            rtol = max(rtol, 2.0 * float(finfo(want.dtype).eps))
        wide = np.complex128 if want.dtype.kind == "c" else np.float64
        np.testing.assert_allclose(got.astype(wide), want.astype(wide), rtol, atol)


def test_every_case_of_an_operator_that_nntrace_has_passes():
    failed = {name: told for name, (what, told) in outcomes().items() if what == "failed"}
    assert failed == {}


def test_the_cases_that_are_skipped_are_known():
    skipped = {}
    for name, (what, why) in outcomes().items():
        if what == "skipped":
            skipped.setdefault(why, set()).add(name)
    assert skipped == {why: set(names.split()) for why, names in SKIPPED.items()}


def test_the_operators_that_are_lacking_are_known():
    lacking = {op for what, ops in outcomes().values() if what == "lacking" for op in ops}
    known = {op for ops in LACKING.values() for op in ops.split()}
    assert (lacking - known, known - lacking) == (set(), set())


def test_the_readme_counts_the_cases_that_pass():
    counts = Counter(what for what, _ in outcomes().values())
    (told,) = re.findall(r"([\d,]+)\s+conformance\s+cases", README.read_text("utf-8"))
    assert int(told.replace(",", "")) == counts["passed"]
