"""A small real problem for the trainer: logistic regression with dropout on its inputs."""

import numpy as np

from lstm_lib.training import OPTIMIZERS, SCHEDULES, Trainer

FEATURES, ROWS, BATCH_SIZE, EPOCHS = 12, 240, 20, 4

_rng = np.random.default_rng(7)
X = _rng.standard_normal((ROWS, FEATURES))
Y = (X @ _rng.standard_normal(FEATURES) + 0.5 > 0).astype(float)


class NoisyLogistic:
    """p = sigmoid(dropout(x) w + b), trained by cross-entropy."""

    def __init__(self):
        self.params = {"output.weight": np.zeros(FEATURES), "output.bias": np.zeros(1)}

    def loss_and_grads(self, batch, rng):
        x, y = batch
        x = x * (rng.random(x.shape) < 0.8) / 0.8
        p = self.probabilities(x)
        loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        error = (p - y) / len(y)
        return float(loss), {"output.weight": x.T @ error, "output.bias": error.sum(keepdims=True)}, len(y)

    def probabilities(self, x):
        return 1 / (1 + np.exp(-(x @ self.params["output.weight"] + self.params["output.bias"])))

    def evaluate(self):
        return {"bleu": 100 * float(np.mean((self.probabilities(X) > 0.5) == Y)), "rows": ROWS}


def batches_of_epoch(epoch):
    order = np.random.default_rng(epoch).permutation(ROWS)
    return [(X[rows], Y[rows]) for rows in order.reshape(-1, BATCH_SIZE)]


def make_trainer(
    run_dir=None, model=None, optimizer="adam", schedule="plateau", learning_rate=0.05, **options
):
    return Trainer(
        model or NoisyLogistic(),
        OPTIMIZERS[optimizer](),
        SCHEDULES[schedule](learning_rate),
        run_dir=run_dir,
        config={"optimizer": optimizer, "schedule": schedule},
        **{"checkpoint_every": 4, **options},
    )


def train(trainer, epochs=EPOCHS, **options):
    return trainer.fit(batches_of_epoch, epochs, trainer.model.evaluate, **options)


def weights(trainer):
    return {key: value.copy() for key, value in trainer.model.params.items()}


def assert_equal(got, want):
    """Hold two dicts of arrays equal to the last bit."""
    assert got.keys() == want.keys()
    assert all(np.array_equal(got[key], want[key]) for key in want)
