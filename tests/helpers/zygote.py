"""Processes of the program that are forked from one that has imported it: real ones, at once.

Most of what a short run takes is the start of Python and the import of NumPy and nntrace. A zygote
has done both; each run is a fork of it, which enters by the program's own door, in the folder, with
the variables, umask, limits and descriptors of whoever asks. What Python itself takes from its
surroundings when it starts is not seen by a fork: `unlike` tells, and such runs take a real start.

Tests ask for a run by Forked; a line of shell does by forked.py, which stands in for the program.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import marshal
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NoReturn, Self

from watchdog import WATCHDOG

import nntrace
from nntrace import __main__ as program

HERE = Path(__file__).parent
LARGEST = 2**20  # bytes of a request
MOST = 64  # descriptors that one hands over

# Where processes can be forked, watched and given descriptors.
POSSIBLE = sys.platform == "linux" and hasattr(os, "pidfd_open")

# What the program imports at some of its work, besides its own modules.
_LATE = ("encodings.ascii", "encodings.cp437", "encodings.utf_8_sig", "markdown_it")

# What Python takes once, when it starts. A fork is not told how many threads NumPy may have: it has
# one.
_STARTS = ("PYTHON", "LC_", "LANG", "LD_")


def unlike(variables: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Whether a start of Python with some variables differs from one with others."""
    names = {name for name in {*variables, *others} if name.startswith(_STARTS)}
    return any(variables.get(name) != others.get(name) for name in names)


class Zygote:
    """A process that has imported the program; `words` start what stands in for it in a shell."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.env = dict(env)
        self.path = str(folder / "zygote")
        self.words = [sys.executable, "-IS", str(HERE / "forked.py"), self.path]
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__, self.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self.env
            | {"PYTHONPATH": f"{env['PYTHONPATH']}:{HERE}", "OPENBLAS_NUM_THREADS": "1"},
            cwd="/",
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), "the zygote does not start"

    def close(self) -> None:
        """End it: it does so when its standard input ends."""
        self._process.communicate()


class Forked:
    """A run of the program in a process of its own, told about as subprocess.Popen does.

    `memory` is how many KiB it took at most, once it has ended. The words `-c CODE …` run some code
    there instead, as Python does, whatever this has imported.
    """

    def __init__(
        self,
        zygote: Zygote,
        words: Sequence[str],
        env: Mapping[str, str],
        stdin: Any = None,
        stdout: Any = None,
        stderr: Any = None,
        cwd: Any = ".",
        limits: Mapping[int, int] | None = None,
    ) -> None:
        self.returncode: int | None = None
        self.memory = 0
        given: list[int] = []
        ours: list[IO[bytes] | None] = []
        opened = [os.open(cwd, os.O_RDONLY)]
        for number, asked in enumerate((stdin, stdout, stderr)):
            own = None
            if asked == subprocess.PIPE:
                reading, writing = os.pipe()
                theirs, own = (writing, reading) if number else (reading, writing)
                opened.append(theirs)
            elif asked == subprocess.DEVNULL:
                theirs = os.open(os.devnull, os.O_RDWR)
                opened.append(theirs)
            elif asked is None:
                theirs = number
            else:
                theirs = asked if isinstance(asked, int) else asked.fileno()
            given.append(theirs)
            ours.append(None if own is None else os.fdopen(own, "rb" if number else "wb"))
        self.stdin, self.stdout, self.stderr = ours
        umask = os.umask(0)
        os.umask(umask)
        request = {
            "words": list(words),
            "env": {os.fsencode(name): os.fsencode(value) for name, value in env.items()},
            "umask": umask,
            "limits": [(which, limit, limit) for which, limit in (limits or {}).items()],
            "ignored": [],
            "numbers": [0, 1, 2],
        }
        self._asked = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._asked.settimeout(WATCHDOG)
        self._asked.connect(zygote.path)
        socket.send_fds(self._asked, [marshal.dumps(request)], [opened[0], *given])
        for each in opened:
            os.close(each)
        self.pid: int = marshal.loads(self._asked.recv(LARGEST))

    def wait(self, timeout: float | None = WATCHDOG) -> int:
        """Return the exit code, or the negative number of the signal that ended it."""
        if self.returncode is None:
            self._asked.settimeout(timeout)
            status, self.memory = marshal.loads(self._asked.recv(LARGEST))
            self._asked.close()
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        with contextlib.suppress(BlockingIOError):
            return self.wait(0)
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream:
                stream.close()
        self.wait()

    def send_signal(self, number: int) -> None:
        """Send a signal to a process that was not yet waited for."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it, if it still runs."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, data: bytes = b"", timeout: float = WATCHDOG) -> tuple[bytes, bytes]:
        """Write its input, read all that it says, and wait until it has ended."""
        found: dict[str, bytes] = {}

        def write() -> None:
            with contextlib.suppress(BrokenPipeError), self.stdin as stream:
                stream.write(data)

        def read(name: str, stream: IO[bytes]) -> None:
            with stream:
                found[name] = stream.read()

        watchdog = threading.Timer(timeout, self.kill)
        doing = [watchdog, *([threading.Thread(target=write)] if self.stdin else [])]
        for name, stream in (("out", self.stdout), ("err", self.stderr)):
            if stream:
                doing.append(threading.Thread(target=read, args=(name, stream)))
        for each in doing:
            each.start()
        for each in doing[1:]:
            each.join()
        self.wait()
        watchdog.cancel()
        return found.get("out", b""), found.get("err", b"")


