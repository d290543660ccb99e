"""Fresh memory of a pass, counted in a process of its own."""

import json
import subprocess

import pytest

from course.vectorization import memory
from course.vectorization.costs import Size
from course.vectorization.memory import WAYS, fresh_memory

SIZE = Size(8, 6, 32, 32)


def test_a_process_counts_the_pages_of_a_pass():
    found = fresh_memory(SIZE, ["textbook", "buffers"])
    if found is None:
        pytest.skip("this system does not count pages")
    assert list(found) in ([*WAYS], [WAYS[0]])
    for of_way in found.values():
        assert list(of_way) == ["textbook", "buffers"]
        assert all(pages >= 0 and ms > 0 for pages, ms in of_way.values())


def test_where_no_process_can_be_started_there_is_no_answer(monkeypatch):
    def refuse(*arguments, **options):
        raise OSError

    monkeypatch.setattr(subprocess, "run", refuse)
    assert fresh_memory(SIZE, ["textbook"]) is None


def test_memory_is_told_to_be_kept_after_the_first_measurements(monkeypatch, capsys):
    told = []
    monkeypatch.setattr(memory, "keep_freed_memory", lambda: told.append("kept") or True)
    monkeypatch.setattr(memory, "pages_and_ms", lambda size, name: (len(told), 1.0))
    memory.main(["1", "2", "3", "4", "textbook"])
    assert json.loads(capsys.readouterr().out) == {
        "given back": {"textbook": [0, 1.0]},
        "kept": {"textbook": [1, 1.0]},
    }
