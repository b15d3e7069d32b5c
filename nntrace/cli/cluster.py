"""Statistics on many processes or machines, by Dask (the `dask` extra).

A worker measures a chunk of the input at a time. These are added up here, in order, so that the
answer is the same to the last bit whoever measures them, and however often.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from itertools import chain
from multiprocessing import resource_tracker
from tempfile import TemporaryDirectory
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from nntrace.analysis.statistics import Statistics, no_statistics
from nntrace.cli import interrupts
from nntrace.core.forward import forward
from nntrace.core.names import Neuron
from nntrace.core.network import Network
from nntrace.errors import NntraceError, Problem, UsageError, why
from nntrace.read.rows.chunks import Chunk, Source, cut, rows_of_chunk

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

T = TypeVar("T")
R = TypeVar("R")

LOCAL = "local"
PATIENCE = 30  # seconds, for a cluster that does not answer: Dask's own
OPEN_FILES = 64  # of this process and each worker, for their connections
CONNECTING = "120s"  # for a worker of this machine, which may be busy
LOOK = 5  # seconds from one look at the workers to the next


Overrides: TypeAlias = Mapping[Neuron, float] | Mapping[str, float]


class Job(NamedTuple):
    """What is the same for all chunks; a worker gets it once."""

    network: Network
    overrides: Overrides
    deterministic: bool = False


class Measured(NamedTuple):
    """The statistics of a chunk, up to the row that is wrong, if one is, and what is odd in it."""

    statistics: Statistics
    fault: NntraceError | None = None
    odd: Sequence[Problem] = ()


def measured(client: Client, sources: Iterable[Source], job: Job) -> Iterator[Measured]:
    """Measure the sources on a cluster: give what each chunk came to, in order.

    Rows are counted from 0 in each chunk. What a worker had in hand when it died, others measure.
    """
    held = client.submit(_kept, job, pure=False)
    chunks = chain.from_iterable(_in_order(client, _cut, sources, held))
    yield from _in_order(client, _measure, chunks, held)


# These run on a worker.


def _kept(job: Job) -> Job:
    """Take the job; being the result of a task, it is made again where it is lost."""
    return job


def _cut(source: Source, job: Job) -> list[Chunk]:
    return cut(job.network, source)


def _measure(chunk: Chunk, job: Job) -> Measured:
    total = no_statistics(job.network)
    odd: list[Problem] = []
    try:
        for batch in rows_of_chunk(job.network, chunk, odd.append):
            trace = forward(
                job.network, batch.values, job.overrides, deterministic=job.deterministic
            )
            total = total.update(trace)
    except NntraceError as error:
        return Measured(total, error, odd)
    return Measured(total, None, odd)


# These run here.


def _in_order(
    client: Client, function: Callable[[T, Job], R], arguments: Iterable[T], job: Future
) -> Iterator[R]:
    """Map a function over arguments on the cluster, never far ahead of what has been taken."""
    waiting: deque[Future] = deque()
    for argument in arguments:
        waiting.append(client.submit(function, argument, job, pure=False))
        if len(waiting) > 3 * sum(client.nthreads().values()):
            yield _result(client, waiting.popleft())
    while waiting:
        yield _result(client, waiting.popleft())


def _result(client: Client, future: Future) -> Any:
    from distributed import CancelledError, KilledWorker

    try:
        while True:
            try:
                return future.result(LOOK)
            except TimeoutError:
                # a cluster elsewhere may get new workers; here, none is started any more
                if client.cluster is not None and not client.nthreads():
                    raise NntraceError("--dask: no worker is left") from None
    except KilledWorker:
        raise NntraceError("--dask: a part of the input ended four workers in a row") from None
    except CancelledError:
        raise NntraceError("--dask: the connection to the cluster was lost") from None
    except (ImportError, RuntimeError) as error:
        told = str(error).partition("\n")[0].partition(". ")[0]
        if not isinstance(error, ImportError) and "deserialization" not in told:
            raise  # what the task is made of is known there
        message = "--dask: its scheduler and workers need nntrace and Dask as they are here"
        raise NntraceError(f"{message}: {told}") from None


@contextmanager
def cluster(address: str) -> Iterator[Client]:
    """Connect to the Dask cluster at an address; `local` starts one here, and ends it after."""
    if find_spec("dask") is None or find_spec("distributed") is None:
        raise UsageError("--dask needs the dask extra: pip install 'nntrace[dask]'")
    import dask

    # Dask reads this when it is first loaded: nothing that workers live through is for the user
    quiet = dict.fromkeys(("distributed", "distributed.client", "tornado.application"), "critical")
    settings = {"logging": quiet, "distributed.admin.large-graph-warning-threshold": "1 TiB"}
    if address == LOCAL:  # nothing is lost on the way, but a busy machine may take long
        settings |= dict.fromkeys(
            (f"distributed.comm.timeouts.{each}" for each in ("connect", "tcp")), CONNECTING
        )
    # a signal ends all by an exception, so that the workers are taken leave of
    with dask.config.set(settings), interrupts.by_exception(), ExitStack() as stack:
        with _deaf_to_interrupts():
            from distributed import Client

            client = _started(stack) if address == LOCAL else None
        if client is None:
            try:
                asyncio.run(_greet(address))
                client = Client(address, timeout=PATIENCE, set_as_default=False)
            except (OSError, ValueError, TypeError) as error:  # tls:// and the like ask for more
                told = str(error) or "what is there says nothing"
                raise UsageError(f"--dask {address}: no cluster answers there: {told}") from None
            _check(stack.enter_context(client), address)
        try:
            yield client
        finally:
            with _deaf_to_interrupts():
                stack.close()


def _started(stack: ExitStack) -> Client:
    """Start a cluster of this machine's processes; leaving the stack ends it."""
    import dask
    from distributed import Client, LocalCluster

    _check_surroundings()
    scratch = stack.enter_context(TemporaryDirectory(prefix="nntrace-"))  # or Dask leaves one
    stack.enter_context(dask.config.set({"temporary-directory": scratch}))
    try:
        cluster = LocalCluster(
            processes=True,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )
        stack.callback(_end, cluster)
        client = stack.enter_context(Client(cluster, set_as_default=False))
    except (OSError, RuntimeError) as error:  # OSError is TimeoutError, too
        raise NntraceError(
            f"--dask: no cluster can be started here: {_first_cause(error)}"
        ) from None
    stack.callback(_kill, cluster)  # workers would first end what they are at
    return client


