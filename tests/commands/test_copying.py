"""`--copy-unknown` and `--alignments`, with a model that has learned where to look."""

import json
import random
import re

import pytest

from lstm_lib.translator import Translator

LEXICON = {f"w{letter}": f"t{letter}" for letter in "abcdefghij"}
TEXTS = ("Zorka wb wa BlIm wd", "we Wumpo", "wc wd E\u0301milie Zorka", "")
WANTED = ("Zorka tb ta BlIm td", "te Wumpo", "tc td \u00c9milie Zorka", "")
SAID = "unknown words are copied from the source (--copy-unknown)"


def bleu(out):
    return float(re.search(r"^  BLEU +([\d.]+)", out, re.M)[1])


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """Options of a corpus of known words, translated one by one, among names that each occur once."""
    rng, rows = random.Random(0), []
    for _ in range(1200):
        name = iter("".join(rng.choices("bdfgklmnprstvz", k=6)).capitalize() for _ in range(6))
        words = [
            next(name) if rng.random() < 0.25 else rng.choice(list(LEXICON)) for _ in range(rng.randint(2, 6))
        ]
        rows.append(f"{' '.join(words)}\t{' '.join(LEXICON.get(word, word) for word in words)}\n")
    path = tmp_path_factory.mktemp("names") / "names.tsv"
    path.write_text("".join(rows))
    return "--source-file", path


@pytest.fixture(scope="module")
def run(command, names):
    """The folder of a run on it, and what it printed."""
    folder = names[1].with_name("run")
    options = ("--vocabulary", 10, "--attention", "luong-general", "--dropout", 0, "--label-smoothing", 0)
    options += ("--hidden-size", 32, "--embedding-size", 16, "--epochs", 4, "--batch-size", 16)
    options += ("--learning-rate", 0.02, "--warmup-steps", 20, "--no-tied-embeddings")
    done = command("train", *names, *options, "--out", folder, "--copy-unknown")
    assert (done.status, done.err) == (0, "")
    return folder, done.out


@pytest.mark.parametrize("search", [(), ("--beam-size", 1)])
def test_unknown_words_are_copied_as_they_are_spelled(command, run, search):
    done = command("translate", run[0], "--copy-unknown", *search, *TEXTS)
    assert (done.status, tuple(done.out.split("\n")[:-1])) == (0, WANTED)
    plain = command("translate", run[0], *search, *TEXTS).out
    assert not {"Zorka", "BlIm", "Wumpo", "\u00c9milie", "<unk>"} & set(plain.split())


def test_the_scores_say_so_and_rise(command, run):
    folder, out = run
    assert SAID in out
    assert json.loads((folder / "test.json").read_text())["search"]["copy_unknown"] is True
    copied, plain = command("evaluate", folder, "--copy-unknown").out, command("evaluate", folder).out
    assert bleu(copied) == bleu(out) > 95
    assert SAID in copied
    assert bleu(plain) < 70
    assert SAID not in plain


def test_alignments_are_written_a_line_a_translation(command, run, tmp_path):
    path = tmp_path / "pairs"
    texts = f"{TEXTS[1]}\n\n{TEXTS[2]}\n".encode()
    assert command("translate", run[0], "--alignments", path, stdin=texts).status == 0
    # Words count from 0, the end of sentence not at all; an empty line stays one.
    assert path.read_text() == "0-0 1-1\n\n0-0 1-1 2-2 3-3\n"
    done = command("translate", run[0], "--alignments", path, "--n-best", 3, *TEXTS)
    assert len(path.read_text().splitlines()) == len(done.out.splitlines()) == 10
    found = Translator.load(run[0]).translate(TEXTS, n_best=3)
    wanted = [" ".join(f"{i}-{j}" for i, j in each.alignment) for some in found for each in some]
    assert path.read_text().splitlines() == wanted


def test_alignments_of_subwords_count_pieces_which_are_not_copied(command, refused, small, tmp_path):
    run, path = tmp_path / "run", tmp_path / "pairs"
    assert command("train", *small, "--subwords", 80, "--out", run).status == 0
    assert command("translate", run, "monday may first", "--alignments", path).status == 0
    ((best,),) = Translator.load(run).translate(["monday may first"])
    assert path.read_text().split() == [f"{i}-{j}" for i, j in best.alignment]
    assert max(i for i, _ in best.alignment) < len(best.source_pieces) - 1
    for arguments in (("translate", run, "monday"), ("evaluate", run)):
        assert "--copy-unknown needs a model of words" in refused(*arguments, "--copy-unknown")


@pytest.mark.parametrize(
    ("model", "wanted"), [(("--subwords", 80), "of words"), (("--attention", "none"), "with attention")]
)
def test_a_training_whose_test_cannot_copy_does_not_begin(refused, small, tmp_path, model, wanted):
    line = refused("train", *small, *model, "--copy-unknown", "--out", tmp_path / "run")
    assert f"--copy-unknown needs a model {wanted}" in line
    assert list(tmp_path.iterdir()) == []


def test_a_model_without_attention_has_no_alignments(command, refused, small, tmp_path):
    run, path = tmp_path / "run", tmp_path / "pairs"
    assert command("train", *small, "--epochs", 1, "--attention", "none", "--out", run).status == 0
    assert "has no attention to show" in refused("translate", run, "monday", "--alignments", path)
    assert "with attention" in refused("translate", run, "monday", "--copy-unknown")
    assert not path.exists()


def test_alignments_never_take_a_runs_file(refused, run, contents):
    before = contents(run[0])
    assert "belongs to the run" in refused("translate", run[0], "we", "--alignments", run[0] / "best.npz")
    assert contents(run[0]) == before
