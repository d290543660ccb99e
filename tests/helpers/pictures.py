"""What every test that draws begins and ends with."""

import matplotlib
import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def plain_style():
    """Draw in matplotlib's own style and no window, whatever another test has set; close what was drawn."""
    plt.switch_backend("agg")
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        yield
    plt.close("all")
