"""The report's claims about the recipe of training, and about clipping."""

from functools import partial

from figures import fig8_optimization as optimization
from figures.claims.evidence import counted, over_others, paired_difference, share
from figures.claims.verdict import Claim, Range, Reading
from figures.fig8_clipping import EARLY, early_bleu, is_sound
from figures.fig8_optimization import CLIP_NORM
from figures.lab.drawing import by_variant
from figures.lab.results import Row
from figures.lab.runner import stored
from figures.lab.setting import StudyOptions

WHOLE = "the whole recipe"
ROUNDING = 1e-6  # of single precision, as a share: scaled to a norm of 5, gradients may have 5.000001


def variants(options: StudyOptions, section: str) -> dict[str, list[Row]]:
    """Return the stored rows of a section by variant."""
    return by_variant(optimization.collect(options, stored).get(section, []))


def sound(options: StudyOptions) -> list[Reading]:
    """Read the share of trainings with the whole recipe that went well."""
    rows = variants(options, "recipe").get(WHOLE, [])
    if not rows:
        return []
    return [share("trainings with the recipe", sum(map(is_sound, rows)), len(rows))]


def early_lead(options: StudyOptions) -> list[Reading]:
    """Read how far the whole recipe is ahead, early on, of one that lacks a part."""
    found = variants(options, "recipe")
    difference = partial(paired_difference, number=lambda row: early_bleu([row])[0])
    return over_others(found, found, WHOLE, difference)


def longest(options: StudyOptions) -> list[Reading]:
    """Read the longest gradient that reached the optimizer, of all updates and seeds.

    Neither number can refute the claim: what is clipped is at most as long as its limit by definition, and
    where nothing was ever clipped, clipping did nothing.
    """
    found, readings = variants(options, "clipping"), []
    for name in ("the recipe", "harsh, clipped"):
        if rows := found.get(name):
            clipped = sum(row["metrics"]["clipped"] for row in rows)
            why = "true by definition" if clipped else "no gradient was ever clipped"
            longest_after = max(row["metrics"]["longest_after"] for row in rows)
            readings.append(counted(name, longest_after, seeds=len(rows), untested=why))
    return readings


CLAIMS = (
    Claim(
        "Adam, step decay, clipping and 20% dropout are stable",
        "optimization",
        "trainings that learn, and end near their best (%)",
        Range(low=100.0),  # which trainings can refute, but no number of them can show
        "the seed",
        sound,
    ),
    Claim(
        "Adam, step decay, clipping and 20% dropout are fast",
        "optimization",
        f"development BLEU after {EARLY} epochs, ahead of the recipe with something else",
        Range(low=0.0, is_open=True),
        "the alternative",
        early_lead,
    ),
    Claim(
        "clipping keeps norms at 5 or below",
        "optimization",
        "longest gradient after clipping",
        Range(high=CLIP_NORM * (1 + ROUNDING)),
        "the training",
        longest,
    ),
)
