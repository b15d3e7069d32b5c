"""Whole sittings with the lesson: every screen is seen whole, whatever is typed."""

from __future__ import annotations

import os
import re
import select
import subprocess
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from readers import ANSI, CLEAR, Says, Shown, sit
from rich.cells import cell_len
from watchdog import WATCHDOG

from nntrace.cli.sessions.screens import paged, parting
from nntrace.teach.files.lesson import load
from nntrace.teach.question import Question
from nntrace.teach.step import Goal, Prose

pytestmark = pytest.mark.usefixtures("fitted_once", "read_once")


def goes_on(kind: str, text: str) -> str | None:
    """Type what leads on, from wherever one is."""
    return {"number": "?", "letter": "?", "words": "sums upon sums", "end": "q"}.get(kind, "")


def misses(kind: str, text: str) -> str | None:
    """Answer wrongly, twice."""
    again = "Another try" in text
    typed = {"number": "78" if again else "77", "letter": "c" if again else "a"}
    return typed.get(kind) or goes_on(kind, text)


def talks_nonsense() -> Says:
    """Type this and that to each question before giving up."""
    noise = cycle(["", "zzz", "h", "0,0", "\x1b[A", "h", "?"])
    ran = cycle(["explain foo", "", "h", ""])

    def says(kind: str, text: str) -> str | None:
        if kind in ("number", "letter"):
            return next(noise)
        return next(ran) if kind == "command" else goes_on(kind, text)

    return says


SITTINGS: dict[str, tuple[Says, dict[str, Any]]] = {
    "goes on, 80": (goes_on, {}),
    "goes on, 100": (goes_on, {"width": 100, "height": 30}),
    "goes on, 200": (goes_on, {"width": 200, "height": 50}),
    "misses": (misses, {}),
    "talks nonsense": (talks_nonsense(), {}),
    "in colour": (misses, {"NO_COLOR": "", "COLORTERM": "truecolor"}),
    "on a plain terminal": (misses, {"TERM": "dumb"}),
}


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    return {"NNTRACE_STATE": str(tmp_path / "state")}


@pytest.mark.parametrize("name", SITTINGS)
def test_nothing_scrolls_away_before_it_is_read(name: str, state: dict[str, str]) -> None:
    says, options = SITTINGS[name]
    sitting = sit(says, **(state | options))
    height, width = options.get("height", 24), options.get("width", 80)
    assert sitting.code == 0
    assert sitting.shown[-2].asked == "end"
    for shown in sitting.shown:
        assert len(shown.lines) <= height, shown.text
        assert max(map(cell_len, shown.lines)) <= width, shown.text
        if says is goes_on and shown.asked == "screen" and CLEAR in shown.text:
            read = [line for line in shown.lines if line.strip()]
            assert len(read) > 5, shown.text  # no lone line below the step, and what is asked
    told = " ".join(re.sub("[│╭╮╰╯─━]", " ", ANSI.sub("", sitting.text)).split())
    for step in load().steps:
        for block in step.blocks:
            if isinstance(block, Question):
                assert " ".join(block.answer.why.replace("`", "").split()) in told.replace("`", "")
            elif isinstance(block, Goal):
                assert block.asks.split(".")[0].replace("`", "") in told.replace("`", "")
    assert sitting.text.count("Step 8 · Attention") >= 1


def test_a_screen_reader_gets_pauses_as_well(state: dict[str, str]) -> None:
    sitting = sit(goes_on, "--accessible", **state)
    assert sitting.code == 0
    assert "\x1b" not in sitting.text
    assert sum(shown.asked == "screen" for shown in sitting.shown) > 30
    for shown in sitting.shown:
        assert len(shown.lines) <= 24, shown.text
        assert max(map(cell_len, shown.lines)) <= 80, shown.text  # no word is broken


def test_what_is_refused_is_said_once_and_the_question_stays(state: dict[str, str]) -> None:
    nonsense = [*["", "zz"] * 20, "q"]
    lines = iter(["", *nonsense])
    sitting = sit(lambda kind, text: next(lines), **state)
    begun, first, *again, _ = sitting.shown[1:]
    assert begun.asked == "number"
    assert "It takes a number such as 1.234. ? shows the answer." in first.text
    assert len(again) == len(nonsense) - 2  # without the first, and q
    prompt = begun.lines[-1]
    for shown in again:  # what was asked last goes, and is asked once more
        typed, _, rest = shown.text.partition("\n")
        assert (len(typed) < 3, rest) == (True, f"\x1b[1A\x1b[2K{prompt}")


