"""Where numbers come from: the code, the packages, the machine."""

import os
import platform
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

from threadpoolctl import ThreadpoolController

import lstm_lib

PACKAGES = ("lstm-lib", "numpy", "sacrebleu", "nltk")
PACKAGE = Path(lstm_lib.__file__).parent


@cache
def provenance() -> dict:
    """What every row tells of its origin, of the process that asks first.

    Returns: `commit`, with "-dirty" where the package differs from it, None outside of a repository;
        `versions`; `python`; `machine`.
    """
    return {
        "commit": commit(),
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "machine": {
            "processor": processor(),
            "cpus": os.cpu_count(),
            "blas_threads": blas_threads(),
        },
    }


def blas_threads() -> int | None:
    """How many threads a matrix product takes here and now, None where NumPy's BLAS does not tell."""
    pools = ThreadpoolController().select(user_api="blas").info()
    return max((pool["num_threads"] for pool in pools), default=None)


def processor() -> str:
    """The processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def commit() -> str | None:
    """The commit of the package's code; results and pictures just written do not make it dirty."""
    try:
        _git("ls-files", "--error-unmatch", "__init__.py")  # an installed copy is of no commit
        changes = _git("status", "--porcelain", "--", ".")
        return _git("rev-parse", "HEAD") + ("-dirty" if changes else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(PACKAGE), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
