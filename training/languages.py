"""Train the net `languages`, which tells a word's language, and write its files into configs/.

python training/languages.py            # rewrite the files, in half a minute
python training/languages.py --check    # train again, and say whether the files agree
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from string import Template
from unicodedata import category, normalize

import files
import pytorch
import torch
import wordfreq
from torch import Tensor, nn
from torch.nn import functional

LANGUAGES = {
    "English": "en", "Finnish": "fi", "French": "fr", "German": "de", "Italian": "it",
    "Polish": "pl", "Spanish": "es",
}  # fmt: skip
ALPHABET = " abcdefghijklmnopqrstuvwxyz"
LENGTH = 12
# of each language; of these, those that are not trained on; of these, those in the labelled file
WORDS, HELD_OUT, LABELLED = 20000, 2000, 400
OWN = 10  # a word is a language's if it is so many times more frequent than in any other
HIDDEN1, HIDDEN2 = 96, 32
STEPS, BATCH, RATE, DECAY = 10000, 256, 3e-3, 0.02
DROPPED, SMOOTHING = 0.2, 0.05
RARE = 10  # a last letter of fewer labelled words is too rare to be learned
SEED = 0
COARSE = re.compile(  # the beginnings of words that a class does without
    "arsch|bitch|bumse|burnes|cagad|cazz|cojon|coño|culia|cunt|fick|foreskin|fuck|jeba|joder|kurw"
    "|lmfao|masturb|merd|mierd|nigg|orgasm|paska|pedos|pieprz|piss|porn|puta|scopa|shit"
    "|slut|stronz|vittu|whor"
)

Words = list[tuple[str, str]]  # each with its language


def fold(word: str) -> str:
    """A word in small letters without accents, as nntrace folds it: ß and ł remain."""
    parts = normalize("NFD", word.lower())
    return normalize("NFC", "".join(part for part in parts if category(part) != "Mn"))


def words() -> tuple[Words, Words]:
    """The commonest words of each language that are its own: to train on, and held out."""
    spelt: dict[str, dict[str, tuple[float, str]]] = {}  # by language and folded word
    for language, code in LANGUAGES.items():
        found = spelt[language] = {}
        for word, frequency in wordfreq.get_frequency_dict(code).items():
            total, most = found.get(fold(word), (0.0, ""))
            found[fold(word)] = (total + frequency, most or word)  # the commonest comes first
    seen, held_out = [], []
    for language, found in spelt.items():
        others = [other for name, other in spelt.items() if name != language]
        own = [
            (-frequency, word)
            for folded, (frequency, word) in found.items()
            if 4 <= len(folded) <= LENGTH
            and folded.isalpha()
            and not COARSE.match(word)
            and all(frequency >= OWN * other.get(folded, (0.0, ""))[0] for other in others)
        ]
        common = [(word, language) for _, word in sorted(own)[:WORDS]]
        random.Random(SEED).shuffle(common)
        held_out += common[:HELD_OUT]
        seen += common[HELD_OUT:]
    return seen, held_out


def encoded(words: Words) -> tuple[Tensor, Tensor]:
    """The numbers of the letters, the last one to the right, and of the language."""
    places = [
        [max(ALPHABET.find(letter), 0) for letter in fold(word).rjust(LENGTH)] for word, _ in words
    ]
    return torch.tensor(places), torch.tensor([list(LANGUAGES).index(name) for _, name in words])


class Languages(nn.Module):
    """The net; its modules have the names of the net file's layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden1 = nn.Linear(LENGTH * len(ALPHABET), HIDDEN1)
        self.hidden2 = nn.Linear(HIDDEN1, HIDDEN2)
        self.output = nn.Linear(HIDDEN2, len(LANGUAGES))

    def forward(self, x: Tensor) -> Tensor:
        x = functional.one_hot(x, len(ALPHABET)).flatten(1).float()
        for layer in (self.hidden1, self.hidden2):
            x = functional.dropout(functional.relu(layer(x)), DROPPED, self.training)
        return self.output(x)


def trained(seen: Words) -> Languages:
    """A net trained on the words."""
    pytorch.repeatable(SEED)
    x, y = encoded(seen)
    net = Languages()

    def losses() -> Iterator[Callable[[], Tensor]]:
        while True:
            batch = torch.randint(len(x), (BATCH,))
            yield lambda batch=batch: functional.cross_entropy(
                net(x[batch]), y[batch], label_smoothing=SMOOTHING
            )

    pytorch.minimise(net, losses(), STEPS, RATE, DECAY)
    pytorch.round_off(net)
    return net.requires_grad_(False).eval()


