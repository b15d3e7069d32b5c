"""Train the net `letters`, a small GPT over characters, and write its files into configs/.

apt download bible-kjv-text
python training/letters.py bible-kjv-text_4.38_all.deb            # a quarter of an hour
python training/letters.py bible-kjv-text_4.38_all.deb --check    # train again and compare
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from string import Template

import files
import pytorch
import torch
from torch import Tensor, nn
from torch.nn import functional

ALPHABET = " abcdefghijklmnopqrstuvwxyz"
LABELS = "_" + ALPHABET[1:]  # of what comes next: a blank that is seen, and easily typed
CONTEXT, WIDTH, HEADS, BLOCKS = 64, 64, 4, 4
STEPS, BATCH, RATE, DECAY = 12000, 32, 4e-3, 0.1
SEED = 0
TEXT = "6c746c2acc8a34bfded980883ff1701a5d68934a1c853ebf88a07b978fe0ae0e"  # SHA-256 of bible.data

# --- the text -----------------------------------------------------------------------------


def member(deb: bytes, name: str) -> bytes:
    """A file of a Debian package: an ar archive, in which data.tar.* holds the files."""
    place = len(b"!<arch>\n")
    while place < len(deb):
        head, size = deb[place : place + 60], int(deb[place + 48 : place + 58])
        if head.startswith(b"data.tar"):
            with tarfile.open(fileobj=io.BytesIO(deb[place + 60 : place + 60 + size])) as tar:
                found = tar.extractfile(name)
                assert found is not None
                return found.read()
        place += 60 + size + size % 2
    raise SystemExit("no Debian package")


def unpacked(data: bytes) -> str:
    """The text of bible.data: places, and at each what `compress` packed, less its magic."""
    (count,) = struct.unpack(">I", data[0x58:0x5C])
    starts = struct.unpack(f">{count}I", data[0x5C : 0x5C + 4 * count])
    pieces = (b"\x1f\x9d\x90" + data[start:end] for start, end in pairwise((*starts, len(data))))
    unpack = ["gzip", "-dc"]
    texts = [subprocess.run(unpack, input=piece, stdout=subprocess.PIPE).stdout for piece in pieces]
    return b"".join(texts).decode("ascii")


def chapters(text: str) -> list[str]:
    """The chapters, in small letters and single blanks alone."""
    made: dict[str, list[str]] = {}
    for chapter, verse in re.findall(r"^(\w+):\d+ (.*)$", text, re.MULTILINE):
        made.setdefault(chapter, []).append(verse)
    return [re.sub("[^a-z]+", " ", " ".join(verses).lower()) for verses in made.values()]


def tokens(text: str) -> Tensor:
    """The numbers of the letters."""
    return torch.tensor([ALPHABET.index(letter) for letter in text])


@dataclass(frozen=True)
class Text:
    """The chapters that are trained on, and those held out: every twentieth."""

    seen: list[str]
    held_out: list[str]


def read(deb: bytes) -> Text:
    """The text in Debian's package."""
    data = member(deb, "./usr/lib/bible.data")
    if hashlib.sha256(data).hexdigest() != TEXT:
        raise SystemExit("not the text of bible-kjv-text 4.38")
    every = chapters(unpacked(data))
    return Text([c for n, c in enumerate(every) if n % 20 != 10], every[10::20])


def joined(chapters: list[str]) -> str:
    """The chapters as one text."""
    return "".join(chapter + " " for chapter in chapters).replace("  ", " ")


# --- the net ------------------------------------------------------------------------------


class Positions(nn.Embedding):
    """What stands for a place is added to what stands for the letter there."""

    def forward(self, x: Tensor) -> Tensor:
        return x + self.weight[: x.shape[1]]


class Attention(nn.Module):
    """Each token takes from those up to it, shared out by query times key."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        rows, length, _ = x.shape
        heads = [
            part(x).view(rows, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        ]
        mixed = functional.scaled_dot_product_attention(*heads, is_causal=True)
        return self.output(mixed.transpose(1, 2).reshape(rows, length, WIDTH))


class Block(nn.Module):
    """A look at the tokens before, then a thought about what was seen; each is added."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention = Attention()
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.add1, self.add2 = pytorch.Add(), pytorch.Add()

    def forward(self, x: Tensor) -> Tensor:
        x = self.add1(x, self.attention(self.norm1(x)))
        return self.add2(x, self.down(functional.gelu(self.up(self.norm2(x)))))


