"""Optimizers, schedules, clipping, checkpoints and the training loop, for any model with gradients."""

from lstm_lib.training.checkpoint import Checkpoint, Progress, load_checkpoint, save_checkpoint
from lstm_lib.training.history import History, read_history
from lstm_lib.training.optimizers import OPTIMIZERS, SGD, Adam, AdamW, Optimizer, RMSProp
from lstm_lib.training.schedules import SCHEDULES, Schedule
from lstm_lib.training.step import clip_by_global_norm, global_norm, take_step
from lstm_lib.training.trainer import DivergedError, Trainer

__all__ = ["OPTIMIZERS", "SCHEDULES", "SGD", "Adam", "AdamW", "Checkpoint", "DivergedError", "History"]
__all__ += ["Optimizer", "Progress", "RMSProp", "Schedule", "Trainer", "clip_by_global_norm", "global_norm"]
__all__ += ["load_checkpoint", "read_history", "save_checkpoint", "take_step"]
