"""The costs of a pass: formulas, the rates of a machine, and their pictures.

That the formulas tell what the stages do is tested in tests/figures/test_stages.py.
"""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course.vectorization.costs import (
    ROUND_RATES,
    STAGES,
    Product,
    Rates,
    Size,
    cost,
    fit_rates,
    predicted_seconds,
    predicted_share,
    products,
)
from course.vectorization.explorer import cost_explorer, formulas_html
from course.vectorization.plots import plot_costs, plot_parts, plot_roofline

SIZES = [Size(4, 5, 8, 8), Size(32, 10, 64, 64), Size(64, 20, 256, 256)]


def rows_by(rates: Rates) -> list[dict]:
    """Rows of a machine that keeps exactly to its rates."""
    rows = []
    for size in SIZES:
        metrics = {"loops": {"calls": 0, "pass_seconds": [9.0], "product_seconds": [0.0]}}
        for name, stage in STAGES.items():
            found = cost(stage, size)
            alone, rest = predicted_seconds(found, rates)
            metrics[name] = {"pass_seconds": [alone + rest], "product_seconds": [alone], **found._asdict()}
        configuration = {"batch": size.B, "steps": size.T, "width": size.H}
        rows.append({"variant": str(size.H), "configuration": configuration, "metrics": metrics})
    return rows


# Formulas


def test_a_product_by_hand():
    product = Product(2, 3, 4, times=5)  # 2 * 4 entries, each of 3 multiplications and additions
    assert product.operations == 5 * (2 * 3 * 8)
    assert product.operands == 5 * (6 + 12 + 8)
    assert product.intensity == pytest.approx(product.operations / (4 * product.operands))


@pytest.mark.parametrize("size", SIZES)
def test_all_stages_multiply_the_same(size):
    wanted = 24 * size.B * size.T * size.H * (size.E + size.H)
    assert {cost(stage, size).operations for stage in STAGES.values()} == {wanted}
    numbers = [cost(stage, size).products for stage in STAGES.values()]
    assert numbers == sorted(numbers, reverse=True)


def test_only_what_depends_on_the_step_before_stays_a_product_a_step():
    size = Size(3, 7, 5, 2)
    assert [product.times for product in products(STAGES["side_by_side"], size)] == 6 * [7]
    assert [product.times for product in products(STAGES["buffers"], size)] == [1, 7, 1, 7, 1, 1]


def test_a_larger_product_does_more_with_each_byte():
    intensities = [Product(rows, 64, 256).intensity for rows in (1, 32, 320, 10**9)]
    assert intensities == sorted(intensities)
    assert intensities[0] < 0.5
    assert intensities[-1] == pytest.approx(2 * 64 * 256 / (4 * (64 + 256)), rel=1e-6)


# Rates


def test_rates_are_found_again_from_what_they_predict():
    rates = Rates(2e-11, 3e-10, 4e-6, 5e-10, 6e-7)
    np.testing.assert_allclose(fit_rates(rows_by(rates)), rates, rtol=1e-6)


def test_a_share_is_that_of_the_products():
    size, stage = SIZES[1], STAGES["buffers"]
    found = cost(stage, size)
    assert predicted_share(found, Rates(1.0, 0.0, 0.0, 0.0, 0.0)) == 1.0
    assert predicted_share(found, Rates(0.0, 0.0, 1.0, 0.0, 1.0)) == found.products / found.calls
    assert 0 < predicted_share(found, ROUND_RATES) < 1


# Pictures


def numbers_of_bars(group: int) -> np.ndarray:
    """What the bars of one group in the present figure say, by their lengths, as shares of the longest."""
    widths = [bar.get_width() for bar in plt.gca().patches]
    widths = np.reshape(widths, (4, len(STAGES)))[group]
    return widths / widths.max()


@pytest.mark.parametrize("chosen", STAGES)
def test_the_costs_are_bars_with_their_numbers_and_the_chosen_one_stands_out(chosen):
    size = SIZES[1]
    ax = plot_costs(size, ROUND_RATES, chosen)
    costs = [cost(stage, size) for stage in STAGES.values()]
    shares = [100 * predicted_share(found, ROUND_RATES) for found in costs]
    groups = [[c.products for c in costs], [c.calls for c in costs], [c.bytes / 1e6 for c in costs], shares]
    for group, numbers in enumerate(groups):
        np.testing.assert_allclose(numbers_of_bars(group), np.array(numbers) / max(numbers))
    told = [float(text.get_text().replace(",", "")) for text in ax.texts]
    np.testing.assert_allclose(told, np.concatenate(groups), rtol=5e-3)
    bold = [text.get_fontweight() == "bold" for text in ax.texts]
    assert bold == 4 * [name == chosen for name in STAGES]


def test_the_roof_bends_where_the_machine_balances():
    ax = plot_roofline(6e10, 2e10, {"a product": (20.0, 5e10), "a sum": (1 / 12, 1e9)})
    roof, balance, product, _ = ax.lines
    assert roof.get_xdata()[1] == balance.get_xdata()[0] == 3.0
    assert roof.get_ydata()[0] == pytest.approx(2e10 * roof.get_xdata()[0])
    assert list(roof.get_ydata()[1:]) == [6e10, 6e10]
    assert (product.get_xdata()[0], product.get_ydata()[0]) == (20.0, 5e10)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a product", "a sum"]
    assert plot_roofline(6e10, 2e10).get_legend() is None
    plt.close("all")


def test_the_parts_of_a_step_fill_its_bar():
    ax = plot_parts({"S": {"products": 1.0, "rest": 3.0}, "L": {"products": 3.0, "rest": 1.0}})
    assert [bar.get_width() for bar in ax.patches] == [25, 75, 75, 25]
    assert [bar.get_x() for bar in ax.patches] == [0, 0, 25, 75]
    plt.close("all")


def test_the_formulas_come_with_their_numbers():
    size = Size(2, 3, 4, 4)
    told = formulas_html(STAGES["textbook"], size, ROUND_RATES)
    assert "24 · 2 · 3 · 4 · 8 = 4,608" in told
    assert "1 + 97 T = 292; matrix products: 72" in told
    assert "58 · B T H + 4 · B T E + T 4H (E + H + 1) =" in told
    assert f"{predicted_share(cost(STAGES['textbook'], size), ROUND_RATES):.0%}" in told


def test_the_explorer_draws_again_when_a_control_moves(record):
    drawn = record(lambda figure: numbers_of_bars(1))
    explorer = cost_explorer(ROUND_RATES)
    sizes, stage, _, formulas = explorer.children
    batch, steps, width = sizes.children
    steps.value = 50
    stage.value = "textbook"
    assert "1 textbook steps" in formulas.value and "97 T" in formulas.value
    batch.value, width.value = 2, 8
    first = [cost(stage, Size(64, 12, 128, 128)).calls for stage in STAGES.values()]
    last = [cost(stage, Size(2, 50, 8, 8)).calls for stage in STAGES.values()]
    np.testing.assert_allclose(drawn[0], np.array(first) / max(first))
    np.testing.assert_allclose(drawn[-1], np.array(last) / max(last))
    assert len(drawn) == 5
    assert "JupyterLab" in repr(explorer)
