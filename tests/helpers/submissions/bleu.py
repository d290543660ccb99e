"""Submissions for the exercises on BLEU."""

import math
from collections import Counter, defaultdict
from itertools import pairwise, takewhile

import numpy as np
from sacrebleu.metrics import BLEU

from lstm_lib.text.metrics import bleu, bleu_from_statistics
from lstm_lib.text.tokenizer import detokenize
from lstm_lib.text.vocabulary import EOS

# The clipped precision of single words


def precision_word_by_word(hypothesis, reference):
    h, r = hypothesis.split(), reference.split()
    return sum(min(h.count(word), r.count(word)) for word in set(h)) / len(h)


def precision_by_merging(hypothesis, reference):
    """Both sorted; two fingers move along."""
    h, r, i, j, matches = sorted(hypothesis.split()), sorted(reference.split()), 0, 0, 0
    while i < len(h) and j < len(r):
        if h[i] == r[j]:
            matches, i, j = matches + 1, i + 1, j + 1
        elif h[i] < r[j]:
            i += 1
        else:
            j += 1
    return matches / len(h)


def precision_by_numbering(hypothesis, reference):
    """The second "the" is another thing than the first: then sets are enough."""

    def numbered(text):
        seen = Counter()
        for word in text.split():
            seen[word] += 1
            yield word, seen[word]

    h = set(numbered(hypothesis))
    return np.float64(len(h & set(numbered(reference))) / len(h))


def precision_by_subtraction(hypothesis, reference):
    h = Counter(hypothesis.split())
    missing = h - Counter(reference.split())
    return 1 - sum(missing.values()) / sum(h.values())


def pairs_of(text):
    words = text.split()
    return Counter(pairwise(words))


# BLEU of a corpus and of a sentence


def runs(text, n):
    words = text.split()
    return Counter(" ".join(words[k : k + n]) for k in range(len(words) - n + 1))


def counts(hypotheses, references, orders=4):
    """Return matches and n-grams by order, and both lengths."""
    matched, total, h, r = np.zeros(orders), np.zeros(orders), 0, 0
    for hypothesis, reference in zip(hypotheses, references, strict=True):
        h, r = h + len(hypothesis.split()), r + len(reference.split())
        for n in range(orders):
            mine = runs(hypothesis, n + 1)
            matched[n] += sum((mine & runs(reference, n + 1)).values())
            total[n] += sum(mine.values())
    return matched, total, h, r


def corpus_in_arrays(hypotheses, references):
    matched, total, h, r = counts(hypotheses, references)
    return 100 * min(1.0, math.exp(1 - r / h)) * np.prod(matched / total) ** 0.25


def corpus_by_statistics(hypotheses, references):
    """As the bootstrap counts: one row of ten numbers."""
    matched, total, h, r = counts(hypotheses, references)
    if not matched.all():
        return np.zeros(())
    return bleu_from_statistics(np.array([h, r, *matched, *total]))


def corpus_by_logarithms(hypotheses, references):
    matched, total, h, r = counts(hypotheses, references)
    if min(matched) == 0:
        return 0
    logarithms = sum(math.log(a) - math.log(b) for a, b in zip(matched, total, strict=True)) / 4
    return 100 * math.exp(logarithms + (1 - r / h if h < r else 0))


def corpus_by_roots(hypotheses, references):
    score = 100.0
    for n in (1, 2, 3, 4):
        total, left = 0, 0
        for hypothesis, reference in zip(hypotheses, references, strict=True):
            theirs = list(runs(reference, n).elements())
            for run in runs(hypothesis, n).elements():
                total += 1
                if run in theirs:
                    theirs.remove(run)
                    left += 1
        score *= math.sqrt(math.sqrt(left / total))
    h, r = (sum(len(text.split()) for text in texts) for texts in (hypotheses, references))
    return score * (math.exp(1 - r / h) if r > h else 1)


