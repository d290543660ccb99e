"""GRU against LSTM as a design: per update, per second and at the plateau, of equal width and of equal size.

Question: does a GRU learn faster, and does it translate as well, once each has the rate that suits it?

Design: an LSTM, a GRU as wide, and a GRU with as many parameters, at three widths.

Budget: 5 seeds a variant; each rate is one of four.  Seconds per update come from the study "gru", which
times both in turn on a quiet machine; seconds of these runs mean nothing, as they share a machine.

What would change our mind: a difference of the same sign at all three widths, in BLEU at the plateau or after
three epochs, whose intervals leave out zero.
"""

from figures.lab.design import ADAM_RATES, Design, Variant, collect_all, draw_all
from figures.lab.drawing import save
from figures.lab.runner import RowsOf, perform
from figures.lab.setting import StudyOptions

WIDTHS = {32: 38, 64: 76, 128: 150}  # of the LSTM, and of the GRU with nearly as many parameters in all
QUICK_WIDTHS = {8: 10}


def designs(options: StudyOptions) -> dict[str, Design]:
    """Return a design for each width of the LSTM, the default one first."""
    widths = QUICK_WIDTHS if options.quick else {64: WIDTHS[64], **WIDTHS}
    return {
        f"as wide as an LSTM of {width}": Design(
            {
                f"LSTM {width}": _variant("lstm", width),
                f"GRU {width}": _variant("gru", width),
                f"GRU {matched}, as many parameters": _variant("gru", matched),
            }
        )
        for width, matched in widths.items()
    }


def _variant(cell: str, width: int) -> Variant:
    return Variant({"cell": cell, "hidden_size": width, "encoder_size": width // 2}, ADAM_RATES)


def run(options: StudyOptions, rows_of: RowsOf = perform) -> None:
    """Run what is missing, one section after the other, and draw.  Args: rows_of: see `collect`."""
    found = collect_all(designs(options), options, rows_of)
    save(draw_all(found, height=4.5), options.figures, "cell_design")
