"""Lines of code: of each twin, and of the rooms of `lstm_lib` that do by hand what frameworks bring along."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import lstm_lib
from figures.frameworks.benchmark.contenders import NUMPY
from figures.frameworks.benchmark.measure import Measure, Metrics, Unit
from figures.frameworks.benchmark.plan import Plan
from figures.frameworks.benchmark.process import Pool
from figures.frameworks.twins.lines import code_lines, twin_lines

PACKAGE = Path(lstm_lib.__file__).parent
# The model, its searches, clipping, the optimizers and the processes that share a batch; not what twins use
# too, as batches and schedules.
COUNTERPART = ("nn/*.py", "seq2seq/*.py", "training/step.py", "training/optimizers.py", "parallel.py")
CHECKS = ("gradcheck.py",)  # in those rooms, but no part of the model


def counterpart() -> list[Path]:
    """The files of `lstm_lib` that stand against a twin and the framework beneath it."""
    found = sorted(path for pattern in COUNTERPART for path in PACKAGE.glob(pattern))
    return [path for path in found if path.name not in CHECKS]


def perform(pool: Pool, wanted: Sequence[Unit], plan: Plan) -> Iterator[tuple[Unit, Metrics]]:
    """Count."""
    ours = sum(code_lines(path.read_text(encoding="utf-8")) for path in counterpart())
    for unit in wanted:
        yield unit, {name: {"lines": lines} for name, lines in {NUMPY: ours, **twin_lines()}.items()}


MEASURE = Measure("lines", lambda plan: [{}], perform, lambda names: (NUMPY, *twin_lines()))
