"""The headline: what `python -m lstm_lib train` reaches with its default options, for several seeds.

    python -m lstm_lib.studies.headline            run what is missing, then print the table
    python -m lstm_lib.studies.headline --table    print the table and draw, from stored results alone

Set OPENBLAS_NUM_THREADS=1 for it, as `python -m lstm_lib train` does.  Each run is stored as a line of
data/results/headline.jsonl; README.md shows the table, figures/headline.png the way there.
"""

import argparse
import dataclasses
import json
import os
import platform
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lstm_lib import runs
from lstm_lib.commands.reports import figures
from lstm_lib.course.style import use_course_style
from lstm_lib.evaluation import TestSet, baseline, evaluate
from lstm_lib.recipe import Recipe

RESULTS = Path(__file__).resolve().parents[2] / "data" / "results" / "headline.jsonl"
FIGURE = RESULTS.parents[2] / "figures" / "headline.png"
CORPORA = ("tatoeba-small", "dates")
SEEDS = (0, 1, 2)
SEARCH = {"beam_size": 5, "length_penalty": 1.0}


def measure(recipe: Recipe) -> dict:
    """Train and test one recipe.  Returns: configuration, scores, seconds of training, versions."""
    corpus = runs.read_corpus(recipe)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        translator, history = runs.train(recipe, corpus, Path(folder) / "run", progress_bar=False)
        seconds = time.perf_counter() - started
    test = TestSet.of(corpus.test)
    report = evaluate(translator, test, **SEARCH)
    copy = baseline(corpus, test, report.translations, np.random.default_rng(0))
    return {
        "recipe": dataclasses.asdict(recipe),
        "fingerprint": runs.fingerprint(corpus),
        "parameters": translator.model.num_parameters,
        "training_seconds": round(seconds, 1),
        "development": [record["metrics"] for record in history.evaluations],
        "test": figures(report, copy, SEARCH),
        "commit": history.header["commit"],
        "versions": {name: metadata.version(name) for name in ("lstm-lib", "numpy", "sacrebleu", "nltk")},
        "python": platform.python_version(),
        "machine": {
            "processor": processor(),
            "cpus": os.cpu_count(),
            "blas_threads": os.environ.get("OPENBLAS_NUM_THREADS", "all"),
        },
    }


def processor() -> str:
    """The processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def read_results() -> list[dict]:
    """The stored rows."""
    if not RESULTS.exists():
        return []
    return [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]


def table(rows: list[dict]) -> str:
    """A line a corpus: scores as mean and range over seeds, and the longest training time."""
    lines = [
        "| corpus | seeds | test BLEU | copy baseline | chrF | perplexity | training, at most |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for corpus in dict.fromkeys(row["recipe"]["corpus"] for row in rows):
        of_corpus = [row for row in rows if row["recipe"]["corpus"] == corpus]
        tests = [row["test"] for row in of_corpus]
        cells = [
            corpus,
            str(len(of_corpus)),
            spread([test["bleu"]["score"] for test in tests]),
            spread([test["baseline"]["bleu"]["score"] for test in tests]),
            spread([test["chrf"]["score"] for test in tests]),
            spread([test["perplexity"] for test in tests]),
            f"{max(row['training_seconds'] for row in of_corpus):.0f} s",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def spread(values: list[float]) -> str:
    """Mean and range, or the one value that all share."""
    texts = [f"{value:.1f}" for value in (np.mean(values), min(values), max(values))]
    return texts[0] if texts[1] == texts[2] else f"{texts[0]} ({texts[1]} to {texts[2]})"


def draw(rows: list[dict]) -> Figure:
    """Development BLEU after each epoch: a panel a corpus, a line a seed."""
    use_course_style()
    corpora = list(dict.fromkeys(row["recipe"]["corpus"] for row in rows))
    figure, panels = plt.subplots(1, len(corpora), figsize=(9, 3.4), layout="constrained", squeeze=False)
    for corpus, ax in zip(corpora, panels[0], strict=True):
        of_corpus = [row for row in rows if row["recipe"]["corpus"] == corpus]
        for row, style in zip(of_corpus, ("-", "--", ":"), strict=False):
            scores = [metrics["bleu"] for metrics in row["development"]]
            ax.plot(
                range(1, len(scores) + 1), scores, style, marker="o", label=f"seed {row['recipe']['seed']}"
            )
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set(title=corpus, xlabel="epoch", ylabel="development BLEU, greedy", ylim=(0, 105))
        ax.legend(loc="lower right")
    return figure


def main(argv: list[str] | None = None) -> int:
    """Run the study."""
    parser = argparse.ArgumentParser(
        prog="python -m lstm_lib.studies.headline", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--table", action="store_true", help="run nothing")
    options = parser.parse_args(argv)
    rows = read_results()
    done = [row["recipe"] for row in rows]
    for corpus in () if options.table else CORPORA:
        for seed in SEEDS:
            recipe = Recipe.of(corpus=corpus, seed=seed)
            if dataclasses.asdict(recipe) in done:
                continue
            rows.append(measure(recipe))
            RESULTS.parent.mkdir(parents=True, exist_ok=True)
            with open(RESULTS, "a", encoding="utf-8") as file:
                file.write(json.dumps(rows[-1]) + "\n")
            score = rows[-1]["test"]["bleu"]["score"]
            print(
                f"{corpus}, seed {seed}: BLEU {score:.1f} after {rows[-1]['training_seconds']:.0f} s",
                flush=True,
            )
    print(table(rows))
    FIGURE.parent.mkdir(exist_ok=True)
    draw(rows).savefig(FIGURE, dpi=150)
    return 0


if __name__ == "__main__":
    sys.exit(main())
