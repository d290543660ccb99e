"""BLEU of single sentences from stored counts, and how many have which."""

import numpy as np

from course.bleu.human_ratings import BINS
from lstm_lib.text.metrics import ORDER


def sentence_bleu(statistics: np.ndarray) -> np.ndarray:
    """sacreBLEU's sentence score with effective order: orders that a short hypothesis has not do not count.

    Unlike `text.metrics.bleu_from_statistics`, which is a corpus's score, it is not 0 for three words.

    Args: statistics: (N, 10), from `text.metrics.bleu_statistics`.
    Returns: (N,), 0 to 100.
    Source: Post (2018), "exp" smoothing after Chen and Cherry (2014), method 3.
    """
    hypothesis_length, reference_length = statistics[:, 0], statistics[:, 1]
    correct, total = statistics[:, 2 : 2 + ORDER], statistics[:, 2 + ORDER :]
    smoothed = np.where(correct > 0, correct, 0.5 ** np.cumsum(correct == 0, axis=1))
    orders = (total > 0).sum(axis=1)
    logs = np.where(total > 0, np.log(smoothed / np.maximum(total, 1)), 0.0)
    brevity_penalty = np.exp(np.minimum(0, 1 - reference_length / np.maximum(hypothesis_length, 1)))
    scores = 100 * brevity_penalty * np.exp(logs.sum(axis=1) / np.maximum(orders, 1))
    return np.where(correct[:, 0] > 0, scores, 0.0)


def shares(statistics: np.ndarray) -> np.ndarray:
    """How many % of the sentences have a BLEU in each tenth of the scale, and how many exactly 100.

    Args: statistics: (N, 10).
    Returns: (BINS + 1,), as `course.human_ratings.bleu_shares`.
    """
    scores = sentence_bleu(statistics)
    perfect = scores > 100 - 1e-9  # what rounding may leave of 100
    places = np.where(perfect, BINS, scores * BINS / 100).astype(int)
    return 100 * np.bincount(places, minlength=BINS + 1) / len(scores)
