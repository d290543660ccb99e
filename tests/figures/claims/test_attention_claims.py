"""Bahdanau's attention and Luong's are compared pair by pair, Bahdanau's side first."""

import pytest

from figures.claims import attention_claims
from figures.claims.attention_claims import CLAIMS, COMPARED, entropy
from figures.designs.attention_design import designs
from figures.lab.design import Found
from figures.lab.setting import StudyOptions

HIS, THEIRS = COMPARED["the papers' systems"]


def row(variant, seed, **metrics):
    return {"variant": variant, "seed": seed, "metrics": metrics}


@pytest.fixture
def stored(monkeypatch):
    """Rows of both papers' systems, of three seeds that both have and one that only one has."""
    rows = []
    for seed, noise in enumerate((0.0, 0.1, 0.3, 5.0)):
        curves = {"dev_bleu": [1.0, 3.0, 2.0]}
        rows.append(row(HIS, seed, bleu=50.0 + noise, aer=0.3, attention_entropy=[9.0, 0.5, 9.0], **curves))
        if seed < 3:
            told = {"attention_entropy": [9.0, 0.2 + noise / 10, 9.0], **curves}
            rows.append(row(THEIRS, seed, bleu=53.0, aer=0.1 + noise / 100, **told))
    monkeypatch.setattr(attention_claims, "collect", lambda *arguments: Found([], {}, rows))


def test_all_that_is_compared_is_part_of_the_design():
    both = [design.variants for design in designs(StudyOptions()).values()]
    assert all(name in variants for pair in COMPARED.values() for name in pair for variants in both)


def test_a_pair_is_read_seed_by_seed_and_one_that_is_not_measured_is_left_out(stored):
    bleu, errors, width = (claim.read(StudyOptions()) for claim in CLAIMS)
    assert [reading.condition for reading in bleu] == ["the papers' systems"]
    assert bleu[0].estimate == pytest.approx(-3 + 0.4 / 3) and bleu[0].seeds == 3
    assert errors[0].estimate == pytest.approx(-0.2 + 0.004 / 3)  # Luong's minus Bahdanau's: he errs more
    assert width[0].estimate == pytest.approx(-0.3 + 0.04 / 3)
    assert [claim.verdict(claim.read(StudyOptions())) for claim in CLAIMS] == ["does not hold"] * 3


def test_the_entropy_is_that_of_the_best_epoch():
    assert entropy(row("", 0, dev_bleu=[2.0, 1.0, 3.0], attention_entropy=[0.1, 0.2, 0.3])) == 0.3
