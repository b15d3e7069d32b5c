"""The pages in docs/ are what their generators make of the tables in the code."""

import runpy
from pathlib import Path

import pytest

from nntrace.core.activations import ACTIVATIONS
from nntrace.core.ops import KINDS, find_kind
from nntrace.read.nets.composites import COMPOSITES

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize("name", ["activations", "kinds", "net_file", "question_bank"])
def test_the_page_is_up_to_date(name):
    page = runpy.run_path(str(DOCS / f"generate_{name}.py"))[f"{name}_page"]()
    written = (DOCS / f"{name.replace('_', '-')}.md").read_text(encoding="utf-8")
    assert written == page, f"run python docs/generate_{name}.py"


def test_the_page_tells_every_fact_of_the_table():
    written = (DOCS / "activations.md").read_text(encoding="utf-8")
    for kind in ACTIVATIONS.values():
        section = written.split(f"## {kind.name}\n")[1].split("\n## ")[0]
        facts = [kind.doc, f"`{kind.formula}`", kind.source, *kind.aliases]
        facts += [fact for p in kind.parameters for fact in (f"`{p.name}`", p.doc, "default")]
        assert [fact for fact in facts if fact not in section] == []


def test_the_page_tells_every_fact_of_every_kind():
    written = (DOCS / "kinds.md").read_text(encoding="utf-8")
    for kind in [*map(find_kind, KINDS), *COMPOSITES.values()]:
        section = written.split(f"## {kind.KIND}\n")[1].split("\n## ")[0].replace("&lt;", "<")
        facts = [kind.DOC[1:], f"`{kind.FORMULA}`", kind.GIVES, kind.TORCH, kind.ONNX, kind.SOURCE]
        for field in kind.FIELDS:
            facts += [f"`{field.name}`", field.doc, *field.choices, f".{field.tensor}"]
            facts += ["**required:**"] * field.required
        assert [fact for fact in facts if fact not in section] == [], kind.KIND
        assert kind.SOURCE.startswith("https://")
