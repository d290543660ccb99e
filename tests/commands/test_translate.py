"""`translate`: text in, text out."""

import io
import os

import pytest
from matplotlib.image import imread

TEXTS = ("monday may first twelve oh one", "friday june tenth nineteen eighty four")
WANTED = ("lundi premier mai mille deux cent un", "vendredi dix juin mille neuf cent quatre vingt quatre")


def test_texts(command, trained):
    done = command("translate", trained.folder, *TEXTS)
    assert (done.status, done.err) == (0, "")
    found = done.out.splitlines()
    assert len(found) == 2
    for translation, wanted in zip(found, WANTED, strict=True):
        assert translation.split()[0] == wanted.split()[0]  # the weekday
        assert wanted.split()[2] in translation  # the month


def test_standard_input_keeps_its_lines(command, trained):
    """Empty lines stay, carriage returns and a byte order mark go, and the last line needs no end."""
    texts = f"\ufeff{TEXTS[0]}\r\n\n   \n{TEXTS[1]}".encode()
    done = command("translate", trained.folder, stdin=texts)
    first, second = command("translate", trained.folder, *TEXTS).out.splitlines()
    assert (done.out, done.err) == (f"{first}\n\n\n{second}\n", "")


def test_no_input(command, trained):
    assert command("translate", trained.folder, stdin=b"") == (0, "", "")


def test_a_translation_does_not_depend_on_its_neighbors(command, trained):
    many = "".join(f"{TEXTS[k % 2]}\n" + "\n" * (k % 3) for k in range(600)).encode()
    lines = command("translate", trained.folder, "--beam-size", 1, stdin=many).out.split("\n")[:-1]
    assert len(lines) == many.count(b"\n")
    singles = command("translate", trained.folder, "--beam-size", 1, *TEXTS).out.split("\n")[:2]
    assert [line for line in lines if line] == singles * 300


def test_several_translations_each_behind_its_score(command, trained):
    done = command("translate", trained.folder, "--n-best", 3, TEXTS[0])
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert len(rows) == 3
    scores = [float(score) for score, _ in rows]
    assert scores == sorted(scores, reverse=True)
    assert len({text for _, text in rows}) == 3
    assert rows[0][1] == command("translate", trained.folder, TEXTS[0]).out.strip()


def test_unknown_words_are_named(command, trained):
    done = command("translate", trained.folder, stdin="monday\n\nfrobnicate may Zürich\n".encode())
    assert done.status == 0
    assert done.out.count("\n") == 3
    assert done.err == "line 3: not in the vocabulary: frobnicate, zürich\n"


def test_decomposed_accents_are_the_same_letters(command, trained):
    assert command("translate", trained.folder, "e\u0301").err == "line 1: not in the vocabulary: é\n"


STARTS = {"png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-", "svg": b"<?xml"}


@pytest.mark.parametrize("suffix, start", STARTS.items())
def test_attention_picture(command, trained, tmp_path, suffix, start):
    picture = tmp_path / f"attention.{suffix}"
    done = command("translate", trained.folder, TEXTS[1], "--attention", picture)
    assert (done.status, done.err) == (0, "")
    assert picture.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [picture]
    if suffix == "png":
        image = imread(io.BytesIO(picture.read_bytes()))
        assert min(image.shape[:2]) > 200
        assert image[..., :3].std() > 0.05  # something is drawn


def test_signs_of_mathematics_are_drawn_as_they_are(command, small, tmp_path):
    texts = [f"{n} $ costs ${n}_{n} ^ {n}" for n in range(200)]
    (tmp_path / "my.tsv").write_text("".join(f"{text}\t{text}\n" for text in texts))
    options = ("--source-file", tmp_path / "my.tsv", *small[4:], "--epochs", 1)
    assert command("train", *options, "--out", tmp_path / "run").status == 0
    done = command("translate", tmp_path / "run", texts[0], "--attention", tmp_path / "a.png")
    assert (done.status, done.err) == (0, "")


