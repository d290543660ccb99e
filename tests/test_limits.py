"""Types with a limit: what they take, what they refuse, and how that is said."""

import math
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lstm_lib.limits import (
    Amount,
    Count,
    Exponent,
    Factor,
    Positive,
    Rate,
    Share,
    Whole,
    check,
    check_fields,
    one_of,
)

TAKEN = {
    Count: [1, np.int32(5), 2**63 - 1],
    Whole: [0, np.uint8(3)],
    Amount: [0, 0.0, 1e308, np.float32(2)],
    Positive: [1e-320, 3, Fraction(1, 3)],
    Factor: [0.1, 1],
    Share: [0, 1, 0.5],
    Rate: [0, 0.999],
    Exponent: [-10, 10.0],
    one_of(["a", "b"]): ["a", "b"],
    Count | None: [None, 1],
    str | Path | None: [3],  # not of this module: everything fits
}
REFUSED = {
    Count: [0, -1, 1.0, True, "1", None, np.float64(1), np.bool_(True), 2**63, [1], np.ones(1, int)],
    Whole: [-1, -(2**70)],
    Amount: [-1e-320, math.nan, math.inf, 10**400, 1j],
    Positive: [0, -0.0],
    Factor: [0, 1.1],
    Share: [-0.1, 1.1],
    Rate: [1, -0.1],
    Exponent: [10.1, -11],
    one_of(["a", "b"]): ["c", "", None, ["a"]],
    Count | None: [0, "x"],
    bool: [0, 1, None, np.True_],
    str: [1, None, b"x"],
}


def pairs(table):
    return [(wanted, value) for wanted, values in table.items() for value in values]


@pytest.mark.parametrize(("wanted", "value"), pairs(TAKEN))
def test_taken(wanted, value):
    check("name", value, wanted)


@pytest.mark.parametrize(("wanted", "value"), pairs(REFUSED))
def test_refused(wanted, value):
    with pytest.raises(ValueError, match=r"^name is .*; wanted ") as raised:
        check("name", value, wanted)
    assert len(str(raised.value)) < 150 and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("value", "wanted", "message"),
    [
        (0, Count, "at least 1"),
        (0, Count | None, "at least 1, or None"),
        (0.5, Count, "an integer of at most 64 bits, at least 1"),
        (math.nan, Rate, "a finite number, at least 0, and less than 1"),
        ("c", one_of(["a", "b"]), "one of a, b"),
    ],
)
def test_messages(value, wanted, message):
    with pytest.raises(ValueError, match=rf"; wanted {message}$"):
        check("name", value, wanted)


def test_fields_of_options_are_checked_in_their_order():
    @dataclass
    class Options:
        size: Count = 1
        rate: Rate | None = None
        anything: dict[str, int] = field(default_factory=dict)
        inside: Count = field(default=-1, init=False)

    check_fields(Options())
    with pytest.raises(ValueError, match=r"^rate is 2; wanted at least 0, and less than 1, or None$"):
        check_fields(Options(rate=2))
    with pytest.raises(ValueError, match=r"^size is 0; "):
        check_fields(Options(size=0, rate=2))
