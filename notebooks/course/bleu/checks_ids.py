"""Check of the exercise on the BLEU of what a decoder writes; see `exercises`."""

from collections.abc import Callable, Sequence

import numpy as np

from course.bleu.checks import verdict_on_all
from course.shared.diagnosis import Mistake
from lstm_lib.text.metrics import References, bleu
from lstm_lib.text.tokenizer import tokenize
from lstm_lib.text.vocabulary import EOS, SPECIAL_TOKENS, UNK, Vocabulary

Row = Sequence[int]  # the ids of a sentence
Rows = Sequence[Row]

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


def encode_all(texts: Sequence[str]) -> list[list[int]]:
    """The outputs as ids; special tokens are written by their names."""
    return [[VOCABULARY.tokens.index(token) for token in text.split()] for text in texts]


PROBLEMS = tuple(
    (encode_all(OUTPUTS[part]), list(REFERENCES[part]), VOCABULARY)
    for part in (slice(0, 2), slice(2, 4), slice(0, 4))
)


def check_bleu_of_ids(student: Callable) -> None:
    """Check the BLEU of a decoder's ids, bleu_of_ids(outputs, references, vocabulary) -> 0 to 100.

    Args: student: takes N lists of ids, N tuples of texts and a `Vocabulary`.
    """
    right = on_problems(whole_score(decoded))
    mistakes = [Mistake(says, [on_problems(wrong)]) for says, wrong in IDS_MISTAKES.items()]
    print(verdict_on_all(student, PROBLEMS, "bleu", (right, mistakes)))


def on_problems(score: Callable[[Rows, References], float]) -> np.ndarray:
    """What a way of scoring gives for each problem."""
    return np.array([score(rows, references) for rows, references, _ in PROBLEMS])


def until_end(row: Row) -> Row:
    """The row up to the end of the sentence, without it."""
    return row[: row.index(EOS)] if EOS in row else row


def through_end(row: Row) -> Row:
    """The row up to the end of the sentence, and with it."""
    return row[: row.index(EOS) + 1] if EOS in row else row


def decoded(row: Row) -> list[str]:
    """The words of the sentence, as they should be scored."""
    return VOCABULARY.decode(until_end(row))


def tokens(row: Row) -> list[str]:
    """All tokens by their names, the special ones too."""
    return [VOCABULARY.tokens[i] for i in row]


def as_ids(texts: Sequence[str]) -> list[str]:
    """References as the model could have written them: numbers, and one of them for all unknown words."""
    return [" ".join(map(str, VOCABULARY.encode(tokenize(text)))) for text in texts]


def whole_score(
    words: Callable[[Row], Sequence], targets: Callable[[Sequence[str]], Sequence[str]] = tuple
) -> Callable[[Rows, References], float]:
    """BLEU where a row of ids becomes these words, and the references of a sentence these texts."""
    return lambda rows, references: (
        bleu([" ".join(map(str, words(row))) for row in rows], [targets(texts) for texts in references]).score
    )


def mean_score(rows: Rows, references: References) -> float:
    """The mean of the sentences' own scores."""
    score = whole_score(decoded)
    return np.mean([score([row], [texts]) for row, texts in zip(rows, references, strict=True)])


IDS_MISTAKES: dict[str, Callable[[Rows, References], float]] = {
    "what stands after the end of the sentence is kept: cut each row at its first EOS": whole_score(
        VOCABULARY.decode
    ),
    "the special tokens are left in the text, and all that follows the end of the sentence": whole_score(
        tokens
    ),
    f"the end of the sentence stays in the text as {SPECIAL_TOKENS[EOS]}": whole_score(
        lambda row: tokens(through_end(row))
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
