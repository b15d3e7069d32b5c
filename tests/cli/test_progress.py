"""The line that tells how far a long run has come: when it is there, and that nothing stays."""

import contextlib
import io
import os
import re
import resource
import select
import signal
import subprocess

import numpy as np
import pytest
from terminals import Stream
from watchdog import WATCHDOG, asleep, unread, waiting_for

from nntrace.cli.environment import Environment
from nntrace.cli.options import Color
from nntrace.cli.progress import Progress, duration, told
from nntrace.read.nets.load import load
from nntrace.read.rows.batches import Batch
from nntrace.read.rows.inputs import rows_of


def screen(data):
    """Return the lines that a terminal shows after some output, all it knows of being a few codes.

    Anything else that moves or colours fails.
    """
    lines, column = [""], 0
    for piece in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+", data):
        if piece == "\r":
            column = 0
        elif piece == "\n":
            lines.append("")
            column = 0
        elif piece == "\x1b[K":
            lines[-1] = lines[-1][:column]
        elif piece.endswith("m"):
            pass
        else:
            assert not piece.startswith("\x1b"), piece
            lines[-1] = lines[-1][:column].ljust(column) + piece + lines[-1][column + len(piece) :]
            column += len(piece)
    return lines


# --- the line, with a clock of its own


VARIABLES = {"TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "80"}


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def batches(clock, seconds, parts=None, rows=512):
    """Give batches, each of which takes some seconds."""
    for index, each in enumerate(seconds):
        clock.now += each
        yield Batch(np.zeros((rows, 2)), fraction=parts[index] if parts else None)


@pytest.fixture
def watch():
    """Run batches past a line, and return what was drawn."""

    def run(seconds, parts=None, variables=None, stderr=None, **options):
        clock = Clock()
        stderr = stderr or Stream()
        variables = VARIABLES | (variables or {})
        environment = Environment(io.BytesIO(), Stream(), stderr, variables)
        with Progress(environment, clock=clock, **options) as progress:
            seen = sum(len(batch.values) for batch in progress.over(batches(clock, seconds, parts)))
        assert seen == 512 * len(seconds)
        return stderr.getvalue().decode()

    return run


def drawings(data):
    return [each.removesuffix("\x1b[K") for each in data.split("\r")[1:]]


def test_nothing_is_drawn_in_the_first_second(watch):
    assert watch([0.3, 0.3, 0.3]) == ""


def test_rows_and_rows_a_second_are_told(watch):
    *lines, last = drawings(watch([0.5] * 4))
    assert lines == [
        "1,024 rows, 1,024 rows/s",
        "1,536 rows, 1,024 rows/s",
        "2,048 rows, 1,024 rows/s",
    ]
    assert last == ""


def test_it_is_drawn_four_times_a_second_at_most(watch):
    lines = drawings(watch([0.01] * 301))[:-1]
    assert 7 <= len(lines) <= 9  # from the first second to the third


def test_the_time_left_is_told_where_the_length_is_known(watch):
    first, second, _ = drawings(watch([2, 2, 0.1], [0.25, 0.5, 0.5]))
    assert first == "█████                 512 rows, 256 rows/s, 6 s left"
    assert second == "██████████            1,024 rows, 256 rows/s, 4 s left"


def test_an_ascii_terminal_gets_an_ascii_line():
    stderr, clock = Stream(), Clock()
    environment = Environment(io.BytesIO(), Stream(), stderr, VARIABLES, "ascii")
    with Progress(environment, clock=clock) as progress:
        list(progress.over(batches(clock, [2], [0.5])))
    assert "++++++++++            512 rows, 256 rows/s, 2 s left" in stderr.getvalue().decode()


@pytest.mark.parametrize(("color", "coloured"), [("never", False), ("auto", True)])
def test_the_line_has_colours_as_the_rest_has(color, coloured):
    stderr, clock = Stream(), Clock()
    environment = Environment(io.BytesIO(), Stream(), stderr, {"TERM": "xterm-256color"})
    with Progress(environment, color=Color(color), clock=clock) as progress:
        list(progress.over(batches(clock, [2], [0.5])))
    assert (b"\x1b[3" in stderr.getvalue()) == coloured


def test_the_parts_that_a_cluster_measured_are_told_as_they_come():
    stderr, clock = Stream(), Clock()
    with Progress(Environment(io.BytesIO(), Stream(), stderr, VARIABLES), clock=clock) as progress:
        parts = progress.along(batches(clock, [2, 2]), lambda _: (1000, None))
        assert len(list(parts)) == 2
    assert drawings(stderr.getvalue().decode()) == [
        "1,000 rows, 500 rows/s",
        "2,000 rows, 500 rows/s",
        "",
    ]


@pytest.mark.parametrize("columns", [1, 2, 10, 30, 79])
def test_the_line_is_never_wider_than_the_terminal(watch, columns):
    for line in drawings(watch([3, 3], [0.5, 0.6], {"COLUMNS": str(columns)})):
        assert len(line) < max(2, columns)


@pytest.mark.parametrize(
    "options",
    [
        {"accessible": True},
        {"streaming": True},
        {"variables": {"TERM": "dumb"}},
        {"stderr": io.BytesIO()},
    ],
)
def test_where_no_line_is_wanted(watch, options):
    assert watch([2, 2], **options) == ""


def test_colour_is_left_out_where_it_is_not_wanted(watch):
    assert "\x1b[36m" in watch([2], [0.5], {"NO_COLOR": ""})
    assert "m" not in watch([2], [0.5]).replace("rows", "")


def test_an_error_comes_after_the_line_was_taken_away():
    stderr, clock = Stream(), Clock()
    environment = Environment(io.BytesIO(), io.BytesIO(), stderr, VARIABLES)

    def failing():
        yield from batches(clock, [2, 2])
        raise KeyError

    with pytest.raises(KeyError), Progress(environment, clock=clock) as progress:
        list(progress.over(failing()))
    environment.say("error", "it failed")
    assert screen(stderr.getvalue().decode()) == ["nntrace: error: it failed", ""]


def test_an_error_of_who_takes_the_batches_comes_after_it_too():
    stderr, clock = Stream(), Clock()
    environment = Environment(io.BytesIO(), io.BytesIO(), stderr, VARIABLES)
    held = []
    with Progress(environment, clock=clock) as progress:
        held.append(progress.over(batches(clock, [2, 2, 2])))  # as a traceback may hold it
        next(held[0])
        next(held[0])
        assert screen(stderr.getvalue().decode()) == ["512 rows, 256 rows/s"]
    assert screen(stderr.getvalue().decode()) == [""]


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (7800, "2 h 10 min")],
)
def test_durations(seconds, written):
    assert duration(seconds) == written


