"""The benchmark's rows as tables in Markdown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from figures.frameworks.benchmark.benchmarks import BOUNDS, PRODUCTS
from figures.frameworks.benchmark.contenders import NUMPY, TITLES, missing
from figures.frameworks.benchmark.processors import by_processor
from figures.frameworks.benchmark.readings import (
    Quartiles,
    Rounds,
    epoch_times,
    metric,
    over_others,
    peak_memory,
    product_shares,
    quartiles,
    sentence_times,
    short,
    step_times,
    units_of,
    unrest,
)
from figures.lab.drawing import markdown
from figures.lab.results import Row

OTHERS = [name for name in TITLES if name != NUMPY]
HEADS = TITLES | {PRODUCTS: "its matrix products alone"}
NOTHING = "–"
DIFFERENCES = {
    "loss": "loss",
    "gradients": "gradients",
    "curve": "losses of {steps_trained} training steps",
}
OVER = "NumPy's time over theirs"
RESTLESS = 0.05  # turns of the same contender that differ by more tell of a machine with other work to do


def table(rows: list[Row]) -> str:
    """Everything that was measured, one table each, and how to install the contenders that could not run.

    Each processor has tables of its own, the one measured on last first.
    """
    sections = (machine, rates, steps, memory, decoding, epoch, goal, parity, lines)
    groups = by_processor(rows)
    parts = [part for group in groups for section in sections if (part := section(group))]
    measured = {row["configuration"]["contender"] for row in rows if row["measure"] != "benchmark.lines"}
    return "\n\n".join([*parts, *(line for name, line in missing().items() if name not in measured)])


def summary(rows: list[Row]) -> str:
    """How NumPy compares with the others, in median ratios, and where it was measured.

    Each processor on which contenders were compared has a table of its own, the one measured on last first.
    """
    tables = ((group, ratio_table(group)) for group in by_processor(rows))
    return "\n\n".join(f"{found}\n\nMeasured on {_where(group)}" for group, found in tables if found)


def ratio_table(rows: list[Row]) -> str:
    """The median ratios of one processor's rows; an empty text where none were measured together."""
    times = {f"training step, {name}": found for name, found in step_times(rows).items()}
    times |= {f"translating, {name}": found for name, found in sentence_times(rows).items()}
    times |= {"an epoch on tatoeba-small": found} if (found := epoch_times(rows)) else {}
    ratios = {name: _medians(found) for name, found in times.items()}
    for unit, metrics in units_of(rows, "training", goal="bleu"):
        ratios[f"time to {unit['target']:g} BLEU"] = _over_theirs(metric(metrics, "seconds_to_target"))
    ratios |= {f"peak memory, {name}": _medians(found) for name, found in peak_memory(rows).items()}
    ratios = {name: found for name, found in ratios.items() if found}
    return _grid("NumPy's over theirs", ratios, OTHERS, "{:.2f}".format)


def machine(rows: list[Row]) -> str:
    """The machine and the versions."""
    if not rows:
        return ""
    told = "Medians of interleaved rounds, with quartiles; ratios are taken round by round."
    return f"{_where(rows)}\n{told}\n{_quiet(rows)}"


def _quiet(rows: list[Row]) -> str:
    """How still the machine was while steps and translations were timed."""
    differ = unrest([*step_times(rows).values(), *sentence_times(rows).values()])
    verdict = "was not quiet" if differ > RESTLESS else "was quiet"
    return (
        f"The machine {verdict}: two turns of the same contender in a row differ by a median of {differ:.1%}."
    )


def _where(rows: list[Row]) -> str:
    """The processors that the rows come from, with the kernel that NumPy's BLAS chose, and the versions."""
    versions = {name: version for row in rows for name, version in row["versions"].items()}
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    machines = "; ".join(dict.fromkeys(described(row["machine"]) for row in rows))
    return f"{machines}; {packages}."


def described(found: dict[str, Any]) -> str:
    """A machine in words; older rows noted neither the kernel nor the processor's features."""
    kernel, features = found.get("blas_kernel"), found.get("features")
    parts = [
        found["processor"] + (f" ({', '.join(features)})" if features else ""),
        f"{found['cpus']} cores, {found['blas_threads']} threads each",
        f"BLAS kernel {kernel}" if kernel else "BLAS kernel not noted",
    ]
    return ", ".join(parts)


def rates(rows: list[Row]) -> str:
    """How fast this machine multiplies matrices."""
    body = [
        [" x ".join(map(str, shape)), spread(found, 1e9)]
        for unit, metrics in units_of(rows, "sgemm")
        for shape, found in zip(unit["shapes"], metrics[NUMPY]["operations_per_second"], strict=True)
    ]
    return markdown(["matrix product, single precision", "10^9 operations per second"], body)


def steps(rows: list[Row]) -> str:
    """Milliseconds of a training step, NumPy's ratios to the others, and all ratios to the lower bound."""
    found = step_times(rows)
    shares = {name: product_shares(seconds) for name, seconds in found.items()}
    return _joined(
        _grid("training step, ms", found, [PRODUCTS, *TITLES], milliseconds),
        _ratio_grid(f"training step: {OVER}", found),
        _grid("training step: share of its matrix products", shares, TITLES, percent),
    )


