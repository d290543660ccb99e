"""Where the course's data lie: in the checkout, or inside the installed package."""

from pathlib import Path

from lstm_lib.errors import UserError

PACKAGE = Path(__file__).resolve().parents[1]


def data_folder(package: Path = PACKAGE) -> Path:
    """Return the folder `data` of the checkout, or else the one inside the package.

    Args: package: the folder of `course`.
    Raises: UserError: there is neither.
    """
    beside, inside = package.parents[1] / "data", package / "data"
    if package.parent.name == "notebooks" and beside.is_dir():
        return beside
    if inside.is_dir():
        return inside
    raise UserError(f"no data: looked for {beside} and {inside}; get the whole course as README.md says")
