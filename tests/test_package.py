"""What `import lstm_lib` offers, and what it does not import before it is asked."""

import subprocess
import sys

import pytest

import lstm_lib


@pytest.mark.parametrize("name", lstm_lib.__all__)
def test_each_public_name_is_there_and_documented(name):
    assert name in dir(lstm_lib)
    assert name == "__version__" or getattr(lstm_lib, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Transformer'"):
        _ = lstm_lib.Transformer


def test_importing_it_imports_nothing_else():
    program = "import sys, lstm_lib; print([name for name in ('numpy', 'matplotlib') if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
