"""A notebook open in JupyterLab's page: run, read, and its widgets found."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

RUN_SECONDS = 900  # against waiting without end, on the busiest machine
DRAW_SECONDS = 60  # against waiting without end, on the busiest machine
PANEL = "window.jupyterapp.shell.currentWidget"
OUTPUTS = f"[...{PANEL}.content.model.cells].flatMap(cell => cell.outputs?.toJSON() ?? [])"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGETS = ".jp-Cell-outputArea > .jp-OutputArea-child:has(.jupyter-widgets)"
# Resolves when there are so many widgets, and their parts have been the same for half a second; or at the end
# of the patience, for what is missing is told by who counts the widgets.
DRAWN = """async ([widgets, number, patience]) => {
    const count = selector => document.querySelectorAll(selector).length;
    const end = performance.now() + patience;
    let parts = -1, since = performance.now();
    while (performance.now() < end) {
        if (count(`${widgets} *`) !== parts) [parts, since] = [count(`${widgets} *`), performance.now()];
        if (count(widgets) >= number && performance.now() - since > 500) return;
        await new Promise(done => setTimeout(done, 50));
    }
}"""


class NotebookPage:
    """A notebook in a page that shows JupyterLab and nothing else.

    Args: page; path: as the server names it.
    """

    def __init__(self, page: Page, path: str):
        self.page = page
        page.evaluate(
            f"""async path => {{
                await window.jupyterapp.commands.execute('docmanager:open', {{path}});
                await {PANEL}.context.ready;
                await {PANEL}.sessionContext.ready;
            }}""",
            path,
        )

    def run_all(self) -> None:
        """Run all cells and wait until the kernel has nothing more to do."""
        self.page.evaluate(
            "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); return null; }"
        )
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """Wait until no cell runs and the kernel has nothing to do."""
        self.page.wait_for_function(
            f"() => {PANEL}.content.widgets.every(cell => cell.prompt !== '*')"
            f" && {PANEL}.sessionContext.session?.kernel?.status === 'idle'",
            timeout=1000 * RUN_SECONDS,
        )

    def kernel_id(self) -> str:
        return self.page.evaluate(f"() => {PANEL}.sessionContext.session.kernel.id")

    def cells_not_run(self) -> list[str]:
        """The sources of code cells that hold something and have not been executed."""
        return self.page.evaluate(
            f"""() => [...{PANEL}.content.model.cells]
                .filter(cell => cell.type === 'code' && cell.sharedModel.source.trim())
                .filter(cell => cell.executionCount === null)
                .map(cell => cell.sharedModel.source)"""
        )

    def errors(self) -> list[str]:
        """What cells raised."""
        return self.page.evaluate(
            f"""() => {OUTPUTS}.filter(output => output.output_type === 'error')
                .map(output => `${{output.ename}}: ${{output.evalue}}`)"""
        )

    def number_of_widgets(self) -> int:
        """How many of the cells' outputs are widgets, by what the kernel sent."""
        return self.page.evaluate(
            f"() => {OUTPUTS}.filter(output => '{WIDGET_VIEW}' in (output.data ?? {{}})).length"
        )

    def widgets(self) -> list[Locator]:
        """The outputs in the page that are widgets, once it has drawn all that the kernel sent."""
        self.page.evaluate(DRAWN, [WIDGETS, self.number_of_widgets(), 1000 * DRAW_SECONDS])
        return self.page.locator(WIDGETS).all()

    def ask_kernel(self, code: str) -> str:
        """Run code in the notebook's kernel, and return the text that it shows."""
        return self.page.evaluate(
            f"""async code => {{
                const asked = {PANEL}.sessionContext.session.kernel.requestExecute({{code}});
                let shown = '';
                asked.onIOPub = ({{content}}) => shown += content.text ?? content.data?.['text/plain'] ?? '';
                await asked.done;
                return shown;
            }}""",
            code,
        )

    def close(self) -> None:
        """Close the notebook without saving it, and shut its kernel down."""
        self.page.evaluate(
            f"""async () => {{
                const panel = {PANEL};
                await panel.sessionContext.shutdown();
                panel.context.model.dirty = false;
                panel.dispose();
            }}"""
        )