def test_a_screen_reader_hears_a_refusal_again_but_for_enter(state: dict[str, str]) -> None:
    lines = iter(["", "zz", "", "zz", "q"])
    heard = sit(lambda kind, text: next(lines), "--accessible", **state).shown[2:-1]
    assert ["It takes a number" in shown.text for shown in heard] == [True, False, True]


SIZES = [((80, 24), (50, 20)), ((50, 20), (160, 40)), ((100, 30), (100, 18))]


@pytest.mark.parametrize(("first", "then"), SIZES)
@pytest.mark.parametrize("back", [False, True])
def test_a_terminal_may_be_resized_in_the_middle(
    first: tuple[int, int], then: tuple[int, int], back: bool, state: dict[str, str]
) -> None:
    typed: list[str] = []

    def says(kind: str, text: str) -> str | None:
        typed.append(kind)
        return "b" if back and len(typed) == 5 else goes_on(kind, text)

    width, height = first
    sitting = sit(says, "2", width=width, height=height, most=14, resized={4: then}, **state)
    for shown in sitting.shown[5:]:
        assert len(shown.lines) <= then[1], shown.text
        if not back:
            assert max(map(cell_len, shown.lines)) <= then[0], shown.text
    told = " ".join(re.sub("[│╭╮╰╯─━]", " ", ANSI.sub("", sitting.text)).split())
    asked = [block.asks for block in load().steps[1].blocks if isinstance(block, Question)]
    for asks in asked[:3]:  # nothing was left out
        assert asks.replace("`", "")[:50] in told.replace("`", "")


@pytest.mark.parametrize(
    ("texts", "pages"),
    [
        (["a\n\n", "b:\n\n", "c\n" * 9, "d\n" * 6], ["a b:", "c", "d"]),
        (["a\n\n", "b:\n\n", "c\n" * 5, "d\n" * 6], ["a b: c", "d"]),
        (["a\n\n", "b:\n\n", "c\n" * 7, "d\n" * 6], ["a", "b: c", "d"]),
        (["a\n\n", "b\n\n", "c\n" * 5, "d\n" * 6], ["a b c", "d"]),
        (["a:\n\n", "d\n" * 6], ["a:", "d"]),
        (["a:\n\n", "d\n" * 4], ["a: d"]),
        (["a\n" * 9 + "\n", "d\n" * 6], ["a", "d"]),  # an empty line takes no page of its own
    ],
)
def test_what_leads_in_stands_above_it(texts: list[str], pages: list[str]) -> None:
    found = [" ".join(dict.fromkeys(page.split())) for page in paged(texts, 10, 4)]
    assert found == pages


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{4,}", text))


@pytest.mark.parametrize("width", [40, 61, 80])
def test_words_do_not_break(width: int, state: dict[str, str]) -> None:
    """What is asked and told fits the lines: the terminal has nothing to break."""
    sitting = sit(misses, "4", width=width, most=12, **state)
    known = words_of(" ".join(
        block.text for block in load().steps[3].blocks if isinstance(block, Prose)
    ))  # fmt: skip
    for shown in sitting.shown:
        for line in shown.lines:
            if not re.search("[│╭╰·$]|e^", line):
                assert cell_len(line) <= width, shown.text
    seen = words_of(sitting.text)
    assert len(known - seen) < len(known) / 2


@pytest.mark.parametrize(
    ("text", "most", "behind"),
    [
        ("one two . four five", 4, 3),  # at the empty line
        ("╭a ╰b ╭c ╰d ╭e ╰f", 5, 4),  # between two boxes
        ("╭a x │ y ╰b", 4, 3),  # at an empty line inside of a box
        ("╭a │ ╰b . c d", 5, 4),  # rather between than inside
        ("a . c d e f g h", 6, 6),  # nowhere near
        ("a b c _d__e f _g__h i", 6, 5),  # before an option
    ],
)
def test_pages_are_turned_at_a_good_place(text: str, most: int, behind: int) -> None:
    lines = [word.replace(".", "").replace("_", " ") + "\n" for word in text.split()]
    assert parting(lines, most) == behind
    assert parting([f"\x1b[1m{line}" for line in lines], most) == behind


