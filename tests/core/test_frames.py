"""Rows with names: columns are matched to labels, and what does not fit is told with its place."""

from __future__ import annotations

from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nntrace import InputError, forward
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense
from nntrace.core.ops.embedding import Embedding
from nntrace.core.text import Text

LABELS = ("A", "B", "C")


def network(labels=LABELS, size=3, dtype="float64"):
    weights = 10.0 ** np.arange(size)[np.newaxis]
    layer = Layer(
        "output", Dense(weights.astype(dtype), np.zeros(1, dtype)), Activation(find("identity"))
    )
    return Network("net", Input(size, labels), (layer,), dtype)


def reader():
    """Make a net that reads text, and gives each token's number."""
    embedding = Layer("output", Embedding(np.arange(3.0)[:, np.newaxis]))
    return Network("reader", Input.of_text(Text("abc", context=4)), (embedding,))


NET = network()
PLAIN = network(None)
COUNTED = network(("0", "1", "2"))
FRAMES = {
    "pandas": lambda columns: pd.DataFrame(columns),
    "pandas, Arrow": lambda columns: pd.DataFrame(columns).convert_dtypes(dtype_backend="pyarrow"),
    "pandas, nullable": lambda columns: pd.DataFrame(columns).convert_dtypes(),
    "polars": lambda columns: pl.DataFrame(columns),
    "Arrow": lambda columns: pa.table(columns),
    "Arrow batch": lambda columns: pa.RecordBatch.from_pydict(columns),
    "mappings": lambda columns: [
        dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
    ],
}
frames = pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)


@frames
@settings(max_examples=20)
@given(
    order=st.permutations(LABELS),
    rows=st.lists(
        st.tuples(*[st.floats(-1e9, 1e9) | st.integers(-(2**31), 2**31)] * 3), min_size=1
    ),
)
def test_columns_are_matched_by_name(frame, order, rows):
    columns = {name: [float(row[LABELS.index(name)]) for row in rows] for name in order}
    trace = forward(NET, frame(columns))
    assert np.array_equal(trace.input, np.array(rows, dtype=np.float64))
    assert np.array_equal(trace.output, forward(NET, np.array(rows, dtype=np.float64)).output)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_columns_of_several_dtypes(dtype):
    columns = {
        "C": np.array([1, 2], np.uint8),
        "A": np.array([0.5, 2**-149], np.float32),
        "B": np.array([2**62 + 1, -3], np.int64),
    }
    for frame in (pd.DataFrame(columns), pl.DataFrame(columns), pa.table(columns)):
        trace = forward(network(dtype=dtype), frame)
        assert trace.input.dtype == dtype
        assert trace.input.tolist() == [[0.5, 2.0**62, 1], [2.0**-149, -3, 2]]


ONE_ROW = [
    {"C": 3, "A": 1.0, "B": Fraction(2)},
    OrderedDict(B=Decimal(2), C=np.float32(3), A=np.int8(1)),
    [{"C": 3, "A": 1, "B": 2}],
    ({"C": 3, "A": 1, "B": 2},),
    pd.Series({"C": 3, "A": 1, "B": 2}),
    pd.DataFrame({"C": [3, 6], "A": [1, 4], "B": [2, 5]}, index=[7, 9]).iloc[0],
    pd.Series([1, 2, 3]),
    pl.DataFrame({"C": [3], "B": [Decimal(2)], "A": [1]}),
    pd.DataFrame({"C": [3], "A": [1], "B": pd.Categorical([2])}),
    pd.DataFrame({"C": [3], "A": [1], "B": [2]}, dtype=object),
    pd.DataFrame([[1, 2, 3]]),
    pl.DataFrame([[1], [2], [3]]),
    pl.DataFrame(np.array([[1, 2, 3]])),
]


@pytest.mark.parametrize("x", ONE_ROW, ids=range(len(ONE_ROW)))
def test_one_row(x):
    assert forward(NET, x).input.tolist() == [[1, 2, 3]]


