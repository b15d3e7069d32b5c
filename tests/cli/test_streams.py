"""Streams and the process: what arrives is answered, what fails leaves nothing broken behind."""

import contextlib
import json
import os
import select
import signal
import stat
import subprocess

import numpy as np
import pytest
from watchdog import WATCHDOG, asleep, heeded, unread, waiting_for

FULL = 60_000  # bytes in a pipe that holds 64 KiB, and takes whole lines
ROW = b'{"row":0,"input":[1.0,2.0],"layers":[{"name":"output","activation":"identity",'
RUN = ["run", "pair.yaml", "-i", "-"]


@pytest.fixture
def start(launched, folder):
    """Start the program and leave it running."""
    started = []

    def run(*words, **options):
        for stream in ("stdin", "stdout", "stderr"):
            options.setdefault(stream, subprocess.PIPE)
        started.append(launched(*words, **options))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        process.wait()


def answer(process, lines):
    """Return the next lines of the output, as they come."""
    data = b""
    while data.count(b"\n") < lines:
        ready, _, _ = select.select([process.stdout], [], [], WATCHDOG)
        assert ready, f"no answer, only {data!r}"
        arrived = os.read(process.stdout.fileno(), 65536)
        assert arrived, process.stderr.read()
        data += arrived
    return data.decode().splitlines()


def send(process, data):
    process.stdin.write(data)
    process.stdin.flush()


# --- as rows arrive


@pytest.mark.parametrize("output", ["jsonl", "csv"])
@pytest.mark.parametrize("input_format", ["jsonl", "csv"])
@pytest.mark.parametrize("told", [True, False])
def test_a_row_is_answered_without_waiting_for_the_next(start, input_format, output, told):
    more = ["--input-format", input_format] if told else []
    process = start(*RUN, "-f", output, *more)
    rows = [b"[1, %d]\n" if input_format == "jsonl" else b"1,%d\n"][0]
    per_row = 1 if output == "jsonl" else 2
    for index in range(4):
        send(process, b"\n" + rows % index)
        lines = answer(process, per_row + (output == "csv" and index == 0))
        if output == "jsonl":
            assert json.loads(lines[0])["input"] == [1, index]
        else:
            assert lines[-1] == f"{index},output,1,,{3.0 - 4 * index},{3.0 - 4 * index}"
    send(process, rows % 4 + (rows % 5)[:3])  # one and a half
    answer(process, per_row)
    send(process, (rows % 5)[3:])
    answer(process, per_row)
    process.stdin.close()
    assert process.wait(WATCHDOG) == 0
    assert process.stdout.read() == process.stderr.read() == b""


def test_rows_with_a_header_are_answered_at_once(start):
    process = start("run", "clues.yaml", "-i", "-", "--keep", "id", "-f", "jsonl")
    send(process, b"id,barks,ears,whiskers\n")
    send(process, b'"a\nb",1,2,3\n')
    assert json.loads(answer(process, 1)[0])["keep"] == {"id": "a\nb"}


def test_a_pipe_given_by_name_is_answered_at_once(start, folder):
    os.mkfifo("out.jsonl")
    process = start(*RUN, "-o", "out.jsonl")
    with open("out.jsonl", "rb", buffering=0) as stream:
        process.stdout.close()
        process.stdout = stream
        send(process, b"1,2\n")
        answer(process, 1)
        send(process, b"1,3\n")
        answer(process, 1)
        process.stdin.close()
        assert process.wait(WATCHDOG) == 0
    assert stat.S_ISFIFO(os.stat("out.jsonl").st_mode)


