"""Submissions for the exercises on padding, directions and batches."""

from collections import Counter
from itertools import zip_longest

import numpy as np

from lstm_lib.text.vocabulary import EOS, PAD, UNK

# Reversal within the true length


def reversed_lists(x, mask):
    rows = []
    for row, length in zip(x.tolist(), mask.sum(axis=1), strict=True):
        rows.append(row[:length][::-1] + row[length:])
    return rows


def reversed_by_sorting(x, mask):
    steps = np.arange(mask.shape[1])
    order = np.argsort(np.where(mask, -steps, steps), axis=1, kind="stable")
    return x[np.arange(len(x))[:, None], order]


def reversed_by_rolling(x, mask):
    turned = np.stack([np.roll(row[::-1], m.sum(), axis=0) for row, m in zip(x, mask, strict=True)])
    return np.where(mask[:, :, None], turned, x)


def reversed_by_selection(x, mask):
    """Real steps of all sequences in one row: read from the back, sentence by sentence."""
    result = x.copy()
    result[mask] = np.concatenate([row[m][::-1] for row, m in zip(x, mask, strict=True)])
    return result


def ends_swapped(x, mask):
    result, rows, last = x.copy(), np.arange(len(x)), mask.sum(axis=1) - 1
    result[rows, 0], result[rows, last] = x[rows, last], x[rows, 0]
    return result


def padding_reversed_by_itself(x, mask):
    return np.stack([np.concatenate([row[m][::-1], row[~m][::-1]]) for row, m in zip(x, mask, strict=True)])


def padding_repeats_the_last(x, mask):
    return np.stack(
        [
            np.concatenate([row[m][::-1], np.repeat(row[m][:1], (~m).sum(), axis=0)])
            for row, m in zip(x, mask, strict=True)
        ]
    )


# The last real step


def last_by_a_loop(h, mask):
    found = []
    for states, real in zip(h, mask, strict=True):
        for state, is_real in zip(states, real, strict=True):
            if is_real:
                last = state
        found.append(last)
    return found


def last_by_counting(h, mask):
    is_last = mask & (np.cumsum(mask, axis=1) == mask.sum(axis=1, keepdims=True))
    return h[is_last]


def last_by_a_product(h, mask):
    ends = mask & ~np.pad(mask, [(0, 0), (0, 1)])[:, 1:]
    return np.einsum("bt,bth->bh", ends.astype(float), h)


def last_from_the_right(h, mask):
    places = mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)
    return np.take_along_axis(h, places[:, None, None], axis=1).squeeze(axis=1)


# Both directions


def both_by_sentence(forward, backward, x, mask):
    rows = []
    for sentence, real in zip(x, mask, strict=True):
        words = sentence[real][np.newaxis]
        both = np.concatenate([forward(words), backward(words[:, ::-1])[:, ::-1]], axis=2)[0]
        rows.append(np.pad(both, [(0, (~real).sum()), (0, 0)]))
    return np.stack(rows)


def both_by_index(forward, backward, x, mask):
    steps = np.arange(x.shape[1])
    order = np.where(mask, mask.sum(axis=1, keepdims=True) - 1 - steps, steps)
    rows = np.arange(len(x))[:, None]
    return np.dstack([forward(x), backward(x[rows, order])[rows, order]])


def both_by_length(forward, backward, x, mask):
    lengths, halves = mask.sum(axis=1), forward(x)
    right = np.zeros_like(halves)
    for length in set(lengths.tolist()):
        rows = lengths == length
        right[rows, :length] = np.flip(backward(np.flip(x[rows, :length], axis=1)), axis=1)
    return np.concatenate((halves, right), -1)


def both_by_rolling(forward, backward, x, mask):
    def turned(a):
        return np.stack([np.roll(row[::-1], m.sum(), axis=0) for row, m in zip(a, mask, strict=True)])

    return np.block([forward(x), turned(backward(turned(x)))])


def without_the_last_word(forward, backward, x, mask):
    shorter = mask & np.pad(mask, [(0, 0), (0, 1)])[:, 1:]
    right = reversed_by_selection(backward(reversed_by_selection(x, shorter)), shorter)
    return np.concatenate([forward(x), right], axis=2)


# Vocabulary


def ids_by_hand(sentences, size, sentence):
    counts = {}
    for text in sentences:
        for word in text.split():
            counts[word] = counts.get(word, 0) + 1
    ranked = sorted(sorted(counts), key=counts.get, reverse=True)[:size]
    return [4 + ranked.index(word) if word in ranked else UNK for word in sentence.split()]


def ids_by_numpy(sentences, size, sentence):
    words, counts = np.unique(" ".join(sentences).split(), return_counts=True)
    kept = words[np.argsort(-counts, kind="stable")][:size].tolist()
    number = dict(zip(kept, range(4, 4 + size), strict=False))
    return np.array([number.get(word, UNK) for word in sentence.split()])


def ids_by_most_common(sentences, size, sentence):
    counts = Counter(sorted(" ".join(sentences).split()))
    kept = [word for word, _ in counts.most_common(size)]
    return tuple(kept.index(word) + 4 if word in kept else UNK for word in sentence.split())


def ids_by_picking(sentences, size, sentence):
    """Picks the best of those that are left, again and again."""
    left, ids = Counter(word for text in sentences for word in text.split()), {}
    while left and len(ids) < size:
        best = min(left, key=lambda word: (-left[word], word))
        ids[best] = 4 + len(ids)
        del left[best]
    return list(map(lambda word: ids.get(word, UNK), sentence.split()))


