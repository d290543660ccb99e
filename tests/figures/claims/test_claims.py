"""Claims become verdicts by their numbers alone."""

import csv
import dataclasses
import math
from functools import partial

import numpy as np
import pytest

from figures import fig7_gru as gru
from figures.claims import evidence
from figures.claims import study as claims
from figures.claims.tables import number, records, table, write_csv
from figures.claims.verdict import (
    FAILS,
    HOLDS,
    UNKNOWN,
    Claim,
    Outcome,
    Range,
    Reading,
    corrected,
    verdict,
)
from figures.designs import variant_design
from figures.designs.variant_design import BEST, ONE_WAY
from figures.lab.design import collect
from figures.lab.results import append_row, path_of
from figures.lab.runner import stored
from figures.lab.setting import RESULTS, StudyOptions
from figures.lab.stats import detectable
from lstm_lib.__main__ import main

CLOSE = "too close to tell"
ALLOWED, AHEAD = Range(low=0), Range(low=0, is_open=True)


def claim(text, allowed=ALLOWED):
    return Claim(text, "variant-design", "BLEU", allowed, "the size", lambda options: [])


def reading(condition, low, high, **more):
    return Reading(condition, (low + high) / 2, low, high, **{"seeds": 5, "test": "t", **more})


def of_seeds(condition, center, scatter=1.0):
    """Five seeds around a number."""
    return evidence.mean(condition, center + scatter * np.array([-1.0, -0.5, 0.0, 0.5, 1.0]))


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [(1, 3, HOLDS), (0, 2, CLOSE), (3, 5, CLOSE), (0, 5, CLOSE), (-2, 0.9, FAILS), (4.1, 5, FAILS)],
)
def test_an_interval_lies_inside_outside_or_across(low, high, outcome):
    assert reading("x", low, high).within(Range(1, 4)) == outcome


def test_a_range_without_an_end():
    assert reading("x", 0, 1e9).within(Range(low=0)) is Outcome.HOLDS
    assert reading("x", -1e9, 0).within(Range(low=0)) is Outcome.OPEN
    assert reading("x", -1e9, -1).within(Range(high=0)) is Outcome.HOLDS
    assert [str(each) for each in (Range(low=1), Range(high=2.5), Range(1, 2))] == [
        "at least 1",
        "at most 2.5",
        "1 to 2",
    ]
    nearest = {number: Range(1, 4).nearest_edge(number) for number in (-3, 2, 3, 9)}
    assert nearest == {-3: 1, 2: 1, 3: 4, 9: 4} and Range(low=0).nearest_edge(-7) == 0


def test_who_only_draws_level_is_not_ahead():
    ahead = Range(low=0, is_open=True)
    assert reading("x", 0, 0).within(ahead) is Outcome.FAILS
    assert reading("x", 0, 1).within(ahead) is Outcome.OPEN
    assert reading("x", 0.1, 1).within(ahead) is Outcome.HOLDS
    assert reading("x", -1, 0).within(ahead) is Outcome.FAILS
    assert str(ahead) == "above 0" and str(Range(high=1, is_open=True)) == "below 1"


@pytest.mark.parametrize("center", np.linspace(-1.5, 5.5, 29))
def test_interval_p_and_outcome_never_disagree(center):
    found, allowed = of_seeds("x", center), Range(0, 4)
    inside, outside = allowed.holds(found.low, found.high), allowed.misses(found.low, found.high)
    assert (found.p_at(allowed) < 0.05) == (inside or outside)
    assert found.within(allowed) == (HOLDS if inside else FAILS if outside else CLOSE)
    assert found._replace(p_holm=0.06).within(allowed) == CLOSE  # which is what Holm's correction leaves
    assert found._replace(p_holm=0.04).within(allowed) == (HOLDS if 0 <= center <= 4 else FAILS)


def test_verdicts():
    yes, no, close = (
        reading(name, *ends) for name, ends in {"S": (1, 2), "M": (-2, -1), "L": (-1, 1)}.items()
    )
    allowed = Range(low=0)
    idle = yes._replace(condition="idle", untested="identical runs")
    assert verdict([], allowed, "the size") == UNKNOWN
    assert verdict([yes, yes._replace(condition="XS")], allowed, "the size") == HOLDS
    assert verdict([no], allowed, "the size") == FAILS
    assert verdict([close], allowed, "the size") == CLOSE
    assert verdict([close, close._replace(condition="XS")], allowed, "the size", superlative=True) == CLOSE
    told = verdict([yes, no, close], allowed, "the size")
    assert told == "depends on the size (holds: S; does not hold: M; too close to tell: L)"
    assert verdict([yes, no, close], allowed, "the size", superlative=True) == FAILS
    assert verdict([idle], allowed, "the size") == "not tested: idle (identical runs)"
    assert verdict([idle, yes], allowed, "the size") == "holds (not tested: idle (identical runs))"


