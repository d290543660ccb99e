"""The generated corpus: exact phrases, gold alignments, and parts that share nothing."""

import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pytest

from course.corpora.dates import date_pairs, dates_corpus
from lstm_lib.text.corpus import gather_references
from lstm_lib.text.tokenizer import detokenize, normalize, tokenize

SMALL = {"train_size": 60, "dev_size": 20, "test_size": 30}


def said(day, language):
    month_first, day_first = date_pairs(day, language)
    assert month_first.target == day_first.target
    return month_first.source, day_first.source, month_first.target


TRANSLATIONS = """
1273-03-14 | mardi quatorze mars mille deux cent soixante treize | martes catorce de marzo de mil doscientos setenta y tres
1100-01-01 | lundi premier janvier mille cent | lunes primero de enero de mil cien
1981-08-31 | lundi trente et un août mille neuf cent quatre vingt un | lunes treinta y uno de agosto de mil novecientos ochenta y uno
2005-02-16 | mercredi seize février deux mille cinq | miércoles dieciséis de febrero de dos mil cinco
"""  # noqa: E501
PHRASINGS = """
1273-03-14 | tuesday march fourteenth twelve seventy three | tuesday the fourteenth of march twelve seventy three
1905-07-01 | saturday july first nineteen oh five | saturday the first of july nineteen oh five
2005-02-22 | tuesday february twenty second two thousand and five | tuesday the twenty second of february two thousand and five
"""  # noqa: E501


def rows(table):
    return [line.split(" | ") for line in table.strip().splitlines()]


@pytest.mark.parametrize("day, french, spanish", rows(TRANSLATIONS))
def test_translations(day, french, spanish):
    # Weekdays are those of the Gregorian calendar, also before 1582.
    assert said(date.fromisoformat(day), "fr")[2] == french
    assert said(date.fromisoformat(day), "es")[2] == spanish


@pytest.mark.parametrize("day, month_first, day_first", rows(PHRASINGS))
def test_both_english_phrasings(day, month_first, day_first):
    assert said(date.fromisoformat(day), "fr")[:2] == (month_first, day_first)


def linked_words(pair):
    source, target = tokenize(pair.source), tokenize(pair.target)
    return {(source[i], target[j]) for i, j in pair.alignment}


def test_gold_alignments():
    _, day_first = date_pairs(date(1273, 3, 14), "fr")
    assert linked_words(day_first) == {
        ("tuesday", "mardi"),
        ("fourteenth", "quatorze"),
        ("march", "mars"),
        *(("twelve", word) for word in ("mille", "deux", "cent")),
        *((tens, word) for tens in ("seventy", "three") for word in ("soixante", "treize")),
    }
    month_first, _ = date_pairs(date(1942, 5, 31), "fr")  # tens and units apart
    assert month_first.alignment == {
        *((0, 0), (1, 4), (2, 1), (3, 3)),  # sunday may thirty first = dimanche trente et un mai
        *((4, 5), (4, 6), (4, 7), (5, 8), (6, 9)),  # nineteen forty two = mille neuf cent quarante deux
    }
    month_first, _ = date_pairs(date(1273, 3, 14), "es")
    assert month_first.alignment == {
        *((0, 0), (1, 3), (2, 1)),  # tuesday march fourteenth = martes catorce de marzo
        *((3, 5), (3, 6), (4, 7), (5, 9)),  # twelve seventy three = de mil doscientos setenta y tres
    }
    _, day_first = date_pairs(date(2021, 6, 22), "es")
    assert linked_words(day_first) == {
        ("tuesday", "martes"),
        *(("twenty", "veintidós"), ("second", "veintidós"), ("of", "de"), ("june", "junio")),
        *(("twenty", "dos"), ("twenty", "mil"), ("twenty", "veintiuno"), ("one", "veintiuno")),
    }


SILENT = {"en": {"the", "of", "and", "oh"}, "fr": {"et"}, "es": {"de", "y"}}


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_word_that_says_something_is_aligned(language):
    days = [date(1000, 1, 1) + timedelta(days=1234 * k) for k in range(325)]
    days += [date(year, 12, 31) for year in range(1000, 2101)]
    for pair in (pair for day in days for pair in date_pairs(day, language)):
        source, target = tokenize(pair.source), tokenize(pair.target)
        assert detokenize(source) == pair.source
        assert detokenize(target) == pair.target
        assert " ".join(source) == pair.source
        aligned = [{link[side] for link in pair.alignment} for side in (0, 1)]
        assert {source[i] for i in set(range(len(source))) - aligned[0]} <= SILENT["en"]
        assert {target[j] for j in set(range(len(target))) - aligned[1]} <= SILENT[language]
        assert all(i < len(source) and j < len(target) for i, j in pair.alignment)


@pytest.mark.parametrize("language", ["French", "Spanish"])
def test_parts_share_neither_dates_nor_sentences(language):
    corpus = dates_corpus(language, seed=3)
    assert [len(part) for part in (corpus.train, corpus.dev, corpus.test)] == [16000, 1000, 1000]
    for side in (0, 1):
        parts = [{normalize(pair[side]) for pair in part} for part in (corpus.train, corpus.dev, corpus.test)]
        assert len(parts[0] | parts[1] | parts[2]) == sum(map(len, parts))
    # Each date has one translation and two sources, so distinct sentences are distinct dates.
    assert len({pair.target for pair in corpus.train}) == 8000
    assert len({pair.source for pair in corpus.train}) == 16000
    assert corpus.counts == {"dates drawn": 9000, "kept": 18000}


def test_training_covers_every_word():
    corpus = dates_corpus()
    for side, types in ((0, 73), (1, 46)):
        known = {word for pair in corpus.train for word in tokenize(pair[side])}
        assert len(known) == types
        assert {word for pair in corpus.dev + corpus.test for word in tokenize(pair[side])} <= known


def test_the_seed_decides_and_nothing_else():
    first = dates_corpus("French", **SMALL, seed=1)
    np.random.seed(0)  # noqa: NPY002  the global state must not matter
    assert dates_corpus("French", **SMALL, seed=1) == first
    assert dates_corpus("French", **SMALL, seed=2) != first
    assert all(len(targets) == 1 for targets in gather_references(first.test).values())


def test_names():
    assert (dates_corpus(**SMALL).name, dates_corpus("Spanish", **SMALL).name) == ("dates-fr", "dates-es")
    assert dates_corpus("Spanish", **SMALL).target_language == "Spanish"
    with pytest.raises(ValueError, match="French, Spanish; got 'Latin'"):
        dates_corpus("Latin")


def test_nothing_is_downloaded():
    """With sockets forbidden, the corpus loads all the same."""
    code = (
        "import socket\n"
        "def refuse(*args, **kwargs): raise OSError('no network')\n"
        "socket.socket = socket.create_connection = refuse\n"
        "from course.corpora.dates import dates_corpus\n"
        "print(len(dates_corpus('Spanish').train))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "16000\n"
