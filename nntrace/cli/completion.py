r"""What the Tab key offers in bash, zsh and fish.

The shells ask the program itself: `_NNTRACE_COMPLETE=complete nntrace WORD… BEGUN` prints what may
stand in place of the last word, one a line, with a tab and its help where it has some. Each shell
quotes what it inserts; words of bash come as they are typed, and are taken apart here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from nntrace.cli.command import Flat, Parameter
from nntrace.cli.plain import assigned
from nntrace.errors import FileError, UsageError, why
from nntrace.read.rows.formats import SUFFIXES, SUFFIXES_OF_ANY

if TYPE_CHECKING:
    from nntrace.read.yaml.outline import Outline

NETS = (".yaml", ".yml")
MOST = 2000
HERE = "\0"  # stands for the word that is begun, and in no other

# Words come unquoted, but of bash, whose arrays hold them as typed, the line.
SCRIPTS = {
    "bash": r"""
_nntrace_completion() {
    local each
    COMPREPLY=()
    while IFS= read -r each; do
        COMPREPLY+=("${each%%$'\t'*}")
    done < <(_NNTRACE_COMPLETE=complete_bash "$1" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    [[ ${COMPREPLY[0]} == *[=.] ]] && compopt -o nospace 2>/dev/null
    if [[ ${COMPREPLY[0]} == *= ]]; then
        for each in "${!COMPREPLY[@]}"; do
            printf -v "COMPREPLY[each]" %q "${COMPREPLY[each]}"
        done
    else
        compopt -o filenames 2>/dev/null
    fi
    return 0
}
complete -F _nntrace_completion nntrace
""",
    "zsh": r"""#compdef nntrace
_nntrace_completion() {
    local -a found plain open shown
    local each
    local -a before=("${(@Q)words[2,CURRENT-1]}")
    local -x _NNTRACE_COMPLETE=complete
    found=("${(@f)$(nntrace "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
    [[ $PREFIX == --*=* ]] && compset -P '*='
    for each in $found; do
        each=${each%%$'\t'*}
        [[ $each == *[=/.] ]] && open+=("$each")
        [[ $each == *[=/.] || -z $each ]] || plain+=("$each")
    done
    (( $#plain )) && compadd -- "${plain[@]}"
    (( $#open )) && compadd -S '' -- "${open[@]}"
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _nntrace_completion "$@"
else
    compdef _nntrace_completion nntrace
fi
""",
    "fish": r"""
function _nntrace_completion
    set -l words (commandline -opc)
    set -l begun (commandline -ct | string unescape)
    _NNTRACE_COMPLETE=complete_fish nntrace $words[2..] "$begun" 2>/dev/null
end
complete -c nntrace -f -a '(_nntrace_completion)'
""",
}


class Commands(NamedTuple):
    """The commands that there are, by name."""

    names: Sequence[str]
    does: Callable[[str], str]
    find: Callable[[str], Flat]


class Line(NamedTuple):
    """What stands before the cursor: what the command was given, and the word that is begun."""

    given: Mapping[str, Sequence[str]]
    begun: str

    @property
    def outline(self) -> Outline:
        """What the net that is named has layers and examples of."""
        from nntrace.read.yaml.outline import Outline, outline

        net = next(iter(self.given.get("net", ())), "")
        return outline(net) if net else Outline()


def answer(mode: str, words: Sequence[str], whole: Flat, commands: Commands) -> str:
    """Return what a shell asks for: the script that sets it up, or the lines it is offered.

    `whole` is what stands before a command.
    """
    kind, _, shell = mode.partition("_")
    if kind == "source":
        return SCRIPTS.get(shell, "").lstrip()
    if shell == "bash":
        words = split(words[0] if words else "")[1:]
    *before, begun = words or [""]
    found = sorted(set(_offered(before, begun, whole, commands)), key=lambda each: each[0] != begun)
    lines = [f"{word}\t{help}" if help else word for word, help in sorted(found)[:MOST]]
    if shell == "bash":  # which takes a word apart at these, and replaces what is behind them
        cut = max(begun.rfind(":"), begun.rfind("=") if not begun.startswith("-") else -1) + 1
        lines = [line[cut:] for line in lines]
    if shell == "fish" and begun.startswith("--") and "=" in begun:  # which replaces all of it
        lines = [f"{begun.partition('=')[0]}={line}" for line in lines]
    return "".join(f"{line}\n" for line in lines if "\n" not in line)


# Where each shell looks, and what its own file has to say for that.
HOMES = {
    "bash": (".bash_completions/nntrace.sh", ".bashrc", "source ~/.bash_completions/nntrace.sh"),
    "zsh": (".zfunc/_nntrace", ".zshrc", "fpath+=~/.zfunc; autoload -Uz compinit; compinit"),
    "fish": (".config/fish/completions/nntrace.fish", "", ""),
}


def shell_of(variables: Mapping[str, str]) -> str:
    """Return which shell somebody uses; UsageError where it is none of those known."""
    shell = os.path.basename(variables.get("SHELL", ""))
    if shell not in SCRIPTS:
        raise UsageError(f"SHELL is '{shell}'; completion is there for {', '.join(SCRIPTS)}")
    return shell


def install(variables: Mapping[str, str]) -> str:
    """Set up the Tab key of somebody's shell, and say what was written; FileError where not."""
    from pathlib import Path

    shell = shell_of(variables)
    home = Path(variables.get("HOME") or Path.home())
    script, own, line = HOMES[shell]
    try:
        (home / script).parent.mkdir(parents=True, exist_ok=True)
        (home / script).write_text(SCRIPTS[shell].lstrip(), encoding="utf-8")
        if own:
            file = home / own
            before = file.read_text(encoding="utf-8") if file.exists() else ""
            if line not in before.splitlines():
                file.write_text(f"{before.rstrip()}\n{line}\n".lstrip(), encoding="utf-8")
    except OSError as error:
        raise FileError(f"{error.filename}: {why(error)}") from None
    return f"~/{script} written" + (f", named in ~/{own}" if own else "") + "; open a new shell"


def split(line: str) -> list[str]:
    """Take apart the start of a line as a shell does; a quotation may be open, and a word empty."""
    words, word, begun, quote, index = [], "", False, "", 0
    while index < len(line):
        char = line[index]
        index += 1
        if quote:
            if char == quote:
                quote = ""
            elif char == "\\" and quote == '"' and line[index : index + 1] in tuple('"\\$`'):
                word, index = word + line[index], index + 1
            else:
                word += char
        elif char in "'\"":
            quote, begun = char, True
        elif char == "\\":
            word, begun, index = word + line[index : index + 1], True, index + 1
        elif char.isspace():
            if begun:
                words.append(word)
            word, begun = "", False
        else:
            word, begun = word + char, True
    return [*words, word]


def _offered(
    before: Sequence[str], begun: str, whole: Flat, commands: Commands
) -> Iterator[tuple[str, str]]:
    """Give each word that may stand there, with its help."""
    if not before and not begun.startswith("-"):
        for name in commands.names:
            if name.startswith(begun):
                yield name, commands.does(name)
        return
    if before and before[0] not in commands.names:
        return
    command = commands.find(before[0]) if before else whole
    if begun.startswith("--") and "=" in begun:
        name, _, begun = begun.partition("=")
        before = [*before, name]
    given: dict[str, list[str]] = {}
    stands: Parameter | None = None
    for parameter, value in assigned(command, [*before[1:], HERE]):
        if parameter is not None and value is not None:
            given.setdefault(parameter.name, []).append(value)
            stands = parameter if value == HERE else stands
    if begun.startswith("-") and (stands is None or not stands.names):
        for option in command.options:
            if option.called.startswith(begun):
                yield option.called, option.told_by.help.partition(". ")[0]
    elif stands is not None:
        for word in _values(stands, Line(given, begun)):
            if word.startswith(begun) and word.isprintable():
                yield word, ""


def _values(parameter: Parameter, line: Line) -> Iterator[str]:
    if parameter.choices:
        yield from parameter.choices
    elif look := VALUES.get(parameter.called) or VALUES.get(str(parameter.told_by.metavar)):
        yield from look(line)


def _files(line: Line, suffixes: tuple[str, ...] = ()) -> Iterator[str]:
    """Give files of some suffixes, or all, and folders, below what was begun."""
    folder, name = os.path.split(line.begun)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            for entry in entries:
                if entry.name.startswith(".") and not name.startswith("."):
                    continue
                path = os.path.join(folder, entry.name)
                if entry.is_dir():
                    yield f"{path}/"
                elif not suffixes or entry.name.lower().endswith(suffixes):
                    yield path
    except OSError:
        return


def _nets(line: Line) -> Iterator[str]:
    from nntrace.read import bundled

    yield from bundled.names()
    yield from _files(line, NETS)


def _rows(line: Line) -> Iterator[str]:
    from nntrace.read import bundled

    yield from _files(line, SUFFIXES_OF_ANY)
    yield from (path.name for path in bundled.folder().iterdir() if path.suffix in SUFFIXES)


def _layers(line: Line) -> Iterator[str]:
    yield from (layer.name for layer in line.outline.layers[1:])


def _neurons(line: Line) -> Iterator[str]:
    """Give the neurons of layers, or, where those are many, first the layers alone."""
    yield from _of_layers(line, line.outline.layers[1:])


def _of_layers(line: Line, layers: Sequence[Any]) -> Iterator[str]:
    many = sum(len(layer.neurons) for layer in layers) > 100
    for layer in layers:
        if many and not line.begun.startswith(f"{layer.name}."):
            yield f"{layer.name}."
        else:
            yield from (f"{layer.name}.{neuron}" for neuron in layer.neurons)


def _neurons_and_layers(line: Line) -> Iterator[str]:
    yield from _layers(line)
    yield from _neurons(line)


def _settings(line: Line) -> Iterator[str]:
    for name in _of_layers(line, line.outline.layers):
        yield name if name.endswith(".") else f"{name}="


def _families(line: Line) -> Iterator[str]:
    from nntrace.teach.generator import FAMILIES

    yield from FAMILIES


def _columns(line: Line) -> Iterator[str]:
    """Give the columns that a header of a CSV file of rows tells."""
    import csv

    from nntrace.read.bundled import find_rows

    for path in map(find_rows, line.given.get("inputs", ())):
        if not path.lower().endswith((".csv", ".tsv")) or not os.path.isfile(path):
            continue
        with open(path, encoding="utf-8-sig", errors="replace", newline="") as stream:
            start = stream.read(2**16).splitlines()[:1]
        delimiter = "\t" if path.lower().endswith(".tsv") else ","
        yield from (cell.strip() for row in csv.reader(start, delimiter=delimiter) for cell in row)


def _steps(line: Line) -> Iterator[str]:
    from nntrace.teach.question import STEPS

    yield from STEPS
    yield from _files(line, (".md",))


# What is offered where the help has such a word for what is taken, or for an option of that name. A
# command that has one of these completes it.
VALUES: dict[str, Callable[[Line], Iterator[str]]] = {
    "NET": _nets,
    "NEURON": _neurons,
    "STEP|FILE.md": _steps,
    "STEP": _steps,
    "ROW|FILE|-": _rows,
    "ROWS": _rows,
    "LAYER[.NEURON]": _neurons_and_layers,
    "LAYER.NEURON=VALUE": _settings,
    "COLUMN": _columns,
    "FILE": _files,
    "FILE|-": _files,
    "--example": lambda line: iter(line.outline.examples),
    "--layer": _layers,
    "--to": _layers,
    "--family": _families,
    "--bank": lambda line: _files(line, NETS),
    "--lint": lambda line: _files(line, NETS),
}
