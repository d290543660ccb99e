"""What the trainer does when training cannot go on, and when it is to go on from a folder."""

import math
import os

import numpy as np
import pytest

from helpers import toy
from lstm_lib.errors import UserError
from lstm_lib.training import DivergedError, load_checkpoint


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("where", ["loss", "gradient norm"])
def test_divergence_stops_before_the_parameters_are_spoilt(tmp_path, where, bad):
    class Diverging(toy.NoisyLogistic):
        calls = 0

        def loss_and_grads(self, batch, rng):
            loss, grads, tokens = super().loss_and_grads(batch, rng)
            self.calls += 1
            if self.calls == 18 and where == "loss":
                loss = bad
            elif self.calls == 18:
                grads["output.bias"][0] = bad
            return loss, grads, tokens

    trainer = toy.make_trainer(tmp_path, Diverging())
    with pytest.raises(DivergedError) as caught:
        toy.train(trainer)
    message = str(caught.value)
    assert isinstance(caught.value, UserError)
    assert f"the {where} is not finite at update 18, epoch 2; try a lower learning rate" in message
    assert "clipping of the gradients to a smaller norm (now " in message
    assert f"Update 16 is saved in {tmp_path / 'last.npz'}" in message
    assert "\n" not in message
    assert all(np.isfinite(value).all() for value in trainer.model.params.values())
    assert load_checkpoint(tmp_path / "last.npz").progress.step == 16
    toy.train(toy.make_trainer(tmp_path), resume=True)  # and the run can go on from there


def test_a_learning_rate_far_too_high_diverges_for_real():
    class Linear(toy.NoisyLogistic):
        def loss_and_grads(self, batch, rng):
            x, y = batch
            error = x @ self.params["output.weight"] - y
            grads = {"output.weight": x.T @ error, "output.bias": np.zeros(1)}
            return float(error @ error), grads, len(y)

    trainer = toy.make_trainer(
        model=Linear(), optimizer="sgd", schedule="constant", learning_rate=1e6, clip_norm=None
    )
    with pytest.raises(DivergedError, match=r"now 1e\+06.*norm \(none now\)"), np.errstate(over="ignore"):
        trainer.fit(toy.batches_of_epoch, 50)
    assert np.isfinite(trainer.model.params["output.weight"]).all()


def test_an_interrupt_says_where_to_go_on(tmp_path, capsys):
    class Interrupted(toy.NoisyLogistic):
        calls = 0

        def loss_and_grads(self, batch, rng):
            self.calls += 1
            if self.calls == 19:
                raise KeyboardInterrupt
            return super().loss_and_grads(batch, rng)

    with pytest.raises(KeyboardInterrupt):
        toy.train(toy.make_trainer(tmp_path, Interrupted()))
    expected = (
        f"Stopped after update 18. Update 16 is saved in {tmp_path / 'last.npz'}: resume to go on from there."
    )
    assert capsys.readouterr().err.strip() == expected
    resumed, whole = toy.make_trainer(tmp_path), toy.make_trainer()
    toy.train(resumed, resume=True)
    toy.train(whole)
    toy.assert_equal(toy.weights(resumed), toy.weights(whole))


def test_an_old_run_is_not_overwritten(tmp_path):
    toy.train(toy.make_trainer(tmp_path), epochs=1)
    before = (tmp_path / "last.npz").read_bytes()
    with pytest.raises(UserError, match="holds a training run already; resume it, or choose another folder"):
        toy.train(toy.make_trainer(tmp_path))
    assert (tmp_path / "last.npz").read_bytes() == before


def test_resuming_where_nothing_is_starts_anew(tmp_path):
    trainer = toy.make_trainer(tmp_path / "new" / "run")
    toy.train(trainer, epochs=1, resume=True)
    assert sorted(os.listdir(tmp_path / "new" / "run")) == ["best.npz", "history.jsonl", "last.npz"]


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize("kept", ["best.npz", "history.jsonl"])
def test_what_is_left_of_a_run_without_its_last_checkpoint_is_not_overwritten(tmp_path, kept, resume):
    toy.train(toy.make_trainer(tmp_path), epochs=2)
    for name in {"best.npz", "last.npz", "history.jsonl"} - {kept}:
        (tmp_path / name).unlink()
    before = (tmp_path / kept).read_bytes()
    trainer = toy.make_trainer(tmp_path)
    with pytest.raises(UserError, match=rf"{kept}: would be lost, as there is no last\.npz to go on from"):
        toy.train(trainer, resume=resume)
    assert os.listdir(tmp_path) == [kept]
    assert (tmp_path / kept).read_bytes() == before
    assert not trainer.model.params["output.weight"].any()


@pytest.mark.parametrize("left", ["history.jsonl", "best.npz", "last.npz.tmp"])
def test_an_empty_file_of_a_run_that_never_began_is_no_hindrance(tmp_path, left):
    (tmp_path / left).touch()
    trainer, whole = toy.make_trainer(tmp_path), toy.make_trainer()
    toy.train(trainer, resume=True)
    toy.train(whole)
    toy.assert_equal(toy.weights(trainer), toy.weights(whole))


def test_a_folder_that_cannot_be_made_is_told_before_training(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot be written"):
        toy.train(toy.make_trainer(tmp_path / "file" / "run"))


@pytest.mark.parametrize(
    ("features", "options", "message"),
    [
        (12, {"optimizer": "sgd"}, "'m.output.bias' is not wanted here"),
        (12, {"schedule": "constant"}, "made with another learning rate schedule"),
        (13, {}, r".*output\.weight' is float64\(12,\), not float64\(13,\)"),
    ],
)
def test_a_checkpoint_of_other_options_or_another_model_is_refused(tmp_path, features, options, message):
    toy.train(toy.make_trainer(tmp_path), epochs=1)
    other = toy.NoisyLogistic()
    other.params["output.weight"] = np.zeros(features)
    with pytest.raises(UserError, match=rf"last\.npz: {message}"):
        toy.train(toy.make_trainer(tmp_path, other, **options), resume=True)
    assert not other.params["output.weight"].any()


@pytest.mark.parametrize("name", ["last.npz", "best.npz"])
def test_a_damaged_checkpoint_is_named_and_the_model_left_alone(tmp_path, name):
    toy.train(toy.make_trainer(tmp_path), epochs=1)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    trainer = toy.make_trainer(tmp_path)
    with pytest.raises(UserError, match=f"{name}: not a whole checkpoint"):
        toy.train(trainer, resume=True)
    assert not any(value.any() for value in trainer.model.params.values())


def test_time_goes_on_after_a_pause(tmp_path):
    toy.train(toy.make_trainer(tmp_path), epochs=1)
    first = load_checkpoint(tmp_path / "last.npz").progress.seconds
    toy.train(toy.make_trainer(tmp_path), epochs=2, resume=True)
    assert load_checkpoint(tmp_path / "last.npz").progress.seconds > first > 0
