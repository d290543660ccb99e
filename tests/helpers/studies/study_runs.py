"""Runs that take no time, for tests of the runner; worker processes import them from this module."""

import multiprocessing
import os
import time
from pathlib import Path

from figures.lab.plan import Run, measurement
from lstm_lib.errors import UserError


@measurement("test.square", version=1)
def square(configuration: dict, seed: int) -> dict:
    """Leave a line in the file "log", so that a test sees which runs were really done."""
    if "log" in configuration:
        with open(configuration["log"], "a") as log:
            log.write(f"{configuration['number']} {seed}\n")
    return {"square": configuration["number"] ** 2 + seed}


@measurement("test.square", version=2)
def square_anew(configuration: dict, seed: int) -> dict:
    return square(configuration, seed)


@measurement("test.slow", version=1)
def slow(configuration: dict, seed: int) -> dict:
    """Tell when it ran, on a clock that all processes share."""
    started = time.monotonic()
    lock = multiprocessing.RLock()  # as a progress bar has one; it outlives a process that is killed outright
    time.sleep(configuration["seconds"])
    return {"started": started, "ended": time.monotonic(), "locked": lock.acquire(False)}


@measurement("test.die", version=1)
def die(configuration: dict, seed: int) -> dict:
    """End its process, as the system does with one that wants more memory than there is."""
    os._exit(9)


@measurement("test.fail", version=1)
def fail(configuration: dict, seed: int) -> dict:
    """Fail in as many ways as runs do, until the file "mended" is there."""
    if Path(configuration["mended"]).exists():
        return {"square": 0}
    if configuration["how"] == "user error":
        raise UserError("the corpus is gone:\nfetch it")
    if configuration["how"] == "not JSON":
        return {"loss": float("nan")}
    return {"share": seed / configuration["zero"]}


def squares(numbers, seeds=(0,), measure=square, **more) -> list[Run]:
    """Plan one run per number and seed."""
    return [
        Run(f"number {number}", measure, {"number": number, **more}, seed)
        for number in numbers
        for seed in seeds
    ]
