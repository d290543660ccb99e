"""One visit of each notebook for all tests of this folder; one JupyterLab and one browser in each process.

The tests are skipped where Playwright or Chromium is missing, unless LSTM_LIB_REQUIRE_BROWSER=1 says that
they must run. One process visits the notebooks, a second one the site:

    LSTM_LIB_REQUIRE_BROWSER=1 python -m pytest tests/browser -n 2 --dist loadfile
"""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from browser import lite_visit
from browser.lab_server import running_lab
from browser.visit import HEAD, Guide, Visit, visitor
from lstm_lib.__main__ import main

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
REQUIRED = os.environ.get("LSTM_LIB_REQUIRE_BROWSER") == "1"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if importlib.util.find_spec("playwright") is None:
        _go_without("they need Playwright: python -m pip install -c constraints.txt -e '.[browser]'")
    if path is None:
        _go_without("they need Chromium: apt-get install --no-install-recommends chromium fonts-dejavu-core")
    if "PYTEST_XDIST_WORKER" in os.environ and not REQUIRED:
        pytest.skip("tests in the browser measure time, so they do not run beside all others")
    return path


def _go_without(reason: str) -> None:
    (pytest.fail if REQUIRED else pytest.skip)(f"tests in the browser: {reason}")


@pytest.fixture(scope="session")
def playwright(chromium):
    """Playwright, once a process: a second one beside it refuses to start."""
    from playwright.sync_api import sync_playwright  # is not there where these tests are skipped

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def guide(playwright, chromium, tmp_path_factory) -> Iterator[Guide]:
    """Takes a notebook that lies in JupyterLab's folder, visits it, and tells what was seen."""
    home, work = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("work")
    with running_lab(home, work) as server, visitor(server, work, playwright, chromium) as guide:
        yield guide


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def visit(request, guide) -> Visit:
    """What was seen in one of the course's notebooks; it is visited once for all tests."""
    return guide(request.param.name, nbformat.read(request.param, as_version=4))


@pytest.fixture(scope="session")
def site(chromium, tmp_path_factory) -> Path:
    """The built site, where there is a browser to see it: LSTM_LIB_SITE names one that is built already."""
    if built := os.environ.get("LSTM_LIB_SITE"):
        return Path(built)
    folder = tmp_path_factory.mktemp("built") / "site"
    assert main(["site", str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def lite_guide(playwright, chromium, site) -> Iterator[lite_visit.LiteGuide]:
    """Takes the name of a notebook, visits it in the built site, and tells what was seen."""
    with lite_visit.lite_visitor(site, playwright, chromium) as guide:
        yield guide


def pytest_terminal_summary(terminalreporter, config) -> None:
    """Print how long each widget took to draw, and each notebook in the browser to run."""
    done = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    for kind, head in (("redraw", HEAD), ("lite", lite_visit.HEAD)):
        rows = [row for report in done for name, row in report.user_properties if name == kind]
        if rows:
            terminalreporter.section(kind)
            for line in (head, *sorted(rows)):
                terminalreporter.write_line(line)
