"""What all tests share: golden files, how examples are drawn, and processes of the program."""

from __future__ import annotations

import functools
import gc
import hashlib
import importlib
import os
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

# Most of the tests' time would go into compiling the same modules anew, in each process that they
# start, where bytecode may not stand beside the sources: then it stands elsewhere.
if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parent.parent / ".pytest_cache" / "bytecode")
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    del os.environ["PYTHONDONTWRITEBYTECODE"]

import pytest
from _pytest.runner import runtestprotocol
from filelock import FileLock
from hypothesis import HealthCheck, settings
from zygote import POSSIBLE, Forked, Zygote, unlike

import nntrace
from nntrace.teach.files import lesson

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would all programs
# that they start, which then never end where a test interrupts them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

GOLDEN = Path(__file__).parent / "golden"

# No test measures seconds, which a busy machine has few of. CI draws the same examples each time,
# so that only a change can break it; elsewhere they are drawn anew.
settings.register_profile(
    "nntrace",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("nntrace")


def pytest_collection_finish() -> None:
    """Look for garbage among what the tests make, and not each time among the tests themselves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_sessionfinish() -> None:
    """Look for garbage once more: pytest would do so five times, and Python when it ends."""
    gc.collect()
    gc.freeze()


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Tell the process that counts of a test that passed once, not of its start, parts and end.

    Otherwise each test takes longer to tell of than most take. What the parts of it took counts as
    its call.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return None
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    for report in reports:
        if report.when == "call" or not report.passed:
            report.duration = sum(each.duration for each in reports)
            item.ihook.pytest_runtest_logreport(report=report)
    return True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        help="write what is seen into tests/golden/ instead of comparing; then read the diff",
    )


@pytest.fixture(autouse=True, scope="session")
def _made_once() -> Iterator[None]:
    """Make what is the same for every run in this process once: half of what a short run takes.

    The processes that tests start make it anew.
    """
    load = lesson.load
    bundled = functools.cache(load)

    def loaded(path: Any = None) -> Any:
        return load(path) if path else bundled()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lesson, "load", loaded)
        yield


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name."""

    def compare(name: str, seen: str) -> None:
        file = GOLDEN / name
        if request.config.getoption("--rewrite-golden"):
            file.write_text(seen, encoding="utf-8")
        assert file.exists(), f"no golden file {name}: pytest --rewrite-golden makes it"
        assert seen == file.read_text(encoding="utf-8")

    return compare


def surroundings() -> dict[str, str]:
    """Return the variables of a process, without those that say how to write."""
    dropped = ("LC_", "LANG", "NNTRACE", "PYTHONIO", "PYTHONUTF8", "PYTHONUNBUFFERED")
    exact = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM")
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(dropped) and name not in exact
    }
    # the package that the tests import, wherever they are run from
    return {**plain, "LANG": "C.UTF-8", "PYTHONPATH": str(Path(nntrace.__file__).parents[1])}


# Taken here, as the first test that needs a zygote may have changed them for itself.
_SURROUNDINGS = surroundings()


@pytest.fixture
def clean() -> Callable[..., dict[str, str]]:
    """Make the variables of a process."""
    return lambda **variables: {**surroundings(), **variables}


@pytest.fixture
def command() -> list[str]:
    """Return the words that start the program as a process, from the start of Python on."""
    return [sys.executable, "-m", "nntrace"]


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote | None]:
    """Return what forks processes of the program, None where nothing can."""
    if not POSSIBLE:
        yield None
        return
    kept = Zygote(tmp_path_factory.mktemp("zygote"), _SURROUNDINGS)
    yield kept
    kept.close()


@pytest.fixture
def launched(
    command: list[str], clean: Callable[..., dict[str, str]], zygote: Zygote | None
) -> Callable[..., Any]:
    """Start the program as a process that is forked, or where that is not the same, as a new one.

    As subprocess.Popen does, but for `env`, the variables that differ; for `limits` by number; for
    `code`, Python to be run instead; and for `fresh`, a process that has imported nothing yet.
    """

    def start(
        *arguments: object,
        env: Mapping[str, str] | None = None,
        limits: Mapping[int, int] | None = None,
        code: str | None = None,
        fresh: bool = False,
        **options: Any,
    ) -> Any:
        variables = clean(**(env or {}))
        words = [*(["-c", code] if code else []), *map(str, arguments)]
        if zygote is not None and not fresh and not unlike(variables, zygote.env):
            return Forked(zygote, words, variables, limits=limits, **options)

        def limited() -> None:
            for which, limit in (limits or {}).items():
                resource.setrlimit(which, (limit, limit))

        if limits:
            options["preexec_fn"] = limited
        whole = [sys.executable, *words] if code else [*command, *words]
        return subprocess.Popen(whole, env=variables, **options)

    return start


FITTED: dict[str, Any] = {}


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all processes share that run these tests together."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shelf"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def fitted_once(monkeypatch: pytest.MonkeyPatch, shelf: Path) -> None:
    """Fit each probe of a ladder once for all tests that look at what is made of ladders.

    Most of a ladder's time goes into it; the same numbers give the same probe.
    """
    modules = [
        importlib.import_module(f"nntrace.analysis.{name}") for name in ("ladder", "ladders")
    ]
    fit = modules[0].probe

    def probe(known: Any, classes: Any, *options: Any) -> Any:
        told = repr((known.dtype, known.shape, classes.dtype, options)).encode()
        key = hashlib.sha256(told + known.tobytes() + classes.tobytes()).hexdigest()
        if key not in FITTED:
            file = shelf / key
            with FileLock(shelf / f"{key}.lock"):  # who comes second waits, and fits nothing twice
                if not file.exists():
                    file.write_bytes(pickle.dumps(fit(known, classes, *options)))
                FITTED[key] = pickle.loads(file.read_bytes())
        return FITTED[key]

    for module in modules:
        monkeypatch.setattr(module, "probe", probe)


LESSONS: dict[str, Any] = {}


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the bundled lesson once for all tests: what it measures takes seconds."""
    module = importlib.import_module("nntrace.teach.files.lesson")
    load = module.load

    def loaded(path: Any = None) -> Any:
        if path is not None:
            return load(path)
        if "bundled" not in LESSONS:
            LESSONS["bundled"] = load()
        return LESSONS["bundled"]

    monkeypatch.setattr(module, "load", loaded)
