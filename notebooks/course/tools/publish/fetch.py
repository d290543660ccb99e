"""Files from the package indexes, fetched by their own programs."""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from course.corpora.tatoeba import cache_directory
from lstm_lib.errors import UserError
from lstm_lib.storage import replaced_file


def npm_files(package: str, digest: str, wanted: Callable[[str], bool], folder: Path) -> None:
    """Fetch files of an npm package.

    Args: package: with its version; digest: SHA-256 of its archive; wanted: takes a file's path in the
        package; folder: gets the files, under their paths.
    Raises: UserError: npm is missing or fails, or the archive is another one.
    """
    with TemporaryDirectory() as scratch:
        run_fetcher(["npm", "pack", "--silent", package], Path(scratch))
        (archive,) = Path(scratch).glob("*.tgz")
        if sha256(archive.read_bytes()) != digest:
            raise UserError(f"npm's {package} is not the archive that was checked; do not use it")
        with tarfile.open(archive) as tar:
            for member in filter(tarfile.TarInfo.isfile, tar):
                if wanted(name := member.name.removeprefix("package/")):
                    write(folder / name, tar.extractfile(member).read())


def npm_folder(package: str, digest: str, wanted: str) -> Path:
    """Return a folder of the cache with files of an npm package, fetched where it is missing.

    Args: package, digest: as for `npm_files`; wanted: a pattern for the paths.
    """
    folder = cache_directory() / package.replace("@", "-")
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent) as scratch:
            pattern = re.compile(wanted)
            npm_files(package, digest, lambda name: bool(pattern.fullmatch(name)), Path(scratch) / "new")
            os.replace(Path(scratch) / "new", folder)
    return folder


def pip_download(requirements: list[str], folder: Path, *options: str) -> None:
    """Download wheels, and nothing that they require.  Raises: UserError: pip fails."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    run_fetcher([*pip, *options, *requirements], folder)


def run_fetcher(command: list[str], folder: Path) -> None:
    """Run a program that fetches or builds files in a folder.

    Raises: UserError: there is no such program, or it fails; with the last line that it said.
    """
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise UserError(f"{command[0]} is not installed; the site needs it") from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip() or error.stdout.strip() or "it said nothing").splitlines()[-1]
        raise UserError(f"{' '.join(command)}: {last}") from error


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes, as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, in a folder that need not be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replaced_file(path) as file:
        file.write(content)
