"""Checks of the exercises on encoder and decoder: a step of beam search, the loss; see `exercises`."""

from collections.abc import Callable

import numpy as np

from course.bleu.checks import verdict_on_all
from course.shared.diagnosis import Exercise, Mistake, verdict
from course.translator import seq2seq_mistakes as known
from lstm_lib.nn.losses import log_softmax
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.text.batching import Batch, make_batch

BEAM_SIZE, WORDS = 4, 6  # K and V
VOCABULARY = 8
PAIRS = (  # two batches of source and target words, without the special ones; lengths differ
    (([5, 4], [4, 5, 6, 7, 5]), ([6, 4, 5], [7, 6])),
    (([4, 7, 7], [5]), ([6], [7, 6, 4]), ([5, 6], [6, 6, 4, 5])),
)


def check_beam_step(student: Callable) -> None:
    """Check a step of beam search, beam_step(totals, ended, log_p, length) -> (totals, parents, words).

    Args: student: takes the log probabilities totals (K,) of K beginnings, ended (K,) bool, True where one is
        a whole translation, log_p (K, V) of the next word, and the length, a number, that beginnings have
        after this step; returns of the K best continuations the log probabilities, the beginnings that they
        continue and the words, each (K,), best first.
    """
    arguments = beam_arguments()
    wrong = [Mistake(says, function(*arguments.values())) for says, function in known.BEAM_MISTAKES.items()]
    right = known.beam_step(**arguments)  # as in the library, which a test makes sure of
    print(verdict(student, Exercise(arguments, ("totals", "parents", "words"), right, wrong)))


def check_forced_loss(student: Callable) -> None:
    """Check the loss under teacher forcing, forced_loss(decoder, target, mask) -> nats a token.

    Args: student: takes a function from the ids that the decoder reads, (B, T), to log p (B, T, V) of the
        next words; target (B, T), words and end of sentence, then padding; and mask (B, T) bool, True at
        words and end of sentence.
    """
    problems = loss_problems()
    right, *wrong = (
        np.array([loss(*problem) for problem in problems])
        for loss in (known.forced_loss, *known.LOSS_MISTAKES.values())
    )
    mistakes = [Mistake(says, [answer]) for says, answer in zip(known.LOSS_MISTAKES, wrong, strict=True)]
    print(verdict_on_all(student, problems, "loss", (right, mistakes)))


def beam_arguments() -> dict[str, np.ndarray]:
    """A step at which the best hypothesis has ended, and one beginning has several of the continuations."""
    rng = np.random.default_rng(0)
    return {
        "totals": np.array([-2.1, -1.6, -2.6, -3.0]),
        "ended": np.array([False, True, False, False]),
        "log_p": log_softmax(2 * rng.standard_normal((BEAM_SIZE, WORDS))),
        "length": np.array(4),
    }


def loss_problems() -> list[tuple[Callable, np.ndarray, np.ndarray]]:
    """A decoder, what it should write, and the mask, for each batch."""
    model = Seq2Seq(ModelConfig(VOCABULARY, VOCABULARY, 6, 6), np.random.default_rng(0), np.float64)
    for array in model.params.values():
        array *= 3.0  # so that words differ in probability
    return [(decoder_of(model, batch), batch.target_out, batch.target_mask) for batch in batches()]


def batches() -> list[Batch]:
    """What the problems are made of."""
    return [make_batch(pairs) for pairs in PAIRS]


def decoder_of(model: Seq2Seq, batch: Batch) -> Callable[[np.ndarray], np.ndarray]:
    """The model's decoder when it has read the sources: from ids (B, T) to log p (B, T, V)."""
    memory, first = model.begin(batch.source, batch.source_mask)

    def decoder(ids: np.ndarray) -> np.ndarray:
        readout, _ = model.decoder.forward(ids, memory, first.rnn)
        logits, _ = model.output.forward(readout)
        return log_softmax(logits.reshape(-1, VOCABULARY)).reshape(*ids.shape, VOCABULARY)

    return decoder
