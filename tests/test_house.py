"""The house as README draws it: imports run one way, folders stay small, and a file's name says one thing."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HOUSE = {"lstm_lib": ROOT / "lstm_lib", "course": ROOT / "notebooks" / "course", "figures": ROOT / "figures"}
MOST_FILES = 15  # in a folder
MOST_LINES = 7_591  # in lstm_lib
CHAPTER = {"checks", "explorer", "plots", "drawing"}  # the same idea in each chapter
LIBRARY = {  # the floors of lstm_lib: what each may import besides itself and the ground
    "nn": set(),
    "text": set(),
    "training": {"parallel"},  # which it imports when a training has more workers than one
    "seq2seq": {"nn"},
    "parallel": {"nn", "seq2seq", "training"},
    "fonts": set(),
    "heatmap": {"fonts"},
    "recipe": {"text"},
    "translator": {"nn", "parallel", "seq2seq", "text", "training"},
    "evaluation": {"nn", "parallel", "seq2seq", "text", "training", "translator"},
    "runs": {"evaluation", "nn", "parallel", "recipe", "seq2seq", "text", "training", "translator"},
}
GROUND = {"__init__", "__version__", "errors", "limits", "storage"}
DOORS = {"__main__", "bootstrap", "commands"}  # on top of all, and imported by nothing below


def modules(package: str) -> Iterator[tuple[str, Path]]:
    """The dotted name and the file of each module of a package."""
    folder = HOUSE[package]
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), path


def imports(path: Path) -> set[str]:
    """What a file imports of the house, wherever in it; "package.module" or more."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] in HOUSE}


def room(name: str, depth: int = 1) -> str:
    """The part of a dotted name that says in which room it is: "nn" of "lstm_lib.nn.lstm"."""
    parts = name.split(".")
    return parts[depth] if len(parts) > depth else "__init__"


def all_modules() -> list[tuple[str, Path]]:
    return [module for package in HOUSE for module in modules(package)]


@pytest.mark.parametrize(("package", "allowed"), [("lstm_lib", set()), ("course", {"lstm_lib"})])
def test_packages_import_one_way(package, allowed):
    wrong = {
        f"{name} imports {found}"
        for name, path in modules(package)
        for found in imports(path)
        if found.split(".")[0] not in {package, *allowed}
    }
    assert wrong == set()


def test_the_floors_of_the_library_hold():
    wrong = set()
    for name, path in modules("lstm_lib"):
        here = room(name)
        for found in imports(path):
            there = room(found)
            above = there in DOORS and here not in DOORS
            if above or (here not in DOORS and there not in {here, *GROUND, *LIBRARY.get(here, set())}):
                wrong.add(f"{name} imports {found}")
    assert wrong == set()


SHARED = ("shared", "corpora", "gathered")  # the last is a function of the course's own


def test_a_chapter_imports_no_other_chapter():
    wrong = {
        f"{name} imports {found}"
        for name, path in modules("course")
        for found in imports(path)
        if found.startswith("course.") and room(found) not in {room(name), *SHARED}
    }
    assert wrong == set()


def test_no_folder_holds_too_many_files():
    folders = Counter(path.parent for _, path in all_modules())
    folders += Counter(path.parent for path in (ROOT / "tests").rglob("*.py"))
    assert {str(folder): count for folder, count in folders.items() if count > MOST_FILES} == {}


def test_no_file_name_stands_for_two_ideas():
    files = [
        path for _, path in all_modules() if path.parent.name != "commands"
    ]  # named after their commands
    names = Counter(path.stem for path in files if path.stem != "__init__")
    assert {name for name, count in names.items() if count > 1} <= CHAPTER


def test_the_library_is_thin():
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for _, path in modules("lstm_lib"))
    assert lines <= MOST_LINES
