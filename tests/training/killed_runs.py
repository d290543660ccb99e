"""Train the toy problem in child processes that are killed; run as a script by `test_killed.py`.

A child is forked, not started anew, so that hundreds of kills take seconds.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from helpers import toy
from lstm_lib.training import read_history


class SlowLogistic(toy.NoisyLogistic):
    def loss_and_grads(self, batch, rng):
        time.sleep(0.002)
        return super().loss_and_grads(batch, rng)


def train(folder, model, **options):
    toy.train(toy.make_trainer(folder, model), resume=True, **options)


def in_child(work):
    """Run `work` in a forked child and return the child's process id."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return child


def was_killed(child):
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status) != 0:
        sys.exit("a child failed")
    return os.WIFSIGNALED(status)


def kill_at_random(base, kills):
    """Kill runs after random times and resume them, until `kills` kills have hit; all runs end whole."""
    rng, run = random.Random(1), 0
    while kills > 0:
        killed, run = True, run + 1
        while killed:
            child = in_child(lambda folder=base / str(run): train(folder, SlowLogistic()))
            time.sleep(rng.uniform(0.005, 0.06))
            if kills > 0:
                os.kill(child, signal.SIGKILL)
            killed = was_killed(child)
            kills -= killed


def kill_at_each_file_operation(base):
    """Kill one run at its first opening or renaming of a file, the next at its second, ...; resume each."""
    killed, number = True, 0
    while killed:
        number += 1
        folder = base / str(number)

        def dies(folder=folder, number=number):
            kill_at_operation(folder, number)
            train(folder, toy.NoisyLogistic(), epochs=2)

        killed = was_killed(in_child(dies))
        if killed and (folder / "last.npz").exists() and (folder / "history.jsonl").exists():
            read_history(folder / "history.jsonl")
        was_killed(in_child(lambda folder=folder: train(folder, toy.NoisyLogistic(), epochs=2)))


def kill_at_operation(folder, number):
    """Make this process kill itself just before its `number`-th opening or renaming of a file in `folder`."""
    seen = 0

    def watch(event, arguments):
        nonlocal seen
        if event in ("open", "os.rename") and str(arguments[0]).startswith(f"{folder}{os.sep}"):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


if __name__ == "__main__":
    kill_at_random(Path(sys.argv[1]) / "random", 20)
    kill_at_each_file_operation(Path(sys.argv[1]) / "each")
