"""`export`: a small copy that translates as the run does."""

import json
import sys

import numpy as np
import pytest

from figures.frameworks.twins import INSTALL
from lstm_lib.translator import Translator


def test_the_copy_translates_and_says_what_it_scored(command, trained, tmp_path):
    out = tmp_path / "small"
    done = command("export", trained.folder, out)
    assert (done.status, done.err) == (0, "")
    assert {path.name for path in out.iterdir()} == {
        "best.npz", "config.json", "source.codec", "target.codec", "test.json",
    }  # fmt: skip
    scores = [json.loads((f / "test.json").read_text())["bleu"]["score"] for f in (out, trained.folder)]
    assert abs(scores[0] - scores[1]) < 1
    original, copy = Translator.load(trained.folder), Translator.load(out)
    for key, param in original.model.params.items():
        assert copy.model.params[key].dtype == np.float32
        np.testing.assert_allclose(copy.model.params[key], param, rtol=2**-11, atol=1e-7)
    assert (out / "best.npz").stat().st_size < 0.6 * (trained.folder / "best.npz").stat().st_size
    config, before = (json.loads((f / "config.json").read_text()) for f in (out, trained.folder))
    assert config == before


def test_nothing_is_overwritten(refused, trained, tmp_path):
    message = refused("export", trained.folder, tmp_path)
    assert f"{tmp_path}: exists already; name a new folder" in message
    assert not list(tmp_path.iterdir())


def test_a_shipped_model_is_known_by_its_name(command, refused, tmp_path):
    (tmp_path / "there").mkdir()
    line = refused("export", "tatoeba-small", tmp_path / "there")
    assert "exists already" in line
    assert command("export", "tatoeba-small", tmp_path / "copy").status == 0
    assert (tmp_path / "copy" / "best.npz").is_file()


@pytest.mark.parametrize("to", ["torch", "numpy"])
def test_without_pytorch_one_line_says_how_to_get_it(refused, trained, tmp_path, monkeypatch, to):
    monkeypatch.delitem(sys.modules, "figures.frameworks.twins.pytorch", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)  # whose import now fails
    line = refused("export", trained.folder, tmp_path / "there", "--to", to)
    assert f"PyTorch: torch is not installed; run {INSTALL}" in line
    assert not list(tmp_path.iterdir())


def test_without_the_experiments_one_line_says_so(refused, trained, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "figures.frameworks", None)
    monkeypatch.delitem(sys.modules, "figures.frameworks.exchange", raising=False)
    line = refused("export", trained.folder, tmp_path / "there", "--to", "torch")
    assert "this command works in the course's folder" in line
    assert not list(tmp_path.iterdir())


def test_no_other_place_is_known(refused, trained, tmp_path):
    assert "invalid choice: 'jax'" in refused("export", trained.folder, tmp_path / "there", "--to", "jax")
