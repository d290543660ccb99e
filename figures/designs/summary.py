"""What the rows of a design say, as tables: one line per variant, or one line per row.

python -m figures.designs.summary attention-design      every row, with the line of the file that holds it
"""

import sys
from collections.abc import Sequence
from importlib import import_module

import numpy as np

from figures import STUDIES
from figures.claims.evidence import paired_difference
from figures.claims.tables import number, spread
from figures.lab.design import FILE, Design, collect
from figures.lab.drawing import markdown, values
from figures.lab.results import Row, by_key, path_of, read_rows
from figures.lab.runner import stored
from figures.lab.script import end_with
from figures.lab.setting import StudyOptions
from figures.lab.stats import DRAWS, holm, interval, sentence_interval, unpack
from lstm_lib.errors import UserError

NAMES = tuple(name for name in STUDIES if name.endswith("-design"))


def tables(study: str, options: StudyOptions) -> str:
    """Return a table in Markdown for each design of a study, of the rows that there are."""
    designs = import_module(STUDIES[study]).designs(options)
    return "\n\n".join(f"**{name}**\n\n{table(design, options)}" for name, design in designs.items())


def table(design: Design, options: StudyOptions) -> str:
    """Return one line per variant: what was chosen, the metric, and how far it is from the reference.

    Intervals are Student's t over seeds, paired for differences; p is that of no difference, with Holm's
    correction over the table.
    """
    found = collect(design, options, stored)
    variants, reference = found.by_variant, design.reference or next(iter(design.variants))
    if not variants:
        return "Not yet run."
    readings = {
        name: reading
        for name, rows in variants.items()
        for reading in paired_difference(
            name, rows, variants.get(reference, []), lambda row: row["metrics"][design.metric]
        )
        if name != reference and not reading.untested
    }
    corrected = holm([reading.p_of(0.0) for reading in readings.values()])
    p_values = dict(zip(readings, corrected, strict=True))
    body, missing = [], []
    for name in design.variants:
        scores = values(variants.get(name, []), design.metric)
        if not len(scores):
            missing.append(name)
            continue
        chosen = ", ".join(f"{value:g}" for value in found.chosen[name].values())
        mean, low, high, count = interval(scores)
        spread_of = number(mean) if count < 2 else f"{number(mean)} ({number(low)} to {number(high)})"
        line = [name, chosen, str(count), spread_of, "", ""]
        if name in readings:
            line[4:] = spread(readings[name]), f"{p_values[name]:.2g}"
        body.append(line)
    head = ["variant", "chosen", "seeds", design.metric, f"minus {reference}", "p"]
    told = _sampling_error(reference, variants.get(reference, [])) if design.metric == "bleu" else ""
    waiting = f"\n\nNot yet run: {'; '.join(missing)}." if missing else ""
    return markdown(head, body) + told + waiting


def _sampling_error(name: str, rows: Sequence[Row]) -> str:
    """Say what the choice of test sentences alone leaves open; nothing without counts of n-grams."""
    found = [row["metrics"]["statistics"] for row in rows if "statistics" in row["metrics"]]
    if not found:
        return ""
    interval_of = sentence_interval(unpack(found[0]), np.random.default_rng(0))
    return (
        f"\n\nOne run of {name}, on other sentences like these: BLEU {interval_of} "
        f"({DRAWS:,} draws of the test sentences)."
    )


def lines(study: str, options: StudyOptions) -> list[str]:
    """Return one line per stored row of a study: where it stands, what it is, and what came out."""
    path = path_of(FILE, options.results)
    places = {_key(row): place for place, row in enumerate(read_rows(path), start=1)}
    found = []
    for section, design in import_module(STUDIES[study]).designs(options).items():
        collected = collect(design, options, stored)
        rows = [*(row for rung in collected.search for row in rung), *collected.trainings]
        for row in rows:
            key, metrics = _key(row), row["metrics"]
            curve, rate = metrics.get("dev_bleu", []), row["configuration"]["recipe"]["learning_rate"]
            told = metrics.get("diverged") or f"best development BLEU {max(curve):.1f} of {len(curve)} epochs"
            if design.metric in metrics:
                told += f", {design.metric} {metrics[design.metric]:.4g}"
            what = f"{section}: {row['variant']}, rate {rate:g}, seed {row['seed']}"
            found.append(f"{path.name}:{places[key]} {key[:12]} {what}: {told}")
    return found


def _key(row: Row) -> str:
    return next(iter(by_key([row])))


def main(arguments: list[str]) -> int:
    """Print the rows of a study."""
    if len(arguments) != 1 or arguments[0] not in NAMES:
        raise UserError(f"wanted the name of one study, of {', '.join(NAMES)}")
    print("\n".join(lines(arguments[0], StudyOptions())))
    return 0


if __name__ == "__main__":
    end_with(main, sys.argv[1:])
