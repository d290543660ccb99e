"""The report's claims about LSTM and GRU, and about what activations leave of a gradient."""

import math

from figures import fig1_activations as activations
from figures import fig7_gru as gru
from figures.claims.evidence import EARLY, counted, early_bleu, mean, paired_difference
from figures.claims.verdict import Claim, Range, Reading
from figures.designs import cell_design
from figures.lab.design import collect
from figures.lab.drawing import by_variant
from figures.lab.results import Row
from figures.lab.runner import stored
from figures.lab.setting import StudyOptions

VANISHED = -6.0  # a millionth of what there was, as a power of ten


def fewer_parameters(options: StudyOptions) -> list[Reading]:
    """Read by how much a GRU has fewer parameters, in the cells alone and in the whole translator."""
    rows = stored("gru", gru.timings(options), options)
    if not rows:
        return []
    metrics = gru.of_study_size(rows)["metrics"]
    counts = {"the cells alone": "recurrent_parameters", "the whole translator": "parameters"}
    return [
        counted(where, 100 * (1 - metrics[count]["gru"] / metrics[count]["lstm"]))
        for where, count in counts.items()
    ]


def less_time(options: StudyOptions) -> list[Reading]:
    """Read by how much an update of a GRU translator takes less time."""
    rows = stored("gru", gru.timings(options), options)
    return [
        mean(name, [100 * (1 - row["metrics"]["ratio"]) for row in found])
        for name, found in by_variant(rows).items()
    ]


def early_lead(options: StudyOptions) -> list[Reading]:
    """Read development BLEU after a few epochs, a GRU's minus an LSTM's, each at its own learning rate."""
    readings = []
    for design in cell_design.designs(options).values():
        lstm, *grus = design.variants
        found = collect(design, options, stored).by_variant
        for name in grus:
            readings += paired_difference(name, found.get(name, []), found.get(lstm, []), early_bleu)
    return readings


def gradient_left(options: StudyOptions, functions: tuple[str, ...]) -> list[Reading]:
    """Read log10 of what the longest time lag leaves of the gradient, by layer and activation."""
    rows = stored("activations", activations.gradients(options), options)
    found: list[Reading] = []
    for cell in activations.LAYERS:
        of_cell = by_variant(row for row in rows if row["configuration"].get("cell") == cell)
        found += [
            mean(f"{cell.upper()} with {name}", [_powers(row) for row in of_cell[name]])
            for name in functions
            if name in of_cell
        ]
    return found


def _powers(row: Row) -> float:
    norms = row["metrics"]["norms"]
    return math.log10(max(norms[-1], activations.FLOOR) / norms[0])


CLAIMS = (
    Claim(
        "a GRU has about 25% fewer parameters",
        "gru",
        "fewer parameters than the LSTM's (%)",
        Range(20.0, 30.0),
        "what is counted",
        fewer_parameters,
    ),
    Claim(
        "a GRU trains about 15% faster per batch",
        "gru",
        "less time per update than the LSTM's (%)",
        Range(10.0, 20.0),
        "the size",
        less_time,
    ),
    Claim(
        "a GRU converges faster early",
        "cell-design",
        f"development BLEU after {EARLY} epochs, GRU's minus LSTM's",
        Range(low=0.0, is_open=True),
        "the width",
        early_lead,
    ),
    Claim(
        "sigmoid's gradients vanish",
        "activations",
        "power of ten of the gradient left after 49 steps",
        Range(high=VANISHED),
        "the layer",
        lambda options: gradient_left(options, ("sigmoid",)),
    ),
    Claim(
        "tanh's and ReLU's gradients do not vanish",
        "activations",
        "power of ten of the gradient left after 49 steps",
        Range(low=VANISHED),
        "layer and function",
        lambda options: gradient_left(options, ("tanh", "ReLU")),
    ),
)
