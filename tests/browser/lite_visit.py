"""A visit of a notebook in the built site: JupyterLite runs it, and all that moves is moved."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, TYPE_CHECKING, ClassVar, NamedTuple

from browser.driving import Driver
from browser.notebook_page import PANEL, NotebookPage
from browser.visit import BROWSER_OPTIONS, STOPWATCH

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

LiteGuide = Callable[..., "LiteVisit"]
HEAD = f"{'notebook in the browser':28} kernel ready      run  widgets  moves  downloaded"
PATIENCE = 600  # seconds: against waiting without end, on the busiest machine
NO_OUTPUTS = f"""() => {{
    for (const cell of {PANEL}.content.model.cells) if (cell.type === 'code') cell.clearExecution();
}}"""


class LiteVisit(NamedTuple):
    """What was seen of a notebook."""

    name: str
    ready_seconds: float  # from the page's address to a kernel that has nothing more to load
    run_seconds: float  # of all cells
    cells_not_run: list[str]
    errors: list[str]
    number_of_widgets: int  # by what the kernel sent
    drivers: list[Driver]
    answers: list[str]  # what the kernel showed for each question
    left_the_machine: list[str]  # addresses
    megabytes: float  # that the first visit downloaded

    def __str__(self) -> str:
        moves = sum(len(driver.redraws) for driver in self.drivers)
        times = f"{self.ready_seconds:10.1f} s {self.run_seconds:6.1f} s"
        return f"{self.name:28} {times} {self.number_of_widgets:8} {moves:6} {self.megabytes:8.1f} MB"


class FileServer(SimpleHTTPRequestHandler):
    """Any server of files; it counts the bytes instead of writing a log."""

    sent: ClassVar[list[int]] = []

    def copyfile(self, source: IO[bytes], outputfile: IO[bytes]) -> None:
        self.sent.append(os.fstat(source.fileno()).st_size)
        super().copyfile(source, outputfile)

    def log_message(self, *_) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine, and give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(FileServer, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def lite_visitor(folder: Path, playwright, chromium: str) -> Iterator[LiteGuide]:
    """Open a browser that visits notebooks of a site.  Args: folder: of the site; playwright; chromium."""
    launched = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
    with served(folder) as address, closing(launched) as browser:

        def guide(name: str, questions: Sequence[str] = ()) -> LiteVisit:
            with closing(browser.new_context(viewport={"width": 1400, "height": 1400})) as context:
                return lite_visit(context, address, name, questions)

        yield guide


def lite_visit(context: BrowserContext, address: str, name: str, questions: Sequence[str]) -> LiteVisit:
    """Open a notebook as somebody does who comes for the first time, run it, and move its widgets.

    Args: context: of the browser, with an empty cache; address: of the site; name: of the notebook;
        questions: for its kernel, when all is done.
    """
    FileServer.sent.clear()
    requests: list[str] = []
    context.on("request", lambda request: requests.append(request.url))
    context.set_default_timeout(1000 * PATIENCE)
    context.add_init_script(path=STOPWATCH)
    start, page = time.monotonic(), context.new_page()
    page.goto(f"{address}/lite/lab/index.html")
    page.wait_for_function("() => window.jupyterapp?.shell")
    page.evaluate("() => window.jupyterapp.restored.then(() => null)")
    notebook = NotebookPage(page, f"notebooks/{name}.ipynb")
    notebook.wait_until_idle()
    ready = time.monotonic()
    page.evaluate(NO_OUTPUTS)
    notebook.run_all()
    done, megabytes = time.monotonic(), sum(FileServer.sent) / 1e6
    drivers = [Driver(area) for area in notebook.widgets()]
    for driver in drivers:
        driver.drive()
    return LiteVisit(
        name,
        ready - start,
        done - ready,
        notebook.cells_not_run(),
        notebook.errors(),
        notebook.number_of_widgets(),
        drivers,
        [notebook.ask_kernel(question) for question in questions],
        [url for url in requests if not url.startswith((address, "data:", "blob:"))],
        megabytes,
    )
