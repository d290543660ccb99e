"""`evaluate`: the run's own test part, and the user's test files."""

import gzip
import os
import re
import subprocess
import sys
import threading

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


def sacrebleu(output, *references):
    """What sacreBLEU's own command says of the files, ignoring case as we do."""
    command = [
        sys.executable,
        "-m",
        "sacrebleu",
        *map(str, references),
        "-i",
        str(output),
        "-lc",
        "-b",
        "-w",
        "2",
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def write_lines(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.fixture
def lines(test_part, tmp_path):
    """Test files with empty lines and equal sources, whose references differ; and what they hold."""
    pairs = [*test_part[:6], test_part[0], *test_part[6:9]]
    sources = [pair.source for pair in pairs]
    references = [pair.target for pair in pairs]
    for k, text in ((2, ""), (7, "")):
        sources.insert(k, text)
        references.insert(k, text)
    references[8] = "autre chose  que la premi\u00e8re fois"  # of the source that stands there twice
    references[10] = ""  # a source without a reference
    files = write_lines(tmp_path / "test.en", sources), write_lines(tmp_path / "test.fr", references)
    return files, sources, references


def own(files):
    source, *targets = files
    return ("--source-file", source, *(each for target in targets for each in ("--target-file", target)))


@pytest.mark.parametrize("kind", ["files", "packed", "table", "carriage returns"])
def test_own_files_are_scored_line_by_line(command, trained, lines, tmp_path, kind):
    (source, target), sources, references = lines
    options = own((source, target))
    if kind == "packed":
        options = own([path.rename(f"{path}.gz") for path in (source, target)])
        for path in options[1::2]:
            path.write_bytes(gzip.compress(path.read_bytes()))
    if kind == "carriage returns":
        for path in (source, target):
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    if kind == "table":
        rows = zip(references, sources, strict=True)
        table = write_lines(tmp_path / "test.tsv", (f"{t}\t{s}\textra" if s else "" for t, s in rows))
        options = ("--source-file", table, "--columns", "2,1")
    done = command("evaluate", trained.folder, *options, "--output", tmp_path / "out")
    assert (done.status, done.err) == (0, "")
    assert "12 lines with 12 references; none of them in training" in done.out
    translations = (tmp_path / "out").read_text().split("\n")
    assert translations.pop() == "" and len(translations) == 12
    assert [k for k, text in enumerate(translations) if not text] == [2, 7]
    stdin = "".join(f"{text}\n" for text in sources).encode()
    assert translations == command("translate", trained.folder, stdin=stdin).out.split("\n")[:-1]
    score = re.search(r"BLEU +([\d.]+)", done.out)[1]
    assert score == sacrebleu(tmp_path / "out", write_lines(tmp_path / "reference", references))
    assert 0 < float(score) < 95


def test_several_files_of_references(command, trained, lines, tmp_path):
    files, _, references = lines
    other = write_lines(tmp_path / "other.fr", ["le " + text for text in references[1:]] + [""])
    done = command("evaluate", trained.folder, *own([*files, other]), "--output", tmp_path / "out")
    assert (done.status, done.err) == (0, "")
    assert "12 lines with 24 references" in done.out and "nrefs:2" in done.out
    assert re.search(r"BLEU +([\d.]+)", done.out)[1] == sacrebleu(tmp_path / "out", files[1], other)


def test_perplexity_leaves_empty_lines_out(command, trained, lines, tmp_path):
    (source, target), sources, references = lines
    kept = [k for k, text in enumerate(sources) if text and references[k]]
    whole = command("evaluate", trained.folder, *own((source, target)))
    write_lines(source, [sources[k] for k in kept])
    write_lines(target, [references[k] for k in kept])
    less = command("evaluate", trained.folder, *own((source, target)))
    perplexities = [re.search(r"perplexity +([\d.]+)", done.out)[1] for done in (whole, less)]
    assert perplexities[0] == perplexities[1]


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
    (tmp_path / "loop").symlink_to("loop")
    for arguments, wanted in (
        (("--target-file", "x"), "--target-file needs --source-file"),
        (("--columns", "2,1"), "--columns 2,1: wanted a TSV"),
        (("--source-file", "x", "--target-file", "y", "--columns", "2,1"), "--columns 2,1: wanted a TSV"),
        (
            ("--source-file", tmp_path / "loop", "--output", tmp_path / "out"),
            "loop: cannot be read (Too many",
        ),
        (("--source-file", tmp_path), "cannot be read (Is a directory)"),
        (("--source-file", ""), ".: cannot be read (Is a directory)"),
        (("--source-file", "x", "--columns", "2"), "--columns 2: wanted two different numbers"),
        (("--source-file", "x", "--target-file", "./x"), "wanted a different file for each"),
        (("--source-file", tmp_path / "missing"), "missing: cannot be read"),
        (("--source-file", tmp_path / "empty.txt"), "empty.txt: no line has both"),
        (("--beam-size", 0), "--beam-size 0"),
        (("--output", tmp_path / "no" / "out.txt"), "out.txt: cannot be written (No such file"),
        (("--output", tmp_path), "is a folder"),
    ):
        assert wanted in refused("evaluate", trained.folder, *arguments)
    assert {path.name for path in tmp_path.iterdir()} == {"empty.txt", "loop"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such way to close a stream")
def test_standard_input(start, refused, trained, tmp_path):
    line = refused("train", "--source-file", "-", "--out", tmp_path / "run")
    assert "--source-file -: --resume could not read it again; save it as a file" in line
    for text, wanted in (
        ("monday\tlundi\n\nfriday\tvendredi", (0, "3 lines with 3 references", "")),
        ("", (2, "", "lstm_lib: -: the file is empty")),
    ):
        process = start("evaluate", trained.folder, "--source-file", "-", stdin=subprocess.PIPE)
        out, err = process.communicate(text, timeout=60)
        assert (process.returncode, wanted[1] in out, err.startswith(wanted[2])) == (wanted[0], True, True), (
            err
        )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_pipes(command, refused, trained, tmp_path):
    """They serve to be tested on, as in --source-file <(zcat test.gz), but not to be trained on."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for option in ("--source-file", "--test-source"):
        files = () if option == "--source-file" else ("--source-file", trained.files[1])
        line = refused("train", *files, option, pipe, "--out", tmp_path / "run")
        assert f"{option} {pipe}: --resume could not read it again; save it as a file" in line
    writer = threading.Thread(target=pipe.write_text, args=("monday\tlundi\n\n",))
    writer.start()
    done = command("evaluate", trained.folder, "--source-file", pipe)
    writer.join()
    assert (done.status, done.err) == (0, "")
    assert "2 lines with 2 references" in done.out


def test_the_model_of_the_course_without_its_corpus_and_a_network(command, tmp_path, monkeypatch):
    """The corpus is not in the cache, and pip finds nothing."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in (("PIP_CONFIG_FILE", os.devnull), ("PIP_NO_INDEX", "1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LSTM_LIB_CACHE", str(tmp_path / "cache"))
    rows = ["I am tired.\tEstoy cansado.", "", "I am tired.\tEstoy cansada."]
    table = write_lines(tmp_path / "test.tsv", rows)
    done = command("evaluate", "tatoeba-small", "--source-file", table, "--output", tmp_path / "out")
    assert done.status == 0
    assert "no baseline, for lack of the training sentences: the Tatoeba corpus cannot be fetched" in done.out
    assert "3 lines with 3 references; how many stood in training is unknown" in done.out
    assert (tmp_path / "out").read_text() == "estoy cansado.\n\nestoy cansado.\n"


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
