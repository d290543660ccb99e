"""What options and arguments may be: types that carry a limit, and checks that say in one line what is wrong.

    hidden_size: Count = 128               a field of options; `check_fields(self)` checks all of them
    check("beam_size", beam_size, Count)   an argument

Only the standard library is imported: the command line reads a recipe before anything is installed.
"""

import math
import os
from collections.abc import Callable, Iterable
from dataclasses import fields
from numbers import Integral, Real
from types import NoneType
from typing import Annotated, Any, get_args, get_type_hints

# A kind of number, what its value must be, and the test of that.
Count = Annotated[int, "at least 1", lambda value: value >= 1]
Whole = Annotated[int, "at least 0", lambda value: value >= 0]
Amount = Annotated[float, "at least 0", lambda value: value >= 0]
Positive = Annotated[float, "more than 0", lambda value: value > 0]
Factor = Annotated[float, "more than 0, at most 1", lambda value: 0 < value <= 1]
Share = Annotated[float, "0 to 1", lambda value: 0 <= value <= 1]
Ratio = Annotated[float, "0, or at least 1", lambda value: value == 0 or value >= 1]
Rate = Annotated[float, "at least 0, and less than 1", lambda value: 0 <= value < 1]
Exponent = Annotated[float, "-10 to 10", lambda value: abs(value) <= 10]
ATTENTIONS = (  # where it stands, as in Bahdanau's model or in Luong's, and its score ("bahdanau": additive)
    *("bahdanau", "bahdanau-dot", "bahdanau-dot-scaled", "bahdanau-general", "bahdanau-general-scaled"),
    *("luong-concat", "luong-dot", "luong-dot-scaled", "luong-general", "luong-general-scaled", "none"),
)


def is_finite(value: Any) -> bool:
    """Return whether a value is a number, NumPy's included; a bool is none, nor an integer beyond 64 bits."""
    if isinstance(value, Integral):
        return not isinstance(value, bool) and -(2**63) <= value < 2**63
    return isinstance(value, Real) and math.isfinite(value)


KINDS: dict[type, tuple[str, Callable[[Any], bool]]] = {
    bool: ("True or False", lambda value: isinstance(value, bool)),
    int: ("an integer of at most 64 bits", lambda value: isinstance(value, Integral) and is_finite(value)),
    float: ("a finite number", is_finite),
    str: ("text", lambda value: isinstance(value, str)),
}


def one_of(names: Iterable[str]) -> Any:
    """Return the type of a name that must be one of these."""
    names = tuple(names)
    return Annotated[str, f"one of {', '.join(names)}", names.__contains__]


def check(name: str, value: Any, wanted: Any) -> None:
    """Raise a ValueError unless a value is of a type such as `Count` or `Count | None`."""
    if (text := misfit(value, wanted)) is not None:
        none = ", or None" if NoneType in get_args(wanted) else ""
        raise ValueError(f"{name} is {shown(value)}; wanted {text}{none}")


def check_fields(options: Any) -> None:
    """Raise a ValueError that names the first field of a dataclass whose value is not of its type."""
    for name, wanted in types_of(options).items():
        check(name, getattr(options, name), wanted)


def types_of(options: Any) -> dict[str, Any]:
    """Return the type of each field that a dataclass is made with."""
    types = get_type_hints(type(options), include_extras=True)
    return {field.name: types[field.name] for field in fields(options) if field.init}


def misfit(value: Any, wanted: Any) -> str | None:
    """Say in words what is wanted, if the value is not that; types without a test fit everything."""
    if NoneType in get_args(wanted):
        if value is None or len(get_args(wanted)) > 2:
            return None
        wanted = get_args(wanted)[0]
    kind, limit = wanted, None
    if hasattr(wanted, "__metadata__"):
        kind, limit = wanted.__origin__, wanted.__metadata__
    rules = [rule for rule in (KINDS.get(kind), limit) if rule is not None]
    for k, (_, is_fine) in enumerate(rules):
        if not is_fine(value):
            return ", ".join(text for text, _ in rules[k:])
    return None


def shown(value: Any) -> str:
    """Return a value as it stands in a message: on one line, and short."""
    line = " ".join((repr(value) if isinstance(value, str) else str(value)).split())
    return line if len(line) <= 60 else f"{line[:57]}..."


def check_rng(rng: Any) -> None:
    """Raise a ValueError unless `rng` is a `numpy.random.Generator`; a seed or a RandomState is none."""
    if not hasattr(rng, "permuted"):
        raise ValueError(f"rng is {shown(rng)}; wanted a Generator, such as numpy.random.default_rng(0)")


def memory_size() -> float:
    """Return this machine's memory in bytes; infinity where it is not known, as on Windows.

    Windows refuses memory that it has not. Linux grants it, and ends the process that then uses it.
    """
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return math.inf
    return size if size > 0 else math.inf
