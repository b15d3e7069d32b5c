"""What is kept between runs: nothing is lost, nothing crashes, two at once do no harm."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from watchdog import WATCHDOG, waiting_for

from nntrace.cli import state, store
from nntrace.cli.environment import Environment
from nntrace.cli.state import (
    append_review,
    clear_progress,
    folder,
    now,
    read_reviews,
    recall_place,
    remember_place,
)
from nntrace.errors import FileError, UsageError
from nntrace.teach.progress import Review, decode, encode

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 19, 9, 54, tzinfo=UTC)
posix = pytest.mark.skipif(os.name != "posix", reason="asks for what POSIX has")


def at(home: Path | str, **variables: str) -> Environment:
    streams = io.BytesIO(), io.BytesIO(), io.BytesIO()
    return Environment(*streams, {"NNTRACE_STATE": str(home)} | variables)


def warned(environment: Environment) -> list[str]:
    """Return the warnings, without their beginning."""
    lines = environment.stderr.getvalue().decode().splitlines()
    assert all(line.startswith("nntrace: warning: ") for line in lines)
    return [line.removeprefix("nntrace: warning: ") for line in lines]


def review(number: int = 0, name: str = "q") -> Review:
    return Review(NOW + timedelta(seconds=number), name, "c", "right", number % 3)


# ---- where, and when ----


def test_the_folder_is_named_by_a_variable_or_the_users_own(monkeypatch, tmp_path):
    assert folder(at("there")) == Path("there")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    own = folder(at(""))
    assert own.name == "nntrace"
    assert own.is_absolute()
    if sys.platform == "linux":
        assert own == tmp_path / "nntrace"


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2026-11-22T19:09:54Z", NOW),
        ("2026-11-22T19:09:54", NOW),
        ("2026-11-22T20:09:54.75+01:00", NOW),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
    ],
)
def test_the_clock_can_be_set(given, moment):
    assert now(at("", NNTRACE_NOW=given)) == moment
    assert now(at("", NNTRACE_NOW=given)).tzinfo is UTC


def test_without_it_the_clock_is_the_systems_to_the_second():
    before = datetime.now(UTC).replace(microsecond=0)
    moment = now(at(""))
    assert before <= moment <= datetime.now(UTC)
    assert moment.microsecond == 0
    assert moment.tzinfo is UTC


@pytest.mark.parametrize("given", ["noon", "2026-13-01", "0001-01-01T00:00:00+10:00", "\x1b"])
def test_a_time_that_is_none_is_told(given):
    with pytest.raises(UsageError, match=r"NNTRACE_NOW: '.*' is no time, takes one such as"):
        now(at("", NNTRACE_NOW=given))


# ---- the journal ----


def test_what_is_added_is_read_in_order(tmp_path):
    home = tmp_path / "not" / "there yet"
    environment = at(home)
    assert read_reviews(environment) == []
    assert not home.exists()  # to read makes nothing
    reviews = [review(n, name) for n, name in enumerate(["a", "größe", "猫/\u2028", "\ud800", ""])]
    for each in reviews:
        append_review(environment, each)
    assert read_reviews(at(home)) == reviews
    assert (home / "progress.jsonl").read_bytes() == b"".join(map(encode, reviews))
    assert warned(environment) == []


def test_what_was_written_is_never_written_again(tmp_path):
    kept = b'{"later": [1], ' + encode(review())[1:].replace(b"\n", b"  \r\n")
    (tmp_path / "progress.jsonl").write_bytes(b"\n" + kept)
    append_review(at(tmp_path), review(1))
    assert read_reviews(at(tmp_path)) == [review(), review(1)]
    assert (tmp_path / "progress.jsonl").read_bytes() == b"\n" + kept + encode(review(1))


def test_a_last_line_without_its_end_is_a_line(tmp_path):
    (tmp_path / "progress.jsonl").write_bytes(encode(review())[:-1])
    environment = at(tmp_path)
    assert read_reviews(environment) == [review()]
    append_review(environment, review(1))
    assert read_reviews(environment) == [review(), review(1)]
    assert warned(environment) == []


def test_a_torn_last_line_takes_nothing_with_it(tmp_path):
    torn = encode(review()) + encode(review(1))[:-9]
    (tmp_path / "progress.jsonl").write_bytes(torn)
    environment = at(tmp_path)
    append_review(environment, review(2))
    assert read_reviews(environment) == [review(), review(2)]
    path = tmp_path / "progress.jsonl"
    assert warned(environment) == [
        f"{path} is damaged: line 2 cannot be read; it was set aside as {path}.damaged-1, "
        "what could be read is kept"
    ]
    assert path.with_name("progress.jsonl.damaged-1").read_bytes() == (
        torn + b"\n" + encode(review(2))
    )
    assert read_reviews(environment) == [review(), review(2)]
    assert len(warned(environment)) == 1  # it is whole again


def test_each_damaged_file_gets_a_name_of_its_own(tmp_path):
    environment = at(tmp_path)
    for damage in (b"one\n", b"two\nthree\nfour\n", b"five\n"):
        with open(tmp_path / "progress.jsonl", "ab") as stream:
            stream.write(damage)
        append_review(environment, review())
        read_reviews(environment)
    assert read_reviews(environment) == [review()] * 3
    firsts = [(tmp_path / f"progress.jsonl.damaged-{n}").read_bytes()[:3] for n in (1, 2)]
    assert firsts == [b"one", encode(review())[:3]]
    assert "line 2 (and 2 others) cannot be read" in warned(environment)[1]
    assert sorted(os.listdir(tmp_path)) == [
        "lock",
        "progress.jsonl",
        *(f"progress.jsonl.damaged-{n}" for n in (1, 2, 3)),
    ]


lines = st.one_of(
    st.builds(review, st.integers(0, 9), st.text(max_size=5)).map(encode),
    st.binary(max_size=30),
    st.sampled_from([b"\n", b"\r\n", b"{}\n", b"\xef\xbb\xbf", b"\0\0\n", b'{"at": 1}\n']),
)


def test_a_repair_keeps_lines_as_they_stand(tmp_path):
    later = b'{"later": [1], ' + encode(review())[1:]
    (tmp_path / "progress.jsonl").write_bytes(b"damage\n" + later + b"\n" + encode(review(1)))
    assert read_reviews(at(tmp_path)) == [review(), review(1)]
    assert (tmp_path / "progress.jsonl").read_bytes() == later + encode(review(1))


@given(st.lists(lines, max_size=8).map(b"".join))
def test_any_bytes_are_read_and_never_lost(data):
    readable = [found for line in data.split(b"\n") if (found := decode(line))]
    damaged = any(line.strip() and not decode(line) for line in data.split(b"\n"))
    with tempfile.TemporaryDirectory() as name:
        home, environment = Path(name), at(name)
        (home / "progress.jsonl").write_bytes(data)
        assert read_reviews(environment) == readable
        aside = home / "progress.jsonl.damaged-1"
        assert aside.exists() == damaged
        assert len(warned(environment)) == damaged
        assert (aside if damaged else home / "progress.jsonl").read_bytes() == data
        append_review(environment, review(7))
        assert read_reviews(environment) == [*readable, review(7)]
        assert len(warned(environment)) == damaged


def test_a_folder_in_its_place_is_set_aside(tmp_path):
    (tmp_path / "progress.jsonl" / "inside").mkdir(parents=True)
    environment = at(tmp_path)
    assert read_reviews(environment) == []
    assert (tmp_path / "progress.jsonl.damaged-1" / "inside").is_dir()
    append_review(environment, review())
    assert read_reviews(environment) == [review()]
    assert len(warned(environment)) == 1
    assert "it is no regular file" in warned(environment)[0]


@posix
def test_a_pipe_in_its_place_keeps_nobody_waiting(tmp_path):
    os.mkfifo(tmp_path / "progress.jsonl")
    assert read_reviews(at(tmp_path)) == []
    append_review(at(tmp_path), review())
    assert read_reviews(at(tmp_path)) == [review()]


def test_a_huge_file_is_set_aside_and_its_newest_reviews_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "LARGEST", 2000)
    written = [review(n) for n in range(40)]
    data = b"".join(map(encode, written))
    assert len(data) > 2000
    (tmp_path / "progress.jsonl").write_bytes(data)
    environment = at(tmp_path)
    kept = read_reviews(environment)
    assert 5 < len(kept) < 20
    assert kept == written[-len(kept) :]
    assert (tmp_path / "progress.jsonl.damaged-1").read_bytes() == data
    assert read_reviews(environment) == kept
    assert len(warned(environment)) == 1
    assert "damaged: it is longer than 0 MiB; it was set aside" in warned(environment)[0]


def test_a_huge_file_takes_little_memory(tmp_path):
    with open(tmp_path / "progress.jsonl", "wb") as stream:
        stream.truncate(2**36)
        stream.seek(0, os.SEEK_END)
        stream.write(b"\n" + encode(review()))
    environment = at(tmp_path)
    assert read_reviews(environment) == [review()]
    assert "longer than 32 MiB" in warned(environment)[0]


def test_a_link_keeps_what_it_points_to(tmp_path):
    target = tmp_path / "elsewhere"
    target.write_bytes(b"damage\n" + encode(review()))
    home = tmp_path / "home"
    home.mkdir()
    (home / "progress.jsonl").symlink_to(target)
    assert read_reviews(at(home)) == [review()]
    assert target.read_bytes() == b"damage\n" + encode(review())
    assert read_reviews(at(home)) == [review()]


# ---- where nothing can be kept ----


@pytest.mark.parametrize("below", [".", "state", "a/b"])
def test_a_file_in_place_of_the_folder_is_told_once(tmp_path, below):
    (tmp_path / "file").write_bytes(b"mine")
    environment = at(tmp_path / "file" / below)
    assert read_reviews(environment) == []
    for number in range(3):
        append_review(environment, review(number))
    remember_place(environment, "lesson", "neuron")
    assert recall_place(environment, "lesson") is None
    told = f"progress is not kept in {folder(environment)}: not a directory"
    assert warned(environment) == [told]
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_another_run_is_told_again(tmp_path):
    (tmp_path / "file").touch()
    for _ in range(3):
        environment = at(tmp_path / "file")
        append_review(environment, review())
        assert len(warned(environment)) == 1


@pytest.fixture
def in_process(launched):
    """Run code in a process of its own, with helpers; return what it told on standard error."""
    start = (
        "import errno, io, json, os, sys, time, unicodedata, filelock; from datetime import *\n"
        "from nntrace.cli.environment import Environment\n"
        "from nntrace.cli.state import *; from nntrace.teach.progress import Review, encode\n"
        "NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)\n"
        "def review(n): return Review(NOW + timedelta(seconds=n), 'q', 'c', 'right', 0)\n"
        "env = Environment(io.BytesIO(), io.BytesIO(), sys.stderr.buffer, "
        "{'NNTRACE_STATE': sys.argv[1]})\n"
    )

    def run(code, *words, **options):
        pipe = subprocess.PIPE
        done = launched(*words, code=start + code, stdout=pipe, stderr=pipe, cwd=ROOT, **options)
        _, told = done.communicate()
        assert done.returncode == 0, told.decode()
        return told.decode().splitlines()

    return run


SIZE = len(encode(review()))


# With room for two reviews the third is cut short by the system, or refused.
@posix
@pytest.mark.parametrize("room", [SIZE * 2, SIZE * 2 + 1, SIZE * 2 + 50, SIZE * 3 - 1])
def test_a_full_disk_is_told_and_leaves_no_torn_line(in_process, tmp_path, room):
    told = in_process(
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n"
        "for n in range(6): append_review(env, review(n))",
        tmp_path,
    )
    assert len(told) in (1, 2)  # a cut one and a refused one have two reasons
    assert all("warning: progress is not kept in" in line for line in told)
    data = (tmp_path / "progress.jsonl").read_bytes()
    assert len(data) == SIZE * 2
    environment = at(tmp_path)
    assert len(read_reviews(environment)) == 2
    assert warned(environment) == []


@posix
def test_a_damaged_file_stays_where_there_is_no_room_to_repair_it(in_process, tmp_path):
    data = b"damage\n" + encode(review())
    (tmp_path / "progress.jsonl").write_bytes(data)
    (tmp_path / "places.json").write_bytes(b'{"a": "b", "c": 7}')
    told = in_process(
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4, 4))\n"
        "assert len(read_reviews(env)) == 1; assert len(read_reviews(env)) == 1\n"
        "assert recall_place(env, 'a') == 'b'; remember_place(env, 'a', 'z')",
        tmp_path,
    )
    assert len(told) == 3
    assert "cannot be set aside" in told[0]
    assert (tmp_path / "progress.jsonl").read_bytes() == data
    assert (tmp_path / "places.json").read_bytes() == b'{"a": "b", "c": 7}'
    assert sorted(os.listdir(tmp_path)) == ["lock", "places.json", "progress.jsonl"]


def test_places_that_cannot_be_set_aside_are_not_written_over(tmp_path, monkeypatch):
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    (tmp_path / "places.json").write_bytes(b"damage")
    monkeypatch.setattr(os, "link", refused)
    monkeypatch.setattr(os, "rename", refused)
    environment = at(tmp_path)
    remember_place(environment, "a", "b")
    assert (tmp_path / "places.json").read_bytes() == b"damage"
    assert warned(environment) == [f"progress is not kept in {tmp_path}: operation not permitted"]


NOBODY = "\nif os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"


@pytest.fixture
def open_to_all():
    """Give a folder that another user can reach."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)
        os.chmod(name, 0o755)


