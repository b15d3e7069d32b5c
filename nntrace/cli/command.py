"""What a command declares: a parameter for each of its words, and values that hold several.

A command takes values, such as which rows and how to show them, each a NamedTuple whose fields are
annotated with an Option. Its words are read for a parameter each, and it gets the whole values.
Nothing here loads Typer: see `plain`, which does without it, and `typed`, which does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from inspect import Parameter as Declaration
from inspect import signature
from types import UnionType
from typing import Annotated, Any, NamedTuple, Protocol, get_args, get_origin, get_type_hints


class Context(Protocol):
    """What a command is given beside its words: its environment, and when it has ended."""

    obj: Any

    def with_resource(self, context_manager: Any) -> Any:
        """Enter a context that is left when the command ends."""


class Option:
    """How an option is written, and what help says of it; a number is from `min` to `max`."""

    def __init__(
        self,
        *names: str,
        help: str,
        metavar: str | None = None,
        min: int | None = None,
        max: int | None = None,
    ) -> None:
        self.names, self.help, self.metavar, self.min, self.max = names, help, metavar, min, max


class Argument:
    """What help says of a word that stands at a place of its own."""

    def __init__(self, *, help: str, metavar: str) -> None:
        self.help, self.metavar = help, metavar


class But(NamedTuple):
    """How a command takes a value: its fields that have another option here, or always a value."""

    fields: dict[str, Any]


class After(NamedTuple):
    """Where the help lists an option of a command's own: behind that of a parameter."""

    name: str


class OneOf(NamedTuple):
    """The words that a parameter takes one of."""

    names: tuple[str, ...]


_PLACES = (But, After, OneOf)  # what an annotation holds beside what words are read by


def but(**fields: Any) -> But:
    """Say, in an annotation, what differs in the fields of a value that a command takes."""
    return But(fields)


class Parameter(NamedTuple):
    """What some words are read for: of which kind, and by what they are told.

    `told_by` is an Option or an Argument, what Typer has for them, or None of the Context.
    """

    name: str
    kind: Any
    told_by: Any
    choices: tuple[str, ...]
    default: Any

    @property
    def required(self) -> bool:
        """Whether there is none without words."""
        return self.default is Declaration.empty

    @property
    def repeated(self) -> bool:
        """Whether it takes several values."""
        return bool(self.kind == Sequence[str])


class Flat(NamedTuple):
    """A command as a parameter for each option of its values, and how it is called with these."""

    parameters: tuple[Parameter, ...]
    call: Callable[..., None]
    doc: str | None


def flattened(command: Callable[..., None]) -> Flat:
    """Return a command with a parameter for each option of its values."""
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

    return Flat(tuple(flat.values()), call, command.__doc__)


def given_options(value: NamedTuple) -> Iterator[tuple[str, Any]]:
    """Give the options that a value was made of, by their long names, each with what it says.

    Those that say nothing are left out; one that may be repeated comes once for each time.
    """
    for field, hint in get_type_hints(type(value), include_extras=True).items():
        option, said = option_in(hint), getattr(value, field)
        if isinstance(option, Option) and said:
            several = isinstance(said, Sequence) and not isinstance(said, str)
            for each in said if several else [said]:
                yield max(option.names, key=len), each


def option_in(hint: Any) -> Any:
    """Return what words are read by in an annotation, None where that is nothing."""
    return next((each for each in _taken_apart(hint)[1] if not isinstance(each, _PLACES)), None)


def _taken_apart(hint: Any) -> tuple[Any, Sequence[Any]]:
    """Return the type of an annotation, and what else it says."""
    if get_origin(hint) is not Annotated:
        return hint, ()
    kind, *marks = get_args(hint)
    return kind, marks


def _parameter(name: str, hint: Any, default: Any) -> Parameter:
    kind, marks = _taken_apart(hint)
    choices = next((mark.names for mark in marks if isinstance(mark, OneOf)), ())
    return Parameter(name, kind, option_in(hint), choices, default)


def without_none(kind: Any) -> Any:
    """Return `str` of `str | None`."""
    if isinstance(kind, UnionType):
        rest = [each for each in get_args(kind) if each is not type(None)]
        return rest[0] if len(rest) == 1 else kind
    return kind


def _moved(flat: dict[str, Parameter], name: str, after: str) -> dict[str, Parameter]:
    """Put a parameter behind another."""
    names = [each for each in flat if each != name]
    names.insert(names.index(after) + 1, name)
    return {each: flat[each] for each in names}
