"""Data parallelism: several processes take each training step together.

    g = sum_k (n_k / n) g_k        g_k: gradients of process k on its n_k of the batch's n tokens

Each process computes the gradients of its own sentences.  Then each sums up, and after clipping updates, its
own part of the parameters, and the others copy that part.  So all work is divided, and what goes from
process to process is small.  (Threads would do for large matrices, but Python's lock makes them wait for each
other between any two small ones.)
"""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np

from lstm_lib.processes import Crew, context
from lstm_lib.training.blocks import blocks, flat_view
from lstm_lib.training.clipping import clip_factor, squared_norm
from lstm_lib.training.optimizers import Arrays, Optimizer
from lstm_lib.training.shared import Shared
from lstm_lib.training.step import Step, Trainable

Part = dict[str, slice]  # which entries of each parameter, seen flat


class Team(Crew):
    """The processes that train one model; this one is the first of them.  To be used in a `with` statement.

    A batch must be a named tuple of arrays with one row a sentence.  The optimizer's moments move to shared
    memory, and stay usable when the team is gone.
    """

    def __init__(self, model: Trainable, optimizer: Optimizer, workers: int):
        """Args: model; optimizer, with its state; workers: number of processes."""
        memory = context.RawArray("b", Shared.size(model.params, optimizer.slots, workers))
        shared = Shared(model.params, optimizer.slots, workers, memory)
        assign(shared.params, model.params)
        assign(shared.moments, optimizer.state)
        optimizer.state |= shared.moments
        bare = copy.copy(optimizer)
        bare.state = {"step": optimizer.state["step"]}
        super().__init__(workers, Worker, model, bare, workers, memory)
        optimizer.state["step"] = self._first.optimizer.state["step"]

    def take_step(
        self, batch: Any, rng: np.random.Generator, learning_rate: float, clip_norm: float | None
    ) -> Step:
        """As `step.take_step`; the noise of each process has a seed of its own, drawn from `rng`."""
        seeds = rng.integers(2**63, size=self.size)
        shards = [type(batch)(*(part[k :: self.size] for part in batch)) for k in range(self.size)]
        losses, tokens = zip(*self.ask("gradients", zip(shards, seeds, strict=True)), strict=True)
        shares = [count / sum(tokens) for count in tokens]
        loss = sum(share * loss for share, loss in zip(shares, losses, strict=True))
        norm = math.sqrt(sum(self.ask("combine", [(shares,)] * self.size)))
        step = Step(loss, norm, sum(tokens))
        if step.is_finite:
            self.ask("update", [(clip_factor(norm, clip_norm), learning_rate)] * self.size)
            self._first.copy_updates()  # the others do so before they compute again
        return step


class Worker:
    """What one process of a team does.  Each has parameters and gradients of its own: to compute with memory
    that another process has just written takes far longer than to copy it first.
    """

    def __init__(self, model: Trainable, optimizer: Optimizer, workers: int, memory: Any, index: int):
        """Args: optimizer: without moments.  memory: what `Shared` takes.  index: which of the processes."""
        shared = Shared(model.params, optimizer.slots, workers, memory)
        self.model, self.shared, self.index = model, shared, index
        self.parts = parts_of(model.params, workers)
        self.own = self.parts[index]
        self.optimizer = copy.copy(optimizer)
        self.optimizer.state = {"step": optimizer.state["step"].copy()}
        for slot in optimizer.slots:
            moments = {key: shared.moments[f"{slot}.{key}"] for key in self.own}
            self.optimizer.state |= {
                f"{slot}.{key}": piece for key, piece in pieces(moments, self.own).items()
            }

    def gradients(self, shard: Any, seed: int) -> tuple[float, int]:
        """Compute this shard's gradients.  Returns: the mean loss a token; the number of tokens."""
        self.copy_updates()
        if len(shard[0]):
            loss, grads, tokens = self.model.loss_and_grads(shard, np.random.default_rng(seed))
        else:  # more processes than sentences
            loss, tokens = 0.0, 0
            grads = {key: np.zeros_like(param) for key, param in self.model.params.items()}
        for index, part in enumerate(self.parts):
            if index != self.index:
                assign(pieces(self.shared.grads[self.index], part), pieces(grads, part))
        self.grads = pieces(grads, self.own)
        return float(loss), tokens

    def combine(self, shares: list[float]) -> float:
        """Sum up all gradients of this process's part, weighted.  Returns: their squared norm."""
        others = [
            (share, pieces(grads, self.own))
            for index, (share, grads) in enumerate(zip(shares, self.shared.grads, strict=True))
            if index != self.index
        ]
        total = 0.0
        for key, grad in self.grads.items():
            for block in blocks(grad.size):
                piece = grad[block]
                piece *= shares[self.index]
                for share, theirs in others:
                    piece += theirs[key][block] * piece.dtype.type(share)
                total += squared_norm(piece)
        return total

    def update(self, factor: float, learning_rate: float) -> None:
        """Update this process's part of the parameters, with gradients times `factor`, and show it."""
        if factor != 1.0:
            for grad in self.grads.values():
                grad *= factor
        params = pieces(self.model.params, self.own)
        self.optimizer.update(params, self.grads, learning_rate)
        assign(pieces(self.shared.params, self.own), params)

    def copy_updates(self) -> None:
        """Take over what the others have updated."""
        for index, part in enumerate(self.parts):
            if index != self.index:
                assign(pieces(self.model.params, part), pieces(self.shared.params, part))


def parts_of(params: Arrays, workers: int) -> list[Part]:
    """Divide all parameters among processes, as many numbers to each."""
    total, parts, before = sum(param.size for param in params.values()), [{} for _ in range(workers)], 0
    for key, param in params.items():
        for index, part in enumerate(parts):
            start = max(total * index // workers - before, 0)
            stop = min(total * (index + 1) // workers - before, param.size)
            if start < stop:
                part[key] = slice(start, stop)
        before += param.size
    return parts


def pieces(arrays: Arrays, part: Part) -> Arrays:
    """Flat views of a part of each array."""
    return {key: flat_view(key, arrays[key])[entries] for key, entries in part.items()}


def assign(to: Arrays, values: Arrays) -> None:
    for key, array in to.items():
        array[...] = values[key]
