"""What a file is, by its first bytes: of every kind real ones, and texts that are none of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from filekinds import KINDS, database
from hypothesis import example, given
from hypothesis import strategies as st
from netfiles import CONFIGS

from nntrace.read.recognise import HEAD, kind_of


@pytest.mark.parametrize(("data", "kind"), KINDS.values(), ids=KINDS)
def test_kinds(data: bytes, kind: str | None) -> None:
    assert kind_of(data[:HEAD]) == kind


def test_a_database(tmp_path: Path) -> None:
    assert kind_of(database(tmp_path)[:HEAD]) == "an SQLite database"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_nets_are_none_of_them(path: Path) -> None:
    assert kind_of(path.read_bytes()[:HEAD]) is None


@given(st.sampled_from([data for data, _ in KINDS.values()]), st.binary(max_size=40), st.data())
@example(b"PK\3\4", b"", None)
def test_damaged_bytes_are_no_fault(data: bytes, more: bytes, draw: st.DataObject | None) -> None:
    cut = draw.draw(st.integers(0, len(data))) if draw else len(data)
    assert isinstance(kind_of(data[:cut] + more), str | None)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])).map("name: ".__add__))
def test_a_line_of_a_net_is_none_of_them(text: str) -> None:
    assert kind_of(text.encode()[:HEAD]) is None
