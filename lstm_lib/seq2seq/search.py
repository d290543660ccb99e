"""Search: from a model of the next word to whole translations, greedily or with a beam.

A model here is anything with `begin(source, source_mask) -> memory, state` and `next_log_probabilities(ids,
state, memory) -> log p (B, V), state, attention weights`.
"""

from typing import NamedTuple

import numpy as np

from lstm_lib.nn.attention import Memory
from lstm_lib.nn.layers import check_shape, map_state


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


def select(memory: Memory | None, going: np.ndarray) -> Memory | None:
    """The memory of the sentences that go on.  Args: going (B) bool."""
    if memory is None or going.all():
        return memory
    return Memory(*(None if part is None else part[going] for part in memory))


def greedy(model, source: np.ndarray, source_mask: np.ndarray, rules: Rules) -> list[Hypothesis]:
    """Write the most probable word, again and again, until the end of the sentence.

    Args: source (B, S) integers; source_mask (B, S) bool; rules.  Returns: a hypothesis for each sentence.
    Raises: ValueError on a wrong shape.
    """
    check_shape("source", source, None, None)
    check_shape("source_mask", source_mask, *source.shape)
    memory, state = model.begin(source, source_mask)
    limits, lengths, totals = (
        length_limits(source_mask, rules),
        np.zeros(len(source), int),
        np.zeros(len(source)),
    )
    words = np.zeros((len(source), limits.max(initial=0)), int)
    attention = None
    active, ids = np.arange(len(source)), np.full(len(source), rules.bos)
    for t in range(words.shape[1]):
        log_p, state, weights = model.next_log_probabilities(ids, state, memory)
        forbid(log_p, rules)
        ids = log_p.argmax(axis=1)
        totals[active] += log_p[np.arange(len(ids)), ids]
        words[active, t], lengths[active] = ids, t + 1
        if weights is not None:
            if attention is None:
                attention = np.zeros((*words.shape, source.shape[1]), weights.dtype)
            attention[active, t] = weights
        going = (ids != rules.eos) & (t + 1 < limits[active])
        if not going.all():
            active, ids, memory = active[going], ids[going], select(memory, going)
            state = map_state(lambda part, going=going: part[going], state)
        if not len(active):
            break
    return [
        finished(
            words[k, :length].tolist(),
            totals[k],
            totals[k],
            None if attention is None else attention[k, :length],
            source_mask[k],
            rules,
        )
        for k, length in enumerate(lengths)
    ]


def forbid(log_p: np.ndarray, rules: Rules) -> None:
    """Take away the probability of the words that are never written, in place."""
    for word in rules.forbidden:
        log_p[:, word] = -np.inf


def finished(
    words: list[int],
    total: float,
    score: float,
    attention: np.ndarray | None,
    mask: np.ndarray,
    rules: Rules,
) -> Hypothesis:
    """A hypothesis without its end of sentence, and with its attention cut to the sentence's own length."""
    ids = words[:-1] if words and words[-1] == rules.eos else words
    attention = None if attention is None else attention[:, : int(mask.sum())].copy()
    return Hypothesis(ids, float(total), float(score), attention)


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
    state = map_state(lambda part: np.repeat(part, beam_size, axis=0), state)
    totals = np.full((batch, beam_size), -np.inf)
    totals[:, 0] = 0.0  # all beams begin alike: only one may branch
    beams = Beams(totals, np.zeros((batch, beam_size, 0), int), None)
    ids, done = np.full(batch * beam_size, rules.bos), [[] for _ in range(batch)]
    active = np.arange(batch)
    while len(active):
        log_p, state, weights = model.next_log_probabilities(ids, state, memory)
        forbid(log_p, rules)
        beams, parents = extend(beams, log_p, weights)
        retire(beams, active, limits, length_penalty_alpha, rules, source_mask, done)
        going = np.isfinite(beams.totals).any(axis=1)
        rows = (np.arange(len(active))[:, None] * beam_size + parents)[going].ravel()
        state, memory, active = (
            map_state(lambda part, rows=rows: part[rows], state),
            select(memory, going),
            active[going],
        )
        beams = Beams(*(None if part is None else part[going] for part in beams))
        ids = beams.words[:, :, -1].ravel()
    return [sorted(found, key=lambda hypothesis: -hypothesis.score)[:n_best] for found in done]


def extend(beams: Beams, log_p: np.ndarray, weights: np.ndarray | None) -> tuple[Beams, np.ndarray]:
    """The best `beam_size` continuations of each sentence, and which beam each comes from (B, K)."""
    batch, size = beams.totals.shape
    vocabulary = log_p.shape[1]
    totals = log_p.reshape(batch, size, vocabulary)
    totals += beams.totals[:, :, None].astype(log_p.dtype)
    totals, best = largest(totals.reshape(batch, -1), size)
    parents, words = np.divmod(best, vocabulary)
    sentences = np.arange(batch)[:, None]
    attention = None
    if weights is not None:
        now = weights.reshape(batch, size, -1)[sentences, parents][:, :, None]
        before = now[:, :, :0] if beams.attention is None else beams.attention[sentences, parents]
        attention = np.concatenate([before, now], axis=2)
    history = np.concatenate([beams.words[sentences, parents], words[:, :, None]], axis=2)
    return Beams(totals, history, attention), parents


def largest(rows: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Each row's `size` largest entries and where they are, largest first, of equals the first.

    Looking for the maximum `size` times is far faster than a partial sort.  It uses the rows up.
    """
    values, places = np.empty((len(rows), size)), np.empty((len(rows), size), int)
    every = np.arange(len(rows))
    for k in range(size):
        place = rows.argmax(axis=1)
        values[:, k], places[:, k] = rows[every, place], place
        rows[every, place] = -np.inf
    return values, places


def retire(
    beams: Beams, active, limits, alpha: float, rules: Rules, source_mask: np.ndarray, done: list
) -> None:
    """Move the beams that have ended, or have reached their limit, to `done`; in place."""
    length = beams.words.shape[2]
    ended = (beams.words[:, :, -1] == rules.eos) | (length >= limits[active])[:, None]
    for k, beam in zip(*np.nonzero(ended & np.isfinite(beams.totals)), strict=True):
        total, sentence = beams.totals[k, beam], active[k]
        score = total / length_penalty(length, alpha)
        attention = None if beams.attention is None else beams.attention[k, beam]
        words = beams.words[k, beam].tolist()
        done[sentence].append(finished(words, total, score, attention, source_mask[sentence], rules))
    beams.totals[ended] = -np.inf
