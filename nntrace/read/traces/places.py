"""What recorded arrays are called: z and a of a layer, as nntrace writes them, or tensors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from nntrace.core.recorded import Place

INPUT = "input"
X = "x"  # what the first layer is given of it
QUANTITIES: tuple[Literal["z", "a"], ...] = ("z", "a")


def places_of(names: Iterable[str]) -> dict[str, Place]:
    """Return the place of each name but those of the input.

    `conv1.z` and `conv1.a` are the layer conv1's where both are there, or where all names end so;
    any other name is that of a tensor, an a.
    """
    known = [name for name in names if name != INPUT]
    inner = [name for name in known if name != X]
    all_so = all(name.endswith((".z", ".a")) and len(name) > 2 for name in inner)
    there = set(inner)
    places: dict[str, Place] = {}
    for name in inner if all_so else known:
        layer, dot, last = name.rpartition(".")
        for quantity in QUANTITIES:
            other = f"{layer}.{'a' if quantity == 'z' else 'z'}"
            if dot and last == quantity and (all_so or other in there):
                places[name] = Place(layer, quantity)
        places.setdefault(name, Place(name, "a"))
    return places


def as_nntrace_writes(names: Iterable[str]) -> bool:
    """Whether arrays are called as nntrace calls those of a pass, in its order."""
    inner = [name for name in names if name not in (INPUT, X)]
    return bool(inner) and all(name.endswith((".z", ".a")) for name in inner)
