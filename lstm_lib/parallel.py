"""Several processes take one step together: a step of training, or the search of a batch.

A `Crew` starts the processes and asks all of them for the same thing at once. `Team` is a crew that trains:

    g = sum_k (n_k / n) g_k        g_k: gradients of process k on its n_k of the batch's n tokens

Each process computes the gradients of its own sentences and writes them, as one flat vector, into memory that
all share. Then it adds up, and after clipping updates, its own part of the parameters; the others copy that.
`ParallelSearch` is a crew that translates, each process its share of the sentences. (Threads would do for
large matrices, but Python's lock makes them wait for each other between any two small ones.)
"""

import copy
import math
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from itertools import accumulate, pairwise
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from lstm_lib.errors import UserError
from lstm_lib.limits import Count, check
from lstm_lib.nn.layers import check_sentences
from lstm_lib.seq2seq.search import Hypothesis, Rules, beam_search
from lstm_lib.training.optimizers import Arrays, Optimizer, blocks
from lstm_lib.training.step import Step, Trainable, clip_factor, keep_freed_memory, squared_norm

PATIENCE = 0.002  # seconds of waiting without sleep: waking up takes as long as a small training step

context = multiprocessing.get_context("spawn")  # works alike on all systems, and in notebooks

# Processes


class Crew(AbstractContextManager):
    """Processes with one worker each; this process holds the first worker.

    Use it in a `with` statement, at whose end the other processes end.

    Args: size: number of processes, this one included.  make: called as `make(*arguments, memory, index)` in
        each process, returns its worker; all arguments must be picklable.  memory: what the processes share.
    Raises: ValueError on a size below 1; UserError if a process has ended.
    """

    def __init__(self, size: int, make: Callable[..., Any], *arguments: Any, memory: Any = None):
        check("workers", size, Count)
        self.size, self.first, self._pipes = size, make(*arguments, memory, 0), []
        self._blas = ThreadpoolController().select(user_api="blas") if size > 1 else None
        for index in range(1, size):
            ours, theirs = context.Pipe()
            context.Process(target=_serve, args=(theirs, memory), daemon=True).start()
            theirs.close()
            self._pipes.append(ours)
            # A model goes through the pipe, as `start` would wait for ever for a process that died too early.
            with _none_ended():
                ours.send((make, arguments, index))

    def __exit__(self, *_) -> None:
        for pipe in self._pipes:
            pipe.close()  # which ends its process

    def ask(self, method: str, arguments: Iterable[tuple]) -> list[Any]:
        """Call a method of every worker, each with its own arguments, and return their answers in order.

        With several processes, each has one core for itself, and its matrix products take one thread.

        Raises: what a worker raised; UserError if a process has ended.
        """
        mine, *others = arguments
        with _none_ended():
            for pipe, given in zip(self._pipes, others, strict=True):
                pipe.send((method, given))
            with self._blas.limit(limits=1) if self._blas else nullcontext():
                answers = [_answer(self.first, method, mine), *map(_receive, self._pipes)]
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers


@contextmanager
def _none_ended() -> Iterator[None]:
    """Turn what a pipe says when the process at its other end has ended into a UserError."""
    try:
        yield
    except (EOFError, OSError) as error:
        raise UserError(
            "one of the processes has ended: in a script of your own, put what it does under `if __name__ == "
            '"__main__":`; otherwise it may be out of memory, and fewer workers may help'
        ) from error


def _serve(pipe: Connection, memory: Any) -> None:
    """Make a worker in another process, and do what the first process asks until it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes: the first one decides
    np.seterr(over="ignore", invalid="ignore")  # the first process looks for infinity and NaN
    ThreadpoolController().limit(limits=1, user_api="blas")
    keep_freed_memory()
    with suppress(EOFError, OSError):  # the pipe is closed
        make, arguments, index = pipe.recv()
        worker = make(*arguments, memory, index)
        while True:
            method, given = _receive(pipe)
            pipe.send(_answer(worker, method, given))


def _answer(worker: Any, method: str, given: tuple) -> Any:
    """Return what a worker's method returns, or the exception that it raises."""
    try:
        return getattr(worker, method)(*given)
    except Exception as error:
        return error


def _receive(pipe: Connection) -> Any:
    """Wait for the next message and return it."""
    deadline = time.perf_counter() + PATIENCE
    while not pipe.poll(0) and time.perf_counter() < deadline:
        pass
    return pipe.recv()


# Training


class Team(Crew):
    """The processes that train one model, used in a `with` statement; this process is the first of them.

    The optimizer's moments move to shared memory, and stay usable when the team has ended.

    Args: model, whose parameters are of one type; optimizer, with its state; workers: how many processes.
    """

    def __init__(self, model: Trainable, optimizer: Optimizer, workers: int):
        size = sum(param.nbytes for param in model.params.values())
        memory = context.RawArray("b", (1 + workers + len(optimizer.slots)) * size)
        params, *rest = shared_vectors(model.params, memory)
        flatten(model.params, model.params, params)
        bare = copy.copy(optimizer)
        bare.state = {"step": optimizer.state["step"]}  # the moments go through shared memory
        for slot, vector in zip(optimizer.slots, rest[workers:], strict=True):
            moments = {f"{slot}.{key}": view for key, view in views(vector, model.params).items()}
            flatten(optimizer.state, moments, vector)
            optimizer.state |= moments
        super().__init__(workers, TrainingWorker, model, bare, workers, memory=memory)
        optimizer.state["step"] = self.first.optimizer.state["step"]

    def take_step(
        self, batch: Any, rng: np.random.Generator, learning_rate: float, clip_norm: float | None
    ) -> Step:
        """Do what `training.take_step` does; each process draws noise from a seed that `rng` draws for it.

        Args: batch: a named tuple of arrays with one row per sentence.
        """
        seeds = rng.integers(2**63, size=self.size)
        shards = [type(batch)(*(part[k :: self.size] for part in batch)) for k in range(self.size)]
        losses, tokens = zip(*self.ask("gradients", zip(shards, seeds, strict=True)), strict=True)
        shares = [count / sum(tokens) for count in tokens]
        loss = sum(share * loss for share, loss in zip(shares, losses, strict=True))
        norm = math.sqrt(sum(self.ask("combine", [(shares,)] * self.size)))
        step = Step(loss, norm, sum(tokens))
        if step.is_finite:
            self.ask("update", [(clip_factor(norm, clip_norm), learning_rate)] * self.size)
            self.first.copy_updates()  # the others do so before they compute again
        return step


