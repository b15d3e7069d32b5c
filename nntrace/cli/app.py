"""The command line as a whole: the commands, their help, and how the program ends."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module
from typing import Annotated, Any

import typer

from nntrace.cli import interrupts
from nntrace.cli.command import Command
from nntrace.cli.environment import Environment, PipeClosed
from nntrace.errors import ExitCode, NntraceError
from nntrace.version import __version__

# A new command is a module of its name, with a function of its name, and a word here. Where it
# reads its words in a way of its own, the module has a class `Command`, too.
COMMANDS = (
    "run",
    "predict",
    "explain",
    "show",
    "check",
    "stats",
    "ladder",
    "learn",
    "quiz",
    "schema",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"nntrace {__version__}")
        raise typer.Exit()


def _nntrace(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Tell the version.")
    ] = False,
) -> None:
    """See inside a feed-forward neural network: every number of its forward pass.

    \b
    nntrace run digits --example "a four"  trace a handwritten digit
    nntrace explain xor output.0           one neuron, term by term
    nntrace show cat-or-dog --weights      a net and its numbers
    """


def application(asked: str | None = None) -> typer.Typer:
    """Put the command line together: one command alone, or all of them.

    One, without what is around all, takes a sixth of the time of all, which is felt at every start.
    """
    settings = {"help_option_names": ["-h", "--help"]}
    app = typer.Typer(
        name="nntrace",
        add_completion=not asked,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=settings,
    )
    if not asked:
        app.callback()(_nntrace)
    for name in [asked] if asked else COMMANDS:
        module = import_module(f"nntrace.cli.{name}")
        command = app.command(
            name, cls=getattr(module, "Command", Command), context_settings=settings
        )
        command(getattr(module, name))
    return app


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


def answer(arguments: list[str], environment: Environment) -> int:
    """Run a command, which may be one of a lesson, and return its exit code.

    What ends the program, not only the command, is raised: KeyboardInterrupt, or Ended by a signal.
    """
    try:
        return _run(arguments, environment)
    except PipeClosed:
        return ExitCode.PIPE_CLOSED
    except NntraceError as error:
        _debug(environment)
        for problem in error.problems:
            environment.say("error", str(problem))
    except MemoryError:
        _debug(environment)
        environment.say("error", "this takes more memory than there is")
    except Exception as error:
        _debug(environment)
        if hasattr(error, "format_message"):  # Typer's own, about wrong usage
            environment.say("error", _usage(error))
        else:
            told = f"{type(error).__name__}: {error}"
            environment.say("error", f"a fault of nntrace's own, please report it: {told}")
    return ExitCode.NOT_DONE


def _run(arguments: list[str], environment: Environment) -> int:
    if not arguments and "_NNTRACE_COMPLETE" not in environment.variables:
        command = typer.main.get_command(application())
        with command.make_context("nntrace", ["--help"], resilient_parsing=True) as context:
            environment.tell(command.get_help(context) + "\n")
        return ExitCode.NOT_DONE
    asked = arguments[0] if arguments and arguments[0] in COMMANDS else None
    app = application(asked)
    name = f"nntrace {asked}" if asked else "nntrace"
    printed = io.StringIO()  # by Typer itself: help, version, shell completion
    try:
        with redirect_stdout(printed):
            code = app(
                arguments[1:] if asked else arguments,
                prog_name=name,
                standalone_mode=False,
                obj=environment,
            )
    except interrupts.Ended:
        raise
    except SystemExit as end:
        code = end.code
    environment.write(environment.encode(printed.getvalue()))
    return code if isinstance(code, int) else ExitCode.DONE


def _usage(error: Any) -> str:
    """Word what Typer says about wrong usage in one line."""
    message = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{message} (see {context.command_path} --help)" if context else message


def _debug(environment: Environment) -> None:
    if environment.variables.get("NNTRACE_DEBUG") == "1":
        import traceback

        environment.tell(traceback.format_exc())
