"""The one exception for mistakes that the user can mend, and what its line says."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

ADVICE = {  # by the name of an operating system error
    "ENOSPC EDQUOT": "free some space, or choose another disk",
    "EFBIG": "this system limits the size of files: raise the limit, or choose another disk",
    "EACCES EPERM EROFS": "choose a place that you have the right to use",
    "EISDIR": "name a file, not a folder",
    "ENAMETOOLONG": "choose a shorter name",
    "EMFILE ENFILE": "close other programs, which have too many files open",
    "EIO": "the disk may be failing: choose another one",
}
# Control characters, line separators, signs that turn the direction of writing, bytes that are not UTF-8.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class UserError(Exception):
    """A mistake of the user's, told in one line: what is wrong, where, and what to do about it.

    The command line prints the message as it is and exits with status 2; in a notebook it reads as the last
    line of the traceback.
    """


def explained(error: OSError) -> str:
    """Return the reason that the operating system gives, in parentheses, and what to do about it."""
    name = errno.errorcode.get(error.errno, "")
    advice = (advice for names, advice in ADVICE.items() if name in names.split())
    return f"({error.strerror or error}): {next(advice, 'check the path')}"


def printable(text: str) -> str:
    """Return a text of one line in which every character that could confuse a terminal is escaped."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


@contextmanager
def extra(name: str, purpose: str) -> Iterator[None]:
    """Import optional packages inside: one that is missing becomes a UserError that says how to install it.

    Args: name: the extra of this package that installs them.  purpose: what needs them.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise UserError(
            f"{purpose} needs the package {error.name}: run pip install 'lstm-lib[{name}]'"
        ) from error
