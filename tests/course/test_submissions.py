"""Each check passes right functions of six styles and turns away eight wrong ones, half of them unknown.

Two of the right ones are the model solution and the library's own, which other tests try; so are the mistakes
of a catalogue.  Here are functions that were written apart from both.
"""

from importlib import import_module
from pathlib import Path

import pytest

import helpers.submissions.lstm_cell as one_of_them
from helpers.coded_exercises import CHECKS, exercise_of

ROOMS = sorted(path.stem for path in Path(one_of_them.__file__).parent.glob("*.py"))
RIGHT, WRONG = {}, {}
for room in ROOMS:
    RIGHT |= (submissions := import_module(f"helpers.submissions.{room}")).RIGHT
    WRONG |= submissions.WRONG
# Their submissions stand beside the tests of what else they say.
ELSEWHERE = {
    *("check_accumulate", "check_assembly", "check_attention_hunt", "check_batches_by_length"),
    *("check_bug_hunt", "check_chrf", "check_gru_layer_backward", "check_holm", "check_killing_test"),
    *("check_masked_memory", "check_nearest", "check_padding_hunt", "check_paired_interval"),
    *("check_projection_backward", "check_self_attention", "check_slopes", "check_table_gradient"),
    "check_training_bug_hunt",
}
HANDWRITTEN = 4  # right ones, and wrong ones outside the catalogue


def test_no_check_is_without_its_submissions():
    assert set(WRONG) == set(CHECKS) - ELSEWHERE
    for check in WRONG:
        assert len(set(RIGHT[check])) >= HANDWRITTEN <= len(WRONG[check])
        assert len(exercise_of(CHECKS[check]).mistakes) >= HANDWRITTEN


@pytest.mark.parametrize(
    ("check", "student"),
    [pytest.param(check, one, id=one.__name__) for check, some in RIGHT.items() for one in some],
)
def test_a_right_function_passes(check, student):
    verdict = CHECKS[check](student)
    assert verdict, str(verdict)


@pytest.mark.parametrize(
    ("check", "student"),
    [
        pytest.param(check, one, id=f"{check}: {says}")
        for check, some in WRONG.items()
        for says, one in some.items()
    ],
)
def test_a_wrong_function_fails_and_gets_no_name_of_the_catalogue(check, student):
    verdict = CHECKS[check](student)
    assert not verdict
    assert str(verdict).startswith("Not yet") and "looks as if" not in str(verdict)
