"""`nntrace learn`: the text on a pipe, a sitting on a terminal, lessons of one's own."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from terminals import Stream
from watchdog import WATCHDOG

from nntrace.cli.app import main
from nntrace.cli.environment import Environment
from nntrace.cli.interrupts import Ended
from nntrace.teach.files.lesson import load
from nntrace.teach.question import Question
from nntrace.teach.step import BUILTIN, waits

pytestmark = pytest.mark.usefixtures("fitted_once", "read_once")

DOCS = Path(__file__).parents[2] / "docs" / "lessons.md"
STEPS = ("neuron", "activation", "layer", "network", "ladder", "scale", "window", "attention")


class Seen(NamedTuple):
    """What a run left: both streams in the order in which they were written, and each alone."""

    code: int
    screen: str
    out: str
    err: str


TEXTS: dict[str, str] = {}


def text_of(step: str, learn: Callable[..., Seen]) -> str:
    """Return what a pipe gets of a step, drawn once for all tests."""
    if step not in TEXTS:
        TEXTS[step] = learn(step).out
    return TEXTS[step]


@pytest.fixture
def learn(tmp_path: Path) -> Callable[..., Seen]:
    """Run the command in this process; with `typed` lines, on a terminal."""

    def run(
        *arguments: str,
        typed: list[str] | None = None,
        width: int | None = None,
        encoding: str = "utf-8",
        **variables: str,
    ) -> Seen:
        terminal = typed is not None
        screen: list[bytes] = []

        class Recorded(Stream):
            def write(self, data: Any) -> int:
                screen.append(bytes(data))
                return super().write(data)

        stdin = Stream(terminal, "".join(f"{line}\n" for line in typed or []).encode())
        out, err = Recorded(terminal or width is not None), Recorded(terminal)
        plain = {"TERM": "xterm-256color", "NO_COLOR": "1", "NNTRACE_STATE": str(tmp_path / "s")}
        variables = plain | variables
        if terminal or width is not None:
            variables.setdefault("COLUMNS", str(width or 80))
        environment = Environment(stdin, out, err, variables, encoding)
        code = main(["learn", *arguments], environment)
        return Seen(
            int(code),
            b"".join(screen).decode(encoding),
            out.getvalue().decode(encoding),
            err.getvalue().decode(encoding),
        )

    return run


# ---- the text ----

CASES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "learn-2-piped": (("2",), {}),
    "learn-4-200": (("network",), {"width": 200}),
    "learn-3-ascii": (("layer",), {"encoding": "ascii", "width": 80}),
    "learn-6-colour": (("scale",), {"width": 80, "NO_COLOR": "", "COLORTERM": "truecolor"}),
    "learn-2-accessible": (("2", "--accessible"), {}),
}


@pytest.mark.parametrize("name", CASES)
def test_what_people_see(
    name: str, learn: Callable[..., Seen], golden: Callable[[str, str], None]
) -> None:
    arguments, options = CASES[name]
    seen = learn(*arguments, **options)
    assert (seen.code, seen.err) == (0, "")
    golden(f"{name}.txt", seen.out)


@pytest.mark.parametrize("width", [None, 40, 80, 149, 150, 200])
def test_nothing_is_wider_than_the_terminal(learn: Callable[..., Seen], width: int | None) -> None:
    from rich.cells import cell_len

    seen = learn(width=width)
    limit = max(width or 80, 80)  # tables keep to 80 columns where a terminal is narrower
    assert max(map(cell_len, seen.out.splitlines())) <= limit


def test_a_pipe_gets_the_whole_lesson_and_no_escapes(learn: Callable[..., Seen]) -> None:
    seen = learn()
    assert seen.code == 0
    assert "\x1b" not in seen.out
    assert not re.search(r"[\ue000-\uf8ff]|\{\{|\}\}", seen.out)
    headers = re.findall(r"^Step (\d)(?: of 6)? · (.*)$", seen.out, re.MULTILINE)
    assert [number for number, _ in headers] == list("12345678")
    lesson = load()
    for index, name in enumerate(STEPS):
        assert lesson.find(name) == lesson.find(str(index + 1)) == index
        assert text_of(name, learn) in seen.out
    assert text_of("2", learn) == text_of("activation", learn)


def test_the_last_question_tells_the_ladder_of_the_lesson(learn: Callable[..., Seen]) -> None:
    from nntrace.teach.files.bank import load_bank

    table = dict(
        re.findall(r"^ *(layer|input|output)(  .*)$", text_of("ladder", learn), re.MULTILINE)[-3:]
    )
    assert re.findall(r"\S+(?: letter)?", table["layer"]) == ["last letter", "ending", "language"]
    rungs = [[int(each) for each in re.findall(r"[0-9]+", table[at])] for at in ("input", "output")]
    told = re.findall(r"([0-9]+) times", load_bank(None).questions[-1].asks)
    assert [int(each) for each in told] == [rungs[0][0], rungs[1][0], rungs[0][2], rungs[1][2]]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every command last long enough to show how far it is."""
    monkeypatch.setattr("nntrace.cli.progress.PATIENCE", 0)
    monkeypatch.setattr("nntrace.cli.progress.EVERY", 0)


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("accessible", [(), ("--accessible",)], ids=["drawn", "said"])
@pytest.mark.parametrize("width", [None, 80])
def test_no_progress_gets_into_a_text(
    learn: Callable[..., Seen], accessible: tuple[str, ...], width: int | None
) -> None:
    seen = learn(*accessible, width=width)
    assert (seen.code, seen.err) == (0, "")
    assert not re.search(r"[\r\x1b]|(rows|probes)/s", seen.out)


