"""Every command of README.md and of the pages in docs/ is run, and shows what stands there.

Each page is followed from its top to its end in a folder of its own, by a reader at a terminal of
80 columns who answers `q` to whatever is asked:

- of a block `console`, each line `$ COMMAND` is run, and what follows it is what one sees;
- of a block `sh`, and of the prose, each command is run and ends well;
- a block that begins with a file's name in a comment is that file;
- of a block `python`, all is run, and `value  # → shown` is that value.
- a block `py` needs what is not installed, PyTorch, and is not run.

`pytest --rewrite-golden` puts what is seen into the pages.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace

import pytest
from terminals import Stream
from watchdog import WATCHDOG

from nntrace.cli.app import main
from nntrace.cli.environment import Environment

pytestmark = pytest.mark.usefixtures("fitted_once")

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"^(?P<fence>```+)(?P<language>\w+)\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL
)
FILE = re.compile(r"(?:# |<!-- )([\w.-]+)(?: -->)?\n")
IN_PROSE = re.compile(r"`(nntrace [^`]+)`")
COMMENT = re.compile(r"(?:^|\s+)# .*")
VALUE = re.compile(r"^(?P<value>\S.*?)  # → (?P<shown>.*)$", re.MULTILINE)
PROGRESS = re.compile(rb"\r[^\r\n]*\x1b\[K")  # drawn and erased, as the clock has it
INSTALLS = ("pip ", "pipx ", "uv ")  # from the network, into the reader's own environment
ROWS = ["0.9,0.8,0.1", "0.2,0.3,0.9", "0.7,0.6,0.6"]
BANK = next(
    block["text"]
    for block in BLOCK.finditer((ROOT / "docs" / "question-bank.md").read_text(encoding="utf-8"))
    if block["language"] == "yaml"
)
# What a page calls the reader's own: nets, rows, questions and answers that
# nobody has but him.
OWN = {
    "net.yaml": (ROOT / "configs" / "cat-or-dog.yaml").read_text(encoding="utf-8"),
    "rows.csv": "\n".join(["whiskers,ears,barks", *ROWS, ""]),
    "rows.jsonl": "".join(f"[{row}]\n" for row in ROWS),
    "data/a.csv": "\n".join(["whiskers,ears,barks", *ROWS, ""]),
    "my-lesson.md": "# Mine\n\n## A step {#name}\n\n```net\nxor --input 1,0\n```\n\n{{input.x1}}\n",
    "data/b.csv": "\n".join(["whiskers,ears,barks", *ROWS[::-1], ""]),
    "mine.yaml": BANK,
    "answers/Ada.txt": "seed: 0\nb\n-0.5\n",
    "class.csv": "name,1,2\nAda,b,-0.5\nBo,a,-1\n",
}


class Reader:
    """Somebody who does what a page says, in a folder."""

    def __init__(self, folder: Path, cluster: str | None) -> None:
        self.folder = folder
        self.cluster = cluster
        self.names: dict[str, object] = {"spark": Spark(self)}
        self.variables = {"NO_COLOR": "1", "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
        self.variables |= {"SHELL": "/bin/bash", "HOME": str(folder)}
        self.variables["NNTRACE_STATE"] = str(folder / "state")

    def does(self, command: str) -> tuple[int, str]:
        """Return the exit code of a command line and what it shows.

        In a pipeline too, nntrace is run in this process: starting one is tested elsewhere.
        """
        if command.startswith("make "):  # what it would do; the tests of the whole do it
            return self.shell(f"make --directory {shlex.quote(str(ROOT))} --dry-run {command[5:]}")
        # The cluster is this process's own, also where one of other processes is asked for.
        command = re.sub(r"--dask( tcp:\S+)?$", f"--dask {self.cluster}", command)
        lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
        lexer.whitespace_split, lexer.commenters = True, ""
        stages = [list(words) for bar, words in groupby(lexer, "|".__eq__) if not bar]
        if all(program != "nntrace" for program, *_ in stages):
            return self.shell(command)
        screen, codes, piped = Stream(), [], None
        for words in stages:
            program, *arguments = words
            if program == "nntrace":
                last = words is stages[-1]
                code, piped = self.nntrace(arguments, piped, screen, last)
            else:
                code, shown = self.shell(shlex.join(words), piped or b"")
                piped = shown.encode()
            codes.append(code)
        seen = PROGRESS.sub(b"", screen.getvalue()) + (piped or b"")
        return max(codes), seen.decode()

    def nntrace(
        self, arguments: list[str], piped: bytes | None, screen: Stream, last: bool
    ) -> tuple[int, bytes]:
        """Run nntrace between files, pipes and the screen; return its code and what it pipes."""
        files = {}
        while arguments[-2:-1] in (["<"], [">"]):
            *arguments, direction, name = arguments
            files[direction] = self.folder / name
        if "<" in files:
            piped = files["<"].read_bytes()
        stdin = Stream(data=b"q\n" * 3) if piped is None else Stream(False, piped)
        out = screen if last and ">" not in files else Stream(False)
        code = main(arguments, Environment(stdin, out, screen, self.variables))
        if ">" in files:
            files[">"].write_bytes(out.getvalue())
        return int(code), b"" if last else out.getvalue()

    def shell(self, command: str, stdin: bytes = b"") -> tuple[int, str]:
        """Run what is not nntrace as the reader's shell does."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=self.folder,
            env={**os.environ, **self.variables, "PATH": path},
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=WATCHDOG,
            check=False,
        )
        return done.returncode, done.stdout.decode()

    def follows(self, block: re.Match[str]) -> str:
        """Do what a block says, and return it with what is seen."""
        language, text = block["language"], block["text"]
        if named := FILE.match(text):
            (self.folder / named[1]).write_text(text, encoding="utf-8")
        elif language == "console":
            commands = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
            text = "".join(f"$ {command}\n{self.does(command)[1]}" for command in commands)
        elif language == "sh":
            for line in text.replace("\\\n", "").splitlines():
                self.succeeds(COMMENT.sub("", line))
        elif language == "python":
            exec(text, self.names)
            text = VALUE.sub(lambda at: f"{at['value']}  # → {eval(at['value'], self.names)}", text)
        return f"{block['fence']}{language}\n{text}{block['fence']}"

    def succeeds(self, command: str) -> None:
        """Do what ends well, where it can be done here."""
        if not command or command.startswith(INSTALLS):
            return
        if command.startswith("parallel ") and not shutil.which("parallel"):
            return
        code, shown = self.does(command)
        assert code == 0, f"{command}\n{shown}"


