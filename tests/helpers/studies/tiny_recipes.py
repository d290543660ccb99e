"""Recipes of trainings that take a moment, for tests of what studies measure."""

import dataclasses

from figures.lab.setting import QUICK

TINY = dataclasses.replace(
    QUICK, train_pairs=64, held_out_pairs=8, hidden_size=8, embedding_size=8, epochs=2, batch_size=16, seed=3
)
EXPLOSIVE = dataclasses.replace(TINY, optimizer="sgd", learning_rate=1e38, warmup_steps=0, clip_norm=0.0)
