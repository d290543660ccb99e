"""A step of beam search and the loss under teacher forcing, and their known mistakes."""

from collections.abc import Callable
from itertools import product

import numpy as np

from lstm_lib.seq2seq.search import length_penalty
from lstm_lib.text.vocabulary import BOS, EOS, PAD

# One step of beam search: all continuations of all beginnings, and the best of them

Step = tuple[np.ndarray, np.ndarray, np.ndarray]  # totals, parents, words, each (K,)
ALPHA = 1.0  # of the length penalty


def continuations(totals: np.ndarray, ended: np.ndarray, log_p: np.ndarray) -> np.ndarray:
    """Log probabilities (K, V); those of what has ended are -inf."""
    return np.where(ended[:, np.newaxis], -np.inf, totals[:, np.newaxis] + log_p)


def choose(values: np.ndarray, count: int | None = None) -> Step:
    """The best of all (K, V) values, best first, K of them by default."""
    best = np.argsort(-values, axis=None, kind="stable")[: count or len(values)]
    return values.ravel()[best], *np.divmod(best, values.shape[1])


def beam_step(totals: np.ndarray, ended: np.ndarray, log_p: np.ndarray, length: int) -> Step:
    return choose(continuations(totals, ended, log_p))


def _best_of_each(values: np.ndarray, rows: np.ndarray) -> Step:
    """Of each of these rows its best word."""
    words = values[rows].argmax(axis=1)
    return values[rows, words], rows, words


def _shared_out(values: np.ndarray, ended: np.ndarray) -> Step:
    """The best of every beginning that goes on, those in order of their totals."""
    found = _best_of_each(values, np.flatnonzero(~ended))
    order = np.argsort(-found[0], kind="stable")
    return tuple(array[order] for array in found)


def _with_totals(chosen: Step, change: Callable[[np.ndarray], np.ndarray]) -> Step:
    return change(chosen[0]), *chosen[1:]


def _at_chosen(chosen: Step, values: np.ndarray) -> Step:
    """The right choice with other numbers."""
    return values[chosen[1:]], *chosen[1:]


BEAM_MISTAKES: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray, int], Step]] = {
    "hypotheses that have ended are continued: nothing comes after the end of sentence": (
        lambda totals, ended, log_p, length: choose(totals[:, np.newaxis] + log_p)
    ),
    "hypotheses that go on are given up, and those that have ended are continued: ended is True at an end": (
        lambda totals, ended, log_p, length: choose(continuations(totals, ~ended, log_p))
    ),
    "log probabilities are not added up: the next word's alone decides": (
        lambda totals, ended, log_p, length: choose(continuations(0 * totals, ended, log_p))
    ),
    "the choice is right, but the total of the beginning is not in what is returned: add it": (
        lambda totals, ended, log_p, length: _at_chosen(beam_step(totals, ended, log_p, length), log_p)
    ),
    "the choice is right, but the next word's log probability is not in what is returned: add it": (
        lambda totals, ended, log_p, length: _at_chosen(
            beam_step(totals, ended, log_p, length), totals[:, np.newaxis] + 0 * log_p
        )
    ),
    "the length penalty is applied at this step: all beginnings are of one length here, and at the next step "
    "it would be applied again": (
        lambda totals, ended, log_p, length: _with_totals(
            beam_step(totals, ended, log_p, length), lambda best: best / length_penalty(length, ALPHA)
        )
    ),
    "the totals are divided by the length: they are sums, of which only a whole hypothesis makes a score": (
        lambda totals, ended, log_p, length: _with_totals(
            beam_step(totals, ended, log_p, length), lambda best: best / length
        )
    ),
    "each beginning keeps its own best word: the best of all continuations are wanted, wherever they are": (
        lambda totals, ended, log_p, length: _shared_out(continuations(totals, ended, log_p), ended)
    ),
    "each beginning keeps its own best word, those that have ended, too": (
        lambda totals, ended, log_p, length: _best_of_each(
            totals[:, np.newaxis] + log_p, np.arange(len(totals))
        )
    ),
    "each beginning keeps its own best word, even without a probability: the best of all are wanted": (
        lambda totals, ended, log_p, length: _best_of_each(
            continuations(totals, ended, log_p), np.arange(len(totals))
        )
    ),
    "only the most probable beginning is continued: all that go on are": (
        lambda totals, ended, log_p, length: choose(
            continuations(totals, np.arange(len(totals)) != np.where(ended, -np.inf, totals).argmax(), log_p)
        )
    ),
    "probabilities are added to log probabilities: log_p is a logarithm already": (
        lambda totals, ended, log_p, length: choose(continuations(totals, ended, np.exp(log_p)))
    ),
    "probabilities are added up: they are multiplied, and their logarithms added": (
        lambda totals, ended, log_p, length: choose(continuations(np.exp(totals), ended, np.exp(log_p)))
    ),
    "log probabilities are multiplied: probabilities are, and their logarithms are added": (
        lambda totals, ended, log_p, length: choose(
            np.where(ended[:, np.newaxis], -np.inf, totals[:, np.newaxis] * log_p)
        )
    ),
    "probabilities are returned: the totals are their logarithms": (
        lambda totals, ended, log_p, length: _with_totals(beam_step(totals, ended, log_p, length), np.exp)
    ),
    "the worst are kept: a log probability is the better the larger it is": (
        lambda totals, ended, log_p, length: _with_totals(
            choose(-np.where(ended[:, np.newaxis], np.inf, totals[:, np.newaxis] + log_p)), np.negative
        )
    ),
    "the right ones are kept, but the worst of them comes first": (
        lambda totals, ended, log_p, length: tuple(
            array[::-1] for array in beam_step(totals, ended, log_p, length)
        )
    ),
    "parents and words are swapped": (
        lambda totals, ended, log_p, length: tuple(
            beam_step(totals, ended, log_p, length)[k] for k in (0, 2, 1)
        )
    ),
    "the place among all continuations is cut by the number of beginnings: a row of them has V words": (
        lambda totals, ended, log_p, length: _cut_by(len(totals), totals, ended, log_p)
    ),
    "the place among all continuations is returned for the word: take it modulo V": (
        lambda totals, ended, log_p, length: _cut_by(log_p.size, totals, ended, log_p, whole=True)
    ),
    "only one is returned: as many as there are beginnings are kept": (
        lambda totals, ended, log_p, length: choose(continuations(totals, ended, log_p), 1)
    ),
    "one is kept for each beginning that goes on: an end frees its place, so keep K": (
        lambda totals, ended, log_p, length: choose(continuations(totals, ended, log_p), int(np.sum(~ended)))
    ),
}


