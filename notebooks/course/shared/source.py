"""Show the library's own code in a notebook, and how one function differs from another."""

import ast
import difflib
import inspect
import textwrap
from collections.abc import Callable

from IPython.display import Markdown


def source_of(function: Callable) -> str:
    """Return the source of a function without its docstring, whose place the notebook's text takes."""
    code = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(code).body[0]
    lines = code.splitlines()
    if ast.get_docstring(definition) is not None:
        docstring = definition.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    return "\n".join(lines)


def show_source(function: Callable) -> Markdown:
    """Show the source of a function as a block of highlighted Python."""
    return Markdown(f"```python\n{source_of(function)}\n```")


def show_change(before: Callable, after: Callable) -> Markdown:
    """The lines in which the source of a function differs from that of another, with their neighbors.

    A line that goes begins with a minus, one that comes with a plus.
    """
    sources = (source_of(function).splitlines() for function in (before, after))
    lines = list(difflib.unified_diff(*sources, n=2, lineterm=""))[2:]  # without the files' names
    parts = ["  ⋮" if line.startswith("@@") else line for line in lines]
    if parts and lines[0].startswith("@@ -1"):
        del parts[0]
    return Markdown("```diff\n" + "\n".join(parts) + "\n```")
