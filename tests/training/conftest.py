import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lstm_lib.training


@pytest.fixture(scope="session")
def toy():
    """The module `toy.py` beside this file."""
    spec = importlib.util.spec_from_file_location("toy", Path(__file__).with_name("toy.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def run_script():
    """Run a script of this folder in a process of its own, on the library under test."""
    library = Path(lstm_lib.training.__file__).parents[2]

    def run(name, *arguments):
        command = [sys.executable, Path(__file__).with_name(name), *arguments]
        environment = {**os.environ, "PYTHONPATH": str(library)}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)

    return run
