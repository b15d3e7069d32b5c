"""What explains a difference, as it is said."""

from __future__ import annotations

import pytest

from nntrace.analysis.causes.cause import Cause
from nntrace.write.render.spoken import say
from nntrace.write.report import Report
from nntrace.write.reports.causes import causes_told
from nntrace.write.view import View


@pytest.mark.parametrize(
    ("causes", "said"),
    [
        (
            [Cause("activation", "Conv1", "GELU in b", 0.0)],
            ["Explained by activation in Conv1: GELU in b (leaves nothing)"],
        ),
        (
            [Cause("eps", "N", "1e-5", 0.25), Cause("dtype", None, "float16", 0.0)],
            [
                "May be explained by eps in N: 1e-5 (leaves 0.25)",
                "Or by dtype: float16 (leaves nothing)",
            ],
        ),
    ],
)
def test_names_stay_as_they_are_written(causes: list[Cause], said: list[str]) -> None:
    told = "".join(say(Report(list(causes_told(causes)), View())))
    assert told.splitlines() == said
