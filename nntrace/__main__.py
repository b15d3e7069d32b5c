"""`python -m nntrace`, and what the `nntrace` command calls."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the program and end the process with its exit code."""
    # Imports make many objects and no garbage: collecting meanwhile takes a tenth of the start.
    gc.disable()
    if sys.argv[1:] == ["--version"]:
        from nntrace.version import __version__

        print(f"nntrace {__version__}")
        return
    from nntrace.cli import app

    gc.enable()
    code = int(app.main())
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 2
    # Taking the interpreter down object by object is work that the system does in one step.
    os._exit(code)


if __name__ == "__main__":
    main()