def test_numbers_depend_on_how_rows_arrive_by_rounding_only(nntrace, start):
    rows = [
        b"%s\n" % str(row.tolist()).encode() for row in np.random.default_rng(0).random((9, 64))
    ]
    at_once = nntrace("run", "digits", "-i", "-", "-f", "jsonl", stdin=b"".join(rows)).out
    process = start("run", "digits", "-i", "-", "-f", "jsonl")
    for row, expected in zip(rows, at_once.splitlines(), strict=True):
        send(process, row)
        alone, together = json.loads(answer(process, 1)[0]), json.loads(expected)
        for one, other in zip(alone["layers"], together["layers"], strict=True):
            largest = np.abs(other["z"]).max()
            assert np.abs(np.subtract(one["z"], other["z"])).max() <= 5e-6 * largest


@pytest.mark.parametrize(("row", "output"), [(b"[1.5, 2]\n", "jsonl"), (b"1.5,2\n", "csv")])
def test_constant_memory(peak, folder, row, output):
    taken = []
    for count in (20_000, 200_000):
        (folder / "rows").write_bytes(row * count)
        with open("rows", "rb") as stdin:
            code, memory, _ = peak(stdin, *RUN, "-f", output)
        assert code == 0
        taken.append(memory)
    assert taken[1] - taken[0] < 4 * 1024


@pytest.mark.parametrize("kind", ["csv", "jsonl", "blank"])
def test_an_endless_line_is_refused_in_bounded_memory(peak, folder, kind):
    with open("rows", "wb") as stream:
        stream.write({"csv": b"1", "jsonl": b"[1", "blank": b" "}[kind])
        stream.truncate(400 * 2**20)  # of NUL bytes, which take no room on the disk
    with open("rows", "rb") as stdin:
        code, memory, said = peak(stdin, *RUN, "-f", "jsonl")
    assert (code, said) == (2, "nntrace: error: <stdin>:1: is longer than 64 MiB\n")
    assert memory < 250 * 1024


@pytest.mark.parametrize("count", [1, 511, 512, 513, 5000])
@pytest.mark.parametrize("form", ["jsonl", "csv", "header"])
def test_rows_before_a_wrong_one_are_written_whole(quick, folder, form, count):
    net = "clues.yaml" if form == "header" else "pair.yaml"
    row = {"jsonl": b"[1, 2]\n", "csv": b"1,2\n", "header": b"3,2,1\n"}[form]
    head = b"barks,ears,whiskers\n" if form == "header" else b""
    stdin = head + row * count + b"\n" + row.replace(b"2", b"x") + row * 3
    done = quick("run", net, "-i", "-", "-f", "jsonl", stdin=stdin)
    assert done.code == 2
    assert [record["row"] for record in done.records] == list(range(count))
    line = count + 2 + (form == "header")
    assert done.err.startswith(f"nntrace: error: <stdin>:{line}: ")
    assert done.err.count("\n") == 1


# --- where the output goes


LARGE = "yes 1,2 | head -200000 | "


@pytest.mark.parametrize("words", ["run pair.yaml -i - -f jsonl", "run pair.yaml -i - -f csv"])
def test_a_closed_pipe(shell, words):
    done = shell(f"{LARGE} ($N {words}; echo $? >&2) | head -1")
    assert (done.stderr, done.stdout.count("\n")) == ("141\n", 1)


@pytest.mark.parametrize("words", ["--version", "--help", "run --help", "run digits -f json"])
def test_a_pipe_that_nobody_reads(start, words):
    reading, writing = os.pipe()
    os.close(reading)
    process = start(*words.split(), stdout=writing)
    os.close(writing)
    assert process.wait(WATCHDOG) == 141
    assert process.stderr.read() == b""


@pytest.mark.parametrize(
    "words",
    [
        *("--version", "--help", "run -h"),
        *("run pair.yaml -i 1,2 -f jsonl", "run pair.yaml -i - -f jsonl", "run digits -f npz"),
    ],
)
@pytest.mark.parametrize("before", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "not"])
def test_a_full_disk(shell, words, before):
    done = shell(f"{LARGE if '-i -' in words else ''} $N {words} > /dev/full", **before)
    assert done.stderr == "nntrace: error: <stdout>: no space left on device\n"
    assert done.returncode == 2


