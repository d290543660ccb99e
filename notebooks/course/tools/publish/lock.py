"""The lock from which Pyodide loads the course: every package that it needs, and nothing else.

What holds compiled code is Pyodide's own build, all else comes from the Python package index.
"""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from packaging.utils import canonicalize_name

from course.tools.publish.fetch import sha256
from course.tools.publish.pyodide import LOCK, Distribution
from course.tools.publish.wheels import Wheel, index_wheels, lean_copy, own_wheels

EXTRAS = ("", "course", "dates")  # of lstm-lib; other packages are taken without
# Requirements that the browser does without, and why.
LEFT_OUT = {
    "docopt": "only num2words' own command needs it",
    "jupyterlab": "the page is JupyterLab",
    "jupyterlab-widgets": "belongs to the page",
    "psutil": "there are no processes to look at",
    "sentencepiece": "there is no build of it, and no notebook needs it",
}
LATER = {"scipy"}  # 14 MB: loaded with the figures' code, which requires it too
MARKERS = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "platform_python_implementation": "CPython",
    "platform_system": "Emscripten",
    "python_full_version": "3.14.0",
    "python_version": "3.14",
    "sys_platform": "emscripten",
}


def write_distribution(folder: Path, kernel: Iterable[Path]) -> dict[str, dict]:
    """Write Pyodide, all wheels of the course and their lock into a folder.

    Args: folder: made if it is not there; kernel: the wheels that come with JupyterLite's kernel.
    Returns: the packages of the lock, by name.
    Raises: UserError: something cannot be fetched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pyodide = Distribution()
    for path in pyodide.core():
        shutil.copy(path, folder)
    given = {wheel.name: wheel for wheel in [*map(Wheel.read, kernel), *own_wheels(folder)]}
    packages: dict[str, dict] = {}
    wanted = {*given, "micropip"}
    while wanted:
        built = {name for name in wanted - given.keys() if pyodide.builds(name)}
        for name in built:
            shutil.copy(pyodide.wheel(name), folder)
            packages[name] = pyodide.lock["packages"][name]
        pure = [given[name] for name in wanted & given.keys()]
        pure += index_wheels(wanted - built - given.keys(), pyodide.folder)
        packages |= {wheel.name: entry(lean_copy(wheel, folder)) for wheel in pure}
        wanted = {name for package in packages.values() for name in package["depends"]} - packages.keys()
    lock = {**pyodide.lock, "packages": dict(sorted(packages.items()))}
    (folder / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    return packages


def entry(wheel: Wheel) -> dict:
    """Return what the lock says of a wheel."""
    return {
        "name": wheel.name,
        "version": wheel.version,
        "file_name": wheel.path.name,
        "install_dir": "site",
        "sha256": sha256(wheel.path.read_bytes()),
        "package_type": "package",
        "imports": wheel.imports,
        "depends": needs(wheel),
        "unvendored_tests": False,
    }


def needs(wheel: Wheel) -> list[str]:
    """Return the names of the packages that a wheel requires in the browser."""
    own = wheel.name == "lstm-lib"
    found = {
        canonicalize_name(requirement.name)
        for requirement in wheel.requires
        for extra in (EXTRAS if own else ("",))
        if requirement.marker is None or requirement.marker.evaluate(MARKERS | {"extra": extra})
    }
    return sorted(found - LEFT_OUT.keys() - {wheel.name} - (LATER if own else set()))
