"""How much is measured: `FULL` for the report, `QUICK` to run through every path."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from figures.frameworks.benchmark.workload import SIZES, Size
from figures.lab.setting import FORMER, StudyRecipe

# (rows, inner, columns) of large and small products like those of a step.
LARGE_PRODUCTS = ((1280, 256, 8000), (256, 1280, 8000), (1280, 512, 1024))
SMALL_PRODUCTS = ((64, 256, 1024), (64, 128, 512), (32, 64, 256))
USUAL = StudyRecipe(**FORMER)
BRIEF = replace(USUAL, epochs=1)
TINY = replace(
    USUAL,
    corpus="dates",
    train_pairs=64,  # one batch, and so one shape to compile
    held_out_pairs=16,
    embedding_size=8,
    hidden_size=8,
    epochs=2,
    warmup_steps=2,
)


@dataclass(frozen=True)
class Plan:
    """What to measure, and how often."""

    threads: int = 2
    # arguments of the contenders' classes, by name
    options: Mapping[str, dict] = field(default_factory=lambda: {"numpy": {"processes": 2}})

    sizes: Mapping[str, Size] = field(default_factory=lambda: SIZES)
    turns: Mapping[str, int] = field(default_factory=lambda: {"S": 20, "M": 6, "L": 2})  # steps at a time
    rounds: int = 15

    sgemm_shapes: tuple[tuple[int, int, int], ...] = LARGE_PRODUCTS + SMALL_PRODUCTS
    sgemm_repeats: int = 9

    memory_sizes: tuple[str, ...] = ("M", "L")
    memory_steps: int = 30
    memory_rounds: int = 5

    translator: StudyRecipe = BRIEF  # all translate with the weights of its training
    decoded: Mapping[int, int] = field(default_factory=lambda: {64: 256, 1: 48})  # sentences, by batch size
    decoding_rounds: int = 9

    recipe: StudyRecipe = USUAL
    turns_an_epoch: int = 8
    evaluations_an_epoch: int = 2
    target_bleu: float = 50.0

    parity_size: str = "S"
    parity_steps: int = 200


FULL = Plan()
QUICK = Plan(
    # compiling would take most of the time
    options={"numpy": {"processes": 2}, "keras": {"jit": False}, "jax": {"optimize": False}},
    sizes={"XS": Size(40, 8, 8, 4)},
    turns={"XS": 2},
    rounds=3,
    sgemm_shapes=((32, 64, 256),),
    sgemm_repeats=3,
    memory_sizes=("XS",),
    memory_steps=3,
    memory_rounds=1,
    translator=TINY,
    decoded={8: 8, 1: 1},
    decoding_rounds=2,
    recipe=TINY,
    turns_an_epoch=1,
    evaluations_an_epoch=1,
    parity_size="XS",
    parity_steps=10,
)
