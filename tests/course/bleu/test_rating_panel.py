"""The rating panel is blind, saves every rating at once, goes on where it stopped, and survives bad files."""

import pytest

from course.bleu.rating_panel import DONE, QUESTION, WELCOME, card_html, rating_panel
from course.bleu.ratings import Item, read_ratings

MALICIOUS = '<img src=x onerror="alert(1)">'
ITEMS = [
    Item(f"key{k}", f"una frase {k}", f"a sentence {k}", (f"reference {k}",), (f"system {k}",))
    for k in range(6)
]


@pytest.fixture
def panel(tmp_path):
    return rating_panel(ITEMS, tmp_path / "ratings")


def enter(panel, name):
    panel.name.value = name
    return panel


def shown(panel) -> Item:
    """The item on the card."""
    found = [item for item in ITEMS if item.source in panel.card.value]
    assert len(found) == 1
    return found[0]


def own_file(panel, tmp_path):
    (path,) = (tmp_path / "ratings").glob("*.csv")
    return path


def test_without_a_name_nothing_can_be_rated(panel, tmp_path):
    assert panel.card.value == WELCOME
    assert all(button.disabled for button in panel.stars)
    assert not (tmp_path / "ratings").exists()
    enter(panel, " = ")
    assert panel.card.value == WELCOME and all(button.disabled for button in panel.stars)


def test_the_card_hides_reference_and_system(panel):
    enter(panel, "Ada")
    for _ in ITEMS:
        everything = panel.card.value + panel.message.value
        assert shown(panel).text in everything and QUESTION in everything
        for item in ITEMS:
            assert item.references[0] not in everything and item.systems[0] not in everything
        panel.stars[2].click()


def test_every_rating_is_in_the_file_before_the_next_card(panel, tmp_path):
    enter(panel, "Ada")
    given = {}
    for stars in (1, 5, 3):
        given["Ada", shown(panel).key] = stars
        panel.stars[stars - 1].click()
        assert read_ratings(own_file(panel, tmp_path), ITEMS) == given
        assert f"{len(given)} of 6 are saved" in panel.message.value


def test_whoever_comes_back_goes_on(panel, tmp_path):
    enter(panel, "Ada")
    for stars in (1, 5):
        panel.stars[stars - 1].click()
    third = shown(panel)
    again = enter(rating_panel(ITEMS, tmp_path / "ratings"), "Ada")
    assert shown(again) == third and "translation 3 of 6" in again.card.value


def test_a_rating_can_be_changed(panel, tmp_path):
    enter(panel, "Ada")
    assert panel.back.disabled
    first = shown(panel)
    panel.stars[0].click()
    panel.back.click()
    assert shown(panel) == first
    assert [button.button_style for button in panel.stars] == ["info", "", "", "", ""]
    panel.stars[4].click()
    assert read_ratings(own_file(panel, tmp_path), ITEMS) == {("Ada", first.key): 5}


def test_at_the_end_there_is_nothing_left_to_rate(panel):
    enter(panel, "Ada")
    seen = set()
    for _ in ITEMS:
        seen.add(shown(panel).key)
        panel.stars[3].click()
    assert len(seen) == len(ITEMS)
    assert panel.card.value == DONE and all(button.disabled for button in panel.stars)
    panel.back.click()
    assert shown(panel).key in seen


def test_the_next_rater_begins_anew(panel, tmp_path):
    enter(panel, "Ada").stars[3].click()
    enter(panel, "Ben")
    assert "translation 1 of 6" in panel.card.value
    panel.stars[0].click()
    assert len(list((tmp_path / "ratings").glob("*.csv"))) == 2


@pytest.mark.parametrize("content", [b"month,sales\nmay,3\n", b"\xff\xfe\x00", b"rater,key\n"])
def test_a_file_of_something_else_is_told_and_left_alone(tmp_path, panel, content):
    path = tmp_path / "ratings" / "ratings_ada.csv"
    path.parent.mkdir()
    path.write_bytes(content)
    enter(panel, "Ada")
    assert "ratings_ada.csv" in panel.message.value and panel.card.value == WELCOME
    assert all(button.disabled for button in panel.stars)
    assert path.read_bytes() == content


def test_a_file_of_somebody_else_is_told(panel, tmp_path):
    enter(panel, "Ada!").stars[0].click()
    enter(panel, "ada?")
    assert "holds the ratings of &#x27;Ada!&#x27;; choose another name" in panel.message.value
    assert panel.card.value == WELCOME


def test_what_cannot_be_saved_stays_on_the_card(panel, tmp_path):
    (tmp_path / "ratings").write_text("a file where the folder should be")
    enter(panel, "Ada")
    before = shown(panel)
    panel.stars[0].click()
    assert "cannot be written" in panel.message.value and shown(panel) == before


@pytest.fixture
def drawn(record):
    """The figures that were shown, each as its points."""
    return record(lambda figure: figure.axes[0].collections[0].get_offsets().tolist())


def test_the_class_is_drawn_from_all_files(panel, tmp_path, drawn):
    panel.results.click()
    assert drawn == [] and "There is no rating in" in panel.message.value
    for name, stars in {"Ada": 5, "Ben": 2}.items():
        enter(panel, name)
        for _ in ITEMS:
            panel.stars[stars - 1].click()
    (tmp_path / "ratings" / "table.csv").write_text(f"{MALICIOUS}\n")
    panel.results.click()
    assert [stars for _, stars in drawn[0]] == [3.5] * 6
    assert "table.csv, line 1: no file of ratings" in panel.message.value


def test_nothing_typed_or_read_becomes_html(panel, tmp_path):
    item = Item("key", MALICIOUS, MALICIOUS, (), ())
    assert "<img" not in card_html(item, "1 of 1")
    for name in (MALICIOUS, f"{MALICIOUS}!"):
        enter(panel, name)
        if panel.card.value != WELCOME:
            panel.stars[0].click()
        assert "<img" not in panel.card.value + panel.message.value


def test_every_control_has_a_label(panel):
    assert panel.name.description and panel.name.continuous_update is False
    for button in (*panel.stars, panel.back, panel.results):
        assert button.description and button.tooltip
    assert repr(panel) == "A widget: run this notebook in JupyterLab to rate translations."
