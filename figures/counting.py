"""What the project is made of, counted: code by room, tests, notebooks."""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from figures.frameworks.twins.lines import code_lines
from figures.lab.options import ROOT
from figures.lab.plan import measurement
from figures.requirements import count_test_functions
from lstm_lib.errors import UserError

COUNTED = ("lstm_lib/**/*.py", "tests/**/*.py", "notebooks/*.ipynb")
BESIDE = "beside the rooms"  # modules that stand in no folder of the package

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@measurement("architecture.counts", version=1)
def count_project(configuration: dict, seed: int) -> dict:
    """Count.  Nothing is drawn by chance, so one seed says it all.

    Args: configuration: tree, the `fingerprint` of the files that are to be counted.
    Returns: rooms, from the name of each to its `code_counts`; tests: files, lines, test_functions;
        notebooks: files, code_cells, text_cells.
    Raises: UserError where a worker has other files.
    """
    if fingerprint() != configuration["tree"]:
        raise UserError(
            f"{ROOT}: these are not the files that are to be counted; bring the worker up to date"
        )
    tests = _files("tests/**/*.py")
    return {
        "rooms": {name: code_counts(files) for name, files in rooms().items()},
        "tests": {
            "files": len(tests),
            "lines": sum(code_lines(path.read_text(encoding="utf-8")) for path in tests),
            "test_functions": sum(map(count_test_functions, tests)),
        },
        "notebooks": notebook_counts(_files("notebooks/*.ipynb")),
    }


def fingerprint() -> str:
    """SHA-256 of all files that are counted, by path: another tree is another run."""
    digest = hashlib.sha256()
    for pattern in COUNTED:
        for path in _files(pattern):
            text = path.read_text(encoding="utf-8")  # the same on systems with other ends of lines
            digest.update(f"{path.relative_to(ROOT).as_posix()}\n{text}\n".encode())
    return digest.hexdigest()


def rooms() -> dict[str, list[Path]]:
    """The modules of the package by the folder that they are in, however deep."""
    found: dict[str, list[Path]] = {}
    for path in _files("lstm_lib/**/*.py"):
        inside = path.relative_to(ROOT / "lstm_lib").parts
        found.setdefault(inside[0] if len(inside) > 1 else BESIDE, []).append(path)
    return found


def code_counts(files: Iterable[Path]) -> dict[str, int]:
    """Of some modules.

    Returns: files; lines, of code, without blank ones, comments and docstrings; functions, methods among
        them; classes; public: modules, functions and classes without a leading underscore, on which others
        may build; documented: those of them that have a docstring.
    """
    counts = dict.fromkeys(("files", "lines", "functions", "classes", "public", "documented"), 0)
    for path in files:
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        found = list(definitions(tree))
        public = [tree, *(node for node, is_public in found if is_public)]
        classes = sum(isinstance(node, ast.ClassDef) for node, _ in found)
        counts["files"] += 1
        counts["lines"] += code_lines(source)
        counts["functions"] += len(found) - classes
        counts["classes"] += classes
        counts["public"] += len(public)
        counts["documented"] += sum(ast.get_docstring(node) is not None for node in public)
    return counts


def definitions(node: ast.AST, public: bool = True) -> Iterator[tuple[Definition, bool]]:
    """All functions and classes below a node, each with whether others may use it: no underscore before its
    name nor before that of its class, and not inside a function.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            is_public = public and not child.name.startswith("_")
            yield child, is_public
            yield from definitions(child, is_public and isinstance(child, ast.ClassDef))
        else:
            yield from definitions(child, public)


def notebook_counts(files: Iterable[Path]) -> dict[str, int]:
    """How many notebooks there are, and cells of each kind."""
    cells = [json.loads(path.read_text(encoding="utf-8"))["cells"] for path in files]
    kinds = [cell["cell_type"] for of_one in cells for cell in of_one]
    return {"files": len(cells), "code_cells": kinds.count("code"), "text_cells": kinds.count("markdown")}


def _files(pattern: str) -> list[Path]:
    return sorted(ROOT.glob(pattern))
