"""Ratings are kept whole, joined over files and people, and what is no rating gets one clear line."""

import csv
import os

import numpy as np
import pytest

from course.bleu.ratings import (
    COLUMNS,
    FEWEST,
    MOST_BYTES,
    choose_items,
    clean_name,
    join_ratings,
    order_for,
    rating_file,
    read_ratings,
    save_rating,
)
from course.bleu.system_outputs import Translated
from lstm_lib.errors import UserError

WRITTEN = ("Here I am.", "here I am.", 'i "am", here', "you are there")


def sentence(number: int, texts=WRITTEN) -> Translated:
    translations = {f"system {k}": f"{text} {number}" for k, text in enumerate(texts)}
    return Translated(
        f"Aquí estoy yo, {number}.", (f"Here I am, {number}.",), translations, "", ("somebody",)
    )


@pytest.fixture
def items():
    return choose_items([sentence(n) for n in range(5)], count=2, seed=0)


# What is rated


def test_a_translation_of_several_systems_is_rated_once(items):
    assert len(items) == 2 * FEWEST == 6
    assert items[0].text == items[0].text.lower() and items[0].systems == ("system 0", "system 1")
    assert len({item.key for item in items}) == len(items)


def test_the_seed_draws_the_sentences():
    sentences = [sentence(n) for n in range(20)]
    drawn = [{item.source for item in choose_items(sentences, 5, seed)} for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 5


def test_sentences_on_which_systems_agree_are_left_out():
    with pytest.raises(UserError, match="wanted 1 to 1, on which systems differ"):
        choose_items([sentence(0), sentence(1, ["I am here", "i am here", "Yes"])], 2, seed=0)


def test_each_rater_has_an_order_of_their_own_that_lasts(items):
    orders = {name: order_for(items, name, seed=0) for name in ("Ada", "Ben", "Cleo")}
    for name, order in orders.items():
        assert sorted(order) == sorted(items)
        assert order == order_for(items, name, seed=0)
    assert orders["Ada"] != orders["Ben"] != orders["Cleo"]


# Files


@pytest.fixture
def path(tmp_path):
    return rating_file(tmp_path / "ratings", "Ada")


def test_what_is_saved_is_read_again(path, items):
    assert not path.parent.exists()
    for item, stars in zip(items, (1, 2, 3, 4, 5, 1), strict=True):
        save_rating(path, "Ada, the 1st", item, stars, items)
    ratings = read_ratings(path, items)
    assert list(ratings.values()) == [1, 2, 3, 4, 5, 1]
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["translation"] for row in rows] == [item.text for item in items]
    assert {row["rater"] for row in rows} == {"Ada, the 1st"}


def test_a_new_rating_takes_the_place_of_the_old_one(path, items):
    for stars in (2, 5):
        save_rating(path, "Ada", items[0], stars, items)
    assert read_ratings(path, items) == {("Ada", items[0].key): 5}


def test_a_rating_that_cannot_be_written_leaves_the_others(path, items, monkeypatch):
    save_rating(path, "Ada", items[0], 3, items)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UserError, match="No space left"):
        save_rating(path, "Ada", items[1], 4, items)
    assert read_ratings(path, items) == {("Ada", items[0].key): 3}


def test_a_folder_that_cannot_be_made_is_told(tmp_path, items):
    (tmp_path / "ratings").write_text("a file")
    with pytest.raises(UserError, match="cannot be written"):
        save_rating(tmp_path / "ratings" / "ada.csv", "Ada", items[0], 3, items)


HEADER = ",".join(COLUMNS)