def test_a_sentence_that_is_too_long_is_left_out_and_the_others_are_translated(command, trained, tmp_path):
    texts = f"{TEXTS[0]}\n{'monday ' * 2500}\n{TEXTS[1]}\n".encode()
    done = command("translate", trained.folder, "--alignments", tmp_path / "pairs", stdin=texts)
    first, second = command("translate", trained.folder, *TEXTS).out.splitlines()
    assert (done.status, done.out) == (2, f"{first}\n\n{second}\n")
    assert done.err == (
        "line 2: has more than 1,000 tokens; split it\n"
        "lstm_lib: 1 of 3 lines are too long and were not translated\n"
    )
    assert [bool(line) for line in (tmp_path / "pairs").read_text().splitlines()] == [True, False, True]


def test_a_line_that_is_too_long_is_named(command, trained):
    done = command("translate", trained.folder, stdin=f"{TEXTS[0]}\n".encode() + b"a" * 1_000_001)
    assert (done.status, done.out) == (2, command("translate", trained.folder, TEXTS[0]).out)
    limit = "is longer than 1,000,000 bytes; put one sentence on each line"
    assert done.err == f"lstm_lib: standard input, line 2: {limit}\n"


@pytest.mark.skipif(os.name != "posix", reason="there is no endless file")
def test_standard_input_may_be_endless(trained, start):
    with open("/dev/zero", "rb") as endless:
        process = start("translate", trained.folder, stdin=endless)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("lstm_lib: standard input, line 1: is longer than 1,000,000 bytes")


def test_what_stands_before_a_bad_line_is_translated(command, trained):
    done = command("translate", trained.folder, stdin=f"{TEXTS[0]}\n\n".encode() + b"mi\xe9rcoles\nmonday\n")
    assert (done.status, done.out) == (2, command("translate", trained.folder, TEXTS[0], "").out)
    assert done.err.startswith("lstm_lib: standard input, line 3: not UTF-8")


def test_a_picture_of_very_many_words_is_refused_before_the_work(refused, trained, tmp_path):
    line = refused("translate", trained.folder, "monday " * 101, "--attention", tmp_path / "a.png")
    assert "--attention: a picture shows at most 100 tokens; TEXT has 101" in line
    assert list(tmp_path.iterdir()) == []


def test_bad_requests(refused, trained, small, command, tmp_path):
    run = trained.folder
    for arguments, wanted in (
        (("--beam-size", 0, "monday"), "--beam-size 0: wanted at least 1"),
        (("--beam-size", "x", "monday"), "--beam-size: invalid int value: 'x'"),
        (("--beam-size", 2, "--n-best", 3, "monday"), "--n-best 3: wanted 1 to the --beam-size, 2"),
        (("--n-best", 0, "monday"), "--n-best 0: wanted 1"),
        (("--length-penalty", "nan", "monday"), "--length-penalty nan: wanted a finite number"),
        (("--length-penalty", "inf", "monday"), "--length-penalty inf: wanted a finite number"),
        (("--length-penalty", "-1", "monday"), "--length-penalty -1.0: wanted a finite number, at least 0"),
        (("--attention", tmp_path / "a.png", "one", "two"), "draws the picture of one TEXT; got 2"),
        (("--attention", tmp_path / "a.png", ""), "an empty TEXT has nothing to draw"),
        (("--attention", tmp_path / "no" / "a.png", "monday"), "cannot be written (No such file"),
        (("--attention", tmp_path / "a.xyz", "monday"), "a.xyz: cannot be drawn"),
        (("--attention", tmp_path / "a", "monday"), "cannot be drawn"),
        (("--attention", tmp_path, "monday"), "is a folder"),
        (("caf\udce9",), "TEXT 1: not UTF-8"),
        (("--frobnicate",), "unrecognized arguments: --frobnicate"),
    ):
        assert wanted in refused("translate", run, *arguments)
    assert "standard input, line 3: not UTF-8" in refused("translate", run, stdin=b"monday\n\nmi\xe9rcoles\n")
    assert list(tmp_path.iterdir()) == []


def test_a_model_without_attention_has_none_to_draw(refused, command, small, tmp_path):
    options = ("--epochs", 1, "--attention", "none", "--out", tmp_path / "run")
    assert command("train", *small, *options).status == 0
    message = refused("translate", tmp_path / "run", "monday", "--attention", tmp_path / "a.png")
    assert "has no attention to show" in message
