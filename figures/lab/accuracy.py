"""What the study of optimization measures of a training: BLEU, and how many words it gets right."""

from collections.abc import Sequence

from figures.lab.measures import test_metrics, trained, training_metrics
from figures.lab.plan import measurement
from lstm_lib.evaluation import batches
from lstm_lib.text.corpus import Pair
from lstm_lib.training import DivergedError
from lstm_lib.translator import Translator


@measurement("training.development", version=1)
def train_only(configuration: dict, seed: int) -> dict:
    """Train the recipe under "recipe", and leave the test part alone: what a learning rate is chosen by.

    Returns: the metrics of `measures.training_metrics`; of a training that diverged, `diverged` alone: why.
    """
    try:
        return training_metrics(trained(configuration, seed))
    except DivergedError as error:
        return {"diverged": str(error)}


@measurement("training.accuracy", version=1)
def train_and_count(configuration: dict, seed: int) -> dict:
    """Train the recipe, test it, and count the words that it gets right.

    Returns: the metrics of `measures.train_and_test`; train_accuracy and dev_accuracy, 0 to 1, of the same
        parameters: those of the best epoch.
    """
    try:
        run = trained(configuration, seed)
    except DivergedError as error:
        return {"diverged": str(error)}
    return {
        **training_metrics(run),
        **test_metrics(run),
        "train_accuracy": token_accuracy(run.translator, run.corpus.train),
        "dev_accuracy": token_accuracy(run.translator, run.corpus.dev),
    }


def token_accuracy(translator: Translator, pairs: Sequence[Pair]) -> float:
    """The share of real target tokens that are the likeliest ones, given the right ones before; no noise.

    Args: translator, pairs: the ends of sentences count as tokens.  Returns: 0 to 1.
    """
    model, right, count = translator.model, 0, 0
    for batch in batches(translator, pairs):
        memory, state = model.begin(batch.source, batch.source_mask)
        readout, _ = model.decoder.forward(batch.target_in, memory, state.rnn)
        logits, _ = model.output.forward(readout[batch.target_mask])
        targets = batch.target_out[batch.target_mask]
        right += int((logits.argmax(axis=1) == targets).sum())
        count += len(targets)
    return right / count
