"""The baseline beside every score: copy the translation of the most similar training sentence."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from lstm_lib.text.tokenizer import plain, tokenize


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

    Args: sources: the N texts to translate.  train_sources, train_targets: the training pairs, in order.
    Raises: ValueError if the training set is empty or its two sides differ in length.
    """
    if not train_sources or len(train_sources) != len(train_targets):
        raise ValueError(
            "train_sources, train_targets: want two equal, non-zero lengths, "
            f"got {len(train_sources)} and {len(train_targets)}"
        )
    index = EditDistanceIndex([tokenize(plain(text)) for text in train_sources])
    distances, indices = np.empty((2, len(sources)), dtype=np.int64)
    for n, text in enumerate(sources):
        row = index.distances(tokenize(plain(text)))
        indices[n] = row.argmin()
        distances[n] = row[indices[n]]
    return CopyBaseline([train_targets[i] for i in indices], distances, indices)


class EditDistanceIndex:
    """Sentences arranged so that the edit distances from another one to all of them are fast to compute.

    Args: sentences: M token lists.
    """

    def __init__(self, sentences: Sequence[Sequence[str]]):
        lengths = np.array([len(sentence) for sentence in sentences], dtype=np.int64)
        # Longest first: the sentences long enough to have a token at position j then come first.
        self._order = np.argsort(-lengths, kind="stable")
        self._ids: dict[str, int] = {}
        ids = [[self._ids.setdefault(t, len(self._ids)) for t in sentences[i]] for i in self._order]
        columns = zip_longest(*ids)
        # One array per position: the ids of the tokens there, of all sentences that are long enough.
        self._columns = [np.array([i for i in column if i is not None], dtype=np.int32) for column in columns]
        # How many sentences have j tokens or more, for j = 0, 1, ..., longest + 1.
        self._counts = [len(sentences), *(len(column) for column in self._columns), 0]

    def distances(self, query: Sequence[str]) -> np.ndarray:
        """Return the Levenshtein distance from the query to each sentence, (M,) int64, in the order given.

        With D[i, j] the distance from the query's first i tokens to a sentence's first j (Wagner and Fischer,
        1974, here for all sentences at once):

            D[i, j] = min(D[i-1, j] + 1, D[i, j-1] + 1, D[i-1, j-1] + [query_i != sentence_j])
        """
        # The smallest type that holds every distance: 40,000 of them, a byte each, stay in the cache.
        dtype = np.min_scalar_type(max(len(self._columns), len(query)) + 1)
        row = [np.full(count, j, dtype) for j, count in enumerate(self._counts)]  # row[j] is D[0, j]
        for i, token in enumerate(query, start=1):
            self._advance(row, self._ids.get(token, -1), i)
        result = np.empty(len(self._order), dtype=np.int64)
        for j, (longer, count) in enumerate(zip(self._counts[1:], self._counts, strict=False)):
            result[self._order[longer:count]] = row[j][longer:]
        return result

    def _advance(self, row: list[np.ndarray], token_id: int, i: int) -> None:
        """Turn D[i-1, :] into D[i, :], in place."""
        diagonal, spare = row[0].copy(), np.empty_like(row[0])
        row[0][:] = i
        for j, column in enumerate(self._columns, start=1):
            count = len(column)
            substituted = diagonal[:count]
            substituted += column != token_id
            spare[:count] = row[j]  # the diagonal of the next position
            np.minimum(row[j], row[j - 1][:count], out=row[j])
            row[j] += 1
            np.minimum(row[j], substituted, out=row[j])
            diagonal, spare = spare, diagonal
