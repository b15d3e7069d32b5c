"""A command as all of nntrace's are: what would be dropped of what is given to it is refused."""

from __future__ import annotations

from collections import Counter
from typing import Any

from typer.core import TyperCommand

from nntrace.errors import UsageError


class Command(TyperCommand):
    """A command that uses every value given to it.

    Typer's own keeps the last value of an option and drops the others without a word.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words; UsageError where an option that takes one value is given more."""
        if not ctx.resilient_parsing:
            _, _, given = self.make_parser(ctx).parse_args(args=list(args))
            for option, times in Counter(given).items():
                if times > 1 and not (option.multiple or getattr(option, "is_flag", False)):
                    raise UsageError(f"{max(option.opts, key=len)} takes one value, has {times}")
        return super().parse_args(ctx, args)
