"""The report's claims about which model translates best."""

from figures import fig3_coverage as coverage
from figures import fig9_training as training
from figures.claims.evidence import bleu_difference, counted, over_others
from figures.claims.verdict import Claim, Range, Reading
from figures.lab.drawing import by_variant, values
from figures.lab.runner import stored
from figures.lab.setting import StudyOptions

BEST = "BiLSTM + dropout"


def best_variant(options: StudyOptions) -> list[Reading]:
    """Read how far the BiLSTM with dropout is ahead of each other variant."""
    found = by_variant(stored("coverage", coverage.plan(options), options))
    return over_others(found, found, BEST, bleu_difference)


def size_of_best(options: StudyOptions) -> list[Reading]:
    """Read its parameters over those of the LSTM."""
    found = by_variant(stored("coverage", coverage.plan(options), options))
    sizes = {name: values(found.get(name, []), "parameters") for name in (BEST, "LSTM")}
    if not all(len(size) for size in sizes.values()):
        return []
    return [counted("against the LSTM", sizes[BEST][0] / sizes["LSTM"][0])]


def recurrent_dropout(options: StudyOptions) -> list[Reading]:
    """Read BLEU after the full training, with recurrent dropout minus without."""
    found = by_variant(stored("training", training.plan(options), options))
    pair = (found.get(name, []) for name in ("LSTM + recurrent dropout", "LSTM"))
    return bleu_difference("the best epoch of each", *pair)


CLAIMS = (
    Claim(
        "a BiLSTM with dropout is best",
        "coverage",
        "test BLEU, ahead of the other variant by",
        Range(low=0.0, is_open=True),
        "the other variant",
        best_variant,
        superlative=True,
    ),
    Claim(
        "the best has 2.5 times the parameters",
        "coverage",
        "parameters of the BiLSTM with dropout over the LSTM's",
        Range(2.25, 2.75),
        "the variant",
        size_of_best,
    ),
    Claim(
        "recurrent dropout improves BLEU over 50 epochs",
        "training",
        "test BLEU, with recurrent dropout minus without",
        Range(low=0.0, is_open=True),
        "the epoch",
        recurrent_dropout,
    ),
)
