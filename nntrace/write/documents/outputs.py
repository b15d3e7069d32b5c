"""The documents by the names that `nntrace schema NAME` takes."""

from nntrace.write.documents.check import CHECK
from nntrace.write.documents.explain import EXPLAIN
from nntrace.write.documents.ladder import LADDER
from nntrace.write.documents.show import SHOW
from nntrace.write.documents.stats import STATS
from nntrace.write.documents.trace import PREDICT, TRACE, TRACED_ROW

DOCUMENTS = {
    "trace": TRACE,
    "row": TRACED_ROW,
    "predict": PREDICT,
    "explain": EXPLAIN,
    "show": SHOW,
    "check": CHECK,
    "ladder": LADDER,
    "stats": STATS,
}
