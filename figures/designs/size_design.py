"""Own files: which options suit a corpus of a given size, and how good the choice is that `train` makes.

Question: `train` chooses the options of the user's own files by the number of their pairs.  How far is that
choice from the best options that we know of?

Design: the first 5,000, 20,000 and 130,000 training pairs of all of Tatoeba, as if they were somebody's
files.  English to Spanish tries the choice, the recipe's own defaults (words, width 128), and further
candidates; Spanish to English tries the first two, and the best candidate of English to Spanish.

Budget: one seed.  Candidates are compared by development BLEU; test BLEU stands beside it.

BLEU is that of lower-cased text: words are lower-cased by their codec and subwords are not.  Translations are
detokenized, references as they are, and both are split by sacreBLEU's 13a.

What would change our mind: a candidate more than 1 BLEU above the choice on development data.
"""

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

from figures.lab.drawing import markdown
from figures.lab.measures import SEARCH, Trained, may_diverge, training_metrics
from figures.lab.plan import Run, measurement
from figures.lab.results import Row
from figures.lab.runner import RowsOf, perform
from figures.lab.setting import StudyOptions, StudyRecipe, read_corpus, recipe_fields, recipe_of
from lstm_lib import runs
from lstm_lib.evaluation import TestSet
from lstm_lib.recipe import spelled, suited_to
from lstm_lib.text.corpus import Corpus, Pair
from lstm_lib.text.metrics import bleu

Options = Mapping[str, Any]

STUDY = "sizes"
DIRECTIONS = ("English to Spanish", "Spanish to English")
CHOICE, BEFORE = "the choice", "the recipe's own defaults"


def around(base: Options, *changes: Options) -> tuple[Options, ...]:
    """Return some options, and each change of them."""
    return tuple({**base, **change} for change in ({}, *changes))


NARROW = {"embedding_size": 128, "hidden_size": 128}
LARGE_BATCHES = {"batch_size": 128, "learning_rate": 0.008}
FORMERLY = {"attention": "bahdanau", "tied_embeddings": False}
FIRST_CHOICE = {  # what `train` chose when these candidates were tried
    5_000: suited_to(5_000) | {"epochs": 20, "batch_size": 32, "learning_rate": 0.004},
    20_000: suited_to(20_000) | {"batch_size": 64, "learning_rate": 0.004},
}
CANDIDATES: Mapping[int, tuple[Options, ...]] = {  # beside the choice and the recipe's own defaults
    5_000: around(
        FIRST_CHOICE[5_000],
        {"dropout": 0.4},
        {"epochs": 30},
        {"subwords": 4000},
        {"subwords": None},
        LARGE_BATCHES,
        LARGE_BATCHES | {"epochs": 30},
        FORMERLY,
        NARROW,
    ),
    20_000: around(
        FIRST_CHOICE[20_000],
        {"dropout": 0.3, "epochs": 10},
        {"subwords": 8000},
        {"subwords": None},
        LARGE_BATCHES,
        FORMERLY,
        NARROW,
    ),
    130_000: around(
        suited_to(130_000),
        {"dropout": 0.3, "epochs": 8},
        FORMERLY,
        NARROW,
    ),
}
TINY = {"embedding_size": 8, "hidden_size": 8, "epochs": 1, "subwords": 60}  # of a quick run


@measurement("sizes.training", version=1)
@may_diverge
def train_and_score(configuration: dict, seed: int) -> dict:
    """Train the recipe under "recipe" in the direction under "direction", and test its best epoch.

    Returns: `training_metrics`; fingerprint of the corpus; dev, of greedy search, and test, of beam 5: BLEU
        of lower-cased text, 0 to 100; unknown, the share of test translations with an unknown word.
    """
    recipe = recipe_of(configuration, seed)
    corpus = read_corpus(recipe)
    if configuration["direction"] == DIRECTIONS[1]:
        corpus = turned(corpus)
    started = time.perf_counter()
    translator, history = runs.train(recipe, corpus, progress_bar=False)
    seconds = round(time.perf_counter() - started, 3)
    scores = {"fingerprint": runs.fingerprint(corpus)}
    for name, search in (("dev", {"beam_size": 1}), ("test", SEARCH)):
        held_out = TestSet.of(corpus.parts[name])
        found = translator.best(held_out.sources, **search)
        scores[name] = bleu(found, held_out.references, tokenizer="13a", keep_case=False).score
    scores["unknown"] = sum("<unk>" in text for text in found) / len(found)
    return {**training_metrics(Trained(recipe, corpus, translator, history, seconds)), **scores}


