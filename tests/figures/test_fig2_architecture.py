"""The figure of the architecture: three drawings that no data stands behind."""

from figures import fig2_architecture as architecture
from figures.lab.setting import ROOT


def test_the_pipeline_names_modules_that_are_there():
    steps = (*architecture.DATA, *architecture.UPDATE, *architecture.SCORING)
    for _, module in steps:
        assert (ROOT / "lstm_lib" / module).is_file()
    written = [text.get_text() for text in architecture.draw().axes[2].texts]
    for step in steps:
        assert set(step) <= set(written)


def test_the_figure_has_a_cell_and_a_translator():
    cell, translator, _ = architecture.draw().axes
    assert set(architecture.EQUATIONS) <= {text.get_text() for text in cell.texts}
    named = {text.get_text() for text in translator.texts}
    assert {"tuesday", "mardi", *architecture.PARTS.values()} <= named
    assert not any(text[:1].isdigit() for text in named)  # no notebooks