def ids_of_counts(count):
    """Wrong ids.  Args: count: takes the sentences, gives the words in their order."""

    def function(sentences, size, sentence):
        kept = count(sentences)[:size]
        return [4 + kept.index(word) if word in kept else UNK for word in sentence.split()]

    return function


def of_words_seen_twice(sentences):
    counts = Counter(" ".join(sentences).split())
    return sorted((word for word in counts if counts[word] > 1), key=lambda word: (-counts[word], word))


def longest_first(sentences):
    counts = Counter(" ".join(sentences).split())
    return sorted(counts, key=lambda word: (-counts[word], -len(word), word))


def of_the_first_sentence(sentences):
    counts = Counter(sentences[0].split())
    return sorted(counts, key=lambda word: (-counts[word], word))


# Batches


def batch_by_zip(rows):
    columns = list(zip_longest(*([*row, EOS] for row in rows), fillvalue=PAD))
    lengths = [len(row) + 1 for row in rows]
    return np.transpose(columns), [[t < length for t in range(len(columns))] for length in lengths]


def batch_by_selection(rows):
    lengths = np.array([len(row) + 1 for row in rows])
    mask = np.arange(lengths.max())[None] < lengths[:, None]
    ids = np.full(mask.shape, PAD)
    ids[mask] = [word for row in rows for word in (*row, EOS)]
    return ids, mask


def batch_by_padding(rows):
    T = max(len(row) for row in rows) + 1
    ids = [np.pad([*row, EOS], (0, T - len(row) - 1), constant_values=PAD) for row in rows]
    mask = [np.repeat([True, False], [len(row) + 1, T - len(row) - 1]) for row in rows]
    return np.stack(ids), np.stack(mask)


def batch_by_growing(rows):
    ids, mask = [[*row, EOS] for row in rows], [[True] * (len(row) + 1) for row in rows]
    while len({len(row) for row in ids}) > 1:
        longest = max(map(len, ids))
        for row, real in zip(ids, mask, strict=True):
            if len(row) < longest:
                row.append(PAD)
                real.append(False)
    return ids, mask


def changed_batch(change):
    return lambda rows: change(*batch_by_selection(rows))


RIGHT = {
    "check_reverse": (reversed_lists, reversed_by_sorting, reversed_by_rolling, reversed_by_selection),
    "check_last_real": (last_by_a_loop, last_by_counting, last_by_a_product, last_from_the_right),
    "check_both_ways": (both_by_sentence, both_by_index, both_by_length, both_by_rolling),
    "check_vocabulary": (ids_by_hand, ids_by_numpy, ids_by_most_common, ids_by_picking),
    "check_padded_batch": (batch_by_zip, batch_by_selection, batch_by_padding, batch_by_growing),
}
WRONG = {
    "check_reverse": {
        "only the two ends are swapped": ends_swapped,
        "the padding is reversed by itself": padding_reversed_by_itself,
        "the last word fills the padding": padding_repeats_the_last,
        "a roll by one in place of a reversal": lambda x, mask: np.roll(x, 1, axis=1),
        "reversed twice, within and over all steps": lambda x, mask: reversed_by_selection(x, mask)[:, ::-1],
    },
    "check_last_real": {
        "the largest of the real steps": lambda h, mask: np.where(mask[:, :, None], h, -np.inf).max(axis=1),
        "the middle of the real steps": lambda h, mask: h[np.arange(len(h)), mask.sum(axis=1) // 2],
        "the first sentence's rows, with every length": lambda h, mask: h[0][mask.sum(axis=1) - 1],
        "rows in the order of their length": lambda h, mask: last_by_counting(h, mask)[
            np.argsort(mask.sum(axis=1), kind="stable")
        ],
        "zeros in place of a real step": lambda h, mask: last_from_the_right(
            np.where(mask[:, :, None], 0.0, h), mask
        ),
    },
    "check_both_ways": {
        "the last word is left out from the right": without_the_last_word,
        "the backward half is a running sum": lambda f, b, x, mask: np.dstack(
            [f(x), np.cumsum(both_by_index(f, b, x, mask)[:, :, f(x).shape[2] :], axis=1)]
        ),
        "the forward layer reads from the right, too": lambda f, b, x, mask: np.dstack(
            [both_by_index(b, f, x, mask)[:, :, b(x).shape[2] :]] * 2
        ),
        "every step gets the backward layer's last state": lambda f, b, x, mask: np.dstack(
            [f(x), np.repeat(both_by_index(f, b, x, mask)[:, :1, f(x).shape[2] :], x.shape[1], axis=1)]
        ),
    },
    "check_vocabulary": {
        "words that occur once are left out": ids_of_counts(of_words_seen_twice),
        "the longest of equals comes first": ids_of_counts(longest_first),
        "reads only the first sentence": ids_of_counts(of_the_first_sentence),
        "counts the new sentence as well": lambda sentences, size, sentence: ids_by_hand(
            [*sentences, sentence], size, sentence
        ),
        "unknown words get ids of their own": lambda *given: [
            100 + place if word == UNK else word for place, word in enumerate(ids_by_hand(*given))
        ],
    },
    "check_padded_batch": {
        "padding stands before the words": changed_batch(lambda ids, mask: (np.sort(ids, axis=1), mask)),
        "the mask is mirrored": changed_batch(lambda ids, mask: (ids, mask[:, ::-1])),
        "the shortest row comes first": lambda rows: batch_by_selection(sorted(rows, key=len)),
        "rows are cut to the length of the first": lambda rows: batch_by_selection(
            [row[: len(rows[0])] for row in rows]
        ),
        "a sentence ends twice": lambda rows: batch_by_selection([[*row, EOS] for row in rows]),
    },
}
