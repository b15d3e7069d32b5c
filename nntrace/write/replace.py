"""A file in the place of another, whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, MutableSequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import IO


@contextmanager
def replacing(
    path: str,
    held: Callable[[], AbstractContextManager[None]] = nullcontext,
    tidy: MutableSequence[Callable[[], object]] | None = None,
) -> Iterator[IO[bytes]]:
    """Write beside a file that may be there, and take its place at the end; OSError.

    Of a link, the target is replaced; a new file obeys the umask. Where the process may end from
    outside, `held` lets a step come to its end first, and `tidy` is what is done then.
    """
    if path.endswith("/"):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    target = os.path.realpath(path)
    if os.path.islink(target):  # realpath gives up on links that go round in circles
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if os.path.exists(target) and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    import tempfile

    tidied = [] if tidy is None else tidy

    def remove() -> None:
        with suppress(OSError):
            os.unlink(temporary)

    with held():
        descriptor, temporary = tempfile.mkstemp(prefix=".nntrace-", dir=os.path.dirname(target))
        tidied.append(remove)
    try:
        with open(descriptor, "wb") as stream:
            yield stream
        if os.path.exists(target):
            import shutil  # few runs write over a file

            shutil.copymode(target, temporary)
        else:
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, target)
    except BaseException:
        remove()
        raise
    finally:
        tidied.remove(remove)
