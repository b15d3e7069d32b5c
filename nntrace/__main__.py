"""`python -m nntrace`, and what the `nntrace` command calls."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the program and end the process with its exit code."""
    try:
        code = _run()
    except KeyboardInterrupt:  # it may come before anything is done about it
        code = 130
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 2
    # Taking the interpreter down object by object is work that the system does in one step.
    # Nothing is lost: the program writes what it has to say at once.
    os._exit(code)


def _run() -> int:
    # Imports make many objects and no garbage: looking for some meanwhile takes a tenth of the
    # start. A stream, which goes on, makes little, so that seldom is often enough.
    gc.set_threshold(200_000, 20, 20)
    if sys.argv[1:] == ["--version"]:
        from nntrace.version import __version__

        try:
            os.write(1, f"nntrace {__version__}\n".encode())
            return 0
        except OSError:
            pass  # told below
    from nntrace.cli import interrupts

    interrupts.handle()
    from nntrace.cli import app

    return int(app.main())


if __name__ == "__main__":
    main()
