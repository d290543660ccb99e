"""Beam search of one sentence, step by step, which keeps all that `seq2seq.search` throws away."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from lstm_lib.nn.layers import map_state
from lstm_lib.seq2seq.search import Rules, forbid, largest, length_limits, length_penalty


class Prefix(NamedTuple):
    """A prefix of a translation that the search kept: a node of the tree."""

    parent: int | None  # the place in the tree of what it continues; None for the empty prefix
    length: int  # in words, the end of sentence included
    word: int  # its last, the begin of sentence for the empty prefix
    log_probability: float  # of all its words, in nats
    ended: bool  # by the end of sentence, or at the limit


Tree = list[Prefix]  # the empty prefix, then step by step, in each step the most probable first


def trace_beam(model, source: np.ndarray, rules: Rules, beam_size: int) -> Tree:
    """Return all prefixes that a beam search of one sentence keeps if it runs to the length limit.

    `seq2seq.search` stops as soon as no prefix can still overtake what has ended, and finds the same.

    Args: model, rules: as for `seq2seq.search.beam_search`; source (S,), with the end of sentence.
    Raises: ValueError where beam_size is below 1.
    """
    if beam_size < 1:
        raise ValueError(f"beam_size is {beam_size}; wanted at least 1")
    source, mask = source[np.newaxis], np.ones((1, len(source)), bool)
    (limit,) = length_limits(mask, rules)
    memory, state = model.begin(source, mask)
    tree = [Prefix(None, 0, rules.bos, 0.0, ended=False)]
    going = [0]  # places in the tree
    while going:
        ids, totals = (np.array([tree[k][field] for k in going]) for field in (2, 3))
        log_p, state, _ = model.next_log_probabilities(ids, state, memory)  # (going, V)
        forbid(log_p, rules)
        parents, going, rows = going, [], []
        for row, word, total in best_continuations(totals, log_p, beam_size):
            length = tree[parents[row]].length + 1
            ended = word == rules.eos or length >= limit
            if not ended:
                going.append(len(tree))
                rows.append(row)
            tree.append(Prefix(parents[row], length, word, total, ended))
        state = map_state(lambda part, rows=rows: part[rows], state)
    return tree


def best_continuations(
    totals: np.ndarray, log_p: np.ndarray, beam_size: int
) -> Iterator[tuple[int, int, float]]:
    """Yield the `beam_size` best of all continuations of all prefixes, the most probable first.

    Args: totals (N,): log probabilities of the prefixes; log_p (N, V), of the next word.
    Yields: which prefix, the word, the log probability of both together.
    """
    (values,), (places,) = largest((totals[:, np.newaxis] + log_p).reshape(1, -1), beam_size)
    for value, place in zip(values, places, strict=True):
        if np.isfinite(value):
            row, word = divmod(int(place), log_p.shape[1])
            yield row, word, float(value)


class Finished(NamedTuple):
    """A whole translation, and what it is ranked by."""

    node: int  # its place in the tree
    log_probability: float
    length: int
    score: float  # log probability over the length penalty


def ranking(tree: Tree, alpha: float) -> list[Finished]:
    """Return the whole translations, best first.  Args: alpha: 0 ranks by probability."""
    found = [
        Finished(k, one.log_probability, one.length, one.log_probability / length_penalty(one.length, alpha))
        for k, one in enumerate(tree)
        if one.ended
    ]
    return sorted(found, key=lambda one: -one.score)


def path(tree: Tree, node: int) -> list[int]:
    """Return the places in the tree on the way to a node, itself the last, without the empty prefix."""
    way = []
    while tree[node].parent is not None:
        way.append(node)
        node = tree[node].parent
    return way[::-1]


def words_of(tree: Tree, node: int) -> list[int]:
    """Return the words of a prefix."""
    return [tree[k].word for k in path(tree, node)]


def first_lost(tree: Tree, words: Sequence[int]) -> int | None:
    """Return at which of its words a translation was lost: the length of its first prefix not kept."""
    kept = {tuple(words_of(tree, k)) for k in range(len(tree))}
    return next((n for n in range(1, len(words) + 1) if tuple(words[:n]) not in kept), None)
