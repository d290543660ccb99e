"""Stages: one LSTM layer's forward and backward pass, from loops in Python to the library's fused pass.

All stages compute the same numbers; each takes one idea further than the one before (see `variants`).  They
are timed in interleaved rounds, on one thread, and what a pass takes is parted into its matrix products, made
again alone, and all the rest.  Notebook 07 tells the story.
"""

from course.vectorization.stages.variants import LOOPS, TITLES
from figures.lab.drawing import save
from figures.lab.options import StudyOptions
from figures.lab.plan import Run
from figures.lab.runner import perform
from figures.stages.measure import measure_size
from figures.stages.picture import draw

NAME = "stages"
TINY = "tiny"
SIZES = {  # batch, steps, width (E = H); rounds
    TINY: (4, 5, 8, 100),
    "S": (32, 10, 64, 100),
    "M": (64, 12, 128, 60),
    "L": (64, 20, 256, 30),
}
QUICK_SIZES = (TINY, "S")
QUICK_ROUNDS = 3


def run(options: StudyOptions) -> None:
    """Measure what is missing, one size at a time, and draw."""
    save(draw(perform(NAME, plan(options), options, at_once=1)), options.figures, NAME)


def plan(options: StudyOptions) -> list[Run]:
    """A run a size, with all stages; the loops take too long but for the smallest."""
    runs = []
    for name in QUICK_SIZES if options.quick else SIZES:
        batch, steps, width, rounds = SIZES[name]
        configuration = {
            "stages": [stage for stage in TITLES if stage != LOOPS or name == TINY],
            "batch": batch,
            "steps": steps,
            "width": width,
            "rounds": QUICK_ROUNDS if options.quick else rounds,
        }
        runs.append(Run(name, measure_size, configuration, seed=0))
    return runs