class Letters(nn.Module):
    """The net; its modules have the names of the net file's layers."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(ALPHABET), WIDTH)
        self.positions = Positions(CONTEXT, WIDTH)
        for number in range(1, BLOCKS + 1):
            self.add_module(f"block{number}", Block())
        self.norm = nn.LayerNorm(WIDTH)
        self.output = nn.Linear(WIDTH, len(ALPHABET))
        for name, value in self.named_parameters():
            if value.dim() == 2:
                deep = name.endswith(("down.weight", "attention.output.weight"))
                nn.init.normal_(value, std=0.05 / (2 * BLOCKS) ** 0.5 if deep else 0.05)
            elif name.endswith("bias"):
                nn.init.zeros_(value)

    def forward(self, x: Tensor) -> Tensor:
        x = self.positions(self.embedding(x))
        for number in range(1, BLOCKS + 1):
            x = self.get_submodule(f"block{number}")(x)
        return self.output(self.norm(x))


def loss(net: Letters, windows: Tensor) -> Tensor:
    """The mean nats a letter, each told from those before it in its window."""
    return functional.cross_entropy(net(windows[:, :-1]).flatten(0, 1), windows[:, 1:].flatten())


def trained(seen: Tensor) -> Letters:
    """A net trained on windows of the text."""
    pytorch.repeatable(SEED)
    net = Letters()
    windows = seen.unfold(0, CONTEXT + 1, 1)

    def losses() -> Iterator[Callable[[], Tensor]]:
        while True:
            batch = windows[torch.randint(len(windows), (BATCH,))]
            yield lambda batch=batch: loss(net, batch)

    pytorch.minimise(net, losses(), STEPS, RATE, DECAY)
    pytorch.round_off(net)
    return net.requires_grad_(False)


# --- what it is worth ---------------------------------------------------------------------

ROWS, LETTERS = 600, 8


@dataclass(frozen=True)
class Measured:
    """What the net is worth on the held-out text."""

    nats: float  # a letter, in windows of 64
    share: float  # of letters that are told right


def measured(net: Letters, text: Tensor) -> Measured:
    """The mean over windows of a text."""
    windows = text[: len(text) // (CONTEXT + 1) * (CONTEXT + 1)].view(-1, CONTEXT + 1)
    nats = right = 0.0
    for part in windows.split(256):
        nats += float(loss(net, part)) * len(part)
        right += float((net(part[:, :-1]).argmax(2) == part[:, 1:]).float().mean()) * len(part)
    return Measured(nats / len(windows), right / len(windows))


def rows(text: str) -> list[tuple[str, str, str]]:
    """Openings of words and what follows them, spread over a text: the next letter, and its kind.

    None ends in a blank, which would be lost on the way through many a program.
    """
    found = []
    step = len(text) // ROWS
    for start in range(0, step * ROWS, step):
        begin = text.index(" ", start) + 1
        while text[begin + LETTERS - 1] == " ":
            begin = text.index(" ", begin) + 1
        following = text[begin + LETTERS]
        kind = "blank" if following == " " else "vowel" if following in "aeiou" else "consonant"
        found.append((text[begin : begin + LETTERS], following.replace(" ", "_"), kind))
    return found


# --- the files ----------------------------------------------------------------------------

BLOCK = Template("""\
  - {name: $block.norm1, kind: layer_norm}
  - {name: $block.attention, kind: attention, heads: 4, causal: true}
  - {name: $block.add1, kind: add, reads: [$before, $block.attention]}
  - {name: $block.norm2, kind: layer_norm}
  - {name: $block.up, size: 256, activation: gelu}
  - {name: $block.down, size: 64}
  - {name: $block.add2, kind: add, reads: [$block.add1, $block.down]}
