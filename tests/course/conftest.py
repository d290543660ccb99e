"""Every test draws in matplotlib's own style, whatever another has set."""

import matplotlib
import pytest


@pytest.fixture(autouse=True)
def plain_style():
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        yield