def _cut_by(size: int, totals: np.ndarray, ended: np.ndarray, log_p: np.ndarray, *, whole=False) -> Step:
    best, parents, words = beam_step(totals, ended, log_p, 1)
    rows, rest = np.divmod(parents * log_p.shape[1] + words, size)
    return best, parents if whole else rows, rest


# The loss under teacher forcing: what the decoder reads, and which tokens are averaged how

Reads = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]
Average = Callable[[np.ndarray, np.ndarray], float]


def put_before(first: int, target: np.ndarray) -> np.ndarray:
    """The target one step later, with a token in front."""
    return np.concatenate([np.full((len(target), 1), first), target[:, :-1]], axis=1)


def read_shifted(target: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is read, what is to be predicted, and where that counts."""
    return put_before(BOS, target), target, mask


def mean_of_tokens(nll: np.ndarray, mask: np.ndarray) -> float:
    return float(nll[mask].mean())


NO_END = "the end of sentence is not learned: it is a token to be predicted, like any other"
PADS_COUNT = "padding is counted: only tokens where mask is True belong to the loss"
READ_MISTAKES: dict[str, Reads] = {
    "the decoder reads the very word that it should predict: what it reads is one step behind": (
        lambda target, mask: (target, target, mask)
    ),
    "the first word is never learned: put the begin of sentence before what the decoder reads": (
        lambda target, mask: (target[:, :-1], target[:, 1:], mask[:, 1:])
    ),
    "np.roll puts the last token in front: there belongs the begin of sentence": (
        lambda target, mask: (np.roll(target, 1, axis=1), target, mask)
    ),
    "the decoder reads the end of sentence first: the begin of sentence belongs there": (
        lambda target, mask: (put_before(EOS, target), target, mask)
    ),
    "the decoder reads padding first: the begin of sentence belongs there": (
        lambda target, mask: (put_before(PAD, target), target, mask)
    ),
    "what the decoder reads is moved to the wrong side: it reads the word after the one to be predicted": (
        lambda target, mask: (
            np.concatenate([target[:, 1:], np.full((len(target), 1), PAD)], axis=1),
            target,
            mask,
        )
    ),
    NO_END: (lambda target, mask: (put_before(BOS, target), target, mask & (target != EOS))),
}
AVERAGE_MISTAKES: dict[str, Average] = {
    PADS_COUNT: lambda nll, mask: nll.mean(),
    "padding is counted below the line: divide by the number of real tokens": (
        lambda nll, mask: (nll * mask).mean()
    ),
    "each sentence has the same weight: the mean is that of all real tokens, not of the sentences' means": (
        lambda nll, mask: np.mean([row[real].mean() for row, real in zip(nll, mask, strict=True)])
    ),
    "the sum is divided by the number of sentences: divide by that of the real tokens": (
        lambda nll, mask: nll[mask].sum() / len(nll)
    ),
    "the sum is not divided: divide it by the number of real tokens": lambda nll, mask: nll[mask].sum(),
    "the sign is missing: the loss is minus the mean log probability": lambda nll, mask: -nll[mask].mean(),
    "probabilities are averaged: the mean of their logarithms is wanted": (
        lambda nll, mask: np.exp(-nll[mask]).mean()
    ),
    "the mean probability comes before the logarithm: take the logarithm of each": (
        lambda nll, mask: -np.log(np.exp(-nll[mask]).mean())
    ),
    "the perplexity is returned: the loss is its logarithm": lambda nll, mask: np.exp(nll[mask].mean()),
    "the loss is in bits: take the natural logarithm": lambda nll, mask: nll[mask].mean() / np.log(2),
}


def forced_loss(decoder: Callable, target: np.ndarray, mask: np.ndarray) -> float:
    return _loss(read_shifted, mean_of_tokens)(decoder, target, mask)


def _loss(reads: Reads, average: Average) -> Callable[[Callable, np.ndarray, np.ndarray], float]:
    def loss(decoder: Callable, target: np.ndarray, mask: np.ndarray) -> float:
        ids, wanted, counts = reads(target, mask)
        log_p = decoder(ids)
        nll = -np.take_along_axis(log_p, wanted[:, :, np.newaxis], axis=2)[:, :, 0]
        return float(average(nll, counts))

    return loss


LOSS_MISTAKES: dict[str, Callable[[Callable, np.ndarray, np.ndarray], float]] = {
    **{says: _loss(reads, mean_of_tokens) for says, reads in READ_MISTAKES.items()},
    **{says: _loss(read_shifted, average) for says, average in AVERAGE_MISTAKES.items()},
    **{
        f"{first}; and {second}": _loss(READ_MISTAKES[first], AVERAGE_MISTAKES[second])
        for first, second in product(READ_MISTAKES, AVERAGE_MISTAKES)
        if (first, second) != (NO_END, PADS_COUNT)  # where all is counted, the mask does not show
    },
}
