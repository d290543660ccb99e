"""Worker processes for all studies under test, since starting some takes seconds."""

import sys
from dataclasses import replace
from importlib import import_module

import pytest

from figures.lab.plan import Run
from figures.lab.runner import perform
from figures.lab.setting import StudyOptions
from figures.lab.workers import shared
from helpers.pictures import plain_style
from helpers.studies.study_runs import squares

__all__ = ["plain_style"]


@pytest.fixture(scope="session")
def two_workers():
    """Options of a quick study, with two worker processes."""
    with shared(StudyOptions.of(quick=True, workers=2)) as options:
        yield options


@pytest.fixture
def options(two_workers, tmp_path):
    """The same, with folders of the test's own."""
    return replace(two_workers, results=tmp_path / "results", figures=tmp_path / "figures")


@pytest.fixture
def far(options, tmp_path, monkeypatch):
    """A run whose code this process alone can import: its workers are there, with the path as it was."""
    perform("squares", squares([0]), options)
    source = "from figures.lab.plan import measurement\n@measurement('test.far', 1)\ndef far(*_): ...\n"
    (tmp_path / "elsewhere.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    yield Run("far", import_module("elsewhere").far, {}, 0)
    del sys.modules["elsewhere"]
