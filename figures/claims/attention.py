"""The report's claims about Bahdanau's attention and Luong's."""

from collections.abc import Callable

from figures import fig4_attention as attention
from figures.claims.evidence import bleu_difference, paired_difference
from figures.claims.verdict import Claim, Range, Reading
from figures.fig4_attention import SCORES, WITH
from figures.lab.drawing import by_variant
from figures.lab.plan import Run
from figures.lab.runner import stored
from figures.lab.setting import StudyOptions


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
