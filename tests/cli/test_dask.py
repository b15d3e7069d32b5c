"""`nntrace stats --dask`: a real cluster of two processes measures what one process does."""

import contextlib
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from watchdog import WATCHDOG, waiting_for

import nntrace as package

# not imported here: that takes longer than to collect all other tests
pytestmark = pytest.mark.skipif(not find_spec("distributed"), reason="needs the dask extra")


NET = """\
name: mixed
input: {labels: [x, y]}
layers:
  - {name: six, activation: relu6, weights: [[1, 2], [30, 1], [-1, -2], [0, 0]],
     bias: [0, 100, -10, 1]}
  - {name: squeezed, activation: tanh, weights: [[1, -1, 0, 0], [30, 1, 1, 1]]}
  - {name: output, activation: softmax, labels: [a, b, c], weights: [[1, 0.25], [0, 1], [-1, 1]]}
examples: [{name: one, input: [1, 1]}]
"""
OVERFLOWING = """\
dtype: float32
input: 2
layers: [{name: hidden, activation: relu, weights: [[1e30, 1], [-1, 1]]}]
"""


def some_rows(start, count):
    return [((i % 23 - 11) / 4, (i % 7 - 3) / 2) for i in range(start, start + count)]


def as_csv(rows):
    return "y,id,x\n" + "".join(f"{y},r{i},{x}\n" for i, (x, y) in enumerate(rows))


@pytest.fixture(scope="module", autouse=True)
def forked():
    """Fork the workers that are started from here: otherwise each imports Dask anew."""
    import dask
    import distributed  # noqa: F401 - has settings of its own, which must be there before

    multiprocessing.set_forkserver_preload(["distributed", "nntrace.cli.cluster"])
    with dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}):
        yield


@pytest.fixture(scope="module")
def cluster(forked):
    """Start a cluster of two processes, that all tests here share."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as own,
        Client(own, set_as_default=False) as client,
    ):  # fmt: skip
        yield client


@pytest.fixture
def address(cluster):
    return cluster.scheduler.address


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET)
    Path("overflow.yaml").write_text(OVERFLOWING)
    Path("data").mkdir()
    for index in range(12):
        Path(f"data/{index:02}.csv").write_text(as_csv(some_rows(index * 300, 300)))
    rows = some_rows(3600, 500)
    Path("data/more.jsonl").write_text("".join(f'{{"x": {x}, "y": {y}}}\n' for x, y in rows))
    np.save("data/last.npy", np.array(some_rows(4100, 5000)))
    np.savez_compressed("data/last.npz", input=np.array(some_rows(9100, 700)))


FILES = ["-i", "data/*.csv", "--keep", "id"]
OTHERS = ["-i", "data/*.jsonl", "-i", "data/*.np?", "-i", "0.5,-1", "--example", "one"]


def counts_and_moments(document):
    """Take a document apart into what must be the same and what rounding may touch."""
    exact, near = [], []

    def walk(path, value):
        if isinstance(value, dict):
            for name, each in value.items():
                walk((*path, name), each)
        elif isinstance(value, list):
            for index, each in enumerate(value):
                walk((*path, index), each)
        else:
            (near if path[-1] in ("mean", "std") else exact).append((path, value))

    walk((), document)
    return exact, dict(near)


def assert_same(one, other):
    (exact, near), (its_exact, its_near) = map(counts_and_moments, (one, other))
    assert exact == its_exact
    assert near == pytest.approx(its_near, rel=1e-12, abs=1e-15)


def document(done):
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


@pytest.mark.parametrize("words", [FILES, OTHERS], ids=["csv", "others"])
def test_many_processes_say_what_one_says(quick, address, words):
    alone = document(quick("stats", "net.yaml", *words, "-f", "json"))
    assert alone["rows"] == (3600 if words is FILES else 500 + 5000 + 700 + 1 + 1)
    spread = quick("stats", "net.yaml", *words, "-f", "json", "--dask", address)
    assert_same(document(spread), alone)
    again = quick("stats", "net.yaml", *words, "-f", "json", f"--dask={address}")
    assert again.out == spread.out


def test_a_net_in_float32_differs_by_the_rounding_of_its_products_only(quick, address):
    words = ["stats", "digits", "-i", "digits-labelled.csv", "--keep", "digit", "-f", "json"]
    words += ["--set", "hidden1.3=0.5", "-l", "hidden1"]
    alone, spread = document(quick(*words)), document(quick(*words, "--dask", address))
    for one, other in zip(
        spread["layers"][0]["neurons"], alone["layers"][0]["neurons"], strict=True
    ):
        assert one["active"] == other["active"]
        for name in ("a", "z"):
            assert one[name] == pytest.approx(other[name], rel=1e-5, abs=1e-5)
    assert spread["set"] == {"hidden1.3": 0.5}
    assert spread["classes"] == alone["classes"]


def reader_of(pipe):
    """Open a pipe for writing, if somebody has opened it for reading; 0 where nobody has."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return 0


