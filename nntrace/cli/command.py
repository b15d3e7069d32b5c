"""What a command declares, and how its words are read: none that is given is dropped.

A command takes values, such as which rows and how to show them, each a NamedTuple whose fields are
annotated as Typer has it. Typer gets a parameter for each field, and the command the whole value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from typer.core import TyperCommand
from typer.models import OptionInfo, ParameterInfo

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


class But(NamedTuple):
    """How a command takes a value: its fields that have another option here, or always a value."""

    fields: dict[str, Any]


class After(NamedTuple):
    """Where the help lists an option of a command's own: behind that of a parameter."""

    name: str


class OneOf(NamedTuple):
    """The words that a parameter takes one of."""

    names: tuple[str, ...]


def but(**fields: Any) -> But:
    """Say, in an annotation, what differs in the fields of a value that a command takes."""
    return But(fields)


def flattened(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command as Typer takes it, with a parameter for each option of its values."""
    flat: dict[str, Parameter] = {}
    values: dict[str, tuple[Any, dict[str, Any], list[str]]] = {}
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in signature(command).parameters.items():
        kind, marks = _taken_apart(hints[name])
        if hasattr(kind, "_fields"):
            differing: dict[str, Any] = {}
            for mark in marks:
                differing |= mark.fields
            declared = get_type_hints(kind, include_extras=True) | differing
            options = {each: hint for each, hint in declared.items() if option_in(hint)}
            always = {each: it for each, it in differing.items() if each not in options}
            values[name] = (kind, always, list(options))
            for each, hint in options.items():
                flat[each] = _parameter(each, hint, kind._field_defaults[each])
        else:
            flat[name] = _parameter(name, hints[name], parameter.default)
            for mark in marks:
                if isinstance(mark, After):
                    flat = _moved(flat, name, mark.name)

    def call(**given: Any) -> None:
        for name, (kind, always, options) in values.items():
            given[name] = kind(**always, **{each: given.pop(each) for each in options})
        command(**given)

    call.__doc__ = command.__doc__
    call.__annotations__ = {}  # all is in the signature
    call.__signature__ = Signature(list(flat.values()))  # type: ignore[attr-defined]
    return call


def given_options(value: NamedTuple) -> Iterator[tuple[str, Any]]:
    """Give the options that a value was made of, by their long names, each with what it says.

    Those that say nothing are left out; one that may be repeated comes once for each time.
    """
    for field, hint in get_type_hints(type(value), include_extras=True).items():
        option, said = option_in(hint), getattr(value, field)
        if isinstance(option, OptionInfo) and said:
            names = (str(option.default), *(option.param_decls or ()))  # Typer's way
            several = isinstance(said, Sequence) and not isinstance(said, str)
            for each in said if several else [said]:
                yield max(names, key=len), each


def option_in(hint: Any) -> ParameterInfo | None:
    """Return what Typer is told in an annotation, None where that is nothing."""
    return next((each for each in _taken_apart(hint)[1] if isinstance(each, ParameterInfo)), None)


def _taken_apart(hint: Any) -> tuple[Any, Sequence[Any]]:
    """Return the type of an annotation, and what else it says."""
    if get_origin(hint) is not Annotated:
        return hint, ()
    kind, *marks = get_args(hint)
    return kind, marks


def _parameter(name: str, hint: Any, default: Any) -> Parameter:
    kind, marks = _taken_apart(hint)
    if kind == Sequence[str]:  # which Typer knows as a list
        hint = Annotated[list[str], option_in(hint)]
    for mark in marks:
        if isinstance(mark, OneOf):
            hint = Annotated[Literal[mark.names] | None, option_in(hint)]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hint)


def _moved(flat: dict[str, Parameter], name: str, after: str) -> dict[str, Parameter]:
    """Put a parameter behind another."""
    names = [each for each in flat if each != name]
    names.insert(names.index(after) + 1, name)
    return {each: flat[each] for each in names}
