"""Sentence pairs to padded arrays, batched by length to keep padding low."""

from collections.abc import Iterable, Sequence
from itertools import chain
from numbers import Integral
from typing import NamedTuple

import numpy as np

from lstm_lib.limits import Count, check, check_rng
from lstm_lib.text.codecs import TextCodec
from lstm_lib.text.vocabulary import BOS, EOS, PAD

EncodedPair = tuple[list[int], list[int]]  # source ids, target ids; no BOS, EOS or padding


class Batch(NamedTuple):
    """Sentence pairs side by side, padded to the longest; the masks are True at real tokens."""

    source: np.ndarray  # (B, S) int32, each row ends with EOS
    source_mask: np.ndarray  # (B, S) bool
    target_in: np.ndarray  # (B, T) int32, what the decoder reads: BOS, then the target
    target_out: np.ndarray  # (B, T) int32, what it should predict: the target, then EOS
    target_mask: np.ndarray  # (B, T) bool, for both target arrays

    @property
    def tokens(self) -> int:
        """The number of real target tokens, EOS included."""
        return int(self.target_mask.sum())


def encode_pairs(
    pairs: Iterable[tuple], source_codec: TextCodec, target_codec: TextCodec
) -> list[EncodedPair]:
    """Turn `Pair`s, or other tuples that begin with source and target text, into ids."""
    return [(source_codec.encode(source), target_codec.encode(target)) for source, target, *_ in pairs]


def _pad(rows: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Stack B lists of ids, filled up with PAD, into (B, L) int32; return it and its mask, (B, L) bool.

    Raises: ValueError on ids that are no integers (bool counts as none), are negative, or no int32.
    """
    if not rows:
        raise ValueError("sources is empty; wanted at least one sentence")
    kinds = set(map(type, chain.from_iterable(rows)))
    if odd := [kind.__name__ for kind in kinds if not issubclass(kind, Integral) or kind is bool]:
        raise ValueError(f"ids have the type {odd[0]}; wanted integers")
    lengths = np.array([len(row) for row in rows])
    mask = np.arange(lengths.max()) < lengths[:, None]  # (B, L)
    ids = np.full(mask.shape, PAD, dtype=np.int32)
    flat = np.concatenate(rows)
    if not (flat.min() >= 0 and flat.max() <= np.iinfo(ids.dtype).max):
        raise ValueError(f"ids run from {flat.min()} to {flat.max()}; wanted 0 to {np.iinfo(ids.dtype).max}")
    ids[mask] = flat
    return ids, mask


def pad_sources(sources: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return source ids, each row ending with EOS, (B, S) int32, and their mask, (B, S) bool.

    An empty sentence becomes a single EOS, so that the encoder always has a step to take.

    Raises: ValueError if there is no sentence, or an id is no integer from 0 on.
    """
    return _pad([[*ids, EOS] for ids in sources])


def make_batch(encoded: Sequence[EncodedPair]) -> Batch:
    """Pad encoded pairs, in the order given, into one batch.

    Raises: ValueError if there is no pair, or an id is no integer from 0 on.
    """
    source, source_mask = pad_sources([source for source, _ in encoded])
    target_in, target_mask = _pad([[BOS, *target] for _, target in encoded])
    target_out, _ = _pad([[*target, EOS] for _, target in encoded])
    return Batch(source, source_mask, target_in, target_out, target_mask)


def bucketed_batches(
    encoded: Sequence[EncodedPair], batch_size: int, rng: np.random.Generator
) -> list[Batch]:
    """Batch pairs of similar lengths together, every pair once, and return the batches in random order.

    The pairs are sorted by source length, then target length, ties at random, and cut into batches of nearly
    equal size (a tiny last batch would make a noisy update).

    Args: encoded: the pairs, from `encode_pairs`.  batch_size: the largest number of pairs in a batch.
        rng: random generator; the same state gives the same batches.
    Raises: ValueError if there is no pair, or the batch size is below 1.
    """
    check("batch_size", batch_size, Count)
    check_rng(rng)
    if not len(encoded):
        raise ValueError("encoded is empty; wanted at least one pair")
    source_lengths = np.array([len(source) for source, _ in encoded])
    target_lengths = np.array([len(target) for _, target in encoded])
    # Target lengths run up within one source length and down within the next, so that a batch which
    # spans two source lengths still holds targets of similar length.
    snake = np.where(source_lengths % 2 == 0, target_lengths, -target_lengths)
    order = np.lexsort((rng.random(len(encoded)), snake, source_lengths))
    groups = np.array_split(order, -(-len(encoded) // batch_size))
    return [make_batch([encoded[i] for i in groups[g]]) for g in rng.permutation(len(groups))]


def padding_share(batches: Iterable[Batch]) -> float:
    """Return the fraction of all source and target cells that is padding.  Raises: ValueError on no batch."""
    real = cells = 0
    for batch in batches:
        real += int(batch.source_mask.sum()) + batch.tokens
        cells += batch.source_mask.size + batch.target_mask.size
    if not cells:
        raise ValueError("batches is empty; wanted at least one batch")
    return 1 - real / cells
