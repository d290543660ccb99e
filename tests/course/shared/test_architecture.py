"""The drawing of the encoder-decoder: every word and cell, the state handed over, and no circle."""

from graphlib import TopologicalSorter

import matplotlib.pyplot as plt
import pytest
from matplotlib.patches import FancyBboxPatch

from course.shared.architecture import LOOKS_AT, READ, STATE, WRITTEN, draw_encoder_decoder

CASES = [(attention, both) for attention in (True, False) for both in (True, False)]


def boxes_of(ax) -> list[FancyBboxPatch]:
    return [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]


def at_edge(ax, point) -> list[FancyBboxPatch]:
    """The boxes that a point lies in, or close to."""
    return [
        box
        for box in boxes_of(ax)
        if box.get_x() - 0.01 <= point[0] <= box.get_x() + box.get_width() + 0.01
        and box.get_y() - 0.01 <= point[1] <= box.get_y() + box.get_height() + 0.01
    ]


def ways(ax) -> list[tuple]:
    """Start and end of each arrow; a thick line's arrow starts where the line does."""
    arrows = [(note.get_position(), note.xy) for note in ax.texts if hasattr(note, "arrow_patch")]
    lines = [line for line in ax.lines if line.get_linewidth() == STATE["linewidth"]]
    thick = [(line.get_xydata()[0], line.get_xydata()[-1]) for line in lines]
    return [*((a, b) for a, b in arrows if a != b), *thick]


@pytest.mark.parametrize(("attention", "both"), CASES)
def test_every_word_and_cell_is_there_and_no_arrow_closes_a_circle(attention, both):
    ax = draw_encoder_decoder(looks_at=LOOKS_AT if attention else None, bidirectional=both)
    written = [text.get_text() for text in ax.texts]
    assert all(written.count(word) == (2 if word == "</s>" else 1) for word in (*READ, *WRITTEN, "<s>"))
    assert len(boxes_of(ax)) == 4 + 4 * (2 if both else 1) + 1 + 4 + 4
    assert sum(text.startswith(r"$\mathrm{ctx}") for text in written) == (4 if attention else 0)
    reached = {id(box): set() for box in boxes_of(ax)}
    for start, end in ways(ax):
        for target in at_edge(ax, end):
            reached[id(target)] |= {id(box) for box in at_edge(ax, start) if box is not target}
    assert len(list(TopologicalSorter(reached).static_order())) == len(reached)
    plt.close(ax.figure)


@pytest.mark.parametrize(("attention", "both"), CASES)
def test_the_last_state_of_each_direction_crosses_the_bridge_to_the_first_decoder_cell(attention, both):
    ax = draw_encoder_decoder(looks_at=LOOKS_AT if attention else None, bidirectional=both)
    lines = [line.get_xydata() for line in ax.lines if line.get_linewidth() == STATE["linewidth"]]
    *over, down = lines
    columns = [round(at_edge(ax, line[0])[0].get_x(), 1) for line in over]
    encoder = [
        box for box in boxes_of(ax) if round(box.get_y() + box.get_height() / 2, 2) in (2.18, 2.6, 3.02)
    ]
    ends = [max(box.get_x() for box in encoder if box.get_y() < 2.5)]
    ends += [min(box.get_x() for box in encoder if box.get_y() > 2.5)] if both else []
    assert columns == [round(end, 1) for end in ends]
    [bridge] = {id(box) for line in over for box in at_edge(ax, line[-1])}
    assert [id(box) for box in at_edge(ax, down[0])] == [bridge]
    [first] = at_edge(ax, down[-1])
    assert first.get_x() < 0 < first.get_x() + first.get_width()
    plt.close(ax.figure)


def test_other_sentences_and_a_given_axis():
    _, given = plt.subplots()
    assert draw_encoder_decoder(("a", "b"), ("x", "y", "z"), (0, 1, 1), ax=given) is given
    thick = [line for line in given.lines if line.get_linewidth() == 5.0]
    assert len(thick) == 3
    plt.close(given.figure)
