"""Attention of trained translators: the model that comes with the course, its gaze, and a temperature."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from course.shared.data import data_folder
from lstm_lib.text.batching import Batch, encode_pairs, make_batch
from lstm_lib.text.corpus import Pair
from lstm_lib.translator import Translator


def trained_translator() -> Translator:
    """Load the translator that comes with the course: English to Spanish, with Bahdanau's attention."""
    return Translator.load("tatoeba-small")


def held_out(count: int) -> list[Pair]:
    """Return pairs, English first, of the part of Tatoeba on which that translator was tested.

    They are like those that it learned from: of 3 to 8 tokens, and with its words alone.
    """
    lines = (data_folder() / "translations" / "tatoeba_test.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines[1 : count + 1]]  # below the head: Spanish, English, credit
    return [Pair(english, spanish) for spanish, english, _ in rows]


def batch_of(translator: Translator, *pairs: Pair) -> Batch:
    """Return pairs of sentences as ids, side by side."""
    return make_batch(encode_pairs(pairs, translator.source_codec, translator.target_codec))


def gaze(translator: Translator, pair: Pair) -> np.ndarray:
    """Return the attention weights (T, S) for a pair's own target, ends of sentence included."""
    return translator.model.attention_weights(batch_of(translator, pair))[0]


@contextmanager
def temperature(translator: Translator, tau: float) -> Iterator[Translator]:
    """Let the translator attend with softmax(scores / tau) inside `with`.

    Each learned score is linear in one parameter, v of the additive or W of the general one, so dividing
    that parameter divides the scores.

    Raises: ValueError where tau is not positive, or the score has no parameter.
    """
    if tau <= 0:
        raise ValueError(f"tau is {tau}; wanted more than 0")
    params = translator.model.decoder.attention.params
    name = next((name for name in ("v", "W") if name in params), None)
    if name is None:
        raise ValueError("a score without parameters cannot be given a temperature")
    learned = params[name].copy()
    params[name] /= tau
    try:
        yield translator
    finally:
        params[name][...] = learned
