"""Rows of models by the names of their inputs: NAME=FILE, NAME=zeros, NAME=16000, an .npz."""

import numpy as np
import pytest
from brokenmodels import BOOL, FLOAT, INT64, model, node, value, write

from nntrace.core.graph.feeds import rows_in, shape_listed, shapes_given
from nntrace.core.graph.graph import Declared
from nntrace.errors import NntraceError
from nntrace.read.nets.load import load
from nntrace.read.rows.batches import Reading
from nntrace.read.rows.free import fitted
from nntrace.read.rows.inputs import rows_of

F, I = np.dtype(np.float32), np.dtype(np.int64)  # noqa: E741


@pytest.mark.parametrize(
    ("shape", "part", "rows"),
    [
        ((1, 3, 4), (1, 3, 4), 1),
        ((3, 4), (1, 3, 4), 1),
        ((12,), (1, 3, 4), 1),
        ((5, 3, 4), (1, 3, 4), 5),
        ((5, 1, 3, 4), (1, 3, 4), 5),
        ((5, 12), (1, 3, 4), 5),
        ((5, 3, 4), (2, 3, 4), None),
        ((5, 2, 3, 4), (2, 3, 4), 5),
        ((4, 3), (1, 3, 4), None),
        ((), (), 1),
        ((5,), (), 5),
        ((1,), (), 1),
        ((0, 3, 4), (1, 3, 4), 0),
    ],
)
def test_how_many_rows_stand_in_an_array(shape, part, rows):
    assert rows_in(shape, part) == rows


FREE = [Declared("x", F, ("n", "length")), Declared("h", F, ("n", 3))]
STATE = [
    Declared("x", F, ("batch", "length")),
    Declared("h", F, (2, "batch", 3)),
    Declared("k", I, ()),
]
NOW = {"x": (1, 8), "h": (2, 1, 3), "k": ()}


@pytest.mark.parametrize(
    ("declared", "given", "now", "found"),
    [
        # the first axis counts rows
        (FREE, {"x": (5, 6)}, {"x": (1, 8), "h": (1, 3)}, {"x": (1, 6), "h": (1, 3)}),
        (FREE, {"x": (6,)}, {"x": (1, 8), "h": (1, 3)}, {"x": (1, 6), "h": (1, 3)}),
        (FREE[:1], {"x": (5, 1, 6)}, {"x": (1, 8)}, {"x": (1, 6)}),
        # of a model that does not run on one row
        (FREE[:1], {"x": (4, 6)}, {"x": (2, 8)}, {"x": (4, 6)}),
        (FREE[:1], {"x": (5, 4, 6)}, {"x": (2, 8)}, {"x": (4, 6)}),
        ([Declared("x", F, (1, None))], {"x": (5, 6)}, {"x": (1, 8)}, {"x": (1, 6)}),
        # an array is what one pass takes, and dimensions of one name are as long
        (STATE, {"x": (4, 6)}, NOW, {"x": (4, 6), "h": (2, 4, 3), "k": ()}),
        (STATE, {"x": (7, 4, 6), "k": (7,)}, NOW, {"x": (4, 6), "h": (2, 4, 3), "k": ()}),
        # what does not fit is left as it is
        (STATE, {"h": (3, 4, 3)}, NOW, NOW),
        (STATE, {"x": (1, 2, 3, 4)}, NOW, NOW),
        ([Declared("x", F, None)], {"x": (5, 6)}, {"x": ()}, {"x": ()}),
    ],
)
def test_the_shapes_of_one_pass(declared, given, now, found):
    assert shapes_given(declared, given, now) == found


@pytest.mark.parametrize(
    ("shape", "count", "found"),
    [
        (("n", "length"), 4, (1, 4)),
        ((1, "length"), 4, (1, 4)),
        (("n", "length", 3), 6, (1, 2, 3)),
        (("n", "length", 3), 7, None),  # which are no rows of three
        (("n", 3), 6, None),  # there is one size
        (("n", "height", "width"), 6, None),  # or many
        (("n",), 6, None),
        (None, 6, None),
        (("n", "length"), 0, None),
    ],
)
def test_a_list_says_how_long_one_free_dimension_is(shape, count, found):
    assert shape_listed(Declared("x", F, shape), count) == found


