"""The official Pyodide distribution: Python for the browser, each file checked.

The core is npm's package `pyodide`.  Its lock names Pyodide's own wheels and their SHA-256; they lie
on a CDN.  Where that cannot be reached, they are taken out of the wheel of Open WebUI on the Python package
index, which is read as an archive and never installed.
"""

import json
import urllib.request
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from course.corpora.tatoeba import cache_directory
from course.tools.publish.fetch import npm_files, pip_download, sha256, write
from lstm_lib.errors import UserError

VERSION = "314.0.3"
ARCHIVE_SHA256 = "d7f7d24f8db486c7eda7280f3b0f7517524c8e43e8b086c6ee6ae8016658b484"
CORE = (
    "pyodide.mjs",
    "pyodide.js",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "package.json",
)
LOCK = "pyodide-lock.json"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full"
CDN_SECONDS = 20
CARRIER, CARRIED = "open-webui==0.12.4", "open_webui/frontend/pyodide"


class Distribution:
    """Pyodide's files in a folder of the cache, fetched as they are asked for.

    Args: folder: by default one in the cache that the corpora use.
    Attributes: folder; lock: what `pyodide-lock.json` holds.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = folder or cache_directory() / f"pyodide-{VERSION}"
        self.folder.mkdir(parents=True, exist_ok=True)
        if not all((self.folder / name).exists() for name in (*CORE, LOCK)):
            wanted = {*CORE, LOCK}
            npm_files(f"pyodide@{VERSION}", ARCHIVE_SHA256, wanted.__contains__, self.folder)
        self.lock = json.loads((self.folder / LOCK).read_text(encoding="utf-8"))

    def core(self) -> list[Path]:
        """Return the files without which nothing runs."""
        return [self.folder / name for name in CORE]

    def builds(self, name: str) -> bool:
        """Tell whether a package needs a build of Pyodide's own, since it holds compiled code."""
        package = self.lock["packages"].get(name)
        return package is not None and not package["file_name"].endswith("-none-any.whl")

    def wheel(self, name: str) -> Path:
        """Return a package's official wheel, fetched where it is missing.

        Raises: UserError: it cannot be fetched, or is another file than the lock names.
        """
        package = self.lock["packages"][name]
        path = self.folder / package["file_name"]
        if not path.exists():
            try:
                self._keep(path, self._from_cdn(path.name), package["sha256"])
            except OSError:
                self._fetch_carried()
        if not path.exists():
            raise UserError(f"{path.name}: neither {CDN} nor {CARRIER} could be read; connect to the network")
        return path

    def _from_cdn(self, name: str) -> bytes:
        with urllib.request.urlopen(f"{CDN}/{name}", timeout=CDN_SECONDS) as reply:
            return reply.read()

    def _fetch_carried(self) -> None:
        """Take all official wheels out of the carrier."""
        wanted = {package["file_name"]: package["sha256"] for package in self.lock["packages"].values()}
        with TemporaryDirectory() as scratch:
            pip_download([CARRIER], Path(scratch), "--ignore-requires-python")
            (path,) = Path(scratch).glob("*.whl")
            with zipfile.ZipFile(path) as carrier:
                names = {Path(name).name for name in carrier.namelist() if name.startswith(f"{CARRIED}/")}
                for name in names & wanted.keys():
                    self._keep(self.folder / name, carrier.read(f"{CARRIED}/{name}"), wanted[name])

    def _keep(self, path: Path, content: bytes, wanted: str) -> None:
        if sha256(content) != wanted:
            raise UserError(f"{path.name}: not the file that pyodide {VERSION} names; do not use it")
        write(path, content)