class Spark:
    """Stands in for Spark's context: a file is one partition, and a pipe is a process."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.sparkContext = self

    def textFile(self, name: str) -> Spark:  # noqa: N802
        self.lines = (self.reader.folder / name).read_bytes()
        return self

    def pipe(self, command: str, env: dict[str, str], checkCode: bool) -> SimpleNamespace:  # noqa: N803
        code, shown = self.reader.shell(command, self.lines)
        assert code == 0, shown
        return SimpleNamespace(collect=shown.splitlines)


@pytest.fixture
def cluster():
    """Start a Dask cluster within this process."""
    distributed = pytest.importorskip("distributed")
    options = {"processes": False, "n_workers": 1, "threads_per_worker": 1}
    with distributed.LocalCluster(
        **options, protocol="tcp", dashboard_address=None, host="127.0.0.1"
    ) as own:
        yield own.scheduler_address


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_one_sees(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    for name, text in OWN.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    written = page.read_text(encoding="utf-8")
    address = request.getfixturevalue("cluster") if "--dask" in written else None
    reader = Reader(tmp_path, address)
    seen = BLOCK.sub(reader.follows, written)
    for command in IN_PROSE.findall(BLOCK.sub("", written)):
        if re.fullmatch(r"nntrace [a-z]+", command):  # its name
            reader.succeeds(f"{command} --help")
        elif not re.search(r"\b[A-Z]{3,}|…", command):  # a place for the reader's own
            reader.succeeds(" ".join(command.split()))
    if request.config.getoption("--rewrite-golden"):
        page.write_text(seen, encoding="utf-8")
        return
    assert seen == written


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_links_to_what_is_there(page: Path) -> None:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    targets = [target.partition("#") for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    missing = [
        name + mark + place
        for name, mark, place in targets
        if not name.startswith("https://")
        and (
            not (to := page.parent / name if name else page).exists()
            or (place and place not in headings(to))
        )
    ]
    assert missing == []


def headings(page: Path) -> list[str]:
    """Return what a link may say behind `#`, as GitHub makes it of headings."""
    found = re.findall(r"^#+ (.*)$", BLOCK.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in found]


def test_the_readme_leads_to_every_page() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            links = re.findall(r"\]\(([^)\s#]+\.md)", page.read_text(encoding="utf-8"))
            waiting += [(page.parent / link).resolve() for link in links]
    assert set(PAGES) - reached == set()


def test_the_readme_is_a_page_and_a_half() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    shown = [line for line in lines if line and not line.startswith("```")]
    assert len(shown) <= 75
