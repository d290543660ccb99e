"""What the comparison of LSTM and GRU measures: the time of an update, and gates along a sentence."""

import time

import numpy as np

from figures.lab.measures import test_metrics, trained, training_metrics
from figures.lab.plan import measurement
from figures.lab.setting import read_corpus, recipe_of
from lstm_lib import runs
from lstm_lib.nn.activations import sigmoid
from lstm_lib.text.batching import Batch, bucketed_batches, encode_pairs
from lstm_lib.text.vocabulary import EOS
from lstm_lib.training import clip_by_global_norm
from lstm_lib.translator import Translator

GATES = {"lstm": "ifo", "gru": "rz"}  # those with a sigmoid, by their letters in the equations
ORDER = {"lstm": "ifgo", "gru": "rzn"}  # as they stand side by side in the weights
WARM_UP = 3  # updates before the clock starts


@measurement("gru.updates", version=2)  # 2: with gates cut faster
def interleaved_updates(configuration: dict, seed: int) -> dict:
    """Time whole training updates of both cells on the same batches, turn by turn in one process.

    A busy machine slows both alike, so their ratio holds where seconds do not.

    Args: configuration: recipe, whose cell is ignored; rounds: batches, an update of each cell on every one.
    Returns: for "lstm" and "gru" the median ms of an update; ratio, the median over the rounds of GRU to
        LSTM; parameters of the whole model and recurrent_parameters, of its cells, by cell.
    """
    updates = {cell: _Update({**configuration["recipe"], "cell": cell}, seed) for cell in GATES}
    batches = updates["lstm"].batches(configuration["rounds"] + WARM_UP)
    seconds = np.array([[update(batch) for update in updates.values()] for batch in batches])[WARM_UP:]
    return {
        **{cell: float(1000 * np.median(column)) for cell, column in zip(updates, seconds.T, strict=True)},
        "ratio": float(np.median(seconds[:, 1] / seconds[:, 0])),
        "parameters": {cell: update.model.num_parameters for cell, update in updates.items()},
        "recurrent_parameters": {
            cell: sum(array.size for name, array in update.model.params.items() if ".rnn." in name)
            for cell, update in updates.items()
        },
    }


class _Update:
    """One model in training; calling it does an update and tells its seconds."""

    def __init__(self, recipe: dict, seed: int):
        self.recipe = recipe_of({"recipe": recipe}, seed)
        self.corpus = read_corpus(self.recipe)
        self.translator = runs.new_translator(self.recipe, self.corpus)
        self.model, self.optimizer = self.translator.model, runs.make_optimizer(self.recipe)
        self.optimizer.state = self.optimizer.initial_state(self.model.params)
        self.rng = np.random.default_rng(seed)

    def batches(self, count: int) -> list[Batch]:
        """The first batches of the corpus; all of them again and again, where it has fewer."""
        encoded = encode_pairs(self.corpus.train, self.translator.source_codec, self.translator.target_codec)
        found = bucketed_batches(encoded, self.recipe.batch_size, np.random.default_rng(self.recipe.seed))
        return [found[k % len(found)] for k in range(count)]

    def __call__(self, batch: Batch) -> float:
        started = time.perf_counter()
        _, grads, _ = self.model.loss_and_grads(batch, self.rng)
        clip_by_global_norm(grads, self.recipe.clip_norm)
        self.optimizer.update(self.model.params, grads, self.recipe.learning_rate)
        return time.perf_counter() - started


@measurement("gru.training", version=1)
def train_and_watch(configuration: dict, seed: int) -> dict:
    """Train and test the recipe, then watch the encoder's gates while it reads a sentence.

    Args: configuration: recipe; read: the sentence, none of the corpus, whose own are not to be stored.
    Returns: the metrics of `measures.train_and_test`; words, what was read; gates, for each letter the mean
        over all units at every word.
    """
    run = trained(configuration, seed)
    words, gates = watch_gates(run.translator, configuration["read"])
    return {**training_metrics(run), **test_metrics(run), "words": words, "gates": gates}


def watch_gates(translator: Translator, text: str) -> tuple[list[str], dict[str, list[float]]]:
    """How far each gate of the encoder's first layer is open, on average over its units, word by word.

    Args: translator: with a unidirectional encoder.
    Returns: the words, end of sentence included; from each gate's letter to (words,) values, 0 to 1.
    """
    cell = translator.model.config.cell
    encoder, ids = translator.model.encoder, [*translator.source_codec.encode(text), EOS]
    layer = encoder.rnn.layers[0]
    x, _ = encoder.embedding.forward(np.array([ids]))
    h, _, _ = layer.forward(x)
    before = np.concatenate([np.zeros_like(h[:, :1]), h[:, :-1]], axis=1)
    z = layer.project(x)[0] + before[0] @ layer.params["W_h"]
    gates = sigmoid(z).reshape(len(ids), len(ORDER[cell]), layer.hidden_size).mean(axis=2)
    found = {name: gates[:, ORDER[cell].index(name)].tolist() for name in GATES[cell]}
    return translator.source_codec.pieces(ids), found
