"""What all tests share: reproducible property tests, one BLAS thread, no hidden skips where none may be."""

import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from lstm_lib import storage

# The tests run in parallel processes, so a second BLAS thread would only fight for the cores. This is set
# before NumPy is first imported, and the notebooks' kernels inherit it.
for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(threads, "1")

settings.register_profile("course", derandomize=True, deadline=None, max_examples=30)
settings.load_profile("course")

# With PyTorch, Keras and JAX installed, a parity test that is skipped is a parity test that is lost.
NO_SKIPS = os.environ.get("LSTM_LIB_REQUIRE_FRAMEWORKS") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """Fail where a module skips itself, as `pytest.importorskip` does."""
    report = yield
    return _failed_if_skipped(report)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Fail where a single test is skipped; an expected failure stays what it is."""
    report = yield
    return report if hasattr(report, "wasxfail") else _failed_if_skipped(report)


def _failed_if_skipped(report):
    if NO_SKIPS and report.skipped:
        path, line, reason = report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{path}:{line}: LSTM_LIB_REQUIRE_FRAMEWORKS=1 allows no skips, but: {reason}"
    return report


@pytest.fixture
def full_disk(monkeypatch):
    """Let the disk be full where a file of some name is written: Linux's /dev/full takes its place."""

    @contextmanager
    def fill(name):
        def opened(path, mode):
            return open("/dev/full" if Path(path).name.startswith(f"{name}.") else path, mode)

        with monkeypatch.context() as patch:
            patch.setattr(storage, "open", opened, raising=False)
            yield

    return fill