@pytest.mark.usefixtures("slow")
def test_no_progress_gets_into_a_sitting(learn: Callable[..., Seen]) -> None:
    own = "ladder digits -i digits-labelled.csv --target digit"
    seen = learn("1", typed=[*TO_GOAL, own, "q"], LINES="60")
    assert "separation" in seen.screen
    assert not re.search(r"(rows|probes)/s", seen.screen)


def test_every_question_is_answered_at_the_end_of_its_step(learn: Callable[..., Seen]) -> None:
    for step in load().steps:
        text = " ".join(text_of(step.name, learn).split())
        before, _, answers = text.partition("*Answers*")
        assert answers
        for block in step.blocks:
            if isinstance(block, Question):
                assert " ".join(block.answer.why.split()) in answers
                assert " ".join(block.answer.why.split()) not in before


def test_every_step_predicts_first_and_ends_with_something_to_do() -> None:
    lesson = load()
    assert tuple(step.name for step in lesson.steps) == STEPS
    for step in lesson.steps:
        assert any(isinstance(block, Question) for block in step.blocks)
        last = step.blocks[-1]
        assert waits(last)
        assert not isinstance(last, Question)
        for block in step.blocks:
            if isinstance(block, Question):
                texts = [option.why for option in block.options]
                assert len(set(texts)) == len(texts) >= (3 if block.typed else 4)
                assert block.hints


LIVE = re.compile(
    r"^```(net|nntrace|try|draw|layer|neurons|scale|maps|looks|writes|ladders|excites)\n.*?^```$"
    r"|^(try|until): .*?$",
    re.M | re.S,
)
TYPED = {
    "0", "1", "-1",  # the ends of ranges, and what is × 1
    "2.718",  # what e is
    "2", "3", "4", "5", "6", "7",  # of 3·(2x + 1) + 4
    "2014", "96",  # cited: Zeiler and Fergus, 2014; Brown et al., 2020, table 2.1
    "0.02", "0.5", "0.9", "1.3",  # the bounds of goals
    "0.2", "0.3", "0.8", "0.333", "0.4", "1.5", "0.375", "9",  # made up, to be reckoned with
    "112", "224",  # what wrong answers make of two products that cancel
}  # fmt: skip


def test_no_number_of_a_net_is_typed_into_the_text() -> None:
    text = LIVE.sub("", BUILTIN.read_text(encoding="utf-8"))
    text = re.sub(
        r"\{\{[^}]*\}\}|\{#[^}]*\}|steps? \d|block \d|[Rr]ow \d|column \d|nntrace", "", text
    )
    text = re.sub(r"`[a-z]+\d?\.[\d.]+`|hidden\d|W\d|h\d|b\d", "", text)
    text = re.sub(r"`[0-9.]+(,[0-9.]+)+`", "", text)  # inputs to try, in hints
    typed = re.findall(r"(?<![\w.-])-?\d[\d.,]*(?![\w])", text)
    assert {number.rstrip(".,") for number in typed} <= TYPED


