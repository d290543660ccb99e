"""What the ledger's numbers say of a claim, in a sentence made of them."""

from collections import Counter
from collections.abc import Sequence

from figures.claims.claim import Claim
from figures.claims.tables import Ledger, spread
from figures.claims.verdict import FAILS, HOLDS, OPEN, UNKNOWN, Outcome, Reading

DEPENDS = "depends"
KINDS = (HOLDS, FAILS, DEPENDS, OPEN, UNKNOWN)
PLACES = {
    Outcome.HOLDS: "inside the range",
    Outcome.FAILS: "outside",
    Outcome.OPEN: "across its edge",
}


def kind_of(claim: Claim, readings: Sequence[Reading]) -> str:
    """The verdict without what it depends on: one of `KINDS`."""
    told = claim.verdict(list(readings))
    return told if told in KINDS else DEPENDS


def sentence(claim: Claim, readings: Sequence[Reading]) -> str:
    """How a claim's readings lead to its verdict.

    Args: claim; readings: as the ledger has them, none where nothing is measured.
    """
    if not readings:
        return f"No rows yet: `python -m lstm_lib study {claim.study}` measures it."
    outcomes = [reading.within(claim.allowed) for reading in readings]
    wanted = f"Wanted {claim.allowed}"
    if len(readings) == 1:
        return f"{wanted}; found {spread(readings[0])}, which lies {PLACES[outcomes[0]]}."
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
    """The claims of each kind of verdict, kinds in the order of `KINDS`."""
    return {
        kind: [claim for claim, readings in found.items() if kind_of(claim, readings) == kind]
        for kind in KINDS
    }