def processes(parent=None, session=None):
    """Return the processes of a parent or of a session that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, of, _, its = status.read_text().rpartition(")")[2].split()[:4]
            if state != "Z" and (int(of) == parent or int(its) == session):
                found.append(int(status.parent.name))
    return found


def holds(pid, path):
    """Whether a process has opened a file."""
    with contextlib.suppress(OSError):
        return any(
            os.path.realpath(each) == os.path.realpath(path)
            for each in Path(f"/proc/{pid}/fd").iterdir()
        )
    return False


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks which process reads a file")
def test_a_worker_killed_half_way_changes_nothing(quick, cluster, address):
    rows = as_csv(some_rows(50_000, 400)).encode()
    words = ["stats", "net.yaml", "-i", "data/0*.csv", "-i", "slow.csv", "-i", "data/1*.csv"]
    words += ["--keep", "id", "-f", "json"]
    Path("slow.csv").write_bytes(rows)
    alone = document(quick(*words))
    os.remove("slow.csv")
    os.mkfifo("slow.csv")  # whoever measures it reads until the test has written all
    found = []
    running = threading.Thread(target=lambda: found.append(quick(*words, "--dask", address)))
    running.start()

    def arrived():
        return reader_of("slow.csv")

    def reading():
        ours = {os.getpid(), *processes(parent=os.getpid())}  # of one they are forked from, too
        workers = (pid for parent in ours for pid in processes(parent=parent))
        return [pid for pid in workers if holds(pid, "slow.csv")]

    def taken_over():
        return any(pid != victim for pid in reading())

    writing = waiting_for(arrived)
    (victim,) = waiting_for(reading)
    os.kill(victim, signal.SIGKILL)
    waiting_for(taken_over)
    os.set_blocking(writing, True)
    with open(writing, "wb") as stream:
        stream.write(rows)
    running.join(WATCHDOG)
    (done,) = found
    assert_same(document(done), alone)
    assert alone["rows"] == 3600 + 400

    cluster.wait_for_workers(2, WATCHDOG)  # for the other tests


# ---- what is wrong ----


def test_the_first_wrong_row_is_told_as_one_process_does(quick, address):
    Path("data/03.csv").write_text("y,id,x\n1,a,2\n\n1,b\n3,c,4\n")
    Path("data/05.csv").write_text("nonsense\n")
    alone = quick("stats", "net.yaml", *FILES)
    spread = quick("stats", "net.yaml", *FILES, "--dask", address, "-o", "out.json")
    assert spread == alone
    assert spread.code == 2
    assert spread.err == "nntrace: error: data/03.csv:4: has 2 columns, the header 3\n"
    assert not Path("out.json").exists()


def test_a_number_that_is_not_finite_is_found_in_its_row(quick, address):
    Path("a.csv").write_text("1,2\n" * 7)
    Path("b.csv").write_text("1,2\n" * 5 + "1e30,1\n" + "-1e30,1\n" * 3)
    words = ["stats", "overflow.yaml", "-i", "a.csv", "-i", "b.csv", "-f", "json"]
    alone, spread = quick(*words), quick(*words, "--dask", address)
    assert spread == alone
    assert json.loads(spread.out)["first_not_finite"]["row"] == 12
    assert spread.err.count("\n") == 1
    assert "in row 12" in spread.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-i", "-"], "--dask takes files: give --input FILE, or a pattern"),
        ([], "--dask takes files: give --input FILE, or a pattern"),
        (["-i", "data/*.png"], "data/*.png: no such file or directory"),
        (
            ["-i", "data/*.csv"],
            "data/00.csv:1: unknown input 'id', known: x, y (--drop id leaves it out)",
        ),
        (["-i", "1"], "has 1 number, mixed takes 2 (x, y)"),
        (["-i", "1,2", "--example", "two"], "unknown example 'two', known: one"),
        (["-i", "1,2", "--set", "six.9=1"], "--set six.9=1: 'six.9': six has 4 neurons"),
    ],
)
def test_what_is_wrong(quick, address, words, message):
    done = quick("stats", "net.yaml", *words, "--dask", address)
    assert (done.code, done.out, done.err.count("\n")) == (2, b"", 1)
    assert message in done.err
    if words and words != ["-i", "-"]:
        assert done == quick("stats", "net.yaml", *words)


def test_a_cluster_that_is_not_there(quick, monkeypatch):
    monkeypatch.setattr("nntrace.cli.cluster.PATIENCE", 0.5)
    done = quick("stats", "net.yaml", *FILES, "--dask", "tcp://127.0.0.1:9")
    assert (done.code, done.out, done.err.count("\n")) == (2, b"", 1)
    assert "--dask tcp://127.0.0.1:9: no cluster answers there: " in done.err
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "tcp://{}:{}".format(*silent.getsockname())
        done = quick("stats", "net.yaml", *FILES, "--dask", address)
    assert (done.code, done.out, done.err.count("\n")) == (2, b"", 1)
    assert f"--dask {address}: no cluster answers there: what is there says nothing" in done.err
    done = quick("stats", "net.yaml", *FILES, "--dask", "tls://127.0.0.1:9")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "--dask tls://127.0.0.1:9: no cluster answers there: TLS" in done.err
    done = quick("stats", "net.yaml", *FILES, "--dask=nonsense")
    assert (done.code, done.err.count("\n")) == (2, 1)


# Workers in the words of a program: they start, connect and take work, but have another nntrace.
STRANGER = """\
import asyncio, importlib.metadata, sys, types

