"""The report's claims about the recipe of training, and about clipping.

The first two are read from the designs, whose recipe is the report's but for two things: the rate is halved
at a plateau instead of after a number of updates, and gradients are clipped at 1 instead of 5.
"""

from functools import partial

from figures import fig8_clipping as clipping
from figures.claims.evidence import EARLY, counted, early_bleu, over_others, paired_difference, share
from figures.claims.verdict import Claim, Range, Reading
from figures.designs import optimizer_design
from figures.lab.design import FILE, SETTING, collect, train_and_test
from figures.lab.drawing import by_variant
from figures.lab.results import Row, path_of
from figures.lab.runner import rows_in, stored
from figures.lab.setting import StudyOptions

LEARNED = 10.0  # development BLEU that a sound training reaches
SETBACK = 0.1  # the share of its best development BLEU that a sound training does not lose again
KEPT = ("corpus", "optimizer", "schedule", "clip_norm", "dropout")  # what the recipe sets
SECTIONS = ("optimizers", "schedules", "clipping", "dropout")  # what the recipe consists of
ROUNDING = 1e-6  # of single precision, as a share: scaled to a norm of 5, gradients may have 5.000001


def sound(options: StudyOptions) -> list[Reading]:
    """Read the share of all trainings with the recipe, whatever they differ in beside, that went well."""
    rows = [row for row in rows_in(path_of(FILE, options.results)).values() if has_the_recipe(row)]
    if not rows:
        return []
    which = "translators of all designs, halved at a plateau, clipped at 1"
    return [share(which, sum(map(is_sound, rows)), len(rows))]


def has_the_recipe(row: Row) -> bool:
    """Tell whether a row of the designs is a training that counts, with what the claim is about."""
    recipe = row["configuration"].get("recipe", {})
    return row["measure"] == train_and_test.name and all(
        recipe.get(name) == getattr(SETTING, name) for name in KEPT
    )


def is_sound(row: Row) -> bool:
    """Tell whether a training learned something, and neither diverged nor ended well below its best epoch."""
    curve = row["metrics"].get("dev_bleu", [0.0])
    return max(curve) >= LEARNED and curve[-1] >= (1 - SETBACK) * max(curve)


def early_lead(options: StudyOptions) -> list[Reading]:
    """Read how far Adam with the whole recipe is ahead, early on, of something else in place of a part."""
    difference = partial(paired_difference, number=early_bleu)
    readings = []
    for section, design in optimizer_design.designs(options).items():
        if section in SECTIONS:
            found = collect(design, options, stored).by_variant
            readings += over_others(found, found, design.reference, difference)
    return readings


def longest(options: StudyOptions) -> list[Reading]:
    """Read the longest gradient that reached the optimizer, of all updates and seeds.

    Neither number can refute the claim: what is clipped is at most as long as its limit by definition, and
    where nothing was ever clipped, clipping did nothing.
    """
    found, readings = by_variant(stored(clipping.NAME, clipping.plan(options), options)), []
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
        "optimizer-design",
        "trainings that learn, and end near their best (%)",
        Range(low=90.0),  # no number of trainings shows that all do
        "the seed",
        sound,
    ),
    Claim(
        "Adam, step decay, clipping and 20% dropout are fast",
        "optimizer-design",
        f"development BLEU after {EARLY} epochs, ahead of the recipe with something else",
        Range(low=0.0, is_open=True),
        "the alternative",
        early_lead,
    ),
    Claim(
        "clipping keeps norms at 5 or below",
        "clipping",
        "longest gradient after clipping",
        Range(high=clipping.CLIP_NORM * (1 + ROUNDING)),
        "the training",
        longest,
    ),
)
