"""Lines of code, without blank lines, comments and docstrings: of a twin, and of what it stands against."""

import ast
import io
import tokenize
from pathlib import Path

import lstm_lib
from figures.frameworks.twins import FRAMEWORKS

LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
# What `lstm_lib` does by hand and frameworks provide: the model, its searches, clipping, the optimizers, and
# processes that share a batch; without what the twins use as well, such as batches and schedules.
COUNTERPART = (
    "nn/*.py",
    "seq2seq/*.py",
    "parallel.py",
    "training/optimizers.py",
    "training/step.py",
)


def twin_lines() -> dict[str, int]:
    """The lines of code of each twin."""
    folder = Path(__file__).parent
    return {name: _lines_of([folder / f"{found.module}.py"]) for name, found in FRAMEWORKS.items()}


def counterpart_lines() -> int:
    """The lines of code in `lstm_lib` that stand against a twin and the framework beneath it."""
    found = {path for pattern in COUNTERPART for path in Path(lstm_lib.__file__).parent.glob(pattern)}
    return _lines_of(found)


def _lines_of(paths) -> int:
    return sum(code_lines(path.read_text(encoding="utf-8")) for path in paths)


def code_lines(source: str) -> int:
    """Count the lines of a Python source with more than layout, comment or docstring."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    spans = ((token.start[0], token.end[0]) for token in tokens if token.type not in LAYOUT)
    lines = {line for first, last in spans for line in range(first, last + 1)}
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines)