def test_what_the_text_says_of_its_nets_is_so() -> None:
    from nntrace import forward
    from nntrace import load as load_net

    net = load_net("cat-or-dog")
    trace = forward(net, [[0.9, 0.8, 0.1], [0.9, 0.8, 1.0]])
    assert trace["hidden1"].z[0, 1] < 0  # "the one that was silent"
    assert trace["hidden1"].a[0].argsort()[::-1][:2].tolist() == [0, 2]  # a face and pointed ears
    assert trace["hidden2"].a[0].argmax() == 0  # the case for a cat
    assert trace["output"].a[0].argmax() == 0
    assert trace["output"].a[1].argmax() == 1  # "Does it remain a cat?" has an answer worth asking
    sizes = [load_net(name).parameters for name in ("xor", "cat-or-dog", "iris", "digits")]
    assert sizes == sorted(sizes)


def test_what_the_text_says_of_the_words_that_excite_is_so(learn: Callable[..., Seen]) -> None:
    boxes = re.findall(r"╭─ (hidden\d\.\d+)(.*?)╰", learn("ladder").out, re.DOTALL)
    words = {
        name: re.findall(r"│ (\w+) +([A-Z]\w+) ", box)
        for name, box in boxes if "on average" in box
    }  # fmt: skip
    assert {language for _, language in words["hidden1.35"]} == {"Polish", "English", "German"}
    assert all("w" in word for word, _ in words["hidden1.35"])  # "have a w in them"
    assert all(re.search(r"(.)\1", word) for word, _ in words["hidden1.84"])  # "a letter doubled"
    assert {language for _, language in words["hidden1.84"]} == {"Finnish"}
    assert {language for _, language in words["hidden2.31"]} == {"English"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["9"], "unknown step '9'"),
        (["laeyr"], "unknown step 'laeyr', did you mean 'layer'? (or 1 to 8)"),
        (["2", "3"], "takes one step, not '2' and '3'"),
        (["none.md"], "none.md: no such file or directory"),
    ],
)
def test_what_is_no_step_is_told(
    learn: Callable[..., Seen], arguments: list[str], told: str
) -> None:
    seen = learn(*arguments)
    assert (seen.code, seen.out) == (2, "")
    assert told in seen.err


# ---- on a terminal ----


def place(learn: Callable[..., Seen]) -> str:
    """Return where the next sitting would begin."""
    return learn(typed=["q"]).screen


def test_a_sitting_begins_with_what_there_is(learn: Callable[..., Seen]) -> None:
    seen = learn(typed=["q"])
    assert seen.code == 0
    assert "Inside a neural network" in seen.out
    assert all(f"{number} " in seen.out for number in range(1, 9))
    assert seen.screen.endswith("Enter begins · 1 to 8 or a name goes there · q quits: ")


def test_the_answer_is_taken_before_what_follows_is_shown(learn: Callable[..., Seen]) -> None:
    seen = learn("1", typed=["1.2", "1.3", ""], LINES="60")  # then the input ends
    assert seen.code == 0
    before, _, after = seen.screen.partition("shows the answer · b goes back · q quits: ")
    assert "explain cat-or-dog hidden1.0" not in before
    first, second, third = map(after.index, (
        "sum before the bias", "Each clue times its own weight", "explain cat-or-dog hidden1.0"
    ))  # fmt: skip
    assert first < second < third


@pytest.mark.parametrize(
    ("typed", "told", "shows_the_right_one"),
    [
        (["1,3"], "✓ Right.", True),
        (["1.30 "], "✓ Right.", True),
        (["13/10"], "✓ Right.", True),
        (["1.8"], "Those are the clues alone", False),
        (["1.8", "0.9"], "That is the first product.", True),
        (["1.8", "1.3"], "✓ Right.", True),
        (["1.8", "?"], "No guess: here is how it goes.", True),
        (["1.8", "1.8"], "That was your first answer.", False),
        (["77"], "Not this number.", False),
        (["77", "78"], "Not this number.", True),
        (["?"], "No guess: here is how it goes.", True),
        ([""], "It takes a number such as", False),
        (["", "", ""], "It takes a number such as", False),
        (["abc"], "It takes a number such as", False),
    ],
)
def test_each_answer_is_discussed(
    learn: Callable[..., Seen], typed: list[str], told: str, shows_the_right_one: bool
) -> None:
    seen = learn("1", typed=typed)
    assert told in seen.screen
    assert ("Each clue times its own weight, all added up" in seen.screen) == shows_the_right_one


