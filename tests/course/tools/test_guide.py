"""The teacher's guide: a session for each notebook, with true minutes and exercises that exist."""

import re

import pytest

from course.tools.execute import NOTEBOOKS, read
from course.tools.exercises import exercises_of
from course.tools.guide import GUIDE, HEAD, table
from course.tools.minutes import in_class

TEXT = GUIDE.read_text(encoding="utf-8")
SESSIONS = re.split(r"\n### Session \d+: ", TEXT.partition("\n## A plan for a weekend")[0])[1:]
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
CLOSE = 5  # minutes
ROW = re.compile(r"\| \[[^]]+\]\((\d\d)_\w+\.ipynb\) \| (\d+) \| (\d+) \|")


def test_each_notebook_has_a_session_with_all_that_a_teacher_needs():
    assert len(SESSIONS) == len(PATHS)
    for path, session in zip(PATHS, SESSIONS, strict=True):
        assert path.name in session
        for part in ("Goals", "Ask", "Where students get stuck", "Set", "Grade"):
            assert f"- **{part}.**" in session, (path.stem, part)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_minutes_are_those_of_the_notebook(path):
    core, deeper, _ = in_class(read(path)[1])
    (stated,) = [(int(a), int(b)) for number, a, b in ROW.findall(TEXT) if number == path.stem[:2]]
    advice = "run: python -m course.tools.guide"
    assert abs(stated[0] - core) <= CLOSE and abs(stated[1] - deeper) <= CLOSE, advice


def test_checks_and_links_are_there():
    known = {exercise.check for path in PATHS for exercise in exercises_of(read(path)[1])}
    assert set(re.findall(r"check_\w+", TEXT)) <= known
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT):
        assert (GUIDE.parent / link).exists(), link


def test_the_table_counts_what_a_notebook_asks():
    rows = table().removeprefix(HEAD).strip().splitlines()
    assert len(rows) == len(PATHS)
    assert all(int(row.split("|")[4]) > 0 and int(row.split("|")[5]) > 0 for row in rows)
