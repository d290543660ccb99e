"""Wheels for the browser hold what they should, and the lock says what each needs there."""

import hashlib
import zipfile

import pytest
from packaging.requirements import Requirement

from course.tools.publish import wheels
from course.tools.publish.lock import entry, needs
from course.tools.publish.wheels import Wheel, index_wheels, lean_copy, own_wheels, write_wheel


def test_a_wheel_that_is_written_says_what_it_holds(tmp_path):
    files = {"one/__init__.py": b"", "one/two.py": b"x = 1\n", "data/three.txt": b"3"}
    wheel = Wheel.read(write_wheel(tmp_path, "a_name", files, ["other>=2"]))
    assert (wheel.name, wheel.imports) == ("a-name", ["one"])
    assert wheel.requires == [Requirement("other>=2")]
    with zipfile.ZipFile(wheel.path) as archive:
        assert {name: archive.read(name) for name in files} == files
    assert entry(wheel)["sha256"] == hashlib.sha256(wheel.path.read_bytes()).hexdigest()
    assert entry(wheel)["depends"] == ["other"]


def test_the_same_files_make_the_same_wheel(tmp_path):
    first = write_wheel(tmp_path, "a", {"a.py": b"1"}).read_bytes()
    assert write_wheel(tmp_path, "a", {"a.py": b"1"}).read_bytes() == first


def test_only_the_locales_in_use_are_copied(tmp_path):
    names = [f"babel/locale-data/{name}.dat" for name in ("root", "en", "en_US", "en_AU", "es", "fr", "fi")]
    (tmp_path / "lean").mkdir()
    whole = Wheel.read(write_wheel(tmp_path, "babel", dict.fromkeys([*names, "babel/core.py"], b"")))
    lean = lean_copy(whole, tmp_path / "lean")
    with zipfile.ZipFile(lean.path) as archive:
        kept = {name for name in archive.namelist() if name.startswith("babel/")}
    assert kept == set(names) - {names[3], names[6]} | {"babel/core.py"}


def test_what_the_browser_has_no_use_for_is_not_needed():
    texts = ["numpy", 'old; python_version < "3.11"', 'mac; sys_platform == "darwin"', "psutil", "a-name"]
    assert needs(Wheel(None, "a-name", "1", list(map(Requirement, texts)), [])) == ["numpy"]
    texts = [
        "NumPy",
        'seaborn; extra == "course"',
        'scipy; extra == "course"',
        'torch; extra == "frameworks"',
    ]
    assert needs(Wheel(None, "lstm-lib", "1", list(map(Requirement, texts)), [])) == ["numpy", "seaborn"]


def test_wheels_of_the_index_are_downloaded_once_for_the_same_constraints(tmp_path, monkeypatch):
    asked = []

    def download(names, folder, *options) -> None:
        asked.append(names)
        for name in names:
            write_wheel(folder, name, {f"{name}.py": b""})

    monkeypatch.setattr(wheels, "pip_download", download)
    assert [wheel.name for wheel in index_wheels({"b", "a"}, tmp_path)] == ["a", "b"]
    assert [wheel.name for wheel in index_wheels({"b", "c"}, tmp_path)] == ["b", "c"]
    assert asked == [["a", "b"], ["c"]]


def test_our_own_wheels_hold_the_course_the_figures_and_the_results(tmp_path):
    pytest.importorskip("hatchling", reason="comes with the extra `site`")
    library, figures, *stand_ins = own_wheels(tmp_path)
    assert set(library.imports) == {"lstm_lib", "course"}
    with zipfile.ZipFile(figures.path) as archive:
        names = set(archive.namelist())
    assert {"figures/lab/stats.py", "data/results/gru.jsonl", "data/results/claims.csv"} <= names
    assert not any(name.endswith((".png", ".pdf")) for name in names)
    assert [wheel.imports for wheel in stand_ins] == [["lxml"], ["portalocker"]]