def corpus_with(
    precisions=lambda matched, total: matched / total, penalty=lambda h, r: min(1, math.exp(1 - r / h))
):
    """A wrong score, or right but for its precisions or penalty."""

    def score(hypotheses, references):
        matched, total, h, r = counts(hypotheses, references)
        return 100 * penalty(h, r) * np.prod(precisions(matched, total)) ** 0.25

    return score


def smoothed(matched, total):
    gift, p = 1.0, []
    for m, t in zip(matched, total, strict=True):
        gift = gift / 2 if m == 0 else gift
        p.append((m if m else gift) / t)
    return np.array(p)


def sentence_in_arrays(hypothesis, reference):
    matched, total, h, r = counts([hypothesis], [reference])
    zeros = np.cumsum(matched == 0)
    p = np.where(matched == 0, 0.5**zeros, matched) / total
    return 100 * np.exp(min(0, 1 - r / h) + np.log(p).mean())


def sentence_by_a_generator(hypothesis, reference):
    def precisions():
        share = 1
        for n in (1, 2, 3, 4):
            mine = runs(hypothesis, n)
            found = (mine & runs(reference, n)).total()
            share *= 1 if found else 2
            yield (found or 1 / share) / mine.total()

    a, b = len(hypothesis.split()), len(reference.split())
    return 100 * math.prod(precisions()) ** 0.25 * math.exp(min(0.0, 1 - b / a))


def sentence_by_tables(hypothesis, reference):
    mine, theirs = defaultdict(int), defaultdict(int)
    for table, text in ((mine, hypothesis), (theirs, reference)):
        words = text.split()
        for k in range(len(words)):
            for n in range(1, min(4, len(words) - k) + 1):
                table[tuple(words[k : k + n])] += 1
    logarithm, halvings = 0.0, 0
    for n in (1, 2, 3, 4):
        of_n = [run for run in mine if len(run) == n]
        found = sum(min(mine[run], theirs.get(run, 0)) for run in of_n)
        halvings += found == 0
        logarithm += math.log2((found or 2.0**-halvings) / sum(mine[run] for run in of_n)) / 4
    h, r = len(hypothesis.split()), len(reference.split())
    return 100 * 2**logarithm * (1 if h >= r else math.exp(1 - r / h))


def sentence_by_sacrebleu(hypothesis, reference):
    metric = BLEU(tokenize="none", smooth_method="exp", effective_order=False)
    return metric.corpus_score([hypothesis], [[reference]]).score


def sentence_with(precisions=smoothed, penalty=lambda h, r: min(1, math.exp(1 - r / h))):
    score = corpus_with(precisions, penalty)
    return lambda hypothesis, reference: score([hypothesis], [reference])


# BLEU of a decoder's ids


def ids_up_to_the_end(outputs, references, vocabulary):
    texts = [" ".join(vocabulary.decode(list(takewhile(lambda i: i != EOS, row)))) for row in outputs]
    return bleu(texts, references).score


def ids_by_name(outputs, references, vocabulary):
    texts = []
    for row in outputs:
        text = " ".join(vocabulary.tokens[i] for i in row) + f" {vocabulary.tokens[EOS]} "
        texts.append(text.partition(f" {vocabulary.tokens[EOS]} ")[0] if row[0] != EOS else "")
    return bleu(texts, references).score


def ids_by_numpy(outputs, references, vocabulary):
    texts = []
    for row in outputs:
        row = np.append(row, EOS)
        texts.append(detokenize(vocabulary.decode(row[: np.flatnonzero(row == EOS)[0]].tolist())))
    return bleu(texts, references).score


def ids_by_trying(outputs, references, vocabulary):
    def text(row):
        try:
            return detokenize(vocabulary.decode(row[: row.index(EOS)]))
        except ValueError:
            return detokenize(vocabulary.decode(row))

    return float(bleu(list(map(text, outputs)), references).score)


