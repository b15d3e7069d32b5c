"""The table of output formats, and the modules that write them, agree."""

from pathlib import Path

import pytest

from nntrace.errors import UsageError
from nntrace.write import formats

OUTPUTS = (
    formats.TRACE,
    formats.PREDICTIONS,
    formats.SUMMARY,
    formats.STATISTICS,
    formats.DOCUMENT,
)


@pytest.mark.parametrize("each", formats.FORMATS, ids=lambda each: each.name)
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_module_writes_what_the_table_says(each, output):
    if output in each.holds:
        assert callable(formats.writer(each.name, output))
    else:
        with pytest.raises(AttributeError):
            formats.writer(each.name, output)
        with pytest.raises(UsageError, match=f"of no use for {each.name}, takes -f table"):
            formats.check_holds(each.name, output, "of no use")


def test_each_module_has_a_line():
    modules = {path.stem for path in Path(formats.__file__).parent.glob("[a-z]*.py")}
    assert modules == {each.name.replace("-", "_") for each in formats.FORMATS}


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_suffix_says_the_format(output):
    for name in formats.names(output):
        assert formats.by_suffix(f"a.b{formats.find(name).suffix.upper()}", output) == name
    assert [formats.by_suffix(file, output) for file in (None, "-")] == [None, None]
    with pytest.raises(UsageError, match=r"its suffix is none of .*\.txt; say"):
        formats.by_suffix("rows.foo", output)
