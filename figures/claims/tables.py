"""The ledger in words: a file with one line per reading, a table with one line per claim, and sentences."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from figures.claims.verdict import (
    DEPENDS,
    FAILS,
    HOLDS,
    LEVEL,
    OPEN,
    UNKNOWN,
    UNTESTED,
    Claim,
    Ledger,
    Outcome,
    Reading,
)
from figures.lab.drawing import markdown
from lstm_lib.storage import atomic_file, disk_errors

NUMBERS = ("condition", "estimate", "low", "high", "seeds", "test", "p", "p_holm", "least", "outcome")
COLUMNS = ("claim", "study", "quantity", "wanted", *NUMBERS, "verdict")
KINDS = (HOLDS, FAILS, DEPENDS, OPEN, UNTESTED, UNKNOWN)
PLACES = {
    Outcome.HOLDS: "inside the range",
    Outcome.FAILS: "outside",
    Outcome.OPEN: "too near its edge",
    Outcome.UNTESTED: "not a test",
}


def records(ledger: Ledger) -> list[dict[str, str]]:
    """Return one line per reading; a claim that is not measured has one line without numbers."""
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
    """Write the ledger as a file.  Raises: UserError where it cannot be written."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(records(ledger))
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as file:
            file.write(text.getvalue().encode())


def table(ledger: Ledger) -> str:
    """Return the claims in Markdown, one line each."""
    body = []
    for claim, readings in ledger.items():
        told = "; ".join(f"{reading.condition}: {spread(reading)}{doubt(reading)}" for reading in readings)
        seeds = sorted({reading.seeds for reading in readings if reading.seeds})
        count = " to ".join(str(each) for each in dict.fromkeys((seeds[0], seeds[-1]))) if seeds else ""
        measured = f"{claim.quantity}: {told}" if told else f"`python -m lstm_lib study {claim.study}`"
        body.append([claim.text, measured, count, claim.verdict(readings)])
    return markdown(["the report says", "we measured", "seeds", "verdict"], body)


def spread(reading: Reading) -> str:
    """Write the estimate, with its interval where it has one."""
    estimate, low, high = (number(value) for value in (reading.estimate, reading.low, reading.high))
    return estimate if low == high else f"{estimate} ({low} to {high})"


def doubt(reading: Reading) -> str:
    """Write beside a reading that is too close to tell its p, and the distance that its design would find."""
    if reading.p_holm is None or reading.p_holm < LEVEL:
        return ""
    return f", p {reading.p_holm:.2g}" + ("" if reading.least is None else f", finds {number(reading.least)}")


def number(value: float) -> str:
    """Write about three digits, without an exponent."""
    return f"{value:z.{2 if abs(value) < 10 else 1}f}"  # z: 0.00, and not -0.00


def kind_of(claim: Claim, readings: Sequence[Reading]) -> str:
    """Return the verdict without what it depends on: one of `KINDS`."""
    told = claim.verdict(list(readings))
    return next(kind for kind in KINDS if told.startswith(kind))


def sentence(claim: Claim, readings: Sequence[Reading]) -> str:
    """Say how a claim's readings, if there are any, lead to its verdict."""
    if not readings:
        return f"No rows yet: `python -m lstm_lib study {claim.study}` measures it."
    outcomes = [reading.within(claim.allowed) for reading in readings]
    wanted = f"Wanted {claim.allowed}"
    if len(readings) == 1:
        return f"{wanted}; found {spread(readings[0])}{doubt(readings[0])}: {PLACES[outcomes[0]]}."
    least, most = (end(readings, key=lambda reading: reading.estimate) for end in (min, max))
    counts = Counter(outcomes)
    places = [f"{counts[outcome]} {place}" for outcome, place in PLACES.items() if counts[outcome]]
    says = (
        f"{wanted}; found {spread(least)} ({least.condition}) up to {spread(most)} ({most.condition}): "
        f"of {len(readings)} readings {', '.join(places)}."
    )
    if claim.superlative and Outcome.FAILS in counts:
        says += " The claim is about all of them, so one outside refutes it."
    return says


def tally(found: Ledger) -> dict[str, list[Claim]]:
    """Return the claims of each kind of verdict, kinds in the order of `KINDS`."""
    return {
        kind: [claim for claim, readings in found.items() if kind_of(claim, readings) == kind]
        for kind in KINDS
    }


def _numbers(claim: Claim, reading: Reading) -> dict[str, str]:
    estimate, low, high = (f"{value:.4g}" for value in (reading.estimate, reading.low, reading.high))
    tested = ("" if value is None else f"{value:.3g}" for value in (reading.p, reading.p_holm, reading.least))
    outcome = str(reading.within(claim.allowed))
    found = (reading.condition, estimate, low, high, str(reading.seeds), reading.test, *tested, outcome)
    return dict(zip(NUMBERS, found, strict=True))