@pytest.mark.parametrize("words", ["--version", "--help", "run pair.yaml -i 1,2 -f json"])
def test_standard_output_closed(shell, words):
    done = shell(f"$N {words} >&-")
    assert done.stderr == "nntrace: error: <stdout>: bad file descriptor\n"
    assert done.returncode == 2


def test_standard_input_closed(shell):
    done = shell("$N run pair.yaml -i 1,2 -f jsonl <&-")
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    for words in ("run pair.yaml -i -", "run - -i 1,2"):
        done = shell(f"$N {words} -f jsonl <&-")
        assert done.stderr == "nntrace: error: <stdin>: bad file descriptor\n"
        assert (done.returncode, done.stdout) == (2, "")


def test_standard_error_closed(shell):
    assert shell("$N run pair.yaml -i 1,x 2>&-").returncode == 2
    done = shell("$N run pair.yaml -i 1,2 -f jsonl 2>&-")
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert shell("$N run pair.yaml -i 1,2 -f jsonl <&- >&- 2>&-").returncode == 2
    assert shell("$N run pair.yaml -i 1,2 -f jsonl -o out <&- >&- 2>&-; cat out").stdout


def test_standard_input_that_cannot_be_read(shell):
    done = shell("$N run pair.yaml -i - -f jsonl 0> written")
    assert done.stderr == "nntrace: error: <stdin>: bad file descriptor\n"
    assert done.returncode == 2


def test_pipes_that_do_not_block(start):
    """As another program that shares them may have made them."""
    in_reading, in_writing = os.pipe()
    out_reading, out_writing = os.pipe()
    os.set_blocking(in_reading, False)
    os.set_blocking(out_writing, False)
    process = start(*RUN, "-f", "jsonl", stdin=in_reading, stdout=out_writing)
    os.close(in_reading)
    os.close(out_writing)
    os.write(in_writing, b"1,2\n")
    assert os.read(out_reading, 65536).count(b"\n") == 1
    waiting_for(lambda: asleep(process))  # for a row
    with open(in_writing, "wb") as stream:
        stream.write(b"1,2\n" * 5000)
    waiting_for(lambda: unread(out_reading) > FULL and asleep(process))  # for a reader
    with open(out_reading, "rb") as stream:
        assert stream.read().count(b"\n") == 5000
    assert process.wait(WATCHDOG) == 0
    assert process.stderr.read() == b""


def test_no_arguments(shell):
    done = shell("$N")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: nntrace" in done.stderr


