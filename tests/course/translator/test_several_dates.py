"""Sentences of several days: right, distinct, and never in both parts."""

import pytest

from course.translator.several_dates import DAYS_OF_YEAR, day_of_year, several_dates


@pytest.mark.parametrize(
    ("number", "pair"),
    [
        (0, ("january first", "premier janvier")),
        (59, ("february twenty ninth", "vingt neuf février")),
        (73, ("march fourteenth", "quatorze mars")),
        (365, ("december thirty first", "trente et un décembre")),
    ],
)
def test_days_by_hand(number, pair):
    assert day_of_year(number)[:2] == pair


def test_all_days_differ():
    days = [day_of_year(number) for number in range(DAYS_OF_YEAR)]
    assert len({day.source for day in days}) == len({day.target for day in days}) == DAYS_OF_YEAR


def test_sentences_join_days_in_order_and_test_sentences_are_new():
    corpus = several_dates(seed=0, most_days=3, train_size=40, test_size=10)
    french = {day.source: day.target for day in map(day_of_year, range(DAYS_OF_YEAR))}
    months = {source.split()[0] for source in french}
    for part, size in ((corpus.train, 40), (corpus.test, 10)):
        counts = [sum(word in months for word in pair.source.split()) for pair in part]
        assert counts == [days for days in (1, 2, 3) for _ in range(size)]
        for pair in part:
            words = pair.source.split()
            starts = [k for k, word in enumerate(words) if word in months]
            phrases = [" ".join(words[a:b]) for a, b in zip(starts, [*starts[1:], None], strict=True)]
            assert pair.target == " ".join(french[phrase] for phrase in phrases)
    sources = [pair.source for pair in corpus.train + corpus.test]
    assert len(set(sources)) == len(sources)
