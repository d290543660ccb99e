"""Attention as a design: score by place, with the systems of both papers among them.

Question: what decides how well attention translates and aligns: the score, its scaling by 1 / sqrt(d), where
it stands (before the cell, after it, or after it with the readout fed back), or nothing of these?

Design: five scores times three places, and no attention; all with an encoder that reads both ways.  The
papers' systems are two of them: Bahdanau's (additive, before) and Luong's (general, after, with input
feeding).  BLEU on tatoeba-small; alignment error rate on the spoken dates, whose alignments are known.  Over
training: entropy of the weights, and the share of them that is saturated.

Budget: 8 seeds a variant.  Each rate is one of four, chosen anew for each corpus.  Five seeds were run and
read first; the correction over the ledger asked for more.

What would change our mind: if the place matters more than the score, "Bahdanau against Luong" is a question
about the place.  If scaling changes neither BLEU nor saturation, "general" is unstable for another reason.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course.shared.style import COLORS
from figures.lab.design import ADAM_RATES, Design, Found, Variant, collect_all, extended
from figures.lab.drawing import draw_intervals, new_figure, save, values
from figures.lab.runner import RowsOf, perform
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
    found = {}
    for score, names in SCORES.items():
        for place, (column, feeding) in PLACES.items():
            changes = {"attention": names[column], "input_feeding": feeding}
            found[f"{score}, {place}"] = Variant(changes, ADAM_RATES)
    if without:
        found[WITHOUT] = Variant({"attention": "none"}, ADAM_RATES)
    return {name: each for name, each in found.items() if name in QUICK or not options.quick}


def designs(options: StudyOptions) -> dict[str, Design]:
    """Return the designs: translation of tatoeba-small, and of spoken dates, whose alignments are known."""
    aligned = {"corpus": "dates-fr"}
    return {
        "translation": Design(variants(options, without=True), reference="additive, before", seeds=8),
        "alignment": Design(variants(options, without=False), common=aligned, metric="aer", seeds=8),
    }


def run(options: StudyOptions, rows_of: RowsOf = perform) -> None:
    """Run what is missing, translations first, and draw.  Args: rows_of: see `collect`."""
    found = collect_all(designs(options), options, rows_of, whole=True)
    save(draw(found["translation"], found["alignment"]), options.figures, "fig4_attention")


def draw(translated: Found, aligned: Found) -> Figure:
    """Draw BLEU and alignment errors in the end; below, how BLEU and saturated weights develop."""
    systems = translated.by_variant
    heights = 1.0 + 0.6 * len(systems), 5.0
    figure, axes = new_figure(2, 2, (14, sum(heights)), gridspec_kw={"height_ratios": heights})
    (bleu, aer), (learning, saturated) = axes
    draw_intervals(bleu, {_named(name): values(rows, "bleu") for name, rows in systems.items()})
    bleu.set(title="test BLEU in the end, tatoeba-small", xlabel="BLEU (0 to 100), beam 5")
    errors = {_named(name): values(rows, "aer") for name, rows in aligned.by_variant.items()}
    draw_intervals(aer, errors, decimals=2)
    aer.set(title="alignment error rate, dates", xlabel="AER (0 best)")
    for place, (name, rows) in enumerate(systems.items()):
        told = [row["metrics"] for row in rows if "dev_bleu" in row["metrics"]]
        dashes = "--" if name.endswith("fed back") else ":" if name == WITHOUT else "-"
        style = {"linestyle": dashes, "color": COLORS[place % len(COLORS)], "label": name}
        best = np.median([extended(metrics["dev_bleu"]) for metrics in told], axis=0)
        learning.plot(range(1, len(best) + 1), best, **style)
        if name != WITHOUT:
            shares = [metrics["attention_saturated"] for metrics in told]
            mean = np.mean([share[: min(map(len, shares))] for share in shares], axis=0)
            saturated.plot(range(1, len(mean) + 1), mean, **style)
    learning.set(title="the median seed", xlabel="epoch", ylabel="best development BLEU so far")
    saturated.set(title="weights above 0.99, up to the shortest training", xlabel="epoch")
    saturated.set(ylabel="share of target words, mean", ylim=(0, 1))
    for ax in (learning, saturated):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.legend(fontsize="small")
    return figure


def _named(variant: str) -> str:
    return f"{variant}\n({PAPERS[variant]})" if variant in PAPERS else variant