@pytest.mark.parametrize("words", ["--version", "--help", "-h", "run --help", "run -h"])
def test_help_and_version(shell, words):
    done = shell(f"$N {words}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("nntrace 0." if words == "--version" else "Usage: nntrace")


def test_tracebacks_are_for_those_who_ask(nntrace, folder):
    for value, shown in (("1", True), ("0", False), ("", False)):
        done = nntrace("run", "pair.yaml", "-i", "x", env={"NNTRACE_DEBUG": value})
        assert ("Traceback" in done.err) == shown
        assert done.err.splitlines()[-1].startswith("nntrace: error: --input x: ")
        assert (done.code, done.out) == (2, b"")


# --- when somebody ends it


@pytest.mark.parametrize("more", [[], ["-o", "out.jsonl"]])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_ended_while_it_waits(start, folder, number, code, more):
    (folder / "out.jsonl").write_text("old")
    names = set(os.listdir())
    process = start(*RUN, "-f", "jsonl", *more)
    send(process, b"1,2\n")
    if more:
        waiting_for(lambda: set(os.listdir()) != names)  # the temporary file is there
    else:
        answer(process, 1)
    waiting_for(lambda: asleep(process))
    process.send_signal(number)
    assert process.wait(WATCHDOG) == code
    assert process.stderr.read() == b""
    assert set(os.listdir()) == names
    assert (folder / "out.jsonl").read_text() == "old"


ENDINGS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


@pytest.fixture
def endless(folder):
    """Rows without an end, read as a pipe that is always full."""
    started = []

    def rows(line="1.5,2"):
        started.append(subprocess.Popen(["yes", line], stdout=subprocess.PIPE))
        return started[-1].stdout

    yield rows
    for process in started:
        process.kill()
        process.stdout.close()
        process.wait()


def is_whole(data, output):
    """Whether it is whole lines, each of which says all."""
    assert data.endswith(b"\n")
    lines = data.decode().splitlines()
    if output == "jsonl":
        return [json.loads(line)["row"] for line in lines] == list(range(len(lines)))
    return {line.count(",") for line in lines} == {5}


@pytest.mark.parametrize(("number", "code"), [*ENDINGS, (signal.SIGKILL, -9)])
@pytest.mark.parametrize("output", ["jsonl", "csv"])
def test_ended_in_a_stream_whose_reader_is_slow(start, endless, output, number, code):
    """The pipe is full, so that a part of what is written has gone out when the signal comes."""
    process = start(*RUN, "-f", output, stdin=endless())
    data = os.read(process.stdout.fileno(), 5000)
    waiting_for(lambda: unread(process.stdout.fileno()) > FULL and asleep(process))
    process.send_signal(number)
    while arrived := os.read(process.stdout.fileno(), 3000):
        data += arrived
    assert process.wait(WATCHDOG) == code
    assert process.stderr.read() == b""
    assert is_whole(data, output)


@pytest.mark.parametrize("output", ["jsonl", "csv"])
@pytest.mark.parametrize(
    ("numbers", "code"),
    [([signal.SIGINT], 130), ([signal.SIGINT] * 2, 130), ([signal.SIGKILL], -9)],
)
def test_ended_while_nobody_reads(start, endless, output, numbers, code):
    """Who comes back to read what is left in the pipe finds whole lines."""
    process = start(*RUN, "-f", output, stdin=endless())
    data = os.read(process.stdout.fileno(), 5000)
    waiting_for(lambda: unread(process.stdout.fileno()) > FULL and asleep(process))
    for number in numbers:
        process.send_signal(number)
        waiting_for(lambda number=number: heeded(process, number))
    assert process.wait(WATCHDOG) == code
    assert process.stderr.read() == b""
    data += process.stdout.read()
    assert len(data) > 60_000
    assert is_whole(data, output)


@pytest.mark.parametrize(("number", "code"), [*ENDINGS, (signal.SIGKILL, -9)])
@pytest.mark.parametrize("output", ["jsonl", "csv"])
def test_ended_in_a_stream_to_a_file(start, endless, folder, output, number, code):
    """Nothing can be tidied up by a process that is killed: it leaves a temporary file behind."""
    (folder / f"out.{output}").write_text("old")
    names = set(os.listdir())
    process = start(*RUN, "-o", f"out.{output}", stdin=endless())
    waiting_for(lambda: any(os.path.getsize(name) for name in set(os.listdir()) - names))
    process.send_signal(number)
    assert process.wait(WATCHDOG) == code
    assert process.stderr.read() == b""
    left = set(os.listdir()) - names
    assert (folder / f"out.{output}").read_text() == "old"
    if code > 0:
        assert not left
    assert all(name.startswith(".nntrace-") for name in left)


@pytest.mark.parametrize(("number", "code"), [*ENDINGS, (signal.SIGKILL, -9)])
@pytest.mark.parametrize("more", [[], ["-o", "out.json"]])
def test_statistics_ended_half_way(start, folder, more, number, code):
    (folder / "out.json").write_text("old")
    names = set(os.listdir())
    process = start("stats", "pair.yaml", "-i", "-", *more)
    send(process, b"1.5,2\n" * 50_000)  # more than a pipe holds: most has been read
    process.send_signal(number)
    assert process.wait(WATCHDOG) == code
    assert process.stdout.read() == process.stderr.read() == b""
    assert set(os.listdir()) == names
    assert (folder / "out.json").read_text() == "old"


@pytest.mark.parametrize("words", ["stats pair.yaml -i -", "explain pair.yaml output.0 -i -"])
def test_a_result_that_nobody_reads_or_that_finds_no_room(shell, words):
    rows = "yes 1,2 | head -2000 | "
    assert shell(f"{rows} ($N {words}; echo $? >&2) | true").stderr == "141\n"
    done = shell(f"{rows} $N {words} > /dev/full")
    assert done.stderr == "nntrace: error: <stdout>: no space left on device\n"
    assert done.returncode == 2


@pytest.mark.parametrize("output", ["jsonl", "csv"])
@pytest.mark.parametrize("way", [">", ">>"])
def test_a_disk_that_fills_up_holds_whole_lines(shell, folder, output, way):
    run = f"$N run pair.yaml -i - -f {output} {way} out"
    done = shell(f"ulimit -f 33; {LARGE} {run}")
    assert done.stderr == "nntrace: error: <stdout>: file too large\n"
    assert done.returncode == 2
    data = (folder / "out").read_bytes()
    assert len(data) > 32 * 1024
    assert is_whole(data, output)


def test_what_follows_a_full_disk_leaves_no_hole(shell, folder):
    """The place in a file is shared with whoever writes next, here the error itself."""
    (folder / "wide.yaml").write_text(
        "input: 2\nlayers: [{size: 900, weights: {random: normal, seed: 1}}]\n"
    )
    run = "(ulimit -f 99; yes 1,2 | head -200 | $N run wide.yaml -i - -f jsonl)"
    assert "<stdout>: file too large" in shell(f"{{ {run}; echo next; }} > out").stderr
    data = (folder / "out").read_bytes()
    assert data.count(b"\0") == 0
    assert data.endswith(b"}\nnext\n")


# Is sent a signal at the moment when a module is looked for.
SIGNALLED = """
import signal, sys

class Signalling:
    def find_spec(name, path=None, target=None):
        if name == module:
            signal.raise_signal(int(number))

module, number = sys.argv.pop(1), sys.argv.pop(1)
sys.meta_path.insert(0, Signalling)
from nntrace.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "module",
    [
        "nntrace.cli",
        "nntrace.cli.interrupts",
        "nntrace.cli.arguments",
        "nntrace.cli.run",
        "numpy",
        "orjson",
    ],
)
@pytest.mark.parametrize(("number", "code"), ENDINGS)
def test_ended_while_it_starts(command, clean, folder, module, number, code):
    """As far as nntrace can reach: Python itself is started by then."""
    words = [command[0], "-c", SIGNALLED, module, str(int(number)), *RUN]
    done = subprocess.run(words, env=clean(), stdin=subprocess.DEVNULL, capture_output=True)
    if number != signal.SIGINT and module in ("nntrace.cli", "nntrace.cli.interrupts"):
        code = -number  # the system's own way: nntrace hears of no signal yet
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")


# --- files


def test_a_new_file_obeys_the_umask(shell, folder):
    for umask, mode in (("022", 0o644), ("077", 0o600), ("002", 0o664)):
        done = shell(f"umask {umask}; $N run pair.yaml -i 1,2 -o new-{umask}.jsonl")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert stat.S_IMODE(os.stat(f"new-{umask}.jsonl").st_mode) == mode


def test_an_existing_file_keeps_its_mode(quick, folder):
    out = folder / "out.jsonl"
    for mode in (0o640, 0o777, 0o600):
        out.write_text("old")
        out.chmod(mode)
        before = out.stat().st_ino
        assert quick("run", "pair.yaml", "-i", "1,2", "-o", "out.jsonl") == (0, b"", "")
        assert stat.S_IMODE(out.stat().st_mode) == mode
        assert out.read_bytes().startswith(ROW)
        assert out.stat().st_ino != before  # replaced, not written over


def test_a_failed_run_leaves_the_old_file(quick, folder):
    (folder / "out.jsonl").write_text("old")
    names = sorted(os.listdir())
    for stdin in (b"x\n", b"1,2\n" * 2000 + b"1\n"):
        for name in ("out.jsonl", "new.jsonl"):
            assert quick(*RUN, "-o", name, stdin=stdin).code == 2
    assert sorted(os.listdir()) == names
    assert (folder / "out.jsonl").read_text() == "old"


def test_a_full_disk_leaves_the_old_file(shell, folder):
    """Python ignores the signal that would end it, and is told that the file is too large."""
    (folder / "out.jsonl").write_text("old")
    names = sorted(os.listdir())
    done = shell(f"ulimit -f 8; {LARGE} $N run pair.yaml -i - -o out.jsonl")
    assert done.stderr == "nntrace: error: out.jsonl: file too large\n"
    assert done.returncode == 2
    assert (folder / "out.jsonl").read_text() == "old"
    assert sorted(os.listdir()) == names


def test_the_target_of_a_link_is_replaced(quick, folder):
    (folder / "of").mkdir()
    (folder / "of" / "target").write_text("old")
    (folder / "link.jsonl").symlink_to("of/target")
    (folder / "hanging.jsonl").symlink_to("of/new")
    (folder / "twice.jsonl").symlink_to("link.jsonl")
    for name, target in (("link", "target"), ("hanging", "new"), ("twice", "target")):
        assert quick("run", "pair.yaml", "-i", "1,2", "-o", f"{name}.jsonl") == (0, b"", "")
        assert (folder / f"{name}.jsonl").is_symlink()
        assert (folder / "of" / target).read_bytes().startswith(ROW)
        (folder / "of" / target).write_text("old")
    assert sorted(os.listdir("of")) == ["new", "target"]


def test_a_link_that_goes_in_a_circle(quick, folder):
    (folder / "a.jsonl").symlink_to("b.jsonl")
    (folder / "b.jsonl").symlink_to("a.jsonl")
    done = quick("run", "pair.yaml", "-i", "1,2", "-o", "a.jsonl")
    assert done == (2, b"", "nntrace: error: a.jsonl: too many levels of symbolic links\n")
    assert (folder / "a.jsonl").is_symlink()


def test_pipes_and_devices_are_written_directly(shell, folder):
    done = shell("$N run pair.yaml -i 1,2 -f jsonl -o /dev/null; ls -l /dev/null")
    assert done.returncode == 0
    assert done.stdout.startswith("c")
    expected = shell("$N run pair.yaml -i 1,2 -f jsonl").stdout
    for line in (
        "$N run pair.yaml -i 1,2 -f jsonl -o /dev/stdout",
        "$N run pair.yaml -i 1,2 -f jsonl -o /dev/stdout | cat",
        "$N run pair.yaml -i 1,2 -f jsonl -o -",
        "$N run pair.yaml -i 1,2 -f jsonl -o /dev/fd/1 | cat",
        "$N run pair.yaml -i 1,2 -f jsonl -o /dev/fd/3 3>&1",
        "$N run pair.yaml -i 1,2 -f jsonl -o /proc/self/fd/1 | cat",
        "$N run pair.yaml -i 1,2 -f jsonl -o >(cat) | cat",
        "mkfifo p.jsonl; cat p.jsonl & $N run pair.yaml -i 1,2 -o p.jsonl; wait",
    ):
        done = shell(line)
        assert (done.stdout, done.stderr) == (expected, ""), line
        assert done.returncode == 0
    done = shell(
        "echo before > log; $N run pair.yaml -i 1,2 -f jsonl -o /dev/stdout >> log; cat log"
    )
    assert done.stdout == "before\n" + expected
    for name in ("/dev/stderr", "/proc/thread-self/fd/2", "/dev/fd/2"):
        done = shell(
            f"echo before > log; $N run pair.yaml -i 1,2 -f jsonl -o {name} 2>> log; cat log"
        )
        assert done.stdout == "before\n" + expected, name
    done = shell("$N run pair.yaml -i 1,2 -f jsonl -o /dev/full")
    assert done.stderr == "nntrace: error: /dev/full: no space left on device\n"
    assert done.returncode == 2


def test_files_that_cannot_be_written(quick, folder):
    (folder / "of.json").mkdir()
    names = sorted(os.listdir())
    for words, error in (
        (["-f", "json", "-o", ""], "-o: '' is no file name"),
        (["-o", "gone/x.json"], "gone/x.json: no such file or directory"),
        (["-o", "of.json"], "of.json: is a directory"),
        (["-o", "pair.yaml/x.json"], "pair.yaml/x.json: not a directory"),
        (["-o", "x" * 300 + ".json"], "x" * 300 + ".json: file name too long"),
        (
            ["-o", "x.xml"],
            "-o x.xml: its suffix is none of .json, .jsonl, .csv, .npz, .node-data.json, .txt; "
            "say the format with -f",
        ),
        (
            ["-o", "x"],
            "-o x: its suffix is none of .json, .jsonl, .csv, .npz, .node-data.json, .txt; "
            "say the format with -f",
        ),
    ):
        done = quick("run", "pair.yaml", "-i", "1,2", *words)
        assert done == (2, b"", f"nntrace: error: {error}\n")
    assert sorted(os.listdir()) == names


def test_npz_does_not_go_to_a_terminal(start):
    main, terminal = os.openpty()
    process = start("run", "pair.yaml", "-i", "1,2", "-f", "npz", stdout=terminal)
    assert process.wait(WATCHDOG) == 2
    said = b"npz is binary, and no terminal shows it: give -o FILE.npz, or a pipe"
    assert process.stderr.read() == b"nntrace: error: " + said + b"\n"
    os.close(main)
    os.close(terminal)


# --- many of it, each on a part of a stream


def _splits(header: bool) -> str:
    run = "$N run clues.yaml -i - -f jsonl"
    return f"split -l 8 --filter='{f'(head -1 rows.csv; cat) | {run}' if header else run}' body.csv"


def _parallel(header: bool) -> str:
    options = "-k --pipe -N 8" + " --header :" * header
    return f"parallel {options} $N run clues.yaml -i - -f jsonl < rows.csv"


def _gnu(program: str) -> pytest.MarkDecorator:
    there = "GNU" in subprocess.getoutput(f"{program} --version")
    return pytest.mark.skipif(not there, reason=f"GNU {program} is not here")


@pytest.mark.parametrize("header", [False, True])
@pytest.mark.parametrize(
    "shares_out",
    [pytest.param(_splits, marks=_gnu("split")), pytest.param(_parallel, marks=_gnu("parallel"))],
)
def test_copies_that_each_take_some_lines_write_what_one_writes(shell, shares_out, header):
    lines = [f"{i},{i % 7},{-i}\n" for i in range(50)]
    with open("rows.csv", "w") as stream:
        stream.writelines(["barks,ears,whiskers\n"] * header + lines)
    with open("body.csv", "w") as stream:
        stream.writelines(lines)
    one = shell("$N run clues.yaml -i - -f jsonl < rows.csv")
    many = shell(shares_out(header))
    assert (one.returncode, many.returncode, one.stderr + many.stderr) == (0, 0, "")
    parts = [json.loads(line) for line in many.stdout.splitlines()]
    assert [part.pop("row") for part in parts] == [i % 8 for i in range(50)]
    whole = [json.loads(line) for line in one.stdout.splitlines()]
    assert [row.pop("row") for row in whole] == list(range(50))
    assert parts == whole
