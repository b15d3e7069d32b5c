"""What explains a difference: of `diff`, and of an example that fails."""

from __future__ import annotations

from nntrace.analysis.causes.table import KINDS
from nntrace.write.documents.fields import Field, Number, Record, one_of

CAUSE = Record(
    "CauseRecord",
    "A change after which all that follows agrees.",
    Field("kind", one_of(*KINDS)),
    Field("layer", (str, None), "by a's name, or input; null for one that is everywhere"),
    Field("detail", str),
    Field("leaves", Number, "the largest difference that it leaves"),
)
