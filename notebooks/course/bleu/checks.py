"""Checks of the exercises on BLEU: of words' precision, a corpus, a sentence, and a decoder's ids."""

import copy
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from course.bleu.bleu_equations import CORPUS_BLEU, CORPUS_MISTAKES, SENTENCE_BLEU, SENTENCE_MISTAKES
from course.shared.diagnosis import verdict_on_all
from course.shared.equations import as_functions
from lstm_lib.text.metrics import References, bleu
from lstm_lib.text.tokenizer import tokenize
from lstm_lib.text.vocabulary import EOS, SPECIAL_TOKENS, UNK, Vocabulary

# The clipped precision of single words

PRECISION_PAIRS = (  # hypothesis, reference: together they tell all mistakes below apart
    ("mardi quatorze mars", "mardi quatorze mars"),
    ("lundi deux mai mille", "lundi six mai mille cent dix"),
    ("mille mille mille cent", "mille deux cent"),
    ("samedi samedi dix dix juin", "samedi dix juin mille dix dix"),
    ("juin juin trois cent", "deux mille trois cents"),
)
PRECISION_MISTAKES: dict[str, Callable[[list[str], list[str]], float]] = {
    "a repeated word matches without end: it matches as often as it stands in the reference, and no more": (
        lambda h, r: sum(word in r for word in h) / len(h)
    ),
    "the matches are divided by the length of the reference: precision divides by the hypothesis's": (
        lambda h, r: _clipped_matches(h, r) / len(r)
    ),
    "hypothesis and reference are swapped: count the words of the hypothesis that the reference has": (
        lambda h, r: sum(word in h for word in r) / len(r)
    ),
    "a repeated word matches without end, and the matches are divided by the length of the reference": (
        lambda h, r: sum(word in r for word in h) / len(r)
    ),
    "a word is counted once, however often it stands there: a set forgets the number": (
        lambda h, r: len(set(h) & set(r)) / len(h)
    ),
    "words are counted once, both above and below the line: a set forgets the number": (
        lambda h, r: len(set(h) & set(r)) / len(set(h))
    ),
    "words match only at the same place in both sentences: their order does not matter here": (
        lambda h, r: sum(a == b for a, b in zip(h, r, strict=False)) / len(h)
    ),
    "matches are counted, and not divided by the number of words": (
        lambda h, r: float(_clipped_matches(h, r))
    ),
    "the precision is given in percent: it is a share, from 0 to 1": (
        lambda h, r: 100 * _clipped_matches(h, r) / len(h)
    ),
    "the share of words that do not match is returned": lambda h, r: 1 - _clipped_matches(h, r) / len(h),
    "characters are compared, not words: split the sentences first": (
        lambda h, r: _clipped_matches(" ".join(h), " ".join(r)) / len(" ".join(h))
    ),
    "characters are compared, not words, and a repeated one matches without end: split the sentences": (
        lambda h, r: sum(letter in " ".join(r) for letter in " ".join(h)) / len(" ".join(h))
    ),
    "each word is looked for inside the text of the reference": (
        lambda h, r: sum(word in " ".join(r) for word in h) / len(h)
    ),
}


def check_unigram_precision(student: Callable) -> None:
    """Check the clipped unigram precision, unigram_precision(hypothesis, reference) -> share of words.

    Args: student: takes two sentences, words parted by spaces, and returns a number from 0 to 1.
    """
    right = _on_words(lambda h, r: _clipped_matches(h, r) / len(h))
    wrong = {says: _on_words(mistaken) for says, mistaken in PRECISION_MISTAKES.items()}
    print(verdict_on_all(student, PRECISION_PAIRS, "precision", right, wrong))


def _on_words(precision: Callable[[list[str], list[str]], float]) -> Callable[[str, str], float]:
    return lambda hypothesis, reference: precision(hypothesis.split(), reference.split())


def _clipped_matches(hypothesis, reference) -> int:
    """How many words (or letters) of the hypothesis match, each with one of its own in the reference."""
    return (Counter(hypothesis) & Counter(reference)).total()


# BLEU of a corpus, and of one sentence

# Each first problem has matches of all four orders, each last one has none of some order.
CORPORA = (  # hypotheses, references: together they tell all mistakes in a corpus' BLEU apart
    (
        ["the old man is in the garden", "she reads", "he gave the dog the dog the old shoe"],
        ["the old man sits in the garden", "she reads a book", "he gave the dog the old shoe again today"],
    ),
    (
        ["we came home late and we slept well", "the the cat sat on the mat", "do not go home late"],
        ["we came home late", "the cat sat on the mat", "never go there and do not go home"],
    ),
    (["a cat sat", "on the red mat"], ["a cat sat on it", "the red mat on the floor"]),
)
SENTENCES = (  # hypothesis, reference
    ("the old man is in the garden now", "the old man is in the garden with the dog"),
    ("we came home late and came home late again", "we came home late"),
    ("do you know the man", "you know the tall man very well"),
    ("she is not there yet", "there she is at last"),
    ("cats do like milk", "milk is what cats like"),
)


def check_corpus_bleu(student: Callable) -> None:
    """Check BLEU of a corpus without smoothing, corpus_bleu(hypotheses, references) -> 0 to 100.

    Args: student: takes two lists of sentences, words parted by spaces, a reference for each hypothesis.
    """
    functions = as_functions(CORPUS_BLEU, CORPUS_MISTAKES, ("hypotheses", "references"), "score")
    print(_without_a_match(student, CORPORA) or verdict_on_all(student, CORPORA, "bleu", *functions))


