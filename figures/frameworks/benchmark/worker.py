"""A contender's process: `python -m figures.frameworks.benchmark.worker NAME THREADS CORES`.

It reads pickled (function, arguments) from standard input, calls function(name, *arguments), and answers
(whether it went well, result or traceback) on standard output.
"""

import os
import pickle
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import BinaryIO


def main(name: str, threads: int, cores: int) -> None:
    """Answer until standard input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # so that what a framework prints is not mixed with the answers
    keep_to_cores(cores)  # before any library starts threads, as these inherit it
    limit_threads(name, threads)
    requests: SimpleQueue = SimpleQueue()
    threading.Thread(target=listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    while True:
        try:
            function, arguments = requests.get()
            answer = True, function(name, *arguments)
        except Exception:
            answer = False, traceback.format_exc()
        sys.stdout.flush()  # a failure is reported with all that was printed before it
        pickle.dump(answer, answers)
        answers.flush()


def listen(stream: BinaryIO, requests: SimpleQueue) -> None:
    """Pass requests on, and end this process with the stream, even in the middle of a task: the asking
    process is gone."""
    while True:
        try:
            requests.put(pickle.load(stream))
        except EOFError:
            os._exit(0)
        except (
            Exception
        ):  # for instance for a function that can't be imported here; the rest of the stream is unreadable
            traceback.print_exc()
            os._exit(1)


def keep_to_cores(cores: int) -> None:
    """Use only the first cores, where the system lets a process choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def limit_threads(name: str, threads: int) -> None:
    """Set the threads of a framework that has a call for it; for the others `process.environment` does."""
    if name == "pytorch":
        import torch

        torch.set_num_threads(threads)
    elif name == "keras":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
