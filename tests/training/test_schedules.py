import json
import math

import pytest

from lstm_lib.training import SCHEDULES
from lstm_lib.training.schedules import Constant, Cosine, Exponential, InverseSqrt, ReduceOnPlateau, StepDecay


def rates(schedule, *steps):
    return pytest.approx([schedule(step) for step in steps], rel=1e-12)


def test_constant_stays_step_decay_falls_at_once_and_exponential_smoothly():
    assert rates(Constant(0.5), 0, 1, 10**6) == [0.5, 0.5, 0.5]
    assert rates(StepDecay(1.0, decay=0.1, decay_steps=10), 0, 9, 10, 19, 20) == [1, 1, 0.1, 0.1, 0.01]
    assert rates(Exponential(1.0, decay=0.25, decay_steps=10), 0, 5, 10, 20) == [1, 0.5, 0.25, 0.0625]


def test_cosine_ends_where_it_should_and_stays():
    schedule = Cosine(2.0, total_steps=100, final_share=0.1)
    quarter = 0.1 + 0.9 * (1 + math.cos(math.pi / 4)) / 2
    assert rates(schedule, 0, 25, 50, 100, 500) == [2, 2 * quarter, 1.1, 0.2, 0.2]
    after_warm_up = Cosine(1.0, warmup_steps=10, total_steps=100)
    assert after_warm_up(99) > 0
    assert after_warm_up(100) == pytest.approx(0, abs=1e-12)


def test_inverse_sqrt_is_the_formula_of_vaswani():
    warmup, peak = 4000, 512**-0.5 * 4000**-0.5
    schedule = InverseSqrt(peak, warmup_steps=warmup)
    for step in (0, 1, 3998, 3999, 4000, 16000, 100_000):
        t = step + 1  # their steps are counted from 1
        assert schedule(step) == pytest.approx(512**-0.5 * min(t**-0.5, t * warmup**-1.5), rel=1e-12)


@pytest.mark.parametrize("name", SCHEDULES)
def test_warm_up_climbs_in_a_straight_line_to_the_peak(name):
    schedule = SCHEDULES[name](0.8, warmup_steps=4)
    assert rates(schedule, 0, 1, 2, 3) == [0.2, 0.4, 0.6, 0.8]
    assert schedule(4) <= 0.8
    assert SCHEDULES[name](0.8, warmup_steps=0)(0) == 0.8


def test_plateau_waits_for_its_patience_and_forgets_after_a_new_best():
    schedule = ReduceOnPlateau(1.0, decay=0.5, patience=2)
    seen = []
    for score in (10, 9, 11, 11, 10, 12, 3, 3, 3, 3):
        schedule.observe(score)
        seen.append(schedule(0))
    assert seen == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125]


@pytest.mark.parametrize("name", SCHEDULES)
def test_state_goes_through_json(name):
    schedule, resumed = SCHEDULES[name](0.3), SCHEDULES[name](0.3)
    for score in (5.0, 4.0, 3.0):
        schedule.observe(score)
    resumed.state = json.loads(json.dumps(schedule.state))
    for each in (schedule, resumed):
        each.observe(2.0)
    assert [schedule(step) for step in range(9)] == [resumed(step) for step in range(9)]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [*(((rate,), "learning_rate") for rate in (0, -1, math.inf, math.nan)), ((0.1, -1), "warmup_steps")],
)
def test_useless_arguments_are_refused(arguments, name):
    with pytest.raises(ValueError, match=f"^{name} is .*; wanted .*(more than|at least) 0$"):
        Constant(*arguments)
