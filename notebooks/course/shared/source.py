"""Show the library's own code in a notebook."""

import ast
import inspect
import textwrap
from collections.abc import Callable

from IPython.display import Markdown


def source_of(function: Callable) -> str:
    """The source of a function without its docstring, which the notebook's text stands in for."""
    code = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(code).body[0]
    lines = code.splitlines()
    if ast.get_docstring(definition) is not None:
        docstring = definition.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    return "\n".join(lines)


def show_source(function: Callable) -> Markdown:
    """The source of a function as a block of highlighted Python."""
    return Markdown(f"```python\n{source_of(function)}\n```")