def test_a_clear_reading_beside_an_unclear_one_shows_no_dependence():
    yes, no, close = reading("S", 1, 2), reading("M", -2, -1), reading("L", -1, 1)
    assert verdict([no, close], Range(low=0), "the size") == "too close to tell (does not hold: M)"
    assert verdict([yes, close], Range(low=0), "the size", superlative=True) == "too close to tell (holds: S)"


def test_the_ledger_is_corrected_as_a_whole():
    """Two tests at p = 0.03 hold alone, but not together."""
    one, two = claim("one"), claim("two")
    clear, doubtful = of_seeds("a", 3.0), of_seeds("b", 1.15)
    assert doubtful.p_at(ALLOWED) == pytest.approx(0.031, abs=0.002)
    assert one.verdict([doubtful]) == HOLDS
    found = corrected({one: [clear, doubtful], two: [doubtful, evidence.counted("c", 7.0)]})
    assert [each.p_holm for each in found[one]] == pytest.approx(
        [3 * clear.p_at(ALLOWED), 2 * 0.0312], abs=2e-3
    )
    assert [each.within(ALLOWED) for each in found[one]] == [HOLDS, CLOSE]
    assert [each.within(ALLOWED) for each in found[two]] == [CLOSE, HOLDS]
    assert found[one][0].least is None and found[two][1].p is None
    values = doubtful.p_of.args[0]
    assert found[two][0].least == pytest.approx(detectable(values, 0.05 / 2))
    assert "b: 1.15 (0.17 to 2.13), p 0.063, finds 1.62; c: 7.00 |" in table(found)


def test_a_planted_null_is_called_true_at_most_once_in_twenty():
    """Two systems that are equal: alone, and as twelve claims of one ledger."""
    rng = np.random.default_rng(0)

    def equal():
        systems = ([row(seed, bleu=score) for seed, score in enumerate(rng.normal(30, 2, 5))] for _ in "ab")
        return evidence.bleu_difference("x", *systems)

    alone = [readings[0].within(AHEAD) for readings in (equal() for _ in range(2000))]
    assert alone.count(HOLDS) <= len(alone) / 20
    assert alone.count(HOLDS) + alone.count(FAILS) <= len(alone) / 15
    claims_of = [claim(str(k), AHEAD) for k in range(12)]
    false_alarms = [
        any(readings[0].within(AHEAD) is Outcome.HOLDS for readings in found.values())
        for found in (corrected({each: equal() for each in claims_of}) for _ in range(300))
    ]
    assert sum(false_alarms) <= len(false_alarms) / 20


def row(seed, **metrics):
    return {"seed": seed, "metrics": metrics}


def test_differences_pair_the_seeds_of_both_and_leave_out_what_diverged():
    first = [row(0, bleu=3.0), row(1, bleu=5.0), row(2, diverged="why"), row(3, bleu=9.0)]
    second = [row(1, bleu=4.0), row(0, bleu=1.0), row(2, bleu=0.0)]
    (found,) = evidence.paired_difference("x", first, second, lambda each: each["metrics"]["bleu"])
    assert (found.estimate, found.seeds) == (1.5, 2)
    half = math.tan(math.pi * 0.475) * 0.5  # Student's t of one degree of freedom, times s / sqrt(n)
    assert (found.low, found.high) == pytest.approx((1.5 - half, 1.5 + half), rel=1e-4)
    assert evidence.paired_difference("x", first[3:], second, len) == []


def test_a_share_of_trainings_has_an_interval():
    """Of five out of five: low^5 = 2.5%."""
    found = evidence.share("x", 5, 5)
    assert (found.estimate, found.high, found.seeds, found.test) == (100, 100, 5, evidence.EXACT)
    assert found.low == pytest.approx(100 * 0.025 ** (1 / 5), abs=1e-3)
    assert found.within(Range(low=90)) is Outcome.OPEN
    assert evidence.share("x", 40, 40).within(Range(low=90)) is Outcome.HOLDS
    assert evidence.share("x", 2, 5).within(Range(low=90)) is Outcome.FAILS


def test_bleu_differences_are_students_over_seeds():
    good, bad = ([row(seed, bleu=score + seed**2) for seed in range(3)] for score in (30.0, 27.5))
    bad[2]["metrics"]["bleu"] -= 1.5
    (found,) = evidence.bleu_difference("x", good, bad)
    assert (found.estimate, found.seeds) == (3.0, 3)  # of 2.5, 2.5, 4: s = 0.866, t = 4.303
    assert (found.low, found.high) == pytest.approx((3 - 2.151, 3 + 2.151), abs=1e-3)


