"""The benchmark's parts: sizes, products, workers, arithmetic of times."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from figures.frameworks.benchmark.contenders import (
    NUMPY,
    _memory,
    blas_kernel,
    compare,
    make_contender,
    peak_resident,
    versions,
)
from figures.frameworks.benchmark.process import ONE_THREAD_XLA, WorkerError, open_pool
from figures.frameworks.benchmark.readings import unrest
from figures.frameworks.benchmark.scope import TINY
from figures.frameworks.benchmark.table import _where
from figures.frameworks.benchmark.training import time_to, without_compiling
from figures.frameworks.benchmark.workload import (
    SIZES,
    Shape,
    Size,
    first_params,
    model_config,
    operations,
    products,
    random_batches,
    step_numbers,
    uses,
    weight_numbers,
)
from figures.frameworks.twins.numpy_twin import NumPyContender
from figures.lab.setting import read_corpus
from helpers import worker_tasks
from lstm_lib import runs
from lstm_lib.seq2seq.model import Seq2Seq
from lstm_lib.text.batching import bucketed_batches, encode_pairs

SMALL = Size(vocabulary=30, width=6, batch_size=5, steps=4)


def test_full_batches_are_full_and_ragged_ones_uniform_from_half():
    size = Size(vocabulary=20, width=4, batch_size=400, steps=10)
    (full,) = random_batches(size, "full", 1)
    assert full.source_mask.all() and full.target_mask.all() and full.source.shape == (400, 10)
    one, other = random_batches(size, "ragged", 2)
    for mask in (one.source_mask, one.target_mask):
        lengths = mask.sum(axis=1)
        assert mask.shape == (400, 10) and lengths[0] == 10
        assert set(lengths) == set(range(5, 11))
        assert abs(lengths.mean() - 7.5) < 0.3
    assert not np.array_equal(one.source, other.source)


# Products


def test_every_weight_matrix_is_used_as_large_as_it_is():
    config = model_config(SIZES["M"])
    params = first_params(config)
    matrices = {key for key, array in params.items() if array.ndim == 2 and not key.endswith("table")}
    found = uses(config, Shape(64, 12, 12, 700))
    assert found.keys() == matrices
    for key, parts in found.items():
        assert (sum(use.inputs for use in parts), parts[0].outputs) == params[key].shape, key
        assert {use.outputs for use in parts} == {params[key].shape[1]}, key


def test_products_count_three_for_each_token_of_a_weight():
    config, shape = model_config(SMALL), Shape(5, 4, 3, 11)
    wanted = sum(
        6 * use.rows * use.inputs * use.outputs for parts in uses(config, shape).values() for use in parts
    )
    found = products(config, shape)
    assert sum(product.operations for product in found) == wanted
    assert operations(config, shape) == wanted + 3 * 2 * 5 * 3 * 4 * 18  # attention's scores and means
    assert max(product.times for product in found) == 4  # as often as there are source steps


def test_numbers_of_the_equations():
    config, params = model_config(SMALL), first_params(model_config(SMALL))
    shape, longer = Shape(5, 4, 4, 20), Shape(5, 8, 8, 40)
    matrices = sum(array.size for array in params.values() if array.ndim == 2)
    assert weight_numbers(config, shape) == 4 * matrices
    assert (
        2 < step_numbers(config, longer) / step_numbers(config, shape) < 4
    )  # attention grows with the square
    assert (
        step_numbers(config, shape._replace(tokens=21)) - step_numbers(config, shape) == 2 * 30
    )  # a token's logits


# Contenders


def test_numpy_contender_trains_as_the_trainer_does():
    corpus = read_corpus(TINY)
    trained, _ = runs.train(
        TINY, replace(corpus, dev=()), progress_bar=False
    )  # so that the last are the best
    first = runs.new_translator(TINY, corpus)
    contender = NumPyContender(first.model.config, first.model.params)
    encoded = encode_pairs(corpus.train, first.source_codec, first.target_codec)
    orders = (np.random.default_rng([TINY.seed, epoch]) for epoch in range(1, TINY.epochs + 1))
    batches = [batch for order in orders for batch in bucketed_batches(encoded, TINY.batch_size, order)]
    schedule = runs.make_schedule(TINY, len(batches) // TINY.epochs)
    for step, batch in enumerate(batches):
        contender.train_step(batch, schedule(step))
    for key, array in contender.to_numpy().items():
        np.testing.assert_array_equal(array, trained.model.params[key], err_msg=key)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells what is shared")
def test_memory_that_processes_share_counts_once():
    config = model_config(SIZES["M"])
    params = first_params(config)
    size = sum(array.nbytes for array in params.values())  # shared: parameters, two gradients, two moments
    contender = NumPyContender(config, params, processes=2)
    with contender.open:
        contender.train_step(random_batches(SIZES["M"], "full", 1)[0], 0.001)
        here = psutil.Process()
        each_alone = sum(each.memory_info().rss for each in (here, *here.children(recursive=True)))
        shared = sum(each.memory_info().shared for each in here.children(recursive=True))
        assert 3 * size < shared and peak_resident() < each_alone - 2 * size + _freed_since_the_peak()


def _freed_since_the_peak() -> int:
    """What this process no longer holds of what it once held, as other tests ran in it before."""
    found = _memory(os.getpid())
    return found["VmHWM"] - found["VmRSS"]


def test_compare_sees_another_weight_and_another_step():
    config, batches = model_config(SMALL, dropout=0.0), random_batches(SMALL, "ragged", 2)
    params = first_params(config, dtype=np.float64)

    def contender(**options):
        return make_contender(NUMPY, config, params, **options)

    assert compare(contender(), contender(), batches, 5) == {"loss": 0, "gradients": 0, "curve": 0}
    found = compare(contender(), contender(clip_norm=1e-9), batches, 5)
    assert found["loss"] == found["gradients"] == 0 < 1e-3 < found["curve"]
    params["output.b"][5] += 0.1
    other = make_contender(NUMPY, config, params)
    params["output.b"][5] -= 0.1
    assert min(compare(contender(), other, batches, 5).values()) > 1e-4


# Processes


@pytest.fixture
def open_worker(monkeypatch):
    """Opens NumPy's worker, which finds what tests ask."""
    monkeypatch.setenv("PYTHONPATH", str(Path(worker_tasks.__file__).parents[1]))

    @contextmanager
    def opened(threads=1):
        with open_pool([NUMPY], threads) as pool:
            yield pool.workers[NUMPY]

    return opened


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="needs a system that tells a process's cores"
)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_worker_gets_its_threads_and_cores(open_worker, threads):
    with open_worker(threads) as worker:
        assert worker.ask(versions) == {"numpy": np.__version__}
        found = worker.ask(worker_tasks.environment)
    assert found["variables"]["OPENBLAS_NUM_THREADS"] == str(threads)
    assert (found["variables"].get("XLA_FLAGS") == ONE_THREAD_XLA) == (threads == 1)
    assert found["cores"] == min(threads, len(os.sched_getaffinity(0)))
    assert found["pid"] != os.getpid() and not psutil.pid_exists(found["pid"])


