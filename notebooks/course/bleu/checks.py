"""Checks of the exercises on BLEU: of words' precision, a corpus, a sentence, and a decoder's ids."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from course.bleu.bleu_equations import CORPUS_BLEU, CORPUS_MISTAKES, SENTENCE_BLEU, SENTENCE_MISTAKES
from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, function_of, mistakes_of
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
    ("an art is a man", "the isle has a party manor"),
    ("The cat , the Dog", "the cat . The dog"),
)
PRECISION_MISTAKES: dict[str, Callable[[list[str], list[str]], float]] = {
    "a repeated word matches without limit: it matches at most as often as it occurs in the reference": (
        lambda h, r: sum(word in r for word in h) / len(h)
    ),
    "the matches are divided by the length of the reference: precision divides by that of the hypothesis": (
        lambda h, r: _clipped_matches(h, r) / len(r)
    ),
    "hypothesis and reference are swapped: count the words of the hypothesis that the reference has": (
        lambda h, r: sum(word in h for word in r) / len(r)
    ),
    "a repeated word matches without limit, and the matches are divided by the length of the reference": (
        lambda h, r: sum(word in r for word in h) / len(r)
    ),
    "each word is counted once, however often it occurs: a set loses the counts": (
        lambda h, r: len(set(h) & set(r)) / len(h)
    ),
    "each word is counted once, in the numerator and the denominator: a set loses the counts": (
        lambda h, r: len(set(h) & set(r)) / len(set(h))
    ),
    "words match only at the same position in both sentences: order does not matter here": (
        lambda h, r: sum(a == b for a, b in zip(h, r, strict=False)) / len(h)
    ),
    "the number of matches is returned: divide it by the number of words": (
        lambda h, r: float(_clipped_matches(h, r))
    ),
    "the precision is given in percent: it is a fraction, from 0 to 1": (
        lambda h, r: 100 * _clipped_matches(h, r) / len(h)
    ),
    "the fraction of words that do not match is returned": lambda h, r: 1 - _clipped_matches(h, r) / len(h),
    "characters are compared, not words: split the sentences first": (
        lambda h, r: _clipped_matches(" ".join(h), " ".join(r)) / len(" ".join(h))
    ),
    "characters are compared, not words, and a repeated one matches without limit: split the sentences": (
        lambda h, r: sum(letter in " ".join(r) for letter in " ".join(h)) / len(" ".join(h))
    ),
    "each word is searched for as a substring of the reference: compare whole words": (
        lambda h, r: sum(word in " ".join(r) for word in h) / len(h)
    ),
}


def check_unigram_precision(student: Callable) -> Verdict:
    """Check the clipped unigram precision, unigram_precision(hypothesis, reference) -> share of words.

    Args: student: takes two sentences, words parted by spaces, and returns a number from 0 to 1.
    """
    return judge(student, UNIGRAM_PRECISION)


def _on_words(precision: Callable[[list[str], list[str]], float]) -> Callable[[str, str], float]:
    return lambda hypothesis, reference: precision(hypothesis.split(), reference.split())


def _clipped_matches(hypothesis, reference) -> int:
    """How many words (or letters) of the hypothesis match, each with one of its own in the reference."""
    return (Counter(hypothesis) & Counter(reference)).total()


UNIGRAM_PRECISION = Exercise(
    ("hypothesis", "reference"),
    ("precision",),
    lambda rng: PRECISION_PAIRS,
    _on_words(lambda h, r: _clipped_matches(h, r) / len(h)),
    {says: _on_words(mistaken) for says, mistaken in PRECISION_MISTAKES.items()},
)


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
    (
        [
            "now to the sea we go",
            "she is not there at home",
            "an art is what he has",
            "Stop , now we go home !",
        ],
        [
            "now tot he sea we go",
            "there not is she at home",
            "the party isle what the hash",
            "stop . Now we go home !",
        ],
    ),
)
SENTENCES = (  # hypothesis, reference
    ("the old man is in the garden now", "the old man is in the garden with the dog"),
    ("we came home late and came home late again", "we came home late"),
    ("do you know the man", "you know the tall man very well"),
    ("she is not there yet", "there she is at last"),
    ("cats do like milk", "milk is what cats like"),
    ("now to the sea we go", "now tot he sea we go"),
    ("she is not there at home", "there not is she at home"),
    ("an art is what he has", "the party isle what the hash"),
    ("Stop , we go home now !", "stop . We go home now !"),
)


def _bleu(equations: Equations, wrong: dict[str, Equations], names: tuple[str, str], problems) -> Exercise:
    right = function_of(equations, names, ("score",))
    mistakes = mistakes_of(equations, wrong, names, ("score",))
    return Exercise(names, ("bleu",), lambda rng: problems, right, mistakes)


CORPUS = _bleu(CORPUS_BLEU, CORPUS_MISTAKES, ("hypotheses", "references"), CORPORA)
SENTENCE = _bleu(SENTENCE_BLEU, SENTENCE_MISTAKES, ("hypothesis", "reference"), SENTENCES)


def check_corpus_bleu(student: Callable) -> Verdict:
    """Check BLEU of a corpus without smoothing, corpus_bleu(hypotheses, references) -> 0 to 100.

    Args: student: takes two lists of sentences, words parted by spaces, a reference for each hypothesis.
    """
    return judge(student, CORPUS)


def check_sentence_bleu(student: Callable) -> Verdict:
    """Check the BLEU of one sentence, smoothed as by sacreBLEU: sentence_bleu(hypothesis, reference).

    Args: student: takes two sentences, words parted by spaces, and returns a number from 0 to 100.
    """
    return judge(student, SENTENCE)


# BLEU of the ids that a decoder writes

Row = Sequence[int]  # the ids of a sentence
Rows = Sequence[Row]
Score = Callable[[Rows, References, Vocabulary], float]

WORDS = "the a . ? we you is was house red where bought late train not and"
VOCABULARIES = tuple(Vocabulary(words) for words in (WORDS.split(), WORDS.split()[::-1]))
OUTPUTS = (  # as a decoder leaves them: after the end of a sentence it goes on until all sentences are done
    "the house is red . </s> . . <pad>",
    "we bought <unk> house . </s> house is red",
    "where is the train ? </s> ? </s> ?",
    "the <unk> was late and we was late .",
    "</s> the the <pad>",
)
REFERENCES = (
    ("Red is that house.", "The house is red."),
    ("We bought an old house.",),
    ("Where is the station?", "Where's the train?", "Where is the train?"),
    ("The bus was late, and so were we.",),
    ("Not late!",),
)
PARTS = ((slice(0, 2), 0), (slice(2, 4), 1), (slice(0, 5), 1))  # of these, and a vocabulary


def _decoded_ids(rng: np.random.Generator) -> list[tuple[list[list[int]], list[tuple[str, ...]], Vocabulary]]:
    return [
        (
            [[VOCABULARIES[number].tokens.index(token) for token in text.split()] for text in OUTPUTS[part]],
            list(REFERENCES[part]),
            VOCABULARIES[number],
        )
        for part, number in PARTS
    ]


def until_end(row: Row, vocabulary: Vocabulary | None = None) -> Row:
    """Return the row up to the end of the sentence, without it."""
    return row[: row.index(EOS)] if EOS in row else row


def decoded(row: Row, vocabulary: Vocabulary) -> list[str]:
    """Return the words of the sentence, as they should be scored."""
    return vocabulary.decode(until_end(row))


def tokens(row: Row, vocabulary: Vocabulary) -> list[str]:
    """Return all tokens by their names, the special ones too."""
    return [vocabulary.tokens[i] for i in row]


def as_ids(texts: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """Return references as the model could have written them: ids, with a single one for unknown words."""
    return [" ".join(map(str, vocabulary.encode(tokenize(text)))) for text in texts]


def as_texts(texts: Sequence[str], vocabulary: Vocabulary) -> Sequence[str]:
    """Return references as they are."""
    return texts


def whole_score(words: Callable[[Row, Vocabulary], Sequence], targets: Callable = as_texts) -> Score:
    """Return a score in which a row of ids becomes these words, and references become these texts."""

    def score(rows: Rows, references: References, vocabulary: Vocabulary) -> float:
        outputs = [" ".join(map(str, words(row, vocabulary))) for row in rows]
        return bleu(outputs, [targets(texts, vocabulary) for texts in references]).score

    return score


def mean_score(rows: Rows, references: References, vocabulary: Vocabulary) -> float:
    """Return the mean of the sentences' own scores."""
    score = whole_score(decoded)
    return np.mean([score([row], [texts], vocabulary) for row, texts in zip(rows, references, strict=True)])


