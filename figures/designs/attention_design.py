"""Attention as a design: score by place, with the systems of both papers among them.

Question: what decides how well attention translates and aligns: the score, its scaling by 1 / sqrt(d), where
it stands (before the cell, after it, or after it with the readout fed back), or nothing of these?

Design: five scores times three places, and no attention; all with an encoder that reads both ways.  The
papers' systems are two of them: Bahdanau's (additive, before) and Luong's (general, after, with input
feeding).  BLEU on tatoeba-small; alignment error rate on the spoken dates, whose alignments are known.  Over
training: entropy of the weights, and the share of them that is saturated.

Budget: 5 seeds a variant.  Each rate is one of four, chosen anew for each corpus.

What would change our mind: if the place matters more than the score, "Bahdanau against Luong" is a question
about the place.  If scaling changes neither BLEU nor saturation, "general" is unstable for another reason.
"""

from figures.lab.design import ADAM_RATES, Design, Variant, collect
from figures.lab.drawing import by_variant, draw_intervals, new_figure, save, values
from figures.lab.setting import StudyOptions

SCORES = {
    "additive": ("bahdanau", "luong-concat"),  # the option's value before the cell, and after it
    "dot": ("bahdanau-dot", "luong-dot"),
    "scaled dot": ("bahdanau-dot-scaled", "luong-dot-scaled"),
    "general": ("bahdanau-general", "luong-general"),
    "scaled general": ("bahdanau-general-scaled", "luong-general-scaled"),
}
PLACES = {"before": (0, False), "after": (1, False), "fed back": (1, True)}
PAPERS = {"additive, before": "Bahdanau et al.", "general, fed back": "Luong et al."}
WITHOUT = "no attention"
QUICK = (WITHOUT, "additive, before", "scaled general, fed back")


def variants(options: StudyOptions, without: bool) -> dict[str, Variant]:
    """Return every score at every place; some of them in a quick run."""
    found = {WITHOUT: Variant({"attention": "none"}, ADAM_RATES)} if without else {}
    for score, names in SCORES.items():
        for place, (column, feeding) in PLACES.items():
            changes = {"attention": names[column], "input_feeding": feeding}
            found[f"{score}, {place}"] = Variant(changes, ADAM_RATES)
    return {name: each for name, each in found.items() if name in QUICK or not options.quick}


def translation(options: StudyOptions) -> Design:
    """Plan translations of tatoeba-small, no attention among them."""
    return Design(variants(options, without=True))


def alignment(options: StudyOptions) -> Design:
    """Plan translations of spoken dates, whose gold alignments are known."""
    return Design(variants(options, without=False), common={"corpus": "dates-fr"})


def run(options: StudyOptions) -> None:
    """Run what is missing, translations first, and draw."""
    translated = collect(translation(options), options)
    aligned = collect(alignment(options), options)
    save(draw(translated.trainings, aligned.trainings), options.figures, "attention_design")


def draw(translated: list, aligned: list):
    """Draw BLEU and alignment errors by variant, and how many weights are saturated as training goes on."""
    figure, axes = new_figure(1, 3, (18, 9))
    draw_intervals(axes[0, 0], {name: values(rows, "bleu") for name, rows in by_variant(translated).items()})
    axes[0, 0].set(title="test BLEU, tatoeba-small", xlabel="BLEU (0 to 100), beam 5")
    draw_intervals(
        axes[0, 1], {name: values(rows, "aer") for name, rows in by_variant(aligned).items()}, decimals=2
    )
    axes[0, 1].set(title="alignment error rate, dates", xlabel="AER (0 best)")
    return figure
