"""What PyTorch makes of a layer, kept in files: the oracle of the kinds of layer.

The scripts in `tests/ops/pytorch` write the files and need PyTorch; the tests read them and don't.
A file of a kind holds cases: the op's keys, its arrays, what it reads, and the z that PyTorch gives
in float64.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

FOLDER = Path(__file__).parent / "oracle"


class Case(NamedTuple):
    """One op on some rows: `reads` and `z` are rows × shape, `arrays` its weights by key."""

    name: str
    kind: str
    keys: dict[str, Any]
    arrays: dict[str, Any]
    reads: list[Any]
    z: Any


def save(kind: str, cases: list[Case]) -> None:
    """Write the cases of a kind."""
    held: dict[str, Any] = {}
    for case in cases:
        held[f"{case.name}/keys"] = np.array(json.dumps(case.keys))
        held |= {f"{case.name}/arrays/{key}": each for key, each in case.arrays.items()}
        held |= {f"{case.name}/reads/{at}": each for at, each in enumerate(case.reads)}
        held[f"{case.name}/z"] = case.z
    np.savez_compressed(FOLDER / f"{kind}.npz", **held)


def load(kind: str) -> list[Case]:
    """Return the cases of a kind; nothing where there is no file."""
    path = FOLDER / f"{kind}.npz"
    if not path.exists():
        return []
    with np.load(path) as file:
        held = dict(file)
    names = dict.fromkeys(name.split("/")[0] for name in held)
    return [
        Case(
            name,
            kind,
            json.loads(str(held[f"{name}/keys"])),
            {key.split("/")[2]: held[key] for key in held if key.startswith(f"{name}/arrays/")},
            [held[key] for key in sorted(held) if key.startswith(f"{name}/reads/")],
            held[f"{name}/z"],
        )
        for name in names
    ]


class Whole(NamedTuple):
    """A net as its file says it, its weights file, rows, and the z of each layer by its name."""

    name: str
    declared: dict[str, Any]
    tensors: dict[str, Any]
    rows: Any
    z: dict[str, Any]


def save_whole(nets: list[Whole]) -> None:
    """Write whole nets."""
    held: dict[str, Any] = {}
    for net in nets:
        held[f"{net.name}/declared"] = np.array(json.dumps(net.declared))
        held[f"{net.name}/rows"] = net.rows
        held |= {f"{net.name}/tensors/{key}": each for key, each in net.tensors.items()}
        held |= {f"{net.name}/z/{key}": each for key, each in net.z.items()}
    np.savez_compressed(FOLDER / "whole.npz", **held)


def load_whole() -> list[Whole]:
    """Return whole nets."""
    with np.load(FOLDER / "whole.npz") as file:
        held = dict(file)

    def under(start: str) -> dict[str, Any]:
        return {key.removeprefix(start): held[key] for key in held if key.startswith(start)}

    return [
        Whole(
            name,
            json.loads(str(held[f"{name}/declared"])),
            under(f"{name}/tensors/"),
            held[f"{name}/rows"],
            under(f"{name}/z/"),
        )
        for name in dict.fromkeys(key.split("/")[0] for key in held)
    ]
