"""The check of the assembly passes what translates on its own, and says what is wrong with all else."""

import numpy as np
import pytest

from course.translator.assembly import SENTENCES, WANTED, assembly_pairs, check_assembly
from lstm_lib.nn.lstm import LSTM

TRAIN, TEST = assembly_pairs(seed=1)
KNOWN = dict(TEST)


def knowing(sentences):
    """A translator that knows some of the test's sentences by heart."""
    known = dict(TEST[:sentences])
    return lambda pairs: lambda text: known.get(text, "hoy")


class Callable:
    def __call__(self, text):
        return KNOWN[text]


STYLES = [
    knowing(SENTENCES),
    knowing(WANTED),
    lambda pairs: KNOWN.get,
    lambda pairs: KNOWN.__getitem__,
    lambda pairs: Callable(),
    lambda pairs: lambda text, limit=3: " ".join(KNOWN[text].split()),
]


@pytest.mark.parametrize("student", STYLES)
def test_right_translators_pass(says, student):
    assert says(check_assembly, student).startswith("Right: ")


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (knowing(WANTED - 1), f"Not yet: {WANTED - 1} of {SENTENCES} new dates are right, and {WANTED} are"),
        (lambda pairs: lambda text: text, "Not yet: 0 of 100"),
        (lambda pairs: lambda text: pairs[0][1], "Not yet: "),
        (lambda pairs: dict(pairs).get, "A translation should be a text"),
        (lambda pairs: {}, "should return a function that translates a text, not dict"),
        (lambda pairs: lambda text: 3, "A translation should be a text"),
        (lambda pairs: lambda text: KNOWN[text].split(), "A translation should be a text"),
        (lambda pairs: lambda: "hoy", "TypeError"),
        (lambda pairs: None, "Not written yet"),
    ],
)
def test_other_translators_are_told(says, student, told):
    assert told in says(check_assembly, student)


def test_the_library_does_not_compute_for_it_and_does_afterwards(says):
    def steps(pairs):
        return LSTM(2, 3, np.random.default_rng(0)).step(np.zeros((1, 2), np.float32))

    assert "lstm_lib computes here" in says(check_assembly, steps)
    assert "Not yet" not in says(check_assembly, knowing(100))
    assert LSTM(2, 3, np.random.default_rng(0)).step(np.zeros((1, 2), np.float32))


def test_no_date_of_the_test_is_learned_from():
    assert len(TRAIN) == 2000
    assert len(TEST) == SENTENCES
    assert not {source for source, _ in TRAIN} & {source for source, _ in TEST}
    assert not {target for _, target in TRAIN} & {target for _, target in TEST}
