"""Plant faults in nets and ask `diff` where two versions part, and why; innocent changes too.

`python benchmarks/faults.py [SEED] [--verbose]`: of 200 faults in bundled nets and random ones, how
often the first place and the cause are right, and how many of 60 innocent changes raise an alarm.
A third of the faults is looked for in the trace that they left, a third in a net whose layers have
other names, the rest in one of the same names.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "helpers"))

from planted import INNOCENT, PLANTS, Planted, net_of, recorded, renamed, rows_of, trace_of

from nntrace.analysis.causes.search import causes
from nntrace.analysis.diff.compare import Tolerances
from nntrace.analysis.diff.difference import Difference, differ
from nntrace.analysis.diff.sides import NetSide, Rows, Side
from nntrace.core.network import Network

FAULTS, ALARMS = 200, 60


class Scores(NamedTuple):
    """How many there were, and of these how many first places and causes were right."""

    done: int
    places: int
    found: int


def compare(a: Network, b: Side, rows: Any) -> Difference:
    one = NetSide(a)
    tolerances = Tolerances.of(one.dtype, b.dtype)
    return differ(one, b, [Rows(range(len(rows)), rows)], tolerances)


def first_truth(a: Network, planted: Planted, rows: Any) -> set[str]:
    """Return the layer at which the two part first, in the order of a's pass, by its name."""
    one, two = trace_of(Planted(a, "", ()), rows), trace_of(planted, rows)
    tolerance = Tolerances.of(a.dtype, planted.net.dtype)
    for place, values in one.items():
        other = two.get(place)
        if other is None or other.shape != values.shape:
            continue
        if not np.allclose(values, other, tolerance.rtol, tolerance.atol, equal_nan=True):
            return {place.layer}
    return set()


def faults(seed: int, count: int, verbose: bool) -> Scores:
    rng = np.random.default_rng(seed)
    kinds = list(PLANTS)
    done = places = found = tried = 0
    wrong: Counter[str] = Counter()
    while done < count:
        kind = kinds[tried % len(kinds)]
        tried += 1
        net = net_of(rng)
        planted = PLANTS[kind](rng, net)
        if planted is None:
            tried -= int(rng.random() < 0.9)
            continue
        rows = rows_of(rng, net)
        truth = first_truth(net, planted, rows)
        way = int(rng.integers(4))
        if planted.outputs or way == 0:
            side: Side = recorded(trace_of(planted, rows), rows)
        else:
            side = NetSide(renamed(planted.net) if way == 1 else planted.net)
        if way == 3 and not planted.outputs:  # the fault is in a
            right_one: Side = NetSide(net)
            if rng.random() < 0.5:
                right_one = recorded(trace_of(Planted(net, "", ()), rows), rows)
            difference = compare(planted.net, right_one, rows)
        else:
            difference = compare(net, side, rows)
        if difference.agree and not truth:
            continue  # a fault that changes nothing on these rows
        first = difference.first
        explained = causes(difference)
        place = first is not None and first.pair.a.layer in (truth | set(planted.layers))
        right = bool(explained) and explained[0].kind == planted.kind
        places, found, done = places + place, found + right, done + 1
        if not right or not place:
            wrong[planted.kind] += 1
        if verbose and (not right or not place or len(explained) > 1):
            how = ("trace", "renamed", "net", "in a")[0 if planted.outputs else way]
            print(f"{planted.kind} in {net.name} {planted.layers} ({how}):", end=" ")
            print(f"first {first and first.pair.a}, is {truth};", *map(tuple, explained))
    if verbose:
        print(dict(wrong))
    return Scores(done, places, found)


def alarms(seed: int, count: int, verbose: bool) -> tuple[int, int]:
    """Return how many innocent changes there were, and how many raised an alarm."""
    rng = np.random.default_rng(seed + 1_000_000)
    kinds = list(INNOCENT)
    done = raised = tried = 0
    while done < count:
        kind = kinds[tried % len(kinds)]
        net = net_of(rng)
        made = INNOCENT[kind](rng, net)
        if made is None:
            tried += int(rng.random() < 0.1)
            continue
        tried += 1
        rows = rows_of(rng, net)
        difference = compare(net, NetSide(made), rows)
        done += 1
        if not difference.agree:
            raised += 1
            if verbose:
                first = difference.first
                print(f"{kind} in {net.name}: {first and (first.pair, first.tally.max_abs)}")
    return done, raised


def main(words: Sequence[str]) -> int:
    seed = next((int(word) for word in words if word.isdigit()), 0)
    verbose = "--verbose" in words
    done, places, found = faults(seed, FAULTS, verbose)
    print(f"first place right: {places} of {done} ({places / done:.1%}), goal 95 %")
    print(f"cause right:       {found} of {done} ({found / done:.1%}), goal 80 %")
    missed = places < 0.95 * done or found < 0.8 * done
    done, raised = alarms(seed, ALARMS, verbose)
    print(f"false alarms:      {raised} of {done}, goal 0")
    return int(missed or raised > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
