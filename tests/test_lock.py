"""The locked lists: they hold what pyproject.toml declares, with hashes, and name no place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = {
    "demo": ["images"],
    "dev": [extra for extra in PROJECT["optional-dependencies"] if extra != "train"],
}
REQUIREMENT = re.compile(r"([^ =]+)==([^ ;]+)(?: ; ([^\\]+))? \\\n((?:    --hash=.+\n)+)")


def text(name):
    return (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")


def locked(name):
    """Return the versions of a list by package: more than one where Pythons need different ones."""
    found = {}
    for package, version, _, _ in REQUIREMENT.findall(text(name)):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


def declared(name):
    """Return what must be in a list: nntrace's own needs, some extras', and what builds it."""
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], "hatchling"]
    lines += [line for extra in EXTRAS[name] for line in extras[extra]]
    return [each for each in map(Requirement, lines) if each.name != "nntrace"]


@pytest.mark.parametrize("name", EXTRAS)
def test_what_is_declared_is_locked_within_its_bounds(name):
    versions = locked(name)
    for requirement in declared(name):
        held = versions.get(canonicalize_name(requirement.name))
        assert held, f"{requirement} is not in requirements/{name}.txt: make lock"
        for version in held:
            assert version in requirement.specifier, f"{requirement}: {version}: make lock"


@pytest.mark.parametrize("name", [*EXTRAS, "models"])
def test_it_holds_hashes_and_names_no_place(name):
    assert REQUIREMENT.sub("", text(name)) == ""
    assert not re.search(r"://|^-|--(?!hash=sha256:[0-9a-f]{64}\b)", text(name), re.MULTILINE)


def test_the_demo_needs_nothing_that_development_lacks():
    demo, dev = locked("demo"), locked("dev")
    assert {name: versions for name, versions in demo.items() if dev.get(name) != versions} == {}
