"""Spoken dates carry the right tag on each word, and make tasks that readers can learn."""

from datetime import date

import numpy as np
import pytest

from course.shared.tasks import TAGS, build_vocabulary, parity_task, spoken, spoken_dates, tagging_task
from lstm_lib.text.vocabulary import PAD

TAGGED = {
    (1273, 3, 14): "mardi/weekday quatorze/day mars/month mille deux cent soixante/70s treize",
    (1661, 3, 4): "vendredi/weekday quatre/day mars/month mille six cent soixante/60s et un",
    (1080, 1, 3): "samedi/weekday trois/day janvier/month mille quatre/80s vingts/80s",
    (1484, 4, 4): "vendredi/weekday quatre/day avril/month mille quatre cent quatre/80s vingt/80s quatre",
    (1091, 12, 22): "mardi/weekday vingt/day deux/day décembre/month mille quatre/90s vingt/90s onze",
    (1004, 7, 24): "mardi/weekday vingt/day quatre/day juillet/month mille quatre",
}


@pytest.mark.parametrize("day", TAGGED)
def test_each_word_has_its_tag(day):
    words, tags, day_of_month = spoken(date(*day))
    tagged = [word if tag == "year" else f"{word}/{tag}" for word, tag in zip(words, tags, strict=True)]
    assert " ".join(tagged) == TAGGED[day]
    assert day_of_month == day[2]


def test_dates_are_distinct_and_the_same_for_a_seed():
    dates = spoken_dates(300, seed=1)
    assert len(set(dates)) == 300
    assert dates == spoken_dates(300, seed=1) != spoken_dates(300, seed=2)
    assert {tag for day in dates for tag in day.tags} == set(TAGS)


def test_tasks_hold_words_tags_and_parity():
    dates = spoken_dates(20, seed=0)
    vocabulary = build_vocabulary(dates)
    tagging, parity = tagging_task(dates, vocabulary), parity_task(dates, vocabulary)
    np.testing.assert_array_equal(tagging.x, parity.x)
    for row, day in enumerate(dates):
        length = len(day.words)
        assert tagging.mask[row].sum() == length and tagging.mask[row, :length].all()
        assert vocabulary.decode(tagging.x[row]) == list(day.words)
        assert [TAGS[k] for k in tagging.classes[row, :length]] == list(day.tags)
        assert (tagging.x[row, length:] == PAD).all()
        assert parity.classes[row] == day.day % 2
