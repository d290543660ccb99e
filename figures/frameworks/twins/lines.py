"""How many lines of code a twin takes: blank lines, comments and docstrings are not counted."""

import ast
import io
import tokenize
from pathlib import Path

from figures.frameworks.twins import FRAMEWORKS

LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def twin_lines() -> dict[str, int]:
    """The lines of code of each twin, all its files together."""
    here = Path(__file__).parent
    return {
        name: sum(
            code_lines((here / f"{module}.py").read_text(encoding="utf-8")) for module in framework.modules
        )
        for name, framework in FRAMEWORKS.items()
    }


def code_lines(source: str) -> int:
    """The lines of a Python source on which something other than layout, comment or docstring stands."""
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
