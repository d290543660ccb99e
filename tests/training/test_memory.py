"""Freed memory is kept where the C library can be told to, and left alone where it cannot."""

import platform
import subprocess
import sys

import pytest

from lstm_lib.training import step

# Page faults of ten arrays of 8 MB, made, filled and freed; in a process of its own, which stays that way.
FAULTS = """
import resource
import numpy as np
from lstm_lib.training.step import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        np.ones(1 << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

assert keep_freed_memory()
faults()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_freed_memory_is_used_again():
    done = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100  # an array has 2,048 pages


def test_another_c_library_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not step.keep_freed_memory()
