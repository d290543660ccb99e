"""Each study from end to end in miniature, through the command."""

import json
from contextlib import nullcontext
from importlib import import_module

import pytest

from figures import STUDIES
from figures.lab import runner
from figures.lab.design import TUNING_SEED
from lstm_lib.__main__ import main

FIGURES = {
    "activations": "fig1_activations",
    "architecture": "fig2_architecture",
    "bleu": "fig5_bleu",
    "gru": "fig7_gru",
    "clipping": "fig8_clipping",
    "training": "fig9_training",
    "headline": "headline",
    "variant-design": "fig3_variants",
    "attention-design": "fig4_attention",
    "optimizer-design": "fig8_optimization",
    **{f"{name}-design": f"{name}_design" for name in ("bottleneck", "noise", "cell")},
}
DRAWN = "architecture"  # which has no rows


@pytest.fixture
def study(two_workers, tmp_path, monkeypatch, capsys):
    """Run `study NAME --quick --seeds 1` in an empty folder.  Returns: the status, and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runner, "connected", lambda options, runs: nullcontext(two_workers.processes))

    def run(name):
        return main(["study", name, "--quick", "--seeds", "1"]), capsys.readouterr()

    return run


@pytest.mark.parametrize("name", FIGURES)
def test_a_quick_study_measures_draws_and_is_not_measured_again(study, tmp_path, name):
    status, printed = study(name)
    assert status == 0
    title = import_module(STUDIES[name]).__doc__.splitlines()[0]
    assert printed.out.startswith(f"{name}: {title}\n")
    folder = tmp_path / "runs" / "quick"
    stored = folder / "results" / f"{'designs' if name.endswith('-design') else name}.jsonl"
    rows = None if name == DRAWN else stored.read_bytes()
    pictures = {ending: folder / "figures" / f"{FIGURES[name]}.{ending}" for ending in ("png", "pdf")}
    drawn = {ending: path.read_bytes() for ending, path in pictures.items()}
    assert {json.loads(line)["seed"] for line in (rows or b"").splitlines()} <= {0, TUNING_SEED}
    assert study(name)[0] == 0
    assert (stored.read_bytes() if stored.exists() else None) == rows
    assert {ending: path.read_bytes() for ending, path in pictures.items()} == drawn


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["gru", "--seeds", "0"], "--seeds 0: wanted at least 1"),
        (["gru", "--workers", "-1"], "--workers -1: wanted at least 1"),
        (["gru", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "leave out --workers"),
    ],
)
def test_bad_options_are_one_line(capsys, arguments, told):
    assert main(["study", *arguments]) == 2
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1


def test_an_unknown_study_is_told_the_known_ones(capsys):
    assert main(["study", "astrology"]) == 2
    err = capsys.readouterr().err
    assert "astrology" in err and "activations" in err and err.count("\n") == 1
