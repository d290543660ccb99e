"""Wheels for the browser: our own and those of the Python package index, without unused parts."""

import hashlib
import re
import sys
import zipfile
from collections.abc import Iterable, Mapping
from email.parser import Parser
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course.tools.execute import NOTEBOOKS
from course.tools.publish.fetch import pip_download, run_fetcher

ROOT = NOTEBOOKS.parent
VERSION = "0.1.0"  # of the wheels written here; no index has them
# sacrebleu imports both to download test sets, which the course does not.  portalocker fails in
# JupyterLite, whose `fcntl` is empty, and lxml is large.
STAND_INS = {
    "lxml": {"lxml/__init__.py": b"", "lxml/etree.py": b""},
    "portalocker": {"portalocker/__init__.py": b"class Lock:\n    pass\n"},
}
# Notebooks read the figures' code and the stored results in a checkout; this wheel lays them out as one.
FIGURES = {
    "figures": ("*.py",),
    "data": ("results/*.jsonl", "results/*.csv", "models/*/config.json"),
}
LOCALES = r"babel/locale-data/(?!(root|en|en_US|es|es_ES|fr|fr_FR)\.dat$)"
UNUSED = {
    "babel": LOCALES,
    "jedi": r"jedi/third_party/(django-stubs|typeshed/stubs)/",
    "nltk": r"nltk/(app|draw|test)/",
}
ANYWHERE = ("--platform", "any", "--implementation", "py", "--abi", "none", "--python-version", "3.14")


class Wheel(NamedTuple):
    """A wheel, and what it says of itself."""

    path: Path
    name: str  # canonical
    version: str
    requires: list[Requirement]
    imports: list[str]  # the packages that it holds

    @classmethod
    def read(cls, path: Path) -> "Wheel":
        """Read a wheel's metadata."""
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
            said = Parser().parsestr(archive.read(metadata).decode())
        tops = {name.split("/")[0].removesuffix(".py") for name in names if name.endswith(".py")}
        requires = [Requirement(text) for text in said.get_all("Requires-Dist") or []]
        imports = sorted(top for top in tops if top.isidentifier())
        return cls(path, canonicalize_name(said["Name"]), said["Version"], requires, imports)


def own_wheels(folder: Path) -> list[Wheel]:
    """Write the wheels of the library with the course, of the figures, and of the stand-ins."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    run_fetcher([*pip, "--wheel-dir", str(folder.resolve()), str(ROOT)], folder)
    (library,) = folder.glob("lstm_lib-*.whl")
    patterns = [(ROOT / part, kind) for part, kinds in FIGURES.items() for kind in kinds]
    paths = [path for part, kind in patterns for path in sorted(part.rglob(kind))]
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    figures = write_wheel(folder, "lstm_lib_figures", files, ["lstm-lib", "scipy"])
    stand_ins = [write_wheel(folder, name, files) for name, files in STAND_INS.items()]
    return [Wheel.read(path) for path in (library, figures, *stand_ins)]


def write_wheel(folder: Path, name: str, files: Mapping[str, bytes], requires: Iterable[str] = ()) -> Path:
    """Write a wheel of the given files.

    Args: folder; name: with underscores; files: the content of each path; requires: other packages.
    """
    path, info = folder / f"{name}-{VERSION}-py3-none-any.whl", f"{name}-{VERSION}.dist-info"
    metadata = [f"Name: {name}", f"Version: {VERSION}", *(f"Requires-Dist: {other}" for other in requires)]
    files = files | {
        f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", *metadata, ""]).encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    _write_archive(path, files)
    return path


def index_wheels(names: Iterable[str], cache: Path) -> list[Wheel]:
    """Return packages' wheels from the index, in the versions of constraints.txt.

    Args: names: of packages without compiled code; cache: a folder for the wheels.
    Raises: UserError: one cannot be fetched, or has no wheel that works anywhere.
    """
    constraints = ROOT / "constraints.txt"
    folder = cache / f"pure-{hashlib.sha256(constraints.read_bytes()).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    here = {wheel.name for wheel in map(Wheel.read, folder.glob("*.whl"))}
    if missing := sorted(set(names) - here):
        pip_download(missing, folder, *ANYWHERE, "--constraint", str(constraints))
    return [wheel for wheel in map(Wheel.read, sorted(folder.glob("*.whl"))) if wheel.name in names]


def lean_copy(wheel: Wheel, folder: Path) -> Wheel:
    """Copy a wheel into a folder without what the course does not use of it."""
    unused = re.compile(UNUSED.get(wheel.name, r"(?!)"))
    with zipfile.ZipFile(wheel.path) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not unused.match(name)}
    _write_archive(folder / wheel.path.name, files)
    return wheel._replace(path=folder / wheel.path.name)


def _write_archive(path: Path, files: Mapping[str, bytes]) -> None:
    """Write the same bytes for the same files, whenever that is."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
