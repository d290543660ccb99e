"""The report's claims about Bahdanau's attention and Luong's."""

from collections.abc import Callable

from lstm_lib.studies import attention
from lstm_lib.studies.attention import SCORES, WITH
from lstm_lib.studies.drawing import by_variant
from lstm_lib.studies.ledger.claim import Claim
from lstm_lib.studies.ledger.evidence import bleu_difference, paired_difference
from lstm_lib.studies.ledger.verdict import Range, Reading
from lstm_lib.studies.options import StudyOptions
from lstm_lib.studies.plan import Run
from lstm_lib.studies.runner import stored


def lead(options: StudyOptions) -> list[Reading]:
    """How far Bahdanau's score is ahead of each of Luong's in BLEU."""
    found = by_variant(stored("attention", attention.translations(options), options))
    return [
        reading
        for name in SCORES
        if name != WITH
        for reading in bleu_difference(f"over {name}", found.get(WITH, []), found.get(name, []))
    ]


def excess(metric: str, plan: Callable[[StudyOptions], list[Run]]) -> Callable[[StudyOptions], list[Reading]]:
    """By how much a metric of each of Luong's scores exceeds that of Bahdanau's."""

    def read(options: StudyOptions) -> list[Reading]:
        found = by_variant(stored("attention", plan(options), options))
        return [
            reading
            for name in SCORES
            if name != WITH
            for reading in paired_difference(
                name, found.get(name, []), found.get(WITH, []), lambda row: row["metrics"][metric]
            )
        ]

    return read


CLAIMS = (
    Claim(
        "Bahdanau beats Luong by 3 BLEU",
        "attention",
        "test BLEU, Bahdanau's ahead",
        Range(2.0, 4.0),
        "the score",
        lead,
    ),
    Claim(
        "Bahdanau's alignments are clearer: fewer errors",
        "attention",
        "alignment error rate on the dates, Luong's minus Bahdanau's",
        Range(low=0.0, is_open=True),
        "the score",
        excess("aer", attention.alignments),
    ),
    Claim(
        "Bahdanau's alignments are clearer: narrower",
        "attention",
        "entropy on tatoeba-small, Luong's minus Bahdanau's (nats)",
        Range(low=0.0, is_open=True),
        "the score",
        excess("entropy", attention.translations),
    ),
)
