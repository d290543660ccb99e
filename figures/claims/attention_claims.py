"""The report's claims about Bahdanau's attention and Luong's."""

from collections.abc import Callable

import numpy as np

from figures.claims.evidence import PAIRED_OVER_SEEDS, mean, same_seeds
from figures.claims.verdict import Claim, Range, Reading
from figures.designs.attention_design import designs
from figures.lab.design import collect
from figures.lab.results import Row
from figures.lab.runner import stored
from figures.lab.setting import StudyOptions

STUDY = "attention-design"
COMPARED = {  # "Bahdanau against Luong" can mean each of these: his, and theirs
    "the papers' systems": ("additive, before", "general, fed back"),
    "the place, same score": ("additive, before", "additive, after"),
    "the score, after the cell": ("additive, after", "general, after"),
    "the same, scaled": ("additive, after", "scaled general, after"),
}


def compared(options: StudyOptions, part: str, lead: Callable[[Row, Row], float]) -> list[Reading]:
    """Read each pair of `COMPARED`, seed by seed.

    Args: part: of the design; lead: of two rows with one seed, Bahdanau's and Luong's, the number to read.
    """
    found = collect(designs(options)[part], options, stored).by_variant
    return [
        mean(what, [lead(*rows) for rows in pairs], PAIRED_OVER_SEEDS)
        for what, (his, theirs) in COMPARED.items()
        if (pairs := same_seeds(found.get(his, []), found.get(theirs, [])))
    ]


def entropy(row: Row) -> float:
    """Return the entropy of the attention, in nats, after the epoch that was best on development data."""
    metrics = row["metrics"]
    return metrics["attention_entropy"][int(np.argmax(metrics["dev_bleu"]))]


CLAIMS = (
    Claim(
        "Bahdanau beats Luong by 3 BLEU",
        STUDY,
        "test BLEU, Bahdanau's ahead",
        Range(2.0, 4.0),
        "what is compared",
        lambda options: compared(
            options, "translation", lambda his, theirs: his["metrics"]["bleu"] - theirs["metrics"]["bleu"]
        ),
    ),
    Claim(
        "Bahdanau's alignments are clearer: fewer errors",
        STUDY,
        "alignment error rate on the dates, Luong's minus Bahdanau's",
        Range(low=0.0, is_open=True),
        "what is compared",
        lambda options: compared(
            options, "alignment", lambda his, theirs: theirs["metrics"]["aer"] - his["metrics"]["aer"]
        ),
    ),
    Claim(
        "Bahdanau's alignments are clearer: narrower",
        STUDY,
        "entropy on tatoeba-small, Luong's minus Bahdanau's (nats)",
        Range(low=0.0, is_open=True),
        "what is compared",
        lambda options: compared(options, "translation", lambda his, theirs: entropy(theirs) - entropy(his)),
    ),
)
