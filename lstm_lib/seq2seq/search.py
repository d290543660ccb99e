"""Search: from a model of the next word to whole translations, greedily or with a beam.

A model here is anything with `begin(source, source_mask) -> memory, state` and
`next_log_probabilities(ids, state, memory) -> log p (N, V), state, attention weights (N, S) or None`.
"""

from bisect import insort
from typing import NamedTuple

import numpy as np

from lstm_lib.limits import Exponent, check
from lstm_lib.nn.attention import Memory
from lstm_lib.nn.layers import check_sentences, map_state


class Hypothesis(NamedTuple):
    """One translation."""

    ids: list[int]  # without begin and end of sentence
    log_probability: float  # in nats, the end of sentence included
    score: float  # what it is ranked by: log_probability over the length penalty
    attention: np.ndarray | None  # (steps, S): one row per word, and one for the end of sentence if reached


class Rules(NamedTuple):
    """What a search needs to know of the vocabulary, and when to give up."""

    bos: int
    eos: int
    forbidden: tuple[int, ...] = ()  # ids that are never written, such as padding and <unk>
    growth: float = 2.0  # the longest translation has growth * S + margin words, the end of sentence included
    margin: int = 10


def length_penalty(length: int | np.ndarray, alpha: float):
    """Compute ((5 + length) / 6)^alpha (Wu et al., 2016, equation 14); length counts the end of sentence."""
    return ((5.0 + length) / 6.0) ** alpha


def length_limits(source_mask: np.ndarray, rules: Rules) -> np.ndarray:
    """Return each sentence's longest translation, by its own length, whatever else is in the batch."""
    limits = (rules.growth * source_mask.sum(axis=1) + rules.margin).astype(int)
    if limits.min(initial=1) < 1:
        raise ValueError(f"growth {rules.growth} and margin {rules.margin} allow no word; wanted at least 1")
    return limits


def forbid(log_p: np.ndarray, rules: Rules) -> None:
    """Take away the probability of the words that are never written, in place."""
    for word in rules.forbidden:
        log_p[:, word] = -np.inf


def select(memory: Memory | None, going: np.ndarray) -> Memory | None:
    """Return the memory of the sentences that go on.  Args: memory of B sentences; going (B) bool."""
    if memory is None or going.all():
        return memory
    return Memory(*(None if part is None else part[going] for part in memory))


def finished(prefix: np.ndarray, total: float, alpha: float, attention, mask: np.ndarray, rules: Rules):
    """Return a hypothesis without its end of sentence, its attention cut to the source's own length.

    Args: prefix (steps,), all that was written, and its log probability; alpha of the length penalty;
        attention (steps, S) or None; mask (S,) of the source.
    """
    ids, score = prefix.tolist(), total / length_penalty(len(prefix), alpha)
    ids = ids[:-1] if ids and ids[-1] == rules.eos else ids
    attention = None if attention is None else attention[:, : int(mask.sum())].copy()
    return Hypothesis(ids, float(total), float(score), attention)


def greedy(
    model, source: np.ndarray, source_mask: np.ndarray, rules: Rules, *, length_penalty_alpha: float = 0.0
) -> list[Hypothesis]:
    """Write the most probable word, again and again, until the end of the sentence.

    Args: source (B, S) integers; source_mask (B, S) bool; rules; length_penalty_alpha: changes the scores,
        not the words; with 0 a score is the log probability.
    Returns: one hypothesis per sentence.  Raises: ValueError on a wrong shape.
    """
    check_sentences("source", source, "source_mask", source_mask)
    check("length_penalty_alpha", length_penalty_alpha, Exponent)
    memory, state = model.begin(source, source_mask)
    batch, limits = len(source), length_limits(source_mask, rules)
    lengths, totals = np.zeros(batch, int), np.zeros(batch)
    prefixes, attention = np.zeros((batch, limits.max(initial=0)), int), None
    active, ids = np.arange(batch), np.full(batch, rules.bos)
    for position in range(prefixes.shape[1]):
        log_p, state, weights = model.next_log_probabilities(ids, state, memory)
        forbid(log_p, rules)
        ids = log_p.argmax(axis=1)
        totals[active] += log_p[np.arange(len(ids)), ids]
        prefixes[active, position], lengths[active] = ids, position + 1
        if weights is not None:
            if attention is None:
                attention = np.zeros((*prefixes.shape, source.shape[1]), weights.dtype)
            attention[active, position] = weights
        going = (ids != rules.eos) & (position + 1 < limits[active])
        if not going.all():
            active, ids, memory = active[going], ids[going], select(memory, going)
            state = map_state(lambda part, going=going: part[going], state)
        if not len(active):
            break
    found = []
    for k, length in enumerate(lengths):
        weights = None if attention is None else attention[k, :length]
        prefix = prefixes[k, :length]
        found.append(finished(prefix, totals[k], length_penalty_alpha, weights, source_mask[k], rules))
    return found


