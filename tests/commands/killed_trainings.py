"""Train through the command line in children that are killed; run as a script by `test_interruptions.py`.

A child is forked, not started anew, so that twenty kills take seconds.  Arguments: the run's folder, then the
options of `train`.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from lstm_lib import evaluation, runs  # noqa: F401  (imported once, not in each child)
from lstm_lib.__main__ import main

KILLS = 20
SOONEST, LATEST = 0.02, 0.5  # seconds from the start to the kill


def in_child(arguments):
    child = os.fork()
    if child == 0:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, sys.stdout.fileno())
        os._exit(main(arguments))
    return child


def train(folder, options):
    """As a user would: go on with the run where it has begun, else start it."""
    begun = (folder / "config.json").exists()
    return in_child(["train", *(["--resume", str(folder)] if begun else [*options, "--out", str(folder)])])


def kill_at_random(base, options):
    """Train run after run until 20 kills have hit; all runs end whole."""
    rng, kills, number = random.Random(0), 0, 0
    while kills < KILLS:
        number += 1
        killed = True
        while killed:
            child = train(base / str(number), options)
            if kills < KILLS:
                time.sleep(rng.uniform(SOONEST, LATEST))
                os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
            killed = os.WIFSIGNALED(status)
            kills += killed
            if not killed and os.WEXITSTATUS(status) != 0:
                sys.exit(f"a child failed after {kills} kills")
    print(kills)


if __name__ == "__main__":
    kill_at_random(Path(sys.argv[1]), sys.argv[2:])
