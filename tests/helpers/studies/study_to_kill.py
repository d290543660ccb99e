"""A study of slow runs, as a process to be killed or interrupted.  Arguments: the folder of the rows, the
runs.
"""

import sys
from pathlib import Path

from figures.lab.plan import Run
from figures.lab.runner import perform
from figures.lab.setting import StudyOptions
from helpers.studies.study_runs import slow


def plan(count):
    return [Run("slow", slow, {"seconds": 0.2}, seed) for seed in range(count)]


if __name__ == "__main__":
    try:
        perform("slow", plan(int(sys.argv[2])), StudyOptions(results=Path(sys.argv[1]), workers=2))
    except KeyboardInterrupt:
        sys.exit(130)