IDS_MISTAKES: dict[str, Score] = {
    "tokens after the end of the sentence are kept: cut each row at its first EOS": whole_score(
        lambda row, vocabulary: vocabulary.decode(row)
    ),
    "the special tokens stay in the text, and so does everything after the end of the sentence": whole_score(
        tokens
    ),
    f"the end of the sentence stays in the text as {SPECIAL_TOKENS[EOS]}": whole_score(
        lambda row, vocabulary: tokens(row[: len(until_end(row)) + 1], vocabulary)
    ),
    f"{SPECIAL_TOKENS[UNK]} is left out: it stands for a wrong word and must stay in the text": whole_score(
        lambda row, vocabulary: [token for token in decoded(row, vocabulary) if token != SPECIAL_TOKENS[UNK]]
    ),
    "ids are compared with ids, so that one unknown word matches another: compare text": whole_score(
        until_end, as_ids
    ),
    "ids are compared with ids, past the end of the sentence: compare text, up to EOS": whole_score(
        lambda row, vocabulary: row, as_ids
    ),
    "numbers are compared with words: decode the ids": whole_score(until_end),
    "sentence scores are averaged: give all sentences to `bleu` at once": mean_score,
    "only the first reference of each sentence is used: `bleu` takes all of them": whole_score(
        decoded, lambda texts, vocabulary: texts[:1]
    ),
}
BLEU_OF_IDS = Exercise(
    ("outputs", "references", "vocabulary"), ("bleu",), _decoded_ids, whole_score(decoded), IDS_MISTAKES
)


def check_bleu_of_ids(student: Callable) -> Verdict:
    """Check the BLEU of a decoder's ids, bleu_of_ids(outputs, references, vocabulary) -> 0 to 100.

    Args: student: takes N lists of ids, N tuples of texts and a `Vocabulary`.
    """
    return judge(student, BLEU_OF_IDS)
