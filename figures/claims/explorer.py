"""The claim explorer: choose a claim of the report, and see what was measured."""

import html

import ipywidgets
import matplotlib.pyplot as plt

from course.shared.widgets import Explorer
from figures.claims.plots import plot_claim
from figures.claims.tables import sentence
from figures.claims.verdict import Ledger


class ClaimExplorer(Explorer):
    """A choice above a sentence and a picture."""

    def __repr__(self) -> str:  # what a page without a kernel shows in a widget's place
        return "A widget: run this notebook in JupyterLab to choose a claim."


def claim_explorer(found: Ledger) -> ClaimExplorer:
    """Show a chosen claim: its readings with their intervals against the claimed range, and the verdict.

    Args: found: the ledger, one claim or more.
    """
    claims = list(found)
    choice = ipywidgets.Dropdown(
        options=[(claim.text, place) for place, claim in enumerate(claims)],
        description="claim",
        layout=ipywidgets.Layout(width="46em", max_width="95%"),
    )
    answer = ipywidgets.HTML()

    def draw(place: int) -> None:
        claim = claims[place]
        readings = found[claim]
        tests = ", ".join(dict.fromkeys(reading.test for reading in readings))
        lines = [f"<b>{html.escape(claim.verdict(readings))}</b>", html.escape(sentence(claim, readings))]
        answer.value = "<br>".join([*lines, f"How: {html.escape(tests)}."] if tests else lines)
        plot_claim(claim, readings)
        plt.show()

    picture = ipywidgets.interactive_output(draw, {"place": choice})
    picture.layout.min_height = "430px"  # no jump while the old picture gives way to the new one
    return ClaimExplorer([choice, answer, picture])