def test_hints_come_one_by_one_and_end(learn: Callable[..., Seen]) -> None:
    seen = learn("1", typed=["h", "h", "h", "h", "x", "1.3"])
    hints = re.findall(r"Hint (\d) of 3", seen.out)
    assert hints == ["1", "2", "3"]
    assert "No more hints." in seen.err
    assert "It takes a number such as 1.234" in seen.err
    assert "✓ Right." in seen.out


WAY = {  # what is typed after step 1 was chosen, and the steps that are shown, a screen a number
    "through a step": (["?", "", "?", "", "", "", ""], [1, 1, 1, 2]),
    "back from the first": (["b"], [1, 1]),
    "back a screen": (["?", "", "b"], [1, 1, 1]),
    "to a number": (["?", "6", "q"], [1, 6]),
    "to a name": (["?", "Scale", "q"], [1, 6]),
    "to a further step": (["?", "8", "q"], [1, 8]),
    "back into the step before": (["layer", "b", "q"], [1, 3, 2]),
    "on": (["?", "n", "q"], [1, 2]),
    "q at a question": (["q"], [1]),
    "to a name at a question": (["scale", "q"], [1, 6]),
    "back at a question": (["layer", "back", "q"], [1, 3, 2]),
    "q after a command": (["?", "", "?", "", "", "q"], [1, 1, 1]),
}


@pytest.mark.parametrize("name", WAY)
def test_the_reader_goes_where_they_want(learn: Callable[..., Seen], name: str) -> None:
    typed, steps = WAY[name]
    seen = learn("1", typed=typed, LINES="60")
    assert seen.code == 0
    assert [int(number) for number in re.findall(r"Step (\d)(?: of 6)? ·", seen.out)] == steps


def test_the_place_is_remembered(learn: Callable[..., Seen]) -> None:
    assert "You stopped" not in place(learn)
    learn("3", typed=["q"])
    assert "You stopped in step 3, A layer." in place(learn)
    seen = learn(typed=["", "q"])
    assert "Step 3 of 6" in seen.out
    learn(typed=["scale"])  # and the input ends
    assert "You stopped in step 6, Depth and scale." in place(learn)


def test_reading_on_a_pipe_moves_no_place(learn: Callable[..., Seen]) -> None:
    learn("3", typed=["q"])
    learn("5")
    assert "You stopped in step 3" in place(learn)


