import os
import subprocess
import sys
from pathlib import Path

import pytest

import lstm_lib.training


def command_of(name, arguments):
    """What runs a script of this folder on the library under test."""
    roots = Path(lstm_lib.training.__file__).parents[2], Path(__file__).parents[1]
    return {
        "args": [sys.executable, Path(__file__).with_name(name), *arguments],
        "env": {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))},
    }


@pytest.fixture(scope="session")
def run_script():
    """Run a script of this folder in a process of its own."""

    def run(name, *arguments):
        return subprocess.run(**command_of(name, arguments), capture_output=True, text=True, timeout=120)

    return run


@pytest.fixture(scope="session")
def start_script():
    """Start such a process, and do not wait for it."""
    return lambda name, *arguments: subprocess.Popen(**command_of(name, arguments))
