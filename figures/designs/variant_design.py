"""Variants as a design: what reading both ways, dropout, the cell and attention are worth.

Question: is a bidirectional LSTM with dropout the best variant, as the report says, once each variant has the
rate that suits it and is trained to its plateau?

Design: that variant, and four that differ from it in one thing: one direction, no dropout, a GRU, no
attention.  An encoder of one direction has 64 units, one of two has 32 each way, so the decoder reads vectors
of one width.

Budget: 5 seeds a variant; each rate is one of four.  Other designs share most of these trainings.

What would change our mind: another variant ahead of it, or an interval that includes zero.
"""

from figures.lab.design import ADAM_RATES, SETTING, Design, Variant, collect_all, draw_all
from figures.lab.drawing import save
from figures.lab.runner import RowsOf, perform
from figures.lab.setting import StudyOptions

BEST = "BiLSTM + dropout"  # says the report
ONE_WAY = "LSTM + dropout"
CHANGES = {
    BEST: {},
    "BiLSTM": {"dropout": 0.0},
    ONE_WAY: {"bidirectional": False, "encoder_size": SETTING.hidden_size},
    "BiGRU + dropout": {"cell": "gru"},
    "BiLSTM + dropout, no attention": {"attention": "none"},
}
QUICK = (BEST, ONE_WAY)


def designs(options: StudyOptions) -> dict[str, Design]:
    """Return the one design; some of its variants in a quick run."""
    names = QUICK if options.quick else CHANGES
    return {"variants": Design({name: Variant(CHANGES[name], ADAM_RATES) for name in names})}


def run(options: StudyOptions, rows_of: RowsOf = perform) -> None:
    """Run what is missing, and draw.  Args: rows_of: see `collect`."""
    found = collect_all(designs(options), options, rows_of)
    save(draw_all(found, height=5), options.figures, "fig3_variants")