def test_labels_that_are_numbers():
    frame = pd.DataFrame([[1.0, 2.0, 3.0]])
    for x in (frame, frame[[2, 0, 1]], frame.iloc[0], {2: 3, 0: 1, 1: 2}, {"2": 3, "0": 1, "1": 2}):
        assert forward(COUNTED, x).input.tolist() == [[1, 2, 3]]
    with pytest.raises(InputError, match=r"^unknown input '3'"):
        forward(COUNTED, frame.rename(columns={2: 3}))


def test_no_rows():
    empty = dict.fromkeys("BCA", np.zeros(0))
    for frame in (pd.DataFrame, pl.DataFrame, pa.table):
        assert forward(NET, frame(empty)).input.shape == (0, 3)


@pytest.mark.parametrize(
    "x",
    [
        pd.DataFrame([[1, 2, 3]]),
        pl.DataFrame([[1], [2], [3]]),
        pd.Series([1, 2, 3]),
        [[1, 2, 3]],
        pd.DataFrame([[1, 2, 3]]).to_numpy(),
    ],
    ids=range(5),
)
def test_a_net_without_labels_takes_columns_that_are_only_counted(x):
    assert forward(PLAIN, x).input.tolist() == [[1, 2, 3]]


ROW = {"A": 1.0, "B": 2.0, "C": 3.0}
UNNAMED = "and the inputs of net no labels to match them to; takes numbers in the net's order"
WRONG = [
    # net, rows, the error
    (NET, pd.DataFrame({**ROW, "D": 4}, index=[0]), "unknown input 'D', known: A, B, C"),
    (
        NET,
        pd.DataFrame({"x": [0], **ROW, "y": [4]}),
        "unknown inputs 'x' and 'y', known: A, B, C",
    ),
    (NET, pl.DataFrame({"A": [1], "C": [3]}), "lacks 'B'"),
    (NET, pd.DataFrame([[1, 2, 3, 4]], columns=["A", "B", "C", "A"]), "has the column 'A' twice"),
    (NET, pd.DataFrame([[1, 2, 3]], columns=["0", "1", "2"]), "unknown inputs '0', '1' and '2'"),
    (NET, pd.DataFrame([[1, 2, 3]])[[2, 1, 0]], "unknown inputs '2', '1' and '0'"),
    (NET, pd.DataFrame([[1, 2]]), "has the shape 1 × 2, net takes rows × 3"),
    (NET, pl.DataFrame({"A": [1, 2], "B": [3, None], "C": [5, 6]}), "[1].B: takes finite numbers"),
    (NET, pl.DataFrame({**ROW, "B": [None]}), "[0].B: "),
    (NET, pd.DataFrame({**ROW, "B": [None]}), "[0].B: lacks a number"),
    (NET, pd.DataFrame({**ROW, "B": [np.nan]}), "[0].B: takes finite numbers, not nan"),
    (NET, pd.DataFrame({**ROW, "B": [pd.NA]}), "[0].B: lacks a number"),
    (NET, pd.DataFrame({**ROW, "B": pd.array([None], "Int64")}), "[0].B: "),
    (NET, pd.DataFrame({**ROW, "B": [np.inf]}), "[0].B: takes finite numbers, not inf"),
    (NET, pd.DataFrame({**ROW, "C": ["3"]}), "[0].C: takes a number, not '3'"),
    (NET, pl.DataFrame({**ROW, "C": ["3"]}), "[0].C: takes a number, not '3'"),
    (NET, pa.table({"A": [1], "B": [2], "C": ["3"]}), "[0].C: takes a number, not '3'"),
    (NET, pd.DataFrame({**ROW, "C": [True]}), "C: takes numbers, not bool"),
    (NET, pl.DataFrame({**ROW, "C": [True]}), "C: takes numbers, not bool"),
    (NET, pd.DataFrame({**ROW, "C": pd.to_datetime(["2020-01-01"])}), "C: takes numbers, not date"),
    (NET, pl.DataFrame({**ROW, "C": [[3]]}), "[0].C: takes a number, not array"),
    (NET, [ROW, {**ROW, "D": 1}], "[1]: unknown input 'D'"),
    (NET, [ROW, {"A": 1, "B": 2}], "[1]: lacks 'C'"),
    (NET, [ROW, [1, 2, 3]], "[1]: takes numbers by label, as other rows"),
    (NET, [ROW, {**ROW, "B": "2"}], "[1].B: takes a number, not '2'"),
    (NET, [ROW, {**ROW, "B": True}], "[1].B: takes a number, not True"),
    (NET, {**ROW, "B": 10**400}, "[0].B: overflows float64"),
    (NET, {**ROW, "A": [1, 2]}, "[0].A: takes a number, not [1, 2]"),
    (NET, {1: 2}, "[0]: unknown input '1'"),
    (NET, pd.Series([1, 2, 3], name="A"), "is the column 'A', takes rows: a data frame"),
    (NET, pl.Series("A", [1, 2, 3]), "is a column, takes rows: a data frame, or numbers"),
    (NET, pd.Series({"A": 1, "B": 2}), "lacks 'C'"),
    (network(dtype="float32"), {**ROW, "B": 1e39}, "[0].B: 1e+39 overflows float32"),
    (PLAIN, pd.DataFrame(ROW, index=[0]), f"has names (A, B, C), {UNNAMED}"),
    (PLAIN, pl.DataFrame(ROW), f"has names (A, B, C), {UNNAMED}"),
    (PLAIN, pd.DataFrame([[1, 2, 3]])[[2, 1, 0]], f"has names (2, 1, 0), {UNNAMED}"),
    (PLAIN, [ROW], f"[0]: has names (A, B, C), {UNNAMED}"),
    (PLAIN, pd.Series(ROW), f"has names (A, B, C), {UNNAMED}"),
]