""")

YAML = Template("""\
# A small GPT: it reads letters and tells the next one. $parameters parameters in four blocks,
# each of which looks back, through four heads of attention, and then thinks about what it saw.
#
# Data      the Bible in King James's Version, 1611, whose copyright has expired (in the United
#           Kingdom the Crown keeps the right to print it), as Debian's package bible-kjv-text
#           4.38 carries it; of its characters the letters, small, and a blank between words.
# Training  training/letters.py, seed $seed: $seen letters of $chapters chapters, and of these
#           $steps times $batch pieces of 65.
# Accuracy  $nats nats a letter over $held chapters held out (every twentieth; $of letters, each
#           told from the up to 64 before it), with the weights in letters.npz; $share % of the
#           letters are the likeliest ones. Some verses stand in the Bible twice.
#
# letters-labelled.csv has 600 pieces of 8 letters that were held out, what follows each
# (next), and whether that is a vowel, a consonant or a blank (kind). How it comes to know that:
#
#     nntrace ladder letters -i letters-labelled.csv --target kind --drop next

name: letters
description: tells the next letter; $nats nats a letter on held-out text
dtype: float32

input:
  text:
    alphabet: " abcdefghijklmnopqrstuvwxyz"
    fold: true                 # capitals and accents are read as plain letters
    unknown: " "               # anything else parts words
    context: 64

weights: letters.npz           # embedding.weight, positions.weight, block1.norm1.weight, ...

layers:
  - {name: embedding, kind: embedding, width: 64}
  - {name: positions, kind: positions}

$blocks
  - {name: norm, kind: layer_norm}
  - name: output
    size: 27
    activation: softmax
    labels: [_, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z]

# What comes next? A blank is _, so that it can be seen.
examples:
$examples""")

EXAMPLES = ["in the beginn", "and god said let there be ligh", "the kingdom of", "Jerusale", "th"]


def examples(net: Letters) -> str:
    """Texts and what follows; the last one with PyTorch's numbers."""
    lines = []
    for text in EXAMPLES:
        shares = net(tokens(text.lower())[None])[0].softmax(1)
        lines += [f"  - name: {text}", f"    input: {text}"]
        if text != EXAMPLES[-1]:
            lines += [f"    expect: {LABELS[int(shares[-1].argmax())]}", ""]
    numbers = [f"{share:.6f}" for share in shares.flatten().tolist()]
    parts = [", ".join(numbers[start : start + 9]) for start in range(0, len(numbers), 9)]
    lines += ["    expect:", "      output:                  # after t, then after th"]
    lines.append("        [" + ",\n         ".join(parts) + "]")
    return "\n".join(lines) + "\n"


def made(net: Letters, text: Text) -> tuple[dict[str, bytes], Measured]:
    """The net's files, by name, and what it is worth."""
    held_out = joined(text.held_out)
    found = measured(net, tokens(held_out))
    names = ["positions", *(f"block{number}" for number in range(1, BLOCKS + 1))]
    befores = ["positions", *(f"{name}.add2" for name in names[1:])]
    blocks = [
        BLOCK.substitute(block=block, before=before)
        for block, before in zip(names[1:], befores, strict=False)
    ]
    yaml = YAML.substitute(
        parameters=f"{sum(value.numel() for value in net.parameters()):,}",
        seed=SEED,
        seen=f"{len(joined(text.seen)):,}",
        chapters=f"{len(text.seen):,}",
        steps=f"{STEPS:,}",
        batch=BATCH,
        held=len(text.held_out),
        of=f"{len(held_out):,}",
        nats=f"{found.nats:.2f}",
        share=f"{100 * found.share:.0f}",
        blocks="\n".join(blocks),
        examples=examples(net),
    )
    return {
        "letters.yaml": yaml.encode(),
        "letters.npz": files.npz(pytorch.parameters(net)),
        "letters-labelled.csv": files.csv([("text", "next", "kind"), *rows(held_out)]),
    }, found


def oracle(net: Letters) -> bytes:
    """What PyTorch computes for a text, by layers; a block is its last, attention its output."""
    text = "in the b"
    return pytorch.oracle(net, tokens(text), r"block\d|.*attention\.output", text=text)


def main() -> int:
    """Train the net; write its files, or compare them. Returns the exit code."""
    package, checking = files.arguments("Train the net letters.", "package")
    text = read(package.read_bytes())
    net = trained(tokens(joined(text.seen)))
    found, worth = made(net, text)
    print(f"letters: {worth.nats:.3f} nats a letter, {100 * worth.share:.1f} % told")
    return files.ship("letters", found, oracle(net), checking)


if __name__ == "__main__":
    sys.exit(main())
