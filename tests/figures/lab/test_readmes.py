"""What README.md and data/README.md show is what the stored rows say, the costs of the studies included."""

import json

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


def store(folder, study, seconds):
    about = {"measure": "m", "version": "1.1", "configuration": {}, "metrics": {}}
    lines = [{**about, "seed": seed, "cpu_seconds": each} for seed, each in enumerate(seconds)]
    (folder / f"{study}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_a_study_takes_its_share_of_the_workers_or_its_longest_run(tmp_path):
    store(tmp_path, "gru", [60.0, 60.0, 120.0, None])
    store(tmp_path, "bleu", [600.0])
    store(tmp_path, "frameworks", [None])
    lines = readmes.costs(tmp_path).splitlines()
    assert lines[2:] == [
        "| bleu | 1 | 10.0 | 10.0 | 10.0 |",
        "| gru | 3 | 4.0 | 2.0 | 2.0 |",
        "| all | 4 | 14 | 12 | 12 |",
    ]


def test_a_unit_of_a_benchmark_counts_once_for_all_of_its_contenders(tmp_path):
    rows = [
        {"measure": "benchmark.step", "seconds": seconds, "configuration": {"contender": name, "size": size}}
        for name in ("numpy", "jax")
        for size, seconds in (("S", 60.0), ("M", 120.0))
    ]
    lines = [json.dumps({"version": "1.1", "seed": 0, "metrics": {}, **row}) + "\n" for row in rows]
    (tmp_path / "frameworks.jsonl").write_text("".join(lines))
    store(tmp_path, "gru", [60.0])
    assert readmes.costs(tmp_path).endswith("\n\nOn a computer of their own: frameworks 3 minutes.")