class TestBack:
    """`b` goes one screen back, from wherever one is."""

    def test_every_screen_has_one_before_it(self, state: dict[str, str]) -> None:
        went: list[str] = []

        def says(kind: str, text: str) -> str | None:
            if kind == "begins":
                return "2"
            place = re.sub(r"\s+", " ", "\n".join(Shown(text, kind).lines))[:600]
            if len(went) < 6:
                if kind in ("number", "letter", "screen") and "Not" not in text:
                    went.append(place)
                return goes_on(kind, text)
            back.append(place)
            return "b" if len(back) < 7 else "q"

        back: list[str] = []
        assert sit(says, **state).code == 0
        first = [place for place in went if "Activation functions" in place]
        assert first[0] in back  # all the way back, the first screen is seen again

    @pytest.mark.parametrize("kind", ["number", "letter", "words", "command", "screen"])
    def test_it_is_no_answer_to_anything(self, kind: str, state: dict[str, str]) -> None:
        step = {"words": "6", "number": "1", "letter": "3", "command": "3", "screen": "2"}[kind]
        tried: list[str] = []

        def says(asked: str, text: str) -> str | None:
            if asked == kind and not tried:
                tried.append(text)
                return "b"
            if tried:
                tried.append(text)
                return "q"
            return goes_on(asked, text)

        assert sit(says, step, **state).code == 0
        assert "✗" not in tried[1]
        assert "Yours is the one" not in tried[1]
        assert "Step" in tried[1]


def test_no_option_is_called_b() -> None:
    for step in load().steps:
        for block in step.blocks:
            if isinstance(block, Question) and not block.typed:
                own = block.letters[: len(block.options)]
                assert not set(own) & set("bhnq")


@pytest.mark.parametrize("screens", [1, 3, 5, 8])
def test_one_goes_on_at_the_screen_where_one_stopped(screens: int, state: dict[str, str]) -> None:
    def stops(kind: str, text: str) -> str | None:
        if kind in ("screen", "number", "letter") and "\x1b[2J" in text:
            seen.append(text.rpartition("\x1b[2J")[2])
        return "q" if len(seen) > screens else goes_on(kind, text)

    seen: list[str] = []
    sit(stops, "3", **state)
    again = sit(lambda kind, text: "" if kind == "begins" else "q", **state)
    assert again.shown[1].text.rpartition("\x1b[2J")[2] == seen[-1]
    assert "Enter goes on there" in again.shown[0].text


