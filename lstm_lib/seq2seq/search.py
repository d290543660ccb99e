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
    log_p[:, list(rules.forbidden)] = -np.inf


def greedy(
    model, source: np.ndarray, source_mask: np.ndarray, rules: Rules, *, length_penalty_alpha: float = 0.0
) -> list[Hypothesis]:
    """Write the most probable word, again and again, until the end of the sentence: a beam of 1.

    Args: source (B, S) integers; source_mask (B, S) bool; rules; length_penalty_alpha: changes the scores,
        not the words; with 0 a score is the log probability.
    Returns: one hypothesis per sentence, an empty one if no word has a probability.
    """
    options = {"beam_size": 1, "length_penalty_alpha": length_penalty_alpha}
    found = beam_search(model, source, source_mask, rules, **options)
    return [best[0] if best else Hypothesis([], -np.inf, -np.inf, None) for best in found]


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
    """
    check_sentences("source", source, "source_mask", source_mask)
    check("length_penalty_alpha", length_penalty_alpha, Exponent)
    check("beam_size", beam_size, int), check("n_best", n_best, int)
    if not 1 <= n_best <= beam_size:
        raise ValueError(f"beam_size is {beam_size} and n_best {n_best}; wanted 1 <= n_best <= beam_size")
    batch, limits, alpha = len(source), length_limits(source_mask, rules), length_penalty_alpha
    # Plain numbers, like the scores: a power of an array may differ from them in the last bit.
    penalties = np.array([length_penalty(limit, alpha) for limit in limits.tolist()])
    memory, state = model.begin(source, source_mask)
    state = map_state(lambda part: np.repeat(part, beam_size, axis=0), state)
    totals = np.full((batch, beam_size), -np.inf)  # log probabilities; -inf marks a dead beam
    totals[:, 0] = 0.0  # all beams begin alike: only one may branch
    ids = rows = np.full(batch * beam_size, rules.bos)
    steps: list[Step] = []
    active, found = np.arange(batch), [[] for _ in range(batch)]
    while len(active):
        log_p, state, weights = model.next_log_probabilities(ids, state, memory)
        forbid(log_p, rules)
        steps.append(Step(ids, rows, weights))
        totals, parents, words = extend(totals, log_p)
        rows = np.arange(len(active))[:, None] * beam_size + parents
        ended = (words == rules.eos) | (len(steps) >= limits[active])[:, None]
        for at in zip(*np.nonzero(ended & (totals > -np.inf)), strict=True):
            score = totals[at] / length_penalty(len(steps), alpha)
            beam = Ended(score, totals[at], len(steps), rows[at], words[at])
            insort(found[active[at[0]]], beam, key=lambda beam: -beam.score)
        totals[ended] = -np.inf
        to_beat = [found[k][n_best - 1].score if len(found[k]) >= n_best else -np.inf for k in active]
        going = reachable_scores(totals, len(steps), penalties[active], alpha) > to_beat
        if not going.all():
            active, totals, words, rows = active[going], totals[going], words[going], rows[going]
            memory = memory and Memory(*(None if part is None else part[going] for part in memory))
        ids, rows = words.ravel(), rows.ravel()
        state = map_state(lambda part, rows=rows: part[rows], state)
    lengths = source_mask.sum(axis=1)
    return [
        [trace_back(beam, steps, length, rules) for beam in beams[:n_best]]
        for beams, length in zip(found, lengths, strict=True)
    ]


class Step(NamedTuple):
    """What one step of the decoder read and saw, for N beams side by side."""

    ids: np.ndarray  # (N,): the word before
    rows: np.ndarray  # (N,): in the step before, the row of the beam that this one continues
    weights: np.ndarray | None  # (N, S): attention


class Ended(NamedTuple):
    """A beam that has ended."""

    score: float
    log_probability: float
    length: int  # steps
    row: int  # in its last step
    word: int  # its last


def extend(totals: np.ndarray, log_p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the best K continuations of each sentence's K beams.

    Args: totals (B, K), their log probabilities; log_p (B K, V) of the next word, which is overwritten.
    Returns: for each continuation, (B, K): its log probability, the beam that it continues, its word.
    """
    batch, size = totals.shape
    log_p = log_p.reshape(batch, size, -1)
    log_p += totals[:, :, None].astype(log_p.dtype)
    totals, best = largest(log_p.reshape(batch, -1), size)
    parents, words = np.divmod(best, log_p.shape[2])
    return totals, parents, words


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


def trace_back(beam: Ended, steps: list[Step], source_length: int, rules: Rules) -> Hypothesis:
    """Follow a beam back to its beginning.  Returns: the hypothesis, without its end of sentence."""
    ids, weights, row = [int(beam.word)], [], beam.row
    for step in reversed(steps[: beam.length]):
        ids.append(int(step.ids[row]))
        weights.append(None if step.weights is None else step.weights[row, :source_length])
        row = step.rows[row]
    ids = ids[-2::-1]  # in order, without the begin of sentence
    attention = None if weights[0] is None else np.stack(weights[::-1])
    ids = ids[:-1] if ids[-1] == rules.eos else ids
    return Hypothesis(ids, float(beam.log_probability), float(beam.score), attention)


def reachable_scores(totals: np.ndarray, steps: int, penalties: np.ndarray, alpha: float) -> np.ndarray:
    """Bound the score of every continuation of each sentence's live beams, which have t words so far:

        score <= max over l of log p / penalty(l) = log p / max(penalty(t + 1), penalty(limit))

    for the lengths l = t + 1 ... limit, because log p <= 0 only falls from word to word, and the penalty only
    rises with the length, or only falls if alpha < 0.

    Args: totals (B, K), log p; steps: t; penalties (B), at the limit.  Returns: the bound (B), or -inf.
    """
    return totals.max(axis=1) / np.maximum(length_penalty(steps + 1, alpha), penalties)