class Beams(NamedTuple):
    """The live hypotheses of a batch, `beam_size` per sentence; a dead one has log probability -inf."""

    totals: np.ndarray  # (B, K): log probabilities
    prefixes: np.ndarray  # (B, K, steps): the words written so far
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
    """Keep the `beam_size` best prefixes of each sentence; all beams of all sentences form one batch.

    A beam that ends gives up its place, so a beam of 1 is greedy search.  The search of a sentence stops when
    no live beam can exceed its n_best-th best score any more (`reachable_scores`), so nothing is missed.

    Args: as for `greedy`; length_penalty_alpha: 0 ranks by probability, which favors short translations.
    Returns: for each sentence its n_best hypotheses (fewer if fewer were found), best first.
    Raises: ValueError on a wrong shape, or sizes below 1.
    """
    check_sentences("source", source, "source_mask", source_mask)
    check("length_penalty_alpha", length_penalty_alpha, Exponent)
    check("beam_size", beam_size, int), check("n_best", n_best, int)
    if not 1 <= n_best <= beam_size:
        raise ValueError(f"beam_size is {beam_size} and n_best {n_best}; wanted 1 <= n_best <= beam_size")
    batch, limits = len(source), length_limits(source_mask, rules)
    memory, state = model.begin(source, source_mask)
    state = map_state(lambda part: np.repeat(part, beam_size, axis=0), state)
    totals = np.full((batch, beam_size), -np.inf)
    totals[:, 0] = 0.0  # all beams begin alike: only one may branch
    beams = Beams(totals, np.zeros((batch, beam_size, 0), int), None)
    ids, found = np.full(batch * beam_size, rules.bos), [[] for _ in range(batch)]
    active = np.arange(batch)
    while len(active):
        log_p, state, weights = model.next_log_probabilities(ids, state, memory)
        forbid(log_p, rules)
        beams, parents = extend(beams, log_p, weights)
        for k, hypothesis in retire(beams, limits[active], length_penalty_alpha, rules, source_mask[active]):
            insort(found[active[k]], hypothesis, key=lambda each: -each.score)
        to_beat = [found[k][n_best - 1].score if len(found[k]) >= n_best else -np.inf for k in active]
        going = reachable_scores(beams, limits[active], length_penalty_alpha) > to_beat
        rows = (np.arange(len(active))[:, None] * beam_size + parents)[going].ravel()
        state = map_state(lambda part, rows=rows: part[rows], state)
        memory, active = select(memory, going), active[going]
        beams = Beams(*(None if part is None else part[going] for part in beams))
        ids = beams.prefixes[:, :, -1].ravel()
    return [hypotheses[:n_best] for hypotheses in found]


def extend(beams: Beams, log_p: np.ndarray, weights: np.ndarray | None) -> tuple[Beams, np.ndarray]:
    """Find the best `beam_size` continuations of each sentence.

    Args: beams; log_p (B K, V) of the next word, which is overwritten; weights (B K, S) or None.
    Returns: the extended beams; parents (B, K), which beam each of them continues.
    """
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
    prefixes = np.concatenate([beams.prefixes[sentences, parents], words[:, :, None]], axis=2)
    return Beams(totals, prefixes, attention), parents


def largest(rows: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Find each row's `size` largest entries and their positions, largest first, of equals the first.

    Looking for the maximum `size` times is far faster than a partial sort.  The rows are overwritten.
    """
    values, positions = np.empty((len(rows), size)), np.empty((len(rows), size), int)
    every = np.arange(len(rows))
    for k in range(size):
        position = rows.argmax(axis=1)
        values[:, k], positions[:, k] = rows[every, position], position
        rows[every, position] = -np.inf
    return values, positions


def retire(beams: Beams, limits: np.ndarray, alpha: float, rules: Rules, source_mask: np.ndarray) -> list:
    """Kill the beams that have ended or have reached their limit, in place.

    Args: limits (B) and source_mask (B, S), of the sentences of these beams.
    Returns: a hypothesis for each of them, after the row of its sentence.
    """
    ended = (beams.prefixes[:, :, -1] == rules.eos) | (beams.prefixes.shape[2] >= limits)[:, None]
    retired = []
    for k, beam in zip(*np.nonzero(ended & np.isfinite(beams.totals)), strict=True):
        prefix, total = beams.prefixes[k, beam], beams.totals[k, beam]
        attention = None if beams.attention is None else beams.attention[k, beam]
        retired.append((k, finished(prefix, total, alpha, attention, source_mask[k], rules)))
    beams.totals[ended] = -np.inf
    return retired


def reachable_scores(beams: Beams, limits: np.ndarray, alpha: float) -> np.ndarray:
    """Bound the score of every continuation of each sentence's live beams, which have t words so far:

        score <= max over l of log p / penalty(l) = log p / max(penalty(t + 1), penalty(limit))

    for the lengths l = t + 1 ... limit, because log p <= 0 only falls from word to word, and the penalty only
    rises with the length, or only falls if alpha < 0.

    Args: beams; limits (B).  Returns: the bound (B), -inf without a live beam.
    """
    shortest = length_penalty(beams.prefixes.shape[2] + 1, alpha)
    # Plain numbers, like the scores: a power of an array may differ from them in the last bit.
    penalties = [max(shortest, length_penalty(limit, alpha)) for limit in limits.tolist()]
    return beams.totals.max(axis=1) / penalties
