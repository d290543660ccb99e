"""The study of scaling: exponents, what the equations allow, rows, table and figure."""

import numpy as np
import pytest

from figures import scaling
from figures.lab.results import path_of, read_rows
from figures.lab.setting import StudyOptions
from figures.scaling import FULL, GROWTH, MEMORY_PARTS, QUICK, TIME_PARTS, Curve, exponent


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scaling")
    scaling.run(StudyOptions(quick=True, results=folder, figures=folder))
    assert (folder / "scaling.png").stat().st_size and (folder / "scaling.pdf").stat().st_size
    return read_rows(path_of("scaling", folder))


def test_exponent_is_that_of_the_upper_half():
    x = (1, 2, 4, 8, 16, 32)
    y = np.array([100.0, 100.0, 100.0, *(3.0 * value**1.5 for value in x[3:])])
    assert exponent(x, y) == pytest.approx(1.5)


def test_allowed_is_the_largest_exponent_of_the_parts():
    def curve(quantity):
        x = FULL.curves[quantity]
        return Curve(x, FULL.sizes(quantity), np.ones((1, len(x))), np.ones(len(x)))

    assert curve("batch_size").allowed(TIME_PARTS) == pytest.approx(1.0)
    assert 1.0 < curve("steps").allowed(TIME_PARTS) < 2.0  # attention grows with the square
    assert 1.5 < curve("width").allowed(TIME_PARTS) < 2.0  # some matrices have it as one side, some as both
    assert curve("width").allowed(MEMORY_PARTS) < curve("width").allowed(TIME_PARTS)
    assert 0.5 < curve("vocabulary").allowed(TIME_PARTS) < 1.0


def test_a_size_that_curves_share_is_measured_once(rows):
    units = GROWTH.units(QUICK)
    assert (
        len(rows) == len(units) == len({str(unit) for unit in units}) < sum(map(len, QUICK.curves.values()))
    )


def test_rows_hold_every_round_and_a_peak_that_grows(rows):
    curves = scaling.read_curves(rows, QUICK)
    assert list(curves) == list(QUICK.curves)
    for quantity, curve in curves.items():
        assert curve.seconds.shape == (QUICK.rounds, len(curve.x)) and (curve.seconds > 0).all()
        assert (np.diff(curve.peak_bytes) > 0).all(), quantity
        assert curve.memory_exponent <= curve.allowed(MEMORY_PARTS)


def test_table_and_figure_show_the_rows(rows):
    text = scaling.table(rows, QUICK)
    curve = scaling.read_curves(rows, QUICK)["width"]
    assert f"| width (E = H) | 4 to 16 | {curve.time_exponent} |" in text
    axes = scaling.draw(rows, QUICK).axes
    assert len(axes) == 2 * len(QUICK.curves)
    below = axes[len(QUICK.curves) + list(QUICK.curves).index("width")]
    np.testing.assert_allclose(below.get_lines()[0].get_ydata(), curve.peak_bytes / 1e6)
