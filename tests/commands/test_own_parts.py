"""`train` with development and test files of one's own, and with chosen columns of a table."""

import json
import re
from pathlib import Path

import pytest

from lstm_lib import runs
from lstm_lib.errors import UserError
from lstm_lib.recipe import Recipe
from lstm_lib.training import read_history


def table(count):
    return [f"Sentence {k} of {k % 7}.\tPhrase {k} de {k % 7}.\n" for k in range(count)]


def test_without_them_the_split_is_that_of_earlier_versions(tmp_path):
    """Or their runs could be neither resumed nor evaluated."""
    (tmp_path / "my.tsv").write_text("".join(table(300)))
    corpus = runs.read_corpus(Recipe(source_file=str(tmp_path / "my.tsv")))
    assert [len(part) for part in corpus.parts.values()] == [270, 15, 15]
    wanted = "fd6070608aeec4efdb34f30174ce4bffdb4c2acc614f5350788e519a95df8120"
    assert runs.fingerprint(corpus) == wanted


@pytest.fixture
def files(small, tmp_path, monkeypatch):
    """The small corpus, the first of its pairs as development and test files with empty and equal lines."""
    monkeypatch.chdir(tmp_path)
    english, french = (path.read_text().splitlines() for path in (small[1], small[3]))
    lines = {"dev": [0, 1, 2, 1], "test": [3, 4, 5, 3, 6]}
    for part, numbers in lines.items():
        for ending, texts in (("en", english), ("fr", french)):
            text = "\n".join([texts[k].upper() for k in numbers] + ["", texts[7], ""])
            (tmp_path / f"{part}.{ending}").write_text(text)
        rows = [f"{french[k].upper()}\t{english[k].upper()}\n" for k in numbers] + ["\n"]
        (tmp_path / f"{part}.tsv").write_text("".join([*rows, f"{french[7]}\t{english[7]}\n"]))
    rows = [f"{f}\t{e}\n" for e, f in zip(english, french, strict=True)]
    (tmp_path / "my.tsv").write_text("".join(rows))
    return small


TWO = (
    "--dev-source",
    "dev.en",
    "--dev-target",
    "dev.fr",
    "--test-source",
    "test.en",
    "--test-target",
    "test.fr",
)
TABLES = ("--dev-source", "dev.tsv", "--test-source", "test.tsv")


@pytest.mark.parametrize("kind", ["two", "tables"])
def test_all_of_them_count_line_by_line(command, files, kind):
    given = (*files[:4], *TWO) if kind == "two" else ("--source-file", "my.tsv", *TABLES, "--columns", "2,1")
    done = command("train", *given, *files[4:], "--out", "run")
    assert (done.status, done.err) == (0, "")
    assert re.search(r"in development or test files, dropped +8\n +kept +232\n", done.out)
    assert re.search(r"train +232 pairs of 232 .*\n +dev +6 pairs of 5 .*\n +test +7 pairs of 6 ", done.out)
    assert "\nTest: 7 sentences; none of them in training\n" in done.out
    assert len(read_history(Path("run/history.jsonl")).evaluations) == 2
    assert json.loads(Path("run/test.json").read_text())["sentences"] == 7
    scores = done.out[done.out.index("  BLEU ") : done.out.index("\nTen of them")]
    test_files = TWO[4:] if kind == "two" else TABLES[2:]
    test_files = [option.replace("--test-", "--").replace("target", "target-file") for option in test_files]
    test_files = [option.replace("--source", "--source-file") for option in test_files]
    for arguments, unit in (((), "sentences"), (test_files, "lines")):
        again = command("evaluate", "run", *arguments)
        assert (again.status, again.err) == (0, "")
        assert f"7 {unit} with 7 references; none of them in training\n" in again.out
        assert scores.strip() in again.out
    assert command("export", "run", "copy").status == 0


def test_the_other_part_is_held_out_of_the_training_files(command, files):
    done = command("train", *files, *TWO[:4], "--epochs", 1, "--out", "run")
    assert (done.status, done.err) == (0, "")
    assert re.search(r"train +224 pairs of .*\n +dev +6 pairs of 5 .*\n +test +12 pairs of 12 ", done.out)
    done = command("train", *files, *TWO[4:], "--epochs", 1, "--out", "other")
    assert re.search(r"train +223 pairs of .*\n +dev +12 pairs of 12 .*\n +test +7 pairs of 6 ", done.out)


def test_resume_reads_them_again(command, refused, files, monkeypatch):
    assert command("train", *files, *TWO, "--out", "run").status == 0
    monkeypatch.chdir("run")
    assert command("train", "--resume", ".").status == 0
    monkeypatch.chdir("..")
    Path("test.en").write_text(Path("test.en").read_text().replace("O", "A"))
    assert "its corpus has changed since the run began (" in refused("train", "--resume", "run")
    assert re.search(r"began \([^,]*test.en\)", refused("evaluate", "run"))


def test_columns_choose_the_direction(tmp_path):
    (tmp_path / "my.tsv").write_text("".join(f"{k}\t{row}" for k, row in enumerate(table(60))))
    for columns, first in (("2,3", "Sentence"), ("3,2", "Phrase")):
        corpus = runs.read_corpus(Recipe(source_file=str(tmp_path / "my.tsv"), columns=columns))
        assert all(pair.source.startswith(first) for pair in corpus.train)


@pytest.mark.parametrize(
    "columns",
    ["", "1", "1,1", "0,1", "1,-2", "a,b", "1,2,3", "1;2", "1.0,2", "1,99999", "\u0661,2", " 1,2"],
)
def test_columns_that_cannot_be(columns):
    with pytest.raises(UserError, match=r"^--columns .*: wanted two different numbers from 1 up, as in 2,1$"):
        Recipe(source_file="x", columns=columns)


def test_bad_requests(refused, files):
    for arguments, wanted in (
        ((*files, "--dev-target", "dev.fr"), "--dev-target needs --dev-source beside it"),
        ((*files, "--test-target", "dev.fr"), "--test-target needs --test-source beside it"),
        (("--dev-source", "dev.tsv"), "--dev-source needs --source-file beside it"),
        ((*files, "--columns", "2,1"), "--columns 2,1: wanted a TSV"),
        (
            (*files, "--dev-source", "dev.tsv", "--test-source", "./dev.tsv"),
            "wanted a different file for each",
        ),
        ((*files, *TWO[:2], "--dev-target", files[3]), "wanted a different file for each"),
        ((*files, "--dev-source", "missing"), "missing: cannot be read (No such file"),
        ((*files, "--dev-source", "."), ".: cannot be read (Is a directory)"),
        ((*files, "--dev-source", "dev.en"), "dev.en, line 1: has 1 column(s), but column 2"),
        (
            (*files, *TWO[:2], "--dev-target", "test.fr"),
            "test.fr, line 7: has no counterpart, because dev.en",
        ),
        ((*files[:2], "--target-file", files[1]), "--source-file, --target-file: wanted a different file"),
    ):
        assert wanted in refused("train", *arguments, "--out", "run"), arguments
    assert not Path("run").exists()
