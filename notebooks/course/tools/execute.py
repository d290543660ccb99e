"""Execute notebooks again and store their outputs so that the same notebook always gives the same bytes.

A cell's stored outputs are the messages that nbval compares, no more and no less: what a widget draws when it
is created stands under its cell as a static picture, and a page read on GitHub shows it too.
"""

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager
from nbformat import NotebookNode
from tqdm import tqdm

from lstm_lib.commands.options import Parser
from lstm_lib.errors import UserError

NOTEBOOKS = Path(__file__).resolve().parents[2]
CELL_SECONDS = 120
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
OUTPUT_MESSAGES = {"stream", "display_data", "execute_result", "error"}
# Holds ids that are random and point to nothing once the kernel is gone.
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PNG = "image/png"
# Cells that hold a notebook to its outcome, which would give a Predict away: folded, and not for students.
ASSERTIONS = "assertions"
# The cell that says what to do where the course is not installed: folded as well.
FIRST = "first-cell"


def main(argv: Sequence[str]) -> int:
    """Run the command `notebooks`.  Returns and raises: as `execute_all`."""
    parser = Parser(
        prog="python -m lstm_lib notebooks",
        description="Execute notebooks from top to bottom and store their outputs in a normal form.",
    )
    parser.add_argument("paths", nargs="*", metavar="NOTEBOOK", help="all of the course's by default")
    parser.add_argument("--check", action="store_true", help="change nothing, tell which would change")
    options = parser.parse_args(argv)
    return execute_all(options.paths, check=options.check)


def execute_all(paths: Iterable[str] = (), *, check: bool = False) -> int:
    """Execute notebooks, and store or only compare the results.

    Args: paths: the notebooks; all of the course's when there are none; check: change no file, and say which
        would change.
    Returns: the exit status, 1 if `check` found a notebook that would change, else 0.
    Raises: UserError: a notebook is missing or unreadable, or a cell fails; its file stays as it was.
    """
    changed = []
    for path in tqdm([Path(path) for path in paths] or sorted(NOTEBOOKS.glob("*.ipynb")), unit="notebook"):
        before, notebook = read(path)
        after = nbformat.writes(normalize(execute(notebook, path))) + "\n"
        if after != before:
            changed.append(path)
            if not check:
                path.write_text(after, encoding="utf-8", newline="\n")
    for path in changed:
        print(f"{path}: {'would change' if check else 'changed'}")
    return 1 if check and changed else 0


def read(path: Path) -> tuple[str, NotebookNode]:
    """Return a notebook's text and the notebook, or raise a UserError that says why there is none."""
    try:
        text = path.read_text(encoding="utf-8")
        return text, nbformat.reads(text, as_version=4)
    except Exception as error:  # nbformat stumbles over a broken file in many ways
        raise UserError(f"{path}: not a notebook that can be read ({error})") from error


def execute(notebook: NotebookNode, path: Path) -> NotebookNode:
    """Run all code cells in order in a fresh kernel, and put their outputs into the notebook.

    Args: notebook: changed in place, and returned; path: its folder is the kernel's working directory.
    Raises: UserError: a cell raised an exception or ran out of time.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    with kernel(path.resolve().parent) as client:
        for number, cell in enumerate(cells):
            try:
                cell.outputs, cell.execution_count = run_cell(client, cell.source)
            except TimeoutError as error:
                raise UserError(f"{path}, code cell {number}: not done after {CELL_SECONDS} s") from error
            for output in cell.outputs:
                if output.output_type == "error":
                    raise UserError(f"{path}, code cell {number}: {output.ename}: {output.evalue}")
    return notebook


@contextmanager
def kernel(folder: Path) -> Iterator[BlockingKernelClient]:
    """Start a kernel with this process's Python in a folder, and stop it at the end."""
    manager = KernelManager(kernel_name="python3")
    # The last bits of a sum depend on how many threads share it. What a cell writes to stderr is a message;
    # the process's own stderr carries only the kernel's remarks about itself.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    manager.start_kernel(cwd=str(folder), env=environment, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run_cell(client: BlockingKernelClient, source: str) -> tuple[list[NotebookNode], int | None]:
    """Run one cell and return its outputs and its execution count."""
    outputs: list[NotebookNode] = []

    def collect(message: dict) -> None:
        if message["msg_type"] in OUTPUT_MESSAGES:
            append(outputs, nbformat.v4.output_from_msg(message))

    reply = client.execute_interactive(source, allow_stdin=False, timeout=CELL_SECONDS, output_hook=collect)
    return outputs, reply["content"]["execution_count"] if source.strip() else None


def append(outputs: list[NotebookNode], output: NotebookNode) -> None:
    """Append an output to a cell's, or its text to what the same stream wrote before.

    When a stream is flushed is up to chance, so all that a cell writes to one stream is one output.
    """
    earlier = [
        o for o in outputs if o.output_type == output.output_type == "stream" and o.name == output.name
    ]
    if earlier:
        earlier[0].text += output.text
    else:
        outputs.append(output)


def normalize(notebook: NotebookNode) -> NotebookNode:
    """Return a copy without what differs from run to run, editor to editor and machine to machine."""
    notebook = nbformat.from_dict(notebook)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"c{number:03d}"
        cell.metadata = nbformat.from_dict(_kept(cell.metadata))
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
        _describe_pictures(cell)
    nbformat.validate(notebook)
    return notebook


def _kept(metadata: NotebookNode) -> dict:
    """Return what stays of a cell's metadata: its tags, and the alternative text of its pictures."""
    kept = {key: metadata[key] for key in ("tags", "alt") if metadata.get(key)}
    folded = {ASSERTIONS, FIRST} & set(kept.get("tags", ()))
    return {**kept, "jupyter": {"source_hidden": True}} if folded else kept


def _describe_pictures(cell: NotebookNode) -> None:
    """Give each picture its alternative text, where nbconvert looks for it.

    The cell's "alt" is one text, or a list with one for each picture in turn.
    """
    alt = cell.metadata.get("alt", [])
    texts = [alt] if isinstance(alt, str) else alt
    pictures = [output for output in cell.get("outputs", []) if PNG in output.get("data", {})]
    for picture, text in zip(pictures, texts, strict=False):
        picture.metadata[PNG] = {"alt": text}