def test_what_is_told_at_the_end_of_the_input():
    assert told(1_000_000, 8, 1.0) == "1,000,000 rows, 125,000 rows/s, 0 s left"
    assert told(1, 1, None) == "1 row, 1 rows/s"


# --- how much of the input has been read


@pytest.fixture
def pair(folder):
    return load("pair.yaml")


def parts(network, *inputs, stdin=None):
    return [batch.fraction for batch in rows_of(network, inputs, stdin=stdin)]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "npy", "npz"])
def test_the_part_that_was_read_grows_to_one(folder, pair, suffix):
    numbers = np.ones((100_000, 2))
    if suffix == "npy":
        np.save("rows.npy", numbers)
    elif suffix == "npz":
        np.savez("rows.npz", input=numbers)
    else:
        row = "1.25,2.5\n" if suffix == "csv" else "[1.25,2.5]\n"
        (folder / f"rows.{suffix}").write_text(row * len(numbers))
    found = parts(pair, f"rows.{suffix}")
    assert found == sorted(found)
    assert 0 < found[0] < 0.5
    assert found[-1] == 1


def test_files_count_by_their_length(folder, pair):
    (folder / "short.csv").write_text("1,2\n" * 100)
    (folder / "long.csv").write_text("1,2\n" * 300)
    assert parts(pair, "short.csv", "0.5,0.5", "long.csv")[0] == 0.25
    assert parts(pair, "short.csv", "0.5,0.5", "long.csv")[-1] == 1


def test_standard_input_has_a_length_only_where_it_is_a_file(folder, pair):
    (folder / "rows.csv").write_text("1,2\n" * 100)
    with open("rows.csv", "rb", buffering=0) as stdin:
        assert parts(pair, "-", stdin=stdin) == [1]
    assert parts(pair, "-", stdin=io.BytesIO(b"1,2\n")) == [None]
    reading, writing = os.pipe()
    os.write(writing, b"1,2\n")
    os.close(writing)
    with os.fdopen(reading, "rb", buffering=0) as stdin:
        assert parts(pair, "rows.csv", "-", stdin=stdin) == [None, None]


# --- a real process at a real terminal


class Seated:
    """A process whose standard error is a terminal, and rows that come slowly."""

    def __init__(self, launched, *words, stdout=subprocess.DEVNULL, **options):
        self.main, terminal = os.openpty()
        stdout = terminal if stdout == "terminal" else stdout
        self.process = launched(
            *words, stdin=subprocess.PIPE, stdout=stdout, stderr=terminal, **options
        )
        os.close(terminal)
        self.seen = b""

    def look(self, seconds):
        """Read what the terminal gets meanwhile; false at the end."""
        ready, _, _ = select.select([self.main], [], [], seconds)
        if ready:
            try:
                self.seen += os.read(self.main, 65536)
            except OSError:  # the last of those that had it open has ended
                return False
        return True

    def give(self, row):
        """Give a row, if somebody is there."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(row)
            self.process.stdin.flush()

    def taken(self):
        """Whether all rows have been read."""
        return unread(self.process.stdin.fileno()) == 0

    def feed(self, until, row=b"1,2\n"):
        """Give rows, slowly, until something holds."""

        def holds():
            self.give(row)
            self.look(0.02)
            return until()

        waiting_for(holds)

    def end(self):
        """Wait for the end, and return the exit code and what the terminal shows."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        while self.look(WATCHDOG):
            pass
        return self.process.wait(WATCHDOG), screen(self.seen.decode())

    def shown(self):
        return b"rows/s" in self.seen


