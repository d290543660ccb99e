"""The one exception for mistakes that the user can mend."""

from collections.abc import Iterator
from contextlib import contextmanager


class UserError(Exception):
    """A mistake of the user's, told in one line: what is wrong, where, and what to do about it.

    The command line prints the message as it is and exits with status 2; in a notebook it reads as the last
    line of the traceback.
    """


@contextmanager
def extra(name: str, purpose: str) -> Iterator[None]:
    """Import optional packages inside: one that is missing becomes a UserError that says how to install it.

    Args:
        name: the extra of this package that installs them.
        purpose: what needs them.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise UserError(
            f"{purpose} needs the package {error.name}: run pip install 'lstm-lib[{name}]'"
        ) from error
