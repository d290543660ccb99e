"""Show the twins' code in a notebook.  It is read, not imported, and so needs no framework."""

import ast
import textwrap
from pathlib import Path

from IPython.display import Markdown

from figures.frameworks import twins

FOLDER = Path(twins.__file__).parent
Definition = ast.FunctionDef | ast.ClassDef


def show_twin(module: str, *names: str) -> Markdown:
    """Show functions and methods of a twin's file as a block of highlighted Python.

    Args: module: such as "pytorch"; names: such as "Model.step", in this order.
    Raises: ValueError where the file defines no such name.
    """
    parts = "\n\n".join(twin_source(module, name) for name in names)
    return Markdown(f"```python\n{parts}\n```")


def twin_source(module: str, name: str) -> str:
    """The source of one definition without its docstring, which the notebook's text replaces."""
    code = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
    found = _find(ast.parse(code), module, name)
    first = min([found.lineno, *(decorator.lineno for decorator in found.decorator_list)])
    lines = list(enumerate(code.splitlines(), start=1))[first - 1 : found.end_lineno]
    if ast.get_docstring(found) is not None:
        docstring = found.body[0]
        lines = [pair for pair in lines if not docstring.lineno <= pair[0] <= docstring.end_lineno]
    return textwrap.dedent("\n".join(line for _, line in lines)).strip()


def _find(tree: ast.Module, module: str, name: str) -> Definition:
    """Find the definition of a dotted name."""
    node: ast.Module | Definition = tree
    for part in name.split("."):
        inside = (each for each in node.body if isinstance(each, Definition) and each.name == part)
        node = next(inside, None)
        if node is None:
            raise ValueError(f"name is {name!r}; {module}.py defines none of this name")
    return node
