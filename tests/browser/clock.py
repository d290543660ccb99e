"""What the programs behind a page spend on a move: processor time, and time in the queue for a core."""

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

Schedule = dict[tuple[int, str], tuple[int, int]]


class Spent(NamedTuple):
    """Seconds."""

    processor: float  # that the kernel computed
    queued: float  # that browser, server and kernel could have gone on, had a core been free


class Clock:
    """Shows what has been spent since it was made.

    The queue is known on Linux alone; elsewhere nothing is found to have waited.

    Args: kernel: its process; None where it runs in the browser.
    """

    def __init__(self, kernel: psutil.Process | None):
        self._kernel = kernel
        self._start, self._before = self._processor_time(), schedule()

    def read(self) -> Spent:
        """What has been spent; a move goes from program to program, so what each waited adds up."""
        busiest: dict[int, tuple[int, int]] = {}  # of a program's threads, the one that ran longest
        for key, now in schedule().items():
            before = self._before.get(key, now)  # threads come and go
            spent = now[0] - before[0], now[1] - before[1]
            busiest[key[0]] = max(spent, busiest.get(key[0], spent))
        queued = sum(queued for _, queued in busiest.values())
        return Spent(self._processor_time() - self._start, queued / 1e9)

    def _processor_time(self) -> float:
        if self._kernel is None:
            return 0.0
        spent = self._kernel.cpu_times()
        return spent.user + spent.system


def schedule() -> Schedule:
    """For each thread of the programs that these tests started, the nanoseconds that it ran and queued."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        for thread in Path(f"/proc/{process.pid}/task").glob("*"):
            with suppress(OSError):  # it has ended
                running, queued, _ = map(int, (thread / "schedstat").read_text().split())
                found[process.pid, thread.name] = running, queued
    return found
