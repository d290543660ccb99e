"""What README.md and data/README.md show is what the stored rows say."""

import pytest

from figures.lab import readmes


@pytest.mark.parametrize("path", readmes.READMES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_tables_are_those_of_the_stored_rows(path):
    text = path.read_text(encoding="utf-8")
    assert readmes.with_tables(text, readmes.READMES[path]) == text


def test_only_what_stands_between_the_marks_is_replaced():
    text = "before\n<!-- a -->\n| old \\1 |\n<!-- /a -->\nbetween <!-- b --><!-- /b --> after"
    made = {"a": lambda: r"| new \1 |", "b": lambda: "| b |"}
    found = readmes.with_tables(text, made)
    assert found == (
        "before\n<!-- a -->\n\n| new \\1 |\n\n<!-- /a -->\nbetween <!-- b -->\n\n| b |\n\n<!-- /b --> after"
    )
    assert readmes.with_tables(found, made) == found


@pytest.mark.parametrize("text", ["no place", "<!-- a --><!-- /a --> twice <!-- a --><!-- /a -->"])
def test_a_table_without_its_one_place_is_an_error(text):
    with pytest.raises(ValueError, match="once is right"):
        readmes.with_tables(text, {"a": str})


def test_the_command_mends_the_files(tmp_path, monkeypatch):
    path = tmp_path / "README.md"
    path.write_text("é\n<!-- a -->\nold\n<!-- /a -->\n", encoding="utf-8")
    monkeypatch.setattr(readmes, "READMES", {path: {"a": lambda: "new"}})
    assert readmes.main() == 0
    assert path.read_text(encoding="utf-8") == "é\n<!-- a -->\n\nnew\n\n<!-- /a -->\n"
