"""The exchange, once around: trained in NumPy, trained on in PyTorch, translated by NumPy again.

    python -m figures.frameworks.exchange.worked_example      run what is missing, and print the table

A run on spoken dates stops early.  Its weights go to PyTorch and come back untouched, which must change no
bit.  Then they go there again, are trained on, and come back.  The control is the same further training in
NumPy.  Rows are in exchange.jsonl, one for each seed; `figures/SCALE.md` shows them.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from figures.frameworks.twins import load_twin
from figures.lab.drawing import markdown
from figures.lab.plan import Run, measurement, over_seeds
from figures.lab.results import Row
from figures.lab.runner import perform, stored
from figures.lab.script import end_with
from figures.lab.setting import FORMER, StudyOptions
from lstm_lib import runs
from lstm_lib.evaluation import TestSet, evaluate
from lstm_lib.recipe import Recipe
from lstm_lib.text.corpus import Corpus
from lstm_lib.translator import Translator

FILE = "exchange"
SEEDS = 3
OPTIONS = {"corpus": "dates", "epochs": 1}
FURTHER = {"epochs": 1, "learning_rate": 0.001}
STAGES = {  # in the table, by their names in the rows
    "trained": "trained in NumPy, {epochs} epoch",
    "untouched": "to PyTorch and back, untouched",
    "pytorch": "trained on in PyTorch, {further} epoch, and back",
    "numpy": "trained on in NumPy instead (`--init-from`)",
}


@measurement("frameworks.exchange", version=1)
def there_and_back(configuration: dict, seed: int) -> dict:
    """Train, export, train on there, and return.

    Args: configuration: options of the first training, further: what changes in the second.
    Returns: by stage BLEU and perplexity of the test part; same_bits, whether what came back untouched is
        the run's; versions.
    """
    load_twin("pytorch")
    import torch

    from figures.frameworks.exchange import handover
    from figures.frameworks.exchange.torch_training import train_on

    torch.set_num_threads(1)  # so that sums are added in one order, on any machine
    recipe = Recipe(**FORMER | configuration["options"], seed=seed)
    corpus = runs.read_corpus(recipe)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs.train(recipe, corpus, folder / "trained", progress_bar=False)
        handover.to_torch(folder / "trained", folder / "there")
        handover.to_numpy(folder / "there", folder / "untouched")
        epochs = train_on(folder / "there", seed=seed, corpus=corpus, **configuration["further"])
        handover.to_numpy(folder / "there", folder / "pytorch")
        given = configuration["options"] | configuration["further"]
        further = runs.fine_tuning(str(folder / "trained"), seed=seed, **given)
        runs.train(further, corpus, folder / "numpy", progress_bar=False)
        found = {stage: Translator.load(folder / stage) for stage in STAGES}
    before, after = (found[stage].model.params for stage in ("trained", "untouched"))
    return {
        "scores": {stage: scores(translator, corpus) for stage, translator in found.items()},
        "same_bits": all(np.array_equal(array, after[key]) for key, array in before.items()),
        "development_loss": [epoch.dev_loss for epoch in epochs],
        "versions": {"torch": torch.__version__},
    }


def scores(translator: Translator, corpus: Corpus) -> dict[str, float]:
    """BLEU and perplexity of the test part, with a beam of 5."""
    report = evaluate(translator, TestSet.of(corpus.test))
    return {"bleu": report.bleu.score, "perplexity": report.perplexity}


def plan(options: StudyOptions) -> list[Run]:
    """The example with its seeds."""
    configuration = {"options": OPTIONS, "further": FURTHER}
    return over_seeds(there_and_back, {"dates": configuration}, options.seed_range(SEEDS))


def table(rows: Sequence[Row]) -> str:
    """BLEU and perplexity of each stage, one column per seed."""
    names = {"epochs": OPTIONS["epochs"], "further": FURTHER["epochs"]}
    body = []
    for stage, title in STAGES.items():
        found = [row["metrics"]["scores"][stage] for row in rows]
        cells = [f"{each['bleu']:.1f}, {each['perplexity']:.3f}" for each in found]
        body.append([title.format(**names), *cells])
    return markdown(["test BLEU, perplexity", *(f"seed {row['seed']}" for row in rows)], body)


def main(options: StudyOptions) -> int:
    """Run what is missing and print the table."""
    print(table(perform(FILE, plan(options), options)))
    return 0


def shown(options: StudyOptions) -> str:
    """The table of what is stored; nothing is run."""
    return table(stored(FILE, plan(options), options))


if __name__ == "__main__":
    end_with(main, StudyOptions(workers=1))
