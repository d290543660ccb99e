"""The model solutions pass in every form, their mutants do not, and no mutant is called what it is not."""

from functools import cache

import numpy as np
import pytest

from course.shared.diagnosis import judge
from helpers.coded_exercises import CHECKS, ON_THEIR_OWN, exercise_of
from helpers.mutants.equivalent import EQUIVALENT
from helpers.mutants.solutions import Bench, cells, silence, verdict_on, wanted_mutants

CELLS = {cell.check: cell for cell in cells()}
MUTANTS = 8  # of each model solution, or a few more
LOOKS_LIKE = "Not yet. It looks as if "
OWN_LUCK = {"check_paired_bootstrap"}  # compares with known answers to its own problems alone

every_exercise = pytest.mark.parametrize("name", CELLS)
bench = cache(lambda name: Bench(CELLS[name].needed))


def test_every_other_check_has_a_model_solution():
    assert set(CHECKS) - set(CELLS) == ON_THEIR_OWN
    assert set(EQUIVALENT) <= set(CELLS)


def each(form):
    """The form of every array and number in an answer, in its lists, tuples and dictionaries."""

    def made(answer):
        if isinstance(answer, dict):
            return {name: made(value) for name, value in answer.items()}
        if isinstance(answer, list | tuple) and any(isinstance(value, list | np.ndarray) for value in answer):
            return type(answer)(map(made, answer))
        return form(answer) if isinstance(answer, np.ndarray | np.number | float | int) else answer

    return made


def of_another_make(answer):
    """In single precision, columns first in memory, and not to be changed."""
    array = np.asarray(answer)
    array = np.array(array, np.float32 if array.dtype.kind == "f" else array.dtype, order="F")
    array.setflags(write=False)
    return array


def keys_in_another_order(answer):
    is_dict = isinstance(answer, tuple) and isinstance(answer[0], dict)
    return (dict(reversed(answer[0].items())), answer[1]) if is_dict else answer


FORMS = {
    "lists": each(lambda answer: np.asarray(answer).tolist()),
    "arrays of another make": lambda answer: keys_in_another_order(each(of_another_make)(answer)),
}


@every_exercise
@pytest.mark.parametrize("form", FORMS)
def test_a_right_answer_passes_in_every_form(name, form):
    function = bench(name).function_in(CELLS[name].source)
    verdict = verdict_on(name, lambda *arguments: FORMS[form](function(*arguments)))
    assert verdict, str(verdict)


@every_exercise
def test_no_mutant_passes_and_none_is_called_what_it_is_not(name):
    mutants, exercise = wanted_mutants(CELLS[name]), exercise_of(CHECKS[name])
    for mutant in mutants[:: max(1, len(mutants) // MUTANTS)]:
        function = bench(name).function_in(mutant.source)
        verdict = verdict_on(name, function)
        assert not verdict, mutant.line
        if str(verdict).startswith(LOOKS_LIKE) and name not in OWN_LUCK:
            says = str(verdict).removeprefix(LOOKS_LIKE).removesuffix(".")
            assert is_made(says, function, exercise), (mutant.line, says)


def is_made(says, function, exercise) -> bool:
    """Whether a function makes this mistake on problems that it has not seen, or stops there."""
    ways = exercise.mistakes[says]
    for mistake in ways if isinstance(ways, tuple) else (ways,):
        other = exercise._replace(
            problems=lambda rng: exercise.problems(np.random.default_rng(99)), right=mistake, mistakes={}
        )
        with silence():
            verdict = judge(function, other)
        if str(verdict).startswith(("Right", "The answer is right", "The function stopped")):
            return True
    return False