def _check_surroundings() -> None:
    """Raise NntraceError where processes cannot be started, which Dask takes long to notice."""
    try:
        os.getcwd()
    except FileNotFoundError:
        raise NntraceError("--dask: the working folder is gone, start it in another") from None
    with suppress(ImportError):  # Windows
        import resource

        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if 0 <= allowed < OPEN_FILES:
            told = f"{OPEN_FILES} open files, {allowed} are allowed (ulimit -n)"
            raise NntraceError(f"--dask: a cluster here needs {told}")


def _first_cause(error: BaseException) -> str:
    """Say what an error came of, which Dask's words around it do not."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    if isinstance(error, TimeoutError):
        return "it took too long, as on a machine that is busy"
    return why(error) if isinstance(error, OSError) else str(error).partition("\n")[0]


async def _greet(address: str) -> None:
    """Connect to an address and leave again: a client waits for an answer, however long."""
    from distributed.comm import connect

    comm = await asyncio.wait_for(connect(address, timeout=PATIENCE), PATIENCE + 1)
    await comm.close()


def _check(client: Client, address: str) -> None:
    """Raise UsageError where not all of a cluster has nntrace as it is here.

    A worker that cannot unpack its work leaves without a word, and the work waits for another.
    """
    found = client.get_versions(packages=["nntrace"])
    here = found["client"]["packages"]["nntrace"]
    members = {"its scheduler": found["scheduler"]}
    members |= {f"its worker {name}": each for name, each in found["workers"].items()}
    for name, each in members.items():
        version = each["packages"]["nntrace"]
        if version != here:
            has = f"nntrace {version}" if version else "no nntrace"
            raise UsageError(f"--dask {address}: {name} has {has}, takes {here} as here")


def _kill(cluster: LocalCluster) -> None:
    """Kill the workers; on a busy machine one may take longer, and is ended with the cluster."""
    for worker in cluster.workers.values():
        with suppress(TimeoutError):
            cluster.sync(worker.kill, timeout=0.1)


def _end(cluster: LocalCluster) -> None:
    """End a cluster; what is slow to end takes no answer with it."""
    with suppress(TimeoutError):
        cluster.close()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start threads and processes that do not hear Ctrl-C, which is for this one to answer.

    A terminal sends it to all processes, and workers would tell of it. New threads and processes
    take over which signals are blocked; so do the workers that these threads start later on. What
    is half started or half ended leaves something behind, so a signal of any kind is heeded after.
    """
    resource_tracker.ensure_running()  # otherwise started by those threads, it would unblock them
    told: list[int] = []
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    heard = {}
    if current_thread() is main_thread():  # the only one that may say who hears a signal
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                heard[number] = signal.signal(number, lambda number, _: told.append(number))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, hears in heard.items():
            signal.signal(number, hears)
    for arrived in told:
        signal.raise_signal(arrived)