def test_ctrl_c_keeps_the_place(learn: Callable[..., Seen], monkeypatch: Any) -> None:
    def interrupted(self: Stream, size: int = -1) -> bytes:
        raise Ended(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(Stream, "readline", interrupted, raising=False)
        assert learn("4", typed=[""]).code == 130
    assert "You stopped in step 4" in place(learn)


ENDINGS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


@pytest.mark.parametrize(("number", "code"), ENDINGS)
def test_a_signal_while_a_command_runs_means_the_lesson(
    learn: Callable[..., Seen], monkeypatch: Any, number: int, code: int
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise Ended(number)

    with monkeypatch.context() as patched:
        patched.setattr("nntrace.analysis.ladder.ladder", interrupted)
        assert learn("5", typed=["", "?", "", ""], LINES="60").code == code
    assert "You stopped in step 5" in place(learn)


def test_a_question_may_hold_any_label(learn: Callable[..., Seen], tmp_path: Path) -> None:
    label = 'say "hi": \\ {{name}}, [x] # no'
    net = (
        f"input: 1\nlayers: [{{activation: softmax, labels: ['{label}', b], weights: [[1], [0]]}}]"
    )
    (tmp_path / "odd.yaml").write_text(f"{net}\nexamples: [{{input: [1]}}]\n")
    question = (
        'asks: "Which?"\nright: {text: "{{prediction}}", why: "It is the largest."}\n'
        'wrong: [{text: none, why: "There is one."}]'
    )
    fences = f"```net\nodd.yaml\n```\n\n```predict\n{question}\n```"
    (tmp_path / "odd.md").write_text(f"# Odd\n\n## One\n\n{fences}\n")
    seen = learn(str(tmp_path / "odd.md"), width=None)
    assert seen.code == 0, seen.err
    assert label in seen.out


def test_a_lesson_waits_for_no_pipe(learn: Callable[..., Seen], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "in.csv")
    block = "```nntrace\nrun cat-or-dog --input=in.csv\n```"
    (tmp_path / "wait.md").write_text(f"# Wait\n\n## One\n\n{block}\n")
    seen = learn(str(tmp_path / "wait.md"), width=None)
    assert seen.code == 2
    assert "wait.md:6:16: '--input=in.csv': what is shown in a lesson reads no" in seen.err


NET_OF_ONE = "input: 1\nlayers: [{weights: [[2]]}]\nexamples: [{input: [1]}]\n"
NAMING = [
    "```net\n{}\n```",
    "```net\none.yaml --input {}\n```",
    "```net\none.yaml -i '{}'\n```",
    "```scale\n{}\n```",
    "```nntrace\nrun {}\n```",
    "```nntrace\nrun one.yaml --input {}\n```",
    "```nntrace\nrun one.yaml --input={}\n```",
    "```nntrace\nrun one.yaml -i{}\n```",
    "```nntrace\ncheck one.yaml {}\n```",
    "```try\nladder one.yaml --input {} --target t\n```",
]
ELSEWHERE = {
    "../outside.csv": "lies outside the lesson's folder",
    "../lesson/../outside.csv": "lies outside the lesson's folder",
    "link.csv": "lies outside the lesson's folder",
    "folder/one.csv": "lies outside the lesson's folder",
    "gone.csv": "lies outside the lesson's folder",
    "{outside}": "is absolute, takes a file named relative to the lesson",
    "../out*.csv": "lies outside the lesson's folder",
    "l?nk.csv": "lies outside the lesson's folder",
    "..": "lies outside the lesson's folder",
    "pipe.yaml": "is not a regular file",
    "zero.npz": "lies outside the lesson's folder",
}

STREAMS = ("pipe.yaml", "zero.npz")


@pytest.fixture
def lesson_folder(tmp_path: Path) -> Path:
    """A lesson's folder, in which lie a net, rows, and links to what is elsewhere."""
    folder = tmp_path / "lesson"
    (folder / "data").mkdir(parents=True)
    (tmp_path / "outside.csv").write_text("3\n")
    (tmp_path / "outer").mkdir()
    (tmp_path / "outer" / "one.csv").write_text("3\n")
    (folder / "one.yaml").write_text(NET_OF_ONE)
    (folder / "data" / "one.csv").write_text("4\n")
    for link, target in {"link.csv": "../outside.csv", "gone.csv": "../gone.csv",
                         "folder": "../outer", "own.csv": "data/one.csv",
                         "zero.npz": "/dev/zero"}.items():  # fmt: skip
        (folder / link).symlink_to(target)
    os.mkfifo(folder / "pipe.yaml")
    return folder


@pytest.mark.parametrize("block", NAMING)
@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_lesson_reads_no_file_that_is_not_its_own(
    learn: Callable[..., Seen], lesson_folder: Path, name: str, block: str
) -> None:
    named = name.format(outside=lesson_folder.parent / "outside.csv")
    (lesson_folder / "l.md").write_text(f"# L\n\n## One\n\n{block.format(named)}\n")
    seen = learn(str(lesson_folder / "l.md"), width=None)
    assert (seen.code, seen.out) == (2, "")
    assert seen.err.count("\n") == 1
    assert seen.err.startswith("nntrace: error: ")
    as_a_stream = "what is shown in a lesson reads no standard input"
    assert ELSEWHERE[name] in seen.err or (name in STREAMS and as_a_stream in seen.err)


@pytest.mark.parametrize(
    "block",
    [
        "```net\none.yaml --input data/one.csv\n```\n\n{{output.z}}",
        "```nntrace\nrun one.yaml --input own.csv\n```",
        "```nntrace\nrun one.yaml --input 'data/*.csv'\n```",
        "```nntrace\nrun one.yaml --input ./data/../data/one.csv\n```",
        "```nntrace\nshow digits\nrun digits -i digits-labelled.csv --keep digit --row 3\n```",
        "```scale\none.yaml\ndigits\n```",
    ],
)
def test_a_lesson_reads_what_is_its_own_or_comes_along(
    learn: Callable[..., Seen], lesson_folder: Path, block: str
) -> None:
    (lesson_folder / "l.md").write_text(f"# L\n\n## One\n\n{block}\n")
    seen = learn(str(lesson_folder / "l.md"), width=None)
    assert (seen.code, seen.err) == (0, "")


def test_a_pipe_gets_all_of_a_wide_layer(learn: Callable[..., Seen], tmp_path: Path) -> None:
    block = "```nntrace\nexplain digits hidden1.0 --example 'a four'\n```"
    (tmp_path / "wide.md").write_text(f"# Wide\n\n## One\n\n{block}\n")
    seen = learn(str(tmp_path / "wide.md"), width=None)
    assert "others" not in seen.out
    assert seen.out.count("input.r") == 64


TO_GOAL = ["?", "", "?", ""]  # in step 1, on a high screen


def test_the_readers_own_numbers_take_the_place_of_the_lessons(
    learn: Callable[..., Seen],
) -> None:
    seen = learn("1", typed=[*TO_GOAL, "0, 0 ,1", "hidden1.3", "", "q"], LINES="60")
    assert "$ nntrace explain cat-or-dog hidden1.1 --input 0,0,1" in seen.out
    assert "$ nntrace explain cat-or-dog hidden1.3 --input 0,0,1" in seen.out
    assert "= +1.5000" in seen.out  # 2·1 - 0.5
    assert "= +1.1000" in seen.out  # 0.5·1 + 0.6


def test_any_command_that_looks_may_be_tried_and_a_wrong_one_stops_nobody(
    learn: Callable[..., Seen], tmp_path: Path
) -> None:
    written = tmp_path / "x.json"
    typed = [*TO_GOAL, "nntrace show xor", f"run xor -f json -o {written}", "rm -r /",
             "run xor -i 1", "run -", "explain xor 'output.0", "", "q"]  # fmt: skip
    seen = learn("1", typed=typed, LINES="60")
    assert seen.code == 0
    assert "exclusive or, with the weights of a textbook" in seen.out
    told = [line for line in seen.err.splitlines() if "error" in line]
    assert len(told) == 5
    assert "writes no file" in told[0]
    assert "unknown command 'rm'" in told[1]
    assert "xor takes 2" in told[2]
    assert "reads no standard input" in told[3]
    assert not written.exists()


def test_the_end_of_the_lesson_offers_more_and_the_quiz(learn: Callable[..., Seen]) -> None:
    typed = ["?", "", "sums upon sums", "end"]
    seen = learn("6", typed=typed, LINES="90")
    assert "Yours is the one to keep" in seen.out
    assert "A stack of simple mathematics" in seen.out
    asked = " ".join(seen.screen.split())
    assert "Enter goes on to step 7, A window · end takes the quiz" in asked
    assert "question 1 of 15" in seen.out
    assert seen.code == 0
    assert "You stopped" not in place(learn)
    assert "Step 7 · A window" in learn("6", typed=[*typed[:-1], ""], LINES="90").out


@pytest.mark.parametrize("width", [80, 200])
def test_colour_only_adds_colour_to_a_sitting(learn: Callable[..., Seen], width: int) -> None:
    typed = ["?", "", "?", "", "q"]
    seen = learn("2", typed=typed, width=width, NO_COLOR="", COLORTERM="truecolor", LINES="60")
    assert "\x1b[36m" in seen.out
    assert not re.search(r"\x1b(?!\[[0-9;]*[mHJAK])", seen.screen)  # no links, no titles
    plain = learn("2", typed=typed, width=width, LINES="60")
    assert not re.search(r"\x1b\[[0-9;]*m", plain.screen)


def test_labelled_lines_draw_nothing(learn: Callable[..., Seen]) -> None:
    text = learn("--accessible").out
    assert not re.search("[─│╭█▏░━⡀-⣿⎡▸`*\x1b]", re.sub(r"W\d? ?\*|e\^", "", text))
    typed = ["?", "", "?", "", "?", "", "", "q"]
    seen = learn("2", "--accessible", typed=typed, LINES="60")
    assert "\x1b" not in seen.screen
    assert "Command: nntrace explain cat-or-dog output.cat" in seen.out


def test_a_real_terminal(clean: Any, command: list[str], tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [*command, "learn"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=clean(TERM="xterm", NNTRACE_STATE=str(tmp_path), COLUMNS="80", LINES="60"),
    )
    os.close(theirs)
    seen = b""

    def until(words: bytes) -> None:
        """Read on, behind what was read before, up to some words."""
        nonlocal seen
        while words not in seen:
            assert select.select([ours], [], [], WATCHDOG)[0], seen.decode()
            seen += os.read(ours, 65536)
        seen = seen.partition(words)[2]

    def answer(prompt: bytes, typed: bytes) -> None:
        until(prompt)
        until(b"q quits")  # what is typed before it is asked for answers nothing
        until(b": ")
        os.write(ours, typed)

    try:
        answer(b"goes there", b"\n")
        answer(b"shows the answer", b"1.3\n")
        answer(b"Right.", b"\n")
        answer(b"a = max(0, 1.3000)", b"q\n")
        assert process.wait(WATCHDOG) == 0
    finally:
        process.kill()
        os.close(ours)


# Ends itself by a signal where the lesson's ladder, after a question, runs in the same process.
SIGNALLED = """
import os, sys
from nntrace.__main__ import main
from nntrace.analysis import ladder

number = int(sys.argv.pop())
ladder.ladder = lambda *_, **__: os.kill(os.getpid(), number)
main()
"""


@pytest.mark.parametrize(("number", "code"), ENDINGS)
def test_a_signal_while_a_command_runs_ends_the_process(
    launched: Any, tmp_path: Path, number: int, code: int
) -> None:
    ours, theirs = os.openpty()
    process = launched(
        "learn",
        "5",
        str(int(number)),
        code=SIGNALLED,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={"TERM": "xterm", "NNTRACE_STATE": tmp_path, "COLUMNS": "80", "LINES": "400"},
    )
    os.close(theirs)
    seen = b""
    for asked, said in ((b"shows the answer", b"?\n"), (b"Enter goes on", b"\n")):
        while asked not in seen:
            assert select.select([ours], [], [], WATCHDOG)[0], seen.decode()
            seen += os.read(ours, 65536)
        os.write(ours, said)
    try:
        with contextlib.suppress(OSError):  # nobody has the terminal open any more
            while process.poll() is None or select.select([ours], [], [], 0)[0]:
                if select.select([ours], [], [], 0.1)[0]:
                    seen += os.read(ours, 65536)
        assert process.wait(WATCHDOG) == code, seen.decode()
    finally:
        process.kill()
        os.close(ours)
    assert b"Step 5" in seen
    assert b"error" not in seen


# ---- lessons of one's own ----


@pytest.fixture
def umbrella(tmp_path: Path) -> Path:
    """The example of docs/lessons.md, in a folder of its own."""
    text = DOCS.read_text(encoding="utf-8")
    net = re.search(r"^```yaml\n(.*?)^```$", text, re.M | re.S)
    lesson = re.search(r"^````markdown\n(.*?)^````$", text, re.M | re.S)
    assert net
    assert lesson
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "umbrella.yaml").write_text(net[1])
    (folder / "umbrella.md").write_text(lesson[1])
    return folder / "umbrella.md"


def test_the_example_of_the_page_is_a_lesson(learn: Callable[..., Seen], umbrella: Path) -> None:
    seen = learn(str(umbrella))
    assert (seen.code, seen.err) == (0, "")
    assert "It reads clouds 0.75 and wind 0.5." in seen.out
    assert "= +0.7500" in seen.out  # 1·0.75 + 0.5·0.5 - 0.25
    assert "It says umbrella, 90.5 %." in seen.out  # 1 / (1 + e^-2.25)
    assert learn(str(umbrella), "net").out in seen.out


def test_the_page_tells_of_every_block_and_command() -> None:
    from nntrace.teach.files import blocks
    from nntrace.teach.step import LOOKING

    text = DOCS.read_text(encoding="utf-8")
    assert [kind for kind in blocks.KINDS if f"| `{kind}` |" not in text] == []
    assert [name for name in LOOKING if f"`{name}`" not in text] == []


def test_a_lesson_of_ones_own_has_a_place_of_its_own(
    learn: Callable[..., Seen], umbrella: Path
) -> None:
    learn("3", typed=["q"])
    typed = ["my words", "", "run umbrella.yaml -i 1,1", "", "b", "q"]
    seen = learn(str(umbrella), "net", typed=typed)
    assert "cloud" in seen.out
    assert "You stopped in step 3" in place(learn)
    end = learn(str(umbrella), "2", typed=["?", "", "", "", ""])
    assert "Enter ends the lesson" in end.screen
    assert "question 1" not in end.out


def test_a_command_that_fails_is_told_before_anything_is_shown(
    learn: Callable[..., Seen], umbrella: Path
) -> None:
    text = umbrella.read_text()
    text = text.replace("feeling.0 --input", "feeling.9 --input").replace("run umbrella", "run um")
    umbrella.write_text(text)
    lines = text.split("\n")
    for options in ({}, {"typed": ["", ""]}):
        seen = learn(str(umbrella), **options)
        assert (seen.code, seen.out) == (2, "")
        first, second = seen.err.splitlines()
        line = lines.index("explain umbrella.yaml feeling.9 --input 0.75,0.5") + 1
        assert first.startswith(f"nntrace: error: {umbrella}:{line}:1: `nntrace explain umbrella")
        assert "feeling has 2 neurons, 0 to 1" in first
        assert second.startswith(f"nntrace: error: {umbrella}:{len(lines) - 2}:1: `nntrace run um")


def test_no_text_of_a_lesson_controls_the_terminal(
    learn: Callable[..., Seen], tmp_path: Path
) -> None:
    bad = "\x1b]0;owned\x07"
    file = tmp_path / "bad.md"
    file.write_text(f"# T{bad}\n\nx{bad}\n\n## S{bad} {{#st}}\n\n- **b{bad}** `c{bad}`\n"
                    f"\n```text\n{bad}\n```\n```say\na{bad}\n\nb{bad}\n```\n")  # fmt: skip
    for arguments in ([], ["--accessible"]):
        seen = learn(str(file), *arguments)
        assert seen.code == 0
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", seen.out + seen.err)


def test_a_table_and_lines_that_stand_as_they_are(
    learn: Callable[..., Seen], tmp_path: Path
) -> None:
    table = (
        "| clue | weight |\n| --- | ---: |\n| whiskers `w` | {{output.0.weights.0}} |\n| b | 3 |\n"
    )
    text = "```text\n  two  blanks   {{output.z}}\n\n\ttab\n```\n"
    (tmp_path / "one.yaml").write_text(NET_OF_ONE)
    lesson = tmp_path / "t.md"
    lesson.write_text(f"# T\n\n## S {{#st}}\n\n```net\none.yaml\n```\n\n{table}\n{text}")
    seen = learn(str(lesson), width=None)
    assert (seen.code, seen.err) == (0, "")
    lines = [line.rstrip() for line in seen.out.split("\n")]
    start = lines.index("clue          weight")
    assert lines[start + 1 : start + 3] == ["whiskers `w`       2", "b                  3"]
    assert "     two  blanks   [2]" in lines
    assert "       tab" in lines
    heard = learn(str(lesson), "--accessible", width=None).out
    assert "clue whiskers w, weight 2\n" in heard
    for width in (40, 200):
        assert "two  blanks" in learn(str(lesson), width=width).out


BANK = """\
lesson: umbrella.md
questions:
  - id: rain
    step: {}
    asks: "What falls?"
    right: {{text: rain, why: "It does."}}
    wrong: [{{text: stones, why: "They lie."}}]
"""


def test_a_bank_of_ones_own_belongs_to_a_lesson_of_ones_own(
    learn: Callable[..., Seen], umbrella: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(umbrella.parent)
    bank = umbrella.with_name("bank.yaml")
    bank.write_text(BANK.format("net"))
    umbrella.write_text(umbrella.read_text() + "\n```quiz\nbank.yaml\n```\n")
    seen = learn("umbrella.md", "net", typed=["?", "", "", "", "", "?", "", "q"])
    assert "Enter takes the quiz" in seen.screen
    assert "question 1 of 1" in seen.out
    assert "`nntrace learn umbrella.md net`" in seen.out
    bank.write_text(BANK.format("rain"))
    told = learn("umbrella.md", "net", typed=["?", "", "", "", ""])
    assert "bank.yaml:4:11: questions[0].step: unknown step 'rain', known: one, net" in told.err
    bank.unlink()
    assert "no such file" in learn("umbrella.md").err