class TrainingWorker:
    """The worker of one process of a team.

    Its model has parameters of its own: to compute with memory that another process has just written takes
    far longer than to copy it first.
    """

    def __init__(self, model: Trainable, optimizer: Optimizer, workers: int, memory: Any, index: int):
        """Args: optimizer, without moments; memory: see `shared_vectors`; index: of this process."""
        self.model, self.index, self.optimizer = model, index, copy.copy(optimizer)
        params, *rest = shared_vectors(model.params, memory)
        own = own_part(len(params), workers, index)
        self.views, self.params, self.all_grads = views(params, model.params), params[own], rest[index]
        self.grads_of_part = [grads[own] for grads in rest[:workers]]
        moments = {
            f"{slot}.own": part[own] for slot, part in zip(optimizer.slots, rest[workers:], strict=True)
        }
        self.optimizer.state = {"step": optimizer.state["step"].copy(), **moments}

    def gradients(self, shard: Any, seed: int) -> tuple[float, int]:
        """Compute this shard's gradients; return the mean loss per token and the number of tokens."""
        self.copy_updates()
        if not len(shard[0]):  # more processes than sentences
            self.all_grads[...] = 0
            return 0.0, 0
        loss, grads, tokens = self.model.loss_and_grads(shard, np.random.default_rng(seed))
        flatten(grads, self.views, self.all_grads)
        return float(loss), tokens

    def combine(self, shares: list[float]) -> float:
        """Add up all gradients of this process's part, weighted by `shares`; return their squared norm."""
        total, mine = 0.0, self.grads_of_part[self.index]
        for block in blocks(len(mine)):
            mine[block] *= shares[self.index]
            for k, grads in enumerate(self.grads_of_part):
                if k != self.index:
                    mine[block] += grads[block] * mine.dtype.type(shares[k])
            total += squared_norm(mine[block])
        return total

    def update(self, factor: float, learning_rate: float) -> None:
        """Update this process's part of the shared parameters, with gradients times `factor`."""
        grads = self.grads_of_part[self.index]
        if factor != 1.0:
            grads *= factor
        self.optimizer.update({"own": self.params}, {"own": grads}, learning_rate)

    def copy_updates(self) -> None:
        """Copy the parameters that all processes have updated into the model."""
        for key, view in self.views.items():
            self.model.params[key][...] = view


def own_part(size: int, workers: int, index: int) -> slice:
    """Return which entries of the flat parameters a process updates: each the same number."""
    return slice(size * index // workers, size * (index + 1) // workers)


def shared_vectors(params: Arrays, memory: Any) -> np.ndarray:
    """View memory that processes share as vectors as long as all parameters.

    Returns: the parameters; then the gradients of each process; then the optimizer's moments, slot by slot.
    """
    dtype = next(iter(params.values())).dtype
    return np.frombuffer(memory, dtype).reshape(-1, sum(param.size for param in params.values()))


def views(vector: np.ndarray, params: Arrays) -> Arrays:
    """View a flat vector as arrays of the names and shapes of the parameters."""
    edges = pairwise(accumulate((param.size for param in params.values()), initial=0))
    return {
        key: vector[start:end].reshape(param.shape)
        for (key, param), (start, end) in zip(params.items(), edges, strict=True)
    }


def flatten(arrays: Arrays, names: Iterable[str], out: np.ndarray) -> None:
    """Write arrays one after the other, in the order of their names, into one vector."""
    np.concatenate([arrays[name].reshape(-1) for name in names], out=out)


# Search


class ParallelSearch(Crew):
    """`beam_search` of one model, used in a `with` statement.

    Args: model, as `seq2seq.search` wants it; workers: number of processes.
    """

    def __init__(self, model, workers: int):
        super().__init__(workers, SearchWorker, model)

    def beam_search(
        self, source: np.ndarray, source_mask: np.ndarray, rules: Rules, **options: Any
    ) -> list[list[Hypothesis]]:
        """Return what `search.beam_search` returns."""
        check_sentences("source", source, "source_mask", source_mask)
        every = range(self.size)
        shares = [(source[k :: self.size], source_mask[k :: self.size], rules, options) for k in every]
        found: list = [None] * len(source)
        for k, answers in enumerate(self.ask("search", shares)):
            found[k :: self.size] = answers
        return found


class SearchWorker:
    """The worker of one process of a search."""

    def __init__(self, model, memory: None, index: int):
        self.model = model

    def search(self, source: np.ndarray, source_mask: np.ndarray, rules: Rules, options: dict) -> list:
        """Search this process's share of the sentences, if it has any."""
        return beam_search(self.model, source, source_mask, rules, **options) if len(source) else []
