"""Several processes train and translate as one does, and end with it."""

import multiprocessing
import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest

from course.shared.gradcheck import randomize
from lstm_lib.errors import UserError
from lstm_lib.parallel import ParallelSearch, Team, own_part
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.seq2seq.search import Rules, beam_search, greedy
from lstm_lib.text.batching import make_batch, pad_sources
from lstm_lib.training import OPTIMIZERS, take_step

CONFIG = ModelConfig(12, 13, embedding_size=4, hidden_size=5)
RULES = Rules(bos=1, eos=2, forbidden=(0, 1, 3))


class Rows(NamedTuple):
    """A batch for `Mean`."""

    x: np.ndarray


class Mean:
    """loss = mean of (x - w)^2 / 2 over rows; each row counts as a token.  A row of 13 raises an error."""

    def __init__(self):
        self.params = {"w": np.zeros(3), "unused": np.zeros(2), "scalar": np.zeros(())}

    def loss_and_grads(self, batch, rng):
        if (batch.x == 13).any():
            raise ArithmeticError("thirteen")
        error = self.params["w"] - batch.x
        grads = {"w": error.mean(axis=0), "unused": np.zeros(2), "scalar": np.zeros(())}
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


def mean_team(workers, name="adam"):
    model = Mean()
    return Team(model, with_state(name, model), workers)


def step_on(team, x):
    return team.take_step(Rows(np.array(x, float)), np.random.default_rng(0), 1.0, None)


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
    x = np.arange(6.0).reshape(2, 3)
    with mean_team(3, "sgd") as team:
        step = step_on(team, x)
        assert step.tokens == 2
        assert step.loss == pytest.approx(np.mean(x**2) / 2)
        np.testing.assert_allclose(team.first.model.params["w"], x.mean(axis=0))


def test_nothing_is_updated_if_the_loss_is_not_finite():
    with mean_team(2) as team:
        x = np.ones((4, 3))
        x[1] = np.inf
        with np.errstate(invalid="ignore"):
            assert not step_on(team, x).is_finite
        assert not team.first.model.params["w"].any()
        assert step_on(team, np.ones((4, 3))).is_finite
        assert team.first.model.params["w"].any()


def test_an_exception_of_another_process_is_raised_here():
    with mean_team(2) as team, pytest.raises(ArithmeticError, match="thirteen"):
        step_on(team, [[1] * 3, [13] * 3])


def test_a_killed_process_is_one_clear_line():
    with mean_team(2) as team:
        for process in multiprocessing.active_children():
            process.kill()
            process.join()
        with pytest.raises(UserError, match="one of the processes has ended"):
            step_on(team, np.ones((4, 3)))


def test_processes_end_with_the_team():
    with mean_team(3) as team:
        step_on(team, np.ones((4, 3)))
        processes = multiprocessing.active_children()
        assert len(processes) == 2
    for process in processes:
        process.join(timeout=10)
        assert process.exitcode == 0


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
def test_every_parameter_has_one_process(workers):
    covered, sizes = np.zeros(29, int), []
    for index in range(workers):
        own = own_part(29, workers, index)
        covered[own] += 1
        sizes.append(own.stop - own.start)
    assert (covered == 1).all()
    assert max(sizes) - min(sizes) <= 1


def assert_same(one, other):
    assert one.ids == other.ids
    np.testing.assert_allclose(one[1:3], other[1:3], rtol=1e-10)
    assert (one.attention is None) == (other.attention is None)
    if one.attention is not None:
        np.testing.assert_allclose(one.attention, other.attention, rtol=1e-9)


@pytest.mark.parametrize("attention", ["bahdanau", "none"])
@pytest.mark.parametrize("sentences", [5, 1])
def test_same_hypotheses_as_one_process(attention, sentences):
    rng = np.random.default_rng(0)
    model = Seq2Seq(ModelConfig(11, 12, 4, 5, attention=attention), rng, np.float64)
    randomize(model.params, rng)
    source, mask = pad_sources([rng.integers(4, 11, n).tolist() for n in range(1, sentences + 1)])
    options = {"beam_size": 3, "n_best": 2}
    with ParallelSearch(model, 2) as search:
        found = search.beam_search(source, mask, RULES, beam_size=1, length_penalty_alpha=0.0)
        found += search.beam_search(source, mask, RULES, **options)
    wanted = [[one] for one in greedy(model, source, mask, RULES)]
    wanted += beam_search(model, source, mask, RULES, **options)
    for ones, others in zip(found, wanted, strict=True):
        for one, other in zip(ones, others, strict=True):
            assert_same(one, other)


# A script that starts processes, and has no guard against being run again in each of them


TRANSLATING = (
    "from lstm_lib import Translator\nTranslator.load('tatoeba-small').best(['I am tired.'] * 4, workers=2)\n"
)
TRAINING = """\
from lstm_lib import Recipe, load_corpus, train
recipe = Recipe(corpus="dates", epochs=1, workers=2, hidden_size={size}, embedding_size={size})
train(recipe, load_corpus("dates"))
"""


@pytest.mark.parametrize("script", [TRANSLATING, TRAINING.format(size=8), TRAINING.format(size=128)])
def test_a_script_without_a_guard_is_told_so_at_once(tmp_path, script):
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "UserError: one of the processes has ended" in done.stderr
    assert 'put what it does under `if __name__ == "__main__":`' in done.stderr.splitlines()[-1]
