"""`corpus`: what is in a corpus."""

import os

import pytest

from course.corpora.tatoeba import cache_directory


@pytest.mark.parametrize("name", ["dates", "dates-es"])
def test_generated_corpora(command, name):
    done = command("corpus", name, "--samples", 2)
    assert (done.status, done.err) == (0, "")
    for part in ("16,000 pairs of", "License: generated text", "tokens per sentence", "source: ", "target: "):
        assert part in done.out
    assert done.out.count("\n\n") == 2


def test_own_files(command, trained):
    done = command("corpus", *trained.files, "--samples", 1)
    assert (done.status, done.err) == (0, "")
    for part in ("train       900 pairs", "dev          50 pairs", "test         50 pairs", "my.en, my.fr"):
        assert part in done.out


def test_a_chosen_direction_and_a_test_file(command, tmp_path):
    (tmp_path / "my.tsv").write_text("".join(f"phrase {n}\tsentence {n}\n" for n in range(50)))
    (tmp_path / "test.tsv").write_text("phrase\tsentence 3\n\n")
    files = ("--source-file", tmp_path / "my.tsv", "--test-source", tmp_path / "test.tsv")
    done = command("corpus", *files, "--columns", "2,1", "--samples", 1)
    assert (done.status, done.err) == (0, "")
    for part in ("in development or test files, dropped               1\n", "test          2 pairs of 2 "):
        assert part in done.out
    assert done.out.splitlines()[-2].startswith("  sentence ")


def test_bad_requests(refused):
    for arguments, wanted in (
        ((), "name one of tatoeba-small, "),
        (("dates", "--source-file", "x"), "name one of tatoeba-small, "),
        (("klingon",), "klingon: wanted one of tatoeba-small, "),
        (("dates", "--target-file", "x"), "--target-file needs --source-file"),
    ):
        assert wanted in refused("corpus", *arguments)


@pytest.mark.parametrize("arguments", [("corpus", "tatoeba"), ("train", "--corpus", "tatoeba-small")])
def test_a_damaged_cache_and_no_network(command, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in (("PIP_CONFIG_FILE", os.devnull), ("PIP_INDEX_URL", "http://127.0.0.1:9/")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LSTM_LIB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    (cache_directory() / "tatoeba-spa.tsv").write_text("of the wrong hash")
    done = command(*arguments)
    assert done.status == 2
    fetching, error = done.err.splitlines()
    assert fetching.startswith("Fetching the Tatoeba corpus")
    assert error.startswith("lstm_lib: the Tatoeba corpus cannot be fetched")
    assert "take the corpus 'dates', which needs no network" in error
    assert [path.name for path in tmp_path.rglob("*")] == ["cache", "tatoeba-spa.tsv"]