@posix
def test_a_file_that_may_not_be_read_is_left_alone(in_process, open_to_all):
    path = open_to_all / "progress.jsonl"
    path.write_bytes(b"damage\n" + encode(review()))
    path.chmod(0)
    told = in_process(
        f"{NOBODY}assert read_reviews(env) == read_reviews(env) == []\n"
        "for n in range(3): append_review(env, review(n))\n"
        "try: clear_progress(env)\n"
        "except OSError as error: print(error, file=sys.stderr)\n",
        open_to_all,
    )
    start = f"nntrace: warning: {path} is left as it is, but cannot be read: permission denied"
    assert told[0] == start
    assert told[1] == (
        f"nntrace: warning: progress is not kept in {open_to_all}: permission denied"
    )
    assert told[2:] == [f"{path}: cannot be cleared: permission denied"]
    path.chmod(0o644)
    assert path.read_bytes() == b"damage\n" + encode(review())


@posix
def test_a_folder_that_may_only_be_read_is_read(in_process, open_to_all):
    path = open_to_all / "progress.jsonl"
    path.write_bytes(b"damage\n" + encode(review()))
    (open_to_all / "places.json").write_text('{"lesson": "layer"}')
    open_to_all.chmod(0o555)
    told = in_process(
        f"{NOBODY}assert len(read_reviews(env)) == 1\n"
        "for n in range(3): append_review(env, review(n))\n"
        "assert recall_place(env, 'lesson') == 'layer'; remember_place(env, 'lesson', 'z')",
        open_to_all,
    )
    assert len(told) == 2
    assert "cannot be set aside, permission denied; what can be read of it is used" in told[0]
    assert told[1].endswith(f"progress is not kept in {open_to_all}: permission denied")
    assert path.read_bytes() == b"damage\n" + encode(review())


