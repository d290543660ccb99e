"""Search: from a model of the next word to whole translations, greedily or with a beam.

A model here is anything with `begin(source, source_mask) -> memory, state` and `next_log_probabilities(ids,
state, memory) -> log p (B, V), state, attention weights`.
"""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.attention import Memory
from lstm_lib.nn.parameters import check_shape
from lstm_lib.nn.state import map_state


class Hypothesis(NamedTuple):
    """One translation."""

    ids: list[int]  # without begin and end of sentence
    log_probability: float  # in nats, the end of sentence included
    score: float  # what it is ranked by: log_probability over the length penalty
    attention: (
        np.ndarray | None
    )  # (steps, S): a row for each word, and one for the end of sentence if it was reached


class Rules(NamedTuple):
    """What a search needs to know of the vocabulary, and when to give up."""

    bos: int
    eos: int
    forbidden: tuple[int, ...] = ()  # ids that are never written, such as padding and <unk>
    growth: float = 2.0  # the longest translation has growth * S + margin words, the end of sentence included
    margin: int = 10


def length_penalty(length: int | np.ndarray, alpha: float):
    """((5 + length) / 6)^alpha (Wu et al., 2016, equation 14); length counts the end of sentence."""
    return ((5.0 + length) / 6.0) ** alpha


def length_limits(source_mask: np.ndarray, rules: Rules) -> np.ndarray:
    """The longest translation of each sentence, by its own length, so that no neighbor in a batch can change
    it.
    """
    return (rules.growth * source_mask.sum(axis=1) + rules.margin).astype(int)


def select(memory: Memory | None, rows: np.ndarray) -> Memory | None:
    """The memory of some rows of a batch, in the order of `rows`."""
    if memory is None:
        return None
    return Memory(*(None if part is None else part[rows] for part in memory))


def greedy(model, source: np.ndarray, source_mask: np.ndarray, rules: Rules) -> list[Hypothesis]:
    """Write the most probable word, again and again, until the end of the sentence.

    Args: source (B, S) integers; source_mask (B, S) bool; rules.  Returns: a hypothesis for each sentence.
    Raises: ValueError on a wrong shape.
    """
    check_shape("source", source, None, None)
    check_shape("source_mask", source_mask, *source.shape)
    memory, state = model.begin(source, source_mask)
    limits = length_limits(source_mask, rules)
    words, rows, totals = [[] for _ in limits], [[] for _ in limits], np.zeros(len(limits))
    active, ids = np.arange(len(limits)), np.full(len(limits), rules.bos)
    while len(active):
        log_p, state, weights = model.next_log_probabilities(ids, state, memory)
        log_p[:, list(rules.forbidden)] = -np.inf
        ids = log_p.argmax(axis=1)
        totals[active] += log_p[np.arange(len(ids)), ids]
        for k, (sentence, word) in enumerate(zip(active, ids, strict=True)):
            words[sentence].append(int(word))
            rows[sentence].append(None if weights is None else weights[k])
        going = (ids != rules.eos) & np.array([len(words[k]) < limits[k] for k in active])
        active, ids = active[going], ids[going]
        state, memory = map_state(lambda part, going=going: part[going], state), select(memory, going)
    return [
        finished(words[k], totals[k], totals[k], rows[k], source_mask[k], rules) for k in range(len(limits))
    ]


def finished(words, total, score, rows, mask: np.ndarray, rules: Rules) -> Hypothesis:
    """A hypothesis without its end of sentence, and with its attention cut to the sentence's own length."""
    attention = None if not rows or rows[0] is None else np.stack(rows)[:, : int(mask.sum())]
    ids = words[:-1] if words and words[-1] == rules.eos else words
    return Hypothesis([int(word) for word in ids], float(total), float(score), attention)


class Beams(NamedTuple):
    """The live hypotheses of a batch, `beam_size` a sentence; a dead one has log probability -inf."""

    totals: np.ndarray  # (B, K): log probabilities
    words: np.ndarray  # (B, K, steps)
    attention: np.ndarray | None  # (B, K, steps, S)


