"""What `train` chooses for the user's own files: by their size and script, printed, stored, and overruled."""

import dataclasses
import json
import re

import numpy as np
import pytest

from lstm_lib import runs
from lstm_lib.recipe import Recipe, spelled, suited_to
from lstm_lib.seq2seq import model
from lstm_lib.text.codecs import SubwordCodec
from lstm_lib.text.corpus import Corpus, Pair

OPTIONS = suited_to(1).keys()
TINY = ("--hidden-size", 4, "--embedding-size", 4, "--epochs", 1)


def texts(count):
    """Sentences of words that nobody has seen before."""
    letters = np.random.default_rng(count).choice([*"abcdefghijklmnopqrst"], (count, 9, 6))
    return [" ".join("".join(word) for word in sentence) for sentence in letters]


def corpus_of(pairs):
    train = tuple(Pair(*both) for both in zip(texts(pairs), texts(pairs + 1), strict=False))
    return Corpus("own", "source", "target", train, train[:1], train[:1], "none", "nobody", {})


@pytest.fixture
def files(tmp_path):
    """The options that name files of 80 pairs."""
    for name, count in (("my.en", 80), ("my.fr", 81)):
        (tmp_path / name).write_text("".join(f"{text}\n" for text in texts(count)[:80]))
    return "--source-file", tmp_path / "my.en", "--target-file", tmp_path / "my.fr"


def test_captions_get_what_is_known_to_suit_them():
    options = suited_to(29_000)
    assert (options["subwords"], options["embedding_size"], options["hidden_size"]) == (4000, 256, 256)
    assert options["dropout"] == 0.3 and 8 <= options["epochs"] <= 10


def test_more_pairs_never_get_more_noise_or_more_epochs_or_fewer_subwords():
    found = [suited_to(int(pairs)) for pairs in np.geomspace(1, 10**8, 200)]
    for name, sign in {"subwords": 1, "hidden_size": 1, "dropout": -1, "epochs": -1}.items():
        values = [sign * options[name] for options in found]
        assert (values == sorted(values) and values[0] < values[-1]) or name == "hidden_size"
    assert all(options.keys() == OPTIONS for options in found)


def test_what_is_given_is_not_chosen_again():
    corpus = corpus_of(60)
    everything, line = runs.suited(Recipe(), corpus, ())
    assert all(f"{spelled(name)} {getattr(everything, name)}" in line for name in OPTIONS)
    for name in OPTIONS:
        given = Recipe(**{name: 77 if name != "dropout" else 0.77})
        found, line = runs.suited(given, corpus, [name])
        assert getattr(found, name) == getattr(given, name) and f"{spelled(name)} " not in line
        assert all(getattr(found, other) == getattr(everything, other) for other in OPTIONS - {name})
    found, line = runs.suited(Recipe(), corpus, OPTIONS)
    assert found == Recipe() and line.endswith("nothing")


@pytest.mark.parametrize("options", [{"vocabulary": 50}, {"keep_case": True}])
def test_options_about_words_keep_words(options):
    found, line = runs.suited(Recipe(**options), corpus_of(60), options)
    assert found.subwords is None and "subwords" not in line
    runs.check(found)


def test_texts_that_allow_fewer_subwords_get_as_many_as_they_allow():
    found, line = runs.suited(Recipe(), corpus_of(20), ())
    assert f"--subwords {found.subwords}" in line and found.subwords < suited_to(20)["subwords"]
    runs.make_codecs(found, corpus_of(20))
    found, line = runs.suited(Recipe(), corpus_of(1), ())
    assert found.subwords is None and "; words stay, as --subwords " in line and "too many" in line


def test_scripts_of_many_characters_get_as_many_subwords_as_they_need():
    corpus, usual = corpus_of(300), suited_to(300)["subwords"]
    many = "".join(chr(0x4E00 + n) for n in range(usual))
    train = tuple(
        pair._replace(target=many[k * 50 :][:50] + pair.target) for k, pair in enumerate(corpus.train)
    )
    found, _ = runs.suited(Recipe(), dataclasses.replace(corpus, train=train), ())
    assert found.subwords == 2 * usual


