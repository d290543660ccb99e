"""Checks of what comes before the first layer: a corpus' vocabulary, and sentences padded to a batch."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.student import Wrong
from lstm_lib.text.batching import pad_sources
from lstm_lib.text.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK, Vocabulary

Sentences = Sequence[str]

# A vocabulary: the most frequent words, and ids for sentences

CORPORA = (  # sentences, how many words to keep, and a sentence to encode
    (["the cat sat", "the dog sat on the cat", "a bird"], 4, "the bird sat on the dog"),
    (["b a", "a c b", "d"], 3, "d c b a </s>"),
    (["one two two three three three"], 2, "three two one"),
    (["The the the end", "end of The road"], 6, "The end of the the unknown road"),
    (["w v u", "u v w", "z"], 99, "z y w v"),
)


def encoded(
    sentences: Sentences,
    size: int,
    sentence: str,
    *,
    rank: Callable = lambda word, counts: (-counts[word], word),
    count: Callable = lambda sentences: Counter(" ".join(sentences).split()),
    first: int = len(SPECIAL_TOKENS),
    unknown: int = UNK,
    keep: Callable = lambda size: size,
) -> list[int]:
    """Return the ids of a sentence's words.

    Args: rank: what words are sorted by; count: counts them; first: the first word's id; unknown: the id of
        all words that are not kept; keep: how many are.
    """
    counts = count(sentences)
    ranked = sorted(counts, key=lambda word: rank(word, counts))
    ids = {word: number for number, word in enumerate(ranked[: keep(size)], first)}
    return [ids.get(word, unknown) for word in sentence.split()]


def library_ids(sentences: Sentences, size: int, sentence: str) -> list[int]:
    """Return the ids by the library's vocabulary."""
    return Vocabulary.build([text.split() for text in sentences], size).encode(sentence.split())


VOCABULARY = Exercise(
    ("sentences", "size", "sentence"),
    ("ids",),
    lambda rng: CORPORA,
    library_ids,
    {
        "equally frequent words are in text order: sort them alphabetically": partial(
            encoded, rank=lambda word, counts: -counts[word]
        ),
        "equally frequent words are in reverse alphabetical order: sort them from a to z": partial(
            encoded, rank=lambda word, counts: (-counts[word], [-ord(letter) for letter in word])
        ),
        "the rarest words come first: start with the most frequent": partial(
            encoded, rank=lambda word, counts: (counts[word], word)
        ),
        "words are sorted by the alphabet alone: sort by frequency first": partial(
            encoded, rank=lambda word, counts: word
        ),
        "ids start at 0: the first four belong to the special tokens": partial(encoded, first=0),
        "ids start at 1: the first four belong to the special tokens": partial(encoded, first=1),
        "a word outside the vocabulary gets the id of padding: it should get UNK": partial(
            encoded, unknown=PAD
        ),
        "words outside the vocabulary get ids of their own: all of them should get UNK": (
            lambda sentences, size, sentence: encoded([*sentences, sentence], 10**6, sentence)
        ),
        "all words are kept: keep only the `size` most frequent": partial(encoded, keep=lambda size: None),
        "the special tokens are counted among the `size` words: keep `size` words besides them": partial(
            encoded, keep=lambda size: max(size - len(SPECIAL_TOKENS), 0)
        ),
        "words are lower-cased: The and the are two different words": (
            lambda sentences, size, sentence: encoded(
                [text.lower() for text in sentences], size, sentence.lower()
            )
        ),
        "a word counts only once per sentence: count every occurrence": partial(
            encoded,
            count=lambda sentences: Counter(
                " ".join(" ".join(set(text.split())) for text in sentences).split()
            ),
        ),
        "words outside the vocabulary are left out: each should become UNK": (
            lambda *arguments: [word for word in encoded(*arguments) if word != UNK]
        ),
    },
)


