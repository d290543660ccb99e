"""What only a checkout holds: the course's tools and the studies, which an installed package may lack."""

from importlib import import_module
from types import ModuleType

from lstm_lib.errors import UserError


def load(name: str) -> ModuleType:
    """Import a module of `course` or `figures`.

    Raises: UserError where there is none, so that the package was installed without them.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise UserError(
            f"there is no {error.name!r} here: this command works in the course's folder, as README.md says"
        ) from error