@posix
def test_a_folder_that_cannot_be_made_is_told_once(in_process, open_to_all):
    open_to_all.chmod(0o555)
    home = open_to_all / "state"
    told = in_process(
        f"{NOBODY}assert read_reviews(env) == []\n"
        "for n in range(3): append_review(env, review(n))\n"
        "remember_place(env, 'lesson', 'z'); assert clear_progress(env) == 0",
        home,
    )
    assert told == [f"nntrace: warning: progress is not kept in {home}: permission denied"]


@posix
def test_a_lock_that_nobody_lets_go_of_stops_nobody(tmp_path, monkeypatch):
    import fcntl

    monkeypatch.setattr(store, "PATIENCE", 0.05)
    environment = at(tmp_path)
    append_review(environment, review())
    with open(tmp_path / "lock", "rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        append_review(environment, review(1))
        assert read_reviews(environment) == []
        with pytest.raises(FileError, match="cannot be cleared: another process keeps it locked"):
            clear_progress(environment)
    assert read_reviews(environment) == [review()]
    assert len(warned(environment)) == 2


# ---- several at once, and those that are killed ----


APPENDING = """
import errno, io, sys
if sys.argv[3] != "locked":  # a file system that knows no locks says so
    import fcntl
    def refused(*_): raise OSError(getattr(errno, sys.argv[3]), "no locks here")
    fcntl.flock = refused
from datetime import *
from nntrace.cli.environment import Environment
from nntrace.cli import state, store
from nntrace.cli.state import *
from nntrace.teach.progress import Review
variables = {"NNTRACE_STATE": sys.argv[1]}
store.PATIENCE = 300  # seconds for a lock: the other one may be kept from running
env = Environment(io.BytesIO(), io.BytesIO(), sys.stderr.buffer, variables)
now = datetime(2026, 11, 22, tzinfo=timezone.utc)
sys.stdin.read(1)
for n in range(int(sys.argv[4])):
    append_review(env, Review(now, f"{sys.argv[2]}-{n}", "é" * 500, "right"))
    if sys.argv[3] == "locked" and n % 40 == 7:
        read_reviews(env)
        remember_place(env, f"{sys.argv[2]}-{n}", "x")
"""


@posix
@pytest.mark.parametrize(("lock", "count"), [("locked", 200), ("ENOSYS", 1000), ("ENOLCK", 1000)])
def test_two_quizzes_at_once_lose_nothing(launched, tmp_path, lock, count):
    running = [
        launched(
            tmp_path, name, lock, count,
            code=APPENDING, stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
        )
        for name in "ab"
    ]  # fmt: skip
    if lock == "locked":
        (tmp_path / "progress.jsonl").write_bytes(b"damage, which one of them repairs\n")
    for each in running:  # both begin now
        each.stdin.write(b"x")
        each.stdin.flush()
    told = [each.communicate(timeout=WATCHDOG)[1] for each in running]
    assert [each.returncode for each in running] == [0, 0], told
    assert b"".join(told).count(b"nntrace: warning") == (lock == "locked")
    environment = at(tmp_path)
    names = [each.id for each in read_reviews(environment)]
    assert len(names) == 2 * count
    for name in "ab":
        assert [each for each in names if each[0] == name] == [f"{name}-{n}" for n in range(count)]
        assert recall_place(environment, f"{name}-167") == ("x" if lock == "locked" else None)
    assert warned(environment) == []


@posix
def test_a_quiz_that_is_killed_leaves_a_readable_file(launched, tmp_path):
    code = (
        "import io, sys; from datetime import *\n"
        "from nntrace.cli.environment import Environment\n"
        "from nntrace.cli.state import *; from nntrace.teach.progress import Review\n"
        "env = Environment(io.BytesIO(), io.BytesIO(), sys.stderr.buffer, "
        "{'NNTRACE_STATE': sys.argv[1]})\n"
        "now = datetime(2026, 11, 22, tzinfo=timezone.utc)\n"
        "while True: append_review(env, Review(now, 'q', 'c' * 3000, 'right'))\n"
    )
    path, before = tmp_path / "progress.jsonl", 0
    for _ in range(3):
        running = launched(tmp_path, code=code, cwd=ROOT)
        size = before + 50_000
        waiting_for(lambda size=size: path.exists() and path.stat().st_size >= size)
        running.send_signal(signal.SIGKILL)
        running.wait()
        environment = at(tmp_path)
        torn = not path.read_bytes().endswith(b"\n")  # the kernel may stop in the midst of a write
        assert b"".join(map(encode, read_reviews(environment))) == path.read_bytes()
        assert len(warned(environment)) == torn
        append_review(environment, review())  # the dead hold no lock
        before = path.stat().st_size


@posix
@pytest.mark.parametrize("dies", ["link", "replace", "fsync"])
def test_a_repair_that_is_killed_loses_nothing(in_process, tmp_path, dies):
    data = b"damage\n" + encode(review()) + encode(review(1))
    (tmp_path / "progress.jsonl").write_bytes(data)
    code = "def die(*_): os._exit(0)\n" + f"os.{dies} = die\nread_reviews(env)\nassert False"
    in_process(code, tmp_path)
    assert read_reviews(at(tmp_path)) == [review(), review(1)]
    asides = [path.read_bytes() for path in tmp_path.glob("*.damaged-*")]
    assert asides
    assert set(asides) == {data}


# ---- forgetting ----


def test_progress_is_cleared_with_all_that_was_set_aside(tmp_path):
    environment = at(tmp_path)
    assert clear_progress(environment) == 0
    assert clear_progress(at(tmp_path / "not there")) == 0
    assert not (tmp_path / "not there").exists()
    (tmp_path / "progress.jsonl").write_bytes(b"damage\n")
    (tmp_path / "progress.jsonl.damaged-x").write_bytes(b"damage\n")
    read_reviews(environment)
    remember_place(environment, "lesson", "layer")
    for number in range(3):
        append_review(environment, review(number))
    with open(tmp_path / "progress.jsonl", "ab") as stream:
        stream.write(b"damage")
    assert clear_progress(environment) == 3
    assert read_reviews(environment) == []
    assert clear_progress(environment) == 0
    assert sorted(os.listdir(tmp_path)) == ["lock", "places.json", "progress.jsonl"]
    assert recall_place(environment, "lesson") == "layer"
    append_review(environment, review())
    assert read_reviews(environment) == [review()]


def test_what_cannot_be_cleared_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match=r"cannot be cleared: not a directory"):
        clear_progress(at(tmp_path / "file"))
    (tmp_path / "progress.jsonl").mkdir()
    with pytest.raises(FileError, match="is no regular file"):
        clear_progress(at(tmp_path))


