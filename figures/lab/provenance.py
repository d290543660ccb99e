"""Where numbers come from: the code, the packages, the machine."""

import os
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

from threadpoolctl import ThreadpoolController

from lstm_lib.training.history import source_commit

VECTORS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile")
PACKAGES = ("lstm-lib", "numpy", "sacrebleu", "nltk")


@cache
def provenance() -> dict:
    """What every row tells of its origin, of the process that asks first.

    Returns: `commit`, with "-dirty" where the package differs from it, None outside of a repository;
        `versions`; `python`; `machine`.
    """
    return {
        "commit": source_commit(),
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "machine": {
            "processor": processor(),
            "features": features(),
            "cpus": os.cpu_count(),
            "blas_threads": blas_threads(),
        },
    }


def blas_threads() -> int | None:
    """How many threads a matrix product takes here and now, None where NumPy's BLAS does not tell."""
    pools = ThreadpoolController().select(user_api="blas").info()
    return max((pool["num_threads"] for pool in pools), default=None)


def features() -> list[str]:
    """Which of the vector instructions that make matrix products fast this processor has."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        flags = next(line.split() for line in lines if line.startswith("flags"))
    except (OSError, StopIteration):
        return []
    return [name for name in VECTORS if name in flags]


def processor() -> str:
    """The processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
