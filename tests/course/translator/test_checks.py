"""The checks on encoder and decoder pass right answers, and name mistakes written by hand."""

import heapq

import numpy as np
import pytest

from course.shared.equations import function_of
from course.translator import checks as exercises
from course.translator.checks import (
    BEAM,
    BEAM_ARGUMENTS,
    BEAM_RETURNS,
    LOSS,
    LOSS_ARGUMENTS,
    check_beam_step,
    check_forced_loss,
)
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.seq2seq.search import extend
from lstm_lib.text.batching import make_batch
from lstm_lib.text.vocabulary import BOS

forced_loss = function_of(LOSS, LOSS_ARGUMENTS, ("loss",))
beam_step = function_of(BEAM, BEAM_ARGUMENTS, BEAM_RETURNS)


def beam_step_with_a_heap(totals, ended, log_p, length):
    """Right, but unlike the library: a loop over everything, and lists."""
    found = [
        (total + p, row, word)
        for row, total in enumerate(totals)
        if not ended[row]
        for word, p in enumerate(log_p[row])
    ]
    return [list(column) for column in zip(*heapq.nlargest(len(totals), found), strict=True)]


def beam_step_by_partition(totals, ended, log_p, length):
    """Right, but unlike the library: float32, infinities, a partial sort, and a penalty without effect."""
    values = (totals - np.where(ended, np.inf, 0.0))[:, None] + log_p.astype(np.float32)
    places = np.argpartition(values.ravel() / length, -len(totals))[-len(totals) :]
    places = places[np.argsort(values.ravel()[places])][::-1]
    rows, words = np.unravel_index(places, log_p.shape)
    return values[rows, words], rows, words


def loss_word_by_word(decoder, target, mask):
    """Right, but unlike the library: sentence by sentence, without any padding."""
    total, count = 0.0, 0
    for row, real in zip(target, mask, strict=True):
        wanted = row[real]
        # A decoder reads all sentences of the batch at once.
        ids = np.tile(np.concatenate([[BOS], wanted[:-1]]), (len(target), 1))
        here = int(np.flatnonzero((target == row).all(axis=1))[0])
        log_p = decoder(ids)[here]
        total -= sum(log_p[t, word] for t, word in enumerate(wanted))
        count += len(wanted)
    return total / count


def loss_by_weights(decoder, target, mask):
    """Right, but unlike the library: one-hot targets, and weights for the mean."""
    ids = np.roll(target, 1, axis=1)
    ids[:, 0] = BOS
    log_p = decoder(ids)
    hits = np.eye(log_p.shape[-1])[target]
    return np.average(-(hits * log_p).sum(-1), weights=mask)


@pytest.mark.parametrize(
    ("check", "student"),
    [
        (check_beam_step, beam_step),
        (check_beam_step, beam_step_with_a_heap),
        (check_beam_step, beam_step_by_partition),
        (check_forced_loss, forced_loss),
        (check_forced_loss, loss_word_by_word),
        (check_forced_loss, loss_by_weights),
    ],
)
def test_right_answers_pass(says, check, student):
    assert says(check, student).startswith("Right: ")


def test_the_step_of_the_exercise_is_that_of_the_library():
    for totals, ended, log_p, length in exercises.beam_problems(np.random.default_rng(0)):
        found = extend(np.where(ended, -np.inf, totals)[None], log_p.copy())
        for ours, theirs in zip(found, beam_step(totals, ended, log_p, length), strict=True):
            np.testing.assert_allclose(ours[0], theirs)


def test_the_loss_of_the_exercise_is_that_of_the_library():
    model = Seq2Seq(ModelConfig(8, 8, 5, 7), np.random.default_rng(3))
    for batch in map(make_batch, exercises.PAIRS):
        loss = forced_loss(exercises.decoder_of(model, batch), batch.target_out, batch.target_mask)
        assert loss == pytest.approx(model.loss_and_grads(batch)[0], rel=1e-5)


def best_words_of_each_beam(totals, ended, log_p, length):
    """A student's, who never compares beams."""
    words = log_p.argmax(1)
    return totals + log_p.max(1), np.arange(len(totals)), words


def loss_over_everything(decoder, target, mask):
    """A student's, who forgets the mask."""
    ids = np.hstack([np.full((len(target), 1), BOS), target[:, :-1]])
    log_p = decoder(ids)
    rows, steps = np.indices(target.shape)
    return -log_p[rows, steps, target].mean()


@pytest.mark.parametrize(
    ("check", "student", "told"),
    [
        (check_beam_step, best_words_of_each_beam, "each prefix keeps its own best word"),
        (check_forced_loss, loss_over_everything, "padding is counted"),
    ],
)
def test_a_mistake_written_by_hand_is_named(says, check, student, told):
    assert told in says(check, student)


def test_arguments_changed_in_place_are_told(says):
    def student(totals, ended, log_p, length):
        log_p[ended] = -np.inf
        return beam_step(totals, ended, log_p, length)

    assert "changes its argument log_p in place" in says(check_beam_step, student)
