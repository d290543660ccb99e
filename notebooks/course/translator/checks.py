"""Checks of the exercises on encoder and decoder: a step of beam search, and the loss."""

from collections.abc import Callable
from itertools import product

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, Values, function_of, mistakes_of
from lstm_lib.nn.losses import log_softmax
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.seq2seq.search import length_penalty
from lstm_lib.text.batching import Batch, make_batch
from lstm_lib.text.vocabulary import BOS, EOS, PAD

ALPHA = 1.0  # of the length penalty
# How many words models know, and two batches of source and target words for each, without the special ones
VOCABULARIES = (8, 11)
PAIRS = (
    (([5, 4], [4, 5, 6, 7, 5]), ([6, 4, 5], [7, 6])),
    (([4, 7, 7], [5]), ([6], [7, 6, 4]), ([5, 6], [6, 6, 4, 5])),
)


# One step of beam search: all continuations of all prefixes, and the best of them


def beam_problems(rng: np.random.Generator) -> list[tuple]:
    """Return steps at which one prefix has several continuations, and hypotheses have ended or not.

    At the first, the best hypothesis has ended; at the second, none; at the third, all but one.  At the last,
    two prefixes write the same word.
    """
    steps = (
        ([-2.1, -1.6, -2.6, -3.0], [False, True, False, False], 6, 4),
        ([-1.2, -0.7, -1.9], [False, False, False], 7, 2),
        ([-0.9, -2.0, -2.4], [True, False, True], 5, 7),
    )
    problems = [
        (np.array(totals), np.array(ended), log_softmax(2 * rng.standard_normal((len(totals), V))), length)
        for totals, ended, V, length in steps
    ]
    logits = rng.standard_normal((3, 6)) + 4 * (np.arange(6) == 4)
    return [*problems, (np.array([-1.5, -1.4, -3.0]), np.zeros(3, bool), log_softmax(logits), 3)]


def _open(v: Values, closed: np.ndarray, shut: float = -np.inf) -> np.ndarray:
    """The totals (K, V) of the continuations, but for those of some prefixes."""
    return np.where(closed[:, np.newaxis], shut, v.extended)


def _best(v: Values) -> np.ndarray:
    """The places (count,) of the best of all (K, V) values, best first."""
    return np.argsort(-v.values, axis=None, kind="stable")[: v.count]


def _best_of_each(v: Values, rows: np.ndarray) -> np.ndarray:
    """The place of the best word of each of some prefixes."""
    return rows * v.values.shape[1] + v.values[rows].argmax(axis=1)


def _best_of_each_open(v: Values) -> np.ndarray:
    found = _best_of_each(v, np.flatnonzero(~v.ended))
    return found[np.argsort(-v.values.ravel()[found], kind="stable")]


def _but_the_most_probable(v: Values) -> np.ndarray:
    return np.arange(len(v.totals)) != np.where(v.ended, -np.inf, v.totals).argmax()


