"""Mutated corpora, options, run folders and texts: every command ends whole, with status 0 or one clear line.

A case is made from its number alone, so `pytest tests/fuzz -k "[17]"` repeats case 17.  The first 60 run with
all tests; `FUZZ_CASES=2000 python -m lstm_lib test tests/fuzz` runs as many as asked.
"""

import os
import random
import shutil
import subprocess
import sys
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

import lstm_lib
from lstm_lib.recipe import Recipe, spelled
from lstm_lib.training import load_checkpoint
from lstm_lib.translator import Translator

CASES = int(os.environ.get("FUZZ_CASES", 60))
SMALL = ["--hidden-size", "4", "--embedding-size", "3", "--batch-size", "32", "--epochs", "1"]
OUTPUTS = ("--output", "--attention")  # options whose file may take the place of another one
NOTICES = ("line ", "Warm-up cut")  # lines of standard error that are no complaints


class Case(NamedTuple):
    """A command in a folder of its own, which holds what it reads; what it may write has these names."""

    arguments: list[str]
    stdin: bytes = b""


# Bytes and texts

ODD = [
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\0",
    "\x1b[31m",
    "\u2028",
    "\u200f",
    "\ufeff",
    "\ud7ff",
    "\U0001f469\u200d\U0001f373",
]
ODD += [
    "a" * 50,
    "word " * 9,
    "mañana",
    "नमस्ते",
    "你好吗",
    "مرحبا",
    "İ",
    "e\u0301",
    "½",
    "$x_1$",
    "--beam-size",
    "0",
]
BYTES = [text.encode() for text in ODD] + [
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\x80",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"{",
    b"9" * 40,
]


def mutated(rng: random.Random, content: bytes) -> bytes:
    """Change some bytes: replaced, inserted, cut out, repeated, or cut off."""
    for _ in range(rng.choice((1, 1, 2, 5))):
        start = rng.randrange(len(content) + 1)
        end = min(len(content), start + rng.choice((1, 2, 8, 50, 1000)))
        new = rng.choice((rng.choice(BYTES), rng.randbytes(rng.choice((1, 4))), content[start:end] * 3, b""))
        content = content[:start] + new + content[rng.choice((start, end, end, len(content))) :]
    return content


def mutated_lines(rng: random.Random, content: bytes) -> bytes:
    """Change the lines of a text: their order, number, ends and columns."""
    lines = content.splitlines(keepends=True)
    change = rng.randrange(7)
    if change == 0:
        rng.shuffle(lines)
    elif change == 1:
        lines = lines[: rng.choice((0, 1, 2, 5, 30))]
    elif change == 2:
        lines = [rng.choice(lines)] * len(lines)
    elif change == 3:
        lines = [line.rstrip(b"\n") + rng.choice((b"\r\n", b"\r", b"\n\n", b" \n")) for line in lines]
    elif change == 4:
        lines = [line.replace(b"\t", rng.choice((b"\t\t", b" ", b"\t" * 3)), 1) for line in lines]
    elif change == 5:
        lines = [rng.choice(BYTES).join(line.split(b" ")) for line in lines]
    else:
        lines.insert(rng.randrange(len(lines)), rng.choice(BYTES) + b"\n")
    return b"".join(lines)


def sentence(rng: random.Random) -> str:
    """A line of words, some of which the models know."""
    words = ["monday", "the", "first", "of", "may", "1999", "Saturday", *ODD]
    return " ".join(rng.choice(words) for _ in range(rng.choice((0, 1, 3, 12, 25))))


# Cases


def corpus_case(rng: random.Random, base: Path, here: Path) -> Case:
    """A damaged corpus for `corpus`, `train` or `evaluate`."""
    source, *target = rng.choice((["my.tsv"], ["my.tsv.gz"], ["my.en", "my.fr"]))
    for name in (source, *target):
        change = mutated if name.endswith("gz") else rng.choice((mutated, mutated_lines))
        content = (base / name).read_bytes()
        (here / name).write_bytes(change(rng, content) if rng.random() < 0.8 else content)
    files = ["--source-file", source, *(["--target-file", *target] if target else [])]
    run = str(base / rng.choice(("words", "plain", "subwords")))
    return Case(
        rng.choice(
            (
                ["corpus", *files],
                ["train", *files, *SMALL, "--out", "out"],
                ["train", *files, *SMALL, "--subwords", "50", "--out", "out"],
                ["evaluate", run, *files, "--output", "output.txt"],
            )
        )
    )


INTEGERS = [
    "0",
    "-1",
    "1",
    "2",
    "3",
    "7",
    "64",
    "1000000000000000000",
    str(2**63),
    str(2**70),
    "1e3",
    "nan",
    "",
    "٣",
    "9" * 5000,
]
NUMBERS = [
    "0",
    "-0.0",
    "1",
    "-1",
    "0.5",
    "0.9",
    "3",
    "1e-320",
    "1e12",
    "1e308",
    "1e309",
    "nan",
    "inf",
    "-inf",
    "",
    "1,5",
    "1000",
]
FINISH = {
    "epochs": ("0", "1", "2", "-1", "x"),
    "num_layers": ("0", "1", "2", "1000000000000", "x"),
    "workers": ("0", "1", "99", "x"),
}


def recipe_option(rng: random.Random, option) -> list[str]:
    """An option of `train` with a value that may be possible."""
    name, choices = spelled(option.name), option.metadata["argument"].get("choices")
    if isinstance(option.default, bool):
        return [rng.choice((name, name.replace("--", "--no-", 1)))]
    if choices:
        return [name, rng.choice((*choices, "", "None"))]
    if option.name in FINISH:
        return [name, rng.choice(FINISH[option.name])]
    kind = option.metadata["argument"].get("type", type(option.default))
    values = {int: INTEGERS, float: NUMBERS}.get(kind, ["my.tsv", "my.en", "missing", ".", "", "2,1", "\x1b"])
    return [name, rng.choice(values)]


def search_options(rng: random.Random) -> list[str]:
    """Options of the search."""
    given = []
    if rng.random() < 0.5:
        given += ["--beam-size", rng.choice(("0", "1", "2", "5", "40", "999", "1000000", "x", ""))]
    if rng.random() < 0.5:
        given += ["--length-penalty", rng.choice(NUMBERS)]
    return given


def places(rng: random.Random, base: Path) -> str:
    """A name for something to be written."""
    names = (
        "new.png",
        "new",
        "new.txt",
        "",
        ".",
        "folder",
        "folder/new.pdf",
        "missing/new.png",
        "my.tsv",
        "my.en",
    )
    return rng.choice(
        (*names, "x" * 300, "new.jpg", "new.xyz", "/dev/null", "my.tsv/new", str(base / "words" / "best.npz"))
    )


def option_case(rng: random.Random, base: Path, here: Path) -> Case:
    """Options that may be impossible, for any command."""
    for name in ("my.tsv", "my.en", "my.fr"):
        shutil.copy(base / name, here)
    (here / "folder").mkdir()
    run = rng.choice(
        (str(base / "words"), str(base / "words"), str(base / "subwords"), "missing", "", "my.tsv", "folder")
    )
    chosen = [
        word for option in rng.sample(fields(Recipe), rng.randrange(4)) for word in recipe_option(rng, option)
    ]
    files = rng.choice((["--source-file", "my.tsv"], ["--source-file", "my.en", "--target-file", "my.fr"]))
    return Case(
        rng.choice(
            (
                [
                    "train",
                    *files,
                    *SMALL,
                    *chosen,
                    *search_options(rng),
                    "--out",
                    rng.choice(("out", places(rng, base))),
                ],
                ["train", *files, *SMALL, *chosen, "--out", "out"],
                ["evaluate", run, *search_options(rng), "--output", places(rng, base)],
                ["evaluate", run, "--workers", rng.choice(("0", "-1", "1", "999", "x"))],
                ["translate", run, "monday", *search_options(rng), "--attention", places(rng, base)],
                ["translate", run, "monday", "--n-best", rng.choice(INTEGERS), *search_options(rng)],
                ["export", run, places(rng, base), *search_options(rng)],
                [
                    "corpus",
                    *rng.choice((files, ["dates"], ["", *files], ["x"])),
                    "--samples",
                    rng.choice(INTEGERS),
                ],
            )
        )
    )


def run_case(rng: random.Random, base: Path, here: Path) -> Case:
    """A run's folder with a damaged or missing file."""
    shutil.copytree(base / rng.choice(("words", "plain", "subwords")), here / "run")
    paths = rng.sample(sorted((here / "run").iterdir()), rng.choice((1, 1, 2)))
    for path in rng.choice((paths, [here / "run" / "config.json"])):  # the file that most others hang on
        change = rng.random()
        if change < 0.15:
            path.unlink()
        elif change < 0.3:
            shutil.copy(rng.choice(sorted((base / "plain").iterdir())), path)
        else:
            path.write_bytes(mutated(rng, path.read_bytes()))
    return Case(
        rng.choice(
            (
                ["translate", "run", "monday the first"],
                ["evaluate", "run", "--output", "output.txt"],
                ["train", "--resume", "run"],
                ["export", "run", "new"],
            )
        )
    )


def text_case(rng: random.Random, base: Path, here: Path) -> Case:
    """Texts to translate, as arguments or on standard input."""
    command = ["translate", str(base / rng.choice(("words", "plain", "subwords"))), *search_options(rng)]
    if rng.random() < 0.3:
        texts = (sentence(rng).replace("\0", "") for _ in range(rng.randrange(1, 3)))
        return Case([*command, *texts, *rng.choice(([], ["--attention", "new.png"], ["--n-best", "3"]))])
    lines = "\n".join(sentence(rng) for _ in range(rng.choice((0, 1, 4)))).encode()
    return Case(command, rng.choice((lines, mutated(rng, lines), rng.randbytes(60))))


KINDS = (corpus_case, option_case, run_case, text_case)


# What must hold


def contents(*folders: Path) -> dict[Path, bytes]:
    """All files in some folders."""
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def check_whole(path: Path, is_text: bool = False) -> None:
    """Hold what a command has written to being whole: a run, an exported model, a picture, a text.

    Args: is_text: it holds translations, whatever its name.
    """
    if path.is_dir():
        if not any(each.is_file() for each in path.iterdir()):
            for each in path.iterdir():
                check_whole(each)
        else:
            newest = path / "last.npz"
            load_checkpoint(newest if newest.exists() else path / "best.npz")
            Translator.load(path)
    elif path.suffix == ".png" and not is_text:
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG") and content.rstrip(b"\0").endswith(b"IEND\xaeB`\x82")
    elif path.suffix in (".txt", "") or is_text:
        assert path.read_bytes().endswith(b"\n")


def check_ended_well(case: Case, ran, before: dict[Path, bytes], here: Path) -> None:
    """Hold a command that has ended to what all must keep, whatever they were given."""
    lines = ran.err.removesuffix("\n").split("\n") if ran.err else []
    complaints = [line for line in lines if line.startswith("lstm_lib: ")]
    told = f"{case}\n{ran}"
    assert ran.status in (0, 2), told
    assert len(complaints) == (1 if ran.status == 2 else 0), told
    assert all(line in complaints or line.startswith(NOTICES) for line in lines), told
    assert all(ord(letter) >= 32 for line in lines for letter in line), told
    after = contents(*{path.parent for path in before} | {here})
    resumed = "--resume" in case.arguments and ran.status == 0
    pairs = list(pairwise(case.arguments if ran.status == 0 else []))
    outputs = {here / name for option, name in pairs if option in OUTPUTS and case.arguments.count(name) == 1}
    texts = {here / name for option, name in pairs if option == "--output"}
    run = {path for path in before if path.parent.name == "run"} if resumed else set()
    kept = before.keys() - outputs - run
    assert all(after.get(path) == before[path] for path in kept), told
    assert not [path for path in after if ".tmp" in path.name and path not in before], told
    for path in here.iterdir():
        if (
            path not in before
            and path.name not in ("folder", "run")
            and path not in {p.parent for p in before}
        ):
            check_whole(path, is_text=path in texts)
    if resumed:
        check_whole(here / "run")


def make_case(number: int, base: Path, here: Path) -> Case:
    """Make a case from its number."""
    rng = random.Random(number)
    return KINDS[number % len(KINDS)](rng, base, here)


@pytest.mark.parametrize("number", range(CASES))
def test_every_command_ends_well(run, base, tmp_path, monkeypatch, number):
    monkeypatch.chdir(tmp_path)
    case = make_case(number, base, tmp_path)
    before = contents(base, tmp_path)
    check_ended_well(case, run(case.arguments, case.stdin), before, tmp_path)


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_a_process_of_its_own_ends_alike(run, base, tmp_path, monkeypatch, number):
    results = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        monkeypatch.chdir(folder)
        case, before = make_case(number, base, folder), contents(base, folder)
        if folder.name == "one":
            results.append(run(case.arguments, case.stdin))
        else:
            path = {"PYTHONPATH": str(Path(lstm_lib.__file__).parents[1])}
            command = [sys.executable, "-W", "error", "-m", "lstm_lib", *case.arguments]
            done = subprocess.run(command, input=case.stdin, capture_output=True, env=os.environ | path)
            results.append(type(results[0])(done.returncode, done.stdout.decode(), done.stderr.decode()))
        check_ended_well(case, results[-1], before, folder)
    assert results[0].status == results[1].status
    assert results[0].err == results[1].err
