"""Train, dev and test parts that share no sentence, not even one that differs only in case or punctuation.

Pairs with the same source or the same target belong to one group, and so do all pairs that a chain of such
ties connects. A group goes to one part as a whole.
"""

from collections.abc import Sequence

import numpy as np

from lstm_lib.text.corpus import Pair
from lstm_lib.text.tokenizer import normalize

_LARGEST_SHARE = 0.05  # no group may fill more than this share of a held-out part


def group_pairs(sources: Sequence[str], targets: Sequence[str]) -> np.ndarray:
    """Number the connected groups of pairs that share a source or a target (union-find, Tarjan 1975).

    Args: sources, targets: P normalized sentences each.
    Returns: (P,) int64, the group of each pair, numbered from 0.
    """
    parent = list(range(len(sources)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]  # halve the path, so that later walks are short
            i = parent[i]
        return i

    for sentences in (sources, targets):
        first: dict[str, int] = {}
        for i, sentence in enumerate(sentences):
            parent[root(i)] = root(first.setdefault(sentence, i))
    roots = np.array([root(i) for i in range(len(parent))], dtype=np.int64)
    return np.unique(roots, return_inverse=True)[1]


def split_pairs(
    pairs: Sequence[Pair], *, dev_size: int, test_size: int, seed: int = 0
) -> tuple[tuple[Pair, ...], tuple[Pair, ...], tuple[Pair, ...]]:
    """Deal whole groups of pairs out to three parts.

    The biggest groups go to training, because one of them would fill much of a held-out part. All pairs of a
    source stay together, so each held-out source keeps every reference.

    Args: dev_size, test_size: the number of distinct sources to hold out. A part gets fewer, never more, when
        the groups that are small enough run out.
        seed: decides which groups are held out, and the order of the pairs.
    Returns: the pairs for training, development and test, each in random order.
    """
    rng = np.random.default_rng(seed)
    sides = ([normalize(pair.source) for pair in pairs], [normalize(pair.target) for pair in pairs])
    groups = group_pairs(*sides).tolist()
    group_of_source = {pair.source: group for pair, group in zip(pairs, groups, strict=True)}
    sizes = np.bincount(list(group_of_source.values())).tolist()  # sources in each group
    part_of_group = _deal(sizes, dev_size, test_size, rng)
    parts: tuple[list[Pair], list[Pair], list[Pair]] = ([], [], [])
    for i in rng.permutation(len(pairs)):
        parts[part_of_group[groups[i]]].append(pairs[i])
    train, dev, test = map(tuple, parts)
    return train, dev, test


def _deal(sizes: list[int], dev_size: int, test_size: int, rng: np.random.Generator) -> list[int]:
    """Choose each group's part, 0 train, 1 dev, 2 test, by the number of sources in the group."""
    part = [0] * len(sizes)
    room = {2: test_size, 1: dev_size}
    largest = {number: max(1, int(_LARGEST_SHARE * wanted)) for number, wanted in room.items()}
    for group in rng.permutation(len(sizes)):
        for number in room:
            if sizes[group] <= min(room[number], largest[number]):
                part[group] = number
                room[number] -= sizes[group]
                break
        if not any(room.values()):
            break
    return part
