"""The report's claims about Bahdanau's attention and Luong's."""

from figures import fig4_attention as attention
from figures.claims.evidence import bleu_difference, over_others, paired_difference
from figures.claims.verdict import Claim, Range, Reading
from figures.fig4_attention import SCORES, WITH
from figures.lab.drawing import by_variant
from figures.lab.plan import Run
from figures.lab.runner import stored
from figures.lab.setting import StudyOptions


def lead(options: StudyOptions) -> list[Reading]:
    """Read how far Bahdanau's score is ahead of each of Luong's in BLEU."""
    found = by_variant(stored("attention", attention.translations(options), options))
    return over_others(found, SCORES, WITH, bleu_difference)


def excess(options: StudyOptions, runs: list[Run], metric: str) -> list[Reading]:
    """Read by how much a metric of each of Luong's scores exceeds that of Bahdanau's."""
    found = by_variant(stored("attention", runs, options))
    return [
        reading
        for name in SCORES
        if name != WITH
        for reading in paired_difference(
            name, found.get(name, []), found.get(WITH, []), lambda row: row["metrics"][metric]
        )
    ]


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
        lambda options: excess(options, attention.alignments(options), "aer"),
    ),
    Claim(
        "Bahdanau's alignments are clearer: narrower",
        "attention",
        "entropy on tatoeba-small, Luong's minus Bahdanau's (nats)",
        Range(low=0.0, is_open=True),
        "the score",
        lambda options: excess(options, attention.translations(options), "entropy"),
    ),
)