# ---- places ----


def test_a_place_is_remembered_by_lesson(tmp_path):
    environment = at(tmp_path / "new")
    assert recall_place(environment, "own") is None
    for lesson, step in [("own", "neuron"), ("größe\ud800.md", "猫"), ("own", "layer")]:
        remember_place(environment, lesson, step)
    assert recall_place(environment, "own") == "layer"
    assert recall_place(environment, "größe\ud800.md") == "猫"
    assert recall_place(environment, "another") is None
    assert warned(environment) == []


def test_the_oldest_places_are_forgotten_when_there_are_many(tmp_path, monkeypatch):
    monkeypatch.setattr(state, "MOST_PLACES", 3)
    environment = at(tmp_path)
    for lesson in "abcad":
        remember_place(environment, lesson, "x")
    assert [each for each in "abcd" if recall_place(environment, each)] == ["a", "c", "d"]


@given(
    st.one_of(
        st.binary(max_size=40),
        st.dictionaries(st.text(max_size=3), st.one_of(st.text(max_size=3), st.none(), st.floats()))
        .map(json.dumps)
        .map(str.encode),
        st.sampled_from([b"[" * 100_000, b"[]", b"null", b"9" * 10_000, b'{"a": "b"']),
    )
)  # fmt: skip
def test_any_bytes_for_places_are_read_and_never_lost(data):
    with tempfile.TemporaryDirectory() as name:
        home, environment = Path(name), at(name)
        (home / "places.json").write_bytes(data)
        recall_place(environment, "a")
        aside = home / "places.json.damaged-1"
        assert len(warned(environment)) == aside.exists()
        assert (aside if aside.exists() else home / "places.json").read_bytes() == data
        remember_place(environment, "a", "step")
        assert recall_place(environment, "a") == "step"
        assert len(warned(environment)) == aside.exists()


def test_good_places_survive_a_bad_one(tmp_path):
    (tmp_path / "places.json").write_text('{"a": "b", "c": 7}')
    environment = at(tmp_path)
    remember_place(environment, "d", "e")
    assert [recall_place(environment, each) for each in "acd"] == ["b", None, "e"]
    assert (tmp_path / "places.json.damaged-1").read_text() == '{"a": "b", "c": 7}'
    assert len(warned(environment)) == 1


# ---- what it costs ----


def test_nothing_is_loaded_before_it_is_needed(in_process, tmp_path):
    code = (
        "assert not {'fsrs', 'platformdirs'} & set(sys.modules)\n"
        "append_review(env, review(1)); assert len(read_reviews(env)) == 1\n"
        "assert not {'fsrs', 'platformdirs', 'rich', 'numpy'} & set(sys.modules)\n"
    )
    assert in_process(code, tmp_path, fresh=True) == []