@pytest.fixture
def path(tmp_path):
    """Return a model of three inputs: y = x + h, times k."""
    nodes = [
        node("Add", ["x", "h"], ["sum"]),
        node("Cast", ["k"], ["factor"], to=FLOAT),
        node("Mul", ["sum", "factor"], ["y"]),
    ]
    inputs = [
        value("x", FLOAT, [1, "length"]),
        value("h", FLOAT, [1, "length"]),
        value("k", INT64, []),
    ]
    return write(tmp_path, model(nodes, inputs, [value("y", FLOAT, [1, "length"])]))


def rows(path, *inputs):
    network = fitted(load(path), inputs)
    return np.concatenate([batch.values for batch in rows_of(network, inputs)])


def test_inputs_by_name_make_rows_together(path, tmp_path):
    np.save(tmp_path / "x.npy", np.arange(6, dtype=np.float32).reshape(2, 1, 3))
    found = rows(path, f"x={tmp_path}/x.npy", "k=7", "h=ones")
    np.testing.assert_array_equal(found, [[0, 1, 2, 1, 1, 1, 7], [3, 4, 5, 1, 1, 1, 7]])


def test_an_archive_holds_an_array_for_each_input(path, tmp_path):
    np.savez(tmp_path / "rows.npz", x=np.ones((2, 1, 3)), h=np.zeros((1, 3)), k=np.array([5, 6]))
    found = rows(path, f"{tmp_path}/rows.npz")
    np.testing.assert_array_equal(found, [[1, 1, 1, 0, 0, 0, 5], [1, 1, 1, 0, 0, 0, 6]])
    np.testing.assert_array_equal(
        rows(path, f"x={tmp_path}/rows.npz", "h=zeros", f"k={tmp_path}/rows.npz"), found
    )


def test_what_is_made_has_the_dtypes_of_the_inputs(path):
    (found,) = rows(path, "random")
    assert found[-1] in range(10)
    assert (found[:-1] != np.round(found[:-1])).any()
    np.testing.assert_array_equal(rows(path, "random:7"), rows(path, "random:7"))
    assert (rows(path, "random:7") != found).any()
    np.testing.assert_array_equal(rows(path, "ones"), [[1] * found.size])
    assert 0 <= rows(path, "x=zeros", "h=zeros", "k=random:3")[0, -1] <= 9


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (["x=zeros", "k=1"], "input 'h': is missing, takes float32 1 × 1: --input h=…"),
        (["x=zeros", "h=zeros", "k=1.5"], "--input k=1.5: 'k' takes int64, not 1.5"),
        (["x=zeros", "h=zeros", "k=1,2"], "--input k=1,2: has 2 numbers, takes one int64"),
        (["x=zeros", "h=zeros", "k=1", "k=2"], "--input k=…: is given twice"),
        (
            ["x=zeros", "h=zeros", "k=many"],
            "--input k=many: takes numbers, zeros, ones or random, or a file (.npy or .npz)",
        ),
        (
            ["x=zeros", "h=zeros", "k=FOLDER/none.npy"],
            "--input k=FOLDER/none.npy: 'none.npy': no such file or directory",
        ),
        (
            ["x=FOLDER/three.npy", "h=FOLDER/two.npy", "k=1"],
            "--input x=FOLDER/three.npy --input h=FOLDER/two.npy --input k=1: "
            "'h' has 2 rows, 'x' 3",
        ),
        (
            ["x=FOLDER/three.npy", "h=FOLDER/wide.npy", "k=1"],
            "does not run on x of 1 × 4, h of 1 × 9 and k of one number: "
            "node 'sum' (Add, opset 13)",
        ),
        (["FOLDER/lacking.npz"], "FOLDER/lacking.npz: has no array 'h' and 'k', it holds x"),
        (["FOLDER/more.npz"], "FOLDER/more.npz: unknown input 'z', known: x, h, k"),
    ],
)
def test_what_cannot_be_is_told(path, tmp_path, inputs, message):
    np.save(tmp_path / "three.npy", np.ones((3, 1, 4), np.float32))
    np.save(tmp_path / "two.npy", np.ones((2, 1, 4), np.float32))
    np.save(tmp_path / "wide.npy", np.ones((1, 9), np.float32))
    np.savez(tmp_path / "lacking.npz", x=np.ones((1, 4)))
    np.savez(tmp_path / "more.npz", x=np.ones((1, 4)), h=np.ones((1, 4)), k=1, z=1)
    with pytest.raises(NntraceError) as caught:
        rows(path, *(each.replace("FOLDER", str(tmp_path)) for each in inputs))
    told = message.replace("FOLDER", str(tmp_path))
    assert str(caught.value).partition(": operands")[0] == told  # what follows is NumPy's