def memory(rows: list[Row]) -> str:
    """Megabytes before the first step and at the peak, and NumPy's ratios to the others."""
    before = {
        f"{unit['size']}, before the first step": metric(metrics, "before_bytes")
        for unit, metrics in units_of(rows, "memory")
    }
    peaks = peak_memory(rows)
    return _joined(
        _grid("peak memory of training, MB", before | peaks, TITLES, megabytes),
        _ratio_grid("peak memory of training: NumPy's over theirs", peaks),
    )


def decoding(rows: list[Row]) -> str:
    """Sentences translated per second, and NumPy's ratios to the others."""
    found = sentence_times(rows)
    return _joined(
        _grid(
            "sentences translated a second", found, TITLES, lambda times: spread([1 / each for each in times])
        ),
        _ratio_grid(f"translation: {OVER}", found),
    )


def epoch(rows: list[Row]) -> str:
    """Seconds per epoch without compiling, and of compiling."""
    if not (times := epoch_times(rows)):
        return ""
    body = [["seconds", *_cells(times, TITLES, spread)], [OVER, *_cells(over_others(times), TITLES, str)]]
    for _, metrics in units_of(rows, "training", goal="epoch"):
        compiling = metric(metrics, "compiling_seconds")
        body.append(["seconds of compiling apart", *_cells(compiling, TITLES, short)])
    return markdown(["an epoch on tatoeba-small", *TITLES.values()], body)


def goal(rows: list[Row]) -> str:
    """Minutes to the target BLEU."""
    parts = []
    for unit, metrics in units_of(rows, "training", goal="bleu"):
        seconds = metric(metrics, "seconds_to_target")
        minutes = {name: found / 60 for name, found in seconds.items() if found is not None}
        best = {name: max(bleu for _, bleu in curve) for name, curve in metric(metrics, "curve").items()}
        numbers = {"minutes": minutes, OVER: _over_theirs(seconds), "highest BLEU seen": best}
        parts.append(_grid(f"to {unit['target']:g} BLEU, development part", numbers, TITLES, short))
    return _joined(*parts)


def parity(rows: list[Row]) -> str:
    """The largest differences from NumPy, and how many translations are the same."""
    differences = [
        [
            f"{words.format(**unit)}, {unit['dtype']}",
            scientific(BOUNDS[unit["dtype"]][name]),
            *_cells(metric(metrics, name), OTHERS, scientific),
        ]
        for unit, metrics in units_of(rows, "parity")
        for name, words in DIFFERENCES.items()
    ]
    same = [
        [
            f"{unit['search']}, {unit['at_once']} at once",
            str(unit["sentences"]),
            *_cells(metric(metrics, "same_as_numpy"), OTHERS, str),
        ]
        for unit, metrics in units_of(rows, "decoding")
    ]
    others = [TITLES[name] for name in OTHERS]
    return _joined(
        markdown(["largest difference from NumPy", "bound", *others], differences),
        markdown(["translations the same as NumPy's", "of", *others], same),
    )


def lines(rows: list[Row]) -> str:
    """Lines of code, without blank lines, comments and docstrings."""
    body = [["lines", *_cells(metric(found, "lines"), TITLES, str)] for _, found in units_of(rows, "lines")]
    return markdown(["code of the model, its training step and its searches", *TITLES.values()], body)


# Tables and their cells


def _grid(
    title: str, found: Mapping[str, Mapping[str, Any]], names: Iterable[str], text: Callable[[Any], str]
) -> str:
    """A table with one row per condition and one column per contender."""
    names = list(names)
    body = [[condition, *_cells(numbers, names, text)] for condition, numbers in found.items()]
    return markdown([title, *(HEADS[name] for name in names)], body)


def _ratio_grid(title: str, found: Mapping[str, Rounds]) -> str:
    """NumPy's ratios to the others."""
    return _grid(title, {condition: over_others(rounds) for condition, rounds in found.items()}, OTHERS, str)


def _cells(found: Mapping[str, Any], names: Iterable[str], text: Callable[[Any], str]) -> list[str]:
    """One cell per contender, with a dash where nothing is known."""
    return [text(found[name]) if name in found else NOTHING for name in names]


def _medians(found: Rounds) -> dict[str, float]:
    return {name: ratio.median for name, ratio in over_others(found).items()}


def _over_theirs(found: Mapping[str, float | None]) -> dict[str, float]:
    """NumPy's number over each other contender's, where both have one."""
    ours = found.get(NUMPY)
    return {name: ours / found[name] for name in OTHERS if ours and found.get(name)}


def _joined(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def spread(values: Sequence[float], unit: float = 1.0) -> str:
    """Median and quartiles."""
    return str(Quartiles(*(value / unit for value in quartiles(values))))


def milliseconds(seconds: Sequence[float]) -> str:
    return spread(seconds, 1e-3)


def megabytes(found: Sequence[float]) -> str:
    return spread(found, 1e6)


def percent(share: Quartiles) -> str:
    return f"{100 * share.median:.0f}%"


def scientific(value: float) -> str:
    return f"{value:.1e}"
