"""What every test that draws begins and ends with."""

import matplotlib
import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def plain_style():
    """Draw in matplotlib's own style, whatever another test has set, and close what was drawn."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        yield
    plt.close("all")
