"""The claim explorer and the pictures beside it show what the ledger has, measured or not."""

import html
import math

import matplotlib.pyplot as plt
import pytest

from figures.claims.explorer import claim_explorer
from figures.claims.plots import plot_claim, plot_verdicts
from figures.claims.study import CLAIMS
from figures.claims.tables import KINDS, kind_of, sentence, tally
from figures.claims.verdict import Claim, Range, Reading


def reading(condition: str, low: float, high: float) -> Reading:
    return Reading(condition, (low + high) / 2, low, high, 5, "Student's t over seeds")


def claim(text: str, allowed: Range, superlative: bool = False) -> Claim:
    return Claim(text, "variant-design", "BLEU", allowed, "the size", lambda options: [], superlative)


INSIDE, OUTSIDE, ACROSS = reading("in", 1.0, 2.0), reading("out", -3.0, -1.0), reading("edge", -1.0, 3.0)
IDLE = INSIDE._replace(condition="idle", untested="identical runs")
BETTER, BEST = claim("x is better", Range(low=0.0)), claim("x < y & best", Range(low=0.0), superlative=True)


@pytest.mark.parametrize(
    ("readings", "kind", "best"),
    [
        ([INSIDE, INSIDE], "holds", "holds"),
        ([OUTSIDE], "does not hold", "does not hold"),
        ([INSIDE, OUTSIDE], "depends on", "does not hold"),
        ([INSIDE, ACROSS], "too close to tell", "too close to tell"),
        ([IDLE], "not tested", "not tested"),
        ([IDLE, INSIDE], "holds", "holds"),
        ([ACROSS], "too close to tell", "too close to tell"),
        ([], "not measured", "not measured"),
    ],
)
def test_the_kind_is_the_verdicts(readings, kind, best):
    assert (kind_of(BETTER, readings), kind_of(BEST, readings)) == (kind, best)


def test_a_sentence_is_made_of_the_numbers():
    told = sentence(BEST, [INSIDE, OUTSIDE, ACROSS])
    assert told == (
        "Wanted at least 0; found -2.00 (-3.00 to -1.00) (out) up to 1.50 (1.00 to 2.00) (in): "
        "of 3 readings 1 inside the range, 1 outside, 1 too near its edge. "
        "The claim is about all of them, so one outside refutes it."
    )
    assert sentence(BETTER, [ACROSS]) == ("Wanted at least 0; found 1.00 (-1.00 to 3.00): too near its edge.")
    assert "python -m lstm_lib study variant-design" in sentence(BETTER, [])


def test_every_claim_is_of_one_kind():
    found = {BETTER: [INSIDE], BEST: []}
    assert tally(found) == {
        kind: [BETTER] * (kind == "holds") + [BEST] * (kind == KINDS[-1]) for kind in KINDS
    }


def drawn(ax):
    ax.figure.canvas.draw()
    texts = {text.get_text() for text in ax.texts} | {label.get_text() for label in ax.get_yticklabels()}
    plt.close(ax.figure)
    return texts


@pytest.mark.parametrize(
    "allowed", [Range(low=-6.0), Range(high=0.5, is_open=True), Range(-0.5, 0.5), Range(50.0, 60.0)]
)
def test_a_picture_shows_every_reading_and_the_range(allowed):
    ax = plot_claim(claim("x", allowed), [INSIDE, OUTSIDE, ACROSS])
    left, right = ax.get_xlim()
    edges = [edge for edge in (allowed.low, allowed.high) if math.isfinite(edge)]
    assert [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"] == edges
    assert left < min(-3.0, *edges, 0.0) and max(3.0, *edges) < right
    assert {"in", "out", "edge", "1.50 (1.00 to 2.00)"} <= drawn(ax)


def test_a_single_number_has_a_picture():
    left, right = (
        ax := plot_claim(claim("x", Range(low=1.0)), [Reading("a", 1.0, 1.0, 1.0, 0, "")])
    ).get_xlim()
    assert left < 1.0 < right
    assert "1.00" in drawn(ax)


def test_what_is_not_measured_says_so():
    assert "not measured yet" in drawn(plot_claim(BETTER, []))


def test_the_verdicts_of_the_whole_ledger_are_shown():
    texts = drawn(plot_verdicts({BETTER: [INSIDE, OUTSIDE], BEST: []}))
    assert {"depends on", "not measured", "x is better"} <= texts
    assert len(drawn(plot_verdicts({each: [] for each in CLAIMS}))) > 1


@pytest.fixture
def shown(monkeypatch):
    """The titles of the figures that were shown."""
    titles = []

    def show():
        titles.append(plt.gca().get_title(loc="left") or plt.gca().get_title())
        plt.gcf().canvas.draw()
        plt.close("all")

    monkeypatch.setattr(plt, "show", show)
    return titles


def test_the_explorer_follows_its_choice_and_escapes_what_it_says(shown):
    explorer = claim_explorer({BETTER: [INSIDE], BEST: []})
    choice, answer, _ = explorer.children
    assert "x is better" in shown[0] and "<b>holds</b>" in answer.value and "Student&#x27;s t" in answer.value
    choice.value = 1
    assert "best" in shown[1] and html.escape(sentence(BEST, [])) in answer.value
    assert choice.description
    assert repr(explorer).startswith("A widget: run this notebook")
