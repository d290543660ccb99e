"""Runs as a study plans them: what is measured, of which configuration, with which seed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from figures.lab import results

Measure = Callable[[dict, int], dict]


def measurement(name: str, version: int) -> Callable[[Measure], Measure]:
    """Mark a function as one that runs can name: `metrics = function(configuration, seed)`.

    The function stands at the top of its module, where a worker process can import it.  Both arguments and
    the metrics are fit for JSON, without NaN, and everything random comes from the seed.

    Args:
        name: what rows call it, "study.measure"; it stays the same wherever the function moves to.
        version: to be raised whenever the function starts to return other numbers for the same arguments;
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
        variant: the name of its configuration in figures and in the progress; not part of its address.
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
        """The measurement's name, as rows hold it."""
        return self.measure.name

    @property
    def version(self) -> str:
        """The version of the library's numbers and that of the measuring function."""
        return f"{results.NUMBERS}.{self.measure.version}"

    @property
    def key(self) -> str:
        """The address of its row."""
        return results.key(self.name, self.version, self.configuration, self.seed)

    @property
    def corpus(self) -> str | None:
        """The name of the corpus that its recipe needs, if it has a recipe."""
        return self.configuration.get("recipe", {}).get("corpus")

    def __str__(self) -> str:
        return f"{self.variant}, seed {self.seed}"


def over_seeds(measure: Measure, variants: Mapping[str, dict], seeds: Iterable[int]) -> list[Run]:
    """Plan the same measurement of each variant's configuration with each seed, variant by variant."""
    seeds = list(seeds)
    return [
        Run(variant, measure, configuration, seed)
        for variant, configuration in variants.items()
        for seed in seeds
    ]