def test_a_worker_chooses_its_own_kernels_and_tells_which(open_worker, monkeypatch):
    own, forced = {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": "AVX2"}, "PRESCOTT"
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    with open_worker() as worker:
        assert not own.keys() & worker.ask(worker_tasks.environment)["variables"].keys()
        assert forced not in (worker.ask(blas_kernel) or "").upper()


def test_a_restless_machine_is_seen():
    still, restless = [1.0, 1.01, 1.0, 0.99], [1.0, 1.3, 0.9, 1.2]
    assert unrest([{"numpy": still, "jax": still}]) == pytest.approx(np.log(1.01), rel=0.02)
    assert unrest([{"numpy": restless}]) > 0.2
    assert unrest([{"numpy": [1.0]}]) == 0 and unrest([]) == 0


def test_rows_of_several_machines_are_all_named():
    machine = {"processor": "Old", "cpus": 2, "blas_threads": 2}
    new = machine | {"processor": "New", "features": ["avx2", "fma"], "blas_kernel": "openblas 0.3 Zen"}
    told = _where([{"machine": each, "versions": {"numpy": "2"}} for each in (machine, new, machine)])
    assert told == (
        "Old, 2 cores, 2 threads each, BLAS kernel not noted; "
        "New (avx2, fma), 2 cores, 2 threads each, BLAS kernel openblas 0.3 Zen; numpy 2."
    )


def test_a_failure_is_told_with_its_traceback_and_all_that_was_printed(open_worker):
    with open_worker() as worker, pytest.raises(WorkerError) as caught:
        worker.ask(worker_tasks.fail)
    message = str(caught.value)
    assert message.startswith("NumPy: Traceback") and "ValueError: numpy cannot" in message
    assert message.endswith("what it printed")


def test_the_end_of_a_process_is_told(open_worker):
    with open_worker() as worker:
        with pytest.raises(WorkerError, match="NumPy: its process ended with status 7"):
            worker.ask(worker_tasks.die)
        with pytest.raises(WorkerError, match="NumPy: its process"):
            worker.ask(worker_tasks.environment)


def test_a_question_that_cannot_be_read_is_told(open_worker, monkeypatch):
    monkeypatch.setattr(worker_tasks.fail, "__module__", "nowhere")
    monkeypatch.setitem(sys.modules, "nowhere", worker_tasks)
    with open_worker() as worker, pytest.raises(WorkerError, match="No module named 'nowhere'"):
        worker.ask(worker_tasks.fail)


def test_workers_die_with_their_parent():
    code = (
        "from helpers import worker_tasks; from figures.frameworks.benchmark.process import open_pool\n"
        "with open_pool(['numpy'], 1) as pool:\n"
        "    worker = pool.workers['numpy']\n"
        "    print(worker.process.pid, flush=True)\n"
        "    worker.ask(worker_tasks.sleep)\n"
    )
    paths = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=os.environ | paths
    )
    with parent:
        worker = psutil.Process(int(parent.stdout.readline()))
        time.sleep(0.2)  # for the question to arrive
        assert worker.is_running()
        parent.kill()
    _, alive = psutil.wait_procs([worker], timeout=30)
    assert not alive


