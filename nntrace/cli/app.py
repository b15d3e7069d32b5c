"""The command line as a whole: the commands, their help, and how the program ends."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from types import ModuleType
from typing import Any

from nntrace.cli import interrupts, plain
from nntrace.cli.command import flattened
from nntrace.cli.environment import Environment, PipeClosed
from nntrace.errors import ExitCode, NntraceError, UsageError, printable, unknown

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


def application(given: str | None = None) -> Any:
    """Put the command line together as Typer has it: one command alone, or all of them.

    One, without what is around all, takes a sixth of the time of all, which is felt at every start.
    """
    from nntrace.cli import typed

    commands = {}
    for name in [given] if given else COMMANDS:
        module = _module(name)
        kind = getattr(module, "Command", typed.Command)
        commands[name] = (flattened(getattr(module, name)), kind)
    return typed.application(commands, alone=given is not None)


def _module(name: str) -> ModuleType:
    return import_module(f"nntrace.cli.{name}")


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
    if given and not unasked and _run_plain(given, arguments[1:], environment):
        return ExitCode.DONE
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


def _run_plain(name: str, words: Sequence[str], environment: Environment) -> bool:
    """Run a command whose words are plain, and tell whether they are."""
    module = _module(name)
    if hasattr(module, "Command"):  # it reads them in a way of its own
        return False
    command = flattened(getattr(module, name))
    values = plain.read(command, words)
    if values is None:
        return False
    with plain.Ending(environment) as context:
        command.call(**{plain.context_of(command): context}, **values)
    return True


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
