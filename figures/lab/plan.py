"""Runs as a study plans them: what is measured, of which configuration, with which seed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from figures.lab import results

Measure = Callable[[dict, int], dict]


def measurement(name: str, version: int) -> Callable[[Measure], Measure]:
    """Mark a function as one that runs can name: `metrics = function(configuration, seed)`.

    It stands at the top of its module, where a worker process can import it; both arguments and the metrics
    are fit for JSON, without NaN; and it takes everything random from the seed.

    Args:
        name: what rows call it, "study.measure"; it stays the same wherever the function moves to.
        version: to be raised whenever the function comes to return other numbers for the same arguments;
            its old rows are then measured anew.
    """

    def mark(function: Measure) -> Measure:
        function.name, function.version = name, version
        return function

    return mark


@dataclass(frozen=True)
class Run:
    """One run of a study.

    Args:
        variant: the name of its configuration in figures and in the progress; no part of its address.
        measure: a function marked by `measurement`.
        configuration: its first argument.  Under "recipe" it may hold a recipe from
            `figures.lab.setting.study_recipe`, whose corpus is then fetched before any run starts.
        seed: its second.
    """

    variant: str
    measure: Measure
    configuration: dict[str, Any]
    seed: int

    @property
    def name(self) -> str:
        """The measurement's, as rows hold it."""
        return self.measure.name

    @property
    def version(self) -> str:
        """Of the library's numbers and of the measuring function."""
        return f"{results.NUMBERS}.{self.measure.version}"

    @property
    def key(self) -> str:
        """The address of its row."""
        return results.key(self.name, self.version, self.configuration, self.seed)

    @property
    def corpus(self) -> str | None:
        """The name of the corpus that it needs, where it has a recipe."""
        return self.configuration.get("recipe", {}).get("corpus")

    def __str__(self) -> str:
        return f"{self.variant}, seed {self.seed}"


def over_seeds(variant: str, measure: Measure, configuration: dict, seeds: Iterable[int]) -> list[Run]:
    """The same run with each seed."""
    return [Run(variant, measure, configuration, seed) for seed in seeds]
