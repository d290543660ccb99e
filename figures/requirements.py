"""The ten requirements of the course: the notebook that teaches each, and the tests that prove it."""

import ast
from pathlib import Path
from typing import NamedTuple

from figures.lab.options import ROOT


class Requirement(NamedTuple):
    """One of the ten; `number` is its notebook's."""

    number: int
    title: str
    tests: tuple[str, ...]  # files below `tests`

    @property
    def notebook(self) -> Path | None:
        """The notebook, None where it is not written yet."""
        return next((ROOT / "notebooks").glob(f"{self.number:02}_*.ipynb"), None)

    @property
    def test_files(self) -> list[Path]:
        """The files with the tests."""
        return [ROOT / "tests" / name for name in self.tests]

    def count_tests(self) -> int:
        """How many test functions these files hold."""
        return sum(count_test_functions(path) for path in self.test_files)


def count_test_functions(path: Path) -> int:
    """The functions of a file that pytest collects; one with many parameters counts once."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return sum(isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in nodes)


REQUIREMENTS = (
    Requirement(
        1,
        "LSTM cell from scratch",
        ("nn/test_step.py", "nn/test_recurrent_gradients.py", "frameworks/test_torch_recurrent.py"),
    ),
    Requirement(
        2, "RNN architectures", ("seq2seq/test_encoder_decoder.py", "frameworks/test_keras_recurrent.py")
    ),
    Requirement(
        3,
        "activations, gradient flow",
        (
            "nn/test_activations.py",
            "frameworks/test_torch_activations.py",
            "figures/test_fig1_activations.py",
        ),
    ),
    Requirement(4, "recurrent dropout", ("nn/test_dropout.py",)),
    Requirement(
        5,
        "encoder-decoder variants",
        ("seq2seq/test_model_gradients.py", "seq2seq/test_invariance.py", "frameworks/test_torch_seq2seq.py"),
    ),
    Requirement(
        6, "Bahdanau, Luong attention", ("nn/test_attention.py", "frameworks/test_torch_attention.py")
    ),
    Requirement(7, "vectorized passes", ("nn/test_step.py", "nn/test_purity.py", "frameworks/test_twins.py")),
    Requirement(
        8, "GRU against LSTM", ("nn/test_recurrent_gradients.py", "frameworks/test_torch_recurrent.py")
    ),
    Requirement(9, "BLEU", ("text/test_metrics.py", "course/bleu/test_ngrams.py")),
    Requirement(
        10,
        "training optimizations",
        (
            "training/test_optimizers.py",
            "training/test_schedules.py",
            "training/test_clipping.py",
            "frameworks/test_torch_optimizers.py",
        ),
    ),
)
