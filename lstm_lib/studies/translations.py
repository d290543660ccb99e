"""Translations to judge: what four systems make of the same real sentences, Spanish to English.

    OPENBLAS_NUM_THREADS=1 python -m lstm_lib.studies.translations

The corpus is tatoeba-small, turned round: whoever reads this course can judge English.  Three models are
trained, some minutes each, and stand beside the copy of the nearest training sentence's translation.  All
sentences of the test part go to data/translations/spanish_english.tsv, and to systems.jsonl beside it how
each system was made and what it scored.  The column `forced` holds what the last model says where it reads
the reference before it speaks: notebook 09 shows what a score of that would be worth.
"""

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lstm_lib import runs
from lstm_lib.course.translations import SENTENCES, Translated, to_table
from lstm_lib.evaluation import TestSet
from lstm_lib.recipe import Recipe
from lstm_lib.text.baseline import copy_nearest
from lstm_lib.text.batching import encode_pairs, make_batch
from lstm_lib.text.corpus import Corpus, Pair
from lstm_lib.text.metrics import bleu
from lstm_lib.text.tatoeba import read_rows
from lstm_lib.text.vocabulary import PAD
from lstm_lib.training.atomic import atomic_file
from lstm_lib.translator import Translator

SYSTEMS_FILE = SENTENCES.with_name("systems.jsonl")
COPY = "nearest copy"
MODELS = {"two epochs": {"epochs": 2}, "no attention": {"attention": "none"}, "full recipe": {}}
SEARCH = {"beam_size": 5, "length_penalty": 1.0}
PROVENANCE = ("python", "numpy", "lstm_lib", "commit", "platform", "cpus")
CREDIT = "Attribution: tatoeba.org "  # what comes before the numbers and names of a pair's contributors


def turned(corpus: Corpus) -> Corpus:
    """The corpus with source and target exchanged; its parts share no sentence in either direction."""
    parts = {
        part: tuple(Pair(pair.target, pair.source) for pair in getattr(corpus, part))
        for part in ("train", "dev", "test")
    }
    languages = {"source_language": corpus.target_language, "target_language": corpus.source_language}
    return dataclasses.replace(corpus, **languages, **parts)


def copies(corpus: Corpus, test: TestSet) -> list[str]:
    """The baseline's translations."""
    sources, targets = zip(*((pair.source, pair.target) for pair in corpus.train), strict=True)
    return copy_nearest(test.sources, sources, targets).translations


def trained(corpus: Corpus, recipe: Recipe) -> tuple[Translator, dict]:
    """A trained model, and how it came to be."""
    translator, history = runs.train(recipe, corpus)
    about = {
        "recipe": dataclasses.asdict(recipe),
        "parameters": translator.model.num_parameters,
        "search": SEARCH,
        **{name: history.header[name] for name in PROVENANCE},
    }
    return translator, about


def teacher_forced(translator: Translator, pairs: Sequence[Pair]) -> list[str]:
    """What a model says where it reads the reference's word before, and not its own: no translation."""
    batch = make_batch(encode_pairs(pairs, translator.source_codec, translator.target_codec))
    memory, state = translator.model.begin(batch.source, batch.source_mask)
    columns = []
    for word_before in batch.target_in.T:  # (B,), of the reference
        scores, state, _ = translator.model.next_log_probabilities(word_before, state, memory)
        columns.append(scores.argmax(axis=1))
    ids = np.where(batch.target_mask, np.stack(columns, axis=1), PAD)  # (B, T)
    return [translator.target_codec.decode(row) for row in ids]


def credits_of(corpus: Corpus) -> dict[tuple[str, str], str]:
    """Whom to thank for each pair of the turned corpus' test part."""
    wanted = {(pair.source, pair.target) for pair in corpus.test}
    return {(s, t): credit.split(CREDIT)[1] for t, s, credit in read_rows() if (s, t) in wanted}


def main() -> int:
    """Run the systems and store what they say."""
    corpus = turned(runs.read_corpus(Recipe.of()))
    test, thanks = TestSet.of(corpus.test), credits_of(corpus)
    found, abouts = {COPY: copies(corpus, test)}, {COPY: {}}
    for name, options in MODELS.items():
        translator, abouts[name] = trained(corpus, Recipe.of(**options))
        found[name] = translator.best(test.sources, **SEARCH)
    firsts = [Pair(s, texts[0]) for s, texts in zip(test.sources, test.references, strict=True)]
    sentences = [
        Translated(
            source,
            references,
            dict(zip(found, texts, strict=True)),
            forced,
            tuple(thanks[source, reference] for reference in references),
        )
        for source, references, forced, *texts in zip(
            test.sources, test.references, teacher_forced(translator, firsts), *found.values(), strict=True
        )
    ]
    store(SENTENCES, to_table(sentences))
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