BEAM: Equations = {
    "extended": lambda v: v.totals[:, np.newaxis] + v.log_p,
    "values": lambda v: _open(v, v.ended),
    "count": lambda v: len(v.totals),
    "chosen": _best,
    "parents": lambda v: v.chosen // v.log_p.shape[1],
    "words": lambda v: v.chosen % v.log_p.shape[1],
    "best": lambda v: v.values.ravel()[v.chosen],
    "returned": lambda v: v.best,
}
BEAM_RETURNS = ("returned", "parents", "words")
BEAM_MISTAKES: dict[str, Equations] = {
    "hypotheses that have ended are continued: nothing comes after the end of sentence": {
        "values": lambda v: v.extended
    },
    "open hypotheses are dropped, and those that have ended are continued: `ended` is True where one "
    "has ended": {"values": lambda v: _open(v, ~v.ended)},
    "log probabilities are not added up: only the next word's is used": {"extended": lambda v: v.log_p},
    "the choice is right, but the returned totals lack the prefix's total: add it": {
        "returned": lambda v: v.log_p.ravel()[v.chosen]
    },
    "the choice is right, but the returned totals lack the next word's log probability: add it": {
        "returned": lambda v: v.totals[v.parents]
    },
    "the length penalty is applied at this step: all prefixes have the same length here, and the next "
    "step would apply it again": {"returned": lambda v: v.best / length_penalty(v.length, ALPHA)},
    "the totals are divided by the length: keep sums until a hypothesis has ended": {
        "returned": lambda v: v.best / v.length
    },
    "each prefix keeps its own best word: keep the K best of all continuations": {
        "chosen": _best_of_each_open
    },
    "each prefix keeps its own best word, even one that has ended": {
        "values": lambda v: v.extended,
        "chosen": lambda v: _best_of_each(v, np.arange(len(v.totals))),
    },
    "each prefix keeps its own best word, even at probability 0: keep the K best of all continuations": {
        "chosen": lambda v: _best_of_each(v, np.arange(len(v.totals)))
    },
    "only the most probable prefix is continued: continue all open ones": {
        "values": lambda v: _open(v, _but_the_most_probable(v))
    },
    "probabilities are added to log probabilities: log_p is already a logarithm": {
        "extended": lambda v: v.totals[:, np.newaxis] + np.exp(v.log_p)
    },
    "probabilities are added up: add their logarithms": {
        "extended": lambda v: np.exp(v.totals)[:, np.newaxis] + np.exp(v.log_p)
    },
    "log probabilities are multiplied: add them": {"extended": lambda v: v.totals[:, np.newaxis] * v.log_p},
    "probabilities are returned: return their logarithms": {"returned": lambda v: np.exp(v.best)},
    "the worst are kept: a larger log probability is better": {
        "values": lambda v: _open(v, v.ended, np.inf),
        "chosen": lambda v: np.argsort(v.values, axis=None, kind="stable")[: v.count],
    },
    "the right ones are kept, but worst first: return the best first": {"chosen": lambda v: _best(v)[::-1]},
    "parents and words are returned in the wrong order: parents come first": {
        "parents": BEAM["words"],
        "words": BEAM["parents"],
    },
    "the flat index is divided by the number of prefixes: each row has V words, so divide by V": {
        "parents": lambda v: v.chosen // v.count,
        "words": lambda v: v.chosen % v.count,
    },
    "the flat index is returned as the word: take it modulo V": {"words": lambda v: v.chosen},
    "only one continuation is returned: return as many as there are prefixes": {"count": lambda v: 1},
    "only as many are kept as there are open prefixes: always keep K": {
        "count": lambda v: int(np.sum(~v.ended))
    },
}


BEAM_ARGUMENTS = ("totals", "ended", "log_p", "length")
BEAM_STEP = Exercise(
    BEAM_ARGUMENTS,
    ("totals", "parents", "words"),
    beam_problems,
    function_of(BEAM, BEAM_ARGUMENTS, BEAM_RETURNS),
    mistakes_of(BEAM, BEAM_MISTAKES, BEAM_ARGUMENTS, BEAM_RETURNS),
)


def check_beam_step(student: Callable) -> Verdict:
    """Check a step of beam search, beam_step(totals, ended, log_p, length) -> (totals, parents, words).

    Args: student: takes the log probabilities totals (K,) of K prefixes, ended (K,) bool, True where one is
        a whole translation, log_p (K, V) of the next word, and the length, a number, that prefixes have
        after this step; returns of the K best continuations the log probabilities, the prefixes that they
        continue and the words, each (K,), best first.
    """
    return judge(student, BEAM_STEP)


# The loss under teacher forcing: what the decoder reads, and which tokens are averaged how


def loss_problems(rng: np.random.Generator) -> list[tuple[Callable, np.ndarray, np.ndarray]]:
    """Return a decoder, what it should write, and the mask, for each batch of each model."""
    problems = []
    for words in VOCABULARIES:
        model = Seq2Seq(ModelConfig(words, words, 6, 6), rng, np.float64)
        for array in model.params.values():
            array *= 3.0  # so that words differ in probability
        batches = map(make_batch, PAIRS)
        problems += [(decoder_of(model, batch), batch.target_out, batch.target_mask) for batch in batches]
    return problems


def decoder_of(model: Seq2Seq, batch: Batch) -> Callable[[np.ndarray], np.ndarray]:
    """Return the model's decoder after reading the sources: from ids (B, T) to log p (B, T, V)."""
    memory, first = model.begin(batch.source, batch.source_mask)

    def decoder(ids: np.ndarray) -> np.ndarray:
        readout, _ = model.decoder.forward(ids, memory, first.rnn)
        logits, _ = model.output.forward(readout)
        return log_softmax(logits.reshape(len(readout[0]) * len(readout), -1)).reshape(*ids.shape, -1)

    return decoder


def _put_before(first: int, target: np.ndarray) -> np.ndarray:
    """The target one step later, with a token in front."""
    return np.concatenate([np.full((len(target), 1), first), target[:, :-1]], axis=1)


