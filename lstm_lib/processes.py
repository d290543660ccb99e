"""A crew: several processes that work together, step by step, on what the first one asks of them."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from lstm_lib.allocator import keep_freed_memory
from lstm_lib.errors import UserError

PATIENCE = 0.002  # seconds of waiting without sleep: to be woken takes as long as a small training step

context = multiprocessing.get_context("spawn")  # which works alike everywhere, in notebooks too


class Crew:
    """Processes with a worker each, made there by `make(*arguments, index)`.  This process is the first of
    them.  To be used in a `with` statement, at whose end the others end.
    """

    def __init__(self, size: int, make: Callable[..., Any], *arguments: Any):
        """Args: size: number of processes, this one included.  make, arguments: can be pickled."""
        self.size, self._first, self._pipes = size, make(*arguments, 0), []
        self._blas = ThreadpoolController().select(user_api="blas") if size > 1 else None
        for index in range(1, size):
            ours, theirs = context.Pipe()
            given = theirs, make, *arguments, index
            context.Process(target=_serve, args=given, daemon=True).start()
            theirs.close()
            self._pipes.append(ours)

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        for pipe in self._pipes:
            pipe.close()  # at which its process ends

    def ask(self, method: str, arguments: Iterable[tuple]) -> list[Any]:
        """Call a method of every worker, each with its own arguments.  Where there are several, each process
        has a core of its own, and its matrix products take one thread.

        Returns: their answers, in order.
        Raises: what a worker raised; UserError where a process has ended.
        """
        mine, *others = arguments
        try:
            for pipe, given in zip(self._pipes, others, strict=True):
                pipe.send((method, given))
            with self._blas.limit(limits=1) if self._blas else nullcontext():
                answers = [_answer(self._first, method, mine), *map(_receive, self._pipes)]
        except (EOFError, OSError) as error:
            raise UserError(
                "one of the processes has ended (out of memory?); try again, with fewer --workers if need be"
            ) from error
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers


def _serve(pipe: Connection, make: Callable[..., Any], *arguments: Any) -> None:
    """The life of another process: make the worker, do what is asked for, until the first process is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes: the first one decides
    np.seterr(over="ignore", invalid="ignore")  # it also looks for infinity and NaN
    ThreadpoolController().limit(limits=1, user_api="blas")
    keep_freed_memory()
    worker = make(*arguments)
    with suppress(EOFError, OSError):  # the pipe is closed
        while True:
            method, given = _receive(pipe)
            pipe.send(_answer(worker, method, given))


def _answer(worker: Any, method: str, given: tuple) -> Any:
    """What a worker's method returns, or the exception that it raises."""
    try:
        return getattr(worker, method)(*given)
    except Exception as error:
        return error


def _receive(pipe: Connection) -> Any:
    """The next message."""
    deadline = time.perf_counter() + PATIENCE
    while not pipe.poll(0) and time.perf_counter() < deadline:
        pass
    return pipe.recv()
