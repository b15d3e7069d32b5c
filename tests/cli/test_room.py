"""What a narrow terminal has no room for is said, and only what is drawn is explained."""

from __future__ import annotations

import pytest
from terminals import Stream

from nntrace.cli.app import main
from nntrace.cli.environment import Environment

pytestmark = pytest.mark.usefixtures("fitted_once")

LADDER = "ladder iris -i iris-labelled.csv --target species"
COMMANDS = {
    "show digits": "no room for: memory, min w, mean w, max w, std w; --all shows them",
    "stats digits -i digits.csv --layer hidden2": "no room for: std a, min a, kink",
    LADDER: "no room for: 95 % interval, separation",
}


def seen(command: str, width: int) -> str:
    out = Stream(True)
    variables = {"COLUMNS": str(width), "NO_COLOR": "1", "TERM": "xterm"}
    main(command.split(), Environment(Stream(False), out, Stream(False), variables))
    return out.getvalue().decode()


@pytest.mark.parametrize(("command", "said"), COMMANDS.items())
def test_columns_that_are_left_out_are_named(command: str, said: str) -> None:
    assert said in " ".join(seen(command, 40).split())
    assert "no room for" not in seen(command, 200)


def test_show_all_shows_every_column() -> None:
    told = seen("show digits --all", 40)
    assert "std w" in told
    assert "no room for" not in told


def test_a_column_that_is_not_drawn_is_not_explained() -> None:
    assert "separation: the share" not in seen(LADDER, 40)
    assert "separation: the share" in seen(LADDER, 200)


def test_outputs_of_a_net_without_classes_take_the_room_that_there_is(folder) -> None:
    (folder / "net.yaml").write_text(
        "input: 1\nlayers: [{size: 3, weights: [[1], [2], [3]], bias: [0, 0, 1]}]\n"
    )
    rows = seen("predict net.yaml -i 1", 40).splitlines()
    assert rows[-2].split() == ["row", *["output", "0", "output", "1", "output", "2"]]
    assert rows[-1].split() == ["0", "+1.0000", "+2.0000", "+4.0000"]
