"""The course in the browser: JupyterLite with all notebooks, which any server of files can serve.

Python is Pyodide, whose lock holds the course's packages, so no notebook installs anything.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from course.tools.execute import NOTEBOOKS
from course.tools.publish.lock import write_distribution
from lstm_lib.errors import UserError

KERNEL = "@jupyterlite/pyodide-kernel-extension"
MOCKED_FOR_OLD = "widgetsnbextension-3"  # the kernel's stand-in for ipywidgets 7
# Loaded before the first cell; the rest follows when a cell imports it.
PRELOADED = (
    "comm",
    "ipykernel",
    "ipython",
    "ipywidgets",
    "jedi",
    "lstm-lib",
    "micropip",
    "piplite",
    "pyodide-kernel",
)
BUILD = ("--apps", "lab", "--no-sourcemaps", "--no-unused-shared-packages")


def write_lite(folder: Path) -> None:
    """Write JupyterLite with the notebooks into a new folder.

    Raises: UserError: something cannot be fetched, or JupyterLite's builder fails.
    """
    labextension = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / KERNEL
    kernel = [
        path for path in sorted(labextension.glob("static/pypi/*.whl")) if MOCKED_FOR_OLD not in path.name
    ]
    if not kernel:
        raise UserError(f"{labextension}: no kernel here; run pip install -c constraints.txt -e '.[site]'")
    with TemporaryDirectory() as scratch:
        source = Path(scratch)
        write_distribution(source / "static" / "pyodide", kernel)
        notebooks = source / "files" / "notebooks"
        notebooks.mkdir(parents=True)
        for path in (*NOTEBOOKS.glob("*.ipynb"), NOTEBOOKS / "symbols.md"):
            shutil.copy(path, notebooks)
        (source / "jupyter-lite.json").write_text(json.dumps(settings()), encoding="utf-8")
        command = [sys.executable, "-m", "jupyter", "lite", "build", "--contents", "files", *BUILD]
        done = subprocess.run(
            [*command, "--output-dir", str(folder.resolve())], cwd=source, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise UserError(f"JupyterLite's builder failed: {done.stderr.strip().splitlines()[-1]}")


def settings() -> dict:
    """Return what `jupyter-lite.json` holds."""
    pyodide = {"packages": PRELOADED, "env": {"OPENBLAS_NUM_THREADS": "1"}}
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": pyodide}
    config = {
        "appName": "Translation with LSTMs from scratch",
        "defaultKernelName": "python",
        "exposeAppInBrowser": True,
        "litePluginSettings": {f"{KERNEL}:kernel": kernel},
    }
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": config}
