"""Frameworks: the same model in NumPy, PyTorch, Keras and JAX, trained and searched on the same processor.

Each contender computes on as many threads as the others: NumPy with two processes of one thread each where
there is work to share (`lstm_lib.parallel`), the frameworks with the threads of one.
They take turns, round by round, and what is told is the median of the rounds.  All run on this machine,
whatever scheduler there is.  Only BLEU, which needs no quiet, is measured by runs as in other studies.
"""

from figures.frameworks.benchmark import decoding, lines, memory, overview, parity, quality, training
from figures.frameworks.benchmark.contenders import available, missing
from figures.frameworks.benchmark.picture import draw
from figures.frameworks.benchmark.plan import FULL, QUICK
from figures.frameworks.benchmark.steps import SGEMM, STEPS
from figures.frameworks.benchmark.store import measure
from figures.frameworks.benchmark.table import table
from figures.lab.drawing import save
from figures.lab.results import path_of
from figures.lab.setting import StudyOptions

# In the order of their importance: a run that is cut short has the first ones.
MEASURES = (SGEMM, STEPS, memory.MEASURE, decoding.MEASURE, training.MEASURE, parity.MEASURE, lines.MEASURE)


def run(options: StudyOptions) -> None:
    """Measure what is missing, print the tables, and draw.

    The rows are frameworks.jsonl, those of BLEU frameworks_bleu.jsonl.
    """
    for line in missing().values():
        print(line, flush=True)
    plan, path = QUICK if options.quick else FULL, path_of("frameworks", options.results)
    rows = measure("frameworks", path, MEASURES, plan, available())
    print(table(rows))
    save(draw(rows), options.figures, "frameworks_speed")
    save(overview.draw(rows, quality.measured(options, available())), options.figures, "fig6_frameworks")
