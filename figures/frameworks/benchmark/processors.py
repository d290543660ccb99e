"""Which processor a row comes from.  Numbers of two processors are never compared with each other."""

from collections.abc import Iterable
from typing import NamedTuple

from figures.lab.results import Row


class Processor(NamedTuple):
    """What tells two processors apart: cloud machines of one name differ in their vector instructions."""

    name: str | None
    features: tuple[str, ...] | None  # None in rows that are older than this note


def processor_of(row: Row) -> Processor:
    """The processor of a row."""
    machine = row.get("machine", {})
    features = machine.get("features")
    return Processor(machine.get("processor"), None if features is None else tuple(features))


def by_processor(rows: Iterable[Row]) -> list[list[Row]]:
    """The rows of each processor, in their order; first those of the processor that was measured on last."""
    groups: dict[Processor, list[Row]] = {}
    for row in rows:
        processor = processor_of(row)
        group = groups.pop(processor, [])
        groups[processor] = group  # behind the others
        group.append(row)
    return list(reversed(groups.values()))