def check_vocabulary(student: Callable) -> Verdict:
    """Check a vocabulary and what it is for, word_ids(sentences, size, sentence) -> list of ids.

    Args: student: takes the training sentences, words parted by spaces, how many words to keep, and a
        sentence; returns the ids of that sentence's words: 4 for the most frequent word, 5 for the next,
        words as frequent by the alphabet, and UNK for all that are not kept.
    """
    return judge(student, VOCABULARY)


# A batch

ROWS = (
    ([[7, 5, 9], [4], [8, 6]],),
    ([[5, 5]],),
    ([[4, 6, 4, 7], [9, 9, 9, 9]],),
    ([[], [6, 5], [8], []],),
)
End = Callable[[list[int]], list[int]]


def batch_of(
    rows: Sequence[list[int]],
    *,
    end: End = lambda row: [*row, EOS],
    pad: int = PAD,
    more: int = 0,
    left: bool = False,
    real: Callable = lambda ids, ended: ended,
) -> tuple[np.ndarray, np.ndarray]:
    """Return ids (B, T), and the mask.

    Args: end: ends a row; pad: stands behind it; more: columns than needed; left: pads come first; real:
        takes a row without its end and one with it, and gives the one that the mask covers.
    """
    ended = [end(row) for row in rows]
    T = max(map(len, ended)) + more
    ids, mask = np.full((len(rows), T), pad), np.zeros((len(rows), T), bool)
    for k, (row, words) in enumerate(zip(rows, ended, strict=True)):
        start = T - len(words) if left else 0
        ids[k, start : start + len(words)] = words
        mask[k, start : start + len(real(row, words))] = True
    return ids, mask


def _checked(function: Callable, rows: Sequence[list[int]]):
    """Call a function whose mask has to be bool, as `x[mask]` means something else otherwise."""
    found = function(rows)
    if isinstance(found, tuple | list) and len(found) == 2 and np.asarray(found[1]).dtype != bool:
        raise Wrong(f"The mask should be an array of bool; its dtype is {np.asarray(found[1]).dtype}.")
    return found


PADDED_BATCH = Exercise(
    ("rows",),
    ("ids", "mask"),
    lambda rng: ROWS,
    lambda rows: pad_sources(rows),
    {
        "EOS is missing: it comes after the words of each row": partial(batch_of, end=lambda row: row),
        "EOS is in the last column: it comes right after the words": (
            lambda rows: (
                np.column_stack([batch_of(rows, end=lambda row: row)[0], np.full(len(rows), EOS)]),
                batch_of(rows)[1],
            )
        ),
        "rows are padded with EOS: pad with PAD": partial(batch_of, pad=EOS),
        "rows are padded with UNK: pad with PAD": partial(batch_of, pad=UNK),
        "the mask is False at EOS: EOS is read like any other token": partial(
            batch_of, real=lambda row, ended: row
        ),
        "the mask is True everywhere: it is False at padding": (
            lambda rows: (batch_of(rows)[0], np.ones_like(batch_of(rows)[1]))
        ),
        "the mask is inverted: True is a real token": lambda rows: (batch_of(rows)[0], ~batch_of(rows)[1]),
        "the padding comes first: it belongs after EOS": partial(batch_of, left=True),
        "there is one column too many: the longest row needs no padding": partial(batch_of, more=1),
        "rows start with BOS: an encoder reads only the words and EOS": partial(
            batch_of, end=lambda row: [BOS, *row, EOS]
        ),
        "rows end with BOS: they should end with EOS": partial(batch_of, end=lambda row: [*row, BOS]),
        "the rows are sorted by length: keep their order": (
            lambda rows: batch_of(sorted(rows, key=len, reverse=True))
        ),
    },
    _checked,
)


def check_padded_batch(student: Callable) -> Verdict:
    """Check how sentences become a batch, padded_batch(rows) -> (ids, mask).

    Args: student: takes B lists of ids, some maybe empty, and returns ids (B, T), each row its words, EOS and
        then PAD, T as small as possible, and mask (B, T) bool, True at words and EOS.
    """
    return judge(student, PADDED_BATCH)
