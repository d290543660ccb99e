"""A student's function, run with care: whatever it does, the notebook goes on as before.

It gets copies of its arguments, a limit of time and of printed text, and NumPy as it comes.  What it raises
becomes a plain line, and what it sets (NumPy's errors, warnings, random states) is set back.
"""

import ast
import builtins
import contextlib
import copy
import inspect
import io
import math
import random
import sys
import textwrap
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, ValuesView
from types import CodeType
from unittest import mock

import numpy as np

NOT_WRITTEN = "Not written yet: the function returns nothing."
SECONDS = 10.0  # that one call may compute
PATIENCE = 6  # times as long may it take by the clock, as others may use the processor, too
CHARACTERS = 2000  # that it may print in all its calls together
MODULES = (np, np.linalg, np.random, math, builtins)  # whose names a function might replace


class Wrong(Exception):
    """What is wrong with an answer, in one or two plain lines of a verdict."""


class TimeIsUp(BaseException):
    """A call took too long.  No `Exception`, so that a function which catches all of these ends, too."""


class Student:
    """A student's function: called like it, but on copies of the arguments.

    `changed` holds the positions of the arguments that it changed in place, in any of its calls, and `asides`
    what else a right answer lacks.
    """

    def __init__(self, function: Callable):
        """Raises: Wrong: it is no function."""
        if not callable(function):
            kind = type(function).__name__
            raise Wrong(f"Give the check the function itself, without parentheses; it got {kind}.")
        self.function, self.changed, self.asides = function, set(), []
        self._output, self._has_answered, self._calls = Sparing(CHARACTERS), False, 0

    def __call__(self, *arguments):
        """Return what the function returns.

        Raises: Wrong: it returns nothing, raises an exception or takes too long; an interrupt passes through.
        """
        given = copy.deepcopy(arguments)
        self._calls += 1
        try:
            with untouched(), contextlib.redirect_stdout(self._output), limited(SECONDS):
                np.random.seed(self._calls)  # noqa: NPY002 (whoever draws from here gets others each time)
                result = self.function(*given)
                result = tuple(result) if isinstance(result, Iterator | ValuesView) else result
            with contextlib.suppress(
                TypeError
            ):  # what cannot be copied is no answer, as the verdict will say
                result = copy.deepcopy(result)
        except BaseException as error:
            raise Wrong(self._what_happened(error)) from None
        self.changed |= {k for k, now in enumerate(given) if not is_same(now, arguments[k])}
        if result is None:
            raise Wrong(self._what_is_missing())
        self._has_answered = True
        return result

    def _what_happened(self, error: BaseException) -> str:
        """Say what ended a call, and quote the deepest of the student's own lines that led to it.

        Raises: KeyboardInterrupt: by hand.
        """
        code = getattr(inspect.unwrap(self.function), "__code__", None)
        frames = traceback.extract_tb(error.__traceback__)
        file = code.co_filename if isinstance(code, CodeType) else None
        own = [frame for frame in frames if frame.filename == file]
        line = own[-1].line if own else ""
        if isinstance(error, NotImplementedError):
            return self._what_is_not_written(frames[-1].name)
        if isinstance(error, KeyboardInterrupt) and "KeyboardInterrupt" not in line:
            raise error
        if isinstance(error, TimeIsUp):
            says = f"The function was still running after {SECONDS:g} seconds. Is there an endless loop?"
        elif isinstance(error, SystemExit):
            says = "The function exits the whole program, as exit() does: return the answer instead."
        else:
            message = str(error).partition("\n")[0][:150]
            says = f"The function stopped with {type(error).__name__}: {message}"
        return f"{says}\nIt happened at: {line}" if line else says

    def _what_is_not_written(self, where: str) -> str:
        """Tell a stub from a `raise` that was left standing, and from another function's stub."""
        if where != getattr(inspect.unwrap(self.function), "__name__", where):
            return f"Not written yet: {where}, which the function calls."
        if all(isinstance(statement, ast.Raise) for statement in statements(self.function)):
            return NOT_WRITTEN
        return "The line with raise NotImplementedError is still in the function: delete it."

    def _what_is_missing(self) -> str:
        if self._has_answered or statements(self.function):
            return "The function returns None. Is a return missing, maybe in one branch only?"
        return NOT_WRITTEN


def statements(function: Callable) -> list[ast.stmt]:
    """Return what a function does, without its docstring; nothing where its source is not to be had."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError, SyntaxError):
        return []
    first = tree.body[0]
    body = first.body if isinstance(first, ast.FunctionDef) else []
    return [one for one in body if not isinstance(one, ast.Pass) and not _is_constant(one)]


def _is_constant(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Do without warnings, whatever NumPy and Python have been told to do about them."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    """Set back what a function may have set: NumPy's functions and options, random states, and the exit."""
    names = [(vars(module), dict(vars(module))) for module in MODULES]
    legacy, plain = np.random.get_state(), random.getstate()  # noqa: NPY002 (a student may use these)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    # In Jupyter, exit() asks the kernel to stop a little later; in the browser there is nothing to ask.
    stop = mock.patch.object(shell, "ask_exit", sys.exit, create=True) if shell else contextlib.nullcontext()
    try:
        with quiet(), np.printoptions(), stop:
            yield
    finally:
        for now, before in names:
            now.update({name: value for name, value in before.items() if now.get(name) is not value})
        np.random.set_state(legacy)  # noqa: NPY002
        random.setstate(plain)


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `TimeIsUp` in the first line of Python that runs too late; under a debugger, wait forever.

    Args: seconds: of computing; `PATIENCE` times as many pass by the clock.

    A trace works everywhere, also where there are neither signals nor threads.
    """
    end, last = time.process_time() + seconds, time.monotonic() + PATIENCE * seconds

    def watch(frame, event, argument):
        if time.process_time() > end or time.monotonic() > last:
            raise TimeIsUp(f"no end after {seconds:g} seconds")
        return watch

    debugged = sys.gettrace() is not None
    if not debugged:
        sys.settrace(watch)
    try:
        yield
    finally:
        if not debugged:
            sys.settrace(None)


class Sparing(io.TextIOBase):
    """Standard output for a few characters; the rest is left out."""

    def __init__(self, characters: int):
        self._out, self._left = sys.stdout, characters

    def write(self, text: str) -> int:
        """Print as much of a text as is still allowed."""
        if self._left >= 0:
            self._out.write(text[: self._left])
            self._left -= len(text)
            if self._left < 0:
                self._out.write("\n(The function prints more than this; the rest is left out.)\n")
        return len(text)


def _has_same_entries(a: np.ndarray, b: np.ndarray) -> bool:
    if a.dtype.kind not in "fc":
        return np.array_equal(a, b)
    # To add a small number and take it away again, as in a difference quotient, leaves a rounding error.
    return bool(np.isclose(a, b, rtol=1e-12, atol=1e-12, equal_nan=True).all())


def is_same(now, before) -> bool:
    """Tell whether a copy of an argument is still what was copied, all that is in it included."""
    if type(now) is not type(before):
        return False
    if isinstance(before, np.ndarray):
        return now.dtype == before.dtype and now.shape == before.shape and _has_same_entries(now, before)
    if isinstance(before, Mapping):
        return list(now) == list(before) and all(is_same(now[key], before[key]) for key in before)
    if isinstance(before, list | tuple):
        return len(now) == len(before) and all(map(is_same, now, before))
    if callable(before) or isinstance(before, np.random.Generator):
        return True  # to draw from a generator is what it is for
    return is_same(vars(now), vars(before)) if hasattr(before, "__dict__") else now == before
