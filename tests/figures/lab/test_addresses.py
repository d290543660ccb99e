"""Every stored row is still asked for by the study that measured it, wherever code has moved since."""

from importlib import import_module

import matplotlib.pyplot as plt
import pytest

from figures import LONG, STUDIES, scaling
from figures import fig6_frameworks as frameworks
from figures.frameworks.benchmark import quality, store
from figures.frameworks.benchmark.contenders import TITLES
from figures.lab import runner
from figures.lab.design import FILE as DESIGNS
from figures.lab.results import by_key, path_of, read_rows
from figures.lab.setting import RESULTS, StudyOptions

PLANNED = ["activations", "bleu", "gru", "clipping", "training", "headline"]


def stored_keys(name: str) -> set[str]:
    return set(by_key(read_rows(path_of(name, RESULTS))))


@pytest.fixture
def asked(monkeypatch):
    """The addresses that plans ask for; nothing is run, and nothing drawn."""
    keys, in_order = set(), runner._in_order

    def remember(plan, rows):
        keys.update(run.key for run in plan)
        return in_order(plan, rows)

    def refuse(options, count):
        raise AssertionError(f"{count} runs are planned, and have no row")

    monkeypatch.setattr(runner, "_in_order", remember)
    monkeypatch.setattr(runner, "connected", refuse)
    monkeypatch.setattr(plt.Figure, "savefig", lambda *arguments, **options: None)
    return keys


@pytest.mark.parametrize("name", [*PLANNED, "stages"])
def test_each_row_of_a_study_is_in_its_plan(asked, tmp_path, name):
    import_module(STUDIES[name]).run(StudyOptions(figures=tmp_path))
    stored = stored_keys(name)
    assert asked == stored


@pytest.mark.parametrize("name", LONG)
def test_a_study_of_hours_is_drawn_from_the_rows_that_there_are(asked, tmp_path, name):
    import_module(STUDIES[name]).run(StudyOptions(figures=tmp_path), runner.stored)
    assert asked & stored_keys("sizes" if name == "sizes" else DESIGNS)


@pytest.mark.parametrize("name", [name for name in LONG if name != "sizes"])  # which prints what is missing
def test_a_design_without_rows_says_so(tmp_path, name):
    with pytest.raises(runner.FailedRunsError, match="no rows to draw yet; run this study by its own name"):
        import_module(STUDIES[name]).run(StudyOptions(results=tmp_path, figures=tmp_path), runner.stored)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "waiting"), [("attention-design", "alignment"), ("noise-design", "order")])
def test_a_figure_that_waits_for_some_of_its_rows_says_so(tmp_path, name, waiting):
    lines = path_of(DESIGNS, RESULTS).read_text().splitlines(keepends=True)
    translations = [line for line in lines if '"corpus": "tatoeba-small"' in line]
    assert 0 < len(translations) < len(lines)
    path_of(DESIGNS, tmp_path).write_text("".join(translations))
    with pytest.raises(runner.FailedRunsError, match=f"{waiting}.*: no rows to draw yet"):
        import_module(STUDIES[name]).run(StudyOptions(results=tmp_path, figures=tmp_path), runner.stored)
    assert [path.name for path in tmp_path.iterdir()] == [path_of(DESIGNS, tmp_path).name]


def test_each_row_of_the_frameworks_bleu_is_in_its_plan(asked):
    quality.measured(StudyOptions(), TITLES)
    assert asked == stored_keys(quality.FILE)


@pytest.mark.parametrize(
    ("name", "measures", "plan"),
    [
        ("frameworks", frameworks.MEASURES, frameworks.FULL),
        ("scaling", scaling.MEASURES, scaling.FULL),
    ],
)
def test_each_row_of_the_benchmark_is_one_of_its_units(name, measures, plan):
    found = store.Store(path_of(name, RESULTS))
    wanted = found.of({measure: measure.units(plan) for measure in measures})
    assert {row["measure"] for row in wanted} == {f"benchmark.{measure.name}" for measure in measures}
    assert len(wanted) == len(found.rows)
