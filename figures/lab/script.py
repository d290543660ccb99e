"""How the experiments' own commands end, those that are run by `python -m figures. ...`."""

import sys
from collections.abc import Callable
from typing import Any, NoReturn

from lstm_lib.errors import UserError, printable


def end_with(main: Callable[..., int], *arguments: Any) -> NoReturn:
    """Run a command and end with its status: 2, and one line, after a mistake of the user's."""
    try:
        sys.exit(main(*arguments))
    except UserError as error:
        print(printable(str(error)), file=sys.stderr)
        sys.exit(2)