def ids_with(change):
    """A wrong score.  Args: change: of the words of a sentence."""

    def function(outputs, references, vocabulary):
        rows = ([*takewhile(lambda i: i != EOS, row)] for row in outputs)
        return bleu([detokenize(change(vocabulary.decode(row))) for row in rows], references).score

    return function


def up_to_the_last_end(outputs, references, vocabulary):
    texts = []
    for row in outputs:
        ends = [k for k, i in enumerate(row) if i == EOS] or [len(row)]
        texts.append(detokenize(vocabulary.decode(row[max(ends) - 1 :: -1][::-1])))
    return bleu(texts[::-1], references).score


RIGHT = {
    "check_unigram_precision": (
        precision_word_by_word,
        precision_by_merging,
        precision_by_numbering,
        precision_by_subtraction,
    ),
    "check_corpus_bleu": (corpus_in_arrays, corpus_by_statistics, corpus_by_logarithms, corpus_by_roots),
    "check_sentence_bleu": (
        sentence_in_arrays,
        sentence_by_a_generator,
        sentence_by_tables,
        sentence_by_sacrebleu,
    ),
    "check_bleu_of_ids": (ids_up_to_the_end, ids_by_name, ids_by_numpy, ids_by_trying),
}
WRONG = {
    "check_unigram_precision": {
        "capitals are ignored": lambda h, r: precision_word_by_word(h.lower(), r.lower()),
        "pairs of words": lambda h, r: sum((pairs_of(h) & pairs_of(r)).values()) / len(h.split()),
        "the longer of both lengths": lambda h, r: (
            precision_word_by_word(h, r) * len(h.split()) / max(len(h.split()), len(r.split()))
        ),
        "the F-score": lambda h, r: (
            2
            * precision_word_by_word(h, r)
            * precision_word_by_word(r, h)
            / max(1e-9, precision_word_by_word(h, r) + precision_word_by_word(r, h))
        ),
        "the brevity penalty is in it": lambda h, r: (
            precision_word_by_word(h, r) * min(1, math.exp(1 - len(r.split()) / len(h.split())))
        ),
    },
    "check_corpus_bleu": {
        "orders count by their weight": corpus_with(lambda m, t: (m / t) ** (np.array([4, 3, 2, 1]) / 2.5)),
        "the penalty is squared": corpus_with(penalty=lambda h, r: min(1, math.exp(2 - 2 * r / h))),
        "capitals are ignored": lambda h, r: corpus_in_arrays([a.lower() for a in h], [a.lower() for a in r]),
        "the last sentence is left out": lambda h, r: (
            corpus_in_arrays(h[:-1], r[:-1]) if len(h) > 1 else corpus_in_arrays(h, r)
        ),
        "the sum of the precisions of words and pairs": corpus_with(
            lambda m, t: np.full(4, (m[0] + m[1]) / (t[0] + t[1]))
        ),
    },
    "check_sentence_bleu": {
        "the penalty is squared": sentence_with(penalty=lambda h, r: min(1, math.exp(2 - 2 * r / h))),
        "a third in place of a half": sentence_with(
            lambda m, t: np.where(m == 0, 3.0 ** -np.cumsum(m == 0), m) / t
        ),
        "orders count by their weight": sentence_with(
            lambda m, t: smoothed(m, t) ** (np.array([4, 3, 2, 1]) / 2.5)
        ),
        "capitals are ignored": lambda h, r: sentence_in_arrays(h.lower(), r.lower()),
    },
    "check_bleu_of_ids": {
        "the last word is left out": ids_with(lambda words: words[:-1]),
        "repeated words are left out": ids_with(lambda words: list(dict.fromkeys(words))),
        "words are sorted": ids_with(sorted),
        "sentences are scored against the wrong references": up_to_the_last_end,
        "a word in three letters": ids_with(lambda words: [word[:3] for word in words]),
    },
}
