"""Translations to judge: what three models make of the same real sentences, Spanish to English.

    OPENBLAS_NUM_THREADS=1 python -m figures.translations

The corpus is tatoeba-small with its languages exchanged: a reader of this course can judge English.  Each
model trains for some minutes.  Their translations of the whole test part go to
data/translations/spanish_english.tsv; systems.jsonl beside it says how each was made and what it scored, and
what a copy of the nearest training sentence's translation scores.  The column `forced` holds what the last
model predicts while it reads the reference: notebook 09 shows what a score of that would be worth.
"""

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course.bleu.system_outputs import COPY, OUTPUTS, Output, copies, key_of, to_table, turned
from lstm_lib import runs
from lstm_lib.evaluation import TestSet
from lstm_lib.recipe import Recipe
from lstm_lib.storage import atomic_file
from lstm_lib.text.batching import encode_pairs, make_batch
from lstm_lib.text.corpus import Corpus, Pair
from lstm_lib.text.metrics import bleu
from lstm_lib.text.vocabulary import PAD
from lstm_lib.translator import Translator

SYSTEMS_FILE = OUTPUTS.with_name("systems.jsonl")
MODELS = {"two epochs": {"epochs": 2}, "no attention": {"attention": "none"}, "full recipe": {}}
SEARCH = {"beam_size": 5, "length_penalty": 1.0}
PROVENANCE = ("python", "numpy", "lstm_lib", "commit", "platform", "cpus")


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
    test = TestSet.of(corpus.test)
    found, abouts = {}, {COPY: {}}
    for name, options in MODELS.items():
        translator, abouts[name] = trained(corpus, Recipe.of(**options))
        found[name] = translator.best(test.sources, **SEARCH)
    firsts = [Pair(s, texts[0]) for s, texts in zip(test.sources, test.references, strict=True)]
    said = zip(test.sources, teacher_forced(translator, firsts), *found.values(), strict=True)
    outputs = [
        Output(key_of(source), dict(zip(found, texts, strict=True)), forced)
        for source, forced, *texts in said
    ]
    store(OUTPUTS, to_table(outputs))
    found = {COPY: copies(corpus, test)} | found
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
