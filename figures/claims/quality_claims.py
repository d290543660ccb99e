"""The report's claims about which model translates best."""

from collections.abc import Mapping, Sequence

import numpy as np

from figures import fig9_training as training
from figures.claims.evidence import bleu_difference, counted, over_others
from figures.claims.verdict import Claim, Range, Reading
from figures.designs import noise_design as noise
from figures.designs import variant_design as variants
from figures.designs.variant_design import BEST, ONE_WAY
from figures.lab.design import SETTING, collect
from figures.lab.drawing import by_variant, values
from figures.lab.results import Row
from figures.lab.runner import stored
from figures.lab.setting import StudyOptions
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq


def trainings(study, options: StudyOptions) -> Mapping[str, Sequence[Row]]:
    """Return the stored trainings of a study with one design, by variant."""
    (design,) = study.designs(options).values()
    return collect(design, options, stored).by_variant


def best_variant(options: StudyOptions) -> list[Reading]:
    """Read how far the BiLSTM with dropout is ahead of each other variant."""
    found = trainings(variants, options)
    return over_others(found, found, BEST, bleu_difference)


def size_of_best(options: StudyOptions) -> list[Reading]:
    """Read its parameters over those of an LSTM that reads one way."""
    found = trainings(variants, options)
    sizes = [values(found.get(name, []), "parameters") for name in (BEST, ONE_WAY)]
    if not all(map(len, sizes)):
        return []
    best, one_way = (size[0] for size in sizes)
    as_wide = best + _parameters(SETTING.hidden_size) - _parameters(SETTING.encoder_size)
    return [
        counted("half as wide each way", best / one_way),
        counted("as wide each way", as_wide / one_way),
    ]


def _parameters(encoder_size: int) -> int:
    """Count those of a bidirectional translator of one word."""
    widths = {"embedding_size": SETTING.embedding_size, "hidden_size": SETTING.hidden_size}
    config = ModelConfig(1, 1, **widths, encoder_size=encoder_size, attention=SETTING.attention)
    return Seq2Seq(config, np.random.default_rng(0)).num_parameters


def recurrent_dropout(options: StudyOptions) -> list[Reading]:
    """Read the best epoch's BLEU with recurrent dropout minus without: in the report's setting, and tuned."""
    report = by_variant(stored("training", training.plan(options), options))
    tuned = trainings(noise, options)
    compared = {
        "50 epochs, no other dropout": (report, "LSTM + recurrent dropout", "LSTM"),
        "to the plateau, beside other dropout": (tuned, "variational", noise.NONE),
    }
    return [
        reading
        for condition, (found, *names) in compared.items()
        for reading in bleu_difference(condition, *(found.get(name, []) for name in names))
    ]


CLAIMS = (
    Claim(
        "a BiLSTM with dropout is best",
        "variant-design",
        "test BLEU, ahead of the other variant by",
        Range(low=0.0, is_open=True),
        "the other variant",
        best_variant,
        superlative=True,
    ),
    Claim(
        "the best has 2.5 times the parameters",
        "variant-design",
        "parameters of the BiLSTM with dropout over the LSTM's",
        Range(2.25, 2.75),
        "its width",
        size_of_best,
    ),
    Claim(
        "recurrent dropout improves BLEU over 50 epochs",
        "training",
        "test BLEU, with recurrent dropout minus without",
        Range(low=0.0, is_open=True),
        "the training",
        recurrent_dropout,
    ),
)
