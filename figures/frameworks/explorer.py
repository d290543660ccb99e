"""The explorer of the frameworks' benchmark: choose what was measured and under which condition."""

from collections.abc import Sequence

import ipywidgets
import matplotlib.pyplot as plt

from course.shared.widgets import Explorer
from figures.frameworks.plots import plot_quantity, quantities
from figures.lab.results import Row


def framework_explorer(rows: Sequence[Row]) -> Explorer:
    """Show what was measured of each contender, and NumPy's ratios to the others.  Nothing is timed.

    Args: rows: of the study `frameworks`.
    """
    found = quantities(rows)
    first = next(iter(found))
    quantity = _dropdown("quantity", list(found), first)
    condition = _dropdown("condition", list(found[first].found), None)

    def draw(condition: str) -> None:
        plot_quantity(found[quantity.value], condition)
        plt.show()

    def offer_conditions(change) -> None:
        """Offer the quantity's conditions, and draw the first."""
        condition.options = list(found[change.new].found)

    quantity.observe(offer_conditions, "value")
    picture = ipywidgets.interactive_output(draw, {"condition": condition})
    picture.layout.height = "330px"  # so that nothing jumps while the picture is redrawn
    return Explorer([ipywidgets.HBox([quantity, condition]), picture])


def _dropdown(name: str, options: Sequence[str], value: str | None) -> ipywidgets.Dropdown:
    layout, style = ipywidgets.Layout(width="26em"), {"description_width": "5.5em"}
    value = options[0] if value is None else value
    return ipywidgets.Dropdown(options=options, value=value, description=name, layout=layout, style=style)
