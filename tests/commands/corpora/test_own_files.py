"""Files of one's own: which parts and columns `train` takes, and where `evaluate` finds them again."""

import json
import os
import re
import shutil
import sys
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


@pytest.fixture
def project(command, small, tmp_path, monkeypatch):
    """A folder with texts and a run on them, whose names were given from there."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name, path in (("my.en", small[1]), ("my.fr", small[3])):
        shutil.copy(path, folder / name)
    monkeypatch.chdir(folder)
    files = ("--source-file", "my.en", "--target-file", "my.fr")
    assert command("train", *files, *small[4:], "--epochs", 1, "--out", "run").status == 0
    return folder


OWN_TEST = ("--source-file", "../test.tsv")


@pytest.mark.parametrize("change", ["nothing", "my.en", "both", "recipe"])
def test_a_corpus_that_has_changed(refused, command, project, change):
    """Its parts would differ, and sentences of the training part might be in the test part."""
    (project / "../test.tsv").write_text("monday\tlundi\n")
    changed = {"my.en": ["my.en"], "both": ["my.en", "my.fr"]}.get(change, [])
    for name in ("my.en", "my.fr"):
        path = project / name
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join([f"changed {lines[0]}" if name in changed else lines[0], *lines[1:]]))
    if change == "recipe":
        config = json.loads((project / "run/config.json").read_text())
        config["recipe"]["max_tokens"] = 7
        (project / "run/config.json").write_text(json.dumps(config))
    if change == "nothing":
        assert command("evaluate", "run").status == 0
    else:
        told = ", ".join(str(project / name) for name in changed) or "my.en, my.fr"
        for arguments in (("evaluate", "run"), ("train", "--resume", "run")):
            line = refused(*arguments)
            assert f"run: its corpus has changed since the run began ({told}); restore it" in line
    done = command("evaluate", "run", *OWN_TEST)
    assert (done.status, done.err) == (0, "")
    assert ("no baseline, for lack of the training sentences: run: its corpus" in done.out) == (
        change != "nothing"
    )
    assert ("how many stood in training is unknown" in done.out) == (change != "nothing")
    assert ("  baseline  " in done.out) == (change == "nothing")
    assert command("translate", "run", "monday").status == 0


def test_from_any_folder(command, project, monkeypatch):
    before = command("evaluate", "run")
    monkeypatch.chdir(project.parent)
    after = command("evaluate", "project/run")
    assert (after.status, after.err, after.out) == (0, "", before.out)
    project.rename("moved")  # a whole project elsewhere: names begin in the current folder again
    monkeypatch.chdir("moved")
    assert command("evaluate", "run") == before


def test_the_run_of_an_older_version(command, refused, project, monkeypatch):
    config = json.loads((project / "run/config.json").read_text())
    for name in ("folder", "files"):
        del config[name]
    for name in ("columns", "dev_source", "dev_target", "test_source", "test_target"):
        del config["recipe"][name]
    (project / "run/config.json").write_text(json.dumps(config))
    assert command("evaluate", "run").status == 0
    with (project / "my.en").open("a") as file:
        file.write("one more\n")
    assert "my.en, line 241: has no counterpart" in refused("evaluate", "run")
    with (project / "my.fr").open("a") as file:
        file.write("un de plus\n")
    assert "its corpus has changed since the run began (my.en, my.fr)" in refused("evaluate", "run")


def test_without_the_training_files(command, refused, project, tmp_path):
    (project / "../test.tsv").write_text("monday\tlundi\n\nmonday\tlundi\n")
    for name in ("my.en", "my.fr"):
        (project / name).unlink()
    assert "my.en: cannot be read (No such file or directory)" in refused("evaluate", "run")
    done = command("evaluate", "run", *OWN_TEST, "--output", tmp_path / "out")
    assert (done.status, done.err) == (0, "")
    assert "no baseline, for lack of the training sentences: my.en: cannot be read" in done.out
    assert "3 lines with 3 references; how many stood in training is unknown" in done.out
    assert (tmp_path / "out").read_text().count("\n") == 3


@pytest.mark.parametrize("name", ["../test.tsv", "my.en", "link"])
def test_the_output_replaces_nothing_that_is_read(refused, project, name):
    (project / "../test.tsv").write_text("monday\tlundi\n")
    (project / "link").symlink_to("my.fr")
    before = (project / name).read_bytes()
    line = refused("evaluate", "run", *OWN_TEST, "--output", name)
    assert f"--output {name}: is a file that is read, and would be lost" in line
    assert (project / name).read_bytes() == before


@pytest.mark.parametrize(
    "change, wanted",
    [
        ({"folder": 5}, "its recipe is not of this version"),
        ({"recipe": {"source_file": "a\0b", "target_file": "c"}}, "its recipe is not of this version"),
        ({"recipe": {"columns": 5}}, "columns is 5"),
        ({"files": 5, "fingerprint": 5}, "its corpus has changed since the run began (my.en, my.fr)"),
        (
            {"files": {"source_file": 5}, "fingerprint": None},
            "its corpus has changed since the run began (my.en",
        ),
    ],
)
def test_a_config_that_holds_something_else(refused, project, change, wanted):
    config = json.loads((project / "run/config.json").read_text())
    config |= {**change, "recipe": config["recipe"] | change.get("recipe", {})}
    (project / "run/config.json").write_text(json.dumps(config))
    assert wanted in refused("evaluate", "run").replace(f"{project}/", "")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, names of files are Unicode")
def test_names_that_are_not_utf_8(start, command, project):
    """As they come from archives of other systems."""
    names = [os.fsdecode(name) for name in (b"ma\xf1ana.en", b"ma\xf1ana.fr")]
    for old, new in zip(("my.en", "my.fr"), names, strict=True):
        (project / old).rename(project / new)
    files = ("--source-file", names[0], "--target-file", names[1])
    sizes = ("--hidden-size", 8, "--embedding-size", 8, "--epochs", 1)
    process = start("train", *files, *sizes, "--out", "other")  # its standard output is a real one
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    for arguments in ((), (*files, "--output", f"{names[0]}.out")):
        assert command("evaluate", "other", *arguments).status == 0
    assert (project / f"{names[0]}.out").read_text().count("\n") == 240
