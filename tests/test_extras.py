"""Optional packages: what needs one that is missing says so in one line, and the rest works without it."""

import subprocess
import sys

import pytest

MISSING = """\
import sys
for name in {missing!r}:
    sys.modules[name] = None
from lstm_lib.__main__ import main
sys.exit(main({arguments!r}))
"""


def run_without(missing, arguments, folder):
    program = MISSING.format(missing=missing, arguments=arguments)
    return subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def own_file(tmp_path):
    lines = [f"the {noun} sees {number}\tel {noun} ve {number}" for noun in "abcdefgh" for number in range(9)]
    (tmp_path / "own.tsv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "own.tsv"


@pytest.mark.parametrize(
    ("missing", "arguments", "package", "extra"),
    [
        (
            "sentencepiece",
            ["train", "--source-file", "own.tsv", "--subwords", "40"],
            "sentencepiece",
            "subwords",
        ),
        ("babel", ["train", "--corpus", "dates"], "babel", "dates"),
        ("num2words", ["train", "--corpus", "dates"], "num2words", "dates"),
    ],
)
def test_what_needs_a_missing_package_says_so_in_one_line(own_file, missing, arguments, package, extra):
    found = run_without([missing], arguments, own_file.parent)
    assert found.returncode == 2, found.stderr
    assert found.stderr.count("\n") == 1
    assert package in found.stderr and f"pip install 'lstm-lib[{extra}]'" in found.stderr


def test_own_files_and_a_shipped_model_need_no_extra(own_file):
    missing = ["sentencepiece", "babel", "num2words", "distributed", "scipy", "seaborn", "ipywidgets"]
    small = ["--epochs", "1", "--hidden-size", "8", "--embedding-size", "8"]
    found = run_without(missing, ["train", "--source-file", "own.tsv", *small], own_file.parent)
    assert found.returncode == 0, found.stderr
    found = run_without(missing, ["translate", "tatoeba-small", "Thank you."], own_file.parent)
    assert found.stdout == "¡gracias!\n"
