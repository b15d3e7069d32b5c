"""The command line as a whole: the commands, their help, and how the program ends."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from typing import Annotated, Any

import typer

from nntrace.cli import interrupts
from nntrace.cli.command import Command, flattened
from nntrace.cli.environment import Environment, PipeClosed
from nntrace.errors import ExitCode, NntraceError, UsageError, printable, unknown
from nntrace.version import __version__

# A new command is a module of its name, with a function of its name, and a word here. Where it
# reads its words in a way of its own, the module has a class `Command`, too.
COMMANDS = (
    "run",
    "predict",
    "explain",
    "show",
    "check",
    "diff",
    "convert",
    "new",
    "stats",
    "ladder",
    "learn",
    "quiz",
    "schema",
)


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


def application(given: str | None = None) -> Any:
    """Put the command line together: one command alone, or all of them.

    One, without what is around all, takes a sixth of the time of all, which is felt at every start.
    """
    # words that nothing takes are told below, where it is known what they are likely to be
    settings = {"help_option_names": ["-h", "--help"], "allow_extra_args": True}
    app = typer.Typer(
        name="nntrace",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=settings,
    )
    if not given:
        app.callback()(_nntrace)
    for name in [given] if given else COMMANDS:
        module = import_module(f"nntrace.cli.{name}")
        command = app.command(
            name, cls=getattr(module, "Command", Command), context_settings=settings
        )
        command(flattened(getattr(module, name)))
    return typer.main.get_command(app)


def main(arguments: Sequence[str] | None = None, environment: Environment | None = None) -> int:
    """Run the program on the words after its name, and return its exit code.

    Never raises for what a user can do; NNTRACE_DEBUG=1 shows the traceback of an error.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        return answer(arguments, environment or Environment.of_process())
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except interrupts.Ended as end:
        return end.code


def answer(
    arguments: list[str], environment: Environment, unasked: Mapping[str, object] | None = None
) -> int:
    """Run a command, which may be one of a lesson, and return its exit code.

    `unasked` holds values of parameters that the words say nothing of, for commands that have them.

    What ends the program, not only the command, is raised: KeyboardInterrupt, or Ended by a signal.
    """
    try:
        return _run(arguments, environment, unasked)
    except PipeClosed:
        return ExitCode.PIPE_CLOSED
    except NntraceError as error:
        _debug(environment)
        for problem in error.problems:
            environment.report(problem)
    except MemoryError:
        _debug(environment)
        environment.say("error", "this takes more memory than there is")
    except Exception as error:
        _debug(environment)
        told = f"{type(error).__name__}: {error}"
        environment.say("error", f"a fault of nntrace's own, please report it: {told}")
    return ExitCode.NOT_DONE


def _run(
    arguments: list[str], environment: Environment, unasked: Mapping[str, object] | None
) -> int:
    if mode := environment.variables.get("_NNTRACE_COMPLETE"):
        from nntrace.cli.completion import answer

        environment.write(environment.encode(answer(mode, arguments, application())))
        return ExitCode.DONE
    given = arguments[0] if arguments and arguments[0] in COMMANDS else None
    if arguments and not given and not arguments[0].startswith("-"):
        raise UsageError(f"{unknown('command', arguments[0], COMMANDS)} (see nntrace --help)")
    command = application(given)
    for each in (command, *getattr(command, "commands", {}).values()):
        _in_own_words(each, arguments, environment)
    name = f"nntrace {given}" if given else "nntrace"
    if not arguments:
        with command.make_context("nntrace", ["--help"], resilient_parsing=True) as context:
            environment.tell(command.get_help(context) + "\n")
        return ExitCode.NOT_DONE
    printed = io.StringIO()  # by Typer itself: help and version
    try:
        with redirect_stdout(printed):
            code = command.main(
                arguments[1:] if given else arguments,
                prog_name=name,
                standalone_mode=False,
                obj=environment,
                default_map=dict(unasked or {}),
            )
    except interrupts.Ended:
        raise
    except SystemExit as end:
        code = end.code
    except Exception as error:
        if not hasattr(error, "format_message"):  # as Typer's own have, about wrong usage
            raise
        from nntrace.cli.usage import wrong_usage

        words = arguments[1:] if given else arguments
        told = wrong_usage(error, command, words)
        raise UsageError(f"{told} (see {name} --help)") from None
    environment.write(environment.encode(printed.getvalue()))
    return code if isinstance(code, int) else ExitCode.DONE


def _in_own_words(command: Any, arguments: Sequence[str], environment: Environment) -> None:
    """Let a command of Typer's lay out its help and tell left-over words as nntrace does."""
    invoke = command.invoke

    def own_help(context: Any) -> str:
        from nntrace.cli.helptext import help_text

        return help_text(command, context, environment.width(environment.stdout))

    def own_invoke(context: Any) -> Any:
        if context.args and not hasattr(command, "commands"):
            from nntrace.cli.usage import left_over

            told = left_over(context.args, arguments, command)
            raise UsageError(f"{told} (see {context.command_path} --help)")
        return invoke(context)

    command.get_help, command.invoke = own_help, own_invoke


def _debug(environment: Environment) -> None:
    if environment.variables.get("NNTRACE_DEBUG") == "1":
        import traceback

        for line in traceback.format_exc().splitlines():  # it tells what stands in files
            environment.tell(f"{printable(line)}\n")
