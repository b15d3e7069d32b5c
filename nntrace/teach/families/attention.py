"""Questions about attention: the share that one token gives another, and which gives it most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp, fsum, isfinite

import numpy as np

from nntrace.core.layer import Layer
from nntrace.core.ops.attention import Mix, Scores
from nntrace.errors import listed
from nntrace.teach.families.candidate import Answer, Candidate, number_question
from nntrace.teach.families.case import Case, NeuronRow
from nntrace.teach.families.neuron import draw_terms, largest_term
from nntrace.teach.families.numbers import Unfit, code, digits_for, say
from nntrace.teach.families.shares import (
    FEW_POWERS,
    STEEP,
    check_powers,
    mistakes_in_share,
    powers_of,
    share_of_sum,
    share_texts,
    shares,
    softmax_of,
)


def attention(case: Case) -> Candidate:
    """Ask for the share of a token, from a few scores, or which token gives most to a number."""
    layers = case.trace.network.layers
    able = [
        ask for fits, ask in ((_gives_shares, _share), (_mixes, _most)) if any(map(fits, layers))
    ]
    if not able:
        raise Unfit
    return case.draw.pick(able)(case)


def _gives_shares(layer: Layer) -> bool:
    return isinstance(layer.op, Scores) and shares(layer)


def _mixes(layer: Layer) -> bool:
    return isinstance(layer.op, Mix)


def _share(case: Case) -> Candidate:
    layer_row = case.draw_layer(_gives_shares, finite=False)
    layer, op = layer_row.layer, layer_row.layer.op
    assert isinstance(op, Scores)
    z, a = (
        values[case.row].reshape(layer.shape) for values in (layer_row.traced.z, layer_row.traced.a)
    )
    visible = np.tri(*layer.shape[1:], dtype=np.bool_) if op.causal else np.True_
    several = np.isfinite(z).sum(axis=2) > 1
    able = several & (np.isfinite(z) == visible).all(axis=2) & np.isfinite(a).all(axis=2)
    if not able.any() or layer_row.set_by_hand:
        raise Unfit
    head, token = case.draw.pick(np.argwhere(able).tolist())
    keys = layer.shape[2]
    line = layer_row.neuron((head * layer.shape[1] + token) * keys).line
    seen = [each for each in line if isfinite(each.z)]
    neuron = case.draw.pick(seen)
    other, scores = neuron.index % keys, [each.z for each in seen]
    where = f"For {case.called}, in head {head} of {code(layer.name)} "
    sees = f"It sees itself and the tokens before it, {len(seen)} of {keys}.\n" * op.causal
    asked = f"What share does token {token} give token {other}"
    if len(seen) > FEW_POWERS:
        return share_of_sum(
            case,
            neuron,
            scores,
            f"{where}token {token} has the score `{{own}}` for token {other}.\n"
            f"{sees}The e^score of all {len(seen)} that it sees add up to `{{total}}`.\n"
            f"Softmax turns the scores into shares that add up to 1.\n{asked}",
        )
    check_powers(scores)
    digits = digits_for(neuron.a, lambda r: softmax_of([float(r(each)) for each in scores])[other])
    told = listed([f"token {i} `{say(each.z, digits)}`" for i, each in enumerate(seen)])
    mistakes = [*_mistakes(neuron, seen, keys), *mistakes_in_share(neuron, seen)]
    return number_question(
        case,
        f"{where}the scores of token {token} are\n{told}.\n{sees}"
        f"Softmax turns them into shares that add up to 1.\n{asked}",
        *share_texts(neuron, scores, digits, mistakes),
        neuron.fact("a"),
        shows=[each.fact("z") for each in seen],
        calculator=powers_of(scores, digits),
    )


def _mistakes(neuron: NeuronRow, seen: Sequence[NeuronRow], keys: int) -> Iterator[Answer]:
    """Make the mistakes that softmax alone has not."""
    hidden = keys - len(seen)
    if hidden and abs(neuron.z) < STEEP and max(each.z for each in seen) < STEEP:
        total = fsum(exp(each.z) for each in seen) + hidden
        yield Answer(
            exp(neuron.z) / total,
            "Here the tokens that it does not see have a score of 0, and so a share.",
        )
    if hidden:
        yield Answer(1 / keys, "That gives the same share to all, even to those it does not see.")


def _most(case: Case) -> Candidate:
    neuron = case.draw_neuron(_mixes)
    terms = list(zip(neuron.weights, neuron.reads, strict=True))
    seen = [i for i, (share, _) in enumerate(terms) if share]
    if len(seen) < 3:
        raise Unfit
    chosen = [seen[i] for i in draw_terms(case, [terms[i] for i in seen])]
    among = "" if len(chosen) == len(seen) else f", here {len(chosen)} of {len(seen)}"
    return largest_term(
        case,
        neuron,
        {f"token {i}": terms[i] for i in chosen},
        f"For {case.called}, {neuron.name} adds up the values of tokens by their shares{among}:\n",
        "has the value `{value}`, with the share `{weight}`",
        "share",
        neuron.shown(chosen),
    )