def row(items, rating="3", key=None, rater="Ada"):
    return f"{rater},{items[0].key if key is None else key},{rating},source,text"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "line 1: no file of ratings; wanted the columns rater,key,rating"),
        (b"name,city\nAda,London\n", "line 1: no file of ratings"),
        (b"rater;key;rating;source;translation\n", "line 1: no file of ratings"),
        (b"\x89PNG\r\n\x1a\n", "is not UTF-8 text"),
        ("rater,Schlüssel".encode("latin-1"), "is not UTF-8 text"),
        (b"\0" * 100, "line 1: "),
        (b"x" * (MOST_BYTES + 1), "is too large"),
        ("{header}\nAda,1\n", "line 2: has 2 columns"),
        ("{header}\n\n{six}\n", "line 3: the rating is '6'"),
        ("{header}\n{text}\n", "line 2: the rating is 'good'; wanted a whole number from 1 to 5"),
        ("{header}\n{foreign}\n", "line 2: rates a translation that is not among these"),
        ("{header}\n{nobody}\n", "line 2: the rater has no name"),
        ('{header}\n"Ada,1', "line 2: damaged"),
    ],
)
def test_a_bad_or_foreign_file_gets_one_clear_line(path, items, content, told):
    if isinstance(content, str):
        content = content.format(
            header=HEADER,
            six=row(items, "6"),
            text=row(items, "good"),
            foreign=row(items, key="0123456789ab"),
            nobody=row(items, rater=""),
        ).encode()
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_ratings(path, items)
    assert told in str(caught.value) and str(path) in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(UserError):  # and is not written over
        save_rating(path, "Ada", items[0], 3, items)
    assert path.read_bytes() == content


def test_what_a_spreadsheet_saves_is_read(path, items):
    path.parent.mkdir()
    path.write_bytes(f"\ufeff{HEADER}\r\n{row(items)}\r\n".encode())
    assert read_ratings(path, items) == {("Ada", items[0].key): 3}


def test_a_folder_or_missing_file_is_told(tmp_path, items):
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(UserError, match="cannot be read"):
            read_ratings(path, items)


# Several people


def test_files_of_several_people_are_joined(tmp_path, items):
    for name, stars in {"Ada": 5, "Ben": 2}.items():
        for item in items:
            save_rating(rating_file(tmp_path, name), name, item, stars, items)
    ratings, complaints = join_ratings(tmp_path, items)
    assert complaints == []
    assert sorted(ratings.values()) == [2] * len(items) + [5] * len(items)

    # The same put one below the other, header and all, says the same.
    below = "".join(path.read_text() for path in sorted(tmp_path.glob("*.csv")))
    (tmp_path / "all.csv").write_text(below)
    assert join_ratings(tmp_path, items) == (ratings, [])


def test_a_bad_file_does_not_spoil_the_others(tmp_path, items):
    save_rating(rating_file(tmp_path, "Ada"), "Ada", items[0], 4, items)
    (tmp_path / "a_table.csv").write_text("month,sales\nmay,3\n")
    (tmp_path / "notes.txt").write_text("not looked at")
    ratings, complaints = join_ratings(tmp_path, items)
    assert ratings == {("Ada", items[0].key): 4}
    assert len(complaints) == 1 and "a_table.csv, line 1: no file of ratings" in complaints[0]


def test_two_people_of_one_name_are_noticed(tmp_path, items):
    for file, stars in {"ada.csv": 4, "ada (1).csv": 2, "copy of ada.csv": 4}.items():
        save_rating(tmp_path / file, "Ada", items[0], stars, items)
    ratings, complaints = join_ratings(tmp_path, items)
    assert len(ratings) == 1
    assert len(complaints) == 2 - (ratings["Ada", items[0].key] == 4)
    assert all("under the same name, 'Ada'" in complaint for complaint in complaints)


def test_no_folder_holds_no_ratings(tmp_path, items):
    assert join_ratings(tmp_path / "none", items) == ({}, [])


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Ada \n Lovelace ", "Ada Lovelace"),
        ("=HYPERLINK(1)", "HYPERLINK(1)"),
        ("-+@ ", ""),
        ("\u200b", ""),
        ("x" * 99, "x" * 40),
        ("Zoë", "Zoe\u0308"),
    ],
)
def test_names_are_fit_for_a_file(typed, name, tmp_path):
    assert clean_name(typed) == clean_name(name)
    assert clean_name(clean_name(typed)) == clean_name(typed)
    file = rating_file(tmp_path, clean_name(typed))
    assert file.parent == tmp_path and file.suffix == ".csv"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b\\c:d", "con", "名前", "."])
def test_no_name_leaves_the_folder(name, tmp_path, items):
    path = rating_file(tmp_path, clean_name(name))
    save_rating(path, clean_name(name), items[0], 3, items)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    assert np.all([character not in path.name for character in '/\\:*?"<>|'])
