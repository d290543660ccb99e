"""The benchmark's rows as tables in Markdown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from figures.frameworks.benchmark.contenders import NUMPY, TITLES, missing
from figures.frameworks.benchmark.measure import Quartiles, quartiles, short
from figures.frameworks.benchmark.parity import BOUNDS
from figures.frameworks.benchmark.readings import (
    Rounds,
    epoch_times,
    metric,
    over_others,
    peak_memory,
    product_shares,
    sentence_times,
    step_times,
    units_of,
)
from figures.frameworks.benchmark.steps import PRODUCTS
from figures.lab.drawing import markdown
from figures.lab.results import Row

OTHERS = [name for name in TITLES if name != NUMPY]
NOTHING = "–"
DIFFERENCES = {
    "loss": "loss",
    "gradients": "gradients",
    "curve": "losses of {steps_trained} training steps",
}
OVER = "NumPy's time over theirs"


def table(rows: list[Row]) -> str:
    """All that was measured, a table each; a contender that has not run and cannot says what to do."""
    sections = (machine, rates, steps, memory, decoding, epoch, goal, parity, lines)
    parts = [part for section in sections if (part := section(rows))]
    measured = {row["configuration"]["contender"] for row in rows if row["measure"] != "benchmark.lines"}
    return "\n\n".join([*parts, *(line for name, line in missing().items() if name not in measured)])


def summary(rows: list[Row]) -> str:
    """How NumPy stands to the others, in one table: medians of ratios, and of the memory; then where."""
    times = {f"training step, {name}": found for name, found in step_times(rows).items()}
    times |= {f"translating, {name}": found for name, found in sentence_times(rows).items()}
    times |= {"an epoch of the default recipe": found} if (found := epoch_times(rows)) else {}
    body = [[name, *medians(found)] for name, found in times.items()]
    for unit, metrics in units_of(rows, "training", goal="bleu"):
        body.append([f"time to {unit['target']:g} BLEU", *over_numbers(metric(metrics, "seconds_to_target"))])
    body += [[f"peak memory, {name}", *medians(found)] for name, found in peak_memory(rows).items()]
    return markdown(["NumPy's over theirs", *titles(OTHERS)], body) + f"\n\nMeasured on {_where(rows)}"


def medians(found: Rounds) -> list[str]:
    """Of NumPy's numbers over each other contender's."""
    return cells(over_others(found), OTHERS, lambda ratio: f"{ratio.median:.2f}")


def over_numbers(found: Mapping[str, float | None]) -> list[str]:
    """NumPy's number over each other contender's."""
    known = {name: found[NUMPY] / number for name, number in found.items() if number and found[NUMPY]}
    return cells(known, OTHERS, "{:.2f}".format)


def machine(rows: list[Row]) -> str:
    """Where it was measured, and with what."""
    if not rows:
        return ""
    return f"{_where(rows)}\nMedians of interleaved rounds, with quartiles; ratios are taken round by round."


def _where(rows: list[Row]) -> str:
    found = rows[-1]["machine"]
    versions = {name: version for row in rows for name, version in row["versions"].items()}
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"{found['processor']}, {found['cpus']} cores, {found['blas_threads']} threads each; {packages}."


def rates(rows: list[Row]) -> str:
    """How fast this machine multiplies matrices."""
    body = [
        [" x ".join(map(str, shape)), spread(found, 1e9)]
        for unit, metrics in units_of(rows, "sgemm")
        for shape, found in zip(unit["shapes"], metrics[NUMPY]["operations_per_second"], strict=True)
    ]
    return markdown(["matrix product, single precision", "10^9 operations a second"], body)


def steps(rows: list[Row]) -> str:
    """Milliseconds; how NumPy stands to the others; and all to what is physically possible."""
    found = step_times(rows)
    times = [[name, *cells(seconds, [PRODUCTS, *TITLES], milliseconds)] for name, seconds in found.items()]
    ratios = [[name, *cells(over_others(seconds), OTHERS, str)] for name, seconds in found.items()]
    shares = [[name, *cells(product_shares(seconds), TITLES, percent)] for name, seconds in found.items()]
    return joined(
        markdown(["training step, ms", "its matrix products alone", *TITLES.values()], times),
        markdown([f"training step: {OVER}", *titles(OTHERS)], ratios),
        markdown(["training step: share of its matrix products", *TITLES.values()], shares),
    )


def memory(rows: list[Row]) -> str:
    """Megabytes, before the first step and in all, and how NumPy stands to the others."""

    before = {
        f"{unit['size']}, before the first step": metric(metrics, "before_bytes")
        for unit, metrics in units_of(rows, "memory")
    }
    peaks = peak_memory(rows)
    return joined(
        markdown(
            ["peak memory of training, MB", *TITLES.values()],
            [[name, *cells(rounds, TITLES, megabytes)] for name, rounds in (before | peaks).items()],
        ),
        markdown(
            ["peak memory of training: NumPy's over theirs", *titles(OTHERS)],
            [[name, *cells(over_others(rounds), OTHERS, str)] for name, rounds in peaks.items()],
        ),
    )


def decoding(rows: list[Row]) -> str:
    """Sentences a second, how NumPy stands to the others, and whether they say the same."""

    def rate(times: Sequence[float]) -> str:
        return spread([1 / seconds for seconds in times])

    found = sentence_times(rows)
    ratios = [[name, *cells(over_others(times), OTHERS, str)] for name, times in found.items()]
    return joined(
        markdown(
            ["sentences translated a second", *TITLES.values()],
            [[name, *cells(times, TITLES, rate)] for name, times in found.items()],
        ),
        markdown([f"translation: {OVER}", *titles(OTHERS)], ratios),
    )


def epoch(rows: list[Row]) -> str:
    """Seconds an epoch, without compiling, which is told apart."""
    times = epoch_times(rows)
    body = [
        ["seconds", *cells(times, TITLES, spread)],
        [OVER, *cells(over_others(times), TITLES, str)] if times else [],
        *(
            ["seconds of compiling apart", *cells(metric(metrics, "compiling_seconds"), TITLES, short)]
            for _, metrics in units_of(rows, "training", goal="epoch")
        ),
    ]
    return markdown(["an epoch of the default recipe", *TITLES.values()], body) if times else ""


def goal(rows: list[Row]) -> str:
    """Minutes to the target BLEU."""
    parts = []
    for unit, metrics in units_of(rows, "training", goal="bleu"):
        seconds = metric(metrics, "seconds_to_target")
        arrived = {name: found for name, found in seconds.items() if found is not None}
        ours = arrived.get(NUMPY)
        over = {name: ours / arrived[name] for name in OTHERS if ours and name in arrived}
        best = {name: max(bleu for _, bleu in curve) for name, curve in metric(metrics, "curve").items()}
        body = [
            ["minutes", *cells(arrived, TITLES, lambda found: short(found / 60))],
            [OVER, *cells(over, TITLES, short)],
            ["highest BLEU seen", *cells(best, TITLES, short)],
        ]
        parts.append(markdown([f"to {unit['target']:g} BLEU, development part", *TITLES.values()], body))
    return joined(*parts)


def parity(rows: list[Row]) -> str:
    """The largest differences from NumPy, and how many translations are the same."""
    differences = [
        [
            f"{words.format(**unit)}, {unit['dtype']}",
            scientific(BOUNDS[unit["dtype"]][name]),
            *cells(metric(metrics, name), OTHERS, scientific),
        ]
        for unit, metrics in units_of(rows, "parity")
        for name, words in DIFFERENCES.items()
    ]
    same = [
        [
            f"{unit['search']}, {unit['at_once']} at once",
            str(unit["sentences"]),
            *cells(metric(metrics, "same_as_numpy"), OTHERS, str),
        ]
        for unit, metrics in units_of(rows, "decoding")
    ]
    return joined(
        markdown(["largest difference from NumPy", "bound", *titles(OTHERS)], differences),
        markdown(["translations the same as NumPy's", "of", *titles(OTHERS)], same),
    )


def lines(rows: list[Row]) -> str:
    """Lines of code, without blank lines, comments and docstrings."""
    body = [["lines", *cells(metric(found, "lines"), TITLES, str)] for _, found in units_of(rows, "lines")]
    return markdown(["code of the model, its training step and its searches", *TITLES.values()], body)


# Cells


def cells(found: Mapping[str, Any], names: Sequence[str], text: Callable[[Any], str]) -> list[str]:
    """A cell a contender, a dash for one of whom nothing is known."""
    return [text(found[name]) if name in found else NOTHING for name in names]


def titles(names: Sequence[str]) -> list[str]:
    return [TITLES[name] for name in names]


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


# Tables


def joined(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))