def test_a_training_process_loads_nothing_that_it_does_not_need():
    heavy = {"matplotlib", "nltk", "sacrebleu", "distributed", "torch", "jax"}
    code = f"import sys, figures.frameworks.benchmark.contenders; print(sorted({heavy} & sys.modules.keys()))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


# Times


def test_the_first_step_of_a_shape_counts_as_a_later_one():
    steps = [("a", 9.0), ("a", 1.0), ("b", 5.0), ("a", 3.0), ("a", 2.0), ("b", 2.5)]
    seconds, compiling = without_compiling(steps)
    np.testing.assert_array_equal(seconds, [2.0, 1.0, 2.5, 3.0, 2.0, 2.5])
    assert compiling == (9.0 - 2.0) + (5.0 - 2.5)
    seconds, compiling = without_compiling([*steps, ("c", 100.0)])
    assert seconds[-1] == 3.0 and compiling == 9.5 + 97.0  # none comes later: the median of all


def test_time_to_the_target_lies_on_the_line_between_two_points():
    curve = [(0.0, 0.0), (10.0, 20.0), (20.0, 60.0), (30.0, 40.0), (40.0, 70.0)]
    assert time_to(50.0, curve) == 17.5
    assert time_to(70.0, curve) == 40.0
    assert time_to(70.1, curve) is None


def test_sizes_make_the_models_of_their_name():
    for size in SIZES.values():
        model = Seq2Seq(model_config(size), np.random.default_rng(0))
        assert model.params["output.W"].shape == (size.width, size.vocabulary)
        assert Size.of({"size": "M", "threads": 2, **vars(size)}) == size