def _put_behind(target: np.ndarray) -> np.ndarray:
    """The target one step earlier, with padding at its end."""
    return np.concatenate([target[:, 1:], np.full((len(target), 1), PAD)], axis=1)


LOSS: Equations = {
    "read": lambda v: _put_before(BOS, v.target),
    "wanted": lambda v: v.target,
    "counts": lambda v: v.mask,
    "nll": lambda v: -np.take_along_axis(v.decoder(v.read), v.wanted[:, :, np.newaxis], axis=2)[:, :, 0],
    "loss": lambda v: v.nll[v.counts].mean(),
}
LOSS_ARGUMENTS = ("decoder", "target", "mask")
NO_END = "the loss leaves out EOS: it must be predicted like any other token"
PADS_COUNT = "padding is counted: only tokens where the mask is True belong to the loss"
READ_MISTAKES: dict[str, Equations] = {
    "the decoder reads the word that it should predict: shift its input by one step": {
        "read": lambda v: v.target
    },
    "the first word is never predicted: put BOS in front of the decoder's input": {
        "read": lambda v: v.target[:, :-1],
        "wanted": lambda v: v.target[:, 1:],
        "counts": lambda v: v.mask[:, 1:],
    },
    "np.roll moves the last token to the front: the decoder's input starts with BOS": {
        "read": lambda v: np.roll(v.target, 1, axis=1)
    },
    "the decoder's input starts with EOS: it should start with BOS": {
        "read": lambda v: _put_before(EOS, v.target)
    },
    "the decoder's input starts with padding: it should start with BOS": {
        "read": lambda v: _put_before(PAD, v.target)
    },
    "the decoder's input is shifted the wrong way: the decoder reads the word after the one to predict": {
        "read": lambda v: _put_behind(v.target)
    },
    NO_END: {"counts": lambda v: v.mask & (v.target != EOS)},
}
AVERAGE_MISTAKES: dict[str, Equations] = {
    PADS_COUNT: {"loss": lambda v: v.nll.mean()},
    "padding is counted in the denominator: divide by the number of real tokens": {
        "loss": lambda v: (v.nll * v.counts).mean()
    },
    "every sentence has the same weight: average over all real tokens, not over the sentences' means": {
        "loss": lambda v: np.mean([row[real].mean() for row, real in zip(v.nll, v.counts, strict=True)])
    },
    "the sum is divided by the number of sentences: divide by the number of real tokens": {
        "loss": lambda v: v.nll[v.counts].sum() / len(v.nll)
    },
    "the sum is not divided: divide it by the number of real tokens": {
        "loss": lambda v: v.nll[v.counts].sum()
    },
    "the sign is missing: the loss is minus the mean log probability": {
        "loss": lambda v: -v.nll[v.counts].mean()
    },
    "probabilities are averaged: average their logarithms": {
        "loss": lambda v: np.exp(-v.nll[v.counts]).mean()
    },
    "the logarithm of the mean probability is taken: take logarithms first, then the mean": {
        "loss": lambda v: -np.log(np.exp(-v.nll[v.counts]).mean())
    },
    "the perplexity is returned: return its logarithm": {"loss": lambda v: np.exp(v.nll[v.counts].mean())},
    "the loss is in bits: take the natural logarithm": {"loss": lambda v: v.nll[v.counts].mean() / np.log(2)},
}
LOSS_MISTAKES: dict[str, Equations] = {
    **READ_MISTAKES,
    **AVERAGE_MISTAKES,
    **{
        f"{first}; and {second}": {**READ_MISTAKES[first], **AVERAGE_MISTAKES[second]}
        for first, second in product(READ_MISTAKES, AVERAGE_MISTAKES)
        if (first, second) != (NO_END, PADS_COUNT)  # where all is counted, the mask does not show
    },
}
FORCED_LOSS = Exercise(
    LOSS_ARGUMENTS,
    ("loss",),
    loss_problems,
    function_of(LOSS, LOSS_ARGUMENTS, ("loss",)),
    mistakes_of(LOSS, LOSS_MISTAKES, LOSS_ARGUMENTS, ("loss",)),
)


def check_forced_loss(student: Callable) -> Verdict:
    """Check the loss under teacher forcing, forced_loss(decoder, target, mask) -> nats per token.

    Args: student: takes a function from the ids that the decoder reads, (B, T), to log p (B, T, V) of the
        next words; target (B, T), words and end of sentence, then padding; and mask (B, T) bool, True at
        words and end of sentence.
    """
    return judge(student, FORCED_LOSS)
