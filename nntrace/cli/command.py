"""What a command declares: a parameter for each of its words, and values that hold several.

A command takes values, such as which rows and how to show them, each a NamedTuple whose fields are
annotated with an Option. Its words are read for a parameter each, and it gets the whole values.
Reading (`arguments`), help, completion and what is said of wrong words follow the same parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from enum import EnumType
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from nntrace.records import NamedTuple


class Context(ExitStack):
    """What a command is given beside its words, and what is left when it ends.

    `obj` is its environment; `given` has what it was given in words, and how each is called.
    """

    def __init__(self, obj: Any, given: Mapping[str, str]) -> None:
        super().__init__()
        self.obj, self.given = obj, given
        self.with_resource = self.enter_context


class Alone(NamedTuple):
    """What an option stands for that no value follows: a word that `pattern` has all of."""

    value: str
    pattern: str


class Option:
    """How an option is written, and what help says of it; a number is from `min` to `max`."""

    def __init__(
        self,
        *names: str,
        help: str,
        metavar: str | None = None,
        min: float | None = None,
        max: float | None = None,
        alone: Alone | None = None,
    ) -> None:
        self.names, self.help, self.metavar, self.alone = names, help, metavar, alone
        self.min, self.max = min, max


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


REQUIRED = object()  # the default of what must be given


class Parameter(NamedTuple):
    """What some words are read for: of which kind, and by what they are told."""

    name: str
    kind: Any
    told_by: Option | Argument
    choices: tuple[str, ...]
    default: Any

    @property
    def repeated(self) -> bool:
        """Whether it takes several values."""
        return bool(self.kind == Sequence[str])

    @property
    def flag(self) -> bool:
        """Whether it takes none."""
        return self.kind is bool

    @property
    def names(self) -> tuple[str, ...]:
        """The names of an option, the short one first; an argument has none."""
        told_by = self.told_by
        return tuple(sorted(told_by.names, key=len)) if isinstance(told_by, Option) else ()

    @property
    def called(self) -> str:
        """An option's longest name, or what an argument is called in the help: `NET`."""
        return self.names[-1] if self.names else str(self.told_by.metavar).strip("[].")

    @property
    def alone(self) -> Alone | None:
        """What an option stands for that no value follows."""
        return self.told_by.alone if isinstance(self.told_by, Option) else None

    @property
    def range(self) -> tuple[float | None, float | None]:
        """The least and the largest number that it takes."""
        told_by = self.told_by
        return (told_by.min, told_by.max) if isinstance(told_by, Option) else (None, None)


# what every command takes
HELP = Parameter("help", bool, Option("-h", "--help", help="Show this and exit."), (), False)


class Flat(NamedTuple):
    """A command as a parameter for each option of its values, and how it is called with these."""

    name: str
    parameters: tuple[Parameter, ...]
    call: Callable[..., int | None]
    doc: str

    @property
    def arguments(self) -> list[Parameter]:
        """What stands at a place of its own."""
        return [each for each in self.parameters if not each.names]

    @property
    def options(self) -> list[Parameter]:
        """What stands behind a name."""
        return [each for each in self.parameters if each.names]


def flattened(command: Callable[..., int | None]) -> Flat:
    """Return a command with a parameter for each option of its values."""
    flat: dict[str, Parameter] = {}
    values: dict[str, tuple[Any, dict[str, Any], list[str]]] = {}
    hints, defaults = get_type_hints(command, include_extras=True), _defaults(command)
    for name, hint in hints.items():
        kind, marks = _taken_apart(hint)
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
        elif option_in(hint):
            flat[name] = _parameter(name, hint, defaults.get(name, REQUIRED))
            for mark in marks:
                if isinstance(mark, After):
                    flat = _moved(flat, name, mark.name)

    def call(context: Context, **given: Any) -> int | None:
        for name, (kind, always, options) in values.items():
            given[name] = kind(**always, **{each: given.pop(each) for each in options})
        return command(context, **given)

    return Flat(command.__name__, tuple(flat.values()), call, (command.__doc__ or "").strip())


def _defaults(command: Any) -> dict[str, Any]:
    """Return the default of each parameter that has one; `inspect` loads longer than help takes."""
    places = command.__code__.co_varnames[: command.__code__.co_argcount]
    last = command.__defaults__ or ()
    named = command.__kwdefaults__ or {}
    return dict(zip(places[len(places) - len(last) :], last, strict=True)) | named


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
    kind = _without_none(kind)
    choices = next((mark.names for mark in marks if isinstance(mark, OneOf)), ())
    if isinstance(kind, EnumType):
        choices = tuple(kind.__members__)
    return Parameter(name, kind, option_in(hint), choices, default)


def _without_none(kind: Any) -> Any:
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
