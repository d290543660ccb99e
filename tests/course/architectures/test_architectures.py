"""Architectures: shapes and counts are those of the formulas, and drawings show every cell and every word."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch

from course.architectures.architectures import (
    BATCH,
    CLASSES,
    EMBEDDING,
    HIDDEN,
    KINDS,
    MANY_TO_MANY,
    MANY_TO_ONE,
    SEQ2SEQ,
    WORDS,
    Architecture,
    array_shapes,
    parameter_counts,
)
from course.architectures.drawing import draw_unrolled
from course.architectures.explorer import BOTH_WAYS, architecture_explorer, plot_architecture
from helpers.explorers import controls_of


def lstm_size(inputs: int, hidden: int) -> int:
    return 4 * hidden * (inputs + hidden + 1)


def test_shapes_of_a_reader_follow_its_layers():
    shapes = array_shapes(Architecture(MANY_TO_MANY, steps=4, num_layers=2, bidirectional=True))
    assert shapes["words"] == (BATCH, 4)
    assert shapes["embedded"] == (BATCH, 4, EMBEDDING)
    assert shapes["layer 1"] == shapes["layer 2"] == (BATCH, 4, 2 * HIDDEN)
    assert shapes["logits"] == (4 * BATCH, CLASSES)
    assert array_shapes(Architecture(MANY_TO_ONE, steps=4))["logits"] == (BATCH, CLASSES)


def test_shapes_of_a_translator_meet_at_the_bridge():
    shapes = array_shapes(Architecture(SEQ2SEQ, steps=4, bidirectional=True, target_steps=2))
    assert shapes["encoder outputs"] == (BATCH, 4, 2 * HIDDEN)
    assert shapes["bridge, each h and c"] == (BATCH, HIDDEN)
    assert shapes["target words"] == (BATCH, 2)
    assert shapes["log p, each step"] == (BATCH, WORDS)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_parameters_are_those_of_the_formula(bidirectional):
    directions = 2 if bidirectional else 1
    width = directions * HIDDEN
    counts = parameter_counts(Architecture(MANY_TO_ONE, 3, num_layers=2, bidirectional=bidirectional))
    assert counts == {
        "layer": directions * (lstm_size(EMBEDDING, HIDDEN) + lstm_size(width, HIDDEN)),
        "readout": (width + 1) * CLASSES,
        "embedding": WORDS * EMBEDDING,
    }
    assert counts == parameter_counts(Architecture(MANY_TO_ONE, 6, 2, bidirectional)), "steps share them"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("steps", [1, 5])
def test_a_drawing_has_a_box_for_each_use_of_a_cell(kind, bidirectional, num_layers, steps):
    ax = draw_unrolled(Architecture(kind, steps, num_layers, bidirectional, target_steps=2))
    boxes = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    written = 2 if kind == SEQ2SEQ else 0
    assert len(boxes) == num_layers * (steps * (2 if bidirectional else 1) + written)
    labels = [text.get_text() for text in ax.texts]
    assert {f"$x_{{{k}}}$" for k in range(1, steps + 1)} <= set(labels)
    signs = labels.count("←")
    assert signs == (num_layers * steps if bidirectional else 0)
    for box in boxes:
        assert ax.get_xlim()[0] <= box.get_x() and box.get_x() + box.get_width() <= ax.get_xlim()[1]


def test_words_and_answers_are_written_as_given():
    _, given = plt.subplots()
    ax = draw_unrolled(Architecture(MANY_TO_ONE, 2), ["mardi", "mars"], ["odd"], given)
    assert ax is given
    assert [text.get_text() for text in ax.texts if text.get_text() not in ("→", "")] == [
        "mardi",
        "mars",
        "odd",
    ]


def test_a_decoder_reads_what_it_wrote():
    ax = draw_unrolled(Architecture(SEQ2SEQ, 1, target_steps=2), ["tuesday"], ["mardi", "</s>"])
    labels = [text.get_text() for text in ax.texts]
    assert labels.count("mardi") == 2 and labels.count("</s>") == labels.count("<s>") == 1


def test_the_figure_says_shapes_and_parameters():
    architecture = Architecture(MANY_TO_MANY, 3)
    _, numbers = plot_architecture(architecture)
    written = [text.get_text() for text in numbers.texts]
    assert f"({BATCH}, 3, {EMBEDDING})" in written
    assert f"{sum(parameter_counts(architecture).values()):,}" in written


def test_the_explorer_draws_again_when_a_control_moves(record):
    drawn = record(lambda figure: len(figure.axes[0].patches))
    kind, direction, steps, num_layers = controls_of(architecture_explorer()).values()
    for control, value in ((direction, BOTH_WAYS), (steps, 5), (num_layers, 2), (kind, SEQ2SEQ)):
        control.value = value
    assert np.array_equal(drawn, [4, 8, 10, 20, 20 + 2 * 3])
