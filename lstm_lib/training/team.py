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
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from lstm_lib.errors import UserError
from lstm_lib.training.blocks import blocks, flat_view
from lstm_lib.training.clipping import clip_factor, squared_norm
from lstm_lib.training.optimizers import Arrays, Optimizer
from lstm_lib.training.shared import Shared
from lstm_lib.training.step import Step, Trainable

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
PATIENCE = 0.002
Part = dict[str, slice]  # which entries of each parameter, seen flat


class Team:
    """The processes that train one model; this one is the first of them.  To be used in a `with` statement.

    A batch must be a named tuple of arrays with one row a sentence.  The optimizer's moments move to shared
    memory, and stay usable when the team is gone.
    """

    def __init__(self, model: Trainable, optimizer: Optimizer, workers: int):
        """Args: model; optimizer, with its state; workers: number of processes, at least 2."""
        context = multiprocessing.get_context("spawn")
        memory = context.RawArray("b", Shared.size(model.params, optimizer.slots, workers))
        shared = Shared(model.params, optimizer.slots, workers, memory)
        assign(shared.params, model.params)
        assign(shared.moments, optimizer.state)
        optimizer.state |= shared.moments
        bare = copy.copy(optimizer)
        bare.state = {"step": optimizer.state["step"]}
        self._first = Worker(model, bare, shared, 0)
        optimizer.state["step"] = self._first.optimizer.state["step"]
        self._pipes: list[Connection] = []
        with one_blas_thread():
            for index in range(1, workers):
                ours, theirs = context.Pipe()
                process = context.Process(
                    target=_serve, args=(theirs, model, bare, workers, memory, index), daemon=True
                )
                process.start()
                theirs.close()
                self._pipes.append(ours)

    def __enter__(self) -> Team:
        return self

    def __exit__(self, *_) -> None:
        for pipe in self._pipes:
            pipe.close()  # at which its process ends

    def take_step(
        self, batch: Any, rng: np.random.Generator, learning_rate: float, clip_norm: float | None
    ) -> Step:
        """As `step.take_step`; the noise of each process has a seed of its own, drawn from `rng`."""
        workers = len(self._pipes) + 1
        seeds = rng.integers(2**63, size=workers)
        shards = [type(batch)(*(part[k::workers] for part in batch)) for k in range(workers)]
        losses, tokens = zip(*self._ask("gradients", zip(shards, seeds, strict=True)), strict=True)
        shares = [count / sum(tokens) for count in tokens]
        loss = sum(share * loss for share, loss in zip(shares, losses, strict=True))
        norm = math.sqrt(sum(self._ask("combine", [(shares,)] * workers)))
        step = Step(loss, norm, sum(tokens))
        if step.is_finite:
            self._ask("update", [(clip_factor(norm, clip_norm), learning_rate)] * workers)
            self._first.copy_updates()  # the others do so before they compute again
        return step

    def _ask(self, method: str, arguments) -> list[Any]:
        """Call a method of every worker, each with its own arguments.  Returns: their answers, in order."""
        mine, *others = arguments
        try:
            for pipe, given in zip(self._pipes, others, strict=True):
                pipe.send((method, given))
            answers = [getattr(self._first, method)(*mine), *(receive(pipe) for pipe in self._pipes)]
        except (EOFError, OSError) as error:
            raise UserError(
                "a training process has ended (out of memory?); resume the run, with fewer workers if need be"
            ) from error
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers


class Worker:
    """What one process of a team does.  Each has parameters and gradients of its own: to compute with memory
    that another process has just written takes far longer than to copy it first.
    """

    def __init__(self, model: Trainable, optimizer: Optimizer, shared: Shared, index: int):
        """Args: index: which of the processes this is, counted from 0."""
        self.model, self.shared, self.index = model, shared, index
        self.parts = parts_of(model.params, len(shared.grads))
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


def receive(pipe: Connection) -> Any:
    """The next message.  Waits for a while without sleep, since to be woken takes as long as a small step."""
    deadline = time.perf_counter() + PATIENCE
    while not pipe.poll(0) and time.perf_counter() < deadline:
        pass
    return pipe.recv()


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


def _serve(pipe: Connection, model: Trainable, optimizer: Optimizer, workers: int, memory: Any, index: int):
    """The life of a process: do what the first one asks for, until it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes: the first one decides
    np.seterr(over="ignore", invalid="ignore")  # it also looks for infinity and NaN
    worker = Worker(model, optimizer, Shared(model.params, optimizer.slots, workers, memory), index)
    with suppress(EOFError, OSError):  # the pipe is closed
        while True:
            method, arguments = receive(pipe)
            try:
                answer = getattr(worker, method)(*arguments)
            except Exception as error:
                answer = error
            pipe.send(answer)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """For processes started within: each has a core of its own, and more threads would only wait."""
    before = {name: os.environ.get(name) for name in BLAS_THREADS}
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