def beam_search(
    model,
    source: np.ndarray,
    source_mask: np.ndarray,
    rules: Rules,
    *,
    beam_size: int = 5,
    length_penalty_alpha: float = 1.0,
    n_best: int = 1,
) -> list[list[Hypothesis]]:
    """Keep the `beam_size` best beginnings of each sentence; all beams of all sentences form one batch.

    A beam that ends gives up its place, so a beam of 1 is greedy search.  The search of a sentence ends when
    all its beams have ended.

    Args: as for `greedy`; length_penalty_alpha: 0 ranks by probability, which favors short translations.
    Returns: for each sentence its n_best hypotheses (fewer if fewer were found), best first.
    Raises: ValueError on a wrong shape, or sizes below 1.
    """
    check_shape("source", source, None, None)
    check_shape("source_mask", source_mask, *source.shape)
    if not 1 <= n_best <= beam_size:
        raise ValueError(f"beam_size is {beam_size} and n_best {n_best}; wanted 1 <= n_best <= beam_size")
    batch, limits = len(source), length_limits(source_mask, rules)
    memory, state = model.begin(source, source_mask)
    each = np.repeat(np.arange(batch), beam_size)
    memory, state = select(memory, each), map_state(lambda part: part[each], state)
    totals = np.full((batch, beam_size), -np.inf)
    totals[:, 0] = 0.0  # all beams begin alike: only one may branch
    beams = Beams(totals, np.zeros((batch, beam_size, 0), int), None)
    ids, done = np.full(batch * beam_size, rules.bos), [[] for _ in range(batch)]
    active = np.arange(batch)
    while len(active):
        log_p, state, weights = model.next_log_probabilities(ids, state, memory)
        log_p[:, list(rules.forbidden)] = -np.inf
        beams, parents = extend(beams, log_p, weights)
        retire(beams, active, limits, length_penalty_alpha, rules, source_mask, done)
        going = np.isfinite(beams.totals).any(axis=1)
        rows = (np.arange(len(active))[:, None] * beam_size + parents)[going].ravel()
        state, memory, active = (
            map_state(lambda part, rows=rows: part[rows], state),
            select(memory, rows),
            active[going],
        )
        beams = Beams(*(None if part is None else part[going] for part in beams))
        ids = beams.words[:, :, -1].ravel()
    return [sorted(found, key=lambda hypothesis: -hypothesis.score)[:n_best] for found in done]


def extend(beams: Beams, log_p: np.ndarray, weights: np.ndarray | None) -> tuple[Beams, np.ndarray]:
    """The best `beam_size` continuations of each sentence, and which beam each comes from (B, K)."""
    batch, size = beams.totals.shape
    vocabulary = log_p.shape[1]
    totals = (beams.totals[:, :, None] + log_p.reshape(batch, size, vocabulary)).reshape(batch, -1)
    best = largest(totals, size)
    parents, words = np.divmod(best, vocabulary)
    sentences = np.arange(batch)[:, None]
    attention = None
    if weights is not None:
        now = weights.reshape(batch, size, -1)[sentences, parents][:, :, None]
        before = now[:, :, :0] if beams.attention is None else beams.attention[sentences, parents]
        attention = np.concatenate([before, now], axis=2)
    history = np.concatenate([beams.words[sentences, parents], words[:, :, None]], axis=2)
    return Beams(np.take_along_axis(totals, best, 1), history, attention), parents


def largest(rows: np.ndarray, size: int) -> np.ndarray:
    """Where each row's `size` largest entries are, largest first; of equals the first, as with `argmax`."""
    best = []
    for row, least in zip(rows, np.partition(rows, -size, axis=1)[:, -size], strict=True):
        candidates = np.flatnonzero(row >= least)
        best.append(candidates[np.argsort(-row[candidates], kind="stable")[:size]])
    return np.stack(best)


def retire(
    beams: Beams, active, limits, alpha: float, rules: Rules, source_mask: np.ndarray, done: list
) -> None:
    """Move the beams that have ended, or have reached their limit, to `done`; in place."""
    length = beams.words.shape[2]
    ended = (beams.words[:, :, -1] == rules.eos) | (length >= limits[active])[:, None]
    for k, beam in zip(*np.nonzero(ended & np.isfinite(beams.totals)), strict=True):
        total, rows = beams.totals[k, beam], None if beams.attention is None else beams.attention[k, beam]
        score = total / length_penalty(length, alpha)
        sentence = active[k]
        words = beams.words[k, beam].tolist()
        done[sentence].append(
            finished(
                words, total, score, [None] if rows is None else list(rows), source_mask[sentence], rules
            )
        )
    beams.totals[ended] = -np.inf
