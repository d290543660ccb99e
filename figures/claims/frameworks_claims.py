"""The report's claims about NumPy beside the frameworks."""

from collections.abc import Iterator

import numpy as np

from figures.claims.evidence import bleu_difference, counted, mean, median
from figures.claims.verdict import Claim, Range, Reading
from figures.frameworks.benchmark import quality
from figures.frameworks.benchmark.contenders import NUMPY, TITLES
from figures.frameworks.benchmark.readings import metric, peak_memory, training_rounds, units_of
from figures.lab.drawing import by_variant
from figures.lab.results import Row, path_of, read_rows
from figures.lab.runner import stored
from figures.lab.setting import StudyOptions

FRESH_PROCESSES = "Student's t over fresh processes, each with its seed"


def rows_of(options: StudyOptions) -> list[Row]:
    """Return the stored rows of the benchmark."""
    return read_rows(path_of("frameworks", options.results))


def epochs(options: StudyOptions) -> list[Reading]:
    """Read NumPy's time over that of each framework, round by round of one training."""
    times = training_rounds(rows_of(options))
    return [
        median(TITLES[name], np.divide(times[NUMPY], times[name]), "rounds of a training", seeds=1)
        for name in others(times)
    ]


def peaks(options: StudyOptions) -> list[Reading]:
    """Read NumPy's peak memory over that of the leanest framework, by size and number of processes."""
    readings = []
    for condition, found in peak_memory(rows_of(options)).items():
        if theirs := [found[name] for name in others(found)]:
            ratios = np.divide(found[NUMPY], np.min(theirs, axis=0))
            readings.append(mean(condition, ratios, FRESH_PROCESSES))
    return readings


def lines(options: StudyOptions) -> list[Reading]:
    """Read each framework's lines of code over NumPy's, which include the layers and gradients."""
    return [
        counted(TITLES[name], found[name] / found[NUMPY])
        for _, metrics in units_of(rows_of(options), "lines")
        for found in [metric(metrics, "lines")]
        for name in others(found)
    ]


def bleu(options: StudyOptions, first: str, second: str) -> list[Reading]:
    """Read test BLEU of one contender minus that of another."""
    found = by_variant(stored(quality.FILE, quality.plan(options, (first, second)), options))
    names = TITLES[first], TITLES[second]
    return bleu_difference(f"{names[0]} minus {names[1]}", *(found.get(name, []) for name in names))


def others(found: dict) -> Iterator[str]:
    """Yield the frameworks among the contenders, in their order."""
    return (name for name in TITLES if name in found and name != NUMPY)


CLAIMS = (
    Claim(
        "NumPy is the slowest: 245 s per epoch against about 90 s",
        "frameworks",
        "time of training, NumPy's over the framework's",
        Range(low=1.0, is_open=True),
        "the framework",
        epochs,
        superlative=True,
    ),
    Claim(
        "NumPy uses the least memory",
        "frameworks",
        "peak memory of training, NumPy's over the leanest framework's",
        Range(high=1.0, is_open=True),
        "the size",
        peaks,
        superlative=True,
    ),
    Claim(
        "frameworks need much less code",
        "frameworks",
        "lines of code, the framework's over NumPy's",
        Range(high=0.5),
        "the framework",
        lines,
    ),
    Claim(
        "TensorFlow's BLEU is slightly above PyTorch's",
        "frameworks",
        "test BLEU, difference",
        Range(0.0, 1.0),
        "the framework",
        lambda options: bleu(options, "keras", "pytorch"),
    ),
    Claim(
        "NumPy's BLEU is close behind",
        "frameworks",
        "test BLEU, difference",
        Range(-1.0, 0.0),
        "the framework",
        lambda options: [reading for name in ("pytorch", "keras") for reading in bleu(options, NUMPY, name)],
    ),
)
