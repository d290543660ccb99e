"""The report's claims about Bahdanau's attention and Luong's."""

from collections.abc import Callable

import numpy as np

from figures.claims.evidence import paired_difference
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


def compared(
    options: StudyOptions, part: str, number: Callable[[Row], float], theirs_first: bool = False
) -> list[Reading]:
    """Read a number of Bahdanau's minus Luong's for each pair of `COMPARED`, seed by seed.

    Args: part: of the design; theirs_first: Luong's minus Bahdanau's.
    """
    found = collect(designs(options)[part], options, stored).by_variant
    readings = []
    for what, pair in COMPARED.items():
        first, second = (found.get(name, []) for name in (reversed(pair) if theirs_first else pair))
        readings += paired_difference(what, first, second, number)
    return readings


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
        lambda options: compared(options, "translation", lambda row: row["metrics"]["bleu"]),
    ),
    Claim(
        "Bahdanau's alignments are clearer: fewer errors",
        STUDY,
        "alignment error rate on the dates, Luong's minus Bahdanau's",
        Range(low=0.0, is_open=True),
        "what is compared",
        lambda options: compared(options, "alignment", lambda row: row["metrics"]["aer"], theirs_first=True),
    ),
    Claim(
        "Bahdanau's alignments are clearer: narrower",
        STUDY,
        "entropy on tatoeba-small, Luong's minus Bahdanau's (nats)",
        Range(low=0.0, is_open=True),
        "what is compared",
        lambda options: compared(options, "translation", entropy, theirs_first=True),
    ),
)
