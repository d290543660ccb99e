"""The baseline beside every score: copy the translation of the most similar training sentence."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from lstm_lib.text.tokenizer import plain, tokenize

_CHUNK = 64  # sentences whose distances to the whole training set are in memory at once


class CopyBaseline(NamedTuple):
    """What copying gives for N sentences."""

    translations: list[str]  # the nearest training source's target, as written in the corpus
    distances: np.ndarray  # (N,) int64, token edit distance to that source
    indices: np.ndarray  # (N,) int64, its place in the training set


def copy_nearest(
    sources: Sequence[str], train_sources: Sequence[str], train_targets: Sequence[str]
) -> CopyBaseline:
    """Translate each source by the target of the training source at the smallest edit distance in tokens.

    Ties go to the first in the training set.

    Args:
        sources: the N texts to translate.
        train_sources, train_targets: the training pairs, in order.

    Raises:
        ValueError: the training set is empty or its two sides differ in length.

    Source: Levenshtein (1966) for the distance.
    """
    if not train_sources or len(train_sources) != len(train_targets):
        raise ValueError(
            "train_sources, train_targets: want two equal, non-zero lengths, "
            f"got {len(train_sources)} and {len(train_targets)}"
        )
    queries, trained = ([tokenize(plain(text)) for text in texts] for texts in (sources, train_sources))
    distances, indices = np.empty((2, len(queries)), dtype=np.int64)
    for start in range(0, len(queries), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        found = cdist(queries[chunk], trained, scorer=Levenshtein.distance)
        indices[chunk], distances[chunk] = found.argmin(axis=1), found.min(axis=1)
    return CopyBaseline([train_targets[i] for i in indices], distances, indices)
