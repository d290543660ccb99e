"""What a claim is: the report's words, the number that decides, and where that number is read."""

from collections.abc import Callable
from dataclasses import dataclass

from figures.claims.verdict import Range, Reading, verdict
from figures.lab.options import StudyOptions


@dataclass(frozen=True)
class Claim:
    """One claim of the report.

    Args:
        text: what the report says.
        study: the study that measures it.
        quantity: the number that decides, with its unit.
        allowed: in which range it lies if the claim holds.
        on: what differs between the readings, as "the size".
        read: the readings, from the stored rows of the options' folder.
        superlative: it says best, or least, so that one reading can refute it.
    """

    text: str
    study: str
    quantity: str
    allowed: Range
    on: str
    read: Callable[[StudyOptions], list[Reading]]
    superlative: bool = False

    def verdict(self, readings: list[Reading]) -> str:
        """Holds, does not hold, too close to tell, depends on something, or not measured."""
        return verdict(readings, self.allowed, self.on, self.superlative)