def turned(corpus: Corpus) -> Corpus:
    """Return the corpus with source and target exchanged."""
    parts = {
        name: tuple(Pair(pair.target, pair.source) for pair in pairs) for name, pairs in corpus.parts.items()
    }
    languages = {"source_language": corpus.target_language, "target_language": corpus.source_language}
    return dataclasses.replace(corpus, **parts, **languages)


def planned(size: int, direction: str, variants: Mapping[str, Options], options: StudyOptions) -> list[Run]:
    """Plan one training for each of the variants, which are options by name."""
    base, small = {"corpus": "tatoeba", "train_pairs": size}, {}
    if options.quick:
        base, small = {"corpus": "dates", "train_pairs": size, "held_out_pairs": 32}, TINY
    return [
        Run(
            name,
            train_and_score,
            {"recipe": recipe_fields(StudyRecipe(**base | chosen | small)), "direction": direction},
            0,
        )
        for name, chosen in variants.items()
    ]


def collect(options: StudyOptions, rows_of: RowsOf = perform) -> dict[tuple[int, str], list[Row]]:
    """Return the rows of each size and direction.

    Args: rows_of: `runner.perform` runs what is missing; `runner.stored` reads, and runs nothing.
    """
    found = {}
    for size, candidates in ({160: ()} if options.quick else CANDIDATES).items():
        usual = {CHOICE: suited_to(size), BEFORE: {}}
        tried = usual | {told(each): each for each in candidates if each not in usual.values()}
        for direction in DIRECTIONS:
            rows = found[size, direction] = rows_of(STUDY, planned(size, direction, tried, options), options)
            best = max(rows, key=dev_bleu, default={"variant": CHOICE})["variant"]
            tried = usual | {best: tried[best]}
    return found


def dev_bleu(row: Row) -> float:
    """Return a row's development BLEU, or -1 of a training that diverged."""
    return row["metrics"].get("dev", -1.0)


def told(options: Options) -> str:
    """Return options as the command line has them; no subwords are words."""
    return " ".join(f"{spelled(name)} {value or 0}" for name, value in options.items())


def table(found: Mapping[tuple[int, str], list[Row]]) -> str:
    """Return one line per size and direction: BLEU on development and test part of the three that matter."""
    bleu_of = "its BLEU: dev, test"
    head = ["pairs", "direction", "tried", CHOICE, bleu_of, "best on dev", bleu_of, f"BLEU of {BEFORE}"]
    body = []
    for (size, direction), rows in found.items():
        of = {row["variant"]: row for row in rows if "dev" in row["metrics"]}
        best = max(of.values(), key=dev_bleu, default=None)
        name = "" if best is None else "the same" if best["variant"] == CHOICE else best["variant"]
        scores = [_scores(row) for row in (of.get(CHOICE), best, of.get(BEFORE))]
        about = f"{size:,}", direction, str(len(rows)), told(suited_to(size))
        body.append([*about, scores[0], name, *scores[1:]])
    return markdown(head, body)


def _scores(row: Row | None) -> str:
    return "not yet run" if row is None else f"{row['metrics']['dev']:.1f}, {row['metrics']['test']:.1f}"


def run(options: StudyOptions, rows_of: RowsOf = perform) -> None:
    """Run what is missing, and print the table.  Args: rows_of: see `collect`."""
    print(table(collect(options, rows_of)))
