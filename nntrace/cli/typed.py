"""The commands as Typer takes them, and what there is around all of them.

Typer reads words that are not plain, finds what is wrong with them, and knows what help tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from inspect import Parameter as Declaration
from inspect import Signature
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from nntrace.cli.command import Argument, Context, Flat, Option, Parameter
from nntrace.errors import UsageError
from nntrace.version import __version__


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


def as_typer(command: Flat) -> Any:
    """Return a command as a function of its parameters, which is annotated as Typer has it."""

    def call(**given: Any) -> None:
        command.call(**given)

    call.__doc__ = command.doc
    call.__annotations__ = {}  # all is in the signature
    call.__signature__ = Signature(list(map(_declared, command.parameters)))  # type: ignore[attr-defined]
    return call


def _declared(parameter: Parameter) -> Declaration:
    kind, told_by = parameter.kind, parameter.told_by
    if kind is Context:
        kind = typer.Context
    elif kind == Sequence[str]:  # which Typer knows as a list
        kind = list[str]
    elif parameter.choices:
        kind = Literal[parameter.choices] | None
    if isinstance(told_by, Option):
        first, *others = told_by.names
        told_by = typer.Option(
            first,
            *others,
            help=told_by.help,
            metavar=told_by.metavar,
            min=told_by.min,
            max=told_by.max,
        )
    elif isinstance(told_by, Argument):
        told_by = typer.Argument(help=told_by.help, metavar=told_by.metavar)
    annotation = kind if told_by is None else Annotated[kind, told_by]
    return Declaration(
        parameter.name, Declaration.KEYWORD_ONLY, default=parameter.default, annotation=annotation
    )


def application(commands: dict[str, tuple[Flat, type[Command]]], alone: bool) -> Any:
    """Put commands together, each with the class that reads it, or take one alone."""
    # words that nothing takes are told later, where it is known what they are likely to be
    settings = {"help_option_names": ["-h", "--help"], "allow_extra_args": True}
    app = typer.Typer(
        name="nntrace",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=settings,
    )
    if not alone:
        app.callback()(_nntrace)
    for name, (command, kind) in commands.items():
        app.command(name, cls=kind, context_settings=settings)(as_typer(command))
    return typer.main.get_command(app)


def _version(given: bool) -> None:
    if given:
        typer.echo(f"nntrace {__version__}")
        raise typer.Exit()


def _install(context: typer.Context, given: bool) -> None:
    if given:
        from nntrace.cli.completion import install

        typer.echo(install(context.obj.variables))
        raise typer.Exit()


def _show(context: typer.Context, given: bool) -> None:
    if given:
        from nntrace.cli.completion import SCRIPTS, shell_of

        typer.echo(SCRIPTS[shell_of(context.obj.variables)].strip())
        raise typer.Exit()


def _nntrace(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Tell the version.")
    ] = False,
    install: Annotated[
        bool,
        typer.Option(
            "--install-completion",
            is_eager=True,
            callback=_install,
            help="Set up the Tab key of your shell: bash, zsh or fish.",
        ),
    ] = False,
    show: Annotated[
        bool,
        typer.Option(
            "--show-completion", is_eager=True, callback=_show, help="Print what sets it up."
        ),
    ] = False,
) -> None:
    """See inside a feed-forward neural network: every number of its forward pass.

    \b
    nntrace run digits --example "a four"  trace a handwritten digit
    nntrace predict iris -i iris.csv       what the net decides, a line a row
    nntrace explain xor output.0           one neuron, term by term
    nntrace show cat-or-dog --weights      a net and its numbers
    """
