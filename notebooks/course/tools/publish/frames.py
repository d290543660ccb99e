"""What the pictures with a slider show: every position of each, in a picture, a sentence and a text."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from course import gathered
from course.shared.gates import FREE, clamp_gates, walk
from course.shared.style import signed
from lstm_lib.nn.attention import masked_softmax
from lstm_lib.nn.lstm import LSTM

# The chapters' own plots: a frame looks as the figure in its notebook does.
chapter, _ = gathered(
    __name__,
    {
        "course.attention.plots": "plot_weights",
        "course.bleu.plots": "plot_brevity_penalty",
        "course.lstm_cell.plots": "plot_sentence",
    },
)


class Frame(NamedTuple):
    """What is seen at one position of the slider."""

    value: str  # where the slider stands
    finding: str  # what to see there, in a sentence
    alt: str  # the picture in words
    draw: Callable[[], object]  # makes one new figure


class Movable(NamedTuple):
    """A picture with a slider."""

    name: str  # of its anchor and its files
    notebook: str
    title: str
    text: str  # Markdown above the picture, with a question that it answers
    label: str  # of the slider
    start: int  # the frame shown first
    frames: Sequence[Frame]


def movables() -> list[Movable]:
    """Return the pictures, in the order of their notebooks."""
    return [forget_gate(), softmax_scale(), brevity_penalty()]


SENTENCE = ("the", "keys", "to", "the", "old", "cabinet", "are", "here", "and", "the", "door", "is", "shut")
NUMBER = {"keys": 1, "cabinet": -1, "door": -1}  # plural 1, singular -1
FORGET_GATE = """\
One LSTM unit reads a sentence. It stores the number of each subject (plural 1, singular −1) and shows it at
the verb. *Free* means that the forget gate follows its weights; the other positions fix it.

**Predict first.** Which verb goes wrong when the gate is stuck at 0.50, and which when it is stuck at 1.00?
"""
SOFTMAX = """\
Five words have fixed attention scores, and the softmax turns them into weights. The slider multiplies all
scores, which is the same as dividing them by a *temperature*. The second bar of each word is the slope of its
weight with respect to its own score: the factor that the gradient gets in the backward pass.

**Predict first.** What happens to the steepest slope as the scores keep growing?
"""
BREVITY = """\
The reference has {r} tokens. BLEU multiplies the score of a shorter hypothesis by a factor below 1.

**Predict first.** A hypothesis is half as long as the reference. Does it keep half of its score? And what
happens to one that is too long?
"""


def agreement_unit() -> tuple[LSTM, np.ndarray]:
    """Return the unit of notebook 01 that carries a subject's number to its verb, and what it reads.

    Its weights are set by hand: it writes at a subject, keeps elsewhere, and shows its memory at a verb.

    Returns: the layer; x (T, 3): each word's number, whether it is a subject, whether it is a verb.
    """
    unit = LSTM(3, 1, np.random.default_rng(0), dtype=np.float64)
    for array in unit.params.values():
        array[...] = 0.0
    number, subject, verb = range(3)
    for gate, feature, weight, bias in (
        ("i", subject, 10, -5),
        ("f", subject, -10, 5),
        ("g", number, 3, 0),
        ("o", verb, 10, -5),
    ):
        unit.params["W_x"][feature, unit.gate(gate)] = weight
        unit.params["b"][unit.gate(gate)] = bias
    x = [[NUMBER.get(word, 0), word in ("keys", "door"), word in ("are", "is")] for word in SENTENCE]
    return unit, np.array(x, float)


def forget_gate() -> Movable:
    """What becomes of a memory whose forget gate is stuck."""
    unit, x = agreement_unit()

    def frame(f: float | None) -> Frame:
        gates, c, h = walk(clamp_gates(unit, f=f), x)

        def at(word: str, values: np.ndarray) -> str:
            return signed(round(values[SENTENCE.index(word), 0], 2) + 0.0, 2)  # no -0.00

        def draw() -> None:
            top, _ = chapter("plot_sentence")(gates[:, :, 0], c[:, 0], h[:, 0], SENTENCE)
            top.get_gridspec().update(left=0.1)  # room for the labels where the figure is narrower

        value = FREE if f is None else f"{f:.2f}"
        memory = ", ".join(f"{at(word, c)} at “{word}”" for word in ("keys", "are", "door", "is"))
        return Frame(
            value,
            f"The output is {at('are', h)} at “are” (plural, so it should be near 0.75) and {at('is', h)} at "
            "“is” (singular: near −0.75).",
            f"Gates above, memory and output below; the forget gate is {value}. The memory is {memory}.",
            draw,
        )

    frames = [frame(f) for f in (None, 0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)]
    title = "A forget gate that is stuck"
    return Movable("forget-gate", "01_lstm_from_scratch", title, FORGET_GATE, "Forget gate", 0, frames)


WORDS, SCORES = ("the", "dog", "is", "asleep", "."), np.array([0.2, 1.5, 0.5, 1.0, -0.6])


def softmax_scale() -> Movable:
    """Attention weights and their slopes as the scores grow."""

    def frame(factor: float) -> Frame:
        weights = masked_softmax(factor * SCORES, None)
        slopes = weights * (1 - weights)
        bars = {r"weight $\alpha$": weights, r"slope $\alpha\,(1 - \alpha)$": slopes}
        each = ", ".join(f"{word} {weight:.2f}" for word, weight in zip(WORDS, weights, strict=True))
        steepest = f"{slopes.max():.4f}" if slopes.max() > 1e-4 else "below 0.0001"
        return Frame(
            f"× {factor:g}",
            f"The largest weight is {weights.max():.2f}; the steepest slope is {steepest}.",
            f"Bars of the weights with all scores × {factor:g}: {each}. Beside each weight its slope; the "
            f"steepest is {steepest}.",
            lambda: chapter("plot_weights")(bars, WORDS),
        )

    frames = [frame(factor) for factor in (0, 0.25, 0.5, 1, 2, 4, 8, 16, 32)]
    title = "Growing scores saturate a softmax"
    return Movable("softmax-scale", "06_attention", title, SOFTMAX, "All scores", 3, frames)


def brevity_penalty(r: int = 10) -> Movable:
    """What BLEU takes off a hypothesis that is too short.  Args: r: the length of the reference."""

    def frame(h: int) -> Frame:
        factor = np.exp(min(0.0, 1 - r / h))
        says = f"exp(1 − {r}/{h}) = {factor:.2f}" if h < r else "1, so nothing is taken off"
        return Frame(
            f"{h} tokens",
            f"{h} tokens for {r}: the factor is {says}.",
            "The brevity penalty rises steeply with the ratio of the lengths, reaches 1 at equal lengths and "
            f"stays there. The marker at ratio {h / r:.1f} is at {factor:.2f}.",
            lambda: chapter("plot_brevity_penalty")([(h, r)]),
        )

    frames = [frame(h) for h in range(3, 16)]
    label = "Length of the hypothesis"
    return Movable("brevity-penalty", "09_bleu", "The brevity penalty", BREVITY.format(r=r), label, 4, frames)
