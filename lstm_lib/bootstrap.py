"""The course's own environment: made by one command, from a Python that has nothing installed.

Only the standard library is imported here, and the syntax is old on purpose (see `lstm_lib.__main__`).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lstm_lib.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
# The environment is brought up to date when one of these files changes.
RECIPE = ("requirements.txt", "constraints.txt", "pyproject.toml")

OFFLINE_LAB = (
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.news_url=None",
    "--LabApp.extension_manager=readonly",
)
LAB_DEFAULTS = ROOT / "lstm_lib" / "jupyter"  # labconfig/ in it holds settings
# One file's tests, and so one notebook's cells, stay together in one process.
PARALLEL_TESTS = ("-n", "logical", "--maxprocesses", "4", "--dist", "loadfile")


def enter(argv: list[str]) -> int | None:
    """Make sure that the command `argv` runs where the course is installed.

    An environment of the user's own into which the course was installed is used as it is. Otherwise `.venv`
    is made, or brought up to date, and the command runs again inside it.

    Returns: None to go on in this process; on Windows, the exit status of the command that ran in `.venv`.
    Raises: UserError if the environment cannot be made.
    """
    inside = Path(sys.prefix).resolve() == ENVIRONMENT.resolve()
    if is_installed() and not inside:
        return None
    update_environment()
    return None if inside else hand_over([str(environment_python()), "-m", "lstm_lib", *argv])


def lab(arguments: list[str]) -> int:
    """Open the course in JupyterLab, with more options for it and no connection to the outside."""
    _must_have("jupyterlab")
    return hand_over(lab_command(arguments), checkout(), lab_environment(os.environ))


def test(arguments: list[str]) -> int:
    """Run all tests, or those that the options for `pytest` select: unit tests and notebooks."""
    _must_have("pytest")
    return hand_over([sys.executable, "-m", "pytest", *PARALLEL_TESTS, *arguments], checkout())


def lab_command(arguments: list[str]) -> list[str]:
    """Return the command that starts JupyterLab in the checkout, with the first notebook open."""
    first = sorted((ROOT / "notebooks").glob("00_*.ipynb"))
    page = [f"--LabApp.default_url=/lab/tree/notebooks/{first[0].name}"] if first else []
    return [sys.executable, "-m", "jupyterlab", *OFFLINE_LAB, *page, *arguments]


def lab_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which JupyterLab's settings begin with the course's.

    Or it asks, over the first notebook, whether it may fetch news; settings of the user's own still win.
    """
    paths = [str(LAB_DEFAULTS), environment.get("JUPYTER_CONFIG_PATH", "")]
    return {**environment, "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths))}


def check_python(version: tuple[int, ...]) -> None:
    """Raise a UserError if Python `version` is too old for the course."""
    if version < OLDEST_PYTHON:
        needed, found = (".".join(map(str, v)) for v in (OLDEST_PYTHON, version))
        raise UserError(f"the course needs Python {needed} or newer, this is {found}: start a newer one")


def is_installed() -> bool:
    """Tell whether the course is installed in the environment that runs this."""
    from importlib import metadata  # Python 3.7 has none, and must still be told that it is too old

    try:
        metadata.version("lstm-lib")
    except metadata.PackageNotFoundError:
        return False
    return True


def update_environment() -> None:
    """Make `.venv` if there is none, and install the recipe if it changed since it was last installed."""
    stamp = ENVIRONMENT / "recipe.sha256"
    recipe = fingerprint(checkout())
    if environment_python().exists() and stamp.exists() and stamp.read_text() == recipe:
        return
    print(f"Installing the course's environment in {ENVIRONMENT}: a minute or a few, once.", flush=True)
    if not environment_python().exists():
        _must_succeed(
            [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)],
            "Python could not make .venv; on Debian and Ubuntu it needs: apt install python3-venv",
        )
    _must_succeed(
        [str(environment_python()), "-m", "pip", "install", "-r", "requirements.txt"],
        "pip could not install requirements.txt, for the reason above: run the same command again when it is "
        f"mended (if the environment itself is broken, delete {ENVIRONMENT} first)",
    )
    stamp.write_text(recipe)
    fetch_sentences()


def fetch_sentences() -> None:
    """Fetch the corpus of real sentences while there is a network: a training may be started without one."""
    fetch = [str(environment_python()), "-m", "lstm_lib", "corpus", "tatoeba"]
    if run(fetch, cwd=ROOT, stdout=subprocess.DEVNULL) != 0:
        told = "The sentences could not be fetched, for the reason above; all notebooks do without them."
        print(f"{told} python -m lstm_lib corpus tatoeba tries again.", flush=True)


def checkout() -> Path:
    """Return the course's folder, or raise a UserError if only the package is here, without the course."""
    if not (ROOT / "requirements.txt").exists():
        raise UserError(f"{ROOT} has no requirements.txt: run this in the course's folder, see README.md")
    return ROOT


def environment_python() -> Path:
    """Return the path of `.venv`'s interpreter on this system."""
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(root: Path) -> str:
    """Return the SHA-256 of the files that say what is installed."""
    digest = hashlib.sha256()
    for name in RECIPE:
        digest.update(name.encode() + b"\0" + (root / name).read_bytes() + b"\0")
    return digest.hexdigest()


def hand_over(command: list[str], folder: Path | None = None, environment: Mapping | None = None) -> int:
    """Let a command take the place of this process, so that signals reach it.

    Windows cannot do that: there it runs beside this process, which passes on signals and the status.
    """
    if os.name != "nt":
        os.chdir(folder or ".")
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(command[0], command, environment or os.environ)
    return run(command, cwd=folder, env=environment)


def run(command: list[str], **options: Any) -> int:
    """Run a command, with options of `Popen`, and return its exit status; what is to end both, it handles."""
    process = subprocess.Popen(command, **options)

    def forward(number: int, frame: Any) -> None:
        if number != signal.SIGINT:  # which the terminal sends to both
            process.send_signal(number)

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = [(number, signal.signal(number, forward)) for number in numbers]
    try:
        return process.wait()
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _must_have(package: str) -> None:
    """Raise a UserError if a package of the course, which the library alone can do without, is missing."""
    if importlib.util.find_spec(package) is None:
        command = f"{sys.executable} -m pip install -r requirements.txt"
        raise UserError(f"{package} is not installed here: in the course's folder, run {command}")


def _must_succeed(command: list[str], complaint: str) -> None:
    if run(command, cwd=ROOT) != 0:
        raise UserError(complaint)
