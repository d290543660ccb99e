"""figures/SCALE.md: what it extrapolates follows the fits."""

from dataclasses import replace

import pytest

from figures import scaling
from figures.frameworks import scale_page
from figures.frameworks.benchmark.contenders import NUMPY
from figures.frameworks.exchange import worked_example
from figures.lab.results import path_of, read_rows
from figures.lab.setting import RESULTS, StudyOptions


def grown(plan, seconds, peak=lambda size: 1e6):
    """Rows of a machine whose costs are known."""
    units = scaling.GROWTH.units(plan)
    return [
        {
            "measure": "benchmark.growth",
            "configuration": {"contender": NUMPY, **unit},
            "metrics": {"seconds": [seconds(scaling.Size.of(unit))] * 2, "peak_bytes": peak(unit)},
        }
        for unit in units
    ]


def test_an_epochs_end_follows_the_exponent():
    """A step of 0.3 ms a sentence at width 128, by the square of the width: 100,000 pairs take 30 s."""
    plan = replace(scaling.FULL, curves={"batch_size": (32, 64, 128), "width": (64, 128, 256, 512)})
    rows = grown(plan, lambda size: 3e-4 * size.batch_size * (size.width / 128) ** 2)
    lines = scale_page.patience(rows, plan).splitlines()
    assert lines[2] == "| batch size (sentences) | 128 | 0 | no size |"
    # At 512 it is 16 x 30 s, 8 minutes; 60 minutes are sqrt(7.5) times the width, or more by what is allowed.
    allowed = scaling.read_curves(rows, plan)["width"].allowed(scaling.TIME_PARTS)
    ends = [scaling.rounded(512 * 7.5 ** (1 / k)) for k in (2, allowed)]
    assert ends[0] < ends[1]
    assert lines[3] == f"| width (E = H) | 512 | 8 | {ends[0]:,} to {ends[1]:,} |"


def test_the_answer_is_the_smaller_end():
    plan = replace(scaling.FULL, curves={"steps": (12, 24, 48, 96), "width": (64, 128, 256, 512)})
    rows = grown(plan, lambda size: 0.01 * size.steps * (size.width / 128) ** 2)
    rows = [row | {"machine": {"processor": "This one"}} for row in rows]
    curves = scaling.read_curves(rows, plan)
    hours = [
        scaling.rounded(min(scale_page.ends_of(name, curves[name], scale_page.minutes_of(curves[name]))))
        for name in ("width", "steps")
    ]
    assert scale_page.answer(rows, plan) == (
        "All else at size M, one core (This one): an epoch of 100,000 pairs takes 60 minutes at "
        f"a width of {hours[0]:,} or sentences of {hours[1]:,} tokens."
    )


def test_time_ends_before_memory_as_the_page_says():
    rows = read_rows(path_of("scaling", RESULTS))
    reaches = scaling.read_reach(rows)
    for quantity, curve in scaling.read_curves(rows, scaling.FULL).items():
        minutes = scale_page.minutes_of(curve)
        ends = scale_page.ends_of(quantity, curve, minutes)
        assert bool(ends) == (quantity != "batch_size")
        assert all(max(curve.x) < end < min(reaches[quantity].end(scaling.BUDGET)) for end in ends[:1])


def test_what_is_not_measured_is_said():
    told = scale_page.processes([], [])
    assert "one process and in two: not measured yet; `python -m lstm_lib study scaling`" in told
    assert scale_page.tables()["scale-frameworks"]().count("Measured on") >= 1


def test_memory_of_processes_stands_beside_the_leanest():
    def row(name, **metrics):
        about = {"contender": name, "size": "M"}
        return {"measure": "benchmark.memory", "configuration": about, "metrics": metrics}

    rows = [
        row(NUMPY, peak_bytes=[20e6, 22e6, 24e6], one_process_bytes=[9e6, 10e6, 11e6]),
        row("jax", peak_bytes=[50e6] * 3),
        row("pytorch", peak_bytes=[40e6] * 3),
    ]
    assert "| M | 10 | 22 | 40 |" in scale_page.processes([], rows)
    assert "| M | 10 | 22 | – |" in scale_page.processes([], rows[:1])


def test_the_example_is_whole_and_lost_no_bit():
    plan = worked_example.plan(StudyOptions())
    rows = worked_example.stored(worked_example.FILE, plan, StudyOptions())
    assert len(rows) == len(plan) == worked_example.SEEDS
    for row in rows:
        metrics = row["metrics"]
        assert metrics["same_bits"] is True
        assert metrics["scores"]["untouched"] == metrics["scores"]["trained"]
        assert metrics["scores"]["pytorch"]["perplexity"] < metrics["scores"]["trained"]["perplexity"]


@pytest.mark.parametrize("stage", worked_example.STAGES)
def test_each_stage_has_its_line(stage):
    scores = {name: {"bleu": 10.0, "perplexity": 2.0} for name in worked_example.STAGES}
    scores[stage] = {"bleu": 77.77, "perplexity": 1.2345}
    text = worked_example.table([{"seed": 3, "metrics": {"scores": scores}}])
    (line,) = (line for line in text.splitlines() if "77.8, 1.234" in line)
    assert line.startswith(f"| {worked_example.STAGES[stage].split(',')[0].split('{')[0].strip()}")
    assert "| seed 3 |" in text
