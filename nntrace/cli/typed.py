"""A command's words as Typer reads and judges them, told in nntrace's own words.

Typer's own, and how it cuts them, change from one version to the next: so what it finds wrong is
read by what it is about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import EnumType
from inspect import Parameter as Declaration
from inspect import Signature
from typing import Annotated, Any, Literal

import typer

from nntrace.cli import usage
from nntrace.cli.command import HELP, REQUIRED, Flat, Parameter
from nntrace.cli.plain import spelt_out
from nntrace.errors import UsageError


def read(command: Flat, words: Sequence[str]) -> dict[str, Any]:
    """Return the values that words give, by parameter.

    Of words that ask for help before one is wrong it is this alone. UsageError is raised for words
    that the command does not take.
    """
    parameters = {each.name: each for each in command.parameters}
    judge, spelt = _judge(command), spelt_out(command, words)
    texts: dict[str, Any] = {}
    try:
        texts, left, order = _texts(judge, spelt)
        if HELP.name in texts:
            return {HELP.name: True}
        _check_once(parameters, Counter(each.name for each in order))
        context = judge.make_context(command.name, list(spelt), allow_extra_args=True)
    except typer.BadParameter as error:
        name = str(error.param and error.param.name)
        raise UsageError(_not_taken(parameters[name], texts.get(name))) from None
    except Exception as error:
        if not hasattr(error, "option_name"):  # as Typer's have whose classes are not public
            raise
        raise UsageError(_not_read(command, error.option_name)) from None
    if left:
        raise UsageError(usage.left_over(left, words, command))
    return {name: _value(parameters[name], context.params[name]) for name in texts}


def _judge(command: Flat) -> Any:
    """Return a command as Typer has it, which asks for help as for any option."""

    def call(**given: Any) -> None: ...

    call.__annotations__ = {}  # all is in the signature
    signature: Any = Signature([_declared(each) for each in (*command.parameters, HELP)])
    call.__signature__ = signature  # type: ignore[attr-defined]
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(command.name, add_help_option=False)(call)
    return typer.main.get_command(app)


def _declared(parameter: Parameter) -> Declaration:
    kind = parameter.kind
    if parameter.repeated:  # which Typer knows as a list
        kind = list[str]
    elif parameter.choices:
        kind = Literal[parameter.choices]
    low, high = parameter.range
    told_by: Any = typer.Argument()
    if parameter.names:
        told_by = typer.Option(*parameter.names, min=low, max=high)
    required = parameter.default is REQUIRED
    return Declaration(
        parameter.name,
        Declaration.KEYWORD_ONLY,
        default=Declaration.empty if required else None,
        annotation=Annotated[kind if required else kind | None, told_by],
    )


def _texts(judge: Any, words: Sequence[str]) -> tuple[dict[str, Any], list[str], list[Any]]:
    """Return the texts for each parameter, the words that are left, and what was given in turn.

    They are read as far as Typer can read them.
    """
    parser = judge.make_parser(judge.make_context(judge.name, [], resilient_parsing=True))
    texts, left, order = parser.parse_args(list(words))
    return {name: text for name, text in texts.items() if text not in (None, ())}, left, order


def _check_once(parameters: dict[str, Parameter], times: Counter[str]) -> None:
    """Raise UsageError for values that Typer would drop: it keeps the last of an option's."""
    for name, count in times.items():
        parameter = parameters[name]
        if count > 1 and not (parameter.repeated or parameter.flag):
            raise UsageError(f"{parameter.called} takes one value, has {count}")


def _not_taken(parameter: Parameter, text: str | None) -> str:
    return usage.missing(parameter) if text is None else usage.not_taken(parameter, text)


def _not_read(command: Flat, name: str) -> str:
    option = next((each for each in (*command.options, HELP) if name in each.names), None)
    if option is None:
        return usage.unknown_option(name, command)
    if option.flag:
        return f"{name} takes no value"
    return f"{name} takes {usage.takes(option)}, and nothing follows it"


def _value(parameter: Parameter, judged: Any) -> Any:
    """Return a value of the parameter's own type."""
    if parameter.repeated:
        return tuple(judged)
    return parameter.kind[judged] if isinstance(parameter.kind, EnumType) else judged
