"""What a study is told: how much to run, where, and which folders to use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "data" / "results"
FIGURES = ROOT / "figures"
QUICK = Path("runs") / "quick"  # beside the runs of `train`, which are not kept in the repository either


@dataclass(frozen=True)
class StudyOptions:
    """The options of `python -m lstm_lib study`, as every study's `run` gets them.

    Args:
        quick: prove every path on tiny runs of seconds; their rows never mix with the measured ones.
        seeds: how many seeds a configuration is run with; None leaves it to the study.
        workers: worker processes; None takes one a processor core.
        scheduler: address of a running dask scheduler, whose workers are used; None starts some here.
        results: folder of the rows, `<study>.jsonl`.
        figures: folder of the pictures.
    """

    quick: bool = False
    seeds: int | None = None
    workers: int | None = None
    scheduler: str | None = None
    results: Path = RESULTS
    figures: Path = FIGURES

    @classmethod
    def of(cls, quick: bool = False, **given) -> StudyOptions:
        """The options with the folders that go with them: quick rows and figures go to `runs/quick`."""
        folders = {"results": QUICK / "results", "figures": QUICK / "figures"} if quick else {}
        return cls(quick=quick, **folders | given)

    def seed_range(self, wanted: int) -> range:
        """The seeds of a configuration: as many as the study wants, two in a quick run, or as asked for."""
        return range(self.seeds or (2 if self.quick else wanted))