def test_what_cannot_come_out_otherwise_is_not_tested():
    same = [row(seed, bleu=30.0 + seed) for seed in range(5)]
    (found,) = evidence.bleu_difference("x", same, [dict(each) for each in same])
    assert (found.estimate, found.untested, found.within(AHEAD)) == (0.0, "identical runs", "not tested")
    (alone,) = evidence.bleu_difference("x", same[:1], [row(0, bleu=1.0)])
    assert alone.untested == "a single run" and alone.within(AHEAD) is Outcome.UNTESTED


def test_a_median_is_not_moved_by_one_hiccup():
    found = evidence.median("x", [0.70, 0.72, 0.71, 0.69, 0.73, 0.70, 0.71, 9.0], "turns", seeds=1)
    assert (found.estimate, found.low, found.high) == (pytest.approx(0.71), 0.69, 9.0)
    assert (found.seeds, found.test) == (1, "sign test over 8 turns")
    assert found.p_at(Range(low=1.0)) == pytest.approx(2 * 9 / 256)


@pytest.fixture
def some_rows(tmp_path):
    """Options of a folder where the timings of both cells and one variant of two are stored."""
    options = StudyOptions(results=tmp_path, figures=tmp_path, seeds=2)
    timing = {"parameters": {"lstm": 100, "gru": 90}, "recurrent_parameters": {"lstm": 40, "gru": 30}}
    for run in gru.timings(options):
        store(options, "gru", run, {**timing, "ratio": 0.85 + 0.01 * run.seed})
    (design,) = variant_design.designs(options).values()
    both = dataclasses.replace(design, variants={name: design.variants[name] for name in (BEST, ONE_WAY)})
    collect(both, options, partial(fake, options))
    return options


def fake(options, study, plan, _):
    """Store rows of a plan as if the variant that the report likes had won, and return them."""
    for run in plan:
        best = run.variant == BEST
        metrics = {"bleu": (50.0 if best else 30.0) + 0.01 * run.seed * best, "dev_loss": [1.0]}
        store(options, study, run, {**metrics, "parameters": 2_500_000 if best else 1_000_000})
    return stored(study, plan, options)


def store(options, study, run, metrics):
    about = {"measure": run.name, "version": run.version, "configuration": run.configuration}
    append_row(
        path_of(study, options.results), {"variant": "", **about, "seed": run.seed, "metrics": metrics}
    )


def test_the_ledger_reads_what_is_stored_and_says_what_is_missing(some_rows):
    found = {claim.text: (claim, readings) for claim, readings in claims.ledger(some_rows).items()}
    verdicts = {text: claim.verdict(readings) for text, (claim, readings) in found.items()}
    assert verdicts["a GRU has about 25% fewer parameters"] == (
        "depends on what is counted (holds: the cells alone; does not hold: the whole translator)"
    )
    assert verdicts["a BiLSTM with dropout is best"] == HOLDS
    assert {each.condition for each in found["a BiLSTM with dropout is best"][1]} == {f"over {ONE_WAY}"}
    assert verdicts["the best has 2.5 times the parameters"] == HOLDS
    assert verdicts["sigmoid's gradients vanish"] == UNKNOWN
    _, readings = found["a GRU trains about 15% faster per batch"]
    assert [each.estimate for each in readings] == [pytest.approx(14.5)] * 3
    assert "`python -m lstm_lib study activations`" in table(claims.ledger(some_rows))


def test_the_file_has_a_line_a_reading_and_one_for_a_claim_without(some_rows, tmp_path):
    ledger = claims.ledger(some_rows)
    write_csv(tmp_path / "claims.csv", ledger)
    with open(tmp_path / "claims.csv", encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == sum(max(1, len(readings)) for readings in ledger.values()) == len(records(ledger))
    assert {line["claim"] for line in lines} == {claim.text for claim in claims.CLAIMS}
    best = next(line for line in lines if line["condition"] == f"over {ONE_WAY}")
    assert float(best["low"]) < float(best["estimate"]) < float(best["high"]) and best["seeds"] == "2"
    assert best["test"] == evidence.PAIRED_OVER_SEEDS and float(best["p"]) <= float(best["p_holm"]) < 0.05
    before = (tmp_path / "claims.csv").read_bytes()
    write_csv(tmp_path / "claims.csv", claims.ledger(some_rows))
    assert (tmp_path / "claims.csv").read_bytes() == before


def test_numbers_are_short():
    assert [number(value) for value in (0.938, -3.04, 24.96, 245.0)] == ["0.94", "-3.04", "25.0", "245.0"]
    assert number(-0.004) == "0.00"


def test_the_file_says_what_the_stored_rows_say(tmp_path):
    write_csv(tmp_path / "claims.csv", claims.ledger(StudyOptions()))
    assert (RESULTS / "claims.csv").read_bytes() == (tmp_path / "claims.csv").read_bytes()


def test_the_command_tells_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["study", "claims", "--quick"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("claims: Claims: what the report says") and printed.count(UNKNOWN) > 5
    assert (tmp_path / "runs" / "quick" / "results" / "claims.csv").exists()