# The program, which shows at once and after every batch how far it is.
IMPATIENT = """
from nntrace.__main__ import main
from nntrace.cli import progress
progress.PATIENCE = progress.EVERY = 0
main()
"""


@pytest.fixture
def seat(launched, folder):
    started = []

    def start(*words, env=None, patient=False, **options):
        variables = {"TERM": "xterm", "COLUMNS": "80"} | (env or {})
        code = None if patient else IMPATIENT
        started.append(Seated(launched, *words, env=variables, code=code, **options))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()
        for stream in (each.process.stdin, each.process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        os.close(each.main)


ROWS = ["pair.yaml", "-i", "-"]


@pytest.mark.parametrize(
    "words",
    [
        ["run", *ROWS, "-f", "jsonl"],
        ["run", *ROWS, "-f", "json"],
        ["run", *ROWS, "-o", "out.csv"],
        ["stats", *ROWS],
        ["explain", *ROWS[:1], "output.0", *ROWS[1:], "-f", "json"],
    ],
)
def test_a_slow_run_shows_how_far_it_is_and_leaves_nothing(seat, words):
    seated = seat(*words, patient=words[-1] == "jsonl")
    seated.feed(seated.shown)
    assert re.fullmatch(r"[0-9,]+ rows?, [0-9,]+ rows?/s", screen(seated.seen.decode())[-1])
    assert seated.end() == (0, [""])


def test_a_ladder_shows_how_far_it_is(seat, folder):
    words = ["clues.yaml", "-i", "-", "--input-format", "csv", "-t", "sort"]
    seated = seat("ladder", *words)
    seated.process.stdin.write(b"sort,whiskers,ears,barks\n")
    for _ in range(6):  # as many rows as a ladder needs
        seated.give(b"cat,1,2,3\ndog,3,2,1\n")
    seated.feed(seated.shown, b"cat,1,2,3\ndog,3,2,1\n")
    assert seated.end() == (0, [""])


def test_a_table_on_the_same_terminal_stands_alone(seat):
    seated = seat("stats", *ROWS, stdout="terminal")
    seated.feed(seated.shown)
    code, lines = seated.end()
    assert code == 0
    assert "rows/s" not in "\n".join(lines)
    assert "pair" in lines[0]


@pytest.mark.parametrize(
    ("words", "env", "stdout"),
    [
        (["run", *ROWS, "-f", "jsonl"], {}, "terminal"),
        (["run", *ROWS, "-f", "csv", "-o", "-"], {}, "terminal"),
        (["stats", *ROWS], {"TERM": "dumb"}, subprocess.DEVNULL),
        (["stats", *ROWS, "--accessible"], {}, subprocess.DEVNULL),
    ],
)
def test_no_line_where_it_would_disturb(seat, words, env, stdout):
    seated = seat(*words, env=env, stdout=stdout)
    for _ in range(5):  # each would draw one
        seated.give(b"1,2\n")
        waiting_for(lambda: seated.taken() and asleep(seated.process))
    code, _ = seated.end()
    assert code == 0
    assert not seated.shown()
    assert b"\x1b" not in seated.seen


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
@pytest.mark.parametrize("words", [["stats", *ROWS], ["run", *ROWS, "-f", "jsonl"]])
def test_nothing_is_left_half_drawn_by_who_ends_it(seat, words, number, code):
    seated = seat(*words)
    seated.feed(seated.shown)
    seated.process.send_signal(number)
    assert seated.end() == (code, [""])


def test_an_error_stands_at_the_first_column(seat):
    for words in (["stats", *ROWS], ["run", *ROWS, "-f", "jsonl"]):
        seated = seat(*words)
        seated.feed(seated.shown)
        seated.process.stdin.write(b"1,x\n")
        code, lines = seated.end()
        assert code == 2
        assert lines[0].startswith("nntrace: error: <stdin>:")
        assert [line.partition(" | ")[2] for line in lines[1:]] == ["1,x", "  ^", ""]


def test_a_full_disk_is_told_at_the_first_column(seat):
    seated = seat("run", *ROWS, "-f", "jsonl", "-o", "out.jsonl")
    seated.feed(seated.shown)
    resource.prlimit(seated.process.pid, resource.RLIMIT_FSIZE, (1000, 1000))
    seated.feed(lambda: seated.process.poll() is not None, b"1,2\n" * 1000)
    assert seated.end() == (2, ["nntrace: error: out.jsonl: file too large", ""])
    assert not os.path.exists("out.jsonl")


def test_a_warning_stands_at_the_first_column(seat, folder):
    text = "input: 1\ndtype: float32\nlayers: [{weights: [[1e38]]}]"
    (folder / "large.yaml").write_text(text)
    seated = seat("stats", "large.yaml", "-i", "-")
    seated.feed(seated.shown, b"1\n")
    seated.feed(lambda: b"warning" in seated.seen, b"1000\n")
    code, lines = seated.end()
    assert code == 0
    assert lines[0].startswith("nntrace: warning: output.0: its z is infinite in row ")
    assert lines[1:] == [""]