# ---- the zygote itself ----


def _serve(path: str) -> None:
    """Fork a run for each request, until standard input ends."""
    for file in sorted(Path(nntrace.__file__).parent.rglob("*.py")):
        _import(file)
    for name in _LATE:
        import_module(name)
    gc.collect()
    gc.freeze()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind(path)
    listening.listen()
    print(flush=True)
    asking = selectors.DefaultSelector()
    asking.register(0, selectors.EVENT_READ)
    asking.register(listening, selectors.EVENT_READ)
    while True:
        for key, _ in asking.select()[:1]:  # of what else is ready, this may be the end
            if key.fileobj == 0:
                return
            if key.fileobj is listening:
                connection, _ = listening.accept()
                pid = _start(connection)
                watched = os.pidfd_open(pid)
                asking.register(watched, selectors.EVENT_READ, (pid, connection))
                asking.register(connection, selectors.EVENT_READ, (pid, watched))
                continue
            pid, other = key.data
            if isinstance(other, int):  # nobody asks any more, and nobody else would end it
                asking.unregister(key.fileobj)
                signal.pidfd_send_signal(other, signal.SIGKILL)
                continue
            _, status, usage = os.wait4(pid, 0)
            asking.unregister(key.fileobj)
            os.close(key.fd)
            with contextlib.suppress(KeyError):
                asking.unregister(other)
            with contextlib.suppress(OSError):
                other.send(marshal.dumps((status, usage.ru_maxrss)))
            other.close()


def _import(file: Path) -> None:
    """Import a module of the program, which may need what is not here."""
    parts = file.with_suffix("").parts
    name = ".".join(parts[len(parts) - 1 - parts[::-1].index("nntrace") :])
    with contextlib.suppress(ImportError):
        import_module(name.removesuffix(".__init__"))


def _start(connection: socket.socket) -> int:
    """Fork a run as it is asked for, and tell its number."""
    data, handed, _, _ = socket.recv_fds(connection, LARGEST, MOST)
    pid = os.fork()
    if not pid:
        try:
            _run(marshal.loads(data), handed)
        finally:
            os._exit(70)  # told above, and never a second zygote
    for each in handed:
        os.close(each)
    connection.send(marshal.dumps(pid))
    return pid


def _run(request: dict[str, Any], handed: list[int]) -> NoReturn:
    """Become what a start of the program is, and enter it."""
    numbers = request["numbers"]
    above = max([2, *numbers]) + 1
    folder, *descriptors = [fcntl.fcntl(each, fcntl.F_DUPFD, above) for each in handed]
    os.fchdir(folder)
    for number, each in zip(numbers, descriptors, strict=True):
        os.dup2(each, number)
    free = -1
    for number in [*sorted(numbers), os.sysconf("SC_OPEN_MAX")]:
        if free + 1 < number:  # of an empty range, Python closes all
            os.closerange(free + 1, number)
        free = number
    os.umask(request["umask"])
    for number in request["ignored"]:
        signal.signal(number, signal.SIG_IGN)
    os.environ.clear()
    os.environb.update(request["env"])
    time.tzset()
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = None
        with contextlib.suppress(OSError):  # where it is closed, Python has none
            os.fstat(number)
            stream = os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.argv = [program.__file__ or "", *request["words"]]
    for limit in request["limits"]:
        resource.setrlimit(limit[0], limit[1:])
    if sys.argv[1:2] == ["-c"]:
        _, _, code, *rest = sys.argv
        sys.argv = ["-c", *rest]
        os._exit(_does(code))
    program.main()
    raise AssertionError


def _does(code: str) -> int:
    """Do what `python -c` does, and return its exit code."""
    ended = 0
    try:
        exec(code, {"__name__": "__main__"})
    except SystemExit as end:
        ended = end.code if isinstance(end.code, int) else 0
    except BaseException:
        traceback.print_exc()
        ended = 1
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return ended


if __name__ == "__main__":
    _serve(sys.argv[1])
