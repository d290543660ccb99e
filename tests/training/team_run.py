"""Train a small model with two processes in the folder given, or go on; a script of `test_killed.py`."""

import sys
from pathlib import Path

import numpy as np

from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.text.batching import make_batch
from lstm_lib.training import SCHEDULES, Adam, Trainer

CONFIG = ModelConfig(30, 30, embedding_size=8, hidden_size=8, dropout=0.2)


def batches_of_epoch(epoch):
    rng = np.random.default_rng(epoch)
    return [
        make_batch([(rng.integers(4, 30, 5).tolist(), rng.integers(4, 30, 4).tolist()) for _ in range(8)])
        for _ in range(60)
    ]


if __name__ == "__main__":
    model = Seq2Seq(CONFIG, np.random.default_rng(0))
    schedule = SCHEDULES["constant"](0.01)
    folder = Path(sys.argv[1])
    trainer = Trainer(model, Adam(), schedule, workers=2, checkpoint_every=7, run_dir=folder)
    trainer.fit(batches_of_epoch, 4, resume=True)
