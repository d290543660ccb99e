"""The teacher's guide: a session for each notebook, with true minutes and exercises that exist."""

import re

from course.tools.execute import NOTEBOOKS, read
from course.tools.exercises import exercises_of
from course.tools.guide import GUIDE, HEAD, table, with_table

TEXT = GUIDE.read_text(encoding="utf-8")
SESSIONS = re.split(r"\n### Session \d+: ", TEXT.partition("\n## A plan for a weekend")[0])[1:]
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


def test_each_notebook_has_a_session_with_all_that_a_teacher_needs():
    assert len(SESSIONS) == len(PATHS)
    for path, session in zip(PATHS, SESSIONS, strict=True):
        assert path.name in session
        for part in ("Goals", "Ask", "Where students get stuck", "Set", "Grade"):
            assert f"- **{part}.**" in session, (path.stem, part)


def test_the_table_is_that_of_the_notebooks():
    assert with_table(TEXT) == TEXT, "run: python -m course.tools.guide"


def test_checks_and_links_are_there():
    known = {exercise.check for path in PATHS for exercise in exercises_of(read(path)[1])}
    assert set(re.findall(r"check_\w+", TEXT)) <= known
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT):
        assert (GUIDE.parent / link).exists(), link


def test_the_table_counts_what_a_notebook_asks():
    rows = table().removeprefix(HEAD).strip().splitlines()
    assert len(rows) == len(PATHS)
    assert all(int(row.split("|")[4]) > 0 and int(row.split("|")[5]) > 0 for row in rows)
