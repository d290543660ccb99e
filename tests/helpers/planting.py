"""Plant a bug in the real code, and see that a check of the suite catches it."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest


class Bug(NamedTuple):
    """`owner.name` is replaced by `plant(what stands there)`."""

    check: Callable[[], None]
    owner: object
    name: str
    plant: Callable[[Callable], Callable]


def assert_caught(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check passes on the code as it is, and fails once the bug is in its place."""
    bug.check()
    monkeypatch.setattr(bug.owner, bug.name, bug.plant(getattr(bug.owner, bug.name)))
    with pytest.raises(AssertionError):
        bug.check()


def suite(path: str):
    """A module of the suite, imported anew so that it sees what has been planted."""
    spec = importlib.util.spec_from_file_location("suite", Path(__file__).parents[1] / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
