"""The parts of a model are all of it, and the bars are as long as their numbers."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course.translator.model_parts import PARTS, parameters_by_part, plot_parts
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq


def model(**options) -> Seq2Seq:
    config = ModelConfig(30, 40, embedding_size=6, hidden_size=5, **options)
    return Seq2Seq(config, np.random.default_rng(0))


@pytest.mark.parametrize(
    "options", [{}, {"bidirectional": False}, {"attention": "none"}, {"cell": "gru"}, {"num_layers": 2}]
)
def test_the_parts_add_up_to_the_model(options):
    one = model(**options)
    assert sum(parameters_by_part(one).values()) == one.num_parameters


def test_parts_by_hand():
    counts = parameters_by_part(model(bidirectional=False, attention="none"))
    assert list(counts) == list(PARTS)
    assert counts["embeddings"] == (30 + 40) * 6
    assert counts["encoder's cells"] == 4 * 5 * (6 + 5 + 1)
    assert counts["attention"] == 0
    assert counts["output"] == 40 * (6 + 1)


def test_bars_stand_end_to_end():
    plt.switch_backend("agg")
    counts = {"one": dict.fromkeys(PARTS, 1000), "two": dict.fromkeys(PARTS, 2000)}
    ax = plot_parts(counts)
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches]
    assert max(ends) == 2 * len(PARTS)
    assert [text.get_text().strip() for text in ax.texts] == [str(len(PARTS)), str(2 * len(PARTS))]
    plt.close("all")
