"""The wheel: what is in it, and that it works where the sources are not."""

from __future__ import annotations

import ensurepip
import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from watchdog import WATCHDOG

ROOT = Path(__file__).resolve().parent.parent


def run(*words: str | Path, cwd: Path) -> str:
    """Run a program to its end in a folder, without this process's Python settings.

    But for where bytecode stands: otherwise all libraries are compiled anew.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_", "COV"))}
    kept |= {k: v for k, v in os.environ.items() if k == "PYTHONPYCACHEPREFIX"}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd, env=kept, capture_output=True, encoding="utf-8", timeout=WATCHDOG,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder)
    run(*build, ROOT, cwd=folder)
    (found,) = folder.iterdir()
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Install the wheel into an environment of its own, and return the folder of its programs.

    Its dependencies are this environment's, by a path file; the path files that are there, such as
    the one of an editable nntrace, do not count for it.
    """
    home = tmp_path_factory.mktemp("home")
    venv.create(home)
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    if find_spec("pip"):
        pip = (sys.executable, "-m", "pip", "--python", programs / "python")
    else:  # as uv makes environments; Python brings one along, which runs without being installed
        own = sysconfig.get_config_var("WHEEL_PKG_DIR") or Path(ensurepip.__file__).parent
        pip = (programs / "python", next(Path(own).rglob("pip-*.whl")) / "pip")
    install = ("install", "--no-deps", "--no-index", "--no-compile", "--quiet", wheel)
    run(*pip, "--no-input", "--disable-pip-version-check", *install, cwd=home)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run(programs / "python", "-c", ask, cwd=home).strip())
    paths = dict.fromkeys(sysconfig.get_path(key) for key in ("purelib", "platlib"))
    (site / "dependencies.pth").write_text("\n".join(paths) + "\n", "utf-8")
    return programs


def test_what_is_in_it(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = (n for n in names if n.endswith(".dist-info/entry_points.txt"))
        scripts = archive.read(entry_points).decode()
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "nntrace").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    nets = {f"nntrace/configs/{path.name}" for path in (ROOT / "configs").iterdir()}
    assert {name for name in names if ".dist-info/" not in name} == sources | nets
    must = ["py.typed", "__main__.py", "configs/digits.yaml", "configs/digits.npz"]
    must += ["configs/digit.png", "configs/digits.csv", "configs/cat-or-dog.yaml"]
    assert {f"nntrace/{name}" for name in must} <= names
    assert "nntrace = nntrace.__main__:main" in scripts


def test_it_is_small(wheel):
    assert wheel.stat().st_size < 2_000_000


def test_it_runs_elsewhere(installed, tmp_path):
    where = "import nntrace; print(nntrace.__file__)"
    file = Path(run(installed / "python", "-c", where, cwd=tmp_path).strip())
    assert installed.parent in file.parents
    digit = file.parent / "configs" / "digit.png"
    words = ("run", "digits", "--input", digit, "-f", "json")
    told = json.loads(run(installed / "nntrace", *words, cwd=tmp_path))
    assert told["schema"] == "nntrace.trace/1"
    (trace,) = told["traces"]
    assert len(trace["input"]) == 64
    assert trace["prediction"]["probability"] > 0.5
    table = run(installed / "nntrace", "run", "digits", "--input", digit, cwd=tmp_path)
    assert str(trace["prediction"]["label"]) in table
    nets = [path.stem for path in (ROOT / "configs").glob("*.yaml")]
    checked = json.loads(run(installed / "nntrace", "check", *nets, "-f", "json", cwd=tmp_path))
    assert checked["ok"] is True
    assert len(checked["files"]) == len(nets) >= 8
    assert run(installed / "python", "-m", "nntrace", "--version", cwd=tmp_path).startswith(
        "nntrace "
    )
