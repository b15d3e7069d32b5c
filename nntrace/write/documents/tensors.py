"""The arrays of a file."""

from __future__ import annotations

from nntrace.write.documents.fields import Field, Record, version
from nntrace.write.documents.show import STATISTICS

TENSOR = Record(
    "TensorRecord",
    "An array of a file.",
    Field("name", str, "empty where the file holds one without a name"),
    Field("shape", ([int], None), "null where it could not be read"),
    Field("dtype", (str, None), "as the file calls it"),
    Field("numbers", int),
    Field("summary", (STATISTICS, None), "of its finite numbers; null where there are none"),
    Field("not_finite", int, "how many are infinite or NaN"),
    Field("fault", str, "why it could not be read", optional=True),
)

TENSORS = Record(
    "TensorsDocument",
    "What `show FILE -f json` prints of a file of arrays.",
    version("nntrace.tensors/1"),
    Field("file", str),
    Field("kind", str, "such as: a safetensors file"),
    Field("numbers", int, "of all arrays"),
    Field("tensors", [TENSOR]),
)