def version(name, known=importlib.metadata.version):
    if name != "nntrace":
        return known(name)
    if not {version!r}:
        raise importlib.metadata.PackageNotFoundError
    return {version!r}

another = types.SimpleNamespace(__version__={version!r})
sys.modules["nntrace"] = another if {version!r} else None
importlib.metadata.version = version
from distributed import Worker

async def work():
    async with Worker(sys.argv[1], nthreads=1, dashboard_address="127.0.0.1:0") as worker:
        print(flush=True)
        await worker.finished()
asyncio.run(work())
"""


@pytest.mark.parametrize(("version", "has"), [("", "no nntrace"), ("0.0.9", "nntrace 0.0.9")])
def test_a_worker_that_has_another_nntrace(quick, tmp_path, version, has):
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as own,
        subprocess.Popen(
            [sys.executable, "-c", STRANGER.format(version=version), own.scheduler_address],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=tmp_path,
        ) as worker,
    ):  # fmt: skip
        try:
            worker.stdout.readline()  # it is there
            done = quick("stats", "net.yaml", *FILES, "--dask", own.scheduler_address)
        finally:
            worker.kill()
    assert (done.code, done.out, done.err.count("\n")) == (2, b"", 1)
    assert f"--dask {own.scheduler_address}: its worker tcp://127.0.0.1:" in done.err
    assert f" has {has}, takes {package.__version__} as here" in done.err


@pytest.mark.parametrize("name", ["dask", "distributed"])
def test_without_the_extra(quick, monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    done = quick("stats", "net.yaml", *FILES, "--dask")
    told = "nntrace: error: --dask needs the dask extra: pip install 'nntrace[dask]'\n"
    assert (done.code, done.out, done.err) == (2, b"", told)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_bits_of_the_net_whoever_computes_them(quick, address, dtype):
    """With `--deterministic`: products of matrices are otherwise rounded batch by batch."""
    net = f"dtype: {dtype}\ninput: 40\nlayers:\n"
    for size, activation in ((60, "tanh"), (30, "relu"), (5, "softmax")):
        weights = f"{{random: normal, seed: {size}}}"
        net += f"  - {{size: {size}, activation: {activation}, weights: {weights}}}\n"
    Path("wide.yaml").write_text(net)
    draw = np.random.default_rng(4)
    for index, rows in enumerate((700, 1, 90)):
        np.save(f"wide{index}.npy", draw.normal(size=(rows, 40)))
    words = ["stats", "wide.yaml", "-i", "wide*.npy", "--deterministic", "-f", "json"]
    alone, shared = document(quick(*words)), document(quick(*words, "--dask", address))
    for one, two in zip(alone["layers"], shared["layers"], strict=True):
        for this, that in zip(one["neurons"], two["neurons"], strict=True):
            for name in ("active", "histogram", "kink"):
                assert this.get(name) == that.get(name)
            for quantity in ("z", "a"):
                for name in ("min", "max"):
                    assert this[quantity][name] == that[quantity][name]
                for name in ("mean", "std"):
                    wanted = pytest.approx(this[quantity][name], rel=1e-12, abs=1e-14)
                    assert that[quantity][name] == wanted


# ---- a cluster of its own ----


def test_without_an_address_the_option_may_stand_anywhere(quick, address, monkeypatch):
    from distributed import Client

    def started(stack):
        return stack.enter_context(Client(address, set_as_default=False))

    monkeypatch.setattr("nntrace.cli.cluster._started", started)
    for words in (["--dask", "net.yaml", *FILES], ["net.yaml", "--dask", *FILES]):
        assert document(quick("stats", *words, "-f", "json"))["rows"] == 3600


def test_without_an_address_it_starts_a_cluster_and_ends_it(nntrace, quick):
    alone = document(quick("stats", "net.yaml", *FILES, "-f", "json"))
    words = ["net.yaml", *FILES, "-f", "json", "--dask"]
    Path("temporary").mkdir()
    before = sorted(os.listdir())
    done = nntrace(
        "stats",
        *words,
        fresh=True,
        start_new_session=True,
        env={"TMPDIR": os.path.abspath("temporary")},
    )
    assert_same(document(done), alone)
    assert sorted(os.listdir()) == before
    assert os.listdir("temporary") == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TimeoutError("timed out"), "it took too long, as on a machine that is busy"),
        (OSError(24, "Too many open files"), "too many open files"),
        (RuntimeError("Nanny failed to start."), "Nanny failed to start."),
    ],
)
def test_a_cluster_here_that_does_not_start_is_told_in_a_line(quick, monkeypatch, error, told):
    class Failing:
        def __init__(self, **_):
            raise RuntimeError("Cluster failed to start") from error

    monkeypatch.setattr("distributed.LocalCluster", Failing)
    done = quick("stats", "net.yaml", *FILES, "--dask")
    line = f"nntrace: error: --dask: no cluster can be started here: {told}\n"
    assert (done.code, done.out, done.err) == (2, b"", line)


def test_a_worker_that_is_slow_to_end_takes_no_answer_with_it(quick, monkeypatch):
    from distributed import Nanny

    killed, slow = Nanny.kill, []

    async def kill(self, *arguments, **named):
        await killed(self, *arguments, **named)
        if self not in slow:  # as on a busy machine
            slow.append(self)
            raise TimeoutError

    monkeypatch.setattr(Nanny, "kill", kill)
    alone = document(quick("stats", "net.yaml", *FILES, "-f", "json"))
    assert_same(document(quick("stats", "net.yaml", *FILES, "-f", "json", "--dask")), alone)
    assert slow


def test_a_cluster_here_that_lost_all_its_workers_is_not_waited_for(monkeypatch):
    from distributed import Client, LocalCluster

    from nntrace.cli import cluster as module

    monkeypatch.setattr(module, "PATIENCE", 0.3)
    with (
        LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as own,
        Client(own, set_as_default=False) as client,
        pytest.raises(package.NntraceError, match="--dask: no worker is left"),
    ):
        module._result(client, client.submit(abs, -1))


class Elsewhere:
    """What came of a task on a cluster."""

    def __init__(self, error):
        self.error = error

    def result(self, timeout):
        raise self.error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ImportError("No module named 'nntrace'"), "nntrace and Dask as they are here: No module"),
        (RuntimeError("Error during deserialization of x. This"), "here: Error during deserial"),
        (RuntimeError("can't start new thread"), ""),
        (RecursionError("maximum depth"), ""),
    ],
)
def test_only_what_is_missing_on_a_cluster_is_called_so(error, told):
    from nntrace.cli.cluster import _result

    with pytest.raises(package.NntraceError if told else type(error)) as raised:
        _result(None, Elsewhere(error))
    assert told in str(raised.value)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks which processes run")
def test_an_interrupt_ends_all_of_it_without_a_word(command, clean):
    def one_worker():
        """Leave a single processor, for which one worker is started."""
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])

    os.mkfifo("slow.csv")
    process = subprocess.Popen(
        [*command, "stats", "net.yaml", "-i", "slow.csv", "-i", "data/*.csv", "--dask"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean(), start_new_session=True,
        preexec_fn=one_worker,
    )  # fmt: skip

    def arrived():
        return reader_of("slow.csv")

    writing = waiting_for(arrived)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, err = process.communicate(timeout=WATCHDOG)
    os.close(writing)
    assert (process.returncode, out, err) == (130, b"", b"")

    def gone():
        return not processes(session=process.pid)

    waiting_for(gone)


# ---- in Python ----


def test_the_core_runs_unchanged_under_dask(cluster):
    import dask.array
    import dask.bag

    net = package.load("net.yaml")
    rows = np.array(some_rows(0, 2000))
    blocks = dask.array.from_array(rows, chunks=(300, 2))
    size = net.layers[-1].size
    output = blocks.map_blocks(
        lambda block: package.forward(net, block).output,
        chunks=(blocks.chunks[0], (size,)), dtype=net.dtype,
    )  # fmt: skip
    trace = package.forward(net, rows)
    np.testing.assert_allclose(cluster.compute(output, sync=True), trace.output, rtol=1e-14)
    parts = dask.bag.from_sequence(range(0, 2000, 300)).map(
        lambda start: package.statistics(package.forward(net, rows[start : start + 300]), start)
    )
    total = cluster.compute(parts.fold(package.Statistics.merge), sync=True)
    whole = package.statistics(trace)
    assert total.rows == 2000
    for one, other in zip(total.layers, whole.layers, strict=True):
        assert (one.active == other.active).all()
        assert (one.counts == other.counts).all()
        np.testing.assert_allclose(one.a.mean, other.a.mean, rtol=1e-12)
        np.testing.assert_allclose(one.z.deviation, other.z.deviation, rtol=1e-12)
