"""Worker processes for all studies under test, since starting some takes seconds."""

from dataclasses import replace

import pytest
from distributed import Client

from figures.lab.options import StudyOptions
from figures.lab.workers import shared
from helpers.pictures import plain_style

__all__ = ["plain_style"]


def import_all():
    """In a worker: have ready what the runs under test import."""
    import helpers.study_runs  # noqa: F401


@pytest.fixture(scope="session")
def two_workers():
    """Options of a quick study, with the address of a scheduler that has two workers."""
    with shared(StudyOptions.of(quick=True, workers=2)) as options:
        with Client(options.scheduler) as client:
            client.run(import_all)
        yield options


@pytest.fixture
def options(two_workers, tmp_path):
    """The same, with folders of the test's own."""
    return replace(two_workers, results=tmp_path / "results", figures=tmp_path / "figures")
