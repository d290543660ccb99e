"""A visit of a notebook: it is opened and run in JupyterLab, and each of its widgets is moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import nbformat

from browser.driving import Driver, Redraw
from browser.lab_server import LabServer
from browser.notebook_page import NotebookPage
from browser.yardstick import plain_picture_seconds

if TYPE_CHECKING:
    from playwright.sync_api import Page

Guide = Callable[[str, nbformat.NotebookNode], "Visit"]
HEAD = f"{'notebook':28} widget  moves   page  unqueued  processor  plain picture  controls"
PATIENCE = 300  # seconds: against waiting without end, on the busiest machine
STOPWATCH = Path(__file__).with_name("stopwatch.js")
BROWSER_OPTIONS = [
    "--no-sandbox",  # which root has no use for, and which containers forbid
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # what is asked for is seen, and goes nowhere
]


class WidgetVisit(NamedTuple):
    """What was seen of a widget."""

    redraws: list[Redraw]
    nameless: list[str]  # kinds of controls without a label
    left_out: list[str]  # labels of controls that could not be moved
    failures: list[str]  # errors and warnings that it shows
    planted: set[str]  # elements that were typed as text

    @property
    def seconds(self) -> float:
        """The median time from a key to the picture."""
        return self._median(lambda redraw: redraw.seconds)

    @property
    def seconds_unqueued(self) -> float:
        """The same, less the time in which other programs had the cores."""
        return self._median(lambda redraw: redraw.seconds_unqueued)

    @property
    def processor(self) -> float:
        """The median time that the kernel computes for a picture."""
        return self._median(lambda redraw: redraw.spent.processor)

    def _median(self, quantity: Callable[[Redraw], float]) -> float:
        found = [quantity(redraw) for redraw in self.redraws if redraw.is_seen]
        return median(found) if found else float("nan")


class Visit(NamedTuple):
    """What was seen in a notebook."""

    name: str
    cells_not_run: list[str]
    errors: list[str]  # what cells raised
    number_of_widgets: int  # outputs of cells that are widgets, by what the kernel sent
    widgets: list[WidgetVisit]
    left_the_machine: list[str]  # requests of the page and of the kernel
    plain_picture: float  # seconds that a plain picture took meanwhile: how slow the machine is


@contextmanager
def visitor(server: LabServer, work: Path, playwright, chromium: str) -> Iterator[Guide]:
    """Open the page in a browser, to visit notebooks one after the other.

    Args: server; work: its folder; playwright; chromium: the browser's path.
    """
    with closing(playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)) as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1400})
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("websocket", lambda socket: requests.append(socket.url))
        page.set_default_timeout(1000 * PATIENCE)
        page.add_init_script(path=STOPWATCH)
        page.goto(f"{server.url('lab')}&reset")
        page.wait_for_function("() => window.jupyterapp?.shell")
        page.evaluate("() => window.jupyterapp.restored.then(() => null)")

        def guide(name: str, notebook: nbformat.NotebookNode) -> Visit:
            nbformat.write(without_outputs(notebook), work / name)
            return visit(page, server, name, requests)

        yield guide


def without_outputs(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy in which nothing old can be taken for new."""
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def visit(page: Page, server: LabServer, name: str, requests: list[str]) -> Visit:
    """Open a notebook, run it, move its widgets, close it, and shut its kernel down.

    Args: page; server; name: of the notebook's file; requests: the page's so far, and those to come.
    """
    asked, tried = len(requests), len(server.attempts_to_leave())
    notebook = NotebookPage(page, name)
    notebook.run_all()
    kernel = server.kernel_process(notebook.kernel_id())
    drivers = [Driver(area, kernel) for area in notebook.widgets()]
    for driver in drivers:
        driver.drive()
    found = Visit(
        name.removesuffix(".ipynb"),
        notebook.cells_not_run(),
        notebook.errors(),
        notebook.number_of_widgets(),
        [widget_visit(driver) for driver in drivers],
        [url for url in requests[asked:] if not is_local(url, server)] + server.attempts_to_leave()[tried:],
        plain_picture_seconds(),
    )
    notebook.close()
    return found


def widget_visit(driver: Driver) -> WidgetVisit:
    nameless = [control.kind for control in driver.controls if not control.label]
    return WidgetVisit(driver.redraws, nameless, driver.left_out, driver.failures, driver.planted)


def is_local(url: str, server: LabServer) -> bool:
    """Whether a request stays in the page or goes to the server that these tests started."""
    host = server.address.removeprefix("http:")
    return url.startswith(("data:", "blob:", f"http:{host}/", f"ws:{host}/"))


def report(visit: Visit) -> Iterator[str]:
    """The lines of a table under `HEAD`: a line for each widget, its median times in milliseconds."""
    for number, widget in enumerate(visit.widgets, start=1):
        times = (widget.seconds, widget.seconds_unqueued, widget.processor)
        page, unqueued, processor, plain = (
            f"{1000 * seconds:.0f}" for seconds in (*times, visit.plain_picture)
        )
        controls = ", ".join(dict.fromkeys(redraw.control for redraw in widget.redraws))
        yield (
            f"{visit.name:28} {number:6} {len(widget.redraws):6} {page:>6} {unqueued:>9} {processor:>10}"
            f" {plain:>14}  {controls}"
        )
