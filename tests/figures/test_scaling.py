"""The study of scaling: exponents, what the equations allow, rows, table and figure."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from figures import scaling
from figures.frameworks.benchmark.readings import ratios, units_of
from figures.lab.results import path_of, read_rows
from figures.lab.setting import StudyOptions
from figures.scaling import FULL, GROWTH, MEMORY_PARTS, QUICK, TIME_PARTS, Curve, Reach, exponent


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
    grown = [row for row in rows if row["measure"] == "benchmark.growth"]
    assert (
        len(grown) == len(units) == len({str(unit) for unit in units}) < sum(map(len, QUICK.curves.values()))
    )


def test_every_measure_has_its_rows(rows):
    wanted = {f"benchmark.{each.name}": len(each.units(QUICK)) for each in scaling.MEASURES}
    assert Counter(row["measure"] for row in rows) == wanted


def test_far_points_say_whether_the_near_ones_predicted_them():
    x, near = (4, 8, 16, 32, 64, 128), 4
    sizes = [replace(FULL.base, batch_size=value) for value in x]
    straight = Reach(x, sizes, np.array([7.0 * value for value in x]), near)
    assert straight.predicted == pytest.approx(straight.peak_bytes[-1])
    assert straight.far_exponent == pytest.approx(1) == straight.allowed  # of the batch
    assert straight.end(7.0 * 256) == pytest.approx((256, 256))
    bent = Reach(x, sizes, np.array([1.0, 1, 2, 2, 2, 2 * np.sqrt(2)]), near)
    assert bent.predicted == pytest.approx(2) and bent.far_exponent == pytest.approx(0.5)
    assert bent.end(4 * np.sqrt(2)) == pytest.approx((256, 512))  # twice the memory


def test_memory_ends_beyond_the_farthest_point(rows):
    found = scaling.read_reach(rows, QUICK)
    assert list(found) == list(QUICK.curves)
    for quantity, reach in found.items():
        assert reach.x == (*QUICK.curves[quantity], *QUICK.far[quantity])
        assert (np.diff(reach.peak_bytes) > 0).all()
        assert reach.x[-1] < min(reach.end(2 * reach.peak_bytes[-1]))
        assert f"| {reach.peak_bytes[-1] / 1e6:,.0f} |" in scaling.far_table(rows, QUICK)
    assert scaling.far_table([row for row in rows if row["measure"] != "benchmark.far"], QUICK) == ""


def test_one_process_and_two_are_timed_in_turn(rows):
    ((unit, cost),) = units_of(rows, "shared")
    assert unit["processes"] == [1, 2]
    seconds = cost["numpy"]["seconds"]
    assert {name: len(found) for name, found in seconds.items()} == {"1": QUICK.rounds, "2": QUICK.rounds}
    text = scaling.shared_table(rows)
    assert text.startswith("| training step | 1 process, ms | 2 processes, ms | times as fast |")
    assert str(ratios(seconds["1"], seconds["2"])) in text
    assert scaling.shared_table([]) == ""


def test_a_curve_is_of_one_processor(rows):
    whole = [row | {"machine": row["machine"] | {"processor": "Whole"}} for row in rows]
    part = {"machine": {"processor": "Part"}, "metrics": {"seconds": [9.0] * 2, "peak_bytes": 9}}
    other = [row | part for row in rows[:2]]
    assert {row["measure"] for row in other} == {"benchmark.growth"}
    wanted = scaling.read_curves(rows, QUICK)
    for mixed in (whole + other, other + whole):
        for quantity, curve in scaling.read_curves(mixed, QUICK).items():
            np.testing.assert_array_equal(curve.seconds, wanted[quantity].seconds)


@pytest.mark.parametrize(("value", "shown"), [(1234.5, 1200), (98765.0, 99000), (55.4, 55), (7.6, 8)])
def test_an_extrapolation_has_two_digits(value, shown):
    assert scaling.rounded(value) == shown


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
    beside = axes[2 * list(QUICK.curves).index("width") + 1]
    np.testing.assert_allclose(beside.get_lines()[0].get_ydata(), curve.peak_bytes / 1e6)
