"""`evaluate`: the run's own test part, and the user's test files."""

import re

import pytest

from lstm_lib import runs


def scores(out):
    """The lines of scores, which `train` and `evaluate` print alike."""
    return re.search(r"^  BLEU .*?a token of the reference", out, re.M | re.S)[0]


@pytest.fixture(scope="module")
def test_part(trained):
    return runs.read_corpus(runs.read_recipe(trained.folder)).test


@pytest.mark.parametrize("workers", [1, 2])
def test_its_own_test_part_scores_as_after_training(command, trained, workers):
    done = command("evaluate", trained.folder, "--workers", workers)
    assert (done.status, done.err) == (0, "")
    assert scores(done.out) == scores(trained.out)
    assert "50 sentences with 50 references; none of them in training" in done.out


def test_own_files_with_several_references(command, trained, test_part, tmp_path):
    """A TSV with a column too many, an empty row, and two references for each sentence."""
    rows = [
        f"{pair.source}\t{target}\textra\n" for pair in test_part for target in (pair.target, "autre chose")
    ]
    (tmp_path / "test.tsv").write_text("".join(rows) + "\n")
    done = command("evaluate", trained.folder, "--source-file", tmp_path / "test.tsv")
    assert (done.status, done.err) == (0, "")
    assert "50 sentences with 100 references; none of them in training" in done.out
    assert re.search(r"empty, dropped +1\n", done.out)
    assert "nrefs:2" in done.out


def test_output_holds_a_line_a_sentence(command, trained, test_part, tmp_path):
    done = command("evaluate", trained.folder, "--output", tmp_path / "out.txt")
    assert done.status == 0
    translations = (tmp_path / "out.txt").read_text().splitlines()
    assert len(translations) == 50
    sources = [pair.source for pair in test_part]
    assert translations == command("translate", trained.folder, *sources).out.splitlines()


def test_sentences_of_the_training_part_are_told(command, trained, test_part, tmp_path):
    known = runs.read_corpus(runs.read_recipe(trained.folder)).train[:2]
    rows = [f"{pair.source}\t{pair.target}\n" for pair in (*known, *test_part[:3])]
    (tmp_path / "test.tsv").write_text("".join(rows))
    done = command("evaluate", trained.folder, "--source-file", tmp_path / "test.tsv")
    assert done.status == 0
    assert "WARNING: 2 sources and 2 references stood in training: the score flatters" in done.out


def test_search_options_change_the_search(command, trained):
    greedy = ("--beam-size", 1, "--length-penalty", 0)
    assert len({scores(command("evaluate", trained.folder, *options).out) for options in ((), greedy)}) == 2


def test_bad_requests(refused, trained, tmp_path):
    (tmp_path / "empty.txt").write_text("\n\n")
    for arguments, wanted in (
        (("--target-file", "x"), "--target-file needs --source-file"),
        (("--source-file", tmp_path / "missing"), "missing: cannot be read"),
        (("--source-file", tmp_path / "empty.txt"), "empty.txt: no pair is left"),
        (("--beam-size", 0), "--beam-size 0"),
        (("--output", tmp_path / "no" / "out.txt"), "out.txt: cannot be written (No such file"),
        (("--output", tmp_path), "cannot be written (Is a directory)"),
    ):
        assert wanted in refused("evaluate", trained.folder, *arguments)
    assert [path.name for path in tmp_path.iterdir()] == ["empty.txt"]


def test_a_corpus_that_has_changed(refused, command, small, tmp_path):
    """Its parts would differ, and sentences of the training part might be in the test part."""
    source, target = (tmp_path / name for name in ("my.en", "my.fr"))
    source.write_bytes(small[1].read_bytes())
    target.write_bytes(small[3].read_bytes())
    options = ("--source-file", source, "--target-file", target, *small[4:])
    assert command("train", *options, "--epochs", 1, "--out", tmp_path / "run").status == 0
    for path in (source, target):
        path.write_text(path.read_text() + "one more\n")
    for arguments in (("evaluate", tmp_path / "run"), ("train", "--resume", tmp_path / "run")):
        assert "its corpus has changed since the run began" in refused(*arguments)


@pytest.mark.parametrize("name", ["best.npz", "last.npz", "config.json", "source.codec", "history.jsonl"])
@pytest.mark.parametrize("by_link", [False, True])
def test_a_run_is_never_overwritten(refused, small_run, tmp_path, name, by_link):
    before = {path.name: path.read_bytes() for path in small_run.iterdir()}
    folder = small_run
    if by_link:
        folder = tmp_path / "link"
        folder.symlink_to(small_run, target_is_directory=True)
    output = folder / name
    line = refused("evaluate", small_run, "--output", output)
    assert f"--output {output}: belongs to the run in" in line
    line = refused("translate", small_run, "A text.", "--attention", output)
    assert f"--attention {output}: belongs to the run in" in line
    assert {path.name: path.read_bytes() for path in small_run.iterdir()} == before
