"""PyYAML is loaded without patterns that it does not need, and works as it does alone."""

from __future__ import annotations

import copy
import re
import subprocess
import sys

import pytest
from watchdog import WATCHDOG

from nntrace.read.yaml.library import LatePattern, patterns_compiled_late

SAID = """
import yaml
texts = ["1e3", "1.5", "2026-11-27 15:00:00", "0x1f", "yes", "~", "<<", "a\\tb", "\\x07", "{a: 1}"]
for text in texts:
    for loader in (yaml.SafeLoader, yaml.FullLoader, yaml.CSafeLoader):
        try:
            print(repr(yaml.load(text, loader)))
        except yaml.YAMLError as error:
            print(type(error).__name__, error)
print(yaml.safe_dump([1.5, "1.5", "yes", None, "a: b", "\\x07"]))
"""


def said(before: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", before + SAID], capture_output=True, text=True, timeout=WATCHDOG
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_pyyaml_works_as_it_does_alone():
    alone = said("")
    assert "ReaderError" in alone
    assert said("import nntrace.read.yaml.library") == alone
    assert said("import yaml, nntrace.read.yaml.library") == alone


def test_the_largest_pattern_is_not_compiled():
    code = """
import sys
from nntrace.read.yaml.library import LatePattern
from nntrace.read.nets.load import load
import yaml
load("cat-or-dog")
sys.exit(not isinstance(yaml.reader.Reader.NON_PRINTABLE, LatePattern)
         or "search" in vars(yaml.reader.Reader.NON_PRINTABLE))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=WATCHDOG)
    assert done.returncode == 0, done.stderr


def compiled_in(module: str) -> object:
    """Compile a pattern as a module of that name does."""
    scope = {"__name__": module, "re": re}
    exec("pattern = re.compile('a+', re.I)", scope)
    return scope["pattern"]


def test_only_the_patterns_of_a_package_wait():
    before = re.compile
    with patterns_compiled_late("package"):
        late = [compiled_in("package"), compiled_in("package.module")]
        at_once = [compiled_in("packages"), compiled_in("other"), re.compile("b")]
    assert all(isinstance(each, LatePattern) for each in late)
    assert all(isinstance(each, re.Pattern) for each in at_once)
    assert re.compile is before
    with pytest.raises(ValueError, match="no"), patterns_compiled_late("package"):
        raise ValueError("no")
    assert re.compile is before


def test_a_pattern_that_waits_is_one():
    late, own = LatePattern("a+", re.I), re.compile("a+", re.I)
    assert late.search("xAa")[0] == "Aa"
    assert late.match("xa") is None
    assert (late.pattern, late.flags) == (own.pattern, own.flags)
    assert copy.copy(LatePattern("a")).match("a")
    with pytest.raises(AttributeError):
        _ = late.nothing
