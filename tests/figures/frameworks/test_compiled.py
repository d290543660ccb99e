"""The graphs that notebook 11 tells of are those that PyTorch finds."""

import pytest

from figures.frameworks.compiled import GRAPHS, count_graphs


@pytest.mark.filterwarnings("ignore")  # of PyTorch, about itself
def test_graphs_are_as_told():
    pytest.importorskip("torch")
    assert count_graphs() == GRAPHS
