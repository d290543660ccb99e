"""The project counted, and the drawings that no data stands behind."""

import ast
import json
from dataclasses import replace

import pytest

from figures import counting, pipeline
from figures import fig2_architecture as architecture
from figures.counting import code_counts, count_project, definitions, notebook_counts, rooms
from figures.lab.options import FIGURES, RESULTS, ROOT, StudyOptions
from figures.lab.results import path_of, read_rows
from lstm_lib.errors import UserError
from lstm_lib.nn.lstm import LSTM

MODULE = '''"""A module."""

# A comment.
def public(x):
    """Say x."""

    def inside(y):
        return y

    return inside(x)


def _private():
    return """
    a string
    """


class Shape:
    def area(self):
        """The area."""

    def _helper(self): ...


class _Hidden:
    def seen_by_nobody(self): ...
'''


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of two modules, a test and a notebook, in place of this one."""
    monkeypatch.setattr(counting, "ROOT", tmp_path)
    files = {
        "lstm_lib/top.py": "x = 1\n",
        "lstm_lib/nn/deep/module.py": MODULE,
        "tests/test_it.py": "def test_a(): ...\n\n\ndef helper(): ...\n",
        "notebooks/00.ipynb": json.dumps({"cells": [{"cell_type": "code"}, {"cell_type": "markdown"}] * 2}),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def counted():
    return count_project({"tree": counting.fingerprint()}, seed=0)


def test_what_is_counted(project):
    nothing = {"functions": 0, "classes": 0, "public": 1, "documented": 0}
    assert counted() == {
        "rooms": {
            # Lines: 4 of the function, 4 of the private one, 3 and 2 of the classes.
            "nn": {"files": 1, "lines": 13, "functions": 6, "classes": 2, "public": 4, "documented": 3},
            counting.BESIDE: {"files": 1, "lines": 1, **nothing},
        },
        "tests": {"files": 1, "lines": 2, "test_functions": 1},
        "notebooks": {"files": 1, "code_cells": 2, "text_cells": 2},
    }


def test_what_others_may_use():
    public = {node.name: is_public for node, is_public in definitions(ast.parse(MODULE))}
    assert {name for name in public if public[name]} == {"public", "Shape", "area"}
    assert public.keys() == {
        "public",
        "inside",
        "_private",
        "Shape",
        "area",
        "_helper",
        "_Hidden",
        "seen_by_nobody",
    }


def test_another_tree_is_another_run(project):
    before = counting.fingerprint()
    assert counting.fingerprint() == before
    (project / "notes.txt").write_text("not counted")
    assert counting.fingerprint() == before
    path = project / "lstm_lib" / "top.py"
    path.write_bytes(b"x = 1\r\n")  # as a checkout on Windows may have it
    assert counting.fingerprint() == before
    path.write_text("x = 2\n")
    assert counting.fingerprint() != before
    path.rename(path.with_name("other.py")).write_text("x = 1\n")
    assert counting.fingerprint() != before
    with pytest.raises(UserError, match="not the files that are to be counted"):
        count_project({"tree": before}, seed=0)


def test_every_module_of_the_package_is_in_one_room():
    modules = [path for files in rooms().values() for path in files]
    assert len(modules) == len(set(modules)) == len(list((ROOT / "lstm_lib").rglob("*.py")))
    assert {"nn", "seq2seq", "text", "training", "course", "studies", "commands"} < rooms().keys()


def test_the_counts_are_those_of_pythons_own_objects():
    module = ROOT / "lstm_lib" / "nn" / "lstm.py"
    names = {
        node.name
        for node, is_public in definitions(ast.parse(module.read_text(encoding="utf-8")))
        if is_public
    }
    assert {"LSTM", "LSTMState"} <= names
    assert {name for name in vars(LSTM) if callable(vars(LSTM)[name]) and not name.startswith("_")} - {
        "State"
    } <= names
    assert code_counts([module])["lines"] < len(module.read_text(encoding="utf-8").splitlines())


def test_the_stored_figure_has_not_been_outgrown():
    """A tenth more or less is the same picture; beyond that, or with another notebook or room, it is old."""
    rows = read_rows(path_of("architecture", RESULTS))
    assert bool(rows) == (FIGURES / "fig2_architecture.png").exists()
    for row in rows[-1:]:
        now, then = counted(), row["metrics"]
        advice = "run `python -m lstm_lib study architecture`, and keep its row and its figure"
        assert then["rooms"].keys() == now["rooms"].keys(), advice
        assert then["notebooks"]["files"] == now["notebooks"]["files"], advice
        for name in ("lines", "functions"):
            old, new = (sum(room[name] for room in found["rooms"].values()) for found in (then, now))
            assert old == pytest.approx(new, rel=0.1), advice
        assert then["tests"]["test_functions"] == pytest.approx(now["tests"]["test_functions"], rel=0.1), (
            advice
        )


def test_a_tree_is_counted_once():
    [run] = architecture.plan(StudyOptions())
    assert (run.seed, run.configuration) == (0, {"tree": counting.fingerprint()})
    assert replace(run, configuration={"tree": "other"}).key != run.key


def test_the_pipeline_names_modules_that_are_there():
    steps = (*pipeline.DATA, *pipeline.UPDATE, *pipeline.SCORING)
    for _, module in steps:
        assert (ROOT / "lstm_lib" / module).is_file()
    figure = architecture.draw([row()])
    written = [text.get_text() for text in figure.axes[2].texts]
    for step in steps:
        assert set(step) <= set(written)


def row(**more):
    room = {"files": 2, "lines": 1000, "functions": 30, "classes": 4, "public": 40, "documented": 30}
    metrics = {
        "rooms": {"small": {**room, "lines": 500}, "large": room},
        "tests": {"files": 3, "lines": 700, "test_functions": 1234},
        "notebooks": {"files": 5, "code_cells": 60, "text_cells": 70},
    }
    return {"metrics": metrics, "commit": "0123456789abcdef-dirty", **more}


def test_the_figure_draws_the_row():
    cell, translator, _, counts = architecture.draw([row()]).axes
    assert [bar.get_width() for bar in counts.patches] == [1000, 500]  # the largest first
    assert [label.get_text() for label in counts.get_yticklabels()] == ["large", "small"]
    told = [text.get_text() for text in counts.texts]
    assert told[0] == "1,000 lines, 30 functions, 4 classes"
    assert told[-1] == (
        "package: 1,500 lines in 4 files; docstrings on 75% of what is public\n"
        "tests: 1,234 functions, 700 lines in 3 files\n"
        "notebooks: 5, with 60 cells of code and 70 of text"
    )
    assert counts.get_title(loc="left") == "the package, counted at commit 0123456, with changes"
    assert set(architecture.EQUATIONS) <= {text.get_text() for text in cell.texts}
    named = {text.get_text() for text in translator.texts}
    assert {"tuesday", "mardi", *architecture.PARTS.values()} <= named
    assert not any(text[:1].isdigit() for text in named)  # no notebooks


def test_a_figure_of_no_known_commit_names_none():
    counts = architecture.draw([row(commit=None)]).axes[3]
    assert counts.get_title(loc="left") == "the package, counted"


def test_notebooks_without_cells_are_notebooks(tmp_path):
    path = tmp_path / "empty.ipynb"
    path.write_text('{"cells": []}')
    assert notebook_counts([path]) == {"files": 1, "code_cells": 0, "text_cells": 0}
