"""What the notebooks show and ask: plots, widgets, exercises, and the tool that executes the notebooks.

A notebook takes what it uses from its chapter: `from course.dropout import check_dropout, plots`.  A chapter
imports each name when it is first asked for (PEP 562), so that checks work where no widgets are installed.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def gathered(package: str, homes: dict[str, str]) -> tuple[Callable[[str], Any], list[str]]:
    """Return a `__getattr__` and the `__all__` of a chapter.

    Args: package: its name; homes: by module, the names to take from it, with spaces between them.
    """
    home = {name: module for module, names in homes.items() for name in names.split()}

    def __getattr__(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(home[name]), name)

    return __getattr__, sorted(home)