class TestGoals:
    """What is to be brought about is judged, with a hint from how near it was."""

    @staticmethod
    def tried(step: str, typed: list[str], state: dict[str, str], last: bool = True) -> str:
        """Go to the goal of a step, type there, and return what was said."""
        lines = iter(typed)
        said: list[str] = []

        def says(kind: str, text: str) -> str | None:
            if kind != "command":
                return goes_on(kind, text)
            said.append(text)
            return next(lines, "q")

        sit(says, step, height=60, **state)
        return "".join(said[1:])

    @pytest.mark.parametrize(
        ("step", "typed", "told"),
        [
            ("1", ["0,0,1"], "Reached."),
            ("1", [""], "and is to be over 0: 0.91 to go."),
            ("1", ["", "0.9,0.8,0.3"], "Nearer than before."),
            ("1", ["0.9,0.8,0.3", "0.9,0.8,0.1"], "Not nearer than before."),
            ("1", ["explain cat-or-dog hidden1.1 -i 0,0,1"], "Reached."),
            ("1", ["run cat-or-dog -i 0,0,1"], "Reached."),
            ("1", ["run cat-or-dog -i 0,0,0 -i 0,0,1"], "Reached."),
            ("1", ["run cat-or-dog -i 0,0,0 --set hidden1.1=5"], "An input shall do it."),
            ("1", ["run xor -i 1,0"], "That was about xor. This is about cat-or-dog."),
            ("1", ["schema trace"], "That was about no net"),
            ("1", ["h", "h", "h"], "No more hints."),
            ("2", ["0.2,0.2,0.9"], "Reached."),
            ("3", ["0.5,0.5,0.5"], "Reached."),
            ("3", ["0.9,0.9,0.1"], "1 to go"),
            ("4", ["0.75,0.25,0.55"], "Reached."),
            ("5", ["kuukattaa"], "Reached."),
            ("5", ["drown"], "to go"),
            ("7", ["conv1.9.3.5"], "Reached."),
            ("7", ["conv1.8.3.5"], "this is about conv1.9."),
            ("8", ["baa"], "Reached."),
        ],
    )
    def test_each_is_judged(
        self, step: str, typed: list[str], told: str, state: dict[str, str]
    ) -> None:
        assert told in " ".join(self.tried(step, typed, state).split())

    def test_what_is_wrong_stands_below_the_command_and_stays(self, state: dict[str, str]) -> None:
        told = self.tried("8", ["abx"], state)
        shown, _, wrong = told.partition("nntrace: error: ")
        assert 'run aab --input "abx" --layer output' in shown
        assert wrong
        assert "\x1b[2K" not in wrong  # which would take back its last line

    def test_every_goal_can_be_reached_and_is_not_at_first(self) -> None:
        from nntrace.core.forward import forward
        from nntrace.read.nets.load import load as load_net
        from nntrace.teach.aim import attempt, explained_by

        found = {
            "neuron": [0, 0, 1], "activation": [0.2, 0.2, 0.9], "layer": [0.5, 0.5, 0.5],
            "network": [0.75, 0.25, 0.55], "ladder": "kuukattaa", "attention": "aa",
        }  # fmt: skip
        for step in load().steps:
            goals = [block for block in step.blocks if isinstance(block, Goal)]
            assert goals or step.name == "scale"
            if step.name in found:
                trace = forward(load_net(goals[0].net), [found[step.name]])
                aim = goals[0].aim.about(explained_by(goals[0].command.words))
                assert attempt(aim, trace).reached


def test_ones_own_words_are_kept_and_shown_with_the_lessons(
    state: dict[str, str],
) -> None:
    sit(goes_on, "6", height=90, most=8, **state)
    seen = sit(lambda kind, text: None, "--due", command="quiz", **state).text
    assert "sums upon sums" in seen
    assert "A stack of simple mathematics" in " ".join(seen.split())


class Terminal:
    """The program on a real terminal."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.ours, theirs = os.openpty()
        self.seen = b""
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=env
        )
        os.close(theirs)

    def until(self, words: bytes) -> bytes:
        """Read up to some words, and return what came before them."""
        while words not in self.seen:
            assert select.select([self.ours], [], [], WATCHDOG)[0], self.seen.decode()
            self.seen += os.read(self.ours, 65536)
        before, _, self.seen = self.seen.partition(words)
        return before

    def type(self, text: bytes) -> None:
        os.write(self.ours, text)


@pytest.fixture
def terminal(clean: Callable[..., dict[str, str]], command: list[str], tmp_path: Path) -> Any:
    opened: list[Terminal] = []

    def start(*words: str) -> Terminal:
        size = {"COLUMNS": "80", "LINES": "24"}
        env = clean(TERM="xterm", NNTRACE_STATE=str(tmp_path / "state"), **size)
        opened.append(Terminal([*command, *words], env))
        return opened[-1]

    yield start
    for each in opened:
        each.process.kill()
        each.process.wait()
        os.close(each.ours)


@pytest.mark.parametrize("words", [("learn", "1"), ("quiz", "-n", "1", "--seed", "1")])
def test_what_is_typed_ahead_answers_nothing(
    terminal: Callable[..., Terminal], words: tuple[str, ...]
) -> None:
    sitting = terminal(*words)
    sitting.type(b"77\n\n\n")  # long before anything is asked
    sitting.until(b"h gives a hint")
    sitting.until(b": ")
    sitting.type(b"?\n")  # this is the first answer
    told = sitting.until(b"Enter goes on")
    assert b"No guess: here is how it goes." in told
    assert b"Not this number" not in told
    assert b"It takes" not in told
    sitting.until(b": ")
    sitting.type(b"q\n")
    assert sitting.process.wait(WATCHDOG) == 0
