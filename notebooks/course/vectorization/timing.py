"""How long a call computes, even where the clock is coarse."""

import os
import time
import timeit
from collections.abc import Callable

# Other programs don't count in process_time.  On Windows it ticks 64 times a second, too seldom for us.
CLOCK = time.perf_counter if os.name == "nt" else time.process_time
# A browser's clock ticks only every 0.1 ms, so that a short call may seem to take no time at all.
SHORTEST = 2e-3


def seconds(function: Callable[[], object], repeat: int = 20) -> float:
    """Return the computing time of a call: the fastest of several runs, since the others were disturbed.

    Args: function: without arguments; repeat: how many runs.  A run makes as many calls as the clock needs.
    """
    timer, calls = timeit.Timer(function, timer=CLOCK), 1
    while (first := timer.timeit(calls)) < SHORTEST:
        calls *= 2
    return min([first, *timer.repeat(repeat - 1, calls)]) / calls
