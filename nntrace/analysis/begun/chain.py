"""Modules → layers in an order: each reads what the one before it gives, as far as sizes tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from nntrace.analysis.begun.modules import Held, Module, Shape, modules, natural

SIDE = 32  # of pictures, where nothing tells it
STEPS = 8  # of sequences
CONTEXT = 64  # of texts
_CHARACTERS = " abcdefghijklmnopqrstuvwxyz"
_KERNELS = ("conv", "conv_transpose")
_TOKENS = ("embedding", "positions", "attention", "lstm", "gru")
_NORMS = ("batch_norm", "layer_norm", "rms_norm")


class Guess(NamedTuple):
    """A key and what stands behind it; `why` it is a guess, empty where a tensor tells it."""

    key: str
    value: Any
    why: str = ""


class Begun(NamedTuple):
    """A layer as a net file has it: its keys in order, its arrays where they are named one by one,
    and what is odd about it."""

    keys: tuple[Guess, ...]
    arrays: tuple[Held, ...] = ()
    odd: str = ""


class Beginning(NamedTuple):
    """What a net may be: its input, its layers, and the tensors that it leaves.

    `order` says how its layers were put in order, empty where that is the file's.
    """

    input: tuple[Guess, ...]
    layers: tuple[Begun, ...]
    left: tuple[str, ...]
    order: str = ""


def begin(tensors: Mapping[str, Shape]) -> Beginning:
    """Tell which net the tensors of a file may be of, in the order in which fewest sizes part."""
    found, left = modules(tensors)
    if not found:
        return Beginning((), (), (*left,))
    orders = {
        "": found,
        "by their names": sorted(found, key=lambda module: natural(module.name)),
        "by their sizes": _by_size(found),
    }
    chains = {how: _Chain(order) for how, order in orders.items()}
    how = min(chains, key=lambda each: chains[each].doubts)
    best = chains[how]
    return Beginning((*best.input(),), (*best.layers(),), (*left,), how)


def _transposed(name: str, order: list[int], why: str) -> Begun:
    return Begun((Guess("name", name), Guess("kind", "transpose"), Guess("order", order, why)))


def _by_size(found: Sequence[Module]) -> list[Module]:
    """Put each module behind one that gives what it takes, as far as that goes."""
    rest, given = list(found), {module.gives for module in found}
    first = next((each for each in rest if each.takes not in given), rest[0])
    order, inner = [first], first.kind in _KERNELS
    rest.remove(first)
    while rest:
        following = next((each for each in rest if _fits(order[-1], each, inner)), rest[0])
        order.append(following)
        inner = _inner(following, inner)
        rest.remove(following)
    return order


def _inner(module: Module, before: bool) -> bool:
    """Whether channels have dimensions behind a module."""
    return module.kind in _KERNELS or (before and module.kind != "dense")


def _fits(before: Module, module: Module, inner: bool) -> bool:
    """Whether a module can read what another gives, of which channels may have dimensions."""
    takes, gives = module.takes, before.gives
    if takes is None or gives is None:
        return takes is None and gives is None
    if module.kind == "dense" and inner:
        return takes % gives == 0
    return takes == gives or (module.kind == "conv" and takes < gives and gives % takes == 0)


class _Chain:
    """Modules in an order, and what each of them is given."""

    def __init__(self, order: Sequence[Module]) -> None:
        self.order = order
        self.tokens = any(module.kind in _TOKENS for module in order)
        self.apart: set[str] = set()
        self.grouped: dict[str, int] = {}
        inner = order[0].kind in _KERNELS
        for before, module in pairwise(order):
            if not _fits(before, module, inner):
                self.apart.add(module.name)
            elif module.kind == "conv" and before.gives and module.takes != before.gives:
                self.grouped[module.name] = before.gives // (module.takes or 1)
            inner = _inner(module, inner)

    @property
    def doubts(self) -> tuple[int, int]:
        """How much speaks against the order: sizes that part, and groups, which are rare."""
        return len(self.apart), len(self.grouped)

    # ---- the input ----

    def input(self) -> Iterator[Guess]:
        first = self.order[0]
        if first.kind == "embedding":
            rows = first.kernel[0]
            yield Guess("alphabet", _CHARACTERS[:rows], f"the characters that {rows} rows are for")
            table = next((each for each in self.order if each.kind == "positions"), None)
            context = table.kernel[0] if table else CONTEXT
            yield Guess("context", context, "" if table else "no tensor tells it")
        elif self.tokens:
            yield Guess("shape", [STEPS, first.takes or 1], "no tensor tells how many steps")
        elif first.kind in _KERNELS or self._has_kernels:
            side = self._side()
            dimensions = len(next(each.kernel for each in self.order if each.kind in _KERNELS))
            why = "no tensor tells it" if side is None else "without stride, padding and pools"
            sides = [side or self._least()] * dimensions
            channels = first.takes or 1
            shape = [*sides, channels] if self._last else [channels, *sides]
            yield Guess("shape", shape, f"{why}, so large")
        else:
            yield Guess("size", first.takes or 1)

    @property
    def _keras(self) -> bool:
        """Whether channels are last, as in Keras by default."""
        return any("/" in held.tensor for module in self.order for held in module.arrays)

    @property
    def _last(self) -> bool:
        """Whether channels are last in the input, where there are several."""
        return self._keras and self._has_kernels and (self.order[0].takes or 1) > 1

    @property
    def _has_kernels(self) -> bool:
        return any(module.kind in _KERNELS for module in self.order)

    def _least(self) -> int:
        """Return a side that is large enough for all kernels."""
        spans = sum(max(module.kernel) - 1 for module in self.order if module.kind == "conv")
        return max(SIDE, spans + 1)

    def _side(self) -> int | None:
        """Return how long a side of the input is that leaves what the first dense layer reads."""
        side, channels, dimensions = 0, 1, 2
        for module in self.order:
            if module.kind in _KERNELS:
                reach = max(module.kernel) - 1
                side += reach if module.kind == "conv" else -reach
                channels, dimensions = module.gives or 1, len(module.kernel)
            elif module.kind == "dense":
                places = (module.takes or 0) // channels
                root = round(places ** (1 / dimensions)) if places else 0
                if channels * root**dimensions != module.takes or root == 1:
                    return None
                return side + root if side + root > 0 else None
        return None

    # ---- the layers ----

    def layers(self) -> Iterator[Begun]:
        channels: int | None = None  # while there are channels with dimensions
        inner = next((len(each.kernel) for each in self.order if each.kind in _KERNELS), 0)
        if self._last:
            first = [inner, *range(inner)]
            yield _transposed("channels_first", first, "as Keras has its inputs, channels last")
        for at, module in enumerate(self.order):
            after = self.order[at + 1] if at + 1 < len(self.order) else None
            before = self.order[at - 1] if at else None
            if channels and module.kind == "dense" and module.takes == channels:
                yield Begun(
                    (
                        Guess("name", f"{module.name}.pool"),
                        Guess("kind", "global_average_pool", "something leaves one number each"),
                    )
                )
            elif channels and module.kind == "dense" and self._keras:
                last = [*range(1, inner + 1), 0]
                why = "as Keras flattens, channels last"
                yield _transposed(f"{module.name}.channels_last", last, why)
            if module.kind in _KERNELS:
                channels = module.gives
            elif module.kind == "dense":
                channels = None
            keys = [*self._keys(module, before), *self._activation(module, after)]
            yield Begun((*keys,), module.arrays, self._odd(module, before))

    def _odd(self, module: Module, before: Module | None) -> str:
        if module.name not in self.apart or before is None:
            return ""
        return f"takes {module.takes}, but {before.name} gives {before.gives}"

    def _keys(self, module: Module, before: Module | None) -> Iterator[Guess]:
        yield Guess("name", module.name)
        if module.kind != "dense":
            yield Guess("kind", module.kind, module.notes.get("kind", ""))
        elif self.tokens and before is not None and before.gives == module.takes:
            yield Guess("axis", "last", "each position by itself")
        for key, value in module.keys.items():
            yield Guess(key, value, module.notes.get(key, ""))
        dimensions = next((len(each.kernel) for each in self.order if each.kind in _KERNELS), 0)
        if before is None and dimensions == 1 and module.kind in (*_KERNELS, "batch_norm"):
            yield Guess("dimensions", 1)
        if module.kind in _KERNELS:
            if groups := self.grouped.get(module.name):
                yield Guess("groups", groups)
            yield Guess("stride", 1, "no tensor tells it")
            yield Guess("padding", 0, "no tensor tells it")

    def _activation(self, module: Module, after: Module | None) -> Iterator[Guess]:
        if after is None:
            yield Guess("activation", "identity", "softmax, where it tells classes apart")
        elif self._activates(module, after):
            yield Guess("activation", "relu", "no tensor tells it")

    def _activates(self, module: Module, after: Module) -> bool:
        """Whether an activation may follow a module: none stands between two modules of a
        Sequential whose numbers follow each other, nor before a norm."""
        if after.kind in _NORMS or module.kind in (*_TOKENS, "layer_norm", "rms_norm"):
            return False
        if self.tokens and (module.kind, after.kind) != ("dense", "dense"):
            return False
        (parent, one), (other, two) = (each.name.rpartition(".")[::2] for each in (module, after))
        follow = parent == other and one.isdigit() and two.isdigit() and int(two) == int(one) + 1
        return not follow
