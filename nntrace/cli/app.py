"""The command line as a whole: the commands, their help, and how the program ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from itertools import takewhile
from typing import Annotated

from nntrace.cli import interrupts, threads
from nntrace.cli.arguments import read
from nntrace.cli.command import Context, Flat, Option, flattened
from nntrace.cli.environment import Environment, PipeClosed
from nntrace.errors import ExitCode, NntraceError, UsageError, printable, unknown

# A new command is a module of its name, with a function of its name, and a word here.
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


@cache
def command_named(name: str) -> Flat:
    """Return a command, whose module is loaded for that alone."""
    return flattened(_function(name))


def does(name: str) -> str:
    """Return what a command does, in a line."""
    return (_function(name).__doc__ or "").partition("\n")[0]


def _function(name: str) -> Callable[..., int | None]:
    found: Callable[..., int | None] = getattr(import_module(f"nntrace.cli.{name}"), name)
    return found


def nntrace(
    context: Context,
    version: Annotated[bool, Option("--version", help="Tell the version.")] = False,
    install: Annotated[
        bool,
        Option("--install-completion", help="Set up the Tab key of your shell: bash, zsh or fish."),
    ] = False,
    show: Annotated[bool, Option("--show-completion", help="Print what sets it up.")] = False,
) -> None:
    """See inside a feed-forward neural network: every number of its forward pass.

    \b
    nntrace run digits --example "a four"  trace a handwritten digit
    nntrace predict iris -i iris.csv       what the net decides, a line a row
    nntrace explain xor output.0           one neuron, term by term
    nntrace show cat-or-dog --weights      a net and its numbers
    """
    from nntrace.cli import completion
    from nntrace.version import __version__

    environment: Environment = context.obj
    if version:
        told = f"nntrace {__version__}"
    elif install:
        told = completion.install(environment.variables)
    else:
        told = completion.SCRIPTS[completion.shell_of(environment.variables)].strip()
    environment.write(environment.encode(f"{told}\n"))


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
        from nntrace.cli import completion

        commands = completion.Commands(COMMANDS, does, command_named)
        offered = completion.answer(mode, arguments, flattened(nntrace), commands)
        environment.write(environment.encode(offered))
        return ExitCode.DONE
    if not arguments:
        environment.tell(_help("nntrace", flattened(nntrace), environment))
        return ExitCode.NOT_DONE
    first, *words = arguments
    if first in COMMANDS:
        path, command = f"nntrace {first}", command_named(first)
    elif first.startswith("-") and first != "--":  # what stands behind is no command's
        words = [*takewhile(lambda word: word.startswith("-"), arguments)]
        path, command = "nntrace", flattened(nntrace)
    else:
        raise UsageError(f"{unknown('command', first, COMMANDS)} (see nntrace --help)")
    try:
        said = read(command, words, unasked)
    except UsageError as error:
        raise UsageError(f"{error} (see {path} --help)") from None
    if said is None:
        environment.write(environment.encode(_help(path, command, environment)))
        return ExitCode.DONE
    threads.begin_with_one()
    with Context(environment, said.given) as context:
        return command.call(context, **said.values) or ExitCode.DONE


def _help(path: str, command: Flat, environment: Environment) -> str:
    from nntrace.cli.helptext import help_text

    commands = [(name, does(name)) for name in COMMANDS if path == "nntrace"]
    return f"{help_text(path, command, environment.width(environment.stdout), commands)}\n"


def _debug(environment: Environment) -> None:
    if environment.variables.get("NNTRACE_DEBUG") == "1":
        import traceback

        for line in traceback.format_exc().splitlines():  # it tells what stands in files
            environment.tell(f"{printable(line)}\n")
