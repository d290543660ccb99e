"""Show how one function differs from another in a notebook."""

import difflib
from collections.abc import Callable

from IPython.display import Markdown

from course.shared.source import source_of


def show_change(before: Callable, after: Callable) -> Markdown:
    """The lines in which the source of a function differs from that of another, with their neighbors.

    A line that goes begins with a minus, one that comes with a plus.
    """
    sources = (source_of(function).splitlines() for function in (before, after))
    lines = [line for line in difflib.unified_diff(*sources, n=2, lineterm="")][
        2:
    ]  # without the files' names
    parts = ["  ⋮" if line.startswith("@@") else line for line in lines]
    if parts and lines[0].startswith("@@ -1"):
        del parts[0]
    return Markdown("```diff\n" + "\n".join(parts) + "\n```")