def test_subwords_are_learned_once(monkeypatch):
    learned, learn = [], SubwordCodec.train
    monkeypatch.setattr(
        runs,
        "_learn_subwords",
        runs.lru_cache(lambda *texts, size: learned.append(size) or learn(*texts, size)),
    )
    corpus = corpus_of(400)
    found, _ = runs.suited(Recipe(), corpus, ())
    count = len(learned)
    runs.make_codecs(found, corpus)
    assert len(learned) == count > 0


def test_no_size_is_chosen_that_the_memory_refuses(monkeypatch):
    corpus, wanted = corpus_of(60), suited_to(60)["hidden_size"]
    found, _ = runs.suited(Recipe(), corpus, ())
    assert found.hidden_size == found.embedding_size == wanted > Recipe.hidden_size
    monkeypatch.setattr(model, "memory_size", lambda: 5e7)
    found, line = runs.suited(Recipe(), corpus, ())
    assert found.hidden_size == found.embedding_size == Recipe.hidden_size and "-size" not in line
    assert found.epochs == suited_to(60)["epochs"]
    runs.model_config(found, *(codec.size for codec in runs.make_codecs(found, corpus)))


def test_a_width_that_another_option_contradicts_is_not_chosen():
    recipe = Recipe(attention="luong-dot", encoder_size=Recipe.hidden_size // 2)
    found, _ = runs.suited(recipe, corpus_of(60), ["attention", "encoder_size"])
    runs.check(found)
    assert found.hidden_size == Recipe.hidden_size


def test_train_prints_and_stores_what_it_chose_and_goes_on_with_it(command, files, tmp_path):
    done = command("train", *files, *TINY, "--out", tmp_path / "run")
    assert (done.status, done.err) == (0, "")
    (line,) = re.findall(r"^Chosen for .*$", done.out, re.M)
    recipe = json.loads((tmp_path / "run" / "config.json").read_text())["recipe"]
    told = dict(re.findall(r"--([\w-]+) ([\d.]+)", line))
    names = ("dropout", "batch_size", "learning_rate")
    chosen = {spelled(name)[2:]: str(suited_to(72)[name]) for name in names}
    assert told == {"subwords": str(recipe["subwords"]), **chosen}
    assert (recipe["hidden_size"], recipe["epochs"], recipe["dropout"]) == (4, 1, float(told["dropout"]))
    again = command("train", "--resume", tmp_path / "run", "--epochs", 2)
    assert again.status == 0 and "Chosen for" not in again.out
    stored = json.loads((tmp_path / "run" / "config.json").read_text())["recipe"]
    assert {name: stored[name] for name in OPTIONS} == {name: recipe[name] for name in OPTIONS} | {
        "epochs": 2
    }
    tuned = command(
        "train", *files, "--init-from", tmp_path / "run", "--epochs", 1, "--out", tmp_path / "tuned"
    )
    assert tuned.status == 0 and "Chosen for" not in tuned.out


@pytest.mark.parametrize("options", [("--subwords", 0), ("--copy-unknown",)])
def test_words_for_the_asking(command, files, tmp_path, options):
    done = command("train", *files, *TINY, *options, "--out", tmp_path / "run")
    assert (done.status, done.err) == (0, "")
    assert json.loads((tmp_path / "run" / "config.json").read_text())["codec"] == "words"
    assert "--dropout" in done.out and "--subwords" not in done.out


def test_the_course_s_corpora_keep_their_options(command, tmp_path):
    done = command("train", "--corpus", "dates", *TINY, "--batch-size", 512, "--out", tmp_path / "run")
    assert done.status == 0 and "Chosen for" not in done.out
    recipe = json.loads((tmp_path / "run" / "config.json").read_text())["recipe"]
    assert (recipe["subwords"], recipe["dropout"]) == (None, Recipe.dropout)
