"""Optional packages: what needs one that is missing says so in one line, and the rest works without it."""

import subprocess
import sys

import pytest

from lstm_lib.commands.checkout import load
from lstm_lib.errors import UserError, extra
from lstm_lib.text.corpus import load_corpus

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
    (line,) = (line for line in found.stdout.splitlines() if line.startswith("Chosen for "))
    assert (
        line.endswith(
            "; words stay, as --subwords needs the package sentencepiece: run pip install "
            "'lstm-lib[subwords]'"
        )
        and "--dropout" in line
    )
    found = run_without(missing, ["translate", "tatoeba-small", "Thank you."], own_file.parent)
    assert found.stdout == "¡gracias!\n"


def test_a_missing_package_of_an_extra_names_both():
    with (
        pytest.raises(
            UserError, match=r"the map needs the package atlas_of_nowhere: run .*'lstm-lib\[maps\]'"
        ),
        extra("maps", "the map"),
    ):
        import atlas_of_nowhere  # noqa: F401


@pytest.mark.parametrize("name", ["no_such_package", "no_such_package.module", "figures.no_such_figure"])
def test_what_only_a_checkout_holds_is_missed_in_one_line(name):
    with pytest.raises(UserError, match=r"this command works in the course's folder, as README\.md says"):
        load(name)


def test_what_a_checkout_holds_but_cannot_import_is_an_error_of_its_own(tmp_path, monkeypatch):
    (tmp_path / "needy.py").write_text("import no_such_package\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        load("needy")


def test_an_unknown_corpus_is_told_the_known_ones():
    with pytest.raises(UserError, match="no corpus named 'esperanto'; there are tatoeba-small, "):
        load_corpus("esperanto")
