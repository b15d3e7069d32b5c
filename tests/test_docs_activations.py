"""docs/activations.md is what its generator makes of the table in the code."""

import runpy
from pathlib import Path

from nntrace.core.activations import ACTIVATIONS

DOCS = Path(__file__).parents[1] / "docs"


def test_the_page_is_up_to_date():
    page = runpy.run_path(str(DOCS / "generate_activations.py"))["activations_page"]()
    written = (DOCS / "activations.md").read_text(encoding="utf-8")
    assert written == page, "run python docs/generate_activations.py"


def test_the_page_tells_every_fact_of_the_table():
    written = (DOCS / "activations.md").read_text(encoding="utf-8")
    for kind in ACTIVATIONS.values():
        section = written.split(f"## {kind.name}\n")[1].split("\n## ")[0]
        facts = [kind.doc, f"`{kind.formula}`", kind.source, *kind.aliases]
        facts += [fact for p in kind.parameters for fact in (f"`{p.name}`", p.doc, "default")]
        assert [fact for fact in facts if fact not in section] == []
