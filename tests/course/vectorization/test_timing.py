"""The computing time of a call, by a clock that a test turns."""

import pytest

from course.vectorization import timing
from course.vectorization.timing import seconds

TICK = 1e-4  # of a browser's clock, in seconds


class Computer:
    """Its calls take known times.  Args: takes: of each call in turn; the last one of all others, too."""

    def __init__(self, *takes: float):
        self._takes, self.now, self.calls = list(takes), 0.0, 0

    def clock(self) -> float:
        return self.now // TICK * TICK

    def call(self) -> None:
        self.calls += 1
        self.now += self._takes.pop(0) if len(self._takes) > 1 else self._takes[0]


@pytest.fixture
def seconds_of(monkeypatch):
    def measure(computer: Computer, **options: int) -> float:
        monkeypatch.setattr(timing, "CLOCK", computer.clock)
        return seconds(computer.call, **options)

    return measure


@pytest.mark.parametrize("takes", [3e-7, 1e-5, 7e-4, 0.3])
def test_a_coarse_clock_measures_calls_shorter_than_its_tick(seconds_of, takes):
    assert seconds_of(Computer(takes)) == pytest.approx(takes, rel=0.06)


def test_a_long_call_is_made_as_often_as_asked(seconds_of):
    for repeat in (1, 5):
        computer = Computer(0.3)
        seconds_of(computer, repeat=repeat)
        assert computer.calls == repeat


def test_the_fastest_run_counts_wherever_it_comes(seconds_of):
    assert seconds_of(Computer(0.1, 0.3), repeat=4) == pytest.approx(0.1, rel=0.01)
    assert seconds_of(Computer(0.3, 0.1), repeat=4) == pytest.approx(0.1, rel=0.01)