def test_a_truth_is_zero_or_one(tmp_path):
    nodes = [node("Where", ["c", "x", "h"], ["y"])]
    inputs = [value("c", BOOL, [1, 2]), value("x", FLOAT, [1, 2]), value("h", FLOAT, [1, 2])]
    path = write(tmp_path, model(nodes, inputs, [value("y", FLOAT, [1, 2])]))
    np.testing.assert_array_equal(rows(path, "c=1,0", "x=ones", "h=zeros"), [[1, 0, 1, 1, 0, 0]])
    with pytest.raises(NntraceError, match="'c' takes bool, not 2"):
        rows(path, "c=1,2", "x=ones", "h=zeros")


def test_one_input_by_its_name_or_without(tmp_path):
    path = write(tmp_path, model([node("Relu", ["x"], ["y"])], [value("x", FLOAT, ["n", None])]))
    np.save(tmp_path / "rows.npy", np.ones((3, 5), np.float32))
    np.savez(tmp_path / "rows.npz", x=np.ones((3, 5), np.float32))
    for given in (f"{tmp_path}/rows.npy", f"x={tmp_path}/rows.npy", f"{tmp_path}/rows.npz"):
        np.testing.assert_array_equal(rows(path, given), np.ones((3, 5)))


@pytest.fixture
def longer(tmp_path):
    """A model of numbers of any length, which is read at one."""
    nodes = [node("ReduceSum", ["x"], ["y"], keepdims=0)]
    return write(tmp_path, model(nodes, [value("x", FLOAT, ["n", "length"])], [value("y")]))


@pytest.mark.parametrize(
    ("name", "text", "reading"),
    [
        ("rows.csv", "1,2,3\n4,5,6\n", {}),
        ("rows.csv", "a,b,c\n1,2,3\n4,5,6\n", {"header": True}),
        ("rows.csv", "1;2;3\n4;5;6\n", {"delimiter": ";"}),
        ("rows.tsv", "1\t2\t3\t9\n4\t5\t6\t9\n", {"drop": ("#3",)}),
        ("rows.jsonl", "[1,2,3]\n[4,5,6]\n", {}),
        ("rows.jsonl", '{"input": [1,2,3]}\n{"input": [4,5,6]}\n', {}),
        ("rows.json", "[[1,2,3],[4,5,6]]", {}),
        ("rows", "1,2,3\n4,5,6\n", {"format": "csv"}),
    ],
)
def test_the_first_row_of_a_file_says_how_long_one_free_dimension_is(
    tmp_path, longer, name, text, reading
):
    path = tmp_path / name
    path.write_text(text)
    how = Reading(**reading)
    network = fitted(load(longer), [str(path)], how)
    batches = rows_of(network, [str(path)], reading=how)
    found = np.concatenate([batch.values for batch in batches])
    np.testing.assert_array_equal(found, [[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize("text", ["", "a,b\n", "[1,2", "\n\n"])
def test_a_file_without_a_row_says_nothing(tmp_path, longer, text):
    path = tmp_path / "rows.csv"
    path.write_text(text)
    assert fitted(load(longer), [str(path)]).model.shapes == {"x": (1, 1)}


def test_truth_values_come_from_numpys_files(tmp_path):
    nodes = [node("Where", ["m", "x", "x"], ["y"])]
    inputs = [value("m", BOOL, ["n", 3]), value("x", FLOAT, ["n", 3])]
    path = write(tmp_path, model(nodes, inputs, [value("y", FLOAT, None)]))
    mask = np.array([[True, False, True], [False, False, True]])
    np.savez(tmp_path / "rows.npz", m=mask, x=np.ones((2, 3)))
    np.save(tmp_path / "mask.npy", mask)
    expected = [[1, 0, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1]]
    np.testing.assert_array_equal(rows(path, f"{tmp_path}/rows.npz"), expected)
    np.testing.assert_array_equal(rows(path, f"m={tmp_path}/mask.npy", "x=ones"), expected)