@pytest.mark.parametrize(("net", "x", "error"), WRONG, ids=range(len(WRONG)))
def test_what_does_not_fit(net, x, error):
    with pytest.raises(InputError) as raised:
        forward(net, x)
    assert str(raised.value).startswith(error)


@pytest.mark.parametrize(
    "texts",
    [
        *(make({"text": ["cab", "abb"]}) for make in FRAMES.values()),
        [{"text": "cab"}, {"text": "abb"}],
        pd.Series(["cab", "abb"]),
        pl.Series(["cab", "abb"]),
        pl.DataFrame([[2, 0], [0, 1], [1, 1]]),  # merely counted: tokens
    ],
)
def test_texts_are_found_by_name(texts):
    np.testing.assert_array_equal(forward(reader(), texts).output, [[2, 0, 1], [0, 1, 1]])
    if not hasattr(texts, "shape"):
        np.testing.assert_array_equal(forward(reader(), texts[0]).output, [[2, 0, 1]])


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (pd.DataFrame({"text": ["a"], "k": [1]}), "has names (text, k), takes the text alone"),
        (pl.DataFrame({"words": ["a"]}), "has names (words), takes the text alone, called text"),
        ([{"text": "a"}, {"txt": "b"}], "[1]: has names (txt), takes the text alone"),
        ({}, "[0]: has names (), takes the text alone"),
        ({"text": 3}, "[0].text: takes a text, not 3"),
        (pd.DataFrame({"text": ["a", None]}), "[1].text: takes a text, not "),
        (pd.DataFrame({"text": ["a", "ab"]}), "[1]: has 2 tokens, [0] 1"),
    ],
)
def test_what_is_no_text_is_refused(texts, message):
    with pytest.raises(InputError) as caught:
        forward(reader(), texts)
    assert str(caught.value).startswith(message)
