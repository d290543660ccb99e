"""Translations to judge: what three models make of the same real sentences, Spanish to English.

    OPENBLAS_NUM_THREADS=1 python -m figures.translations

The corpus is tatoeba-small with its languages exchanged: a reader of this course can judge English.  Each
model trains for some minutes.  The sentences of the test part go to data/translations/tatoeba_test.tsv with
the credits of their contributors, the translations of them to spanish_english.tsv beside it, and
systems.jsonl says how each system was made and what it scored.  The first system copies the nearest
training sentence's translation.  The column `forced` holds what the last model predicts while it reads the
reference: notebook 09 shows what a score of that would be worth.
"""

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course.bleu.system_outputs import (
    OUTPUTS,
    PAIR_COLUMNS,
    PAIRS,
    Output,
    key_of,
    outputs_table,
    to_table,
)
from course.corpora.tatoeba import read_rows
from figures.lab.setting import FORMER
from lstm_lib import runs
from lstm_lib.evaluation import TestSet
from lstm_lib.recipe import Recipe
from lstm_lib.storage import atomic_file
from lstm_lib.text.baseline import copy_nearest
from lstm_lib.text.batching import encode_pairs, make_batch
from lstm_lib.text.corpus import Corpus, Pair
from lstm_lib.text.metrics import bleu
from lstm_lib.text.vocabulary import PAD
from lstm_lib.translator import Translator

SYSTEMS_FILE = OUTPUTS.with_name("systems.jsonl")
COPY = "nearest copy"  # the baseline's name among the systems
CREDIT = "Attribution: tatoeba.org "  # what comes before the numbers and names of a pair's contributors
MODELS = {"two epochs": {"epochs": 2}, "no attention": {"attention": "none"}, "full recipe": {}}
SEARCH = {"beam_size": 5, "length_penalty": 1.0}
PROVENANCE = ("python", "numpy", "lstm_lib", "commit", "platform", "cpus")


def turned(corpus: Corpus) -> Corpus:
    """Return the corpus with source and target exchanged; its parts share no sentence either way."""
    parts = {
        part: tuple(Pair(pair.target, pair.source) for pair in getattr(corpus, part))
        for part in ("train", "dev", "test")
    }
    languages = {"source_language": corpus.target_language, "target_language": corpus.source_language}
    return dataclasses.replace(corpus, **languages, **parts)


def copies(corpus: Corpus, test: TestSet) -> list[str]:
    """Return the baseline's translations."""
    sources, targets = zip(*((pair.source, pair.target) for pair in corpus.train), strict=True)
    return copy_nearest(test.sources, sources, targets).translations


def credits_of(corpus: Corpus) -> dict[Pair, str]:
    """Return the contributors of each pair of the turned corpus' test part."""
    wanted = set(corpus.test)
    return {pair: credit.split(CREDIT)[1] for t, s, credit in read_rows() if (pair := Pair(s, t)) in wanted}


def trained(corpus: Corpus, recipe: Recipe) -> tuple[Translator, dict]:
    """Return a trained model, and how it was made."""
    translator, history = runs.train(recipe, corpus)
    about = {
        "recipe": dataclasses.asdict(recipe),
        "parameters": translator.model.num_parameters,
        "search": SEARCH,
        **{name: history.header[name] for name in PROVENANCE},
    }
    return translator, about


def teacher_forced(translator: Translator, pairs: Sequence[Pair]) -> list[str]:
    """Return what a model predicts after each word of the reference, which is no translation."""
    batch = make_batch(encode_pairs(pairs, translator.source_codec, translator.target_codec))
    memory, state = translator.model.begin(batch.source, batch.source_mask)
    columns = []
    for word_before in batch.target_in.T:  # (B,), of the reference
        scores, state, _ = translator.model.next_log_probabilities(word_before, state, memory)
        columns.append(scores.argmax(axis=1))
    ids = np.where(batch.target_mask, np.stack(columns, axis=1), PAD)  # (B, T)
    return [translator.target_codec.decode(row) for row in ids]


def main() -> int:
    """Train the models, and store their translations and scores."""
    corpus = turned(runs.read_corpus(Recipe.of()))
    test, thanks = TestSet.of(corpus.test), credits_of(corpus)
    known = zip(test.sources, test.references, strict=True)
    pairs = [(s, r, thanks[Pair(s, r)]) for s, references in known for r in references]
    store(PAIRS, to_table([PAIR_COLUMNS, *pairs]))
    found, abouts = {COPY: copies(corpus, test)}, {COPY: {}}
    for name, options in MODELS.items():
        translator, abouts[name] = trained(corpus, Recipe.of(**FORMER | options))
        found[name] = translator.best(test.sources, **SEARCH)
    firsts = [Pair(s, texts[0]) for s, texts in zip(test.sources, test.references, strict=True)]
    said = zip(test.sources, teacher_forced(translator, firsts), *found.values(), strict=True)
    outputs = [
        Output(key_of(source), dict(zip(found, texts, strict=True)), forced)
        for source, forced, *texts in said
    ]
    store(OUTPUTS, outputs_table(outputs))
    rows = [
        {"system": name, **about, "bleu": bleu(found[name], test.references)._asdict()}
        for name, about in abouts.items()
    ]
    store(SYSTEMS_FILE, "".join(json.dumps(row) + "\n" for row in rows))
    for row in rows:
        print(f"{row['system']}: BLEU {row['bleu']['score']:.1f}")
    return 0


def store(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as file:
        file.write(text.encode())


if __name__ == "__main__":
    sys.exit(main())
