"""Saturation, measured live: small translators of real sentences after a few updates."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from course.attention.reading import held_out
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.text.batching import encode_pairs, make_batch
from lstm_lib.text.codecs import WordCodec
from lstm_lib.training.optimizers import Adam
from lstm_lib.training.step import take_step

SENTENCES, KEPT = 1192, 100  # all that there are; how many of them are kept for the measurement
EMBEDDING, WIDTH, BATCH, RATE, CLIP = 32, 64, 32, 0.012, 1.0
SATURATED = 0.99  # a weight above it leaves nothing to the other positions, and hardly a gradient


class Rows(NamedTuple):
    """What the rows of attention weights are like, one row per target word."""

    saturated: float  # the share of rows whose largest weight is above 0.99
    entropy: float  # -sum w ln w, in nats, the mean over rows
    loss: float  # of the last update, nats per token


@lru_cache
def _encoded() -> tuple[list, int, int]:
    """The pairs as ids, and the words of both languages."""
    pairs = held_out(SENTENCES)
    codecs = [WordCodec.train(getattr(pair, side) for pair in pairs) for side in ("source", "target")]
    return encode_pairs(pairs, *codecs), *(codec.size for codec in codecs)


def after_updates(attention: str, seed: int, updates: int) -> Rows:
    """Train a translator for some updates with Adam, and measure its attention on sentences it hasn't read.

    In float64, so that the first digits are the same on every processor.

    Args: attention: one of `lstm_lib.seq2seq.model.ATTENTIONS` but "none"; seed: of the first parameters and
        of the order of sentences.
    """
    ids, *sizes = _encoded()
    config = ModelConfig(*sizes, EMBEDDING, WIDTH, bidirectional=False, attention=attention)
    model, rng = Seq2Seq(config, np.random.default_rng(seed), np.float64), np.random.default_rng(seed)
    optimizer, loss, order = Adam(), np.inf, []
    for _ in range(updates):
        if len(order) < BATCH:
            order = rng.permutation(len(ids) - KEPT).tolist()
        chosen, order = order[:BATCH], order[BATCH:]
        loss = take_step(model, optimizer, make_batch([ids[k] for k in chosen]), rng, RATE, CLIP).loss
    batch = make_batch(ids[-KEPT:])
    weights = model.attention_weights(batch)[batch.target_mask]  # (N, S)
    entropy = -np.sum(weights * np.log(np.where(weights > 0, weights, 1.0)), axis=1)
    return Rows(float(np.mean(weights.max(axis=1) > SATURATED)), float(entropy.mean()), loss)