def check_sentence_bleu(student: Callable) -> None:
    """Check the BLEU of one sentence, smoothed as by sacreBLEU: sentence_bleu(hypothesis, reference).

    Args: student: takes two sentences, words parted by spaces, and returns a number from 0 to 100.
    """
    functions = as_functions(SENTENCE_BLEU, SENTENCE_MISTAKES, ("hypothesis", "reference"), "score")
    print(_without_a_match(student, SENTENCES) or verdict_on_all(student, SENTENCES, "bleu", *functions))


def _without_a_match(student: Callable, problems: Sequence[tuple]) -> str | None:
    """What to say about a function that solves the first problem and fails at the last, without matches."""
    try:
        if not np.isfinite(student(*copy.deepcopy(problems[0]))):
            return None
    except Exception:
        return None  # not for want of a match; the verdict tells what it is
    try:
        if np.isfinite(student(*copy.deepcopy(problems[-1]))):
            return None
        fate = "gives no number"
    except (ValueError, ArithmeticError, RuntimeWarning) as error:
        fate = f"stops with {type(error).__name__}"
    except Exception:
        return None
    return (
        "Not yet. It looks as if an order without any match is not provided for: its precision is 0, and 0 "
        f"has no logarithm. The function {fate} on {problems[-1]}."
    )


# BLEU of the ids that a decoder writes

Row = Sequence[int]  # the ids of a sentence
Rows = Sequence[Row]
Score = Callable[[Rows, References, Vocabulary], float]

WORDS = "the a . ? we you is was house red where bought late train not and"
VOCABULARY = Vocabulary(WORDS.split())
OUTPUTS = (  # as a decoder leaves them: after the end of a sentence it goes on until all sentences are done
    "the house is red . </s> . . <pad>",
    "we bought <unk> house . </s> house is red",
    "where is the train ? </s> ? </s> ?",
    "the <unk> was late and we was late .",
)
REFERENCES = (
    ("The house is red.", "That house is red."),
    ("We bought an old house.",),
    ("Where is the station?",),
    ("The bus was late, and so were we.",),
)
PROBLEMS = tuple(
    (
        [[VOCABULARY.tokens.index(token) for token in text.split()] for text in OUTPUTS[part]],
        list(REFERENCES[part]),
        VOCABULARY,
    )
    for part in (slice(0, 2), slice(2, 4), slice(0, 4))
)


def check_bleu_of_ids(student: Callable) -> None:
    """Check the BLEU of a decoder's ids, bleu_of_ids(outputs, references, vocabulary) -> 0 to 100.

    Args: student: takes N lists of ids, N tuples of texts and a `Vocabulary`.
    """
    print(verdict_on_all(student, PROBLEMS, "bleu", whole_score(decoded), IDS_MISTAKES))


def until_end(row: Row) -> Row:
    """Return the row up to the end of the sentence, without it."""
    return row[: row.index(EOS)] if EOS in row else row


def decoded(row: Row) -> list[str]:
    """Return the words of the sentence, as they should be scored."""
    return VOCABULARY.decode(until_end(row))


def tokens(row: Row) -> list[str]:
    """Return all tokens by their names, the special ones too."""
    return [VOCABULARY.tokens[i] for i in row]


def as_ids(texts: Sequence[str]) -> list[str]:
    """Return references as the model could have written them: ids, with a single one for unknown words."""
    return [" ".join(map(str, VOCABULARY.encode(tokenize(text)))) for text in texts]


def whole_score(
    words: Callable[[Row], Sequence], targets: Callable[[Sequence[str]], Sequence[str]] = tuple
) -> Score:
    """Return a score in which a row of ids becomes these words, and references become these texts."""
    return lambda rows, references, _: (
        bleu([" ".join(map(str, words(row))) for row in rows], [targets(texts) for texts in references]).score
    )


def mean_score(rows: Rows, references: References, vocabulary: Vocabulary) -> float:
    """Return the mean of the sentences' own scores."""
    score = whole_score(decoded)
    return np.mean([score([row], [texts], vocabulary) for row, texts in zip(rows, references, strict=True)])


IDS_MISTAKES: dict[str, Score] = {
    "what stands after the end of the sentence is kept: cut each row at its first EOS": whole_score(
        VOCABULARY.decode
    ),
    "the special tokens are left in the text, and all that follows the end of the sentence": whole_score(
        tokens
    ),
    f"the end of the sentence stays in the text as {SPECIAL_TOKENS[EOS]}": whole_score(
        lambda row: tokens(row[: len(until_end(row)) + 1])
    ),
    f"{SPECIAL_TOKENS[UNK]} is left out: it stands for a word that is wrong, and must stay": whole_score(
        lambda row: [token for token in decoded(row) if token != SPECIAL_TOKENS[UNK]]
    ),
    "ids are compared with ids, so that one unknown word matches another: compare text": whole_score(
        until_end, as_ids
    ),
    "ids are compared with ids, beyond the end of the sentence: compare text, up to there": whole_score(
        list, as_ids
    ),
    "numbers are compared with words: decode the ids": whole_score(until_end),
    "the scores of the sentences are averaged: give all of them to `bleu` at once": mean_score,
}
