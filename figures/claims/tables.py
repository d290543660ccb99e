"""The ledger as a file and as a table: a line a reading there, a line a claim here."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from figures.claims.claim import Claim
from figures.claims.verdict import Reading
from figures.lab.markdown import markdown
from lstm_lib.storage import atomic_file, disk_errors

COLUMNS = (
    "claim",
    "study",
    "quantity",
    "wanted",
    "condition",
    "estimate",
    "low",
    "high",
    "seeds",
    "test",
    "p",
    "outcome",
    "verdict",
)
Ledger = Mapping[Claim, list[Reading]]


def records(ledger: Ledger) -> list[dict[str, str]]:
    """A line a reading; a claim that is not measured has one line without numbers."""
    found = []
    for claim, readings in ledger.items():
        about = {
            "claim": claim.text,
            "study": claim.study,
            "quantity": claim.quantity,
            "wanted": str(claim.allowed),
            "verdict": claim.verdict(readings),
        }
        found += [about | _numbers(claim, reading) for reading in readings] or [about]
    return found


def write_csv(path: Path, ledger: Ledger) -> None:
    """Raises: UserError where it cannot be written."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(records(ledger))
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as file:
            file.write(text.getvalue().encode())


def table(ledger: Ledger) -> str:
    """The claims in Markdown."""
    body = []
    for claim, readings in ledger.items():
        told = "; ".join(f"{reading.condition}: {spread(reading)}" for reading in readings)
        seeds = sorted({reading.seeds for reading in readings if reading.seeds})
        count = " to ".join(str(each) for each in dict.fromkeys((seeds[0], seeds[-1]))) if seeds else ""
        measured = f"{claim.quantity}: {told}" if told else f"`python -m lstm_lib study {claim.study}`"
        body.append([claim.text, measured, count, claim.verdict(readings)])
    return markdown(["the report says", "we measured", "seeds", "verdict"], body)


def spread(reading: Reading) -> str:
    """The estimate, with its interval where it has one."""
    estimate, low, high = (number(value) for value in (reading.estimate, reading.low, reading.high))
    return estimate if low == high else f"{estimate} ({low} to {high})"


def number(value: float) -> str:
    """Three digits, without an exponent."""
    return f"{value:z.{2 if abs(value) < 10 else 1}f}"  # z: 0.00, and not -0.00


def _numbers(claim: Claim, reading: Reading) -> dict[str, str]:
    return {
        "condition": reading.condition,
        **{name: f"{getattr(reading, name):.4g}" for name in ("estimate", "low", "high")},
        "seeds": str(reading.seeds),
        "test": reading.test,
        "p": "" if reading.p is None else f"{reading.p:.3g}",
        "outcome": str(reading.within(claim.allowed)),
    }
