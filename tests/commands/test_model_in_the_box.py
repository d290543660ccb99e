"""The trained model in data/models translates without network, and reaches the score stored with it."""

import json
import os
import re
import shlex
from pathlib import Path

import pytest

from course.corpora import tatoeba
from lstm_lib import runs
from lstm_lib.evaluation import TestSet
from lstm_lib.text.metrics import bleu
from lstm_lib.translator import Translator

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "data" / "models" / "tatoeba-small"


@pytest.fixture(scope="module")
def translator():
    return Translator.load(FOLDER)


def test_it_is_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 5e6


def test_it_translates(translator):
    assert translator.best(["Where is Tom?", "I love you."]) == ["¿dónde está tom?", "te amo."]


def test_it_says_what_readme_shows(command, tmp_path, monkeypatch):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^    python -m lstm_lib (translate data/models/.*)$", readme, re.MULTILINE)
    (told,) = re.findall(r"^prints `(.*)` and draws", readme, re.MULTILINE)
    *words, picture = shlex.split(line)
    assert (ROOT / picture).is_file()
    monkeypatch.chdir(ROOT)
    assert command(*words, tmp_path / "picture.png") == (0, f"{told}\n", "")
    assert (tmp_path / "picture.png").is_file()


def test_it_scores_what_is_said_of_it(translator):
    cached = tatoeba.cache_directory() / "tatoeba-spa.tsv"
    if os.environ.get("LSTM_LIB_OFFLINE") == "1" and not cached.is_file():
        pytest.skip("the corpus is not in the cache, and LSTM_LIB_OFFLINE=1 forbids to fetch it")
    told = json.loads((FOLDER / "test.json").read_text(encoding="utf-8"))
    corpus = runs.read_corpus(runs.read_recipe(FOLDER))
    runs.check_corpus(FOLDER, corpus)
    test = TestSet.of(corpus.test)
    assert len(test.sources) == told["sentences"]
    score = bleu(translator.best(test.sources, **told["search"]), test.references)
    assert score.signature == told["bleu"]["signature"]
    assert score.score == pytest.approx(told["bleu"]["score"], abs=0.3)  # another BLAS rounds otherwise