YAML = Template("""\
# Which language is a word of? Twelve letters, read by layers of $hidden1, $hidden2 and 7 neurons.
#
# Data      the words of wordfreq 3.1.1, R. Speer, 2022 (doi.org/10.5281/zenodo.7199437), which
#           may be used under the licence CC BY-SA 4.0 (creativecommons.org/licenses/by-sa/4.0):
#           from Wikipedia, OpenSubtitles (opensubtitles.org), SUBTLEX (M. Brysbaert et al.,
#           free data), ParaCrawl, the Leeds Internet Corpus, Google Books Ngrams
#           (books.google.com/ngrams) and others. The words in languages-labelled.csv are under
#           that licence, too. Of each language its 20,000 commonest words of 4 to 12 letters
#           that are ten times as frequent as in any of the other six, accents left out; some
#           coarse ones aside.
# Training  training/languages.py, seed $seed: $trained of the words.
# Accuracy  $accuracy, with the weights in languages.npz. Other
#           forms of a held-out word may well be among those trained on.
#
# Of the held-out words about 400 of each language, with their last letters, are in
# languages-labelled.csv, and $labelled are told right.
# What a layer knows, and what it has let go of:
#
#     nntrace ladder languages -i languages-labelled.csv --target language --drop last
#     nntrace ladder languages -i languages-labelled.csv --target last --drop language

name: languages
description: tells which of seven languages a word is; right on $accuracy
dtype: float32

input:
  text:
    alphabet: " abcdefghijklmnopqrstuvwxyz"
    fold: true                 # fenêtre is read as fenetre
    unknown: " "               # as are ß and ł, which are no accented letters
    encoding: one_hot          # of 27 numbers a letter, the letter's is 1
    length: 12
    align: right               # so that a word's end is always in the same place

weights: languages.npz         # hidden1.weight, hidden1.bias, hidden2.weight, ...

layers:
  - name: hidden1
    size: $hidden1
    activation: relu

  - name: hidden2
    size: $hidden2
    activation: relu

  - name: output
    size: 7
    activation: softmax
    labels: [$labels]

# Words that the net has never seen.
examples:
$examples""")


def right(net: Languages, words: Words) -> int:
    """How many of the words are told right."""
    x, y = encoded(words)
    return int((net(x).argmax(1) == y).sum())


def told(net: Languages, words: Words) -> str:
    """How many of the words are told right, of how many."""
    return f"{right(net, words)} of {len(words)}"


def accuracy(net: Languages, held_out: Words) -> str:
    """The accuracy in words."""
    share = right(net, held_out) / len(held_out)
    return f"{told(net, held_out)} held-out words ({100 * share:.1f} %)"


def labelled(held_out: Words) -> Words:
    """The first of the held-out words of each language, but for those with a rare last letter."""
    starts = range(0, len(held_out), HELD_OUT)
    first = [each for start in starts for each in held_out[start : start + LABELLED]]
    last = Counter(fold(word)[-1] for word, _ in first)
    return [(word, language) for word, language in first if last[fold(word)[-1]] >= RARE]


def examples(net: Languages, held_out: Words) -> str:
    """A held-out word of each language that is told right; the last one in PyTorch's numbers."""
    x, y = encoded(held_out)
    shares = net(x).softmax(1)
    lines = []
    for number, language in enumerate(LANGUAGES):
        sure = [i for i in range(len(y)) if y[i] == number and 0.9 < shares[i, number] < 0.97]
        row = sure[0]
        lines += [f"  - name: {language}", f"    input: {held_out[row][0]}"]
        if number < len(LANGUAGES) - 1:
            lines.append(f"    expect: {language}")
        else:
            numbers = ", ".join(f"{share:.6f}" for share in shares[row].tolist())
            lines += ["    expect:", f"      output: [{numbers}]"]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def made(net: Languages, seen: Words, held_out: Words) -> dict[str, bytes]:
    """The net's files, by name."""
    text = YAML.substitute(
        seed=SEED, hidden1=HIDDEN1, hidden2=HIDDEN2, trained=f"{len(seen):,}",
        accuracy=accuracy(net, held_out), labels=", ".join(LANGUAGES),
        examples=examples(net, held_out),
        labelled=told(net, labelled(held_out)),
    )  # fmt: skip
    rows = [(word, language, fold(word)[-1]) for word, language in labelled(held_out)]
    return {
        "languages.yaml": text.encode(),
        "languages.npz": files.npz(pytorch.parameters(net)),
        "languages-labelled.csv": files.csv([("text", "language", "last"), *rows]),
    }


def main() -> int:
    """Train the net; write its files, or compare them. Returns the exit code."""
    (checking,) = files.arguments("Train the net languages.")
    seen, held_out = words()
    net = trained(seen)
    print(f"languages: {accuracy(net, held_out)}")
    oracle = pytorch.oracle(net, encoded(held_out[:1])[0][0], text=held_out[0][0])
    return files.ship("languages", made(net, seen, held_out), oracle, checking)


if __name__ == "__main__":
    sys.exit(main())
