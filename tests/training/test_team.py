"""Several processes train as one does, and end with it."""

import multiprocessing
import signal
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from lstm_lib.errors import UserError
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.text.batching import make_batch
from lstm_lib.training import OPTIMIZERS, Team, load_checkpoint, take_step
from lstm_lib.training.team import parts_of

CONFIG = ModelConfig(12, 13, embedding_size=4, hidden_size=5)


class Rows(NamedTuple):
    """Batches of a model that only looks at their numbers."""

    x: np.ndarray


class Mean:
    """loss = mean of (x - w)^2 / 2 over rows; a row is a token.  A row of 13 is an accident."""

    def __init__(self, size=3):
        self.params = {"w": np.zeros(size), "unused": np.zeros(2)}

    def loss_and_grads(self, batch, rng):
        if (batch.x == 13).any():
            raise ArithmeticError("thirteen")
        error = self.params["w"] - batch.x
        grads = {"w": error.mean(axis=0), "unused": np.zeros(2)}
        return float(np.mean(error**2) / 2), grads, len(batch.x)


def random_batch(rng, sentences=7):
    lengths = rng.integers(1, 6, (sentences, 2))
    return make_batch(
        [(rng.integers(4, 12, n).tolist(), rng.integers(4, 13, m).tolist()) for n, m in lengths]
    )


def with_state(name, model):
    optimizer = OPTIMIZERS[name](**({"momentum": 0.9} if name == "sgd" else {}))
    optimizer.state = optimizer.initial_state(model.params)
    return optimizer


@pytest.mark.parametrize("name", ["sgd", "adam"])
@pytest.mark.parametrize("clip_norm", [None, 0.05])
def test_same_path_as_one_process(name, clip_norm):
    rng = np.random.default_rng(0)
    alone, together = (Seq2Seq(CONFIG, np.random.default_rng(3), np.float64) for _ in range(2))
    one, other = with_state(name, alone), with_state(name, together)
    with Team(together, other, 3) as team:
        for _ in range(4):
            batch = random_batch(rng)
            want = take_step(alone, one, batch, rng, 0.1, clip_norm)
            got = team.take_step(batch, rng, 0.1, clip_norm)
            assert got.tokens == want.tokens == batch.tokens
            np.testing.assert_allclose(got[:2], want[:2], rtol=1e-12)
    for key, param in alone.params.items():
        np.testing.assert_allclose(together.params[key], param, rtol=1e-10, atol=1e-14, err_msg=key)
    for key, moment in one.state.items():
        np.testing.assert_allclose(other.state[key], moment, rtol=1e-9, atol=1e-14, err_msg=key)


def test_fewer_sentences_than_processes():
    model = Mean()
    x = np.arange(6.0).reshape(2, 3)
    with Team(model, with_state("sgd", model), 3) as team:
        step = team.take_step(Rows(x), np.random.default_rng(0), 1.0, None)
    assert step.tokens == 2
    assert step.loss == pytest.approx(np.mean(x**2) / 2)
    np.testing.assert_allclose(model.params["w"], x.mean(axis=0))


def test_nothing_is_updated_where_the_loss_is_not_finite():
    model = Mean()
    with Team(model, with_state("adam", model), 2) as team:
        x = np.ones((4, 3))
        x[1] = np.inf
        with np.errstate(invalid="ignore"):
            assert not team.take_step(Rows(x), np.random.default_rng(0), 1.0, 1.0).is_finite
        assert not model.params["w"].any()
        assert team.take_step(Rows(np.ones((4, 3))), np.random.default_rng(0), 1.0, 1.0).is_finite
        assert model.params["w"].any()


def test_an_exception_of_another_process_is_raised_here():
    model = Mean()
    with Team(model, with_state("adam", model), 2) as team, pytest.raises(ArithmeticError, match="thirteen"):
        team.take_step(Rows(np.array([[1.0] * 3, [13.0] * 3])), np.random.default_rng(0), 1.0, None)


def test_a_killed_process_is_one_clear_line():
    model = Mean()
    with Team(model, with_state("adam", model), 2) as team:
        for process in multiprocessing.active_children():
            process.kill()
            process.join()
        with pytest.raises(UserError, match="one of the processes has ended"):
            team.take_step(Rows(np.ones((4, 3))), np.random.default_rng(0), 1.0, None)


def test_processes_end_with_the_team():
    model = Mean()
    with Team(model, with_state("adam", model), 3) as team:
        team.take_step(Rows(np.ones((4, 3))), np.random.default_rng(0), 1.0, None)
        processes = multiprocessing.active_children()
        assert len(processes) == 2
    for process in processes:
        process.join(timeout=10)
        assert process.exitcode == 0


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
def test_every_parameter_has_one_process(workers):
    params = {"a": np.zeros((3, 5)), "b": np.zeros(1), "c": np.zeros((2, 2)), "d": np.zeros(7)}
    parts = parts_of(params, workers)
    for key, param in params.items():
        covered = np.zeros(param.size, int)
        for part in parts:
            covered[part.get(key, slice(0, 0))] += 1
        assert (covered == 1).all()
    sizes = [sum(part.stop - part.start for part in of_one.values()) for of_one in parts]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.skipif(sys.platform != "linux", reason="needs SIGKILL, and reads /proc")
def test_killed_and_resumed_it_ends_with_the_same_weights(tmp_path, run_script, start_script):
    assert run_script("team_run.py", tmp_path / "whole").returncode == 0
    for updates in (1, 40, 120):
        kill_after(updates, start_script("team_run.py", tmp_path / "killed"), tmp_path / "killed")
    assert run_script("team_run.py", tmp_path / "killed").returncode == 0
    got, want = (load_checkpoint(tmp_path / name / "last.npz") for name in ("killed", "whole"))
    for arrays, wanted in ((got.params, want.params), (got.optimizer, want.optimizer)):
        assert arrays.keys() == wanted.keys()
        assert all(np.array_equal(arrays[key], wanted[key]) for key in wanted)
    assert (got.random, got.progress.step) == (want.random, want.progress.step)


def kill_after(updates, process, folder):
    """Kill a training when its history holds so many updates; no process of its may stay behind."""
    deadline, history = time.monotonic() + 60, folder / "history.jsonl"
    while not history.exists() or history.read_text().count('"step"') < updates:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    children = children_of(process.pid)
    assert any("multiprocessing" in Path(f"/proc/{child}/cmdline").read_text() for child in children)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while any(is_alive(child) for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
