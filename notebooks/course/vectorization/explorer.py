"""The cost explorer: choose a size and a stage, see what its pass costs, and by which formulas."""

import ipywidgets

from course.shared.widgets import Explorer, build_explorer
from course.vectorization.costs import (
    FLOAT_BYTES,
    STAGES,
    VALUE_BYTES,
    Rates,
    Size,
    Stage,
    cost,
    predicted_seconds,
)
from course.vectorization.plots import plot_costs

BATCHES = (2, 8, 16, 32, 64, 128, 256)
STEPS = (2, 5, 10, 12, 20, 50, 100)
WIDTHS = (8, 16, 32, 64, 128, 256, 512)


def cost_explorer(rates: Rates) -> Explorer:
    """Build the explorer of batch size, steps, width (E = H) and stage, which times nothing: all is formulas.

    Args: rates: the machine's, for the predicted share of the products.
    """
    style = {"description_width": "4.5em"}
    layout = ipywidgets.Layout(width="19em")
    look = {"continuous_update": False, "layout": layout, "style": style}
    stages = [(stage.title, name) for name, stage in STAGES.items()]
    controls = {
        "B": ipywidgets.SelectionSlider(options=BATCHES, value=64, description="batch B", **look),
        "T": ipywidgets.SelectionSlider(options=STEPS, value=12, description="steps T", **look),
        "H": ipywidgets.SelectionSlider(options=WIDTHS, value=128, description="E = H", **look),
        "stage": ipywidgets.Dropdown(
            options=stages, value="gradients_last", description="stage", style=style
        ),
    }
    formulas = ipywidgets.HTML()

    def draw(B: int, T: int, H: int, stage: str) -> None:
        size = Size(B, T, H, H)
        formulas.value = formulas_html(STAGES[stage], size, rates)
        plot_costs(size, rates, stage)

    return build_explorer(draw, controls, [("B", "T", "H"), "stage"], 310, below=[formulas])


def formulas_html(stage: Stage, size: Size, rates: Rates) -> str:
    """Return each formula with the numbers of one stage at one size."""
    B, T, _, H = size
    found = cost(stage, size)
    products, rest = predicted_seconds(found, rates)
    values = [
        (stage.unit, "B T H"),
        (stage.entry, "B T E"),
        (stage.weight, "T 4H (E + H + 1)"),
        (stage.square, "4 H²"),
    ]
    terms = " + ".join(f"{factor} · {term}" if factor > 1 else term for factor, term in values if factor)
    lines = [
        f"operations = 24 B T H (E + H) = 24 · {B} · {T} · {H} · {2 * H} = {found.operations:,}",
        f"NumPy calls = {stage.once} + {stage.step} T = {found.calls:,}; matrix products: {found.products:,}",
        f"entries written one by one = {terms} = {found.values:,}",
        f"bytes = {FLOAT_BYTES} · {found.operands:,} entries of products' factors and results "
        f"+ {VALUE_BYTES} · {found.values:,} = {found.bytes:,}",
        f"predicted share = products / (products + rest) = {products * 1e3:.3g} / "
        f"({products * 1e3:.3g} + {rest * 1e3:.3g}) = {products / (products + rest):.0%}",
    ]
    return f"<b>{stage.title}</b><br>" + "<br>".join(lines)
