"""ONNX files that are broken, each in one way, and good ones to break: made by code."""

import os
import struct
import zlib
from pathlib import Path

import numpy as np
from onnx import AttributeProto, ModelProto, TensorProto, helper, numpy_helper

FLOAT, INT64, BOOL, STRING = (
    TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL, TensorProto.STRING,
)  # fmt: skip


def value(name, dtype=FLOAT, shape=(1, 4)):
    return helper.make_tensor_value_info(name, dtype, shape)


def node(op, inputs, outputs, **more):
    return helper.make_node(op, inputs, outputs, **more)


def weights(name, numbers=(1, 2, 3, 4), dtype=np.float32):
    return numpy_helper.from_array(np.array(numbers, dtype), name)


def tensor(name="w", dims=(4,), dtype=FLOAT, **fields):
    made = TensorProto(name=name, dims=dims, data_type=dtype)
    for field, content in fields.items():
        if isinstance(content, list):
            getattr(made, field).extend(content)
        else:
            setattr(made, field, content)
    return made


def external(name="w", dims=(4,), **entries):
    made = TensorProto(name=name, dims=dims, data_type=FLOAT, data_location=TensorProto.EXTERNAL)
    for key, text in entries.items():
        made.external_data.add(key=key, value=text)
    return made


def model(
    nodes=None, inputs=None, outputs=None, constants=(), opsets=(("", 13),), functions=(), ir=8
):
    """Return a model: by default y = x + w, of four numbers."""
    nodes = [node("Add", ["x", "w"], ["y"], name="sum")] if nodes is None else nodes
    graph = helper.make_graph(
        nodes,
        "graph",
        [value("x")] if inputs is None else inputs,
        [value("y")] if outputs is None else outputs,
        constants,
    )
    imports = [helper.make_opsetid(domain, version) for domain, version in opsets]
    return helper.make_model(graph, opset_imports=imports, functions=functions, ir_version=ir)


def with_weights(*constants):
    return model(constants=constants)


def one(op, inputs=("x",), constants=(), **attributes):
    """Return a model of one node, whose attributes may be anything."""
    made = node(op, list(inputs), ["y"], name="it")
    for name, content in attributes.items():
        made.attribute.append(
            content if isinstance(content, AttributeProto) else helper.make_attribute(name, content)
        )
    return model([made], constants=constants)


def branch(nodes, outputs, name="branch"):
    return helper.make_graph(nodes, name, [], outputs)


def if_(then_nodes, else_nodes=None, outer=(), **more):
    """Return a model whose one If is true; each branch gives b."""
    condition = helper.make_tensor("c", BOOL, [], [True])
    branches = {"then_branch": branch(then_nodes, [value("b")])}
    if else_nodes != "none":
        plain = [node("Relu", ["x"], ["b"])]
        branches["else_branch"] = branch(else_nodes or plain, [value("b")])
    return model(
        [
            node("Constant", [], ["c"], value=condition),
            node("If", ["c"], ["y"], name="choice", **branches),
            *outer,
        ],
        **more,
    )


def function(name, nodes, inputs=("a",), outputs=("b",)):
    imports = [helper.make_opsetid("", 13), helper.make_opsetid("own", 1)]
    return helper.make_function("own", name, inputs, outputs, nodes, imports)


def calling(*functions, inputs=("x",)):
    return model(
        [node(functions[0].name, inputs, ["y"], domain="own", name="call")],
        functions=functions,
        opsets=[("", 13), ("own", 1)],
    )


def doubling(count):
    """Return functions that call each other twice: so many make two to the power of that."""
    last = function(f"f{count - 1}", [node("Relu", ["a"], ["b"])])
    return [
        *(
            function(
                f"f{place}",
                [
                    node(f"f{place + 1}", ["a"], ["m"], domain="own"),
                    node(f"f{place + 1}", ["m"], ["b"], domain="own"),
                ],
            )
            for place in range(count - 1)
        ),
        last,
    ]


def field(number, content):
    """Return the bytes of a protobuf field that holds bytes."""
    return bytes([*varint(number << 3 | 2), *varint(len(content))]) + content


def varint(number):
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return [*parts, number]


def nested(depth):
    """Return a model of Ifs in each other, deeper than protobufs go."""
    graph = b""
    for _ in range(depth):
        attribute = field(1, b"then_branch") + field(6, graph) + b"\xa0\x01\x05"
        graph = field(1, field(4, b"If") + field(5, attribute))
    return b"\x08\x08" + field(7, graph) + field(8, b"\x10\x0d")


def png():
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    )


def changed(made, change):
    change(made)
    return made


def large():
    """Return the bytes of a good model with a thousand weights."""
    ones = weights("w", np.ones(1000))
    return model(
        inputs=[value("x", shape=(1, 1000))],
        outputs=[value("y", shape=(1, 1000))],
        constants=[ones],
    ).SerializeToString()


def write(folder, content, name="model.onnx"):
    """Write a model, or bytes, or what a function of the folder makes; return the path."""
    path = Path(folder) / name
    if callable(content):
        content = content(Path(folder))
    if content is None:  # made by the function itself
        return str(path)
    if isinstance(content, ModelProto):
        content = content.SerializeToString()
    path.write_bytes(content)
    return str(path)


def beside(entries, name="data.bin", content=b"\0" * 16):
    """Return what makes a model with weights in another file."""

    def make(folder):
        if content is not None:
            (folder / name).write_bytes(content)
        return with_weights(external(**entries))

    return make


def link_outside(folder):
    os.symlink(os.__file__, folder / "data.bin")
    return with_weights(external(location="data.bin"))


def endless(folder):
    """Make a file of more bytes than a protobuf may have, which takes no room."""
    with open(folder / "model.onnx", "wb") as stream:
        stream.truncate(2**31)


def a_folder(folder):
    (folder / "model.onnx").mkdir()
